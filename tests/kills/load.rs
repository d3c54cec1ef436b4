//! The host that is killed: many callers at once, every acknowledgement a line on its standard output.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use cardflow::cards::Cards;
use cardflow::engine::{INSTANCE_KIND, Scope};
use cardflow::ports::{Query, Search, Storage};
use cardflow::runtime::Error;
use cardflow::values::{CommandId, InstanceId, Millis, ObjectRef, Timestamp};

use crate::common::TENANT;
use crate::dice::Dice;
use crate::site::{Failure, Host, PROCESSES, caller};
use crate::told::{Ask, What, in_words};

/// So many callers at once.
const CALLERS: u64 = 12;

/// What a host is to do: its parent tells it by one variable of the environment.
#[derive(Clone, Debug)]
pub struct Load {
    pub seed: u64,
    pub now: Timestamp,
    /// So many deeds a caller; then the host closes.
    pub deeds: u64,
    /// Its disk fails: what it cannot write is no fault of its own.
    pub in_trouble: bool,
}

impl Load {
    pub fn read(text: &str) -> Option<Load> {
        let mut words = text.split(' ').map(|it| it.parse::<i64>().ok());
        let mut word = || words.next()?;
        let (seed, now) = (word()?.unsigned_abs(), Timestamp::from_millis(word()?));
        Some(Load { seed, now, deeds: word()?.unsigned_abs(), in_trouble: word()? != 0 })
    }

    pub fn write(&self) -> String {
        format!("{} {} {} {}", self.seed, self.now.millis(), self.deeds, i64::from(self.in_trouble))
    }

    pub fn carry(&self, folder: &Path) {
        std::panic::set_hook(Box::new(|panic| say(&format!("broken {}", panic.to_string().replace('\n', " ")))));
        // The test harness has begun a line of its own.
        say("");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(self.carry_on(folder));
    }

    async fn carry_on(&self, folder: &Path) {
        let host = Host::open(folder, self.now).unwrap();
        let cards = host.cards.search(&caller("olga"), Search::cards()).await.unwrap();
        let open = Query::of(TENANT, Scope::All, Search::of(INSTANCE_KIND).limit(1000));
        let open = host.storage.find(&open).await.unwrap().records;
        let office = Arc::new(Office {
            cards: cards.items.iter().map(|it| it.id).collect(),
            open: Mutex::new(open.iter().map(|it| InstanceId::from_uuid(it.at.id())).collect()),
            host,
        });
        say("ready");
        let callers = (0..CALLERS).map(|n| {
            let (office, mut dice, load) = (Arc::clone(&office), Dice::of(self.seed ^ n << 32), self.clone());
            tokio::spawn(async move {
                for _ in 0..load.deeds {
                    if let Err(error) = office.deed(&mut dice).await {
                        say(&format!("{} {error:?}", if load.in_trouble { "failed" } else { "broken" }));
                    }
                }
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
        say("closing");
        drop(office);
        say("closed");
    }
}

/// One line, at once and whole.
#[expect(clippy::exit, reason = "where nobody listens any more, nothing is left to do")]
pub fn say(line: &str) {
    let mut out = io::stdout().lock();
    let said = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
    said.unwrap_or_else(|_| std::process::exit(1));
}

struct Office {
    host: Host,
    cards: Vec<ObjectRef>,
    /// Instances that were open when somebody looked last.
    open: Mutex<Vec<InstanceId>>,
}

impl Office {
    async fn deed(&self, dice: &mut Dice) -> Result<(), Failure> {
        let Host { cards, authority, clock, .. } = &self.host;
        match dice.below(100) {
            0..78 => self.command(dice).await?,
            78..88 => drop(cards.deliver(1 + usize::try_from(dice.below(8))?).await?),
            88..90 => drop(cards.tick().await?),
            90..92 => say(&format!("crl {}", authority.crl(self.host.now()).await?.number)),
            92..96 => self.look(dice).await?,
            _ => {
                let step = Millis::seconds(if dice.one_in(5) { 70 } else { 3 });
                say(&format!("now {}", self.host.now().plus(step).millis()));
                clock.advance(step);
            }
        }
        Ok(())
    }

    /// A command under an id that is said before it is given; what came of it is said after.
    async fn command(&self, dice: &mut Dice) -> Result<(), Failure> {
        let process = match dice.below(20) {
            0 => PROCESSES[2],
            1..11 => PROCESSES[1],
            _ => PROCESSES[0],
        };
        let (process, card) = (process.to_owned(), *dice.pick(&self.cards));
        let open = self.open.lock().unwrap().clone();
        let what = match dice.below(8) {
            0..2 => What::Start(process, card),
            2..5 if !open.is_empty() => What::Next(*dice.pick(&open)),
            5 if !open.is_empty() => What::Cancel(*dice.pick(&open)),
            _ => What::Run(process, card),
        };
        // Another's instance, a right that is missing: refusals are part of the load.
        let account = if dice.one_in(30) { "ada" } else { *dice.pick(&["olga", "olga", "otto"]) };
        let ask = Ask { id: CommandId::from_uuid(dice.uuid()), account: account.to_owned(), what };
        say(&format!("ask {ask}"));
        match ask.perform(&self.host.cards).await {
            Ok(standing) => {
                say(&format!("ack {} {}", ask.id, in_words(&standing)));
                self.remember(&ask, standing.id());
            }
            Err(Error::Rejected(rejection)) => say(&format!("nak {} {}", ask.id, rejection.code())),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn remember(&self, ask: &Ask, instance: InstanceId) {
        let mut open = self.open.lock().unwrap();
        match ask.what {
            What::Start(..) => open.push(instance),
            // Once more now and then: it has gone on, and says so.
            What::Next(_) | What::Cancel(_) if !ask.id.uuid().as_u128().is_multiple_of(4) => {
                open.retain(|it| *it != instance)
            }
            What::Next(_) | What::Cancel(_) | What::Run(..) => {}
        }
    }

    async fn look(&self, dice: &mut Dice) -> Result<(), Error<Cards>> {
        let (cards, card, auditor) = (&self.host.cards, *dice.pick(&self.cards), caller("aude"));
        cards.search(&caller("olga"), Search::cards().text("4711").counted()).await?;
        cards.open(&caller("olga"), card).await?;
        assert!(cards.history(&auditor, card).await?.verified.is_ok());
        cards.refusals(&auditor, 10).await.map(drop)
    }
}
