//! The pure engine over one dossier, one command after another: what scenarios and property tests drive.

mod actors;
mod moves;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::actors::{ada, ann, olga, otto};
pub use self::moves::{
    Move, administrator_sets, answers_outside, approves, asks_for_more, authority_answers, authority_confirms, by,
    cancels, expires, meanwhile, next, postpones, rejects, resubmits, runs, starts, takes_back, waits,
};
use super::scene::{TENANT, day, ours};
use crate::cards::{APPROVER, Cards, CardsOptions, CardsWorld, Request};
use crate::domain::{Answer, Authorities, Capabilities, Certificate, CertificateState, Dossier};
use crate::engine::{
    Actor, Bound, Came, Colleague, Command, Decision, Event, HeldRole, Instance, Judgement, People, Preview, Process,
    Report, Situation, Stamp, Undecided, Verdict, decide, evolve, preview,
};
use crate::values::{Answers, EffectId, Millis, PersonId, Seed, Timestamp};

/// One run of a process of the cards on a dossier: no store, no clock, no chance.
///
/// ```
/// use std::sync::Arc;
///
/// use cardflow::cards::processes::deactivate;
/// use cardflow::testing::scene::an_active_card;
/// use cardflow::testing::stage::{Stage, authority_confirms, next, starts};
/// use cardflow::values::Answers;
///
/// let mut stage = Stage::of(Arc::new(deactivate()?), an_active_card().with_certificates(1).dossier());
/// stage.take(&starts()).unwrap();
/// stage.take(&next(Answers::none())).unwrap();
/// assert_eq!(stage.standing(), "deactivated, waiting for confirmation");
/// stage.take(&authority_confirms()).unwrap();
/// assert_eq!(stage.standing(), "deactivated");
/// # Ok::<(), cardflow::engine::DefinitionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stage {
    process: Arc<dyn Process<Cards>>,
    /// The dossier as it is now.
    pub dossier: Dossier,
    /// The options in force; an instance keeps those it was given.
    pub options: Bound<Cards>,
    /// What the host has plugged in: an authority of ours that can do everything.
    pub world: CardsWorld,
    /// Who acts: an operator.
    pub actor: Actor,
    /// The time.
    pub now: Timestamp,
    /// Who could be asked to approve: [`ann`].
    pub colleagues: Vec<Colleague>,
    /// Why the requester may not ask for it any more.
    pub requester: Option<String>,
    instance: Option<Instance<Cards>>,
    folded: Option<Instance<Cards>>,
    open: BTreeMap<EffectId, Request>,
    commands: u64,
}

