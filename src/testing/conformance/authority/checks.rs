//! The checks, clause by clause.

use futures_util::future::join_all;

use super::super::Clause;
use super::trial::{Trial, VALID, permanent, shown, state};
use crate::domain::AuthorityAction::{Hold, Release, Revoke};
use crate::domain::CertificateState::{OnHold, Revoked, Valid};
use crate::domain::RevocationReason::{CaCompromise, CertificateHold, KeyCompromise, RemoveFromCrl, Superseded};
use crate::domain::RevocationRefused::{NotOnHold, Permanent};
use crate::ports::AuthorityError::{Invalid, NotFound, Refused, Unsupported};

pub(crate) mod lawful {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Lawful",
        says: "The rules of RFC 5280 hold: hold → release, hold → permanent, permanent → nothing. To revoke for \
               `certificateHold` is to hold, for `removeFromCRL` to release",
    };

    pub(crate) async fn e01_a_good_certificate_is_put_on_hold(it: Trial) {
        for action in [Hold, Revoke(CertificateHold)].into_iter().filter(|_| it.holds()) {
            let certificate = it.certificate().await;
            assert_eq!(state(it.change(&certificate, action, 1).await), (OnHold, Some(CertificateHold)), "{action:?}");
        }
    }

    pub(crate) async fn e02_a_hold_is_released(it: Trial) {
        if it.releases() {
            let certificate = it.after(&[Hold]).await;
            assert_eq!(shown(it.change(&certificate, Release, 10).await), VALID);
            assert_eq!(it.shown(&certificate).await, VALID, "and not in the answer alone");
        }
    }

    pub(crate) async fn e03_a_hold_is_taken_off_the_list(it: Trial) {
        if it.releases() {
            let certificate = it.after(&[Hold]).await;
            assert_eq!(shown(it.change(&certificate, Revoke(RemoveFromCrl), 10).await), VALID);
        }
    }

    pub(crate) async fn e04_a_released_certificate_is_put_on_hold_again(it: Trial) {
        for action in [Hold, Revoke(CertificateHold)].into_iter().filter(|_| it.releases()) {
            let certificate = it.after(&[Hold, Release]).await;
            assert_eq!(state(it.change(&certificate, action, 10).await), (OnHold, Some(CertificateHold)));
        }
    }

    pub(crate) async fn e05_a_released_certificate_is_revoked_for_good(it: Trial) {
        if it.releases() {
            let certificate = it.after(&[Hold, Release]).await;
            let answer = it.change(&certificate, Revoke(CaCompromise), 10).await;
            assert_eq!(state(answer), (Revoked, Some(CaCompromise)));
        }
    }

    pub(crate) async fn e06_a_revocation_is_not_taken_back(it: Trial) {
        let certificate = it.after(&[Revoke(CaCompromise)]).await;
        for action in [Release, Revoke(RemoveFromCrl)].into_iter().filter(|_| it.releases()) {
            let answer = it.change(&certificate, action, 10).await;
            assert!(matches!(answer, Err(Refused(Permanent(CaCompromise)))), "{answer:?}");
        }
        assert_eq!(state(Ok(it.status(&certificate).await)), (Revoked, Some(CaCompromise)));
    }

    pub(crate) async fn e07_a_good_certificate_is_not_released(it: Trial) {
        for action in [Release, Revoke(RemoveFromCrl)].into_iter().filter(|_| it.releases()) {
            let certificate = it.certificate().await;
            let answer = it.change(&certificate, action, 10).await;
            let so_already = !it.can.tells_released && answer.as_ref().is_ok_and(|it| it.state == Valid);
            assert!(so_already || matches!(answer, Err(Refused(NotOnHold))), "{answer:?}");
            assert_eq!(it.shown(&certificate).await, VALID);
        }
    }

    pub(crate) async fn e08_a_hold_becomes_a_revocation_for_any_reason(it: Trial) {
        for reason in permanent().filter(|_| it.holds()) {
            let certificate = it.after(&[Hold]).await;
            assert_eq!(state(it.change(&certificate, Revoke(reason), 10).await), (Revoked, Some(reason)));
        }
    }

    pub(crate) async fn a_good_certificate_is_revoked_for_any_reason(it: Trial) {
        for reason in permanent() {
            let certificate = it.certificate().await;
            assert_eq!(state(it.change(&certificate, Revoke(reason), 1).await), (Revoked, Some(reason)));
        }
    }

    pub(crate) async fn a_revocation_keeps_its_reason(it: Trial) {
        let certificate = it.after(&[Revoke(Superseded)]).await;
        for reason in [KeyCompromise, CaCompromise].into_iter().filter(|_| !it.revises()) {
            let answer = it.change(&certificate, Revoke(reason), 10).await;
            assert!(matches!(answer, Err(Refused(Permanent(Superseded)))), "{answer:?}");
        }
        assert_eq!(state(Ok(it.status(&certificate).await)), (Revoked, Some(Superseded)));
    }

    pub(crate) async fn a_revoked_certificate_is_not_put_on_hold(it: Trial) {
        let certificate = it.after(&[Revoke(Superseded)]).await;
        for action in [Hold, Revoke(CertificateHold)].into_iter().filter(|_| it.holds()) {
            let answer = it.change(&certificate, action, 10).await;
            assert!(matches!(answer, Err(Refused(Permanent(Superseded)))), "{answer:?}");
        }
    }
}

