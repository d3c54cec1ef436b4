//! What is written in the file of a bug.

use std::fs;
use std::path::{Path, PathBuf};

/// A bug.
pub(crate) struct Bug {
    /// The name of its file.
    pub(crate) name: String,
    /// What is wrong.
    pub(crate) what: String,
    /// Who should see it first.
    pub(crate) judge: Judge,
    /// After how many cases the judge saw it, where it counts them.
    pub(crate) after: Option<String>,
    pub(crate) hunks: Vec<Hunk>,
}

/// A test target, and the parts of the names of its tests that are asked for; all if there are none.
pub(crate) struct Judge {
    pub(crate) target: String,
    pub(crate) filter: Vec<String>,
}

/// Lines of a file, and what is put in their place.
pub(crate) struct Hunk {
    pub(crate) file: String,
    find: String,
    put: String,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Bug {
    /// Every bug, by name.
    pub(crate) fn all() -> Vec<Bug> {
        let files = fs::read_dir(root().join("tests/mutants")).unwrap().map(|it| it.unwrap().path());
        let mut bugs: Vec<_> = files.filter(|it| it.extension().is_some_and(|it| it == "txt")).map(Bug::read).collect();
        bugs.sort_by(|a, b| a.name.cmp(&b.name));
        bugs
    }

    fn read(path: PathBuf) -> Bug {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut parts = text.split("\nin: ");
        let head = parts.next().unwrap();
        let of = |key: &str| {
            let line = head.lines().find_map(|it| it.strip_prefix(key));
            line.unwrap_or_else(|| panic!("{name} says no `{key}`")).trim().to_owned()
        };
        let after = head.lines().find_map(|it| it.strip_prefix("after:")).map(|it| it.trim().to_owned());
        let judge = of("judge:");
        let mut judge = judge.split(' ').map(str::to_owned);
        let judge = Judge { target: judge.next().unwrap(), filter: judge.collect() };
        let hunks: Vec<_> = parts.map(|it| Hunk::read(it).unwrap_or_else(|| panic!("{name}: {it}"))).collect();
        assert!(!hunks.is_empty(), "{name} changes nothing");
        Bug { what: of("what:"), judge, after, hunks, name }
    }

    /// The files of a package that it changes, as they are with it; or why it does not fit.
    pub(crate) fn applied(&self, root: &Path) -> Result<Vec<(&str, String)>, String> {
        let mut files: Vec<(&str, String)> = Vec::new();
        for Hunk { file, find, put } in &self.hunks {
            let before = match files.iter().position(|(it, _)| it == file) {
                Some(at) => files.remove(at).1,
                None => fs::read_to_string(root.join(file)).map_err(|it| format!("{file}: {it}"))?,
            };
            let (count, after) = (before.matches(find.as_str()).count(), before.replace(find.as_str(), put));
            if count != 1 || after == before {
                return Err(format!("stands {count} times in {file}:\n{find}"));
            }
            files.push((file, after));
        }
        Ok(files)
    }
}

impl Hunk {
    fn read(text: &str) -> Option<Hunk> {
        let (file, rest) = text.split_once("\nfind:\n")?;
        let (find, put) = rest.split_once("\nput:\n")?;
        // Whole lines, so that nothing is found in the middle of one.
        let find = format!("{find}\n");
        let put = if put.trim().is_empty() { String::new() } else { format!("{}\n", put.trim_end_matches('\n')) };
        Some(Hunk { file: file.to_owned(), find, put })
    }
}
