//! What was done and from where, out of whichever kind of action the finding has.
//! Never here: who did it.

use super::json::{Node, cap};
use super::unusual;
use crate::case::finding::Activity;
use std::net::IpAddr;

/// Actions that name a remote address, in no order: a finding has one.
const ACTIONS: [&str; 6] = [
    "awsApiCallAction",
    "networkConnectionAction",
    "portProbeAction",
    "kubernetesApiCallAction",
    "rdsLoginAttemptAction",
    "dnsRequestAction",
];

pub(super) fn read(service: Node<'_>) -> Activity {
    let action = service.get("action");
    let at = ACTIONS.iter().map(|name| action.get(name)).find(|n| n.object().is_some_and(|o| !o.is_empty()));
    let mut activity = at.map_or_else(|| from_sequence(service), |at| from_action(action, at));
    let agent = service.at("additionalInfo.userAgent.fullUserAgent").text();
    activity.user_agent = activity.user_agent.or(agent);
    activity.role = service.get("resourceRole").text();
    activity.unusual = unusual::read(service);
    activity
}

fn from_action(action: Node<'_>, at: Node<'_>) -> Activity {
    let kubernetes = action.get("kubernetesApiCallAction").is_there();
    let probe = at.get("portProbeDetails").first().get("remoteIpDetails");
    let remote = if probe.is_there() { probe } else { at.get("remoteIpDetails") };
    let organization = remote.get("organization");
    let country = remote.get("country");
    let domain = at.get("domainDetails").first().get("domain").text();
    let asked = || at.get("domainWithSuffix").text().or_else(|| at.get("domain").text());
    let account = at.get("remoteAccountDetails");
    Activity {
        api: if kubernetes { kubernetes_call(at) } else { at.get("api").text() },
        service: if kubernetes { Some("kubernetes".to_owned()) } else { at.get("serviceName").text() },
        error_code: at.get("errorCode").text().or_else(|| refused(at)),
        user_agent: at.get("userAgent").text(),
        ip: address(remote).or_else(|| parse(at.get("sourceIPs").first())),
        domain: domain.or_else(asked),
        city: remote.at("city.cityName").text(),
        country: country.get("countryName").text().or_else(|| country.get("countryCode").text()),
        asn: organization.get("asn").text(),
        asn_org: organization.get("asnOrg").text(),
        remote_account: account.get("accountId").text(),
        affiliated: account.get("affiliated").flag(),
        ..Activity::default()
    }
}

/// An attack sequence has endpoints instead of an action; the first one stands for them.
fn from_sequence(service: Node<'_>) -> Activity {
    let sequence = service.at("detection.sequence");
    let end = sequence.get("endpoints").first();
    let system = end.get("autonomousSystem");
    Activity {
        ip: parse(end.get("ip")),
        domain: end.get("domain").text(),
        city: end.at("location.city").text(),
        country: end.at("location.country").text(),
        asn: system.get("number").text(),
        asn_org: system.get("name").text(),
        ..Activity::default()
    }
}

/// Verb and resource: the URI has names in it that differ from call to call.
fn kubernetes_call(at: Node<'_>) -> Option<String> {
    let verb = at.get("verb").text()?;
    let resource = at.get("resource").text().map(|r| format!("{verb} {r}"));
    Some(cap(&resource.unwrap_or(verb), super::json::SHORT))
}

/// Kubernetes tells a failure by its HTTP status.
fn refused(at: Node<'_>) -> Option<String> {
    at.get("statusCode").number().filter(|status| *status >= 400.0).map(|status| format!("{status:.0}"))
}

/// Samples name both; a real caller has one. What is no address is ignored.
fn address(remote: Node<'_>) -> Option<IpAddr> {
    parse(remote.get("ipAddressV4")).or_else(|| parse(remote.get("ipAddressV6")))
}

fn parse(node: Node<'_>) -> Option<IpAddr> {
    node.str()?.trim().parse().ok()
}
