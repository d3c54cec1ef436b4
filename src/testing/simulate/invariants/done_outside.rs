use std::collections::BTreeMap;

use super::{Held, Invariant};
use crate::cards::Request;
use crate::domain::{Answer, CertificateState, IssuerName, Object, Serial};
use crate::engine::{Event, Outcome};
use crate::testing::simulate::book::Stored;
use crate::values::EffectId;

/// Law 6: done is said only of what the outside has done.
#[derive(Default)]
pub(super) struct DoneOutside {
    /// What held at authorities, each from when so many commits were stored.
    held: BTreeMap<(IssuerName, Serial), Vec<(u64, CertificateState)>>,
    /// When each request was made, and about what.
    made: BTreeMap<EffectId, (u64, IssuerName, Serial)>,
}

impl DoneOutside {
    /// Whether it was so at some time since then. What an authority does is told when it does it, so that a commit after that
    /// sees it.
    fn was_so(&self, of: &(IssuerName, Serial), since: u64, state: CertificateState) -> bool {
        let Some(held) = self.held.get(of) else { return true };
        let until = |n: usize| held.get(n + 1).map_or(u64::MAX, |(at, _)| *at);
        held.iter().enumerate().any(|(n, (_, it))| *it == state && until(n) >= since)
    }
}

impl Invariant for DoneOutside {
    fn name(&self) -> &'static str {
        "done outside"
    }

    fn rule(&self) -> &'static str {
        "Nothing is confirmed before the authority had done it, and no instance is done while a request of it is open."
    }

    fn holds_outside(&mut self, issuer: &IssuerName, serial: &Serial, state: CertificateState, commits: u64) -> Held {
        let held = self.held.entry((issuer.clone(), serial.clone())).or_default();
        if held.last().is_none_or(|(_, it)| *it != state) {
            held.push((commits, state));
        }
        Ok(())
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for event in stored.entries.iter().flat_map(|it| &it.events) {
            match event {
                Event::Requested { effect, request: Request::Authority(it), .. } => {
                    let made = (stored.facts.commits, it.issuer.clone(), it.serial.clone());
                    self.made.insert(*effect, made);
                }
                Event::Confirmed { effect, answer: Answer::Authority { state, .. }, .. } => {
                    let Some((since, issuer, serial)) = self.made.get(effect) else { continue };
                    let of = (issuer.clone(), serial.clone());
                    if !self.was_so(&of, *since, *state) {
                        return Err(format!("{serial} is confirmed {state}, and its authority never had it so"));
                    }
                }
                Event::Ended(Outcome::Done { .. }) => {
                    let open = stored.after.map_or(0, |it| it.open_effects());
                    if open > 0 {
                        return Err(format!("an instance is done, and {open} of its requests are open"));
                    }
                }
                _ => {}
            }
        }
        for object in stored.are {
            let Object::Certificate(it) = &**object else { continue };
            let Some(confirmed) = it.confirmed() else { continue };
            let of = (it.issuer().clone(), it.serial().clone());
            if !self.was_so(&of, 0, confirmed) {
                return Err(format!("{} stands as confirmed {confirmed}, and never was", it.serial()));
            }
        }
        Ok(())
    }
}
