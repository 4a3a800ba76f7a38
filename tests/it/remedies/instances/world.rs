//! An instance and everything around it, made in the emulator, and read back as an independent client sees it.
//! Never here: what vouch does.

use crate::moto::Moto;
use aws_config::Region;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, EbsInstanceBlockDeviceSpecification, Filter, HttpTokensState,
    IamInstanceProfileSpecification, InstanceAttributeName, InstanceBlockDeviceMappingSpecification,
    InstanceMarketOptionsRequest, MarketType, ResourceType, ShutdownBehavior, Tag, TagSpecification,
};
use std::collections::{BTreeMap, BTreeSet};

/// Which of the two VPCs speaks IPv6 too: only there is a new group made with a rule that lets it out.
pub(crate) const WITH_IPV6: usize = 1;

pub(crate) struct World {
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) scaling: aws_sdk_autoscaling::Client,
    pub(crate) balancing: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) id: String,
    pub(crate) vpcs: Vec<String>,
    /// Security groups of each VPC.
    pub(crate) groups: Vec<Vec<String>>,
    subnets: Vec<String>,
}

/// Everything of an instance that a remedy may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) groups: BTreeMap<String, BTreeSet<String>>,
    pub(crate) termination: bool,
    pub(crate) stop: bool,
    pub(crate) volumes: BTreeMap<String, bool>,
    pub(crate) tokens: String,
    pub(crate) profile: Option<String>,
    pub(crate) running: bool,
    /// Lifecycle state, and the group's desired capacity.
    pub(crate) scaling: Option<(String, i32)>,
    /// Target group and port.
    pub(crate) registrations: BTreeSet<(String, i32)>,
}

impl World {
    async fn empty(moto: &Moto) -> Self {
        Self::empty_in(moto, "eu-central-1").await
    }

    async fn empty_in(moto: &Moto, region: &'static str) -> Self {
        let sdk = moto.sdk().into_builder().region(Region::new(region)).build();
        let mut world = Self {
            ec2: aws_sdk_ec2::Client::new(&sdk),
            scaling: aws_sdk_autoscaling::Client::new(&sdk),
            balancing: aws_sdk_elasticloadbalancingv2::Client::new(&sdk),
            iam: aws_sdk_iam::Client::new(&sdk),
            id: String::new(),
            vpcs: vec![],
            groups: vec![],
            subnets: vec![],
        };
        for vpc in 0..2 {
            world.add_vpc(vpc == WITH_IPV6).await;
        }
        world
    }

    async fn add_vpc(&mut self, ipv6: bool) {
        let call = self.ec2.create_vpc().cidr_block("10.0.0.0/16").amazon_provided_ipv6_cidr_block(ipv6);
        let made = call.send().await.unwrap();
        let vpc = made.vpc.unwrap().vpc_id.unwrap();
        let made = self.ec2.create_subnet().vpc_id(&vpc).cidr_block("10.0.0.0/24").send().await.unwrap();
        self.subnets.push(made.subnet.unwrap().subnet_id.unwrap());
        let mut groups = vec![];
        for name in ["web", "ssh", "monitoring"] {
            let call = self.ec2.create_security_group().vpc_id(&vpc).group_name(name).description(name);
            groups.push(call.send().await.unwrap().group_id.unwrap());
        }
        self.groups.push(groups);
        self.vpcs.push(vpc);
    }

    /// Two in each VPC.
    pub(crate) async fn four_interfaces(moto: &Moto) -> Self {
        Self::four_interfaces_in(moto, "eu-central-1").await
    }

    pub(crate) async fn four_interfaces_in(moto: &Moto, region: &'static str) -> Self {
        let mut world = Self::empty_in(moto, region).await;
        world.launch(None, ShutdownBehavior::Stop).await;
        for (device, vpc) in [(1, 0), (2, 1), (3, 1)] {
            world.attach(device, vpc).await;
        }
        world
    }

    pub(crate) async fn spot(moto: &Moto) -> Self {
        let mut world = Self::empty(moto).await;
        let market = InstanceMarketOptionsRequest::builder().market_type(MarketType::Spot).build();
        world.launch(Some(market), ShutdownBehavior::Terminate).await;
        world
    }

    /// In service in an Auto Scaling group of two, and a target of a load balancer.
    pub(crate) async fn in_service(moto: &Moto, name: &str) -> Self {
        let mut world = Self::empty(moto).await;
        world.launch(None, ShutdownBehavior::Stop).await;
        let call = world.scaling.create_auto_scaling_group().auto_scaling_group_name(name);
        let call = call.min_size(0).max_size(3).desired_capacity(2).instance_id(&world.id);
        call.vpc_zone_identifier(&world.subnets[0]).send().await.unwrap();
        let group = world.scaling.describe_auto_scaling_groups().auto_scaling_group_names(name);
        let group = group.send().await.unwrap().auto_scaling_groups.unwrap().remove(0);
        world.id = group.instances()[0].instance_id().unwrap().to_owned();
        world.dress().await;
        let call = world.balancing.create_target_group().name(name).vpc_id(&world.vpcs[0]).port(80);
        let made = call.protocol(aws_sdk_elasticloadbalancingv2::types::ProtocolEnum::Http).send().await;
        let arn = made.unwrap().target_groups.unwrap().remove(0).target_group_arn.unwrap();
        let target = aws_sdk_elasticloadbalancingv2::types::TargetDescription::builder().id(&world.id);
        let call =
            world.balancing.register_targets().target_group_arn(arn).targets(target.port(8080).build());
        call.send().await.unwrap();
        world
    }

