//! What a commit costs.

use super::*;

/// A commit in the shape of a Next that deactivates a card: six objects, the instance, its task and timer gone, two requests,
/// one record.
#[test]
fn a_next_costs_so_many_statements() {
    let Store { mut core, _folder, .. } = store();
    let instance = InstanceId::from_uuid(Uuid::from_u128(7));
    let task = ObjectRef::new(home(1), TASK_KIND, Uuid::from_u128(8));
    let run_record = |at: ObjectRef, revision, keys| Record {
        tenant: TENANT,
        at,
        revision: Revision::new(revision),
        keys,
        body: vec![0],
    };
    let instance_at = ObjectRef::new(home(1), INSTANCE_KIND, instance.uuid());
    let books = |revision| {
        (0..6).map(move |n| {
            let keys = Keys::default().with(&SHELF, KeyRef::Text(&format!("{n} {revision}")));
            let at = ObjectRef::new(home(1), BOOK, Uuid::from_u128(10 + n));
            Record { tenant: TENANT, at, revision: Revision::new(revision), keys, body: vec![1, 2, 3] }
        })
    };
    let draft = || vec![Draft { chain: home(1), at: NOW, open: vec![1], personal: None }];
    let remember = |n| {
        let command = CommandId::from_uuid(Uuid::from_u128(n));
        Some(Remembered { actor: None, command, at: NOW, content: Digest::ZERO, answer: vec![] })
    };
    let open = Keys::default().with(&OPEN_KEY, KeyRef::Text("p"));
    let timer = Work { sort: WorkSort::Timer, target: String::new(), ..effect(9, "", None) };
    let mut puts: Vec<_> = books(1).collect();
    puts.push(run_record(instance_at, 1, open.clone()));
    let form = Keys::default().with(&TASK_INSTANCE_KEY, KeyRef::Id(instance.uuid()));
    puts.push(run_record(task, 1, form.with(&INBOX_KEY, KeyRef::Bytes(&[1]))));
    let expects = vec![(home(1), Revision::NONE)];
    run(&mut core, Commit { puts, work: vec![timer], expects, history: draft(), ..Commit::of(TENANT) }).unwrap();

    let mut puts: Vec<_> = books(2).collect();
    puts.push(run_record(instance_at, 2, open));
    let lease = Some(Lease { host: HOST, until: NOW });
    let next = Commit {
        puts,
        expects: vec![(home(1), Revision::new(1))],
        tasks_done: vec![TaskDone { task, instance, revision: Revision::new(1) }],
        done: vec![WorkDone { id: EffectId::from_uuid(Uuid::from_u128(9)), instance, holder: None, again: None }],
        work: vec![effect(1, "a", lease), effect(2, "b", lease)],
        history: draft(),
        remember: remember(1),
        ..Commit::of(TENANT)
    };
    COUNT.set(0);
    run(&mut core, next).unwrap();
    // The transaction: 2. The home with its objects read, the home written: 2. The command remembered: 1.
    // Objects: 6, and their keys that changed, out and in: 12. The instance read and written: 2. The task, its place in the
    // inbox, its timer: 3.
    // Requests, each looked for others of its target: 4. The record: 1.
    assert_eq!(COUNT.get(), 33);
}
