//! The question and its dialogs in Japanese.
//! Never here: layout.

use super::Ja;
use crate::case::guard::Mode;
use crate::case::owner::{Confidence, Source};
use crate::case::prompt::{PromptState, Verdict};
use crate::case::question::{About, Question};
use crate::slack::texts::{BoxWords, Button, Labels, ModalWords, Nouns, PromptButtons, PromptWords};

impl PromptWords for Ja {
    fn question(&self, question: Question, about: Option<&About>) -> String {
        let bucket = about.and_then(About::bucket);
        match question {
            Question::Call => "これはあなたの操作ですか？".to_owned(),
            Question::SignIn => "このサインインやセッションの開始は、あなたの操作ですか？".to_owned(),
            Question::Data => "このシークレットやデータの取得は、あなたの操作ですか？".to_owned(),
            Question::Protection => match bucket {
                Some(bucket) => {
                    format!("バケット {bucket} のログや保護設定の停止は、あなたの操作ですか？")
                }
                None => "ログや保護設定のこの停止や変更は、あなたの操作ですか？".to_owned(),
            },
            Question::Access => match bucket {
                Some(bucket) => format!("バケット {bucket} のアクセス権の変更は、あなたの操作ですか？"),
                None => "このアクセス権の作成や変更は、あなたの操作ですか？".to_owned(),
            },
            Question::Borrowed => match thing(about) {
                Some(thing) => format!("{thing} の認証情報がこの接続元で使われるのは、想定どおりですか？"),
                None => "この認証情報がこの接続元で使われるのは、想定どおりですか？".to_owned(),
            },
            Question::Exposure => match bucket {
                Some(bucket) => format!("バケット {bucket} の公開は、意図したものですか？"),
                None => "このバケットの公開は、意図したものですか？".to_owned(),
            },
            Question::Objects => match bucket {
                Some(bucket) => {
                    format!("バケット {bucket} でのこの操作は、あなたが行ったか、許可したものですか？")
                }
                None => "S3 でのこの操作は、あなたが行ったか、許可したものですか？".to_owned(),
            },
            Question::Expected => match about {
                Some(About::Bucket(bucket)) => {
                    format!("バケット {bucket} へのこのアクセスは、想定どおりですか？")
                }
                Some(About::Role(role)) => format!("ロール {role} のこの操作は、想定どおりですか？"),
                Some(About::Instance(_) | About::Other(_)) | None => match thing(about) {
                    Some(thing) => format!("{thing} でのこの動作は、想定どおりですか？"),
                    None => "これは想定どおりですか？".to_owned(),
                },
            },
        }
    }

