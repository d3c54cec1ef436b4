//! This binary once more, as the process that things happen to.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child as Process, ChildStdout, Command, Stdio};

use tempfile::NamedTempFile;

use crate::faults::{attempt, found};
use crate::load::Load;
use crate::told::Told;

const TASK: &str = "CARDFLOW_CHILD";

/// The other side: does nothing unless a parent has told it what.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (kind, rest) = task.split_once(' ').unwrap();
    let (folder, rest) = rest.split_once(' ').unwrap();
    match kind {
        "load" => Load::read(rest).unwrap().carry(Path::new(folder)),
        "found" => found(Path::new(folder)),
        "attempt" => attempt(Path::new(folder)),
        _ => panic!("{task}"),
    }
}

/// This binary, started through other commands.
pub fn through(others: &[&str]) -> Command {
    let this = std::env::current_exe().unwrap();
    let Some((first, more)) = others.split_first() else { return Command::new(this) };
    let mut command = Command::new(first);
    command.args(more).arg(this);
    command
}

/// This binary as a child, through other commands, with a task: its kind, a folder without spaces, and the rest.
pub fn command(others: &[&str], kind: &str, folder: &Path, rest: &str) -> Command {
    let mut command = through(others);
    command.args(["--exact", "child::child", "--nocapture", "--test-threads=1"]);
    command.env(TASK, format!("{kind} {} {rest}", folder.display()));
    command
}

/// Runs a child to its end; all that it says.
pub fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + String::from_utf8_lossy(&output.stderr).as_ref()
}

/// A host under load.
pub struct Child {
    process: Process,
    lines: BufReader<ChildStdout>,
    errors: NamedTempFile,
}

impl Child {
    pub fn under(load: &Load, folder: &Path) -> Child {
        Child::under_through(&[], load, folder)
    }

    pub fn under_through(others: &[&str], load: &Load, folder: &Path) -> Child {
        let errors = NamedTempFile::new().unwrap();
        let mut command = command(others, "load", folder, &load.write());
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors.reopen().unwrap());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Child { process, lines, errors }
    }

    /// The next line it says; none once it has ended. What the test harness around it says is left out, and so is half a
    /// line, which nobody has heard.
    fn line(&mut self) -> Option<String> {
        loop {
            let mut line = Vec::new();
            self.lines.read_until(b'\n', &mut line).unwrap();
            let line = String::from_utf8(line).unwrap();
            let whole = line.strip_suffix('\n')?;
            if !is_of_the_harness(whole) {
                return Some(whole.to_owned());
            }
        }
    }

    /// Tells what it says, up to a line that is the last one to be heard.
    pub fn tell(&mut self, told: &mut Told, mut is_last: impl FnMut(&str, &Told) -> bool) {
        while let Some(line) = self.line() {
            told.hear(&line).unwrap_or_else(|it| panic!("the host fell over: {it}\n{}", self.errors()));
            if is_last(&line, told) {
                break;
            }
        }
    }

    /// Kills it; what it has said until then still counts.
    pub fn kill(mut self, told: &mut Told) {
        self.process.kill().unwrap();
        self.tell(told, |_, _| false);
    }

    /// Waits for its end, whatever it is.
    pub fn fall(mut self, told: &mut Told) {
        self.tell(told, |_, _| false);
        self.process.wait().unwrap();
    }

    /// Waits for its end, which must be a good one.
    pub fn end(mut self, told: &mut Told) {
        self.tell(told, |_, _| false);
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{status}: {}", self.errors());
    }

    /// What it said last, if it fell over by itself.
    fn errors(&self) -> String {
        fs::read_to_string(&self.errors).unwrap()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // A test that fails leaves no process behind.
        drop(self.process.kill().and_then(|()| self.process.wait()));
    }
}

fn is_of_the_harness(line: &str) -> bool {
    ["", "ok"].contains(&line) || ["running ", "test "].iter().any(|it| line.starts_with(it))
}
