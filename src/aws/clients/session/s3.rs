//! Clients of S3 and of S3 Control, which hold a bucket's settings and the account's.
//! Never here: calls.

use super::{Client, Session};
use aws_config::Region;
use aws_sdk_s3control::config::endpoint::{DefaultResolver, EndpointFuture, Params, ResolveEndpoint};
use aws_smithy_types::endpoint::{Endpoint, EndpointAuthScheme};
use std::net::IpAddr;

pub type S3 = Client<aws_sdk_s3::Client>;
pub type S3Control = Client<aws_sdk_s3control::Client>;

impl Session {
    /// Buckets of one Region. Their names stay in the path: those come from findings, and none of them becomes part
    /// of a host's name.
    pub fn s3(&self, region: &str) -> S3 {
        let conf = aws_sdk_s3::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
        let client = aws_sdk_s3::Client::from_conf(conf.force_path_style(true).build());
        Client { client, place: self.place(region) }
    }

    /// Settings of the account, and access points of one Region.
    pub fn s3control(&self, region: &str) -> S3Control {
        let conf = aws_sdk_s3control::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
        let conf = conf.endpoint_resolver(Addressed(DefaultResolver::new()));
        Client { client: aws_sdk_s3control::Client::from_conf(conf.build()), place: self.place(region) }
    }
}

/// S3 Control puts the account in front of the host's name, which an address does not bear: there it is told by the
/// header alone, which is sent in any case.
#[derive(Debug)]
struct Addressed(DefaultResolver);

impl ResolveEndpoint for Addressed {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        let Some(url) = params.endpoint().filter(|url| is_address(url)) else {
            return ResolveEndpoint::resolve_endpoint(&self.0, params);
        };
        let scheme = EndpointAuthScheme::with_capacity("sigv4", 3)
            .put("disableDoubleEncoding", true)
            .put("signingName", "s3".to_owned())
            .put("signingRegion", params.region().unwrap_or_default().to_owned());
        EndpointFuture::ready(Ok(Endpoint::builder().url(url.to_owned()).auth_scheme(scheme).build()))
    }
}

fn is_address(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_goes_without_the_account() {
        assert!(is_address("http://127.0.0.1:5555") && is_address("http://[::1]:5555/"));
        assert!(!is_address("https://s3.example.com") && !is_address("http://localhost:5555"));
        assert!(!is_address("127.0.0.1"));
    }
}
