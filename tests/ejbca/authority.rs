//! The authority whose certificates lie in the server, and the adapter that asks about them.

use std::sync::LazyLock;

use cardflow::adapters::ejbca::{EjbcaAuthority, EjbcaSettings};
use cardflow::domain::{AuthorityAction, Capabilities, Serial};
use cardflow::ports::{AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority};
use cardflow::testing::conformance::authority::Certified;
use cardflow::values::{EffectId, Millis, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SerialNumber};

use crate::server::{PKI, Server};

/// The name as EJBCA has it, which is not quite how its certificate reads.
pub(crate) const ISSUER_DN: &str = "CN=Card CA, äöü/1,O=Example";

pub(crate) fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

pub(crate) fn hour(hours: i64) -> Timestamp {
    now().plus(Millis::hours(hours))
}

pub(crate) struct CardCa {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

pub(crate) fn card_ca(name: &str) -> CardCa {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Example");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    CardCa { pem: params.self_signed(&key).unwrap().pem(), issuer: Issuer::new(params, key) }
}

pub(crate) static CA: LazyLock<CardCa> = LazyLock::new(|| card_ca("Card CA"));

impl CardCa {
    pub(crate) fn certificate(&self, serial: &Serial) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Ada Example");
        params.serial_number = Some(SerialNumber::from_slice(serial.as_bytes()));
        params.signed_by(&KeyPair::generate().unwrap(), &self.issuer).unwrap().der().to_vec()
    }
}

pub(crate) fn plain() -> Server {
    Server::open(false, ISSUER_DN.to_owned(), hour(48))
}

pub(crate) fn encrypted() -> Server {
    Server::open(true, ISSUER_DN.to_owned(), hour(48))
}

/// Settings for a server, under the client certificate it knows.
pub(crate) fn settings(server: &Server) -> EjbcaSettings {
    let url = server.url();
    let settings = match url.starts_with("https") {
        true => EjbcaSettings::new(&url, &CA.pem)
            .unwrap()
            .roots(PKI.root.as_bytes())
            .unwrap()
            .client_certificate(PKI.client.0.as_bytes(), PKI.client.1.clone().into_bytes())
            .unwrap(),
        false => EjbcaSettings::unencrypted(&url, &CA.pem).unwrap(),
    };
    settings.issuer_dn(ISSUER_DN).unwrap()
}

pub(crate) fn able(reason_change: bool, back_dating: bool) -> Capabilities {
    Capabilities { reason_change, back_dating, ..Capabilities::RFC_5280 }
}

/// A good certificate in the server.
pub(crate) fn certificate(server: &Server) -> Certified {
    let mut state = server.state();
    let number = u8::try_from(state.rules.certificates.len() + 1).unwrap();
    let serial = Serial::from_bytes(&[0x4a, number, 0xff]).unwrap();
    state.rules.certificates.insert(serial.to_string(), None);
    Certified { der: CA.certificate(&serial), serial, not_after: hour(24 * 365) }
}

pub(crate) fn order(of: &Certified, action: AuthorityAction) -> AuthorityOrder {
    let (serial, not_after) = (of.serial.clone(), of.not_after);
    let effect = EffectId::from_uuid(uuid::Uuid::from_u128(1));
    AuthorityOrder { effect, serial, not_after, action, at: hour(1), since: None, invalid_since: None, expects: None }
}

pub(crate) fn open(settings: EjbcaSettings) -> EjbcaAuthority {
    EjbcaAuthority::new(settings).unwrap()
}

pub(crate) fn change(by: &EjbcaAuthority, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
    futures_executor::block_on(by.change(order))
}

pub(crate) fn status(by: &EjbcaAuthority, of: &Certified) -> Result<AuthorityStatus, AuthorityError> {
    futures_executor::block_on(by.status(&of.serial))
}
