use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cedar_policy::{
    Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request, RestrictedExpression,
};

use super::fault::PolicyFaults;
use super::{POLICIES, SCHEMA, reading};
use crate::domain::{CARD_KIND, CERTIFICATE_KIND, PERSON_KIND, RELATION_KIND};
use crate::engine::{Component, Scope};
use crate::ports::{Action, Authorizer, Identity, Permit};
use crate::values::{Kind, PersonId};

/// Decides by Cedar policies who may do what, and how far it reaches.
///
/// The policies are read and checked once; a host that changes them makes a new one.
///
/// ```
/// use cardflow::adapters::cedar::{CedarAuthorizer, POLICIES};
///
/// let own = r#"
///     @id("helpdesk")
///     permit (principal == Role::"Helpdesk", action == Action::"start", resource)
///     when { context.component == Component::"operator" && context.process == "CardsProcDeactivate" };
/// "#;
/// CedarAuthorizer::from_policies(&format!("{POLICIES}{own}"))?;
///
/// let faults = CedarAuthorizer::from_policies("permit (\n  principal, action == Action::\"lock\", resource);").unwrap_err();
/// assert!(faults.to_string().starts_with("line 2, column 24: policy `policy0` does not fit the schema of rights: "));
/// # Ok::<(), cardflow::adapters::cedar::PolicyFaults>(())
/// ```
#[derive(Clone)]
pub struct CedarAuthorizer {
    policies: PolicySet,
    words: Words,
    judge: Arc<cedar_policy::Authorizer>,
}

impl fmt::Debug for CedarAuthorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CedarAuthorizer").field("policies", &self.policies.num_of_policies()).finish_non_exhaustive()
    }
}

impl CedarAuthorizer {
    /// The table of rights that ships.
    ///
    /// # Errors
    ///
    /// None, which a test holds; it is read like any other text.
    pub fn shipped() -> Result<Self, PolicyFaults> {
        Self::from_policies(POLICIES)
    }

    /// These policies alone; a text that begins with [`POLICIES`] adds to those that ship.
    ///
    /// # Errors
    ///
    /// [`PolicyFaults`] names everything that does not read, does not fit the [schema](SCHEMA), can never apply, or is a
    /// template.
    pub fn from_policies(text: &str) -> Result<Self, PolicyFaults> {
        Ok(CedarAuthorizer { policies: reading::read(text, SCHEMA)?, words: Words::new()?, judge: Arc::default() })
    }

    /// How far a role that is limited to these units (none: to none) gives a right.
    fn reach(
        &self,
        role: &str,
        units: &BTreeSet<String>,
        person: PersonId,
        component: Component,
        action: &Action,
    ) -> Scope {
        let (wide, scope) = if units.is_empty() { ("all", Scope::All) } else { ("units", Scope::Units(units.clone())) };
        if self.permits(role, component, action, wide) {
            scope
        } else if self.permits(role, component, action, "own") {
            Scope::Own(person)
        } else {
            Scope::None
        }
    }

    /// Cedar's answer. A policy that could not be evaluated might have forbidden it, so then it is no.
    fn permits(&self, role: &str, component: Component, action: &Action, reach: &str) -> bool {
        let Some(request) = self.words.question(role, component, action, reach) else { return false };
        let answer = self.judge.is_authorized(&request, &self.policies, &Entities::empty());
        answer.decision() == Decision::Allow && answer.diagnostics().errors().next().is_none()
    }
}

/// The types of the schema, read once.
#[derive(Clone)]
struct Words {
    role: EntityTypeName,
    action: EntityTypeName,
    reach: EntityTypeName,
    component: EntityTypeName,
    kind: EntityTypeName,
}

impl Words {
    fn new() -> Result<Self, PolicyFaults> {
        let word = |it: &str| it.parse().map_err(|errors| reading::unread(it, &errors));
        Ok(Words {
            role: word("Role")?,
            action: word("Action")?,
            reach: word("Reach")?,
            component: word("Component")?,
            kind: word("Kind")?,
        })
    }

    /// The question whether a role gives a right in a reach.
    fn question(&self, role: &str, component: Component, action: &Action, reach: &str) -> Option<Request> {
        let process = |name: &str| Some(("process".to_owned(), RestrictedExpression::new_string(name.to_owned())));
        let value = |of, id: &str| RestrictedExpression::new_entity_uid(entity(of, id));
        let (name, about) = match action {
            Action::Read(kind) => {
                ("read objects".to_owned(), Some(("kind".to_owned(), value(&self.kind, &kind_name(*kind)))))
            }
            Action::Process(name) => ("start".to_owned(), process(name)),
            Action::Judge(name) => ("decide requests".to_owned(), process(name)),
            plain => (plain.to_string(), None),
        };
        let component = ("component".to_owned(), value(&self.component, component.name()));
        let context = Context::from_pairs([component].into_iter().chain(about)).ok()?;
        let (role, action, reach) = (entity(&self.role, role), entity(&self.action, &name), entity(&self.reach, reach));
        Request::new(role, action, reach, context, None).ok()
    }
}

fn entity(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

/// A kind of objects as the schema calls it; another one has its number for a name, and no policy speaks of it alone.
fn kind_name(kind: Kind) -> String {
    match kind {
        PERSON_KIND => "person".to_owned(),
        CARD_KIND => "card".to_owned(),
        CERTIFICATE_KIND => "certificate".to_owned(),
        RELATION_KIND => "relation".to_owned(),
        other => other.code().to_string(),
    }
}

#[async_trait]
impl Authorizer for CedarAuthorizer {
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit {
        identity.permit(|role, units| self.reach(role, units, identity.person, component, action))
    }
}
