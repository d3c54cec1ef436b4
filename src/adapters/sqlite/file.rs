use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use thiserror::Error;

use super::{SqliteError, log};

/// A kind of file of ours: how it is told from others, and what makes its schema.
#[derive(Debug)]
pub(super) struct FileKind {
    /// What people call it.
    pub(super) what: &'static str,
    /// Tells our files from those of other programs.
    pub(super) application_id: u32,
    /// Each brings the schema from one version to the next; the first one makes it.
    pub(super) migrations: &'static [&'static str],
}

/// A file that is this process's alone as long as this lives.
#[derive(Debug)]
pub(super) struct OpenFile {
    path: PathBuf,
    /// The file and its log, as they were when they were opened.
    there: Vec<(PathBuf, Identity)>,
    lock: File,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // Closing is not enough: a child of this process that is about to run another program still has the file.
        drop(self.lock.unlock());
    }
}

/// Somebody took the file away, or put another in its place.
#[derive(Debug, Error)]
#[error("`{}` was removed or replaced while it was open; end this process, put the file back, and begin again", .0.display())]
pub(super) struct Gone(PathBuf);

/// What tells two files of the same name apart. Where an open file cannot be removed, there is nothing to tell.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

/// The first bytes of every SQLite file, and the places of some numbers in its header
/// (<https://www.sqlite.org/fileformat.html>, section 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const PAGE_SIZE_AT: usize = 16;
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

impl FileKind {
    /// Opens the file at `path` for writing, and creates it if it is missing.
    ///
    /// INVARIANT: nothing is written before the file is known to be ours. A new file takes its name only when it is
    /// complete, so one that is there and empty has lost what was in it.
    pub(super) fn open(&self, path: &Path) -> Result<(OpenFile, Connection), SqliteError> {
        let found = self.look(path)?;
        let mut file = OpenFile { path: path.to_path_buf(), there: Vec::new(), lock: self.lock(path)? };
        match found {
            Some(page) => {
                self.check_log(path, page)?;
                self.check_length(path, page)?;
            }
            None => {
                self.check_no_log(path)?;
                self.create(path)?;
            }
        }
        let mut connection = file.writer().map_err(|it| self.failed(path, it))?;
        connection.pragma_update(None, "journal_mode", "wal").map_err(|it| self.failed(path, it))?;
        connection.pragma_update(None, "synchronous", "full").map_err(|it| self.failed(path, it))?;
        // From here on there is a log: the first statement that reads makes it.
        self.migrate(path, &mut connection)?;
        for path in [path.to_path_buf(), beside(path, "-wal")] {
            let identity = identity(&path).map_err(|it| self.unavailable(&path, it))?;
            file.there.push((path, identity));
        }
        Ok((file, connection))
    }

    /// SQLite would forget what stands behind a damaged place of the log, without a word.
    fn check_log(&self, path: &Path, page: usize) -> Result<(), SqliteError> {
        let read = match File::open(beside(path, "-wal")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened.and_then(|it| log::is_damaged(BufReader::new(it), page)),
        };
        if read.map_err(|it| self.unavailable(path, it))? {
            let source = "its log does not read, with commits behind that place".into();
            return Err(SqliteError::Damaged { what: self.what, path: path.to_path_buf(), source });
        }
        Ok(())
    }

