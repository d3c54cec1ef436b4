//! Every command on a task: by whom, in which state, on which sort of task, to which answer.

use std::collections::{BTreeMap, BTreeSet};

use cardflow::cards::{APPROVER, Cards};
use cardflow::domain::Dossier;
use cardflow::engine::{
    Colleague, Event, Handling, HeldRole, Instance, Priority, Rejection, Task, TaskCommand, TaskRight, TaskSituation,
    TaskSort, decide_task,
};
use cardflow::values::{Millis, PersonId, TaskId, Timestamp};
use uuid::Uuid;

use crate::common::{Store, now};
use crate::desk::{At, office};

/// Somebody at the office, by name; the same id each time.
fn id(name: &str, ground: &Ground) -> PersonId {
    match name {
        "olga" => ground.instance.requester().unwrap(),
        "ada" => ground.holder,
        other => PersonId::from_uuid(Uuid::from_u128(other.bytes().fold(7, |all, it| all << 8 | u128::from(it)))),
    }
}

fn colleague(name: &str, ground: &Ground) -> Colleague {
    let roles = match name {
        "ann" | "arno" | "berta" | "ada" | "idle" => vec![HeldRole::everywhere(APPROVER)],
        "selma" => vec![HeldRole::everywhere(APPROVER).self_granted()],
        _ => Vec::new(),
    };
    // Dora stands in for Berta, Dido for whoever holds the card.
    let stands_in_for = match name {
        "dora" => BTreeSet::from([id("berta", ground)]),
        "dido" => BTreeSet::from([id("ada", ground)]),
        _ => BTreeSet::new(),
    };
    Colleague { person: id(name, ground), active: name != "idle", roles, stands_in_for }
}

/// What every case begins with.
struct Ground {
    instance: Instance<Cards>,
    dossier: Dossier,
    id: TaskId,
    task: Task,
    holder: PersonId,
}

impl Ground {
    async fn of(sort: TaskSort) -> Ground {
        let store = Store::memory();
        let office = office(&store, 1).await;
        let at: At = match sort {
            TaskSort::Form => office.form().await,
            TaskSort::Approval => office.request(office.card).await,
            TaskSort::Information => office.sent_back(office.card).await,
        };
        let (instance, task) = office.stored(&store, at.0).await;
        let task = task.unwrap();
        assert_eq!(task.sort, sort);
        Ground { instance, dossier: office.dossier().await, id: at.1, task, holder: office.holder }
    }

    fn people(&self) -> BTreeMap<PersonId, Colleague> {
        let known = ["olga", "otto", "ann", "arno", "berta", "ada", "idle", "selma", "dora", "dido"];
        known.iter().map(|it| colleague(it, self)).map(|it| (it.person, it)).collect()
    }

    fn decide(
        &self,
        handling: &Handling,
        who: &str,
        right: TaskRight,
        barrier: Option<&str>,
        command: &TaskCommand,
    ) -> Result<Handling, Rejection<Cards>> {
        let task = Task { handling: handling.clone(), ..self.task.clone() };
        let (actor, people) = (colleague(who, self), self.people());
        let situation = TaskSituation {
            instance: &self.instance,
            dossier: &self.dossier,
            id: self.id,
            task: &task,
            actor: &actor,
            right,
            people: &people,
            barrier,
            now: now(),
        };
        let decision = decide_task(&situation, command)?;
        let Event::Handled { step, task: of, command: recorded } = &decision.event else { panic!("{decision:?}") };
        assert_eq!((step.as_str(), *of, recorded), (task.step.as_str(), self.id, command));
        assert_eq!(Task { handling: task.handling.clone(), ..decision.task.clone() }, task, "nothing else changes");
        Ok(decision.task.handling)
    }
}

fn later() -> Timestamp {
    now().plus(Millis::hours(1))
}

