use super::{Held, Invariant};
use crate::testing::simulate::book::{Facts, Stored};
use crate::testing::simulate::given::{Came, Given};

/// Every free text that users write in a run has this in it.
pub(in crate::testing::simulate) const SECRET: &str = "geheim";

/// Law 12: personal words stand in the personal part alone.
pub(super) struct Secrets;

impl Invariant for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn rule(&self) -> &'static str {
        "What people write in their own words stands in no open part of the history and in no error."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for draft in &stored.commit.history {
            if draft.open.windows(SECRET.len()).any(|it| it == SECRET.as_bytes()) {
                return Err(format!("a record of chain {} shows what somebody wrote", draft.chain));
            }
        }
        Ok(())
    }

    fn answered(&mut self, given: &Given, _: Option<&Given>, _: &Facts) -> Held {
        match &given.came {
            Some(Came::Rejected(_, words) | Came::Failed(words)) if words.contains(SECRET) => {
                Err(format!("[{}] is told what somebody wrote: {words}", given.call))
            }
            _ => Ok(()),
        }
    }
}
