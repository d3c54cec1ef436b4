use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use super::super::Case;
use super::super::course::Course;
use super::super::play::Play;
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::surroundings::Surroundings;
use crate::cards::{Cards, Request};
use crate::domain::AuthorityAction;
use crate::engine::{Domain, Event, Outline, StepKind};

/// The variable that writes the files anew.
const BLESS: &str = "CARDFLOW_BLESS";

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let Some(folder) = runs.proof.plans.clone() else { return };
    let outline = runs.proof.under.outline();
    let name = format!("{}.{}.txt", outline.name, outline.version.0);
    let path = folder.join(&name);
    let mut text = head(outline);
    for case in runs.proof.states() {
        for surroundings in Surroundings::ALL.iter().filter(|it| **it != Surroundings::ManyDoors) {
            add(runs, &case.on(*surroundings), &mut text);
        }
    }
    let mut sorts: Vec<Case> = runs.proof.subjects();
    let usual = runs.proof.states();
    sorts.retain(|it| !usual.contains(it));
    for case in sorts {
        add(runs, &case, &mut text);
    }
    if runs.enough() {
        return;
    }
    if std::env::var_os(BLESS).is_some() {
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &text));
        if let Err(error) = written {
            runs.fails(Fault::of("the plans can be written", format!("{}: {error}", path.display())));
        }
        return;
    }
    if let Err(fault) = compare(&path, &text, outline) {
        runs.fails(fault);
    }
}

/// What the definition says, as far as plans hang on it.
fn head(outline: &Outline<Cards>) -> String {
    let mut text = format!("{}, version {}\n", outline.name, outline.version.0);
    for step in &outline.steps {
        let more = match &step.kind {
            StepKind::Change { leaves } => format!(": leaves {leaves}"),
            StepKind::Branch { to, .. } => format!(": to {to}"),
            _ => String::new(),
        };
        text.push_str(&format!("{} `{}`{more}\n", step.kind.name(), step.name));
    }
    text
}

/// What is planned and done for a case; plans that are the same stand once, under all their cases.
fn add(runs: &mut Runs<'_>, case: &Case, text: &mut String) {
    let found = RefCell::new(None);
    runs.run(case, async |play| {
        let mut course = play.own();
        play.play_out(&mut course).await?;
        *found.borrow_mut() = Some(plan(play, &course).await);
        Ok(())
    });
    let Some(plan) = found.into_inner() else { return };
    let title = format!("{}: {}", case.subject(), case.surroundings.in_words());
    let body = format!("\n{plan}");
    match text.find(&body) {
        Some(at) => text.insert_str(at, &format!("\n{title}")),
        None => text.push_str(&format!("\n{title}{body}")),
    }
}

async fn plan(play: &Play<'_>, course: &Course) -> String {
    let mut text = String::new();
    if let Some(id) = course.id() {
        for event in play.events(course.subject.home(), id).await {
            match event {
                Event::Changed { step, changes, .. } => {
                    text.push_str(&format!("  {step}\n"));
                    for change in &changes {
                        let words = Cards::in_words(change);
                        text.push_str(&format!("    {}: {words}\n", play.before.name(change.object())));
                    }
                }
                Event::Requested { request, .. } => {
                    text.push_str(&format!("    asks {}\n", request_words(play, &request)))
                }
                Event::Incident { object, what, .. } => {
                    text.push_str(&format!("    an incident about {}: {what}\n", play.before.name(object)));
                }
                _ => {}
            }
        }
    }
    text.push_str(&format!("  {}\n", course.in_words()));
    text
}

fn request_words(play: &Play<'_>, request: &Request) -> String {
    match request {
        Request::Authority(it) => {
            let what = match it.action {
                AuthorityAction::Hold => "to hold".to_owned(),
                AuthorityAction::Release => "to release".to_owned(),
                AuthorityAction::Revoke(reason) => format!("to revoke ({reason})"),
            };
            format!("{} {what} {}", it.issuer, it.serial)
        }
        Request::Status(it) => format!("to ask {} about {}", it.issuer, it.serial),
        Request::ReadBack(it) => format!("to read back what {} publishes of {}", it.issuer, it.serial),
        Request::Mail(it) => {
            let home = crate::values::HomeId::from_uuid(it.to.uuid());
            let at = crate::values::ObjectRef::new(home, crate::domain::PERSON_KIND, it.to.uuid());
            format!("to mail {}: {}", play.before.name(at), it.notice.kind)
        }
        Request::Approval(it) => format!("to submit the approval of {}", it.process),
        Request::Withdrawal(_) => "to withdraw an approval".to_owned(),
        Request::CardState(it) => format!("to tell {}: {} is {}", it.listener, it.number, it.state),
    }
}

/// The plans as they are kept, against those made now.
fn compare(path: &Path, text: &str, outline: &Outline<Cards>) -> Result<(), Fault> {
    let expected = format!("{} version {} plans what is kept in {}", outline.name, outline.version.0, path.display());
    let Ok(kept) = std::fs::read_to_string(path) else {
        let instead = format!("there is no such file; make it with {BLESS}=1, look through it, and keep it");
        return Err(Fault::of(expected, instead));
    };
    let kept = kept.replace("\r\n", "\n");
    if kept == text {
        return Ok(());
    }
    let mut instead = difference(&kept, text);
    instead.push(format!(
        "raise the version, so that instances under way keep theirs; if this version was never in use, write the file anew: {BLESS}=1"
    ));
    Err(Fault::list(expected, instead))
}

/// Where two texts part: the first case whose plan is another, line by line, and how many more there are.
fn difference(kept: &str, made: &str) -> Vec<String> {
    let (kept, made) = (cases(kept), cases(made));
    let mut apart = made.iter().filter(|(title, plan)| kept.get(*title) != Some(plan));
    let Some((title, new)) = apart.next() else {
        let gone = kept.keys().filter(|it| !made.contains_key(*it));
        return gone.map(|it| format!("no longer planned: {it}")).collect();
    };
    let old = kept.get(title).map(Vec::as_slice).unwrap_or_default();
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old.iter().skip(same).rev().zip(new.iter().skip(same).rev()).take_while(|(a, b)| a == b).count();
    let line = |mark: &'static str| move |it: &&str| format!("{mark}{it}");
    let mut lines = vec![(*title).to_owned()];
    lines.extend(old.iter().take(same).map(line("  ")));
    lines.extend(old.iter().take(old.len() - end).skip(same).map(line("- ")));
    lines.extend(new.iter().take(new.len() - end).skip(same).map(line("+ ")));
    lines.extend(new.iter().skip(new.len() - end).map(line("  ")));
    match apart.count() {
        0 => {}
        more => lines.push(format!("and {more} more are planned otherwise")),
    }
    lines
}

/// The plans of a text by their cases; what stands before the first is the definition.
fn cases(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut cases = BTreeMap::new();
    for block in text.split("\n\n") {
        let plan: Vec<_> = block.lines().filter(|it| it.starts_with("  ")).collect();
        if plan.is_empty() {
            cases.insert("the definition", block.lines().collect());
        } else {
            cases.extend(block.lines().filter(|it| !it.starts_with("  ")).map(|title| (title, plan.clone())));
        }
    }
    cases
}
