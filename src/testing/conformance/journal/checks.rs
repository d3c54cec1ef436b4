//! The checks, clause by clause.

use uuid::Uuid;

use super::super::Clause;
use super::{HOUR, TENANT, Trial, at, refused};
use crate::ports::Refused;
use crate::values::{HomeId, Kind, ObjectRef, PersonId, TenantId};

fn person(n: u128) -> Option<PersonId> {
    Some(PersonId::from_uuid(Uuid::from_u128(n)))
}

fn subject(n: u128) -> Option<ObjectRef> {
    Some(ObjectRef::new(HomeId::from_uuid(Uuid::from_u128(n)), Kind::new(17), Uuid::from_u128(n + 1)))
}

pub(crate) mod shown {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Shown", says: "What was noted is shown from then on, as it was noted, the newest first" };

    pub(crate) async fn an_empty_journal_shows_nothing(it: Trial) {
        assert_eq!(it.shown(10).await, []);
    }

    pub(crate) async fn what_was_noted_is_shown_at_once(it: Trial) {
        for n in 0..20 {
            it.note(refused(&n.to_string(), n)).await;
            assert_eq!(it.shown(1).await, [refused(&n.to_string(), n)]);
        }
    }

    pub(crate) async fn the_newest_are_shown_first_and_no_more_than_asked_for(it: Trial) {
        for n in 0..5 {
            it.note(refused(&n.to_string(), n)).await;
        }
        assert_eq!(it.attempts().await, ["4", "3", "2", "1", "0"]);
        for (limit, count) in [(0, 0), (2, 2), (5, 5), (9, 5)] {
            assert_eq!(it.shown(limit).await.len(), count);
        }
    }

    pub(crate) async fn refusals_are_shown_as_they_were_noted(it: Trial) {
        let texts = [
            "",
            "start CardsProcLock",
            "a\0b",
            "'; drop table refusal; --",
            "\u{202e}txet",
            "ä %_\\",
            &"x".repeat(5000),
        ];
        let mut noted = Vec::new();
        for (n, text) in (1..).zip(texts) {
            let one = Refused {
                actor: person(n).filter(|_| n % 2 == 0),
                subject: subject(n).filter(|_| n % 3 == 0),
                code: text.to_owned(),
                last: at(HOUR - 1),
                times: 7,
                ..refused(text, 0)
            };
            it.note(one.clone()).await;
            noted.insert(0, one);
        }
        assert_eq!(it.shown(100).await, noted);
    }
}

pub(crate) mod coalesced {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Coalesced", says: "The same refusal within an hour is one entry with a count" };

    pub(crate) async fn the_same_refusal_within_an_hour_is_one_entry(it: Trial) {
        for millis in [0, 1, HOUR / 2, HOUR - 1] {
            it.note(refused("lock", millis)).await;
        }
        assert_eq!(it.shown(10).await, [Refused { last: at(HOUR - 1), times: 4, ..refused("lock", 0) }]);
    }

    pub(crate) async fn after_an_hour_it_is_another_entry(it: Trial) {
        it.note(refused("lock", 0)).await;
        it.note(refused("lock", HOUR + 1)).await;
        assert_eq!(it.shown(10).await, [refused("lock", HOUR + 1), refused("lock", 0)]);
    }

    pub(crate) async fn the_hour_begins_with_the_first(it: Trial) {
        let minute = HOUR / 60;
        for minutes in [0, 40, 80, 120] {
            it.note(refused("lock", minutes * minute)).await;
        }
        let times: Vec<_> = it.shown(10).await.iter().map(|it| (it.first, it.times)).collect();
        assert_eq!(times, [(at(80 * minute), 2), (at(0), 2)], "else one that never ends is one entry for ever");
    }

    pub(crate) async fn whatever_differs_is_another_entry(it: Trial) {
        let one = Refused { actor: person(1), subject: subject(1), ..refused("lock", 0) };
        let others = [
            Refused { actor: person(2), ..one.clone() },
            Refused { actor: None, ..one.clone() },
            Refused { subject: subject(2), ..one.clone() },
            Refused { subject: None, ..one.clone() },
            Refused { attempt: "lock ".to_owned(), ..one.clone() },
            Refused { attempt: "Lock".to_owned(), ..one.clone() },
            Refused { code: "NotFound".to_owned(), ..one.clone() },
        ];
        it.note(one.clone()).await;
        for other in &others {
            it.note(other.clone()).await;
        }
        let mut expected: Vec<_> = others.into_iter().rev().collect();
        expected.push(one);
        assert_eq!(it.shown(100).await, expected);
    }

    pub(crate) async fn counts_add_up(it: Trial) {
        it.note(Refused { times: 3, ..refused("lock", 0) }).await;
        it.note(Refused { times: 4, last: at(9), ..refused("lock", 5) }).await;
        it.note(refused("lock", 7)).await;
        assert_eq!(it.shown(10).await, [Refused { times: 8, last: at(9), ..refused("lock", 0) }]);
    }

    pub(crate) async fn others_between_do_not_part_them(it: Trial) {
        for millis in 0..30 {
            it.note(refused(&(millis % 3).to_string(), millis)).await;
        }
        let shown = it.shown(10).await;
        assert_eq!(shown.iter().map(|it| it.times).collect::<Vec<_>>(), [10, 10, 10]);
    }
}

pub(crate) mod bounded {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Bounded",
        says: "The journal keeps at least the last 10 000 entries of a tenant; older ones may go",
    };

    pub(crate) async fn the_last_ten_thousand_are_kept(it: Trial) {
        const NOTED: i64 = 10_300;
        // A minute apart, so that few are looked through, and another tenant beside.
        for n in 0..NOTED {
            let one = refused(&n.to_string(), n * HOUR / 60);
            it.note(Refused { tenant: TenantId::new(8), ..one.clone() }).await;
            it.note(one).await;
        }
        let attempts = it.attempts().await;
        let expected: Vec<_> = (0..NOTED).rev().take(10_000).map(|n| n.to_string()).collect();
        assert_eq!(attempts.get(..10_000), Some(expected.as_slice()));
    }
}

pub(crate) mod apart {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Apart", says: "Nothing of one tenant is shown or counted for another" };

    pub(crate) async fn tenants_have_journals_of_their_own(it: Trial) {
        let other = TenantId::new(8);
        it.note(refused("lock", 0)).await;
        it.note(Refused { tenant: other, ..refused("lock", 1) }).await;
        it.note(Refused { tenant: other, ..refused("hold", 2) }).await;
        assert_eq!(it.shown(10).await, [refused("lock", 0)]);
        assert_eq!(it.journal.refusals(other, 10).await.unwrap().len(), 2);
        assert_eq!(it.journal.refusals(TenantId::new(9), 10).await.unwrap(), []);
        assert_eq!(it.shown(10).await[0].tenant, TENANT);
    }
}