    fn meaning(&self) -> &'static str {
        "「自分の操作です」は、自分で行った、または想定どおりという意味です。「自分ではない」は、どちらでもないという意味です。"
    }

    fn changed(&self) -> &'static str {
        "*お尋ねした後に状況が変わりました。* もう一度確認してください。このメッセージへの以前の回答は無効です。"
    }

    fn labels(&self) -> Labels {
        Labels {
            what: "操作",
            when: "日時",
            from: "接続元",
            with: "認証情報",
            account: "アカウント",
            kind: "GuardDuty の検出タイプ",
        }
    }

    fn call(&self, api: &str, service: Option<&str>, resource: Option<&str>, error: Option<&str>) -> String {
        let mut text = api.to_owned();
        if let Some(service) = service {
            text += &format!(" ({service})");
        }
        if let Some(resource) = resource {
            text += &format!("、対象: {resource}");
        }
        if let Some(error) = error {
            text += &format!("、{error} で拒否");
        }
        text
    }

    fn times(&self, count: u64, findings: u64) -> String {
        if findings > 1 {
            format!("検出 {findings} 件で計 {count} 回")
        } else {
            format!("計 {count} 回")
        }
    }

    fn since(&self, first: &str) -> String {
        format!("初回 {first}")
    }

    fn known_network(&self) -> &'static str {
        "自社のネットワーク"
    }

    fn unknown_source(&self) -> &'static str {
        "不明"
    }

    fn with_client(&self, user_agent: &str) -> String {
        format!("クライアント “{user_agent}”")
    }

    fn key(&self, last4: &str) -> String {
        format!("末尾が {last4} のキー")
    }

    fn facts(&self, what: &str, when: &str, from: &str, with: &str, account: &str) -> String {
        format!("操作: {what}。日時: {when}。接続元: {from}。認証情報: {with}。アカウント: {account}。")
    }

    fn how_to_answer(&self) -> &'static str {
        "続いてボタンが 4 つあります: 自分ではない、わからない、自分の操作です、自分の認証情報ではない。"
    }

    fn if_not_you(&self, deed: bool, dry: bool) -> &'static str {
        match (deed, dry) {
            (true, true) => "*あなたの操作でない場合* に実施される対処 (ドライラン):",
            (true, false) => "*あなたの操作でない場合* は、次の対処を実施します:",
            (false, true) => "*「自分ではない」と答えた場合* に実施される対処 (ドライラン):",
            (false, false) => "*「自分ではない」と答えた場合* は、次の対処を実施します:",
        }
    }

    fn pick_remedy(&self) -> &'static str {
        "実施する対処"
    }

    fn breaks_heading(&self, dry: bool) -> &'static str {
        if dry { "実施した場合の影響" } else { "対処による影響" }
    }

    fn buttons(&self) -> PromptButtons {
        PromptButtons {
            not_mine: Button {
                text: "自分ではない", label: "自分ではない: この操作を報告する"
            },
            unsure: Button { text: "わからない", label: "わからない: 対応担当者を呼ぶ" },
            mine: Button {
                text: "自分の操作です",
                label: "自分の操作です: 3 つの確認欄があるフォームを開く",
            },
            not_my_credential: Button {
                text: "自分の認証情報ではない",
                label: "自分の認証情報ではない: 別の人に確認する",
            },
        }
    }

    fn why_owner(&self, source: Source, confidence: Confidence, detail: &str) -> String {
        format!("確認の理由: {}ため ( {detail} 、{})", self.source(source), self.confidence(confidence))
    }

    fn why_escalated(&self) -> &'static str {
        "確認の理由: ほかの人から回答がなかったため"
    }

    fn logged(&self) -> &'static str {
        "回答は記録され、セキュリティチームに共有されます"
    }

    fn answer_by(&self, when: &str) -> String {
        format!("回答期限: {when}")
    }

    fn already_done(&self) -> &'static str {
        "*実施済みの対処*"
    }

    fn answered(&self, verdict: Verdict, by: &str, when: &str) -> String {
        format!("回答: *{}* · {by} · {when}", self.verdict(verdict))
    }

    fn ended(&self, state: PromptState) -> &'static str {
        match state {
            PromptState::Sending | PromptState::Open => "この確認は終了しました。",
            PromptState::Answered => "この確認には回答済みです。",
            PromptState::Superseded => "この確認はあなたの回答なしで決着しました。対応は不要です。",
            PromptState::Expired => "期限内に回答がなかったため、セキュリティチームが引き継ぎました。",
            PromptState::Failed => "この確認は正しく送れませんでした。セキュリティチームが把握しています。",
        }
    }

    fn modal(&self) -> ModalWords {
        ModalWords {
            title: "自分の操作です",
            reason_hint: "一言で結構です。セキュリティチームが読みます。",
            submit: "送信",
            close: "戻る",
            dismiss_title: "対応不要として終了",
            dismiss_intro: "ケースを終了し、何も変更しません。理由はケースとともに保存され、カードに表示されます。監査記録に\
                            残るのは、そのハッシュ値だけです。",
            dismiss_reason: "対応不要と判断した理由は何ですか？",
            dismiss_submit: "終了する",
            missing_facts: "1 つ以上チェックするか、戻って「自分ではない」を押してください。",
            missing_reason: "何をしていたか、または理由を一言で入力してください。",
        }
    }

    fn boxes(&self, deed: bool) -> BoxWords {
        if deed {
            BoxWords {
                intro: "実際の操作と照らし合わせ、自分で行ったものだけにチェックを入れてください。",
                heading: "自分で行ったのはどれですか？",
                call: "この操作を行った",
                time: "この日時に行った",
                source: "この接続元から行った",
                reason: "何をしていましたか？",
            }
        } else {
            BoxWords {
                intro: "把握している内容と照らし合わせ、自分で行ったもの、または想定どおりのものだけにチェックを入れてください。",
                heading: "想定どおりなのはどれですか？",
                call: "この動作",
                time: "この日時",
                source: "この接続元",
                reason: "これは何のためのものですか？",
            }
        }
    }

    fn empty_box(&self, remedy: &str, breaks: &str, mode: Mode) -> String {
        let then = match mode {
            Mode::Enforce => format!("その場合は *{remedy}* を実施します。影響: {breaks}。"),
            Mode::DryRun | Mode::Observe => {
                format!(
                    "その場合の対処は *{remedy}* です。影響: {breaks}。(ドライランのため、何も変更しません)"
                )
            }
        };
        format!("*チェックのない項目は「自分ではない」と見なします。* {then}")
    }
}

/// With the word for what it is.
fn thing(about: Option<&About>) -> Option<String> {
    about.map(|about| match about {
        About::Bucket(name) => format!("バケット {name}"),
        About::Instance(id) => format!("インスタンス {id}"),
        About::Role(name) => format!("ロール {name}"),
        About::Other(name) => name.clone(),
    })
}
