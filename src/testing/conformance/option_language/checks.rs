//! The checks, clause by clause.

use super::super::Clause;
use super::{Declared, Trial};
use crate::engine::options::{OptionFault, OptionFaultKind, OptionFaults, OptionType, OptionValue};
use crate::ports::Given;

/// What is wrong with a text that must not be read.
fn faults(Trial(it): &Trial, text: &str) -> Vec<OptionFault> {
    match it.read(text) {
        Ok(_) => panic!("it was read:\n{text}"),
        Err(OptionFaults(faults)) => {
            assert!(!faults.is_empty(), "no fault is named:\n{text}");
            assert!(faults.is_sorted_by_key(|it| it.at), "they come in the order of the text: {faults:#?}");
            assert!(faults.iter().all(|fault| fault.script == it.script()), "{faults:#?}");
            faults
        }
    }
}

/// The one thing that is wrong with the second line of a text.
fn fault(trial: &Trial, line: &str) -> OptionFault {
    let mut faults = faults(trial, &format!("\n{line}\n"));
    assert_eq!(faults.len(), 1, "{line}: {faults:#?}");
    let fault = faults.remove(0);
    assert_eq!(fault.at.line, 2, "{line}: {fault}");
    assert!(fault.at.column <= line.chars().count() + 1, "{line}: {fault}");
    fault
}

fn values(declared: &[Declared]) -> Vec<OptionValue> {
    declared.iter().map(|it| it.default.clone()).collect()
}

/// One value of each type.
fn one_of_each() -> [OptionValue; 4] {
    let text = "something".to_owned();
    [OptionValue::Switch(true), OptionValue::Number(7), OptionValue::Text(text.clone()), OptionValue::Texts(vec![text])]
}

pub(crate) mod shipped {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Shipped", says: "The shipped text sets every option to its default, and reads" };

    pub(crate) async fn the_shipped_text_sets_every_option_to_its_default(Trial(it): Trial) {
        let script = it.read(&it.shipped()).unwrap_or_else(|faults| panic!("{faults}"));
        for declared in it.declared() {
            assert_eq!(script.given(declared.name), Given::Value(declared.default), "{}", declared.name);
        }
        assert_eq!(script.evaluate(), (values(&it.declared()), Vec::new()));
    }

    pub(crate) async fn the_shipped_text_says_what_is_allowed(Trial(it): Trial) {
        // However the lines are broken.
        let words = |text: &str| -> String {
            let words = text.split_whitespace().filter(|it| !["//", "#", "--"].contains(it));
            words.collect::<Vec<_>>().join(" ")
        };
        let shipped = words(&it.shipped());
        assert!(!it.name().is_empty() && shipped.contains(it.script()), "{shipped}");
        for declared in it.declared() {
            let allowed = words(&declared.holds.to_string());
            assert!(shipped.contains(&allowed), "{}: {allowed}\n{shipped}", declared.name);
        }
    }

    pub(crate) async fn the_shipped_text_can_be_changed_line_by_line(Trial(it): Trial) {
        for declared in it.declared() {
            let (before, text) = (it.setting(declared.name, &declared.default), it.shipped());
            assert_eq!(text.matches(before.trim()).count(), 1, "{before}\n{text}");
            let allowed = |value: &&OptionValue| declared.holds.admits(value);
            for value in declared.tried.iter().filter(allowed) {
                let after = it.setting(declared.name, value);
                let script = it.read(&text.replace(before.trim(), after.trim())).unwrap_or_else(|it| panic!("{it}"));
                assert_eq!(script.given(declared.name), Given::Value(value.clone()), "{after}");
            }
        }
    }
}