/// The commands of the tables, in their order; handed on to these.
fn commands(to: PersonId, delegate: PersonId) -> [TaskCommand; 10] {
    [
        TaskCommand::Claim,
        TaskCommand::Unclaim,
        TaskCommand::Reassign { to },
        TaskCommand::Delegate { to: delegate },
        TaskCommand::Resolve,
        TaskCommand::Comment { text: "Is it urgent?".to_owned() },
        TaskCommand::Attach { reference: "https://files.example.org/1".to_owned() },
        TaskCommand::Prioritise { priority: Priority::High },
        TaskCommand::SetDue { due: Some(later()) },
        TaskCommand::FollowUp { at: Some(later()) },
    ]
}

fn letter<T>(answer: &Result<T, Rejection<Cards>>) -> char {
    match answer {
        Ok(_) => '+',
        Err(Rejection::ClaimedBy { .. }) => 'c',
        Err(Rejection::NotYours) => 'y',
        Err(Rejection::NotEligible { .. }) => 'e',
        Err(Rejection::InvalidHandling { .. }) => 'i',
        Err(Rejection::Unsuitable { .. }) => 'u',
        Err(Rejection::NoteNeeded { .. }) => 'n',
        Err(Rejection::NotWaiting { .. }) => 'w',
        Err(other) => panic!("{other:?}"),
    }
}

/// By right of doing what the task asks, of having asked, or of assigning.
fn right(name: &str) -> TaskRight {
    match name {
        "does" => TaskRight::Does,
        "asks" => TaskRight::Asks,
        _ => TaskRight::Assigns,
    }
}

/// `+` done, `c` claimed by another, `y` for others, `e` not eligible, `i` does not fit.
///
/// In the order: claim, unclaim, reassign (to Berta), delegate (to Berta), resolve, comment, attach, prioritise, set due,
/// follow up. Olga asked; Ada holds the card and is an approver; Otto is none; Selma made herself one; Dora stands in for
/// Berta, Dido for Ada; Adam assigns.
const APPROVALS: &[(&str, &str, &str, &str)] = &[
    ("free", "ann", "does", "+iiii++iii"),
    ("free", "berta", "does", "+iiii++iii"),
    ("free", "dora", "does", "+iiii++iii"),
    ("free", "dido", "does", "eeeeiyyeee"),
    ("free", "ada", "does", "eeeei++eee"),
    ("free", "selma", "does", "eeeei++eee"),
    ("free", "idle", "does", "eeeei++eee"),
    ("free", "olga", "does", "eeeei++eee"),
    ("free", "olga", "asks", "yyyyi++yyy"),
    ("free", "otto", "does", "eeeeiyyeee"),
    ("free", "otto", "asks", "yyyyiyyyyy"),
    ("free", "adam", "assigns", "yi+ii+++++"),
    ("claimed", "ann", "does", "i+++i+++++"),
    ("claimed", "arno", "does", "cccci++ccc"),
    ("claimed", "berta", "does", "cccci++ccc"),
    ("claimed", "dora", "does", "cccci++ccc"),
    ("claimed", "ada", "does", "eeeei++eee"),
    ("claimed", "selma", "does", "eeeei++eee"),
    ("claimed", "olga", "does", "eeeei++eee"),
    ("claimed", "olga", "asks", "yyyyi++yyy"),
    ("claimed", "otto", "does", "eeeeiyyeee"),
    ("claimed", "adam", "assigns", "y+++i+++++"),
    ("delegated", "ann", "does", "c+++c+++++"),
    ("delegated", "arno", "does", "iiii++++++"),
    ("delegated", "berta", "does", "ccccc++ccc"),
    ("delegated", "ada", "does", "eeeee++eee"),
    ("delegated", "olga", "does", "eeeee++eee"),
    ("delegated", "olga", "asks", "yyyyy++yyy"),
    ("delegated", "otto", "does", "eeeeeyyeee"),
    ("delegated", "adam", "assigns", "y+++++++++"),
];

