//! The lines below prompts and cards in Japanese, and the sentence for the second route.
//! Never here: layout.

use super::Ja;
use crate::case::remedy::Family;
use crate::case::state::Closing;
use crate::slack::texts::{NoteWords, StoryText};

impl NoteWords for Ja {
    fn reminder(&self, deadline: Option<&str>) -> String {
        match deadline {
            Some(by) => format!(
                "リマインド: 上の確認にまだ回答がありません。 {by} までに回答してください。回答がないことを「はい」とは見なしません。"
            ),
            None => {
                "リマインド: 上の確認にまだ回答がありません。回答をお願いします。回答がないことを「はい」とは見なしません。"
                    .to_owned()
            }
        }
    }

    fn over(&self, closing: Closing, by: &str) -> String {
        let how = match closing {
            Closing::Vouched => "あなたの操作、または想定どおりとして確認されました",
            Closing::Contained => "認証情報またはリソースを封じ込めました",
            Closing::Dismissed => "セキュリティチームが対応不要と判断しました",
            Closing::Recorded => "記録のみ行い、何も変更していません",
            Closing::Undone => "実施した対処を元に戻しました",
        };
        format!("*この件は決着しました:* {how}。決定: {by}")
    }

    fn what_was_done(&self) -> &'static str {
        "*実施した対処*"
    }

    fn next(&self, closing: Closing, of: Family, key_last4: Option<&str>) -> String {
        let key = key_last4.map(|k| format!("(末尾が {k} のキー)")).unwrap_or_default();
        match (closing, of) {
            (Closing::Contained, Family::Instance) => {
                "*次にお願いしたいこと:* インスタンスにログインせず、そのディスクから別のインスタンスを起動しないでください。\
                 スナップショットから侵入の経緯を調べ、信頼できるイメージから作り直し、新しい認証情報を与えてください。"
                    .to_owned()
            }
            (Closing::Contained, Family::Bucket) => {
                "*次にお願いしたいこと:* バケットに何が入っているか、誰が読む必要があるかをセキュリティチームに知らせてください。\
                 全員に公開しなくても共有する方法があります。"
                    .to_owned()
            }
            (Closing::Contained, Family::User | Family::Role) => format!(
                "*次にお願いしたいこと:* プログラム用に新しい認証情報を発行し、古いもの{key}が保存されていた場所を調べて削除してください。\
                 わかったことはセキュリティチームに知らせてください。古い認証情報は再び有効にしないでください。"
            ),
            (Closing::Undone, _) => {
                "*次にお願いしたいこと:* プログラムが正常に動くことを確認し、問題があればセキュリティチームに知らせてください。"
                    .to_owned()
            }
            (Closing::Vouched | Closing::Dismissed | Closing::Recorded, _) => String::new(),
        }
    }

    fn waits(&self) -> &'static str {
        "ありがとうございます。対応担当者の承認後に確定します。結果はここでお知らせします。"
    }

    fn held_back(&self, until: &str) -> String {
        format!(
            "認証情報についての質問がほかにもあります。質問が続きすぎないように保留し、それぞれセキュリティチームに知らせました。\
             {until} を過ぎても未解決のものは、ここに届きます。"
        )
    }

    fn guide(&self, link: &str) -> String {
        format!("この検出タイプに関する AWS のガイド: {link}")
    }

    fn advice_heading(&self) -> &'static str {
        "*手動での対応が必要です。* 済んだら、カードの「手動で対応済み」を押してください。"
    }

    fn advice_other(&self, resource: &str) -> Vec<String> {
        vec![
            format!("{resource} で何が動いているか、誰が使っているかを調べ、想定どおりかを所有者に確認してください。"),
            "想定外であれば、隔離して証拠 (スナップショット、ログ) を保全し、信頼できる状態から作り直してください。"
                .to_owned(),
            "そこから届く範囲にあった認証情報は、すべて盗まれたものとして扱ってください。".to_owned(),
        ]
    }

    fn call_unsure(&self, by: &str) -> String {
        format!("{by} は「わからない」と回答しました。本人と話して判断してください。")
    }

    fn call_nobody_found(&self) -> &'static str {
        "所有者が見つかりませんでした。判断をお願いします。"
    }

    fn call_nobody_left(&self) -> &'static str {
        "確認できる人が残っていません (全員が自分のものではないと回答したか、連絡できませんでした)。判断をお願いします。"
    }

    fn call_could_not_ask(&self, person: &str, cause: &str) -> String {
        format!("{person} に確認できませんでした: {cause}")
    }

    fn call_too_many(&self, person: &str) -> String {
        format!("{person} への確認が直近 1 時間の上限に達したため、今は確認しません。判断をお願いします。")
    }

    fn call_no_answer(&self) -> &'static str {
        "期限内に回答がありませんでした。判断をお願いします。"
    }

    fn call_approval(&self, kind: &str) -> String {
        format!("別の担当者の承認が必要です: {kind}。カードで承認または却下してください。")
    }

    fn call_refuted(&self, why: &str) -> String {
        format!(
            "このケースに追加で届いた検出結果が GuardDuty の内容と一致しません。これを理由に何も行わず、ケースはそのまま続きます: {why}"
        )
    }

    fn call_not_allowed(&self) -> &'static str {
        "vouch はこのアカウントでの操作を許可されていないため、誰にも確認していません。判断をお願いします。"
    }

    fn call_disagreement(&self) -> &'static str {
        "2 人の回答が食い違っています。判断をお願いします。"
    }

    fn call_security_only(&self) -> &'static str {
        "このルールでは所有者に確認しません。判断をお願いします。"
    }

    fn call_ahead(&self) -> &'static str {
        "届いた内容は、GuardDuty 自身が持つ検出結果より新しいものとされています。本人には確認しますが、一人の回答だけでは\
         本人の操作として扱われません。"
    }

    fn call_moved(&self, person: &str) -> String {
        format!(
            "{person} の根拠となったメールアドレスは、最近まで Slack で別の人のものでした。本人には確認しますが、一人の回答だけでは\
             本人の操作として扱われません。"
        )
    }

    fn after_containment(&self, what: &str, from: &str, contained: &str) -> String {
        format!(
            "*封じ込め後の操作を検出しました。* {contained} に封じ込めた後の操作です。操作: {what}。接続元: {from}。\
             ほかにも漏えいしたものがある可能性があります。"
        )
    }

    fn undo_refused(&self, changed: &str) -> String {
        format!("現在の状態が vouch の変更内容と異なるため、何も元に戻していません: {changed}")
    }

    fn not_restored(&self, notes: &str) -> String {
        format!(
            "元に戻しました。ただし、次のものは復元できません: {notes} 。パスワードの場合は、初回ログイン時に変更が必要な\
             新しいパスワードを発行してください。Slack では絶対に送らないでください。"
        )
    }

    fn archive_failed(&self, cause: &str) -> String {
        format!("GuardDuty で検出結果をアーカイブできませんでした。ケースの結果は変わりません。 {cause}")
    }

    fn late(&self, by: &str, not_mine: bool) -> String {
        if not_mine {
            format!("{by} が期限後に「自分ではない」と回答しました。実施した対処と一致します。")
        } else {
            format!(
                "{by} が期限後に「自分の操作です」と回答しました。対応担当者はカードで対処を解除できます。"
            )
        }
    }

    fn rejected(&self, by: &str, open: bool) -> String {
        let now = if open {
            "今後の対応を対応担当者が判断してください。"
        } else {
            "現在の状態のまま変更はありません。"
        };
        format!("{by} が提案を却下しました。{now}")
    }

    fn quiet(&self, by: &str, case: &str, until: &str) -> String {
        format!(
            "誰にも確認していません。{case} で {by} が同じ場所からの同じ操作を自分のものだと回答しており、ルールにより {until} まで\
             確認を省きます。再び確認するには、コントロールカードの「再び確認する」を押してください。"
        )
    }

    fn still_waiting(&self, stage: &str, since: &str) -> String {
        format!("未対応です: {stage} ( {since} から)。カードで対応してください。")
    }

    fn story(&self, line: &StoryText) -> String {
        match line {
            StoryText::Asked { person, why: Some(why) } => format!("{person} に確認しました ({why})"),
            StoryText::Asked { person, why: None } => format!("{person} に確認しました"),
            StoryText::Changed { what, from } => {
                format!("新しい事実: {what}、接続元: {from}。以前の回答は無効です")
            }
            StoryText::Answered { by, verdict } => format!("{by} の回答: {verdict}"),
            StoryText::Overdue => "期限内に回答がありませんでした".to_owned(),
            StoryText::Taken { by } => format!("{by} が対応中です"),
            StoryText::Closed { how, by } => format!("終了: {how}。決定: {by}"),
        }
    }

    fn page(&self, severity: &str, what: &str, with: &str, account: &str, case: &str) -> String {
        format!(
            "vouch ケース {case}: 回答期限が過ぎましたが、Slack に接続できません。{severity}。操作: {what}。認証情報: {with}。アカウント: {account}。"
        )
    }

    fn no_buttons(&self) -> &'static str {
        "(ボタンを表示できませんでした。回答をセキュリティチームに直接伝えてください。)"
    }
}