pub(crate) mod checked {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Checked",
        says: "A text is read as a whole or not at all, and whatever can be seen before a run is a fault then",
    };

    pub(crate) async fn a_name_that_is_no_option_is_a_fault(trial: Trial) {
        for declared in trial.0.declared() {
            let misspelt: String = declared.name.chars().chain(['s']).collect();
            let fault = fault(&trial, &trial.0.setting(&misspelt, &declared.default));
            assert_eq!(fault.what, OptionFaultKind::UnknownOption, "{fault}");
            assert_eq!(fault.variable.as_deref(), Some(misspelt.as_str()), "{fault}");
            assert_eq!(fault.meant.as_deref(), Some(declared.name), "{fault}");
            assert!(fault.allowed.as_ref().is_some_and(|it| it.contains(declared.name)), "{fault}");
        }
    }

    pub(crate) async fn a_value_of_another_type_is_a_fault(trial: Trial) {
        for declared in trial.0.declared() {
            for value in one_of_each().iter().filter(|it| !declared.holds.is_of_type(it)) {
                let fault = fault(&trial, &trial.0.setting(declared.name, value));
                assert_eq!(fault.what, OptionFaultKind::WrongType { found: value.type_name() }, "{fault}");
                assert_eq!(fault.variable.as_deref(), Some(declared.name), "{fault}");
                assert_eq!(fault.allowed, Some(declared.holds.to_string()), "{fault}");
            }
        }
    }

    pub(crate) async fn a_value_that_is_not_allowed_is_a_fault(trial: Trial) {
        for declared in trial.0.declared() {
            let wrong = match &declared.holds {
                OptionType::Switch => continue,
                OptionType::Number { least, most } => {
                    let around = [least.checked_sub(1), most.checked_add(1)];
                    around.into_iter().flatten().map(OptionValue::Number).collect()
                }
                OptionType::Choice(words) => vec![OptionValue::Text(format!("{}x", words[0]))],
                OptionType::Text => vec![OptionValue::Text(" spaces ".to_owned())],
                OptionType::Texts => vec![OptionValue::Texts(vec!["twice".to_owned(), "twice".to_owned()])],
            };
            for value in wrong {
                let fault = fault(&trial, &trial.0.setting(declared.name, &value));
                assert_eq!(fault.what, OptionFaultKind::NotAllowed { value: value.to_string() }, "{fault}");
                assert_eq!(fault.allowed, Some(declared.holds.to_string()), "{fault}");
                if let OptionType::Choice(words) = &declared.holds {
                    assert_eq!(fault.meant.as_deref(), Some(words[0]), "{fault}");
                }
            }
        }
    }

    pub(crate) async fn an_option_that_is_set_twice_is_a_fault(trial: Trial) {
        let declared = &trial.0.declared()[0];
        let line = trial.0.setting(declared.name, &declared.default);
        let faults = faults(&trial, &format!("{line}\n\n{line}\n"));
        assert_eq!(faults[0].at.line, 3, "{faults:#?}");
        assert_eq!(faults[0].variable.as_deref().unwrap_or(declared.name), declared.name, "{faults:#?}");
    }

    pub(crate) async fn what_does_not_read_is_a_fault(trial: Trial) {
        let (line, declared) = (trial.0.unreadable(), &trial.0.declared()[0]);
        let good = trial.0.setting(declared.name, &declared.default);
        for text in [line.clone(), format!("{good}\n{line}\n"), format!("{line}\n{good}\n")] {
            let faults = faults(&trial, &text);
            let syntax = |it: &OptionFault| matches!(it.what, OptionFaultKind::Syntax { .. });
            assert!(faults.iter().any(syntax), "{text}\n{faults:#?}");
        }
    }

    pub(crate) async fn everything_that_is_wrong_is_named_at_once(trial: Trial) {
        let declared = trial.0.declared();
        let mut lines = vec![trial.0.setting("NoSuchOption", &OptionValue::Switch(true))];
        for it in &declared {
            let wrong = one_of_each().into_iter().find(|value| !it.holds.is_of_type(value)).unwrap();
            lines.push(trial.0.setting(it.name, &wrong));
        }
        let found: Vec<_> = faults(&trial, &lines.join("\n")).iter().map(|it| it.at.line).collect();
        assert_eq!(found, (1..=lines.len()).collect::<Vec<_>>());
    }

    pub(crate) async fn every_value_that_is_allowed_is_taken(Trial(it): Trial) {
        for (nth, declared) in it.declared().iter().enumerate() {
            let words = declared.holds.words().iter().map(|it| OptionValue::Text((*it).to_owned()));
            let ends = match declared.holds {
                OptionType::Number { least, most } => vec![OptionValue::Number(least), OptionValue::Number(most)],
                OptionType::Texts => vec![OptionValue::Texts(vec!["\"quoted\" \\ and ü".to_owned()])],
                OptionType::Switch | OptionType::Choice(_) | OptionType::Text => Vec::new(),
            };
            // The least number there is cannot be written in every language.
            let ends = ends.into_iter().filter(|it| *it != OptionValue::Number(i64::MIN));
            let tried = declared.tried.iter().filter(|it| declared.holds.admits(it)).cloned();
            for value in words.chain(ends).chain(tried) {
                let text = it.setting(declared.name, &value);
                let script = it.read(&text).unwrap_or_else(|faults| panic!("{text}: {faults}"));
                assert_eq!(script.given(declared.name), Given::Value(value.clone()), "{text}");
                assert_eq!(script.evaluate().0[nth], value, "{text}");
            }
        }
    }
}

