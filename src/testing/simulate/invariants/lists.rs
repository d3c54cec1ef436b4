use std::collections::BTreeSet;

use super::{Held, Invariant, Settled};
use crate::domain::Object;
use crate::engine::{Instance, Status};
use crate::testing::simulate::book::Facts;

/// What lists show is what there is.
pub(super) struct Lists;

impl Invariant for Lists {
    fn name(&self) -> &'static str {
        "lists"
    }

    fn rule(&self) -> &'static str {
        "Searches, inboxes, the lists of incidents and of what is unmet, and the audit log show what there is, and nothing else."
    }

    fn settled(&mut self, settled: &Settled, facts: &Facts) -> Held {
        let differ = |what: &str, shown: usize, there: usize| {
            Err(format!("{what}: {shown} are shown, and there are {there}, or others"))
        };
        let cards: BTreeSet<_> =
            facts.objects.values().filter(|it| matches!(***it, Object::Card(_))).map(|it| it.at()).collect();
        let found: BTreeSet<_> = settled.found.iter().copied().collect();
        if found != cards || settled.found.len() != cards.len() {
            return differ("cards", settled.found.len(), cards.len());
        }
        let waiting = facts.instances.values().filter_map(|it| match it.status() {
            Status::Waiting { task, .. } => Some(*task),
            _ => None,
        });
        let waiting: BTreeSet<_> = waiting.collect();
        let shown: BTreeSet<_> = settled.inbox.keys().copied().collect();
        if waiting != shown {
            return differ("tasks", shown.len(), waiting.len());
        }
        let of = |wants: fn(&Instance<_>) -> bool| {
            facts.instances.values().filter(|it| wants(it)).map(|it| it.id()).collect::<BTreeSet<_>>()
        };
        for (what, listed, there) in [
            ("incidents", &settled.incidents, of(|it| it.troubled().is_some())),
            ("unmet", &settled.unmet, of(|it| it.unmet().is_some())),
        ] {
            let shown: BTreeSet<_> = listed.iter().copied().collect();
            if shown != there {
                return differ(what, shown.len(), there.len());
            }
        }
        if settled.audited != settled.records {
            return differ("rows of the audit log", settled.audited, settled.records);
        }
        Ok(())
    }
}
