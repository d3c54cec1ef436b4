use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::published_list::List;
use super::{CompleteCrl, DeltaCrl, PublishedCrl, X509Error, files};

/// A folder from which relying parties are served the lists of an authority.
///
/// Under the name `cards` there are `cards.crl` and, where there are delta CRLs, `cards-delta.crl`, both in DER; those before
/// them are kept in `previous`, each with its number. A list is written beside the one that is there, flushed, and put in its
/// place in one step: nobody reads half a list, also after a power cut.
///
/// INVARIANT: one authority of one process writes to it.
#[derive(Clone, Debug)]
pub struct CrlFolder {
    folder: PathBuf,
    name: String,
    keeping: usize,
}

const PREVIOUS: &str = "previous";

impl CrlFolder {
    /// The folder at `folder`, which must be there, with lists of this name. It keeps the last hundred lists of each kind.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] for a name that is not of 1 to 64 letters, digits, `-` and `_` of ASCII.
    pub fn at(folder: impl AsRef<Path>, name: &str) -> Result<Self, X509Error> {
        let good = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(good) {
            let why = "give 1 to 64 letters, digits, `-` and `_` of ASCII";
            return Err(X509Error::Unacceptable { what: "the name of the CRL", why });
        }
        Ok(CrlFolder { folder: folder.as_ref().to_path_buf(), name: name.to_owned(), keeping: 100 })
    }

    /// With another count of previous lists that are kept of each kind.
    #[must_use]
    pub fn keeping(mut self, previous: usize) -> Self {
        self.keeping = previous;
        self
    }

    /// Where the complete CRL is.
    #[must_use]
    pub fn complete(&self) -> PathBuf {
        self.folder.join(format!("{}.crl", self.name))
    }

    /// Where the delta CRL is.
    #[must_use]
    pub fn delta(&self) -> PathBuf {
        self.folder.join(format!("{}-delta.crl", self.name))
    }

    /// What is published there; none where there is no complete CRL.
    ///
    /// # Errors
    ///
    /// [`X509Error::CrlFile`], [`X509Error::PublishedCrl`].
    pub fn read(&self) -> Result<Option<PublishedCrl>, X509Error> {
        let Some(complete) = read(&self.complete())? else { return Ok(None) };
        let published = PublishedCrl::from_vec(complete)?;
        Ok(Some(match read(&self.delta())? {
            Some(delta) => published.with_delta(&delta)?,
            None => published,
        }))
    }

    /// Puts a complete CRL in the place of the one that was read.
    pub(super) fn put_complete(&self, crl: &CompleteCrl, published: Option<&PublishedCrl>) -> Result<(), X509Error> {
        self.put(&self.complete(), &self.name, &crl.der, published.map(PublishedCrl::complete))
    }

    /// Puts a delta CRL in the place of the one that was read.
    pub(super) fn put_delta(&self, crl: &DeltaCrl, published: Option<&PublishedCrl>) -> Result<(), X509Error> {
        let kind = format!("{}-delta", self.name);
        self.put(&self.delta(), &kind, &crl.der, published.and_then(PublishedCrl::delta))
    }

    fn put(&self, path: &Path, kind: &str, der: &[u8], before: Option<&List>) -> Result<(), X509Error> {
        if let Some(before) = before.filter(|_| self.keeping > 0) {
            let kept = self.previous(kind, before.number);
            let written =
                fs::create_dir_all(self.folder.join(PREVIOUS)).and_then(|()| files::replace(&kept, &before.der));
            written.map_err(failed(&kept))?;
        }
        files::replace(path, der).map_err(failed(path))?;
        self.let_go(kind)
    }

    /// Twenty digits, so that the order of the names is that of the numbers.
    fn previous(&self, kind: &str, number: u64) -> PathBuf {
        self.folder.join(PREVIOUS).join(format!("{kind}-{number:020}.crl"))
    }

    /// Removes what is more than is kept.
    fn let_go(&self, kind: &str) -> Result<(), X509Error> {
        let folder = self.folder.join(PREVIOUS);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed(&folder))?,
        };
        let is_one = |name: &str| {
            let number =
                name.strip_prefix(kind).and_then(|it| it.strip_prefix('-')).and_then(|it| it.strip_suffix(".crl"));
            number.is_some_and(|it| it.len() == 20 && it.bytes().all(|it| it.is_ascii_digit()))
        };
        let names = entries.filter_map(|it| it.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|it| is_one(it)).collect();
        names.sort_unstable();
        let surplus = names.len().saturating_sub(self.keeping);
        for name in names.iter().take(surplus) {
            let path = folder.join(name);
            fs::remove_file(&path).map_err(failed(&path))?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, X509Error> {
    match fs::read(path) {
        Ok(der) => Ok(Some(der)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path)(error)),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> X509Error + use<> {
    let path = path.to_path_buf();
    move |source| X509Error::CrlFile { path: path.clone(), source }
}
