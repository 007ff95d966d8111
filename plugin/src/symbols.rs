// SPDX-License-Identifier: GPL-2.0-or-later
//! Names of the host kernel that mean something for the model.

use cpu_model::{Landmark, Mode, Place};
use std::ops::Range;
use std::path::Path;

/// skiboot and its stacks. Source: skiboot `include/mem-map.h` (`SKIBOOT_BASE`, `SKIBOOT_SIZE`).
const FIRMWARE: Range<u64> = 0x3000_0000..0x31c1_0000;
/// The kernel's linear mapping, which real-mode addresses lack. Source: Linux
/// `arch/powerpc/include/asm/page.h` (`PAGE_OFFSET`).
const LINEAR: u64 = 0xf << 60;

/// KVM's real-mode code, by the first symbol in it and the first behind it
/// (Linux `arch/powerpc/kvm/book3s_hv_rmhandlers.S`, whose last function is `kvmppc_fix_pmao`).
const KVM_REAL_MODE: (&str, &str) = ("kvmppc_hv_entry_trampoline", "kvmppc_fix_pmao");
/// Functions that say what a thread is about to do (Linux `platforms/powernv/idle.c`, `smp.c`,
/// `kvm/book3s_hv_interrupts.S`, `book3s_hv_rmhandlers.S`).
const LANDMARKS: [(&str, Landmark); 6] = [
    ("power7_idle_type", Landmark::Idle),
    ("pnv_cpu_offline", Landmark::Offline),
    ("idle_kvm_start_guest", Landmark::KvmEntry),
    // Without a nap in between where it has waited for its next vcore.
    ("kvm_secondary_got_guest", Landmark::KvmEntry),
    ("kvm_no_guest", Landmark::KvmNoGuest),
    ("__kvmppc_vcore_entry", Landmark::VcoreRun),
];
/// The function in which a thread of the host is KVM's. Only a kernel that keeps secondary threads online has it.
const CEDE: &str = "power7_cede";
/// The function by which the host has firmware take a core's timebase from the chip's time of day
/// (Linux `arch/powerpc/platforms/powernv/opal-call.c`).
const RESYNC: &str = "opal_resync_timebase";
/// What a compiler may append to the name of a function for a part of it that it has moved out of line.
const PART: char = '.';
/// `blr`, the return from a function.
const BLR: u32 = 0x4e80_0020;
/// A function called from within the kernel is entered behind the two instructions that set up its TOC
/// pointer (64-bit ELF V2 ABI, section 2.3.2.1), so a landmark is the third instruction: every way in
/// passes it.
const LOCAL_ENTRY: u64 = 8;
/// Functions that store to interrupt presentation controllers through the kernel's mapping
/// (Linux `arch/powerpc/sysdev/xics/icp-native.c`).
const ICP_PREFIX: &str = "icp_native_";

/// No function is longer.
const FAR: u64 = 0x1_0000;

/// The end of a sentence about a name where no symbols were given.
pub const NO_SYMBOLS: &str = "; give its symbols=System.map too";

/// What is known of the host kernel.
#[derive(Debug, Default)]
pub struct Symbols {
    kvm_real_mode: Range<u64>,
    landmarks: Vec<(u64, Landmark)>,
    /// All parts of the function in which a thread is ceded.
    cede: Vec<Range<u64>>,
    icp: Vec<Range<u64>>,
    resync: Option<u64>,
    /// Every name, for those who ask by name.
    names: Vec<(u64, Box<str>)>,
    /// What cannot be told apart for want of a name.
    pub cannot_tell: Vec<String>,
}

impl Symbols {
    /// Nothing known.
    pub fn none() -> Symbols {
        let why =
            "no symbols were given (symbols=System.map): idle, offline and KVM's own naps are one".into();
        Symbols { cannot_tell: vec![why], ..Symbols::default() }
    }

