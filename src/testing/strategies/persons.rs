//! Persons.
//!
//! ```
//! use cardflow::testing::strategies::persons;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn what_is_given_is_kept(draft in persons::hostile()) {
//!         if let Ok(person) = draft.build() {
//!             prop_assert_eq!(person.name(), draft.name.trim());
//!         }
//!     }
//! }
//! # what_is_given_is_kept();
//! ```

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::{id, texts};
use crate::cards::{ADMINISTRATOR, APPROVER, AUDITOR, OPERATOR, SELF_SERVICE};
use crate::domain::{Invalid, Person, PersonState, RoleGrant};
use crate::testing::scene::{TENANT, day};
use crate::values::PersonId;

/// What a person is made from, before anybody has looked at it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PersonDraft {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The mail address.
    pub mail: Option<String>,
    /// The unit.
    pub unit: Option<String>,
    /// An account.
    pub account: Option<String>,
    /// A role, and the unit it is limited to.
    pub role: Option<(String, Option<String>)>,
    /// The state.
    pub state: PersonState,
    /// The language.
    pub locale: Option<String>,
}

impl PersonDraft {
    /// The person.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the first field that cannot be.
    pub fn build(&self) -> Result<Person, Invalid> {
        let mut person = Person::new(TENANT, PersonId::from_uuid(self.id), &self.name)?.in_state(self.state);
        if let Some(mail) = &self.mail {
            person = person.with_mail(mail)?;
        }
        if let Some(locale) = &self.locale {
            person = person.with_locale(locale)?;
        }
        if let Some(unit) = &self.unit {
            person = person.in_unit(unit)?;
        }
        if let Some(account) = &self.account {
            person = person.with_account(account)?;
        }
        if let Some((role, unit)) = &self.role {
            let grant = RoleGrant::new(role, None, day(0))?;
            person = person.with_role(match unit {
                Some(unit) => grant.in_unit(unit)?,
                None => grant,
            });
        }
        Ok(person)
    }
}

fn draft(
    name: impl Strategy<Value = String>,
    mail: impl Strategy<Value = String>,
    unit: impl Strategy<Value = String> + Clone,
    account: impl Strategy<Value = String>,
    role: impl Strategy<Value = String>,
    locale: impl Strategy<Value = String>,
) -> impl Strategy<Value = PersonDraft> {
    let role = option::of((role, option::of(unit.clone())));
    let state = prop_oneof![3 => Just(PersonState::Active), 1 => select(PersonState::ALL)];
    let rest = (role, state, option::of(locale));
    (id(), name, option::of(mail), option::of(unit), option::of(account), rest).prop_map(
        |(id, name, mail, unit, account, (role, state, locale))| PersonDraft {
            id,
            name,
            mail,
            unit,
            account,
            role,
            state,
            locale,
        },
    )
}

/// A person in any state; shrinks to Ada Example, who is active and has nothing else.
pub fn person() -> impl Strategy<Value = Person> {
    let role = select(vec![OPERATOR, SELF_SERVICE, ADMINISTRATOR, APPROVER, AUDITOR]).prop_map(str::to_owned);
    draft(texts::name(), texts::mail(), texts::unit().boxed(), texts::account(), role, texts::locale())
        .prop_map(|it| it.build().expect("plain texts make a person"))
}

/// A draft whose every text disturbs.
pub fn hostile() -> impl Strategy<Value = PersonDraft> {
    draft(
        texts::hostile(),
        texts::hostile(),
        texts::hostile().boxed(),
        texts::hostile(),
        texts::hostile(),
        texts::hostile(),
    )
}
