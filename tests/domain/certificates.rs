//! Which certificates a process touches, and what it does about those it cannot have as it wants.

use cardflow::cards::{Cards, CardsOptions};
use cardflow::domain::{
    AuthorityAction, CardState, CauseKind, CertificateState, Dossier, Exemption, ExemptionPolicy, IssuerName, KeyUse,
    PersonState, Refusal, RelationKind, RevocationReason, SharedCertificates, Unholdable, What,
};
use cardflow::engine::Domain;
use cardflow::values::ObjectRef;

use crate::support::{
    DEACTIVATE, LOCK, REACTIVATE, Scene, Setup, about, causes, day, days, foreign, held_for, hold, on_hold, ours, said,
    state,
};

/// A person with an active card.
fn with_card(scene: &mut Scene) -> (ObjectRef, ObjectRef) {
    let person = scene.person(PersonState::Active);
    (person, scene.card(person, CardState::Active, |it| it))
}

fn exemptions(dossier: &Dossier, at: ObjectRef) -> Vec<(ObjectRef, ExemptionPolicy)> {
    dossier.certificate(at).unwrap().exemptions().iter().map(|it| (it.card, it.policy)).collect()
}

#[test]
fn usable_are_those_not_final_with_issued_and_held_ones_and_the_authority_is_asked_once_each() {
    let mut scene = Scene::default();
    let (_, card) = with_card(&mut scene);
    let valid = scene.certificate(&[card], |it| it);
    let issued = scene.certificate(&[card], |it| it.in_state(CertificateState::Issued, None));
    let held = scene.certificate(&[card], |it| on_hold(it, hold(1, CauseKind::Authority, card)));
    let revoked =
        scene.certificate(&[card], |it| it.in_state(CertificateState::Revoked, Some(RevocationReason::Superseded)));
    let expired = scene.certificate(&[card], |it| it.in_state(CertificateState::Expired, None));
    let dossier = scene.dossier(card);

    let (outcome, after) = Setup::default().run(DEACTIVATE, &dossier).unwrap();
    for (at, to) in
        [(valid, "on hold"), (issued, "on hold"), (held, "on hold"), (revoked, "revoked"), (expired, "expired")]
    {
        assert_eq!(state(&after, at), to);
    }
    let asked: Vec<_> = outcome.requests.iter().map(|it| (it.certificate, it.action)).collect();
    assert_eq!(asked, [(valid, AuthorityAction::Hold), (issued, AuthorityAction::Hold)]);
    let (request, of) = (&outcome.requests[0], dossier.certificate(valid).unwrap());
    assert_eq!((&request.issuer, &request.serial, request.not_after), (of.issuer(), of.serial(), day(365)));
    assert!(said(&outcome, revoked).is_empty() && said(&outcome, expired).is_empty());
}

#[test]
fn one_past_its_end_expires_in_the_same_plan_and_is_listed_as_nothing_to_do() {
    for (process, card_state) in
        [(DEACTIVATE, CardState::Active), (REACTIVATE, CardState::Inactive), (LOCK, CardState::Active)]
    {
        let mut scene = Scene::default();
        let person = scene.person(PersonState::Active);
        let own = CauseKind::CardDeactivation;
        let inactive = card_state == CardState::Inactive;
        let card = scene.card(person, card_state, |it| if inactive { held_for(it, own) } else { it });
        // Its last moment still counts.
        let last = scene.certificate_from(ours(), KeyUse::Signature, days(-365, 0), &[card], |it| it);
        let past = scene
            .certificate_from(ours(), KeyUse::Signature, days(-365, -1), &[card], |it| on_hold(it, hold(1, own, card)));
        let (outcome, after) = Setup::default().run(process, &scene.dossier(card)).unwrap();
        let expired = after.certificate(past).unwrap();
        assert_eq!((expired.wanted(), expired.holds(), expired.reason()), (CertificateState::Expired, &[][..], None));
        assert_eq!(said(&outcome, past), ["has expired: nothing to hold or to restore"], "{process}");
        assert!(outcome.requests.iter().all(|it| it.certificate != past));
        assert_ne!(state(&after, last), "expired", "{process}");
    }
}

