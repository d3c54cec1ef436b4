use super::schema::{
    ACCOUNT_KEY, CARD_KIND_KEY, CARD_STATE_KEY, CERTIFICATE_STATE_KEY, HOLDER_KEY, NUMBER_KEY, PERSON_STATE_KEY,
    SERIAL_KEY, UNCONFIRMED_KEY, UNTIL_KEY, WORD_KEY,
};
use crate::domain::{
    CARD_KIND, CERTIFICATE_KIND, CardKind, CardState, CertificateState, PERSON_KIND, PersonState, Serial, words,
};
use crate::engine::KeyValue;
use crate::ports::{Filter, Search};
use crate::values::{PersonId, Timestamp};

fn text(value: &str) -> KeyValue {
    KeyValue::Text(value.to_owned())
}

/// Searches of cards, persons and certificates.
impl Search {
    /// Cards, in the order of their numbers.
    ///
    /// ```
    /// use cardflow::domain::CardState;
    /// use cardflow::ports::Search;
    ///
    /// let inactive = Search::cards().text("4711").card_state(CardState::Inactive).limit(20);
    /// ```
    #[must_use]
    pub fn cards() -> Self {
        Search::of(CARD_KIND)
    }

    /// Persons, in the order of their names.
    #[must_use]
    pub fn persons() -> Self {
        Search::of(PERSON_KIND)
    }

    /// Certificates, in the order of issuer and serial number.
    #[must_use]
    pub fn certificates() -> Self {
        Search::of(CERTIFICATE_KIND)
    }

    /// With every word of `text` at the beginning of a word of theirs: of the number, with or without spaces; of the name
    /// of the holder; of the serial number.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        words(text).fold(self, |search, word| search.filter(Filter::Begins(WORD_KEY.code, word.into_owned())))
    }

    /// Cards with exactly this number; spaces and capitals do not count.
    #[must_use]
    pub fn number(self, number: &str) -> Self {
        let plain = crate::domain::plain_number(number);
        self.filter(Filter::Is(NUMBER_KEY.code, KeyValue::Text(plain)))
    }

    /// Certificates with this serial number.
    #[must_use]
    pub fn serial(self, serial: &Serial) -> Self {
        self.filter(Filter::Is(SERIAL_KEY.code, KeyValue::Text(serial.to_string())))
    }

    /// Cards in this state.
    #[must_use]
    pub fn card_state(self, state: CardState) -> Self {
        self.filter(Filter::Is(CARD_STATE_KEY.code, text(state.name())))
    }

    /// Persons in this state.
    #[must_use]
    pub fn person_state(self, state: PersonState) -> Self {
        self.filter(Filter::Is(PERSON_STATE_KEY.code, text(state.name())))
    }

    /// Certificates wanted in this state.
    #[must_use]
    pub fn certificate_state(self, state: CertificateState) -> Self {
        self.filter(Filter::Is(CERTIFICATE_STATE_KEY.code, text(state.name())))
    }

    /// Certificates that are not yet at their authority as we want them.
    #[must_use]
    pub fn unconfirmed(self) -> Self {
        self.filter(Filter::Is(UNCONFIRMED_KEY.code, text("no")))
    }

    /// Cards that this person holds.
    #[must_use]
    pub fn holder(self, person: PersonId) -> Self {
        self.filter(Filter::Is(HOLDER_KEY.code, KeyValue::Id(person.uuid())))
    }

    /// Persons with this account.
    #[must_use]
    pub fn account(self, account: &str) -> Self {
        self.filter(Filter::Is(ACCOUNT_KEY.code, text(account)))
    }

    /// Cards of this kind.
    #[must_use]
    pub fn card_kind(self, kind: &CardKind) -> Self {
        self.filter(Filter::Is(CARD_KIND_KEY.code, KeyValue::Text(kind.to_string())))
    }

    /// Cards or certificates whose validity ends between two times, both included.
    #[must_use]
    pub fn ends_between(self, from: Timestamp, until: Timestamp) -> Self {
        self.filter(Filter::Between(UNTIL_KEY.code, KeyValue::Time(from), KeyValue::Time(until)))
    }
}
