//! How the audit log is filled: after a crash at any point, by several hosts at once, under growth, and anew.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use cardflow::Cardflow;
use cardflow::adapters::memory::MemoryAudit;
use cardflow::cards::CardsOptions;
use cardflow::engine::{AuditOutcome, AuditRow, Scope};
use cardflow::ports::{Applied, AuditBatch, AuditFound, AuditLog, AuditQuery, StorageError};
use cardflow::runtime::{Error, Projected};
use cardflow::values::{Answers, InstanceId, Millis, ObjectRef, TenantId};
use proptest::prelude::*;

use crate::common::store::every_store;
use crate::common::{Mood, Office, Store, TENANT, person_at};
use crate::histories::with_history;

const DEACTIVATE: &str = "CardsProcDeactivate";

every_store![
    a_crash_at_any_point_doubles_nothing_and_leaves_nothing_out,
    several_hosts_project_at_once,
    emptying_it_in_the_midst_of_a_projection_leaves_no_gap,
    pages_stay_as_they_are_while_rows_come_in,
    a_record_that_does_not_read_is_a_row_and_one_of_a_later_release_waits,
    without_an_audit_log_nothing_is_asked_of_it,
    no_command_touches_the_audit_log,
];

/// Everything in an audit log, oldest position first.
async fn rows(log: &dyn AuditLog) -> Vec<AuditRow> {
    let found = log.query(TENANT, &Scope::All, &AuditQuery::all().limit(1000)).await.unwrap();
    let mut rows = found.rows;
    rows.sort_by_key(|it| it.position);
    rows
}

/// An audit log whose host dies when it is called: before anything is done, or before it hears of it.
#[derive(Debug)]
struct Dying {
    inner: Arc<dyn AuditLog>,
    /// Before which call, counting down; each call has two points.
    left: AtomicUsize,
}

impl Dying {
    fn point(&self) -> Result<(), StorageError> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            0 => Err(StorageError::Unavailable("the host died".into())),
            _ => Ok(()),
        }
    }

    fn came<T>(&self, came: Result<T, StorageError>) -> Result<T, StorageError> {
        self.point().and(came)
    }
}

#[async_trait]
impl AuditLog for Dying {
    async fn applied(&self, tenant: TenantId) -> Result<Applied, StorageError> {
        self.point()?;
        self.came(self.inner.applied(tenant).await)
    }

    async fn apply(&self, batch: &AuditBatch) -> Result<(), StorageError> {
        self.point()?;
        self.came(self.inner.apply(batch).await)
    }

    async fn query(&self, tenant: TenantId, scope: &Scope, query: &AuditQuery) -> Result<AuditFound, StorageError> {
        self.point()?;
        self.came(self.inner.query(tenant, scope, query).await)
    }

    async fn clear(&self, tenant: TenantId) -> Result<(), StorageError> {
        self.point()?;
        self.came(self.inner.clear(tenant).await)
    }
}

/// Some history: everything that can become of a run.
async fn busy(office: &Office) {
    let cancelled = office.start(DEACTIVATE).await;
    let late = office.start(DEACTIVATE).await;
    office.cards.cancel(&office.operator, cancelled.id()).await.unwrap();
    office.run(DEACTIVATE).await;
    office.cards.next(&office.operator, late.id(), Answers::none()).await.unwrap();
    office.settle().await;
    office.run("CardsProcReactivate").await;
    office.settle().await;
}

async fn a_crash_at_any_point_doubles_nothing_and_leaves_nothing_out(store: Store) {
    let office = Office::on(&store).await;
    busy(&office).await;
    office.project().await;
    let whole = rows(&*store.audit).await;
    let mut points = 0;
    loop {
        office.cards.rebuild_audit(TENANT).await.unwrap();
        let dying = Arc::new(Dying { inner: store.audit.clone(), left: AtomicUsize::new(points) });
        let host = office.equip(store.builder()).audit_log(dying).build().unwrap();
        let mut died = false;
        loop {
            match host.project(TENANT, 3).await {
                Ok(it) if it.up_to_date => break,
                Ok(_) => {}
                Err(error) => {
                    assert!(error.is_retryable());
                    died = true;
                    break;
                }
            }
        }
        // Another goes on where it stopped.
        office.project().await;
        assert_eq!(rows(&*store.audit).await, whole, "died at point {points}");
        if !died {
            break;
        }
        points += 1;
    }
    assert!(points > 20, "{points} points");
}

