use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::engine::CircuitPolicy;
use crate::values::Timestamp;

/// Which systems outside do not answer, as far as this host has seen: they are left alone for a while, so that requests to
/// them keep nobody from asking the others.
///
/// It is lost with the host, which is no harm: the first calls find out again.
#[derive(Debug, Default)]
pub(super) struct Circuits(Mutex<BTreeMap<String, Circuit>>);

#[derive(Clone, Copy, Debug, Default)]
struct Circuit {
    /// Calls in a row that found it unreachable.
    failures: u32,
    /// How often it was left alone since it answered last.
    left_alone: u32,
    /// Until when it is.
    until: Option<Timestamp>,
}

impl Circuits {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Circuit>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether every system has answered when it was asked last.
    pub(super) fn are_well(&self) -> bool {
        self.with(|all| all.is_empty())
    }

    /// Until when the system is left alone, if it is. Once that is over, one call is let through; until it has told how the
    /// system is, others wait for as long again.
    pub(super) fn open_until(&self, policy: &CircuitPolicy, system: &str, now: Timestamp) -> Option<Timestamp> {
        self.with(|all| {
            let circuit = all.get_mut(system)?;
            let until = circuit.until?;
            if now >= until {
                circuit.until = Some(now.plus(policy.pause(circuit.left_alone)));
                return None;
            }
            Some(until)
        })
    }

    /// It answered, be it that it refuses.
    pub(super) fn answered(&self, system: &str) {
        self.with(|all| all.remove(system));
    }

    /// It could not be reached.
    pub(super) fn failed(&self, policy: &CircuitPolicy, system: &str, now: Timestamp) {
        self.with(|all| {
            let circuit = all.entry(system.to_owned()).or_default();
            circuit.failures = circuit.failures.saturating_add(1);
            if circuit.failures >= policy.failures {
                circuit.until = Some(now.plus(policy.pause(circuit.left_alone)));
                circuit.left_alone = circuit.left_alone.saturating_add(1);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Millis;

    const POLICY: CircuitPolicy =
        CircuitPolicy { failures: 2, first: Millis::seconds(10), longest: Millis::seconds(30) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(0).plus(Millis::seconds(seconds))
    }

    #[test]
    fn a_system_that_does_not_answer_is_left_alone_for_longer_and_longer() {
        let circuits = Circuits::default();
        let open = |now| circuits.open_until(&POLICY, "ca", at(now));
        circuits.failed(&POLICY, "ca", at(0));
        assert_eq!(open(0), None, "once may be chance");
        circuits.failed(&POLICY, "ca", at(0));
        assert_eq!((open(0), open(9)), (Some(at(10)), Some(at(10))));
        assert_eq!(open(10), None, "one is let through");
        assert_eq!(open(10), Some(at(30)), "and one alone");
        circuits.failed(&POLICY, "ca", at(11));
        assert_eq!(open(11), Some(at(31)));
        assert_eq!(open(31), None);
        circuits.failed(&POLICY, "ca", at(31));
        assert_eq!(open(32), Some(at(61)), "never longer than the longest");
    }

    #[test]
    fn a_call_that_never_tells_keeps_the_others_out_for_a_while_only() {
        let circuits = Circuits::default();
        for _ in 0..2 {
            circuits.failed(&POLICY, "ca", at(0));
        }
        assert_eq!(circuits.open_until(&POLICY, "ca", at(10)), None);
        assert_eq!(circuits.open_until(&POLICY, "ca", at(29)), Some(at(30)));
        assert_eq!(circuits.open_until(&POLICY, "ca", at(30)), None);
    }

    #[test]
    fn a_system_that_answers_is_asked_again_and_others_are_not_concerned() {
        let circuits = Circuits::default();
        for _ in 0..2 {
            circuits.failed(&POLICY, "ca", at(0));
        }
        assert_eq!(circuits.open_until(&POLICY, "mail", at(0)), None);
        circuits.answered("ca");
        assert_eq!(circuits.open_until(&POLICY, "ca", at(0)), None);
        circuits.failed(&POLICY, "ca", at(1));
        assert_eq!(circuits.open_until(&POLICY, "ca", at(1)), None, "it is counted from the beginning");
    }
}