#[test]
fn a_shared_certificate_follows_the_option_and_the_preview_names_the_other_active_cards() {
    use SharedCertificates::{Hold, UntilLast};
    let held = |also: &str| format!("becomes on hold (certificateHold){also}");
    let spared = || "is left alone: CardsSharedCertificates=until-last".to_owned();
    let (active, out) = (CardState::Active, vec![CardState::Inactive, CardState::Locked, CardState::Issued]);
    // The states of the other cards that carry it, the option, the words.
    let table = [
        (vec![], Hold, held("")),
        (vec![], UntilLast, held("")),
        (vec![active], Hold, held("; another active card carries it too")),
        (vec![active, CardState::Assigned], Hold, held("; 2 other active cards carry it too")),
        (vec![active], UntilLast, spared()),
        (vec![CardState::Locked, active], UntilLast, spared()),
        (out.clone(), UntilLast, held("")),
        (out, Hold, held("")),
    ];
    for (others, option, words) in table {
        let mut scene = Scene::default();
        let (person, card) = with_card(&mut scene);
        let mut carriers = vec![card];
        carriers.extend(others.iter().map(|it| scene.card(person, *it, |it| it)));
        let certificate = scene.certificate(&carriers, |it| it);
        let setup = Setup::with(|it| it.shared_certificates = option);
        let (outcome, after) = setup.run(DEACTIVATE, &scene.dossier(card)).unwrap();
        assert_eq!(said(&outcome, certificate), [words.as_str()], "{others:?} {option}");
        let (left, exempt) = match words == spared() {
            true => ("valid", vec![(card, ExemptionPolicy::SharedUntilLast)]),
            false => ("on hold", vec![]),
        };
        assert_eq!(
            (state(&after, certificate), exemptions(&after, certificate)),
            (left, exempt),
            "{others:?} {option}"
        );
        for it in &outcome.items {
            if let (true, What::Becomes { also_on, .. }) = (it.object == certificate, &it.what) {
                let active = |it: &&ObjectRef| ["active", "assigned"].contains(&state(&after, **it));
                assert_eq!(*also_on, carriers[1..].iter().filter(active).copied().collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn under_until_last_the_last_card_holds_and_a_card_that_comes_back_has_no_exemption() {
    let mut scene = Scene::default();
    let (person, first) = with_card(&mut scene);
    let second = scene.card(person, CardState::Active, |it| it);
    let certificate = scene.certificate(&[first, second], |it| it);
    let setup = Setup::with(|it| {
        it.shared_certificates = SharedCertificates::UntilLast;
        it.multiple_active = true;
    });

    let (_, one_out) = setup.run(DEACTIVATE, &scene.dossier(first)).unwrap();
    assert_eq!(state(&one_out, certificate), "valid");
    let (_, both_out) = setup.run(DEACTIVATE, &about(&one_out, second)).unwrap();
    assert_eq!(state(&both_out, certificate), "on hold");
    let (_, second_back) = setup.run(REACTIVATE, &both_out).unwrap();
    assert_eq!((state(&second_back, certificate), exemptions(&second_back, certificate).len()), ("valid", 1));
    let (_, both_back) = setup.run(REACTIVATE, &about(&second_back, first)).unwrap();
    assert_eq!((state(&both_back, certificate), exemptions(&both_back, certificate).len()), ("valid", 0));
}

#[test]
fn what_cannot_be_held_follows_the_option() {
    use ExemptionPolicy::{CannotHold, ForeignIssuer};
    let refused = |issuer: &IssuerName, why: &str| {
        format!("certificate 02 of `{issuer}` cannot be put on hold ({why}), and CardsUnholdable is `refuse`")
    };
    // The option; the issuer is foreign; the state it leaves, the exemption, the refusal.
    let table = [
        (Unholdable::Proceed, true, "valid", Some(ForeignIssuer), None),
        (Unholdable::Proceed, false, "valid", Some(CannotHold), None),
        (Unholdable::Revoke, true, "valid", Some(ForeignIssuer), None),
        (Unholdable::Revoke, false, "revoked", None, None),
        (Unholdable::Refuse, true, "", None, Some(refused(&foreign(), "foreign issuer"))),
        (Unholdable::Refuse, false, "", None, Some(refused(&ours(), "authority cannot hold"))),
    ];
    for (option, is_foreign, left, exempt, refusal) in table {
        let mut scene = Scene::default();
        let (_, card) = with_card(&mut scene);
        let issuer = if is_foreign { foreign() } else { ours() };
        let certificate = scene.certificate_from(issuer, KeyUse::Signature, days(-1, 1), &[card], |it| it);
        let mut setup = Setup::able(false, false);
        setup.options = CardsOptions { unholdable: option, lock_reason: RevocationReason::Superseded, ..setup.options };
        let row = format!("{option}, foreign: {is_foreign}");
        match (setup.run(DEACTIVATE, &scene.dossier(card)), refusal) {
            (Err(found), Some(expected)) => {
                let shown = found.to_string();
                let serial = scene.dossier(card).certificate(certificate).unwrap().serial().to_string();
                assert_eq!(shown, expected.replace("02", &serial), "{row}");
            }
            (Ok((outcome, after)), None) => {
                assert_eq!((state(&after, card), state(&after, certificate)), ("inactive", left), "{row}");
                let expected: Vec<_> = exempt.iter().map(|policy| (card, *policy)).collect();
                assert_eq!(exemptions(&after, certificate), expected, "{row}");
                // What nobody decided stands open as an incident (law 13).
                let incidents = Cards::incidents(&outcome.items);
                assert_eq!(incidents.len(), usize::from(exempt.is_some()), "{row}");
                let asked: Vec<_> = outcome.requests.iter().map(|it| it.action).collect();
                let revoke = AuthorityAction::Revoke(RevocationReason::Superseded);
                assert_eq!(asked, if left == "revoked" { vec![revoke] } else { vec![] }, "{row}");
            }
            (found, expected) => panic!("{row}: {found:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn a_held_certificate_that_could_not_be_held_anew_gets_the_hold_all_the_same() {
    for option in Unholdable::ALL {
        let mut scene = Scene::default();
        let (_, card) = with_card(&mut scene);
        let certificate = scene.certificate_from(foreign(), KeyUse::Signature, days(-1, 1), &[card], |it| {
            on_hold(it, hold(1, CauseKind::Imported, card))
        });
        let setup = Setup::with(|it| it.unholdable = *option);
        let (outcome, _) = setup.run(DEACTIVATE, &scene.dossier(card)).unwrap();
        assert_eq!(said(&outcome, certificate), ["is held already; this cause is added"]);
    }
}

#[test]
fn a_release_is_refused_as_a_whole_where_an_authority_cannot_take_its_hold_back() {
    let mut scene = Scene::default();
    let (_, card) = with_card(&mut scene);
    scene.certificate(&[card], |it| it);
    let (_, held) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
    let refused = Setup::able(true, false).run(REACTIVATE, &held).unwrap_err();
    assert!(matches!(&refused, Refusal::CannotBeReleased { issuer, .. } if *issuer == ours().to_string()));
    assert!(refused.to_string().ends_with("is on hold and its authority cannot release it; issue a new one"));
    // An authority that is registered no more is asked no more.
    let gone = Setup { authorities: Default::default(), ..Setup::default() };
    assert!(matches!(gone.run(REACTIVATE, &held), Err(Refusal::CannotBeReleased { .. })));
}

#[test]
fn nothing_need_be_released_where_another_hold_stays() {
    let mut scene = Scene::default();
    let (_, card) = with_card(&mut scene);
    let certificate = scene.certificate(&[card], |it| on_hold(it, hold(1, CauseKind::Manual, card)));
    let (_, held) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
    let (outcome, after) = Setup::able(true, false).run(REACTIVATE, &held).unwrap();
    assert_eq!((state(&after, card), state(&after, certificate)), ("active", "on hold"));
    assert_eq!(said(&outcome, certificate), ["stays held: manual"]);
}

#[test]
fn a_lock_revokes_all_but_shared_encryption_certificates_and_those_of_other_issuers() {
    use ExemptionPolicy::{ForeignIssuer, SharedEncryption};
    // Issuer, use, carried by another card in this state; the words; the exemption.
    let revoked = "becomes revoked (unspecified)";
    let also = "becomes revoked (unspecified); another active card carries it too";
    let spared = "is left alone: shared encryption certificate";
    let table = [
        (ours(), KeyUse::Signature, None, revoked, None),
        (ours(), KeyUse::Encryption, None, revoked, None),
        (ours(), KeyUse::Signature, Some(CardState::Active), also, None),
        (ours(), KeyUse::Authentication, Some(CardState::Active), also, None),
        (ours(), KeyUse::Encryption, Some(CardState::Active), spared, Some(SharedEncryption)),
        (ours(), KeyUse::Encryption, Some(CardState::Inactive), revoked, None),
        (foreign(), KeyUse::Signature, None, "is left alone: foreign issuer", Some(ForeignIssuer)),
        (foreign(), KeyUse::Encryption, Some(CardState::Active), spared, Some(SharedEncryption)),
    ];
    for (issuer, key_use, other, words, exempt) in table {
        let mut scene = Scene::default();
        let (person, card) = with_card(&mut scene);
        let mut carriers = vec![card];
        carriers.extend(other.map(|it| scene.card(person, it, |it| it)));
        let certificate = scene.certificate_from(issuer.clone(), key_use, days(-1, 1), &carriers, |it| it);
        // An authority without holds can revoke.
        let (outcome, after) = Setup::able(false, false).run(LOCK, &scene.dossier(card)).unwrap();
        let row = format!("{issuer} {key_use} {other:?}");
        assert_eq!(said(&outcome, certificate), [words], "{row}");
        let expected: Vec<_> = exempt.iter().map(|policy| (card, *policy)).collect();
        assert_eq!(exemptions(&after, certificate), expected, "{row}");
        assert_eq!(outcome.requests.len(), usize::from(exempt.is_none()), "{row}");
    }
}

#[test]
fn a_lock_gives_a_shared_encryption_certificate_back_to_the_other_card() {
    for (releasable, others, expected) in [
        (true, false, ("valid", vec![], 1)),
        (true, true, ("on hold", vec![CauseKind::Manual], 0)),
        // An authority that cannot release leaves it as it is: there is nobody to ask.
        (false, false, ("on hold", vec![CauseKind::CardDeactivation], 0)),
    ] {
        let mut scene = Scene::default();
        let (person, card) = with_card(&mut scene);
        let other = scene.card(person, CardState::Active, |it| it);
        let change = |it| if others { on_hold(it, hold(1, CauseKind::Manual, other)) } else { it };
        let certificate = scene.certificate_from(ours(), KeyUse::Encryption, days(-1, 1), &[card, other], change);
        let (_, held) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
        assert_eq!(state(&held, certificate), "on hold");
        let (outcome, after) = Setup::able(true, releasable).run(LOCK, &held).unwrap();
        let found = (state(&after, certificate), causes(&after, certificate), outcome.requests.len());
        assert_eq!(found, expected, "{releasable} {others}");
        assert_eq!(exemptions(&after, certificate), [(card, ExemptionPolicy::SharedEncryption)]);
    }
}

#[test]
fn a_lock_revokes_with_the_reason_of_the_administrator_which_is_a_permanent_one() {
    for option in RevocationReason::ALL {
        let reason = if option.is_permanent() { *option } else { RevocationReason::Unspecified };
        let mut scene = Scene::default();
        let (_, card) = with_card(&mut scene);
        let certificate = scene.certificate(&[card], |it| it);
        let (outcome, after) = Setup::with(|it| it.lock_reason = *option).run(LOCK, &scene.dossier(card)).unwrap();
        let found = after.certificate(certificate).unwrap();
        assert_eq!((found.wanted(), found.reason()), (CertificateState::Revoked, Some(reason)));
        assert_eq!(outcome.requests[0].action, AuthorityAction::Revoke(reason));
    }
}

#[test]
fn a_lock_closes_every_hold_of_card_and_certificate_and_keeps_the_relations_out_of_force() {
    let mut scene = Scene::default();
    let (_, card) = with_card(&mut scene);
    let door = scene.relation(card, RelationKind::Door, None, |it| it);
    let certificate = scene.certificate(&[card], |it| it);
    let (_, held) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
    let (_, after) = Setup::default().run(LOCK, &held).unwrap();
    let found = [card, certificate, door].map(|at| (state(&after, at), causes(&after, at)));
    let relation = vec![CauseKind::CardDeactivation, CauseKind::CardLock];
    assert_eq!(found, [("locked", vec![]), ("revoked", vec![]), ("inactive", relation)]);
}

/// Two relations of one card to one certificate: from two imports, say.
#[test]
fn a_certificate_that_a_card_carries_twice_is_asked_for_once() {
    let mut scene = Scene::default();
    let (_, card) = with_card(&mut scene);
    let certificate = scene.certificate(&[card, card], |it| it);
    let (outcome, held) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
    assert_eq!((causes(&held, certificate).len(), outcome.requests.len()), (1, 1));
}

#[test]
fn an_exemption_stands_once_for_each_card() {
    let mut scene = Scene::default();
    let (_, card) = with_card(&mut scene);
    let certificate = scene.certificate_from(foreign(), KeyUse::Signature, days(-1, 1), &[card], |it| it);
    let (_, once) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
    let (_, twice) = Setup { now: day(1), ..Setup::default() }.run(LOCK, &once).unwrap();
    let found = twice.certificate(certificate).unwrap().exemptions();
    assert_eq!(found, [Exemption { card, policy: ExemptionPolicy::ForeignIssuer, at: day(1) }]);
}
