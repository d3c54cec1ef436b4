//! What is found by which condition.

use super::super::Clause;
use super::Trial;
use super::sample::{at, instance, newest_first, object, person, row, rows, run, varied};
use crate::engine::{AuditOutcome, AuditRow, AuditRun, Component, Scope, Version};
use crate::ports::{AuditFound, AuditQuery};
use crate::values::{Digest, Timestamp};

pub(crate) mod faithful {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Faithful",
        says: "A query gives every row that was applied and meets all conditions, as it was applied, and no other",
    };

    /// Whether a query finds, among varied rows, those that are wanted; some must be, and some not.
    async fn finds(it: &Trial, query: AuditQuery, is_wanted: impl Fn(&AuditRow) -> bool) {
        let wanted: Vec<AuditRow> = varied().into_iter().filter(|it| is_wanted(it)).collect();
        assert!(!wanted.is_empty() && wanted.len() < varied().len(), "{query:?}");
        assert_eq!(it.found(&query).await, newest_first(wanted), "{query:?}");
    }

    pub(crate) async fn an_empty_log_shows_nothing(it: Trial) {
        for query in [AuditQuery::all(), AuditQuery::by(person(1)), AuditQuery::all().process("Lend")] {
            assert_eq!(it.page(&Scope::All, &query).await, AuditFound::default());
        }
    }

    pub(crate) async fn rows_come_back_as_they_were_applied(it: Trial) {
        let texts = ["", "Operator", "a\0b", "'; drop table entry; --", "\u{202e}txet", "ä %_\\", &"x".repeat(5000)];
        let mut all = Vec::new();
        for (n, text) in (1..).zip(texts) {
            all.push(AuditRow {
                role: text.to_owned(),
                on_behalf: (n % 2 == 0).then(|| person(9)),
                component: (n % 3 == 0).then_some(Component::SelfService),
                run: (n % 2 == 1).then(|| AuditRun { version: Version(77), subject: None, ..run(n, text, Some(text)) }),
                objects: (0..n * 3).map(|it| object(it, 17, it)).collect(),
                hash: Digest::of(text.as_bytes()),
                sequence: u64::MAX - n,
                ..row(n)
            });
        }
        for (n, outcome) in (20..).zip(AuditOutcome::ALL.iter().copied()) {
            all.push(AuditRow { outcome, changed: n % 2 == 0, command: None, actor: None, ..row(n) });
        }
        // Before 1970, far in the future, and at the end of what is counted.
        for (n, time) in (60..).zip([-5, i64::from(u32::MAX) * 1000, 0]) {
            all.push(AuditRow { at: Timestamp::from_millis(time), ..row(n) });
        }
        it.add(&all).await;
        assert_eq!(it.found(&AuditQuery::all()).await, newest_first(all));
    }

    pub(crate) async fn many_rows_in_one_batch_come_back(it: Trial) {
        it.add(&rows(1..=1500)).await;
        let found = it.found(&AuditQuery::all().limit(700)).await;
        assert_eq!(found, newest_first(rows(1..=1500)));
    }

    pub(crate) async fn rows_are_found_by_actor(it: Trial) {
        it.add(&varied()).await;
        for n in 1..4 {
            finds(&it, AuditQuery::by(person(n)), |it| it.actor == Some(person(n))).await;
        }
        assert_eq!(it.found(&AuditQuery::by(person(77))).await, []);
    }

    pub(crate) async fn rows_are_found_by_whom_they_were_done_for(it: Trial) {
        it.add(&varied()).await;
        for n in 1..4 {
            finds(&it, AuditQuery::all().on_behalf(person(n)), |it| it.on_behalf == Some(person(n))).await;
        }
    }

    pub(crate) async fn rows_are_found_by_every_object_they_name(it: Trial) {
        it.add(&varied()).await;
        // Those of one id differ in home and kind.
        for (home, kind, n) in [(0, 17, 0), (1, 17, 0), (0, 18, 0), (1, 18, 0), (0, 17, 1), (1, 18, 1)] {
            let one = object(home, kind, n);
            finds(&it, AuditQuery::all().object(one), |it| it.objects.contains(&one)).await;
        }
        assert_eq!(it.found(&AuditQuery::all().object(object(0, 19, 0))).await, []);
    }

    pub(crate) async fn rows_are_found_by_run(it: Trial) {
        it.add(&varied()).await;
        for n in 0..5 {
            let is_of = |it: &AuditRow| it.run.as_ref().is_some_and(|it| it.instance == instance(n));
            finds(&it, AuditQuery::all().instance(instance(n)), is_of).await;
        }
    }

    pub(crate) async fn rows_are_found_by_process(it: Trial) {
        it.add(&varied()).await;
        for process in ["Lend", "Lock", "lend"] {
            let is_of = |it: &AuditRow| it.run.as_ref().is_some_and(|it| it.process == process);
            finds(&it, AuditQuery::all().process(process), is_of).await;
        }
    }

    pub(crate) async fn rows_are_found_by_outcome(it: Trial) {
        it.add(&varied()).await;
        for outcome in AuditOutcome::ALL.iter().copied() {
            finds(&it, AuditQuery::all().outcome(outcome), |it| it.outcome == outcome).await;
        }
    }

    pub(crate) async fn rows_are_found_by_reason(it: Trial) {
        it.add(&varied()).await;
        for reason in ["lost", "stolen"] {
            let is_for = |it: &AuditRow| it.run.as_ref().is_some_and(|it| it.reason.as_deref() == Some(reason));
            finds(&it, AuditQuery::all().reason(reason), is_for).await;
        }
    }

    pub(crate) async fn changes_that_nobody_else_agreed_to_are_found(it: Trial) {
        it.add(&varied()).await;
        let alone = |it: &AuditRow| it.changed && it.run.as_ref().is_none_or(|it| !it.approved);
        finds(&it, AuditQuery { unapproved: true, ..AuditQuery::all() }, alone).await;
        let locked = |it: &AuditRow| alone(it) && it.run.as_ref().is_some_and(|it| it.process == "Lock");
        finds(&it, AuditQuery::without_approval("Lock"), locked).await;
    }

    pub(crate) async fn rows_are_found_by_time(it: Trial) {
        it.add(&varied()).await;
        let (from, until) = (at(3), at(9));
        finds(&it, AuditQuery::all().between(from, until), |it| from <= it.at && it.at < until).await;
        finds(&it, AuditQuery { from: Some(from), ..AuditQuery::all() }, |it| from <= it.at).await;
        finds(&it, AuditQuery { until: Some(until), ..AuditQuery::all() }, |it| it.at < until).await;
        for (from, until) in [(at(9), at(3)), (at(5), at(5)), (at(900), at(901))] {
            assert_eq!(it.found(&AuditQuery::all().between(from, until)).await, []);
        }
    }

    pub(crate) async fn conditions_add_up(it: Trial) {
        it.add(&varied()).await;
        let all = AuditQuery::all;
        let conditions: [&dyn Fn(AuditQuery) -> AuditQuery; 10] = [
            &|it| AuditQuery { actor: Some(person(2)), ..it },
            &|it| it.on_behalf(person(1)),
            &|it| it.object(object(1, 18, 0)),
            &|it| it.instance(instance(2)),
            &|it| it.process("Lock"),
            &|it| it.outcome(AuditOutcome::Done),
            &|it| it.reason("lost"),
            &|it| AuditQuery { unapproved: true, ..it },
            &|it| AuditQuery { from: Some(at(4)), ..it },
            &|it| AuditQuery { until: Some(at(12)), ..it },
        ];
        for one in conditions {
            for other in conditions {
                let query = one(other(all()));
                let wanted = varied().into_iter().filter(|it| query.wants(it)).collect();
                assert_eq!(it.found(&query).await, newest_first(wanted), "{query:?}");
            }
        }
    }

    pub(crate) async fn texts_are_told_apart(it: Trial) {
        let texts =
            ["lost", "Lost", "lost ", "lo%t", "l_st", "lost\0", "lo", "l\u{f6}st", "lo\u{308}st", "", "'", "\u{1f4b3}"];
        let all: Vec<AuditRow> =
            (1..).zip(texts).map(|(n, text)| AuditRow { run: Some(run(n, text, Some(text))), ..row(n) }).collect();
        it.add(&all).await;
        for (row, text) in all.iter().zip(texts) {
            for query in [AuditQuery::all().process(text), AuditQuery::all().reason(text)] {
                assert_eq!(it.found(&query).await, std::slice::from_ref(row), "{text:?}");
            }
        }
    }
}
