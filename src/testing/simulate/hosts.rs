use std::sync::Arc;

use super::lines::{
    AuthorityLine, HostClock, Line, MessageLine, OptionsLine, SeededIds, StatusLine, StorageLine, SystemLine,
};
use super::store::Store;
use super::town::Town;
use super::world::World;
use crate::cards::Cards;
use crate::engine::Process;
use crate::runtime::BuildError;
use crate::{Cardflow, CardflowBuilder};

/// Builds a host as a service does, with every port at the end of a line.
pub(super) fn host(
    number: usize,
    world: &Arc<World>,
    store: &Store,
    town: &Town,
    processes: &[Arc<dyn Process<Cards>>],
) -> Result<Arc<Cardflow>, BuildError> {
    let line = || Line { world: Arc::clone(world), host: number };
    let wire = Arc::new(StorageLine { line: line(), store: store.clone() });
    let doors = Arc::new(SystemLine { line: line(), inner: Arc::clone(&town.doors) });
    let mut builder = CardflowBuilder::over(wire.clone(), wire.clone(), wire)
        .processes(processes.iter().cloned())
        .option_source(Arc::new(OptionsLine { line: line(), inner: Arc::clone(&town.options) }))
        .clock(Arc::new(HostClock(line())))
        .ids(Arc::new(SeededIds(Arc::clone(world))))
        .certificate_authority(Arc::new(AuthorityLine { line: line(), inner: Arc::clone(&town.authority) }))
        .notifier(Arc::new(MessageLine { line: line(), inner: Arc::clone(&town.mail) }));
    builder = if town.tells_doors { builder.tell_card_states(doors) } else { builder.handler(doors) };
    if let Some(published) = &town.published {
        builder = builder.read_back(Arc::new(StatusLine { line: line(), inner: Arc::clone(published) }));
    }
    builder.build().map(Arc::new)
}
