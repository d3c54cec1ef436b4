use super::domain::Domain;
use crate::values::{CodecError, Digest, encode};

/// What Next would do: shown to the person before it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview<D: Domain> {
    /// What would happen, object by object.
    pub items: Vec<D::Item>,
    /// Why it would be refused, if it would.
    pub refusal: Option<D::Refusal>,
    /// The digest to quote with Next.
    pub digest: Digest,
}

impl<D: Domain> Preview<D> {
    pub(super) fn new(items: Vec<D::Item>, refusal: Option<D::Refusal>) -> Result<Self, CodecError> {
        let mut bytes = encode("a preview", 1, &items)?;
        if let Some(refusal) = &refusal {
            bytes.extend(refusal.to_string().into_bytes());
        }
        Ok(Preview { items, refusal, digest: Digest::of(&bytes) })
    }
}
