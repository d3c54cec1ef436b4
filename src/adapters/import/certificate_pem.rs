use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::blocks::{Block, blocks};
use super::content::Content;
use super::reading::Reading;
use super::text::text;
use super::{Fact, Import, ImportError, Limits};
use crate::domain::{
    Breach, CERTIFICATE, Card, Certificate, CertificateContent, CertificateId, CertificateState, Dossier, End, Object,
    Relation, RelationId, RelationKind, RevocationReason,
};
use crate::ports::CertificateAuthority;
use crate::values::{Digest, Ids, ObjectRef, Revision, Timestamp};

/// Reads the certificates of one card from PEM.
///
/// The file has a block of `CERTIFICATE` for each, without those of their authorities; text between the blocks is
/// passed over (RFC 7468). A certificate that names a registered issuer must verify there; every other is external.
///
/// What a key is used for is read from `keyUsage` and `extKeyUsage`. A certificate past its end comes in as expired.
/// One that another card carries already is not brought in again: the card then carries it too.
///
/// ```
/// use cardflow::adapters::import::CertificatePem;
/// use cardflow::domain::{Card, CardId, CardKind, CertificateState, Validity};
/// use cardflow::values::{Ids, Seed, TenantId, Timestamp};
///
/// let now: Timestamp = "2026-11-23T10:00:00Z".parse()?;
/// let mut ids = Ids::new(now, Seed::from_number(1));
/// let validity = Validity::new("2026-01-01".parse()?, "2031-12-31".parse()?)?;
/// let id = CardId::from_uuid(ids.fresh());
/// let card = Card::new(TenantId::default(), id, CardKind::Employee, "4711 0815".parse()?, validity);
///
/// let pem = "\
/// -----BEGIN CERTIFICATE-----
/// MIIBjDCCATGgAwIBAgICRxEwCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwIT3RoZXIg
/// Q0EwHhcNMjYwMTAxMDAwMDAwWhcNMzExMjMxMjM1OTU5WjAWMRQwEgYDVQQDDAtB
/// ZGEgRXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCdQxSNg6mgxw1/x
/// 22uqpIQaOjTKaF11VmUlaXeiTeqdT5evLp5G5q7gzuUZdBQ9Ub20qx5dRk7wluI8
/// zWQTvp6jcjBwMAkGA1UdEwQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoG
/// CCsGAQUFBwMCMB0GA1UdDgQWBBS0DrkfMYddIqeEv6j7RmY81XxEZzAfBgNVHSME
/// GDAWgBQqRENxUaw+LtCeIJKnGNuCJyKAtjAKBggqhkjOPQQDAgNJADBGAiEA92Dn
/// pPx4Z+RcGhrTKuFMEjyNon5w5quOl17Pk9K/5KwCIQDNaQ1qXZ+4SjBDd7AdARKZ
/// QB4KBCyel431dEyh26pKBg==
/// -----END CERTIFICATE-----
/// ";
/// let import = CertificatePem::on(&card, &[]).read(pem, now, &mut ids)?;
/// assert_eq!(import.objects().len(), 2, "the certificate, and that the card carries it");
/// assert_eq!(import.findings(), []);
///
/// let error = CertificatePem::on(&card, &[]).read(pem.replace("END", "FIN"), now, &mut ids).unwrap_err();
/// let expected = "block 1, line 11: expected only letters of base64 until `-----END CERTIFICATE-----`";
/// assert_eq!(error.to_string(), expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CertificatePem<'a> {
    card: &'a Card,
    authorities: &'a [Arc<dyn CertificateAuthority>],
    around: Vec<&'a Object>,
    on_hold: bool,
    limits: Limits,
}

impl<'a> CertificatePem<'a> {
    /// For certificates on `card`, with the authorities that are registered.
    #[must_use]
    pub fn on(card: &'a Card, authorities: &'a [Arc<dyn CertificateAuthority>]) -> Self {
        CertificatePem { card, authorities, around: Vec::new(), on_hold: false, limits: Limits::default() }
    }

    /// Among objects that come in with it or are stored: those of an [`Import`] or of a [`Dossier`].
    ///
    /// Certificates among them are known again, and so is what the card carries.
    #[must_use]
    pub fn among(mut self, objects: impl IntoIterator<Item = &'a Object>) -> Self {
        self.around.extend(objects);
        self
    }

    /// The certificates are on hold at their authority, as the host has found out: they come in on hold, confirmed, and
    /// are released with the card.
    ///
    /// Without this they come in valid, which on a card out of use is a [finding](Fact::Breach).
    #[must_use]
    pub fn on_hold(mut self) -> Self {
        self.on_hold = true;
        self
    }

    /// With other limits than the default ones.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads a file. Nothing is stored: see [`Import`].
    ///
    /// # Errors
    ///
    /// [`ImportError`] names the first fault of the file, and where it is.
    pub fn read(&self, pem: impl AsRef<[u8]>, now: Timestamp, ids: &mut Ids) -> Result<Import, ImportError> {
        let mut reading = Reading::new(now, ids);
        let mut places = BTreeMap::new();
        for block in blocks(text(pem.as_ref(), &self.limits)?, &self.limits)? {
            places.insert(self.certificate(&block, &mut reading)?, block.place);
        }
        for Breach { invariant, object, .. } in Breach::all(&self.dossier(&reading.import), now) {
            if let Some(place) = places.get(&object) {
                reading.find(*place, object, Fact::Breach(invariant));
            }
        }
        Ok(reading.import)
    }

