//! The checks, clause by clause.

use std::cell::Cell;

use futures_util::future::{join, join_all};

use super::super::storage::sample::*;
use super::super::{Clause, let_others_go_on};
use super::{Trial, says};
use crate::engine::chain::Draft;
use crate::ports::{Commit, Committed, Work};
use crate::values::Revision;

pub(crate) mod everything_comes {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Everything comes",
        says: "Every record that a commit has stored is there, after that commit has been answered, in the order of commits",
    };

    pub(crate) async fn an_empty_log_has_nothing(it: Trial) {
        assert_eq!(it.after(0, 10).await, []);
        it.stored(puts([(1, 0)], [item(1)])).await;
        assert_eq!(it.after(0, 10).await, [], "nor has a commit without history left anything");
    }

    pub(crate) async fn what_was_answered_is_in_the_log(it: Trial) {
        for n in 1..=10 {
            it.stored(writes([draft(n % 3 + 1, &n.to_string())])).await;
            assert_eq!(it.told().await.last(), Some(&n.to_string()));
        }
        assert_eq!(it.told().await, (1..=10).map(|n| n.to_string()).collect::<Vec<_>>());
    }

    pub(crate) async fn records_are_those_of_their_chains(it: Trial) {
        for n in [2, 1, 2, 3, 2] {
            let personal = personal("a name").filter(|_| n == 2);
            it.stored(writes([Draft { personal, at: at(-7), ..draft(n, "said") }])).await;
        }
        for n in 1..=3 {
            let mut chain = it.storage.history(TENANT, home(n), None, 10).await.unwrap();
            chain.reverse();
            let log = it.all_of(TENANT).await.into_iter().map(|it| it.record);
            assert_eq!(log.filter(|it| it.chain == home(n)).collect::<Vec<_>>(), chain);
        }
    }

    pub(crate) async fn records_of_one_commit_are_in_its_order(it: Trial) {
        it.stored(writes([draft(3, "a"), draft(1, "b"), draft(3, "c"), draft(2, "d")])).await;
        assert_eq!(it.told().await, ["a", "b", "c", "d"]);
    }

    pub(crate) async fn refused_and_repeated_commits_leave_nothing(it: Trial) {
        it.stored(commands(1)).await;
        let refused = Commit { expects: vec![(home(1), Revision::new(7))], ..writes([draft(1, "never")]) };
        it.storage.commit(refused).await.unwrap_err();
        let again = it.storage.commit(commands(1)).await;
        assert!(matches!(again, Ok(Committed::Repeated(_))), "{again:?}");
        it.stored(writes([draft(1, "after")])).await;
        assert_eq!(it.told().await, ["commanded", "after"]);
    }

    pub(crate) async fn each_tenant_has_its_own_log(it: Trial) {
        for says in ["a", "b"] {
            it.stored(writes([draft(1, says)])).await;
            it.stored(Commit { tenant: STRANGER, ..writes([draft(1, "theirs")]) }).await;
        }
        assert_eq!(it.told().await, ["a", "b"]);
        assert_eq!(says(&it.all_of(STRANGER).await), ["theirs", "theirs"]);
    }

    pub(crate) async fn pieces_together_are_the_whole(it: Trial) {
        for n in 1..=23 {
            it.stored(writes([draft(n % 4, &n.to_string())])).await;
            it.stored(Commit { tenant: STRANGER, ..writes([draft(1, "theirs")]) }).await;
        }
        let all = it.all_of(TENANT).await;
        for limit in [1, 2, 5, 23, 100] {
            let (mut seen, mut position) = (Vec::new(), 0);
            loop {
                let piece = it.after(position, limit).await;
                let Some(last) = piece.last() else { break };
                position = last.position;
                seen.extend(piece);
                assert!(seen.len() <= 23, "there is always more");
            }
            assert_eq!(seen, all, "{limit} a piece");
        }
    }

    pub(crate) async fn no_more_is_given_than_was_asked_for(it: Trial) {
        it.stored(writes((0..5).map(|n| draft(1, &n.to_string())))).await;
        assert_eq!(it.after(0, 0).await, []);
        assert!((1..=3).contains(&it.after(0, 3).await.len()));
        for beyond in [it.all_of(TENANT).await[4].position, 1_000_000, u64::MAX] {
            assert_eq!(it.after(beyond, 10).await, [], "after {beyond}");
        }
    }

    pub(crate) async fn everything_is_there_after_reopening(it: Trial) {
        for n in 1..=5 {
            it.stored(writes([draft(n, &n.to_string())])).await;
        }
        let before = it.told().await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.told().await, before);
        it.stored(writes([draft(1, "more")])).await;
        assert_eq!(it.told().await.last().map(String::as_str), Some("more"));
    }
}

