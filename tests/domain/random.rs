//! Random plans over random dossiers: nothing they do adds a breach, and a hold that is released leaves no trace.

use cardflow::domain::{
    Authorities, Breach, Capabilities, Card, CardKind, CardState, CauseKind, Certificate, CertificateState, Change,
    Dossier, Exemption, ExemptionPolicy, KeyUse, Object, ObjectState, PersonState, Refusal, Relation, RelationKind,
    RelationState, RevocationReason, SharedCertificates, Unholdable,
};
use cardflow::values::{Millis, ObjectRef};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::{DEACTIVATE, LOCK, REACTIVATE, Scene, Setup, about, day, days, foreign, hold, on_hold, ours};

/// What a random dossier is made from.
#[derive(Clone, Debug)]
struct Plot {
    /// The cards; the first one is the subject. Each with what holds it, if it is inactive.
    cards: Vec<(CardState, CauseKind)>,
    /// Card, kind, and whether it is ended or inactive beforehand.
    relations: Vec<(Index, RelationKind, RelationState)>,
    certificates: Vec<CertificatePlot>,
}

#[derive(Clone, Debug)]
struct CertificatePlot {
    /// Which of the cards carry it, besides the one it was first issued to.
    carriers: Vec<Index>,
    state: CertificateState,
    key_use: KeyUse,
    foreign: bool,
    over: bool,
}

fn plot(subject: impl Strategy<Value = (CardState, CauseKind)>, over: bool) -> impl Strategy<Value = Plot> {
    use CardState::*;
    let causes = [CauseKind::CardDeactivation, CauseKind::UserDeactivation, CauseKind::Manual, CauseKind::Imported];
    let other =
        (select(vec![Active, Inactive, Locked, Issued, Assigned, Unassigned, Expired]), select(causes.to_vec()));
    let relation = (any::<Index>(), select(RelationKind::ALL), select(RelationState::ALL));
    let certificate = (
        vec(any::<Index>(), 1..3),
        select(CertificateState::ALL),
        select(KeyUse::ALL),
        any::<bool>(),
        any::<bool>().prop_map(move |it| it && over),
    );
    let certificate = certificate.prop_map(|(carriers, state, key_use, foreign, over)| CertificatePlot {
        carriers,
        state,
        key_use,
        foreign,
        over,
    });
    (subject, vec(other, 0..4), vec(relation, 0..5), vec(certificate, 0..4)).prop_map(
        |(subject, others, relations, certificates)| {
            let cards = std::iter::once(subject).chain(others).collect();
            Plot { cards, relations, certificates }
        },
    )
}

fn is_out(state: CardState) -> bool {
    matches!(state, CardState::Inactive | CardState::Locked)
}

