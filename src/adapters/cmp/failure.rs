//! What an authority says when it does not do it (RFC 9810, section 5.2.3).

/// The bits of `PKIFailureInfo`, by their numbers.
const NAMES: [&str; 27] = [
    "badAlg",
    "badMessageCheck",
    "badRequest",
    "badTime",
    "badCertId",
    "badDataFormat",
    "wrongAuthority",
    "incorrectData",
    "missingTimeStamp",
    "badPOP",
    "certRevoked",
    "certConfirmed",
    "wrongIntegrity",
    "badRecipientNonce",
    "timeNotAvailable",
    "unacceptedPolicy",
    "unacceptedExtension",
    "addInfoNotAvailable",
    "badSenderNonce",
    "badCertTemplate",
    "signerNotTrusted",
    "transactionIdInUse",
    "unsupportedVersion",
    "notAuthorized",
    "systemUnavail",
    "systemFailure",
    "duplicateCertReq",
];

/// Why it was not done, in the authority's words.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Failure {
    pub(super) bits: Vec<usize>,
    pub(super) words: Vec<String>,
}

pub(super) const BAD_CERT_ID: usize = 4;
pub(super) const CERT_REVOKED: usize = 10;
pub(super) const SYSTEM_UNAVAIL: usize = 24;

impl Failure {
    pub(super) fn has(&self, bit: usize) -> bool {
        self.bits.contains(&bit)
    }

    /// For people: the names of the failures, then the words.
    pub(super) fn in_words(&self) -> String {
        let unnamed = |bit: &usize| NAMES.get(*bit).map_or_else(|| format!("failure {bit}"), |it| (*it).to_owned());
        let all: Vec<String> = self.bits.iter().map(unnamed).chain(self.words.iter().cloned()).collect();
        if all.is_empty() { "it gives no reason".to_owned() } else { all.join(", ") }
    }
}
