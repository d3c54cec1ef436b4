use std::collections::BTreeSet;
use std::sync::Arc;

use async_lock::Mutex;

use super::published_list::List;
use super::time::whole_seconds;
use super::{CompleteCrl, CrlFolder, DeltaCrl, X509Authority, X509Error};
use crate::domain::Serial;
use crate::values::{Millis, Timestamp};

/// Keeps the lists of an authority in a folder fresh.
///
/// The host calls [`tick`](Self::tick) now and then, as it does for the runtime; what is due is made and published, long before
/// relying parties need it. Each list is held against those in the folder, so that a ledger restored from a backup publishes
/// nothing that lets a stopped certificate through. Calls block while files are read and written.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use std::sync::Arc;
///
/// use cardflow::adapters::memory::MemoryLedger;
/// use cardflow::adapters::x509::{
///     CrlFolder, CrlPublisher, KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority,
/// };
/// use cardflow::domain::Validity;
/// use cardflow::values::{Millis, Timestamp};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let now: Timestamp = "2026-11-24T12:00:00Z".parse()?;
/// # let validity = Validity::new(now, now.plus(Millis::days(3650)))?;
/// # let new = NewAuthority { common_name: "Example Card CA".into(), organisation: "Example".into(), validity };
/// # let signer = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256)?);
/// let authority = Arc::new(X509Authority::create(&new, signer, Arc::new(MemoryLedger::new()))?);
/// let publisher = CrlPublisher::new(authority, CrlFolder::at(folder, "cards")?);
/// assert_eq!(publisher.tick(now).await?.complete, Some(1));
/// assert!(folder.join("cards.crl").exists());
/// assert_eq!(publisher.tick(now.plus(Millis::hours(17))).await?.complete, None);
/// assert_eq!(publisher.tick(now.plus(Millis::hours(18))).await?.complete, Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CrlPublisher {
    authority: Arc<X509Authority>,
    folder: CrlFolder,
    /// Held while lists are made and written: they are published in the order of their numbers.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What is known to lie in the folder; nothing before the first look.
    shown: Option<Shown>,
    confirmed: BTreeSet<Serial>,
}

#[derive(Clone, Copy, Debug)]
struct Shown {
    complete: Mark,
    delta: Option<Mark>,
}

/// When a list was made, and when the next one is due.
#[derive(Clone, Copy, Debug)]
struct Mark {
    this_update: Timestamp,
    due: Timestamp,
}

/// What a call has published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Renewal {
    /// The number of the complete CRL.
    pub complete: Option<u64>,
    /// The number of the delta CRL.
    pub delta: Option<u64>,
    /// When something is due next. To come late makes relying parties refuse everybody from the end of the last list on.
    pub next: Timestamp,
}

impl CrlPublisher {
    /// Publishes the lists of `authority` in `folder`.
    #[must_use]
    pub fn new(authority: Arc<X509Authority>, folder: CrlFolder) -> Self {
        CrlPublisher { authority, folder, state: Mutex::default() }
    }

    /// Publishes what is due: a list of which three quarters of its time are over, or that is not there; and a complete CRL
    /// where the ledger counts changes from another one than is published, as after a crash or a restored backup.
    ///
    /// # Errors
    ///
    /// [`X509Error::WouldVanish`] if the ledger has forgotten what is published: hold or revoke again, or
    /// [`confirm`](Self::confirm); [`X509Error::PublishedCrl`] if what lies in the folder is not of this authority;
    /// [`X509Error::CrlFile`], [`X509Error::Ledger`], [`X509Error::Signer`], [`X509Error::Time`]. What was published before
    /// stays, and the next call tries again.
    pub async fn tick(&self, now: Timestamp) -> Result<Renewal, X509Error> {
        let mut state = self.state.lock().await;
        match self.shown(&mut state).await? {
            Some(it) if now < it.complete.due => {
                let delta_due = self.delta_due(&it).is_some_and(|due| now >= due);
                if delta_due { self.put_delta(&mut state, now).await } else { Ok(self.nothing(&it)) }
            }
            _ => self.put_complete(&mut state, now).await,
        }
    }

