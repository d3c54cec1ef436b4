//! The judge: the `openssl` command, which sees what relying parties see and nothing else.

use std::error::Error;
use std::process::Command;

use cardflow::domain::Serial;

use crate::office::{Leaf, Office};

type Said = Result<String, Box<dyn Error>>;

/// The ways in which a relying party may look at a certificate; of a delta CRL, its line is looked at too.
pub const JUDGES: [&str; 4] = ["complete CRL", "complete and delta", "line on the delta", "OCSP"];

/// OpenSSL at work in the folder of an office.
pub struct OpenSsl<'a> {
    office: &'a Office,
}

impl<'a> OpenSsl<'a> {
    /// Its version, if one is installed that knows the options used here.
    pub fn version() -> Option<String> {
        let output = Command::new("openssl").arg("version").output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let major: u32 = said.strip_prefix("OpenSSL ")?.split('.').next()?.parse().ok()?;
        (output.status.success() && major >= 3).then_some(said)
    }

    pub fn at(office: &'a Office) -> Self {
        OpenSsl { office }
    }

    /// What it says of these certificates by each of the [`JUDGES`]; nothing of a delta CRL where there is none.
    pub async fn judges(&self) -> Result<[Vec<String>; 4], Box<dyn Error>> {
        let has_delta = self.office.lists.delta().exists();
        // Before there is a delta CRL, one that takes them has nothing to add but that it would.
        let delta_too = if has_delta { &DELTA_TOO[..] } else { &["-use_deltas", "-extended_crl"] };
        let with_delta = [&COMPLETE[..], delta_too].concat();
        let ocsp = self.ocsp().await?;
        let (mut complete, mut both, mut lines, mut answers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for leaf in &self.office.leaves {
            complete.push(self.verify(leaf, &COMPLETE)?);
            both.push(self.verify(leaf, &with_delta)?);
            lines.push(if has_delta { self.line(&leaf.serial)? } else { "no delta CRL".to_owned() });
            answers.push(answer_for(&ocsp, &leaf.file)?);
        }
        Ok([complete, both, lines, answers])
    }

    /// `openssl verify`, at the time of the story; error 23 is "certificate revoked", which is said of a hold too.
    fn verify(&self, leaf: &Leaf, options: &[&str]) -> Said {
        let at = (self.office.now().millis() / 1000).to_string();
        let (_, said) = self.run(&[&["verify", "-attime", &at], options, &[&leaf.file]].concat())?;
        if said.contains(&format!("{}: OK", leaf.file)) {
            return Ok("OK".to_owned());
        }
        let is_revoked = said.contains("error 23 ") && said.contains("certificate revoked");
        if is_revoked { Ok("error 23".to_owned()) } else { Err(format!("openssl verify: {said}").into()) }
    }

    /// `openssl crl -text`: the reason with which the delta CRL has it.
    fn line(&self, serial: &Serial) -> Said {
        let text = self.done(&["crl", "-inform", "DER", "-in", DELTA, "-noout", "-text", "-CAfile", "ca.pem"])?;
        if !text.contains("verify OK") || !text.contains("Delta CRL Indicator: critical") {
            return Err(format!("openssl crl: {text}").into());
        }
        let digits = |it: &str| it.trim().trim_start_matches('0').to_owned();
        let of_it = |it: &&str| it.lines().next().map(digits) == Some(digits(&serial.to_string()));
        let Some(entry) = text.split("Serial Number: ").skip(1).find(of_it) else { return Ok("none".to_owned()) };
        let reason = entry.lines().skip_while(|it| !it.contains("CRL Reason Code")).nth(1);
        Ok(reason.map_or("no reason given", str::trim).to_owned())
    }

    /// `openssl ocsp`: it makes a request for all certificates, the library answers, it checks the answer.
    async fn ocsp(&self) -> Said {
        let leaves: Vec<&str> = self.office.leaves.iter().flat_map(|it| ["-cert", it.file.as_str()]).collect();
        let asks = [&["ocsp", "-no_nonce", "-issuer", "ca.pem"], &leaves[..]].concat();
        self.done(&[&asks[..], &["-reqout", "request.der"]].concat())?;
        let request = std::fs::read(self.office.folder.join("request.der"))?;
        let answer = self.office.responder.answer(&request, self.office.now()).await;
        if let Some(failure) = answer.failure {
            return Err(failure.into());
        }
        std::fs::write(self.office.folder.join("answer.der"), &answer.der)?;
        let said = self.done(&[&asks[..], &["-respin", "answer.der", "-CAfile", "ca.pem"]].concat())?;
        let is_good = said.contains("Response verify OK") && !said.contains("WARNING");
        if is_good { Ok(said) } else { Err(format!("openssl ocsp: {said}").into()) }
    }

    /// What it says, where it must succeed.
    fn done(&self, arguments: &[&str]) -> Said {
        let (succeeded, said) = self.run(arguments)?;
        if succeeded { Ok(said) } else { Err(format!("openssl {}: {said}", arguments.join(" ")).into()) }
    }

    /// Whether it succeeds, and what it says.
    fn run(&self, arguments: &[&str]) -> Result<(bool, String), Box<dyn Error>> {
        let output = Command::new("openssl").args(arguments).current_dir(&self.office.folder).output()?;
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Ok((output.status.success(), said))
    }
}

const DELTA: &str = "public/cards-delta.crl";

/// The options of a relying party that takes complete CRLs.
pub const COMPLETE: [&str; 5] = ["-crl_check", "-CAfile", "ca.pem", "-CRLfile", "public/cards.crl"];

/// What one adds that takes delta CRLs too.
pub const DELTA_TOO: [&str; 4] = ["-use_deltas", "-extended_crl", "-CRLfile", DELTA];

/// What an answer says of the certificate in this file: the line that names it, and those set in under it.
fn answer_for(said: &str, file: &str) -> Said {
    let name = format!("{file}: ");
    let mut lines = said.lines().skip_while(|it| !it.starts_with(&name));
    let state = lines.next().and_then(|it| it.strip_prefix(&name)).ok_or(said)?;
    let mut under = lines.take_while(|it| it.starts_with(char::is_whitespace));
    let reason = under.find_map(|it| it.trim().strip_prefix("Reason: "));
    Ok(reason.map_or(state.to_owned(), |reason| format!("{state}, {reason}")))
}
