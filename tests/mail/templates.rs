//! Templates are checked when they are loaded.

use cardflow::adapters::smtp::{Part, TemplateError, TemplateFault, Templates};
use cardflow::engine::NoticeKind;
use cardflow::ports::FACTS;

use super::message;

fn shipped() -> Templates {
    Templates::shipped().unwrap()
}

fn with(name: &str, source: &str) -> Result<(), TemplateError> {
    shipped().with(name, source).and_then(|it| it.check())
}

#[test]
fn those_that_are_shipped_are_good_and_whole() {
    shipped().check().unwrap();
    for kind in NoticeKind::ALL {
        for locale in ["en", "de"] {
            let worded = shipped().word(&message(1, *kind, Some(locale))).unwrap();
            assert_eq!(worded.locale, locale, "{kind}");
        }
    }
}

/// Name, source, where, and the beginning of what is said.
const WRONG: &[(&str, &str, Option<usize>, &str)] = &[
    ("reminder.txt", "x", None, "its name is not of the form <language>/<kind>.<part>"),
    ("de/remainder.txt", "x", None, "its name is not of the form"),
    ("de/reminder.text", "x", None, "its name is not of the form"),
    ("de/reminder", "x", None, "its name is not of the form"),
    ("de/_.txt", "x", None, "its name is not of the form"),
    ("../reminder.txt", "x", None, "its name is not of the form"),
    ("d e/reminder.txt", "x", None, "its name is not of the form"),
    ("en/a/reminder.txt", "x", None, "its name is not of the form"),
    ("en/reminder.txt", "one\n{{ process", Some(2), "it does not parse: "),
    ("en/reminder.txt", "{% if process %}\nx", Some(1), "it does not parse: "),
    ("en/reminder.txt", "{% fi %}", Some(1), "it does not parse: "),
    (
        "en/reminder.txt",
        "a\nb\n{{ proces }}",
        Some(3),
        "there is no variable `proces`; there are: recipient, process, card,",
    ),
    ("en/reminder.txt", "{% if subject %}x{% endif %}", Some(1), "there is no variable `subject`"),
    ("en/_shared.html", "{{ mail }}", Some(1), "there is no variable `mail`"),
    (
        "en/reminder.txt",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        Some(1),
        "it fails with every value: engine ran out of fuel",
    ),
    ("en/reminder.txt", "{{ process | sparkle }}", Some(1), "it fails with every value: unknown filter"),
    ("en/reminder.txt", "{{ process.title }}", Some(1), "it fails with every value: undefined value"),
    ("en/reminder.txt", "{% include 'en/_nothing.txt' %}", Some(1), "it fails with every value: template not found"),
    ("en/reminder.txt", "{{ until | time }}", Some(1), "it fails with every value: missing argument"),
    (
        "en/reminder.txt",
        "{{ until | time('%!') }}",
        Some(1),
        "it fails with every value: invalid operation: this is no form",
    ),
    (
        "en/reminder.txt",
        "{{ card | time('%Y') }}",
        Some(1),
        "it fails with every value: invalid operation: this is no time",
    ),
    ("en/reminder.txt", "{{ 1 // (card | length) }}", Some(1), "it fails with values that were erased: "),
    ("en/reminder.txt", "{{ card | length }}", Some(1), "it fails with no value but the process: "),
    (
        "en/digest.txt",
        "{% for it in waiting %}{{ it.by }}{% endfor %}",
        Some(1),
        "it fails with every value: undefined value",
    ),
    ("en/reminder.subject", " \n\t", None, "the subject is empty with every value"),
    ("en/reminder.subject", "{{ card }}", None, "the subject is empty with values that were erased"),
    ("en/reminder.html", "{{ card | safe }}", None, "it takes values for markup"),
    ("en/reminder.html", "{% autoescape false %}{{ holder }}{% endautoescape %}", None, "it takes values for markup"),
    ("en/digest.html", "{% for it in waiting %}{{ it.holder | safe }}{% endfor %}", None, "it takes values for markup"),
    ("fr/reminder.txt", "Rappel", None, "it is missing, and its language has another part of that mail"),
];

#[test]
fn one_that_is_wrong_is_named_with_line_and_reason() {
    for (name, source, line, what) in WRONG {
        let error = with(name, source).expect_err(source);
        assert!(error.fault().to_string().starts_with(what), "{source}: {error}");
        assert_eq!(error.line(), *line, "{source}: {error}");
        assert!(error.to_string().starts_with(&format!("template {}", error.name())), "{error}");
        if !matches!(error.fault(), TemplateFault::Missing) {
            assert_eq!(error.name(), *name, "{source}");
        }
    }
}

