use super::approval::Stage;
use super::asking::{ask, everybody, party};
use super::builder::{Builder, DefinitionError};
use super::decide::{Decision, Situation, Undecided};
use super::definition::{Outline, StepKind, SwitchedOn};
use super::domain::{Domain, Subject};
use super::instance::Instance;
use super::notice::{Notice, NoticeKind, Waiting};
use super::people::{Colleague, Inquiry};
use super::run::Run;
use crate::values::{PersonId, codes};

codes! {
    /// To whom a process writes.
    pub enum Whom ("recipient") {
        /// Everybody who may decide the request for approval now.
        Approvers = "whoever may decide",
        /// Whom it waits for: whoever may decide, or, while it is sent back, whoever asked for it.
        WaitedFor = "whomever it waits for",
        /// Who asked for it.
        Requester = "whoever asked for it",
        /// In whose name it was asked for, if in another's.
        Represented = "in whose name it was asked for",
        /// Whose it is: the holder of a card.
        Holder = "the holder",
    }
}

/// What a process writes on an occasion, as data of its definition.
#[derive(Debug)]
pub struct Notifies<D: Domain> {
    /// The occasion.
    pub when: NoticeKind,
    /// To whom; nobody, if that is to be said.
    pub to: Vec<Whom>,
    /// Only while the options say so.
    pub switched_on: Option<SwitchedOn<D>>,
}

/// What an approval writes, where its process says nothing else.
const OF_APPROVALS: [(NoticeKind, &[Whom]); 7] = [
    (NoticeKind::ApprovalAsked, &[Whom::Approvers]),
    (NoticeKind::ReviewAsked, &[Whom::Approvers]),
    (NoticeKind::ApprovalEscalated, &[Whom::Approvers]),
    (NoticeKind::Reminder, &[Whom::WaitedFor]),
    (NoticeKind::InformationAsked, &[Whom::Requester]),
    (NoticeKind::PlanDiffered, &[Whom::Requester]),
    (NoticeKind::ApprovalDecided, &[Whom::Requester]),
];

impl<D: Domain, S: Subject<D>> Builder<D, S> {
    /// To whom it writes on an occasion; to nobody, if none is named. For the occasions of an approval this replaces what is
    /// usual: that whoever may decide is asked, and whoever asked for it is told. When it is [done](NoticeKind::Done), nobody is
    /// told unless this says so.
    #[must_use]
    pub fn notifies(self, when: NoticeKind, to: impl IntoIterator<Item = Whom>) -> Self {
        self.notifying(when, to, None)
    }

    /// To whom it writes on an occasion while the options say so; while they do not, to nobody.
    #[must_use]
    pub fn notifies_if(self, when: NoticeKind, to: impl IntoIterator<Item = Whom>, switched_on: SwitchedOn<D>) -> Self {
        self.notifying(when, to, Some(switched_on))
    }

    fn notifying(
        mut self,
        when: NoticeKind,
        to: impl IntoIterator<Item = Whom>,
        switched_on: Option<SwitchedOn<D>>,
    ) -> Self {
        let outline = &mut self.definition.outline;
        if outline.notifies.iter().any(|it| it.when == when) {
            self.fault = Some(DefinitionError::DoubleNotice { process: outline.name, when });
        }
        outline.notifies.push(Notifies { when, to: to.into_iter().collect(), switched_on });
        self
    }
}

impl<D: Domain> Outline<D> {
    /// To whom it writes on an occasion under these options.
    #[must_use]
    pub fn told(&self, when: NoticeKind, options: &D::Options) -> &[Whom] {
        let rule = self.notifies.iter().find(|it| it.when == when);
        let rule = rule.filter(|it| it.switched_on.is_none_or(|holds| holds(options)));
        rule.map_or(&[], |it| &it.to)
    }

    /// What its approvals write, but for the occasions about which it says something itself.
    pub(super) fn notify_as_usual(&mut self) {
        if !self.steps.iter().any(|it| matches!(it.kind, StepKind::Approval { .. })) {
            return;
        }
        for (when, to) in OF_APPROVALS {
            if !self.notifies.iter().any(|it| it.when == when) {
                self.notifies.push(Notifies { when, to: to.to_vec(), switched_on: None });
            }
        }
    }

