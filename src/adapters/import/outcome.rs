use std::collections::BTreeMap;

use super::Finding;
use crate::domain::{Card, Object};
use crate::values::ObjectRef;

/// What a file would bring in: the dry run.
///
/// Nothing is stored yet. Look at the [findings](Import::findings), then give the [objects](Import::objects) to
/// [`register`](crate::runtime::Runtime::register), which takes all of them or none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Import {
    objects: Vec<Object>,
    index: BTreeMap<ObjectRef, usize>,
    findings: Vec<Finding>,
}

impl Import {
    /// The objects, ready to be registered.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The cards among the objects.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.objects.iter().filter_map(|it| if let Object::Card(card) = it { Some(card) } else { None })
    }

    /// What somebody should look at.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Adds what another file would bring in, so that all is registered in one commit.
    ///
    /// A certificate that was read again, for another card, takes the place of the first reading.
    pub fn add(&mut self, other: Import) {
        other.objects.into_iter().for_each(|it| self.push(it));
        self.findings.extend(other.findings);
    }

    pub(super) fn push(&mut self, object: Object) {
        let at = object.at();
        match self.index.get(&at).and_then(|n| self.objects.get_mut(*n)) {
            Some(there) => *there = object,
            None => {
                self.index.insert(at, self.objects.len());
                self.objects.push(object);
            }
        }
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
