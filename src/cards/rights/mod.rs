//! Who may do what: the roles, and the table of rights as rows of data.

mod pattern;
mod row;
mod table;

pub use self::pattern::{ActionPattern, InvalidPattern};
pub use self::row::{InvalidRow, Reach, RoleRow};
pub use self::table::RoleTable;

/// Runs processes on cards for others.
pub const OPERATOR: &str = "Operator";
/// Looks after one's own cards.
pub const SELF_SERVICE: &str = "Self-service user";
/// Registers and imports objects, grants roles, changes options, erases personal data, trims the history.
pub const ADMINISTRATOR: &str = "Administrator";
/// Agrees to what others ask for.
pub const APPROVER: &str = "Approver";
/// Reads and verifies everything and changes nothing.
pub const AUDITOR: &str = "Auditor";
