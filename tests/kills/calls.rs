//! Hosts killed at a system call, and system calls that fail: where chance seldom comes to.

use std::fs;

use crate::child::{self, Child, said};
use crate::common::{TENANT, now};
use crate::dice::{Dice, kills, seed};
use crate::load::Load;
use crate::random::{Repeat, look};
use crate::site::{Host, LEDGER, STORE, Site, alone};
use crate::told::Told;
use crate::tools::is_there;

/// The calls that change files. Each thread counts its own.
const CALLS: [&str; 3] = ["pwrite64", "fsync,fdatasync", "rename,unlink,ftruncate"];

/// `strace` that does something at some call of a process it starts.
struct Strace(Vec<String>);

impl Strace {
    fn that_injects(what: &str) -> Strace {
        let options = ["-f", "-o", "/dev/null", "-e", "signal=none", "-e"].map(str::to_owned);
        Strace([&["strace".to_owned()], options.as_slice(), &[format!("inject={what}")]].concat())
    }

    fn words(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    fn is_there() -> bool {
        is_there("strace", &["-o", "/dev/null", "true"])
    }
}

#[tokio::test]
async fn a_store_killed_at_any_call_of_its_making_opens_afterwards() {
    let _alone = alone().await;
    if !Strace::is_there() {
        return;
    }
    // All of them in a long run.
    let step = if kills() < 500 { 5 } else { 1 };
    let site = Site::found().await;
    for calls in CALLS {
        for n in (1 + seed() % step..).step_by(usize::try_from(step).unwrap()) {
            for file in fs::read_dir(site.path()).unwrap().map(|it| it.unwrap().path()) {
                let of_a_database = |it: &&str| file.file_name().unwrap().to_str().unwrap().starts_with(it);
                if [STORE, LEDGER].iter().any(of_a_database) {
                    fs::remove_file(file).unwrap();
                }
            }
            let strace = Strace::that_injects(&format!("{calls}:signal=KILL:when={n}"));
            let said = said(child::command(&strace.words(), "found", site.path(), ""));
            let host = Host::open(site.path(), now()).unwrap_or_else(|it| panic!("{calls} {n}: {it}"));
            host.cards.install(TENANT, &[]).await.unwrap();
            drop(host);
            if said.contains("closed") {
                assert!(n > step, "nothing was killed at {calls}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_host_killed_at_any_call_loses_nothing_and_does_nothing_twice() {
    let _alone = alone().await;
    if !Strace::is_there() {
        return;
    }
    let (seed, kills) = (seed(), kills() / 3);
    let repeat = Repeat(seed);
    let mut dice = Dice::of(seed);
    let (mut site, mut told) = (Site::found().await, Told::default());
    for n in 1..=kills {
        let calls = *dice.pick(&CALLS);
        let most = [150, 16, 3][CALLS.iter().position(|it| *it == calls).unwrap()];
        let strace = Strace::that_injects(&format!("{calls}:signal=KILL:when={}", 1 + dice.below(most)));
        // Few deeds, so that many a host is killed while it closes.
        let load = Load { seed: dice.roll() >> 1, now: told.now.unwrap_or(now()), deeds: 2, in_trouble: false };
        let (since, child) = (told.asked.len(), Child::under_through(&strace.words(), &load, site.path()));
        child.fall(&mut told);
        look(&site, &mut dice, &mut told, since).await;
        if n % 8 == 0 {
            site.is_whole(told).await;
            (site, told) = (Site::found().await, Told::default());
        }
    }
    drop(repeat);
}

#[tokio::test]
async fn flushes_that_fail_are_no_acknowledgements() {
    let _alone = alone().await;
    if !Strace::is_there() {
        return;
    }
    let mut failed = 0;
    for (seed, when) in [(1, "2+2"), (2, "3"), (3, "4+3"), (4, "5+")] {
        let strace = Strace::that_injects(&format!("fsync,fdatasync:error=EIO:when={when}"));
        let (site, mut told) = (Site::found().await, Told::default());
        let load = Load { seed, now: now(), deeds: 6, in_trouble: true };
        Child::under_through(&strace.words(), &load, site.path()).fall(&mut told);
        failed += told.failed;
        site.is_whole(told).await;
    }
    // On a busy machine more commits share a flush, and one of the four may have no third.
    assert!(failed > 0, "no failure was felt");
}
