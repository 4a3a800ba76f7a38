//! Tokens cannot be made without the secret, nor moved from one button to another.
//! Never here: what a click means.

use super::fixtures::{case, key, surface};
use proptest::prelude::*;
use vouch::case::effect::EffectNo;
use vouch::case::prompt::Surface;
use vouch::ports::Subject;
use vouch::slack::token::TokenKey;

#[test]
fn a_token_names_what_it_was_made_for() {
    let subject = Subject::Case(case());
    let token = key().token(&subject, surface());
    assert!(token.starts_with("1.k3w7q2mz9a.7.2."), "{token}");
    assert_eq!(token.rsplit('.').next().unwrap().len(), 32);
    assert_eq!(key().verify(&token), Some((subject, surface())));
    let ledger = key().token(&Subject::Ledger, surface());
    assert_eq!(key().verify(&ledger), Some((Subject::Ledger, surface())));
    // The same after a restart.
    assert_eq!(token, key().token(&Subject::Case(case()), surface()));
}

#[test]
fn nothing_else_is_a_token() {
    let token = key().token(&Subject::Case(case()), surface());
    let other = TokenKey::new(b"another secret, as long as that.".to_vec());
    assert_eq!(other.verify(&token), None);
    let code = token.rsplit('.').next().unwrap();
    let forged = [
        String::new(),
        "1".into(),
        token.replacen("1.", "2.", 1),
        token.replace(".7.", ".8."),
        token.replace(".7.", ".07."),
        token.replace(".7.", ".+7."),
        token.replace(".2.", ".3."),
        token.replace("k3w7q2mz9a", "k3w7q2mz9b"),
        format!("1.ledger.7.2.{code}"),
        token.to_uppercase(),
        format!("{token}0"),
        token[..token.len() - 1].to_owned(),
        format!(" {token}"),
        format!("{token}."),
        "1.k3w7q2mz9a.7.2.".into(),
        "x".repeat(100_000),
    ];
    for text in forged {
        assert_eq!(key().verify(&text), None, "{text:.60}");
    }
}

#[test]
fn delivery_ids_are_stable_opaque_and_no_tokens() {
    let subject = Subject::Case(case());
    let id = key().delivery_id(&subject, EffectNo(7));
    assert_eq!(id.len(), 32);
    assert_eq!(id, key().delivery_id(&subject, EffectNo(7)));
    assert_ne!(id, key().delivery_id(&subject, EffectNo(8)));
    assert_ne!(id, key().delivery_id(&Subject::Ledger, EffectNo(7)));
    assert!(!key().token(&subject, Surface { effect: EffectNo(7), revision: 0 }).contains(&id));
}

proptest! {
    #[test]
    fn no_text_verifies_by_chance(text in any::<String>()) {
        prop_assert_eq!(key().verify(&text), None);
    }

    #[test]
    fn one_changed_character_is_noticed(at in 0usize..51, with in any::<char>()) {
        let token = key().token(&Subject::Case(case()), surface());
        let mut changed: Vec<char> = token.chars().collect();
        let at = at % changed.len();
        prop_assume!(changed[at] != with);
        changed[at] = with;
        prop_assert_eq!(key().verify(&changed.into_iter().collect::<String>()), None);
    }
}
