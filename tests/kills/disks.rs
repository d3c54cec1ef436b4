//! Disks that are full in the middle of a batch.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::child::Child;
use crate::common::now;
use crate::load::Load;
use crate::site::{Host, Site, alone};
use crate::told::Told;

fn load(seed: u64, deeds: u64) -> Load {
    Load { seed, now: now(), deeds, in_trouble: true }
}

#[tokio::test]
async fn files_that_may_not_grow_lose_nothing() {
    let _alone = alone().await;
    // In blocks of 512 bytes; the signal that comes with the limit would end the host, which is another test.
    for limit in [100, 333, 800] {
        let grow = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
        let (site, mut told) = (Site::found().await, Told::default());
        let child = Child::under_through(&["sh", "-c", &grow], &load(limit, 20), site.path());
        child.end(&mut told);
        assert!(told.failed > 0, "the limit was not felt");
        site.is_whole(told).await;
    }
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room() {
    let _alone = alone().await;
    let Some(disk) = Disk::of("2m") else { return };
    let (site, mut told) = (Site::found_in(disk.folder()).await, Told::default());
    let mut child = Child::under(&load(1, 100_000), site.path());
    child.tell(&mut told, |_, told| told.failed > 100);
    assert!(!told.answered.is_empty());
    disk.grow("64m");
    let answered = told.answered.len();
    child.tell(&mut told, |_, told| told.answered.len() > answered + 10);
    child.kill(&mut told);
    site.is_whole(told).await;
}

#[tokio::test]
async fn a_host_killed_on_a_full_disk_loses_nothing() {
    let _alone = alone().await;
    let Some(disk) = Disk::of("2m") else { return };
    for seed in 0..4 {
        disk.grow("2m");
        let (site, mut told) = (Site::found_in(disk.folder()).await, Told::default());
        let mut child = Child::under(&load(seed, 100_000), site.path());
        child.tell(&mut told, |_, told| told.failed > 20 * seed);
        child.kill(&mut told);
        // While it is full, it opens or says why not; whichever, nothing is lost by it.
        drop(Host::open(site.path(), now()));
        disk.grow("64m");
        site.is_whole(told).await;
    }
}

/// A small disk in memory.
struct Disk(TempDir);

impl Disk {
    /// None where this user may not have one.
    fn of(size: &str) -> Option<Disk> {
        let folder = tempfile::tempdir().unwrap();
        let made = mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], folder.path());
        if !made {
            eprintln!("skipped: this user may not mount a small disk");
        }
        made.then_some(Disk(folder))
    }

    fn folder(&self) -> TempDir {
        tempfile::tempdir_in(self.0.path()).unwrap()
    }

    fn grow(&self, size: &str) {
        assert!(mount(&["-o", &format!("remount,size={size}")], self.0.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A test that fails leaves files on it.
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let mut mount = Command::new("mount");
    mount.args(arguments).arg(at).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}