pub(crate) mod nothing_hides {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Nothing hides",
        says: "Every home and every instance that has a row is named, in the order of ids, also where no search finds it",
    };

    pub(crate) async fn an_empty_store_names_nothing(it: Trial) {
        assert_eq!(it.homes().await, []);
        assert_eq!(it.instances().await, []);
    }

    pub(crate) async fn homes_are_named_with_keys_or_without(it: Trial) {
        it.stored(puts([(3, 0)], [item(3)])).await;
        it.stored(puts([(1, 0)], [labelled(1, "one")])).await;
        it.stored(puts([(2, 0)], [item(2), item_in(2, 20), item_in(2, 21)])).await;
        assert_eq!(it.homes().await, [home(1), home(2), home(3)], "each once");
    }

    pub(crate) async fn homes_with_history_alone_are_named(it: Trial) {
        it.stored(writes([draft(5, "said")])).await;
        it.stored(puts([(4, 0)], [item(4)])).await;
        assert_eq!(it.homes().await, [home(4), home(5)]);
    }

    pub(crate) async fn instances_are_named_with_their_work(it: Trial) {
        it.stored(puts([(2, 0)], [instance(2)])).await;
        it.stored(adds([work(1)])).await;
        it.stored(puts([(3, 0)], [instance(3)])).await;
        it.stored(adds([work_of(3, 31), work_of(3, 32)])).await;
        let named = it.instances().await;
        assert!([2, 3].iter().all(|n| named.contains(&run(*n))), "{named:?}");
        assert!(
            named.contains(&work(1).instance),
            "work that stands there without an instance is found by it: {named:?}"
        );
        assert!(named.is_sorted_by(|a, b| a < b), "each once: {named:?}");
    }

    pub(crate) async fn work_is_there_with_an_instance_or_without(it: Trial) {
        it.stored(puts([(2, 0)], [instance(2)])).await;
        it.stored(adds([work_of(2, 22), work_of(2, 21), work_of(3, 31)])).await;
        it.stored(Commit { tenant: STRANGER, ..adds([work_of(3, 32)].map(|it| Work { tenant: STRANGER, ..it })) })
            .await;
        assert_eq!(it.log.work_of(TENANT, run(2)).await.unwrap(), [work_of(2, 21), work_of(2, 22)]);
        assert_eq!(it.log.work_of(TENANT, run(3)).await.unwrap(), [work_of(3, 31)]);
        assert_eq!(it.log.work_of(TENANT, run(4)).await.unwrap(), []);
    }

    pub(crate) async fn each_tenant_has_its_own(it: Trial) {
        it.stored(puts([(1, 0)], [item(1), instance(1)])).await;
        let theirs = [item(2), instance(2)].map(|it| it.of(STRANGER));
        it.stored(Commit { tenant: STRANGER, ..puts([(2, 0)], theirs) }).await;
        assert_eq!((it.homes().await, it.instances().await), (vec![home(1)], vec![run(1)]));
    }

    pub(crate) async fn pieces_of_names_together_are_the_whole(it: Trial) {
        for n in 1..=7 {
            it.stored(puts([(n, 0)], [item(n), item_in(n, n + 100), instance(n)])).await;
        }
        for limit in [1, 2, 3, 7, 100] {
            let (mut homes, mut instances) = (Vec::new(), Vec::new());
            for _ in 0..8 {
                let piece = it.log.homes_after(TENANT, homes.last().copied(), limit).await.unwrap();
                assert!(piece.len() <= limit, "{limit}: {piece:?}");
                homes.extend(piece);
                let piece = it.log.instances_after(TENANT, instances.last().copied(), limit).await.unwrap();
                assert!(piece.len() <= limit, "{limit}: {piece:?}");
                instances.extend(piece);
            }
            assert_eq!(homes, (1..=7).map(home).collect::<Vec<_>>(), "{limit} a piece");
            assert_eq!(instances, (1..=7).map(run).collect::<Vec<_>>(), "{limit} a piece");
        }
    }

    pub(crate) async fn names_are_there_after_reopening(it: Trial) {
        it.stored(puts([(1, 0)], [item(1), instance(1)])).await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!((it.homes().await, it.instances().await), (vec![home(1)], vec![run(1)]));
    }
}

