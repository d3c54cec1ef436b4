use std::collections::BTreeSet;

use super::authority::Issuing;
use super::published_list::{Line, List, Says};
use super::time::whole_seconds;
use super::{X509Error, signed};
use crate::domain::Serial;
use crate::ports::{LedgerEntry, LedgerStatus};

/// The CRLs that were published last, as the host has them: what the next one is held against.
///
/// A ledger that was restored from a backup knows less than relying parties do. With the published list beside it, no
/// certificate that is refused today works again tomorrow because somebody restored a file.
#[derive(Clone, Debug)]
pub struct PublishedCrl {
    complete: List,
    delta: Option<List>,
    confirmed: BTreeSet<Serial>,
}

impl PublishedCrl {
    /// Reads the DER of a complete CRL. Whether it is one of the authority, the authority says.
    ///
    /// # Errors
    ///
    /// [`X509Error::PublishedCrl`].
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        Self::from_vec(der.to_vec())
    }

    pub(super) fn from_vec(der: Vec<u8>) -> Result<Self, X509Error> {
        let complete = List::from_der(der)?;
        if complete.base.is_some() {
            return Err(X509Error::PublishedCrl { why: "it is a delta CRL; give the complete one" });
        }
        Ok(PublishedCrl { complete, delta: None, confirmed: BTreeSet::new() })
    }

    /// Adds the DER of the delta CRL that was published last.
    ///
    /// # Errors
    ///
    /// [`X509Error::PublishedCrl`] if it is none, or adds to a later complete CRL.
    pub fn with_delta(mut self, der: &[u8]) -> Result<Self, X509Error> {
        let delta = List::from_der(der.to_vec())?;
        let Some(base) = delta.base else {
            return Err(X509Error::PublishedCrl { why: "it is a complete CRL; give it as such" });
        };
        if base > self.complete.number {
            return Err(X509Error::PublishedCrl { why: "the delta CRL adds to a later complete CRL; give that one" });
        }
        self.delta = Some(delta);
        Ok(self)
    }

    /// Says by name that one certificate on it may vanish from the next list, or stand there as on hold only.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] if it is not on the list.
    pub fn confirm(mut self, serial: &Serial) -> Result<Self, X509Error> {
        if self.line(serial).is_none() {
            return Err(X509Error::Unacceptable { what: "the number", why: "it does not stand on the published list" });
        }
        self.confirmed.insert(serial.clone());
        Ok(self)
    }

    /// The same, with these confirmed; those that do not stand on it are confirmed in vain.
    pub(super) fn with_confirmed(mut self, confirmed: BTreeSet<Serial>) -> Self {
        self.confirmed = confirmed;
        self
    }

    /// The highest number of the lists.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.complete.number.max(self.delta.as_ref().map_or(0, |it| it.number))
    }

    /// The certificates that are stopped.
    pub fn serials(&self) -> impl Iterator<Item = &Serial> {
        let (complete, delta) = (&self.complete, self.newer_delta());
        let complete = complete.serials().filter(move |it| delta.is_none_or(|delta| delta.line(it).is_none()));
        complete.chain(delta.into_iter().flat_map(List::serials)).filter(|it| self.line(it).is_some())
    }

    /// The number of the complete one.
    pub(super) fn complete_number(&self) -> u64 {
        self.complete.number
    }

    pub(super) fn complete(&self) -> &List {
        &self.complete
    }

    pub(super) fn delta(&self) -> Option<&List> {
        self.delta.as_ref()
    }

    /// Refuses lists of others.
    pub(super) fn check_signed_by(&self, issuing: &Issuing) -> Result<(), X509Error> {
        let (ca, algorithm) = (&issuing.certificate, issuing.signer.algorithm());
        for list in [Some(&self.complete), self.delta()].into_iter().flatten() {
            if list.issuer != ca.subject {
                return Err(X509Error::PublishedCrl { why: "it names another issuer; give the one of this authority" });
            }
            if list.signature != signed::identifier(algorithm) || !signed::is_signed_by(&list.der, &ca.key, algorithm) {
                return Err(X509Error::PublishedCrl { why: "it names this issuer, but another key signed it" });
            }
        }
        Ok(())
    }

    /// The delta CRL, if it says anything that the complete one does not (RFC 5280, section 5.2.4).
    fn newer_delta(&self) -> Option<&List> {
        self.delta.as_ref().filter(|it| it.number > self.complete.number)
    }

    /// What the lists together say of a certificate that is stopped.
    fn line(&self, serial: &Serial) -> Option<Line> {
        let newer = self.newer_delta().and_then(|it| it.line(serial));
        newer.or_else(|| self.complete.line(serial)).filter(|it| it.says != Says::Removed)
    }

    /// Begins to look for what the next list has.
    pub(super) fn watch(&self, next: Next) -> Watch<'_> {
        let complete = match next {
            Next::Complete => vec![false; self.complete.len()],
            Next::Delta => Vec::new(),
        };
        Watch { published: self, next, complete, delta: vec![false; self.newer_delta().map_or(0, List::len)] }
    }

    /// Whether the complete list alone stops a certificate as this line does.
    fn complete_stops(&self, serial: &Serial, line: Line) -> bool {
        self.complete.line(serial).is_some_and(|it| it.says == Says::Revoked || it.says == line.says)
    }

    /// Whether what the ledger says of a certificate is a reason for it not to be listed any more: it was released after it
    /// was listed, or had ended when the complete list showed it.
    pub(super) fn is_settled(&self, entry: &LedgerEntry) -> bool {
        let Some(line) = self.line(&entry.serial) else { return true };
        let shown_after_its_end =
            entry.not_after < self.complete.this_update && self.complete.line(&entry.serial).is_some();
        match entry.status {
            LedgerStatus::Released { since } => line.says == Says::OnHold && whole_seconds(since) >= line.since,
            LedgerStatus::OnHold { .. } if line.says != Says::OnHold => false,
            LedgerStatus::OnHold { .. } | LedgerStatus::Revoked { .. } => shown_after_its_end,
            LedgerStatus::Good => false,
        }
    }
}

