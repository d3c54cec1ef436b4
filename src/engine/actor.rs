use serde::{Deserialize, Serialize};

use crate::values::{PersonId, Timestamp, codes};

codes! {
    /// The part of the host's application a call comes from; a process is offered only in its own.
    pub enum Component ("component") {
        /// The operators' application.
        Operator = "operator",
        /// The portal where people look after their own cards.
        SelfService = "self-service",
        /// The administrators' application.
        Administrator = "administrator",
        /// No person: a timer, or an answer from outside.
        Worker = "worker",
    }
}

/// Who acts: a principal that the directory has resolved and a right that the authorizer has found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Actor {
    /// The person; none for a worker.
    pub person: Option<PersonId>,
    /// The role by whose right this is done.
    pub role: String,
    /// The person on whose behalf it is done.
    pub on_behalf: Option<PersonId>,
    /// Where the call comes from.
    pub component: Component,
    /// How the person authenticated: `password`, `smart card`, …
    pub method: String,
    /// When.
    pub authenticated: Timestamp,
    /// The account. Personal.
    pub account: String,
    /// The address or terminal. Personal.
    pub origin: String,
    /// Every role that the person has, wherever it is limited to.
    pub roles: Vec<String>,
}

impl Actor {
    /// No person: a timer or an answer from outside.
    #[must_use]
    pub fn worker(now: Timestamp) -> Self {
        Actor {
            person: None,
            role: String::new(),
            on_behalf: None,
            component: Component::Worker,
            method: String::new(),
            authenticated: now,
            account: String::new(),
            origin: String::new(),
            roles: Vec::new(),
        }
    }

    /// The part of it that the open part of a history record shows.
    #[must_use]
    pub fn mark(&self) -> ActorMark {
        ActorMark {
            person: self.person,
            role: self.role.clone(),
            on_behalf: self.on_behalf,
            component: self.component,
            method: self.method.clone(),
            authenticated: self.authenticated,
        }
    }
}

/// What the open part of a history record says of the actor: ids and roles, no names.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ActorMark {
    /// The person; none for a worker.
    pub person: Option<PersonId>,
    /// The role by whose right it was done.
    pub role: String,
    /// The person on whose behalf it was done.
    pub on_behalf: Option<PersonId>,
    /// Where the call came from.
    pub component: Component,
    /// How the person authenticated.
    pub method: String,
    /// When.
    pub authenticated: Timestamp,
}
