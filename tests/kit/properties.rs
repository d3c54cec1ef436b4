//! What holds of everything the strategies make.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardflow::cards::{
    CardSubject, Cards, CardsOptions, Request, card_and_holder, leaves, object_of, on_card, package, record_of,
};
use cardflow::domain::{Answer, Breach, CardState, Dossier, Object, Person};
use cardflow::engine::{
    Actor, ApprovalPolicy, Asks, Ballot, Colleague, Component, Covers, Definition, DefinitionError, Domain, Event,
    Field, Form, HeldRole, Instance, Overdue, Process, Status, StepKind, Task, TaskSort, Undecided, Version,
};
use cardflow::testing::scene::{an_active_card, day};
use cardflow::testing::stage::{
    Move, Stage, ann, approves, asks_for_more, cancels, expires, olga, postpones, rejects, resubmits, takes_back, waits,
};
use cardflow::testing::strategies::{
    actors, cards, certificates, commands, definitions, dossiers, options, persons, relations,
};
use cardflow::values::{Answers, Millis, PersonId, Revision};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn processes() -> Vec<Arc<dyn Process<Cards>>> {
    package().unwrap()
}

/// As many of these answers as the first form of the process asks for, and one to each question that needs one.
fn fitting(stage: &Stage, given: &Answers) -> Answers {
    let outline = stage.process().outline();
    let Some(StepKind::Form(form)) = outline.steps.first().map(|it| &it.kind) else { return Answers::none() };
    form.fields().iter().fold(Answers::none(), |answers, field| match given.get(field.name) {
        Some(value) => answers.with(field.name, value.clone()),
        None if field.required => answers.with(field.name, "because"),
        None => answers,
    })
}

fn deactivation_form() -> Form<Cards> {
    let deactivate = cardflow::cards::processes::deactivate().unwrap();
    let Some(StepKind::Form(form)) = deactivate.outline().step("confirm").map(|it| &it.kind) else { panic!("a form") };
    form.clone()
}

/// A form that asks for everything that can be asked for.
fn every_field() -> Form<Cards> {
    let field = |name, asks| Field { name, label: name, asks, required: false };
    let asks = [Asks::Text(3), Asks::Time, Asks::PastTime, Asks::Number(-1, 1), Asks::Flag];
    let names = ["text", "time", "past", "number", "flag"];
    Form::shows(&["card"]).required(names.into_iter().zip(asks).map(|(name, asks)| field(name, asks)))
}

fn added(before: &Dossier, after: &Dossier, stage: &Stage) -> Vec<Breach> {
    let old = Breach::all(before, stage.now);
    let mut new = Breach::all(after, stage.now);
    new.retain(|it| !old.contains(it));
    new.extend(Breach::between(before, after));
    new
}