impl Plot {
    /// The dossier of the plot: whatever is out of use has a hold or an exemption for each reason, as processes and
    /// imports leave it.
    fn dossier(&self) -> Dossier {
        let mut scene = Scene::default();
        let mut exemptions = Vec::new();
        let person = scene.person(PersonState::Active);
        let mut number = 0;
        let mut held = |kind, card: ObjectRef| {
            number += 1;
            hold(number, kind, if kind == CauseKind::UserDeactivation { person } else { card })
        };
        let mut cards = Vec::new();
        for (state, cause) in &self.cards {
            let inactive = *state == CardState::Inactive;
            cards.push(scene.card(person, *state, |it| {
                let at = it.at();
                if inactive { it.with_hold(held(*cause, at)) } else { it }
            }));
        }
        let plotted = |at: &ObjectRef| self.cards[cards.iter().position(|it| it == at).unwrap()];
        // What hangs on a card out of use is held for the card's reason; a locked one has the lock's.
        let reason = |at: &ObjectRef| match plotted(at) {
            (CardState::Inactive, cause) => Some(cause),
            (CardState::Locked, _) => Some(CauseKind::CardLock),
            _ => None,
        };
        for (card, kind, state) in &self.relations {
            scene.relation(*card.get(&cards), *kind, Some(person), |it| match kind.graph() {
                Some(_) => it.in_state(*state).unwrap(),
                None => it,
            });
        }
        for plot in &self.certificates {
            let mut carriers: Vec<_> = plot.carriers.iter().map(|it| *it.get(&cards)).collect();
            carriers.sort();
            carriers.dedup();
            let out: Vec<_> = carriers.iter().copied().filter(|it| is_out(plotted(it).0)).collect();
            let in_use = matches!(plot.state, CertificateState::Issued | CertificateState::Valid);
            let state = if in_use && !out.is_empty() && !plot.foreign { CertificateState::OnHold } else { plot.state };
            let why = (state == CertificateState::Revoked).then_some(RevocationReason::KeyCompromise);
            let issuer = if plot.foreign { foreign() } else { ours() };
            let validity = days(-365, if plot.over { -1 } else { 365 });
            let at = scene.certificate_from(issuer, plot.key_use, validity, &carriers, |it| {
                if state != CertificateState::OnHold {
                    return it.in_state(state, why);
                }
                let it = on_hold(it, held(CauseKind::Manual, carriers[0]));
                out.iter().fold(it, |it, at| it.with_hold(held(reason(at).unwrap(), *at)))
            });
            if in_use && plot.foreign {
                exemptions.extend(out.into_iter().map(|card| (at, card)));
            }
        }
        for object in &mut scene.objects {
            if let Object::Relation(it) = object
                && let Some(state) = it.state()
                && state != RelationState::Ended
            {
                let cause = reason(&it.from()).or((state == RelationState::Inactive).then_some(CauseKind::Manual));
                if let Some(cause) = cause {
                    let hold = held(cause, it.from());
                    *it = it.clone().in_state(RelationState::Inactive).unwrap().with_hold(hold);
                }
            }
        }
        let mut dossier = scene.dossier(cards[0]);
        for (certificate, card) in exemptions {
            let exemption = Exemption { card, policy: ExemptionPolicy::ForeignIssuer, at: day(-1) };
            dossier.apply(&Change::Exempted { certificate, exemption }).unwrap();
        }
        dossier
    }
}

/// Old data: states and holds that belong to nothing.
fn disorder(dossier: &Dossier, faults: &[(Index, Index)]) -> Dossier {
    let mut objects: Vec<_> = dossier.objects().cloned().collect();
    for (n, (which, how)) in faults.iter().enumerate() {
        let subject = dossier.subject();
        let stray = hold(1000 + n as u128, CauseKind::Manual, subject);
        let object = &mut objects[which.index(dossier.objects().count())];
        *object = match object.clone() {
            Object::Card(it) if it.at() != subject && *it.kind() == CardKind::Employee => Object::Card(
                it.in_state(*how.get(&[CardState::Active, CardState::Inactive, CardState::Locked])).unwrap(),
            ),
            Object::Card(it) => Object::Card(Card::with_hold(it, stray)),
            Object::Certificate(it) if how.index(5) == 4 => Object::Certificate(it.with_hold(stray)),
            Object::Certificate(it) => {
                let reason = [None, Some(RevocationReason::CertificateHold), Some(RevocationReason::Superseded)];
                Object::Certificate(it.in_state(*how.get(CertificateState::ALL), *how.get(&reason)))
            }
            Object::Relation(it) if it.kind().graph().is_none() || how.index(4) == 3 => {
                Object::Relation(Relation::with_hold(it, stray))
            }
            Object::Relation(it) => Object::Relation(it.in_state(*how.get(RelationState::ALL)).unwrap()),
            person => person,
        };
    }
    Dossier::new(dossier.subject(), objects)
}

fn setup() -> impl Strategy<Value = Setup> {
    let options =
        (select(SharedCertificates::ALL), select(Unholdable::ALL), select(RevocationReason::ALL), any::<bool>());
    (options, any::<bool>(), any::<bool>()).prop_map(|((shared, unholdable, lock_reason, several), hold, release)| {
        let mut setup = Setup::with(|it| {
            it.shared_certificates = shared;
            it.unholdable = unholdable;
            it.lock_reason = lock_reason;
            it.multiple_active = several;
        });
        setup.authorities = Authorities::default().with(ours(), Capabilities { hold, release });
        setup
    })
}

