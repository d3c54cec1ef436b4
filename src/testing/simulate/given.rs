use std::fmt;
use std::sync::Arc;

use crate::Cardflow;
use crate::cards::Cards;
use crate::domain::CARD_KIND;
use crate::engine::{Judgement, Resolution, Verdict};
use crate::ports::{Principal, Search};
use crate::runtime::{Error, InboxItem, InboxQuery, OutstandingPage, Standing};
use crate::values::{Answers, CommandId, InstanceId, ObjectRef, TaskId};

/// What a user tells a host to do, through the calls that every host has.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Order {
    Search,
    Open(ObjectRef),
    History(ObjectRef),
    Inbox,
    Incidents,
    Unmet,
    Start(&'static str, ObjectRef),
    Run(&'static str, ObjectRef, Answers),
    Look(InstanceId),
    Request(InstanceId),
    Next(InstanceId, Answers),
    Cancel(InstanceId),
    Judge(InstanceId, Judgement),
    Resubmit(InstanceId, Answers, String),
    Resolve(InstanceId, u32, Resolution, String),
    Claim(InstanceId, TaskId),
    Unclaim(InstanceId, TaskId),
    Comment(InstanceId, TaskId, String),
}

/// What came of an order.
#[derive(Clone, Debug)]
pub(super) enum Came {
    /// The instance stands like this.
    Standing(Arc<Standing<Cards>>),
    /// The task is like this.
    Item(Box<InboxItem>),
    /// Something was read; these tasks among it.
    Seen(Vec<InboxItem>),
    /// It was rejected: the name of the rejection, and its words.
    Rejected(&'static str, String),
    /// It failed, and what it was is not told: the error in full.
    Failed(String),
    /// The host died over it.
    Unknown,
}

/// An order that was given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// Its number.
    pub(super) call: usize,
    /// Which user gave it.
    pub(super) user: usize,
    pub(super) host: usize,
    pub(super) id: CommandId,
    pub(super) order: Arc<Order>,
    /// After so many commits.
    pub(super) after: u64,
    /// The order that it repeats.
    pub(super) again: Option<usize>,
    /// The id was used for another order before.
    pub(super) reuses: bool,
    /// What came, once it did.
    pub(super) came: Option<Came>,
}

impl Order {
    /// For the count of what has happened.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Order::Search => "search",
            Order::Open(_) => "open",
            Order::History(_) => "history",
            Order::Inbox => "inbox",
            Order::Incidents => "incidents",
            Order::Unmet => "unmet",
            Order::Start(..) => "start",
            Order::Run(..) => "run",
            Order::Look(_) => "look",
            Order::Request(_) => "request",
            Order::Next(..) => "next",
            Order::Cancel(_) => "cancel",
            Order::Judge(_, it) => match it.verdict {
                Verdict::Approve => "approve",
                Verdict::Reject => "reject",
                Verdict::Postpone(_) => "postpone",
                Verdict::Ask => "ask",
                Verdict::TakeBack => "take back",
            },
            Order::Resubmit(..) => "resubmit",
            Order::Resolve(..) => "resolve",
            Order::Claim(..) => "claim",
            Order::Unclaim(..) => "unclaim",
            Order::Comment(..) => "comment",
        }
    }

    /// Whether it is a command, and not only a look.
    pub(super) fn is_command(&self) -> bool {
        !matches!(
            self,
            Order::Search
                | Order::Open(_)
                | Order::History(_)
                | Order::Inbox
                | Order::Incidents
                | Order::Unmet
                | Order::Look(_)
                | Order::Request(_)
        )
    }

    /// Gives it to a host.
    pub(super) async fn to(&self, host: &Cardflow, who: &Principal, id: CommandId) -> Came {
        let call = || who.command(id);
        let came = match self.clone() {
            Order::Search => {
                let page = host.search(who, Search::of(CARD_KIND)).await;
                return Came::of(page.map(|_| Came::Seen(Vec::new())));
            }
            Order::Open(object) => {
                return Came::of(host.open(who, object).await.map(|_| Came::Seen(Vec::new())));
            }
            Order::History(object) => {
                return Came::of(host.history(who, object).await.map(|_| Came::Seen(Vec::new())));
            }
            Order::Inbox => {
                let page = host.inbox(who, InboxQuery::groups().limit(20)).await;
                return Came::of(page.map(|it| Came::Seen(it.items)));
            }
            Order::Incidents => {
                let page = host.incidents(who, OutstandingPage::first()).await;
                return Came::of(page.map(|_| Came::Seen(Vec::new())));
            }
            Order::Unmet => {
                let page = host.unmet(who, OutstandingPage::first()).await;
                return Came::of(page.map(|_| Came::Seen(Vec::new())));
            }
            Order::Claim(instance, task) => return Came::item(host.claim(call(), instance, task).await),
            Order::Unclaim(instance, task) => return Came::item(host.unclaim(call(), instance, task).await),
            Order::Comment(instance, task, text) => {
                return Came::item(host.comment(call(), instance, task, &text).await);
            }
            Order::Request(instance) => host.request(who, instance).await.map(|it| it.standing),
            Order::Look(instance) => host.standing(who, instance, &Answers::none()).await,
            Order::Start(process, subject) => host.start(call(), process, subject).await,
            Order::Run(process, subject, answers) => host.run(call(), process, subject, answers).await,
            Order::Next(instance, answers) => host.next(call(), instance, answers).await,
            Order::Cancel(instance) => host.cancel(call(), instance).await,
            Order::Judge(instance, judgement) => host.judge(call(), instance, judgement).await,
            Order::Resubmit(instance, answers, note) => host.resubmit(call(), instance, answers, &note).await,
            Order::Resolve(instance, incident, how, note) => {
                host.resolve_incident(call(), instance, incident, how, &note).await
            }
        };
        Came::of(came.map(|it| Came::Standing(Arc::new(it))))
    }
}

