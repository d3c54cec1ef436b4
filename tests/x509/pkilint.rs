//! Judge: pkilint, a linter of certificates and CRLs.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The Python that has the linter; a host that wants all judges gets a failure instead of a line.
pub(crate) fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<&str>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let has_it = |it: &&&str| {
            let asked = Command::new(it).args(["-c", "import pkilint"]).stderr(Stdio::null()).status();
            asked.is_ok_and(|it| it.success())
        };
        let found = ["python3", "/usr/bin/python3"].iter().find(has_it).copied();
        let required = std::env::var("CARDFLOW_REQUIRE").is_ok_and(|it| it == "all");
        assert!(found.is_some() || !required, "a Python with pkilint is required and not there");
        if found.is_none() {
            eprintln!("skipped: no Python with pkilint is there");
        }
        found
    })
}

/// A linter for each rule set and file on the command line, in one process: it takes long to begin.
const SCRIPT: &str = r#"
import contextlib, io, sys
from pkilint.bin import lint_crl, lint_ocsp_response
for profile, name in zip(sys.argv[1::2], sys.argv[2::2]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        if profile == "OCSP":
            count = lint_ocsp_response.main(["lint", "-f", "CSV", name])
        else:
            count = lint_crl.main(["lint", "-t", "CRL", "-p", profile, "-f", "CSV", name])
    print(f"file {profile} {name} {count}")
    print("\n".join(line for line in said.getvalue().splitlines() if line))
"#;

/// What it finds in a file.
#[derive(Debug)]
#[expect(dead_code, reason = "a finding that is not expected is shown whole")]
pub(crate) struct Findings {
    pub(crate) profile: &'static str,
    pub(crate) name: String,
    pub(crate) count: usize,
    pub(crate) said: String,
}

/// Lints CRLs in `folder` by the rules of RFC 5280, and by those of the CA/Browser Forum. None where there is no linter.
pub(crate) fn lint(folder: &Path, names: &[String]) -> Option<Vec<Findings>> {
    lint_by(&["PKIX", "BR"], folder, names)
}

/// Lints OCSP responses in `folder` by the rules of RFC 6960. None where there is no linter.
#[cfg(feature = "ocsp")]
pub(crate) fn lint_ocsp(folder: &Path, names: &[String]) -> Option<Vec<Findings>> {
    lint_by(&["OCSP"], folder, names)
}

fn lint_by(profiles: &[&'static str], folder: &Path, names: &[String]) -> Option<Vec<Findings>> {
    let python = python()?;
    let pairs = names.iter().flat_map(|name| profiles.iter().map(move |profile| (*profile, name)));
    let arguments: Vec<&str> = pairs.clone().flat_map(|(profile, name)| [profile, name.as_str()]).collect();
    let output = Command::new(python).args(["-c", SCRIPT]).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut findings: Vec<Findings> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("file ") {
            let (profile, rest) = head.split_once(' ').unwrap();
            let (name, count) = rest.rsplit_once(' ').unwrap();
            let profile = profiles.iter().find(|it| **it == profile).unwrap();
            findings.push(Findings { profile, name: name.into(), count: count.parse().unwrap(), said: String::new() });
        } else {
            writeln!(findings.last_mut().unwrap().said, "{line}").unwrap();
        }
    }
    assert_eq!(findings.len(), names.len() * profiles.len(), "{text}");
    Some(findings)
}
