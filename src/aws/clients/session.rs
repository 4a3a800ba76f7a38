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

    fn place(&self, region: &str) -> Place {
        let account = Some(self.account.clone());
        Place { account, region: region.to_owned(), observer: self.observer.clone() }
    }
}

/// Where IAM of a partition is signed for (IAM endpoints, AWS General Reference).
fn iam_region(partition: Partition) -> &'static str {
    match partition {
        Partition::Commercial => "us-east-1",
        Partition::China => "cn-north-1",
        Partition::GovCloud => "us-gov-west-1",
    }
}
