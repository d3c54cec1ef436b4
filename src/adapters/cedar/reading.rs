//! Reads policies and checks them against the schema.

use std::fmt::Display;

use cedar_policy::{ParseErrors, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator};
use miette::Diagnostic;

use super::fault::{PolicyFault, PolicyFaultKind, PolicyFaults};
use crate::engine::options::TextPlace;
use crate::values::{on_one_line, shown};

/// The policies of a text, if all of them fit the schema.
pub(super) fn read(text: &str, schema: &str) -> Result<PolicySet, PolicyFaults> {
    let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|error| {
        let what = PolicyFaultKind::Syntax { what: format!("the schema: {}", chain(&error)) };
        PolicyFaults(vec![fault(schema, None, &error, what)])
    })?;
    let policies: PolicySet = text.parse().map_err(|errors| unread(text, &errors))?;
    let mut faults: Vec<_> = policies.templates().map(|it| template(text, it)).collect();
    let checked = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    faults.extend(checked.validation_errors().map(|it| {
        let what = PolicyFaultKind::Invalid { what: without_id(&chain(it), it.policy_id()) };
        fault(text, Some(name(&policies, it.policy_id())), it, what)
    }));
    for it in checked.validation_warnings() {
        let policy = Some(name(&policies, it.policy_id()));
        // Whatever else is wrong with it is why it never applies.
        if matches!(it, ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_))
            && !faults.iter().any(|it| it.policy == policy)
        {
            let what = PolicyFaultKind::NeverApplies { what: without_id(&chain(it), it.policy_id()) };
            faults.push(fault(text, policy, it, what));
        }
    }
    if faults.is_empty() { Ok(policies) } else { Err(ordered(faults)) }
}

/// The faults of a text that does not read.
pub(super) fn unread(text: &str, errors: &ParseErrors) -> PolicyFaults {
    let each = errors.iter().map(|it| fault(text, None, it, PolicyFaultKind::Syntax { what: chain(it) }));
    ordered(each.collect())
}

/// What Cedar says, without the number that it counts the policy by: the fault names it.
fn without_id(said: &str, id: &PolicyId) -> String {
    said.replace(&format!("for policy `{id}`, "), "")
}

fn ordered(mut faults: Vec<PolicyFault>) -> PolicyFaults {
    faults.sort_by_key(|it| it.at);
    faults.dedup();
    PolicyFaults(faults)
}

/// The fault where Cedar says that something is.
fn fault(text: &str, policy: Option<String>, said: &dyn Diagnostic, what: PolicyFaultKind) -> PolicyFault {
    let byte = said.labels().and_then(|mut it| it.next()).map_or(0, |it| it.offset());
    PolicyFault { at: TextPlace::of(text, byte), policy, what, hint: said.help().map(one_line) }
}

fn template(text: &str, it: &cedar_policy::Template) -> PolicyFault {
    let id = it.annotation("id").map_or_else(|| it.id().to_string(), shown);
    let slot = it.slots().next().map(ToString::to_string);
    let byte = slot.and_then(|it| text.find(&it)).unwrap_or_default();
    PolicyFault { at: TextPlace::of(text, byte), policy: Some(id), what: PolicyFaultKind::Template, hint: None }
}

/// What a policy is called: by its author, else by its place.
fn name(policies: &PolicySet, id: &PolicyId) -> String {
    let given = policies.annotation(id, "id").or_else(|| policies.template_annotation(id, "id"));
    given.map_or_else(|| id.to_string(), shown)
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = one_line(error);
    let mut cause = error.source();
    while let Some(it) = cause {
        let more = one_line(it);
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        cause = it.source();
    }
    said
}

fn one_line(it: impl Display) -> String {
    on_one_line(&it.to_string())
}
