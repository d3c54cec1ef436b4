//! What the calls share, and what runs beside them.

use std::sync::Arc;
use std::time::Duration;

use cardflow::Cardflow;
use cardflow::runtime::Delivered;
use cardflow::values::TenantId;
use cardflow::worker::{Nudge, Worker};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::caller::ProxySecret;
use crate::fault::in_full;

/// Whether it is time to write to those who are told once a day is looked so often.
const DIGEST: Duration = Duration::from_secs(60);

/// What every call needs.
pub struct Host {
    pub cards: Arc<Cardflow>,
    pub bell: Arc<Nudge>,
    pub secret: ProxySecret,
}

/// Waits until the flag is set.
pub async fn is_set(flag: &mut watch::Receiver<bool>) {
    // Whoever could set it is gone: as good as set.
    let _ = flag.wait_for(|it| *it).await;
}

impl Host {
    /// Delivers requests to the outside and fires timers, until it is asked to stop; then it ends what it has begun.
    pub async fn deliver_until(self: Arc<Self>, mut stopped: watch::Receiver<bool>) -> Delivered {
        let worker = Worker::new(Arc::clone(&self.cards), Arc::clone(&self.bell));
        let worker = worker.on_error(|error| eprintln!("deliver: {}", in_full(error)));
        let mut stopping = stopped.clone();
        let works = worker.run(async move { is_set(&mut stopped).await });
        let (delivered, ()) = tokio::join!(works, self.digests_until(&mut stopping));
        delivered
    }

    async fn digests_until(&self, stopped: &mut watch::Receiver<bool>) {
        let mut often = interval(DIGEST);
        often.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = is_set(stopped) => return,
                _ = often.tick() => {}
            }
            // The first call of a day writes; the others find it done.
            if let Err(error) = self.cards.digest(TenantId::default()).await {
                eprintln!("digest: {}", in_full(&error));
            }
        }
    }
}
