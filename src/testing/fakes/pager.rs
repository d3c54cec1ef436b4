use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::held;
use crate::ports::{Alert, Alerts, Wake};

/// Hears every alert.
#[derive(Debug, Default)]
pub struct Pager(Mutex<Vec<Alert>>);

impl Pager {
    /// The alerts since the last call, in order.
    pub fn heard(&self) -> Vec<Alert> {
        std::mem::take(&mut held(&self.0))
    }
}

impl Alerts for Pager {
    fn alert(&self, alert: &Alert) {
        held(&self.0).push(alert.clone());
    }
}

/// Counts how often it was rung because there is work.
#[derive(Debug, Default)]
pub struct Bell(AtomicUsize);

impl Bell {
    /// How often.
    #[must_use]
    pub fn rung(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
