//! Random plans over random dossiers: nothing they do adds a breach, and a hold that is released leaves no trace.

use cardflow::domain::{
    Breach, Card, CardState, CauseKind, Certificate, CertificateState, Dossier, Object, ObjectState, Refusal,
    SharedCertificates, Unholdable,
};
use cardflow::testing::strategies::dossiers::{disorder, faults, plot, plot_about};
use cardflow::testing::strategies::options::{options, world};
use cardflow::values::Millis;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::{DEACTIVATE, LOCK, REACTIVATE, Setup, about, day};

fn setup() -> impl Strategy<Value = Setup> {
    (options(), world()).prop_map(|(options, world)| Setup {
        options,
        authorities: world.authorities,
        ..Setup::default()
    })
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
        plot in plot(),
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
        plot in plot(),
        faults in faults(),
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
        plot in plot_about(card_held_by_others(), false),
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
