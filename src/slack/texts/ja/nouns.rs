//! Japanese names for the values of a case.
//! Never here: whole messages.

use super::Ja;
use crate::case::event::{Answer, NotNow};
use crate::case::guard::Mode;
use crate::case::owner::{Confidence, Source};
use crate::case::prompt::{PromptState, Verdict};
use crate::case::remedy::{ActState, Remedy};
use crate::case::state::{Closing, ProposalKind, Stage};
use crate::slack::texts::Nouns;

impl Nouns for Ja {
    fn remedy(&self, remedy: Remedy) -> &'static str {
        match remedy {
            Remedy::DeactivateKey => "このアクセスキーを無効化",
            Remedy::DeactivateAllKeys => "このユーザーの全アクセスキーを無効化",
            Remedy::CutSessions => "このユーザーの全セッションを失効",
            Remedy::DisableConsole => "コンソールのパスワードを削除",
            Remedy::QuarantineUser => "このユーザーを隔離",
            Remedy::RevokeSession => "このセッションだけを失効",
            Remedy::RevokeRoleSessions => "このロールの全セッションを失効",
            Remedy::QuarantineRole => "このロールを隔離",
            Remedy::SnapshotInstance => "このインスタンスのスナップショットを取得",
            Remedy::IsolateInstance => "このインスタンスをネットワークから隔離",
            Remedy::DetachInstanceProfile => "このインスタンスからロールを外す",
            Remedy::RequireImdsv2 => "このインスタンスで IMDSv2 を必須化",
            Remedy::StopInstance => "このインスタンスを停止",
            Remedy::BlockBucketPublicAccess => "このバケットのパブリックアクセスをブロック",
            Remedy::BlockAccountPublicAccess => "アカウント全バケットのパブリックアクセスをブロック",
            Remedy::DenyPrincipalOnBucket => "この ID からバケットへのアクセスを拒否",
            Remedy::MakeAclPrivate => "バケットの ACL を非公開に変更",
            Remedy::RemoveCors => "バケットの CORS 設定を削除",
            Remedy::Advise => "何も変更せず、手動での手順を表示",
            Remedy::Cut => "この認証情報を止める",
            Remedy::Contain => "元に戻せる範囲ですべて封じ込める",
        }
    }

    fn breaks(&self, remedy: Remedy) -> &'static str {
        match remedy {
            Remedy::DeactivateKey => "このキーを使うプログラムがすべて止まります",
            Remedy::DeactivateAllKeys => "このユーザーのキーを使うプログラムがすべて止まります",
            Remedy::CutSessions => "既存のセッションは使えなくなり、再ログインが必要です",
            Remedy::DisableConsole => "新しいパスワードを発行するまでコンソールにログインできません",
            Remedy::QuarantineUser => "解除するまで、このユーザーは何も操作できません",
            Remedy::RevokeSession => "このセッションだけが使えなくなります。ほかには影響しません",
            Remedy::RevokeRoleSessions => "このロールを使う人とシステムすべてで再認証が必要です",
            Remedy::QuarantineRole => "解除するまで、このロールを使う人とシステムは何も操作できません",
            Remedy::SnapshotInstance => "止まるものはありません。ストレージ料金がかかります",
            Remedy::IsolateInstance => "インスタンスの通信がすべて切れます",
            Remedy::DetachInstanceProfile => "インスタンス上のプログラムが AWS にアクセスできなくなります",
            Remedy::RequireImdsv2 => "IMDSv1 を使うプログラムが AWS にアクセスできなくなります",
            Remedy::StopInstance => "インスタンスが停止し、メモリとインスタンスストアの内容が失われます",
            Remedy::BlockBucketPublicAccess => {
                "このバケットへの公開アクセスが止まります。ウェブサイト公開も含みます"
            }
            Remedy::BlockAccountPublicAccess => {
                "アカウント内の全バケットへの公開アクセスが止まります。ウェブサイト公開も含みます"
            }
            Remedy::DenyPrincipalOnBucket => "この ID はバケットを使えなくなります",
            Remedy::MakeAclPrivate => "ACL で許可していたアクセスが止まります。他アカウントも含みます",
            Remedy::RemoveCors => "ほかのサイトのページからバケットを使えなくなります",
            Remedy::Advise => "止まるものはありません",
            Remedy::Cut => "この認証情報を使うものがすべて止まります",
            Remedy::Contain => "この ID またはリソースを使うものがすべて止まります",
        }
    }

    fn act_state(&self, state: ActState) -> &'static str {
        match state {
            ActState::Planned => "予定",
            ActState::Applied => "実施済み、確認中",
            ActState::Verified => "実施済み、確認済み",
            ActState::Failed => "失敗",
            ActState::Undone => "元に戻しました",
            ActState::DryRun => "ドライラン (変更なし)",
        }
    }

    fn prompt_state(&self, state: PromptState) -> &'static str {
        match state {
            PromptState::Sending => "確認を送信中",
            PromptState::Open => "確認中、回答待ち",
            PromptState::Answered => "回答済み",
            PromptState::Superseded => "本人の回答なしで決着",
            PromptState::Expired => "期限内に回答なし",
            PromptState::Failed => "確認できず",
        }
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Mine => "自分の操作です",
            Verdict::Partial => "一部だけ自分の操作 (自分ではない、として扱います)",
            Verdict::NotMine => "自分ではない",
            Verdict::Unsure => "わからない",
        }
    }

    fn stage(&self, stage: Stage) -> &'static str {
        match stage {
            Stage::Tracing => "所有者を調査中",
            Stage::Asking => "回答待ち",
            Stage::AwaitingApproval => "対応担当者の承認待ち",
            Stage::Remedying => "対処を実施中",
            Stage::Verifying => "対処の結果を確認中",
            Stage::Stuck => "対応担当者の対応が必要",
            Stage::Closed => "終了",
        }
    }

    fn closing(&self, closing: Closing) -> &'static str {
        match closing {
            Closing::Vouched => "本人の操作と確認",
            Closing::Contained => "封じ込め済み",
            Closing::Dismissed => "対応担当者が対応不要と判断",
            Closing::Recorded => "記録のみ、変更なし",
            Closing::Undone => "対応担当者が元に戻しました",
        }
    }

    fn source(&self, source: Source) -> &'static str {
        match source {
            Source::Static => "セキュリティチームの設定にあなたが登録されている",
            Source::Sso => "社内ディレクトリにあなたが登録されている",
            Source::Trail => "AWS の操作履歴をたどるとあなたに行き着く",
            Source::Tags => "タグにあなたの名前がある",
            Source::Creator => "あなたが作成した",
            Source::Account => "あなたがこのアカウントの責任者である",
        }
    }

    fn source_of(&self, source: Source) -> &'static str {
        match source {
            Source::Static => "設定に登録",
            Source::Sso => "社内ディレクトリに登録",
            Source::Trail => "AWS の操作履歴から特定",
            Source::Tags => "タグに記載",
            Source::Creator => "作成者",
            Source::Account => "アカウントの責任者",
        }
    }

    fn confidence(&self, confidence: Confidence) -> &'static str {
        match confidence {
            Confidence::Low => "確度: 低",
            Confidence::Medium => "確度: 中",
            Confidence::High => "確度: 高",
        }
    }

    fn proposal(&self, kind: ProposalKind) -> &'static str {
        match kind {
            ProposalKind::Vouch => "「自分の操作です」という回答の受け入れ",
            ProposalKind::Plan => "対処の実施",
            ProposalKind::Release => "本人の操作とのことなので、封じ込めの解除",
            ProposalKind::Undo => "実施した対処の取り消し",
            ProposalKind::Dismiss => "対応不要としての終了",
            ProposalKind::Done => "手作業での対応完了の受け入れ",
        }
    }

    fn severity(&self, severity: f64) -> &'static str {
        // GuardDuty user guide, severity levels of findings.
        if severity >= 9.0 {
            "重要度: 重大"
        } else if severity >= 7.0 {
            "重要度: 高"
        } else if severity >= 4.0 {
            "重要度: 中"
        } else {
            "重要度: 低"
        }
    }

    fn mode(&self, mode: Mode) -> &'static str {
        match mode {
            Mode::Observe => "観察モード: 誰にも確認せず、何も変更しません。",
            Mode::DryRun => "ドライラン: ここで何を押しても AWS は変更されません。",
            Mode::Enforce => "",
        }
    }

    fn answer(&self, answer: &Answer) -> &'static str {
        match answer {
            Answer::Accepted => "ありがとうございます。受け付けました。",
            Answer::FieldErrors { .. } => "入力が足りません。フォームをもう一度確認してください。",
            Answer::NotYours => "このメッセージの宛先の人だけが操作できます。このクリックは無効です。",
            Answer::FactsChanged => {
                "回答中に状況が変わりました。まだ何も決まっていません。メッセージをもう一度確認してください。"
            }
            Answer::AlreadyAnswered => "すでに回答済みです。このクリックは無効です。",
            Answer::NotNow { why } => self.not_now(*why),
        }
    }

    fn not_now(&self, why: NotNow) -> &'static str {
        match why {
            NotNow::Settled => "このケースはすでに決着しています。このクリックは無効です。",
            NotNow::NothingToUndo => "このケースには元に戻すものがありません。",
            NotNow::UndoWindowOver => "元に戻せる期間が過ぎました。手動で戻してください。",
            NotNow::NothingToApprove => "このケースには現在、承認するものがありません。",
            NotNow::OwnVoice => "回答または提案した本人は承認できません。別の担当者に依頼してください。",
            NotNow::WritesStopped => "現在、変更は停止されています。再開してから承認してください。",
            NotNow::Busy => "このケースは処理中です。少し待ってからもう一度お試しください。",
        }
    }

    fn clauses(&self, clauses: &[&str]) -> String {
        clauses.join("。")
    }

    fn sample(&self) -> &'static str {
        "サンプル"
    }

    fn and_more(&self, count: usize) -> String {
        format!("ほか {count} 件")
    }

    fn case(&self, case: &str) -> String {
        format!("ケース {case}")
    }
}
