//! Wanted, confirmed, visible: a certificate is done when relying parties see it.

use std::sync::Arc;

use cardflow::domain::{CardState, CertificateState, Tally};
use cardflow::engine::{Outcome, RetryPolicy, Status};
use cardflow::ports::Clock;
use cardflow::runtime::OutstandingPage;
use cardflow::testing::fakes::{Lying, ScriptedStatus};
use cardflow::values::{Answers, Millis, Timestamp};

use crate::common::store::every_store;
use crate::common::{Office, Store, issuer};

every_store![
    a_card_is_done_when_relying_parties_see_it,
    it_is_visible_to_all_only_when_the_last_list_without_it_has_ended,
    an_authority_that_says_done_and_does_nothing_is_found_out,
    a_state_that_is_no_longer_wanted_is_not_waited_for,
    a_revocation_does_not_wait_for_what_was_to_be_seen_before,
    what_cannot_be_read_is_tried_again_and_in_the_end_is_for_a_person,
    what_was_overtaken_and_is_wanted_again_is_as_it_is_on_record,
    without_a_source_nothing_is_read_back,
];

const DAY: Millis = Millis::hours(24);

struct Play {
    office: Office,
    published: Arc<ScriptedStatus>,
}

impl Play {
    async fn on(store: &Store) -> Play {
        Play::with(store, RetryPolicy { jitter: 0, deadline: None, ..RetryPolicy::USUAL }).await
    }

    async fn with(store: &Store, retry: RetryPolicy) -> Play {
        let published = Arc::new(ScriptedStatus::named(issuer()));
        let office = Office::over(store.builder().read_back(published.clone()).retry(retry)).await;
        Play { office, published }
    }

    fn now(&self) -> Timestamp {
        self.office.clock.now()
    }

    /// The authority publishes what holds there.
    fn publishes(&self) {
        self.published.publish(self.office.authority.truth(), self.now());
    }

    async fn tally(&self) -> Tally {
        self.office.dossier().await.tally(self.office.card)
    }

    async fn delivers(&self) -> cardflow::runtime::Delivered {
        self.office.cards.deliver(100).await.unwrap()
    }

    async fn unmet(&self) -> Vec<Millis> {
        let list = self.office.cards.unmet(&self.office.administrator, OutstandingPage::first()).await.unwrap();
        list.items.iter().map(|it| it.age).collect()
    }
}

fn tally(confirmed: usize, visible: usize) -> Tally {
    Tally { of: 2, confirmed, visible }
}

async fn a_card_is_done_when_relying_parties_see_it(store: Store) {
    let play = Play::on(&store).await;
    play.publishes();
    let task = play.office.run("CardsProcDeactivate").await;
    assert_eq!(play.tally().await, tally(0, 0));
    assert_eq!(play.delivers().await.confirmed, 2);
    assert_eq!(play.tally().await, tally(2, 0));
    let waiting = play.delivers().await;
    assert_eq!((waiting.confirmed, waiting.failed, waiting.waiting), (0, 0, 2), "the list is from before");
    let standing = play.office.standing(task.id()).await;
    assert!(matches!(standing.status, Status::Confirming { .. }), "{standing:?}");
    assert_eq!((standing.asked, standing.confirmed), (4, 2));
    assert!(standing.troubles.iter().all(|it| it.about.is_some() && it.what.contains("from before")), "{standing:?}");
    play.office.wait(Millis::hours(1));
    assert_eq!(play.unmet().await, [Millis::hours(1)]);

    play.publishes();
    assert_eq!(play.delivers().await.confirmed, 2);
    assert_eq!(play.tally().await, tally(2, 2));
    let standing = play.office.standing(task.id()).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    assert_eq!(play.unmet().await, []);
    store.verifies().await;
}

async fn it_is_visible_to_all_only_when_the_last_list_without_it_has_ended(store: Store) {
    let play = Play::on(&store).await;
    play.publishes();
    let ends = play.now().plus(DAY);
    play.office.run("CardsProcDeactivate").await;
    play.delivers().await;
    play.delivers().await;
    play.office.wait(Millis::seconds(60));
    play.publishes();
    play.delivers().await;
    for certificate in play.office.dossier().await.certificates() {
        assert_eq!(certificate.visible_since(), Some(ends), "whoever fetched the first list goes by it until then");
    }
    // Where the lists before were not seen, since it was read back.
    play.office.wait(Millis::hours(48));
    play.office.run("CardsProcReactivate").await;
    assert!(
        play.office.dossier().await.certificates().all(|it| it.visible_since().is_none()),
        "another state is wanted"
    );
    play.delivers().await;
    play.publishes();
    play.delivers().await;
    let now = play.now();
    assert!(play.office.dossier().await.certificates().all(|it| it.visible_since() == Some(now)));
}

