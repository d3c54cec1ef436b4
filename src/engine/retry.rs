use crate::values::{EffectId, Millis, Timestamp};

/// How a kind of request to the outside is tried again after a failure. It is data: the host sets one for each kind of effect.
///
/// ```
/// use cardflow::engine::RetryPolicy;
/// use cardflow::values::{EffectId, Millis};
///
/// let policy = RetryPolicy { first: Millis::seconds(10), jitter: 0, ..RetryPolicy::USUAL };
/// let effect = EffectId::from_uuid(uuid::Uuid::from_u128(1));
/// assert_eq!(policy.pause(effect, 1), Millis::seconds(10));
/// assert_eq!(policy.pause(effect, 3), Millis::seconds(40));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// The pause after the first failure; each further one is twice as long.
    pub first: Millis,
    /// The longest pause.
    pub longest: Millis,
    /// By how much of itself a pause is longer or shorter at most, in percent, so that what failed together does not come
    /// again together.
    pub jitter: u8,
    /// How often it is tried at most, counted by how often a host took it up; none for no limit.
    pub attempts: Option<u32>,
    /// For how long after it was recorded it is tried; none for no limit.
    pub deadline: Option<Millis>,
}

impl RetryPolicy {
    /// After 5 s, then 10, 20 … at most an hour, give or take a fifth, for three days.
    pub const USUAL: RetryPolicy = RetryPolicy {
        first: Millis::seconds(5),
        longest: Millis::hours(1),
        jitter: 20,
        attempts: None,
        deadline: Some(Millis::days(3)),
    };

    /// The pause after so many failures, from 1.
    #[must_use]
    pub fn pause(&self, effect: EffectId, failures: u32) -> Millis {
        let doubled = self.first.millis().saturating_mul(1 << failures.saturating_sub(1).min(30));
        let pause = doubled.min(self.longest.millis());
        let jitter = i64::from(self.jitter.min(100));
        // Without chance, so that it can be told again: spread by the random part of the id.
        let spread = effect
            .uuid()
            .as_bytes()
            .iter()
            .fold(u64::from(failures), |all, byte| all.wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(*byte));
        let percent = i64::try_from(spread % 201).unwrap_or_default() - 100;
        Millis::new(pause.saturating_add(pause.saturating_mul(jitter * percent) / 10_000))
    }

    /// Whether it is given up after so many attempts, having been recorded then: a person must look.
    #[must_use]
    pub fn is_exhausted(&self, attempts: u32, recorded: Timestamp, now: Timestamp) -> bool {
        self.attempts.is_some_and(|most| attempts >= most)
            || self.deadline.is_some_and(|deadline| now >= recorded.plus(deadline))
    }
}

/// When a system outside that does not answer is no longer asked, and for how long. It is data, too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CircuitPolicy {
    /// After so many calls in a row that found it unreachable, by whatever request.
    pub failures: u32,
    /// For so long at first; each time it still does not answer, for twice as long.
    pub first: Millis,
    /// For so long at most.
    pub longest: Millis,
}

impl CircuitPolicy {
    /// After 5 failures, for 10 s, then 20, 40 … at most 5 minutes.
    pub const USUAL: CircuitPolicy =
        CircuitPolicy { failures: 5, first: Millis::seconds(10), longest: Millis::seconds(300) };

    /// For how long it is not asked, after it was left alone so many times before.
    #[must_use]
    pub fn pause(&self, before: u32) -> Millis {
        Millis::new(self.first.millis().saturating_mul(1 << before.min(30)).min(self.longest.millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(n: u128) -> EffectId {
        EffectId::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_spread_within_the_jitter() {
        let policy = RetryPolicy::USUAL;
        for (failures, seconds) in [(1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (4000, 3600), (u32::MAX, 3600)] {
            let pauses: Vec<_> = (0..500).map(|n| policy.pause(effect(n), failures).millis()).collect();
            let (low, high) = (seconds * 800, seconds * 1200);
            assert!(pauses.iter().all(|it| (low..=high).contains(it)), "{failures}");
            let (least, most) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
            assert!(most - least > seconds * 300, "{failures}: they come together again");
        }
    }

    #[test]
    fn a_pause_is_the_same_each_time_it_is_asked_for() {
        assert_eq!(RetryPolicy::USUAL.pause(effect(7), 3), RetryPolicy::USUAL.pause(effect(7), 3));
    }

    #[test]
    fn extreme_values_do_not_overflow() {
        let longest = Millis::new(i64::MAX);
        let policy = RetryPolicy { first: longest, longest, jitter: 255, ..RetryPolicy::USUAL };
        for n in 0..50 {
            assert!(policy.pause(effect(n), 40) >= Millis::new(0));
        }
    }

    #[test]
    fn it_is_given_up_by_attempts_or_by_time() {
        let (then, none) = (Timestamp::from_millis(0), RetryPolicy { deadline: None, ..RetryPolicy::USUAL });
        let at = |seconds| then.plus(Millis::seconds(seconds));
        assert!(!none.is_exhausted(u32::MAX, then, at(i64::MAX / 1000)));
        let three = RetryPolicy { attempts: Some(3), ..none };
        assert_eq!([2, 3, 4].map(|it| three.is_exhausted(it, then, then)), [false, true, true]);
        let minute = RetryPolicy { deadline: Some(Millis::seconds(60)), ..none };
        assert_eq!([59, 60, 61].map(|it| minute.is_exhausted(1, then, at(it))), [false, true, true]);
    }
}
