use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Index, KeyRef, KeyValue, KindSpec, Record, Scope, SharedRecord};
use crate::values::{Kind, TenantId};

/// A condition on a key of a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Filter {
    /// The key with this code has this value.
    Is(u8, KeyValue),
    /// A value of the key with this code begins with this text.
    Begins(u8, String),
    /// The key with this code lies between two values, both included.
    Between(u8, KeyValue, KeyValue),
}

impl Filter {
    /// Whether a record with these keys meets it.
    #[must_use]
    pub fn meets(&self, record: &Record) -> bool {
        match self {
            Filter::Is(code, value) => record.keys.of(*code).any(|it| it == value.borrowed()),
            Filter::Begins(code, text) => {
                record.keys.of(*code).any(|it| matches!(it, KeyRef::Text(value) if value.starts_with(text)))
            }
            Filter::Between(code, low, high) => {
                record.keys.of(*code).any(|it| low.borrowed() <= it && it <= high.borrowed())
            }
        }
    }

    fn lead(&self) -> Lead {
        match self {
            Filter::Is(code, value) => {
                let value = value.borrowed().sort_bytes();
                Lead { code: *code, low: value.clone(), high: Some(value), begins: false }
            }
            Filter::Begins(code, text) => Lead { code: *code, low: text.as_bytes().to_vec(), high: None, begins: true },
            Filter::Between(code, low, high) => Lead {
                code: *code,
                low: low.borrowed().sort_bytes(),
                high: Some(high.borrowed().sort_bytes()),
                begins: false,
            },
        }
    }

    /// The code of the key it is about.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Filter::Is(code, _) | Filter::Begins(code, _) | Filter::Between(code, ..) => *code,
        }
    }
}

/// A search, as a host asks for it. An empty one is allowed: it lists the kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    pub(crate) kind: Kind,
    pub(crate) filters: Vec<Filter>,
    pub(crate) after: Option<Place>,
    pub(crate) limit: usize,
    pub(crate) count: bool,
}

impl Search {
    /// Every record of a kind, fifty a page.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Search { kind, filters: Vec::new(), after: None, limit: 50, count: false }
    }

    /// Only those that meet this condition, too.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// The page after this place: [`Found::next`] of the page before.
    #[must_use]
    pub fn after(mut self, place: Place) -> Self {
        self.after = Some(place);
        self
    }

    /// At most so many a page, from 1 to 1000.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Counts all there are, too; that reads them all.
    #[must_use]
    pub fn counted(mut self) -> Self {
        self.count = true;
        self
    }
}

/// What is searched for, with the tenant and the reach of the actor's right.
///
/// # Contract
///
/// - **Ordered.** It finds every record of its kind that meets all conditions, once, in the order of the key that
///   [leads](Query::lead) it, then of the ids. A kind without an index to lead is [unsupported](super::StorageError).
/// - **Paged.** A page begins after its place, whatever has come, gone or moved meanwhile, is full unless it is the last, and
///   says where the next begins. Else a host that goes through all cards misses some. A total is of all pages.
/// - **Scoped.** The scope is applied before pages are cut and totals counted: neither shows what lies beyond it.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Whose data.
    pub tenant: TenantId,
    /// The kind of records.
    pub kind: Kind,
    /// Conditions; all must be met.
    pub filters: Vec<Filter>,
    /// How far the actor's right reaches: applied before counting and paging.
    pub scope: Scope,
    /// Go on after this place.
    pub after: Option<Place>,
    /// At most so many; storage gives at most 1000.
    pub limit: usize,
    /// Count all that there are, too.
    pub count: bool,
}

/// A place in the order of a search: the value of the key that gives the order, then the id.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub struct Place {
    /// The value, as bytes that sort.
    pub value: Vec<u8>,
    /// The id.
    pub id: Uuid,
}

/// A page of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The records, in order.
    pub records: Vec<SharedRecord>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<Place>,
    /// How many there are in all, if that was asked.
    pub total: Option<u64>,
}

/// The index that leads a search, and the part of it that is read; all adapters choose alike, so that they give the same order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lead {
    /// The code of the key.
    pub code: u8,
    /// The lowest value, as bytes that sort.
    pub low: Vec<u8>,
    /// The highest value, included; none for no bound.
    pub high: Option<Vec<u8>>,
    /// Values must begin with `low`.
    pub begins: bool,
}

impl Lead {
    /// Whether an index entry with this value belongs to the search.
    #[must_use]
    pub fn takes(&self, value: &[u8]) -> bool {
        let within = value >= self.low.as_slice() && self.high.as_ref().is_none_or(|it| value <= it.as_slice());
        within && (!self.begins || value.starts_with(&self.low))
    }

    /// The place of a record in the order: its lowest value that belongs to the search. A record with several such values
    /// is found there only, once.
    #[must_use]
    pub fn place_of(&self, record: &Record) -> Option<Place> {
        let values = record.keys.of(self.code).map(KeyRef::sort_bytes).filter(|it| self.takes(it));
        values.min().map(|value| Place { value, id: record.at.id() })
    }
}

impl Query {
    /// A search within a tenant and a scope.
    #[must_use]
    pub fn of(tenant: TenantId, scope: Scope, search: Search) -> Self {
        let Search { kind, filters, after, limit, count } = search;
        Query { tenant, kind, filters, scope, after, limit, count }
    }

    /// The index to read: of a filter that is indexed, one that asks for a value before one that asks for a range; else
    /// the first index of the kind. None if the kind has no index to list it by.
    #[must_use]
    pub fn lead(&self, spec: &KindSpec) -> Option<Lead> {
        let indexed = |filter: &Filter| match (spec.key_of(filter.code())?.index, filter) {
            (Index::None, _) => None,
            (Index::Except(common), Filter::Is(_, value)) if *value == KeyValue::Text(common.to_owned()) => None,
            (Index::Except(_), Filter::Begins(..) | Filter::Between(..)) => None,
            (Index::All | Index::Unique | Index::Except(_), _) => Some(filter.lead()),
        };
        let exact = self.filters.iter().filter(|it| matches!(it, Filter::Is(..))).find_map(indexed);
        exact.or_else(|| self.filters.iter().find_map(indexed)).or_else(|| {
            let first = spec.keys.iter().find(|it| matches!(it.index, Index::All | Index::Unique))?;
            Some(Lead { code: first.code, low: Vec::new(), high: None, begins: false })
        })
    }

    /// Whether a record belongs to what is searched for.
    #[must_use]
    pub fn wants(&self, record: &Record) -> bool {
        self.scope.reaches(&record.keys) && self.filters.iter().all(|it| it.meets(record))
    }
}
