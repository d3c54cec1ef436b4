//! The checks of dates.

use super::super::Clause;
use super::trial::{Answer, Trial, VALID, shown};
use super::{Certified, Switches};
use crate::domain::AuthorityAction::{self, Hold, Release, Revoke};
use crate::domain::CertificateState::Revoked;
use crate::domain::RevocationReason::{KeyCompromise, Superseded};
use crate::ports::AuthorityError::Invalid;
use crate::ports::AuthorityOrder;

const BOTH: Switches = Switches { reason_change: true, back_dating: true, approval: false };

pub(crate) mod dated {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Dated",
        says: "A hold that becomes a revocation keeps the start of the hold as its date. A date that an order names moves it \
               back where back-dating is on, never forward; elsewhere it is `Invalid`, as is one in the future",
    };

    pub(crate) async fn a_hold_has_the_date_of_its_order(it: Trial) {
        let action = if it.holds() { Hold } else { Revoke(Superseded) };
        let certificate = it.certificate().await;
        let since = it.change(&certificate, action, 3).await.unwrap().since;
        assert!(since.is_some());
        if it.can.dates {
            assert_eq!(since, Some(it.hour(3)));
        }
    }

    pub(crate) async fn a_hold_that_becomes_a_revocation_keeps_its_start(it: Trial) {
        let back = Switches { back_dating: true, ..Switches::OFF };
        let it = if it.can.keeps_start { Some(it) } else { it.with(back).await };
        if let Some(it) = it.filter(Trial::holds) {
            let certificate = it.after(&[Hold]).await;
            let held = it.status(&certificate).await;
            let revoked = it.change(&certificate, Revoke(KeyCompromise), 10).await.unwrap();
            assert_eq!(revoked.since, held.since);
            assert_eq!(it.status(&certificate).await, revoked);
        }
    }

    pub(crate) async fn a_revocation_after_a_release_has_its_own_date(it: Trial) {
        if it.releases() && it.can.dates {
            let certificate = it.after(&[Hold, Release]).await;
            let revoked = it.change(&certificate, Revoke(KeyCompromise), 10).await.unwrap();
            assert_eq!(revoked.since, Some(it.hour(10)));
            let certificate = it.after(&[Hold, Release, Hold]).await;
            assert_eq!(it.status(&certificate).await.since, Some(it.hour(3)));
        }
    }

    pub(crate) async fn what_is_good_has_no_date_and_no_reason(it: Trial) {
        assert_eq!(it.shown(&it.certificate().await).await, VALID);
        if it.releases() {
            assert_eq!(it.shown(&it.after(&[Hold, Release]).await).await, VALID);
        }
    }

    /// What an order answers that names a date, so many hours from the first.
    async fn named(it: &Trial, of: &Certified, action: AuthorityAction, date: i64) -> Answer {
        it.authority.change(&AuthorityOrder { since: Some(it.hour(date)), ..it.order(of, action, 10) }).await
    }

    pub(crate) async fn e18_a_date_in_the_future_is_invalid(it: Trial) {
        let certificate = it.certificate().await;
        let answer = named(&it, &certificate, Revoke(Superseded), 24 * 365 * 900).await;
        assert!(matches!(answer, Err(Invalid { .. })), "{answer:?}");
        assert_eq!(it.shown(&certificate).await, VALID);
    }

    pub(crate) async fn e19_an_earlier_date_is_invalid_where_back_dating_is_off(it: Trial) {
        if !it.dates_back() {
            let certificate = it.certificate().await;
            let answer = named(&it, &certificate, Revoke(Superseded), -24).await;
            assert!(matches!(answer, Err(Invalid { .. })), "{answer:?}");
            assert_eq!(it.shown(&certificate).await, VALID);
        }
    }

    pub(crate) async fn e20_an_earlier_date_is_taken(it: Trial) {
        let Some(it) = it.with(Switches { back_dating: true, ..Switches::OFF }).await else { return };
        let date = Some(it.hour(-24));
        for action in [Hold, Revoke(Superseded)].into_iter().filter(|it_is| it.holds() || *it_is != Hold) {
            let certificate = it.certificate().await;
            let answer = named(&it, &certificate, action, -24).await.unwrap();
            assert_eq!((answer.state, answer.since), (action.asks_for(), date));
            assert_eq!(it.status(&certificate).await, answer);
        }
        let certificate = it.certificate().await;
        let answer = named(&it, &certificate, Revoke(Superseded), 24 * 365 * 900).await;
        assert!(matches!(answer, Err(Invalid { .. })), "still none in the future: {answer:?}");
    }

    pub(crate) async fn e21_a_new_reason_may_have_an_earlier_date(it: Trial) {
        let Some(it) = it.with(BOTH).await else { return };
        let certificate = it.certificate().await;
        named(&it, &certificate, Revoke(Superseded), -24).await.unwrap();
        let answer = named(&it, &certificate, Revoke(KeyCompromise), -48).await.unwrap();
        assert_eq!(shown(Ok(answer)), (Revoked, Some(KeyCompromise), Some(it.hour(-48))));
        assert_eq!(it.status(&certificate).await, answer);
    }

    pub(crate) async fn e22_key_compromise_may_be_dated_back(it: Trial) {
        let Some(it) = it.with(BOTH).await else { return };
        let certificate = it.certificate().await;
        named(&it, &certificate, Revoke(KeyCompromise), -24).await.unwrap();
        let answer = named(&it, &certificate, Revoke(KeyCompromise), -48).await.unwrap();
        assert_eq!(shown(Ok(answer)), (Revoked, Some(KeyCompromise), Some(it.hour(-48))));
        assert_eq!(it.status(&certificate).await, answer);
    }

    pub(crate) async fn a_named_date_never_moves_forward(it: Trial) {
        let Some(it) = it.with(BOTH).await else { return };
        let certificate = it.certificate().await;
        named(&it, &certificate, Revoke(KeyCompromise), -24).await.unwrap();
        let answer = named(&it, &certificate, Revoke(KeyCompromise), -12).await.unwrap();
        assert_eq!(answer.since, Some(it.hour(-24)), "it is so already");
        if it.holds() {
            let certificate = it.certificate().await;
            named(&it, &certificate, Hold, -24).await.unwrap();
            let answer = named(&it, &certificate, Revoke(Superseded), -12).await.unwrap();
            assert_eq!(answer.since, Some(it.hour(-24)), "refused since then");
        }
    }
}
