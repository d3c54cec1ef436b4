//! The library inside a web service: a model for hosts.
//!
//! ```text
//! export CARDFLOW_PROXY_SECRET=$(openssl rand -hex 32)
//! cargo run --release --example service --features sqlite,x509,import,script,tokio -- demo-service 127.0.0.1:8080
//! ```
//!
//! `api.rs` has the calls, `caller.rs` says who is trusted to say who calls, `fault.rs` which status an error has, `host.rs` what
//! runs beside the calls. On SIGTERM or Ctrl-C it takes no more calls, ends those under way, ends the deliveries, closes the
//! store.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a service says what it does")]

mod api;
mod body;
mod caller;
mod fault;
mod host;
mod office;
#[path = "../deactivate_card/setup.rs"]
#[allow(dead_code, reason = "the other story opens its store itself")]
mod setup;
#[path = "../deactivate_card/story.rs"]
#[allow(dead_code, reason = "the other story shows more")]
mod story;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal;
use tokio::sync::watch;
use tokio::time::timeout;

use caller::ProxySecret;
use host::{Host, is_set};

/// How long calls under way may take once the service was asked to stop.
const GRACE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "demo-service".to_owned()));
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let secret = ProxySecret::from_environment()?;
    std::fs::create_dir_all(&folder)?;

    let bell = Arc::default();
    let host = Arc::new(Host { cards: Arc::new(office::open(&folder, &bell).await?), bell, secret });
    let listener = TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);

    let (stop, mut stopped) = watch::channel(false);
    let deliveries = tokio::spawn(Arc::clone(&host).deliver_until(stopped.clone()));
    let calls = axum::serve(listener, api::routes(Arc::clone(&host)));
    let calls = calls.with_graceful_shutdown(async move { is_set(&mut stopped).await });
    let mut calls = tokio::spawn(calls.into_future());
    tokio::select! {
        ended = &mut calls => ended??,
        asked = asked_to_stop() => {
            asked?;
            println!("stopping");
            stop.send(true)?;
            match timeout(GRACE, calls).await {
                Ok(ended) => ended??,
                Err(_) => eprintln!("calls still under way after {} s were cut off", GRACE.as_secs()),
            }
        }
    }
    deliveries.await?;
    let left = host.cards.close().await?;
    println!("stopped; {} requests to the outside are left for the next start", left.undelivered);
    Ok(())
}

/// Waits for SIGTERM, or for Ctrl-C.
async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            pressed = signal::ctrl_c() => pressed,
        }
    }
    #[cfg(not(unix))]
    signal::ctrl_c().await
}
