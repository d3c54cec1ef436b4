//! Mail to a real server, read by another program.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use cardflow::adapters::smtp::{Password, SmtpError, SmtpNotifier, SmtpSettings, Templates};
use cardflow::engine::NoticeKind;
use cardflow::ports::{EffectError, Message, Notifier};
use futures_executor::block_on;

use super::message;
use super::server::{Mail, MailServer, NAME, PASSWORD, Way, certified};

const FROM: &str = "Cards of the house <cards@example.org>";

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

fn settings(server: &MailServer, way: Way) -> SmtpSettings {
    let settings = match way {
        Way::Plain => SmtpSettings::unencrypted("localhost", FROM),
        Way::Starttls => SmtpSettings::starttls("localhost", FROM),
        Way::Tls => SmtpSettings::tls("localhost", FROM),
    };
    settings.unwrap().port(server.port).trusting(&server.certificate).unwrap()
}

pub(crate) fn notifier(settings: SmtpSettings) -> SmtpNotifier {
    SmtpNotifier::new(settings, Templates::shipped().unwrap()).unwrap()
}

fn asked(n: u128) -> Message {
    message(n, NoticeKind::ApprovalAsked, None)
}

fn fails(notifier: &SmtpNotifier, message: &Message) -> EffectError {
    block_on(notifier.notify(message)).unwrap_err()
}

/// What was received is what was asked for.
fn is_it(mail: &Mail, message: &Message) {
    let worded = Templates::shipped().unwrap().word(message).unwrap();
    let id = message.effect;
    assert_eq!((mail.text("from"), mail.list("to")), ("cards@example.org".to_owned(), vec![message.address.clone()]));
    assert_eq!(mail.header("From"), FROM);
    assert_eq!(mail.header("To"), message.address);
    assert_eq!(mail.header("Subject"), worded.subject);
    assert_eq!(mail.header("Message-ID"), format!("<{id}@example.org>"));
    assert_eq!(mail.header("X-Cardflow-Effect"), id.to_string());
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("Content-Language"), worded.locale);
    assert_eq!(mail.headers("Date").len(), 1);
    assert_eq!(mail.list("parts"), ["multipart/alternative", "text/plain", "text/html"]);
    assert_eq!(mail.list("defects"), [""; 0]);
    let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    assert_eq!(lines(&mail.text("text")), lines(&worded.text));
    assert_eq!(lines(&mail.text("html")), lines(&worded.html));
}

#[test]
fn every_kind_in_every_language_arrives_as_it_was_worded_over_starttls_and_tls() {
    for (way, signs_in) in [(Way::Starttls, true), (Way::Tls, true), (Way::Starttls, false)] {
        let Some(server) = MailServer::start(way, signs_in) else { return };
        let settings = settings(&server, way);
        let notifier = notifier(if signs_in { settings.credentials(NAME, password(PASSWORD)) } else { settings });
        let mut sent = Vec::new();
        for locale in [None, Some("en"), Some("de-AT")] {
            for kind in NoticeKind::ALL {
                let message = message(sent.len() as u128 + 1, *kind, locale);
                block_on(notifier.notify(&message)).unwrap();
                sent.push(message);
            }
        }
        let received = server.mails();
        assert_eq!(received.len(), 3 * NoticeKind::ALL.len());
        for (mail, message) in received.iter().zip(&sent) {
            is_it(mail, message);
            assert_eq!(mail.get("encrypted").as_bool(), Some(true), "{way:?}");
            assert_eq!(mail.get("login").as_str(), signs_in.then_some(NAME));
        }
    }
}

#[test]
fn unencrypted_it_arrives_too_for_whoever_says_so() {
    let Some(server) = MailServer::start(Way::Plain, false) else { return };
    block_on(notifier(settings(&server, Way::Plain)).notify(&asked(1))).unwrap();
    let received = server.mails().remove(0);
    is_it(&received, &asked(1));
    assert_eq!(received.get("encrypted").as_bool(), Some(false));
}

#[test]
fn a_hundred_mails_share_a_few_connections() {
    let Some(server) = MailServer::start(Way::Starttls, true) else { return };
    let settings = settings(&server, Way::Starttls).credentials(NAME, password(PASSWORD)).connections(4);
    let notifier = notifier(settings);
    let before = server.sessions();
    let messages: Vec<_> = (1..=100).map(asked).collect();
    let all = futures_util::future::join_all(messages.iter().map(|it| notifier.notify(it)));
    assert!(block_on(all).into_iter().all(|it| it.is_ok()));
    let (mut received, sessions) = (server.mails(), server.sessions() - before);
    assert!((1..=4).contains(&sessions), "{sessions} connections");
    received.sort_by_key(|it| it.header("X-Cardflow-Effect"));
    assert_eq!(received.len(), 100);
    for (mail, message) in received.iter().zip(&messages) {
        is_it(mail, message);
    }
    // One after the other, they need no new one.
    for n in 101..=110 {
        block_on(notifier.notify(&asked(n))).unwrap();
    }
    assert_eq!(server.sessions() - before, sessions);
}

