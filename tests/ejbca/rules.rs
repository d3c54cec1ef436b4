//! The rules of EJBCA for one certificate, as its own system tests have them (rows E01 to E23 of the table).

use std::collections::BTreeMap;

use cardflow::values::{Millis, Timestamp};
use serde_json::{Value, json};

pub(crate) const REASONS: [&str; 11] = [
    "NOT_REVOKED",
    "UNSPECIFIED",
    "KEY_COMPROMISE",
    "CA_COMPROMISE",
    "AFFILIATION_CHANGED",
    "SUPERSEDED",
    "CESSATION_OF_OPERATION",
    "CERTIFICATE_HOLD",
    "REMOVE_FROM_CRL",
    "PRIVILEGES_WITHDRAWN",
    "AA_COMPROMISE",
];
/// Whence a reason may become `KEY_COMPROMISE`; itself, since its date may change.
const CHANGEABLE: [&str; 6] = [
    "UNSPECIFIED",
    "KEY_COMPROMISE",
    "AFFILIATION_CHANGED",
    "SUPERSEDED",
    "CESSATION_OF_OPERATION",
    "PRIVILEGES_WITHDRAWN",
];

/// What is revoked: for what, since when, and since when its key is in other hands.
pub(crate) type Revoked = (String, Timestamp, Option<Timestamp>);

/// A request that may be waiting for somebody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Asked {
    pub(crate) serial: String,
    pub(crate) reason: String,
    pub(crate) date: Option<Timestamp>,
    pub(crate) invalidity: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) issuer: String,
    pub(crate) reason_change: bool,
    pub(crate) back_dating: bool,
    pub(crate) approval: bool,
    pub(crate) certificates: BTreeMap<String, Option<Revoked>>,
    pub(crate) waiting: Vec<Asked>,
    now: Timestamp,
}

/// A status, and what is said.
pub(crate) type Said = (u16, Value);

fn error(status: u16, message: &str) -> Said {
    (status, json!({"error_code": status, "error_message": message}))
}

impl Rules {
    pub(crate) fn new(issuer: String, now: Timestamp) -> Rules {
        let (certificates, waiting) = (BTreeMap::new(), Vec::new());
        Rules { issuer, reason_change: false, back_dating: false, approval: false, certificates, waiting, now }
    }

    /// Its own clock, a second on each time.
    fn now(&mut self) -> Timestamp {
        self.now = self.now.plus(Millis::seconds(1));
        self.now
    }

    /// The certificate that is meant, if there is one.
    fn find(&self, issuer: &str, serial: &str) -> Result<Option<Revoked>, Said> {
        if issuer != self.issuer {
            return Err(error(404, &format!("CA '{issuer}' does not exist.")));
        }
        let missing = format!("Certificate with serial number '{serial}' and issuer DN '{issuer}' was not found");
        self.certificates.get(&serial.to_uppercase()).cloned().ok_or_else(|| error(404, &missing))
    }

    pub(crate) fn status(&self, issuer: &str, serial: &str) -> Said {
        match self.find(issuer, serial) {
            Ok(it) => (200, told(issuer, serial, it.as_ref())),
            Err(said) => said,
        }
    }

    pub(crate) fn revoke(&mut self, issuer: &str, serial: &str, query: &BTreeMap<String, String>) -> Said {
        let Some(reason) = query.get("reason").filter(|it| REASONS.contains(&it.as_str())) else {
            return error(400, "Invalid revocation reason.");
        };
        let now = self.now();
        let mut dates = [None, None];
        for (name, date) in ["date", "invalidity_date"].iter().zip(&mut dates) {
            let Some(text) = query.get(*name) else { continue };
            match text.parse::<Timestamp>() {
                Ok(at) if at > now => return error(400, &format!("Revocation date in the future: '{text}'.")),
                Ok(at) => *date = Some(at),
                Err(_) => return error(400, &format!("Invalid date: '{text}'.")),
            }
        }
        let [date, invalidity] = dates;
        let current = match self.find(issuer, serial) {
            Ok(current) => current,
            Err(said) => return said,
        };
        if date.is_some_and(|it| it < now) && !self.back_dating {
            return error(422, "Back dated revocation not allowed for certificate profile 'Cards'.");
        }
        let releases = ["NOT_REVOKED", "REMOVE_FROM_CRL"].contains(&reason.as_str());
        let allowed = match &current {
            None => !releases,
            Some((held, ..)) if held == "CERTIFICATE_HOLD" => reason != "CERTIFICATE_HOLD",
            Some((old, since, _)) => {
                let changes = reason == "KEY_COMPROMISE" && CHANGEABLE.contains(&old.as_str());
                self.reason_change && changes && date.is_none_or(|it| it <= *since)
            }
        };
        if !allowed {
            return error(
                409,
                &format!("Certificate with issuer: {issuer} and serial number: {serial} has previously been revoked."),
            );
        }
        let asked = Asked { serial: serial.to_uppercase(), reason: reason.clone(), date, invalidity };
        if self.approval {
            let same = |it: &Asked| (&it.serial, &it.reason) == (&asked.serial, &asked.reason);
            if self.waiting.iter().any(same) {
                return error(400, "Approval Request with ID '-1711' already exists in database.");
            }
            self.waiting.push(asked);
            return (202, json!({"status_code": 202, "info_message": "The request has been sent for approval."}));
        }
        self.execute(asked);
        (200, told(issuer, serial, self.certificates[&serial.to_uppercase()].as_ref()))
    }

    /// Somebody agrees to all that waits.
    pub(crate) fn agree(&mut self) {
        for asked in std::mem::take(&mut self.waiting) {
            self.execute(asked);
        }
    }

    fn execute(&mut self, asked: Asked) {
        let now = self.now();
        let certificate = self.certificates.get_mut(&asked.serial).unwrap();
        *certificate = match (asked.reason.as_str(), &certificate) {
            ("NOT_REVOKED" | "REMOVE_FROM_CRL", _) => None,
            // A change of the reason keeps the date. A hold that becomes a revocation has a new one.
            (_, Some((old, since, before))) if old != "CERTIFICATE_HOLD" => {
                Some((asked.reason, asked.date.unwrap_or(*since), asked.invalidity.or(*before)))
            }
            _ => Some((asked.reason, asked.date.unwrap_or(now), asked.invalidity)),
        };
    }
}

fn told(issuer: &str, serial: &str, revoked: Option<&Revoked>) -> Value {
    let mut told = json!({
        "issuer_dn": issuer, "serial_number": serial, "revoked": revoked.is_some(), "revocation_reason": "NOT_REVOKED",
    });
    if let Some((reason, since, invalidity)) = revoked {
        told["revocation_reason"] = json!(reason);
        told["revocation_date"] = json!(since.to_string());
        if let Some(date) = invalidity {
            told["invalidity_date"] = json!(date.to_string());
        }
    }
    told
}
