use std::collections::BTreeSet;

use super::approval::{Approval, Judgement, Overdue, Stage, Verdict, met};
use super::asking::{ask, covered, party};
use super::decide::{Decision, Situation, Undecided, expired, go_on, not_waiting, own};
use super::definition::StepKind;
use super::domain::Domain;
use super::event::{Event, Outcome};
use super::instance::{Instance, Status};
use super::notice::NoticeKind;
use super::notifying::tell;
use super::people::Inquiry;
use super::rejection::Rejection;
use super::run::Run;
use crate::values::{Answers, PersonId, TaskId, Timestamp};

/// How many characters a note to a decision may have.
pub(super) const NOTE: usize = 1000;

/// Where an instance waits for approval.
struct Place<'a, D: Domain> {
    step: &'a str,
    task: TaskId,
    until: Timestamp,
    approval: &'a Approval<D>,
}

fn place<'a, D: Domain>(instance: &'a Instance<D>) -> Option<Place<'a, D>> {
    let (step, task, until) = instance.waits()?;
    Some(Place { step, task, until, approval: instance.approval()? })
}

/// Somebody decides about a request for approval.
pub(super) fn judge<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    judgement: &Judgement,
) -> Result<Decision<D>, Undecided<D>> {
    let here = place(instance).ok_or_else(|| over(instance, judgement))?;
    let Approval { policy, escalated, sent_back, covers, .. } = here.approval;
    let ends = matches!(policy.overdue, Overdue::Reject) || escalated.is_some() || *sent_back;
    if situation.now >= here.until && ends {
        return Err(expired().into());
    }
    let ballots = eligible(situation, instance, here.approval, judgement)?;
    if judgement.task != here.task {
        return Err(decided_before(instance, judgement)
            .unwrap_or(Rejection::Stale { task: here.task, covers: *covers })
            .into());
    }
    if *sent_back {
        let now = "waiting for what the requester was asked".to_owned();
        return Err(Rejection::NotWaiting { now, outcome: None }.into());
    }
    if judgement.seen.is_some_and(|it| it != *covers) {
        return Err(Rejection::Stale { task: here.task, covers: *covers }.into());
    }
    check_words(situation, judgement)?;
    let step = here.step.to_owned();
    let mut run = Run::of(situation, instance.clone());
    run.emit(Event::Judged {
        step: step.clone(),
        task: judgement.task,
        verdict: judgement.verdict,
        on_behalf: judgement.on_behalf,
        ballots,
        note: judgement.note.clone(),
    });
    match judgement.verdict {
        Verdict::Approve => agreed(&mut run, &step)?,
        Verdict::Reject => refused(&mut run, &step)?,
        Verdict::Ask => {
            run.wait_at(&step, policy.waits);
            tell(&mut run, NoticeKind::InformationAsked, None)?;
        }
        Verdict::Postpone(_) | Verdict::TakeBack => {}
    }
    run.finish()
}

/// The ballots that the decision can count for.
fn eligible<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    approval: &Approval<D>,
    judgement: &Judgement,
) -> Result<Vec<u32>, Undecided<D>> {
    let nobody = || Rejection::NotEntitled { right: "approve without being a person".to_owned() };
    let person = situation.actor.person.ok_or_else(nobody)?;
    let persons: BTreeSet<PersonId> = std::iter::once(person).chain(judgement.on_behalf).collect();
    ask(situation, Inquiry { persons, ..Inquiry::default() })?;
    let known = |it: &PersonId| situation.people.colleagues.get(it);
    let who = known(&person).ok_or_else(nobody)?;
    let unknown = Rejection::InvalidDecision { what: "the one on whose behalf this was decided is not known here" };
    let represented = match judgement.on_behalf {
        Some(it) => Some(known(&it).ok_or(unknown)?),
        None => None,
    };
    let party = party(instance, situation.dossier);
    let open = approval.open();
    let stage = Stage { ballots: &open, relaxed: &approval.policy.relaxed, party: &party };
    let takes_back = judgement.verdict == Verdict::TakeBack;
    // Whoever agreed at an earlier stage has no say at this one; whoever takes back must have agreed at this one.
    let votes = if takes_back || judgement.verdict != Verdict::Approve { &[][..] } else { &approval.votes };
    let ballots = stage.open_for(who, represented, votes).map_err(|why| Rejection::NotEligible { why })?;
    if takes_back && !approval.votes_now().any(|it| it.is_of(person)) {
        let what = "there is no agreement of yours at this stage to take back";
        return Err(Rejection::InvalidDecision { what }.into());
    }
    Ok(ballots)
}

