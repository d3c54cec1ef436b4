use std::collections::BTreeSet;

use super::WebhookRefusal;
use crate::values::{Digest, Timestamp};

/// The nonces that were used, each kept as long as an answer with it could be valid.
#[derive(Debug)]
pub(super) struct Nonces {
    used: BTreeSet<Digest>,
    /// The same, by the time until which each is kept.
    until: BTreeSet<(Timestamp, Digest)>,
    most: usize,
    /// What was valid until then, or less, may have been forgotten.
    forgotten: Option<Timestamp>,
}

impl Nonces {
    pub(super) fn new(most: usize) -> Self {
        Nonces { used: BTreeSet::new(), until: BTreeSet::new(), most: most.max(1), forgotten: None }
    }

    /// Uses a nonce that is valid until then.
    pub(super) fn spend(&mut self, nonce: Digest, until: Timestamp, now: Timestamp) -> Result<(), WebhookRefusal> {
        // INVARIANT: none is forgotten that is still valid, also by a clock that is put back: what may have been forgotten is
        // as good as used.
        while let Some(first @ (over, old)) = self.until.first().copied().filter(|(until, _)| *until < now) {
            self.until.remove(&first);
            self.used.remove(&old);
            self.forgotten = self.forgotten.max(Some(over));
        }
        if self.used.contains(&nonce) {
            return Err(WebhookRefusal::Replayed);
        }
        if self.forgotten.is_some_and(|it| until <= it) {
            return Err(WebhookRefusal::TooOld);
        }
        if self.used.len() >= self.most {
            return Err(WebhookRefusal::Busy);
        }
        self.used.insert(nonce);
        self.until.insert((until, nonce));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn nonce(number: u32) -> Digest {
        Digest::of(&number.to_be_bytes())
    }

    #[test]
    fn memory_is_bounded_and_nothing_valid_is_forgotten_for_it() {
        let mut nonces = Nonces::new(2);
        assert_eq!(nonces.spend(nonce(1), at(5), at(0)), Ok(()));
        assert_eq!(nonces.spend(nonce(2), at(6), at(1)), Ok(()));
        assert_eq!(nonces.spend(nonce(3), at(6), at(1)), Err(WebhookRefusal::Busy));
        assert_eq!(nonces.spend(nonce(1), at(5), at(5)), Err(WebhookRefusal::Replayed));
        assert_eq!(nonces.spend(nonce(3), at(11), at(6)), Ok(()), "there is room again");
        assert_eq!((nonces.used.len(), nonces.until.len()), (2, 2));
    }

    #[test]
    fn a_clock_that_is_put_back_brings_no_nonce_back() {
        let mut nonces = Nonces::new(10);
        assert_eq!(nonces.spend(nonce(1), at(5), at(0)), Ok(()));
        assert_eq!(nonces.spend(nonce(2), at(1005), at(1000)), Ok(()), "the clock has jumped");
        assert_eq!(nonces.spend(nonce(1), at(5), at(0)), Err(WebhookRefusal::TooOld), "and is put back");
        assert_eq!(nonces.spend(nonce(3), at(6), at(1)), Ok(()), "what is signed from then on is taken");
    }

    proptest! {
        /// However the clock runs and however few there is room for, no nonce is taken twice.
        #[test]
        fn no_nonce_is_taken_twice(
            most in 1..6_usize,
            calls in proptest::collection::vec((0..8_u32, -20..60_i64), 1..60),
        ) {
            let mut nonces = Nonces::new(most);
            let mut taken = std::collections::BTreeSet::new();
            for (number, now) in calls {
                let until = at(i64::from(number) * 7 + 5);
                if nonces.spend(nonce(number), until, at(now)).is_ok() {
                    prop_assert!(taken.insert(number), "{number} was taken twice");
                }
                prop_assert!(nonces.used.len() <= most && nonces.used.len() == nonces.until.len());
            }
        }
    }
}
