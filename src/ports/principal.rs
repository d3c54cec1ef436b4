use crate::engine::Component;
use crate::values::{CommandId, TenantId, Timestamp};

/// Who the host says is calling: account, how authenticated and when, where from, which component.
///
/// It carries no roles: those come from the [`Directory`](super::Directory), never from the caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Principal {
    tenant: TenantId,
    account: String,
    component: Component,
    method: String,
    authenticated: Timestamp,
    origin: String,
}

impl Principal {
    /// The account that signed in to a component at a time, by a method such as `password` or `smart card`.
    #[must_use]
    pub fn new(account: &str, component: Component, method: &str, authenticated: Timestamp) -> Self {
        Principal {
            tenant: TenantId::default(),
            account: account.to_owned(),
            component,
            method: method.to_owned(),
            authenticated,
            origin: String::new(),
        }
    }

    /// Of this tenant.
    #[must_use]
    pub fn of_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = tenant;
        self
    }

    /// From this address or terminal. Personal.
    #[must_use]
    pub fn from_origin(mut self, origin: &str) -> Self {
        self.origin = origin.to_owned();
        self
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The component.
    #[must_use]
    pub fn component(&self) -> Component {
        self.component
    }

    /// How it authenticated.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// When it authenticated.
    #[must_use]
    pub fn authenticated(&self) -> Timestamp {
        self.authenticated
    }

    /// The address or terminal.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// One call under this command id, so that it can be repeated safely.
    #[must_use]
    pub fn command(&self, id: CommandId) -> Call<'_> {
        Call { principal: self, command: Some(id), in_bulk: false }
    }
}

/// A principal with the id of one command; without one, the library makes it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Who calls.
    pub principal: &'a Principal,
    /// The id of the command.
    pub command: Option<CommandId>,
    /// It is one of a long list: what it asks of the outside goes behind what somebody waits for.
    pub in_bulk: bool,
}

impl Call<'_> {
    /// As one of a long list.
    #[must_use]
    pub fn in_bulk(self) -> Self {
        Call { in_bulk: true, ..self }
    }
}

impl<'a> From<&'a Principal> for Call<'a> {
    fn from(principal: &'a Principal) -> Self {
        Call { principal, command: None, in_bulk: false }
    }
}
