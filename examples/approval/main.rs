//! People in the loop: an administrator switches approval on, people ask, agree and refuse, and are written to.
//!
//! `cargo run --release --example approval --features sqlite,x509,import,script,smtp -- demo-approval`
//!
//! Everything is kept in the folder given (`demo-approval` by default), which must be new. Where a Python with `aiosmtpd` is
//! there, mails go through that server and are printed as it received them; else as the outbox recorded them.

#![allow(clippy::print_stdout, reason = "it tells a story")]

mod mail;
mod office;
#[path = "../deactivate_card/setup.rs"]
#[allow(dead_code, reason = "the other story opens its store itself")]
mod setup;
#[path = "../deactivate_card/story.rs"]
#[allow(dead_code, reason = "the other story shows more")]
mod story;

use std::error::Error;
use std::path::PathBuf;

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::cards::Cards;
use cardflow::engine::Judgement;
use cardflow::ports::OptionLanguage;
use cardflow::runtime::Standing;
use cardflow::values::Answers;
use office::Office;
use story::{chapter, line, more};

type Done = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "demo-approval".to_owned()));
    if folder.join("cards.db").exists() {
        return Err(format!("{} has a store already; name a new folder", folder.display()).into());
    }
    std::fs::create_dir_all(&folder)?;
    chapter("Set up");
    let office = Office::open(&folder).await?;

    switch_approval_on(&office).await?;
    agreed(&office).await?;
    refused(&office).await?;
    overtaken(&office).await?;
    stolen(&office).await?;
    let left = office.cards.close().await?;
    line("closed", format!("{} requests left", left.undelivered));
    Ok(())
}

/// The administrator changes two values of the script; a second administrator puts it in force.
async fn switch_approval_on(office: &Office) -> Done {
    chapter("The administrator switches approval on");
    let shipped = OptionLanguage::<Cards>::shipped(&RhaiOptions);
    let mut script = String::new();
    for value in ["CardsDeactivationApproval", "CardsReactivationApproval", "CardsLockApproval"] {
        script.push_str(&format!("const {value} = true;\n"));
    }
    script.push_str("const CardsDeactivationApprovalExcept = [\"stolen\"];\n");
    line("shipped", format!("{} lines, every option with its default", shipped.lines().count()));
    script.lines().for_each(more);
    let typo = script.replace("CardsLockApproval", "CardsLockAproval");
    if let Err(error) = office.cards.propose_options(&office.adam, &typo).await {
        let fault = error.to_string().lines().last().unwrap_or_default().to_owned();
        let (what, allowed) = fault.split_once("; allowed: ").unwrap_or((&fault, ""));
        line("a typo", what);
        more(allowed.rsplit("; ").next().unwrap_or_default());
    }
    let proposed = office.cards.propose_options(&office.adam, &script).await?;
    if let Err(error) = office.cards.activate_options(&office.adam, proposed.version).await {
        line("by oneself", error);
    }
    office.cards.activate_options(&office.aida, proposed.version).await?;
    line("in force", format!("version {}, proposed by adam, activated by aida", proposed.version));
    Ok(())
}

/// Asked for, tried by oneself, agreed to by another.
async fn agreed(office: &Office) -> Done {
    chapter("Lost: asked for, and agreed to");
    let answers = Answers::none().with("reason", "lost").with("note", "left on a train");
    let asked = office.cards.run(&office.olga, "CardsProcDeactivate", office.ada, answers.clone()).await?;
    standing("olga asks", &asked);
    if let Err(error) = office.cards.run(&office.olga, "CardsProcDeactivate", office.ada, answers).await {
        line("once more", error);
    }
    office.mails().await?;
    let request = office.cards.request(&office.ann, asked.id()).await?;
    let open = office.cards.open(&office.ann, office.ada).await?;
    if let Some(approval) = &request.standing.approval {
        line("ann sees", format!("{} must agree; nobody has yet", approval.policy));
        story::plan("it would", &open.dossier, &approval.plan);
    }
    let (task, covers) = asked_for(&asked)?;
    if let Err(error) = office.cards.judge(&office.olga, asked.id(), Judgement::approve(task, covers)).await {
        line("olga agrees?", error);
    }
    let done = office.cards.judge(&office.ann, asked.id(), Judgement::approve(task, covers)).await?;
    standing("ann agrees", &done);
    office.cards.deliver(100).await?;
    standing("later", &office.cards.standing(&office.olga, asked.id(), &Answers::none()).await?);
    if let Err(error) = office.cards.judge(&office.arno, asked.id(), Judgement::approve(task, covers)).await {
        line("arno, late", error);
    }
    office.mails().await
}

