//! Options in TOML and in scripts.

use std::sync::LazyLock;

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::adapters::toml::TomlOptions;
use cardflow::cards::Cards;
use cardflow::engine::Domain;
use cardflow::engine::options::{Fact, Facts};
use cardflow::ports::{Given, OptionLanguage};

use super::law::{choice, one_line};

static ROLES: LazyLock<[String; 2]> = LazyLock::new(|| ["Helpdesk".to_owned(), "Operator".to_owned()]);

/// A text of options: TOML, or by the first byte a script.
pub fn options(data: &[u8]) {
    let (which, rest) = choice(data);
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match which % 2 {
        0 => check(&TomlOptions, text, ("", "")),
        _ => check(&RhaiOptions, text, ("let ", ";")),
    }
}

fn check(language: &dyn OptionLanguage<Cards>, text: &str, (before, after): (&str, &str)) {
    let script = match language.read(text) {
        Ok(script) => script,
        Err(faults) => {
            let faults = faults.0;
            assert!((1..=100).contains(&faults.len()), "{} faults", faults.len());
            assert!(faults.windows(2).all(|it| it[0].at <= it[1].at), "in the order of the text");
            let lines = text.matches('\n').count() + 1;
            for fault in faults {
                one_line(&fault.to_string());
                assert!((1..=lines).contains(&fault.at.line), "{fault} in {lines} lines");
            }
            return;
        }
    };
    let mut fixed = String::new();
    for facts in [Facts::none(), known()] {
        let came = script.evaluate(&facts);
        assert_eq!(came, script.evaluate(&facts), "the same facts, the same options");
        fixed.clear();
        for spec in Cards::option_specs() {
            let value = (spec.get)(&came.options);
            let fell_back = came.fell_back.iter().any(|it| it == spec.name);
            match script.given(spec.name) {
                _ if fell_back => assert_eq!(value, spec.fail_value(), "{}", spec.name),
                Given::Default => assert_eq!(value, spec.default_value(), "{}", spec.name),
                Given::Value(given) => {
                    assert!((spec.holds)().admits(&given), "{} holds {given}", spec.name);
                    assert_eq!(value, given, "{}", spec.name);
                    fixed.push_str(&format!("{before}{} = {given}{after}\n", spec.name));
                }
                Given::Computed(_) => assert!((spec.holds)().admits(&value), "{} holds {value}", spec.name),
            }
            let computed = matches!(script.given(spec.name), Given::Computed(_));
            assert!(computed || !fell_back, "{} fell back without being computed", spec.name);
        }
    }
    // What is fixed, as the library writes it, reads as the same.
    let again = language.read(&fixed).unwrap_or_else(|faults| panic!("{fixed:?}: {faults}"));
    for spec in Cards::option_specs() {
        if let given @ Given::Value(_) = script.given(spec.name) {
            assert_eq!(again.given(spec.name), given, "{}", spec.name);
        }
    }
}

fn known() -> Facts<'static> {
    Facts::none()
        .with("card.kind", Fact::Text("contractor"))
        .with("holder.department", Fact::Text("Berlin"))
        .with("holder.state", Fact::Text("active"))
        .with("actor.roles", Fact::Texts(&*ROLES))
        .with("actor.component", Fact::Text("operator"))
}
