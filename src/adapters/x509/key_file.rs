use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::files::sync_folder;
use super::{KeyAlgorithm, Passphrase, SoftwareSigner, X509Error};

/// The file of a private key: PKCS#8 PEM, encrypted unless one says otherwise by name.
pub struct KeyFile {
    path: PathBuf,
    passphrase: Option<Passphrase>,
}

impl KeyFile {
    /// The file at `path`, encrypted with `passphrase`.
    #[must_use]
    pub fn encrypted(path: impl AsRef<Path>, passphrase: Passphrase) -> Self {
        KeyFile { path: path.as_ref().to_path_buf(), passphrase: Some(passphrase) }
    }

    /// The file at `path`, *not encrypted*: whoever can read the file can act as the authority.
    #[must_use]
    pub fn without_any_encryption(path: impl AsRef<Path>) -> Self {
        KeyFile { path: path.as_ref().to_path_buf(), passphrase: None }
    }

    /// Makes a key and writes it, durably, readable by the owner of the file only.
    ///
    /// # Errors
    ///
    /// [`X509Error::KeyFileExists`], since a key is never overwritten; [`X509Error::KeyFile`],
    /// [`X509Error::KeyGeneration`].
    pub fn create(&self, algorithm: KeyAlgorithm) -> Result<SoftwareSigner, X509Error> {
        let signer = SoftwareSigner::generate(algorithm)?;
        match &self.passphrase {
            Some(passphrase) => self.write(signer.to_encrypted_pem(passphrase)?.as_bytes())?,
            None => self.write(signer.to_unencrypted_pem()?.expose().as_bytes())?,
        }
        Ok(signer)
    }

    /// Reads the key.
    ///
    /// # Errors
    ///
    /// [`X509Error::KeyFile`]; [`X509Error::WrongPassphrase`], [`X509Error::NotEncrypted`] or
    /// [`X509Error::Encrypted`]; [`X509Error::UnreadableKey`].
    pub fn open(&self) -> Result<SoftwareSigner, X509Error> {
        let pem = Zeroizing::new(fs::read_to_string(&self.path).map_err(|source| self.failed(source))?);
        match &self.passphrase {
            Some(passphrase) => SoftwareSigner::from_encrypted_pem(&pem, passphrase),
            None => SoftwareSigner::from_unencrypted_pem(&pem),
        }
    }

    fn write(&self, pem: &[u8]) -> Result<(), X509Error> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path).map_err(|source| self.failed(source))?;
        let written = file.write_all(pem).and_then(|()| file.sync_all());
        written.and_then(|()| sync_folder(&self.path)).map_err(|source| {
            // Half a key is of no use and would stand in the way of the next attempt.
            drop(fs::remove_file(&self.path));
            self.failed(source)
        })
    }

    fn failed(&self, source: io::Error) -> X509Error {
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::AlreadyExists => X509Error::KeyFileExists { path },
            _ => X509Error::KeyFile { path, source },
        }
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encrypted = self.passphrase.is_some();
        f.debug_struct("KeyFile").field("path", &self.path).field("encrypted", &encrypted).finish()
    }
}
