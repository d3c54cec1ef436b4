//! Disks and files that fail under a host.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cardflow::adapters::sqlite::{SqliteLedger, SqliteStorage};
use cardflow::cards::{Cards, SCHEMA};
use cardflow::ports::{Search, StorageError};
use cardflow::runtime::{Error, Standing};
use cardflow::values::{Answers, Millis, ObjectRef};

use crate::child::said;
use crate::common::now;
use crate::load::say;
use crate::site::{Failure, Host, LEDGER, PROCESSES, STORE, Site, alone, caller, in_full};
use crate::tools::Nobody;

async fn deactivate(host: &Host, card: ObjectRef) -> Result<Standing<Cards>, Error<Cards>> {
    host.cards.run(&caller("olga"), PROCESSES[0], card, Answers::none()).await
}

fn log(file: &str) -> String {
    format!("{file}-wal")
}

#[tokio::test]
async fn a_store_that_nobody_finds_again_acknowledges_nothing() {
    let _alone = alone().await;
    let removed: fn(&Path) = |it| fs::remove_file(it).unwrap();
    let replaced: fn(&Path) = |it| {
        fs::copy(it, it.with_extension("copy")).unwrap();
        fs::rename(it.with_extension("copy"), it).unwrap();
    };
    for file in [STORE.to_owned(), log(STORE)] {
        for happens in [removed, replaced] {
            let site = Site::found().await;
            let host = Host::open(site.path(), now()).unwrap();
            deactivate(&host, site.cards[4]).await.unwrap();
            happens(&site.path().join(&file));
            let error = deactivate(&host, site.cards[5]).await.unwrap_err();
            assert!(matches!(error, Error::Storage(StorageError::Unavailable(_))), "{file}: {error:?}");
            let text = in_full(&error);
            assert!(text.contains(&format!("{file}` was removed or replaced while it was open")), "{text}");
        }
    }
}

#[tokio::test]
async fn an_authority_whose_ledger_nobody_finds_again_confirms_nothing() {
    let _alone = alone().await;
    for file in [LEDGER.to_owned(), log(LEDGER)] {
        let site = Site::found().await;
        let host = Host::open(site.path(), now()).unwrap();
        let task = deactivate(&host, site.cards[4]).await.unwrap();
        let (file, aside) = (site.path().join(&file), site.path().join("aside"));
        fs::rename(&file, &aside).unwrap();
        let delivered = host.cards.deliver(10).await.unwrap();
        assert_eq!((delivered.confirmed, delivered.failed), (0, 2), "{}", file.display());
        let standing = host.cards.standing(&caller("olga"), task.id(), &Answers::none()).await.unwrap();
        let said = |it: &cardflow::runtime::Trouble| it.what.starts_with("the authority is not available: ");
        assert!(standing.troubles.len() == 2 && standing.troubles.iter().all(said), "{standing:?}");
        drop(host);
        fs::rename(&aside, &file).unwrap();
        let host = Host::open(site.path(), now().plus(Millis::hours(1))).unwrap();
        assert_eq!(host.cards.deliver(10).await.unwrap().confirmed, 2, "{}", file.display());
    }
}

#[tokio::test]
async fn a_log_that_has_lost_its_file_is_not_taken_for_that_of_a_new_one() {
    let _alone = alone().await;
    let site = Site::found().await;
    let host = Host::open(site.path(), now()).unwrap();
    deactivate(&host, site.cards[4]).await.unwrap();
    host.cards.deliver(10).await.unwrap();
    let left = site.copied();
    drop(host);
    for file in [STORE, LEDGER] {
        assert!(fs::metadata(left.path().join(log(file))).unwrap().len() > 0);
        fs::rename(left.path().join(file), left.path().join("elsewhere")).unwrap();
        let open = || -> Result<(), Failure> {
            match file {
                STORE => drop(SqliteStorage::open(left.path().join(file), &SCHEMA)?),
                _ => drop(SqliteLedger::open(left.path().join(file))?),
            }
            Ok(())
        };
        let error = open().unwrap_err();
        assert!(error.to_string().contains("is missing, but its log is there"), "{error}");
        assert!(!left.path().join(file).exists());
        fs::rename(left.path().join("elsewhere"), left.path().join(file)).unwrap();
        open().unwrap();
    }
}

/// Opens what is in a folder, and makes what is missing.
pub fn found(folder: &Path) {
    say("");
    drop(Host::open(folder, now()).unwrap());
    say("closed");
}

/// What a host says that may not write: it tries to open what is there, and to do something.
pub fn attempt(folder: &Path) {
    say("");
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(try_out(folder));
}

async fn try_out(folder: &Path) {
    match Host::open(folder, now()) {
        Err(refused) => say(&format!("refused {}", in_full(&*refused))),
        Ok(host) => {
            let cards = host.cards.search(&caller("olga"), Search::cards()).await.unwrap().items;
            match deactivate(&host, cards[0].id).await {
                Ok(_) => say("done"),
                Err(error) => say(&format!("failed {}", in_full(&error))),
            }
        }
    }
}

#[tokio::test]
async fn a_store_that_may_not_be_written_does_not_open() {
    let _alone = alone().await;
    let Some(nobody) = Nobody::find() else { return };
    let refused = |what| format!("the {what} does not open; check that its folder exists and may be written to");
    // The rights of the folder, of the store and of the ledger; and what is said.
    let table = [
        (0o777, 0o666, 0o666, "done".to_owned()),
        (0o777, 0o444, 0o666, refused("store `/cards.db`")),
        (0o777, 0o000, 0o666, refused("store `/cards.db`")),
        (0o777, 0o666, 0o444, refused("ledger `/ledger.db`")),
        (0o555, 0o666, 0o666, refused("ledger `/ledger.db`")),
    ];
    for (folder, store, ledger, expected) in table {
        let site = Site::found().await;
        let path = site.path();
        let allow = |file: &str, mode| fs::set_permissions(path.join(file), Permissions::from_mode(mode)).unwrap();
        for file in fs::read_dir(path).unwrap() {
            allow(file.unwrap().file_name().to_str().unwrap(), 0o666);
        }
        allow(STORE, store);
        allow(LEDGER, ledger);
        allow("", folder);
        let said = said(nobody.command("attempt", path)).replace(path.to_str().unwrap(), "");
        assert!(said.contains(&expected), "{folder:o} {store:o} {ledger:o}: {said}");
    }
}
