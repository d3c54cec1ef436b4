use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::ports::{Commit, Committed, StorageError};
use crate::values::Revision;

pub(super) const CLAUSE: Clause = Clause {
    name: "Independent",
    says: "A conflict in one commit never harms another that is stored at the same time",
};

/// Commits 1 to 30 at the same time; every third of them is spoilt.
async fn every_third_spoilt(it: &Trial, spoil: impl Fn(&mut Commit)) {
    it.stored(everything(100)).await;
    let commits = (1..=30).map(|n| {
        let mut commit = everything(n);
        if n % 3 == 0 {
            spoil(&mut commit);
        }
        commit
    });
    let answers = it.race(commits).await;
    for (n, answer) in (1..).zip(answers) {
        match answer {
            Ok(Committed::Stored { .. }) => assert!(n % 3 != 0, "commit {n} was spoilt"),
            Ok(Committed::Repeated(_)) | Err(StorageError::Unavailable(_) | StorageError::Corrupt { .. }) => {
                panic!("commit {n}: {answer:?}")
            }
            Err(_) => assert!(n % 3 == 0, "commit {n} was harmed: {answer:?}"),
        }
    }
    for n in 1..=30 {
        if n % 3 == 0 {
            it.has_nothing(n).await;
        } else {
            it.has_everything(n).await;
        }
    }
}

pub(super) async fn a_conflict_harms_no_neighbour(it: Trial) {
    every_third_spoilt(&it, |it| it.expects.push((home(100), Revision::NONE))).await;
}

pub(super) async fn a_value_that_is_taken_harms_no_neighbour(it: Trial) {
    every_third_spoilt(&it, |it| {
        let home = it.puts[0].home().uuid().as_u128();
        it.puts.push(item_in(home, 1000 + home).with(&CODE, text("code 100")));
    })
    .await;
}

pub(super) async fn an_unknown_kind_harms_no_neighbour(it: Trial) {
    every_third_spoilt(&it, |it| {
        let last = it.puts[0].clone().of_kind(UNHEARD);
        it.puts.push(last);
    })
    .await;
}

pub(super) async fn work_that_is_not_there_harms_no_neighbour(it: Trial) {
    every_third_spoilt(&it, |it| it.done.push(done(999, None))).await;
}

pub(super) async fn commits_about_different_homes_all_win(it: Trial) {
    let answers = it.race((1..=50).map(|n| puts([(n, 0)], [item(n)]))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}
