//! What a value may be computed from, and what comes of it.

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::cards::{ADMINISTRATOR, Cards, OPERATOR};
use cardflow::domain::{CardState, PersonState};
use cardflow::engine::options::{Fact, FactType, Facts, OptionValue};
use cardflow::engine::{Actor, Component, Domain};
use cardflow::ports::{Given, OptionLanguage};
use cardflow::testing::scene::{a_person, an_active_card};
use cardflow::testing::stage::olga;

/// A script over some facts: the value of an option, or none if it fell back.
fn value(option: &str, script: &str, facts: &Facts<'_>) -> Option<OptionValue> {
    let language: &dyn OptionLanguage<Cards> = &RhaiOptions;
    let script = language.read(&format!("let {option} = {script};")).unwrap_or_else(|faults| panic!("{faults}"));
    let came = script.evaluate(facts);
    let spec = Cards::option_specs().iter().find(|it| it.name == option).unwrap();
    let value = (spec.get)(&came.options);
    if came.fell_back.is_empty() {
        return Some(value);
    }
    assert_eq!((came.fell_back.as_slice(), value), ([option.to_owned()].as_slice(), spec.fail_value()), "{script:?}");
    None
}

#[test]
fn values_are_computed_from_facts_and_fall_back_where_they_cannot() {
    let roles = [OPERATOR.to_owned(), "Helpdesk".to_owned()];
    let known = Facts::none()
        .with("card.kind", Fact::Text("contractor"))
        .with("holder.department", Fact::Text("Berlin"))
        .with("holder.state", Fact::Text("active"))
        .with("actor.roles", Fact::Texts(&roles))
        .with("actor.component", Fact::Text("operator"));
    let nothing = Facts::none();
    let (on, off) = (Some(OptionValue::Switch(true)), Some(OptionValue::Switch(false)));
    let number = |it| Some(OptionValue::Number(it));
    let text = |it: &str| Some(OptionValue::Text(it.to_owned()));
    let texts = |them: &[&str]| Some(OptionValue::Texts(them.iter().map(|it| (*it).to_owned()).collect()));
    let approval = "CardsDeactivationApproval";
    let limit = "CardsDeactivationLimit";
    let table = [
        (approval, "card.kind == \"contractor\"", on.clone(), off.clone()),
        (approval, "card.kind != \"employee\"", on.clone(), on.clone()),
        (approval, "\"Helpdesk\" in actor.roles", on.clone(), None),
        (approval, "actor.roles.contains(\"Auditor\")", off.clone(), None),
        (approval, "holder.state == \"active\" && actor.component == \"operator\"", on.clone(), off.clone()),
        (approval, "holder.department == ()", off.clone(), on.clone()),
        (approval, "holder.department.starts_with(\"Ber\")", on.clone(), None),
        (approval, "switch card.kind { \"contractor\" | \"visitor\" => true, _ => false }", on, off.clone()),
        (limit, "if \"Helpdesk\" in actor.roles { 5 } else { 50 }", number(5), None),
        (limit, "actor.roles.len() * 10", number(20), None),
        (limit, "if holder.state == \"active\" { 7 } else { 0 - 1 }", number(7), None),
        (limit, "if card.kind == \"contractor\" { \"many\" } else { 3 }", None, number(3)),
        (
            "CardsUnholdable",
            "if card.kind == \"visitor\" { \"revoke\" } else { \"proceed\" }",
            text("proceed"),
            text("proceed"),
        ),
        ("CardsUnholdable", "holder.department", None, None),
        (
            "CardsDeactivationLimitRole",
            "if holder.department == \"Berlin\" { \"Head\" } else { \"\" }",
            text("Head"),
            text(""),
        ),
        (
            "CardsReasons",
            "if card.kind == \"contractor\" { [\"end of contract\"] } else { [] }",
            texts(&["end of contract"]),
            texts(&[]),
        ),
        ("CardsReasons", "actor.roles", texts(&["Operator", "Helpdesk"]), None),
        ("CardsReasons", "[card.kind]", texts(&["contractor"]), None),
        (limit, "1 / (actor.roles.len() - 2)", None, None),
        (approval, "!(card.kind == \"contractor\")", off, Some(OptionValue::Switch(true))),
    ];
    for (option, script, when_known, when_not) in table {
        assert_eq!(value(option, script, &known), when_known, "{option} = {script}");
        assert_eq!(value(option, script, &nothing), when_not, "{option} = {script}, nothing is known");
    }
}

#[test]
fn what_depends_on_the_run_is_told_from_what_does_not() {
    let language: &dyn OptionLanguage<Cards> = &RhaiOptions;
    let text =
        "let CardsRecordReading = 1 < 2;\nlet CardsDeactivationApproval =\n    card.kind == \"visitor\" // theirs\n;";
    let script = language.read(text).unwrap();
    assert_eq!(script.given("CardsRecordReading"), Given::Value(OptionValue::Switch(true)));
    assert_eq!(script.given("CardsDeactivationApproval"), Given::Computed("card.kind == \"visitor\"".to_owned()));
    assert_eq!(script.given("CardsReasons"), Given::Default);
    assert_eq!(script.given("none"), Given::Default);
}

/// The white list, and no name or id in it.
#[test]
fn a_run_gives_the_facts_that_are_declared_and_no_others() {
    let actor = Actor { roles: vec![OPERATOR.to_owned(), ADMINISTRATOR.to_owned()], ..olga() };
    let dossier = an_active_card().with_certificates(1).dossier();
    let facts = Cards::facts(Some(&dossier), &actor);
    let card = dossier.subject_card().unwrap();
    let holder = dossier.holder_of(card.at()).unwrap();
    assert_eq!(facts.get("card.kind"), Some(Fact::Text(card.kind().name())));
    assert_eq!(facts.get("holder.department"), holder.unit().map(Fact::Text));
    assert_eq!(facts.get("holder.state"), Some(Fact::Text("active")));
    assert_eq!(facts.get("actor.roles"), Some(Fact::Texts(&actor.roles)));
    assert_eq!(facts.get("actor.component"), Some(Fact::Text(Component::Operator.name())));
    let shown = format!("{facts:?}");
    for secret in [holder.name(), &actor.account, &actor.origin, &holder.id().to_string(), &card.number().to_string()] {
        assert!(!secret.is_empty() && !shown.contains(secret), "{secret}: {shown}");
    }
    for spec in Cards::fact_specs() {
        assert_eq!(spec.name.split('.').count(), 2, "{}", spec.name);
        let is_list = matches!(facts.get(spec.name), Some(Fact::Texts(_)));
        assert_eq!(is_list, spec.holds == FactType::Texts, "{}", spec.name);
    }
    let known = Cards::fact_specs().iter().filter(|it| facts.get(it.name).is_some()).count();
    assert_eq!(shown.matches("Text").count(), known, "no others: {shown}");

    // On a person there is no card; of nobody, the actor alone is known.
    let person = a_person().with_card(CardState::Active, 1).dossier();
    let facts = Cards::facts(Some(&person), &actor);
    assert_eq!(
        (facts.get("card.kind"), facts.get("holder.state")),
        (None, Some(Fact::Text(PersonState::Active.name())))
    );
    let facts = Cards::facts(None, &actor);
    assert_eq!((facts.get("card.kind"), facts.get("holder.state")), (None, None));
    assert_eq!(facts.get("actor.component"), Some(Fact::Text("operator")));
}
