use super::published::{Next, Watch};
use super::{CompleteCrl, DeltaCrl, PublishedCrl, X509Authority, X509Error, crl, crl_lines};
use crate::ports::{Changes, ListPage};
use crate::values::Timestamp;

/// So many entries are read from the ledger at once.
const PAGE: usize = 10_000;

/// What an authority publishes. None of these calls publishes: [`CrlPublisher`](super::CrlPublisher) does, or the host.
impl X509Authority {
    /// The complete CRL of `now`, with the next number.
    ///
    /// Publish it, and say so with [`published`](Self::published). A number is used up even if the list then fails; relying
    /// parties ask only that numbers rise (RFC 5280, section 5.2.3).
    ///
    /// Where the list before it is at hand, make it with [`crl_after`](Self::crl_after): the ledger may be an old copy.
    ///
    /// # Errors
    ///
    /// [`X509Error::Ledger`], [`X509Error::Signer`], [`X509Error::Time`].
    pub async fn crl(&self, now: Timestamp) -> Result<CompleteCrl, X509Error> {
        let _turn = self.turn.lock().await;
        let lines = self.complete_lines(None).await?;
        let number = self.number_above(0).await?;
        crl::complete(&self.issuing, lines, number, now)
    }

    /// The complete CRL of `now` as the one after that which was published last: with a higher number, and refused if it
    /// would let through what that one stops.
    ///
    /// A certificate on the published list may be missing from the next if the ledger knows that it was released after it
    /// was listed, if it had ended when it was listed, or if it was [confirmed](PublishedCrl::confirm).
    ///
    /// # Errors
    ///
    /// [`X509Error::WouldVanish`] with the numbers, [`X509Error::PublishedCrl`] if the list is not one of this authority;
    /// and those of [`crl`](Self::crl). Nothing is used up then.
    pub async fn crl_after(&self, published: &PublishedCrl, now: Timestamp) -> Result<CompleteCrl, X509Error> {
        published.check_signed_by(&self.issuing)?;
        let _turn = self.turn.lock().await;
        let lines = self.complete_lines(Some(published)).await?;
        let number = self.number_above(published.number()).await?;
        crl::complete(&self.issuing, lines, number, now)
    }

    /// The delta CRL of `now`: what has changed since the complete CRL that was [published](Self::published) last, with the
    /// next number (RFC 5280, section 5.2.4).
    ///
    /// A certificate that is good again stands there for `removeFromCRL`, also if it was held and released since and no list
    /// has shown it.
    ///
    /// Where the lists before it are at hand, make it with [`delta_crl_after`](Self::delta_crl_after).
    ///
    /// # Errors
    ///
    /// [`X509Error::NoBase`] before the first complete CRL; those of [`crl`](Self::crl).
    pub async fn delta_crl(&self, now: Timestamp) -> Result<DeltaCrl, X509Error> {
        let _turn = self.turn.lock().await;
        let (base, lines) = delta_lines(self.changes().await?)?;
        let number = self.number_above(0).await?;
        crl::delta(&self.issuing, lines, (number, base), now)
    }

    /// The delta CRL of `now` as the one after those that were published last: with a higher number, and refused if it would
    /// let through what the last delta CRL stops.
    ///
    /// # Errors
    ///
    /// [`X509Error::OtherBase`] if the ledger counts from another complete CRL than the published one;
    /// [`X509Error::WouldVanish`], [`X509Error::PublishedCrl`]; those of [`delta_crl`](Self::delta_crl). Nothing is used up
    /// then.
    pub async fn delta_crl_after(&self, published: &PublishedCrl, now: Timestamp) -> Result<DeltaCrl, X509Error> {
        published.check_signed_by(&self.issuing)?;
        let _turn = self.turn.lock().await;
        let changes = self.changes().await?;
        if let Some(known) = changes.since.filter(|it| *it != published.complete_number()) {
            return Err(X509Error::OtherBase { known, published: published.complete_number() });
        }
        let mut watch = published.watch(Next::Delta);
        changes.entries.iter().for_each(|it| watch.see(it));
        self.check_missing(published, &watch).await?;
        let (base, lines) = delta_lines(changes)?;
        let number = self.number_above(published.number()).await?;
        crl::delta(&self.issuing, lines, (number, base), now)
    }