    async fn launch(&mut self, market: Option<InstanceMarketOptionsRequest>, shutdown: ShutdownBehavior) {
        let owner = Tag::builder().key("owner").value("alice@example.com").build();
        let tags = TagSpecification::builder().resource_type(ResourceType::Instance).tags(owner).build();
        let call = self.ec2.run_instances().image_id("ami-03cf127a").min_count(1).max_count(1);
        let call = call.subnet_id(&self.subnets[0]);
        let call = call.set_instance_market_options(market).instance_initiated_shutdown_behavior(shutdown);
        let made = call.tag_specifications(tags).send().await.unwrap();
        self.id = made.instances.unwrap().remove(0).instance_id.unwrap();
        self.dress().await;
    }

    /// The first interface into the first group. Groups named at launch would stick to every interface in moto,
    /// whatever is set later.
    async fn dress(&self) {
        let (first, vpc) = self.interfaces().await.remove(0);
        self.put(&first, &self.groups[vpc][..1]).await;
    }

    /// An interface in the VPC's first two groups.
    pub(crate) async fn attach(&self, device: i32, vpc: usize) -> String {
        let call = self.ec2.create_network_interface().subnet_id(&self.subnets[vpc]);
        let made = call.send().await.unwrap().network_interface.unwrap().network_interface_id.unwrap();
        let call = self.ec2.attach_network_interface().network_interface_id(&made).instance_id(&self.id);
        call.device_index(device).send().await.unwrap();
        self.put(&made, &self.groups[vpc][..2]).await;
        made
    }

    /// Somebody sets an interface's groups.
    pub(crate) async fn put(&self, eni: &str, groups: &[String]) {
        let call = self.ec2.modify_network_interface_attribute().network_interface_id(eni);
        call.set_groups(Some(groups.to_vec())).send().await.unwrap();
    }

    /// Interfaces and the index of the VPC that each lies in.
    pub(crate) async fn interfaces(&self) -> Vec<(String, usize)> {
        let filter = Filter::builder().name("attachment.instance-id").values(&self.id).build();
        let listed = self.ec2.describe_network_interfaces().filters(filter).send().await.unwrap();
        let vpc = |id: &str| self.vpcs.iter().position(|vpc| vpc == id).unwrap();
        let all = listed.network_interfaces.unwrap().into_iter();
        all.map(|e| (e.network_interface_id.unwrap(), vpc(&e.vpc_id.unwrap()))).collect()
    }

    pub(crate) async fn protect(&self, termination: bool, stop: bool) {
        let boolean = |on| AttributeBooleanValue::builder().value(on).build();
        let call = self.ec2.modify_instance_attribute().instance_id(&self.id);
        call.disable_api_termination(boolean(termination)).send().await.unwrap();
        let call = self.ec2.modify_instance_attribute().instance_id(&self.id);
        call.disable_api_stop(boolean(stop)).send().await.unwrap();
    }

    /// Whether every volume goes when the instance does.
    pub(crate) async fn drop_volumes(&self, goes: bool) {
        for device in self.state().await.volumes.into_keys() {
            let ebs = EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(goes).build();
            let volume = InstanceBlockDeviceMappingSpecification::builder().device_name(device).ebs(ebs);
            let call = self.ec2.modify_instance_attribute().instance_id(&self.id);
            call.block_device_mappings(volume.build()).send().await.unwrap();
        }
    }

    pub(crate) async fn require_tokens(&self, required: bool) {
        let tokens = if required { HttpTokensState::Required } else { HttpTokensState::Optional };
        let call = self.ec2.modify_instance_metadata_options().instance_id(&self.id);
        call.http_tokens(tokens).send().await.unwrap();
    }

    /// A role, and a profile of the same name that holds it; given to the instance.
    pub(crate) async fn give_role(&self, name: &str) -> String {
        let call = self.iam.create_role().role_name(name).assume_role_policy_document("{}");
        call.send().await.unwrap();
        let made = self.iam.create_instance_profile().instance_profile_name(name).send().await.unwrap();
        let call = self.iam.add_role_to_instance_profile().instance_profile_name(name).role_name(name);
        call.send().await.unwrap();
        self.associate(name).await;
        made.instance_profile.unwrap().arn
    }

    pub(crate) async fn associate(&self, profile: &str) {
        let profile = IamInstanceProfileSpecification::builder().name(profile).build();
        let call = self.ec2.associate_iam_instance_profile().instance_id(&self.id);
        call.iam_instance_profile(profile).send().await.unwrap();
    }

