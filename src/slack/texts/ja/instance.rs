//! An EC2 instance in Japanese: seen, what acting costs, and what only people can do.
//! Never here: layout.

use super::Ja;
use crate::slack::texts::instance::{InstanceGuide, InstanceSeen, InstanceWords, console};

impl InstanceWords for Ja {
    fn instance_seen(&self, seen: &InstanceSeen<'_>) -> Vec<String> {
        let mut lines = vec![format!("インスタンス {} : {}{}", seen.id, seen.state, seen.about)];
        let reached = seen.addresses.map(|a| format!("、公開アドレス {a}")).unwrap_or_default();
        lines.push(format!(
            "ネットワークインターフェイス: {} 個（VPC {} 個）{reached}",
            seen.interfaces, seen.vpcs
        ));
        lines.extend(seen.ports.map(|ports| format!("全世界に開いているポート: {ports}")));
        let imds = match seen.imdsv2 {
            Some(true) => "IMDSv2 必須",
            Some(false) => "IMDSv1 も可",
            None => "メタデータ設定は不明",
        };
        let role = seen.role.map_or("ロールなし".to_owned(), |role| format!("ロール {role}"));
        lines.push(format!("権限: {role} 、{imds}"));
        lines.extend(seen.scaling.map(|(group, state)| format!("Auto Scaling グループ {group} : {state}")));
        lines.extend(seen.balancers.map(|groups| format!("ロードバランサーからの転送: {groups}")));
        lines
    }

    fn costs_standby(&self, group: &str) -> String {
        format!("取り消すまで Auto Scaling グループ {group} は 1 台少なくなります")
    }

    fn costs_traffic(&self, groups: &str) -> String {
        format!("{groups} からのトラフィックを受けなくなります")
    }

    fn costs_interfaces(&self, count: usize, managed: usize) -> String {
        if managed == 0 {
            format!("ネットワークインターフェイス {count} 個すべてを切り離します")
        } else {
            format!(
                "ネットワークインターフェイス {count} 個を切り離します。AWS が管理する {managed} 個は変更できません"
            )
        }
    }

    fn costs_role(&self, role: &str) -> String {
        format!("このインスタンスのプログラムは {role} として操作できなくなります")
    }

    fn costs_disks(&self) -> &'static str {
        "インスタンスストアは消去され、スナップショットにも含まれません"
    }

    fn costs_address(&self, addresses: &str) -> String {
        format!("Elastic IP でない公開アドレスは失われます: {addresses}")
    }

    fn still_open(&self) -> &'static str {
        "隔離は新しい接続を遮断します。EC2 が追跡している接続はアイドルになるまで続き、VPC 内の DNS も使えます。両方を確実に止めるにはインスタンスの停止が必要です。"
    }

    fn advice_instance(&self, g: &InstanceGuide<'_>) -> Vec<String> {
        let console = console(g.partition);
        let (id, region) = (g.id, g.region);
        let image =
            g.image.map(|image| format!("（ {image} は信頼できる場合だけ使います）")).unwrap_or_default();
        let store = if g.instance_store {
            "インスタンスストアはスナップショットに含まれないので、先にコピーしてください。"
        } else {
            ""
        };
        let ports = match g.ports {
            Some(ports) => {
                format!("セキュリティグループは {ports} を全世界に開いています。不要なものを閉じてください")
            }
            None => "全世界に開いたポートはありません。アプリケーションからの侵入を調べてください".to_owned(),
        };
        let group = g
            .scaling
            .map(|group| format!("Auto Scaling グループ {group} が代わりを起動します。"))
            .unwrap_or_default();
        let protected = match g.protected {
            Some(true) => format!(
                "先に保護を外します: `aws ec2 modify-instance-attribute --region {region} --instance-id {id} \
                 --no-disable-api-termination` 。"
            ),
            Some(false) | None => String::new(),
        };
        let role = g.role.map(|role| {
            format!(
                "ロール {role} の認証情報は盗まれたものとして扱い、CloudTrail でセッション名 {id} の操作を調べてください。"
            )
        });
        let mut steps = vec![
            format!(
                "マルウェアを調べます: `aws guardduty start-malware-scan --region {region} --resource-arn {}` \
                 、またはスナップショットから作った複製を検査します。稼働中のホストでは作業しないでください。",
                g.arn
            ),
            format!(
                "見つかったものは駆除ではなく、安全なイメージからの再構築で取り除きます{image} 。{store}"
            ),
            format!("侵入経路を探します: {ports}。パッチを当て、権限を見直してください。"),
        ];
        steps.extend(role);
        steps.extend([
            format!(
                "他に止める方法がなければ、スナップショットの完了と別の人の同意を確認してから終了し、置き換えます（ vouch \
                 は決して実行しません）: `aws ec2 terminate-instances --region {region} --instance-ids {id}` 。\
                 {protected}{group}"
            ),
            "代わりの環境を堅牢にします: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-security.html と \
             https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-best-practices.html"
                .to_owned(),
            "コミュニティに質問できます: https://repost.aws/tags/TAnlifi4ZcQcGCEASm2ZPbYQ/amazon-guardduty"
                .to_owned(),
            format!(
                "どのプランでも AWS サポートに技術ケースを作成できます: {console}/support/home#/case/create （ {region} の \
                 {id} 、検出時刻、スナップショットを保存していることを書いてください）。"
            ),
            "今後も常に想定どおりの動作なら、種類とリモートアドレスを条件にした抑制ルールを 2 \
             人の承認者に提案してください。重大度の高いものには使いません。"
                .to_owned(),
        ]);
        steps
    }
}
