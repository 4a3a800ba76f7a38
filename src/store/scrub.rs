//! Reads sled's log before sled does. sled takes a damaged message for the end of an unfinished write: it goes on
//! without what follows, and overwrites it. What it would lose is found here while the folder is still untouched.
//! Never here: repair.
//!
//! The layout is sled 0.34.7's (`pagecache/logger.rs`, `iobuf.rs`, `serialization.rs`): segments of fixed size, each
//! a header of 20 bytes (CRC, log position, position known stable, both with all but the sign bit turned over) and
//! messages (CRC over body and header, kind, and as varints length, segment number, page; then the body).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Messages keep this distance from the end of a segment.
const RED_ZONE: usize = 32;
const SEGMENT_HEADER: usize = 20;
/// Kind of the message that fills a segment up.
const CAP: u8 = 2;
/// Stands in front of a batch and names the position up to which the log must be whole for it to count.
const BATCH: u8 = 3;
const LAST_KIND: u8 = 11;

struct Segment {
    offset: u64,
    position: i64,
    stable: i64,
    /// Where the messages end that are whole, if not at the end of the segment.
    torn: Option<usize>,
    /// The highest commit number in a whole message.
    commit: Option<u64>,
    batch: Option<Batch>,
}

/// The last batch that begins in a segment.
struct Batch {
    needs: i64,
    /// The highest commit number in the segment before it.
    before: Option<u64>,
}

struct Message {
    kind: u8,
    body: std::ops::Range<usize>,
}

/// The highest commit number that sled will find (`tag` stands in front of each), or a name for the damage.
pub(super) fn scrub(log: &File, size: usize, tag: &[u8]) -> io::Result<Result<Option<u64>, String>> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut buffer = vec![0; size];
    let mut offset = 0;
    loop {
        let length = fill(log, &mut buffer, offset)?;
        if length < SEGMENT_HEADER {
            break;
        }
        match walk(&buffer[..length], offset, size, tag) {
            Ok(segment) => segments.extend(segment),
            Err(damage) => return Ok(Err(damage)),
        }
        offset += size as u64;
    }
    segments.sort_by_key(|segment| segment.position);
    // Below the segment that holds the last position known stable every segment is complete, or was being
    // written anew when the power went, because what it held was not needed any more.
    let stable = segments.iter().map(|s| s.stable).max().unwrap_or(0).max(0);
    let tail = stable / size as i64 * size as i64;
    for segment in segments.iter().take_while(|segment| segment.position < tail) {
        let Some(torn) = segment.torn else { continue };
        let length = fill(log, &mut buffer, segment.offset)?;
        if !renewed(&buffer[..length], torn, segment.position as u64 / size as u64) {
            return Ok(Err(format!("its log is damaged at byte {}", segment.offset + torn as u64)));
        }
    }
    Ok(Ok(last_commit(&segments, tail, size as i64)))
}

/// From the tail on sled reads up to the first tear or gap, and leaves a batch out that is not whole by then. It
/// may well be an unfinished write: what was lost with it, the commit number tells.
fn last_commit(segments: &[Segment], tail: i64, size: i64) -> Option<u64> {
    let mut end = tail;
    let mut seen = 0;
    for segment in segments {
        if segment.position > end {
            break;
        }
        seen += 1;
        if segment.position == end {
            end += segment.torn.map_or(size, |torn| torn as i64);
            if segment.torn.is_some() {
                break;
            }
        }
    }
    let segments = &segments[..seen];
    let commits = |segments: &[Segment]| segments.iter().filter_map(|segment| segment.commit).max();
    let last = segments.iter().enumerate().rev().find_map(|(at, s)| Some((at, s.batch.as_ref()?)));
    match last {
        Some((at, batch)) if batch.needs >= end => batch.before.max(commits(&segments[..at])),
        Some(_) | None => commits(segments),
    }
}

