//! The checks, clause by clause.

use super::super::Clause;
use super::Replaced::{Damaged, Forged, Nothing, Previous};
use super::trial::{Trial, VALID, shown};
use crate::domain::AuthorityAction::{Hold, Release, Revoke};
use crate::domain::CertificateState::{OnHold, Revoked, Valid};
use crate::domain::RevocationReason::{self, CertificateHold, KeyCompromise};
use crate::ports::PublishedError::{Expired, NotFound, NotTrusted, NotYetValid, Unavailable, Unreadable};
use crate::values::Millis;

pub(crate) mod honest {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Honest",
        says: "What cannot be fetched, does not read, or is signed by another than the issuer or its delegate is an error of \
               its kind, never a state",
    };

    pub(crate) async fn what_is_not_there_is_not_available(it: Trial) {
        let serial = it.certificate().await;
        it.publish(it.hour(0)).await;
        it.replace(Nothing).await;
        let answer = it.ask(&serial, it.hour(0)).await;
        assert!(matches!(&answer, Err(error @ Unavailable(_)) if error.is_retryable()), "{answer:?}");
    }

    pub(crate) async fn what_does_not_read_is_an_error(it: Trial) {
        let serial = it.certificate().await;
        it.publish(it.hour(0)).await;
        it.replace(Damaged).await;
        let answer = it.ask(&serial, it.hour(0)).await;
        assert!(matches!(answer, Err(Unreadable { .. } | NotTrusted { .. })), "{answer:?}");
    }

    pub(crate) async fn what_another_signed_is_not_trusted(it: Trial) {
        let serial = it.certificate().await;
        it.publish(it.hour(0)).await;
        it.replace(Forged(it.hour(1))).await;
        let answer = it.ask(&serial, it.hour(1)).await;
        assert!(matches!(answer, Err(NotTrusted { .. })), "{answer:?}");
    }

    pub(crate) async fn what_another_signed_later_is_not_trusted(it: Trial) {
        let serial = it.certificate().await;
        it.changed(&serial, Hold, 0).await;
        it.replace(Forged(it.hour(1))).await;
        let answer = it.ask(&serial, it.hour(1)).await;
        assert!(matches!(answer, Err(NotTrusted { .. })), "{answer:?}");
    }

    pub(crate) async fn what_lies_there_again_is_told_again(it: Trial) {
        let serial = it.certificate().await;
        it.publish(it.hour(0)).await;
        for (hour, trouble) in [(1, Nothing), (3, Damaged), (5, Forged(it.hour(5)))] {
            it.replace(trouble).await;
            it.ask(&serial, it.hour(hour)).await.unwrap_err();
            assert_eq!(shown(&it.published(&serial, hour + 1).await), VALID, "after {trouble:?}");
        }
    }
}

pub(crate) mod current {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Current",
        says: "What is past its end at `now`, or begins later but for a small allowance for clocks, is an error, and no answer",
    };

    pub(crate) async fn it_says_as_of_when_and_until_when(it: Trial) {
        let serial = it.certificate().await;
        for hour in [0, 2] {
            let told = it.published(&serial, hour).await;
            assert_eq!(told.as_of, it.hour(hour));
            assert_eq!(told.until.is_some(), it.can.ends);
            assert!(told.until.is_none_or(|until| until >= it.hour(hour + 5)), "{told:?}");
            assert_eq!(told.earlier_until, None, "nothing else was told");
        }
    }

    pub(crate) async fn what_has_ended_is_no_answer(it: Trial) {
        let serial = it.certificate().await;
        if let Some(until) = it.published(&serial, 0).await.until {
            it.ask(&serial, until.minus(Millis::seconds(1))).await.unwrap();
            // Even a generous allowance is over then.
            let now = until.plus(Millis::hours(1));
            let answer = it.ask(&serial, now).await;
            let expected = |error: &_| matches!(error, Expired { until: its, now: at } if (*its, *at) == (until, now));
            assert!(answer.as_ref().is_err_and(|it| expected(it) && it.is_retryable()), "{answer:?}");
        }
    }

    pub(crate) async fn what_is_to_come_is_no_answer(it: Trial) {
        let serial = it.certificate().await;
        it.publish(it.hour(2)).await;
        let answer = it.ask(&serial, it.hour(1)).await;
        let expected = |error: &_| matches!(error, NotYetValid { from, .. } if *from == it.hour(2));
        assert!(answer.as_ref().is_err_and(|it| expected(it) && it.is_retryable()), "{answer:?}");
        assert_eq!(it.ask(&serial, it.hour(2)).await.unwrap().as_of, it.hour(2), "its time has come");
    }
}

