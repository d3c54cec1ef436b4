//! A folder of lists that is kept fresh.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use cardflow::adapters::sqlite::SqliteLedger;
use cardflow::adapters::x509::{CrlFolder, CrlPublisher, PublishedCrl, Renewal, X509Authority, X509Error};
use cardflow::domain::AuthorityAction::{Hold, Release};
use cardflow::ports::AuthorityLedger;
use cardflow::values::{Millis, Timestamp};

use crate::support::{KEYS, authority, change, distribution, hour, key, leaf, memory, pem};
use crate::{openssl, pkilint};

fn minute(minutes: i64) -> Timestamp {
    hour(0).plus(Millis::seconds(60 * minutes))
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn published(folder: &CrlFolder) -> PublishedCrl {
    folder.read().unwrap().unwrap()
}

async fn deltas(ledger: Arc<dyn AuthorityLedger>) -> Arc<X509Authority> {
    Arc::new(authority(KEYS[0], ledger).with_distribution(distribution()))
}

#[tokio::test]
async fn lists_are_renewed_when_three_quarters_of_their_time_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let lists = CrlFolder::at(folder.path(), "cards").unwrap();
    let publisher = CrlPublisher::new(deltas(memory()).await, lists.clone());
    let first = publisher.tick(minute(0)).await.unwrap();
    let in_a_second = minute(0).plus(Millis::seconds(1));
    assert_eq!(first, Renewal { complete: Some(1), delta: None, next: in_a_second });
    // The delta CRL is of an hour, the complete one of a day. Whoever comes when told makes each when it is due.
    let (mut now, mut told) = (first.next, vec![first]);
    while now < hour(40) {
        let renewal = publisher.tick(now).await.unwrap();
        assert!(renewal.complete.is_some() || renewal.delta.is_some(), "for nothing at {now}");
        assert!(renewal.next > now);
        let idle = publisher.tick(now).await.unwrap();
        assert_eq!(idle, Renewal { complete: None, delta: None, next: renewal.next }, "nothing is due twice");
        let early = publisher.tick(Timestamp::from_millis(renewal.next.millis() - 1)).await.unwrap();
        assert_eq!((early.complete, early.delta), (None, None));
        (now, told) = (renewal.next, [told, vec![renewal]].concat());
    }
    let complete: Vec<u64> = told.iter().filter_map(|it| it.complete).collect();
    assert_eq!(complete, [1, 26, 50], "at 0, 18 and 36 hours, with a delta CRL every 45 minutes between");
    let both = told.iter().filter(|it| it.complete.is_some() && it.delta.is_some());
    assert!(
        both.clone().count() == 2 && both.clone().all(|it| it.complete == it.delta),
        "made at once, numbered alike"
    );
    let numbers: Vec<u64> = told.iter().map(|it| it.complete.or(it.delta).unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "one sequence");
}

#[tokio::test]
async fn previous_lists_are_kept_as_many_as_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let lists = CrlFolder::at(folder.path(), "cards").unwrap().keeping(3);
    let authority = Arc::new(authority(KEYS[0], memory()));
    let publisher = CrlPublisher::new(authority, lists.clone());
    // Not ours, and left alone.
    fs::create_dir(folder.path().join("previous")).unwrap();
    let foreign = ["previous/cards-old.crl", "previous/cardsx-00000000000000000001.crl", "notes.txt"];
    foreign.iter().for_each(|it| fs::write(folder.path().join(it), "notes").unwrap());
    let mut before = None;
    for number in 1..=6 {
        assert_eq!(publisher.publish(hour(number)).await.unwrap().complete, Some(number as u64));
        let now = fs::read(lists.complete()).unwrap();
        if let Some(before) = before {
            let kept = folder.path().join(format!("previous/cards-{:020}.crl", number - 1));
            assert_eq!(fs::read(kept).unwrap(), before, "as it was");
        }
        before = Some(now);
    }
    let kept: Vec<String> = (3..=5).map(|it| format!("cards-{it:020}.crl")).collect();
    let all = names(&folder.path().join("previous"));
    assert_eq!(all[..3], kept);
    assert_eq!(all.len(), 5);
    assert_eq!(names(folder.path()), ["cards.crl", "notes.txt", "previous"], "and nothing is left over");
}

