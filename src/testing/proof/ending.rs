use std::collections::BTreeMap;

use super::course::Course;
use super::known::Declared;
use super::office::TENANT;
use super::play::{Play, in_full};
use super::story::Fault;
use super::view::{View, hangs_on};
use crate::cards::Cards;
use crate::domain::{
    CARD_KIND, CERTIFICATE, CardState, CauseKind, CertificateState, Change, Object, ObjectState, RelationState,
};
use crate::engine::evidence::Finding;
use crate::engine::{Entry, Event, Instance, Status};
use crate::ports::{SignatureVerifier, Storage};
use crate::values::{EffectId, HomeId, InstanceId, ObjectRef, SignatureAlgorithm};

/// There are no checkpoints on an office, so nothing is signed.
#[derive(Debug)]
struct NothingIsSigned;

impl SignatureVerifier for NothingIsSigned {
    fn verifies(&self, _: SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        false
    }
}

impl Play<'_> {
    /// What must hold wherever a play has come to rest, whatever has happened on the way.
    pub(super) async fn ending(&mut self, courses: &[&Course]) -> Result<View, Fault> {
        let after = View::of(&self.office).await;
        let broken = after.breaches_since(&self.before, self.office.now());
        if !broken.is_empty() {
            return Err(Fault::list("the invariants of the domain hold", broken));
        }
        self.instances_rest(courses, &after).await?;
        self.authorities_agree(&after).await?;
        if self.office.outside.repeated_blindly() > 0 {
            let expected = "a request whose outcome is not known is asked about before it is repeated (law 5)";
            return Err(Fault::of(expected, "one came again, and nobody had asked"));
        }
        let report = self.office.host.verify(&Play::auditor(), &[], &[], &NothingIsSigned).await;
        let report = report.map_err(|it| Fault::of("the store can be verified", in_full(&it)))?;
        let faults: Vec<_> = report.faults().map(Finding::to_string).collect();
        if !faults.is_empty() {
            return Err(Fault::list("every chain verifies, and what is stored is what the history tells", faults));
        }
        Ok(after)
    }

    /// What must hold besides after a run of the process under proof that nobody else had a part in.
    pub(super) async fn ending_alone(&mut self, course: &Course) -> Result<View, Fault> {
        let after = self.ending(&[course]).await?;
        if let Some(id) = course.id() {
            let events = self.events(course.subject.home(), id).await;
            self.left_as_declared(course, &events, &after)?;
            self.closed_only_its_own(course, &events, &after)?;
            holds_all_it_took_away(course, id, &after)?;
        }
        Ok(after)
    }

    /// Every instance is over, or waits at the form or approval where its course was left; what is over has left nothing.
    async fn instances_rest(&mut self, courses: &[&Course], after: &View) -> Result<(), Fault> {
        for id in self.instances().await {
            let records = self.office.store.instance(TENANT, id).await;
            let records = records.ok().flatten().ok_or_else(|| Fault::of("an instance stays", "it is gone"))?;
            let read = Instance::<Cards>::of(&records.instance);
            let instance = read.map_err(|it| Fault::of("an instance reads", it.to_string()))?;
            let name = instance.process().to_owned();
            let (tasks, work) = (records.tasks.len(), records.work.len());
            match instance.status() {
                Status::Ended(outcome) if tasks + work > 0 => {
                    let left = format!("{name} is {outcome}, with {tasks} tasks and {work} timers or requests left");
                    return Err(Fault::of("an instance that is over has left no task, timer or request", left));
                }
                Status::Ended(_) => {}
                Status::Waiting { .. } if (tasks, work) == (1, 1) => {}
                other => {
                    let stands = format!("{name}: {other}, with {tasks} tasks and {work} timers or requests");
                    return Err(Fault::of(
                        "every instance is over, or waits for a person with one task and one timer",
                        stands,
                    ));
                }
            }
            let events = self.events(instance.subject().home(), id).await;
            answered_once(&events)?;
            incidents_stand(&instance, &events, &self.before, after)?;
            let Some(course) = courses.iter().find(|it| it.id() == Some(id)) else { continue };
            if matches!(instance.status(), Status::Waiting { .. }) != course.waits_at().is_some() {
                let stands = format!("{name} is {}, and it was answered: {}", instance.status(), course.in_words());
                return Err(Fault::of("an instance stands as was answered", stands));
            }
            if course.known.name() == self.proof.under.name() {
                let options = &self.case.setting.options;
                self.coverage.follow(course.known.outline(), options, &course.answered, &events);
            }
        }
        Ok(())
    }

    /// What an instance has recorded, in order.
    pub(super) async fn events(&self, home: HomeId, id: InstanceId) -> Vec<Event<Cards>> {
        let records = self.office.store.history(TENANT, home, None, usize::MAX).await.unwrap_or_default();
        let entries = records.iter().rev().filter_map(|it| Entry::<Cards>::read(it).ok());
        entries.filter(|it| it.run.as_ref().is_some_and(|it| it.instance == id)).flat_map(|it| it.events).collect()
    }

    /// Each certificate is at its authority as it is wanted here, unless an incident stands about it.
    async fn authorities_agree(&self, after: &View) -> Result<(), Fault> {
        let mut excused = Vec::new();
        for id in self.instances().await {
            if let Ok(Some(records)) = self.office.store.instance(TENANT, id).await
                && let Ok(it) = Instance::<Cards>::of(&records.instance)
            {
                excused.extend(it.incidents().iter().filter(|it| it.is_open()).map(|it| it.object));
            }
        }
        let mut apart = Vec::new();
        for certificate in after.dossier.certificates() {
            let Some(there) = self.office.outside.truth(certificate) else { continue };
            let wanted = match certificate.wanted() {
                CertificateState::Issued => CertificateState::Valid,
                CertificateState::Expired => continue,
                other => other,
            };
            let told = certificate.confirmed().is_none_or(|it| it == there);
            if (wanted != there || !told || certificate.is_unconfirmed() && self.touched(certificate.at()))
                && !excused.contains(&certificate.at())
            {
                let confirmed = certificate.confirmed().map_or("nothing", CertificateState::name);
                let name = after.name(certificate.at());
                apart.push(format!("{name} is wanted {wanted}, confirmed {confirmed}, and {there} at its authority"));
            }
        }
        let expected = "a certificate is at its authority as it is wanted and confirmed here, or an incident stands";
        if apart.is_empty() { Ok(()) } else { Err(Fault::list(expected, apart)) }
    }

    /// Whether the wanted state of a certificate is another than before.
    fn touched(&self, certificate: ObjectRef) -> bool {
        let before = self.before.dossier.certificate(certificate);
        let is_now = |it: &crate::domain::Certificate| it.is_unconfirmed();
        !before.is_some_and(is_now)
    }

    /// Each change has left its subject and the certificates as it declares.
    fn left_as_declared(&self, course: &Course, events: &[Event<Cards>], after: &View) -> Result<(), Fault> {
        let mut last = None;
        for event in events {
            let Event::Changed { step, leaves, .. } = event else { continue };
            let Some(declared) = course.known.declared.get(step.as_str()) else { continue };
            last = Some((step, declared));
            let held = after.dossier.get(course.subject).is_some_and(|it| !it.holds().is_empty());
            let stays = declared.state == ObjectState::Card(CardState::Active) && held;
            if leaves != declared.state.name() && !stays {
                let expected = format!("change `{step}` leaves what it declares: {}", declared.state);
                return Err(Fault::of(expected, format!("{} is {leaves}", after.name(course.subject))));
            }
        }
        match last {
            Some((step, declared)) => certificates_as_declared(course, step, declared, after),
            None => Ok(()),
        }
    }

    /// A process closes the holds that are its own, and no others (law 7).
    fn closed_only_its_own(&self, course: &Course, events: &[Event<Cards>], after: &View) -> Result<(), Fault> {
        let causes: Vec<_> = course.known.declared.values().map(|it| it.cause).collect();
        let is_final = |at: ObjectRef| after.dossier.get(at).is_some_and(Object::is_final);
        for event in events {
            let Event::Changed { step, changes, .. } = event else { continue };
            for change in changes {
                let Change::HoldClosed { object, cause, .. } = change else { continue };
                let imported = cause.kind == CauseKind::Imported && causes.contains(&CauseKind::CardDeactivation);
                let own = cause.origin == course.subject && (causes.contains(&cause.kind) || imported);
                let for_the_card = matches!(
                    cause.kind,
                    CauseKind::CardDeactivation | CauseKind::TemporaryReplacement | CauseKind::NotYetActivated
                );
                let card = after.dossier.card(cause.origin);
                let in_use = card.is_some_and(|it| it.state() == CardState::Active);
                let goes_along = hangs_on(&after.dossier, *object, cause.origin) && in_use && for_the_card;
                if !(own || is_final(*object) || is_final(cause.origin) || goes_along) {
                    let what = format!("change `{step}` closes the hold `{}` of {}", cause.kind, after.name(*object));
                    return Err(Fault::of("a process closes its own holds and no others", what));
                }
            }
        }
        Ok(())
    }
}