    /// Reads a System.map.
    ///
    /// # Errors
    /// One line that names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Symbols, String> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            format!("symbols={}: {e}; it is the System.map of the host kernel", path.display())
        })?;
        Symbols::parse(&text).ok_or_else(|| {
            format!("symbols={}: not a System.map (lines of address, type, name)", path.display())
        })
    }

    fn parse(text: &str) -> Option<Symbols> {
        let mut names: Vec<(u64, &str)> = text.lines().map(line).collect::<Option<_>>()?;
        names.sort_unstable();
        let find = |name: &str| names.iter().find(|(_, n)| *n == name).map(|(address, _)| address & !LINEAR);
        let mut symbols = Symbols::default();
        match (find(KVM_REAL_MODE.0), find(KVM_REAL_MODE.1)) {
            (Some(start), Some(end)) => symbols.kvm_real_mode = start..end,
            _ => symbols
                .cannot_tell
                .push(format!("no {} in the symbols: KVM's real-mode code", KVM_REAL_MODE.0)),
        }
        for (name, landmark) in LANDMARKS {
            match find(name) {
                Some(address) => symbols.landmarks.push((address + LOCAL_ENTRY, landmark)),
                None => symbols.cannot_tell.push(format!("no {name} in the symbols: {landmark:?}")),
            }
        }
        symbols.resync = find(RESYNC).map(|address| address + LOCAL_ENTRY);
        symbols.landmarks.extend(find(CEDE).map(|address| (address + LOCAL_ENTRY, Landmark::Cede)));
        for (i, (address, name)) in names.iter().enumerate() {
            let code = if name.starts_with(ICP_PREFIX) {
                &mut symbols.icp
            } else if name.strip_prefix(CEDE).is_some_and(|rest| rest.is_empty() || rest.starts_with(PART)) {
                &mut symbols.cede
            } else {
                continue;
            };
            let end = names[i..].iter().map(|(a, _)| *a).find(|a| a > address).unwrap_or(*address);
            code.push(address & !LINEAR..end & !LINEAR);
        }
        symbols.names = names.into_iter().map(|(address, name)| (address & !LINEAR, name.into())).collect();
        symbols.names.sort_by_key(|(address, _)| *address);
        Some(symbols)
    }

    /// The address of an instruction, without its mapping: `offset` bytes behind a name, or, without an
    /// offset, where every way into a function has passed.
    ///
    /// # Errors
    /// Half a line that says that there is no such name.
    pub fn address(&self, name: &str, offset: Option<u64>) -> Result<u64, String> {
        if !self.is_known() {
            return Err(format!("'{name}' is a name of the host kernel{NO_SYMBOLS}"));
        }
        let found = self.names.iter().find(|(_, n)| **n == *name);
        let (address, _) = found.ok_or_else(|| format!("the symbols have no '{name}'"))?;
        Ok(address + offset.unwrap_or(LOCAL_ENTRY))
    }

    /// Whether symbols were given.
    pub fn is_known(&self) -> bool {
        !self.names.is_empty()
    }

    /// An address as [`Symbols::address`] gives it.
    pub fn without_mapping(pc: u64) -> u64 {
        pc & !LINEAR
    }

    /// Whether a landmark can be seen.
    pub fn has(&self, landmark: Landmark) -> bool {
        self.landmarks.iter().any(|(_, known)| *known == landmark)
    }

    /// The landmark at an address of the host kernel, mapped or real, where the instruction is `word`.
    pub fn landmark(&self, pc: u64, word: u32) -> Option<Landmark> {
        let pc = pc & !LINEAR;
        if word == BLR && self.cede.iter().any(|range| range.contains(&pc)) {
            return Some(Landmark::CedeReturn);
        }
        self.landmarks.iter().find(|(address, _)| *address == pc).map(|(_, landmark)| *landmark)
    }

    /// Whether firmware is asked for the timebase at an address of the host kernel, mapped or real.
    pub fn is_resync(&self, pc: u64) -> bool {
        self.resync == Some(pc & !LINEAR)
    }

    /// The name in front of an address of the host kernel and the distance; nothing where there is none.
    pub fn describe(&self, pc: u64) -> String {
        let real = pc & !LINEAR;
        let behind = self.names.partition_point(|(address, _)| *address <= real);
        match self.names[..behind].last() {
            Some((address, name)) if real - address < FAR => format!("{name}+{:#x}", real - address),
            _ => String::new(),
        }
    }

    /// Whether the code at `pc` stores to interrupt presentation controllers.
    pub fn is_icp_code(&self, pc: u64) -> bool {
        let pc = pc & !LINEAR;
        self.icp.iter().any(|range| range.contains(&pc))
    }

    /// What a pc of a thread in `mode` says.
    pub fn place(&self, mode: Mode, pc: u64) -> Place {
        if mode.is_guest() || !mode.is_real() {
            Place::Elsewhere
        } else if FIRMWARE.contains(&pc) {
            Place::Firmware
        } else if self.kvm_real_mode.contains(&(pc & !LINEAR)) {
            Place::KvmRealMode
        } else {
            Place::Elsewhere
        }
    }
}

