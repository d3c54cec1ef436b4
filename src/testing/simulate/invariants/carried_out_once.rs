use std::collections::BTreeMap;

use super::{Held, Invariant};
use crate::testing::simulate::book::{Facts, Stored};
use crate::testing::simulate::given::{Came, Given};
use crate::values::CommandId;

/// Law 16.
#[derive(Default)]
pub(super) struct CarriedOutOnce {
    times: BTreeMap<CommandId, u32>,
}

impl Invariant for CarriedOutOnce {
    fn name(&self) -> &'static str {
        "carried out once"
    }

    fn rule(&self) -> &'static str {
        "A command that was acknowledged is on record exactly once, one that was rejected is not, and the same command again is \
         given the same answer."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let by_person = stored.entries.iter().filter(|it| it.actor.person.is_some() && it.run.is_some());
        let Some(command) = by_person.map(|it| it.command).next() else { return Ok(()) };
        let times = self.times.entry(command).or_default();
        *times += 1;
        if *times > 1 { Err(format!("command {command} was carried out {times} times")) } else { Ok(()) }
    }

    fn answered(&mut self, given: &Given, before: Option<&Given>, facts: &Facts) -> Held {
        let Given { call, id, order, after, reuses, .. } = given;
        let Some(came) = given.came.as_ref().filter(|_| order.is_command()) else { return Ok(()) };
        let recorded = facts.commands.get(id);
        if *reuses && came.is_done() {
            return Err(format!("[{call}] its id was used for another order, and it was carried out"));
        }
        match came {
            Came::Standing(_) | Came::Item(_) if recorded.is_none() => {
                Err(format!("[{call}] was acknowledged, and is not on record"))
            }
            Came::Rejected(code, _) if !reuses => match recorded {
                Some(it) if it.at <= *after => {
                    Err(format!("[{call}] was carried out before it was sent again, and is rejected: {code}"))
                }
                None | Some(_) => Ok(()),
            },
            Came::Standing(now) => match before.and_then(|it| it.came.as_ref()?.standing()) {
                Some(first) => {
                    let (of, is) = (
                        (&first.instance, &first.status, &first.items, first.asked, first.confirmed, &first.incidents),
                        (&now.instance, &now.status, &now.items, now.asked, now.confirmed, &now.incidents),
                    );
                    if of == is { Ok(()) } else { Err(format!("[{call}] was answered {of:?}, and now {is:?}")) }
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}