    /// Brings in a certificate, and that the card carries it, as far as they are not there.
    fn certificate(&self, block: &Block, reading: &mut Reading<'_>) -> Result<ObjectRef, ImportError> {
        let place = block.place;
        let content = block.content(&self.limits)?;
        if let Some(authority) = self.authorities.iter().find(|it| it.issuer() == content.issuer) {
            let issuer = &content.issuer;
            let refused = |source| ImportError::NotVerified { place, issuer: issuer.clone(), source };
            authority.verify(&block.der).map_err(refused)?;
        }
        let at = match self.known(&content, &reading.import).cloned() {
            None => self.bring_in(block, content, reading)?,
            Some(known) => {
                let Content { issuer, serial, .. } = content;
                if known.content().sha256() != Digest::of(&block.der) {
                    return Err(ImportError::SerialTaken { place, issuer, serial });
                }
                if self.is_carried(known.at(), &reading.import) {
                    reading.find(place, known.at(), Fact::Carried);
                    return Ok(known.at());
                }
                if is_stored(&known) && known.home() != self.card.home() {
                    return Err(ImportError::StoredElsewhere { place, issuer, serial });
                }
                self.note_carrier(block, &known, reading);
                known.at()
            }
        };
        let id = RelationId::from_uuid(reading.fresh());
        let carries = Relation::to_object(id, RelationKind::Carries, self.card, at);
        let carries = block.check(reading.follow(self.card, carries))?;
        reading.import.push(Object::Relation(carries));
        Ok(at)
    }

    fn bring_in(&self, block: &Block, content: Content, reading: &mut Reading<'_>) -> Result<ObjectRef, ImportError> {
        let Content { issuer, serial, validity, uses } = content;
        let id = CertificateId::from_uuid(reading.fresh());
        let der = CertificateContent::Der(block.der.clone());
        let made = Certificate::new(self.card.tenant(), id, (issuer, serial), validity, uses, der);
        let mut certificate = block.check(made)?.first_issued_to(self.card);
        let at = certificate.at();
        if validity.is_over(reading.now) {
            reading.find(block.place, at, Fact::Expired(validity.until()));
            certificate = certificate.in_state(CertificateState::Expired, None);
        }
        let certificate = self.as_held(certificate, reading);
        reading.import.push(Object::Certificate(certificate));
        Ok(at)
    }

    /// What a known certificate has to know of this card that carries it too.
    fn note_carrier(&self, block: &Block, known: &Certificate, reading: &mut Reading<'_>) {
        let noted = Object::Certificate(self.as_held(known.clone(), reading)).known_to(self.card.at());
        if noted == Object::Certificate(known.clone()) {
            return;
        }
        if is_stored(known) {
            reading.find(block.place, known.at(), Fact::NotUpdated);
        } else {
            reading.import.push(noted);
        }
    }

    /// On hold, if that is what the host has found out, unless it is past that.
    fn as_held(&self, certificate: Certificate, reading: &mut Reading<'_>) -> Certificate {
        if !self.on_hold || CERTIFICATE.is_last(certificate.wanted()) {
            return certificate;
        }
        certificate
            .in_state(CertificateState::OnHold, Some(RevocationReason::CertificateHold))
            .confirmed_as(CertificateState::OnHold)
            .with_hold(reading.hold(self.card))
    }

    /// Everything known, with what this file brings in last.
    fn all<'o>(&'o self, import: &'o Import) -> impl DoubleEndedIterator<Item = &'o Object> {
        self.around.iter().copied().chain(import.objects())
    }

    fn known<'o>(&'o self, content: &Content, import: &'o Import) -> Option<&'o Certificate> {
        self.all(import).rev().find_map(|it| match it {
            Object::Certificate(it) if (it.issuer(), it.serial()) == (&content.issuer, &content.serial) => Some(it),
            _ => None,
        })
    }

    /// What the card is related to.
    fn ends<'o>(&'o self, import: &'o Import) -> impl Iterator<Item = (&'o Relation, ObjectRef)> {
        self.all(import).filter_map(|it| match it {
            Object::Relation(it) if it.from() == self.card.at() && it.counts() => match it.to() {
                End::Object(to) => Some((it, *to)),
                End::Outside(_) => None,
            },
            _ => None,
        })
    }

    fn is_carried(&self, certificate: ObjectRef, import: &Import) -> bool {
        self.ends(import).any(|(it, to)| it.kind() == RelationKind::Carries && to == certificate)
    }

    /// The card and what hangs on it.
    fn dossier(&self, import: &Import) -> Dossier {
        let near: BTreeSet<_> = self.ends(import).flat_map(|(relation, to)| [relation.at(), to]).collect();
        let objects: BTreeMap<_, _> =
            self.all(import).filter(|it| near.contains(&it.at())).map(|it| (it.at(), it.clone())).collect();
        Dossier::new(self.card.at(), objects.into_values().chain([Object::Card(self.card.clone())]))
    }
}

fn is_stored(certificate: &Certificate) -> bool {
    certificate.revision() != Revision::NONE
}
