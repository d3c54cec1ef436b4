use std::error::Error;
use std::fmt;

use zeroize::Zeroizing;

use super::EjbcaError;

/// A bearer token (RFC 6750). It is never shown, and overwritten when it is dropped.
pub struct BearerToken(Zeroizing<String>);

impl BearerToken {
    /// This text.
    ///
    /// # Errors
    ///
    /// [`EjbcaError::Token`] if it could not stand in a header.
    pub fn new(token: String) -> Result<Self, EjbcaError> {
        let token = Zeroizing::new(token);
        let fits = |it: u8| it.is_ascii_alphanumeric() || b"-._~+/=".contains(&it);
        if token.is_empty() || !token.bytes().all(fits) {
            return Err(EjbcaError::Token);
        }
        Ok(BearerToken(token))
    }

    /// The value of the header.
    pub(super) fn header(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", self.0.as_str()))
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken")
    }
}

/// Where bearer tokens come from: the host's client of its OAuth 2 server.
///
/// A closure that gives a token is one.
///
/// # Contract
///
/// A token is asked for before each call, on the thread of the adapter, so it may wait. It should be kept until it ends: asking the
/// server each time is slow. An error says that nothing was sent.
pub trait TokenSource: Send + Sync + 'static {
    /// A token that is good now.
    ///
    /// # Errors
    ///
    /// Why there is none. It may be shown, so it has no secret in it.
    fn token(&self) -> Result<BearerToken, Box<dyn Error + Send + Sync>>;
}

impl<F> TokenSource for F
where
    F: Fn() -> Result<BearerToken, Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
{
    fn token(&self) -> Result<BearerToken, Box<dyn Error + Send + Sync>> {
        self()
    }
}
