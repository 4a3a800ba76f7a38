//! What is said about buckets in Japanese.
//! Never here: layout.

use super::Ja;
use crate::case::evidence::BucketFact;
use crate::slack::texts::bucket::{BucketWords, Sharing};

impl BucketWords for Ja {
    fn bucket(&self, name: &str, region: Option<&str>, facts: &str) -> String {
        match region {
            Some(region) => format!("*バケット* {name} ({region}): {facts}"),
            None => format!("*バケット* {name} : {facts}"),
        }
    }

    fn bucket_fact(&self, fact: &BucketFact) -> String {
        match fact {
            BucketFact::PublicByPolicy => "*バケットポリシーで誰にでも公開されています*".to_owned(),
            BucketFact::PublicByAcl(given) => {
                format!("*ACL で誰にでも公開されています* ( {} )", given.join(", "))
            }
            BucketFact::PublicButBlocked => {
                "公開する設定ですが、ブロックパブリックアクセスにより閉じています".to_owned()
            }
            BucketFact::NotPublic => "公開されていません".to_owned(),
            BucketFact::OtherAccounts(names) => {
                format!("ほかのアカウントも使っています: {}", names.join(", "))
            }
            BucketFact::CloudFront => "CloudFront は自身の ID で読み取り、引き続き使えます".to_owned(),
            BucketFact::Site => "静的ウェブサイトを公開しています".to_owned(),
            BucketFact::Origins(names) => format!("次のサイトのページから使えます: {}", names.join(", ")),
            BucketFact::AccessPoints(names) => format!("アクセスポイント: {}", names.join(", ")),
            BucketFact::Endpoints(names) => {
                format!("ポリシーに VPC エンドポイントの指定: {}", names.join(", "))
            }
            BucketFact::LogDelivery => "ほかのバケットのアクセスログの出力先です".to_owned(),
            BucketFact::NotLogged => "アクセスログなし".to_owned(),
            BucketFact::NotVersioned => "バージョニングなし (上書きや削除は元に戻せません)".to_owned(),
            BucketFact::DataClass(class) => format!("タグによるデータの分類: {class}"),
        }
    }

    fn breaks_here(&self, remedy: &str, facts: &str) -> String {
        format!("「{remedy}」のこのバケットでの影響: {facts}")
    }

    fn sharing(&self, about: &Sharing) -> Vec<String> {
        let mut lines = vec![format!("*{} を共有するのに公開は要りません。ほかの方法:*", about.bucket)];
        if let Some(class) = &about.data_class {
            lines.push(format!("タグによるデータの分類は {class} です。実際の中身は Macie で調べられます。"));
        }
        let now =
            about.others.as_ref().map(|others| format!(" 現在の許可先: {others} 。")).unwrap_or_default();
        lines.push(format!("読み取れる相手をバケットポリシーに明記し、ほかは許可しません。{now}"));
        let ends = about.endpoints.as_ref().map(|e| format!(" 現在の指定: {e} 。")).unwrap_or_default();
        lines.push(format!(
            "VPC エンドポイントに限るには、自分のエンドポイント ID を入れて次のステートメントを加えます。コンソールも \
             vouch も、ほかの誰も使えなくなります。{ends}\n{}",
            about.statement
        ));
        let life = about.signed_hours.map(|hours| {
            format!(" この検出結果の認証情報で署名したリンクは最長 {hours} 時間有効で、その認証情報を止めれば無効になります。")
        });
        lines.push(format!(
            "少数のオブジェクトを短時間だけ渡すなら署名付き URL。有効期間は、インスタンスの署名で最長 6 時間、一時的な認証情報で \
             36 時間、ユーザーのキーで 7 日です。{}",
            life.unwrap_or_default()
        ));
        let points = about.points.as_ref().map(|p| format!(" 現在のもの: {p} 。")).unwrap_or_default();
        lines.push(format!(
            "プライベートネットワーク内で多くの人が共有するデータにはアクセスポイント。{points}"
        ));
        lines.push(match about.acls_disabled {
            Some(true) => {
                "このバケットでは ACL が無効です。そのままにし、ほかのアカウントはポリシーで許可してください。".to_owned()
            }
            Some(false) | None => {
                "ほかの AWS アカウントは正規 ID を使って ACL でも許可できますが、ポリシーのほうが読みやすくなります。".to_owned()
            }
        });
        lines.push(format!("AWS の推奨事項: {}", about.link));
        lines
    }
}