fn line(line: &str) -> Option<(u64, &str)> {
    let mut words = line.split_ascii_whitespace();
    let (address, kind, name) = (words.next()?, words.next()?, words.next()?);
    let whole = address.len() == 16 && kind.len() == 1 && words.next().is_none();
    Some((u64::from_str_radix(address, 16).ok().filter(|_| whole)?, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpu_model::msr;

    const MAP: &str = "c000000000001000 T kvmppc_hv_entry_trampoline\nc000000000001100 T idle_kvm_start_guest\n\
                       c000000000001200 t kvmppc_fix_pmao\nc000000000002000 T power7_idle_type\n\
                       c000000000003000 t icp_native_cause_ipi\nc000000000003040 t other\n";

    #[test]
    fn places_and_landmarks_are_found_mapped_and_real() {
        let symbols = Symbols::parse(MAP).unwrap();
        let real = Mode::from_msr(msr::SF | msr::HV);
        assert_eq!(symbols.place(real, 0x1100), Place::KvmRealMode);
        assert_eq!(symbols.place(real, 0x1200), Place::Elsewhere);
        assert_eq!(symbols.place(real, 0x3000_0100), Place::Firmware);
        assert_eq!(symbols.place(Mode::from_msr(msr::SF), 0x1100), Place::Elsewhere);
        assert_eq!(symbols.landmark(0xc000_0000_0000_2008, 0), Some(Landmark::Idle));
        assert_eq!(symbols.landmark(0x1108, BLR), Some(Landmark::KvmEntry));
        assert!(symbols.is_icp_code(0xc000_0000_0000_303c) && !symbols.is_icp_code(0xc000_0000_0000_3040));
        assert!(symbols.cannot_tell.iter().any(|why| why.contains("pnv_cpu_offline")));
    }

    #[test]
    fn a_ceded_thread_returns_at_any_end_of_the_function() {
        let map = MAP.to_owned()
            + "c000000000004000 T power7_cede\nc000000000004100 T power7_cede_other\n\
               c000000000005000 t power7_cede.part.0\nc000000000005100 T end\n";
        let symbols = Symbols::parse(&map).unwrap();
        assert_eq!(symbols.landmark(0xc000_0000_0000_4008, 0), Some(Landmark::Cede));
        for pc in [0xc000_0000_0000_40fc, 0x4010, 0x5004] {
            assert_eq!(symbols.landmark(pc, BLR), Some(Landmark::CedeReturn), "{pc:#x}");
            assert_eq!(symbols.landmark(pc, 0), None, "{pc:#x}");
        }
        assert_eq!(symbols.landmark(0x4100, BLR), None);
    }

    #[test]
    fn a_kernel_that_cedes_no_thread_lacks_nothing() {
        let symbols = Symbols::parse(MAP).unwrap();
        assert_eq!(symbols.landmark(0x4008, BLR), None);
        assert!(!symbols.cannot_tell.iter().any(|why| why.contains("cede") || why.contains("Cede")));
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Symbols::parse("not a map").is_none());
        assert!(Symbols::parse("a shopping list").is_none());
    }
}