/// Asked for, sent back, asked again, refused.
async fn refused(office: &Office) -> Done {
    chapter("Damaged: asked for, and refused");
    let answers = Answers::none().with("reason", "damaged");
    let asked = office.cards.run(&office.olga, "CardsProcDeactivate", office.ben, answers).await?;
    standing("olga asks", &asked);
    let (task, _) = asked_for(&asked)?;
    office.cards.judge(&office.ann, asked.id(), Judgement::ask(task, "Does the door still open?")).await?;
    line("ann", "sends it back: Does the door still open?");
    let again = office.cards.resubmit(&office.olga, asked.id(), Answers::none(), "It does").await?;
    line("olga", "answers: It does");
    let (task, _) = asked_for(&again)?;
    let reason = Judgement::reject(task, "Then it can wait for the new card");
    let ended = office.cards.judge(&office.arno, asked.id(), reason).await?;
    standing("arno refuses", &ended);
    let open = office.cards.open(&office.olga, office.ben).await?;
    line("the card", open.dossier.subject_card().map_or_else(String::new, |it| it.state().to_string()));
    office.mails().await
}

/// What was to be agreed to is overtaken by what was agreed to before.
async fn overtaken(office: &Office) -> Done {
    chapter("Found again, but locked meanwhile");
    let back = office.cards.run(&office.olga, "CardsProcReactivate", office.ada, Answers::none()).await?;
    standing("olga asks", &back);
    let lock = office.cards.run(&office.otto, "CardsProcLock", office.ada, Answers::none()).await?;
    standing("otto asks", &lock);
    let (task, covers) = asked_for(&lock)?;
    standing("ann agrees", &office.cards.judge(&office.ann, lock.id(), Judgement::approve(task, covers)).await?);
    let (task, covers) = asked_for(&back)?;
    standing("arno agrees", &office.cards.judge(&office.arno, back.id(), Judgement::approve(task, covers)).await?);
    office.mails().await
}

/// Done at once, and reviewed after.
async fn stolen(office: &Office) -> Done {
    chapter("Stolen: at once, and reviewed after");
    let answers = Answers::none().with("reason", "stolen");
    let done = office.cards.run(&office.olga, "CardsProcDeactivate", office.ben, answers).await?;
    standing("olga", &done);
    office.cards.deliver(100).await?;
    let open = office.cards.open(&office.olga, office.ben).await?;
    line("the card", open.dossier.subject_card().map_or_else(String::new, |it| it.state().to_string()));
    let (task, covers) = asked_for(&done)?;
    let request = office.cards.request(&office.arno, done.id()).await?;
    for earlier in &request.earlier {
        let verdict = earlier.verdict.map_or_else(|| "answered".to_owned(), |it| it.to_string());
        line("earlier", format!("{verdict}: {}", earlier.note.as_deref().unwrap_or("without a word")));
    }
    standing("arno confirms", &office.cards.judge(&office.arno, done.id(), Judgement::approve(task, covers)).await?);
    office.mails().await
}

fn asked_for(asked: &Standing<Cards>) -> Result<(cardflow::values::TaskId, cardflow::values::Digest), Box<dyn Error>> {
    let task = asked.task().ok_or("it waits for nobody")?;
    Ok((task, asked.approval.as_ref().ok_or("it waits for no approval")?.covers))
}

fn standing(label: &str, standing: &Standing<Cards>) {
    line(label, &standing.status);
}
