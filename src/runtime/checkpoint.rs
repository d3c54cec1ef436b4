use std::collections::BTreeMap;

use crate::engine::Domain;
use crate::engine::chain::ChainHead;
use crate::engine::evidence::{Checkpoint, CheckpointFault};
use crate::ports::{Logged, Signer, StorageError};
use crate::values::{HomeId, TenantId};

use super::{Error, Runtime};

/// How many records are read at once.
pub(super) const PAGE: usize = 1000;

impl<D: Domain> Runtime<D> {
    /// The next checkpoint of a tenant: how far every chain has come, signed. `after` is the one before, none for the
    /// first; nothing else is needed, and only what was recorded since is read.
    ///
    /// Keep each one, in its order, where nobody who can write to the store can write: a line of JSON in a file of another
    /// system. What came after the last one can be cut off or made anew without trace, so make them as often as that may
    /// matter. It asks no right, as it shows nothing but ids and hashes: the host decides when it is made.
    ///
    /// # Errors
    ///
    /// [`StorageError::Corrupt`] if a record since the last one does not verify: nothing is signed then. [`Error::Signer`],
    /// and [`Error::Checkpoint`] if `after` cannot be gone on from.
    pub async fn checkpoint(
        &self,
        tenant: TenantId,
        after: Option<&Checkpoint>,
        signer: &dyn Signer,
    ) -> Result<Checkpoint, Error<D>> {
        self.not_closed()?;
        match after {
            Some(it) if it.tenant != tenant => return Err(CheckpointFault::Tenant.into()),
            Some(it) if !it.is_whole() => return Err(CheckpointFault::Tree.into()),
            Some(_) | None => {}
        }
        let mut position = after.map_or(0, |it| it.position);
        let mut grown: BTreeMap<HomeId, ChainHead> = BTreeMap::new();
        loop {
            let page = self.log.records_after(tenant, position, PAGE).await?;
            position = page.last().map_or(position, |it| it.position);
            page.iter().try_for_each(|it| follow(&mut grown, it))?;
            if page.len() < PAGE {
                break;
            }
        }
        let at = after.map_or(self.clock.now(), |it| it.at.max(self.clock.now()));
        let signed_by = (signer.algorithm(), signer.public_key());
        let mut checkpoint = Checkpoint::draw_up(after, (tenant, at, position), grown, signed_by)?;
        checkpoint.seal.signature = signer.sign(&checkpoint.message()?)?;
        Ok(checkpoint)
    }
}

/// Goes on with a chain. What does not verify is not signed: else the checkpoint would speak for it.
fn follow(grown: &mut BTreeMap<HomeId, ChainHead>, logged: &Logged) -> Result<(), StorageError> {
    let record = &logged.record;
    let known = grown.get(&record.chain);
    let continues = |head: &ChainHead| (head.length.saturating_add(1), head.hash) == (record.sequence, record.previous);
    if record.hash != record.expected_hash() || !known.is_none_or(continues) {
        let what = format!("record {} of chain {} does not verify", record.sequence, record.chain);
        return Err(StorageError::Corrupt { what });
    }
    grown.insert(record.chain, ChainHead { length: record.sequence, hash: record.hash });
    Ok(())
}