impl Stage {
    /// Nothing has happened yet; [`olga`] is about to act, at noon.
    #[must_use]
    pub fn of(process: Arc<dyn Process<Cards>>, dossier: Dossier) -> Self {
        let authorities = Authorities::default().with(ours(), Capabilities::ALL);
        Stage {
            process,
            dossier,
            options: Bound::new(1, CardsOptions::default()),
            world: CardsWorld { authorities, ..CardsWorld::default() },
            actor: olga(),
            now: day(0),
            colleagues: vec![Colleague {
                person: ann().person.unwrap_or(PersonId::from_uuid(uuid::Uuid::nil())),
                active: true,
                roles: vec![HeldRole::everywhere(APPROVER)],
                stands_in_for: BTreeSet::new(),
            }],
            requester: None,
            instance: None,
            folded: None,
            open: BTreeMap::new(),
            commands: 0,
        }
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> &Arc<dyn Process<Cards>> {
        &self.process
    }

    /// The instance, once it has begun.
    #[must_use]
    pub fn instance(&self) -> Option<&Instance<Cards>> {
        self.instance.as_ref()
    }

    /// The instance as its events alone tell it: [`evolve`] from the first to the last. It is the same one.
    #[must_use]
    pub fn folded(&self) -> Option<&Instance<Cards>> {
        self.folded.as_ref()
    }

    /// Where it stands, in words; `not begun` before the first command.
    #[must_use]
    pub fn standing(&self) -> String {
        self.instance.as_ref().map_or_else(|| "not begun".to_owned(), |it| it.status().to_string())
    }

    /// The requests to the outside that are not answered yet.
    #[must_use]
    pub fn open(&self) -> &BTreeMap<EffectId, Request> {
        &self.open
    }

    /// Takes a move. None if it is no command, or there is nothing that it could be about: no request is open.
    ///
    /// # Errors
    ///
    /// [`Undecided`] if the engine refuses; nothing has changed then.
    pub fn take(&mut self, next: &Move) -> Result<Option<Decision<Cards>>, Undecided<Cards>> {
        let command = match next {
            Move::Start => Command::Start { subject: self.dossier.subject(), answers: None },
            Move::Run(answers) => Command::Start { subject: self.dossier.subject(), answers: Some(answers.clone()) },
            Move::Next(answers) => Command::Next(answers.clone()),
            Move::Cancel => Command::Cancel,
            Move::Expire => Command::Fire,
            Move::Judge(verdict, note) => match self.judgement(*verdict, note) {
                Some(judgement) => Command::Judge(judgement),
                None => return Ok(None),
            },
            Move::Resubmit(answers, note) => Command::Resubmit { answers: answers.clone(), note: note.clone() },
            Move::Confirm => Command::Report(self.reports(None, |it| asked_for(it, &self.dossier, self.now))),
            Move::Answer(nth, answer) => Command::Report(self.reports(Some(*nth), |_| answer.clone())),
            Move::Wait(length) => return Ok(self.passes(*length)),
            Move::By(actor) => return Ok(self.acts(actor.clone())),
            Move::Options(options) => return Ok(self.sets(options.as_ref().clone())),
            Move::Meanwhile(process) => return self.lets_run(process),
        };
        if matches!(&command, Command::Report(reports) if reports.is_empty()) {
            return Ok(None);
        }
        self.give(&command).map(Some)
    }

    /// What the engine would decide about a command. Asked twice, it says the same.
    ///
    /// # Errors
    ///
    /// [`Undecided`].
    pub fn decide(&self, command: &Command<Cards>) -> Result<Decision<Cards>, Undecided<Cards>> {
        // A worker reports and lets expire; both carry no right of their own.
        let worker = Actor::worker(self.now);
        let actor = if matches!(command, Command::Report(_) | Command::Fire) { &worker } else { &self.actor };
        let mut people = People { requester: self.requester.clone(), ..People::default() };
        loop {
            match decide(&Situation { people: &people, ..self.situation(actor, &People::default()) }, command) {
                Err(Undecided::Asks(inquiry)) => people.learn(inquiry, self.colleagues.iter().cloned()),
                decided => return decided,
            }
        }
    }

    /// What somebody decides about the request for approval it waits for, as it is; none if it waits for none.
    fn judgement(&self, verdict: Verdict, note: &str) -> Option<Judgement> {
        let (_, task, _) = self.instance.as_ref()?.waits()?;
        let covers = self.instance.as_ref()?.approval()?.covers;
        Some(Judgement { verdict, ..Judgement::approve(task, covers) }.note(note))
    }

    /// What Next with these answers would do.
    ///
    /// # Errors
    ///
    /// [`Undecided`] if the instance waits at no form, or the form does not accept them.
    pub fn preview(&self, answers: &Answers) -> Result<Preview<Cards>, Undecided<Cards>> {
        preview(&self.situation(&self.actor, &People::default()), answers)
    }

    /// Gives a command; what is decided has then happened.
    ///
    /// # Errors
    ///
    /// [`Undecided`]; nothing has changed then.
    pub fn give(&mut self, command: &Command<Cards>) -> Result<Decision<Cards>, Undecided<Cards>> {
        let decision = self.decide(command)?;
        self.commands += 1;
        let worker = Actor::worker(self.now);
        let by_itself = matches!(command, Command::Report(_) | Command::Fire);
        let Actor { person, on_behalf, component, .. } = if by_itself { &worker } else { &self.actor };
        let outline = self.process.outline();
        let stamp = Stamp {
            instance: decision.instance.id(),
            process: outline.name.to_owned(),
            version: outline.version,
            at: self.now,
            person: *person,
            on_behalf: *on_behalf,
            component: *component,
        };
        self.folded = decision.events.iter().fold(self.folded.take(), |it, event| evolve(it, &stamp, event));
        self.open.extend(decision.requests.iter().cloned());
        for event in &decision.events {
            if let Event::Confirmed { effect, .. } = event {
                self.open.remove(effect);
            }
        }
        self.dossier = decision.dossier.clone();
        self.instance = Some(decision.instance.clone());
        Ok(decision)
    }

    fn situation<'a>(&'a self, actor: &'a Actor, people: &'a People) -> Situation<'a, Cards> {
        Situation {
            process: self.process.as_ref(),
            instance: self.instance.as_ref(),
            dossier: &self.dossier,
            options: &self.options,
            world: &self.world,
            tenant: TENANT,
            actor,
            now: self.now,
            seed: Seed::from_number(self.commands),
            limit: None,
            people,
            handling: None,
            taken: None,
        }
    }

    /// Answers to all open requests, or to the n-th, counted round and round.
    fn reports(&self, nth: Option<usize>, answer: impl Fn(&Request) -> Answer) -> Vec<Report<Cards>> {
        let wanted = nth.and_then(|nth| nth.checked_rem(self.open.len()));
        let chosen = self.open.iter().enumerate().filter(|(n, _)| nth.is_none() || wanted == Some(*n));
        let report = |(effect, request): (&EffectId, &Request)| Report {
            effect: *effect,
            request: request.clone(),
            came: Came::Answer(answer(request)),
        };
        chosen.map(|(_, it)| report(it)).collect()
    }

    fn passes<T>(&mut self, length: Millis) -> Option<T> {
        self.now = self.now.plus(length);
        None
    }

    fn acts<T>(&mut self, actor: Actor) -> Option<T> {
        self.actor = actor;
        None
    }

    fn sets<T>(&mut self, options: CardsOptions) -> Option<T> {
        self.options = Bound::new(self.options.version.saturating_add(1), options);
        None
    }

    /// Another process runs on the same subject, with the answers that its forms do not ask for, and is confirmed.
    fn lets_run<T>(&mut self, process: &Arc<dyn Process<Cards>>) -> Result<Option<T>, Undecided<Cards>> {
        let mut other = Stage { instance: None, folded: None, open: BTreeMap::new(), ..self.clone() };
        other.process = Arc::clone(process);
        // Ids of its own: two runs never share a seed.
        other.commands = self.commands.wrapping_mul(1_000).wrapping_add(1_000_000);
        other.take(&Move::Run(Answers::none()))?;
        other.take(&Move::Confirm)?;
        self.dossier = other.dossier;
        self.commands += 1;
        Ok(None)
    }
}

/// The answer of an outside that has done what it was asked for, and nothing else.
fn asked_for(request: &Request, dossier: &Dossier, now: Timestamp) -> Answer {
    match request {
        Request::ReadBack(it) => Answer::Published { state: it.state, since: now, as_of: now },
        Request::Status(it) => {
            let certificate = dossier.certificate(it.certificate);
            let state = certificate.and_then(Certificate::confirmed).unwrap_or(CertificateState::Valid);
            Answer::Authority { state, reason: None, since: None, held_before: false }
        }
        Request::Authority(it) => {
            Answer::Authority { state: it.action.asks_for(), reason: None, since: None, held_before: false }
        }
        Request::Mail(_) | Request::CardState(_) | Request::Approval(_) | Request::Withdrawal(_) => Answer::Told,
    }
}
