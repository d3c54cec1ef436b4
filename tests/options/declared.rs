//! The struct, the table, what is shipped and what the proofs vary are one.

use std::collections::BTreeSet;

use cardflow::cards::{Cards, CardsOptions};
use cardflow::engine::Domain;
use cardflow::engine::options::{OptionType, OptionValue};
use cardflow::testing::proof::varied_options;
use serde_json::{Map, Value, json};

#[test]
fn the_table_has_every_field_and_no_more() {
    let Value::Object(fields) = json!(CardsOptions::default()) else { panic!("a struct is an object") };
    let fields: BTreeSet<_> = fields.keys().map(String::as_str).collect();
    let declared: BTreeSet<_> = CardsOptions::SPECS.iter().map(|it| it.name).collect();
    assert_eq!(declared, fields);
    assert_eq!(declared.len(), CardsOptions::SPECS.len(), "each once");
    assert!(varied_options().eq(CardsOptions::SPECS.iter().map(|it| it.name)));
    assert!(Cards::option_specs().iter().map(|it| it.name).eq(CardsOptions::SPECS.iter().map(|it| it.name)));
}

#[test]
fn what_is_declared_of_each_option_holds() {
    for spec in CardsOptions::SPECS {
        let (holds, name) = ((spec.holds)(), spec.name);
        assert!(name.starts_with("Cards") && name.chars().all(|it| it.is_ascii_alphanumeric()), "{name}");
        assert!(spec.help.ends_with('.') && spec.help.len() > 20, "{name}: {}", spec.help);
        for value in [spec.default_value(), spec.fail_value()] {
            assert!(holds.is_of_type(&value) && holds.admits(&value), "{name}: {value}");
        }
        let tried: Vec<_> = spec.tried.iter().map(|set| set_alone(*set)).collect();
        assert_eq!((spec.get)(&tried[0]), spec.default_value(), "{name}: the default is tried first");
        let values: BTreeSet<_> = tried.iter().map(|it| (spec.get)(it).to_string()).collect();
        assert_eq!(values.len(), tried.len(), "{name}: each value once");
        assert!(values.len() > 1, "{name}: a value that makes a difference");
        for options in tried {
            let others = CardsOptions::SPECS.iter().filter(|it| it.name != name);
            for other in others {
                assert_eq!((other.get)(&options), other.default_value(), "{name} sets {}", other.name);
            }
        }
    }
}

fn set_alone(set: fn(&mut CardsOptions)) -> CardsOptions {
    let mut options = CardsOptions::default();
    set(&mut options);
    options
}

/// Approvals, readings on record and the second administrator are never lost to a script that fails.
#[test]
fn what_is_safe_is_what_it_should_be() {
    let safe: Vec<_> = CardsOptions::SPECS.iter().filter(|it| it.fail_value() != it.default_value()).collect();
    let safe: Vec<_> = safe.iter().map(|it| (it.name, it.fail_value())).collect();
    let on = OptionValue::Switch(true);
    assert!(safe.contains(&("CardsDeactivationApproval", on.clone())), "{safe:?}");
    assert!(safe.contains(&("CardsRecordReading", on.clone())), "{safe:?}");
    let second = CardsOptions::SPECS.iter().find(|it| it.name == "CardsSecondAdministrator").unwrap();
    assert_eq!((second.default_value(), second.fail_value()), (on.clone(), on));
}

/// As a script writes a value, so does any serde source: words and not names of the code.
#[test]
fn serde_reads_what_scripts_write() {
    for spec in CardsOptions::SPECS {
        let mut values: Vec<_> = spec.tried.iter().map(|set| (spec.get)(&set_alone(*set))).collect();
        values.extend((spec.holds)().words().iter().map(|it| OptionValue::Text((*it).to_owned())));
        for value in values {
            let given = Map::from_iter([(spec.name.to_owned(), json!(value))]);
            // No text is written as nothing, too.
            let read: CardsOptions = match serde_json::from_value(Value::Object(given.clone())) {
                Ok(read) => read,
                Err(error) => panic!("{given:?}: {error}"),
            };
            let expected = if value == OptionValue::Text(String::new()) { None } else { Some(&value) };
            assert_eq!(expected.unwrap_or(&value), &(spec.get)(&read).clone(), "{}", spec.name);
            let again: CardsOptions = serde_json::from_value(json!(read)).unwrap();
            assert_eq!(again, read);
        }
    }
    for wrong in [json!({"CardsUnholdable": "Proceed"}), json!({"CardsReason": []}), json!({"CardsLockReason": 1})] {
        assert!(serde_json::from_value::<CardsOptions>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn a_type_admits_what_it_says() {
    let text = |it: &str| OptionValue::Text(it.to_owned());
    let texts = |them: &[&str]| OptionValue::Texts(them.iter().map(|it| (*it).to_owned()).collect());
    let number = OptionType::Number { least: -1, most: 3 };
    let choice = OptionType::Choice(vec!["hold", "until-last"]);
    let long = "x".repeat(201);
    let table: &[(&OptionType, OptionValue, bool)] = &[
        (&OptionType::Switch, OptionValue::Switch(false), true),
        (&OptionType::Switch, text("true"), false),
        (&number, OptionValue::Number(-1), true),
        (&number, OptionValue::Number(3), true),
        (&number, OptionValue::Number(-2), false),
        (&number, OptionValue::Number(4), false),
        (&number, OptionValue::Switch(true), false),
        (&choice, text("hold"), true),
        (&choice, text("Hold"), false),
        (&choice, text(""), false),
        (&OptionType::Text, text(""), true),
        (&OptionType::Text, text("Security officer"), true),
        (&OptionType::Text, text(" "), false),
        (&OptionType::Text, text("a "), false),
        (&OptionType::Text, text("a\nb"), false),
        (&OptionType::Text, text(&long), false),
        (&OptionType::Text, text(&"x".repeat(200)), true),
        (&OptionType::Texts, texts(&[]), true),
        (&OptionType::Texts, texts(&["a", "b"]), true),
        (&OptionType::Texts, texts(&["a", "a"]), false),
        (&OptionType::Texts, texts(&["a", ""]), false),
        (&OptionType::Texts, OptionValue::Texts((0..100).map(|it| it.to_string()).collect()), true),
        (&OptionType::Texts, OptionValue::Texts((0..101).map(|it| it.to_string()).collect()), false),
        (&OptionType::Texts, text("a"), false),
    ];
    for (holds, value, admitted) in table {
        assert_eq!(holds.admits(value), *admitted, "{holds}: {value}");
        assert!(!admitted || holds.is_of_type(value), "{holds}: {value}");
    }
}
