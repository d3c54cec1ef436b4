/// How soon a request to the outside is given out: one of a smaller lane goes before any of a greater one, however long that
/// has waited.
///
/// ```
/// use cardflow::engine::Lane;
///
/// // A revocation that somebody waits for, one of a long list, a mail.
/// let (now, of_a_list, mail) = (Lane::new(0), Lane::new(0).in_bulk(), Lane::new(4));
/// assert!(now < of_a_list && of_a_list < mail);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Lane(u8);

impl Lane {
    /// The lane with this number, from 0; greater ones than 7 count as 7.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Lane(if number < 8 { 2 * number } else { 14 })
    }

    /// Behind what somebody waits for in the same lane, and before the next one.
    #[must_use]
    pub const fn in_bulk(self) -> Self {
        Lane(self.0 | 1)
    }

    /// Its code, 0 to 15, as stores keep it.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The lane with this code.
    #[must_use]
    pub const fn of_code(code: u8) -> Option<Self> {
        if code < 16 { Some(Lane(code)) } else { None }
    }
}