/// A host before whose batches something else happens, each time.
fn interrupted<G>(office: &Office, store: &Store, happening: impl Fn() -> G + Send + Sync + 'static) -> Cardflow
where
    G: Future<Output = ()> + Send + 'static,
{
    let watched = with_history(store, move |_| Box::pin(happening()));
    office.equip(watched.builder()).build().unwrap()
}

async fn several_hosts_project_at_once(store: Store) {
    let office = Office::on(&store).await;
    busy(&office).await;
    office.project().await;
    let whole = rows(&*store.audit).await;
    // Another host is always quicker: by fewer records, by as many, by more.
    for quicker in 1..5 {
        office.cards.rebuild_audit(TENANT).await.unwrap();
        let other = office.host(&store);
        let slow = interrupted(&office, &store, move || {
            let other = other.clone();
            async move {
                other.project(TENANT, quicker).await.unwrap();
            }
        });
        while !slow.project(TENANT, 3).await.unwrap().up_to_date {}
        assert_eq!(rows(&*store.audit).await, whole, "{quicker}");
    }
}

async fn emptying_it_in_the_midst_of_a_projection_leaves_no_gap(store: Store) {
    let office = Office::on(&store).await;
    busy(&office).await;
    office.project().await;
    let whole = rows(&*store.audit).await;
    office.run(DEACTIVATE).await;
    let other = office.host(&store);
    let slow = interrupted(&office, &store, move || {
        let other = other.clone();
        async move { other.rebuild_audit(TENANT).await.unwrap() }
    });
    assert_eq!(slow.project(TENANT, 100).await.unwrap(), Projected::default(), "it knows nothing of what is before");
    assert_eq!(rows(&*store.audit).await, []);
    office.project().await;
    let anew = rows(&*store.audit).await;
    assert_eq!((&anew[..whole.len()], anew.len()), (&whole[..], whole.len() + 1));
}

async fn pages_stay_as_they_are_while_rows_come_in(store: Store) {
    let office = Office::on(&store).await;
    for _ in 0..3 {
        busy(&office).await;
        office.wait(Millis::seconds(1));
    }
    office.project().await;
    for query in [AuditQuery::all(), AuditQuery::all().process(DEACTIVATE), AuditQuery::all().object(office.card)] {
        let before = store.audit.query(TENANT, &Scope::All, &query.clone().limit(1000)).await.unwrap().rows;
        let mut paged = query.clone().limit(4);
        let mut seen = Vec::new();
        loop {
            let page = office.cards.audit(&office.auditor, paged.clone()).await.unwrap();
            assert!(page.rows.len() == 4 || page.next.is_none());
            seen.extend(page.rows);
            let Some(next) = page.next else { break };
            paged = paged.after(next);
            // Newer ones come in, and of the same moment.
            office.start(DEACTIVATE).await;
            office.project().await;
        }
        assert_eq!(seen, before, "{query:?}");
    }
}

async fn a_record_that_does_not_read_is_a_row_and_one_of_a_later_release_waits(store: Store) {
    let office = Office::on(&store).await;
    busy(&office).await;
    let host = |version| {
        let altered = with_history(&store, move |records| {
            records.iter_mut().filter(|it| it.position == 3).for_each(|it| it.record.open[0] = version);
            Box::pin(async {})
        });
        office.equip(altered.builder()).build().unwrap()
    };
    let newer = host(2);
    assert_eq!(newer.project(TENANT, 2).await.unwrap().records, 2);
    assert!(matches!(newer.project(TENANT, 2).await, Err(Error::Codec(_))));
    assert_eq!(rows(&*store.audit).await.len(), 2, "it is left to the release that knows it");

    let damaged = host(0);
    while !damaged.project(TENANT, 2).await.unwrap().up_to_date {}
    let unreadable = AuditQuery::all().outcome(AuditOutcome::Unreadable);
    let found = office.cards.audit(&office.auditor, unreadable).await.unwrap().rows;
    let [row] = found.as_slice() else { panic!("{found:#?}") };
    let record = &store.log.records_after(TENANT, 2, 1).await.unwrap()[0].record;
    assert_eq!((row.chain, row.sequence, row.hash), (record.chain, record.sequence, record.hash));
    assert!(row.json_line().contains(r#""outcome":"unreadable""#));
}

async fn without_an_audit_log_nothing_is_asked_of_it(store: Store) {
    let office = Office::on(&store).await;
    let reader = Arc::new(cardflow::ports::MockAuditLog::new());
    // Everything but audit and project goes on although every call of it would fail.
    let host = office.equip(store.builder()).audit_log(reader).build().unwrap();
    host.run(&office.operator, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    host.deliver(10).await.unwrap();
    host.tick().await.unwrap();
    host.history(&office.auditor, office.card).await.unwrap();
}

async fn no_command_touches_the_audit_log(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    office.run(DEACTIVATE).await;
    let commits = spy.take_commits();
    assert_eq!(commits.len(), 1);
    assert_eq!(rows(&*store.audit).await, []);
    office.project().await;
    office.audit(AuditQuery::all()).await;
    office.cards.rebuild_audit(TENANT).await.unwrap();
    assert_eq!(spy.take_commits(), [], "and it writes nothing to the store");
}

/// What happens in an office whose audit log is filled now and then.
#[derive(Clone, Debug)]
enum Step {
    Start(usize),
    Run(usize, &'static str),
    Next(usize),
    Cancel(usize),
    Open(usize),
    Deliver,
    Tick,
    Authority(Mood),
    Wait(Millis),
    Project(usize),
    Rebuild,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let process = prop_oneof![Just(DEACTIVATE), Just("CardsProcReactivate"), Just("CardsProcLock")];
    let length = prop_oneof![Just(1), Just(-90), Just(3600), Just(9 * 3600)].prop_map(Millis::seconds);
    let mood = prop_oneof![Just(Mood::Well), Just(Mood::Down), Just(Mood::Revokes)];
    let step = prop_oneof![
        3 => (0..3_usize).prop_map(Step::Start),
        4 => (0..3_usize, process).prop_map(|(card, process)| Step::Run(card, process)),
        3 => (0..3_usize).prop_map(Step::Next),
        1 => (0..3_usize).prop_map(Step::Cancel),
        1 => (0..3_usize).prop_map(Step::Open),
        3 => Just(Step::Deliver),
        1 => Just(Step::Tick),
        1 => mood.prop_map(Step::Authority),
        2 => length.prop_map(Step::Wait),
        3 => (1..6_usize).prop_map(Step::Project),
        1 => Just(Step::Rebuild),
    ];
    prop::collection::vec(step, 1..40)
}

async fn take(office: &Office, cards: &[ObjectRef; 3], instances: &mut Vec<InstanceId>, step: &Step) {
    let Office { cards: host, operator, .. } = office;
    let nth = |instances: &[InstanceId], nth: &usize| instances.iter().rev().nth(*nth).copied();
    match step {
        Step::Start(card) => instances.extend(host.start(operator, DEACTIVATE, cards[*card]).await.map(|it| it.id())),
        Step::Run(card, process) => {
            instances.extend(host.run(operator, process, cards[*card], Answers::none()).await.map(|it| it.id()));
        }
        Step::Next(it) => {
            if let Some(it) = nth(instances, it) {
                drop(host.next(operator, it, Answers::none().with("reason", "lost")).await);
            }
        }
        Step::Cancel(it) => {
            if let Some(it) = nth(instances, it) {
                drop(host.cancel(operator, it).await);
            }
        }
        Step::Open(card) => drop(host.open(operator, cards[*card]).await.unwrap()),
        Step::Deliver => {
            host.deliver(2).await.unwrap();
        }
        Step::Tick => {
            host.tick().await.unwrap();
        }
        Step::Authority(mood) => office.authority.is(*mood),
        Step::Wait(length) => office.wait(*length),
        Step::Project(limit) => {
            host.project(TENANT, *limit).await.unwrap();
        }
        Step::Rebuild => host.rebuild_audit(TENANT).await.unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_filled_bit_by_bit_is_what_is_filled_anew(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for store in [Store::memory(), Store::sqlite()] {
                let options = CardsOptions { record_reading: true, deactivation_limit: 5, ..CardsOptions::default() };
                let office = Office::over(store.builder().options(1, options)).await;
                let (ben, bens) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
                let lone = office.employ("Bea Beispiel", "Berlin", "4900", 30).await.1;
                let mut instances = Vec::new();
                for step in &steps {
                    take(&office, &[office.card, bens, lone], &mut instances, step).await;
                }
                office.project().await;
                let whole = Arc::new(MemoryAudit::new());
                let host = office.equip(store.builder()).audit_log(whole.clone()).build().unwrap();
                while !host.project(TENANT, 1000).await.unwrap().up_to_date {}

                let scopes = [Scope::All, Scope::Own(ben), Scope::Units(BTreeSet::from(["Berlin".to_owned()])), Scope::None];
                let mut queries = vec![
                    AuditQuery::all(),
                    AuditQuery::by(office.person("olga").await),
                    AuditQuery::without_approval(DEACTIVATE),
                    AuditQuery::all().object(bens),
                    AuditQuery::readers_of(office.card),
                    AuditQuery::all().reason("lost"),
                ];
                queries.extend(instances.iter().map(|it| AuditQuery::all().instance(*it)));
                queries.extend(AuditOutcome::ALL.iter().map(|it| AuditQuery::all().outcome(*it)));
                for scope in &scopes {
                    for query in &queries {
                        let query = query.clone().limit(1000);
                        let found = store.audit.query(TENANT, scope, &query).await.unwrap();
                        assert_eq!(found, whole.query(TENANT, scope, &query).await.unwrap(), "{scope:?} {query:?}");
                    }
                }
                assert_eq!(whole.applied(TENANT).await.unwrap(), store.audit.applied(TENANT).await.unwrap());
                // A row for each record, no more and no less.
                let records = store.log.records_after(TENANT, 0, 10_000).await.unwrap();
                let places: Vec<_> = rows(&*store.audit).await.iter().map(|it| it.position).collect();
                assert_eq!(places, records.iter().map(|it| it.position).collect::<Vec<_>>());
                let seen = whole.query(TENANT, &Scope::Own(ben), &AuditQuery::all().limit(1000)).await.unwrap().rows;
                assert!(seen.iter().all(|it| it.chain == person_at(ben).home()));
            }
        });
    }
}
