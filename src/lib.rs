//! Smart cards, the certificates on them, and the processes that deactivate, bring back and lock them.
//!
//! Organisations hand smart cards to people: for doors, logins, signatures. Cards are lost, found, left at home, withdrawn.
//! Somebody must deactivate them in seconds, bring them back, lock them for good, and later prove who did what and why.
//! `cardflow` is the library other services embed for that. It does no I/O of its own accord and spawns nothing: the host
//! calls it, and plugs in a store, certificate authorities, a directory, a notifier.
//!
//! # The tour
//!
//! A holder with a card, an operator, and a deactivation, over a store in memory and with no authority registered:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use cardflow::Cardflow;
//! use cardflow::adapters::memory::{MemoryStorage, RandomIds, SystemClock};
//! use cardflow::cards::{OPERATOR, SCHEMA, package};
//! use cardflow::domain::{
//!     Card, CardId, CardKind, Object, Person, Relation, RelationId, RelationKind, RoleGrant, Validity,
//! };
//! use cardflow::engine::Component;
//! use cardflow::ports::{Clock, IdSource, Principal, Search};
//! use cardflow::values::{Answers, Ids, Millis, PersonId, TenantId};
//!
//! let cards = Cardflow::builder(MemoryStorage::new(&SCHEMA)).processes(package()?).build()?;
//!
//! // People and cards come in all at once: by hand as here, or from a file (feature `import`).
//! let (tenant, now) = (TenantId::default(), SystemClock.now());
//! let mut ids = Ids::new(now, RandomIds.seed()?);
//! let ada = Person::new(tenant, PersonId::from_uuid(ids.fresh()), "Ada Example")?;
//! let olga = Person::new(tenant, PersonId::from_uuid(ids.fresh()), "Olga Operator")?
//!     .with_account("olga")?
//!     .with_role(RoleGrant::new(OPERATOR, None, now)?);
//! let validity = Validity::new(now, now.plus(Millis::days(365)))?;
//! let card = Card::new(tenant, CardId::from_uuid(ids.fresh()), CardKind::Employee, "4711 0815".parse()?, validity)
//!     .registered_for(ada.id());
//! let held = Relation::to_object(RelationId::from_uuid(ids.fresh()), RelationKind::Holder, &card, ada.at());
//! cards.install(tenant, &[ada.into(), olga.into(), card.into(), held.into()]).await?;
//!
//! // The operator searches, opens the card and starts the process.
//! let operator = Principal::new("olga", Component::Operator, "smart card", now);
//! let found = cards.search(&operator, Search::cards().text("4711 08")).await?;
//! let open = cards.open(&operator, found.items[0].id).await?;
//! let task = cards.start(&operator, "CardsProcDeactivate", open.id()).await?;
//!
//! // The form shows what Next will do. Next quotes it: if it no longer holds, nothing is done.
//! let preview = task.preview.as_ref().ok_or("a form has a preview")?;
//! assert_eq!(preview.items[0].what.to_string(), "becomes inactive");
//! let answers = Answers::none().with("reason", "lost").seen(preview.digest);
//! let done = cards.next(&operator, task.id(), answers).await?;
//! assert_eq!(done.status.to_string(), "deactivated");
//!
//! // A door asks.
//! let refused = cards.usable(tenant, open.id(), now).await?.unwrap_err();
//! assert_eq!(refused.to_string(), "the card is inactive");
//!
//! // An auditor reads who did what, on a verified chain.
//! let history = cards.history(&operator, open.id()).await?;
//! assert_eq!(history.verified?.length, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a durable store, a certificate authority and real certificates it looks the same: `examples/deactivate_card`. A
//! service that embeds it is `examples/service`, the model for hosts.
//!
//! # Where to look
//!
//! - [`Cardflow`] is what a host holds; [`CardflowBuilder`] puts it together; [`runtime`] says what each call does.
//! - [`domain`] has the objects, their state graphs, plans and invariants; [`cards::processes`] the processes.
//! - [`ports`] are the traits a host plugs in, with their contracts; [`adapters`] what comes with the library.
//! - [`engine`] is the pure process engine; [`cards`] binds the domain to it.
//! - [`manual`] explains the whole, how to add a process, and how to prove it in one line.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | brings |
//! | --- | --- |
//! | `sqlite` | `adapters::sqlite`: a durable store in one file |
//! | `smtp` | `adapters::smtp`: mail, worded by templates |
//! | `x509` | `adapters::x509`: a certificate authority of one's own |
//! | `ejbca` | `adapters::ejbca`: a certificate authority in EJBCA, over its REST API |
//! | `cmp` | `adapters::cmp`: revocation at an authority elsewhere, by the Certificate Management Protocol |
//! | `tokio` | `worker`: a loop that works off what is to be asked of the outside, woken by commits |
//! | `cedar` | `adapters::cedar`: rights as Cedar policies |
//! | `ocsp` | `adapters::x509`: answers by OCSP for such an authority |
//! | `ocsp-router` | `adapters::x509::ocsp_router`: routes of axum that serve them |
//! | `script` | `adapters::rhai`: options in a script that computes values from facts of a run |
//! | `toml` | `adapters::toml`: options in TOML |
//! | `import` | `adapters::import`: holders and cards from CSV, certificates from PEM |
//! | `webhook` | `adapters::webhook`: approvals in another system, over signed HTTPS |
//! | `testing` | `testing`: proofs of a process in one line, scenarios, strategies, fakes, suites that prove an adapter; and mocks of every port |

pub mod adapters;
mod cardflow;
pub mod cards;
pub mod domain;
pub mod engine;
pub mod manual;
#[cfg(any(feature = "cmp", feature = "ejbca", feature = "webhook", feature = "x509"))]
mod outbound;
pub mod ports;
pub mod runtime;
#[cfg(feature = "testing")]
pub mod testing;
pub mod values;
#[cfg(feature = "tokio")]
pub mod worker;

pub use self::cardflow::{Cardflow, CardflowBuilder};

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
