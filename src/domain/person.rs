use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts::Salt;
use super::head::{Head, object};
use super::text::{Invalid, line};
use super::{Deputyship, PERSON_KIND, PersonState, RoleGrant};
use crate::values::{HomeId, ObjectRef, PersonId, TenantId};

/// What stands for the name of a person whose data was erased.
const ERASED: &str = "erased";

/// Somebody who can hold cards and act on them.
///
/// ```
/// use cardflow::domain::Person;
/// use cardflow::values::{PersonId, TenantId};
/// use uuid::Uuid;
///
/// let id = PersonId::from_uuid(Uuid::from_u128(1));
/// let ada = Person::new(TenantId::default(), id, "Ada Example")?.in_unit("Berlin")?.with_account("ada@example.org")?;
/// assert_eq!(ada.name(), "Ada Example");
/// assert!(Person::new(TenantId::default(), id, " \n").is_err());
/// # Ok::<(), cardflow::domain::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Person {
    #[serde(skip)]
    pub(crate) head: Head,
    id: PersonId,
    pub(crate) state: PersonState,
    name: String,
    mail: Option<String>,
    unit: Option<String>,
    accounts: BTreeSet<String>,
    roles: Vec<RoleGrant>,
    pub(crate) cards_elsewhere: BTreeSet<ObjectRef>,
    pub(crate) salt: Salt,
    deputyships: Vec<Deputyship>,
    locale: Option<String>,
}

object!(Person, PersonId, PERSON_KIND);

impl Person {
    /// An active person, at home in itself.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the name is not one line of at most 200 characters.
    pub fn new(tenant: TenantId, id: PersonId, name: &str) -> Result<Self, Invalid> {
        Ok(Person {
            head: Head { tenant, home: HomeId::from_uuid(id.uuid()), ..Head::default() },
            id,
            state: PersonState::Active,
            name: line("person name", name, 200)?,
            mail: None,
            unit: None,
            accounts: BTreeSet::new(),
            roles: Vec::new(),
            cards_elsewhere: BTreeSet::new(),
            salt: Salt::NONE,
            deputyships: Vec::new(),
            locale: None,
        })
    }

    /// With a mail address.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not of the form `local@domain`.
    pub fn with_mail(mut self, mail: &str) -> Result<Self, Invalid> {
        let text = line("mail address", mail, 254)?;
        let parts = text.split_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
        if parts.is_none_or(|(_, domain)| domain.contains('@')) || text.contains(char::is_whitespace) {
            return Err(Invalid::new("mail address", mail, "an address of the form name@example.org"));
        }
        self.mail = Some(text);
        Ok(self)
    }

    /// Reads this language: messages are worded in it.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not a language tag of the form that
    /// [RFC 5646](https://www.rfc-editor.org/rfc/rfc5646#section-2.1) gives: `de`, `de-AT`, `zh-Hant`.
    pub fn with_locale(mut self, locale: &str) -> Result<Self, Invalid> {
        let text = line("locale", locale, 35)?;
        let mut subtags = text.split('-');
        let is_language = |it: &str| (2..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphabetic());
        let is_subtag = |it: &str| (1..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric());
        if !subtags.next().is_some_and(is_language) || !subtags.all(is_subtag) {
            return Err(Invalid::new("locale", locale, "a language tag such as de or de-AT"));
        }
        self.locale = Some(text);
        Ok(self)
    }

    /// In an organisational unit.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not one line of at most 128 characters.
    pub fn in_unit(mut self, unit: &str) -> Result<Self, Invalid> {
        self.unit = Some(line("unit", unit, 128)?);
        Ok(self)
    }

    /// With an account to sign in with; two accounts of one person are still one person.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not one line of at most 254 characters.
    pub fn with_account(mut self, account: &str) -> Result<Self, Invalid> {
        self.accounts.insert(line("account", account, 254)?);
        Ok(self)
    }

    /// With a role.
    #[must_use]
    pub fn with_role(mut self, grant: RoleGrant) -> Self {
        self.roles.push(grant);
        self
    }

    /// Standing in for somebody.
    #[must_use]
    pub fn standing_in(mut self, deputyship: Deputyship) -> Self {
        self.deputyships.push(deputyship);
        self
    }

    /// With other roles and deputyships instead of those that there are.
    #[must_use]
    pub(crate) fn appointed(mut self, roles: Vec<RoleGrant>, deputyships: Vec<Deputyship>) -> Self {
        (self.roles, self.deputyships) = (roles, deputyships);
        self
    }

    /// With a role as it is now, instead of as it was.
    pub(super) fn granted(mut self, grant: &RoleGrant) -> Self {
        match self.roles.iter_mut().find(|it| it.is_same(grant)) {
            Some(it) => *it = grant.clone(),
            None => self.roles.push(grant.clone()),
        }
        self
    }

    /// Without a role.
    pub(super) fn without_role(mut self, grant: &RoleGrant) -> Self {
        self.roles.retain(|it| !it.is_same(grant));
        self
    }

    /// With a deputyship as it is now, instead of as it was.
    pub(super) fn deputy(self, deputyship: Deputyship) -> Self {
        self.without_deputyship(deputyship).standing_in(deputyship)
    }

    /// Without a deputyship.
    pub(super) fn without_deputyship(mut self, deputyship: Deputyship) -> Self {
        let time = |it: &Deputyship| (it.of(), it.from(), it.until());
        self.deputyships.retain(|it| time(it) != time(&deputyship));
        self
    }

    /// In another state than active.
    #[must_use]
    pub fn in_state(mut self, state: PersonState) -> Self {
        self.state = state;
        self
    }

    /// With the salt of the person's home, unless there is one.
    pub(crate) fn salted(mut self, salt: Salt) -> Self {
        if self.salt == Salt::NONE {
            self.salt = salt;
        }
        self
    }

    pub(crate) fn salt(&self) -> Salt {
        self.salt
    }

    /// Without name, addresses, language and accounts.
    pub(super) fn stripped(self) -> Self {
        let (mail, accounts, salt, locale) = (None, BTreeSet::new(), Salt::NONE, None);
        Person { name: ERASED.to_owned(), mail, accounts, salt, locale, ..self }
    }

    /// Whether the personal data was erased.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.name == ERASED && self.salt == Salt::NONE && self.mail.is_none() && self.accounts.is_empty()
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> PersonState {
        self.state
    }

    /// The full name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The mail address.
    #[must_use]
    pub fn mail(&self) -> Option<&str> {
        self.mail.as_deref()
    }

    /// The language the person reads.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.locale.as_deref()
    }

    /// The organisational unit.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The accounts that sign this person in.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().map(String::as_str)
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> &[RoleGrant] {
        &self.roles
    }

    /// For whom this person stands in, and when.
    #[must_use]
    pub fn deputyships(&self) -> &[Deputyship] {
        &self.deputyships
    }

    /// Cards this person holds or held that live in another home.
    pub fn cards_elsewhere(&self) -> impl Iterator<Item = ObjectRef> + '_ {
        self.cards_elsewhere.iter().copied()
    }
}
