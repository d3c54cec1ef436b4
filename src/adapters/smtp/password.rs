use std::fmt;

use zeroize::Zeroizing;

use super::SmtpError;

/// A password from the host: never shown, wiped from memory when dropped.
///
/// ```
/// let password = cardflow::adapters::smtp::Password::new("correct horse".to_owned())?;
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// # Ok::<(), cardflow::adapters::smtp::SmtpError>(())
/// ```
pub struct Password(Zeroizing<String>);

impl Password {
    /// From text, which is taken over and wiped.
    ///
    /// # Errors
    ///
    /// [`SmtpError::EmptyPassword`].
    pub fn new(text: String) -> Result<Self, SmtpError> {
        let text = Zeroizing::new(text);
        if text.is_empty() { Err(SmtpError::EmptyPassword) } else { Ok(Password(text)) }
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
