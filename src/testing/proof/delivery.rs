use super::office::TENANT;
use super::play::{Play, in_full};
use super::story::Fault;
use crate::ports::{HistoryLog, Storage, WorkSort};
use crate::runtime::Delivered;
use crate::values::{InstanceId, Millis};

/// How often deliveries are tried before the outside is made well.
const PATIENCE: usize = 4;

impl Play<'_> {
    /// Delivers until nothing is open; where the outside stays ill, looks that this shows, and makes it well.
    pub(super) async fn settle(&mut self) -> Result<(), Fault> {
        for round in 0..40 {
            let came = self.office.host.deliver(100).await;
            let delivered = match came {
                Ok(delivered) => delivered,
                died if self.host_is_dead(&died) => continue,
                Err(error) => return Err(Fault::of("requests are delivered", in_full(&error))),
            };
            let open = self.open_effects().await;
            if delivered != Delivered::default() {
                let Delivered { confirmed, failed, .. } = delivered;
                self.tell(format!("deliver: {confirmed} confirmed, {failed} failed, {} open", open.len()));
            }
            if open.is_empty() {
                return Ok(());
            }
            if round == PATIENCE {
                let silent: Vec<_> = open.into_iter().filter(|it| !it.1).map(|it| it.0).collect();
                if !silent.is_empty() {
                    return Err(Fault::list("no request is open without a trouble that shows", silent));
                }
                self.tell("the outside is well again");
                self.office.outside.heals();
            }
            self.office.wait(Millis::hours(1));
        }
        let open: Vec<_> = self.open_effects().await.into_iter().map(|it| it.0).collect();
        Err(Fault::list("every request is answered once the outside is well", open))
    }

    /// The requests that are open, in words, and whether a trouble shows that says why.
    pub(super) async fn open_effects(&self) -> Vec<(String, bool)> {
        let mut open = Vec::new();
        for id in self.instances().await {
            let Ok(Some(records)) = self.office.store.instance(TENANT, id).await else { continue };
            for work in records.work.iter().filter(|it| it.sort == WorkSort::Effect) {
                let trouble = work.trouble.as_deref().unwrap_or("and nothing says why");
                let words = format!("a request of instance {id} about {}: {trouble}", work.target);
                open.push((words, work.trouble.is_some()));
            }
        }
        open
    }

    /// Every instance that stands in the store; and what stands there as work of one, unless it is an alarm.
    pub(super) async fn instances(&self) -> Vec<InstanceId> {
        let store = &self.office.store;
        let mut found = Vec::new();
        for id in store.instances_after(TENANT, None, usize::MAX).await.unwrap_or_default() {
            let work = store.work_of(TENANT, id).await.unwrap_or_default();
            if work.is_empty() || work.iter().any(|it| it.alarm().is_none()) {
                found.push(id);
            }
        }
        found
    }
}