    /// What it writes, in words: by recipient.
    pub(super) fn mail_in_words(&self) -> String {
        let mut parts = Vec::new();
        for whom in Whom::ALL {
            let to = self.notifies.iter().filter(|it| it.to.contains(whom));
            let occasions: Vec<_> = to
                .map(|it| format!("{}{}", it.when, if it.switched_on.is_some() { ", if switched on" } else { "" }))
                .collect();
            if !occasions.is_empty() {
                parts.push(format!("to {whom}: {}", occasions.join("; ")));
            }
        }
        if !self.notifies.iter().any(|it| it.to.contains(&Whom::Holder)) {
            parts.push(format!("to {}: none, deliberately", Whom::Holder));
        }
        parts.join(". ")
    }
}

/// Writes to whom the process says. Nobody is written to twice on one occasion.
pub(super) fn tell<D: Domain>(
    run: &mut Run<'_, '_, D>,
    when: NoticeKind,
    outcome: Option<&str>,
) -> Result<(), Undecided<D>> {
    let situation = run.situation();
    let mut persons: Vec<PersonId> = Vec::new();
    for whom in situation.process.outline().told(when, run.options()) {
        let sent_back = run.instance.approval().is_some_and(|it| it.sent_back);
        match whom {
            Whom::WaitedFor if sent_back => persons.extend(run.instance.requester()),
            // They are told once a day of all that waits.
            Whom::Approvers | Whom::WaitedFor if D::mails_daily(run.options()) => {}
            Whom::Approvers | Whom::WaitedFor => persons.extend(deciders(situation, &run.instance, &run.dossier)?),
            Whom::Requester => persons.extend(run.instance.requester()),
            Whom::Represented => persons.extend(run.instance.on_behalf()),
            Whom::Holder => persons.extend(D::holders(&run.dossier)),
        }
    }
    let mut told: Vec<PersonId> = Vec::new();
    for person in persons {
        if !told.contains(&person) {
            told.push(person);
            let notice = notice(run, when, outcome);
            run.notify(person, notice);
        }
    }
    Ok(())
}

/// Writes to everybody with a role that reaches the subject.
pub(super) fn tell_role<D: Domain>(run: &mut Run<'_, '_, D>, role: &str, when: NoticeKind) -> Result<(), Undecided<D>> {
    let situation = run.situation();
    ask(situation, Inquiry { roles: [role.to_owned()].into(), ..Inquiry::default() })?;
    let has = |it: &&Colleague| it.active && it.roles.iter().any(|it| it.role == role);
    for colleague in situation.people.colleagues.values().filter(has) {
        let notice = notice(run, when, None);
        run.notify(colleague.person, notice);
    }
    Ok(())
}

fn notice<D: Domain>(run: &Run<'_, '_, D>, kind: NoticeKind, outcome: Option<&str>) -> Notice {
    let instance = &run.instance;
    let waits = instance.waits();
    Notice {
        task: waits.map(|(_, task, _)| task),
        requester: instance.requester(),
        by: run.situation().actor.person.filter(|_| is_of_a_decision(kind)),
        outcome: outcome.map(str::to_owned),
        until: waits.map(|(.., until)| until),
        ..Notice::of(kind, instance.process(), instance.id(), instance.subject())
    }
}

/// Whether somebody has decided something that the notice tells of.
fn is_of_a_decision(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::ApprovalDecided | NoticeKind::InformationAsked)
}

/// Who may decide the request for approval that an instance waits for, by themselves: whoever has not yet, and is not barred.
/// While it is sent back or waits for none, nobody.
///
/// # Errors
///
/// [`Undecided::Asks`] for the persons that are not known yet.
pub fn may_decide<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
) -> Result<Vec<PersonId>, Undecided<D>> {
    match instance.approval() {
        Some(approval) if !approval.sent_back => deciders(situation, instance, situation.dossier),
        _ => Ok(Vec::new()),
    }
}

fn deciders<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    dossier: &D::Dossier,
) -> Result<Vec<PersonId>, Undecided<D>> {
    let Some(approval) = instance.approval() else { return Ok(Vec::new()) };
    ask(situation, everybody(&approval.policy))?;
    let party = party(instance, dossier);
    let open = approval.open();
    let stage = Stage { ballots: &open, relaxed: &approval.policy.relaxed, party: &party };
    let may = |it: &&Colleague| stage.open_for(it, None, &approval.votes).is_ok();
    Ok(situation.people.colleagues.values().filter(may).map(|it| it.person).collect())
}

/// Tells a person of all that waits for them: once a day, as a request of the first of it.
pub(super) fn digest<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    to: PersonId,
    waiting: &[Waiting],
) -> Result<Decision<D>, Undecided<D>> {
    let mut run = Run::of(situation, instance.clone());
    if let Some((first, also)) = waiting.split_first() {
        run.notify(to, Notice::digest(first.clone(), also.to_vec()));
    }
    run.finish()
}