fn check_words<D: Domain>(situation: &Situation<'_, D>, judgement: &Judgement) -> Result<(), Rejection<D>> {
    let invalid = |what| Err(Rejection::InvalidDecision { what });
    let Judgement { verdict, note, seen, .. } = judgement;
    let needed = matches!(verdict, Verdict::Reject | Verdict::Ask);
    let fits = note.chars().count() <= NOTE && note.chars().all(|c| !c.is_control() || c == '\n' || c == '\t');
    if !fits || (needed && note.trim().is_empty()) {
        return Err(Rejection::NoteNeeded { most: NOTE });
    }
    match verdict {
        Verdict::Approve if seen.is_none() => invalid("say what was shown: whoever approves quotes its digest"),
        Verdict::Postpone(Some(until)) if *until <= situation.now => {
            invalid("postpone to a time that is still to come")
        }
        _ => Ok(()),
    }
}

/// What to answer to a decision about an instance that does not wait for one.
fn over<D: Domain>(instance: &Instance<D>, judgement: &Judgement) -> Rejection<D> {
    decided_before(instance, judgement).unwrap_or_else(|| not_waiting(instance))
}

fn decided_before<D: Domain>(instance: &Instance<D>, judgement: &Judgement) -> Option<Rejection<D>> {
    let last = instance.last_decided().filter(|it| it.task == judgement.task)?;
    Some(Rejection::AlreadyDecided { verdict: last.verdict, by: last.by, at: last.at })
}

/// Somebody has agreed: goes on if that was enough.
fn agreed<D: Domain>(run: &mut Run<'_, '_, D>, step: &str) -> Result<(), Undecided<D>> {
    let Some(approval) = run.instance.approval().cloned() else { return Ok(()) };
    let votes: Vec<_> = approval.votes_now().map(|it| it.ballots.clone()).collect();
    if met(&approval.open(), &votes).is_err() {
        return Ok(());
    }
    if !approval.has_more() {
        return execute(run, step, false);
    }
    run.emit(Event::NextStage { step: step.to_owned(), stage: approval.stage + 1 });
    run.wait_at(step, approval.policy.waits);
    tell(run, NoticeKind::ApprovalAsked, None)
}

/// It is agreed: does what was asked for, if it still may be and still is what was agreed to.
fn execute<D: Domain>(run: &mut Run<'_, '_, D>, step: &str, automatic: bool) -> Result<(), Undecided<D>> {
    let situation = run.situation();
    let Some(approval) = run.instance.approval().cloned() else { return Ok(()) };
    let outline = situation.process.outline();
    let Some(position) = outline.position(step) else { return Err(not_waiting(&run.instance).into()) };
    ask(situation, Inquiry { requester: true, ..Inquiry::default() })?;
    let (needed, found) = match &situation.people.requester {
        Some(found) => ("a requester who may ask for it", Some(found.clone())),
        // The next change finds out that the state is gone, and says so.
        None if !run.still_relies() => ("", None),
        None => {
            let other = covered(run, step, position, approval.policy.covers)? != approval.covers;
            ("what was agreed to", other.then(|| "something else".to_owned()))
        }
    };
    run.emit(Event::Approved { step: step.to_owned(), automatic });
    if let Some(found) = found {
        run.emit(Event::Ended(Outcome::Superseded { needed: needed.to_owned(), found }));
    } else {
        note_difference(run, step, position, &approval)?;
        run.as_requester = true;
        go_on(run, position + 1)?;
    }
    let outcome = outcome_of(run, "approved");
    tell(run, NoticeKind::ApprovalDecided, Some(outcome))
}

