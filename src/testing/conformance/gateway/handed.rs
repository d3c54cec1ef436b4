//! What lies outside.

use super::super::Clause;
use super::office::{AT_ONCE, MANY, ONE, OTHER, TENANT};
use super::trial::{Trial, shown};
use crate::engine::{ApprovalRequest, Judgement, Outcome};
use crate::ports::ApprovalGateway;
use crate::testing::fakes::Fate;
use crate::values::{Answers, Millis, TaskId};

pub(crate) mod handed_over {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Handed over",
        says: "`submit` answers once the outside has the request for good; else nobody sees it until it expires",
    };

    pub(crate) async fn a_request_lies_there_once_it_is_handed_over(it: Trial) {
        assert!(it.in_step().await.is_empty());
        let asked = it.office.ask(ONE, 0).await;
        assert_eq!(it.in_step().await, [shown(&asked).task]);
    }

    pub(crate) async fn a_request_that_was_lost_on_the_way_is_handed_over_later(it: Trial) {
        it.next("submit", Fate::Lost);
        let asked = it.office.ask(ONE, 0).await;
        it.office.settle().await;
        it.later().await;
        assert_eq!(it.in_step().await, [shown(&asked).task]);
    }

    pub(crate) async fn what_was_answered_lies_there(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let mut expected = it.lies().await;
        if let Some(gateway) = &it.gateway {
            let task = TaskId::from_uuid(asked.id().uuid());
            let next = ApprovalRequest { task, ..expected[0].clone() };
            gateway.submit(&next).await.unwrap();
            expected.push(next);
            expected.sort_by_key(|it| it.task);
        }
        assert_eq!(it.lies().await, expected);
    }

    pub(crate) async fn each_request_lies_there(it: Trial) {
        for card in 0..3 {
            it.office.ask(ONE, card).await;
        }
        assert_eq!(it.in_step().await.len(), 3);
    }
}

pub(crate) mod whole {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Whole",
        says: "The outside gets the request as it is: its task, what it covers, who may decide, until when",
    };

    pub(crate) async fn the_request_is_as_it_was_asked(it: Trial) {
        it.office.ask(ONE, 0).await;
        it.in_step().await;
        let request = it.lies().await.pop().expect("it lies there");
        assert_eq!((request.requester, request.roles.len()), (Some(it.office.person("olga")), 1));
        assert!(!request.plan.is_empty() && request.plan.iter().all(|it| !it.what.is_empty()), "{request:?}");
    }

    pub(crate) async fn each_stage_is_for_those_who_decide_it(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        let first = it.lies().await.pop().expect("it lies there");
        for name in ["ann", "arno"] {
            it.here(name, &asked, Judgement::approve(shown(&asked).task, shown(&asked).covers)).await;
        }
        it.in_step().await;
        let second = it.lies().await.pop().expect("the next stage lies there");
        assert!(second.task != first.task && second.roles != first.roles, "{first:?}, then {second:?}");
        assert_eq!((second.instance, second.covers), (first.instance, first.covers));
    }
}

pub(crate) mod once {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Once",
        says: "`submit` may come again for the same task, after a crash or a lost answer, and the request lies there once",
    };

    pub(crate) async fn a_request_that_comes_again_lies_there_once(it: Trial) {
        it.office.ask(ONE, 0).await;
        it.in_step().await;
        let request = it.lies().await.pop().expect("it lies there");
        if let Some(gateway) = &it.gateway {
            for _ in 0..3 {
                gateway.submit(&request).await.unwrap();
            }
        }
        assert_eq!(it.lies().await, [request]);
    }

    pub(crate) async fn a_request_whose_answer_was_lost_lies_there_once(it: Trial) {
        it.next("submit", Fate::AnswerLost);
        let asked = it.office.ask(ONE, 0).await;
        it.office.settle().await;
        it.later().await;
        assert_eq!(it.in_step().await, [shown(&asked).task]);
    }
}

