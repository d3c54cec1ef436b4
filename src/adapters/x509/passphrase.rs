use std::fmt;

use zeroize::Zeroizing;

use super::X509Error;

/// A passphrase from the host: never shown, wiped from memory when dropped.
///
/// ```
/// let passphrase = cardflow::adapters::x509::Passphrase::new("correct horse".to_owned())?;
/// assert_eq!(format!("{passphrase:?}"), "Passphrase(..)");
/// # Ok::<(), cardflow::adapters::x509::X509Error>(())
/// ```
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// From text, which is taken over and wiped.
    ///
    /// # Errors
    ///
    /// [`X509Error::EmptyPassphrase`].
    pub fn new(text: String) -> Result<Self, X509Error> {
        let text = Zeroizing::new(text);
        if text.is_empty() { Err(X509Error::EmptyPassphrase) } else { Ok(Passphrase(text)) }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// A private key as PEM that anybody can read who sees it: never shown by `Debug`, wiped from memory when dropped.
pub struct UnencryptedPem(pub(super) Zeroizing<String>);

impl UnencryptedPem {
    /// The PEM, to be written where nobody else reads.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnencryptedPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnencryptedPem(..)")
    }
}
