// SPDX-License-Identifier: GPL-2.0-or-later
//! What the agents in host and guests say on their consoles: one frame a line, `@p8 JSON ~CRC`.
//!
//! A console carries more than frames: firmware, kernel messages, the console of a guest that the host's
//! agent passes on as `guest0| …`. A frame may start anywhere on a line, and a kernel message may cut
//! one in two. The CRC (IEEE CRC-32 of the JSON, 8 lower-case hexadecimal digits) tells which are whole.

use serde::{Deserialize, Serialize};

const START: &[u8] = b"@p8 {";
const CRC_MARK: &[u8] = b" ~";
const CRC_DIGITS: usize = 8;

/// One report of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Who speaks: `host`, or `guest0`, `guest1`, …
    pub who: String,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Body {
    /// The agent runs.
    Up {
        /// Processors online in its Linux.
        cpus: u32,
        /// Release of its kernel, as in `uname -r`.
        kernel: String,
    },
    /// A step starts.
    Begin {
        /// The step, as on the kernel command line.
        step: String,
    },
    /// A step is over.
    End {
        /// The step, as on the kernel command line.
        step: String,
        /// Exit status; 128 and more is a signal.
        code: i32,
    },
    /// The processors that are online now.
    Online {
        /// Linux's numbers, in order.
        cpus: Vec<u32>,
    },
    /// A processor has done its counted work.
    Work {
        /// Linux's number of the processor.
        cpu: u32,
        /// How far it counted.
        count: u64,
        /// How far it should have.
        want: u64,
    },
    /// What a busy process of the host has done while guests ran.
    Busy {
        /// Linux's number of the processor that it is tied to.
        cpu: u32,
        /// How far it counted meanwhile.
        count: u64,
        /// Rounds since its start that came out wrong, were done by another processor, or in which the timebase went back.
        wrong: u64,
        /// How often its timer has expired meanwhile, if it has one.
        expiries: u64,
        /// How late it was told of that on average, in ns.
        late_ns: u64,
        /// The same at worst.
        latest_ns: u64,
    },
    /// A virtual processor of the counter guest is done.
    Vcpu {
        /// Its number in the guest.
        vcpu: u32,
        /// How far it counted.
        count: u64,
        /// How far it should have.
        want: u64,
        /// The ioctl that failed and its errno, or empty.
        error: String,
    },
    /// Chaos has done something to the machine.
    Act {
        /// Which of its acts this was, from 0.
        number: u32,
        /// What it did to whom.
        what: String,
        /// `ok`, or the name of an errno.
        answer: String,
    },
    /// The VMM of a counter guest that chaos had started has ended.
    Ended {
        /// Guests are counted from 0 in the order of starting.
        guest: u32,
        /// Its virtual processors.
        threads: u32,
        /// How many of them counted right.
        right: u32,
        /// Exit status; 128 and more is a signal.
        code: i32,
        /// Why they are not all: empty (they are), `killed`, `refused` by KVM as it may, or `wrong`.
        why: String,
    },
    /// How often a secondary thread was given to KVM and came back, as the kernel counted.
    Secondary {
        /// Linux's number of the processor.
        cpu: u32,
        /// Given to KVM.
        cedes: u64,
        /// Back in the host.
        returns: u64,
    },
    /// The host's kernel has counted something itself.
    Counted {
        /// An event of KVM's tracepoints, a column of `powerpc/kvm_secondaries`, or `timings:` and a phase.
        what: String,
        /// Linux's number of the processor; for `timings:` that of the virtual processor in its guest.
        of: u32,
        /// How often it happened, or nanoseconds where its name says so.
        count: u64,
    },
    /// A line that a program printed.
    Out {
        /// Without its end.
        line: String,
    },
    /// A kernel message of level warning or worse.
    Kmsg {
        /// 0 (emergency) to 4 (warning).
        level: u8,
        /// Without its end.
        line: String,
    },
    /// The agent has no more to do and powers off.
    Done {
        /// Steps that failed.
        failed: u32,
    },
}

/// A piece of a console line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Not a frame.
    Text(String),
    /// A whole frame.
    Frame(Frame),
    /// What starts like a frame and is none: cut by another writer, or of an agent of another version.
    Damaged(String),
}

/// Takes a console line apart. Empty text is left out.
///
/// ```
/// use p8smt_scripts::protocol::{Piece, split};
/// let pieces = split(br#"guest0| @p8 {"t":"done","who":"guest0","failed":0} ~07ed19e8"#);
/// assert_eq!(pieces[0], Piece::Text("guest0| ".into()));
/// assert!(matches!(&pieces[1], Piece::Frame(f) if f.who == "guest0"));
/// ```
pub fn split(line: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line.trim_ascii_end();
    while let Some(start) = find(rest, START) {
        push_text(&mut pieces, &rest[..start]);
        let frame = &rest[start..];
        let next = match whole(frame) {
            Some((json, len)) => {
                pieces.push(match serde_json::from_slice(json) {
                    Ok(frame) => Piece::Frame(frame),
                    Err(_) => Piece::Damaged(text(&frame[..len])),
                });
                len
            }
            None => {
                let next = find(&frame[START.len()..], START).map_or(frame.len(), |n| n + START.len());
                pieces.push(Piece::Damaged(text(&frame[..next])));
                next
            }
        };
        rest = &frame[next..];
    }
    push_text(&mut pieces, rest);
    pieces
}