#[tokio::test]
async fn a_revocation_that_cannot_wait_is_on_the_next_list_at_once() {
    for algorithm in KEYS {
        let folder = tempfile::tempdir().unwrap();
        let lists = CrlFolder::at(folder.path(), "cards").unwrap();
        let authority = Arc::new(authority(algorithm, memory()).with_distribution(distribution()));
        let publisher = CrlPublisher::new(authority.clone(), lists.clone());
        let issued = leaf(&authority).await;
        publisher.tick(minute(0)).await.unwrap();
        fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
        fs::write(folder.path().join("leaf.pem"), pem("CERTIFICATE", &issued.der)).unwrap();
        let mut seen = Vec::new();
        for (n, action) in (1..).zip([Hold, Release, Hold]) {
            change(&authority, &issued.serial, action, minute(n)).await.unwrap();
            let renewal = publisher.publish(minute(n)).await.unwrap();
            assert_eq!((renewal.complete, renewal.delta), (None, Some(n as u64 + 1)));
            assert_eq!(published(&lists).serials().count(), usize::from(action == Hold));
            seen.push(fs::read(lists.delta()).unwrap());
            if openssl::is_there() {
                let both = [fs::read(lists.complete()).unwrap(), fs::read(lists.delta()).unwrap()];
                fs::write(folder.path().join("both.pem"), both.map(|it| pem("X509 CRL", &it)).concat()).unwrap();
                let options = ["-CRLfile", "both.pem", "-crl_check", "-extended_crl", "-use_deltas"];
                let said = openssl::verify_with(folder.path(), minute(n), &options);
                assert!(said.contains(if action == Hold { "error 23" } else { "leaf.pem: OK" }), "{said}");
            }
        }
        // In the second of a complete list there is no other list that could say more: it is made anew.
        let again = CrlPublisher::new(authority.clone(), lists.clone());
        let complete = again.tick(hour(19)).await.unwrap().complete;
        assert_eq!((complete, again.publish(hour(19)).await.unwrap().complete), (Some(5), Some(6)));
        let names = ["cards.crl".to_owned(), "cards-delta.crl".to_owned()];
        for found in pkilint::lint(folder.path(), &names).into_iter().flatten().filter(|it| it.profile == "PKIX") {
            assert_eq!(found.count, 0, "{found:?}");
        }
    }
}

/// A crash between the steps of a publication leaves files and a ledger as they are here.
#[tokio::test]
async fn after_a_crash_at_any_step_the_next_tick_goes_on_and_loses_nothing() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Cut {
        /// The number was taken, nothing was written.
        Taken,
        /// Half a file lies beside.
        Half,
        /// The list lies there, and the ledger was not told.
        Untold,
        /// The ledger was told, the delta CRL was not written.
        NoDelta,
    }
    for cut in [Cut::Taken, Cut::Half, Cut::Untold, Cut::NoDelta] {
        let folder = tempfile::tempdir().unwrap();
        let lists = CrlFolder::at(folder.path(), "cards").unwrap();
        let path = folder.path().join("ledger.db");
        let open = || Arc::new(SqliteLedger::open(&path).unwrap());
        let first = deltas(open()).await;
        let pem = first.certificate_pem().to_owned();
        let (held, late) = (leaf(&first).await.serial, leaf(&first).await.serial);
        let publisher = CrlPublisher::new(first.clone(), lists.clone());
        publisher.tick(minute(0)).await.unwrap();
        change(&first, &held, Hold, minute(1)).await.unwrap();
        publisher.tick(minute(2)).await.unwrap();
        let lost = first.crl(hour(18)).await.unwrap();
        match cut {
            Cut::Taken => {}
            Cut::Half => fs::write(folder.path().join(".cards.crl.new"), &lost.der[..100]).unwrap(),
            Cut::Untold => fs::write(lists.complete(), &lost.der).unwrap(),
            Cut::NoDelta => {
                fs::write(lists.complete(), &lost.der).unwrap();
                first.published(&lost).await.unwrap();
            }
        }
        change(&first, &late, Hold, hour(18)).await.unwrap();
        drop((publisher, first));

        let ledger = open();
        let again =
            X509Authority::open(&pem, key(KEYS[0]), ledger, hour(19)).unwrap().with_distribution(distribution());
        let again = Arc::new(again);
        let publisher = CrlPublisher::new(again.clone(), lists.clone());
        let renewal = publisher.tick(hour(19)).await.unwrap();
        assert_eq!(renewal.complete.is_some(), cut != Cut::NoDelta, "{cut:?}: {renewal:?}");
        assert!(renewal.complete.or(renewal.delta).unwrap() > lost.number, "{cut:?}");
        let mut both = vec![held, late];
        both.sort();
        let mut listed: Vec<_> = published(&lists).serials().cloned().collect();
        listed.sort();
        assert_eq!(listed, both, "{cut:?}");
        assert!(!folder.path().join(".cards.crl.new").exists(), "{cut:?}");
        let next = publisher.tick(hour(20)).await.unwrap();
        assert!(next.delta.is_some() && next.complete.is_none(), "{cut:?}: {next:?}");
    }
}

