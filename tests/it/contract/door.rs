//! What the store does with folders that are not, or not only, its own.
//! Never here: damage; that is `damage`.

use super::samples::*;
use super::{Place, SledPlace};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use vouch::ports::Fault;
use vouch::store::open;

fn refusal(path: &Path) -> String {
    open(path).err().expect("refused").to_string()
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_missing_folder_is_made_for_us_alone() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("vouch");
    let secret = open(&path).unwrap().secret();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert_ne!(secret, [0; 32]);
    assert_eq!(open(&path).unwrap().secret(), secret, "the secret is made once");
    let other = tempfile::tempdir().unwrap();
    assert_ne!(open(other.path()).unwrap().secret(), secret);
}

#[test]
fn a_folder_without_a_parent_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let sentence = refusal(&parent.path().join("a/b"));
    assert!(sentence.contains("cannot be made") && sentence.ends_with("is not there"), "{sentence}");
    assert!(names(parent.path()).is_empty());
    let file = parent.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(refusal(&file).contains("is not a folder"));
}

#[test]
fn a_foreign_folder_is_left_alone() {
    for name in ["notes.txt", "db", "conf"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), "mine").unwrap();
        let sentence = refusal(folder.path());
        assert!(sentence.contains("not a vouch store") && sentence.contains(name), "{sentence}");
        assert_eq!(names(folder.path()), [name], "nothing was added");
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), b"mine");
    }
}

#[test]
fn a_fresh_volume_is_a_good_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("lost+found")).unwrap();
    assert!(open(folder.path()).is_ok());
}

#[tokio::test]
async fn an_interrupted_creation_starts_over() {
    let mut place = SledPlace::new();
    place.store().write(&opening(&case(1, 0))).await.unwrap();
    place.store = None;
    let path = place.path().to_owned();
    // As if it had stopped before its last act.
    std::fs::rename(path.join("VOUCH-STORE"), path.join("VOUCH-STORE.new")).unwrap();
    place.reopen();
    assert!(ids(&*place.store(), None, 9, None).await.is_empty());
    assert!(!names(&path).contains(&"VOUCH-STORE.new".to_owned()));
}

#[tokio::test]
async fn a_missing_part_is_a_loss_and_no_new_store() {
    for part in ["db", "COMMITTED", "VOUCH-STORE", "conf"] {
        let mut place = SledPlace::new();
        place.store().write(&opening(&case(1, 0))).await.unwrap();
        place.store = None;
        std::fs::remove_file(place.path().join(part)).unwrap();
        match open(place.path()) {
            Ok(store) => assert_eq!(ids(&store, None, 9, None).await, [id(1)], "without {part}"),
            Err(sentence) => assert!(sentence.to_string().len() > 20, "{sentence}"),
        }
    }
}

#[tokio::test]
async fn an_older_log_under_a_newer_number_is_a_loss() {
    let mut place = SledPlace::new();
    place.store().write(&opening(&case(1, 0))).await.unwrap();
    place.store = None;
    let old = tempfile::tempdir().unwrap();
    std::fs::copy(place.path().join("db"), old.path().join("db")).unwrap();
    place.reopen();
    place.store().write(&opening(&case(2, 0))).await.unwrap();
    place.store = None;
    std::fs::copy(old.path().join("db"), place.path().join("db")).unwrap();
    let sentence = refusal(place.path());
    assert!(sentence.contains("its log ends at commit 2 and 3 were answered"), "{sentence}");
}

#[test]
fn a_second_vouch_is_refused() {
    let place = SledPlace::new();
    let sentence = refusal(place.path());
    assert!(sentence.starts_with("another vouch has") && sentence.ends_with("LOCK open"), "{sentence}");
}

#[test]
fn a_newer_folder_is_refused() {
    let mut place = SledPlace::new();
    place.store = None;
    let marker = place.path().join("VOUCH-STORE");
    let text = std::fs::read_to_string(&marker).unwrap();
    std::fs::write(&marker, text.replace("format 1", "format 2")).unwrap();
    let sentence = refusal(place.path());
    assert!(sentence.contains("newer vouch (folder format 2)") && sentence.contains("upgrade"), "{sentence}");
}

#[tokio::test]
async fn a_newer_record_is_refused_and_kept() {
    let mut place = SledPlace::new();
    for number in 1..=2 {
        place.store().write(&opening(&case(number, 0))).await.unwrap();
    }
    place.store = None;
    let key = format!("c/{}", id(1));
    {
        let config = sled::Config::new().path(place.path()).segment_size(4 << 20).flush_every_ms(None);
        let db = config.open().unwrap();
        let row = String::from_utf8(db.get(&key).unwrap().expect("the case's row").to_vec()).unwrap();
        assert!(row.starts_with(r#"{"v":1,"#), "{row}");
        db.insert(&key, row.replacen(r#"{"v":1,"#, r#"{"v":2,"#, 1).as_bytes()).unwrap();
        db.insert(format!("c/{}", id(2)), r#"{"v":1,"d":{"#).unwrap();
        db.flush().unwrap();
    }
    place.reopen();
    let store = place.store();
    let Err(Fault::Never { cause, .. }) = store.load(&id(1)).await else { panic!("read a newer record") };
    assert!(
        cause.contains("written by a newer vouch (record version 2)") && cause.contains("upgrade"),
        "{cause}"
    );
    let Err(Fault::Never { cause, .. }) = store.load(&id(2)).await else { panic!("read half a record") };
    assert!(cause.contains("damaged"), "{cause}");
    assert!(
        store
            .write(&vouch::ports::Batch { cases: vec![(1, case(1, 0))], ..Default::default() })
            .await
            .is_err()
    );
}
