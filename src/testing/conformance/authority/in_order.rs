//! The checks of the clause about orders that come late.

use futures_util::future::join_all;

use super::super::Clause;
use super::trial::{Trial, permanent, state};
use crate::domain::AuthorityAction::{self, Hold, Release, Revoke};
use crate::domain::CertificateState::{self, Revoked};
use crate::domain::RevocationReason::{CaCompromise, KeyCompromise, Superseded};
use crate::ports::AuthorityError::Overtaken;
use crate::ports::AuthorityOrder;

pub(crate) const CLAUSE: Clause = Clause {
    name: "In order",
    says: "The revision rises with each change and with nothing else. An order that expects another one is `Overtaken`, \
           and nothing is done; what is so already is answered, and a revocation for good is done whatever it expects",
};

pub(crate) async fn who_counts_tells_the_revision(it: Trial) {
    let certificate = it.certificate().await;
    assert_eq!(it.status(&certificate).await.revision.is_some(), it.counts());
    let answer = it.change(&certificate, Revoke(Superseded), 1).await.unwrap();
    assert_eq!(answer.revision.is_some(), it.counts());
}

pub(crate) async fn a_revision_rises_with_each_change(it: Trial) {
    if it.counts() {
        let certificate = it.certificate().await;
        let able = |it: &Trial| if it.releases() { vec![Hold, Release, Hold, Release, Hold] } else { Vec::new() };
        let mut last = it.status(&certificate).await.revision;
        for (hour, action) in (1..).zip(able(&it).into_iter().chain([Revoke(KeyCompromise)])) {
            let answer = it.change(&certificate, action, hour).await.unwrap();
            assert!(answer.revision > last, "{action:?}: {answer:?} after {last:?}");
            assert_eq!(it.status(&certificate).await, answer);
            last = answer.revision;
        }
    }
}

pub(crate) async fn what_changes_nothing_leaves_the_revision(it: Trial) {
    if it.counts() {
        let certificate = it.after(&[Revoke(Superseded)]).await;
        let before = it.status(&certificate).await;
        assert_eq!(it.change(&certificate, Revoke(Superseded), 2).await.unwrap(), before, "it is so already");
        assert!(it.change(&certificate, Revoke(CaCompromise), 3).await.is_err());
        it.change(&it.certificate().await, Revoke(Superseded), 4).await.unwrap();
        assert_eq!(it.status(&certificate).await, before, "a refusal, and another certificate");
    }
}

pub(crate) async fn an_order_decided_on_what_holds_is_done(it: Trial) {
    if it.counts() && it.releases() {
        let certificate = it.certificate().await;
        for (hour, action) in (1..).zip([Hold, Release, Hold, Revoke(KeyCompromise)]) {
            let seen = it.status(&certificate).await.revision;
            let answer = it.change_if(&certificate, seen, action, hour).await.unwrap();
            assert_eq!(answer.state, action.asks_for());
        }
    }
}

/// A late release, and a late hold: each was decided before two others, after which all looks as before.
pub(crate) async fn an_order_decided_before_another_is_overtaken(it: Trial) {
    if it.counts() && it.releases() {
        let cases: [(&[AuthorityAction], [AuthorityAction; 2], AuthorityAction); 2] =
            [(&[Hold], [Release, Hold], Release), (&[], [Hold, Release], Hold)];
        for (first, others, late) in cases {
            let certificate = it.after(first).await;
            let seen = it.status(&certificate).await.revision;
            for (hour, action) in (5..).zip(others) {
                it.change(&certificate, action, hour).await.unwrap();
            }
            let before = it.status(&certificate).await;
            let answer = it.change_if(&certificate, seen, late, 5).await;
            assert!(
                matches!(&answer, Err(Overtaken { serial, revision })
                    if *serial == certificate.serial && Some(*revision) == before.revision),
                "{answer:?}"
            );
            assert!(answer.unwrap_err().is_retryable(), "decided again, it may be done");
            assert_eq!(it.status(&certificate).await, before);
        }
    }
}

pub(crate) async fn what_is_so_already_is_answered_whatever_was_expected(it: Trial) {
    if it.counts() && it.holds() {
        let certificate = it.certificate().await;
        let seen = it.status(&certificate).await.revision;
        let first = it.change_if(&certificate, seen, Hold, 1).await.unwrap();
        assert_eq!(it.change_if(&certificate, seen, Hold, 1).await.unwrap(), first, "it came twice");
    }
}

pub(crate) async fn a_revocation_for_good_is_never_overtaken(it: Trial) {
    if it.counts() && it.holds() {
        for reason in permanent() {
            let certificate = it.certificate().await;
            let seen = it.status(&certificate).await.revision;
            it.change(&certificate, Hold, 1).await.unwrap();
            let answer = it.change_if(&certificate, seen, Revoke(reason), 2).await;
            assert_eq!(state(answer), (Revoked, Some(reason)));
        }
    }
}

/// All were decided on the same: of those that contradict each other, the first alone is done.
pub(crate) async fn of_orders_that_race_none_undoes_another(it: Trial) {
    if it.counts() && it.releases() {
        let certificate = it.after(&[Hold]).await;
        let seen = it.status(&certificate).await.revision;
        let (release, hold) = (it.order(&certificate, Release, 5), it.order(&certificate, Hold, 6));
        let orders = [&release, &hold, &release, &hold].map(|it| AuthorityOrder { expects: seen, ..it.clone() });
        let answers = join_all(orders.iter().map(|order| it.authority.change(order))).await;
        let last = it.status(&certificate).await;
        let states: Vec<_> = answers.iter().flatten().map(|it| it.state).collect();
        assert_eq!(last.state, CertificateState::Valid, "one release is done, and no hold after it: {answers:?}");
        assert!(states.contains(&CertificateState::Valid), "{answers:?}");
    }
}
