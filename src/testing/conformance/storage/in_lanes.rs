use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, claim};
use crate::engine::Lane;
use crate::ports::{Claim, Work, WorkDone};

pub(super) const CLAUSE: Clause = Clause {
    name: "In lanes",
    says: "Of what is due, that of a smaller lane is given out first, whatever waits in greater ones; of one lane, what is \
           due longest",
};

fn of(lane: u8, seconds: i64, n: u128) -> Work {
    Work { lane: Lane::new(lane), due: at(seconds), ..work(n) }
}

/// The numbers of those given one by one.
async fn one_by_one(it: &Trial, seconds: i64, count: usize) -> Vec<u128> {
    let mut given = Vec::new();
    for _ in 0..count {
        let next = it.claim_as(Claim { limit: 1, ..claim(1, seconds) }).await;
        given.extend(next.iter().map(|it| it.id.uuid().as_u128()));
    }
    given
}

pub(super) async fn a_smaller_lane_goes_first_however_long_others_wait(it: Trial) {
    it.stored(adds([of(5, 0, 1), of(3, 10, 2), of(0, 50, 3), of(7, 0, 4), of(0, 40, 5)])).await;
    assert_eq!(one_by_one(&it, 60, 6).await, [5, 3, 2, 1, 4]);
}

pub(super) async fn bulk_goes_behind_its_lane_and_before_the_next(it: Trial) {
    let bulk = |n| Work { lane: Lane::new(1).in_bulk(), ..of(1, 0, n) };
    it.stored(adds([of(2, 0, 1), bulk(2), of(1, 9, 3), bulk(4)])).await;
    assert_eq!(one_by_one(&it, 60, 4).await, [3, 2, 4, 1]);
}

pub(super) async fn of_one_lane_what_is_due_longest_goes_first(it: Trial) {
    it.stored(adds([of(4, 30, 1), of(4, 10, 2), of(4, 20, 3)])).await;
    assert_eq!(one_by_one(&it, 60, 3).await, [2, 3, 1]);
}

pub(super) async fn what_is_not_due_keeps_nobody(it: Trial) {
    it.stored(adds([of(0, 100, 1), of(0, 200, 2), of(6, 0, 3)])).await;
    assert_eq!(one_by_one(&it, 60, 2).await, [3]);
    assert_eq!(one_by_one(&it, 300, 3).await, [1, 2, 3], "the lease of the last has ended");
}

pub(super) async fn every_lane_is_given_up_to_the_limit(it: Trial) {
    let all =
        (0..8).flat_map(|lane| (0..5).map(move |n| of(lane, n, u128::from(lane) * 10 + n.unsigned_abs() as u128)));
    it.stored(adds(all)).await;
    let given = it.claim_as(Claim { limit: 12, ..claim(1, 60) }).await;
    let mut numbers: Vec<_> = given.iter().map(|it| it.id.uuid().as_u128()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21]);
    assert_eq!(it.claim(2, 60).await.len(), 40 - 12);
}

pub(super) async fn a_turn_is_kept_across_lanes(it: Trial) {
    let door = |lane, n| Work { lane: Lane::new(lane), ..about("door", n) };
    it.stored(adds([door(5, 1), door(0, 2)])).await;
    assert_eq!(it.claimed(1, 0).await, [1], "of one target the first goes first, whatever its lane");
    it.stored(finishes([done(1, Some(1))])).await;
    assert_eq!(it.claimed(1, 0).await, [2]);
}

pub(super) async fn what_is_tried_again_stays_in_its_lane(it: Trial) {
    it.stored(adds([of(1, 0, 1), of(2, 0, 2)])).await;
    it.claim_as(Claim { limit: 1, ..claim(1, 0) }).await;
    let again = Some((at(30), Some("in vain".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(1, Some(1)) }])).await;
    assert_eq!(one_by_one(&it, 60, 2).await, [1, 2]);
}
