//! The service as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use crate::client::SECRET;

pub struct Service {
    process: Child,
    lines: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Service {
    /// Starts it on a folder, on a port that is free.
    pub fn on(folder: &Path) -> Service {
        let mut command = Command::new(example());
        command.arg(folder).arg("127.0.0.1:0").env("CARDFLOW_PROXY_SECRET", SECRET);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        let mut service = Service { process, lines, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        service.address = service.says("listening on ").parse().unwrap();
        service
    }

    /// The rest of the next line that begins so.
    pub fn says(&mut self, begin: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it never said `{begin}`, but:\n{all}");
            if let Some(rest) = line.strip_prefix(begin) {
                return rest.trim_end().to_owned();
            }
            all.push_str(&line);
        }
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// The exit code, once it has ended.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.process.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already, or the test has failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The example, built as this test was.
pub fn example() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--example", "service", "--all-features"]);
        build.args((!cfg!(debug_assertions)).then_some("--release"));
        assert!(build.status().unwrap().success());
        std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples").join("service")
    })
}
