//! What a commit costs.

use super::*;

/// Commits in the shape of those that deactivate a card, two certificates and three relations: start, Next, and all
/// confirmations together.
#[test]
fn a_deactivation_costs_so_many_statements() {
    let Store { mut core, _folder, .. } = store();
    let instance = InstanceId::from_uuid(Uuid::from_u128(7));
    let task = ObjectRef::new(home(1), TASK_KIND, Uuid::from_u128(8));
    let run_record = |at: ObjectRef, revision, keys| {
        SharedRecord::from(Record { tenant: TENANT, at, revision: Revision::new(revision), keys, body: vec![0] })
    };
    let instance_at = ObjectRef::new(home(1), INSTANCE_KIND, instance.uuid());
    let books = |count: u128, revision: u64| {
        (0..count).map(move |n| {
            let keys = Keys::default().with(&SHELF, KeyRef::Text(&format!("{n} {}", revision.min(2))));
            let at = ObjectRef::new(home(1), BOOK, Uuid::from_u128(10 + n));
            SharedRecord::from(Record {
                tenant: TENANT,
                at,
                revision: Revision::new(revision),
                keys,
                body: vec![1, 2, 3],
            })
        })
    };
    let draft = || vec![Draft { chain: home(1), at: NOW, open: vec![1], personal: None }];
    let remember = |n| {
        let command = CommandId::from_uuid(Uuid::from_u128(n));
        Some(Remembered { actor: None, command, at: NOW, content: Digest::ZERO, answer: vec![] })
    };
    let expects = |revision| vec![(home(1), Revision::new(revision))];
    let mut costs = |commit| {
        COUNT.set(0);
        run(&mut core, commit).unwrap();
        COUNT.get()
    };
    let puts = books(6, 1).collect();
    costs(Commit { puts, expects: expects(0), history: draft(), ..Commit::of(TENANT) });

    let open = Keys::default().with(&OPEN_KEY, KeyRef::Text("p"));
    let form = Keys::default().with(&TASK_INSTANCE_KEY, KeyRef::Id(instance.uuid()));
    let start = costs(Commit {
        puts: vec![
            run_record(instance_at, 1, open.clone()),
            run_record(task, 1, form.with(&INBOX_KEY, KeyRef::Bytes(&[1]))),
        ],
        expects: expects(1),
        work: vec![Work { sort: WorkSort::Timer, target: String::new(), ..effect(9, "", None) }],
        history: draft(),
        remember: remember(1),
        ..Commit::of(TENANT)
    });
    // The transaction: 2. The home read and written: 2. The command remembered: 1. The instance with its key: 2. The task with
    // its place in the inbox, its timer: 3. The record: 1.
    assert_eq!(start, 11);

    let lease = Some(Lease { host: HOST, until: NOW });
    let next = costs(Commit {
        puts: books(6, 2).chain([run_record(instance_at, 2, open)]).collect(),
        expects: expects(1),
        tasks_done: vec![TaskDone { task, instance, revision: Revision::new(1) }],
        done: vec![WorkDone { id: EffectId::from_uuid(Uuid::from_u128(9)), instance, holder: None, again: None }],
        work: vec![effect(1, "a", lease), effect(2, "b", lease)],
        history: draft(),
        remember: remember(2),
        ..Commit::of(TENANT)
    });
    // The transaction: 2. The home with its objects read, the home written: 2. The command remembered: 1.
    // Objects: 6, and their keys that changed, out and in: 12. The instance read and written: 2. The task, its place in the
    // inbox, its timer: 3.
    // Requests, each looked for others of its target: 4. The record: 1.
    assert_eq!(next, 33);

    let done = |n| {
        let holder = Some(Holder { host: HOST, attempt: 1 });
        WorkDone { id: EffectId::from_uuid(Uuid::from_u128(n)), instance, holder, again: None }
    };
    let confirmed = costs(Commit {
        puts: books(2, 3).chain([run_record(instance_at, 3, Keys::default())]).collect(),
        expects: expects(2),
        done: vec![done(1), done(2)],
        history: draft(),
        ..Commit::of(TENANT)
    });
    // The transaction: 2. The home with its objects read, the home written: 2. Certificates: 2. The instance read and written,
    // and out of the list of those that are open: 3. Requests that are done: 2. The record: 1.
    assert_eq!(confirmed, 12);
}
