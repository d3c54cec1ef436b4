//! Where the rows of objects lie.

use std::collections::BTreeMap;

use super::*;

/// The numbers of the rows of each home.
fn rows_of_homes(connection: &Connection) -> BTreeMap<u128, Vec<i64>> {
    let mut rows = BTreeMap::<_, Vec<i64>>::new();
    let mut select = connection.prepare("select home, n from object order by n").unwrap();
    let found = select.query_map([], |row| Ok((row.get::<_, Uuid>(0)?, row.get(1)?))).unwrap();
    for (home, n) in found.map(Result::unwrap) {
        rows.entry(home.as_u128()).or_default().push(n);
    }
    rows
}

fn more(of: u128, n: u128, revision: u64) -> Commit {
    let at = ObjectRef::new(home(of), BOOK, Uuid::from_u128(n));
    let record = Record { at, revision: Revision::NONE.next(), ..book(n, 1, "a", &n.to_string()).into_record() };
    Commit { expects: vec![(home(of), Revision::new(revision))], puts: vec![record.into()], ..Commit::of(TENANT) }
}

#[test]
fn the_rows_of_a_home_lie_together() {
    let Store { mut core, reader, _folder } = store();
    run(&mut core, shelved(1, 1, "a", "n1")).unwrap();
    run(&mut core, shelved(2, 1, "a", "n2")).unwrap();
    run(&mut core, more(1, 11, 1)).unwrap();
    run(&mut core, more(2, 12, 1)).unwrap();
    let rows = rows_of_homes(&reader);
    let first = [1, 2].map(|it| rows[&it][0]);
    assert_eq!(rows, BTreeMap::from([1, 2].map(|it| (it, Vec::from_iter((0..3).map(|n| rows[&it][0] + n))))));
    assert_eq!(first[1] - first[0], 1 << 20, "{rows:?}");
}

#[test]
fn a_home_whose_range_is_full_goes_on_in_another() {
    let Store { mut core, reader, _folder: folder } = store();
    run(&mut core, shelved(1, 1, "a", "n1")).unwrap();
    run(&mut core, shelved(2, 1, "a", "n2")).unwrap();
    let last = rows_of_homes(&reader)[&2][0] - 1;
    let file = Connection::open(folder.path().join("store.db")).unwrap();
    file.execute("update object set n = ?1 where home = ?2 and kind <> 0", (last, home(1).uuid())).unwrap();
    run(&mut core, more(1, 11, 1)).unwrap();
    let rows = rows_of_homes(&reader);
    assert!(rows[&1].iter().any(|it| *it > rows[&2][1]), "{rows:?}");
    assert_eq!(shelves(&reader).len(), 3);
}
