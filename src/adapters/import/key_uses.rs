use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};

use crate::domain::KeyUse;

const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
/// RFC 9336.
const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");
/// RFC 4556.
const PKINIT_CLIENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.2.3.4");
const MICROSOFT_SMART_CARD_LOGON: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.2");
const MICROSOFT_DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12");
const MICROSOFT_FILE_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.4");

/// What a key is used for, by `keyUsage` and `extKeyUsage` (RFC 5280, sections 4.2.1.3 and 4.2.1.12); what neither
/// restricts is allowed.
///
/// A bit of `keyUsage` alone says too little: signing in and signing both need `digitalSignature`. Where the purposes
/// name signing in, that is what it stands for, and signing is told by `contentCommitment`.
pub(super) fn key_uses(usage: Option<KeyUsage>, purposes: Option<ExtendedKeyUsage>) -> BTreeSet<KeyUse> {
    let serves = |one_of: &[ObjectIdentifier]| {
        purposes.as_ref().is_none_or(|it| it.0.iter().any(|purpose| *purpose == ANY || one_of.contains(purpose)))
    };
    let signs = usage.is_none_or(|it| it.digital_signature());
    let encrypts = usage.is_none_or(|it| it.key_encipherment() || it.data_encipherment() || it.key_agreement());
    let commits = usage.is_some_and(|it| it.non_repudiation());

    let authentication = signs && serves(&[CLIENT_AUTH, PKINIT_CLIENT, MICROSOFT_SMART_CARD_LOGON]);
    let documents = serves(&[EMAIL_PROTECTION, DOCUMENT_SIGNING, MICROSOFT_DOCUMENT_SIGNING]);
    let signature = commits || signs && documents && (usage.is_none() || !authentication);
    let encryption = encrypts && serves(&[EMAIL_PROTECTION, MICROSOFT_FILE_ENCRYPTION]);
    [(authentication, KeyUse::Authentication), (signature, KeyUse::Signature), (encryption, KeyUse::Encryption)]
        .into_iter()
        .filter_map(|(has, key_use)| has.then_some(key_use))
        .collect()
}