/// What is made next: a complete list replaces what both say, a delta CRL what the one before it says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    Complete,
    Delta,
}

/// Which certificates of the published lists were seen on the next one so far.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    published: &'a PublishedCrl,
    next: Next,
    complete: Vec<bool>,
    delta: Vec<bool>,
}

impl<'a> Watch<'a> {
    pub(super) fn see(&mut self, entry: &LedgerEntry) {
        let stands = |line: Line| match entry.status {
            LedgerStatus::Good | LedgerStatus::Released { .. } => false,
            LedgerStatus::OnHold { .. } => line.says == Says::OnHold,
            LedgerStatus::Revoked { .. } => true,
        };
        if !self.published.line(&entry.serial).is_some_and(stands) {
            return;
        }
        let mark = |list: &List, seen: &mut Vec<bool>| {
            if let Some(seen) = list.place(&entry.serial).and_then(|it| seen.get_mut(it)) {
                *seen = true;
            }
        };
        mark(&self.published.complete, &mut self.complete);
        if let Some(delta) = self.published.newer_delta() {
            mark(delta, &mut self.delta);
        }
    }

    /// Certificates that are stopped, and were neither seen nor confirmed.
    pub(super) fn missing(&self) -> Vec<&'a Serial> {
        let published = self.published;
        let unseen = |list: &'a List, seen: &[bool]| -> Vec<&'a Serial> {
            list.serials().zip(seen).filter(|(_, seen)| !**seen).map(|(serial, _)| serial).collect()
        };
        let mut missing = unseen(&published.complete, &self.complete);
        if let Some(delta) = published.newer_delta() {
            missing.retain(|it| delta.line(it).is_none());
            missing.extend(unseen(delta, &self.delta));
        }
        missing.retain(|serial| {
            let stays = |line| self.next == Next::Delta && published.complete_stops(serial, line);
            published.line(serial).is_some_and(|it| !stays(it)) && !published.confirmed.contains(*serial)
        });
        missing
    }
}
