//! Where bugs are sown: a copy of the package, built and tried beside it.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::bug::{Bug, Judge, root};

/// A judge that says nothing for so long has been led into a circle.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a judge says.
pub(crate) enum Verdict {
    /// Every test passes.
    Holds,
    /// This one does not, the first of all; before it, so many did, in so much time. Of seeds, which one showed it.
    Fails { test: String, passed: usize, took: Duration, built: Duration, seed: Option<u64> },
    /// It does not even build: that proves nothing.
    DoesNotBuild(String),
    /// It does not come to an end, or ends without a word.
    SaysNothing,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Holds => f.write_str("nothing is seen"),
            Verdict::Fails { test, passed, took, built, seed } => {
                let (took, built) = (took.as_secs_f64(), built.as_secs_f64());
                if let Some(seed) = seed {
                    write!(f, "seed {seed}, ")?;
                }
                write!(f, "{test} ({passed} tests passed before, {took:.1} s, built in {built:.0} s)")
            }
            Verdict::DoesNotBuild(errors) => write!(f, "it does not build: {errors}"),
            Verdict::SaysNothing => f.write_str("it never ends, or dies without a word"),
        }
    }
}

/// A copy of the package.
pub(crate) struct Field {
    root: PathBuf,
}

impl Field {
    /// As the package is now. What is the same already is left alone, so that little is built again.
    pub(crate) fn copied() -> Field {
        let field = Field { root: Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants") };
        let files = files_of(root());
        for file in &files {
            let content = fs::read(root().join(file)).unwrap();
            field.write(file, &if file == Path::new("Cargo.toml") { renamed(content) } else { content });
        }
        for file in files_of(&field.root).difference(&files) {
            fs::remove_file(field.root.join(file)).unwrap();
        }
        field
    }

    fn write(&self, file: &Path, content: &[u8]) {
        let path = self.root.join(file);
        if fs::read(&path).is_ok_and(|it| it == content) {
            return;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn sow(&self, bug: &Bug) {
        self.sow_beside_others(bug).unwrap();
    }

    /// Sows a bug, unless others stand where it is to go.
    fn sow_beside_others(&self, bug: &Bug) -> Result<(), String> {
        for (file, content) in bug.applied(&self.root)? {
            self.write(Path::new(file), content.as_bytes());
        }
        Ok(())
    }

    pub(crate) fn weed(&self, bug: &Bug) {
        for hunk in &bug.hunks {
            self.write(Path::new(&hunk.file), &fs::read(root().join(&hunk.file)).unwrap());
        }
    }

    /// Whether the library builds with each of these bugs: with as many at once as do not stand in each other's way, since to
    /// build takes far longer than to look.
    pub(crate) fn builds_with(&self, bugs: &[Bug]) -> Result<(), String> {
        let mut left: Vec<_> = bugs.iter().collect();
        while !left.is_empty() {
            let (sown, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|it| self.sow_beside_others(it).is_ok());
            let built = self.cargo(&["check", "--lib"]).map(drop);
            sown.iter().for_each(|it| self.weed(it));
            built?;
            assert!(!sown.is_empty(), "{} does not fit", others[0].name);
            left = others;
        }
        Ok(())
    }

    /// Builds a judge and lets it look, until the first test that fails.
    pub(crate) fn ask(&mut self, judge: &Judge) -> Verdict {
        let begin = Instant::now();
        let program = &match self.build(&judge.target) {
            Ok(program) => program,
            Err(errors) => return Verdict::DoesNotBuild(errors),
        };
        let built = begin.elapsed();
        let begin = Instant::now();
        let mut trial = Command::new(program)
            .args(&judge.filter)
            .current_dir(&self.root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (say, said) = mpsc::channel();
        let output = BufReader::new(trial.stdout.take().unwrap());
        let listener = std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|it| say.send(it)).unwrap_or_default();
        });
        let mut passed = 0;
        let verdict = loop {
            let Ok(line) = said.recv_timeout(PATIENCE) else { break Verdict::SaysNothing };
            let Some(line) = line.strip_prefix("test ") else { continue };
            if let Some(test) = line.strip_suffix(" ... FAILED") {
                let took = begin.elapsed();
                let of_seeds = judge.target == "simulator";
                let seed = of_seeds.then(|| self.seed_of(program, test)).flatten();
                break Verdict::Fails { test: test.to_owned(), passed, took, built, seed };
            }
            passed += usize::from(line.ends_with(" ... ok"));
            if line.starts_with("result: ok") {
                assert!(passed > 0, "{} tries nothing", judge.target);
                break Verdict::Holds;
            }
        };
        drop(said);
        // It may have ended by itself.
        drop(trial.kill());
        trial.wait().unwrap();
        listener.join().unwrap();
        verdict
    }

    /// The seed that a test of the simulator names when it fails.
    fn seed_of(&self, program: &Path, test: &str) -> Option<u64> {
        let output = Command::new(program).args(["--exact", test]).current_dir(&self.root).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let line = said.lines().find(|it| it.starts_with("seed ") && it.contains(" does not hold "))?;
        line.split(' ').nth(1)?.parse().ok()
    }

    /// The program of a test target. Built where the package is, so that what it depends on is there already.
    fn build(&self, target: &str) -> Result<PathBuf, String> {
        let messages = self.cargo(&["test", "--no-run", "--test", target])?;
        let program =
            messages.iter().filter(|it| it["target"]["name"] == target).find_map(|it| it["executable"].as_str());
        Ok(program.expect("a program").into())
    }

    /// What cargo says, or the errors it finds.
    fn cargo(&self, command: &[&str]) -> Result<Vec<serde_json::Value>, String> {
        let output = Command::new(env!("CARGO"))
            .args(command)
            .args(["--all-features", "--message-format=json"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
            .output()
            .unwrap();
        let messages = String::from_utf8(output.stdout).unwrap();
        let messages = messages.lines().filter_map(|it| serde_json::from_str::<serde_json::Value>(it).ok());
        let messages: Vec<_> = messages.collect();
        if !output.status.success() {
            let errors = messages.iter().filter(|it| it["message"]["level"] == "error");
            let errors: Vec<_> = errors.filter_map(|it| it["message"]["rendered"].as_str()).collect();
            return Err(errors.join("\n"));
        }
        Ok(messages)
    }
}

/// The manifest under another version, which makes another package of it: what is built of the copy shares a folder with what is
/// built of the package, and must not be taken for it.
fn renamed(manifest: Vec<u8>) -> Vec<u8> {
    let manifest = String::from_utf8(manifest).unwrap();
    let version = concat!("\nversion = \"", env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest.matches(version).count(), 1, "the version of the package stands once");
    manifest.replace(version, &format!("{version}-sown")).into_bytes()
}

/// The files of the package, relative to its root; not what was built, and nothing hidden.
fn files_of(root: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with('.') || name == "target" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_path_buf());
            }
        }
    }
    files
}