    /// Publishes at once, for a revocation that cannot wait: a delta CRL where there are such, else a complete one.
    ///
    /// # Errors
    ///
    /// As of [`tick`](Self::tick).
    pub async fn publish(&self, now: Timestamp) -> Result<Renewal, X509Error> {
        let mut state = self.state.lock().await;
        let fresh = |it: Shown| now < it.complete.due && whole_seconds(now) > it.complete.this_update;
        if self.authority.has_deltas() && self.shown(&mut state).await?.is_some_and(fresh) {
            self.put_delta(&mut state, now).await
        } else {
            self.put_complete(&mut state, now).await
        }
    }

    /// Says by name that one certificate on the published lists may vanish from the next complete one, or stand there as on
    /// hold only.
    pub async fn confirm(&self, serial: &Serial) {
        self.state.lock().await.confirmed.insert(serial.clone());
    }

    /// What lies in the folder, if the ledger counts from it.
    async fn shown(&self, state: &mut State) -> Result<Option<Shown>, X509Error> {
        if state.shown.is_some() {
            return Ok(state.shown);
        }
        let Some(published) = self.folder.read()? else { return Ok(None) };
        published.check_signed_by(&self.authority.issuing)?;
        if self.authority.base().await? != Some(published.complete_number()) {
            return Ok(None);
        }
        state.shown = Some(Shown { complete: Mark::of(published.complete()), delta: published.delta().map(Mark::of) });
        Ok(state.shown)
    }

    async fn put_complete(&self, state: &mut State, now: Timestamp) -> Result<Renewal, X509Error> {
        let published = self.folder.read()?.map(|it| it.with_confirmed(state.confirmed.clone()));
        let (complete, delta) = match &published {
            Some(it) => self.authority.crls_after(it, now).await?,
            None => (self.authority.crl(now).await?, None),
        };
        // INVARIANT: the ledger counts from a list only once it is there for good.
        state.shown = None;
        self.folder.put_complete(&complete, published.as_ref())?;
        self.authority.published(&complete).await?;
        state.confirmed.clear();
        let old = published.as_ref().and_then(|it| it.delta()).map(Mark::of);
        state.shown = Some(Shown { complete: Mark::of_complete(&complete), delta: old });
        if let Some(delta) = &delta {
            self.folder.put_delta(delta, published.as_ref())?;
        }
        let shown = Shown { complete: Mark::of_complete(&complete), delta: delta.as_ref().map(Mark::of_delta).or(old) };
        state.shown = Some(shown);
        Ok(Renewal { complete: Some(complete.number), delta: delta.map(|it| it.number), ..self.nothing(&shown) })
    }

    async fn put_delta(&self, state: &mut State, now: Timestamp) -> Result<Renewal, X509Error> {
        let published = self.folder.read()?.ok_or(X509Error::NoBase)?.with_confirmed(state.confirmed.clone());
        // If it fails, the next call looks anew: the ledger may count from another list.
        state.shown = None;
        let delta = self.authority.delta_crl_after(&published, now).await?;
        self.folder.put_delta(&delta, Some(&published))?;
        let shown = Shown { complete: Mark::of(published.complete()), delta: Some(Mark::of_delta(&delta)) };
        state.shown = Some(shown);
        Ok(Renewal { delta: Some(delta.number), ..self.nothing(&shown) })
    }

    /// When a delta CRL is due; never in the second of a complete one, which says the same (RFC 5280, section 5.2.3).
    fn delta_due(&self, shown: &Shown) -> Option<Timestamp> {
        let earliest = shown.complete.this_update.plus(Millis::seconds(1));
        self.authority.has_deltas().then(|| shown.delta.map_or(earliest, |it| it.due.max(earliest)))
    }

    fn nothing(&self, shown: &Shown) -> Renewal {
        let next = self.delta_due(shown).map_or(shown.complete.due, |it| it.min(shown.complete.due));
        Renewal { complete: None, delta: None, next }
    }
}

impl Mark {
    fn new(this_update: Timestamp, next_update: Timestamp) -> Self {
        let quarter = next_update.millis().saturating_sub(this_update.millis()) / 4;
        Mark { this_update, due: next_update.minus(Millis::new(quarter)) }
    }

    fn of(list: &List) -> Self {
        Self::new(list.this_update, list.next_update)
    }

    fn of_complete(crl: &CompleteCrl) -> Self {
        Self::new(crl.this_update, crl.next_update)
    }

    fn of_delta(crl: &DeltaCrl) -> Self {
        Self::new(crl.this_update, crl.next_update)
    }
}
