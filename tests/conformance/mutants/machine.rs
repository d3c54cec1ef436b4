//! A clock and a source of ids that do one thing wrong.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cardflow::adapters::memory::{RandomIds, SystemClock};
use cardflow::ports::{Clock, IdSource, NoRandomness};
use cardflow::testing::conformance::machine::{ClockFactory, IdsFactory};
use cardflow::values::{Seed, Timestamp};

faults! {
    /// nothing is wrong
    None,
    /// the clock tells seconds
    TellsSeconds,
    /// the clock tells another zone
    TellsLocalTime,
    /// the clock runs back at times
    RunsBack,
    /// a seed comes twice at times
    RepeatsSeeds,
    /// seeds are counted by each thread
    CountsByThread,
    /// seeds are counted from each start
    CountsFromStart,
    /// half of a seed is a number
    CountsInSeeds,
}

#[derive(Debug)]
struct Machine {
    fault: Fault,
    asked: AtomicU64,
}

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let now = SystemClock.now().millis();
        Timestamp::from_millis(match self.fault {
            Fault::TellsSeconds => now / 1000,
            Fault::TellsLocalTime => now + 3_600_000,
            Fault::RunsBack if asked.is_multiple_of(10) => now - 1000,
            _ => now,
        })
    }
}

impl IdSource for Machine {
    fn seed(&self) -> Result<Seed, NoRandomness> {
        thread_local!(static DRAWN: Cell<u64> = const { Cell::new(0) });
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::RepeatsSeeds if asked.is_multiple_of(1000) => Ok(Seed::from_number(1)),
            Fault::CountsFromStart => Ok(Seed::from_number(asked)),
            Fault::CountsByThread => Ok(Seed::from_number(DRAWN.replace(DRAWN.get() + 1))),
            Fault::CountsInSeeds => {
                let mut bytes = [0; 32];
                bytes[..8].copy_from_slice(&SystemClock.now().millis().to_be_bytes());
                bytes[8..16].copy_from_slice(&asked.to_be_bytes());
                bytes[16..].copy_from_slice(&std::ptr::from_ref(self).addr().to_be_bytes().repeat(2));
                Ok(Seed::from_bytes(bytes))
            }
            _ => RandomIds.seed(),
        }
    }
}

/// Makes clocks and sources of ids with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl ClockFactory for Wrong {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(Machine { fault: self.0, asked: AtomicU64::new(0) })
    }
}

impl IdsFactory for Wrong {
    fn ids(&self) -> Arc<dyn IdSource> {
        Arc::new(Machine { fault: self.0, asked: AtomicU64::new(0) })
    }
}
