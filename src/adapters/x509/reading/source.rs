use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::trouble::Trouble;

/// Longer lists are not read: about two million certificates.
pub(super) const LONGEST: u64 = 128 << 20;

/// Where a CRL lies, in DER.
#[derive(Clone, Debug)]
pub struct CrlSource(Place);

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    #[cfg(feature = "fetch")]
    Address(super::fetch::Fetch),
}

impl CrlSource {
    /// In a file: that of a [`CrlFolder`](crate::adapters::x509::CrlFolder), or one that the host fetches by its own means.
    #[must_use]
    pub fn file(path: impl AsRef<Path>) -> Self {
        CrlSource(Place::File(path.as_ref().to_path_buf()))
    }

    /// At an `http` address, which is where certificates say their lists are: a list is signed, and whoever fetches it by
    /// `https` needs one first (RFC 5280, section 8). No redirect is followed, and no proxy taken from the environment; it waits
    /// ten seconds, and takes at most 128 MiB.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`](crate::adapters::x509::X509Error::Unacceptable).
    #[cfg(feature = "fetch")]
    pub fn http(address: &str) -> Result<Self, crate::adapters::x509::X509Error> {
        Ok(CrlSource(Place::Address(super::fetch::Fetch::new(address, LONGEST)?)))
    }

    /// The same with so long to wait for the whole of a fetch, if there is one; at least a tenth of a second.
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn with_timeout(self, timeout: std::time::Duration) -> Self {
        match self.0 {
            Place::File(_) => self,
            Place::Address(it) => CrlSource(Place::Address(it.with_timeout(timeout))),
        }
    }

    /// The address under which relying parties know it, if it is fetched from there.
    pub(super) fn address(&self) -> Option<String> {
        match &self.0 {
            Place::File(_) => None,
            #[cfg(feature = "fetch")]
            Place::Address(it) => Some(it.address().to_string()),
        }
    }

    /// What lies there; none if nothing does.
    pub(super) fn fetch(&self) -> Result<Option<Vec<u8>>, Trouble> {
        match &self.0 {
            Place::File(path) => read(path),
            #[cfg(feature = "fetch")]
            Place::Address(it) => it.get(),
        }
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(Trouble::unavailable)?,
    };
    let mut der = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut der).map_err(Trouble::unavailable)?;
    if der.len() as u64 > LONGEST {
        return Err(Trouble::Unreadable("it is longer than 128 MiB; publish several shorter lists"));
    }
    Ok(Some(der))
}
