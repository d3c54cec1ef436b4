//! An office where deactivations need approvals.

use cardflow::cards::{APPROVER, Cards, CardsOptions, OPERATOR};
use cardflow::domain::{Deputyship, Object, Person, PersonState, RoleGrant};
use cardflow::engine::{Component, Instance, Judgement, Task, Verdict};
use cardflow::ports::{Clock, Principal};
use cardflow::runtime::Standing;
use cardflow::values::{Answers, InstanceId, Millis, ObjectRef, PersonId, TaskId};

use crate::common::{Office, Store, TENANT, now, principal};

/// So many approvers must agree.
pub async fn office(store: &Store, needed: u32) -> Office {
    let options = CardsOptions { deactivation_approval: true, approvals_needed: needed, ..CardsOptions::default() };
    Office::over(store.builder().options(1, options)).await
}

pub fn at_desk(account: &str) -> Principal {
    principal(account, Component::Operator)
}

/// A task by the names of its instance and its own.
pub type At = (InstanceId, TaskId);

pub fn at(standing: &Standing<Cards>) -> At {
    (standing.id(), standing.task().expect("it waits"))
}

impl Office {
    /// A person with an account of this name and roles, in a unit or everywhere.
    pub async fn hire(&self, account: &str, roles: &[(&str, Option<&str>)], state: PersonState) -> PersonId {
        let id = PersonId::from_uuid(self.fresh());
        let person = Person::new(TENANT, id, account).unwrap().with_account(account).unwrap().in_state(state);
        let person = roles.iter().fold(person, |person, (role, unit)| {
            let grant = RoleGrant::new(role, None, now()).unwrap();
            person.with_role(if let Some(unit) = unit { grant.in_unit(unit).unwrap() } else { grant })
        });
        self.register(&[Object::Person(person)]).await;
        id
    }

    /// One more approver.
    pub async fn hire_approver(&self, account: &str) -> PersonId {
        self.hire(account, &[(APPROVER, None)], PersonState::Active).await
    }

    /// An approver who runs processes, too.
    pub async fn hire_all_round(&self, account: &str) -> PersonId {
        self.hire(account, &[(APPROVER, None), (OPERATOR, None)], PersonState::Active).await
    }

    /// A clerk who stands in for another, as an administrator has arranged.
    pub async fn hire_deputy(&self, account: &str, of: PersonId) -> PersonId {
        let id = PersonId::from_uuid(self.fresh());
        let (from, until) = (now().minus(Millis::days(1)), now().plus(Millis::days(30)));
        let arranged = Deputyship::new(of, from, until, Some(self.person("adam").await));
        let person = Person::new(TENANT, id, account).unwrap().with_account(account).unwrap();
        let clerk = RoleGrant::new("Clerk", None, now()).unwrap();
        self.register(&[Object::Person(person.standing_in(arranged).with_role(clerk))]).await;
        id
    }

    /// A form that the operator has begun.
    pub async fn form(&self) -> At {
        at(&self.start("CardsProcDeactivate").await)
    }

    /// A request for approval to deactivate a card.
    pub async fn request(&self, card: ObjectRef) -> At {
        let run = self.cards.run(&self.operator, "CardsProcDeactivate", card, Answers::none()).await;
        at(&run.unwrap())
    }

    /// A request that an approver has sent back.
    pub async fn sent_back(&self, card: ObjectRef) -> At {
        let request = self.request(card).await;
        let ask = Judgement::ask(request.1, "Which card?");
        at(&self.cards.judge(&self.approver, request.0, ask).await.unwrap())
    }

    /// Agreement to a request as it stands.
    pub async fn agreement(&self, store: &Store, task: At) -> Judgement {
        let (instance, _) = self.stored(store, task.0).await;
        Judgement::approve(task.1, instance.approval().unwrap().covers)
    }

    /// An instance and its task as they are stored.
    pub async fn stored(&self, store: &Store, id: InstanceId) -> (Instance<Cards>, Option<Task>) {
        let records = store.storage.instance(TENANT, id).await.unwrap().unwrap();
        let instance = Instance::from_bytes(id, records.instance.revision, &records.instance.body).unwrap();
        (instance, records.tasks.first().map(|it| Task::from_bytes(&it.body).unwrap()))
    }
}

/// A decision with words where it needs some.
pub fn verdict(task: At, verdict: Verdict) -> Judgement {
    Judgement { verdict, ..Judgement::reject(task.1, "because") }
}

impl Office {
    pub fn now(&self) -> cardflow::values::Timestamp {
        self.clock.now()
    }
}
