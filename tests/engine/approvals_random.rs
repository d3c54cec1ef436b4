//! Random policies, people and orders, beside an oracle that knows law 11 and counts by trying everything.

use std::collections::{BTreeMap, BTreeSet};

use cardflow::engine::{
    Actor, ApprovalPolicy, Ballot, Colleague, Command, Event, HeldRole, Judgement, Outcome, Overdue, Verdict,
};
use cardflow::values::{Answers, Millis, PersonId};
use proptest::prelude::*;
use proptest::sample::select;

use crate::bench::{actor, hour, person};
use crate::library::{Library, Place};
use crate::parley::Parley;

const ROLES: [&str; 3] = ["Head", "Senior", "Administrator"];
const PERSONS: u128 = 7;

#[derive(Clone, Copy, Debug)]
enum What {
    Approve,
    Reject,
    Postpone,
    Ask,
    TakeBack,
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Act {
    /// Somebody decides, now and then on another's behalf, now and then about what was asked first.
    Judge(u128, What, Option<u128>, bool),
    Resubmit(u128),
    Withdraw(u128),
    Wait(i64),
    Timer,
    Dismiss(u128),
    Own(u128),
    Fee(i64),
    Move,
}

fn any_person() -> impl Strategy<Value = u128> {
    1..=PERSONS
}

fn ballot() -> impl Strategy<Value = Ballot> {
    let roles = prop::collection::btree_set(select(ROLES.to_vec()), 1..3);
    let persons = prop::collection::btree_set(any_person(), 0..2);
    let excluded = prop::collection::btree_set(any_person(), 0..2);
    (roles, persons, excluded, 1..3_u32).prop_map(|(roles, persons, excluded, needs)| {
        let roles: Vec<_> = roles.into_iter().collect();
        let ballot = roles[1..].iter().fold(Ballot::role(roles[0]), |it, role| it.or_role(role)).needs(needs);
        let ballot = persons.into_iter().fold(ballot, |it, other| it.or_person(person(other)));
        excluded.into_iter().fold(ballot, |it, other| it.but(person(other)))
    })
}

fn policy() -> impl Strategy<Value = ApprovalPolicy> {
    let stage = prop::collection::vec(ballot(), 1..3);
    let overdue = prop_oneof![
        Just(Overdue::Reject),
        Just(Overdue::Approve),
        Just(Overdue::Escalate { to: "Administrator".to_owned(), waits: Millis::hours(10) }),
    ];
    (prop::collection::vec(stage, 1..3), overdue).prop_map(|(stages, overdue)| ApprovalPolicy {
        stages,
        waits: Millis::hours(20),
        ..ApprovalPolicy::role("Head").overdue(overdue)
    })
}

fn colleague(number: u128) -> impl Strategy<Value = Colleague> {
    let roles = prop::collection::btree_map(select(ROLES.to_vec()), prop::bool::weighted(0.15), 0..=3);
    let stands_in_for = prop::collection::btree_set(any_person(), 0..2);
    (roles, stands_in_for, prop::bool::weighted(0.9)).prop_map(move |(roles, for_whom, active)| Colleague {
        person: person(number),
        active,
        roles: roles
            .into_iter()
            .map(|(role, own)| HeldRole { self_granted: own, ..HeldRole::everywhere(role) })
            .collect(),
        stands_in_for: for_whom.into_iter().map(person).collect(),
    })
}

fn act() -> impl Strategy<Value = Act> {
    let what = select(vec![What::Approve, What::Reject, What::Postpone, What::Ask, What::TakeBack]);
    let approves = (any_person(), prop::option::weighted(0.3, any_person()), prop::bool::weighted(0.05));
    prop_oneof![
        20 => approves.prop_map(|(who, behalf, first)| Act::Judge(who, What::Approve, behalf, first)),
        5 => (any_person(), what, prop::option::weighted(0.2, any_person()), prop::bool::weighted(0.1))
            .prop_map(|(who, what, behalf, first)| Act::Judge(who, what, behalf, first)),
        1 => any_person().prop_map(Act::Resubmit),
        1 => any_person().prop_map(Act::Withdraw),
        2 => (1..25_i64).prop_map(Act::Wait),
        2 => Just(Act::Timer),
        1 => any_person().prop_map(Act::Dismiss),
        1 => any_person().prop_map(Act::Own),
        1 => (0..5_i64).prop_map(Act::Fee),
        1 => Just(Act::Move),
    ]
}

/// What is known without asking the engine.
#[derive(Debug)]
struct Oracle {
    policy: ApprovalPolicy,
    requester: PersonId,
    on_behalf: Option<PersonId>,
    stage: usize,
    escalated: bool,
    /// Who agreed: the persons a vote uses up, its stage, the ballots it may count for.
    votes: Vec<(BTreeSet<PersonId>, usize, Vec<usize>)>,
}

impl Oracle {
    fn is_party(&self, parley: &Parley, who: PersonId) -> bool {
        who == self.requester || Some(who) == self.on_behalf || Some(who) == parley.bench.shelf.owner
    }