/// Takes a move, and holds what must hold of every one.
fn take(stage: &mut Stage, next: &Move) -> Result<(), TestCaseError> {
    let before = stage.clone();
    let decided = stage.take(next);
    prop_assert_eq!(stage.folded(), stage.instance(), "{}", next);
    let decision = match decided {
        Ok(Some(decision)) => decision,
        Ok(None) => return Ok(()),
        Err(Undecided::Rejected(why)) => {
            prop_assert!(!why.to_string().is_empty());
            prop_assert_eq!(&stage.dossier, &before.dossier);
            prop_assert_eq!(stage.instance(), before.instance());
            return Ok(());
        }
        Err(Undecided::Asks(inquiry)) => return Err(TestCaseError::fail(format!("not asked: {inquiry:?}"))),
        Err(Undecided::Codec(error)) => return Err(TestCaseError::fail(error.to_string())),
    };
    // It waits, for a person or for the outside, or it is over; and what is over stays so.
    prop_assert_ne!(decision.instance.status(), &Status::Beginning);
    if let Some(Status::Ended(outcome)) = before.instance().map(Instance::status) {
        prop_assert_eq!(decision.instance.status(), &Status::Ended(outcome.clone()));
    }
    // What is decided adds no breach. What the outside says is stored all the same, with an incident (law 9).
    let breaches = added(&before.dossier, &decision.dossier, stage);
    let reported = decision.events.iter().any(|it| matches!(it, Event::Confirmed { .. }));
    let incident = decision.events.iter().any(|it| matches!(it, Event::Incident { .. }));
    prop_assert!(breaches.is_empty() || (reported && incident), "{}: {:?}", next, breaches);
    // The recorded changes, made one by one, come to the same dossier.
    let mut again = before.dossier.clone();
    for event in &decision.events {
        if let Event::Changed { changes, .. } | Event::Confirmed { changes, .. } = event {
            for change in changes {
                prop_assert_eq!(again.apply(change), Ok(()));
            }
        }
    }
    prop_assert_eq!(&again, &decision.dossier);
    let changed: BTreeSet<_> = decision.changed.iter().collect();
    for object in before.dossier.objects() {
        let same = decision.dossier.get(object.at()) == Some(object);
        prop_assert!(same || changed.contains(&object.at()), "{} changes unsaid", object.at());
    }
    // A stored instance is the same one again.
    let bytes = decision.instance.to_bytes().unwrap();
    let read = Instance::<Cards>::from_bytes(decision.instance.id(), Revision::NONE, &bytes).unwrap();
    prop_assert_eq!(&read, &decision.instance);
    Ok(())
}

/// How many cases are tried; `CARDFLOW_CASES` times as many for a long run.
fn cases(usual: u32) -> u32 {
    let times = std::env::var("CARDFLOW_CASES").ok().and_then(|it| it.parse().ok());
    usual * times.unwrap_or(1)
}

/// Asks two stages, the first of two, and a role more when nobody decides in time.
fn asking() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    let policy = ApprovalPolicy::of(Ballot::role("Approver").needs(2))
        .then(Ballot::role("Approver"))
        .covers(Covers::Intent)
        .overdue(Overdue::Escalate { to: "Security".to_owned(), waits: Millis::hours(24) });
    on_card("SiteProcAsk", "Ask", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .form("confirm", card_and_holder())
        .approval("approval", policy)
        .change("deactivate", leaves(CardState::Inactive), |plan| {
            plan.card().hold()?;
            plan.relations().possible().hold()
        })
        .end("deactivated")
        .build()
}

/// Four who may decide.
fn voters() -> [Actor; 4] {
    [1, 2, 3, 4].map(|it| Actor { person: Some(PersonId::from_uuid(uuid::Uuid::from_u128(0x500 + it))), ..ann() })
}

