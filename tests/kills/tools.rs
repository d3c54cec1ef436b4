//! Tools from outside, and people who may do less than we.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::child;

/// Whether a tool is there and does its work; a host that wants all of them gets a failure instead of a line.
pub fn is_there(tool: &str, trial: &[&str]) -> bool {
    let there = works(Command::new(tool).args(trial));
    let required = std::env::var("CARDFLOW_REQUIRE").is_ok_and(|it| it == "all");
    assert!(there || !required, "{tool} is required and not there");
    if !there {
        eprintln!("skipped: {tool} is not there");
    }
    there
}

fn works(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}

/// Somebody whom file permissions bind: root they do not.
pub struct Nobody {
    prefix: &'static [&'static str],
}

impl Nobody {
    pub fn find() -> Option<Nobody> {
        const PREFIX: &[&str] = &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let user = Command::new("id").arg("-u").output().unwrap();
        let prefix = if user.stdout == b"0\n" { PREFIX } else { &[] };
        if !prefix.is_empty() && !is_there("setpriv", &["--version"]) {
            return None;
        }
        let may_run = works(child::through(prefix).arg("--list"));
        if !may_run {
            eprintln!("skipped: nobody but root may run this binary");
        }
        may_run.then_some(Nobody { prefix })
    }

    pub fn command(&self, kind: &str, folder: &Path) -> Command {
        child::command(self.prefix, kind, folder, "")
    }
}
