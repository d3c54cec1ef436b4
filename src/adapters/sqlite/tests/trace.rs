//! What a process did to its files, as `strace` wrote it down, and what a power cut at any moment would leave of them.

use std::collections::BTreeMap;

/// One moment of a system call.
pub(super) enum Moment {
    Begins(Call),
    /// It has succeeded.
    Done(Call),
}

/// A system call of a process or thread.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) thread: String,
    pub(super) what: What,
}

#[derive(Clone)]
pub(super) enum What {
    /// Bytes are written into a file at a place.
    Write(String, usize, Vec<u8>),
    /// A file is flushed.
    Flush(String),
    /// Bytes go elsewhere: to a pipe, say.
    Say(Vec<u8>),
}

/// The calls whose options are `-f -y -xx`, in the order of their moments.
pub(super) fn moments(trace: &str) -> Vec<Moment> {
    let mut under_way: BTreeMap<String, Call> = BTreeMap::new();
    let mut moments = Vec::new();
    for line in trace.lines() {
        let Some((thread, line)) = line.split_once(' ') else { continue };
        let line = line.trim_start();
        let ended = if line.starts_with("<... ") {
            under_way.remove(thread)
        } else {
            let Some(what) = what(line) else { continue };
            let call = Call { thread: thread.to_owned(), what };
            moments.push(Moment::Begins(call.clone()));
            if line.ends_with("<unfinished ...>") {
                under_way.insert(thread.to_owned(), call);
                continue;
            }
            Some(call)
        };
        let result = line.rsplit_once(" = ").and_then(|(_, it)| it.split(' ').next()?.parse::<i64>().ok());
        moments.extend(ended.filter(|_| result.is_some_and(|it| it >= 0)).map(Moment::Done));
    }
    moments
}

fn what(line: &str) -> Option<What> {
    let (name, arguments) = line.split_once('(')?;
    let (file, arguments) = arguments.split_once('<')?.1.split_once('>')?;
    let file = String::from_utf8(bytes(file)).ok()?;
    let text = || Some(bytes(arguments.split('"').nth(1)?));
    match name {
        "pwrite64" => {
            let place = arguments.rsplit('"').next()?.split([',', ')', ' ']).filter(|it| !it.is_empty()).nth(1)?;
            Some(What::Write(file, place.parse().ok()?, text()?))
        }
        "fsync" | "fdatasync" => Some(What::Flush(file)),
        "write" => Some(What::Say(text()?)),
        _ => None,
    }
}

/// The bytes of `\x61\x62`.
fn bytes(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|it| u8::from_str_radix(it, 16).unwrap()).collect()
}

/// Files as they are on the disk when all that was not flushed is lost.
#[derive(Default)]
pub(super) struct Disk {
    flushed: BTreeMap<String, Vec<u8>>,
    /// What is written and not flushed yet, in order.
    pending: Vec<(String, usize, Vec<u8>)>,
    /// How much of that was there when a thread began to flush.
    flushing: BTreeMap<String, usize>,
    /// Files that have a name in their folder for good.
    named: Vec<String>,
}

impl Disk {
    pub(super) fn see(&mut self, moment: &Moment) {
        match moment {
            Moment::Begins(Call { thread, what: What::Flush(_) }) => {
                self.flushing.insert(thread.clone(), self.pending.len());
            }
            Moment::Done(Call { thread, what: What::Flush(file) }) => {
                let count = self.flushing.remove(thread).unwrap_or_default().min(self.pending.len());
                let (of_file, others) = self.pending.drain(..count).partition(|(it, ..)| it == file);
                self.pending.splice(..0, Vec::from_iter::<Vec<_>>(others));
                Vec::from_iter::<Vec<_>>(of_file).into_iter().for_each(|(file, at, bytes)| {
                    write(self.flushed.entry(file).or_default(), at, &bytes);
                });
                let inside = |it: &&String| it.rsplit_once('/').is_some_and(|(folder, _)| folder == file);
                self.named.extend(self.flushed.keys().filter(inside).cloned());
            }
            Moment::Done(Call { what: What::Write(file, at, bytes), .. }) => {
                self.pending.push((file.clone(), *at, bytes.clone()));
            }
            Moment::Begins(_) | Moment::Done(_) => {}
        }
    }

    /// What a power cut leaves of a file for sure.
    pub(super) fn file(&self, name: &str) -> Vec<u8> {
        if self.named.iter().any(|it| it == name) { self.flushed[name].clone() } else { Vec::new() }
    }

    /// What it may leave: of what was not flushed, any sectors at all.
    pub(super) fn torn(&self, name: &str, mut is_left: impl FnMut() -> bool) -> Vec<u8> {
        const SECTOR: usize = 512;
        let mut file = self.file(name);
        for (_, at, bytes) in self.pending.iter().filter(|(it, ..)| it == name) {
            let mut place = *at;
            while place < at + bytes.len() {
                let end = (place / SECTOR + 1) * SECTOR;
                let end = end.min(at + bytes.len());
                if is_left() {
                    write(&mut file, place, &bytes[place - at..end - at]);
                }
                place = end;
            }
        }
        file
    }
}

fn write(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    file.resize(file.len().max(at + bytes.len()), 0);
    file[at..at + bytes.len()].copy_from_slice(bytes);
}
