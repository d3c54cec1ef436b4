//! What is decided outside.

use super::super::Clause;
use super::office::{MANY, NOW, ONE, OTHER, TENANT, card_at};
use super::trial::{Trial, rejection, shown};
use crate::domain::CardState;
use crate::engine::{Bar, Ineligible, Judgement, Outcome, Rejection, Verdict};
use crate::values::{Answers, Digest, Millis};

pub(crate) mod faithful {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Faithful",
        says: "What a person decides outside comes to `judge` as it was decided, and what it answers reaches whoever asked",
    };

    async fn card_state(it: &Trial) -> CardState {
        let opened = it.office.cards().open(&it.office.by(TENANT, "olga"), card_at(0)).await.unwrap();
        opened.dossier.card(card_at(0)).unwrap().state()
    }

    fn barred(rejection: Rejection<crate::cards::Cards>) -> Bar {
        match rejection {
            Rejection::NotEligible { why: Ineligible::Barred(bar) } => bar,
            other => panic!("not barred: {other:?}"),
        }
    }

    pub(crate) async fn an_approval_is_carried_out(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        assert_eq!(card_state(&it).await, CardState::Active);
        let done = it.approves("ann", &asked).await.unwrap();
        assert!(matches!(done.outcome(), Some(Outcome::Done { .. })), "{done:?}");
        assert_eq!(card_state(&it).await, CardState::Inactive);
    }

    pub(crate) async fn a_rejection_ends_it_and_its_words_are_kept(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let ended = it.rejects("ann", &asked).await.unwrap();
        assert_eq!((ended.outcome(), card_state(&it).await), (Some(&Outcome::Rejected), CardState::Active));
        let request = it.office.cards().request(&it.office.by(TENANT, "arno"), asked.id()).await.unwrap();
        let said = request.said.last().expect("something was said");
        assert_eq!((said.by, said.verdict), (Some(it.office.person("ann")), Some(Verdict::Reject)));
        assert_eq!(said.note.as_deref(), Some("The card was found again"));
    }

    pub(crate) async fn a_question_goes_to_the_requester(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let back = it.decides("ann", &asked, Judgement::ask(shown(&asked).task, "Which card?")).await.unwrap();
        assert!(back.approval.is_some_and(|it| it.sent_back));
    }

    pub(crate) async fn a_date_to_postpone_to_is_kept(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        for until in [Some(NOW.plus(Millis::hours(7))), None] {
            let later = it.decides("ann", &asked, Judgement::postpone(shown(&asked).task, until)).await.unwrap();
            assert_eq!(later.approval.unwrap().postponed, Some(until));
        }
    }

    pub(crate) async fn an_agreement_is_taken_back(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        let agreed = it.approves("ann", &asked).await.unwrap();
        assert_eq!(agreed.approval.unwrap().votes.len(), 1);
        let back = it.decides("ann", &asked, Judgement::take_back(shown(&asked).task)).await.unwrap();
        assert_eq!(back.approval.unwrap().votes, []);
    }

    pub(crate) async fn what_is_decided_there_is_decided_by_whoever_did(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        let agreed = it.approves("arno", &asked).await.unwrap();
        let votes = agreed.approval.unwrap().votes;
        assert_eq!(votes.iter().map(|it| it.person).collect::<Vec<_>>(), [it.office.person("arno")]);
    }

    pub(crate) async fn a_deputy_decides_on_behalf_of_another(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        let agrees = Judgement::approve(shown(&asked).task, shown(&asked).covers).on_behalf_of(it.office.person("ann"));
        let agreed = it.decides("dora", &asked, agrees).await.unwrap();
        let votes = agreed.approval.unwrap().votes;
        let who: Vec<_> = votes.iter().map(|it| (it.person, it.on_behalf)).collect();
        assert_eq!(who, [(it.office.person("dora"), Some(it.office.person("ann")))]);
    }

    pub(crate) async fn a_rejection_without_words_is_refused(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let answer = it.decides("ann", &asked, Judgement::reject(shown(&asked).task, " ")).await;
        assert!(matches!(rejection(answer), Rejection::NoteNeeded { .. }));
    }

    pub(crate) async fn an_unknown_account_is_refused(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        assert_eq!(rejection(it.approves("nobody", &asked).await), Rejection::UnknownAccount);
        assert_eq!(it.in_step().await, [shown(&asked).task]);
    }

    pub(crate) async fn an_account_of_another_tenant_is_refused(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let account = it.office.by(OTHER, "ann").account().to_owned();
        assert_eq!(rejection(it.approves(&account, &asked).await), Rejection::UnknownAccount);
    }

    pub(crate) async fn whoever_has_no_role_is_refused(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let answer = rejection(it.approves("sina", &asked).await);
        assert!(matches!(answer, Rejection::NotEligible { why: Ineligible::NoRole { .. } }), "{answer:?}");
    }

    pub(crate) async fn the_requester_is_refused(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        assert_eq!(barred(rejection(it.approves("olga", &asked).await)), Bar::Requester);
        assert_eq!(card_state(&it).await, CardState::Active);
    }

    pub(crate) async fn the_holder_is_refused(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        assert_eq!(barred(rejection(it.approves("ada", &asked).await)), Bar::Holder);
        assert_eq!(card_state(&it).await, CardState::Active);
    }

    pub(crate) async fn whoever_stands_in_for_nobody_is_refused(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let agrees = Judgement::approve(shown(&asked).task, shown(&asked).covers).on_behalf_of(it.office.person("ann"));
        let answer = rejection(it.decides("anke", &asked, agrees).await);
        assert_eq!(answer, Rejection::NotEligible { why: Ineligible::NoDeputy });
    }

    pub(crate) async fn one_person_counts_once(it: Trial) {
        let asked = it.office.ask(MANY, 0).await;
        it.in_step().await;
        it.approves("ann", &asked).await.unwrap();
        assert_eq!(rejection(it.approves("ann", &asked).await), Rejection::NotEligible { why: Ineligible::Voted });
        assert_eq!(it.in_step().await, [shown(&asked).task]);
    }

    pub(crate) async fn what_was_shown_before_is_stale(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        let now = shown(&asked);
        for judgement in [
            Judgement::approve(now.task, Digest::of(b"another plan")),
            Judgement::reject(now.task, "No").seen(Digest::ZERO),
        ] {
            let answer = rejection(it.decides("ann", &asked, judgement).await);
            assert_eq!(answer, Rejection::Stale { task: now.task, covers: now.covers });
        }
        assert_eq!(card_state(&it).await, CardState::Active);
    }

    pub(crate) async fn what_was_decided_already_is_said(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.here("arno", &asked, Judgement::reject(shown(&asked).task, "Not this one")).await;
        let answer = rejection(it.approves("ann", &asked).await);
        let expected = (Verdict::Reject, Some(it.office.person("arno")));
        assert!(
            matches!(answer, Rejection::AlreadyDecided { verdict, by, .. } if (verdict, by) == expected),
            "{answer:?}"
        );
        assert_eq!(card_state(&it).await, CardState::Active);
    }

    pub(crate) async fn what_has_expired_is_said(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.office.wait(Millis::days(4));
        let answer = rejection(it.approves("ann", &asked).await);
        assert!(matches!(answer, Rejection::NotWaiting { outcome: Some(Outcome::Expired), .. }), "{answer:?}");
    }

    pub(crate) async fn what_was_withdrawn_is_said(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.office.cards().cancel(&it.office.by(TENANT, "olga"), asked.id()).await.unwrap();
        let answer = rejection(it.approves("ann", &asked).await);
        assert!(matches!(answer, Rejection::NotWaiting { outcome: Some(Outcome::Withdrawn), .. }), "{answer:?}");
    }

    pub(crate) async fn what_was_asked_anew_is_stale(it: Trial) {
        let asked = it.office.ask(ONE, 0).await;
        it.in_step().await;
        it.here("arno", &asked, Judgement::ask(shown(&asked).task, "Which card?")).await;
        let olga = it.office.by(TENANT, "olga");
        it.office.cards().resubmit(&olga, asked.id(), Answers::none(), "The blue one").await.unwrap();
        let answer = rejection(it.approves("ann", &asked).await);
        assert!(matches!(answer, Rejection::Stale { task, .. } if task != shown(&asked).task), "{answer:?}");
        assert_eq!(it.in_step().await.len(), 1);
    }
}
