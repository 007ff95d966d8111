// SPDX-License-Identifier: GPL-2.0-or-later
//! What `msgsnd` and its kin find in RB.

/// RB\[32:36\] of a server doorbell. Source: Linux `arch/powerpc/include/asm/dbell.h` (`PPC_DBELL_SERVER`).
const SERVER_DOORBELL: u64 = 5;

/// A doorbell's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// RB\[57:63\], the receiver: its number in the core (TIR).
    pub thread: u8,
}

impl Message {
    /// The message in RB; `None` where its type is not a server doorbell: the instruction does nothing then.
    ///
    /// ```
    /// use cpu_model::doorbell::Message;
    /// assert_eq!(Message::from_rb(0x2800_0003), Some(Message { thread: 3 }));
    /// assert_eq!(Message::from_rb(3), None);
    /// ```
    pub fn from_rb(rb: u64) -> Option<Message> {
        (rb >> 27 & 0x1f == SERVER_DOORBELL).then_some(Message { thread: (rb & 0x7f) as u8 })
    }

    /// RB of a server doorbell with this message.
    ///
    /// ```
    /// use cpu_model::doorbell::Message;
    /// assert_eq!(Message { thread: 3 }.to_rb(), 0x2800_0003);
    /// ```
    pub fn to_rb(self) -> u64 {
        SERVER_DOORBELL << 27 | u64::from(self.thread)
    }
}
