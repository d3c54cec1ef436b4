//! The checks of reasons that change, and of orders that wait.

use super::super::Clause;
use super::Switches;
use super::trial::{Trial, VALID, permanent, shown, state};
use crate::domain::AuthorityAction::{Hold, Release, Revoke};
use crate::domain::CertificateState::Revoked;
use crate::domain::RevocationReason::{
    AaCompromise, AffiliationChanged, CaCompromise, CessationOfOperation, KeyCompromise, PrivilegeWithdrawn,
    Superseded, Unspecified,
};
use crate::domain::{RevocationReason, RevocationRefused};
use crate::ports::AuthorityError::{Pending, Refused};

const CHANGES: Switches = Switches { reason_change: true, ..Switches::OFF };

pub(crate) mod revised {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Revised",
        says: "Where changes of reasons are on, a revocation becomes one for `keyCompromise` unless an authority was \
               compromised, and keeps its date; elsewhere it is refused",
    };

    async fn becomes_key_compromise(it: Trial, from: RevocationReason) {
        let Some(it) = it.with(CHANGES).await else { return };
        let certificate = it.after(&[Revoke(from)]).await;
        let before = it.status(&certificate).await;
        let order = it.order(&certificate, Revoke(KeyCompromise), 10);
        let answer = it.authority.change(&order).await.unwrap();
        assert_eq!(shown(Ok(answer)), (Revoked, Some(KeyCompromise), before.since));
        assert_eq!(it.status(&certificate).await, answer);
        assert_eq!(it.authority.change(&order).await.unwrap(), answer, "the same order again");
    }

    async fn stays(it: Trial, from: RevocationReason) {
        let Some(it) = it.with(CHANGES).await else { return };
        let certificate = it.after(&[Revoke(from)]).await;
        let before = it.status(&certificate).await;
        let answer = it.change(&certificate, Revoke(KeyCompromise), 10).await;
        assert!(matches!(answer, Err(Refused(RevocationRefused::Permanent(reason))) if reason == from), "{answer:?}");
        assert_eq!(it.status(&certificate).await, before);
    }

    pub(crate) async fn e09_a_reason_stays_where_changes_are_off(it: Trial) {
        if !it.revises() {
            let certificate = it.after(&[Revoke(Superseded)]).await;
            let before = it.status(&certificate).await;
            let answer = it.change(&certificate, Revoke(KeyCompromise), 10).await;
            assert!(matches!(answer, Err(Refused(RevocationRefused::Permanent(Superseded)))), "{answer:?}");
            assert_eq!(it.status(&certificate).await, before);
        }
    }

    pub(crate) async fn e10_superseded_becomes_key_compromise(it: Trial) {
        becomes_key_compromise(it, Superseded).await;
    }

    pub(crate) async fn e11_unspecified_becomes_key_compromise(it: Trial) {
        becomes_key_compromise(it, Unspecified).await;
    }

    pub(crate) async fn e12_privilege_withdrawn_becomes_key_compromise(it: Trial) {
        becomes_key_compromise(it, PrivilegeWithdrawn).await;
    }

    pub(crate) async fn e13_cessation_of_operation_becomes_key_compromise(it: Trial) {
        becomes_key_compromise(it, CessationOfOperation).await;
    }

    pub(crate) async fn e14_affiliation_changed_becomes_key_compromise(it: Trial) {
        becomes_key_compromise(it, AffiliationChanged).await;
    }

    pub(crate) async fn e15_ca_compromise_stays(it: Trial) {
        stays(it, CaCompromise).await;
    }

    pub(crate) async fn e16_aa_compromise_stays(it: Trial) {
        stays(it, AaCompromise).await;
    }

    pub(crate) async fn no_reason_becomes_another_one_than_key_compromise(it: Trial) {
        let Some(it) = it.with(CHANGES).await else { return };
        for (from, to) in permanent().flat_map(|from| permanent().map(move |to| (from, to))) {
            if from != to && to != KeyCompromise {
                let certificate = it.after(&[Revoke(from)]).await;
                let answer = it.change(&certificate, Revoke(to), 10).await;
                assert!(matches!(answer, Err(Refused(_))), "{from} to {to}: {answer:?}");
                assert_eq!(state(Ok(it.status(&certificate).await)), (Revoked, Some(from)));
            }
        }
    }

    pub(crate) async fn a_revised_revocation_is_not_taken_back(it: Trial) {
        let Some(it) = it.with(CHANGES).await else { return };
        let certificate = it.after(&[Revoke(Superseded), Revoke(KeyCompromise)]).await;
        for action in [Hold, Release, Revoke(Superseded)]
            .into_iter()
            .filter(|it_is| it.releases() || *it_is == Revoke(Superseded))
        {
            let answer = it.change(&certificate, action, 10).await;
            assert!(matches!(answer, Err(Refused(_))), "{action:?}: {answer:?}");
        }
        assert_eq!(state(Ok(it.status(&certificate).await)), (Revoked, Some(KeyCompromise)));
    }
}

pub(crate) mod pending {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Pending",
        says: "Where somebody must agree first, `change` answers `Pending` and the state stays, until the order was done; then \
               the same order is answered by what holds",
    };

    pub(crate) async fn e23_an_order_waits_until_somebody_agrees(it: Trial) {
        let Some(it) = it.with(Switches { approval: true, ..Switches::OFF }).await else { return };
        let (asked, other) = (it.certificate().await, it.certificate().await);
        let order = it.order(&asked, Revoke(KeyCompromise), 1);
        for time in ["first", "again"] {
            let answer = it.authority.change(&order).await;
            assert!(matches!(&answer, Err(Pending(serial)) if *serial == asked.serial), "{time}: {answer:?}");
            assert!(answer.is_err_and(|it| it.is_retryable()));
            assert_eq!(it.shown(&asked).await, VALID, "{time}");
        }
        it.agree().await;
        assert_eq!(state(it.authority.change(&order).await), (Revoked, Some(KeyCompromise)));
        assert_eq!(state(Ok(it.status(&asked).await)), (Revoked, Some(KeyCompromise)));
        assert_eq!(it.shown(&other).await, VALID);
    }
}
