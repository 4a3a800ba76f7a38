//! Documents out of files, folders and standard input; several in one file are taken apart.
//! Never here: what a document means.

use serde::de::IgnoredAny;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Endings that a folder's files must have. A file that is named itself may have any.
const ENDINGS: [&str; 3] = ["json", "jsonl", "ndjson"];

/// More than any real export of findings; keeps a wrong path from filling the memory.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Folders below folders, at most; a loop of links ends here.
const DEPTH: usize = 16;

/// Hears of each document: the file's name and the bytes, or a sentence.
type Take<'a> = &'a mut dyn FnMut(&str, Result<&[u8], String>);

/// Calls `take` with the file's name for each document, or once with a sentence about what is wrong.
pub(super) fn each(path: &str, take: Take<'_>) {
    if path == "-" {
        return split(path, read(std::io::stdin().lock()), take);
    }
    walk(Path::new(path), DEPTH, take);
}

fn walk(path: &Path, depth: usize, take: Take<'_>) {
    let name = path.display().to_string();
    if !path.is_dir() {
        let opened = std::fs::File::open(path).map_err(|error| format!("the file cannot be opened: {error}"));
        return split(&name, opened.and_then(read), take);
    }
    if depth == 0 {
        return take(&name, Err("the folders are nested too deeply".to_owned()));
    }
    match entries(path) {
        Ok(inside) => inside.iter().for_each(|inside| walk(inside, depth - 1, take)),
        Err(error) => take(&name, Err(format!("the folder cannot be read: {error}"))),
    }
}

/// Sub-folders and files with a known ending, in the order of their names; hidden ones are left out.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<std::io::Result<Vec<PathBuf>>>()?;
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let known = |path: &Path| path.extension().is_some_and(|e| ENDINGS.iter().any(|known| e == *known));
    paths.retain(|path| !hidden(path) && (path.is_dir() || known(path)));
    paths.sort();
    Ok(paths)
}

fn read(from: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = vec![];
    match from.take(MOST_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > MOST_BYTES => Err("it is larger than 256 MiB; split it".to_owned()),
        Ok(_) => Ok(bytes),
        Err(error) => Err(format!("it cannot be read: {error}")),
    }
}

/// JSON values one after the other, on lines or not. What is no JSON from some point on is one document more.
fn split(name: &str, bytes: Result<Vec<u8>, String>, take: Take<'_>) {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(why) => return take(name, Err(why)),
    };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if text.trim_ascii().is_empty() {
        return take(name, Err("it is empty".to_owned()));
    }
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let mut from = 0;
    while let Some(value) = values.next() {
        let to = if value.is_ok() { values.byte_offset() } else { text.len() };
        take(name, Ok(text.get(from..to).unwrap_or_default()));
        if value.is_err() {
            return;
        }
        from = to;
    }
}
