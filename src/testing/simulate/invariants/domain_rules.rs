use std::collections::BTreeSet;

use super::{Held, Invariant};
use crate::domain::{Breach, Dossier};
use crate::engine::Event;
use crate::testing::scene::name_of;
use crate::testing::simulate::book::Stored;

/// Laws 8 and 9.
#[derive(Default)]
pub(super) struct DomainRules {
    known: Option<BTreeSet<Breach>>,
}

impl Invariant for DomainRules {
    fn name(&self) -> &'static str {
        "rules of the domain"
    }

    fn rule(&self) -> &'static str {
        "No commit adds a breach of a rule of the domain, unless the outside reports one and an incident says so."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let Some(subject) = stored.are.first().map(|it| it.at()) else { return Ok(()) };
        let dossier = stored.facts.dossier(subject);
        let now: BTreeSet<_> = Breach::all(&dossier, stored.now).into_iter().collect();
        let Some(known) = self.known.replace(now.clone()) else { return Ok(()) };
        let (were, are) =
            (Dossier::new(subject, stored.were.iter().cloned()), Dossier::new(subject, stored.are.iter().cloned()));
        let way = Breach::between(&were, &are);
        let reported = |breach: &Breach| {
            let events = stored.entries.iter().flat_map(|it| &it.events);
            events
                .filter_map(|it| if let Event::Incident { object, .. } = it { Some(object) } else { None })
                .any(|it| *it == breach.object)
        };
        let added = now.difference(&known).filter(|it| !reported(it)).chain(&way);
        let added: Vec<_> =
            added.map(|it| format!("{} breaks “{}”", name_of(&dossier, it.object), it.invariant)).collect();
        if added.is_empty() { Ok(()) } else { Err(added.join("; ")) }
    }
}
