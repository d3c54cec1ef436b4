//! What is wrong with a text: where, with which variable, and what is allowed there.

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::adapters::toml::TomlOptions;
use cardflow::cards::{Cards, CardsOptions};
use cardflow::engine::options::OptionFaults;
use cardflow::ports::OptionLanguage;

/// The lines in which somebody is told what is wrong, without the name of the script.
fn told(language: &dyn OptionLanguage<Cards>, text: &str) -> Vec<String> {
    let Err(OptionFaults(faults)) = language.read(text) else { panic!("it was read:\n{text}") };
    let line = |it: String| it.strip_prefix("CardsScriptOptions, ").unwrap_or_else(|| panic!("{it}")).to_owned();
    let lines: Vec<_> = faults.iter().map(|it| line(it.to_string())).collect();
    assert_eq!(OptionFaults(faults).to_string().lines().count(), lines.len(), "a line each");
    lines
}

const UNHOLDABLE: &str = "allowed: \"proceed\", \"revoke\", \"refuse\"";
const SWITCH: &str = "allowed: true, false";
const LIMIT: &str = "allowed: a whole number from 0 to 4294967295";
const FORM: &str = "allowed: let <option> = <value>;";
const FACTS: &str = "allowed: card.kind, holder.department, holder.state, actor.roles, actor.component";
const FUNCTIONS: &str = "allowed: contains, starts_with, ends_with, to_lower, to_upper, len, is_empty";

fn all() -> String {
    let names: Vec<_> = CardsOptions::SPECS.iter().map(|it| it.name).collect();
    format!("allowed: {}", names.join(", "))
}

