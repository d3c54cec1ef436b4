//! A request for approval as a play of a few words: who does what, one after another, and what comes of it.

use cardflow::engine::{
    ApprovalPolicy, Asks, Ballot, Bar, Colleague, Command, Covers, Event, HeldRole, Judgement, Outcome, Overdue,
    Verdict,
};
use cardflow::values::{Answers, Digest, Millis, PersonId, TaskId};

use crate::bench::{Bench, Decided, actor, came, person};
use crate::library::{Library, Place, Rules};
use crate::processes::{Process, bare_form, field, on_book};

/// Who plays.
///
/// | number | who |
/// | --- | --- |
/// | 1 | asks |
/// | 2 | on whose behalf it may be asked; also a head |
/// | 3 | may own the book; also a head |
/// | 10, 11 | heads; 11 is a senior, too |
/// | 12 | a senior |
/// | 13 | a deputy head, of no role that is asked |
/// | 14 | a head who is not active |
/// | 15 | a head by their own grant |
/// | 16 | a head who stands in for 1 |
/// | 17 | of no role, stands in for 10 |
/// | 18 | a head who stands in for 3 |
/// | 19 | a head elsewhere: no role of theirs reaches the book |
/// | 20 | of no role, named by some policies |
/// | 21 | of no role, stands in for 1 |
/// | 22 | an administrator, to whom some policies escalate |
fn colleagues() -> Vec<Colleague> {
    let who = |number: u128, roles: &[&str], for_whom: &[u128]| Colleague {
        person: person(number),
        active: true,
        roles: roles.iter().map(|it| HeldRole::everywhere(it)).collect(),
        stands_in_for: for_whom.iter().map(|it| person(*it)).collect(),
    };
    let own = Colleague { roles: vec![HeldRole::everywhere("Head").self_granted()], ..who(15, &[], &[]) };
    vec![
        who(1, &["Librarian", "Head"], &[]),
        who(2, &["Head"], &[]),
        who(3, &["Head"], &[]),
        who(10, &["Head"], &[]),
        who(11, &["Head", "Senior"], &[]),
        who(12, &["Senior"], &[]),
        who(13, &["Deputy"], &[]),
        Colleague { active: false, ..who(14, &["Head"], &[]) },
        own,
        who(16, &["Head"], &[1]),
        who(17, &[], &[10]),
        who(18, &["Head"], &[3]),
        who(19, &[], &[]),
        who(20, &[], &[]),
        who(21, &[], &[1]),
        who(22, &["Administrator"], &[]),
    ]
}

/// A policy by its name in the table.
pub(crate) fn policy(name: &str) -> ApprovalPolicy {
    let head = || Ballot::role("Head");
    let two = ApprovalPolicy::of(head().needs(2));
    let policy = match name {
        "one" | "exact" => ApprovalPolicy::role("Head"),
        "two" => two,
        "both" => ApprovalPolicy::role("Head").and(Ballot::role("Senior")),
        "then" => ApprovalPolicy::role("Head").then(Ballot::role("Senior")),
        "two, then" => two.then(Ballot::role("Senior")),
        "named" => ApprovalPolicy::of(Ballot::persons([person(20)])),
        "or named" => ApprovalPolicy::of(head().or_person(person(20))),
        "but 10" => ApprovalPolicy::of(head().but(person(10))),
        "nobody's" => ApprovalPolicy::role("Curator"),
        "five" => ApprovalPolicy::of(head().needs(50)),
        "escalates" => {
            let overdue = Overdue::Escalate { to: "Administrator".to_owned(), waits: Millis::hours(10) };
            ApprovalPolicy::role("Head").overdue(overdue)
        }
        "automatic" => ApprovalPolicy::role("Head").overdue(Overdue::Approve),
        "then automatic" => ApprovalPolicy::role("Head").then(Ballot::role("Senior")).overdue(Overdue::Approve),
        "owner may" => ApprovalPolicy::role("Head").relaxed(Bar::Holder, "owners know their books"),
        "requester may" => ApprovalPolicy::role("Head").relaxed(Bar::Requester, "a library of one"),
        "deputies may" => ApprovalPolicy::role("Head").relaxed(Bar::Deputy, "there are few of us"),
        "own grants count" => ApprovalPolicy::role("Head").relaxed(Bar::OwnGrant, "the first head grants it alone"),
        other => panic!("no policy is called {other}"),
    };
    policy.covers(if name == "exact" { Covers::Exact } else { Covers::Intent })
}

