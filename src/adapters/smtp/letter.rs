use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::Worded;
use crate::ports::{EffectError, Message, Setback};

/// The header that has the id of the effect.
pub(super) const EFFECT_HEADER: &str = "X-Cardflow-Effect";

fn wrong(what: &str) -> EffectError {
    EffectError { what: what.to_owned(), setback: Setback::Permanent, source: None }
}

/// A mail as it is sent: to one address, in two forms, under the id of its effect.
pub(super) fn letter(from: &Mailbox, message: &Message, worded: Worded) -> Result<(Envelope, Vec<u8>), EffectError> {
    // The error would repeat the address.
    let to = message.address.parse();
    let to = to.map_err(|_| wrong("the mail address of the person is none that mail is sent to; correct it"))?;
    let id = message.effect;
    let raw = |name, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
    let mail = lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(worded.subject)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .raw_header(raw(EFFECT_HEADER, id.to_string()))
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("Content-Language", worded.locale))
        .multipart(MultiPart::alternative_plain_html(worded.text, worded.html))
        .map_err(|_| wrong("the mail has no form that can be sent"))?;
    Ok((mail.envelope().clone(), mail.formatted()))
}