#[test]
fn the_missing_part_is_the_one_that_is_named() {
    let error = with("fr/reminder.txt", "Rappel").unwrap_err();
    assert_eq!(error.name(), "fr/reminder.subject");
}

#[test]
fn a_failing_template_that_others_include_is_the_one_that_is_named() {
    let error = with("en/_about.txt", "Process\n{{ process.title }}").unwrap_err();
    assert_eq!((error.name(), error.line()), ("en/_about.txt", Some(2)));
}

#[test]
fn every_variable_may_be_used_everywhere() {
    let all: String = FACTS.iter().map(|it| format!("{{% if {0} %}}{{{{ {0} }}}}{{% endif %}}\n", it.name)).collect();
    let in_rows = FACTS.iter().filter(|it| it.in_rows);
    let rows: String = in_rows.map(|it| format!("{{% if it.{0} %}}{{{{ it.{0} }}}}{{% endif %}}", it.name)).collect();
    for part in [Part::Text, Part::Html] {
        let loaded = shipped().with(&format!("en/review-asked.{part}"), &all).and_then(|it| {
            it.with(&format!("en/digest.{part}"), &format!("{{% for it in waiting %}}{rows}{{% endfor %}}"))
        });
        loaded.unwrap().check().unwrap();
    }
}

#[test]
fn a_single_one_is_replaced_and_the_others_stay() {
    let templates = shipped().with("de/reminder.subject", "Noch offen: {{ process }}\n  ({{ card }})").unwrap();
    templates.check().unwrap();
    let worded = templates.word(&message(1, NoticeKind::Reminder, Some("de"))).unwrap();
    assert_eq!(worded.subject, "Noch offen: Deactivate card (4711 0815)");
    assert_eq!(worded.text, shipped().word(&message(1, NoticeKind::Reminder, Some("de"))).unwrap().text);
}

#[test]
fn a_language_falls_back_to_the_wider_one_and_then_to_english() {
    let mut templates = shipped().with("de-AT/reminder.subject", "Servus").unwrap();
    for part in Part::ALL {
        templates = templates.with(&format!("zh-Hant/reminder.{part}"), "提醒").unwrap();
    }
    templates.check().unwrap();
    let table = [
        (None, "en", "Reminder: Deactivate card"),
        (Some("en-GB"), "en", "Reminder: Deactivate card"),
        (Some("de"), "de", "Erinnerung: Deactivate card"),
        (Some("de-CH-1996"), "de", "Erinnerung: Deactivate card"),
        (Some("DE"), "de", "Erinnerung: Deactivate card"),
        (Some("de-AT"), "de", "Servus"),
        (Some("zh-Hant-TW"), "zh-hant", "提醒"),
        (Some("zh"), "en", "Reminder: Deactivate card"),
        (Some("fr"), "en", "Reminder: Deactivate card"),
        (Some("d"), "en", "Reminder: Deactivate card"),
        (Some("deu"), "en", "Reminder: Deactivate card"),
        (Some(""), "en", "Reminder: Deactivate card"),
    ];
    for (locale, language, subject) in table {
        let worded = templates.word(&message(1, NoticeKind::Reminder, locale)).unwrap();
        assert_eq!((worded.locale.as_str(), worded.subject.as_str()), (language, subject), "{locale:?}");
    }
    // A kind that the language lacks.
    assert_eq!(templates.word(&message(1, NoticeKind::Digest, Some("zh-Hant"))).unwrap().locale, "en");
}

#[test]
fn a_folder_replaces_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, source: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, source).unwrap();
    };
    file("en/reminder.subject", "Come on: {{ process }}\n");
    file("nl/reminder.subject", "Herinnering\n");
    file("nl/reminder.txt", "{% include 'nl/_foot.txt' %}");
    file("nl/reminder.html", "<p>Hallo {{ recipient }}</p>");
    file("nl/_foot.txt", "Groet");
    file("nl/.reminder.txt.swp", "{{");
    let templates = shipped().with_folder(folder.path()).unwrap();
    templates.check().unwrap();
    let word = |locale| templates.word(&message(1, NoticeKind::Reminder, Some(locale))).unwrap();
    assert_eq!(word("en").subject, "Come on: Deactivate card");
    assert_eq!((word("nl").text, word("nl").html), ("Groet".to_owned(), "<p>Hallo Ben Beispiel</p>".to_owned()));

    file("nl/reminder.txt", "x\n{{ naam }}");
    let error = shipped().with_folder(folder.path()).unwrap_err();
    assert_eq!((error.name(), error.line()), ("nl/reminder.txt", Some(2)));
    let error = shipped().with_folder(&folder.path().join("nowhere")).unwrap_err();
    assert!(matches!(error.fault(), TemplateFault::Unreadable(_)) && error.name().ends_with("nowhere"), "{error}");
}