pub(crate) fn process(policy: ApprovalPolicy) -> Process {
    let reason = field("reason", Asks::Choice(|rules: &Rules| rules.reasons.iter().map(String::as_str).collect()));
    on_book("Take", 1)
        .requires(Place::Shelf)
        .form("ask", bare_form().optional([reason, field("note", Asks::Text(100))]))
        .approval("approval", policy)
        .change("take", Place::Reader, |desk| {
            let fee = desk.ground.dossier.book().map_or(0, |it| it.body.fee);
            desk.take_to(Place::Reader)?;
            desk.loan(fee)
        })
        .end("taken")
        .build()
        .unwrap()
}

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) struct Parley {
    pub(crate) bench: Bench,
    pub(crate) last: Option<Decided>,
    /// The task and what it asked for, when each was asked: the first is the oldest.
    pub(crate) asked: Vec<(TaskId, Digest)>,
}

impl Parley {
    pub(crate) fn under(policy: ApprovalPolicy) -> Parley {
        Parley::among(colleagues(), policy)
    }

    pub(crate) fn among(colleagues: Vec<Colleague>, policy: ApprovalPolicy) -> Parley {
        let bench = Bench { colleagues, ..Bench::of(process(policy), Place::Shelf) };
        Parley { bench, last: None, asked: Vec::new() }
    }