async fn an_authority_that_says_done_and_does_nothing_is_found_out(store: Store) {
    let play = Play::on(&store).await;
    let task = play.office.run("CardsProcDeactivate").await;
    play.delivers().await;
    play.office.wait(Millis::hours(1));
    // What it publishes does not say what it has confirmed.
    play.published.publish([], play.now());
    play.delivers().await;
    assert_eq!(play.tally().await, tally(2, 0), "nothing is reported as seen");
    let standing = play.office.standing(task.id()).await;
    assert_eq!(standing.incidents.len(), 2, "{standing:?}");
    assert!(standing.incidents.iter().all(|it| it.what.contains("has confirmed `on hold`")), "{standing:?}");
    let list =
        play.office.cards.incidents(&play.office.administrator, OutstandingPage::first().counted()).await.unwrap();
    assert_eq!((list.total, list.items[0].standing.instance), (Some(1), task.id()));
    store.verifies().await;
}

async fn a_state_that_is_no_longer_wanted_is_not_waited_for(store: Store) {
    let play = Play::on(&store).await;
    play.publishes();
    let held = play.office.run("CardsProcDeactivate").await;
    play.delivers().await;
    play.office.run("CardsProcReactivate").await;
    let delivered = play.delivers().await;
    assert_eq!((delivered.confirmed, delivered.overtaken), (2, 2));
    let standing = play.office.standing(held.id()).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    assert_eq!(standing.incidents, []);
    assert!(play.office.dossier().await.certificates().all(|it| it.visible().is_none()), "the hold was never seen");
    store.verifies().await;
}

async fn a_revocation_does_not_wait_for_what_was_to_be_seen_before(store: Store) {
    let play = Play::on(&store).await;
    play.published.lies(Lying::Nothing);
    play.office.run("CardsProcDeactivate").await;
    play.delivers().await;
    play.delivers().await;
    play.office.run("CardsProcLock").await;
    let delivered = play.delivers().await;
    assert_eq!((delivered.confirmed, delivered.overtaken), (2, 2));
    play.published.lies(Lying::Last);
    play.publishes();
    play.office.wait(Millis::seconds(5));
    play.delivers().await;
    assert_eq!(play.tally().await, tally(2, 2));
    assert!(play.office.dossier().await.certificates().all(|it| it.wanted() == CertificateState::Revoked));
}

async fn what_cannot_be_read_is_tried_again_and_in_the_end_is_for_a_person(store: Store) {
    for (lies, at_once) in [(Lying::Nothing, false), (Lying::Damaged, true), (Lying::Forged, true)] {
        let store = if store.folder.is_some() { Store::sqlite() } else { Store::memory() };
        let retry = RetryPolicy { jitter: 0, deadline: Some(Millis::hours(1)), ..RetryPolicy::USUAL };
        let play = Play::with(&store, retry).await;
        play.publishes();
        play.published.lies(lies);
        let task = play.office.run("CardsProcDeactivate").await;
        play.delivers().await;
        let delivered = play.delivers().await;
        assert_eq!((delivered.failed, delivered.stuck), if at_once { (0, 2) } else { (2, 0) }, "{lies:?}");
        play.office.wait(Millis::hours(2));
        play.delivers().await;
        let standing = play.office.standing(task.id()).await;
        assert_eq!(standing.incidents.len(), 2, "{lies:?}: {standing:?}");
        // Once it is mended, somebody says so.
        play.published.lies(Lying::Last);
        play.publishes();
        for n in 0..2 {
            let (cards, administrator) = (&play.office.cards, &play.office.administrator);
            let retry = cardflow::engine::Resolution::Retry;
            cards.resolve_incident(administrator, task.id(), n, retry, "").await.unwrap();
        }
        assert_eq!(play.delivers().await.confirmed, 2, "{lies:?}");
        assert_eq!(play.tally().await, tally(2, 2), "{lies:?}");
        store.verifies().await;
    }
}

async fn what_was_overtaken_and_is_wanted_again_is_as_it_is_on_record(store: Store) {
    let once = RetryPolicy { attempts: Some(1), ..RetryPolicy::USUAL };
    let play = Play::with(&store, once).await;
    play.publishes();
    play.office.run("CardsProcDeactivate").await;
    assert_eq!(play.delivers().await.confirmed, 2);
    play.office.run("CardsProcReactivate").await;
    // What is published is out of date, and nobody publishes any more.
    play.published.lies(Lying::Nothing);
    play.delivers().await;
    for process in ["CardsProcDeactivate", "CardsProcReactivate"] {
        play.office.run(process).await;
    }
    assert!(play.delivers().await.stuck > 0);
    play.office.settle().await;
    assert_eq!(play.office.card_state().await, CardState::Active);
    store.verifies().await;
}

async fn without_a_source_nothing_is_read_back(store: Store) {
    let office = Office::on(&store).await;
    let task = office.run("CardsProcDeactivate").await;
    office.settle().await;
    let standing = office.cards.standing(&office.operator, task.id(), &Answers::none()).await.unwrap();
    assert_eq!((standing.asked, standing.confirmed), (2, 2));
    assert_eq!(office.dossier().await.tally(office.card), tally(2, 0));
}