pub(crate) mod idempotent {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Idempotent",
        says: "An order whose state already holds answers with that state and changes nothing, in particular no date",
    };

    pub(crate) async fn a_hold_asked_for_again_is_answered_alike(it: Trial) {
        if it.holds() {
            let certificate = it.certificate().await;
            let order = it.order(&certificate, Hold, 1);
            let first = it.authority.change(&order).await.unwrap();
            assert_eq!(it.authority.change(&order).await.unwrap(), first, "the same order");
            assert_eq!(it.change(&certificate, Hold, 5).await.unwrap(), first, "another order for the same");
            assert_eq!(it.change(&certificate, Revoke(CertificateHold), 6).await.unwrap(), first);
            assert_eq!(it.status(&certificate).await, first);
        }
    }

    pub(crate) async fn a_release_asked_for_again_is_answered_alike(it: Trial) {
        if it.releases() {
            let certificate = it.after(&[Hold]).await;
            let order = it.order(&certificate, Release, 5);
            for _ in 0..3 {
                assert_eq!(shown(it.authority.change(&order).await), VALID);
            }
            assert_eq!(shown(it.change(&certificate, Release, 6).await), VALID);
            assert_eq!(shown(it.change(&certificate, Revoke(RemoveFromCrl), 7).await), VALID);
        }
    }

    pub(crate) async fn a_revocation_asked_for_again_is_answered_alike(it: Trial) {
        let certificate = it.certificate().await;
        let order = it.order(&certificate, Revoke(KeyCompromise), 1);
        let first = it.authority.change(&order).await.unwrap();
        for hours in [1, 5] {
            assert_eq!(it.authority.change(&order).await.unwrap(), first);
            assert_eq!(it.change(&certificate, Revoke(KeyCompromise), hours).await.unwrap(), first);
        }
        assert_eq!(it.status(&certificate).await, first);
    }

    pub(crate) async fn a_late_repetition_undoes_nothing(it: Trial) {
        if it.holds() {
            let certificate = it.after(&[Hold, Revoke(KeyCompromise)]).await;
            let before = it.status(&certificate).await;
            let answer = it.change(&certificate, Hold, 1).await;
            assert!(matches!(answer, Err(Refused(Permanent(KeyCompromise)))), "{answer:?}");
            assert_eq!(it.status(&certificate).await, before);
        }
    }

    pub(crate) async fn orders_that_race_leave_one_answer(it: Trial) {
        let certificate = it.certificate().await;
        let action = if it.holds() { Hold } else { Revoke(Superseded) };
        let orders: Vec<_> = (1..=12).map(|hours| it.order(&certificate, action, hours)).collect();
        let mut answers = join_all(orders.iter().map(|order| it.authority.change(order))).await;
        let last = it.status(&certificate).await;
        let all = answers.drain(..).map(Result::unwrap).collect::<Vec<_>>();
        assert!(all.iter().all(|it| *it == last), "{all:?}, and now {last:?}");
    }
}

pub(crate) mod told {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Told",
        says: "`status` is what holds there, as the last change answered; a refusal changes nothing; an unknown number is \
               `NotFound`",
    };

    pub(crate) async fn a_new_certificate_is_good(it: Trial) {
        assert_eq!(it.shown(&it.certificate().await).await, VALID);
    }

    pub(crate) async fn the_status_is_what_was_answered_last(it: Trial) {
        let steps = [Hold, Release, Hold, Revoke(KeyCompromise)];
        let certificate = it.certificate().await;
        for (hours, action) in (1..).zip(steps).filter(|(_, action)| it.releases() || *action == Revoke(KeyCompromise))
        {
            let answer = it.change(&certificate, action, hours).await.unwrap();
            assert_eq!(answer.state, action.asks_for());
            assert_eq!(it.status(&certificate).await, answer, "{action:?}");
        }
    }

    pub(crate) async fn a_refusal_changes_nothing(it: Trial) {
        let revoked = it.after(&[Revoke(Superseded)]).await;
        let good = it.certificate().await;
        let before = (it.status(&revoked).await, it.status(&good).await);
        for action in [Hold, Release, Revoke(CaCompromise), Revoke(RemoveFromCrl)] {
            let answer = it.change(&revoked, action, 10).await;
            assert!(answer.is_err(), "{action:?}: {answer:?}");
        }
        let answer = it.change(&good, Release, 10).await;
        assert!(answer.is_err() || !it.can.tells_released, "{answer:?}");
        assert_eq!((it.status(&revoked).await, it.status(&good).await), before);
    }

    pub(crate) async fn a_number_that_was_never_issued_is_not_found(it: Trial) {
        let never = "01020304050607080900FFEEDDCCBBAA".parse().unwrap();
        let answer = it.authority.status(&never).await;
        assert!(matches!(&answer, Err(NotFound(it)) if *it == never), "{answer:?}");
    }

    pub(crate) async fn certificates_are_changed_one_by_one(it: Trial) {
        let (one, other) = (it.certificate().await, it.certificate().await);
        it.change(&one, Revoke(Superseded), 1).await.unwrap();
        assert_eq!(it.shown(&other).await, VALID);
        it.change(&other, Revoke(KeyCompromise), 2).await.unwrap();
        assert_eq!(state(Ok(it.status(&one).await)), (Revoked, Some(Superseded)));
    }
}

