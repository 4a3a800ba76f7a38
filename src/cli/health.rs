//! `vouch health`: the container's health check.
//! Never here: what ready means (`admin/ready`).

use super::client;
use super::out::{self, Exit};
use std::net::SocketAddr;

pub(super) async fn run(listen: SocketAddr) -> Exit {
    let answer = match client::get(listen, "/readyz").await {
        Ok(answer) => answer,
        Err(sentence) => return out::failed(sentence),
    };
    if answer.status().is_success() {
        return Exit::Done;
    }
    let reasons = answer.text().await.unwrap_or_default();
    out::failed(format!("the daemon is not ready: {}", out::plain(&reasons)))
}
