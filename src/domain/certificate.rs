use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::card::Validity;
use super::head::{Head, object};
use super::text::Invalid;
use super::{CERTIFICATE_KIND, Card, CertificateState, Hold, IssuerName, RevocationReason, Serial, Visible};
use crate::values::{Digest, HomeId, ObjectRef, TenantId, Timestamp, codes, uuid_id};

uuid_id! {
    /// A certificate.
    CertificateId
}

codes! {
    /// What a certificate's key is used for. A certificate has a set of them.
    pub enum KeyUse ("key use") {
        /// Signing in.
        Authentication = "authentication",
        /// Signing documents.
        Signature = "signature",
        /// Encrypting to the holder.
        Encryption = "encryption",
    }
}

/// The certificate itself, or only its fingerprint.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum CertificateContent {
    /// The DER bytes.
    Der(#[serde(with = "serde_bytes")] Vec<u8>),
    /// Their SHA-256.
    Sha256(Digest),
}

impl CertificateContent {
    /// The SHA-256 of the DER bytes.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        match self {
            CertificateContent::Der(der) => Digest::of(der),
            CertificateContent::Sha256(digest) => *digest,
        }
    }
}

codes! {
    /// Why a certificate of a card that is out of use was left alone (law 13).
    pub enum ExemptionPolicy ("exemption policy") {
        /// `CardsSharedCertificates = "until-last"`: another active card carries it.
        SharedUntilLast = "CardsSharedCertificates=until-last",
        /// Locking spares an encryption certificate that another active card carries.
        SharedEncryption = "shared encryption certificate",
        /// No registered authority issued it.
        ForeignIssuer = "foreign issuer",
        /// Its authority knows no holds.
        CannotHold = "authority cannot hold",
        /// `CardsPolicyProfile`: the rules that the site goes by know no holds.
        NoHolds = "policy profile allows no holds",
    }
}

impl ExemptionPolicy {
    /// Whether it leaves something open that a person should look at: nobody decided it, the outside cannot follow.
    #[must_use]
    pub fn is_incident(self) -> bool {
        match self {
            ExemptionPolicy::ForeignIssuer | ExemptionPolicy::CannotHold | ExemptionPolicy::NoHolds => true,
            ExemptionPolicy::SharedUntilLast | ExemptionPolicy::SharedEncryption => false,
        }
    }
}

/// A recorded exemption: this certificate was left alone although `card` is out of use.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Exemption {
    /// The card that is out of use.
    pub card: ObjectRef,
    /// The policy that says so.
    pub policy: ExemptionPolicy,
    /// Since when.
    pub at: Timestamp,
}

/// A certificate of a card.
///
/// It has two states (law 6): the one that is *wanted* here, and the one its authority has *confirmed*.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    #[serde(skip)]
    pub(crate) head: Head,
    id: CertificateId,
    pub(crate) wanted: CertificateState,
    pub(crate) confirmed: Option<CertificateState>,
    pub(crate) visible: Option<Visible>,
    pub(crate) reason: Option<RevocationReason>,
    issuer: IssuerName,
    serial: Serial,
    validity: Validity,
    uses: BTreeSet<KeyUse>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) exemptions: Vec<Exemption>,
    pub(crate) cards_elsewhere: BTreeSet<ObjectRef>,
    content: CertificateContent,
}

object!(Certificate, CertificateId, CERTIFICATE_KIND);

impl Certificate {
    /// A valid certificate, at home in itself until it is [issued to a card](Certificate::first_issued_to).
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it has no use.
    pub fn new(
        tenant: TenantId,
        id: CertificateId,
        (issuer, serial): (IssuerName, Serial),
        validity: Validity,
        uses: impl IntoIterator<Item = KeyUse>,
        content: CertificateContent,
    ) -> Result<Self, Invalid> {
        let uses: BTreeSet<_> = uses.into_iter().collect();
        if uses.is_empty() {
            return Err(Invalid::new("key uses", "", "at least one of authentication, signature, encryption"));
        }
        Ok(Certificate {
            head: Head { tenant, home: HomeId::from_uuid(id.uuid()), ..Head::default() },
            id,
            wanted: CertificateState::Valid,
            confirmed: None,
            visible: None,
            reason: None,
            issuer,
            serial,
            validity,
            uses,
            holds: Vec::new(),
            exemptions: Vec::new(),
            cards_elsewhere: BTreeSet::new(),
            content,
        })
    }

    /// First issued to `card`, whose home it shares from then on.
    #[must_use]
    pub fn first_issued_to(mut self, card: &Card) -> Self {
        self.head.home = card.home();
        self
    }

    /// In another state; revoked ones have a reason.
    #[must_use]
    pub fn in_state(mut self, wanted: CertificateState, reason: Option<RevocationReason>) -> Self {
        self.wanted = wanted;
        self.reason = reason;
        self
    }

    /// With the state its authority has confirmed.
    #[must_use]
    pub fn confirmed_as(mut self, state: CertificateState) -> Self {
        self.confirmed = Some(state);
        self
    }

    /// With an open hold.
    #[must_use]
    pub fn with_hold(mut self, hold: Hold) -> Self {
        self.holds.push(hold);
        self
    }

    /// The state we want.
    #[must_use]
    pub fn wanted(&self) -> CertificateState {
        self.wanted
    }

    /// The state the authority has confirmed; none if it never said.
    #[must_use]
    pub fn confirmed(&self) -> Option<CertificateState> {
        self.confirmed
    }

    /// What relying parties were last seen to see; none if nobody has looked.
    #[must_use]
    pub fn visible(&self) -> Option<Visible> {
        self.visible
    }

    /// Since when all relying parties see what is wanted; none if that was not seen.
    #[must_use]
    pub fn visible_since(&self) -> Option<Timestamp> {
        self.visible.filter(|it| it.state == self.wanted).map(|it| it.since)
    }

    /// Why it is revoked.
    #[must_use]
    pub fn reason(&self) -> Option<RevocationReason> {
        self.reason
    }

    /// Whether what we want is still on its way to the authority.
    ///
    /// A certificate the authority never spoke of and nobody changed is not on its way anywhere.
    #[must_use]
    pub fn is_unconfirmed(&self) -> bool {
        match (self.wanted, self.confirmed) {
            (CertificateState::Expired, _) => false,
            (CertificateState::Issued | CertificateState::Valid, None) => false,
            (CertificateState::Issued, Some(CertificateState::Valid)) => false,
            (wanted, confirmed) => confirmed != Some(wanted),
        }
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &IssuerName {
        &self.issuer
    }

    /// Its number at its issuer.
    #[must_use]
    pub fn serial(&self) -> &Serial {
        &self.serial
    }

    /// From when until when it is good.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// What its key is used for.
    #[must_use]
    pub fn uses(&self) -> &BTreeSet<KeyUse> {
        &self.uses
    }

    /// The open holds.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The exemptions on record.
    #[must_use]
    pub fn exemptions(&self) -> &[Exemption] {
        &self.exemptions
    }

    /// Cards in other homes that carry it too.
    pub fn cards_elsewhere(&self) -> impl Iterator<Item = ObjectRef> + '_ {
        self.cards_elsewhere.iter().copied()
    }

    /// With its fingerprint alone: the certificate itself names its holder.
    pub(super) fn stripped(self) -> Self {
        Certificate { content: CertificateContent::Sha256(self.content.sha256()), ..self }
    }

    /// The certificate itself, or its fingerprint.
    #[must_use]
    pub fn content(&self) -> &CertificateContent {
        &self.content
    }
}
