//! The test question in Japanese.
//! Never here: layout.

use super::Ja;
use crate::slack::texts::{Button, TrialWords};

impl TrialWords for Ja {
    fn trial(&self) -> &'static str {
        "vouch からのテストです。何も起きていません。連絡がつくことを確認するため、ボタンを押してください。"
    }

    fn trial_button(&self) -> Button {
        Button { text: "連絡がつきます", label: "テストに回答: 連絡がつきます" }
    }

    fn trial_thanks(&self) -> &'static str {
        "ありがとうございます。vouch のテストは届き、回答も受け取りました。ほかに必要な作業はありません。"
    }

    fn trial_over(&self) -> &'static str {
        "vouch からのテストでした。何も起きていません。テストは終了したため、対応は不要です。"
    }
}
