//! A log that does one thing wrong, beside a store that is right.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::engine::Schema;
use cardflow::ports::{HistoryLog, Logged, Storage, StorageError, Work};
use cardflow::testing::conformance::history_log::HistoryLogFactory;
use cardflow::values::{HomeId, InstanceId, TenantId};

faults! {
    /// nothing is wrong
    None,
    /// an empty log is an error
    FearsNothing,
    /// the last record comes with the next
    ComesLater,
    /// some records appear behind those after them
    ComesLate,
    /// personal parts are dropped
    DropsPersonal,
    /// records are in the order of chains
    SortsByChain,
    /// records are in the order of times
    SortsBackwards,
    /// tenants share a log
    SharesLog,
    /// the position asked from is given, too
    RepeatsPosition,
    /// one record is skipped where a piece ends
    SkipsOne,
    /// more is given than was asked for
    IgnoresLimit,
    /// what lies beyond the end is the beginning
    BeginsAnew,
    /// the first position is zero
    BeginsAtZero,
    /// positions are places in the piece
    NumbersPieces,
    /// positions fall
    CountsBackwards,
    /// records are gone after reopening
    LosesAll,
    /// positions are others after reopening
    MovesOnReopen,
    /// no home at all is an error
    FearsNoHomes,
    /// the first home is not named
    HidesHome,
    /// homes are named once for each record
    NamesOften,
    /// homes are in the order of their times
    NamesByHistory,
    /// more homes are named than were asked for
    NamesAllHomes,
    /// the home asked from is named, too
    RepeatsHome,
    /// the last instance is not named
    HidesInstance,
    /// instances of another tenant are named
    SharesInstances,
    /// the instance asked from is named, too
    RepeatsInstance,
    /// the last work of an instance is not given
    HidesWork,
    /// work without an instance is not given
    KeepsWorkBehindInstances,
    /// work of another tenant is given
    SharesWork,
}

#[derive(Debug)]
pub(crate) struct WrongLog {
    fault: Fault,
    right: Arc<MemoryStorage>,
    reopened: Mutex<bool>,
}

const ALL: usize = 1_000_000;

impl WrongLog {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Everything there is, in the order in which it is given.
    async fn all(&self, tenant: TenantId) -> Vec<Logged> {
        let mut all = self.right.records_after(tenant, 0, ALL).await.unwrap();
        let reopened = *self.reopened.lock().unwrap();
        match self.fault {
            Fault::ComesLater => drop(all.pop()),
            // Every fifth shows only when two more are there.
            Fault::ComesLate => {
                let last = all.len();
                let mut place = 0;
                all.retain(|_| {
                    place += 1;
                    place % 5 != 0 || place + 2 <= last
                });
            }
            Fault::DropsPersonal => all.iter_mut().for_each(|it| it.record.personal = None),
            Fault::SortsByChain => {
                let positions: Vec<u64> = all.iter().map(|it| it.position).collect();
                all.sort_by_key(|it| it.record.chain);
                all.iter_mut().zip(positions).for_each(|(it, position)| it.position = position);
            }
            Fault::SortsBackwards => all.reverse(),
            Fault::SharesLog => {
                for other in [7, 8].map(TenantId::new).into_iter().filter(|it| *it != tenant) {
                    all.extend(self.right.records_after(other, 0, ALL).await.unwrap());
                }
                all.sort_by_key(|it| it.position);
            }
            Fault::BeginsAtZero => all.iter_mut().for_each(|it| it.position -= 1),
            Fault::CountsBackwards => all.iter_mut().for_each(|it| it.position = 1_000_000 - it.position),
            Fault::LosesAll if reopened => all.clear(),
            Fault::MovesOnReopen if reopened => all.iter_mut().for_each(|it| it.position += 1),
            _ => {}
        }
        all
    }
}

#[async_trait]
impl HistoryLog for WrongLog {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        let mut all = self.all(tenant).await;
        if all.is_empty() && self.is(Fault::FearsNothing) {
            return Err(StorageError::Corrupt { what: "nothing".to_owned() });
        }
        let end = all.last().map_or(0, |it| it.position);
        match self.fault {
            Fault::RepeatsPosition => all.retain(|it| it.position >= position),
            Fault::SkipsOne if position > 0 => all.retain(|it| it.position > position + 1),
            Fault::BeginsAnew if position >= end => {}
            Fault::BeginsAtZero if position == 0 => {}
            _ => all.retain(|it| it.position > position),
        }
        match self.fault {
            Fault::IgnoresLimit => {}
            _ => all.truncate(limit),
        }
        if self.is(Fault::NumbersPieces) {
            (1..).zip(&mut all).for_each(|(place, it)| it.position = place);
        }
        Ok(all)
    }

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        let mut homes = self.right.homes_after(tenant, None, ALL).await?;
        match self.fault {
            Fault::FearsNoHomes if homes.is_empty() => {
                return Err(StorageError::Corrupt { what: "no home".to_owned() });
            }
            Fault::HidesHome => drop(homes.drain(..homes.len().min(1))),
            Fault::NamesOften => homes = homes.iter().flat_map(|it| [*it, *it]).collect(),
            Fault::NamesByHistory => homes.reverse(),
            _ => {}
        }
        let repeats = self.is(Fault::RepeatsHome);
        homes.retain(|it| home.is_none_or(|home| *it > home || repeats && *it == home));
        homes.truncate(if self.is(Fault::NamesAllHomes) { ALL } else { limit });
        Ok(homes)
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        let mut instances = self.right.instances_after(tenant, None, ALL).await?;
        match self.fault {
            Fault::HidesInstance => drop(instances.pop()),
            Fault::SharesInstances => {
                for other in [7, 8].map(TenantId::new).into_iter().filter(|it| *it != tenant) {
                    instances.extend(self.right.instances_after(other, None, ALL).await?);
                }
                instances.sort();
            }
            _ => {}
        }
        let repeats = self.is(Fault::RepeatsInstance);
        instances.retain(|it| instance.is_none_or(|instance| *it > instance || repeats && *it == instance));
        instances.truncate(limit);
        Ok(instances)
    }

    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError> {
        let mut work = self.right.work_of(tenant, instance).await?;
        match self.fault {
            Fault::HidesWork => drop(work.pop()),
            Fault::KeepsWorkBehindInstances if self.right.instance(tenant, instance).await?.is_none() => work.clear(),
            Fault::SharesWork => {
                for other in [7, 8].map(TenantId::new).into_iter().filter(|it| *it != tenant) {
                    work.extend(self.right.work_of(other, instance).await?);
                }
            }
            _ => {}
        }
        Ok(work)
    }
}

/// Makes logs with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl HistoryLogFactory for Wrong {
    type Guard = Arc<WrongLog>;

    async fn log(&self, schema: &'static Schema) -> (Arc<WrongLog>, Arc<dyn Storage>, Arc<dyn HistoryLog>) {
        let right = Arc::new(MemoryStorage::new(schema));
        let log = Arc::new(WrongLog { fault: self.0, right: Arc::clone(&right), reopened: Mutex::default() });
        (Arc::clone(&log), right, log)
    }

    async fn reopen(&self, log: &Arc<WrongLog>, _: &'static Schema) -> (Arc<dyn Storage>, Arc<dyn HistoryLog>) {
        *log.reopened.lock().unwrap() = true;
        (Arc::clone(&log.right) as Arc<dyn Storage>, Arc::clone(log) as Arc<dyn HistoryLog>)
    }
}
