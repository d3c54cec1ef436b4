//! The form in which states are compared.
//!
//! Two states are the same if they can do the same things from here on. So the canonical form forgets what only tells them
//! apart: ids, which person and which instance opened a hold, when something happened, in which order instances began, who
//! began one that only waits for answers. Of times that are still to come it keeps their order, and not how far they are apart;
//! holds of the same cause count as two from the second on. That makes the states finitely many.

use std::collections::BTreeMap;

use super::State;
use super::state::{Pending, Phase, Running};
use crate::cards::{Cards, Request};
use crate::domain::{CERTIFICATE, Certificate, Hold, Object, ObjectState};
use crate::engine::{AskedState, Domain, Status};
use crate::values::{Millis, ObjectRef, PersonId, Timestamp};

/// The first moment at which a certificate is over, if that still makes a difference.
pub(super) fn ends(certificate: &Certificate) -> Option<Timestamp> {
    let ended = CERTIFICATE.is_last(certificate.wanted());
    (!ended).then(|| certificate.validity().until().plus(Millis::new(1)))
}

/// What names are for times.
struct Labels<'a> {
    state: &'a State,
    /// The times still to come, by their order.
    times: BTreeMap<Timestamp, u8>,
}

impl Labels<'_> {
    /// 0 for a time that has passed.
    fn time(&self, at: Timestamp) -> u8 {
        self.times.get(&at).copied().unwrap_or(0)
    }

    fn maybe(&self, at: Option<Timestamp>) -> u8 {
        at.map_or(255, |it| self.time(it))
    }

    fn object(&self, at: ObjectRef) -> u8 {
        let place = self.state.dossier.objects().position(|it| it.at() == at);
        place.map_or(255, small)
    }
}

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn text(into: &mut Vec<u8>, text: &str) {
    into.extend(text.as_bytes());
    into.push(0);
}

fn person(into: &mut Vec<u8>, person: Option<PersonId>) {
    into.extend(person.map_or([0; 16], |it| it.uuid().into_bytes()));
}

impl State {
    /// What is the same of all states that can do the same.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let times = self.times().into_iter().zip(1..=254).collect();
        let labels = Labels { state: self, times };
        let mut runs: Vec<_> = self.running.iter().map(|it| labels.running(it)).collect();
        runs.sort_unstable();
        let mut form = vec![small(self.setting), small(runs.len())];
        for run in runs {
            form.extend(run);
            form.push(254);
        }
        for object in self.dossier.objects() {
            labels.put_object(&mut form, object);
        }
        for (at, state) in &self.truth {
            let marks = u8::from(self.astray.contains(at)) + 2 * u8::from(self.noted.contains(at));
            form.extend([*state as u8, marks]);
        }
        form.extend(self.noted.iter().filter(|it| !self.truth.contains_key(it)).map(|it| labels.object(*it)));
        form
    }
}

