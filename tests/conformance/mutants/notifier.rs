//! A notifier that does one thing wrong.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::ports::{EffectError, Fact, Message, Notifier, Setback};
use cardflow::testing::conformance::notifier::{Condition, NotifierFactory, Received};
use uuid::Uuid;

faults! {
    /// nothing is wrong
    None,
    /// it answers and sends nothing
    SendsNothing,
    /// it answers before it sends
    AnswersEarly,
    /// it answers well, whatever the outside says
    HidesFailures,
    /// it sends, and says that it failed
    SendsAndFails,
    /// it sends to the person's id
    SendsToIds,
    /// it sends a copy to the sender
    SendsCopies,
    /// it sends to whoever was written to before, too
    AddsUpReceivers,
    /// it sends the subject alone
    ForgetsText,
    /// it knows no digests
    KnowsNoDigest,
    /// it fails where a language is unknown
    WantsLanguages,
    /// it fails where a value is missing
    WantsValues,
    /// it fails where a value was erased
    WantsNames,
    /// messages at the same time are one
    LosesRaces,
    /// messages at the same time get each other's words
    MixesMessages,
    /// no mark is sent
    ForgetsMark,
    /// the mark is another each time
    MarksAnew,
    /// the mark is that of the receiver
    MarksReceivers,
    /// everything may be tried again
    RetriesAll,
    /// nothing may be tried again
    RetriesNothing,
    /// what is away is gone for good
    GivesUpWhatIsAway,
    /// not now is never
    GivesUpForNow,
    /// after a failure it sends nothing any more
    StopsAfterFailure,
    /// what failed is not sent again
    RemembersFailures,
    /// what failed for good is sent with the next
    SendsLeftovers,
    /// a line end begins a header
    BeginsHeaders,
    /// a line with a dot ends the message
    EndsAtDots,
    /// a line that looks like a receiver is one
    FindsReceivers,
    /// markup is markup
    ShowsMarkup,
    /// a template in a name is rendered
    RendersNames,
    /// errors have no words
    SaysNothing,
    /// an error names the receiver
    NamesReceivers,
    /// an error names who is nowhere
    NamesNowhere,
    /// an error repeats the message
    RepeatsMessages,
    /// a cause of an error repeats the message
    RepeatsInCauses,
    /// an error shows the password
    ShowsPassword,
    /// debug output shows the password
    DebugsPassword,
}

const PASSWORD: &str = "open sesame";

pub(crate) struct WrongNotifier {
    fault: Fault,
    inside: Mutex<Inside>,
}

struct Inside {
    condition: Condition,
    received: Vec<Received>,
    early: Vec<Received>,
    left: Vec<Received>,
    failed: Vec<String>,
    busy: bool,
    words: String,
}

impl std::fmt::Debug for WrongNotifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.fault == Fault::DebugsPassword { PASSWORD } else { "WrongNotifier" })
    }
}

impl WrongNotifier {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn error(&self, message: &Message, retryable: bool) -> EffectError {
        let shown = format!("{:?}", message.facts);
        let what = match self.fault {
            Fault::SaysNothing => String::new(),
            Fault::NamesReceivers => format!("{} is refused", message.address),
            Fault::RepeatsMessages => shown.clone(),
            Fault::ShowsPassword => format!("{PASSWORD} is refused"),
            _ => "refused".to_owned(),
        };
        let source = self.is(Fault::RepeatsInCauses).then(|| std::io::Error::other(shown).into());
        let setback = if retryable { Setback::Unavailable } else { Setback::Permanent };
        EffectError { what, setback, source }
    }

    fn worded(&self, message: &Message) -> Received {
        let mut received = Received {
            effect: message.effect.to_string(),
            addresses: vec![message.address.clone()],
            shown: String::new(),
            structure: vec!["subject".to_owned(), "text".to_owned()],
        };
        let texts = message.facts.values().flat_map(|fact| match fact {
            Fact::Rows(rows) => rows.iter().flat_map(|it| it.values().cloned()).collect(),
            fact => vec![fact.clone()],
        });
        for fact in texts {
            let Fact::Text(text) = fact else { continue };
            let _ = writeln!(received.shown, "{text}");
            let is = |fault, sign: &str| self.is(fault) && text.contains(sign);
            if is(Fault::BeginsHeaders, "\nX-") || is(Fault::ShowsMarkup, "<") || is(Fault::RendersNames, "{{") {
                received.structure.push(text.clone());
            }
            if is(Fault::FindsReceivers, "Bcc: ") {
                received.addresses.push("eve@example.org".to_owned());
            }
        }
        match self.fault {
            Fault::SendsToIds => received.addresses = vec![message.to.to_string()],
            Fault::SendsCopies => received.addresses.push("cards@example.org".to_owned()),
            Fault::ForgetsText => received.shown = "Deactivate card".to_owned(),
            Fault::ForgetsMark => received.effect.clear(),
            Fault::MarksAnew => {
                let n = self.inside.lock().unwrap().received.len();
                received.effect = Uuid::from_u128(n as u128).to_string();
            }
            Fault::MarksReceivers => received.effect = Uuid::from_u128(message.address.len() as u128).to_string(),
            _ => {}
        }
        received
    }

