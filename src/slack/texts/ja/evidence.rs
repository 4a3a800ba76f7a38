//! What was looked up about who acted, in Japanese.
//! Never here: layout.

use super::Ja;
use crate::case::evidence::OtherKind;
use crate::slack::texts::{ChainEndText, EvidenceWords};

impl EvidenceWords for Ja {
    fn writes_iam(&self) -> &'static str {
        "*IAM を変更できる権限あり* : 自分の権限を広げられます"
    }

    fn made_lately(&self, when: &str) -> String {
        format!("*{when} に作成* : この操作の前 7 日以内です")
    }

    fn boundary(&self, policy: &str) -> String {
        format!("アクセス許可の境界: {policy}")
    }

    fn trusts(&self, listed: &str) -> String {
        format!("引き受けられる相手: {listed}")
    }

    fn services(&self, listed: &str) -> String {
        format!("最近使用したサービス: {listed}")
    }

    fn other_fact(&self, kind: OtherKind, name: &str, active: bool) -> String {
        let kind = match kind {
            OtherKind::ServiceSpecific => "サービス固有の認証情報",
            OtherKind::SshKey => "SSH キー",
            OtherKind::SigningCertificate => "署名用証明書",
        };
        let state = if active { "有効" } else { "無効" };
        format!("{kind} {name} : {state}")
    }

    fn root_fact(&self, keys: bool, mfa: bool) -> String {
        let keys = if keys {
            "*ルートユーザーにアクセスキーあり*"
        } else {
            "ルートユーザーにアクセスキーなし"
        };
        let mfa = if mfa { "MFA あり" } else { "*MFA なし*" };
        format!("{keys} · {mfa}")
    }

    fn hop(&self, event: &str, by: &str, when: &str) -> String {
        format!("セッションの発行: {event} 、呼び出し元 {by} 、 {when}")
    }

    fn chain_end(&self, end: &ChainEndText) -> String {
        match end {
            ChainEndText::Provider { subject, provider } => {
                format!("ID プロバイダー {provider} が {subject} を認証しています")
            }
            ChainEndText::Elsewhere(account) => {
                format!("呼び出し元は vouch が参照できないアカウント {account} です")
            }
            ChainEndText::NotFound { yet: true } => {
                "セッションの発行元は CloudTrail にまだ現れていません (数分遅れます)".to_owned()
            }
            ChainEndText::NotFound { yet: false } => {
                "セッションの発行元は CloudTrail に見つかりません".to_owned()
            }
            ChainEndText::TooLong => "ロールの連鎖が長く、最後まで追跡できません".to_owned(),
            ChainEndText::Unclear(what) => format!("セッションの発行元を追跡できません: {what}"),
        }
    }

    fn made(&self) -> &'static str {
        "*その後この認証情報が行った操作*"
    }

    fn made_one(&self, event: &str, what: Option<&str>, when: &str) -> String {
        match what {
            Some(what) => format!("{event} {what} 、 {when}"),
            None => format!("{event} 、 {when}"),
        }
    }

    fn unusual(&self, listed: &str) -> String {
        format!("この ID では初めて: {listed}")
    }
}
