//! The statements of the audit log, as the database plans them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use uuid::Uuid;

use super::audit::{applied, apply, clear, find};
use super::schema::AUDIT;
use super::tests::{assert_finds_by_an_index, is_about_rows};
use crate::engine::{AuditOutcome, AuditRow, AuditRun, Component, KeyRef, Keys, Scope, UNIT_KEY, Version};
use crate::ports::{AuditBatch, AuditPlace, AuditQuery};
use crate::values::{Digest, HomeId, InstanceId, Kind, ObjectRef, PersonId, TenantId, Timestamp};

const TENANT: TenantId = TenantId::new(1);

/// Every statement that was run by the test.
static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn note_statement(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).insert(statement.sql().into_owned());
    }
}

fn row(position: u64) -> AuditRow {
    let id = Uuid::from_u128(u128::from(position % 7));
    let home = HomeId::from_uuid(id);
    let run = AuditRun {
        instance: InstanceId::from_uuid(id),
        process: "Lend".to_owned(),
        version: Version(1),
        subject: None,
        reason: Some("study".to_owned()),
        approved: false,
        ended: true,
    };
    AuditRow {
        position,
        chain: home,
        sequence: position,
        hash: Digest::ZERO,
        at: Timestamp::from_millis(1000),
        outcome: AuditOutcome::Done,
        command: None,
        actor: Some(PersonId::from_uuid(id)),
        role: String::new(),
        on_behalf: Some(PersonId::from_uuid(id)),
        component: Some(Component::Operator),
        run: Some(run),
        changed: true,
        objects: vec![ObjectRef::new(home, Kind::new(16), id)],
    }
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let (_file, mut connection) = AUDIT.open(&folder.path().join("audit.db")).unwrap();
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note_statement)).unwrap();
    let unit = |unit: &str| Keys::default().with(&UNIT_KEY, KeyRef::Text(unit));
    let homes = (0..7).map(|it| (HomeId::from_uuid(Uuid::from_u128(it)), unit("Berlin"))).collect();
    let batch = AuditBatch { tenant: TENANT, after: 0, rows: (1..50).map(row).collect(), homes };
    apply(&connection, &batch).unwrap();
    assert_eq!(applied(&connection, TENANT).unwrap().position, 49);

    let one = row(8);
    let queries = [
        AuditQuery::all(),
        AuditQuery::by(one.actor.unwrap()),
        AuditQuery::all().on_behalf(one.on_behalf.unwrap()),
        AuditQuery::all().object(one.objects[0]),
        AuditQuery::all().instance(one.run.as_ref().unwrap().instance),
        AuditQuery::all().process("Lend"),
        AuditQuery::without_approval("Lend"),
        AuditQuery::all().outcome(AuditOutcome::Done),
        AuditQuery::all().reason("study"),
    ];
    let (from, until) = (Timestamp::from_millis(0), Timestamp::from_millis(2000));
    for query in queries {
        for scope in [Scope::All, Scope::Units(BTreeSet::from(["Berlin".to_owned()]))] {
            let found = find(&connection, TENANT, &scope, &query).unwrap();
            assert!(found.rows.contains(&one), "{query:?}");
            let after = query.clone().between(from, until).after(AuditPlace::of(&row(9)));
            assert!(find(&connection, TENANT, &scope, &after).unwrap().rows.contains(&one), "{query:?}");
        }
    }
    clear(&connection, TENANT).unwrap();

    let statements = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let statements: Vec<_> = statements.iter().filter(|it| is_about_rows(it)).collect();
    statements.iter().for_each(|sql| assert_finds_by_an_index(&connection, sql));
    assert!(statements.len() >= 11, "{statements:#?}");
}
