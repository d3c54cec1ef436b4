//! Audit rows, limits and recorded reading in a domain without cards.

use std::sync::Arc;

use cardflow::adapters::memory::MemoryAudit;
use cardflow::engine::{AuditOutcome, Rejection};
use cardflow::ports::{AuditQuery, StorageError};
use cardflow::runtime::Error;
use cardflow::values::{Answers, InstanceId, TenantId};

use crate::bench::{hour, reader};
use crate::library::{Place, Rules, book};
use crate::limits;
use crate::processes;
use crate::runtime::{House, furnished, house};

const TENANT: TenantId = TenantId::new(7);

/// A house with every process and an audit log.
async fn watched(rules: Rules) -> House {
    let more = [processes::exhibit().unwrap(), limits::take()];
    let more = more.map(|it| Arc::new(it) as Arc<dyn cardflow::engine::Process<_>>);
    furnished(rules, |it| it.processes(more).audit_log(Arc::new(MemoryAudit::new()))).await
}

impl House {
    /// The outcomes of a run, oldest first.
    async fn outcomes(&self, instance: InstanceId) -> Vec<&'static str> {
        while self.library.project(TENANT, 1).await.unwrap().records > 0 {}
        let page = self.library.audit(&self.librarian, AuditQuery::all().instance(instance)).await.unwrap();
        page.rows.iter().rev().map(|it| it.outcome.name()).collect()
    }
}

#[tokio::test]
async fn what_each_record_of_a_run_comes_to() {
    let house = watched(Rules::default()).await;
    let House { library, librarian, book, .. } = &house;
    let lend = library.start(librarian, "Lend", *book).await.unwrap();
    library.next(librarian, lend.id(), reader()).await.unwrap();
    library.deliver(10).await.unwrap();
    assert_eq!(house.outcomes(lend.id()).await, ["waiting", "waiting", "done"], "the outside was waited for");
    let back = library.run(librarian, "GiveBack", *book, Answers::none()).await.unwrap();
    library.deliver(10).await.unwrap();
    assert_eq!(house.outcomes(back.id()).await, ["done", "confirmed"]);
    // Two forms; then an effect that is waited for, and two that are not.
    let shown = library.start(librarian, "Exhibit", *book).await.unwrap();
    library.next(librarian, shown.id(), Answers::none().with("hall", true)).await.unwrap();
    library.next(librarian, shown.id(), Answers::none()).await.unwrap();
    library.deliver(1).await.unwrap();
    library.deliver(1).await.unwrap();
    library.deliver(1).await.unwrap();
    let expected = ["waiting", "waiting", "waiting", "done", "confirmed", "confirmed"];
    assert_eq!(house.outcomes(shown.id()).await, expected);
    let nothing = library.start(librarian, "Exhibit", *book).await.unwrap();
    library.next(librarian, nothing.id(), Answers::none().with("hall", false)).await.unwrap();
    library.next(librarian, nothing.id(), Answers::none()).await.unwrap();
    assert_eq!(house.outcomes(nothing.id()).await, ["waiting", "waiting", "done"]);
}

#[tokio::test]
async fn an_answer_whose_consequence_is_refused_is_its_own_outcome() {
    let house = watched(Rules { most: 2, ..Rules::default() }).await;
    let House { library, librarian, book, .. } = &house;
    let lend = library.run(librarian, "Lend", *book, reader()).await.unwrap();
    library.deliver(10).await.unwrap();
    assert_eq!(house.outcomes(lend.id()).await, ["waiting", "refused"]);
    let page = library.audit(librarian, AuditQuery::without_approval("Lend")).await.unwrap();
    assert_eq!(page.rows, [], "nothing was changed");
}

#[tokio::test]
async fn a_limit_and_readings_are_data_of_any_domain() {
    let rules = Rules { loans: 1, readers_are_noted: true, ..Rules::default() };
    let house = watched(rules).await;
    let House { library, librarian, book: emma, .. } = &house;
    let persuasion = book(2, "Persuasion", Place::Shelf).at;
    library.run(librarian, "Take", *emma, Answers::none()).await.unwrap();
    let refused = library.run(librarian, "Take", persuasion, Answers::none()).await.unwrap_err();
    assert_eq!(refused.rejection(), Some(&Rejection::LimitReached { limit: "Loans", until: hour(1) }));
    // Processes without a limit go on.
    library.run(librarian, "Lend", persuasion, reader().with("free", true)).await.unwrap();
    // Books belong to nobody.
    library.open(librarian, *emma).await.unwrap();
    while !library.project(TENANT, 10).await.unwrap().up_to_date {}
    let read = library.audit(librarian, AuditQuery::all().outcome(AuditOutcome::Read)).await.unwrap();
    assert_eq!((read.rows, read.lag.missing_since), (vec![], None));
}

#[tokio::test]
async fn who_plugs_in_no_audit_log_is_told_so() {
    let house = house(Rules::default()).await;
    let House { library, librarian, .. } = &house;
    let unsupported = |error| matches!(error, Error::Storage(StorageError::Unsupported { .. }));
    assert!(unsupported(library.audit(librarian, AuditQuery::all()).await.unwrap_err()));
    assert!(unsupported(library.project(TENANT, 10).await.unwrap_err()));
    assert!(unsupported(library.rebuild_audit(TENANT).await.unwrap_err()));
}
