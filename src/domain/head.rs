use crate::values::{HomeId, Revision, TenantId};

/// What every stored object has besides its own fields: whose it is, where it lives, how often it has changed.
///
/// Not part of the stored body: the record around the body carries it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    pub(crate) tenant: TenantId,
    pub(crate) home: HomeId,
    pub(crate) revision: Revision,
}

impl Default for Head {
    fn default() -> Self {
        Head { tenant: TenantId::default(), home: HomeId::from_uuid(uuid::Uuid::nil()), revision: Revision::NONE }
    }
}

impl Head {
    /// The head of an object of `tenant` in `home` that was stored at `revision` ([`Revision::NONE`] if it is new).
    #[must_use]
    pub const fn new(tenant: TenantId, home: HomeId, revision: Revision) -> Self {
        Head { tenant, home, revision }
    }
}

/// Accessors that all objects share.
macro_rules! object {
    ($type:ident, $id:ident, $kind:expr) => {
        impl $type {
            /// Its id.
            #[must_use]
            pub fn id(&self) -> $id {
                self.id
            }

            /// Whose it is.
            #[must_use]
            pub fn tenant(&self) -> crate::values::TenantId {
                self.head.tenant
            }

            /// Where it lives, for ever (law 14).
            #[must_use]
            pub fn home(&self) -> crate::values::HomeId {
                self.head.home
            }

            /// How often it has changed.
            #[must_use]
            pub fn revision(&self) -> crate::values::Revision {
                self.head.revision
            }

            /// The reference others use for it.
            #[must_use]
            pub fn at(&self) -> crate::values::ObjectRef {
                crate::values::ObjectRef::new(self.head.home, $kind, self.id.uuid())
            }
        }
    };
}
pub(crate) use object;