/// The same for forms, and for requests that were sent back: reassigned to Olga, who began, and delegated to Otto.
const FORMS: &[(&str, &str, &str, &str)] = &[
    ("free", "olga", "does", "+i++i+++++"),
    ("free", "otto", "does", "yyyyiyyyyy"),
    ("free", "ann", "does", "yyyyiyyyyy"),
    ("free", "adam", "assigns", "yi++i+++++"),
    ("claimed", "olga", "does", "i+i+i+++++"),
    ("claimed", "otto", "does", "yyyyiyyyyy"),
    ("claimed", "ann", "does", "yyyyiyyyyy"),
    ("claimed", "adam", "assigns", "y+i+i+++++"),
    ("delegated", "olga", "does", "c++ic+++++"),
    ("delegated", "otto", "does", "iiii++++++"),
    ("delegated", "ann", "does", "yyyyyyyyyy"),
    ("delegated", "adam", "assigns", "y++i++++++"),
];

fn handling(sort: TaskSort, state: &str, ground: &Ground) -> Handling {
    let (owner, delegate) = match sort {
        TaskSort::Approval => ("ann", "arno"),
        TaskSort::Form | TaskSort::Information => ("olga", "otto"),
    };
    let owner = (state != "free").then(|| id(owner, ground));
    Handling { owner, delegate: (state == "delegated").then(|| id(delegate, ground)), ..Handling::default() }
}

#[tokio::test]
async fn who_does_what_with_a_task() {
    let mut cases = 0;
    for sort in TaskSort::ALL.iter().copied() {
        let ground = Ground::of(sort).await;
        let approval = sort == TaskSort::Approval;
        let (to, delegate) = if approval { ("berta", "berta") } else { ("olga", "otto") };
        for (state, who, by, expected) in if approval { APPROVALS } else { FORMS } {
            let before = handling(sort, state, &ground);
            let commands = commands(id(to, &ground), id(delegate, &ground));
            let answers = commands.each_ref().map(|it| ground.decide(&before, who, right(by), None, it));
            let found: String = answers.iter().map(letter).collect();
            assert_eq!(found, *expected, "{sort}, {state}, {who} {by}: {answers:#?}");
            for (command, after) in commands.iter().zip(answers).filter_map(|(it, after)| Some((it, after.ok()?))) {
                assert_eq!(after, before.clone().after(Some(id(who, &ground)), command), "{command:?}");
            }
            cases += commands.len();
        }
    }
    assert_eq!(cases, 540);
}

#[tokio::test]
async fn to_whom_a_task_can_go() {
    // The sort, the state, to whom, why that person may not go on with the process; the answers to reassign and delegate.
    let table = [
        (TaskSort::Approval, "claimed", "berta", None, "++"),
        (TaskSort::Approval, "claimed", "ann", None, "ii"),
        (TaskSort::Approval, "claimed", "olga", None, "uu"),
        (TaskSort::Approval, "claimed", "ada", None, "uu"),
        (TaskSort::Approval, "claimed", "otto", None, "uu"),
        (TaskSort::Approval, "claimed", "selma", None, "uu"),
        (TaskSort::Approval, "claimed", "idle", None, "uu"),
        (TaskSort::Approval, "claimed", "nobody", None, "uu"),
        (TaskSort::Approval, "delegated", "ann", None, "+i"),
        (TaskSort::Approval, "delegated", "arno", None, "+i"),
        (TaskSort::Form, "claimed", "otto", None, "u+"),
        (TaskSort::Form, "claimed", "ada", None, "u+"),
        (TaskSort::Form, "claimed", "otto", Some("a person without the right"), "uu"),
        (TaskSort::Form, "claimed", "idle", None, "uu"),
        (TaskSort::Form, "claimed", "nobody", None, "uu"),
        (TaskSort::Form, "claimed", "olga", None, "ii"),
        (TaskSort::Form, "delegated", "olga", None, "+i"),
        (TaskSort::Information, "free", "otto", None, "u+"),
        (TaskSort::Information, "free", "olga", None, "+i"),
        (TaskSort::Information, "delegated", "otto", None, "ui"),
    ];
    for (sort, state, to, barrier, expected) in table {
        let ground = Ground::of(sort).await;
        let before = handling(sort, state, &ground);
        let to_id = id(to, &ground);
        let commands = [TaskCommand::Reassign { to: to_id }, TaskCommand::Delegate { to: to_id }];
        // Both by their owner and by whoever assigns.
        let owner = if sort == TaskSort::Approval { "ann" } else { "olga" };
        for (who, by) in [(owner, TaskRight::Does), ("adam", TaskRight::Assigns)] {
            let answers = commands.each_ref().map(|it| ground.decide(&before, who, by, barrier, it));
            let found: String = answers.iter().map(letter).collect();
            assert_eq!(found, expected, "{sort}, {state}, to {to}, by {who}: {answers:#?}");
        }
    }
}

