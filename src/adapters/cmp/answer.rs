use cmpv2::header::PkiHeader;
use der::asn1::{AnyRef, BitStringRef, Utf8StringRef};
use der::{Class, Decode, Encode, Sequence};
use x509_cert_0_2::ext::pkix::name::GeneralName;

use super::failure::Failure;
use super::protection::Protected;
use super::request::Quoted;
use super::{CmpMistrust, CmpProtection};
use crate::values::shown;

/// More failures than there are names for, so that those of a later version are told by their numbers.
const MOST_BITS: usize = 64;
/// So many of the authority's texts are told.
const MOST_WORDS: usize = 8;

/// A message, with what is protected as it came: it is checked as it is, and not as it would be written here.
#[derive(Sequence)]
struct Message<'a> {
    header: AnyRef<'a>,
    body: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    protection: Option<BitStringRef<'a>>,
    extra_certs: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct Part<'a> {
    header: AnyRef<'a>,
    body: AnyRef<'a>,
}

/// `RevRepContent`.
#[derive(Sequence)]
struct Response<'a> {
    status: Vec<StatusInfo<'a>>,
    certificates: Option<AnyRef<'a>>,
    lists: Option<AnyRef<'a>>,
}

/// `PKIStatusInfo`. The failures are read here as bits: `cmpv2` takes their numbers for masks, and refuses those past 15.
#[derive(Sequence)]
struct StatusInfo<'a> {
    status: u8,
    words: Option<Vec<Utf8StringRef<'a>>>,
    failures: Option<BitStringRef<'a>>,
}

/// `ErrorMsgContent`.
#[derive(Sequence)]
struct ErrorMessage<'a> {
    status: StatusInfo<'a>,
    code: Option<AnyRef<'a>>,
    details: Option<AnyRef<'a>>,
}

/// What an authority says of one request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Said {
    Accepted,
    Rejected(Failure),
    /// Somebody there must agree first.
    Waiting,
    /// A status by this name, which is not the end of it.
    NotFinal(&'static str),
}

/// What an answer says, if it is protected by whom it is to be and belongs to the request.
pub(super) fn read(der: &[u8], protection: &CmpProtection, quoted: &Quoted) -> Result<Said, CmpMistrust> {
    let unreadable = |_| CmpMistrust::Unreadable;
    let message = Message::from_der(der).map_err(unreadable)?;
    let header = message.header.to_der().map_err(unreadable)?;
    let header: PkiHeader<'_> = der_0_7::Decode::from_der(&header).map_err(|_| CmpMistrust::Unreadable)?;
    check_protection(&message, &header, protection)?;
    let quotes =
        |field: Option<&der_0_7::asn1::OctetString>, value: &[u8]| field.is_some_and(|it| it.as_bytes() == value);
    if !quotes(header.trans_id.as_ref(), &quoted.transaction) || !quotes(header.recip_nonce.as_ref(), &quoted.nonce) {
        return Err(CmpMistrust::OtherRequest);
    }
    let tag = message.body.header().tag();
    match (tag.class(), tag.number().value()) {
        (Class::ContextSpecific, 12) => {
            let response = Response::from_der(message.body.value()).map_err(unreadable)?;
            match response.status.as_slice() {
                [one] => Ok(said(one)),
                _ => Err(CmpMistrust::OtherAnswer),
            }
        }
        (Class::ContextSpecific, 23) => {
            let error = ErrorMessage::from_der(message.body.value()).map_err(unreadable)?;
            match said(&error.status) {
                Said::Accepted => Err(CmpMistrust::OtherAnswer),
                other => Ok(other),
            }
        }
        _ => Err(CmpMistrust::OtherAnswer),
    }
}

fn check_protection(
    message: &Message<'_>,
    header: &PkiHeader<'_>,
    protection: &CmpProtection,
) -> Result<(), CmpMistrust> {
    const NONE: CmpMistrust = CmpMistrust::Unprotected { why: "it has no protection" };
    let sender = match &header.sender {
        GeneralName::DirectoryName(name) => der_0_7::Encode::to_der(name).ok(),
        _ => None,
    };
    let part = Part { header: message.header, body: message.body };
    protection.check(&Protected {
        bytes: &part.to_der().map_err(|_| CmpMistrust::Unreadable)?,
        algorithm: header.protection_alg.as_ref().ok_or(NONE)?,
        protection: message.protection.as_ref().and_then(BitStringRef::as_bytes).ok_or(NONE)?,
        sender: sender.as_deref(),
        reference: header.sender_kid.as_ref().map(|it| it.as_bytes()),
    })
}

fn said(info: &StatusInfo<'_>) -> Said {
    match info.status {
        0 => Said::Accepted,
        1 => Said::NotFinal("grantedWithMods"),
        2 => {
            let bits = info.failures.iter().flat_map(|it| it.bits()).take(MOST_BITS).enumerate();
            let bits = bits.filter(|(_, it)| *it).map(|(bit, _)| bit).collect();
            let words = info.words.iter().flatten().take(MOST_WORDS).map(|it| shown(it.as_str())).collect();
            Said::Rejected(Failure { bits, words })
        }
        3 => Said::Waiting,
        4 => Said::NotFinal("revocationWarning"),
        5 => Said::NotFinal("revocationNotification"),
        _ => Said::NotFinal("another status"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_authority_says_at_length_is_told_in_short() {
        let bits = vec![0xff; 1 << 16];
        let words = vec![Utf8StringRef::new("no").unwrap(); 10_000];
        let failures = Some(BitStringRef::from_bytes(&bits).unwrap());
        let Said::Rejected(failure) = said(&StatusInfo { status: 2, words: Some(words), failures }) else {
            panic!("it is rejected")
        };
        assert!(failure.has(super::super::failure::SYSTEM_UNAVAIL));
        assert!(failure.in_words().len() < 2000, "{} bytes", failure.in_words().len());
    }
}
