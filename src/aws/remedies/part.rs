//! The parts of an undo and whether each is still ours to put back.
//! Never here: calls.

use super::bucket::Back;
#[cfg(feature = "ec2")]
use super::instance::Thing;

/// One thing that an undo puts back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) what: What,
    pub(super) stands: Stands,
    /// Its remedy has a receipt. Without one we may or may not have written before we gave up.
    pub(super) applied: bool,
    /// Said to people when it is not as we wrote it.
    pub(super) complaint: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Active again.
    Key(String),
    /// Our statement out of the inline policy, which was `prior` before.
    Statement { prior: Option<String> },
    /// The quarantine policy off the user or the role.
    Attached { policy: String },
    #[cfg(feature = "ec2")]
    Instance(Thing),
    /// A setting of a bucket, or the account's for all buckets.
    Bucket(Back),
    /// Nothing can be put back; the sentence says what and why.
    Left { sentence: String },
}

/// What is found there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    AsWritten,
    AsBefore,
    Otherwise,
}

impl Part {
    pub(super) fn is_written(&self) -> bool {
        self.stands == Stands::AsWritten
    }

    /// An undo leaves it as it is, so that how it stands says nothing about how far an undo got.
    fn is_left(&self) -> bool {
        match self.what {
            What::Left { .. } => true,
            What::Key(_) | What::Statement { .. } | What::Attached { .. } | What::Bucket(_) => false,
            #[cfg(feature = "ec2")]
            What::Instance(_) => false,
        }
    }
}

/// What somebody else changed, given the parts in the order in which they are put back.
///
/// An undo of ours that was cut short leaves a run of restored parts at the front, and nothing restored
/// behind a part that still stands as written. So after such a beginning only that run counts as ours.
pub(super) fn foreign<'p>(parts: impl Iterator<Item = &'p Part>, begun: bool) -> Vec<String> {
    let mut ours = begun;
    let mut complaints = vec![];
    for part in parts {
        match part.stands {
            Stands::AsWritten => ours = ours && part.is_left(),
            Stands::AsBefore if ours || !part.applied => {}
            Stands::AsBefore | Stands::Otherwise => complaints.push(part.complaint.clone()),
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stands::{AsBefore, AsWritten, Otherwise};

    fn complaints(states: &[(Stands, bool)], begun: bool) -> usize {
        let part = |(stands, applied): &(Stands, bool)| Part {
            what: What::Key("k".into()),
            stands: *stands,
            applied: *applied,
            complaint: "changed".into(),
        };
        foreign(states.iter().map(part).collect::<Vec<_>>().iter(), begun).len()
    }

    #[test]
    fn the_first_time_everything_must_be_as_written() {
        assert_eq!(complaints(&[(AsWritten, true), (AsWritten, true)], false), 0);
        assert_eq!(complaints(&[(AsBefore, true), (AsWritten, true)], false), 1);
        assert_eq!(complaints(&[(AsBefore, true), (Otherwise, true)], false), 2);
        assert_eq!(complaints(&[(AsBefore, false), (AsWritten, true)], false), 0);
    }

    #[test]
    fn what_is_never_put_back_does_not_hide_how_far_an_undo_got() {
        let part = |what, stands| Part { what, stands, applied: true, complaint: "changed".into() };
        let password = || What::Left { sentence: String::new() };
        let key = || What::Key("k".into());
        let count = |parts: &[Part], begun| foreign(parts.iter(), begun).len();
        let parts = [part(password(), AsWritten), part(key(), AsBefore), part(key(), AsWritten)];
        assert_eq!((count(&parts, true), count(&parts, false)), (0, 1));
        assert_eq!(count(&[part(password(), Otherwise), part(key(), AsWritten)], true), 1);
    }

    #[test]
    fn an_undo_cut_short_goes_on_where_it_stopped() {
        assert_eq!(complaints(&[(AsBefore, true), (AsWritten, true)], true), 0);
        assert_eq!(complaints(&[(AsBefore, true), (AsBefore, true)], true), 0);
        // Ours would have taken the first one back before the second.
        assert_eq!(complaints(&[(AsWritten, true), (AsBefore, true)], true), 1);
        assert_eq!(complaints(&[(AsBefore, true), (Otherwise, true)], true), 1);
    }
}