/// How it ended if it did not go on, else the decision.
fn outcome_of<D: Domain>(run: &Run<'_, '_, D>, decided: &'static str) -> &'static str {
    match run.instance.status() {
        Status::Ended(Outcome::Superseded { .. }) => "superseded",
        Status::Ended(Outcome::Refused { .. }) => "refused",
        _ => decided,
    }
}

/// Puts on record where the plan is another than the one that was shown.
fn note_difference<D: Domain>(
    run: &mut Run<'_, '_, D>,
    step: &str,
    position: usize,
    approval: &Approval<D>,
) -> Result<(), Undecided<D>> {
    if !run.still_relies() {
        return Ok(());
    }
    let now = run.look_ahead(position, &Answers::none())?.items;
    // As often as each stands there: two steps may have the same line, and then only one of them has it.
    let without = |all: &[D::Item], others: &[D::Item]| -> Vec<D::Item> {
        let mut others: Vec<_> = others.iter().collect();
        let mut is_there =
            |it: &&D::Item| others.iter().position(|other| other == it).map(|at| others.swap_remove(at)).is_some();
        all.iter().filter(|it| !is_there(it)).cloned().collect()
    };
    let (gone, come) = (without(&approval.plan, &now), without(&now, &approval.plan));
    if !gone.is_empty() || !come.is_empty() {
        run.emit(Event::Differed { step: step.to_owned(), gone, come });
        tell(run, NoticeKind::PlanDiffered, None)?;
    }
    Ok(())
}

fn refused<D: Domain>(run: &mut Run<'_, '_, D>, step: &str) -> Result<(), Undecided<D>> {
    let outline = run.situation().process.outline();
    let way = outline.step(step).and_then(|it| match it.kind {
        StepKind::Approval { rejected, .. } => outline.position(rejected?),
        _ => None,
    });
    match way {
        Some(position) => go_on(run, position)?,
        None => run.emit(Event::Ended(Outcome::Rejected)),
    }
    let outcome = outcome_of(run, "rejected");
    tell(run, NoticeKind::ApprovalDecided, Some(outcome))
}

/// Nobody has decided yet, and its time is soon over: tells those on whom it waits.
pub(super) fn remind<D: Domain>(run: &mut Run<'_, '_, D>) -> Result<(), Undecided<D>> {
    let Some(Place { step, .. }) = place(&run.instance) else { return Ok(()) };
    let step = step.to_owned();
    run.emit(Event::Reminded { step });
    tell(run, NoticeKind::Reminder, None)
}

/// Nobody has decided in time.
pub(super) fn overdue<D: Domain>(run: &mut Run<'_, '_, D>) -> Result<(), Undecided<D>> {
    let Some(Place { step, approval, .. }) = place(&run.instance) else { return Ok(()) };
    let (step, approval) = (step.to_owned(), approval.clone());
    match approval.policy.overdue {
        Overdue::Approve if !approval.sent_back => {
            if approval.has_more() {
                run.emit(Event::NextStage { step: step.clone(), stage: approval.stage + 1 });
                run.wait_at(&step, approval.policy.waits);
                return tell(run, NoticeKind::ApprovalAsked, None);
            }
            execute(run, &step, true)
        }
        Overdue::Escalate { to, waits } if approval.escalated.is_none() && !approval.sent_back => {
            run.emit(Event::Escalated { step: step.clone(), to });
            run.wait_at(&step, waits);
            tell(run, NoticeKind::ApprovalEscalated, None)
        }
        Overdue::Reject | Overdue::Escalate { .. } | Overdue::Approve => {
            run.emit(Event::Ended(Outcome::Expired));
            tell(run, NoticeKind::ApprovalDecided, Some("expired"))
        }
    }
}

/// The requester has answered to what was sent back: it is asked again, with fresh votes.
pub(super) fn resubmit<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    answers: &Answers,
    note: &str,
) -> Result<Decision<D>, Undecided<D>> {
    let here = place(instance).ok_or_else(|| not_waiting(instance))?;
    own(situation, instance)?;
    if !here.approval.sent_back {
        let now = "waiting for a decision; it was not sent back".to_owned();
        return Err(Rejection::NotWaiting { now, outcome: None }.into());
    }
    if situation.now >= here.until {
        return Err(expired().into());
    }
    if note.chars().count() > NOTE || note.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Rejection::NoteNeeded { most: NOTE }.into());
    }
    let outline = situation.process.outline();
    let position = outline.position(here.step).ok_or_else(|| not_waiting(instance))?;
    let mut run = Run::of(situation, instance.clone());
    run.emit(Event::Resubmitted { step: here.step.to_owned(), note: note.trim().to_owned() });
    let form = outline.steps.iter().take(position).rev().find_map(|it| match &it.kind {
        StepKind::Form(form) => Some((it.name, form)),
        _ => None,
    });
    if *answers != Answers::none() {
        let (name, form) = form.ok_or(Rejection::InvalidDecision { what: "there is no form before this approval" })?;
        let mut all = instance.answers().clone();
        all.extend(answers.clone());
        let read = form.read(&all, run.options(), situation.now).map_err(Rejection::from)?;
        run.emit(Event::Answered { step: name.to_owned(), answers: read });
    }
    // Whatever the answers are now, what was asked of these people once is for them to decide.
    let policy = here.approval.policy.clone();
    run.ask_again(here.step, policy)?;
    run.finish()
}