pub(crate) mod own {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Own",
        says: "`verify` accepts what the authority has signed and nothing else; its numbers are given once; its name and \
               what it can do stay as they are",
    };

    pub(crate) async fn its_certificates_are_its_own(it: Trial) {
        for _ in 0..3 {
            it.authority.verify(&it.certificate().await.der).unwrap();
        }
    }

    pub(crate) async fn numbers_are_given_once(it: Trial) {
        let mut numbers = Vec::new();
        for _ in 0..10 {
            numbers.push(it.certificate().await.serial);
        }
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 10);
    }

    pub(crate) async fn an_altered_certificate_is_not_its_own(it: Trial) {
        let der = it.certificate().await.der;
        // The last byte is of the signature, one in the middle of what is signed; the last is missing.
        let altered = |at: usize| {
            let mut der = der.clone();
            der[at] ^= 1;
            der
        };
        for der in [altered(der.len() - 1), altered(der.len() / 2), der[..der.len() - 1].to_vec()] {
            let answer = it.authority.verify(&der);
            assert!(matches!(answer, Err(Invalid { .. })), "{answer:?}");
        }
    }

    pub(crate) async fn what_does_not_read_is_refused(it: Trial) {
        for der in [vec![], vec![0], vec![0x30, 0x80], vec![0xff; 10_000], b"-----BEGIN CERTIFICATE-----".to_vec()] {
            let answer = it.authority.verify(&der);
            assert!(matches!(answer, Err(Invalid { .. })), "{answer:?}");
        }
    }

    pub(crate) async fn its_name_and_abilities_stay(it: Trial) {
        let (name, abilities) = (it.authority.issuer(), it.authority.capabilities());
        let certificate = it.certificate().await;
        it.change(&certificate, Revoke(Superseded), 1).await.unwrap();
        assert_eq!((it.authority.issuer(), it.authority.capabilities()), (name, abilities));
    }
}

pub(crate) mod able {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Able",
        says: "What `capabilities` deny is `Unsupported`, and nothing is done; what they grant is not",
    };

    pub(crate) async fn what_it_cannot_do_it_says(it: Trial) {
        let certificate = it.certificate().await;
        let hold = it.change(&certificate, Hold, 1).await;
        assert_eq!(it.holds(), hold.is_ok(), "{hold:?}");
        assert_eq!(it.holds(), !matches!(hold, Err(Unsupported { .. })), "{hold:?}");
        if it.holds() {
            let release = it.change(&certificate, Release, 2).await;
            assert_eq!(it.releases(), release.is_ok(), "{release:?}");
            assert_eq!(it.releases(), !matches!(release, Err(Unsupported { .. })), "{release:?}");
        } else {
            assert_eq!(it.shown(&certificate).await, VALID);
        }
    }
}

pub(crate) mod durable {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Durable", says: "`change` answers only what is durable at the authority" };

    pub(crate) async fn what_was_answered_is_so_after_reopening(it: Trial) {
        let mut known = vec![it.certificate().await, it.after(&[Revoke(KeyCompromise)]).await];
        if it.releases() {
            known.extend([it.after(&[Hold]).await, it.after(&[Hold, Release]).await]);
        }
        let mut before = Vec::new();
        for certificate in &known {
            before.push(it.status(certificate).await);
        }
        let Some(it) = it.reopened().await else { return };
        for (certificate, before) in known.iter().zip(before) {
            assert_eq!(it.status(certificate).await, before);
            it.authority.verify(&certificate.der).unwrap();
        }
        let answer = it.change(&known[1], Release, 20).await;
        assert!(answer.is_err(), "{answer:?}");
    }
}
