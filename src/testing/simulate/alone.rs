//! Runs in which one thing happens after the other: what comes of them must not depend on when hosts start anew.

use super::course::Course;
use crate::values::Millis;

impl Course {
    /// One order after the other; if `restarts`, every host starts anew after each.
    pub(super) fn one_by_one(&mut self, restarts: bool) {
        while self.given.len() < self.plan.commands && self.broken().is_none() {
            self.give();
            while self.tasks.calls() > 0 && self.broken().is_none() {
                self.step_alone();
            }
            if restarts {
                for host in 0..self.hosts.len() {
                    self.kill_host(host);
                }
            }
            // Past the leases of whoever has died meanwhile.
            self.round(Millis::seconds(61));
        }
    }
}