pub(crate) mod nothing_late {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Nothing comes late",
        says: "Once a reader has seen a position, no record ever appears at or before it",
    };

    pub(crate) async fn positions_begin_above_zero_and_rise(it: Trial) {
        it.stored(writes([draft(2, "a"), draft(1, "b"), draft(2, "c")])).await;
        it.stored(writes([draft(1, "d")])).await;
        let positions: Vec<u64> = it.all_of(TENANT).await.iter().map(|it| it.position).collect();
        assert!(positions[0] > 0, "{positions:?}");
        assert!(positions.windows(2).all(|it| it[0] < it[1]), "{positions:?}");
    }

    pub(crate) async fn positions_are_never_given_anew(it: Trial) {
        let mut known = Vec::new();
        for n in 0..10 {
            it.stored(writes([draft(n, "said"), draft(0, "too")])).await;
            it.stored(Commit { tenant: STRANGER, ..writes([draft(1, "theirs")]) }).await;
            let now = it.all_of(TENANT).await;
            assert_eq!(now[..known.len()], known[..], "what was there stays where it was");
            known = now;
        }
    }

    pub(crate) async fn a_reader_who_goes_on_misses_nothing(it: Trial) {
        let (mut seen, mut position) = (Vec::new(), 0);
        for n in 0..20 {
            it.stored(writes([draft(n % 3, &n.to_string())])).await;
            let new = it.after(position, 10).await;
            position = new.last().map_or(position, |it| it.position);
            seen.extend(says(&new));
        }
        assert_eq!(seen, (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
    }

    pub(crate) async fn a_reader_who_goes_on_beside_writers_misses_nothing(it: Trial) {
        let over = Cell::new(false);
        let write = async {
            for round in 0..15 {
                let racing = (0..6).map(|n| writes([draft(n, &format!("{round} {n}")), draft(9, "too")]));
                let answers = join_all(racing.map(|commit| it.storage.commit(commit))).await;
                assert!(answers.iter().all(Result::is_ok), "{answers:?}");
                let_others_go_on().await;
            }
            over.set(true);
        };
        let read = async {
            let (mut seen, mut position) = (Vec::new(), 0);
            loop {
                let last = over.get();
                let new = it.after(position, 7).await;
                position = new.last().map_or(position, |it| it.position);
                let none = new.is_empty();
                seen.extend(new);
                assert!(seen.len() <= 15 * 12, "there is always more");
                if last && none {
                    return seen;
                }
                let_others_go_on().await;
            }
        };
        let ((), seen) = join(write, read).await;
        assert_eq!(seen, it.all_of(TENANT).await);
        assert_eq!(seen.len(), 15 * 12);
    }

    pub(crate) async fn positions_stay_after_reopening(it: Trial) {
        it.stored(writes([draft(1, "a"), draft(2, "b")])).await;
        let before = it.all_of(TENANT).await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.all_of(TENANT).await, before);
        it.stored(writes([draft(1, "c")])).await;
        let new = it.after(before[1].position, 10).await;
        assert_eq!((says(&new), new[0].position > before[1].position), (vec!["c".to_owned()], true));
    }
}
