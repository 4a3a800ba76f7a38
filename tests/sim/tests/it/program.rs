//! The binary: prints its addresses, takes a workspace, ends at SIGTERM.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::app::send;

#[tokio::test]
async fn the_program_says_where_it_listens() {
    let file = std::env::temp_dir().join(format!("sim-workspace-{}.json", std::process::id()));
    std::fs::write(&file, json!({"team_id": "T0OTHER"}).to_string()).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(["--slack", "127.0.0.1:0", "--workspace"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let bound: Value = serde_json::from_str(&line).unwrap();
    let url = format!("{}auth.test", bound["api"].as_str().unwrap());
    let answer = send(&url, "xoxb-sim", "application/json", "{}".into()).await.unwrap();
    assert_eq!(answer.body["team_id"], "T0OTHER");
    let pid = program.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    assert!(program.wait().unwrap().success());
    std::fs::remove_file(file).unwrap();
}
