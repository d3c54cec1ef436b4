//! A lost card, from hold to release to lock, and what OpenSSL says of its certificates at each point.
//!
//! `cargo run --release --example certificate_authority --features sqlite,x509,import,ocsp -- demo-ca`
//!
//! The story takes a day and a half and has a clock of its own, which ends about now. Everything is kept in the folder given
//! (`demo-ca` by default), each telling in a new folder in it. If OpenSSL says another thing than the library wants, it ends with
//! an error; where there is no OpenSSL, the library's own answers are shown.

#![allow(clippy::print_stdout, reason = "it tells a story")]

mod judge;
mod office;
#[path = "../deactivate_card/setup.rs"]
#[allow(dead_code, reason = "the other story opens its store itself")]
mod setup;
#[path = "../deactivate_card/story.rs"]
#[allow(dead_code, reason = "the other story shows more")]
mod story;

use std::error::Error;
use std::path::PathBuf;

use cardflow::adapters::memory::SystemClock;
use cardflow::adapters::x509::Renewal;
use cardflow::domain::CertificateState::{self, OnHold, Revoked, Valid};
use cardflow::ports::Clock;
use cardflow::values::{Answers, Millis, Timestamp};
use judge::{JUDGES, OpenSsl};
use office::Office;
use story::{chapter, line, more};

type Done = Result<(), Box<dyn Error>>;

/// Hours from the first list to the last.
const LENGTH: i64 = 2 + 16 + 2 + 2 + 14;

#[tokio::main]
async fn main() -> Done {
    let parent = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "demo-ca".to_owned()));
    let start = SystemClock.now().minus(Millis::hours(LENGTH)).millis() / 1000 * 1000;
    chapter("Set up: an employee's card with two certificates");
    let office = Office::create(office::next_folder(&parent)?, Timestamp::from_millis(start)).await?;
    let mut story = Story { openssl: OpenSsl::version(), on_complete: Valid, points: Vec::new(), office };
    story.who_judges();

    chapter("In use");
    let renewal = story.office.tick().await?;
    story.point("in use", Valid, renewal).await?;

    chapter("Two hours later it is lost: Deactivate card");
    story.office.wait(Millis::hours(2));
    story.office.run("CardsProcDeactivate", Answers::none().with("reason", "lost")).await?;
    let renewal = story.office.publish().await?;
    line("who knows", "those with the delta CRL and those who ask; the complete CRL is the one from before");
    story.point("lost", OnHold, renewal).await?;

    chapter("The next complete CRL is due");
    story.office.wait(Millis::hours(16));
    let renewal = story.office.tick().await?;
    line("who knows", "all; the delta CRL of the same number is for those who still have the complete one before");
    story.point("lost, next list", OnHold, renewal).await?;

    chapter("It is found: Reactivate card");
    story.office.wait(Millis::hours(2));
    story.office.run("CardsProcReactivate", Answers::none()).await?;
    let renewal = story.office.publish().await?;
    line("who knows", "the delta CRL takes the hold back; on the complete one it stands until the next is due");
    story.point("found", Valid, renewal).await?;

    chapter("It is lost again, for good: Lock card");
    story.office.wait(Millis::hours(2));
    story.office.run("CardsProcLock", Answers::none().with("reason", "lost")).await?;
    let renewal = story.office.publish().await?;
    line("reason", "no reason is given unless the options name one, and there is no way back");
    story.point("locked", Revoked, renewal).await?;

    chapter("The next complete CRL is due");
    story.office.wait(Millis::hours(14));
    let renewal = story.office.tick().await?;
    story.point("locked, next list", Revoked, renewal).await?;

    story.table();
    story.office.close().await
}

struct Story {
    office: Office,
    /// Its version, if it is there.
    openssl: Option<String>,
    /// The state that stands on the complete CRL.
    on_complete: CertificateState,
    points: Vec<Point>,
}

