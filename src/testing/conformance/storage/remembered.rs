use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::ports::{Commit, Committed, Remembered};
use crate::values::{Digest, Revision};

pub(super) const CLAUSE: Clause = Clause {
    name: "Remembered",
    says: "A command whose (actor, id) is known is not stored again: `Committed::Repeated`. This is checked before \
           `expects`, since the command itself has changed them",
};

pub(super) async fn the_same_command_again_gets_the_same_answer(it: Trial) {
    it.stored(everything(1)).await;
    for _ in 0..3 {
        assert_eq!(it.repeated(everything(1)).await, remembered(1));
    }
    it.has_everything(1).await;
    assert_eq!(it.claimed(1, 0).await, [1]);
}

pub(super) async fn a_command_is_looked_up_before_anything_is_checked(it: Trial) {
    it.stored(everything(1)).await;
    it.stored(puts([(1, 1)], [item(1).at_revision(2), instance(1).at_revision(2)])).await;
    let faults = [
        Commit { expects: vec![(home(1), Revision::new(77))], ..commands(1) },
        Commit { puts: vec![item(1).of_kind(UNHEARD)], ..commands(1) },
        Commit { puts: vec![item_in(9, 9).with(&CODE, text("code 1"))], ..commands(1) },
        Commit { tasks_done: vec![task_done(5, 5, 5)], done: vec![done(5, Some(5))], ..commands(1) },
    ];
    for commit in faults {
        assert_eq!(it.repeated(commit).await, remembered(1));
    }
    assert_eq!((it.revision(1).await, it.told(1).await.len()), (2, 1));
}

pub(super) async fn the_first_answer_stands_whatever_comes_under_its_id(it: Trial) {
    it.stored(commands(1)).await;
    let other = Remembered { at: at(9), content: Digest::of(b"other"), answer: b"other".to_vec(), ..remembered(1) };
    let again = it.repeated(Commit { remember: Some(other), ..writes([draft(1, "other")]) }).await;
    assert_eq!(again, remembered(1), "whose content tells that another command has its id");
    assert_eq!((it.remembered(1).await, it.told(1).await.len()), (Some(remembered(1)), 1));
}

pub(super) async fn an_answer_can_be_asked_for(it: Trial) {
    assert_eq!(it.remembered(1).await, None);
    it.stored(commands(1)).await;
    assert_eq!((it.remembered(1).await, it.remembered(2).await), (Some(remembered(1)), None));
}

pub(super) async fn each_actor_has_ids_of_its_own(it: Trial) {
    let by = |actor: Option<u128>| Remembered {
        actor: actor.map(person),
        answer: format!("{actor:?}").into_bytes(),
        ..remembered(1)
    };
    // A worker is no person: an actor of its own.
    for actor in [Some(1), Some(2), None] {
        it.stored(Commit { remember: Some(by(actor)), ..writes([draft(1, "done")]) }).await;
    }
    for actor in [None, Some(1), Some(2)] {
        let known = it.storage.remembered(TENANT, actor.map(person), command(1)).await.unwrap();
        assert_eq!(known, Some(by(actor)));
        assert_eq!(it.repeated(Commit { remember: Some(by(actor)), ..nothing() }).await, by(actor));
    }
    assert_eq!(it.storage.remembered(TENANT, Some(person(3)), command(1)).await.unwrap(), None);
    assert_eq!(it.told(1).await.len(), 3);
}

pub(super) async fn a_refused_command_is_not_remembered(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    let command =
        |revision| Commit { remember: Some(remembered(1)), ..puts([(1, revision)], [item(1).at_revision(2)]) };
    it.conflicts(command(0)).await;
    assert_eq!(it.remembered(1).await, None);
    it.stored(command(1)).await;
    assert_eq!(it.remembered(1).await, Some(remembered(1)));
}

pub(super) async fn what_has_no_command_id_is_never_taken_for_a_repetition(it: Trial) {
    for _ in 0..2 {
        it.stored(writes([draft(1, "again")])).await;
    }
    assert_eq!(it.told(1).await, ["again", "again"]);
}

pub(super) async fn of_doubles_that_race_one_is_stored_and_all_get_its_answer(it: Trial) {
    let answers = it.race((0..8).map(|_| everything(1))).await;
    let stored = answers.iter().filter(|it| matches!(it, Ok(Committed::Stored { .. }))).count();
    let repeated =
        answers.iter().filter(|it| matches!(it, Ok(Committed::Repeated(it)) if *it == remembered(1))).count();
    assert_eq!((stored, repeated), (1, 7), "{answers:?}");
    it.has_everything(1).await;
}

pub(super) async fn answers_are_given_back_as_they_are(it: Trial) {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (n, answer) in [vec![], vec![0], every_byte, vec![7; 50_000]].into_iter().enumerate() {
        let n = n as u128;
        let remembered = Remembered { answer, at: at(i64::try_from(n).unwrap()), ..remembered(n) };
        it.stored(Commit { remember: Some(remembered.clone()), ..nothing() }).await;
        assert_eq!(it.remembered(n).await, Some(remembered));
    }
}