#[tokio::test]
async fn what_is_said_and_when_must_make_sense() {
    let ground = Ground::of(TaskSort::Approval).await;
    let claimed = handling(TaskSort::Approval, "claimed", &ground);
    let comment = |text: &str| TaskCommand::Comment { text: text.to_owned() };
    let attach = |reference: &str| TaskCommand::Attach { reference: reference.to_owned() };
    let due = |due: Timestamp| TaskCommand::SetDue { due: Some(due) };
    let follow_up = |at: Timestamp| TaskCommand::FollowUp { at: Some(at) };
    let until = ground.task.until;
    let table = [
        (comment(""), 'n'),
        (comment(" \n "), 'n'),
        (comment(&"x".repeat(1000)), '+'),
        (comment(&"x".repeat(1001)), 'n'),
        (comment("bell \u{7}"), 'n'),
        (comment("two\nlines"), '+'),
        (attach(""), 'n'),
        (attach(&"x".repeat(500)), '+'),
        (attach(&"x".repeat(501)), 'n'),
        (due(now()), 'i'),
        (due(now().minus(Millis::hours(1))), 'i'),
        (due(later()), '+'),
        (due(until), '+'),
        (due(until.plus(Millis::new(1))), 'i'),
        (TaskCommand::SetDue { due: None }, 'i'),
        (follow_up(now()), 'i'),
        (follow_up(later()), '+'),
        (follow_up(until.plus(Millis::days(1))), '+'),
        (TaskCommand::FollowUp { at: None }, 'i'),
        (TaskCommand::Prioritise { priority: Priority::Normal }, 'i'),
        (TaskCommand::Prioritise { priority: Priority::Low }, '+'),
    ];
    for (command, expected) in table {
        let answer = ground.decide(&claimed, "ann", TaskRight::Does, None, &command);
        assert_eq!(letter(&answer), expected, "{command:?}: {answer:?}");
    }
    let set = Handling { due: Some(later()), follow_up: Some(later()), ..claimed };
    for command in [TaskCommand::SetDue { due: None }, TaskCommand::FollowUp { at: None }] {
        assert_eq!(letter(&ground.decide(&set, "ann", TaskRight::Does, None, &command)), '+', "taken back");
    }
}

#[tokio::test]
async fn a_task_that_does_not_wait_is_not_handled() {
    let ground = Ground::of(TaskSort::Form).await;
    let free = Handling::default();
    for (instance_task, after, expected) in [
        (true, Millis::new(0), '+'),
        (false, Millis::new(0), 'w'),
        // Its time is over, whether a timer has said so or not.
        (true, Millis::hours(8), 'w'),
    ] {
        let task = Task { handling: free.clone(), ..ground.task.clone() };
        let (actor, people) = (colleague("olga", &ground), BTreeMap::new());
        let other = TaskId::from_uuid(Uuid::from_u128(5));
        let situation = TaskSituation {
            instance: &ground.instance,
            dossier: &ground.dossier,
            id: if instance_task { ground.id } else { other },
            task: &task,
            actor: &actor,
            right: TaskRight::Does,
            people: &people,
            barrier: None,
            now: now().plus(after),
        };
        assert_eq!(letter(&decide_task(&situation, &TaskCommand::Claim)), expected, "{after:?}");
    }
}