/// A point of the story, and what was said there.
struct Point {
    name: &'static str,
    state: CertificateState,
    said: Option<[&'static str; 4]>,
}

impl Story {
    fn who_judges(&self) {
        chapter("Who judges");
        let Some(version) = &self.openssl else {
            line("openssl", "no OpenSSL from 3.0 on is installed here; what follows is what the library answers");
            return;
        };
        line("openssl", version);
        line("in", self.office.folder.display());
        let leaf = self.office.leaves.first().map_or("", |it| it.file.as_str());
        line("complete CRL", "openssl verify -attime SECONDS \\");
        more(format!("  {} {leaf}", judge::COMPLETE.join(" ")));
        line("and delta", "openssl verify -attime SECONDS \\");
        more(format!("  {} \\", judge::COMPLETE.join(" ")));
        more(format!("  {} {leaf}", judge::DELTA_TOO.join(" ")));
        more("error 23: certificate revoked, or on hold");
        line("OCSP", format!("openssl ocsp -no_nonce -issuer ca.pem -cert {leaf} -reqout request.der"));
        more("(the responder answers)");
        more(format!("openssl ocsp -no_nonce -issuer ca.pem -cert {leaf} -respin answer.der -CAfile ca.pem"));
    }

    /// Holds what OpenSSL says against what the library wants. The state is `told` by the story, and the library must say so too.
    async fn point(&mut self, name: &'static str, told: CertificateState, renewal: Renewal) -> Done {
        let now = self.office.now();
        line("time", format!("{now}, {} seconds", now.millis() / 1000));
        let number = |it: Option<u64>| it.map_or("none".to_owned(), |it| it.to_string());
        line("published", format!("complete CRL: {}, delta CRL: {}", number(renewal.complete), number(renewal.delta)));
        let state = self.office.state().await?;
        line(
            "the library",
            format!("{} certificates {state}; store, authority and lists agree", self.office.leaves.len()),
        );
        if state != told {
            return Err(format!("{name}: the certificates are {state} and should be {told}").into());
        }
        let base = self.on_complete;
        if renewal.complete.is_some() {
            self.on_complete = state;
        }
        let mut said = None;
        if self.openssl.is_some() {
            let on_delta = renewal.delta.map_or("no delta CRL", |_| on_delta(base, state));
            let wanted = [verified(self.on_complete), verified(state), on_delta, answered(state)];
            let openssl = OpenSsl::at(&self.office).judges().await?;
            for ((judge, wanted), said) in JUDGES.iter().zip(wanted).zip(&openssl) {
                line("openssl", format!("{judge:<20} {}", said.join(" | ")));
                if let Some(other) = said.iter().find(|it| *it != wanted) {
                    return Err(format!("{name}, {judge}: openssl says `{other}`, it should be `{wanted}`").into());
                }
            }
            // By now OpenSSL has said the same of each certificate.
            said = Some(wanted);
        }
        self.points.push(Point { name, state, said });
        Ok(())
    }

    fn table(&self) {
        chapter("At each point");
        let row = |name: &str, state: &str, said: [&str; 4]| {
            let [complete, both, on_delta, ocsp] = said;
            let row = format!("  {name:<18} {state:<8} {complete:<13} {both:<19} {on_delta:<18} {ocsp}");
            println!("{}", row.trim_end());
        };
        let none = [""; 4];
        row("", "library", if self.openssl.is_some() { JUDGES } else { none });
        for point in &self.points {
            row(point.name, point.state.name(), point.said.unwrap_or(none));
        }
        if self.openssl.is_none() {
            more("not judged: OpenSSL is not there");
        }
    }
}

/// What `openssl verify` says by a list on which a certificate is in this state.
fn verified(state: CertificateState) -> &'static str {
    if state == Valid { "OK" } else { "error 23" }
}

/// What `openssl ocsp` says.
fn answered(state: CertificateState) -> &'static str {
    match state {
        Valid => "good",
        OnHold => "revoked, certificateHold",
        _ => "revoked",
    }
}

/// What stands on a delta CRL for a certificate that was in the one state on its base and is in the other now.
fn on_delta(base: CertificateState, now: CertificateState) -> &'static str {
    match now {
        same if same == base => "none",
        Valid => "Remove From CRL",
        OnHold => "Certificate Hold",
        _ => "no reason given",
    }
}
