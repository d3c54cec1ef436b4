//! What is stored in the end of a run.

use super::book::Broken;
use super::course::Course;
use crate::engine::Record;
use crate::ports::{Logged, Work};
use crate::testing::scene::{TENANT, state_of};
use crate::values::Digest;

impl Course {
    /// A digest of everything that is stored, and how everything is, in words.
    pub(super) fn stored(&self) -> Result<(Digest, Vec<String>), Broken> {
        let store = &self.plan.store;
        let mut all = Vec::new();
        for logged in self.read(store.log.records_after(TENANT, 0, usize::MAX))? {
            add_logged(&mut all, &logged);
        }
        let homes = self.read(store.log.homes_after(TENANT, None, usize::MAX))?;
        for home in self.read(store.storage.homes(TENANT, &homes))? {
            add(&mut all, format!("{} {:?} {:?}", home.id, home.revision, home.head).as_bytes());
            home.records.iter().for_each(|it| add_record(&mut all, it));
        }
        for id in self.instances() {
            let Some(kept) = self.read(store.storage.instance(TENANT, id))? else { continue };
            add_record(&mut all, &kept.instance);
            kept.tasks.iter().for_each(|it| add_record(&mut all, it));
            kept.work.into_iter().for_each(|it| add_work(&mut all, it));
        }
        let mut state = Vec::new();
        self.world.with(|it| {
            let facts = &it.book.facts;
            let dossier = facts.dossier(self.town.cards[0]);
            state.extend(facts.objects.keys().filter_map(|at| state_of(&dossier, *at)));
            // In the order in which they began, which their ids tell.
            state.extend(facts.instances.values().map(|it| format!("{} is {}", it.process(), it.status())));
        });
        Ok((Digest::of(&all), state))
    }
}

/// With its length, so that no two lists of parts are the same bytes.
fn add(all: &mut Vec<u8>, part: &[u8]) {
    all.extend((part.len() as u64).to_be_bytes());
    all.extend(part);
}

fn add_logged(all: &mut Vec<u8>, Logged { position, record }: &Logged) {
    // The hash is over all else but what is personal.
    add(all, &position.to_be_bytes());
    add(all, record.hash.as_bytes());
    add(all, &record.open);
    if let Some(personal) = &record.personal {
        add(all, &personal.salt);
        add(all, &personal.bytes);
    }
}

fn add_record(all: &mut Vec<u8>, record: &Record) {
    add(all, record.at.id().as_bytes());
    add(all, &record.revision.number().to_be_bytes());
    add(all, record.keys.as_bytes());
    add(all, &record.body);
}

fn add_work(all: &mut Vec<u8>, work: Work) {
    add(all, &work.body);
    // Bytes are many words.
    add(all, format!("{:?}", Work { body: Vec::new(), ..work }).as_bytes());
}
