//! Slack's codes and what they make the worker do (facts/slack.md 1.2).
//! Never here: calls.

use std::time::Duration;
use vouch::ports::Fault;
use vouch::slack::client::error::ApiError;
use vouch::slack::client::method::Method;

fn class(code: &str) -> ApiError {
    ApiError::of(code, vec![], None)
}

#[test]
fn every_known_code_has_its_class() {
    let c = |code: &str| class(code).code().to_owned();
    for code in ["service_unavailable", "request_timeout", "org_login_required"] {
        assert_eq!(class(code), ApiError::Transient(c(code)));
    }
    for code in ["internal_error", "fatal_error", "update_failed"] {
        assert_eq!(class(code), ApiError::Ambiguous(c(code)));
    }
    for code in ["invalid_auth", "not_authed", "token_revoked", "missing_scope", "messages_tab_disabled"] {
        assert_eq!(class(code), ApiError::Config(c(code)));
    }
    for code in
        ["user_disabled", "channel_not_found", "restricted_action_read_only_channel", "message_not_found"]
    {
        assert_eq!(class(code), ApiError::Gone(c(code)));
    }
    for code in ["invalid_blocks", "msg_too_long", "invalid_metadata_format", "invalid_arg_name"] {
        assert_eq!(class(code), ApiError::Content { code: c(code), messages: vec![] });
    }
    for code in ["expired_trigger_id", "trigger_exchanged", "invalid_trigger_id", "hash_conflict"] {
        assert_eq!(class(code), ApiError::Modal(c(code)));
    }
    assert_eq!(class("brand_new"), ApiError::Unknown("brand_new".into()));
    assert_eq!(class("ratelimited"), ApiError::Throttled { after: Duration::from_secs(1) });
    let slow = ApiError::of("message_limit_exceeded", vec![], None);
    assert!(matches!(slow, ApiError::Throttled { after } if after >= Duration::from_secs(60)));
}

#[test]
fn faults_say_later_never_or_gone() {
    let fault = |code| class(code).into_fault(Method::ChatPostMessage);
    let later = |code, wanted: Option<u64>| {
        assert!(
            matches!(fault(code), Fault::Later { after, .. } if after == wanted.map(Duration::from_secs)),
            "{code}"
        );
    };
    later("internal_error", None);
    later("service_unavailable", None);
    later("ratelimited", Some(1));
    later("invalid_auth", Some(60));
    later("brand_new", Some(30));
    assert_eq!(fault("user_disabled"), Fault::gone("Slack chat.postMessage answered user_disabled"));
    assert_eq!(fault("msg_too_long"), Fault::never("Slack chat.postMessage answered msg_too_long"));
    assert_eq!(
        fault("expired_trigger_id"),
        Fault::never("Slack chat.postMessage answered expired_trigger_id")
    );
}
