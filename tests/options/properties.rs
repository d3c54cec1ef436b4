//! Whatever is written, whatever the facts.

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::adapters::toml::TomlOptions;
use cardflow::cards::{Cards, CardsOptions};
use cardflow::engine::Domain;
use cardflow::engine::options::{Fact, Facts, OptionValue};
use cardflow::ports::{Given, OptionLanguage};
use cardflow::testing::strategies::{options, texts};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn languages() -> [&'static dyn OptionLanguage<Cards>; 2] {
    [&RhaiOptions, &TomlOptions]
}

/// Words that scripts are made of, right ones and wrong ones, in any order.
fn words() -> impl Strategy<Value = String> {
    let names: Vec<String> = CardsOptions::SPECS.iter().map(|it| it.name.to_owned()).collect();
    let signs = [
        "let",
        "const",
        "=",
        ";",
        "\n",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        "==",
        "&&",
        "!",
        "-",
        "+",
        "in",
        "if",
        "else",
        "switch",
        "=>",
        "_",
        "true",
        "1",
        "\"lost\"",
        "'",
        "\"",
        "`",
        "#",
        "//",
        "/*",
        "*/",
        "card.kind",
        "card",
        "actor.roles",
        "len()",
        "contains",
        "\\",
        "|",
        "é",
        "\r\n",
        "0x",
        "1e9",
        "fn",
        "import",
    ];
    let word = prop_oneof![
        6 => select(signs.to_vec()).prop_map(str::to_owned),
        2 => select(names),
        1 => texts::hostile().prop_map(|it| it.chars().take(20).collect()),
    ];
    vec(word, 0..40).prop_map(|words| words.join(" "))
}

/// A value of a switch, of facts and constants: most of them read.
fn switch() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "true",
        "false",
        "card.kind == \"contractor\"",
        "\"Helpdesk\" in actor.roles",
        "actor.roles.len() > 1",
        "holder.department.starts_with(\"B\")",
        "holder.state != \"active\"",
        "1 / actor.roles.len() == 1",
        "card.kind",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            inner.clone().prop_map(|it| format!("!({it})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("if {a} {{ {b} }} else {{ {c} }}")),
        ]
    })
}

/// Facts of any run, and of none.
fn facts() -> impl Strategy<Value = (Option<String>, Option<String>, Vec<String>)> {
    let text = || {
        prop::option::of(prop_oneof![
            select(vec!["contractor", "Berlin", ""]).prop_map(str::to_owned),
            texts::hostile()
        ])
    };
    (text(), text(), vec(select(vec!["Helpdesk", "Operator"]).prop_map(str::to_owned), 0..3))
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_places_in_it(text in prop_oneof![words(), texts::hostile()]) {
        for language in languages() {
            match language.read(&text) {
                Ok(script) => {
                    script.evaluate(&Facts::none());
                }
                Err(faults) => {
                    let lines: Vec<_> = text.split('\n').collect();
                    for fault in &faults.0 {
                        let line = lines.get(fault.at.line - 1);
                        prop_assert!(line.is_some_and(|it| fault.at.column <= it.chars().count() + 1), "{fault}\n{text:?}");
                    }
                    prop_assert!(!faults.0.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_script_that_is_read_has_options_for_every_run(
        value in switch(),
        (kind, department, roles) in facts(),
        others in options::options(),
    ) {
        let mut text = format!("let CardsDeactivationApproval = {value};\n");
        let others_set = |it: &&cardflow::engine::options::OptionSpec<CardsOptions>| {
            it.name != "CardsDeactivationApproval" && (it.holds)().admits(&(it.get)(&others))
        };
        for spec in CardsOptions::SPECS.iter().filter(others_set) {
            text.push_str(&format!("let {} = {};\n", spec.name, (spec.get)(&others)));
        }
        let language: &dyn OptionLanguage<Cards> = &RhaiOptions;
        // A value that is the same for every run is looked at when it is read; then it may be refused.
        let Ok(script) = language.read(&text) else { return Ok(()) };
        let mut known = Facts::none().with("actor.roles", Fact::Texts(&roles));
        known = known.with_known("card.kind", kind.as_deref()).with_known("holder.department", department.as_deref());
        let came = script.evaluate(&known);
        prop_assert!(came.fell_back.iter().all(|it| it == "CardsDeactivationApproval"), "{:?}", came.fell_back);
        prop_assert!(came.fell_back.is_empty() || came.options.deactivation_approval, "what fails is on");
        for spec in CardsOptions::SPECS.iter().filter(others_set) {
            prop_assert_eq!((spec.get)(&came.options), (spec.get)(&others), "{} keeps its value", spec.name);
        }
        prop_assert_eq!(script.evaluate(&known), came);
    }

    #[test]
    fn whatever_is_set_comes_back_from_either_language(wanted in options::options()) {
        let admitted = |it: &&cardflow::engine::options::OptionSpec<CardsOptions>| (it.holds)().admits(&(it.get)(&wanted));
        for (language, before, after) in [(languages()[0], "let ", ";"), (languages()[1], "", "")] {
            let mut expected = CardsOptions::default();
            let mut text = String::new();
            for spec in CardsOptions::SPECS.iter().filter(admitted) {
                let value = (spec.get)(&wanted);
                prop_assert!((spec.set)(&mut expected, &value));
                text.push_str(&format!("{before}{} = {value}{after}\n", spec.name));
            }
            let script = language.read(&text).map_err(|faults| TestCaseError::fail(faults.to_string()))?;
            prop_assert_eq!(&script.evaluate(&Facts::none()).options, &expected);
        }
    }

    #[test]
    fn a_text_is_written_as_both_languages_read_it(lines in vec(texts::hostile(), 0..4)) {
        let value = OptionValue::Texts(lines);
        let spec = CardsOptions::SPECS.iter().find(|it| it.name == "CardsReasons").unwrap();
        for (language, text) in [(languages()[0], format!("let CardsReasons = {value};")), (languages()[1], format!("CardsReasons = {value}"))] {
            match language.read(&text) {
                Ok(script) => prop_assert_eq!(script.given("CardsReasons"), Given::Value(value.clone())),
                Err(faults) => prop_assert!(!(spec.holds)().admits(&value), "{text}: {faults}"),
            }
        }
    }
}

#[test]
fn what_is_shipped_is_the_default_in_either_language() {
    for language in languages() {
        let script = language.read(&language.shipped()).unwrap_or_else(|faults| panic!("{faults}"));
        let came = script.evaluate(&Facts::none());
        assert_eq!((came.options, came.fell_back), (CardsOptions::default(), Vec::new()));
        for spec in Cards::option_specs() {
            assert_eq!(script.given(spec.name), Given::Value(spec.default_value()), "{}", spec.name);
        }
    }
}

#[test]
fn a_value_is_shown_as_both_languages_read_it() {
    let shown = OptionValue::Text("a\u{7}b \"c\" \\".to_owned()).to_string();
    assert_eq!(shown, r#""a\u0007b \"c\" \\""#);
}