#[tokio::test]
async fn a_restored_ledger_publishes_nothing_until_somebody_says_what_holds() {
    let folder = tempfile::tempdir().unwrap();
    let lists = CrlFolder::at(folder.path(), "cards").unwrap();
    let (path, backup) = (folder.path().join("ledger.db"), folder.path().join("backup.db"));
    let open = || Arc::new(SqliteLedger::open(&path).unwrap());
    let first = deltas(open()).await;
    let pem = first.certificate_pem().to_owned();
    let (held, gone) = (leaf(&first).await.serial, leaf(&first).await.serial);
    let publisher = CrlPublisher::new(first.clone(), lists.clone());
    publisher.tick(minute(0)).await.unwrap();
    drop((publisher, first));
    fs::copy(&path, &backup).unwrap();
    let open_authority = || {
        let authority = X509Authority::open(&pem, key(KEYS[0]), open(), hour(1)).unwrap();
        Arc::new(authority.with_distribution(distribution()))
    };
    let second = open_authority();
    let publisher = CrlPublisher::new(second.clone(), lists.clone());
    for serial in [&held, &gone] {
        change(&second, serial, Hold, minute(1)).await.unwrap();
    }
    assert_eq!(publisher.tick(minute(2)).await.unwrap().delta, Some(2));
    drop((publisher, second));
    fs::copy(&backup, &path).unwrap();

    let restored = open_authority();
    let publisher = CrlPublisher::new(restored.clone(), lists.clone());
    let before = names(folder.path());
    let mut both = vec![held.clone(), gone.clone()];
    both.sort();
    for at in [minute(50), minute(51), hour(19)] {
        let refused = publisher.tick(at).await.unwrap_err();
        assert!(matches!(&refused, X509Error::WouldVanish { serials } if *serials == both), "{refused:?}");
    }
    assert_eq!(names(folder.path()), before);
    change(&restored, &held, Hold, minute(52)).await.unwrap();
    publisher.confirm(&gone).await;
    let renewal = publisher.tick(hour(19)).await.unwrap();
    assert_eq!((renewal.complete, renewal.delta), (Some(3), Some(3)), "above what relying parties have seen");
    assert_eq!(published(&lists).serials().collect::<Vec<_>>(), [&held]);
}

#[tokio::test]
async fn a_list_published_past_the_folder_is_followed_by_a_complete_one() {
    let folder = tempfile::tempdir().unwrap();
    let lists = CrlFolder::at(folder.path(), "cards").unwrap();
    let authority = deltas(memory()).await;
    let publisher = CrlPublisher::new(authority.clone(), lists.clone());
    publisher.tick(minute(0)).await.unwrap();
    let elsewhere = authority.crl(minute(1)).await.unwrap();
    authority.published(&elsewhere).await.unwrap();
    let refused = publisher.tick(minute(2)).await.unwrap_err();
    assert!(matches!(refused, X509Error::OtherBase { known: 2, published: 1 }), "{refused:?}");
    let renewal = publisher.tick(minute(3)).await.unwrap();
    assert_eq!((renewal.complete, renewal.delta), (Some(3), None));
    assert_eq!(publisher.tick(minute(4)).await.unwrap().delta, Some(4));
}

#[tokio::test]
async fn what_lies_in_the_folder_must_be_of_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let lists = CrlFolder::at(folder.path(), "cards").unwrap();
    let publisher = CrlPublisher::new(deltas(memory()).await, lists.clone());
    fs::write(lists.complete(), "no list").unwrap();
    let refused = publisher.tick(minute(0)).await.unwrap_err();
    assert!(matches!(refused, X509Error::PublishedCrl { .. }), "{refused:?}");
    assert_eq!(fs::read(lists.complete()).unwrap(), b"no list", "and is left alone");
    let stranger = authority(KEYS[1], memory());
    fs::write(lists.complete(), stranger.crl(minute(0)).await.unwrap().der).unwrap();
    let refused = publisher.tick(minute(0)).await.unwrap_err();
    assert!(refused.to_string().contains("another key signed it"), "{refused}");
    fs::remove_file(lists.complete()).unwrap();
    assert_eq!(publisher.tick(minute(0)).await.unwrap().complete, Some(1));

    let missing = CrlFolder::at(folder.path().join("none"), "cards").unwrap();
    let failed = CrlPublisher::new(deltas(memory()).await, missing).tick(minute(0)).await.unwrap_err();
    assert!(matches!(failed, X509Error::CrlFile { .. }) && std::error::Error::source(&failed).is_some(), "{failed:?}");
    for name in ["", "a/b", "..", "a b", "ä", &"x".repeat(65)] {
        assert!(matches!(CrlFolder::at(folder.path(), name), Err(X509Error::Unacceptable { .. })), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_meanwhile_reads_a_whole_list() {
    let folder = tempfile::tempdir().unwrap();
    let lists = CrlFolder::at(folder.path(), "cards").unwrap().keeping(2);
    let authority = Arc::new(authority(KEYS[0], memory()));
    for n in 1..=500_u32 {
        let serial = cardflow::domain::Serial::from_bytes(&n.to_be_bytes()).unwrap();
        change(&authority, &serial, Hold, minute(0)).await.unwrap();
    }
    let publisher = CrlPublisher::new(authority, lists.clone());
    publisher.tick(minute(0)).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reader = std::thread::spawn({
        let (lists, done) = (lists.clone(), done.clone());
        move || {
            let (mut last, mut reads) = (0, 0);
            while !done.load(Relaxed) {
                let read = PublishedCrl::from_der(&fs::read(lists.complete()).unwrap()).unwrap();
                assert!(read.number() >= last && read.serials().count() == 500);
                (last, reads) = (read.number(), reads + 1);
            }
            reads
        }
    });
    for n in 1..=60 {
        publisher.publish(minute(n)).await.unwrap();
    }
    done.store(true, Relaxed);
    assert!(reader.join().unwrap() > 0);
    assert_eq!(published(&lists).number(), 61);
}