#[test]
fn every_fault_of_a_script_says_where_what_and_what_else() {
    let all = all();
    let table: &[(&str, &[&str])] = &[
        // Names.
        (
            "let CardsUnholdeable = \"proceed\";",
            &[&format!("line 1, column 5: `CardsUnholdeable` is no option; {all}; did you mean `CardsUnholdable`?")],
        ),
        (
            "// first\n  let cardsreasons = [];",
            &[&format!("line 2, column 7: `cardsreasons` is no option; {all}; did you mean `CardsReasons`?")],
        ),
        ("let x = 1;", &[&format!("line 1, column 5: `x` is no option; {all}")]),
        (
            "let CardsReasons = [];\n\nlet CardsReasons = [\"lost\"];",
            &["line 3, column 5: `CardsReasons` was set in line 1 already"],
        ),
        // Types and values.
        (
            "let CardsDeactivationApproval = 1;",
            &[&format!("line 1, column 33: `CardsDeactivationApproval` is a number; {SWITCH}")],
        ),
        (
            "let CardsDeactivationApproval = \"true\";",
            &[&format!("line 1, column 33: `CardsDeactivationApproval` is a text; {SWITCH}")],
        ),
        (
            "let CardsDeactivationApproval = ();",
            &[&format!("line 1, column 33: `CardsDeactivationApproval` is nothing; {SWITCH}")],
        ),
        (
            "let CardsDeactivationLimit = 1.5;",
            &[&format!("line 1, column 30: `CardsDeactivationLimit` is of a type that no option has; {LIMIT}")],
        ),
        (
            "let CardsDeactivationLimit =\n    -1;",
            &[&format!("line 2, column 5: `CardsDeactivationLimit` may not be -1; {LIMIT}")],
        ),
        (
            "let CardsUnholdable = \"refse\";",
            &[&format!(
                "line 1, column 23: `CardsUnholdable` may not be \"refse\"; {UNHOLDABLE}; did you mean `refuse`?"
            )],
        ),
        (
            "let CardsUnholdable = 'r';",
            &[&format!("line 1, column 23: `CardsUnholdable` is a character; a text stands in \"…\"; {UNHOLDABLE}")],
        ),
        (
            "let CardsReasons = [\"lost\", 1];",
            &[
                "line 1, column 20: `CardsReasons` is a list with something else than texts in it; allowed: a list of at \
               most 100 different lines of at most 200 characters",
            ],
        ),
        (
            "let CardsReasons = [\"lost\", \"lost\"];",
            &["line 1, column 20: `CardsReasons` may not be [\"lost\", \"lost\"]; allowed: a list of at most 100 \
               different lines of at most 200 characters"],
        ),
        (
            "let CardsLockReason = \"certificateHold\";",
            &["line 1, column 23: `CardsLockReason` may not be \"certificateHold\"; allowed: \"unspecified\", \
               \"keyCompromise\", \"cACompromise\", \"affiliationChanged\", \"superseded\", \
               \"cessationOfOperation\", \"privilegeWithdrawn\", \"aACompromise\""],
        ),
        // What is computed.
        (
            "let CardsDeactivationLimit = 1 / 0;",
            &[&format!(
                "line 1, column 32: `CardsDeactivationLimit` comes to no value: Division by zero: 1 / 0; {LIMIT}"
            )],
        ),
        (
            "let CardsDeactivationApproval = card.knd == \"visitor\";",
            &[&format!(
                "line 1, column 33: `CardsDeactivationApproval` asks for `card.knd`, which is not known here; {FACTS}; \
                 did you mean `card.kind`?"
            )],
        ),
        (
            "let CardsDeactivationApproval = if holder.name == \"Ada\" { true } else { false };",
            &[&format!(
                "line 1, column 36: `CardsDeactivationApproval` asks for `holder.name`, which is not known here; \
                 {FACTS}"
            )],
        ),
        (
            "let CardsDeactivationApproval = card == 1;",
            &[&format!(
                "line 1, column 33: `CardsDeactivationApproval` asks for `card`, which is not known here; {FACTS}"
            )],
        ),
        (
            "let CardsReasons = [];\nlet CardsDeactivationApproval = CardsReasons.is_empty();",
            &[&format!(
                "line 2, column 33: `CardsDeactivationApproval` asks for `CardsReasons`, which is not known here; {FACTS}"
            )],
        ),
        (
            "let CardsDeactivationApproval = card.kind.start_with(\"c\");",
            &[&format!(
                "line 1, column 43: `CardsDeactivationApproval` calls `start_with`, which is no function here; \
                 {FUNCTIONS}; did you mean `starts_with`?"
            )],
        ),
        // What does not read.
        (
            "let CardsDeactivationApproval = (true;",
            &[
                "line 1, column 38: `CardsDeactivationApproval` does not read: Expecting ')' for a matching ( in this \
                 expression; allowed: true, false",
                &format!("line 1, column 39: does not read: `;` is missing after the value; {FORM}"),
            ],
        ),
        (
            "let CardsRecordReading = true\nlet CardsMultipleActive = maybe;",
            &[
                &format!("line 1, column 30: does not read: `;` is missing after the value; {FORM}"),
                &format!("line 2, column 27: `CardsMultipleActive` asks for `maybe`, which is not known here; {FACTS}"),
            ],
        ),
        (
            "CardsRecordReading = true;",
            &[&format!("line 1, column 1: does not read: only options are set here; {FORM}")],
        ),
        (
            "let CardsRecordReading;",
            &[&format!("line 1, column 5: does not read: a name is followed by `=` and a value; {FORM}")],
        ),
        (
            "let CardsRecordReading = ;",
            &[&format!("line 1, column 5: does not read: there is no value after `=`; {FORM}")],
        ),
        ("let", &[&format!("line 1, column 1: does not read: only options are set here; {FORM}")]),
        (
            "let CardsUnholdable = \"proceed;\nlet CardsReasons = 1;",
            &[
                "line 1, column 23: `CardsUnholdable` does not read: the text has no end in its line; allowed: values",
                &format!("line 1, column 32: does not read: `;` is missing after the value; {FORM}"),
                "line 2, column 20: `CardsReasons` is a number; allowed: a list of at most 100 different lines of at \
                 most 200 characters",
            ],
        ),
        // Many at once.
        (
            "let CardsUnholdable = 1;\nlet CardsX = 2;\nfn f() { 1 }\nlet CardsReasons = [\"ok\"];\nlet CardsRecordReading = f();",
            &[
                &format!("line 1, column 23: `CardsUnholdable` is a number; {UNHOLDABLE}"),
                &format!("line 2, column 5: `CardsX` is no option; {all}"),
                &format!("line 3, column 1: does not read: only options are set here; {FORM}"),
                &format!("line 5, column 26: `CardsRecordReading` calls `f`, which is no function here; {FUNCTIONS}"),
            ],
        ),
        // Columns are counted in characters.
        (
            "/* ü🂡 */ let CardsUnholdable = \"ü\";",
            &[&format!("line 1, column 32: `CardsUnholdable` may not be \"ü\"; {UNHOLDABLE}")],
        ),
    ];
    assert!(table.len() >= 28);
    for (text, expected) in table {
        assert_eq!(told(&RhaiOptions, text), *expected, "{text}");
    }
}

