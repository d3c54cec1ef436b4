use super::{Work, WorkSort};
use crate::engine::Alarm;

impl Work {
    /// The alarm that a timer is; none of what is another thing, or does not stand as an alarm would.
    #[must_use]
    pub fn alarm(&self) -> Option<Alarm> {
        let alarm = Alarm::from_bytes(self.id, self.due, &self.body).ok().flatten()?;
        let place = (alarm.instance(), alarm.object.home(), WorkSort::Timer, "");
        (place == (self.instance, self.home, self.sort, &self.target)).then_some(alarm)
    }
}
