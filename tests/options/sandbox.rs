//! What a script has no business with, it cannot do.

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::cards::Cards;
use cardflow::engine::options::{Fact, Facts, OptionFaults};
use cardflow::ports::OptionLanguage;

fn rhai() -> &'static dyn OptionLanguage<Cards> {
    &RhaiOptions
}

/// Each of these is refused before any run, with the option or the statement named.
#[test]
fn what_is_forbidden_is_refused_when_the_text_is_read() {
    let values = [
        "eval(\"1 + 1\")",
        "eval",
        "import \"os\"",
        "timestamp()",
        "timestamp().elapsed",
        "sleep(1)",
        "exit(1)",
        "print(\"secret\")",
        "debug(\"secret\")",
        "open_file(\"/etc/passwd\")",
        "std::fs::read",
        "global::x",
        "Fn(\"len\")",
        "\"len\".call()",
        "call(\"len\")",
        "curry(1)",
        "parse_json(\"{}\")",
        "type_of(1)",
        "is_def_var(\"card\")",
        "is_def_fn(\"f\", 0)",
        "rand()",
        "range(0, 1000000)",
        "|x| x",
        "|| true",
        "[1, 2].map(|it| it)",
        "#{ a: 1 }",
        "`${card.kind}`",
        "#\"raw\"#",
        "{ let a = 1; true }",
        "{ while true { } }",
        "loop { break true; }",
        "while true { true }",
        "for i in [1] { true }",
        "do { true } while false",
        "try { true } catch { false }",
        "throw 1",
        "return true",
        "if true { let x = 1; true } else { false }",
        "this",
        "this.kind",
        "card[\"kind\"] == \"x\"",
        "card?.kind",
        "card.kind = \"employee\"",
        "card.kind.len",
        "actor.roles.push(\"Administrator\")",
        "card.to_string()",
        "\"x\".to_string()",
        "(card.kind, 1)",
        "fn f() { true }",
        "private fn f() { true }",
        "export x",
        "spawn {}",
        "async true",
        "$x",
        "@x",
    ];
    for value in values {
        for text in [format!("let CardsDeactivationApproval = {value};"), format!("{value};"), value.to_owned()] {
            let Err(OptionFaults(faults)) = rhai().read(&text) else { panic!("it was read: {text}") };
            assert!(!faults.is_empty(), "{text}");
        }
    }
}

/// Bounded, also where no fact stands in the way of computing it at once.
#[test]
fn nothing_runs_for_long_or_grows_large() {
    let deep = |open: &str, close: &str, times: usize| format!("{}true{}", open.repeat(times), close.repeat(times));
    let refused = [
        deep("(", ")", 1000),
        deep("!(", ")", 1000),
        deep("[", "]", 1000),
        deep("if true { ", " } else { false }", 1000),
        format!("{}true", "!".repeat(1000)),
        format!("[{}]", "\"x\", ".repeat(5000)),
        format!("\"{}\"", "x".repeat(65_000)),
        format!("{}\"\" == \"\"", "\"xxxxxxxxxxxxxxxx\" + ".repeat(3000)),
    ];
    for value in refused {
        let start = value.get(..40).unwrap_or(&value).to_owned();
        assert!(rhai().read(&format!("let CardsDeactivationApproval = {value};")).is_err(), "{start}…");
    }
    // Text that grows from facts at a run: the option falls back, and is named.
    let long = "x".repeat(40_000);
    let facts = Facts::none().with("holder.department", Fact::Text(&long));
    for value in ["(holder.department + holder.department).len() > 1", "holder.department + holder.department == \"x\""]
    {
        let script = rhai().read(&format!("let CardsRecordReading = {value};")).unwrap_or_else(|it| panic!("{it}"));
        let came = script.evaluate(&facts);
        assert_eq!(came.fell_back, ["CardsRecordReading"], "{value}");
        assert!(came.options.record_reading);
    }
}

/// What the limits are for is not in their way.
#[test]
fn every_function_that_is_named_is_there() {
    let table = [
        ("[\"a\", \"b\"].contains(\"a\")", true),
        ("\"a\" in [\"b\"]", false),
        ("\"abc\".contains(\"b\")", true),
        ("\"b\" in \"abc\"", true),
        ("\"abc\".starts_with(\"ab\")", true),
        ("\"abc\".ends_with(\"ab\")", false),
        ("\"ABC\".to_lower() == \"abc\"", true),
        ("\"abc\".to_upper() == \"ABC\"", true),
        ("\"äbc\".len() == 3", true),
        ("[\"a\"].len() == 1", true),
        ("\"\".is_empty()", true),
        ("[].is_empty()", true),
        ("contains(\"abc\", \"d\")", false),
        ("1 + 2 * 3 == 7 && !(4 < 3) || 5 % 2 == 0", true),
        ("if 1 < 2 { true } else { false }", true),
        ("switch 3 { 1 | 2 => true, 3 => false, _ => true }", false),
        ("switch \"a\" { \"a\" if 1 > 2 => false, _ => true }", true),
        ("\"a\" + \"b\" == \"ab\"", true),
        ("() == \"a\"", false),
    ];
    for (value, expected) in table {
        let script = rhai().read(&format!("const CardsRecordReading = {value};"));
        let script = script.unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(script.evaluate(&Facts::none()).options.record_reading, expected, "{value}");
    }
}
