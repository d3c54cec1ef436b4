//! The floor: the plain store doing the same writes, with prepared statements in the same number of transactions.
//!
//! It is fixed: reference tables in the layout of the manual's design chapter, records of the sizes the real job writes (a
//! test of the library holds the two together), one writer, no domain, no engine, no checks but revisions.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// Bytes of the records that one deactivation writes: keys and body of a record together.
pub mod sizes {
    pub const CARD: usize = 280;
    pub const CERTIFICATE: usize = 935;
    pub const RELATION: usize = 220;
    pub const HOME: usize = 48;
    pub const INSTANCE: usize = 241;
    pub const TASK: usize = 217;
    pub const TIMER: usize = 40;
    pub const EFFECT: usize = 150;
    pub const STARTED: usize = 270;
    pub const CHANGED: usize = 1400;
    pub const CONFIRMED: usize = 240;
    pub const PERSONAL: usize = 34;
    pub const COMMAND: usize = 204;
}

const BYTES: [u8; 2048] = [7; 2048];

fn home(n: u64) -> [u8; 16] {
    let mut id = [9; 16];
    id[1..9].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    id
}

/// Ids that rise with time.
fn id(kind: u8, n: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[0] = kind;
    id[1..9].copy_from_slice(&n.to_be_bytes());
    id
}

/// The objects that a deactivation changes: a card, two certificates, three relations.
const CHANGED: [(u8, usize); 6] = [
    (17, sizes::CARD),
    (18, sizes::CERTIFICATE),
    (18, sizes::CERTIFICATE),
    (19, sizes::RELATION),
    (19, sizes::RELATION),
    (19, sizes::RELATION),
];

pub struct Floor {
    connection: Connection,
}

