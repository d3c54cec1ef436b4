use futures_util::future::join;

use super::super::{Clause, let_others_go_on};
use super::sample::*;
use super::trial::Trial;
use crate::engine::chain::verify_to;
use crate::ports::{Commit, Filter, Search, WorkDone};

pub(super) const CLAUSE: Clause = Clause {
    name: "Isolated",
    says: "A reader sees a commit wholly or not at all; `homes` reads all its homes at one moment",
};

const ROUNDS: u64 = 25;

/// Writes round by round, and meanwhile looks again and again.
async fn beside(it: &Trial, mut write: impl AsyncFnMut(u64), mut look: impl AsyncFnMut(&Trial)) {
    let over = std::cell::Cell::new(false);
    let write = async {
        for round in 1..=ROUNDS {
            write(round).await;
            let_others_go_on().await;
        }
        over.set(true);
    };
    let read = async {
        while !over.get() {
            look(it).await;
            let_others_go_on().await;
        }
        look(it).await;
    };
    join(write, read).await;
}

pub(super) async fn a_reader_sees_all_of_a_commit_in_a_home_or_nothing(it: Trial) {
    let write = async |round| {
        let both = [item_in(1, 1).at_revision(round), item_in(1, 2).at_revision(round)];
        it.stored(Commit { history: vec![draft(1, "round")], ..puts([(1, round - 1)], both) }).await;
    };
    beside(&it, write, async |it| {
        let home = it.home(1).await;
        let revisions: Vec<u64> = home.records.iter().map(|it| it.revision.number()).collect();
        let round = home.revision.number();
        assert_eq!(revisions, if round == 0 { vec![] } else { vec![round; 2] });
        assert_eq!(home.head.length, round);
        verify_to(home.id, home.head, &it.history(1).await).unwrap();
    })
    .await;
}

pub(super) async fn homes_are_read_at_one_moment(it: Trial) {
    let write = async |round| {
        let all = (1..=4).map(|n| item(n).at_revision(round));
        it.stored(puts((1..=4).map(|n| (n, round - 1)), all)).await;
    };
    beside(&it, write, async |it| {
        let homes = it.storage.homes(TENANT, &[home(1), home(2), home(3), home(4)]).await.unwrap();
        let mut revisions: Vec<_> = homes.iter().map(|it| it.revision).collect();
        revisions.dedup();
        assert_eq!(revisions.len(), 1, "of one moment: {revisions:?}");
    })
    .await;
}

pub(super) async fn an_instance_is_read_at_one_moment(it: Trial) {
    it.stored(puts([], [instance(1)])).await;
    let write = async |round: u64| {
        let n = u128::from(round);
        let before = n - 1;
        let commit = Commit {
            puts: vec![instance(1).at_revision(round + 1), task(n, 1)],
            work: vec![work(n)],
            tasks_done: (before > 0).then(|| task_done(before, 1, 1)).into_iter().collect(),
            done: (before > 0).then(|| done(before, None)).into_iter().collect(),
            ..nothing()
        };
        it.stored(commit).await;
    };
    beside(&it, write, async |it| {
        let found = it.instance(1).await.unwrap();
        let n = u128::from(found.instance.revision.number() - 1);
        let expected = ids_up_to_one(n);
        assert_eq!(found.tasks.iter().map(|it| it.at.id()).collect::<Vec<_>>(), expected);
        assert_eq!(found.work.iter().map(|it| it.id.uuid()).collect::<Vec<_>>(), expected);
    })
    .await;
}

fn ids_up_to_one(n: u128) -> Vec<uuid::Uuid> {
    if n == 0 { vec![] } else { vec![id(n)] }
}

pub(super) async fn a_search_finds_all_of_a_commit_or_nothing(it: Trial) {
    it.put([labelled(1, "0"), labelled(2, "0")]).await;
    let write = async |round: u64| it.put([labelled(1, &round.to_string()), labelled(2, &round.to_string())]).await;
    beside(&it, write, async |it| {
        let page = it.page(Search::of(ITEM).counted()).await;
        let labels: Vec<_> = page.records.iter().flat_map(|it| it.keys.of(LABEL.code)).collect();
        assert_eq!(labels.len(), 2, "{labels:?}");
        assert_eq!(labels[0], labels[1], "of one moment");
        assert_eq!(page.total, Some(2));
    })
    .await;
}

pub(super) async fn whoever_was_answered_sees_it_at_once(it: Trial) {
    for n in 1..=20 {
        it.stored(Commit { puts: vec![labelled(n, "new"), instance(n), task(n, n)], ..everything(n) }).await;
        it.has_everything(n).await;
        let by_label = Search::of(ITEM).filter(Filter::Is(LABEL.code, text("new")));
        assert_eq!(it.found(by_label).await.len(), usize::try_from(n).unwrap());
        assert_eq!(it.claimed(1, 0).await, [n]);
    }
}

pub(super) async fn what_is_done_with_is_out_of_sight_at_once(it: Trial) {
    it.stored(everything(1)).await;
    let again = Some((at(9), Some("in vain".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(1, None) }])).await;
    assert_eq!((it.claimed(1, 8).await, it.work().await[0].due), (vec![], at(9)));
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 1)], ..finishes([done(1, None)]) }).await;
    let found = it.instance(1).await.unwrap();
    assert_eq!((found.tasks, found.work), (vec![], vec![]));
    assert_eq!(it.claimed(1, 9).await, []);
}
