use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::ports::{Commit, Remembered};

pub(super) const CLAUSE: Clause = Clause {
    name: "Forgetful",
    says: "`forget` forgets commands that were carried out before a time and nothing else; one may stay longer if clocks \
           differed, none goes earlier",
};

/// A command carried out at a time.
fn carried_out(n: u128, seconds: i64) -> Commit {
    Commit { remember: Some(Remembered { at: at(seconds), ..remembered(n) }), ..writes([draft(n, "done")]) }
}

pub(super) async fn old_commands_are_forgotten_and_counted(it: Trial) {
    for n in 1..=5 {
        it.stored(carried_out(n, i64::try_from(n).unwrap())).await;
    }
    assert_eq!(it.storage.forget(at(4)).await.unwrap(), 3);
    for (n, known) in [(1, false), (2, false), (3, false), (4, true), (5, true)] {
        assert_eq!(it.remembered(n).await.is_some(), known, "command {n}");
    }
    assert_eq!(it.storage.forget(at(4)).await.unwrap(), 0);
    assert_eq!(it.storage.forget(at(100)).await.unwrap(), 2);
}

pub(super) async fn none_is_forgotten_that_is_as_old_as_the_time(it: Trial) {
    it.stored(carried_out(1, 10)).await;
    assert_eq!(it.storage.forget(at(10)).await.unwrap(), 0);
    assert!(it.remembered(1).await.is_some());
    assert_eq!(it.storage.forget(at(10).plus(crate::values::Millis::new(1))).await.unwrap(), 1);
}

pub(super) async fn a_forgotten_command_may_be_carried_out_again(it: Trial) {
    it.stored(carried_out(1, 0)).await;
    it.storage.forget(at(1)).await.unwrap();
    it.stored(carried_out(1, 2)).await;
    assert_eq!(it.told(1).await, ["done", "done"]);
    assert_eq!(it.remembered(1).await.map(|it| it.at), Some(at(2)));
}

pub(super) async fn nothing_but_commands_is_forgotten(it: Trial) {
    it.stored(everything(1)).await;
    assert_eq!(it.storage.forget(at(1_000_000)).await.unwrap(), 1);
    let home = it.home(1).await;
    assert_eq!((home.revision.number(), home.records.len(), it.told(1).await.len()), (1, 1, 1));
    assert_eq!(it.claimed(1, 0).await, [1]);
}

pub(super) async fn commands_of_all_tenants_are_forgotten(it: Trial) {
    it.stored(carried_out(1, 0)).await;
    it.stored(Commit { tenant: STRANGER, ..carried_out(1, 0) }).await;
    it.stored(carried_out(2, 9)).await;
    assert_eq!(it.storage.forget(at(9)).await.unwrap(), 2);
    assert_eq!(it.storage.remembered(STRANGER, Some(person(1)), command(1)).await.unwrap(), None);
}

pub(super) async fn a_clock_that_jumps_makes_none_forgotten_too_early(it: Trial) {
    // The second was stored by a host whose clock was a day behind, the third by one a day ahead.
    for (n, seconds) in [(1, 100), (2, -86_400), (3, 86_400), (4, 101)] {
        it.stored(carried_out(n, seconds)).await;
    }
    it.storage.forget(at(100)).await.unwrap();
    for n in [1, 3, 4] {
        assert!(it.remembered(n).await.is_some(), "command {n}");
    }
    it.storage.forget(at(1_000_000)).await.unwrap();
    for n in 1..=4 {
        assert!(it.remembered(n).await.is_none(), "command {n}");
    }
}