    /// Says that a complete CRL is where relying parties find it.
    ///
    /// Delta CRLs count from it then, and what had ended before it is listed no more: it has been shown once after its end
    /// (RFC 5280, section 3.3). To say it twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`X509Error::Ledger`].
    pub async fn published(&self, crl: &CompleteCrl) -> Result<(), X509Error> {
        let _turn = self.turn.lock().await;
        Ok(self.ledger.published(&self.issuing.certificate.issuer, crl.number, crl.this_update).await?)
    }

    /// The complete CRL after the published one, and where that is the base of the ledger a delta CRL from it, of the same
    /// number: whoever still has the published list learns the same from both (section 5.2.3).
    pub(super) async fn crls_after(
        &self,
        published: &PublishedCrl,
        now: Timestamp,
    ) -> Result<(CompleteCrl, Option<DeltaCrl>), X509Error> {
        published.check_signed_by(&self.issuing)?;
        let _turn = self.turn.lock().await;
        let lines = self.complete_lines(Some(published)).await?;
        let changes = self.changes().await?;
        let fits = self.has_deltas() && changes.since == Some(published.complete_number());
        let changed = if fits { Some(delta_lines(changes)?) } else { None };
        let number = self.number_above(published.number()).await?;
        let complete = crl::complete(&self.issuing, lines, number, now)?;
        let delta = changed.map(|(base, lines)| crl::delta(&self.issuing, lines, (number, base), now)).transpose()?;
        Ok((complete, delta))
    }

    /// The number of the complete CRL that the ledger counts from.
    pub(super) async fn base(&self) -> Result<Option<u64>, X509Error> {
        Ok(self.changes().await?.since)
    }

    async fn changes(&self) -> Result<Changes, X509Error> {
        Ok(self.ledger.changes(&self.issuing.certificate.issuer).await?)
    }

    /// The lines of a complete list; refused if one is missing that the published list has. The caller holds the turn.
    async fn complete_lines(&self, published: Option<&PublishedCrl>) -> Result<Vec<u8>, X509Error> {
        let mut watch = published.map(|it| it.watch(Next::Complete));
        let (mut lines, mut page) = (Vec::new(), ListPage { after: None, at_most: PAGE });
        loop {
            let entries = self.ledger.listed(&self.issuing.certificate.issuer, &page).await?;
            for entry in &entries {
                crl_lines::push_complete(&mut lines, entry)?;
                watch.iter_mut().for_each(|it| it.see(entry));
            }
            let Some(last) = entries.into_iter().nth(PAGE - 1) else { break };
            page.after = Some(last.serial);
        }
        if let (Some(published), Some(watch)) = (published, &watch) {
            self.check_missing(published, watch).await?;
        }
        Ok(lines)
    }

    /// Asks the ledger why certificates are missing.
    async fn check_missing(&self, published: &PublishedCrl, watch: &Watch<'_>) -> Result<(), X509Error> {
        let mut serials = Vec::new();
        for serial in watch.missing() {
            let known = self.ledger.entry(&self.issuing.certificate.issuer, serial).await?;
            if !known.is_some_and(|it| published.is_settled(&it)) {
                serials.push(serial.clone());
            }
        }
        serials.sort();
        if serials.is_empty() { Ok(()) } else { Err(X509Error::WouldVanish { serials }) }
    }

    /// The next number above `last`.
    async fn number_above(&self, last: u64) -> Result<u64, X509Error> {
        let issuer = &self.issuing.certificate.issuer;
        let mut number = self.ledger.next_crl(issuer).await?;
        while number <= last {
            // The ledger is an older copy: relying parties have seen these numbers.
            number = self.ledger.next_crl(issuer).await?;
        }
        Ok(number)
    }
}

fn delta_lines(changes: Changes) -> Result<(u64, Vec<u8>), X509Error> {
    let base = changes.since.ok_or(X509Error::NoBase)?;
    let mut lines = Vec::new();
    for entry in &changes.entries {
        crl_lines::push_change(&mut lines, entry)?;
    }
    Ok((base, lines))
}