    /// The ballots of the open stage that a person has a say in by their own right.
    fn say(&self, parley: &Parley, who: &Colleague) -> Vec<usize> {
        let takes = |ballot: &Ballot| {
            let role = who
                .roles
                .iter()
                .filter(|it| !it.self_granted)
                .any(|it| ballot.roles.contains(&it.role) || (self.escalated && it.role == "Administrator"));
            (role || ballot.persons.contains(&who.person)) && !ballot.excluded.contains(&who.person)
        };
        let barred = |it: PersonId| self.is_party(parley, it);
        if !who.active || barred(who.person) || who.stands_in_for.iter().any(|it| barred(*it)) {
            return Vec::new();
        }
        (0..).zip(&self.policy.stages[self.stage]).filter(|(_, it)| takes(it)).map(|(place, _)| place).collect()
    }

    fn met(&self) -> bool {
        fn left(needs: &[u32], votes: &[&Vec<usize>]) -> bool {
            let Some((first, others)) = votes.split_first() else { return needs.iter().all(|it| *it == 0) };
            left(needs, others)
                || first.iter().any(|place| {
                    let mut needs = needs.to_vec();
                    let open = needs[*place] > 0;
                    needs[*place] = needs[*place].saturating_sub(1);
                    open && left(&needs, others)
                })
        }
        let votes: Vec<_> = self.votes.iter().filter(|it| it.1 == self.stage).map(|it| &it.2).collect();
        left(&self.policy.stages[self.stage].iter().map(|it| it.needs).collect::<Vec<_>>(), &votes)
    }
}

fn events(parley: &Parley) -> Vec<Event<Library>> {
    parley.last.as_ref().map(|it| it.events.clone()).unwrap_or_default()
}

/// Plays one act; what the engine decided is held against what the oracle knows.
fn play(parley: &mut Parley, oracle: &mut Oracle, act: &Act) -> Result<Option<Vec<Event<Library>>>, TestCaseError> {
    let before = parley.last.as_ref().map(|it| it.instance.clone());
    let (who, command) = match act {
        Act::Judge(who, what, on_behalf, first) => {
            let place = if *first { parley.asked.first() } else { parley.asked.last() };
            let (task, covers) = *place.unwrap();
            let judgement = match what {
                What::Approve => Judgement::approve(task, covers),
                What::Reject => Judgement::reject(task, "no"),
                What::Postpone => Judgement::postpone(task, None),
                What::Ask => Judgement::ask(task, "why?"),
                What::TakeBack => Judgement::take_back(task),
            };
            let judgement = on_behalf.iter().fold(judgement, |it, other| it.on_behalf_of(person(*other)));
            (actor(*who), Command::Judge(judgement))
        }
        Act::Resubmit(who) => (actor(*who), Command::Resubmit { answers: Answers::none(), note: String::new() }),
        Act::Withdraw(who) => (actor(*who), Command::Cancel),
        Act::Timer => (Actor::worker(parley.bench.now), Command::Fire),
        Act::Wait(hours) => {
            parley.bench.now = parley.bench.now.plus(Millis::hours(*hours));
            return Ok(None);
        }
        Act::Dismiss(who) => {
            parley.bench.colleagues.iter_mut().filter(|it| it.person == person(*who)).for_each(|it| it.active = false);
            return Ok(None);
        }
        Act::Own(who) => {
            parley.bench.shelf.owner = Some(person(*who));
            return Ok(None);
        }
        Act::Fee(fee) => {
            parley.bench.shelf.things.iter_mut().for_each(|it| it.body.fee = *fee);
            return Ok(None);
        }
        Act::Move => {
            if parley.bench.shelf.book().is_some_and(|it| it.body.place == Place::Shelf) {
                parley.bench.shelf = parley.bench.shelf.clone().taken_to(Place::Workshop);
            }
            return Ok(None);
        }
    };
    let shelf = parley.bench.shelf.clone();
    parley.bench.actor = who.clone();
    let answer = parley.give(&command, parley.bench.now);
    let after = parley.last.as_ref().map(|it| it.instance.clone());
    if before == after {
        prop_assert_eq!(&parley.bench.shelf, &shelf, "{}", answer);
        return Ok(None);
    }
    let came = events(parley);
    let judged: Vec<_> = came.iter().filter(|it| matches!(it, Event::Judged { .. })).collect();
    prop_assert_eq!(judged.len(), usize::from(matches!(command, Command::Judge(_))), "one record a decision");
    if let Some(Event::Judged { verdict, on_behalf, ballots, .. }) = judged.first() {
        let known = |it: PersonId| parley.bench.colleagues.iter().find(|one| one.person == it).unwrap().clone();
        let decider = known(who.person.unwrap());
        let say = match on_behalf {
            None => oracle.say(parley, &decider),
            Some(other) => {
                prop_assert!(decider.stands_in_for.contains(other) && decider.active);
                prop_assert!(!oracle.is_party(parley, decider.person), "nobody of law 11 decides for another");
                prop_assert!(!decider.stands_in_for.iter().any(|it| oracle.is_party(parley, *it)));
                oracle.say(parley, &known(*other))
            }
        };
        prop_assert!(!say.is_empty(), "{:?} decided without a say", decider);
        let persons: BTreeSet<_> = std::iter::once(decider.person).chain(*on_behalf).collect();
        match verdict {
            Verdict::Approve => {
                prop_assert_eq!(ballots.iter().map(|it| *it as usize).collect::<Vec<_>>(), say.clone());
                prop_assert!(oracle.votes.iter().all(|it| it.0.is_disjoint(&persons)), "each person counts once");
                oracle.votes.push((persons, oracle.stage, say));
            }
            Verdict::TakeBack => {
                let stage = oracle.stage;
                oracle.votes.retain(|it| it.1 != stage || !it.0.contains(&decider.person));
            }
            Verdict::Reject | Verdict::Ask | Verdict::Postpone(_) => {}
        }
    }
    for event in &came {
        match event {
            Event::ApprovalAsked { .. } => {
                (oracle.stage, oracle.escalated) = (0, false);
                oracle.votes.clear();
            }
            Event::NextStage { stage, .. } => {
                let automatic = matches!(command, Command::Fire) && oracle.policy.overdue == Overdue::Approve;
                prop_assert!(automatic || oracle.met(), "the stage was not met: {:?}", oracle);
                prop_assert_eq!(*stage as usize, oracle.stage + 1);
                (oracle.stage, oracle.escalated) = (oracle.stage + 1, false);
            }
            Event::Escalated { .. } => oracle.escalated = true,
            Event::Approved { automatic: true, .. } => {
                prop_assert!(matches!(command, Command::Fire) && oracle.policy.overdue == Overdue::Approve);
                prop_assert_eq!(oracle.stage + 1, oracle.policy.stages.len());
            }
            Event::Approved { automatic: false, .. } => {
                prop_assert!(oracle.met(), "it was not met: {:?}", oracle);
                prop_assert_eq!(oracle.stage + 1, oracle.policy.stages.len());
            }
            Event::Changed { .. } => {
                prop_assert!(came.iter().any(|it| matches!(it, Event::Approved { .. })), "done without agreement");
            }
            Event::Ended(Outcome::Rejected | Outcome::Expired | Outcome::Withdrawn | Outcome::Superseded { .. }) => {
                prop_assert_eq!(&parley.bench.shelf, &shelf, "nothing has happened");
            }
            _ => {}
        }
    }
    // Nobody waits for what is agreed to.
    let waits = parley.last.as_ref().is_some_and(|it| it.instance.approval().is_some_and(|it| !it.sent_back));
    prop_assert!(!waits || !oracle.met(), "it is met and still waits: {:?}", oracle);
    Ok(Some(came))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_done_but_by_the_agreement_of_those_who_may(
        policy in policy(),
        colleagues in (1..=PERSONS).map(colleague).collect::<Vec<_>>(),
        requester in any_person(),
        on_behalf in prop::option::weighted(0.3, any_person()),
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut parley = Parley::among(colleagues, policy.clone());
        let for_whom = on_behalf.map(|it| format!(" for {it}")).unwrap_or_default();
        parley.play(&format!("{requester} starts{for_whom}"));
        prop_assume!(parley.last.is_some());
        let mut oracle = Oracle {
            policy,
            requester: person(requester),
            on_behalf: on_behalf.map(person),
            stage: 0,
            escalated: false,
            votes: Vec::new(),
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for act in &acts {
            for event in play(&mut parley, &mut oracle, act)?.into_iter().flatten() {
                match event {
                    Event::Changed { .. } => *counts.entry("executed").or_default() += 1,
                    Event::Ended(_) => *counts.entry("ended").or_default() += 1,
                    _ => {}
                }
            }
        }
        prop_assert!(counts.values().all(|it| *it <= 1), "at most one execution, and one end: {:?}", counts);
        prop_assert!(parley.bench.now >= hour(0));
    }
}
