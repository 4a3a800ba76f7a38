//! `vouch audit export` and `vouch audit verify`: the trail out of the daemon, and its chain checked offline.
//! Never here: how a line is hashed (`case/entry`).

use super::client;
use super::out::{self, Exit};
use crate::case::entry::{Head, Line};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;

pub(super) async fn export(listen: SocketAddr) -> Exit {
    let mut answer = match client::get(listen, "/v1/audit").await {
        Ok(answer) => answer,
        Err(sentence) => return out::failed(sentence),
    };
    if !answer.status().is_success() {
        return out::failed(format!("the daemon answered {}", answer.status().as_u16()));
    }
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => {
                if !out::raw(&chunk) {
                    return Exit::Failed;
                }
            }
            Ok(None) => return Exit::Done,
            Err(error) => return out::failed(format!("the export was broken off: {error}")),
        }
    }
}

pub(super) async fn verify(file: &Path) -> Exit {
    let opened = match std::fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) => return out::failed(format!("{} cannot be read: {error}", file.display())),
    };
    match chains(BufReader::new(opened)) {
        Ok(heads) => {
            let count: u64 = heads.values().map(|head| head.seq).sum();
            out::line(format!("ok: {count} lines"));
            for (chain, head) in heads {
                out::line(format!("chain {}: {} lines, head {}", out::plain(&chain), head.seq, head.hash));
            }
            Exit::Done
        }
        Err(Broken { line, why }) => out::failed(format!("line {line} does not fit: {why}")),
    }
}

/// The first line that does not fit, counted from 1.
#[derive(Debug, PartialEq, Eq)]
struct Broken {
    line: usize,
    why: String,
}

/// The head of each chain, if every line fits. An empty file has no chain and no fault.
fn chains(reader: impl BufRead) -> Result<BTreeMap<String, Head>, Broken> {
    let mut heads: BTreeMap<String, Head> = BTreeMap::new();
    for (i, text) in reader.lines().enumerate() {
        let broken = |why: String| Broken { line: i + 1, why };
        let text = text.map_err(|error| broken(format!("it cannot be read ({error})")))?;
        let line: Line =
            serde_json::from_str(&text).map_err(|error| broken(format!("it is no audit line ({error})")))?;
        // The hash is over values; another spelling of the same value is a change all the same.
        if serde_json::from_str::<Value>(&text).ok() != serde_json::to_value(&line).ok() {
            return Err(broken("its fields are not spelled as they are written by vouch".to_owned()));
        }
        let head = heads.entry(line.chain.clone()).or_default();
        fits(&line, head).map_err(broken)?;
        *head = Head { seq: line.seq, hash: line.hash };
    }
    Ok(heads)
}

fn fits(line: &Line, head: &Head) -> Result<(), String> {
    if Some(line.seq) != head.seq.checked_add(1) {
        return Err(format!("seq is {} after {}: a line is missing, doubled or moved", line.seq, head.seq));
    }
    if line.prev != head.hash {
        return Err("prev is not the hash of the line before in its chain".to_owned());
    }
    if line.hash != line.digest() {
        return Err("its hash does not match its content: it was changed".to_owned());
    }
    Ok(())
}
