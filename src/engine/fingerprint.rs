use super::definition::{Outline, StepKind};
use super::domain::Domain;
use super::notifying::Notifies;
use crate::values::Digest;

/// A digest over all of a definition but its functions: another one under the same version is a mismatch.
pub(super) fn fingerprint<D: Domain>(outline: &Outline<D>) -> Digest {
    let mut parts = vec![outline.name.to_owned(), outline.version.0.to_string(), outline.subject.code().to_string()];
    parts.extend(outline.components.iter().map(|it| it.name().to_owned()));
    parts.extend(outline.components_if.iter().map(|(it, _)| format!("if:{}", it.name())));
    parts.push(outline.requires.join("|"));
    parts.push(outline.sorts.join("|"));
    parts.extend(outline.limit.iter().map(|it| format!("limit:{}:{}", it.name, it.within.millis())));
    for Notifies { when, to, switched_on } in &outline.notifies {
        parts.push(format!("notifies:{when}:{to:?}:{}", switched_on.is_some()));
    }
    for step in &outline.steps {
        parts.push(format!("{}:{}:{}", step.name, step.kind.name(), step.when.is_some()));
        match &step.kind {
            StepKind::Form(form) => {
                parts.extend(form.fields().iter().map(|it| format!("{}:{}:{}", it.name, it.asks.code(), it.required)));
            }
            StepKind::Approval { policy, adjust, rejected } => {
                parts.push(format!("{policy}:{}:{}:{:?}", policy.covers, policy.waits.millis(), policy.overdue));
                parts.extend(policy.relaxed.iter().map(|it| format!("{}:{}", it.bar, it.why)));
                parts.push(format!("{}:{rejected:?}", adjust.is_some()));
            }
            StepKind::Change { leaves } => parts.push(leaves.clone()),
            StepKind::Branch { to, .. } => parts.push((*to).to_owned()),
            StepKind::Effect(_) | StepKind::Questions(_) | StepKind::End => {}
        }
    }
    let parts: Vec<&[u8]> = parts.iter().map(|it| it.as_bytes()).collect();
    Digest::of_parts(&parts)
}
