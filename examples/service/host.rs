//! What the calls share, and what runs beside them.

use std::sync::Arc;
use std::time::Duration;

use cardflow::Cardflow;
use cardflow::ports::Wake;
use cardflow::values::TenantId;
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval};

use crate::caller::ProxySecret;
use crate::fault::in_full;

/// Requests whose time has come again, or that another host has left, are looked for so often.
const DELIVER: Duration = Duration::from_secs(5);
/// Timers are looked for so often.
const TICK: Duration = Duration::from_secs(60);

/// What every call needs.
pub struct Host {
    pub cards: Cardflow,
    pub bell: Arc<Bell>,
    pub secret: ProxySecret,
}

/// Rings after each command that has asked the outside for something.
#[derive(Debug, Default)]
pub struct Bell(Notify);

impl Wake for Bell {
    fn wake(&self) {
        self.0.notify_one();
    }
}

/// Waits until the flag is set.
pub async fn is_set(flag: &mut watch::Receiver<bool>) {
    // Whoever could set it is gone: as good as set.
    let _ = flag.wait_for(|it| *it).await;
}

impl Host {
    /// Delivers requests to the outside and fires timers, until it is asked to stop; then it ends what it has begun.
    pub async fn deliver_until(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let (mut often, mut seldom) = (interval(DELIVER), interval(TICK));
        often.set_missed_tick_behavior(MissedTickBehavior::Delay);
        seldom.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = is_set(&mut stopped) => return,
                () = self.bell.0.notified() => self.deliver().await,
                _ = often.tick() => self.deliver().await,
                _ = seldom.tick() => self.tick().await,
            }
        }
    }

    /// As long as there is something that can be delivered.
    async fn deliver(&self) {
        loop {
            match self.cards.deliver(100).await {
                Ok(done) if done.confirmed > 0 => {}
                Ok(_) => return,
                // What was not recorded is asked about again, the next time.
                Err(error) => return eprintln!("deliver: {}", in_full(&error)),
            }
        }
    }

    async fn tick(&self) {
        if let Err(error) = self.cards.tick().await {
            eprintln!("tick: {}", in_full(&error));
        }
        // The first call of a day writes to those who are told once a day; the others find it done.
        if let Err(error) = self.cards.digest(TenantId::default()).await {
            eprintln!("digest: {}", in_full(&error));
        }
    }
}