/// What may happen to a request for approval.
fn parley() -> impl Strategy<Value = Move> {
    let who = select(voters().into_iter().chain([olga()]).collect::<Vec<_>>());
    prop_oneof![
        6 => who.prop_map(Move::By),
        6 => Just(approves()),
        1 => Just(rejects("No")),
        2 => Just(asks_for_more("Which?")),
        2 => Just(resubmits(Answers::none(), "This one")),
        1 => Just(postpones(None)),
        1 => Just(takes_back()),
        1 => Just(cancels()),
        2 => Just(waits(Millis::hours(72))),
        2 => Just(expires()),
        1 => Just(Move::Meanwhile(Arc::new(cardflow::cards::processes::lock().unwrap()))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(256), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_recipe_builds_and_is_drawn(recipe in definitions::recipe()) {
        let (one, other) = (recipe.build().unwrap(), recipe.build().unwrap());
        prop_assert_eq!(one.outline().fingerprint, other.outline().fingerprint);
        let page = one.outline().page();
        for step in &recipe.steps {
            prop_assert!(page.contains(step.name), "{}\n{}", recipe, page);
        }
    }

    #[test]
    fn every_fault_of_a_definition_is_named(spoilt in definitions::hostile()) {
        let error = spoilt.build().unwrap_err();
        prop_assert!(spoilt.fault.is_named_by(&error), "{:?}: {}\n{}", spoilt.fault, error, spoilt.recipe);
    }

    #[test]
    fn any_definition_survives_anything(
        recipe in definitions::recipe(),
        plot in dossiers::plot(),
        world in options::world(),
        moves in commands::moves(),
    ) {
        let mut stage = Stage::of(Arc::new(recipe.build().unwrap()), plot.dossier());
        stage.world = world;
        for next in &moves {
            take(&mut stage, next)?;
        }
    }

    #[test]
    fn any_process_survives_anything_on_old_data(
        process in select(processes()),
        plot in dossiers::plot(),
        faults in dossiers::faults(),
        world in options::world(),
        moves in commands::moves(),
    ) {
        let mut stage = Stage::of(process, dossiers::disorder(&plot.dossier(), &faults));
        stage.world = world;
        for next in &moves {
            take(&mut stage, next)?;
        }
    }

    /// Whatever happens to a request for approval: what lies in a system outside is what waits here for a decision.
    #[test]
    fn what_lies_outside_is_what_waits(moves in vec(parley(), 0..24)) {
        let mut stage = Stage::of(Arc::new(asking().unwrap()), an_active_card().dossier());
        stage.world.submits_approvals = true;
        stage.colleagues = voters().map(|it| Colleague {
            person: it.person.unwrap(),
            active: true,
            roles: vec![HeldRole::everywhere("Approver"), HeldRole::everywhere("Security")],
            stands_in_for: BTreeSet::new(),
        }).to_vec();
        let mut lies = BTreeSet::new();
        let asked = stage.take(&Move::Run(Answers::none()));
        let mut done = vec![asked.unwrap().unwrap()];
        for next in std::iter::once(&waits(Millis::new(0))).chain(&moves) {
            done.extend(stage.take(next).ok().flatten());
            for decision in done.drain(..) {
                for (_, request) in &decision.requests {
                    match request {
                        Request::Approval(it) => prop_assert!(lies.insert(it.task), "{:?} comes twice", it.task),
                        Request::Withdrawal(task) => prop_assert!(lies.remove(task), "{:?} was not there", task),
                        Request::Authority(_)
                        | Request::Status(_)
                        | Request::ReadBack(_)
                        | Request::Mail(_)
                        | Request::CardState(_) => {}
                    }
                }
            }
            let waits = stage.instance().and_then(|it| Task::of(it, stage.now));
            let waits: BTreeSet<_> =
                waits.into_iter().filter(|(_, it)| it.sort == TaskSort::Approval).map(|(id, _)| id).collect();
            prop_assert_eq!(&lies, &waits, "after {:?}", next);
        }
    }

    #[test]
    fn what_was_shown_is_what_is_done(
        process in select(processes()),
        plot in dossiers::plot(),
        faults in dossiers::faults(),
        options in options::options(),
        world in options::world(),
        answers in commands::answers(),
    ) {
        let mut stage = Stage::of(process, dossiers::disorder(&plot.dossier(), &faults));
        stage.world = world;
        // Every reason is on the list, and nobody else is asked.
        let reasons = CardsOptions::default().reasons;
        stage.options.options = Arc::new(CardsOptions {
            reasons,
            deactivation_approval: false,
            lock_approval: false,
            reactivation_approval: false,
            ..options
        });
        let Ok(Some(begun)) = stage.take(&Move::Start) else { return Ok(()) };
        // One that begins by asking the outside has no plan to show.
        let Some(shown) = begun.preview else { return Ok(()) };
        let answers = fitting(&stage, &answers);
        let again = stage.preview(&answers).unwrap();
        prop_assert_eq!(&stage.preview(&answers).unwrap(), &again, "asked twice, it says the same");
        prop_assert_eq!(shown.digest, again.digest, "no process of the package asks its answers");
        let done = stage.take(&Move::Next(answers.seen(again.digest)));
        match (done, again.refusal) {
            (Ok(Some(decision)), None) => prop_assert_eq!(decision.items, again.items),
            (Err(Undecided::Rejected(_)), Some(_)) => {}
            (done, refusal) => return Err(TestCaseError::fail(format!("{done:?}, and it was shown {refusal:?}"))),
        }
    }

    #[test]
    fn a_form_takes_the_answers_made_for_it(
        (form, options, answers) in (select(vec![deactivation_form(), every_field()]), options::options()).prop_flat_map(
            |(form, options)| {
                let answers = commands::answers_to(&form, &options);
                (Just(form), Just(options), answers)
            },
        ),
    ) {
        let read = form.read(&answers, &options, day(0)).map_err(|it| TestCaseError::fail(it.to_string()))?;
        prop_assert_eq!(read.iter().count(), answers.iter().count());
        for field in form.fields() {
            prop_assert!(!field.required || read.get(field.name).is_some());
        }
    }

    #[test]
    fn hostile_answers_and_actors_are_refused_by_a_type(
        process in select(processes()),
        answers in commands::hostile_answers(),
        actor in actors::hostile(),
        plot in dossiers::plot(),
    ) {
        let mut stage = Stage::of(process, plot.dossier());
        take(&mut stage, &Move::Run(answers.clone()))?;
        let mut stage = Stage::of(stage.process().clone(), plot.dossier());
        take(&mut stage, &Move::Start)?;
        take(&mut stage, &Move::Next(answers.clone()))?;
        take(&mut stage, &Move::By(actor.clone()))?;
        take(&mut stage, &Move::Next(answers))?;
        let mut stage = Stage::of(stage.process().clone(), plot.dossier());
        stage.actor = actor;
        let offered = stage.process().outline().components.contains(&stage.actor.component);
        let started = stage.take(&Move::Start);
        prop_assert!(offered || started.is_err());
    }

    #[test]
    fn every_object_is_stored_and_read_again(
        person in persons::person(),
        card in cards::card(),
        certificate in certificates::certificate(),
        relation in relations::relation(),
    ) {
        let relation = relation.build(&card).unwrap();
        let objects: [Object; 4] = [person.into(), card.into(), certificate.into(), relation.into()];
        for object in &objects {
            let dossier = Dossier::new(object.at(), objects.clone());
            let record = record_of(object, &dossier).unwrap();
            let read = object_of(&record).unwrap();
            prop_assert_eq!(read.at(), object.at());
            prop_assert_eq!(read.state(), object.state());
            prop_assert_eq!(read.holds(), object.holds());
            let again = record_of(&read, &Dossier::new(object.at(), [read.clone()])).unwrap();
            prop_assert_eq!(again.body, record.body);
        }
    }

    #[test]
    fn every_object_of_a_plot_is_stored_and_read_again(plot in dossiers::plot(), faults in dossiers::faults()) {
        let dossier = dossiers::disorder(&plot.dossier(), &faults);
        for object in dossier.objects() {
            let record = record_of(object, &dossier).unwrap();
            let read = object_of(&record).unwrap();
            prop_assert_eq!(read.holds(), object.holds());
            prop_assert_eq!(Object::state(&read), object.state());
        }
    }

    #[test]
    fn requests_and_answers_are_stored_and_read_again(plot in dossiers::plot(), answer in commands::outside()) {
        prop_assert_eq!(Answer::from_bytes(&answer.to_bytes().unwrap()).unwrap(), answer);
        let deactivate = processes().into_iter().find(|it| it.outline().name == "CardsProcDeactivate").unwrap();
        let mut stage = Stage::of(deactivate, plot.dossier());
        stage.world.listeners.insert("door-system".to_owned());
        if let Ok(Some(decision)) = stage.take(&Move::Run(Answers::none())) {
            for (_, request) in decision.requests {
                prop_assert_eq!(Request::from_bytes(&request.to_bytes().unwrap()).unwrap(), request.clone());
                prop_assert!(!Cards::effect_kind(&request).is_empty());
            }
        }
    }

    #[test]
    fn damaged_bytes_are_refused_by_a_type(plot in dossiers::plot(), at in any::<Index>(), bit in 0..8_u32) {
        let dossier = plot.dossier();
        for object in dossier.objects() {
            let mut record = record_of(object, &dossier).unwrap();
            let place = at.index(record.body.len());
            record.body[place] ^= 1 << bit;
            // Whatever it says now, it is an object or an error.
            let _ = object_of(&record);
        }
    }

    #[test]
    fn options_are_read_from_json_or_refused(given in options::hostile(), options in options::options()) {
        if let Ok(read) = serde_json::from_value::<CardsOptions>(given) {
            prop_assert!(read.policy().lock_reason.is_permanent());
        }
        let json = serde_json::to_value(&options).unwrap();
        prop_assert_eq!(serde_json::from_value::<CardsOptions>(json).unwrap(), options);
    }

    #[test]
    fn whatever_a_constructor_takes_stays_as_it_was_given(
        person in persons::hostile(),
        card in cards::hostile(),
        certificate in certificates::hostile(),
        relation in relations::hostile(),
    ) {
        if let Ok(it) = person.build() {
            prop_assert_eq!(it.name(), person.name.trim());
            prop_assert_eq!(it.mail(), person.mail.as_deref().map(str::trim));
            prop_assert_eq!(it.locale(), person.locale.as_deref().map(str::trim));
        }
        if let Ok(it) = card.build() {
            prop_assert_eq!(it.number().to_string(), card.number.trim());
            prop_assert!(it.graph().has(it.state()));
            if let Ok(relation) = relation.build(&it) {
                prop_assert_eq!(relation.from(), it.at());
            }
        }
        if let Ok(it) = certificate.build() {
            prop_assert_eq!(it.issuer().to_string(), certificate.issuer.trim());
            prop_assert!(!it.uses().is_empty());
        }
    }
}

#[test]
fn the_recipes_are_of_many_kinds() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = definitions::recipe();
    let mut kinds = BTreeSet::new();
    let (mut ends, mut longest) = (0, 0);
    for _ in 0..256 {
        let recipe = strategy.new_tree(&mut runner).unwrap().current();
        let definition = recipe.build().unwrap();
        kinds.extend(definition.outline().steps.iter().map(|it| it.kind.name()));
        ends = ends.max(definition.outline().steps.iter().filter(|it| matches!(it.kind, StepKind::End)).count());
        longest = longest.max(recipe.steps.len());
    }
    assert!(
        kinds.iter().eq(["approval", "branch", "change", "effect", "end", "form", "questions"].iter()),
        "{kinds:?}"
    );
    assert!(ends >= 3 && longest >= 10, "{ends} ends, {longest} steps");
}

#[test]
fn a_failure_shrinks_to_what_a_person_can_read() {
    use proptest::test_runner::{TestError, TestRunner};
    let fails = |test: Result<(), TestError<dossiers::Plot>>| match test.unwrap_err() {
        TestError::Fail(_, plot) => plot,
        TestError::Abort(why) => panic!("{why}"),
    };
    let mut runner = TestRunner::deterministic();
    let plot = fails(runner.run(&dossiers::plot(), |plot| {
        prop_assert!(plot.dossier().certificates().count() < 2);
        Ok(())
    }));
    assert_eq!((plot.cards.len(), plot.relations.len(), plot.certificates.len()), (1, 0, 2), "{plot:?}");

    let mut runner = TestRunner::deterministic();
    let person = runner.run(&persons::person(), |person: Person| {
        prop_assert!(person.mail().is_none());
        Ok(())
    });
    let Err(TestError::Fail(_, person)) = person else { panic!("{person:?}") };
    assert_eq!((person.name(), person.mail()), ("Ada Example", Some("a@example.org")));
    assert!(
        person.roles().is_empty()
            && person.unit().is_none()
            && person.locale().is_none()
            && person.accounts().next().is_none()
    );

    let mut runner = TestRunner::deterministic();
    let recipe = runner.run(&definitions::recipe(), |recipe| {
        prop_assert!(!recipe.steps.iter().any(|it| matches!(it.what, definitions::What::Change(_))));
        Ok(())
    });
    let Err(TestError::Fail(_, recipe)) = recipe else { panic!("{recipe:?}") };
    assert_eq!(recipe.to_string(), "TestProc needs active\n  step-1: Change(Deactivate)\n  step-2: End");
}