#[test]
fn every_fault_of_a_toml_text_says_where_what_and_what_else() {
    let all = all();
    let table: &[(&str, &[&str])] = &[
        (
            "CardsUnholdeable = \"proceed\"",
            &[&format!("line 1, column 1: `CardsUnholdeable` is no option; {all}; did you mean `CardsUnholdable`?")],
        ),
        (
            "# first\n\n  CardsUnholdable = 7",
            &[&format!("line 3, column 21: `CardsUnholdable` is a number; {UNHOLDABLE}")],
        ),
        (
            "CardsUnholdable = \"refse\"",
            &[&format!(
                "line 1, column 19: `CardsUnholdable` may not be \"refse\"; {UNHOLDABLE}; did you mean `refuse`?"
            )],
        ),
        (
            "CardsDeactivationLimit = 1.5",
            &[&format!("line 1, column 26: `CardsDeactivationLimit` is a fraction; {LIMIT}")],
        ),
        (
            "CardsDeactivationLimit = 99999999999999999999",
            &[&format!("line 1, column 26: `CardsDeactivationLimit` is a number that is too large; {LIMIT}")],
        ),
        (
            "CardsDeactivationLimit = 0x1_0000_0000",
            &[&format!("line 1, column 26: `CardsDeactivationLimit` may not be 4294967296; {LIMIT}")],
        ),
        ("CardsRecordReading = 2026-11-26", &[&format!("line 1, column 22: `CardsRecordReading` is a time; {SWITCH}")]),
        (
            "CardsReasons = [\"lost\", [\"stolen\"]]",
            &[
                "line 1, column 16: `CardsReasons` is a list with something else than texts in it; allowed: a list of at \
               most 100 different lines of at most 200 characters",
            ],
        ),
        ("[CardsRecordReading]\non = true", &[&format!("line 1, column 1: `CardsRecordReading` is a table; {SWITCH}")]),
        (
            "CardsRecordReading = 1\nCardsMultipleActive = \"no\"\nCardsX = true",
            &[
                &format!("line 1, column 22: `CardsRecordReading` is a number; {SWITCH}"),
                &format!("line 2, column 23: `CardsMultipleActive` is a text; {SWITCH}"),
                &format!("line 3, column 1: `CardsX` is no option; {all}"),
            ],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(told(&TomlOptions, text), *expected, "{text}");
    }
    // What the parser says in its own words; the place is ours.
    for (text, place) in [
        ("CardsRecordReading", "line 1, column 19: does not read: "),
        ("CardsRecordReading = true\nCardsRecordReading = false", "line 2, column 1: does not read: "),
        ("\nCardsUnholdable = \"proceed", "line 2, column "),
        ("CardsReasons = [\"lost\",,]", "line 1, column 24: does not read: "),
    ] {
        let told = told(&TomlOptions, text);
        assert!(told.iter().any(|it| it.starts_with(place) && it.contains("does not read")), "{text}: {told:#?}");
    }
}

#[test]
fn a_text_is_read_as_a_whole_or_not_at_all() {
    let good = "let CardsRecordReading = true;";
    let script = RhaiOptions;
    let script: &dyn OptionLanguage<Cards> = &script;
    assert!(script.read(good).is_ok());
    assert!(script.read(&format!("{good}\nlet CardsUnholdable = 1;")).is_err());
}

/// What a language says repeats what stands there, which may be made to look like another line of a log.
#[test]
fn no_fault_says_what_would_disturb_a_log() {
    let toml: &dyn OptionLanguage<Cards> = &TomlOptions;
    let rhai: &dyn OptionLanguage<Cards> = &RhaiOptions;
    for odd in ['\u{1}', '\u{1b}', '\u{7f}', '\u{85}', '\u{2028}', '\u{202e}', '\u{2066}'] {
        for text in [
            format!("let CardsReasons = [{odd}];"),
            format!("let CardsReasons = \"a{odd}b\" + 1;"),
            format!("let CardsReasons = card.k{odd};"),
            format!("let Cards{odd} = {odd}(1);"),
            format!("CardsReasons = {odd}"),
            format!("\"a{odd}\" = 1"),
            format!("CardsUnholdable = '{odd}'"),
            format!("CardsReasons = {}", odd.to_string().repeat(9000)),
        ] {
            for language in [toml, rhai] {
                let Err(faults) = language.read(&text) else { continue };
                for fault in faults.0 {
                    let said = fault.to_string();
                    let disturbs = |it: char| it.is_control() || "\u{2028}\u{202e}\u{2066}".contains(it);
                    assert!(!said.contains(disturbs) && said.len() < 4000, "{said:?}");
                }
            }
        }
    }
}
