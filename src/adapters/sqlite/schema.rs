use super::file::FileKind;

/// The store of cards in one file.
///
/// What decides the speed is the number of pages a commit touches, so:
/// - objects are clustered by home: the numbers of their rows are of one range. The home itself is one of the rows: kind 0,
///   no id, the revision of the home, and in its body the head of its chain. They are no table by key, since the inner pages
///   of one hold whole rows, and have few branches then;
/// - instances, tasks, work and commands live short and are kept in the order of time, their ids being UUIDs of version 7;
/// - the history is append-only with no second index: each record names the row of the one before it, the home names the
///   last;
/// - keys stand in one index, and common values (`active`, `valid`) not at all;
/// - an object has some room behind it, and grows where it lies.
pub(super) const STORE: FileKind = FileKind {
    what: "store",
    application_id: 0x4346_7374,
    migrations: &[include_str!("store_1.sql"), include_str!("store_2.sql")],
};

/// The ledger of authorities.
pub(super) const LEDGER: FileKind = FileKind {
    what: "ledger",
    application_id: 0x4346_6c67,
    migrations: &[
        include_str!("ledger_1.sql"),
        include_str!("ledger_2.sql"),
        include_str!("ledger_3.sql"),
        include_str!("ledger_4.sql"),
    ],
};

/// The projection that answers audit queries: nothing in it that is not in the history.
pub(super) const AUDIT: FileKind =
    FileKind { what: "audit log", application_id: 0x4346_6175, migrations: &[include_str!("audit_1.sql")] };