pub(crate) mod withdrawn {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Withdrawn",
        says: "After `withdraw` the request lies there no more; a task that was decided there, or is not known, is no error",
    };

    pub(crate) async fn what_was_decided_here_lies_there_no_more(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.here("ann", &asked, Judgement::approve(shown(&asked).task, shown(&asked).covers)).await;
        assert!(it.in_step().await.is_empty());
    }

    pub(crate) async fn what_was_decided_there_lies_there_no_more(it: Trial) {
        for card in 0..2 {
            let asked = it.office.ask(ONE, card).await;
            it.in_step().await;
            let _ = if card == 0 { it.approves("ann", &asked).await } else { it.rejects("ann", &asked).await };
            assert!(it.in_step().await.is_empty());
        }
    }

    pub(crate) async fn what_was_postponed_still_lies_there(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let _ = it.decides("ann", &asked, Judgement::postpone(shown(&asked).task, None)).await;
        assert_eq!(it.in_step().await, [shown(&asked).task]);
    }

    pub(crate) async fn what_was_agreed_to_in_part_still_lies_there(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        let _ = it.approves("ann", &asked).await;
        assert_eq!(it.in_step().await, [shown(&asked).task]);
    }

    pub(crate) async fn what_was_sent_back_lies_there_no_more_and_anew_when_it_is_asked_again(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.here("ann", &asked, Judgement::ask(shown(&asked).task, "Which card?")).await;
        assert!(it.in_step().await.is_empty());
        let olga = it.office.by(TENANT, "olga");
        let again = it.office.cards().resubmit(&olga, asked.id(), Answers::none(), "The blue one").await.unwrap();
        assert_eq!(it.in_step().await, [shown(&again).task]);
        assert_ne!(shown(&again).task, shown(&asked).task);
    }

    pub(crate) async fn what_its_requester_withdrew_lies_there_no_more(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let ended = it.office.cards().cancel(&it.office.by(TENANT, "olga"), asked.id()).await.unwrap();
        assert_eq!(ended.outcome(), Some(&Outcome::Withdrawn));
        assert!(it.in_step().await.is_empty());
    }

    pub(crate) async fn what_has_expired_lies_there_no_more(it: Trial) {
        it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.office.wait(Millis::days(4));
        it.office.cards().tick().await.unwrap();
        assert!(it.in_step().await.is_empty());
    }

    pub(crate) async fn what_is_superseded_lies_there_no_more(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.office.ask(AT_ONCE, 0).await;
        let ended = it.here("ann", &asked, Judgement::approve(shown(&asked).task, shown(&asked).covers)).await;
        assert!(matches!(ended.outcome(), Some(Outcome::Superseded { .. })), "{ended:?}");
        assert!(it.in_step().await.is_empty());
    }

    pub(crate) async fn the_next_stage_takes_the_place_of_the_one_before(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        for name in ["ann", "arno"] {
            it.here(name, &asked, Judgement::approve(shown(&asked).task, shown(&asked).covers)).await;
        }
        let lies = it.in_step().await;
        assert!(lies.len() == 1 && lies != [shown(&asked).task], "{lies:?}");
    }

    pub(crate) async fn what_is_escalated_takes_the_place_of_what_was_not_decided(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        it.office.wait(Millis::hours(24));
        it.office.cards().tick().await.unwrap();
        let lies = it.in_step().await;
        assert!(lies.len() == 1 && lies != [shown(&asked).task], "{lies:?}");
    }

    pub(crate) async fn to_withdraw_again_is_no_error(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        if let Some(gateway) = &it.gateway {
            for _ in 0..3 {
                gateway.withdraw(TENANT, shown(&asked).task).await.unwrap();
            }
            assert!(it.lies().await.is_empty());
        }
    }

    pub(crate) async fn to_withdraw_what_is_not_known_is_no_error(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        if let Some(gateway) = &it.gateway {
            gateway.withdraw(TENANT, shown(&asked).task).await.unwrap();
        }
        assert!(it.lies().await.iter().all(|_| it.gateway.is_none()));
    }

    pub(crate) async fn a_withdrawal_that_was_lost_on_the_way_is_made_later(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        for fate in [Fate::Lost, Fate::AnswerLost] {
            it.next("withdraw", fate);
        }
        it.here("ann", &asked, Judgement::reject(shown(&asked).task, "Not this one")).await;
        for _ in 0..3 {
            it.later().await;
        }
        assert!(it.in_step().await.is_empty());
    }
}

pub(crate) mod apart {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Apart",
        says: "A request of one tenant is nothing to another; withdrawing one leaves all others",
    };

    pub(crate) async fn withdrawing_one_leaves_the_other(it: Trial) {
        let (one, other) = (it.office.ask(ONE, 0).await, it.office.ask(ONE, 1).await);
        assert_eq!(it.in_step().await.len(), 2);
        it.here("ann", &one, Judgement::reject(shown(&one).task, "Not this one")).await;
        assert_eq!(it.in_step().await, [shown(&other).task]);
    }

    pub(crate) async fn a_request_of_one_tenant_is_nothing_to_another(it: Trial) {
        it.office.ask(ONE, 0).await;
        it.office.ask_in(OTHER, ONE, 0).await;
        assert_eq!(it.in_step().await.len(), 2);
        let before = it.lies().await;
        if let Some(gateway) = &it.gateway {
            // Even were the ids the same.
            let mut same = before[0].clone();
            same.tenant = OTHER;
            gateway.submit(&same).await.unwrap();
            assert_eq!(it.lies().await.len(), 3);
            gateway.withdraw(OTHER, same.task).await.unwrap();
        }
        assert_eq!(it.lies().await, before);
    }
}

pub(crate) mod discreet {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Discreet", says: "No error says a secret, or what was in the request" };

    pub(crate) async fn an_error_shows_nothing_of_the_request(it: Trial) {
        it.office.ask(ONE, 0).await;
        it.in_step().await;
        let request = it.lies().await.pop().expect("it lies there");
        it.fail().await;
        let Some(gateway) = &it.gateway else { return };
        for error in [gateway.submit(&request).await, gateway.withdraw(TENANT, request.task).await] {
            let Err(error) = error else { continue };
            let shown = format!("{error} {error:?}");
            let parts = [request.title.clone(), request.process.clone(), request.covers.to_string()];
            let ids = [request.task.to_string(), request.subject.id().to_string()];
            let said: Vec<_> = parts.iter().chain(&ids).filter(|it| shown.contains(it.as_str())).collect();
            assert!(said.is_empty(), "{said:?} stands in: {shown}");
            assert!(!error.what.is_empty());
        }
    }
}
