//! A store that does one thing wrong. With [`Fault::None`] it is right, as simple as can be, and slow.

mod apply;
mod data;
mod faults;
mod reads;

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cardflow::engine::Schema;
use cardflow::engine::chain::Linked;
use cardflow::ports::{
    Claim, Commit, Committed, Found, Home, InstanceRecords, Query, Remembered, Storage, StorageError, Work,
};
use cardflow::testing::conformance::storage::StorageFactory;
use cardflow::values::{CommandId, HomeId, InstanceId, PersonId, TenantId, Timestamp};

use self::data::{Data, Part};
pub(crate) use self::faults::Fault;
use super::let_others_go_on;

#[derive(Debug)]
pub(crate) struct WrongStore {
    fault: Fault,
    schema: &'static Schema,
    data: Mutex<Data>,
    /// The state before the last commit.
    before: Mutex<Data>,
}

impl WrongStore {
    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap()
    }

    /// What readers see.
    fn seen(&self) -> MutexGuard<'_, Data> {
        if self.fault == Fault::ReadsBehind { self.before.lock().unwrap() } else { self.data() }
    }
}

#[async_trait]
impl Storage for WrongStore {
    async fn commit(&self, commit: Commit) -> Result<Committed, StorageError> {
        let fault = self.fault;
        if matches!(fault, Fault::LosesLastCommit | Fault::ReadsBehind) {
            *self.before.lock().unwrap() = self.data().clone();
        }
        if let Some(known) = self.data().repeated(&commit) {
            return Ok(Committed::Repeated(known));
        }
        let heads = self.data().heads(&commit);
        self.data().checked(self.schema, &commit)?;
        match fault {
            Fault::ChecksThenActs => let_others_go_on().await,
            Fault::RefusesNeighbours => {
                let before = self.data().commits;
                let_others_go_on().await;
                if self.data().commits != before {
                    return Err(StorageError::Conflict { what: "the store".to_owned() });
                }
            }
            Fault::ForksChains => {
                let_others_go_on().await;
                return Ok(self.data().apply(&commit, Part::Whole, &heads));
            }
            Fault::WritesInHalves => {
                self.data().apply(&commit, Part::First, &heads);
                let_others_go_on().await;
                let heads = self.data().heads(&commit);
                return Ok(self.data().apply(&commit, Part::Second, &heads));
            }
            _ => {}
        }
        let mut data = self.data();
        let heads = data.heads(&commit);
        Ok(data.apply(&commit, Part::Whole, &heads))
    }

    async fn homes(&self, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError> {
        let mut homes = homes.to_vec();
        if self.fault == Fault::SortsHomes {
            homes.sort();
        }
        if self.fault != Fault::ReadsHomeByHome {
            let data = self.seen();
            return Ok(homes.into_iter().map(|it| data.home(tenant, it)).collect());
        }
        let mut found = Vec::new();
        for home in homes {
            found.push(self.data().home(tenant, home));
            let_others_go_on().await;
        }
        Ok(found)
    }

    async fn find(&self, query: &Query) -> Result<Found, StorageError> {
        if self.fault != Fault::CountsLater {
            return self.seen().find(self.schema, query);
        }
        let found = self.data().find(self.schema, &Query { count: false, ..query.clone() })?;
        let_others_go_on().await;
        // By then, one page of one record and another of the other.
        let later = self.data().find(self.schema, query)?;
        let records = found.records.into_iter().take(1).chain(later.records.into_iter().skip(1)).collect();
        Ok(Found { records, next: later.next, total: later.total })
    }

    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError> {
        let found = self.seen().instance(tenant, instance);
        if self.fault != Fault::ReadsInstanceInTwo {
            return Ok(found);
        }
        let_others_go_on().await;
        let later = self.data().instance(tenant, instance);
        Ok(found.zip(later).map(|(one, two)| InstanceRecords { instance: one.instance, ..two }))
    }

    async fn history(
        &self,
        tenant: TenantId,
        chain: HomeId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Linked>, StorageError> {
        Ok(self.seen().chain(tenant, chain, before, limit))
    }

    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError> {
        Ok(self.seen().known(tenant, actor, command))
    }

    async fn under_way(&self, tenant: TenantId, targets: &[String]) -> Result<Vec<String>, StorageError> {
        Ok(self.seen().under_way(tenant, targets))
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError> {
        let due = self.data().due(claim);
        if self.fault == Fault::SharesWork {
            let_others_go_on().await;
        }
        Ok(self.data().give(claim, &due))
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError> {
        Ok(self.data().forget(before))
    }
}

/// Makes stores with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl StorageFactory for Wrong {
    type Guard = Arc<WrongStore>;

    async fn storage(&self, schema: &'static Schema) -> (Arc<WrongStore>, Arc<dyn Storage>) {
        let data = Data::with(self.0);
        let store =
            Arc::new(WrongStore { fault: self.0, schema, data: Mutex::new(data.clone()), before: Mutex::new(data) });
        (Arc::clone(&store), store)
    }

    async fn reopen(&self, store: &Arc<WrongStore>, _: &'static Schema) -> Arc<dyn Storage> {
        if self.0 == Fault::LosesLastCommit {
            *store.data() = store.before.lock().unwrap().clone();
        }
        store.data().restart();
        Arc::clone(store) as Arc<dyn Storage>
    }
}