fn any_card() -> impl Strategy<Value = (CardState, CauseKind)> {
    (select(vec![CardState::Active, CardState::Inactive, CardState::Issued]), select(CauseKind::ALL))
        .prop_filter("a card is not held for its lock", |(_, cause)| *cause != CauseKind::CardLock)
}

/// A card that is in use, or held for a reason that is not its own deactivation's.
fn card_held_by_others() -> impl Strategy<Value = (CardState, CauseKind)> {
    let others = vec![CauseKind::UserDeactivation, CauseKind::Manual];
    (select(vec![CardState::Active, CardState::Inactive]), select(others))
}

fn added(before: &Dossier, after: &Dossier) -> Vec<Breach> {
    let old = Breach::all(before, day(0));
    let mut new = Breach::all(after, day(0));
    new.retain(|it| !old.contains(it));
    new.extend(Breach::between(before, after));
    new
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_sequence_of_processes_breaks_a_dossier_in_order(
        plot in plot(any_card(), true),
        setup in setup(),
        steps in vec((select(vec![DEACTIVATE, REACTIVATE, LOCK]), any::<Index>()), 1..8),
    ) {
        let mut dossier = plot.dossier();
        prop_assert_eq!(Breach::all(&dossier, day(0)), []);
        let cards: Vec<_> = dossier.cards().map(Card::at).collect();
        for (n, (process, card)) in steps.into_iter().enumerate() {
            let setup = Setup { now: day(0).plus(Millis::new(n as i64)), ..setup.clone() };
            let before = about(&dossier, *card.get(&cards));
            // A refusal leaves everything as it is.
            if let Ok((outcome, after)) = setup.run(process, &before) {
                prop_assert_eq!(added(&before, &after), [], "{}", process);
                // The plan's changes, made one by one, come to the same.
                let mut again = before.clone();
                for change in &outcome.changes {
                    prop_assert_eq!(again.apply(change), Ok(()));
                }
                prop_assert_eq!(&again, &after);
                dossier = after;
            }
        }
    }

    #[test]
    fn taking_away_succeeds_on_old_data_and_adds_no_breach(
        plot in plot(any_card(), true),
        faults in vec((any::<Index>(), any::<Index>()), 0..6),
        setup in setup(),
        process in select(vec![DEACTIVATE, LOCK]),
    ) {
        let before = disorder(&plot.dossier(), &faults);
        match setup.run(process, &before) {
            Ok((_, after)) => prop_assert_eq!(added(&before, &after), []),
            Err(Refusal::CannotBeHeld { .. }) => prop_assert_eq!(setup.options.unholdable, Unholdable::Refuse),
            Err(Refusal::Change(_)) => prop_assert_eq!((process, plot.cards[0].0), (DEACTIVATE, CardState::Issued)),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }

    #[test]
    fn a_hold_that_is_released_leaves_everything_as_it_was(
        plot in plot(card_held_by_others(), false),
        shared in select(SharedCertificates::ALL),
    ) {
        let before = plot.dossier();
        let card = before.subject();
        let setup = Setup::with(|it| {
            it.shared_certificates = shared;
            it.multiple_active = true;
        });
        let (_, held) = setup.run(DEACTIVATE, &before).unwrap();
        let ended = |it: &Certificate| matches!(it.wanted(), CertificateState::Revoked | CertificateState::Expired);
        let after = match setup.run(REACTIVATE, &held) {
            Ok((_, after)) => after,
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::NothingToRestore);
                prop_assert!(before.certificates_of(card).all(ended));
                return Ok(());
            }
        };
        for (was, is) in before.objects().zip(after.objects()) {
            // One that was issued and never written to the card is valid after a hold: its graph has no way back.
            let issued = matches!(was, Object::Certificate(it) if it.wanted() == CertificateState::Issued);
            let was_held = issued && !held.get(was.at()).unwrap().holds().is_empty();
            let state = if was_held { Some(ObjectState::Certificate(CertificateState::Valid)) } else { was.state() };
            prop_assert_eq!((is.state(), is.holds()), (state, was.holds()));
            if !was_held && plot.cards[0].0 == CardState::Active {
                prop_assert_eq!(is, was);
            }
        }
    }
}
