use std::collections::BTreeSet;
use std::sync::Arc;

use super::course::{Course, Order};
use super::coverage::Coverage;
use super::known::Known;
use super::office::{Office, deciders_of, principal, starter};
use super::prepared::Prepared;
use super::story::{Diary, Fault};
use super::view::View;
use super::{Case, Proof};
use crate::cards::Cards;
use crate::engine::{
    Approval, Component, FORM_WAITS, Judgement, Outcome, Outline, Preview, Rejection, Status, StepKind,
};
use crate::ports::Principal;
use crate::runtime::{Error, Standing};
use crate::values::{Answers, CommandId, Ids, InstanceId, Millis, Seed};

/// One run: an office made for a case, and what has happened in it.
#[derive(Debug)]
pub(super) struct Play<'p> {
    pub(super) proof: &'p Proof,
    pub(super) case: Case,
    pub(super) office: Office,
    /// How everything was when it began.
    pub(super) before: View,
    pub(super) diary: Diary,
    pub(super) coverage: Coverage,
    ids: Ids,
}

impl<'p> Play<'p> {
    /// Opens the office; none if the subject cannot be brought into its state in this way.
    pub(super) async fn begin(proof: &'p Proof, case: &Case, diary: &Diary) -> Result<Option<Play<'p>>, Fault> {
        let prepared = match proof.prepared.known(case) {
            Some(prepared) => prepared,
            None => {
                let prepared = Play::prepare(proof, &case.as_prepared(), diary).await?;
                proof.prepared.keep(case, prepared)
            }
        };
        let Some(prepared) = prepared else { return Ok(None) };
        diary.begin(&prepared.told);
        let office = prepared.office.copy(case, &prepared.before);
        if proof.under.begins_by_itself() {
            office.wait_for_the_end_of(&prepared.before);
        }
        Ok(Some(Play::on(proof, case, office, prepared.before.clone(), diary, 4)))
    }

    fn on(proof: &'p Proof, case: &Case, office: Office, before: View, diary: &Diary, seed: u64) -> Play<'p> {
        let ids = Ids::new(office.now(), Seed::from_number(seed));
        let (diary, coverage) = (diary.clone(), Coverage::default());
        Play { proof, case: case.clone(), office, before, diary, coverage, ids }
    }

    /// Brings the subject into its state; none if that cannot be done in this way.
    async fn prepare(proof: &'p Proof, case: &Case, diary: &Diary) -> Result<Option<Prepared>, Fault> {
        let office = Office::open(proof, case).await.map_err(|it| Fault::of("an office can be opened", it))?;
        let Some(office) = office else { return Ok(None) };
        let before = View::of(&office).await;
        let told = Diary::default();
        let mut play = Play::on(proof, case, office, before, &told, 3);
        for name in &case.way.through {
            let Some(known) = proof.named(name).cloned() else { return Ok(None) };
            let mut course = play.course(&known);
            let came = play.play_out(&mut course).await;
            came.inspect_err(|_| diary.begin(&told.lines()))?;
            if !course.is_done() {
                return Ok(None);
            }
        }
        let before = View::of(&play.office).await;
        let subject = play.office.subject_of(&proof.under);
        let there = before.dossier.get(subject).and_then(crate::domain::Object::state);
        let prepared = Prepared { office: play.office, before, told: told.lines() };
        Ok((there == Some(case.state)).then_some(prepared))
    }

    /// A process about to be started on the subject by who starts such.
    pub(super) fn course(&self, known: &Known) -> Course {
        let Outline { components, components_if, .. } = known.outline();
        // Where the options offer it somewhere else as well, it is tried there.
        let switched = components_if.iter().find(|(_, on)| on(&self.case.setting.options)).map(|(it, _)| *it);
        let component = switched.or(components.first().copied()).unwrap_or(Component::Operator);
        Course {
            known: known.clone(),
            who: starter(component),
            subject: self.office.subject_of(known),
            standing: None,
            rejected: None,
            answered: Vec::new(),
            quotes: true,
            shown: None,
        }
    }

    /// The process under proof, about to be started.
    pub(super) fn own(&self) -> Course {
        self.course(&self.proof.under)
    }

    pub(super) fn tell(&self, what: impl AsRef<str>) {
        self.diary.tell(self.office.now(), what.as_ref());
    }

    pub(super) fn fresh(&mut self) -> CommandId {
        CommandId::from_uuid(self.ids.fresh())
    }

    /// Gives a command under a fresh id; if the host dies over it, once more under the same id to another.
    pub(super) async fn give(&mut self, who: &Principal, order: &Order) -> Result<Standing<Cards>, Error<Cards>> {
        let id = self.fresh();
        let came = self.send(who, id, order).await;
        if self.host_is_dead(&came) {
            return self.send(who, id, order).await;
        }
        came
    }

    /// Whether the host died over a call; then another has taken its place.
    pub(super) fn host_is_dead<T>(&mut self, came: &Result<T, Error<Cards>>) -> bool {
        let dead = matches!(came, Err(error) if error.is_retryable() && error.rejection().is_none());
        if dead {
            self.tell("the host dies; another takes its place, and what was asked is asked again under the same id");
            self.office.restart();
            // The leases of the dead host end.
            self.office.wait(Millis::seconds(61));
        }
        dead
    }

    /// Gives a command under an id, and tells of it.
    pub(super) async fn send(
        &mut self,
        who: &Principal,
        id: CommandId,
        order: &Order,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let came = self.send_quietly(who, id, order).await;
        let what = match order {
            Order::Start(process, _) => format!("starts {process}"),
            Order::Begin(process, _) => format!("sees {process} begin by itself"),
            Order::Next(_, answers) => {
                let given: Vec<_> = answers.iter().map(|(field, value)| format!("{field} = {value:.40}")).collect();
                if given.is_empty() { "answers Next".to_owned() } else { format!("answers Next, {}", given.join(", ")) }
            }
            Order::Cancel(_) => "cancels".to_owned(),
            Order::Judge(_, it) => format!("decides: {}", it.verdict),
        };
        let result = match &came {
            Ok(standing) => standing.status.to_string(),
            Err(Error::Rejected(it)) => format!("rejected ({}): {it}", it.code()),
            Err(error) => in_full(error),
        };
        self.tell(format!("{} ({}) {what} → {result}", who.account(), who.component()));
        came
    }

    /// Gives a command under an id.
    pub(super) async fn send_quietly(
        &mut self,
        who: &Principal,
        id: CommandId,
        order: &Order,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let (host, call) = (Arc::clone(&self.office.host), who.command(id));
        let came = match order {
            Order::Start(process, subject) => host.start(call, process, *subject).await,
            Order::Begin(process, subject) => host.start_by_itself(call, process, *subject).await,
            Order::Next(instance, answers) => host.next(call, *instance, answers.clone()).await,
            Order::Cancel(instance) => host.cancel(call, *instance).await,
            Order::Judge(instance, judgement) => host.judge(call, *instance, judgement.clone()).await,
        };
        if let Err(Error::Rejected(it)) = &came {
            self.coverage.rejected(it.code());
        }
        came
    }

    /// One move of a process: its start, a Next, or what else it waits for.
    pub(super) async fn forward(&mut self, course: &mut Course) -> Result<(), Fault> {
        let status = course.standing.as_ref().map(|it| it.status.clone());
        match status {
            None => self.start(course).await,
            Some(Status::Waiting { step, .. }) if course.waits_at_form() => self.next(course, &step).await,
            Some(Status::Waiting { .. }) => self.agree(course).await,
            Some(waits @ (Status::Beginning | Status::Outside { .. } | Status::Confirming { .. })) => {
                self.settle().await?;
                self.look(course).await?;
                match &course.standing {
                    Some(standing) if standing.status == waits => {
                        let expected = "an instance goes on once every request is answered";
                        Err(Fault::of(expected, format!("nothing is open, and it is {waits}")))
                    }
                    _ => Ok(()),
                }
            }
            Some(Status::Ended(_)) => Ok(()),
        }
    }

    /// Takes a process as far as it goes.
    pub(super) async fn play_out(&mut self, course: &mut Course) -> Result<(), Fault> {
        // Each step waits at most once, so this is more than enough.
        for _ in 0..2 * course.known.outline().steps.len() + 4 {
            if course.is_over() {
                return Ok(());
            }
            self.forward(course).await?;
        }
        Err(Fault::of("the instance comes to an end", format!("it goes on and on: {}", course.in_words())))
    }

    pub(super) async fn start(&mut self, course: &mut Course) -> Result<(), Fault> {
        let order = course.begin();
        let came = self.give(&course.who.clone(), &order).await;
        self.take(course, came)
    }

    /// Takes the answer to a command of a process.
    pub(super) fn take(
        &mut self,
        course: &mut Course,
        came: Result<Standing<Cards>, Error<Cards>>,
    ) -> Result<(), Fault> {
        match came {
            Ok(standing) => course.standing = Some(standing),
            Err(Error::Rejected(rejection)) => course.rejected = Some(rejection),
            Err(error) => return Err(Fault::of("the command is carried out or rejected", in_full(&error))),
        }
        Ok(())
    }

    /// The answers that this play gives to a form.
    pub(super) fn answers(&self, known: &Known, step: &str) -> Answers {
        match known.outline().step(step).map(|it| &it.kind) {
            Some(StepKind::Form(form)) => {
                let given = &self.proof.answers;
                self.case.filling.answers(form, &self.case.setting.options, self.office.now(), given)
            }
            _ => Answers::none(),
        }
    }

    async fn next(&mut self, course: &mut Course, step: &str) -> Result<(), Fault> {
        let Some(id) = course.id() else { return Ok(()) };
        let mut answers = self.answers(&course.known, step);
        let preview = match course.shown.take() {
            None if course.quotes => self.preview(course, id, &answers).await?,
            shown => shown,
        };
        if let Some(preview) = &preview {
            answers = answers.seen(preview.digest);
        }
        course.answered.push((step.to_owned(), answers.clone()));
        let came = self.give(&course.who.clone(), &Order::Next(id, answers)).await;
        self.take(course, came)?;
        if let Some(preview) = &preview {
            as_shown(course, preview)?;
        }
        Ok(())
    }

    /// The preview of the form that a process waits at is shown, to be quoted later.
    pub(super) async fn show(&mut self, course: &mut Course) -> Result<(), Fault> {
        let (Some(id), Some(step)) = (course.id(), course.waits_at().map(str::to_owned)) else { return Ok(()) };
        let answers = self.answers(&course.known, &step);
        course.shown = self.preview(course, id, &answers).await?;
        Ok(())
    }

    /// What Next would do, which two hosts must say alike.
    async fn preview(
        &mut self,
        course: &Course,
        id: InstanceId,
        answers: &Answers,
    ) -> Result<Option<Preview<Cards>>, Fault> {
        let other = self.office.another_host(self.office.store.clone());
        let (one, two) =
            (self.office.host.standing(&course.who, id, answers).await, other.standing(&course.who, id, answers).await);
        match (one, two) {
            (Ok(one), Ok(two)) if one.preview == two.preview => Ok(one.preview),
            (Ok(one), Ok(two)) => {
                let words = |it: Option<Preview<Cards>>| it.map_or_else(Vec::new, |it| self.plan_in_words(&it.items));
                let instead = [words(one.preview), vec!["and then".to_owned()], words(two.preview)].concat();
                Err(Fault::list("a plan is the same whenever it is made from the same", instead))
            }
            // What stands in the way shows at Next as well.
            (Err(Error::Rejected(_)), _) | (_, Err(Error::Rejected(_))) => Ok(None),
            (Err(error), _) | (_, Err(error)) => Err(Fault::of("a preview is shown or rejected", in_full(&error))),
        }
    }

    /// A plan line by line.
    pub(super) fn plan_in_words(&self, items: &[crate::domain::PlanItem]) -> Vec<String> {
        items.iter().map(|it| format!("{} {}", self.before.name(it.object), it.what)).collect()
    }

    /// Those who may decide a request for approval by their roles.
    pub(super) fn deciders(&self, approval: &Approval<Cards>) -> Vec<Principal> {
        let open = approval.open();
        let roles: BTreeSet<_> = open.iter().flat_map(|it| &it.roles).collect();
        roles.into_iter().flat_map(|role| deciders_of(role)).map(|it| principal(&it, Component::Operator)).collect()
    }

    /// As many agree as must, and no more.
    async fn agree(&mut self, course: &mut Course) -> Result<(), Fault> {
        let (Some(id), Some(standing)) = (course.id(), course.standing.clone()) else { return Ok(()) };
        let (Some(task), Some(approval)) = (standing.task(), &standing.approval) else { return Ok(()) };
        for who in self.deciders(approval) {
            let order = Order::Judge(id, Judgement::approve(task, approval.covers));
            match self.give(&who, &order).await {
                Ok(standing) => course.standing = Some(standing),
                Err(Error::Rejected(Rejection::NotEligible { .. })) => {}
                came => return self.take(course, came),
            }
            if course.standing.as_ref().and_then(Standing::task) != Some(task) {
                return Ok(());
            }
        }
        let step = course.waits_at().unwrap_or_default();
        Err(Fault::of("those an approval is for can agree to it", format!("it still waits at {step}")))
    }

    /// Lets a task be until its time is over.
    pub(super) async fn outlast(&mut self, course: &mut Course) -> Result<(), Fault> {
        let until = match course.standing.as_ref().map(|it| &it.status) {
            Some(Status::Waiting { until, .. }) => *until,
            _ => self.office.now().plus(FORM_WAITS),
        };
        self.tell(format!("nobody acts at {} until {until}", course.waits_at().unwrap_or("a task")));
        self.office.wait(Millis::new(until.millis().saturating_sub(self.office.now().millis())));
        let came = self.office.host.tick().await;
        if self.host_is_dead(&came) {
            let again = self.office.host.tick().await;
            again.map_err(|it| Fault::of("timers fire", in_full(&it)))?;
        } else {
            came.map_err(|it| Fault::of("timers fire", in_full(&it)))?;
        }
        self.look(course).await
    }

    /// Looks how a process stands.
    pub(super) async fn look(&mut self, course: &mut Course) -> Result<(), Fault> {
        let Some(id) = course.id() else { return Ok(()) };
        let mut came = self.office.host.standing(&course.who, id, &Answers::none()).await;
        if self.host_is_dead(&came) {
            came = self.office.host.standing(&course.who, id, &Answers::none()).await;
        }
        match came {
            Ok(standing) => {
                self.tell(format!("{}: {}", course.known.name(), standing.status));
                course.standing = Some(standing);
                Ok(())
            }
            Err(error) => Err(Fault::of("who started an instance sees how it stands", in_full(&error))),
        }
    }

    /// The auditor of the office.
    pub(super) fn auditor() -> Principal {
        principal("aude", Component::Administrator)
    }
}

/// What was shown is what was done, where nothing was waited for in between.
fn as_shown(course: &Course, preview: &Preview<Cards>) -> Result<(), Fault> {
    let expected = "what the preview shows is what Next does";
    let Some(standing) = &course.standing else { return Ok(()) };
    match (&course.rejected, &standing.status) {
        (None, Status::Confirming { .. } | Status::Ended(Outcome::Done { .. })) if standing.items != preview.items => {
            let words = |it: &[crate::domain::PlanItem]| it.iter().map(|it| it.what.to_string()).collect::<Vec<_>>();
            let instead = [vec!["shown:".to_owned()], words(&preview.items), vec!["done:".to_owned()]];
            Err(Fault::list(expected, [instead.concat(), words(&standing.items)].concat()))
        }
        (Some(Rejection::Refused(refusal)), _) if preview.refusal.as_ref() != Some(refusal) => {
            Err(Fault::of(expected, format!("the preview did not say that it is refused: {refusal}")))
        }
        _ => Ok(()),
    }
}

/// An error with its sources, in one line.
pub(super) fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(it) = source {
        text.push_str(&format!(": {it}"));
        source = it.source();
    }
    text
}
