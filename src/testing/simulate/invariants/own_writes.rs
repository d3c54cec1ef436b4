use super::{Held, Invariant};
use crate::testing::simulate::book::Facts;
use crate::testing::simulate::given::Given;

/// Whoever was answered sees what was done.
pub(super) struct OwnWrites;

impl Invariant for OwnWrites {
    fn name(&self) -> &'static str {
        "own writes"
    }

    fn rule(&self) -> &'static str {
        "What a host has acknowledged, whoever asks any host afterwards sees, unless somebody has gone on since."
    }

    fn answered(&mut self, given: &Given, before: Option<&Given>, facts: &Facts) -> Held {
        // A look right after a command: `before` is the command.
        let (Some(seen), Some(command)) = (given.came.as_ref().and_then(|it| it.standing()), before) else {
            return Ok(());
        };
        if given.order.is_command() {
            return Ok(());
        }
        let Some(done) = command.came.as_ref().and_then(|it| it.standing()) else { return Ok(()) };
        let recorded = facts.commands.get(&command.id).and_then(|it| it.written);
        let gone_on = recorded.is_none_or(|(id, written)| facts.written.get(&id) != Some(&written));
        if gone_on || done.status == seen.status {
            return Ok(());
        }
        let (of, is) = (&done.status, &seen.status);
        Err(format!("[{}] was answered {of}, and [{}] sees {is}", command.call, given.call))
    }
}