impl Labels<'_> {
    fn put_object(&self, form: &mut Vec<u8>, object: &Object) {
        form.push(match object.state() {
            None => 250,
            Some(ObjectState::Person(it)) => it as u8,
            Some(ObjectState::Card(it)) => it as u8,
            Some(ObjectState::Certificate(it)) => it as u8,
            Some(ObjectState::Relation(it)) => it as u8,
        });
        let mut holds: Vec<_> = object.holds().iter().map(|it| self.hold(it)).collect();
        holds.sort_unstable();
        let mut same = 0;
        let mut last = None;
        // Of holds that are alike, two stand for all.
        holds.retain(|it| {
            same = if last == Some(*it) { same + 1 } else { 0 };
            last = Some(*it);
            same < 2
        });
        form.push(small(holds.len()));
        form.extend(holds.into_iter().flatten());
        match object {
            Object::Card(card) => {
                form.push(self.time(card.validity().until().plus(Millis::new(1))));
                for it in card.deadlines() {
                    form.extend([it.rule as u8, u8::from(it.is_open()), self.time(it.by.plus(Millis::new(1)))]);
                }
            }
            Object::Certificate(it) => {
                form.push(it.confirmed().map_or(250, |it| it as u8));
                form.push(it.visible().map_or(250, |it| it.state as u8));
                form.push(it.reason().map_or(250, |it| it as u8));
                form.push(self.maybe(ends(it)));
                let mut exempt: Vec<_> =
                    it.exemptions().iter().map(|it| [self.object(it.card), it.policy as u8]).collect();
                exempt.sort_unstable();
                form.extend(exempt.into_iter().flatten());
            }
            Object::Person(_) | Object::Relation(_) => {}
        }
        form.push(253);
    }

    fn hold(&self, hold: &Hold) -> [u8; 3] {
        let cause = hold.cause();
        [cause.kind as u8, self.object(cause.origin), self.maybe(hold.until())]
    }

    /// An instance, without what refers to others.
    fn running(&self, run: &Running) -> Vec<u8> {
        let it = &run.instance;
        let mut form = vec![small(run.process), self.object(it.subject())];
        // Who began what is done here makes no difference any more.
        if !is_done_here(run) {
            form.push(it.component() as u8);
            person(&mut form, it.requester());
            person(&mut form, it.on_behalf());
            it.editors().iter().for_each(|editor| person(&mut form, Some(*editor)));
        }
        self.put_status(&mut form, run);
        text(&mut form, it.relies_on().unwrap_or_default());
        for (name, value) in it.answers().iter() {
            text(&mut form, name);
            text(&mut form, &value.to_string());
        }
        if let Some(approval) = it.approval() {
            form.extend(approval.covers.as_bytes());
            form.extend([u8::from(approval.sent_back), u8::from(approval.escalated.is_some())]);
            form.push(u8::try_from(approval.stage).unwrap_or(u8::MAX));
            let mut votes: Vec<_> = approval.votes.iter().map(|it| (it.person, it.stage)).collect();
            votes.sort_unstable();
            for (who, stage) in votes {
                person(&mut form, Some(who));
                form.push(u8::try_from(stage).unwrap_or(u8::MAX));
            }
        }
        for shown in &run.shown {
            match shown {
                Some(preview) => form.extend(preview.digest.as_bytes()),
                None => form.push(0),
            }
        }
        self.put_asked(&mut form, run);
        form
    }

    fn put_status(&self, form: &mut Vec<u8>, run: &Running) {
        match run.instance.status() {
            Status::Beginning => form.push(1),
            Status::Waiting { step, until, .. } => {
                form.extend([2, self.time(*until), self.maybe(run.instance.fires())]);
                text(form, step);
            }
            Status::Outside { step, .. } => {
                form.push(3);
                text(form, step);
            }
            Status::Confirming { end, .. } => {
                form.push(4);
                text(form, end);
            }
            // What is over only waits for answers.
            Status::Ended(_) => form.push(5),
        }
    }

    /// What it asked of the outside: answers that later steps read, and what is open.
    fn put_asked(&self, form: &mut Vec<u8>, run: &Running) {
        let open = run.instance.asked().iter().filter(|it| !it.mail && !is_done_here(run));
        for asked in open {
            text(form, &asked.step);
            form.push(match &asked.state {
                AskedState::Open => 0,
                AskedState::Overtaken => 1,
                AskedState::Skipped => 2,
                AskedState::ByHand => 3,
                AskedState::Answered(answer) => 10 + answer.certificate_state().map_or(9, |it| it as u8),
            });
        }
        for pending in &run.asked {
            form.push(match pending.phase {
                Phase::Open => 0,
                Phase::Sent(state) => 10 + state as u8,
                Phase::Parked => 1,
            });
            form.push(u8::from(pending.aside) + 2 * u8::from(incident_stands(run, pending)));
            form.push(self.places_behind(pending));
            match pending.request.as_ref() {
                Request::Authority(it) => form.extend([1, self.object(it.certificate), action(it.action)]),
                Request::Status(it) => form.extend([5, self.object(it.certificate), u8::from(it.correct)]),
                Request::ReadBack(it) => form.extend([2, self.object(it.certificate), it.state as u8]),
                Request::CardState(it) => form.extend([3, self.object(it.card), it.state as u8]),
                Request::Mail(_) | Request::Approval(_) | Request::Withdrawal(_) => form.push(4),
            }
        }
        let open = run.instance.incidents().iter().filter(|it| it.is_open());
        let mut open: Vec<_> = open.map(|it| [252, self.object(it.object), u8::from(it.effect.is_some())]).collect();
        open.sort_unstable();
        open.dedup();
        form.extend(open.into_iter().flatten());
    }

    /// How many requests about the same stand before it.
    fn places_behind(&self, pending: &Pending) -> u8 {
        let target = Cards::target(&pending.request);
        let before = |it: &&Pending| it.order < pending.order && Cards::target(&it.request) == target;
        small(self.state.pending().filter(before).count())
    }
}

fn is_done_here(run: &Running) -> bool {
    matches!(run.instance.status(), Status::Ended(_) | Status::Confirming { .. })
}

fn incident_stands(run: &Running, pending: &Pending) -> bool {
    run.instance.incidents().iter().any(|it| it.is_open() && it.effect == Some(pending.effect))
}

fn action(action: crate::domain::AuthorityAction) -> u8 {
    use crate::domain::AuthorityAction::{Hold, Release, Revoke};
    match action {
        Hold => 0,
        Release => 1,
        Revoke(reason) => 10 + reason as u8,
    }
}
