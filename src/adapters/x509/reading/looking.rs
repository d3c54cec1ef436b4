use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::super::ca_certificate::CaCertificate;
use super::earlier::Earlier;
use super::scope::checked;
use super::source::CrlSource;
use super::trouble::Trouble;
use super::view::{Known, View};
use crate::domain::Serial;
use crate::ports::{Published, PublishedError};
use crate::values::{Millis, Timestamp};

/// Lists from the future are taken if they are no further from it than this: clocks differ.
pub(super) const ALLOWANCE: Millis = Millis::seconds(300);

/// Where the lists are, whose they are, and for how long one look is enough.
pub(super) struct Settings {
    pub(super) ca: CaCertificate,
    pub(super) complete: CrlSource,
    pub(super) delta: Option<CrlSource>,
    pub(super) address: Option<String>,
    pub(super) keeping: Millis,
}

/// Looks where the lists are, on the thread of a reader.
pub(super) struct Looking {
    settings: Settings,
    /// The newest lists that were seen.
    view: Option<View>,
    earlier: Earlier,
    /// When it looked last, and what came of it.
    looked: Option<(Timestamp, Result<(), Trouble>)>,
}

impl Looking {
    pub(super) fn new(settings: Settings) -> Self {
        Looking { settings, view: None, earlier: Earlier::default(), looked: None }
    }

    pub(super) fn answer(&mut self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        if !self.is_fresh(now) {
            let came = self.look(now);
            self.looked = Some((now, came));
        }
        if let Some((_, Err(trouble))) = &self.looked {
            return Err(trouble.clone().told(now));
        }
        let nothing = || Trouble::unavailable("no list was seen").told(now);
        let view = self.view.as_ref().ok_or_else(nothing)?;
        let until = view.until();
        if now >= until {
            return Err(PublishedError::Expired { until, now });
        }
        Ok(view.told(serial, &self.earlier, now))
    }

    /// Whether nothing newer need be there: a short time ago it was looked, and no list has ended since.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let recently = |at: Timestamp| at <= now && now < at.plus(self.settings.keeping);
        let ended = |at: Timestamp| self.view.as_ref().is_some_and(|it| at < it.until() && it.until() <= now);
        self.looked.as_ref().is_some_and(|(at, _)| recently(*at) && !ended(*at))
    }

    /// Takes what lies there, if it is newer. What is wrong changes nothing of what is known.
    fn look(&mut self, now: Timestamp) -> Result<(), Trouble> {
        let before = self.view.as_ref();
        // The delta CRL first: a complete one that is replaced meanwhile then only makes it needless.
        let delta = match &self.settings.delta {
            None => None,
            Some(source) => {
                let old = before.and_then(|it| it.delta.as_ref());
                self.read(source, old, true, now)?.or_else(|| old.cloned())
            }
        };
        let old = before.map(|it| &it.complete);
        let nothing = || Trouble::unavailable("no complete CRL lies there; publish one, and check the place");
        let complete = self.read(&self.settings.complete, old, false, now)?.ok_or_else(nothing)?;
        let next = View::of(complete, delta)?;
        self.earlier.forget(now);
        if let Some(before) = &self.view {
            if next.as_of() < before.as_of() {
                // A later number with an earlier time: somebody's clock went back.
                return Ok(());
            }
            before.replaced_by(&next, &mut self.earlier);
        }
        self.view = Some(next);
        Ok(())
    }

    /// The list that lies there, or the one that is known if that is newer; none where nothing lies.
    fn read(
        &self,
        source: &CrlSource,
        old: Option<&Arc<Known>>,
        is_delta: bool,
        now: Timestamp,
    ) -> Result<Option<Arc<Known>>, Trouble> {
        let Some(der) = source.fetch()? else { return Ok(None) };
        let digest = Sha256::digest(&der).into();
        if let Some(old) = old.filter(|it| it.digest == digest) {
            return Ok(Some(old.clone()));
        }
        let list = checked(der, &self.settings.ca, self.settings.address.as_deref())?;
        match (list.base.is_some(), is_delta) {
            (true, false) => return Err(Trouble::NotTrusted("a delta CRL lies where the complete one should")),
            (false, true) => return Err(Trouble::NotTrusted("a complete CRL lies where the delta CRL should")),
            (true, true) | (false, false) => {}
        }
        if list.this_update > now.plus(ALLOWANCE) {
            return Err(Trouble::NotYetValid { from: list.this_update });
        }
        // INVARIANT: neither the number nor the time goes back (section 5.2.3).
        let newer = |old: &Arc<Known>| list.number >= old.list.number && list.this_update >= old.list.this_update;
        match old {
            Some(old) if !newer(old) => Ok(Some(old.clone())),
            _ => Ok(Some(Arc::new(Known { digest, list }))),
        }
    }
}
