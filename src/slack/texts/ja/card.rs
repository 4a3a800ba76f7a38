//! The responders' card, the breaker's card and the control card in Japanese.
//! Never here: layout.

use super::Ja;
use crate::case::guard::Mode;
use crate::slack::texts::{Button, CardButtons, CardWords, Confirm, NoAnswerText, StuckText, SwitchButtons};

impl CardWords for Ja {
    fn summary(&self, stage: &str, what: &str, with: &str, account: &str, severity: &str) -> String {
        format!("{severity}。{stage}。操作: {what}。認証情報: {with}。アカウント: {account}。")
    }

    fn until(&self, when: &str) -> String {
        format!("(期限 {when} )")
    }

    fn asked(&self) -> &'static str {
        "*本人の操作かどうかの確認先*"
    }

    fn asked_one(&self, person: &str, state: &str, at: Option<&str>, why: Option<&str>) -> String {
        let at = at.map(|at| format!("、{at}")).unwrap_or_default();
        match why {
            Some(why) => format!("{person}: {state}{at} ({why})"),
            None => format!("{person}: {state}{at}"),
        }
    }

    fn nobody_asked(&self) -> &'static str {
        "まだ誰にも確認していません。"
    }

    fn would_ask(&self, people: &str) -> String {
        format!("確認していたはずの相手: {people}")
    }

    fn would_ask_nobody(&self) -> &'static str {
        "このチャンネル以外には確認しなかったはずです。"
    }

    fn would_offer(&self, remedies: &str) -> String {
        format!("提示していたはずの対処: {remedies}")
    }

    fn said(&self, verdict: &str, by: &str, when: &str) -> String {
        format!("*回答:* {verdict} · {by} · {when}")
    }

    fn reason(&self, reason: &str) -> String {
        format!("*理由:* {reason}")
    }

    fn acts(&self) -> &'static str {
        "*対処*"
    }

    fn contained_after(&self, seconds: i64) -> String {
        format!("T+{seconds} s で封じ込め")
    }

    fn proposal_line(&self, kind: &str, by: &str, parts: &str) -> String {
        let parts = if parts.is_empty() { String::new() } else { format!(" ({parts})") };
        format!("*別の担当者の承認待ち:* {kind}{parts}。提案者: {by} (本人は承認できません)")
    }

    fn stuck(&self, reason: &StuckText) -> String {
        let why = match reason {
            StuckText::NoAnswer => "期限内に回答がありませんでした。".to_owned(),
            StuckText::Advice => {
                "手動での対応が必要です。スレッドの手順に従い、済んだら「手動で対応済み」を押してください。"
                    .to_owned()
            }
            StuckText::NotConfirmed(why) => {
                format!("GuardDuty に検出結果を照会できないため、まだ何も変更していません: {why}")
            }
            StuckText::Refuted(why) => {
                format!("届いた検出結果が GuardDuty の内容と一致しないため、何も変更していません: {why}")
            }
            StuckText::Protected(pattern) => format!("この ID は保護対象です: {pattern}"),
            StuckText::AccountNotAllowed => "vouch はこのアカウントでの操作を許可されていません。".to_owned(),
            StuckText::WriteFailed { failed, done } if done.is_empty() => {
                format!("次の対処に失敗しました: {failed}")
            }
            StuckText::WriteFailed { failed, done } => {
                format!("次の対処に失敗しました: {failed} 。その前に実施済み: {done}")
            }
            StuckText::EffectGone(lost) => format!("実施した対処が効いていません: {lost}"),
            StuckText::UndoFailed(failed) => format!("元に戻せませんでした: {failed}"),
            StuckText::Rejected(by) => format!("{by} が提案を却下しました。"),
            StuckText::NotPossible(remedy) => format!("この対処はここでは実施できません: {remedy}"),
            StuckText::Lapsed => "1 日以内に提案が承認も却下もされませんでした。".to_owned(),
        };
        format!("*対応担当者の対応が必要です。* {why}")
    }

    fn taken(&self, by: &str) -> String {
        format!("{by} が対応中です。")
    }

    fn admin(&self, admin: bool) -> &'static str {
        if admin { "*管理者権限あり*" } else { "管理者権限は見つかりません" }
    }

    fn console(&self, password: Option<bool>, mfa: Option<u32>) -> String {
        let password = match password {
            Some(true) => "コンソールのパスワードあり",
            Some(false) => "コンソールのパスワードなし",
            None => "コンソールのパスワードは不明",
        };
        match mfa {
            Some(0) => format!("{password}、MFA デバイスなし"),
            Some(count) => format!("{password}、MFA デバイス {count} 台"),
            None => format!("{password}、MFA は不明"),
        }
    }

    fn key_fact(&self, last4: &str, active: bool, last_used: Option<&str>, service: Option<&str>) -> String {
        let state = if active { "有効" } else { "無効" };
        let used = last_used.map_or_else(|| "使用の記録なし".to_owned(), |at| format!("最終使用 {at}"));
        let service = service.map(|s| format!(" ( {s} )")).unwrap_or_default();
        format!("キー …{last4}: {state}、{used}{service}")
    }

    fn policies(&self, listed: &str) -> String {
        format!("ポリシー: {listed}")
    }

    fn gaps(&self, listed: &str) -> String {
        format!("取得できなかった情報: {listed}")
    }

    fn remedy_menu(&self) -> &'static str {
        "*封じ込める場合の対処*"
    }

    fn buttons(&self) -> CardButtons {
        CardButtons {
            contain: Button {
                text: "封じ込める", label: "封じ込める: メニューで選んだ対処を実施"
            },
            dismiss: Button {
                text: "対応不要", label: "対応不要: 理由を入力、変更はしない"
            },
            done: Button {
                text: "手動で対応済み", label: "手動で対応済み: 必要な対応を済ませた"
            },
            undo: Button { text: "元に戻す", label: "実施した対処を元に戻す (確認あり)" },
            approve: Button { text: "承認", label: "提案を承認する" },
            reject: Button { text: "却下", label: "提案を却下する" },
            take: Button {
                text: "対応します", label: "対応します: 全員に表示、何も決まらない"
            },
        }
    }

    fn undo_confirm(&self, until: Option<&str>) -> Confirm {
        let sessions = match until {
            Some(until) => {
                format!("失効前に盗まれたセッションは、{until} まで再び使えるようになります。")
            }
            None => "この認証情報を持つ人は誰でも再び使えるようになります。".to_owned(),
        };
        Confirm {
            title: "実施した対処を元に戻しますか？",
            text: format!("アクセスは対処前の状態に戻ります。{sessions}"),
            yes: "元に戻す",
            no: "そのままにする",
        }
    }

    fn rule(&self, rule: &str) -> String {
        format!("ルール {rule}")
    }

    fn no_answer(&self, what: &NoAnswerText) -> String {
        match what {
            NoAnswerText::Escalate => "回答がない場合: 対応担当者が判断".to_owned(),
            NoAnswerText::Record => "回答がない場合: 記録のみ".to_owned(),
            NoAnswerText::Run(remedy) => format!("回答がない場合: {remedy}"),
        }
    }

    fn breaker_open(&self, limit: &str, since: &str) -> String {
        format!(
            "*サーキットブレーカーが作動しました。* {since} に上限 {limit} に達したため、以後の対処はすべて提案となり、\
             対応担当者の承認を待ちます。実際に攻撃が続いている場合は、ケースごとに承認してください。"
        )
    }

    fn breaker_reset(&self, by: Option<&str>) -> String {
        match by {
            Some(by) => {
                format!("{by} がサーキットブレーカーをリセットしました。対処はルールどおりに実施されます。")
            }
            None => "サーキットブレーカーは作動していません。対処はルールどおりに実施されます。".to_owned(),
        }
    }

    fn writes_on(&self, mode: Mode) -> &'static str {
        match mode {
            Mode::Enforce => {
                "*vouch は AWS を変更できます。* すべての対処をただちに止めるには、ボタンを押してください。"
            }
            Mode::DryRun => {
                "*vouch はドライラン中です。* 確認は行いますが、AWS は変更しません。ボタンを押すと、以後の対処も停止します。"
            }
            Mode::Observe => "*vouch は観察のみです。* 誰にも確認せず、AWS も変更しません。",
        }
    }

    fn writes_off(&self, by: &str, since: &str) -> String {
        format!(
            "*対処はすべて停止中です。* {by} が {since} に停止しました。本人への確認は続けます。\
             対処は提案のまま待機し、再開するまで承認できません。取り消しとアーカイブは引き続き実施できます。"
        )
    }

    fn switches(&self) -> SwitchButtons {
        SwitchButtons {
            stop: Button {
                text: "対処をすべて停止",
                label: "対処をすべて停止する。取り消しとアーカイブは続けられます",
            },
            resume: Button {
                text: "対処を再開", label: "vouch による AWS での対処を再開する"
            },
            reset: Button {
                text: "ブレーカーをリセット", label: "サーキットブレーカーをリセットする"
            },
            revoke: Button {
                text: "再び確認する",
                label: "再び確認する: 今後はこの操作について本人に確認する",
            },
        }
    }

    fn quiet_heading(&self) -> &'static str {
        "*現在は確認していない操作* (本人が自分の操作だと回答したもの):"
    }

    fn quiet_line(&self, principal: &str, apis: &str, networks: &str, by: &str, until: &str) -> String {
        format!("{principal} · {apis} · 接続元 {networks} · 回答者 {by} · {until} まで")
    }

    fn crowd(&self, cases: u64, since: &str, last: &str) -> String {
        format!(
            "*多数のケースが同時に発生しています:* {since} 以降に {cases} 件、最後は {last} です。カードはそれぞれこのチャンネルに\
             あります。その間、個別の呼び出しは行いません。一つの攻撃であれば、一件ずつ見る前に共通点を探してください。"
        )
    }

    fn stop_confirm(&self) -> Confirm {
        Confirm {
            title: "対処をすべて停止しますか？",
            text: "対応担当者が再開するまで、「自分ではない」と回答されても対処は実施されません。".to_owned(),
            yes: "停止する",
            no: "キャンセル",
        }
    }

    fn resume_confirm(&self) -> Confirm {
        Confirm {
            title: "対処を再開しますか？",
            text: "対処はルールどおりに実施されます。待機中の提案には引き続き承認が必要です。".to_owned(),
            yes: "再開する",
            no: "キャンセル",
        }
    }

    fn reset_confirm(&self) -> Confirm {
        Confirm {
            title: "サーキットブレーカーをリセットしますか？",
            text: "カウンターはゼロに戻り、対処はルールどおりに実施されます。".to_owned(),
            yes: "リセットする",
            no: "キャンセル",
        }
    }
}