pub(crate) mod forward {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Forward",
        says: "Of no certificate is told what is older than was told before; where something older lies there again, the newer \
               is told until its end",
    };

    pub(crate) async fn what_is_older_is_not_taken(it: Trial) {
        let serial = it.certificate().await;
        it.published(&serial, 0).await;
        let held = it.changed(&serial, Hold, 1).await;
        it.replace(Previous).await;
        for hour in [2, 4] {
            let told = it.ask(&serial, it.hour(hour)).await.unwrap();
            assert_eq!((shown(&told), told.as_of, told.until), (shown(&held), it.hour(1), held.until));
        }
    }

    pub(crate) async fn what_is_newer_is_taken(it: Trial) {
        let serial = it.certificate().await;
        it.published(&serial, 0).await;
        it.changed(&serial, Hold, 1).await;
        it.replace(Previous).await;
        it.ask(&serial, it.hour(2)).await.unwrap();
        let told = it.changed(&serial, Release, 3).await;
        assert_eq!((shown(&told), told.as_of), (VALID, it.hour(3)));
    }
}

pub(crate) mod told {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Told",
        says: "The state is what the newest lists together say, or the answer: valid without reason and date, on hold for \
               `certificateHold`, or revoked, both with reason and date",
    };

    pub(crate) async fn a_good_certificate_is_valid(it: Trial) {
        let serial = it.certificate().await;
        assert_eq!(shown(&it.published(&serial, 0).await), VALID);
    }

    pub(crate) async fn a_hold_is_told(it: Trial) {
        let serial = it.certificate().await;
        let held = (OnHold, Some(CertificateHold), Some(it.hour(0)));
        assert_eq!(shown(&it.changed(&serial, Hold, 0).await), held);
        assert_eq!(shown(&it.published(&serial, 2).await), held, "it is still so");
    }

    pub(crate) async fn a_release_is_told(it: Trial) {
        let serial = it.certificate().await;
        it.changed(&serial, Hold, 0).await;
        assert_eq!(shown(&it.changed(&serial, Release, 1).await), VALID);
        let again = it.changed(&serial, Hold, 2).await;
        assert_eq!(shown(&again), (OnHold, Some(CertificateHold), Some(it.hour(2))));
    }

    pub(crate) async fn a_revocation_is_told_with_its_reason(it: Trial) {
        let mut revoked = Vec::new();
        for reason in RevocationReason::ALL.iter().copied().filter(|it| it.is_permanent()) {
            let serial = it.certificate().await;
            it.change(&serial, Revoke(reason), it.hour(0)).await;
            revoked.push((serial, reason));
        }
        it.publish(it.hour(1)).await;
        for (serial, reason) in revoked {
            let told = it.ask(&serial, it.hour(1)).await.unwrap();
            assert_eq!(shown(&told), (Revoked, Some(reason), Some(it.hour(0))));
        }
    }

    pub(crate) async fn a_hold_that_becomes_a_revocation_is_told_with_its_start(it: Trial) {
        let serial = it.certificate().await;
        it.changed(&serial, Hold, 0).await;
        let told = it.changed(&serial, Revoke(KeyCompromise), 1).await;
        assert_eq!(shown(&told), (Revoked, Some(KeyCompromise), Some(it.hour(0))));
    }

    pub(crate) async fn certificates_are_told_one_by_one(it: Trial) {
        let mut held = Vec::new();
        for n in 0..12 {
            let serial = it.certificate().await;
            if n % 3 == 1 {
                it.change(&serial, Hold, it.hour(0)).await;
            }
            held.push((serial, if n % 3 == 1 { OnHold } else { Valid }));
        }
        it.publish(it.hour(1)).await;
        for (serial, state) in held {
            assert_eq!(it.ask(&serial, it.hour(1)).await.unwrap().state, state, "{serial}");
        }
    }

    pub(crate) async fn what_is_not_published_is_not_told(it: Trial) {
        if it.can.held_back {
            let serial = it.certificate().await;
            it.published(&serial, 0).await;
            it.change(&serial, Hold, it.hour(1)).await;
            assert_eq!(shown(&it.ask(&serial, it.hour(2)).await.unwrap()), VALID, "nobody was told");
        }
    }
}

