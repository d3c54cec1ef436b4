//! What a text of policies may not be: named by line, column and policy, with what to do.

use cardflow::adapters::cedar::{CedarAuthorizer, POLICIES, PolicyFaultKind};

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let permit = |rest: &str| format!("@id(\"mine\")\npermit (principal == Role::\"Clerk\", {rest}");
    let start = "action == Action::\"start\", resource)";
    // The text, the line, the column, what kind of fault it is, and a part of what is said.
    let table = [
        ("permit (principal, action, resource)".to_owned(), 1, "syntax", "does not read"),
        ("permit (principal, action, resource);\n\nallow (principal);".to_owned(), 3, "syntax", "allow"),
        (permit("action, resource) when { context.component = 1 };"), 2, "syntax", "does not read"),
        (permit("action == Action::\"strat\", resource);"), 2, "invalid", "Action::\"strat\""),
        (permit("action, resource == Reach::\"everywhere\");"), 2, "invalid", "everywhere"),
        (permit("action, resource == Unit::\"Berlin\");"), 2, "invalid", "Unit"),
        (permit(&format!("{start} when {{ context.component == Component::\"oprator\" }};")), 2, "invalid", "oprator"),
        (permit(&format!("{start}\nwhen {{ context.kind == Kind::\"card\" }};")), 3, "invalid", "kind"),
        (permit(&format!("{start}\nwhen {{ context.proces == \"CardsProcLock\" }};")), 3, "invalid", "proces"),
        (permit(&format!("{start}\nwhen {{ context.process == 7 }};")), 3, "invalid", "String"),
        (permit(&format!("{start}\nwhen {{ principal.name == \"x\" }};")), 3, "invalid", "name"),
        (permit(&format!("{start} when {{ false }};")), 1, "never", "never applies"),
        (
            "permit (principal == ?principal, action, resource);".to_owned(),
            1,
            "template",
            "is a template; write the role",
        ),
    ];
    for (text, line, kind, part) in table {
        let faults = CedarAuthorizer::from_policies(&text).unwrap_err();
        let said = faults.to_string();
        let first = &faults.0[0];
        assert_eq!(first.at.line, line, "{text}\n{said}");
        let found = match &first.what {
            PolicyFaultKind::Syntax { .. } => "syntax",
            PolicyFaultKind::Invalid { .. } => "invalid",
            PolicyFaultKind::NeverApplies { .. } => "never",
            PolicyFaultKind::Template => "template",
            other => panic!("{other:?}"),
        };
        assert_eq!(found, kind, "{text}\n{said}");
        assert!(said.contains(part), "{text}\n{said}");
        assert!(said.starts_with(&format!("line {line}, column ")), "{said}");
        if text.starts_with("@id") && kind != "syntax" {
            assert_eq!(first.policy.as_deref(), Some("mine"), "{said}");
        }
    }
}

#[test]
fn everything_that_is_wrong_is_named_at_once_in_the_order_of_lines() {
    let text = "permit (principal, action == Action::\"b\", resource);\npermit (principal, action == Action::\"a\", resource);\n\
                permit (principal, action, resource == ?resource);";
    let faults = CedarAuthorizer::from_policies(text).unwrap_err();
    assert_eq!(faults.0.iter().map(|it| it.at.line).collect::<Vec<_>>(), [1, 2, 3], "{faults}");
    assert_eq!(faults.to_string().lines().count(), 3);
}

#[test]
fn a_line_is_counted_in_a_text_that_begins_with_what_ships() {
    let lines = POLICIES.lines().count();
    let faults = CedarAuthorizer::from_policies(&format!("{POLICIES}permit (principal, action, resource == 1);"));
    assert_eq!(faults.unwrap_err().0[0].at.line, lines + 1);
}

#[test]
fn no_text_makes_it_panic() {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let seed = state;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut refused = 0;
    for round in 0..400 {
        let mut text: Vec<char> = POLICIES.chars().collect();
        for _ in 0..=random() % 3 {
            let at = usize::try_from(random()).unwrap() % text.len();
            let strange = ['"', ';', '(', 'ß', '\u{202e}', '\0', '?', '=', '\n', '9'];
            let with = strange[usize::try_from(random()).unwrap() % strange.len()];
            match random() % 3 {
                0 => text[at] = with,
                1 => text.insert(at, with),
                _ => text.truncate(at.max(1)),
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(faults) = CedarAuthorizer::from_policies(&text) {
            refused += 1;
            let lines = text.lines().count();
            assert!(!faults.0.is_empty() && faults.0.iter().all(|it| it.at.line <= lines + 1), "seed {seed}, {round}");
        }
    }
    assert!(refused > 100, "seed {seed}: {refused} of 400 refused");
}

/// What Cedar says repeats what stands there.
#[test]
fn no_fault_says_what_would_disturb_a_log() {
    for odd in ["\u{1}", "\u{1b}", "\u{2028}", "\u{202e}"] {
        for text in [
            format!("permit (principal == Role::\"{odd}\", action == Action::\"{odd}\", resource);"),
            format!("permit (principal, action, resource) when {{ context.process == {odd} }};"),
            odd.to_owned(),
            format!("@id(\"{odd}\")\npermit (principal, action == Action::\"strat\", resource);"),
            format!("permit (principal, action == Action::\"{}\", resource);", odd.repeat(9000)),
        ] {
            let Err(faults) = CedarAuthorizer::from_policies(&text) else { continue };
            for fault in faults.0 {
                let said = fault.to_string();
                assert!(!said.contains(|it: char| it.is_control() || odd.contains(it)), "{said:?}");
                assert!(said.len() < 5000, "{} bytes", said.len());
            }
        }
    }
}