pub(crate) mod left_out {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Left out", says: "An option that a text does not set has its default" };

    pub(crate) async fn an_empty_text_has_the_defaults(Trial(it): Trial) {
        for text in ["", "\n", " \n\n"] {
            let script = it.read(text).unwrap_or_else(|faults| panic!("{faults}"));
            assert_eq!(script.evaluate(), (values(&it.declared()), Vec::new()), "{text:?}");
            assert!(it.declared().iter().all(|declared| script.given(declared.name) == Given::Default));
        }
    }

    pub(crate) async fn what_is_not_set_has_its_default(Trial(it): Trial) {
        let declared = it.declared();
        for (nth, one) in declared.iter().enumerate() {
            let other = |value: &&OptionValue| **value != one.default && one.holds.admits(value);
            let Some(value) = one.tried.iter().find(other) else { continue };
            let script = it.read(&it.setting(one.name, value)).unwrap_or_else(|faults| panic!("{faults}"));
            let mut expected = values(&declared);
            expected[nth] = value.clone();
            assert_eq!(script.evaluate(), (expected, Vec::new()), "{}", one.name);
        }
    }
}

pub(crate) mod bounded {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Bounded", says: "Reading ends soon, whatever the text, and touches nothing outside" };

    pub(crate) async fn a_text_that_is_too_long_is_a_fault(trial: Trial) {
        let faults = faults(&trial, &"\n".repeat(1_000_000));
        assert_eq!(faults[0].what, OptionFaultKind::TooLong, "{faults:#?}");
    }

    pub(crate) async fn whatever_the_text_reading_ends(trial: Trial) {
        let name = trial.0.declared()[0].name;
        let value = OptionValue::Text("here".to_owned());
        let line = trial.0.setting(name, &value);
        for part in
            ["(", "[", "{", "[[", "-", "!", "\"", "'", "\\", "/*", "#", "{\"a\":", "a.", "1+", "\u{0}", "🂡", "\r"]
        {
            let many = part.repeat(50_000 / part.len());
            faults(&trial, &line.replace("\"here\"", &many));
            // What stands alone may read, a line of `#` in TOML, say; it ends.
            let _ = trial.0.read(&many).map(|it| it.evaluate());
        }
    }
}

pub(crate) mod total {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Total",
        says: "An option whose value cannot be computed has its safe value and is named; the others keep theirs",
    };

    pub(crate) async fn what_fails_has_its_safe_value_and_is_named(Trial(it): Trial) {
        let Some((option, line)) = it.failing() else { return };
        let declared = it.declared();
        let mut text = line;
        let mut expected = values(&declared);
        for (nth, one) in declared.iter().enumerate() {
            let other = |value: &&OptionValue| **value != one.default && one.holds.admits(value);
            if one.name == option {
                assert_ne!(one.fails_to, one.default, "one whose safe value can be told from its default");
                expected[nth] = one.fails_to.clone();
            } else if let Some(value) = one.tried.iter().find(other) {
                text = format!("{text}\n{}", it.setting(one.name, value));
                expected[nth] = value.clone();
            }
        }
        let script = it.read(&text).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(script.evaluate(), (expected, vec![option.to_owned()]), "{text}");
        assert!(matches!(script.given(option), Given::Computed(_)), "{:?}", script.given(option));
    }
}

pub(crate) mod pure {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Pure",
        says: "The same facts give the same options; evaluating ends soon and touches nothing outside",
    };

    pub(crate) async fn the_same_facts_give_the_same_options(Trial(it): Trial) {
        let computed = it.failing().map(|(_, line)| line).unwrap_or_default();
        for text in [it.shipped(), computed] {
            let script = it.read(&text).unwrap_or_else(|faults| panic!("{faults}"));
            let first = script.evaluate();
            for _ in 0..3 {
                assert_eq!(script.evaluate(), first);
            }
            assert_eq!(it.read(&text).unwrap_or_else(|faults| panic!("{faults}")).evaluate(), first);
        }
    }
}
