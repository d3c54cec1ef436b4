use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::ports::{Clock, IdSource, NoRandomness};
use crate::values::{Millis, Seed, Timestamp};

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the library reads the time")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands until it is moved, for tests.
///
/// ```
/// use cardflow::adapters::memory::ManualClock;
/// use cardflow::ports::Clock;
/// use cardflow::values::{Millis, Timestamp};
///
/// let clock = ManualClock::at(Timestamp::from_millis(0));
/// clock.advance(Millis::hours(8));
/// assert_eq!(clock.now(), Timestamp::from_millis(8 * 3_600_000));
/// ```
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Standing at this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        ManualClock(AtomicI64::new(now.millis()))
    }

    /// Moves on, or back.
    pub fn advance(&self, length: Millis) {
        self.0.fetch_add(length.millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Random bytes of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn seed(&self) -> Result<Seed, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| NoRandomness(Box::new(error)))?;
        Ok(Seed::from_bytes(bytes))
    }
}

/// Seeds in sequence, for tests: the same run makes the same ids. Guessable, so never for real data.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    /// Beginning after this number.
    #[must_use]
    pub fn from(number: u64) -> Self {
        SequentialIds(AtomicU64::new(number))
    }
}

impl IdSource for SequentialIds {
    fn seed(&self) -> Result<Seed, NoRandomness> {
        Ok(Seed::from_number(self.0.fetch_add(1, Ordering::SeqCst)))
    }
}
