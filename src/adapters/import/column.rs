use crate::values::codes;

codes! {
    /// A column of a file of holders and cards, under the name that stands in its header.
    pub enum Column ("column") {
        /// What joins the rows of one person within the file; empty for a card without a holder.
        Person = "person",
        /// The full name of the person.
        Name = "name",
        /// The mail address of the person.
        Mail = "mail",
        /// The organisational unit of the person, or of a card without a holder.
        Unit = "unit",
        /// The account that signs the person in, by which stored persons are known again.
        Account = "account",
        /// The state of the person; active if it is empty.
        PersonState = "person_state",
        /// The number on the card. Required.
        CardNumber = "card_number",
        /// What the card is for. Required.
        CardKind = "card_kind",
        /// The first moment of the card: a date, or a time in RFC 3339. Required.
        ValidFrom = "valid_from",
        /// The last moment of the card; a date means the last moment of that day in UTC. Required.
        ValidUntil = "valid_until",
        /// The state of the card; active, or unassigned for a temporary one, if it is empty.
        State = "state",
        /// Doors that the card opens, with `;` between.
        Doors = "doors",
        /// Accounts that the card signs in to, with `;` between.
        Accounts = "accounts",
        /// What else the card entitles to, with `;` between.
        Entitlements = "entitlements",
        /// The language the person reads: `de`, `de-AT`.
        Locale = "locale",
    }
}

impl Column {
    /// Those that every file has and every row fills.
    pub const REQUIRED: [Column; 4] = [Column::CardNumber, Column::CardKind, Column::ValidFrom, Column::ValidUntil];
}
