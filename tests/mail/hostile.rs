//! What people have written does nothing in a mail.

use cardflow::adapters::smtp::{SmtpSettings, Templates, Worded};
use cardflow::engine::NoticeKind;
use cardflow::ports::{Fact, Message, MessageFacts, Notifier};
use cardflow::testing::strategies::texts;
use futures_executor::block_on;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::message;
use super::sending::notifier;
use super::server::{Mail, MailServer, Way, tags};

fn spoil(facts: &MessageFacts, text: &str) -> MessageFacts {
    let spoilt = facts.iter().map(|(name, fact)| match fact {
        Fact::Text(_) => (*name, Fact::Text(text.to_owned())),
        Fact::Rows(rows) => (*name, Fact::Rows(rows.iter().map(|it| spoil(it, text)).collect())),
        other => (*name, other.clone()),
    });
    spoilt.collect()
}

/// A message whose every text is this one.
fn telling(kind: NoticeKind, locale: &str, text: &str) -> Message {
    let message = message(1, kind, Some(locale));
    Message { facts: spoil(&message.facts, text), ..message }
}

fn hostile() -> impl Strategy<Value = String> {
    let markup = [
        "<b>x</b>",
        "<script>",
        "\"><img src=x>",
        "{{ by }}",
        "{% endif %}",
        "\r\nBcc: e@x.org",
        "\r\n.\r\nQUIT",
        "&lt;",
    ];
    prop_oneof![
        2 => texts::hostile(),
        1 => select(markup.to_vec()).prop_map(str::to_owned),
        1 => (texts::hostile(), select(markup.to_vec()), texts::hostile()).prop_map(|(a, b, c)| format!("{a}{b}{c}")),
    ]
}

fn kinds() -> impl Strategy<Value = (NoticeKind, &'static str)> {
    (select(NoticeKind::ALL), select(vec!["en", "de"]))
}

/// Whether it leaves nothing that can be seen.
fn is_empty(text: &str) -> bool {
    let disturbs = |it: char| {
        it.is_control()
            || it.is_whitespace()
            || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().all(disturbs)
}

fn word(message: &Message) -> Worded {
    Templates::shipped().unwrap().word(message).unwrap()
}

#[test]
fn whatever_is_told_words_keep_their_form() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(256) });
    let tried = runner.run(&(kinds(), hostile()), |((kind, locale), text)| {
        let plain = if is_empty(&text) { String::new() } else { "plain".to_owned() };
        let (spoilt, plain) = (word(&telling(kind, locale, &text)), word(&telling(kind, locale, &plain)));
        prop_assert_eq!(tags(&spoilt.html), tags(&plain.html));
        prop_assert_eq!(spoilt.text.lines().count(), plain.text.lines().count());
        prop_assert!(!spoilt.text.chars().any(|it| it != '\n' && it.is_control()), "{:?}", spoilt.text);
        prop_assert!(!spoilt.html.chars().any(|it| it != '\n' && it.is_control()), "{:?}", spoilt.html);
        prop_assert!(!spoilt.subject.chars().any(char::is_control), "{:?}", spoilt.subject);
        prop_assert!(spoilt.subject.chars().count() <= 200);
        prop_assert!(!spoilt.subject.is_empty());
        prop_assert_eq!(spoilt.locale, locale);
        Ok(())
    });
    tried.unwrap();
}

#[test]
fn whatever_is_told_one_mail_goes_to_one_person_as_it_was_worded() {
    let Some(server) = MailServer::start(Way::Plain, false) else { return };
    let settings = SmtpSettings::unencrypted("127.0.0.1", "cards@example.org").unwrap().port(server.port);
    let notifier = notifier(settings);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(48) });
    let names = |mail: &Mail| {
        let structure = mail.structure();
        structure.into_iter().take_while(|it| !it.starts_with('<')).collect::<Vec<_>>()
    };
    let sample = message(1, NoticeKind::Reminder, None);
    block_on(notifier.notify(&sample)).unwrap();
    let usual = names(&server.take()[0]);
    let tried = runner.run(&(kinds(), hostile()), |((kind, locale), text)| {
        let message = telling(kind, locale, &text);
        block_on(notifier.notify(&message)).unwrap();
        let received = server.take();
        prop_assert_eq!(received.len(), 1);
        let mail = &received[0];
        prop_assert_eq!(mail.list("to"), [message.address.clone()]);
        prop_assert_eq!(names(mail), usual.clone());
        let worded = word(&message);
        let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        prop_assert_eq!(lines(&mail.text("text")), lines(&worded.text));
        prop_assert_eq!(lines(&mail.text("html")), lines(&worded.html));
        prop_assert_eq!(mail.header("Subject"), worded.subject);
        Ok(())
    });
    tried.unwrap();
}