impl Came {
    fn item(came: Result<InboxItem, Error<Cards>>) -> Came {
        Came::of(came.map(|it| Came::Item(Box::new(it))))
    }

    fn of(came: Result<Came, Error<Cards>>) -> Came {
        match came {
            Ok(came) => came,
            Err(Error::Rejected(it)) => Came::Rejected(it.code(), it.to_string()),
            Err(error) => Came::Failed(in_full(&error)),
        }
    }

    /// For the count of what has happened.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Came::Standing(_) | Came::Item(_) => "done",
            Came::Seen(_) => "seen",
            Came::Rejected(code, _) => code,
            Came::Failed(_) => "failed",
            Came::Unknown => "not known",
        }
    }

    /// How the instance stands, if that was answered.
    pub(super) fn standing(&self) -> Option<&Standing<Cards>> {
        match self {
            Came::Standing(it) => Some(it),
            _ => None,
        }
    }

    /// Whether the order was carried out, and its user knows.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Came::Standing(_) | Came::Item(_))
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Order::Search | Order::Inbox | Order::Incidents | Order::Unmet => f.write_str(name),
            Order::Open(it) | Order::History(it) => write!(f, "{name} {it}"),
            Order::Start(process, subject) => write!(f, "{name} {process} on {subject}"),
            Order::Run(process, subject, answers) => write!(f, "{name} {process} on {subject}{}", In(answers)),
            Order::Next(instance, answers) => write!(f, "{name} of {instance}{}", In(answers)),
            Order::Resubmit(instance, answers, _) => write!(f, "{name} {instance}{}", In(answers)),
            Order::Look(it) | Order::Request(it) | Order::Cancel(it) | Order::Judge(it, _) => write!(f, "{name} {it}"),
            Order::Resolve(it, nth, how, _) => write!(f, "{name} incident {nth} of {it}: {how}"),
            Order::Claim(it, _) | Order::Unclaim(it, _) | Order::Comment(it, ..) => {
                write!(f, "{name} the task of {it}")
            }
        }
    }
}

/// Answers in words.
struct In<'a>(&'a Answers);

impl fmt::Display for In<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (field, value) in self.0.iter().filter(|(_, it)| !it.is_personal()) {
            write!(f, ", {field} = {value}")?;
        }
        if self.0.quoted().is_some() { f.write_str(", as shown") } else { Ok(()) }
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Came::Standing(it) => write!(f, "{} of {} is {}", it.process, it.instance, it.status),
            Came::Item(it) => write!(f, "the task of {}", it.instance()),
            Came::Seen(tasks) if tasks.is_empty() => f.write_str("it is shown"),
            Came::Seen(tasks) => write!(f, "{} tasks are shown", tasks.len()),
            Came::Rejected(code, words) => write!(f, "rejected ({code}): {words}"),
            Came::Failed(what) => write!(f, "failed: {what}"),
            Came::Unknown => f.write_str("nothing, it has died"),
        }
    }
}

/// An error with its sources, in one line.
pub(super) fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(it) = source {
        text.push_str(&format!(": {it}"));
        source = it.source();
    }
    text
}