fn certificates_as_declared(course: &Course, step: &str, declared: &Declared, after: &View) -> Result<(), Fault> {
    let Some(state) = declared.certificates else { return Ok(()) };
    // A card that others still hold takes its certificates along.
    let subject_left = after.dossier.get(course.subject).and_then(Object::state) == Some(declared.state);
    if course.subject.kind() != CARD_KIND || !subject_left {
        return Ok(());
    }
    for certificate in after.dossier.certificates_of(course.subject) {
        let exempt = certificate.exemptions().iter().any(|it| it.card == course.subject);
        let ended = CERTIFICATE.is_last(certificate.wanted());
        let held = state == CertificateState::Valid && !certificate.holds().is_empty();
        let issued = state == CertificateState::Valid && certificate.wanted() == CertificateState::Issued;
        // One that another card still carries may be given back to it.
        let shared = after.dossier.carriers(certificate.at()).count() > 1;
        if certificate.wanted() != state && !(exempt || ended || held || issued || shared) {
            let expected = format!("change `{step}` leaves what it declares: certificates {state}");
            return Err(Fault::of(expected, format!("{} is {}", after.name(certificate.at()), certificate.wanted())));
        }
    }
    Ok(())
}

/// What is out of use with its card is held by this run as well, also where others held it before (law 7): else it comes
/// back with theirs.
fn holds_all_it_took_away(course: &Course, id: InstanceId, after: &View) -> Result<(), Fault> {
    let ours = |it: &Object| it.holds().iter().any(|it| it.cause().instance == Some(id));
    let card = course.subject;
    if !course.is_done() || !after.dossier.get(card).is_some_and(ours) {
        return Ok(());
    }
    let held = |it: &&Object| {
        matches!(
            it.state(),
            Some(ObjectState::Relation(RelationState::Inactive) | ObjectState::Certificate(CertificateState::OnHold))
        )
    };
    let exempt = |it: &Object| match it {
        Object::Certificate(it) => it.exemptions().iter().any(|it| it.card == card),
        _ => false,
    };
    let of_card = after.dossier.objects().filter(|it| hangs_on(&after.dossier, it.at(), card));
    let missed: Vec<_> = of_card.filter(held).filter(|it| !ours(it) && !exempt(it)).map(|it| it.at()).collect();
    if missed.is_empty() {
        return Ok(());
    }
    let expected = "what is out of use with its card is held by the same run, whoever else holds it (law 7)";
    Err(Fault::list(expected, missed.iter().map(|it| format!("{} is not", after.name(*it))).collect()))
}