impl Floor {
    pub fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.pragma_update(None, "synchronous", "full").unwrap();
        connection.pragma_update(None, "cache_size", -65_536).unwrap();
        connection.pragma_update(None, "wal_autocheckpoint", 20_000).unwrap();
        connection.set_prepared_statement_cache_capacity(64);
        Floor { connection }
    }

    pub fn create(path: &Path, cards: u64) -> Self {
        let floor = Floor::open(path);
        floor.connection.execute_batch(include_str!("floor.sql")).unwrap();
        let mut order: Vec<u64> = (0..cards).collect();
        order.sort_by_key(|it| home(*it));
        floor.run("begin immediate");
        for n in order {
            floor.object(n, 0, 0, sizes::HOME);
            floor.object(n, 16, 100, sizes::CARD);
            for (place, (kind, size)) in CHANGED.iter().enumerate() {
                floor.object(n, *kind, place as u8, *size);
            }
        }
        floor.run("commit");
        floor
    }

    fn run(&self, sql: &str) {
        self.connection.prepare_cached(sql).unwrap().execute([]).unwrap();
    }

    fn object(&self, n: u64, kind: u8, place: u8, size: usize) {
        self.connection
            .prepare_cached("insert into object values (1, ?, ?, ?, 1, null, ?)")
            .unwrap()
            .execute(params![home(n), kind, id(place, n), &BYTES[..size]])
            .unwrap();
    }

    pub fn load(&self, n: u64) {
        let mut select = self
            .connection
            .prepare_cached("select kind, id, revision, state, body from object where tenant = 1 and home = ?")
            .unwrap();
        let rows = select.query_map(params![home(n)], |row| row.get::<_, Vec<u8>>(4)).unwrap();
        assert!(rows.map(Result::unwrap).count() >= 8);
    }

    fn history(&self, n: u64, sequence: i64, size: usize) {
        self.connection
            .prepare_cached("insert into history (before, tenant, home, sequence, at, body, personal, hash) values (?, 1, ?, ?, 1, ?, ?, ?)")
            .unwrap()
            .execute(params![1, home(n), sequence, &BYTES[..size], &BYTES[..sizes::PERSONAL], &BYTES[..96]])
            .unwrap();
        self.connection
            .prepare_cached("update object set revision = revision + 1, body = ? where tenant = 1 and home = ? and kind = 0 and id = ?")
            .unwrap()
            .execute(params![&BYTES[..sizes::HOME], home(n), id(0, n)])
            .unwrap();
    }

    fn command(&self, kind: u8, n: u64) {
        self.connection
            .prepare_cached("insert into command (tenant, id, actor, at, answer) values (1, ?, ?, 1, ?)")
            .unwrap()
            .execute(params![id(kind, n), id(1, 1), &BYTES[..sizes::COMMAND]])
            .unwrap();
    }

    fn work(&self, n: u64, place: u8, ready: i64, size: usize) {
        self.connection
            .prepare_cached("insert into work values (1, ?, ?, ?, ?)")
            .unwrap()
            .execute(params![id(4, n), id(place, n), ready, &BYTES[..size]])
            .unwrap();
    }

    fn work_done(&self, n: u64, place: u8) {
        let done = self
            .connection
            .prepare_cached("delete from work where tenant = 1 and instance = ? and id = ?")
            .unwrap()
            .execute(params![id(4, n), id(place, n)])
            .unwrap();
        assert_eq!(done, 1);
    }

    fn update(&self, n: u64, place: u8, kind: u8, state: Option<&str>, revision: i64, size: usize) {
        let done = self
            .connection
            .prepare_cached("update object set revision = revision + 1, state = ?, body = ? where tenant = 1 and home = ? and kind = ? and id = ? and revision = ?")
            .unwrap()
            .execute(params![state, &BYTES[..size], home(n), kind, id(place, n), revision])
            .unwrap();
        assert_eq!(done, 1);
    }

    fn instance(&self, n: u64, revision: i64, open: Option<&str>) {
        let done = self
            .connection
            .prepare_cached(
                "update instance set revision = ?, open = ?, body = ? where tenant = 1 and id = ? and revision = ?",
            )
            .unwrap()
            .execute(params![revision, open, &BYTES[..sizes::INSTANCE], id(4, n), revision - 1])
            .unwrap();
        assert_eq!(done, 1);
    }

    pub fn start(&self, n: u64) {
        self.connection
            .prepare_cached("insert into instance values (1, ?, 1, 'process', ?)")
            .unwrap()
            .execute(params![id(4, n), &BYTES[..sizes::INSTANCE]])
            .unwrap();
        self.connection
            .prepare_cached("insert into task values (1, ?, ?, ?)")
            .unwrap()
            .execute(params![id(4, n), id(5, n), &BYTES[..sizes::TASK]])
            .unwrap();
        self.work(n, 5, 9, sizes::TIMER);
        self.command(1, n * 2);
        self.history(n, 1, sizes::STARTED);
    }

    pub fn next(&self, n: u64) {
        self.instance(n, 2, Some("process"));
        self.connection
            .prepare_cached("delete from task where tenant = 1 and instance = ? and id = ?")
            .unwrap()
            .execute(params![id(4, n), id(5, n)])
            .unwrap();
        self.work_done(n, 5);
        for (place, (kind, size)) in CHANGED.iter().enumerate() {
            let state = match kind {
                17 => Some("inactive"),
                18 => Some("on hold, not confirmed"),
                _ => None,
            };
            self.update(n, place as u8, *kind, state, 1, *size);
        }
        self.work(n, 6, 5, sizes::EFFECT);
        self.work(n, 7, 5, sizes::EFFECT);
        self.command(1, n * 2 + 1);
        self.history(n, 2, sizes::CHANGED);
    }

    pub fn confirm(&self, n: u64) {
        for place in [1, 2] {
            self.update(n, place, 18, Some("on hold"), 2, sizes::CERTIFICATE);
            self.work_done(n, 5 + place);
        }
        self.instance(n, 3, None);
        self.history(n, 3, sizes::CONFIRMED);
    }

    /// How long the confirmations of so many jobs take that wait for nothing else, some in a transaction.
    pub fn confirmed(&self, jobs: u64, together: usize) -> Duration {
        self.run("begin immediate");
        for n in 0..jobs {
            self.start(n);
            self.next(n);
        }
        self.run("commit");
        let all: Vec<u64> = (0..jobs).collect();
        let begin = Instant::now();
        for some in all.chunks(together) {
            some.iter().for_each(|it| self.load(*it));
            self.run("begin immediate");
            for n in some {
                self.run("savepoint job");
                self.confirm(*n);
                self.run("release job");
            }
            self.run("commit");
        }
        begin.elapsed()
    }

    /// Whole jobs of one caller: three transactions each.
    pub fn one_by_one(&self, jobs: std::ops::Range<u64>) -> Duration {
        let begin = Instant::now();
        for n in jobs {
            for step in [Floor::start, Floor::next, Floor::confirm] {
                self.load(n);
                self.run("begin immediate");
                step(self, n);
                self.run("commit");
            }
        }
        begin.elapsed()
    }

    /// Whole jobs, so many in flight: what waits is one transaction, a savepoint each.
    pub fn together(self, path: &Path, jobs: std::ops::Range<u64>, in_flight: u64) -> Duration {
        type Step = (u8, u64, mpsc::Sender<(u8, u64)>);
        let (send, receive) = mpsc::channel::<Step>();
        let writer = thread::spawn(move || {
            while let Ok(first) = receive.recv() {
                let batch: Vec<Step> = std::iter::once(first).chain(receive.try_iter().take(255)).collect();
                self.run("begin immediate");
                for (step, n, _) in &batch {
                    self.run("savepoint job");
                    match step {
                        0 => self.start(*n),
                        1 => self.next(*n),
                        _ => self.confirm(*n),
                    }
                    self.run("release job");
                }
                self.run("commit");
                for (step, n, done) in batch {
                    done.send((step, n)).unwrap_or_default();
                }
            }
        });
        let reader = Floor::open(path);
        let (done, finished) = mpsc::channel();
        let (mut next, mut open) = (jobs.start, 0);
        let begin = Instant::now();
        while next < jobs.end && open < in_flight {
            reader.load(next);
            send.send((0, next, done.clone())).unwrap();
            (next, open) = (next + 1, open + 1);
        }
        while open > 0 {
            let (step, n) = finished.recv().unwrap();
            if step < 2 {
                reader.load(n);
                send.send((step + 1, n, done.clone())).unwrap();
            } else if next < jobs.end {
                reader.load(next);
                send.send((0, next, done.clone())).unwrap();
                next += 1;
            } else {
                open -= 1;
            }
        }
        let elapsed = begin.elapsed();
        drop(send);
        writer.join().unwrap();
        elapsed
    }
}