#[test]
fn a_connection_that_is_not_used_is_closed_and_opened_again() {
    let Some(server) = MailServer::start(Way::Starttls, false) else { return };
    let notifier = notifier(settings(&server, Way::Starttls).connections(1).idle(Duration::from_millis(1)));
    let before = server.sessions();
    for n in 1..=200 {
        block_on(notifier.notify(&asked(n))).unwrap();
        std::thread::yield_now();
        if server.sessions() - before > 1 {
            return;
        }
    }
    panic!("200 mails over one connection that is not kept for longer than a millisecond");
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let Some(server) = MailServer::start(Way::Starttls, true) else { return };
    let wrong = "wrong horse battery staple";
    let notifier = notifier(settings(&server, Way::Starttls).credentials(NAME, password(wrong)));
    let error = fails(&notifier, &asked(1));
    let what = "the mail server does not accept the name and the password (535); correct them";
    assert_eq!((error.what.as_str(), error.is_retryable()), (what, true));
    assert!(!format!("{error:?} {notifier:?}").contains(wrong));
    assert!(server.mails().is_empty());
}

#[test]
fn a_server_that_wants_a_password_says_so() {
    let Some(server) = MailServer::start(Way::Starttls, true) else { return };
    let error = fails(&notifier(settings(&server, Way::Starttls)), &asked(1));
    let what = "the mail server wants name and password first (530); give them in the settings";
    assert_eq!((error.what.as_str(), error.is_retryable()), (what, true));
}

#[test]
fn what_the_server_says_is_sorted_and_goes_when_it_is_well() {
    let table = [
        ("refuses for now", "the mail server does not take the mail now (451 4.3.0)", true),
        ("refuses for good", "the mail server refuses the mail for good (550 5.1.1)", false),
        ("refuses content", "the mail server refuses the mail for good (554 5.7.1)", false),
        ("gone", "the mail server cannot be reached: nobody listens there", true),
    ];
    let Some(server) = MailServer::start(Way::Starttls, false) else { return };
    let notifier = notifier(settings(&server, Way::Starttls));
    for (n, (mood, what, retryable)) in (1..).zip(table) {
        server.be(mood);
        let error = fails(&notifier, &asked(n));
        assert_eq!((error.what.as_str(), error.is_retryable()), (what, retryable), "{mood}");
        assert!(!format!("{error:?}").contains("ben"), "{error:?}");
        server.be("well");
        block_on(notifier.notify(&asked(n))).unwrap();
        is_it(server.mails().last().unwrap(), &asked(n));
    }
    assert_eq!(server.mails().len(), table.len());
}

#[test]
fn a_slow_server_is_given_up() {
    let Some(server) = MailServer::start(Way::Starttls, false) else { return };
    let notifier = notifier(settings(&server, Way::Starttls).timeout(Duration::from_millis(500)));
    server.be("slow");
    let error = fails(&notifier, &asked(1));
    let what = "the mail server does not answer in time; the mail may have been sent";
    assert_eq!((error.what.as_str(), error.is_retryable()), (what, true));
    server.be("well");
    block_on(notifier.notify(&asked(1))).unwrap();
}

#[test]
fn a_server_that_takes_connections_and_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = SmtpSettings::tls("127.0.0.1", FROM).unwrap().port(silent.local_addr().unwrap().port());
    let notifier = notifier(settings.timeout(Duration::from_millis(50)));
    let error = fails(&notifier, &asked(1));
    assert_eq!((error.what.as_str(), error.is_retryable()), ("the mail server does not answer in time", true));
}

#[test]
fn a_server_that_speaks_something_else_is_no_mail_server() {
    for said in
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "", "220 hello\r\n", "220 hello\r\n250 x\r\n999 y\r\n", "554 no\r\n"]
    {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = other.local_addr().unwrap().port();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = other.accept().unwrap();
            stream.write_all(said.as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let settings = SmtpSettings::unencrypted("127.0.0.1", FROM).unwrap().port(port);
        let error = fails(&notifier(settings.timeout(Duration::from_secs(5))), &asked(1));
        assert!(error.is_retryable() && error.what.starts_with("the "), "{said:?}: {error:?}");
        answering.join().unwrap();
    }
}

