//! What stands in buttons and modals, and names deliveries: codes that only this store's secret can make.
//! Never here: what a click means, or who may press what.

use crate::case::CaseId;
use crate::case::effect::EffectNo;
use crate::case::prompt::Surface;
use crate::ports::Subject;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Version in front of every token, so that a later form can live beside it.
const FORM: &str = "1";
/// What the ledger's cards carry where others carry a case. Too short to be a case id.
const LEDGER: &str = "ledger";
/// 128 bits of the code are kept.
const CODE: usize = 16;

/// The store's secret, wrapped: the same one gives the same tokens after a restart.
#[derive(Clone, Debug)]
pub struct TokenKey(SecretSlice<u8>);

impl TokenKey {
    /// At least 32 random bytes, kept with the store.
    pub fn new(secret: Vec<u8>) -> Self {
        Self(SecretSlice::from(secret))
    }

    /// The value of the buttons of one message: `1.<case>.<effect>.<revision>.<32 hex>`.
    pub fn token(&self, subject: &Subject, surface: Surface) -> String {
        let (name, effect, revision) = (name(subject), surface.effect.0, surface.revision);
        let code = self.code(&["token", name, &effect.to_string(), &revision.to_string()]);
        format!("{FORM}.{name}.{effect}.{revision}.{}", hex::encode(code))
    }

    /// What a token names, if this key made it. Every other text gives `None`, in the same time.
    pub fn verify(&self, token: &str) -> Option<(Subject, Surface)> {
        if token.len() > 200 {
            return None;
        }
        let parts: Vec<&str> = token.split('.').collect();
        let &[FORM, name, effect, revision, code] = parts.as_slice() else { return None };
        let subject = match name {
            LEDGER => Subject::Ledger,
            case => Subject::Case(CaseId::parse(case)?),
        };
        let surface = Surface { effect: EffectNo(effect.parse().ok()?), revision: revision.parse().ok()? };
        // Compared as a whole and as text: `01` or `+1` name the same number but are not what we wrote.
        let ours = self.token(&subject, surface);
        let same = ours.as_bytes().ct_eq(token.as_bytes());
        (bool::from(same) && code.len() == 2 * CODE).then_some((subject, surface))
    }

    /// Names one delivery across tries and restarts; opaque, since message metadata can be read by anybody.
    pub fn delivery_id(&self, subject: &Subject, no: EffectNo) -> String {
        hex::encode(self.code(&["delivery", name(subject), &no.0.to_string()]))
    }

    /// Stands for these words; only this key can make it.
    pub(super) fn seal(&self, words: &[&str]) -> String {
        hex::encode(self.code(words))
    }

    /// In the same time for every text.
    pub(super) fn is_seal(&self, text: &str, words: &[&str]) -> bool {
        self.seal(words).as_bytes().ct_eq(text.as_bytes()).into()
    }

    fn code(&self, parts: &[&str]) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()) else {
            // HMAC takes keys of any length.
            return vec![];
        };
        for part in parts {
            // Lengths in front keep two different lists from meeting in one text.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let mut code = mac.finalize().into_bytes().to_vec();
        code.truncate(CODE);
        code
    }
}

fn name(subject: &Subject) -> &str {
    match subject {
        Subject::Case(case) => case.as_str(),
        Subject::Ledger => LEDGER,
    }
}
