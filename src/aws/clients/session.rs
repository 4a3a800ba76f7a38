//! Credentials in one account, and a client of each service that can be worked with through them.
//! Never here: how the credentials were had.

mod s3;

pub use s3::{S3, S3Control};

use crate::aws::call::{CallObserver, Place};
use crate::case::principal::{AccountId, Partition};
use aws_config::{Region, SdkConfig};

/// A client of one service in one Region, and where it works.
#[derive(Clone)]
pub struct Client<C> {
    pub client: C,
    pub place: Place,
}

pub type Iam = Client<aws_sdk_iam::Client>;
pub type GuardDuty = Client<aws_sdk_guardduty::Client>;
pub type CloudTrail = Client<aws_sdk_cloudtrail::Client>;
pub type IdentityStore = Client<aws_sdk_identitystore::Client>;
#[cfg(feature = "ec2")]
pub type Ec2 = Client<aws_sdk_ec2::Client>;
#[cfg(feature = "ec2")]
pub type Scaling = Client<aws_sdk_autoscaling::Client>;
#[cfg(feature = "ec2")]
pub type Balancing = Client<aws_sdk_elasticloadbalancingv2::Client>;

/// One account, seen with one set of credentials.
#[derive(Clone)]
pub struct Session {
    sdk: SdkConfig,
    account: AccountId,
    partition: Partition,
    observer: CallObserver,
}

impl Session {
    pub(super) fn new(
        sdk: SdkConfig,
        account: AccountId,
        partition: Partition,
        observer: CallObserver,
    ) -> Self {
        Self { sdk, account, partition, observer }
    }

    /// IAM has one endpoint a partition.
    pub fn iam(&self) -> Iam {
        let region = iam_region(self.partition);
        let conf = aws_sdk_iam::config::Builder::from(&self.sdk).region(Region::new(region));
        Client { client: aws_sdk_iam::Client::from_conf(conf.build()), place: self.place(region) }
    }

    /// The event history of a Region.
    pub fn cloudtrail(&self, region: &str) -> CloudTrail {
        let region_of = Region::new(region.to_owned());
        let conf = aws_sdk_cloudtrail::config::Builder::from(&self.sdk).region(region_of);
        Client { client: aws_sdk_cloudtrail::Client::from_conf(conf.build()), place: self.place(region) }
    }

    /// Identity Center's directory, which lies in one Region.
    pub fn identity_store(&self, region: &str) -> IdentityStore {
        let region_of = Region::new(region.to_owned());
        let conf = aws_sdk_identitystore::config::Builder::from(&self.sdk).region(region_of);
        Client { client: aws_sdk_identitystore::Client::from_conf(conf.build()), place: self.place(region) }
    }

    #[cfg(feature = "ec2")]
    pub fn ec2(&self, region: &str) -> Ec2 {
        let conf = aws_sdk_ec2::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
        Client { client: aws_sdk_ec2::Client::from_conf(conf.build()), place: self.place(region) }
    }

    /// Amazon EC2 Auto Scaling.
    #[cfg(feature = "ec2")]
    pub fn scaling(&self, region: &str) -> Scaling {
        let conf =
            aws_sdk_autoscaling::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
        Client { client: aws_sdk_autoscaling::Client::from_conf(conf.build()), place: self.place(region) }
    }

    /// Application, Network and Gateway Load Balancers.
    #[cfg(feature = "ec2")]
    pub fn balancing(&self, region: &str) -> Balancing {
        let conf = aws_sdk_elasticloadbalancingv2::config::Builder::from(&self.sdk);
        let client = aws_sdk_elasticloadbalancingv2::Client::from_conf(
            conf.region(Region::new(region.to_owned())).build(),
        );
        Client { client, place: self.place(region) }
    }

    fn place(&self, region: &str) -> Place {
        let account = Some(self.account.clone());
        Place { account, region: region.to_owned(), observer: self.observer.clone() }
    }
}

/// Where IAM of a partition is signed for, and where CloudTrail keeps what happens to it (IAM endpoints, AWS General
/// Reference).
pub(in crate::aws) fn iam_region(partition: Partition) -> &'static str {
    match partition {
        Partition::Commercial => "us-east-1",
        Partition::China => "cn-north-1",
        Partition::GovCloud => "us-gov-west-1",
        Partition::Sovereign => "eusc-de-east-1",
        Partition::Iso => "us-iso-east-1",
        Partition::IsoB => "us-isob-east-1",
        Partition::IsoE => "eu-isoe-west-1",
        Partition::IsoF => "us-isof-south-1",
    }
}