#[test]
fn nothing_is_sent_to_a_server_without_encryption() {
    let Some(server) = MailServer::start(Way::Plain, false) else { return };
    let error = fails(&notifier(settings(&server, Way::Starttls)), &asked(1));
    assert!(error.what.starts_with("the mail server offers no STARTTLS") && error.is_retryable(), "{error:?}");
    let error = fails(&notifier(settings(&server, Way::Tls)), &asked(1));
    assert!(error.is_retryable(), "{error:?}");
    assert!(server.mails().is_empty());
}

#[test]
fn nothing_is_sent_to_a_server_whose_certificate_is_not_trusted() {
    for way in [Way::Starttls, Way::Tls] {
        let Some(server) = MailServer::start(way, true) else { return };
        let signed = |settings: SmtpSettings| settings.credentials(NAME, password(PASSWORD));
        let start = |host| match way {
            Way::Tls => SmtpSettings::tls(host, FROM).unwrap().port(server.port),
            _ => SmtpSettings::starttls(host, FROM).unwrap().port(server.port),
        };
        // Of nobody who is trusted; of another; of the right one under another name.
        let of_another = certified("localhost").0;
        let cases = [
            start("localhost"),
            start("localhost").trusting(&of_another).unwrap(),
            start("127.0.0.1").trusting(&server.certificate).unwrap(),
        ];
        for settings in cases {
            let error = fails(&notifier(signed(settings)), &asked(1));
            assert!(error.what.starts_with("the mail server's encryption is not accepted"), "{way:?}: {error:?}");
            assert!(error.is_retryable());
        }
        assert!(server.mails().is_empty());
    }
}

#[test]
fn a_mail_is_sent_though_nobody_waits_for_it() {
    let Some(server) = MailServer::start(Way::Plain, false) else { return };
    let notifier = notifier(settings(&server, Way::Plain).connections(1));
    let first = asked(1);
    let mut asking = Box::pin(notifier.notify(&first));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(asking.as_mut().poll(&mut context).is_pending());
    drop(asking);
    // It waits behind the first on the only connection.
    block_on(notifier.notify(&asked(2))).unwrap();
    let effects: Vec<_> = server.mails().iter().map(|it| it.header("X-Cardflow-Effect")).collect();
    assert_eq!(effects, [1, 2].map(|n| asked(n).effect.to_string()));
}

#[test]
fn addresses_that_mail_cannot_go_to_are_refused_for_good_and_not_repeated() {
    let Some(server) = MailServer::start(Way::Plain, false) else { return };
    let notifier = notifier(settings(&server, Way::Plain));
    for address in
        ["", "ben", "ben@", "@example.org", "ben example@example.org", "ben@example.org\r\nRCPT TO:<e@x.org>"]
    {
        let error = fails(&notifier, &Message { address: address.to_owned(), ..asked(1) });
        let what = "the mail address of the person is none that mail is sent to; correct it";
        assert_eq!((error.what.as_str(), error.is_retryable()), (what, false), "{address:?}");
    }
    assert!(server.mails().is_empty());
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let words = |result: Result<SmtpSettings, SmtpError>| result.unwrap_err().to_string();
    let server = |name| words(SmtpSettings::starttls(name, FROM));
    for name in ["", " ", "mail.example.org:587", "smtp://mail.example.org", "mail example.org", "mail\r\n.example.org"]
    {
        assert!(server(name).contains("is not the name of a mail server; give a host name"), "{name:?}");
    }
    for from in
        ["", "cards", "cards@", "Cards <cards@example.org", "a@example.org, b@example.org", "a@x.org\r\nBcc: b@x.org"]
    {
        let said = words(SmtpSettings::tls("mail.example.org", from));
        assert!(said.contains("is not a sender; give an address"), "{from:?}: {said}");
    }
    let good = || SmtpSettings::unencrypted("::1", "cards@example.org").unwrap();
    assert!(matches!(Password::new(String::new()), Err(SmtpError::EmptyPassword)));
    assert!(matches!(good().trusting("no certificate"), Err(SmtpError::Root)));
    let build = |settings| SmtpNotifier::new(settings, Templates::shipped().unwrap()).unwrap_err();
    let refused = build(good().credentials(NAME, password(PASSWORD)));
    assert!(matches!(refused, SmtpError::PasswordUnencrypted), "{refused:?}");
    assert!(matches!(build(good().connections(0)), SmtpError::NoConnection));
    let spoilt = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let tls = SmtpSettings::tls("localhost", FROM).unwrap().trusting(spoilt).unwrap();
    assert!(matches!(build(tls), SmtpError::Tls(_)));
    let incomplete = Templates::shipped().unwrap().with("fr/reminder.txt", "Rappel").unwrap();
    assert!(matches!(SmtpNotifier::new(good(), incomplete), Err(SmtpError::Template(_))));
}
