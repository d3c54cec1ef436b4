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
    /// Whether the row is there already.
    stored: bool,
    pub(super) revision: Revision,
    pub(super) tail: Tail,
    /// An object of the home was written.
    touched: bool,
    /// A record was put at the end of the chain.
    extended: bool,
    /// Its objects that were there and are not written yet, once one of them is to be written.
    objects: Option<Vec<(Kind, Uuid, Stored)>>,
}

/// What the row of a record holds.
pub(super) struct Stored {
    pub(super) revision: Revision,
    pub(super) keys: Vec<u8>,
    /// The length of its body, as it is stored.
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
            home.objects = load_all(connection, tenant, id)?.objects;
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

    /// The row of an object that is about to be written.
    pub(super) fn take_object(&mut self, at: ObjectRef) -> Result<Option<Stored>, StorageError> {
        let home = self.row_and_objects(at.home())?;
        home.touched = true;
        let objects = home.objects.get_or_insert_default();
        let place = objects.iter().position(|(kind, id, _)| *kind == at.kind() && *id == at.id());
        Ok(place.map(|it| objects.swap_remove(it).2))
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

    pub(super) fn store(&self) -> Result<(), StorageError> {
        for home in self.rows.iter().filter(|it| it.touched || it.extended) {
            let revision = if home.touched { home.revision.next() } else { home.revision };
            let statement = if home.stored {
                "update object set revision = ?3, body = ?4 where tenant = ?1 and home = ?2 and kind = 0 and id = x''"
            } else {
                "insert into object (tenant, home, kind, id, revision, keys, body) values (?1, ?2, 0, x'', ?3, x'', ?4)"
            };
            let key = (self.tenant.number(), home.id.uuid());
            let values = params![key.0, key.1, number(revision.number()), home.tail.to_bytes()];
            let written = self.connection.prepare_cached(statement).and_then(|mut it| it.execute(values));
            if written.map_err(failed)? != 1 {
                return Err(read::odd_home(home.id));
            }
        }
        Ok(())
    }
}

fn load(connection: &Connection, tenant: TenantId, id: HomeId) -> Result<HomeRow, StorageError> {
    let found: Option<(u64, Vec<u8>)> = connection
        .prepare_cached("select revision, body from object where tenant = ?1 and home = ?2 and kind = 0")
        .and_then(|mut it| {
            let key = params![tenant.number(), id.uuid()];
            it.query_row(key, |row| Ok((rows::count(row, 0)?, row.get(1)?))).optional()
        })
        .map_err(failed)?;
    let (revision, tail) = match &found {
        Some((revision, body)) => (Revision::new(*revision), read::tail(body, id)?),
        None => (Revision::NONE, Tail::EMPTY),
    };
    Ok(HomeRow { id, stored: found.is_some(), revision, tail, touched: false, extended: false, objects: None })
}

fn load_all(connection: &Connection, tenant: TenantId, id: HomeId) -> Result<HomeRow, StorageError> {
    let mut home = HomeRow {
        id,
        stored: false,
        revision: Revision::NONE,
        tail: Tail::EMPTY,
        touched: false,
        extended: false,
        objects: None,
    };
    let mut select = connection
        .prepare_cached(
            "select kind, id, revision, keys, iif(kind = 0, body, length(body)) from object where tenant = ?1 and home = ?2",
        )
        .map_err(failed)?;
    let mut rows = select.query(params![tenant.number(), id.uuid()]).map_err(failed)?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let kind: u8 = row.get(0).map_err(failed)?;
        let revision = Revision::new(rows::count(row, 2).map_err(failed)?);
        if kind == 0 {
            let body: Vec<u8> = row.get(4).map_err(failed)?;
            (home.stored, home.revision, home.tail) = (true, revision, read::tail(&body, id)?);
        } else {
            let (keys, length) = (row.get(3).map_err(failed)?, row.get::<_, u32>(4).map_err(failed)? as usize);
            objects.push((Kind::new(kind), row.get(1).map_err(failed)?, Stored { revision, keys, length }));
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