fn walk(bytes: &[u8], offset: u64, size: usize, tag: &[u8]) -> Result<Option<Segment>, String> {
    let Some((position, stable)) = header(bytes) else {
        // A segment that is free has no messages either.
        return match message(bytes, SEGMENT_HEADER, |_| true) {
            Some(_) => Err(format!("its log is damaged at byte {offset}, at the head of a segment")),
            None => Ok(None),
        };
    };
    let number = position as u64 / size as u64;
    let mut segment = Segment { offset, position, stable, torn: None, commit: None, batch: None };
    let mut at = SEGMENT_HEADER;
    while at + RED_ZONE <= size {
        let Some(message) = message(bytes, at, |n| n == number) else {
            segment.torn = Some(at);
            break;
        };
        segment.commit = segment.commit.max(commit(&bytes[message.body.clone()], tag));
        if message.kind == CAP {
            break;
        }
        if message.kind == BATCH {
            let needs = bytes[message.body.clone()].try_into().map_or(i64::MAX, i64::from_le_bytes);
            segment.batch = Some(Batch { needs, before: segment.commit });
        }
        at = message.body.end;
    }
    Ok(Some(segment))
}

fn header(bytes: &[u8]) -> Option<(i64, i64)> {
    let (sum, rest) = bytes.get(..SEGMENT_HEADER)?.split_at(4);
    let number = |b: &[u8]| b.try_into().ok().map(|b| i64::from_le_bytes(b) ^ i64::MAX);
    let whole = u32::from_le_bytes(sum.try_into().ok()?) == !crc32fast::hash(rest);
    let (position, stable) = rest.split_at(8);
    whole.then(|| number(position).zip(number(stable)))?.filter(|(position, _)| *position >= 0)
}

/// The message that begins there, if it is whole and of a segment that is wanted.
fn message(bytes: &[u8], at: usize, wanted: impl Fn(u64) -> bool) -> Option<Message> {
    let kind = *bytes.get(at + 4).filter(|kind| **kind > 0 && **kind <= LAST_KIND)?;
    let mut cursor = at + 5;
    let length = varint(bytes, &mut cursor)?;
    let segment = varint(bytes, &mut cursor)?;
    varint(bytes, &mut cursor)?;
    let end = cursor.checked_add(usize::try_from(length).ok()?)?;
    let body = bytes.get(cursor..end).filter(|_| wanted(segment))?;
    let sum = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(body);
    hasher.update(&bytes[at + 4..cursor]);
    (!hasher.finalize() == sum).then_some(Message { kind, body: cursor..end })
}

fn varint(bytes: &[u8], cursor: &mut usize) -> Option<u64> {
    let first = *bytes.get(*cursor)?;
    let wide = |from: usize, count: usize| {
        let mut number = [0; 8];
        number[..count].copy_from_slice(bytes.get(from..from + count)?);
        Some(u64::from_le_bytes(number))
    };
    let at = *cursor + 1;
    let (value, taken) = match first {
        0..=240 => (u64::from(first), 0),
        241..=248 => (240 + 256 * u64::from(first - 241) + u64::from(*bytes.get(at)?), 1),
        249 => (2288 + 256 * u64::from(*bytes.get(at)?) + u64::from(*bytes.get(at + 1)?), 2),
        250..=255 => {
            let count = usize::from(first) - 247;
            (wide(at, count)?, count)
        }
    };
    *cursor = at + taken;
    Some(value)
}

/// Whether a whole message of a later life of the segment follows.
fn renewed(bytes: &[u8], from: usize, number: u64) -> bool {
    (from + 1..bytes.len()).any(|at| message(bytes, at, |n| n > number).is_some())
}

fn commit(body: &[u8], tag: &[u8]) -> Option<u64> {
    let mut highest = None;
    let mut rest = body;
    while let Some(at) = find(rest, tag) {
        rest = &rest[at + tag.len()..];
        let number = rest.get(..8).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
        highest = highest.max(number);
    }
    highest
}

fn find(bytes: &[u8], tag: &[u8]) -> Option<usize> {
    let first = *tag.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|b| *b == first) {
        if bytes[from + at..].starts_with(tag) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

fn fill(log: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match log.read_at(&mut buffer[filled..], offset + filled as u64)? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}
