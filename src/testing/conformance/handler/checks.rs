//! The checks, clause by clause.

use futures_util::future::join_all;

use super::super::Clause;
use super::Trial;
use crate::ports::{EffectCall, EffectState};

pub(crate) mod repeatable {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Repeatable",
        says: "`perform` may be called again with the same id after a crash or a lost answer; only the difference is done",
    };

    pub(crate) async fn a_request_that_comes_again_is_answered_again(it: Trial) {
        let call = it.call(1).await;
        let first = it.perform(&call).await;
        for _ in 0..3 {
            assert_eq!(it.perform(&call).await, first);
        }
        if it.can.once {
            assert_eq!(it.done(&call).await, 1);
        }
    }

    pub(crate) async fn a_request_that_comes_again_after_a_crash_is_done_once(it: Trial) {
        let call = it.call(1).await;
        let first = it.perform(&call).await;
        // Whoever goes on asks first, and repeats what the outside does not know.
        let again = EffectCall { attempts: 1, ..call.clone() };
        let answer = match it.handler.status(&again).await.unwrap() {
            EffectState::Done(answer) => answer,
            EffectState::NotDone(seen) => it.perform(&EffectCall { seen, ..again }).await,
            EffectState::Unknown => return,
        };
        assert_eq!(answer, first);
        if it.can.once {
            assert_eq!(it.done(&call).await, 1);
        }
    }

    pub(crate) async fn requests_that_race_are_done_once(it: Trial) {
        let call = it.call(1).await;
        let answers = join_all((0..6).map(|_| it.handler.perform(&call))).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
        if it.can.once {
            assert_eq!(it.done(&call).await, 1);
        }
    }

    pub(crate) async fn each_request_is_done(it: Trial) {
        for number in 1..=4 {
            let call = it.call(number).await;
            it.perform(&call).await;
            assert_eq!(it.done(&call).await, 1, "request {number}");
        }
    }

    pub(crate) async fn its_kind_stays(it: Trial) {
        let kind = it.handler.kind();
        let call = it.call(1).await;
        it.perform(&call).await;
        assert_eq!((it.handler.kind(), call.kind.as_str()), (kind.clone(), kind.as_str()));
    }
}

pub(crate) mod confirmed {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Confirmed",
        says: "`perform` answers only what the outside has confirmed; `status` tells what is done, and does nothing",
    };

    pub(crate) async fn what_was_answered_is_done(it: Trial) {
        let call = it.call(1).await;
        assert_eq!(it.done(&call).await, 0);
        it.perform(&call).await;
        assert_eq!(it.done(&call).await, 1);
    }

    pub(crate) async fn what_was_not_asked_for_is_not_done(it: Trial) {
        let (one, other) = (it.call(1).await, it.call(2).await);
        it.perform(&one).await;
        assert_eq!(it.done(&other).await, 0);
    }

    pub(crate) async fn to_ask_whether_it_is_done_does_nothing(it: Trial) {
        let call = it.call(1).await;
        for _ in 0..2 {
            let state = it.handler.status(&call).await.unwrap();
            assert!(!matches!(state, EffectState::Done(_)), "{state:?}");
            assert_eq!(it.done(&call).await, 0);
        }
    }

    pub(crate) async fn it_tells_what_it_has_done(it: Trial) {
        if it.can.tells {
            let call = it.call(1).await;
            let answer = it.perform(&call).await;
            let again = EffectCall { attempts: 1, ..call };
            assert_eq!(it.handler.status(&again).await.unwrap(), EffectState::Done(answer));
        }
    }

    pub(crate) async fn it_tells_of_each_request_by_itself(it: Trial) {
        let (one, other) = (it.call(1).await, it.call(2).await);
        it.perform(&one).await;
        let state = it.handler.status(&other).await.unwrap();
        assert!(!matches!(state, EffectState::Done(_)), "{state:?}");
    }

    pub(crate) async fn what_does_not_read_is_refused_for_good(it: Trial) {
        let call = it.call(1).await;
        let bodies = [vec![], vec![0xff; 40], call.body[..call.body.len() / 2].to_vec()];
        for body in bodies {
            let error = it.handler.perform(&EffectCall { body, ..call.clone() }).await.unwrap_err();
            assert!(!error.is_retryable() && !error.what.is_empty(), "{error:?}");
        }
        assert_eq!(it.done(&call).await, 0);
    }
}

pub(crate) mod discreet {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause { name: "Discreet", says: "No error and no answer holds a secret" };

    pub(crate) async fn an_error_does_not_show_the_request(it: Trial) {
        let body = b"\x01password=correct-horse-battery-staple".to_vec();
        let call = EffectCall { body, ..it.call(1).await };
        let error = it.handler.perform(&call).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("correct-horse"), "{shown}");
    }
}