/// Each request is answered once, however often it was asked.
fn answered_once(events: &[Event<Cards>]) -> Result<(), Fault> {
    let mut times: BTreeMap<EffectId, (usize, usize)> = BTreeMap::new();
    for event in events {
        match event {
            Event::Requested { effect, .. } => times.entry(*effect).or_default().0 += 1,
            Event::Confirmed { effect, .. } => times.entry(*effect).or_default().1 += 1,
            _ => {}
        }
    }
    match times.values().find(|(asked, answered)| *asked != 1 || *answered > 1) {
        Some((asked, answered)) => {
            let what = format!("a request stands {asked} times in the history, its answer {answered} times");
            Err(Fault::of("a request is made once and its answer recorded once", what))
        }
        None => Ok(()),
    }
}

/// What could not be followed up stands as an incident (law 13).
fn incidents_stand(
    instance: &Instance<Cards>,
    events: &[Event<Cards>],
    before: &View,
    after: &View,
) -> Result<(), Fault> {
    for event in events {
        let Event::Changed { changes, .. } = event else { continue };
        for change in changes {
            let Change::Exempted { certificate, exemption } = change else { continue };
            let stands = instance.incidents().iter().any(|it| it.is_open() && it.object == *certificate);
            if exemption.policy.is_incident() && !stands {
                let name = if after.dossier.get(*certificate).is_some() { after } else { before }.name(*certificate);
                let expected = "an incident stands about each certificate that could not be followed up";
                return Err(Fault::of(expected, format!("nothing stands about {name}: {}", exemption.policy)));
            }
        }
    }
    Ok(())
}