    fn hand_over(&self, inside: &mut Inside, mut received: Received) {
        match self.fault {
            Fault::SendsNothing => return,
            Fault::AnswersEarly => {
                let early = std::mem::replace(&mut inside.early, vec![received]);
                return inside.received.extend(early);
            }
            Fault::AddsUpReceivers => {
                let before = inside.received.last().map(|it| it.addresses.clone()).unwrap_or_default();
                received.addresses.extend(before);
            }
            Fault::SendsLeftovers => inside.received.append(&mut inside.left),
            Fault::EndsAtDots if received.shown.contains("\n.\r\n") => inside.received.push(received.clone()),
            _ => {}
        }
        inside.received.push(received);
    }

    fn refused(&self, message: &Message) -> bool {
        let lacks = |name| !message.facts.contains_key(name) && !message.facts.contains_key("waiting");
        match self.fault {
            Fault::KnowsNoDigest => message.kind == cardflow::engine::NoticeKind::Digest,
            Fault::WantsLanguages => message.locale.as_ref().is_some_and(|it| it.len() != 2),
            Fault::WantsValues => lacks("requester"),
            Fault::WantsNames => message.facts.values().any(|it| *it == Fact::Gone),
            _ => false,
        }
    }
}

#[async_trait]
impl Notifier for WrongNotifier {
    async fn notify(&self, message: &Message) -> Result<(), EffectError> {
        let mut received = self.worded(message);
        {
            let mut inside = self.inside.lock().unwrap();
            if message.address.contains(' ') {
                let what = if self.is(Fault::NamesNowhere) { &message.address } else { "no address" };
                return Err(EffectError { what: what.to_owned(), setback: Setback::Permanent, source: None });
            }
            if self.is(Fault::LosesRaces) && std::mem::replace(&mut inside.busy, true) {
                return Ok(());
            }
            if self.is(Fault::MixesMessages) {
                inside.words = received.shown.clone();
            }
        }
        super::let_others_go_on().await;
        let mut inside = self.inside.lock().unwrap();
        inside.busy = false;
        if self.is(Fault::MixesMessages) {
            received.shown = inside.words.clone();
        }
        if self.refused(message) {
            return Err(self.error(message, false));
        }
        if inside.condition == Condition::Well {
            let known = inside.failed.contains(&message.effect.to_string());
            if (self.is(Fault::RemembersFailures) && known)
                || (self.is(Fault::StopsAfterFailure) && !inside.failed.is_empty())
            {
                return Ok(());
            }
            self.hand_over(&mut inside, received);
            return Ok(());
        }
        inside.failed.push(message.effect.to_string());
        match self.fault {
            Fault::HidesFailures => return Ok(()),
            Fault::SendsAndFails => inside.received.push(received),
            Fault::SendsLeftovers => inside.left.push(received),
            _ => {}
        }
        let retryable = match (self.fault, inside.condition) {
            (Fault::RetriesAll, _) => true,
            (Fault::RetriesNothing, _) => false,
            (Fault::GivesUpWhatIsAway, Condition::Away) => false,
            (Fault::GivesUpForNow, Condition::RefusesForNow) => false,
            (_, condition) => condition != Condition::RefusesForGood,
        };
        Err(self.error(message, retryable))
    }
}

/// Makes notifiers with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl NotifierFactory for Wrong {
    type Guard = Arc<WrongNotifier>;

    async fn notifier(&self) -> (Arc<WrongNotifier>, Arc<dyn Notifier>) {
        let (received, early, left, failed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (condition, busy, words) = (Condition::Well, false, String::new());
        let inside = Mutex::new(Inside { condition, received, early, left, failed, busy, words });
        let notifier = Arc::new(WrongNotifier { fault: self.0, inside });
        (Arc::clone(&notifier), notifier)
    }

    async fn received(&self, notifier: &Arc<WrongNotifier>) -> Vec<Received> {
        notifier.inside.lock().unwrap().received.clone()
    }

    async fn bring(&self, notifier: &Arc<WrongNotifier>, into: Condition) {
        notifier.inside.lock().unwrap().condition = into;
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }
}
