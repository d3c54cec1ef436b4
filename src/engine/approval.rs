use serde::{Deserialize, Serialize};

use crate::values::codes;

codes! {
    /// What an approval agrees to.
    pub enum Covers ("approval cover") {
        /// The intent: the plan is computed anew when it is executed. For processes that only take away.
        Intent = "intent",
        /// The plan exactly as it was seen. For processes that give.
        Exact = "exact",
    }
}

/// Who must agree before a process goes on, as data.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ApprovalPolicy {
    /// The role whose members may decide.
    pub role: String,
    /// What they agree to.
    pub covers: Covers,
}

impl ApprovalPolicy {
    /// One person of `role`, agreeing to the exact plan.
    #[must_use]
    pub fn role(role: &str) -> Self {
        ApprovalPolicy { role: role.to_owned(), covers: Covers::Exact }
    }

    /// Agreeing to this.
    #[must_use]
    pub fn covers(mut self, covers: Covers) -> Self {
        self.covers = covers;
        self
    }
}
