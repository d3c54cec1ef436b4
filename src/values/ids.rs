use std::fmt;

use uuid::{Builder, Uuid};

use super::{Digest, HomeId, InstanceId, Timestamp};

/// Thirty-two random bytes for one command: its ids and salts come from them.
///
/// Never shown: salts protect erased personal data.
#[derive(Clone, Copy)]
pub struct Seed([u8; 32]);

impl Seed {
    /// From random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Seed(bytes)
    }

    /// A seed from a number, for tests: the same number gives the same ids.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Seed(*Digest::of(&number.to_be_bytes()).as_bytes())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// Fresh ids as a value (law 2): UUIDs of version 7 from a time and a seed, in rising order.
///
/// ```
/// use cardflow::values::{Ids, Seed, Timestamp};
///
/// let mut ids = Ids::new(Timestamp::from_millis(1_700_000_000_000), Seed::from_number(1));
/// let (first, second) = (ids.fresh(), ids.fresh());
/// assert!(first < second);
/// assert_eq!(first.get_version_num(), 7);
/// ```
#[derive(Clone, Debug)]
pub struct Ids {
    millis: u64,
    counter: u64,
    /// What tells them from those of others.
    apart: [u8; 8],
    seed: Seed,
}

impl Ids {
    /// Ids of the time `now`, told from those of other commands by `seed`.
    #[must_use]
    pub fn new(now: Timestamp, seed: Seed) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = seed.0;
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        Ids { millis, counter: 0, apart: [a, b, c, d, e, f, g, h], seed }
    }

    /// The ids of what a step of an instance makes: the same whenever it is looked at ahead, since what is done must be what
    /// was shown. They have the time of the instance; salts stay those of this command.
    ///
    /// ```
    /// use cardflow::values::{Ids, InstanceId, Seed, Timestamp};
    ///
    /// let at = |millis, seed| Ids::new(Timestamp::from_millis(millis), Seed::from_number(seed));
    /// let instance = InstanceId::from_uuid(at(1_700_000_000_000, 1).fresh());
    /// let (shown, done) = (at(1_700_000_001_000, 2), at(1_700_000_009_000, 3));
    /// assert_eq!(shown.of_step(instance, "make").fresh(), done.of_step(instance, "make").fresh());
    /// assert_ne!(shown.of_step(instance, "make").fresh(), shown.of_step(instance, "more").fresh());
    /// ```
    #[must_use]
    pub fn of_step(&self, instance: InstanceId, step: &str) -> Self {
        let [a, b, c, d, e, f, ..] = *instance.uuid().as_bytes();
        let told = Digest::of_parts(&[b"cardflow step", instance.uuid().as_bytes(), step.as_bytes()]);
        let mut apart = [0; 8];
        apart.iter_mut().zip(told.as_bytes()).for_each(|(to, from)| *to = *from);
        Ids { millis: u64::from_be_bytes([0, 0, a, b, c, d, e, f]), counter: 0, apart, seed: self.seed }
    }

    /// The next id.
    pub fn fresh(&mut self) -> Uuid {
        let [a, b, c, d, e, f, g, h] = self.apart;
        let count = self.counter;
        self.counter = count.saturating_add(1);
        // INVARIANT: ids of one command rise. 4096 of them share a millisecond, the next take the one after.
        let millis = self.millis.saturating_add(count >> 12);
        let [.., high, low] = (count & 0x0fff).to_be_bytes();
        Builder::from_unix_timestamp_millis(millis, &[high, low, a, b, c, d, e, f, g, h]).into_uuid()
    }

    /// The salt that hides what is told of a home's objects from whoever guesses it: one for each home.
    #[must_use]
    pub fn facts_salt(&self, home: HomeId) -> [u8; 16] {
        let digest = Digest::of_parts(&[b"cardflow facts salt", &self.seed.0, home.uuid().as_bytes()]);
        let mut salt = [0; 16];
        salt.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
        salt
    }

    /// The salt of this command's personal part in the chain of a home: sixteen bytes that no id shows. One for each
    /// chain, so that erasing a part leaves nothing of its salt elsewhere.
    #[must_use]
    pub fn salt(&self, chain: HomeId) -> [u8; 16] {
        let digest = Digest::of_parts(&[b"cardflow salt", &self.seed.0, chain.uuid().as_bytes()]);
        let mut salt = [0; 16];
        salt.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
        salt
    }
}
