use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Domain, Record, Rejection, Scope, Task, TaskSort};
use crate::ports::{Action, Identity, Principal};
use crate::runtime::{Error, Runtime};

/// Which tasks somebody may see: those they could complete by their rights, and those they may assign.
#[derive(Debug)]
pub(super) struct Sight {
    does: BTreeMap<&'static str, Reach>,
    assigns: Scope,
}

/// How far the rights to a process reach.
#[derive(Debug)]
struct Reach {
    forms: Scope,
    approvals: Scope,
}

impl<D: Domain> Runtime<D> {
    /// Which tasks the actor may see; whoever may see none is told so, and it is noted.
    pub(super) async fn sight(&self, principal: &Principal, identity: &Identity) -> Result<Sight, Error<D>> {
        let component = principal.component();
        let mut does = BTreeMap::new();
        for process in self.registry.all() {
            let name = process.outline().name;
            let forms = self.authorizer.permit(identity, component, &Action::Process(name.to_owned())).await.scope;
            let approvals = self.authorizer.permit(identity, component, &Action::Judge(name.to_owned())).await.scope;
            does.insert(name, Reach { forms, approvals });
        }
        let assigns = self.authorizer.permit(identity, component, &Action::Assign).await.scope;
        let sight = Sight { does, assigns };
        let missing = || Err(Rejection::NotEntitled { right: "see tasks".to_owned() }.into());
        let seen = if sight.scopes(false).is_empty() { missing() } else { Ok(sight) };
        self.noted(principal, identity, "see tasks", None, seen).await
    }
}

impl Sight {
    /// Whether it takes in a task.
    pub(super) fn sees(&self, task: &Task, record: &Record) -> bool {
        let reach = self.does.get(task.process.as_str());
        let does = reach.map(|it| if task.sort == TaskSort::Approval { &it.approvals } else { &it.forms });
        does.is_some_and(|it| it.reaches(&record.keys)) || self.assigns.reaches(&record.keys)
    }

    /// Scopes that together take in all it sees, for storage to apply: as few as can be, usually one. What they take in
    /// besides, because the rights to one process reach further than those to another, [`sees`](Sight::sees) tells.
    pub(super) fn scopes(&self, approvals_only: bool) -> Vec<Scope> {
        let mut all = vec![&self.assigns];
        for reach in self.does.values() {
            all.push(&reach.approvals);
            if !approvals_only {
                all.push(&reach.forms);
            }
        }
        let (mut units, mut scopes) = (BTreeSet::new(), Vec::new());
        for scope in all {
            match scope {
                Scope::All => return vec![Scope::All],
                Scope::Units(of) => units.extend(of.iter().cloned()),
                Scope::Own(_) if !scopes.contains(scope) => scopes.push(scope.clone()),
                Scope::Own(_) | Scope::None => {}
            }
        }
        if !units.is_empty() {
            scopes.push(Scope::Units(units));
        }
        scopes
    }
}

/// What lies within the units of a role, as far as storage can say it together with another scope.
pub(super) fn within(units: &BTreeSet<String>, scope: &Scope) -> Scope {
    match scope {
        _ if units.is_empty() => scope.clone(),
        Scope::All => Scope::Units(units.clone()),
        Scope::Units(others) => Scope::Units(units.intersection(others).cloned().collect()),
        Scope::Own(_) | Scope::None => scope.clone(),
    }
}
