//! The ready-made loop: woken by commits, one at a time about each subject, stopped gracefully.
#![cfg(all(feature = "testing", feature = "tokio"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "common/mod.rs"]
mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cardflow::Cardflow;
use cardflow::adapters::memory::SystemClock;
use cardflow::domain::{Capabilities, IssuerName, Serial};
use cardflow::engine::CircuitPolicy;
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
use cardflow::values::Answers;
use cardflow::worker::{Nudge, Worker};
use tokio::sync::oneshot;

use crate::common::{Mood, Office, ScriptedAuthority, Store, issuer};

/// Takes a moment over every order, and counts how many it has at once: in all, and about one certificate.
#[derive(Debug, Default)]
struct Slow {
    inner: ScriptedAuthority,
    at_once: AtomicUsize,
    most: AtomicUsize,
    about: std::sync::Mutex<Vec<Serial>>,
    doubled: AtomicUsize,
}

#[async_trait]
impl CertificateAuthority for Slow {
    fn issuer(&self) -> IssuerName {
        issuer()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        self.inner.verify(der)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        self.inner.issue(request).await
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(at_once, Ordering::SeqCst);
        {
            let mut about = self.about.lock().unwrap();
            if about.contains(&order.serial) {
                self.doubled.fetch_add(1, Ordering::SeqCst);
            }
            about.push(order.serial.clone());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        let done = self.inner.change(order).await;
        self.about.lock().unwrap().retain(|it| *it != order.serial);
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        done
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        self.inner.status(serial).await
    }
}

struct Play {
    office: Office,
    slow: Arc<Slow>,
    nudge: Arc<Nudge>,
    cards: Arc<Cardflow>,
}

/// An office whose second host works off what is asked, on the real clock.
async fn play(store: &Store) -> Play {
    let (slow, nudge) = (Arc::new(Slow::default()), Arc::new(Nudge::new()));
    let builder = || {
        let builder = store.builder().circuit(CircuitPolicy::USUAL).certificate_authority(slow.clone());
        builder.wake(nudge.clone()).clock(Arc::new(SystemClock))
    };
    let office = Office::on(store).await;
    let host = builder().processes(cardflow::cards::package().unwrap());
    let cards = Arc::new(host.build().unwrap());
    Play { office, slow, nudge, cards }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..2000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("in vain: {what}");
}

impl Play {
    async fn all_as_wanted(&self, cards: &[cardflow::values::ObjectRef]) -> bool {
        for card in cards {
            let open = self.cards.open(&self.office.operator, *card).await.unwrap();
            if open.dossier.certificates().any(|it| it.is_unconfirmed()) {
                return false;
            }
        }
        true
    }
}

async fn works_off(store: Store) {
    let play = play(&store).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = Worker::new(play.cards.clone(), play.nudge.clone()).at_once(6);
    let working = tokio::spawn(worker.run(async {
        let _ = stopped.await;
    }));
    let all = play.office.more_cards(10).await;
    for process in ["CardsProcDeactivate", "CardsProcReactivate", "CardsProcDeactivate", "CardsProcLock"] {
        for card in &all {
            play.cards.run(&play.office.operator, process, *card, Answers::none()).await.unwrap();
        }
    }
    until("everything is as wanted", async || play.all_as_wanted(&all).await).await;
    stop.send(()).unwrap();
    let worked = working.await.unwrap();
    assert_eq!((worked.failed, worked.stuck), (0, 0));
    assert!(worked.confirmed >= 2 * all.len(), "{worked:?}");
    assert!(play.slow.most.load(Ordering::SeqCst) > 1, "many at a time");
    assert_eq!(play.cards.close().await.unwrap().undelivered, 0);
    store.verifies().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_off_what_comes_in_memory() {
    works_off(Store::memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_off_what_comes_in_a_file() {
    works_off(Store::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn about_one_certificate_there_is_one_request_at_a_time() {
    let store = Store::memory();
    let play = play(&store).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = Worker::new(play.cards.clone(), play.nudge.clone()).at_once(8);
    let working = tokio::spawn(worker.run(async {
        let _ = stopped.await;
    }));
    let card = play.office.card;
    for process in ["CardsProcDeactivate", "CardsProcReactivate"].into_iter().cycle().take(20) {
        play.cards.run(&play.office.operator, process, card, Answers::none()).await.unwrap();
    }
    until("everything is as wanted", async || play.all_as_wanted(&[card]).await).await;
    stop.send(()).unwrap();
    working.await.unwrap();
    assert_eq!(play.slow.doubled.load(Ordering::SeqCst), 0);
}

/// What is under way is brought to its end, and nothing more is begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stops_gracefully() {
    let store = Store::memory();
    let play = play(&store).await;
    let all = play.office.more_cards(10).await;
    for card in &all {
        play.cards.run(&play.office.operator, "CardsProcDeactivate", *card, Answers::none()).await.unwrap();
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = Worker::new(play.cards.clone(), play.nudge.clone()).at_once(2);
    let working = tokio::spawn(worker.run(async {
        let _ = stopped.await;
    }));
    until("it has begun", async || play.slow.most.load(Ordering::SeqCst) > 0).await;
    stop.send(()).unwrap();
    let worked = working.await.unwrap();
    assert_eq!(play.slow.at_once.load(Ordering::SeqCst), 0, "nothing is left half way");
    assert_eq!(worked.confirmed, play.slow.inner.actions().len(), "each call was recorded");
    assert!(worked.confirmed < 2 * all.len(), "it did not go on to the end: {worked:?}");
    play.cards.close().await.unwrap();
    assert!(play.slow.inner.actions().len() >= worked.confirmed);
}

/// A runtime that is closed ends its worker by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_with_its_runtime() {
    let play = play(&Store::memory()).await;
    let worker = Worker::new(play.cards.clone(), play.nudge.clone()).at_once(1);
    let working = tokio::spawn(worker.run(std::future::pending()));
    play.cards.close().await.unwrap();
    play.nudge_all();
    tokio::time::timeout(Duration::from_secs(20), working).await.unwrap().unwrap();
}

impl Play {
    fn nudge_all(&self) {
        use cardflow::ports::Wake;
        self.nudge.wake();
    }
}

/// A store that cannot be reached is said, and worked with again once it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_what_keeps_it_from_its_work_and_goes_on() {
    let store = Store::memory();
    let spy = Arc::new(cardflow::testing::fakes::WatchedStorage::over(store.storage.clone()));
    let play = play(&store.through(spy.clone())).await;
    play.slow.inner.is(Mood::Well);
    let heard = Arc::new(AtomicUsize::new(0));
    play.cards.run(&play.office.operator, "CardsProcDeactivate", play.office.card, Answers::none()).await.unwrap();
    spy.next_commit(cardflow::testing::fakes::Fate::Lost);
    let (stop, stopped) = oneshot::channel::<()>();
    let told = heard.clone();
    let worker = Worker::new(play.cards.clone(), play.nudge.clone()).at_once(1).on_error(move |_| {
        told.fetch_add(1, Ordering::SeqCst);
    });
    let working = tokio::spawn(worker.run(async {
        let _ = stopped.await;
    }));
    until("it is said", async || heard.load(Ordering::SeqCst) > 0).await;
    play.cards.run(&play.office.operator, "CardsProcReactivate", play.office.card, Answers::none()).await.unwrap();
    stop.send(()).unwrap();
    working.await.unwrap();
}
