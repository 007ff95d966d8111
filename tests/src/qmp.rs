// SPDX-License-Identifier: GPL-2.0-or-later
//! QEMU's machine protocol: one JSON object a line.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A connection.
#[derive(Debug)]
pub struct Qmp {
    socket: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Qmp {
    /// The arguments that make QEMU listen at `socket`.
    pub fn arguments(socket: &Path) -> [String; 2] {
        ["-qmp".into(), format!("unix:{},server=on,wait=off", socket.display())]
    }

    /// Connects to a QEMU that listens.
    pub fn connect(socket: &Path) -> Qmp {
        let socket = UnixStream::connect(socket).unwrap_or_else(|e| panic!("{}: {e}", socket.display()));
        let lines = BufReader::new(socket.try_clone().expect("a second handle"));
        let mut qmp = Qmp { socket, lines };
        assert!(qmp.read()["QMP"].is_object(), "no greeting");
        qmp.execute("qmp_capabilities");
        qmp
    }

    /// Executes a command without arguments and gives back what it returns.
    pub fn execute(&mut self, command: &str) -> Value {
        writeln!(self.socket, "{}", json!({ "execute": command })).expect("QEMU reads");
        loop {
            let answer = self.read();
            assert!(answer["error"].is_null(), "{command}: {answer}");
            if answer.get("event").is_none() {
                return answer["return"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("QEMU answers");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }
}
