// SPDX-License-Identifier: GPL-2.0-or-later
//! Names of bits and addresses in programs: the model's.

use cpu_model::topology::server_of_thread;
use cpu_model::{THREADS_PER_CORE, hid0, icp, lpcr, msr, vector};

const NAMES: &[(&str, u64)] = &[
    ("msr.sf", msr::SF),
    ("msr.hv", msr::HV),
    ("msr.ee", msr::EE),
    ("msr.pr", msr::PR),
    ("msr.me", msr::ME),
    ("msr.ir", msr::IR),
    ("msr.dr", msr::DR),
    ("msr.ri", msr::RI),
    ("msr.le", msr::LE),
    ("lpcr.pece.privileged_doorbell", lpcr::PECE_PRIVILEGED_DOORBELL),
    ("lpcr.pece.hypervisor_doorbell", lpcr::PECE_HYPERVISOR_DOORBELL),
    ("lpcr.pece.external", lpcr::PECE_EXTERNAL),
    ("lpcr.pece.decrementer", lpcr::PECE_DECREMENTER),
    ("lpcr.pece.other", lpcr::PECE_OTHER),
    ("lpcr.mer", lpcr::MER),
    ("lpcr.onl", lpcr::ONL),
    ("lpcr.hdice", lpcr::HDICE),
    ("hid0.2lparmode", hid0::TWO_LPAR_MODE),
    ("hid0.4lparmode", hid0::FOUR_LPAR_MODE),
    ("hid0.1to2lpar", hid0::ONE_TO_TWO_LPAR),
    ("hid0.1to4lpar", hid0::ONE_TO_FOUR_LPAR),
    ("hid0.dynlpardis", hid0::DYNAMIC_LPAR_DISABLE),
    ("hid0.hile", hid0::HILE),
    ("icp.base", icp::BASE),
    ("icp.poll", icp::XIRR_POLL),
    ("icp.xirr", icp::XIRR),
    ("icp.cppr", icp::CPPR),
    ("icp.mfrr", icp::MFRR),
    ("vector.system_reset", vector::SYSTEM_RESET as u64),
    ("vector.external", vector::EXTERNAL as u64),
    ("vector.system_call", vector::SYSTEM_CALL as u64),
    ("vector.decrementer", vector::DECREMENTER as u64),
    ("vector.hypervisor_decrementer", vector::HYPERVISOR_DECREMENTER as u64),
    ("vector.privileged_doorbell", vector::PRIVILEGED_DOORBELL as u64),
    ("vector.hypervisor_doorbell", vector::HYPERVISOR_DOORBELL as u64),
];

/// What a name stands for. `icp.3.mfrr` is where that register of thread 3 is.
pub fn value(name: &str) -> Option<u64> {
    let of_name = NAMES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    of_name.or_else(|| {
        let (thread, register) = name.strip_prefix("icp.")?.split_once('.')?;
        let page = icp::page(server_of_thread(thread.parse().ok()?, THREADS_PER_CORE)?);
        Some(page + value(&format!("icp.{register}"))?)
    })
}