    /// The first group lets everybody in on this port.
    pub(crate) async fn open_to_everybody(&self, port: i32) {
        let everybody = aws_sdk_ec2::types::IpRange::builder().cidr_ip("0.0.0.0/0").build();
        let rule =
            aws_sdk_ec2::types::IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port);
        let call = self.ec2.authorize_security_group_ingress().group_id(&self.groups[0][0]);
        call.ip_permissions(rule.ip_ranges(everybody).build()).send().await.unwrap();
    }

    pub(crate) async fn end(&self) {
        self.ec2.terminate_instances().instance_ids(&self.id).send().await.unwrap();
    }

    pub(crate) async fn run(&self, running: bool) {
        if running {
            self.ec2.start_instances().instance_ids(&self.id).send().await.unwrap();
        } else {
            self.ec2.stop_instances().instance_ids(&self.id).send().await.unwrap();
        }
    }

    /// Ids of the snapshots that bear a case's tag.
    pub(crate) async fn snapshots(&self, case: &str) -> Vec<String> {
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let call = self.ec2.describe_snapshots().filters(filter("tag:vouch:case", case));
        let listed = call.filters(filter("tag:vouch:instance", &self.id)).send().await.unwrap();
        listed.snapshots.unwrap().into_iter().map(|s| s.snapshot_id.unwrap()).collect()
    }

    /// Whether a group lets nothing in and nothing out, over any version of IP.
    pub(crate) async fn is_empty(&self, group: &str) -> bool {
        let listed = self.ec2.describe_security_groups().group_ids(group).send().await.unwrap();
        let group = listed.security_groups.unwrap().remove(0);
        group.ip_permissions().is_empty() && group.ip_permissions_egress().is_empty()
    }

    pub(crate) async fn state(&self) -> State {
        let listed = self.ec2.describe_instances().instance_ids(&self.id).send().await.unwrap();
        let instance = listed.reservations.unwrap().remove(0).instances.unwrap().remove(0);
        let attribute = async |name| {
            self.ec2.describe_instance_attribute().instance_id(&self.id).attribute(name).send().await.unwrap()
        };
        let on = |value: Option<AttributeBooleanValue>| value.and_then(|v| v.value).unwrap_or_default();
        let filter = Filter::builder().name("instance-id").values(&self.id).build();
        let profiles = self.ec2.describe_iam_instance_profile_associations().filters(filter).send().await;
        let profiles = profiles.unwrap().iam_instance_profile_associations.unwrap_or_default();
        let filter = Filter::builder().name("attachment.instance-id").values(&self.id).build();
        let enis = self.ec2.describe_network_interfaces().filters(filter).send().await.unwrap();
        let group_ids = |groups: Option<Vec<aws_sdk_ec2::types::GroupIdentifier>>| {
            groups.unwrap_or_default().into_iter().map(|g| g.group_id.unwrap()).collect()
        };
        let enis = enis.network_interfaces.unwrap_or_default().into_iter();
        State {
            groups: enis.map(|e| (e.network_interface_id.unwrap(), group_ids(e.groups))).collect(),
            termination: on(attribute(InstanceAttributeName::DisableApiTermination)
                .await
                .disable_api_termination),
            stop: on(attribute(InstanceAttributeName::DisableApiStop).await.disable_api_stop),
            volumes: instance
                .block_device_mappings()
                .iter()
                .map(|m| {
                    let goes = m.ebs().unwrap().delete_on_termination().unwrap();
                    (m.device_name().unwrap().to_owned(), goes)
                })
                .collect(),
            tokens: instance.metadata_options().unwrap().http_tokens().unwrap().as_str().to_owned(),
            profile: profiles.first().and_then(|p| p.iam_instance_profile()?.arn().map(str::to_owned)),
            running: instance.state().unwrap().name().unwrap().as_str() == "running",
            scaling: self.scaling_state().await,
            registrations: self.registered().await,
        }
    }

    async fn scaling_state(&self) -> Option<(String, i32)> {
        let call = self.scaling.describe_auto_scaling_instances().instance_ids(&self.id);
        let one = call.send().await.unwrap().auto_scaling_instances.unwrap_or_default().into_iter().next()?;
        let name = one.auto_scaling_group_name.unwrap();
        let group = self.scaling.describe_auto_scaling_groups().auto_scaling_group_names(name).send().await;
        let group = group.unwrap().auto_scaling_groups.unwrap().remove(0);
        Some((one.lifecycle_state.unwrap(), group.desired_capacity.unwrap()))
    }

    async fn registered(&self) -> BTreeSet<(String, i32)> {
        let mut found = BTreeSet::new();
        let groups = self.balancing.describe_target_groups().send().await.unwrap().target_groups;
        for group in groups.unwrap_or_default() {
            if !self.vpcs.iter().any(|vpc| Some(vpc.as_str()) == group.vpc_id()) {
                continue;
            }
            let arn = group.target_group_arn.unwrap();
            let health = self.balancing.describe_target_health().target_group_arn(&arn).send().await.unwrap();
            for told in health.target_health_descriptions.unwrap_or_default() {
                let target = told.target.unwrap();
                if target.id.as_ref() == Some(&self.id) {
                    found.insert((arn.clone(), target.port.unwrap()));
                }
            }
        }
        found
    }
}
