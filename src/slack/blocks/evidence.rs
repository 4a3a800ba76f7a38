//! What was looked up about who acted, as lines of the responders' card.
//! Never here: words, or what the evidence means for the case.

use super::{codes, few};
use crate::case::evidence::{Chain, ChainEnd};
use crate::case::message::EvidenceView;
use crate::slack::escape::{code, entities, plain_to};
use crate::slack::texts::{ChainEndText, Words, utc};

/// Things of one sort that are named before "and n more".
const FEW: usize = 6;

/// Rights and credentials.
pub(super) fn standing(w: &dyn Words, evidence: &EvidenceView) -> String {
    // About whoever has no name, nothing was looked up.
    let identity = EvidenceView { buckets: vec![], gaps: vec![], ..evidence.clone() };
    if identity == EvidenceView::default() {
        return String::new();
    }
    let mut lines: Vec<String> = evidence.made_lately.iter().map(|at| w.made_lately(&utc(*at))).collect();
    let credentials = evidence.console_password.is_some() || evidence.mfa_devices.is_some();
    match (evidence.root, credentials) {
        (Some(root), _) => lines.push(w.root_fact(root.keys, root.mfa)),
        (None, true) => {
            let console = w.console(evidence.console_password, evidence.mfa_devices);
            lines.push(format!("{} · {console}", w.admin(evidence.admin)));
        }
        (None, false) => lines.push(w.admin(evidence.admin).to_owned()),
    }
    if evidence.writes_iam && !evidence.admin {
        lines.push(w.writes_iam().to_owned());
    }
    let keys = evidence.keys.iter().take(FEW).map(|key| {
        let tail: String = {
            let id = plain_to(&key.id, 128);
            id.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect()
        };
        let service = key.last_service.as_deref().map(|s| entities(&plain_to(s, 40)));
        let used = key.last_used.map(utc);
        format!("• {}", w.key_fact(&entities(&tail), key.active, used.as_deref(), service.as_deref()))
    });
    lines.extend(keys);
    lines.extend(
        evidence.others.iter().map(|o| format!("• {}", w.other_fact(o.kind, &code(&o.name), o.active))),
    );
    if !evidence.policies.is_empty() {
        lines.push(w.policies(&codes(w, &evidence.policies, FEW)));
    }
    lines.extend(evidence.boundary.iter().map(|policy| w.boundary(&code(policy))));
    if !evidence.trusts.is_empty() {
        lines.push(w.trusts(&codes(w, &evidence.trusts, FEW)));
    }
    if !evidence.services.is_empty() {
        let used =
            evidence.services.iter().map(|s| format!("{} {}", code(&s.service), utc(s.last))).collect();
        lines.push(w.services(&few(w, used, FEW).join(", ")));
    }
    lines.join("\n")
}

/// How the session came to be, what the credential made, and what could not be read.
pub(super) fn story(w: &dyn Words, evidence: &EvidenceView) -> String {
    let mut lines = vec![];
    if let Some(chain) = &evidence.chain {
        lines.extend(hops(w, chain));
    }
    if !evidence.made.is_empty() {
        lines.push(w.made().to_owned());
        let made = evidence.made.iter().map(|made| {
            let what = (!made.what.is_empty()).then(|| code(&made.what));
            format!("• {}", w.made_one(&code(&made.event), what.as_deref(), &utc(made.at)))
        });
        lines.extend(few(w, made.collect(), FEW));
    }
    if !evidence.gaps.is_empty() {
        lines.push(w.gaps(&codes(w, &evidence.gaps, 3)));
    }
    lines.join("\n")
}

fn hops(w: &dyn Words, chain: &Chain) -> Vec<String> {
    let mut lines: Vec<String> =
        chain.hops.iter().map(|hop| w.hop(&code(&hop.event), &code(&hop.by), &utc(hop.at))).collect();
    // A user, or root, is named by the last hop already.
    lines.extend(match &chain.end {
        ChainEnd::User { .. } | ChainEnd::Root { .. } | ChainEnd::Service { .. } => None,
        ChainEnd::Provider { provider, subject } => {
            Some(w.chain_end(&ChainEndText::Provider { subject: code(subject), provider: code(provider) }))
        }
        ChainEnd::Elsewhere { account } => Some(w.chain_end(&ChainEndText::Elsewhere(code(account)))),
        ChainEnd::NotFound { yet } => Some(w.chain_end(&ChainEndText::NotFound { yet: *yet })),
        ChainEnd::TooLong => Some(w.chain_end(&ChainEndText::TooLong)),
        ChainEnd::Unclear { what } => Some(w.chain_end(&ChainEndText::Unclear(code(what)))),
    });
    lines
}
