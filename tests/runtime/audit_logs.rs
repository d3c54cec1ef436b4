//! What every audit log must do, whatever it is made of: against a naive model, with rows and questions made up.

use std::collections::{BTreeMap, BTreeSet};

use cardflow::adapters::memory::MemoryAudit;
use cardflow::adapters::sqlite::SqliteAudit;
use cardflow::cards::OPERATOR;
use cardflow::engine::{
    AuditOutcome, AuditRow, AuditRun, Component, KeyRef, Keys, OWNER_KEY, Scope, UNIT_KEY, Version,
};
use cardflow::ports::{Applied, AuditBatch, AuditFound, AuditLog, AuditPlace, AuditQuery, StorageError};
use cardflow::values::{CommandId, Digest, HomeId, InstanceId, Kind, ObjectRef, PersonId, TenantId, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::common::TENANT;

fn id(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

fn made_up_row() -> impl Strategy<Value = AuditRow> {
    let person = || prop::option::of((0..3_u8).prop_map(|it| PersonId::from_uuid(id(it))));
    let object = (0..4_u8, 16..18_u8)
        .prop_map(|(number, kind)| ObjectRef::new(HomeId::from_uuid(id(number / 2)), Kind::new(kind), id(number)));
    let run = (0..3_u8, 0..2_u8, prop::option::of(0..2_u8), any::<bool>()).prop_map(
        |(instance, process, reason, approval)| AuditRun {
            instance: InstanceId::from_uuid(id(instance)),
            process: format!("Process{process}"),
            version: Version(1),
            subject: None,
            reason: reason.map(|it| format!("reason {it}")),
            approved: approval,
            ended: false,
        },
    );
    let outcome = prop::sample::select(AuditOutcome::ALL);
    let parts =
        (0..6_i64, outcome, person(), person(), prop::option::of(run), prop::collection::btree_set(object, 0..3));
    (parts, 0..3_u8, any::<bool>()).prop_map(|((at, outcome, actor, on_behalf, run, objects), home, changed)| {
        AuditRow {
            position: 0,
            chain: HomeId::from_uuid(id(home)),
            sequence: 1,
            hash: Digest::of(b"row"),
            at: Timestamp::from_millis(at - 2),
            outcome,
            command: Some(CommandId::from_uuid(id(0))),
            actor,
            role: OPERATOR.to_owned(),
            on_behalf,
            component: Some(Component::Operator),
            run,
            changed,
            objects: objects.into_iter().collect(),
        }
    })
}

fn made_up_query() -> impl Strategy<Value = AuditQuery> {
    let row = (made_up_row(), any::<u16>());
    (row, prop::option::of(-3..5_i64), prop::option::of(-3..5_i64), 1..4_usize).prop_map(
        |((row, which), from, until, limit)| {
            let asks = |bit: u8| which >> bit & 3 == 0;
            let run = row.run.as_ref();
            AuditQuery {
                actor: row.actor.filter(|_| asks(0)),
                on_behalf: row.on_behalf.filter(|_| asks(1)),
                object: row.objects.first().copied().filter(|_| asks(2)),
                instance: run.map(|it| it.instance).filter(|_| asks(3)),
                process: run.map(|it| it.process.clone()).filter(|_| asks(4)),
                outcome: Some(row.outcome).filter(|_| asks(5)),
                reason: run.and_then(|it| it.reason.clone()).filter(|_| asks(6)),
                unapproved: asks(7),
                from: from.map(Timestamp::from_millis),
                until: until.map(Timestamp::from_millis),
                after: None,
                limit,
            }
        },
    )
}

fn made_up_homes(batch: usize) -> Vec<(HomeId, Keys)> {
    let keys = |home: u8| {
        let keys = Keys::default().with(&OWNER_KEY, KeyRef::Id(id(home)));
        let unit = if batch.is_multiple_of(2) { "even" } else { "odd" };
        if home == 0 { keys } else { keys.with(&UNIT_KEY, KeyRef::Text(unit)) }
    };
    (0..2).map(|home| (HomeId::from_uuid(id(home)), keys(home))).collect()
}

async fn in_pages(log: &dyn AuditLog, scope: &Scope, query: &AuditQuery) -> Vec<AuditRow> {
    let mut query = query.clone();
    let mut rows = Vec::new();
    loop {
        let AuditFound { rows: page, next } = log.query(TENANT, scope, &query).await.unwrap();
        assert!(page.len() == query.limit || next.is_none());
        rows.extend(page);
        match next {
            Some(place) => query.after = Some(place),
            None => return rows,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_audit_log_keeps_its_contract(
        made_up in prop::collection::vec(made_up_row(), 0..30),
        cuts in prop::collection::vec((0..30_usize, 0..30_usize), 1..8),
        queries in prop::collection::vec(made_up_query(), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let sqlite = SqliteAudit::open(folder.path().join("audit.db")).unwrap();
            let logs: [&dyn AuditLog; 2] = [&MemoryAudit::new(), &sqlite];
            // Positions rise with gaps.
            let all: Vec<_> = (1..).zip(made_up).map(|(n, row)| AuditRow { position: n * 2, ..row }).collect();
            // What must be in it: a naive model.
            let mut known: Vec<AuditRow> = Vec::new();
            let mut homes = BTreeMap::new();
            for (batch, (from, to)) in cuts.into_iter().enumerate() {
                let (from, to) = (from.min(all.len()), to.min(all.len()));
                let rows = all.get(from..to).unwrap_or_default().to_vec();
                let after = from.checked_sub(1).map_or(0, |it| all[it].position);
                let applied = known.last().map_or(0, |it| it.position);
                let batch = AuditBatch { tenant: TENANT, after, rows, homes: made_up_homes(batch) };
                for log in logs {
                    let came = log.apply(&batch).await;
                    assert_eq!(matches!(came, Err(StorageError::Conflict { .. })), after > applied, "{came:?}");
                    assert_eq!(came.is_err(), after > applied);
                }
                let new: Vec<_> = batch.rows.into_iter().filter(|it| it.position > applied).collect();
                if after <= applied && !new.is_empty() {
                    known.extend(new);
                    homes.extend(batch.homes);
                }
            }
            let last = known.last();
            let applied = Applied { position: last.map_or(0, |it| it.position), at: last.map(|it| it.at) };
            known.sort_by_key(|it| std::cmp::Reverse(AuditPlace::of(it)));
            let unit = |it: &str| Scope::Units(BTreeSet::from([it.to_owned()]));
            for log in logs {
                assert_eq!(log.applied(TENANT).await.unwrap(), applied);
                assert_eq!(log.applied(TenantId::new(8)).await.unwrap(), Applied::default());
                for scope in [Scope::All, unit("even"), unit("odd"), Scope::Own(PersonId::from_uuid(id(0))), Scope::None] {
                    let reached = |it: &AuditRow| {
                        scope == Scope::All || homes.get(&it.chain).is_some_and(|keys| scope.reaches(keys))
                    };
                    for query in &queries {
                        let expected: Vec<_> = known.iter().filter(|it| reached(it) && query.wants(it)).cloned().collect();
                        assert_eq!(in_pages(log, &scope, query).await, expected, "{scope:?} {query:?}");
                    }
                }
                assert_eq!(log.query(TenantId::new(8), &Scope::All, &AuditQuery::all()).await.unwrap().rows, []);
                log.clear(TENANT).await.unwrap();
                assert_eq!(log.applied(TENANT).await.unwrap(), Applied::default());
                assert_eq!(log.query(TENANT, &Scope::All, &AuditQuery::all()).await.unwrap(), AuditFound::default());
            }
        });
    }
}
