use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::read;
use super::rows::{self, Tail, failed, number};
use super::write::conflict;
use crate::engine::chain::{ChainHead, Draft, Linked, link};
use crate::ports::StorageError;
use crate::values::{HomeId, Kind, ObjectRef, Revision, TenantId};

/// The homes that a commit reads or writes: each row is read once, and written once if anything about it changed.
pub(super) struct Homes<'a> {
    connection: &'a Connection,
    tenant: TenantId,
    rows: Vec<HomeRow>,
}

pub(super) struct HomeRow {
    id: HomeId,
    /// The number of its row, if it is there already.
    row: Option<i64>,
    pub(super) revision: Revision,
    pub(super) tail: Tail,
    /// An object of the home was written.
    touched: bool,
    /// A record was put at the end of the chain.
    extended: bool,
    /// Its objects that were there and are not written yet, once one of them is to be written.
    objects: Option<Vec<(Kind, Uuid, i64, Stored)>>,
    /// The last number that a row of it has, once its objects were read.
    last: Option<i64>,
}

/// The rows of a home have numbers of one range, so that they lie together: this many, and then those of another.
const RANGE: i64 = 1 << 20;

/// What the row of a record holds.
pub(super) struct Stored {
    pub(super) revision: Revision,
    pub(super) keys: Vec<u8>,
    /// The length of its body as it is stored, if it is an object.
    pub(super) length: usize,
}

impl<'a> Homes<'a> {
    pub(super) fn of(connection: &'a Connection, tenant: TenantId) -> Self {
        Homes { connection, tenant, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, id: HomeId) -> Result<&mut HomeRow, StorageError> {
        self.found_or(id, load)
    }

    /// The row of a home and those of its objects, in one go: a command writes most of them, and they lie together.
    pub(super) fn row_and_objects(&mut self, id: HomeId) -> Result<&mut HomeRow, StorageError> {
        let (tenant, connection) = (self.tenant, self.connection);
        let home = self.found_or(id, load_all)?;
        if home.objects.is_none() {
            let HomeRow { objects, last, .. } = load_all(connection, tenant, id)?;
            (home.objects, home.last) = (objects, last);
        }
        Ok(home)
    }

    fn found_or(
        &mut self,
        id: HomeId,
        load: impl FnOnce(&Connection, TenantId, HomeId) -> Result<HomeRow, StorageError>,
    ) -> Result<&mut HomeRow, StorageError> {
        let index = match self.rows.iter().position(|it| it.id == id) {
            Some(index) => index,
            None => {
                self.rows.push(load(self.connection, self.tenant, id)?);
                self.rows.len() - 1
            }
        };
        self.rows.get_mut(index).ok_or_else(|| conflict(format!("home {id}")))
    }

    /// The number of the row of an object that is about to be written, and what the row holds.
    pub(super) fn take_object(&mut self, at: ObjectRef) -> Result<(i64, Option<Stored>), StorageError> {
        let connection = self.connection;
        let home = self.row_and_objects(at.home())?;
        home.touched = true;
        let objects = home.objects.get_or_insert_default();
        let place = objects.iter().position(|(kind, id, ..)| *kind == at.kind() && *id == at.id());
        match place.map(|it| objects.swap_remove(it)) {
            Some((_, _, row, stored)) => Ok((row, Some(stored))),
            None => Ok((home.next(connection)?, None)),
        }
    }

    /// Puts a draft at the end of its chain.
    pub(super) fn append(&mut self, draft: &Draft) -> Result<ChainHead, StorageError> {
        let (tenant, connection) = (self.tenant, self.connection);
        let home = self.row(draft.chain)?;
        let linked = link(tenant, home.tail.head, draft.clone());
        let before = Some(home.tail.row).filter(|it| *it != 0);
        let row = insert_history(connection, before, &linked)?;
        home.tail = Tail { head: ChainHead { length: linked.sequence, hash: linked.hash }, row };
        home.extended = true;
        Ok(home.tail.head)
    }

    pub(super) fn store(&mut self) -> Result<(), StorageError> {
        let (tenant, connection) = (self.tenant.number(), self.connection);
        for home in self.rows.iter_mut().filter(|it| it.touched || it.extended) {
            let revision = number(if home.touched { home.revision.next() } else { home.revision }.number());
            let tail = home.tail.to_bytes();
            let written = match home.row {
                Some(row) => connection
                    .prepare_cached("update object set revision = ?2, body = ?3 where n = ?1")
                    .and_then(|mut it| it.execute(params![row, revision, tail])),
                None => {
                    let row = home.next(connection)?;
                    connection
                        .prepare_cached(
                            "insert into object (n, tenant, home, kind, id, revision, keys, body)
                             values (?1, ?2, ?3, 0, x'', ?4, x'', ?5)",
                        )
                        .and_then(|mut it| it.execute(params![row, tenant, home.id.uuid(), revision, tail]))
                }
            };
            if written.map_err(failed)? != 1 {
                return Err(read::odd_home(home.id));
            }
        }
        Ok(())
    }
}

impl HomeRow {
    fn new(id: HomeId) -> Self {
        HomeRow {
            id,
            row: None,
            revision: Revision::NONE,
            tail: Tail::EMPTY,
            touched: false,
            extended: false,
            objects: None,
            last: None,
        }
    }