/// The line of a frame, without its end.
pub fn line(frame: &Frame) -> String {
    let json = serde_json::to_string(frame).expect("a frame holds strings and numbers only");
    format!("@p8 {json} ~{:08x}", crc32fast::hash(json.as_bytes()))
}

/// The JSON of the frame that `bytes` starts with, and how long the frame is.
fn whole(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let json_at = START.len() - 1;
    let mut from = json_at;
    loop {
        let mark = from + find(&bytes[from..], CRC_MARK)?;
        let end = mark + CRC_MARK.len() + CRC_DIGITS;
        let json = &bytes[json_at..mark];
        let digits = bytes.get(mark + CRC_MARK.len()..end)?;
        if digits == format!("{:08x}", crc32fast::hash(json)).as_bytes() {
            return Some((json, end));
        }
        from = mark + CRC_MARK.len();
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn push_text(pieces: &mut Vec<Piece>, bytes: &[u8]) {
    if !bytes.is_empty() {
        pieces.push(Piece::Text(text(bytes)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(who: &str) -> Frame {
        Frame { who: who.into(), body: Body::Done { failed: 0 } }
    }

    #[test]
    fn every_frame_survives_its_line() {
        let bodies = [
            Body::Up { cpus: 8, kernel: "6.12.117".into() },
            Body::Begin { step: "work:5".into() },
            Body::End { step: "work:5".into(), code: 139 },
            Body::Online { cpus: vec![0, 8] },
            Body::Work { cpu: 3, count: 5, want: 5 },
            Body::Busy { cpu: 7, count: 120_000, wrong: 0, expiries: 9, late_ns: 21_000, latest_ns: 210_000 },
            Body::Vcpu { vcpu: 1, count: 0, want: 5, error: "KVM_RUN: EBUSY".into() },
            Body::Act { number: 3, what: "CPU 5 offline".into(), answer: "ok".into() },
            Body::Ended { guest: 2, threads: 8, right: 5, code: 137, why: "killed".into() },
            Body::Secondary { cpu: 9, cedes: 70, returns: 70 },
            Body::Counted { what: "kvm_guest_exit".into(), of: 1, count: 70 },
            Body::Out { line: "a \"quoted\" ~12345678 line".into() },
            Body::Kmsg { level: 4, line: "@p8 {".into() },
        ];
        for body in bodies {
            let frame = Frame { who: "host".into(), body };
            assert_eq!(split(line(&frame).as_bytes()), [Piece::Frame(frame)]);
        }
    }

    #[test]
    fn the_agents_own_form_is_read() {
        let json = r#"{"t":"up","who":"host","cpus":8,"kernel":"6.12.117"}"#;
        let sent = format!("@p8 {json} ~{:08x}\r", crc32fast::hash(json.as_bytes()));
        let up = Frame { who: "host".into(), body: Body::Up { cpus: 8, kernel: "6.12.117".into() } };
        assert_eq!(split(sent.as_bytes()), [Piece::Frame(up)]);
    }

    #[test]
    fn text_and_frames_share_a_line() {
        let sent = format!("[    1.5] text{}[    2.0] more{}", line(&done("host")), line(&done("guest0")));
        assert_eq!(
            split(sent.as_bytes()),
            [
                Piece::Text("[    1.5] text".into()),
                Piece::Frame(done("host")),
                Piece::Text("[    2.0] more".into()),
                Piece::Frame(done("guest0")),
            ]
        );
    }

    #[test]
    fn a_wrong_crc_is_damage() {
        let sent = line(&done("host")).replace("\"failed\":0", "\"failed\":1");
        assert_eq!(split(sent.as_bytes()), [Piece::Damaged(sent)]);
    }

    #[test]
    fn a_frame_cut_by_a_frame_loses_one() {
        let cut = format!("@p8 {{\"t\":\"wo{}", line(&done("host")));
        assert_eq!(
            split(cut.as_bytes()),
            [Piece::Damaged("@p8 {\"t\":\"wo".into()), Piece::Frame(done("host"))]
        );
    }

    #[test]
    fn an_unknown_report_is_damage() {
        let json = r#"{"t":"later","who":"host"}"#;
        let sent = format!("@p8 {json} ~{:08x}", crc32fast::hash(json.as_bytes()));
        assert_eq!(split(sent.as_bytes()), [Piece::Damaged(sent.clone())]);
    }
}
