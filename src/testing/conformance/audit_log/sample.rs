//! Rows made up, and the batches that bring them.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::engine::{AuditOutcome, AuditRow, AuditRun, Component, KeyRef, Keys, OWNER_KEY, Scope, UNIT_KEY, Version};
use crate::ports::{AuditBatch, AuditPlace};
use crate::values::{CommandId, Digest, HomeId, InstanceId, Kind, ObjectRef, PersonId, TenantId, Timestamp};

pub(super) const TENANT: TenantId = TenantId::new(7);
pub(super) const OTHER: TenantId = TenantId::new(8);

pub(super) fn home(n: u64) -> HomeId {
    HomeId::from_uuid(id(n))
}

pub(super) fn person(n: u64) -> PersonId {
    PersonId::from_uuid(id(n))
}

pub(super) fn instance(n: u64) -> InstanceId {
    InstanceId::from_uuid(id(n))
}

/// An object of a home, and of a kind.
pub(super) fn object(of: u64, kind: u8, n: u64) -> ObjectRef {
    ObjectRef::new(home(of), Kind::new(kind), id(n))
}

fn id(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n))
}

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000_000 + millis)
}

/// The row at a position, in home 1, decided as many milliseconds later.
pub(super) fn row(position: u64) -> AuditRow {
    AuditRow {
        position,
        chain: home(1),
        sequence: position,
        hash: Digest::of(&position.to_be_bytes()),
        at: at(i64::try_from(position).unwrap()),
        outcome: AuditOutcome::Done,
        command: Some(CommandId::from_uuid(id(position))),
        actor: Some(person(1)),
        role: "Operator".to_owned(),
        on_behalf: None,
        component: Some(Component::Operator),
        run: Some(run(1, "Lend", None)),
        changed: true,
        objects: vec![object(1, 17, 2)],
    }
}

pub(super) fn run(n: u64, process: &str, reason: Option<&str>) -> AuditRun {
    AuditRun {
        instance: instance(n),
        process: process.to_owned(),
        version: Version(3),
        subject: Some(object(1, 17, 2)),
        reason: reason.map(str::to_owned),
        approved: false,
        ended: true,
    }
}

/// Rows at these positions.
pub(super) fn rows(positions: impl IntoIterator<Item = u64>) -> Vec<AuditRow> {
    positions.into_iter().map(row).collect()
}

/// Rows that differ in everything one can ask for, in many combinations.
pub(super) fn varied() -> Vec<AuditRow> {
    let reasons = [None, Some("lost"), Some("stolen")];
    let one = |n: u64| {
        // A number below `many`, another one for each `place`.
        let pick = |place: u64, many: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (place * 5)) % many;
        let run_of = || AuditRun {
            approved: pick(0, 2) == 0,
            ..run(pick(1, 5), ["Lend", "Lock", "lend"][pick(2, 3) as usize], reasons[pick(3, 3) as usize])
        };
        AuditRow {
            chain: home(pick(4, 3)),
            outcome: AuditOutcome::ALL[n as usize % AuditOutcome::ALL.len()],
            actor: Some(person(pick(5, 4))).filter(|it| *it != person(0)),
            on_behalf: Some(person(pick(6, 5))).filter(|it| *it != person(0)),
            run: (pick(7, 7) > 0).then(run_of),
            changed: pick(8, 3) > 0,
            objects: (0..pick(9, 4)).map(|it| object(pick(10, 2), 17 + pick(11, 2) as u8, it)).collect(),
            // Several at one time.
            at: at(i64::try_from(n / 4).unwrap()),
            ..row(n)
        }
    };
    (1..=90).map(one).collect()
}

/// A batch that begins after a position, with keys for no home.
pub(super) fn batch(after: u64, rows: &[AuditRow]) -> AuditBatch {
    AuditBatch { tenant: TENANT, after, rows: rows.to_vec(), homes: Vec::new() }
}

/// Rows as they are shown.
pub(super) fn newest_first(mut rows: Vec<AuditRow>) -> Vec<AuditRow> {
    rows.sort_by_key(|it| std::cmp::Reverse(AuditPlace::of(it)));
    rows
}

pub(super) fn in_unit(unit: &str) -> Keys {
    Keys::default().with(&UNIT_KEY, KeyRef::Text(unit))
}

pub(super) fn of_person(n: u64) -> Keys {
    Keys::default().with(&OWNER_KEY, KeyRef::Id(id(n)))
}

pub(super) fn units<const N: usize>(units: [&str; N]) -> Scope {
    Scope::Units(BTreeSet::from(units.map(str::to_owned)))
}