    /// Pages are written whole; only where the log still has what it was brought in from, one may be there in part.
    fn check_length(&self, path: &Path, page: usize) -> Result<(), SqliteError> {
        let length = fs::metadata(path).map_err(|it| self.unavailable(path, it))?.len();
        let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|it| it.len() > 0);
        if has_log || length.is_multiple_of(page as u64) {
            return Ok(());
        }
        let source = "it ends in the middle of a page".into();
        Err(SqliteError::Damaged { what: self.what, path: path.to_path_buf(), source })
    }

    /// What the log of a file that is gone holds would be written into the new one.
    fn check_no_log(&self, path: &Path) -> Result<(), SqliteError> {
        for ending in ["-wal", "-journal"] {
            let log = beside(path, ending);
            if fs::metadata(&log).is_ok_and(|it| it.len() > 0) {
                return Err(SqliteError::Missing { what: self.what, path: path.to_path_buf(), log });
            }
        }
        Ok(())
    }

    /// The size of the pages of the file, if there is one; an error if it is not one of ours.
    fn look(&self, path: &Path) -> Result<Option<usize>, SqliteError> {
        let mut header = Vec::with_capacity(100);
        // To write, since SQLite opens what may only be read all the same, and then refuses the first commit.
        match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unavailable(path, error)),
            Ok(file) => file.take(100).read_to_end(&mut header).map_err(|it| self.unavailable(path, it))?,
        };
        let number = |at: usize| {
            header.get(at..at + 4).and_then(|it| it.try_into().ok()).map(u32::from_be_bytes).unwrap_or_default()
        };
        if header.is_empty() {
            return Err(SqliteError::Empty { what: self.what, path: path.to_path_buf() });
        }
        if !header.starts_with(MAGIC) || number(APPLICATION_ID_AT) != self.application_id {
            return Err(SqliteError::Foreign { what: self.what, path: path.to_path_buf() });
        }
        self.check_version(path, number(USER_VERSION_AT))?;
        // In two bytes, where 1 stands for what does not fit.
        let page = usize::try_from(number(PAGE_SIZE_AT) >> 16).unwrap_or_default();
        Ok(Some(if page == 1 { 65_536 } else { page }))
    }

    /// The lock is a file beside: closing any handle of the database file itself would drop SQLite's own locks.
    fn lock(&self, path: &Path) -> Result<File, SqliteError> {
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).open(beside(path, "-lock"));
        let lock = lock.map_err(|it| self.unavailable(path, it))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(SqliteError::InUse { what: self.what, path: path.to_path_buf() }),
            Err(TryLockError::Error(error)) => Err(self.unavailable(path, error)),
        }
    }

    fn create(&self, path: &Path) -> Result<(), SqliteError> {
        let fresh = beside(path, "-new");
        let made = fs::remove_file(&fresh).or_else(|it| match it.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(it),
        });
        made.map_err(|it| self.unavailable(path, it))?;
        let mut connection = Connection::open(&fresh).map_err(|it| self.failed(path, it))?;
        let id = self.application_id;
        connection.pragma_update(None, "application_id", id).map_err(|it| self.failed(path, it))?;
        self.migrate(path, &mut connection)?;
        connection.close().map_err(|(_, it)| self.failed(path, it))?;
        fs::rename(&fresh, path).and_then(|()| sync_folder(path)).map_err(|it| self.unavailable(path, it))
    }

    fn migrate(&self, path: &Path, connection: &mut Connection) -> Result<(), SqliteError> {
        let failed = |it| self.failed(path, it);
        let found = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        let missing = self.check_version(path, found)?;
        if missing.is_empty() {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        missing.iter().try_for_each(|it| transaction.execute_batch(it)).map_err(failed)?;
        let version = u32::try_from(self.migrations.len()).unwrap_or(u32::MAX);
        transaction.pragma_update(None, "user_version", version).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// The migrations that a file of this version wants.
    fn check_version(&self, path: &Path, found: u32) -> Result<&'static [&'static str], SqliteError> {
        let found = usize::try_from(found).unwrap_or(usize::MAX);
        let known = self.migrations.len();
        self.migrations.get(found..).ok_or_else(|| SqliteError::Newer {
            what: self.what,
            path: path.to_path_buf(),
            found,
            known,
        })
    }

    pub(super) fn failed(&self, path: &Path, error: rusqlite::Error) -> SqliteError {
        let (what, path) = (self.what, path.to_path_buf());
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => SqliteError::Foreign { what, path },
            Some(ErrorCode::DatabaseCorrupt) => SqliteError::Damaged { what, path, source: error.into() },
            _ => SqliteError::Unavailable { what, path, source: error.into() },
        }
    }

    fn unavailable(&self, path: &Path, error: io::Error) -> SqliteError {
        SqliteError::Unavailable { what: self.what, path: path.to_path_buf(), source: error.into() }
    }
}

impl OpenFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file and its log stand where they stood. What is written into others, nobody finds again.
    pub(super) fn check(&self) -> Result<(), Gone> {
        let gone = |(path, found): &&(PathBuf, Identity)| !identity(path).is_ok_and(|it| it == *found);
        self.there.iter().find(gone).map_or(Ok(()), |(path, _)| Err(Gone(path.clone())))
    }

    /// One more connection that may write.
    pub(super) fn writer(&self) -> rusqlite::Result<Connection> {
        self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// One more connection for reading.
    pub(super) fn reader(&self) -> rusqlite::Result<Connection> {
        self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn connect(&self, access: OpenFlags) -> rusqlite::Result<Connection> {
        // No `CREATE`: a file that was removed is an error, not an empty store.
        let connection = Connection::open_with_flags(&self.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.set_prepared_statement_cache_capacity(64);
        // Plans must not depend on the values of a call: else statements are prepared anew for each.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// Asks for nothing else: whoever asks for the time of a file's last change makes the kernel write the next one with the next
/// flush (<https://docs.kernel.org/filesystems/multigrain-ts.html>), and this is asked for each commit.
#[cfg(target_os = "linux")]
fn identity(path: &Path) -> io::Result<Identity> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::INO)?;
    Ok((u64::from(found.stx_dev_major) << 32 | u64::from(found.stx_dev_minor), found.stx_ino))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map(|it| (it.dev(), it.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(drop)
}

/// Makes the name of a new file durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