    /// Plays one line, and says what came of it.
    pub(crate) fn play(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["wait", hours] => self.bench.now = self.bench.now.plus(Millis::hours(hours.parse().unwrap())),
            ["the", "timer"] => return self.by_itself(),
            ["book", "moved"] => self.bench.shelf = self.bench.shelf.clone().taken_to(Place::Workshop),
            ["fee", fee] => {
                let things = &mut self.bench.shelf.things;
                things.iter_mut().for_each(|it| it.body.fee = fee.parse().unwrap());
            }
            ["owner", number] => self.bench.shelf.owner = Some(number_of(number)),
            ["requester", "gone"] => self.bench.requester = Some("a person who is dismissed".to_owned()),
            [number, "dismissed"] => self.colleague(number).active = false,
            [number, "loses", "roles"] => self.colleague(number).roles.clear(),
            [number, "stands", "in", "for", other] => {
                self.colleague(number).stands_in_for.insert(number_of(other));
            }
            [number, what @ ..] => return self.act(number, what),
            [] => panic!("nothing"),
        }
        String::new()
    }

    fn colleague(&mut self, number: &str) -> &mut Colleague {
        self.bench.colleagues.iter_mut().find(|it| it.person == number_of(number)).unwrap()
    }

    fn act(&mut self, number: &str, what: &[&str]) -> String {
        let mut who = actor(number.parse().unwrap());
        let command = match what {
            ["starts", rest @ ..] => {
                if let ["for", other] = rest {
                    who.on_behalf = Some(number_of(other));
                }
                let answers = Answers::none().with("reason", "study").with("note", "quickly");
                Command::Start { subject: self.bench.shelf.subject, answers: Some(answers) }
            }
            ["withdraws"] => Command::Cancel,
            ["resubmits"] => Command::Resubmit { answers: Answers::none(), note: "Here it is".to_owned() },
            ["resubmits", reason] => {
                Command::Resubmit { answers: Answers::none().with("reason", *reason), note: String::new() }
            }
            [verdict, rest @ ..] => Command::Judge(self.judgement(verdict, rest)),
            [] => panic!("{number} does nothing"),
        };
        self.bench.actor = who;
        let now = self.bench.now;
        self.give(&command, now)
    }

    fn judgement(&self, verdict: &str, rest: &[&str]) -> Judgement {
        let place = if rest.contains(&"the-first") { self.asked.first() } else { self.asked.last() };
        let (task, covers) = place.copied().unwrap_or((TaskId::from_uuid(uuid::Uuid::nil()), Digest::ZERO));
        let later = self.bench.now.plus(Millis::hours(24));
        let judgement = match verdict {
            "approves" if rest.contains(&"blindly") => Judgement { seen: None, ..Judgement::approve(task, covers) },
            "approves" if rest.contains(&"otherwise") => Judgement::approve(task, Digest::ZERO),
            "approves" => Judgement::approve(task, covers),
            "rejects" if rest.contains(&"silently") => Judgement::reject(task, " "),
            "rejects" => Judgement::reject(task, "It is too fragile"),
            "postpones" if rest.contains(&"to-a-date") => Judgement::postpone(task, Some(later)),
            "postpones" if rest.contains(&"to-the-past") => Judgement::postpone(task, Some(self.bench.now)),
            "postpones" => Judgement::postpone(task, None),
            "asks" => Judgement::ask(task, "For how long?"),
            "takes-back" => Judgement::take_back(task),
            other => panic!("nobody {other}"),
        };
        match rest {
            [.., "for", other] => judgement.on_behalf_of(number_of(other)),
            _ => judgement,
        }
    }

    fn by_itself(&mut self) -> String {
        self.bench.actor = cardflow::engine::Actor::worker(self.bench.now);
        let now = self.bench.now;
        self.give(&Command::Fire, now)
    }

    pub(crate) fn give(&mut self, command: &Command<Library>, now: cardflow::values::Timestamp) -> String {
        self.bench.now = now;
        let decided = self.bench.decide(self.last.as_ref().map(|it| &it.instance), command);
        let said = match &decided {
            Ok(decision) => said(&decision.events),
            Err(_) => came(&decided),
        };
        if let Ok(decision) = decided {
            if let (Some(approval), Some((_, task, _))) = (decision.instance.approval(), decision.instance.waits()) {
                self.asked.push((task, approval.covers));
                self.asked.dedup();
            }
            self.bench = self.bench.after(&decision);
            self.last = Some(decision);
        }
        said
    }
}

fn number_of(text: &str) -> PersonId {
    person(text.parse().unwrap())
}

/// What happened, without what every request has.
fn said(events: &[Event<Library>]) -> String {
    let word = |event: &Event<Library>| match event {
        Event::Started { .. } | Event::Bound { .. } | Event::Answered { .. } | Event::NoMail => None,
        Event::ApprovalAsked { .. } => Some("asked".to_owned()),
        Event::Waits { .. } => Some("waits".to_owned()),
        Event::Judged { verdict: Verdict::Postpone(Some(_)), .. } => Some("postponed to a date".to_owned()),
        Event::Judged { verdict, on_behalf, .. } => {
            Some(format!("{verdict}{}", if on_behalf.is_some() { " for another" } else { "" }))
        }
        Event::NextStage { .. } => Some("next stage".to_owned()),
        Event::Escalated { to, .. } => Some(format!("escalated to {to}")),
        Event::Approved { automatic, .. } => Some(if *automatic { "agreed, automatic" } else { "agreed" }.to_owned()),
        Event::Differed { gone, come, .. } => Some(format!("-{} +{}", gone.len(), come.len())),
        Event::Resubmitted { .. } => Some("resubmitted".to_owned()),
        Event::Changed { .. } => Some("done".to_owned()),
        Event::Ended(Outcome::Done { .. }) => None,
        Event::Ended(outcome) => Some(outcome.to_string()),
        other => Some(format!("{other:?}")),
    };
    events.iter().filter_map(word).collect::<Vec<_>>().join(", ")
}
