//! The host that is killed: many callers at once, every acknowledgement a line on its standard output.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use cardflow::cards::Cards;
use cardflow::engine::{INSTANCE_KIND, Instance, Scope};
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
        let cards = cards.items.iter().map(|it| it.id).collect();
        let office = Arc::new(Office { cards, open: Mutex::new(open(&host).await), host });
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

/// The instances that a host before has left waiting, and who may go on with them.
async fn open(host: &Host) -> Vec<(InstanceId, String)> {
    let olga = host.cards.sign_in(&caller("olga")).await.unwrap().person;
    let query = Query::of(TENANT, Scope::All, Search::of(INSTANCE_KIND).limit(1000));
    let mut open = Vec::new();
    for record in host.storage.find(&query).await.unwrap().records {
        let id = InstanceId::from_uuid(record.at.id());
        let instance = Instance::<Cards>::from_bytes(id, record.revision, &record.body).unwrap();
        let account = if instance.requester() == Some(olga) { "olga" } else { "otto" };
        open.extend(instance.waits().map(|_| (id, account.to_owned())));
    }
    open
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
    /// Instances that wait, and who may go on with them.
    open: Mutex<Vec<(InstanceId, String)>>,
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
        let card = *dice.pick(&self.cards);
        // Another's instance, a right that is missing, a state that has gone: refusals are part of the load.
        let somebody = if dice.one_in(30) { "ada" } else { *dice.pick(&["olga", "otto"]) };
        let open = if dice.one_in(2) { self.pick(dice) } else { None };
        let (account, what) = match open {
            Some((instance, account)) if dice.one_in(4) => (account, What::Cancel(instance)),
            Some((instance, account)) => (account, What::Next(instance)),
            None if dice.one_in(2) => (somebody.to_owned(), What::Start(self.process(dice, card).await?, card)),
            None => (somebody.to_owned(), What::Run(self.process(dice, card).await?, card)),
        };
        let ask = Ask { id: CommandId::from_uuid(dice.uuid()), account, what };
        say(&format!("ask {ask}"));
        match ask.perform(&self.host.cards).await {
            Ok(standing) => {
                say(&format!("ack {} {}", ask.id, in_words(&standing)));
                if let What::Start(..) = ask.what {
                    self.open.lock().unwrap().push((standing.id(), ask.account));
                }
            }
            Err(Error::Rejected(rejection)) => say(&format!("nak {} {}", ask.id, rejection.code())),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// An instance that waits, and who may go on with it. Seldom it is left to others, who then come too late.
    fn pick(&self, dice: &mut Dice) -> Option<(InstanceId, String)> {
        let mut open = self.open.lock().unwrap();
        let place = usize::try_from(dice.roll()).unwrap().checked_rem(open.len())?;
        Some(if dice.one_in(8) { open[place].clone() } else { open.swap_remove(place) })
    }

    /// A process that the card offers at the moment, or any. A card that is locked is of no more use: seldom.
    async fn process(&self, dice: &mut Dice, card: ObjectRef) -> Result<String, Failure> {
        let any = if dice.one_in(40) { PROCESSES[2] } else { PROCESSES[usize::from(dice.one_in(2))] };
        if any == PROCESSES[2] || dice.one_in(8) {
            return Ok(any.to_owned());
        }
        let offers = self.host.cards.open(&caller("olga"), card).await?.offers;
        let mut offers = offers.iter().filter(|it| it.obstacle.is_none() && it.process != PROCESSES[2]);
        Ok(offers.next().map_or(any, |it| it.process).to_owned())
    }

    async fn look(&self, dice: &mut Dice) -> Result<(), Error<Cards>> {
        let (cards, card, auditor) = (&self.host.cards, *dice.pick(&self.cards), caller("aude"));
        cards.search(&caller("olga"), Search::cards().text("4711").counted()).await?;
        cards.open(&caller("olga"), card).await?;
        assert!(cards.history(&auditor, card).await?.verified.is_ok());
        cards.refusals(&auditor, 10).await.map(drop)
    }
}
