use std::collections::BTreeSet;

use super::{Held, Invariant, Settled};
use crate::domain::{CardState, Certificate, CertificateState, Object};
use crate::engine::{Incident, Resolution, Status};
use crate::ports::{Work, WorkSort};
use crate::testing::scene::ours;
use crate::testing::simulate::book::Facts;
use crate::values::Timestamp;

/// The states of cards about whose certificates authorities are asked: those that *Reconcile card* takes.
const COMPARED: &[CardState] =
    &[CardState::Issued, CardState::Active, CardState::Inactive, CardState::Locked, CardState::Expired];

/// Liveness: everything comes to an end, to a person, or to an incident.
pub(super) struct Everything;

impl Invariant for Everything {
    fn name(&self) -> &'static str {
        "settled"
    }

    fn rule(&self) -> &'static str {
        "Once everything is well, every instance ends, waits for a person, or stands with an incident; nothing is held by a \
         host; and every certificate is at its authority as it is wanted, or an incident stands."
    }

    fn settled(&mut self, settled: &Settled, facts: &Facts) -> Held {
        // What failed for good waits for a person, and is not tried until then; nor is what stands behind it.
        let parked = |it: &Work| it.due == Timestamp::NEVER && it.trouble.is_some();
        let all = settled.kept.values().flat_map(|(_, work)| work);
        let blocked: BTreeSet<_> = all.filter(|it| parked(it)).map(|it| it.target.as_str()).collect();
        let stands = |it: &Work| parked(it) || !it.target.is_empty() && blocked.contains(it.target.as_str());
        for instance in facts.instances.values() {
            let id = instance.id();
            let (tasks, work) = settled.kept.get(&id).map_or((0, &[][..]), |(tasks, work)| (tasks.len(), &work[..]));
            let effects = || work.iter().filter(|it| it.sort == WorkSort::Effect);
            if let Some(held) = work.iter().find(|it| it.lease.is_some_and(|it| it.until > settled.now)) {
                return Err(format!("request {} of {id} is held by a host still", held.id));
            }
            let has_incident = instance.incidents().iter().any(Incident::is_open);
            if let Some(open) = effects().find(|it| !stands(it) || parked(it) && !has_incident) {
                let trouble = open.trouble.as_deref().unwrap_or("nothing went wrong with it");
                return Err(format!("request {} of {id} is open, due at {}: {trouble}", open.id, open.due));
            }
            match instance.status() {
                Status::Ended(_) if tasks == 0 => {}
                Status::Waiting { .. } if tasks == 1 => {}
                Status::Outside { .. } | Status::Confirming { .. } if effects().count() > 0 => {}
                status => return Err(format!("{id} is {status} with {tasks} tasks, and nobody goes on with it")),
            }
        }
        let excused: BTreeSet<_> = facts
            .instances
            .values()
            .flat_map(|it| it.incidents())
            .filter(|it| excuses(it))
            .map(|it| it.object)
            .collect();
        let Some(subject) = facts.objects.keys().next() else { return Ok(()) };
        let dossier = facts.dossier(*subject);
        for certificate in facts.objects.values().filter_map(|it| match &**it {
            Object::Certificate(it) => Some(it),
            _ => None,
        }) {
            let known = settled.truth.get(certificate.serial());
            // Nobody asks any more about one whose time is over.
            let asked = *certificate.issuer() == ours() && !certificate.validity().is_over(settled.now);
            let compared = dossier.carriers(certificate.at()).any(|it| COMPARED.contains(&it.state()));
            let (Some(there), true) = (known, asked && compared) else { continue };
            if !excused.contains(&certificate.at())
                && let Some(apart) = apart(certificate, *there)
            {
                return Err(apart);
            }
        }
        Ok(())
    }
}

/// Whether a person knows that something is not as it is wanted: it is open, or was closed without the outside.
fn excuses(incident: &Incident) -> bool {
    match &incident.closed {
        None => true,
        Some(closed) => matches!(closed.how, Some(Resolution::Skip | Resolution::ByHand)),
    }
}

/// How a certificate is not at its authority as it is wanted.
fn apart(certificate: &Certificate, there: CertificateState) -> Option<String> {
    let wanted = match certificate.wanted() {
        CertificateState::Issued => CertificateState::Valid,
        CertificateState::Expired => return None,
        other => other,
    };
    let confirmed = certificate.confirmed();
    if wanted == there && confirmed.is_none_or(|it| it == there) {
        return None;
    }
    let told = confirmed.map_or("nothing", CertificateState::name);
    Some(format!("certificate {} is wanted {wanted}, confirmed {told}, and {there} there", certificate.serial()))
}
