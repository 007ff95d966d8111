// SPDX-License-Identifier: GPL-2.0-or-later
//! Lines of a console that is still being written.

use std::io::{self, Read};

/// Cuts what a reader yields into lines.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    rest: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// Lines of `reader`, from where it stands.
    pub fn new(reader: R) -> Lines<R> {
        Lines { reader, rest: Vec::new() }
    }

    /// Hands each line that is whole by now to `take`, without its end.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(&mut self, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        self.reader.read_to_end(&mut self.rest)?;
        let mut start = 0;
        while let Some(length) = self.rest[start..].iter().position(|&b| b == b'\n') {
            take(self.rest[start..start + length].trim_ascii_end());
            start += length + 1;
        }
        self.rest.drain(..start);
        Ok(())
    }

    /// What stands behind the last line end.
    pub fn rest(&self) -> &[u8] {
        &self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom, Write};

    #[test]
    fn a_line_is_handed_on_when_it_is_whole() {
        let mut file = tempfile::tempfile().unwrap();
        let mut lines = Lines::new(file.try_clone().unwrap());
        let mut heard = Vec::new();
        let mut at = 0;
        for (part, so_far) in [("one\r\ntw", 1), ("o", 1), ("\n\nfour", 3)] {
            file.write_all(part.as_bytes()).unwrap();
            file.seek(SeekFrom::Start(at)).unwrap();
            lines.read(|line| heard.push(String::from_utf8(line.to_vec()).unwrap())).unwrap();
            at += part.len() as u64;
            assert_eq!(heard.len(), so_far, "{part:?}");
        }
        assert_eq!(heard, ["one", "two", ""]);
        assert_eq!(lines.rest(), b"four");
    }
}
