//! The main job, end to end, on a SQLite file and real X.509 certificates.
//!
//! `cargo run --release --example deactivate_card --features sqlite,x509,import -- demo`
//!
//! Everything is kept in the folder given (`demo` by default); a second run goes on from what is there.

#![allow(clippy::print_stdout, reason = "it tells a story")]

mod setup;
mod story;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardflow::adapters::memory::SystemClock;
use cardflow::cards::Cards;
use cardflow::domain::{CardState, CertificateContent};
use cardflow::engine::Component;
use cardflow::ports::{Clock, Principal, Search};
use cardflow::runtime::Open;
use cardflow::values::Answers;
use cardflow::{Cardflow, adapters::x509};
use story::{chapter, line, more};

/// The card that is lost in this story.
const NUMBER: &str = "4711 0815";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "demo".to_owned()));
    std::fs::create_dir_all(&folder)?;

    chapter("Set up");
    let authority = Arc::new(setup::authority(&folder, SystemClock.now())?);
    let cards = setup::cards(&folder, &authority)?;
    setup::first_run(&cards, &authority, &folder, SystemClock.now()).await?;
    for (instance, mismatch) in cards.mismatches(Default::default()).await? {
        line("mismatch", format!("instance {instance}: {mismatch}"));
    }

    chapter("Sign in and search");
    let operator = Principal::new("olga", Component::Operator, "smart card", SystemClock.now());
    let identity = cards.sign_in(&operator).await?;
    let roles: Vec<_> = identity.roles.iter().map(|it| it.role.as_str()).collect();
    line("signed in", format!("olga, {}, as {}", identity.state, roles.join(", ")));
    line("search for", cards.kinds().map(|it| it.name).collect::<Vec<_>>().join(" | "));
    let all = cards.search(&operator, Search::cards().counted()).await?;
    line("empty search", format!("{} cards", all.total.unwrap_or_default()));
    let found = cards.search(&operator, Search::cards().text("4711 08")).await?;
    line("text 4711 08", format!("{} cards", found.items.len()));
    let found = cards.search(&operator, Search::cards().number(NUMBER)).await?;
    let card = found.items.first().ok_or("the card of the story is missing; begin in an empty folder")?.id;
    let open = cards.open(&operator, card).await?;
    story::page(&open);
    reactivate_if_needed(&cards, &operator, &open).await?;

    chapter("Deactivate card: Cancel");
    let process = cards.registry().latest("CardsProcDeactivate").ok_or("the process is registered")?;
    story::process(process.outline());
    let task = cards.start(&operator, "CardsProcDeactivate", card).await?;
    let before = cards.open(&operator, card).await?;
    let preview = task.preview.clone().ok_or("a form has a preview")?;
    story::plan("Next would", &before.dossier, &preview.items);
    let closed = cards.cancel(&operator, task.id()).await?;
    let after = cards.open(&operator, card).await?;
    let same = if after.dossier == before.dossier { "nothing has changed" } else { "something has changed!" };
    line("Cancel", format!("{}: {same}", closed.status));

    chapter("Deactivate card: Next");
    let task = cards.start(&operator, "CardsProcDeactivate", card).await?;
    let seen = task.preview.as_ref().ok_or("a form has a preview")?.digest;
    let answers = Answers::none().with("reason", "lost").with("note", "left on a train").seen(seen);
    let done = cards.next(&operator, task.id(), answers).await?;
    line("done", story::summary(&done.items));
    story::standing(&done);
    let delivered = cards.deliver(100).await?;
    line("deliver", format!("{} confirmed, {} failed", delivered.confirmed, delivered.failed));
    story::standing(&cards.standing(&operator, task.id(), &Answers::none()).await?);
    more("no mail was sent: the process has none, deliberately");
    let open = cards.open(&operator, card).await?;
    story::page(&open);
    let usable = cards.usable(operator.tenant(), card, SystemClock.now()).await?;
    line("at the door", usable.map_or_else(|why| format!("refused: {why}"), |()| "let in".to_owned()));

    chapter("History");
    let history = cards.history(&operator, card).await?;
    for record in history.records.iter().rev().take(3).rev() {
        story::happened(&open.dossier, record);
    }
    line("chain", format!("{} records, consistent (not anchored: no checkpoint yet)", history.verified?.length));

    chapter("What relying parties see");
    publish(&authority, &open, &folder).await?;
    let left = cards.close().await?;
    line("closed", format!("{} requests left", left.undelivered));
    Ok(())
}

/// A second run finds the card inactive and brings it back first.
async fn reactivate_if_needed(
    cards: &Cardflow,
    operator: &Principal,
    open: &Open<Cards>,
) -> Result<(), Box<dyn Error>> {
    if open.dossier.subject_card().map(|it| it.state()) != Some(CardState::Inactive) {
        return Ok(());
    }
    chapter("Found again: Reactivate card");
    let done = cards.run(operator, "CardsProcReactivate", open.id(), Answers::none()).await?;
    line("done", story::summary(&done.items));
    let delivered = cards.deliver(100).await?;
    line("deliver", format!("{} confirmed, {} failed", delivered.confirmed, delivered.failed));
    Ok(())
}

/// Writes the CA certificate, the CRL and a certificate of the card, and prints the command that refuses it.
async fn publish(authority: &x509::X509Authority, open: &Open<Cards>, folder: &Path) -> Result<(), Box<dyn Error>> {
    let crl = authority.crl(SystemClock.now()).await?;
    std::fs::write(folder.join("crl.pem"), crl.pem()?)?;
    authority.published(&crl).await?;
    line("CRL", format!("number {}, next update {}", crl.number, crl.next_update));
    for certificate in open.dossier.certificates_of(open.id()).take(1) {
        if let CertificateContent::Der(der) = certificate.content() {
            std::fs::write(folder.join("card.pem"), x509::certificate_pem(der)?)?;
        }
    }
    let file = |name: &str| folder.join(name).display().to_string();
    line("try", format!("openssl verify -crl_check -CAfile {} \\", file("ca.pem")));
    more(format!("  -CRLfile {} {}", file("crl.pem"), file("card.pem")));
    more("error 23: certificate revoked (on hold)");
    Ok(())
}