pub(crate) mod overlapping {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Overlapping",
        says: "`earlier_until` is the last end of what was seen earlier and told another state or reason, as long as it has \
               not come",
    };

    pub(crate) async fn what_was_told_otherwise_is_good_until_its_end(it: Trial) {
        let serial = it.certificate().await;
        let first = it.published(&serial, 0).await;
        assert_eq!(it.changed(&serial, Hold, 1).await.earlier_until, first.until);
        let again = it.ask(&serial, it.hour(2)).await.unwrap();
        assert_eq!((again.state, again.earlier_until), (OnHold, first.until), "until then it stays so");
    }

    pub(crate) async fn of_several_the_last_end_counts(it: Trial) {
        let serial = it.certificate().await;
        let good = it.published(&serial, 0).await;
        let held = it.changed(&serial, Hold, 1).await;
        assert_eq!(it.changed(&serial, Release, 2).await.earlier_until, held.until);
        let released = it.published(&serial, 3).await;
        let revoked = it.changed(&serial, Revoke(KeyCompromise), 4).await;
        let last = [good.until, held.until, released.until].into_iter().max().flatten();
        assert_eq!(revoked.earlier_until, last, "all were told otherwise");
    }

    pub(crate) async fn what_told_the_same_does_not_count(it: Trial) {
        let (serial, other) = (it.certificate().await, it.certificate().await);
        it.changed(&serial, Hold, 0).await;
        it.change(&other, Hold, it.hour(1)).await;
        for hour in [1, 2] {
            assert_eq!(it.published(&serial, hour).await.earlier_until, None, "nobody was told otherwise");
        }
    }

    pub(crate) async fn what_has_ended_does_not_count(it: Trial) {
        let serial = it.certificate().await;
        let Some(end) = it.published(&serial, 0).await.until else { return };
        let before = end.minus(Millis::hours(1));
        it.change(&serial, Hold, before).await;
        it.publish(before).await;
        assert_eq!(it.ask(&serial, before).await.unwrap().earlier_until, Some(end));
        let after = end.plus(Millis::hours(1));
        it.publish(after).await;
        let told = it.ask(&serial, after).await.unwrap();
        assert_eq!((told.state, told.earlier_until), (OnHold, None));
    }
}

pub(crate) mod own {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Own",
        says: "It tells of the certificates of its issuer, whose name stays; a responder that knows which were issued does not \
               find others",
    };

    pub(crate) async fn its_name_stays(it: Trial) {
        let (name, serial) = (it.source.issuer(), it.certificate().await);
        it.published(&serial, 0).await;
        it.changed(&serial, Hold, 1).await;
        assert_eq!(it.source.issuer(), name);
    }

    pub(crate) async fn what_was_never_issued_is_not_found(it: Trial) {
        it.certificate().await;
        it.publish(it.hour(0)).await;
        let serial = "7FEEDDCCBBAA99887766".parse().unwrap();
        let answer = it.ask(&serial, it.hour(0)).await;
        if it.can.knows_issued {
            assert!(
                matches!(&answer, Err(error @ NotFound(of)) if *of == serial && !error.is_retryable()),
                "{answer:?}"
            );
        } else {
            assert_eq!(shown(&answer.unwrap()), VALID, "lists name what is stopped");
        }
    }
}
