//! The notifiers: the mail box of the kit, and mail over SMTP to a server.

use std::sync::Arc;

use cardflow::ports::Notifier;
use cardflow::testing::conformance::notifier::{Condition, NotifierFactory, Received};
use cardflow::testing::fakes::{MailBox, Watched};

struct Box;

impl NotifierFactory for Box {
    type Guard = Arc<MailBox>;

    async fn notifier(&self) -> (Arc<MailBox>, Arc<dyn Notifier>) {
        let mailbox = Arc::new(MailBox::default());
        (mailbox.clone(), Arc::new(Watched::over(mailbox)))
    }

    async fn received(&self, mailbox: &Arc<MailBox>) -> Vec<Received> {
        let received = mailbox.all().into_iter().map(|it| Received {
            effect: it.effect.to_string(),
            addresses: vec![it.address],
            shown: format!("{:?}", it.facts),
            structure: Vec::new(),
        });
        received.collect()
    }

    async fn bring(&self, mailbox: &Arc<MailBox>, into: Condition) {
        match into {
            Condition::Well => mailbox.accept(),
            Condition::RefusesForNow => mailbox.refuse("not now", true),
            Condition::RefusesForGood => mailbox.refuse("never", false),
            Condition::Away => mailbox.refuse("nobody is there", true),
        }
    }
}

mod mailbox {
    cardflow::notifier_conformance!(super::Box);
}

#[cfg(all(feature = "smtp", feature = "x509"))]
mod smtp {
    use cardflow::adapters::smtp::{Password, SmtpNotifier, SmtpSettings, Templates};

    use super::*;
    use crate::mail_server::{MailServer, NAME, PASSWORD, Way};

    struct Smtp;

    impl NotifierFactory for Smtp {
        type Guard = MailServer;

        async fn notifier(&self) -> (MailServer, Arc<dyn Notifier>) {
            let server = MailServer::start(Way::Starttls, true).unwrap();
            let settings = SmtpSettings::starttls("localhost", "Cards <cards@example.org>").unwrap();
            let password = Password::new(PASSWORD.to_owned()).unwrap();
            let settings = settings.port(server.port).credentials(NAME, password);
            let settings = settings.trusting(&server.certificate).unwrap();
            let notifier = SmtpNotifier::new(settings, Templates::shipped().unwrap()).unwrap();
            (server, Arc::new(notifier))
        }

        async fn received(&self, server: &MailServer) -> Vec<Received> {
            let received = server.mails().into_iter().map(|it| Received {
                effect: it.header("X-Cardflow-Effect"),
                addresses: it.list("to"),
                shown: format!("{}\n{}", it.header("Subject"), it.text("text")),
                structure: it.structure(),
            });
            received.collect()
        }

        async fn bring(&self, server: &MailServer, into: Condition) {
            server.be(match into {
                Condition::Well => "well",
                Condition::RefusesForNow => "refuses for now",
                Condition::RefusesForGood => "refuses for good",
                Condition::Away => "gone",
            });
        }

        fn secrets(&self) -> Vec<String> {
            vec![PASSWORD.to_owned()]
        }
    }

    macro_rules! where_the_judge_is {
        ([$suite:ident] $($module:ident: $($name:ident)+;)+) => {
            $($(
                #[test]
                fn $name() {
                    if crate::mail_server::python().is_some() {
                        cardflow::testing::conformance::$suite::check(stringify!($name), Smtp);
                    }
                }
            )+)+
        };
    }
    cardflow::__notifier_checks!([where_the_judge_is] notifier);
}