    /// The number of a new row of it: after those it has, or at the beginning of a range that nobody has yet.
    fn next(&mut self, connection: &Connection) -> Result<i64, StorageError> {
        let after = self.last.and_then(|it| it.checked_add(1)).filter(|it| it % RANGE != 0);
        let row = match after {
            Some(row) => row,
            None => {
                let last: Option<i64> = connection
                    .prepare_cached("select max(n) from object")
                    .and_then(|mut it| it.query_row([], |row| row.get(0)))
                    .map_err(failed)?;
                (last.unwrap_or_default() / RANGE + 1).saturating_mul(RANGE)
            }
        };
        self.last = Some(row);
        Ok(row)
    }
}

fn load(connection: &Connection, tenant: TenantId, id: HomeId) -> Result<HomeRow, StorageError> {
    let found: Option<(i64, u64, Vec<u8>)> = connection
        .prepare_cached("select n, revision, body from object where tenant = ?1 and home = ?2 and kind = 0")
        .and_then(|mut it| {
            let key = params![tenant.number(), id.uuid()];
            it.query_row(key, |row| Ok((row.get(0)?, rows::count(row, 1)?, row.get(2)?))).optional()
        })
        .map_err(failed)?;
    let mut home = HomeRow::new(id);
    if let Some((row, revision, body)) = found {
        (home.row, home.revision, home.tail) = (Some(row), Revision::new(revision), read::tail(&body, id)?);
    }
    Ok(home)
}

fn load_all(connection: &Connection, tenant: TenantId, id: HomeId) -> Result<HomeRow, StorageError> {
    let mut home = HomeRow::new(id);
    let mut select = connection
        .prepare_cached(
            "select n, kind, id, revision, keys, iif(kind = 0, body, length(body)) from object
             where tenant = ?1 and home = ?2",
        )
        .map_err(failed)?;
    let mut rows = select.query(params![tenant.number(), id.uuid()]).map_err(failed)?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let (number, kind): (i64, u8) = (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
        let revision = Revision::new(rows::count(row, 3).map_err(failed)?);
        home.last = home.last.max(Some(number));
        if kind == 0 {
            let body: Vec<u8> = row.get(5).map_err(failed)?;
            (home.row, home.revision, home.tail) = (Some(number), revision, read::tail(&body, id)?);
        } else {
            let (keys, length) = (row.get(4).map_err(failed)?, row.get::<_, u32>(5).map_err(failed)? as usize);
            let stored = Stored { revision, keys, length };
            objects.push((Kind::new(kind), row.get(2).map_err(failed)?, number, stored));
        }
    }
    home.objects = Some(objects);
    Ok(home)
}

fn insert_history(connection: &Connection, before: Option<i64>, linked: &Linked) -> Result<i64, StorageError> {
    let personal = linked.personal.as_ref();
    let mut insert = connection
        .prepare_cached(
            "insert into history
             (before, tenant, chain, sequence, previous, at, open, commitment, salt, personal, hash)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )
        .map_err(failed)?;
    insert
        .insert(params![
            before,
            linked.tenant.number(),
            linked.chain.uuid(),
            number(linked.sequence),
            linked.previous.as_bytes(),
            linked.at.millis(),
            linked.open,
            linked.commitment.as_ref().map(|it| it.as_bytes()),
            personal.map(|it| it.salt),
            personal.map(|it| &it.bytes),
            linked.hash.as_bytes(),
        ])
        .map_err(failed)
}
