use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::graph::Graph;
use super::head::{Head, object};
use super::text::{Invalid, line};
use super::{CARD, CARD_KIND, CardState, Hold, PolicyDeadline, TEMPORARY_CARD};
use crate::values::{HomeId, PersonId, TenantId, Timestamp, uuid_id};

uuid_id! {
    /// A card.
    CardId
}

/// What a card is for.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CardKind {
    /// Of somebody employed here.
    Employee,
    /// Of somebody who works here under contract.
    Contractor,
    /// Of a guest.
    Visitor,
    /// Stands in for another card for some days; has a [graph](TEMPORARY_CARD) of its own.
    Temporary,
    /// A card in a computer's security chip.
    Virtual,
    /// A card in a telephone.
    Mobile,
    /// A kind that the site defines.
    Site(String),
}

impl CardKind {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            CardKind::Employee => "employee",
            CardKind::Contractor => "contractor",
            CardKind::Visitor => "visitor",
            CardKind::Temporary => "temporary",
            CardKind::Virtual => "virtual",
            CardKind::Mobile => "mobile",
            CardKind::Site(name) => name,
        }
    }
}

impl fmt::Display for CardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for CardKind {
    type Err = Invalid;

    /// A name that is none of the built-in ones is a kind of the site.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match line("card kind", text, 64)?.to_lowercase().as_str() {
            "employee" => CardKind::Employee,
            "contractor" => CardKind::Contractor,
            "visitor" => CardKind::Visitor,
            "temporary" => CardKind::Temporary,
            "virtual" => CardKind::Virtual,
            "mobile" => CardKind::Mobile,
            other => CardKind::Site(other.to_owned()),
        })
    }
}

/// The number on a card: kept as printed, compared without spaces and in capitals.
///
/// ```
/// use cardflow::domain::CardNumber;
///
/// let printed: CardNumber = "4711 0815 ab".parse()?;
/// assert_eq!(printed.to_string(), "4711 0815 ab");
/// assert_eq!(printed.plain(), "47110815AB");
/// # Ok::<(), cardflow::domain::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CardNumber(String);

impl CardNumber {
    /// Without spaces, in capitals: the form that is unique and searched.
    #[must_use]
    pub fn plain(&self) -> String {
        plain_number(&self.0)
    }
}

/// The plain form of any text: what a search compares.
pub(crate) fn plain_number(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

impl fmt::Display for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for CardNumber {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = line("card number", text, 64)?;
        if !shown.chars().all(|c| c.is_ascii_alphanumeric() || " -./".contains(c)) {
            return Err(Invalid::new("card number", text, "letters and digits, with spaces, `-`, `.` or `/` between"));
        }
        Ok(CardNumber(shown))
    }
}

/// From when until when something is good, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Validity {
    from: Timestamp,
    until: Timestamp,
}

impl Validity {
    /// From one time until another.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it ends before it begins.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, Invalid> {
        if until < from {
            return Err(Invalid::new(
                "validity",
                &until.to_string(),
                format!("an end not before its beginning, {from}"),
            ));
        }
        Ok(Validity { from, until })
    }

    /// The first moment.
    #[must_use]
    pub fn from(self) -> Timestamp {
        self.from
    }

    /// The last moment.
    #[must_use]
    pub fn until(self) -> Timestamp {
        self.until
    }

    /// Whether `at` lies within.
    #[must_use]
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at <= self.until
    }

    /// Whether `at` is past the end.
    #[must_use]
    pub fn is_over(self, at: Timestamp) -> bool {
        at > self.until
    }
}

/// A smart card: plastic, virtual, or in a telephone.
///
/// Who holds it is a [`Relation`](super::Relation); a card may have no holder.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Card {
    #[serde(skip)]
    pub(crate) head: Head,
    id: CardId,
    pub(crate) state: CardState,
    kind: CardKind,
    number: CardNumber,
    validity: Validity,
    unit: Option<String>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) deadlines: Vec<PolicyDeadline>,
    attributes: BTreeMap<String, String>,
}

object!(Card, CardId, CARD_KIND);

impl Card {
    /// A card that is at home in itself: stock, or temporary. Its state is the first of its graph that is in use:
    /// `active`, and for a temporary card `unassigned`.
    #[must_use]
    pub fn new(tenant: TenantId, id: CardId, kind: CardKind, number: CardNumber, validity: Validity) -> Self {
        let state = if kind == CardKind::Temporary { CardState::Unassigned } else { CardState::Active };
        Card {
            head: Head { tenant, home: HomeId::from_uuid(id.uuid()), ..Head::default() },
            id,
            state,
            kind,
            number,
            validity,
            unit: None,
            holds: Vec::new(),
            deadlines: Vec::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// Registered for a person, whose home it shares from then on.
    #[must_use]
    pub fn registered_for(mut self, person: PersonId) -> Self {
        self.head.home = HomeId::from_uuid(person.uuid());
        self
    }

    /// In another state. An inactive card needs the hold that makes it so.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the state is not in the card's graph.
    pub fn in_state(mut self, state: CardState) -> Result<Self, Invalid> {
        if !self.graph().has(state) {
            let known: Vec<_> = self.graph().states.iter().map(|node| node.state.name()).collect();
            return Err(Invalid::new("card state", state.name(), known.join(", ")));
        }
        self.state = state;
        Ok(self)
    }

    /// With an open hold.
    #[must_use]
    pub fn with_hold(mut self, hold: Hold) -> Self {
        self.holds.push(hold);
        self
    }

    /// In an organisational unit of its own (else it counts to its holder's).
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not one line of at most 128 characters.
    pub fn in_unit(mut self, unit: &str) -> Result<Self, Invalid> {
        self.unit = Some(line("unit", unit, 128)?);
        Ok(self)
    }

    /// With an attribute of the site: a name and a value.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the name is longer than 64 or the value than 1000 characters, or either is empty.
    pub fn with_attribute(mut self, name: &str, value: &str) -> Result<Self, Invalid> {
        self.attributes.insert(line("attribute name", name, 64)?, line("attribute value", value, 1000)?);
        Ok(self)
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> CardState {
        self.state
    }

    /// Whether it is out of use, for now or for good, and what hangs on it with it. A temporary card that has expired is
    /// not, but waits to be handed in.
    #[must_use]
    pub fn is_out_of_use(&self) -> bool {
        match self.state {
            CardState::Inactive | CardState::Locked => true,
            CardState::Expired => self.kind != CardKind::Temporary,
            _ => false,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> &CardKind {
        &self.kind
    }

    /// The number on it.
    #[must_use]
    pub fn number(&self) -> &CardNumber {
        &self.number
    }

    /// From when until when it is good.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Its own organisational unit.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The open holds.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// By when something must have come about for its certificates, by the rules of the policy profile: what is open, and what
    /// ended since something was set last.
    #[must_use]
    pub fn deadlines(&self) -> &[PolicyDeadline] {
        &self.deadlines
    }

    /// The attributes the site defines.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Without what the site has written on it: nobody knows what it is.
    pub(super) fn stripped(self) -> Self {
        Card { attributes: BTreeMap::new(), ..self }
    }

    /// The graph of its states.
    #[must_use]
    pub fn graph(&self) -> &'static Graph<CardState> {
        if self.kind == CardKind::Temporary { &TEMPORARY_CARD } else { &CARD }
    }
}
