// SPDX-License-Identifier: GPL-2.0-or-later
//! The table itself, one register a line: number, constant, name, bits, scope, whether a public text states
//! the scope or it is assumed, and the source.

use super::{Scope, Spr, source};

macro_rules! sprs {
    ($($number:literal $const:ident $name:literal $bits:literal $scope:ident $known:ident $src:ident;)*) => {
        $(
            #[doc = concat!("Number of `", $name, "`.")]
            #[doc(alias = $name)]
            pub const $const: u16 = $number;
        )*

        /// Every special purpose register of POWER8 that is known here, by number.
        pub static SPRS: &[Spr] = &[$(Spr {
            number: $number,
            name: $name,
            width_bits: $bits,
            scope: Scope::$scope,
            verified: sprs!(@ $known),
            source: source::$src,
        }),*];
    };
    (@ stated) => { true };
    (@ assumed) => { false };
}

sprs! {
    1 XER "xer" 64 Thread stated ISA;
    3 UDSCR "udscr" 64 Thread stated IDLE_THREAD;
    8 LR "lr" 64 Thread stated ISA;
    9 CTR "ctr" 64 Thread stated ISA;
    13 UAMR "uamr" 64 Thread stated IDLE_SHALLOW;
    17 DSCR "dscr" 64 Thread stated IDLE_THREAD;
    18 DSISR "dsisr" 32 Thread stated ISA;
    19 DAR "dar" 64 Thread stated ISA;
    22 DEC "dec" 32 Thread stated TFMR_DEC;
    25 SDR1 "sdr1" 64 SubCore stated IDLE_SUB_CORE;
    26 SRR0 "srr0" 64 Thread stated ISA;
    27 SRR1 "srr1" 64 Thread stated ISA;
    28 CFAR "cfar" 64 Thread stated ISA;
    29 AMR "amr" 64 Thread stated IDLE_SHALLOW;
    31 ACOP "acop" 64 Thread stated KVM_EACH;
    48 PID "pid" 32 Thread stated KVM_EACH;
    61 IAMR "iamr" 64 Thread stated IDLE_SHALLOW;
    128 TFHAR "tfhar" 64 Thread stated KVM_EACH;
    129 TFIAR "tfiar" 64 Thread stated KVM_EACH;
    130 TEXASR "texasr" 64 Thread stated KVM_EACH;
    131 TEXASRU "texasru" 32 Thread stated KVM_EACH;
    136 CTRLF "ctrlf" 32 Mixed stated CTRL;
    152 CTRLT "ctrlt" 32 Mixed stated CTRL;
    153 FSCR "fscr" 64 Thread stated IDLE_THREAD;
    157 UAMOR "uamor" 64 Thread stated IDLE_SHALLOW;
    159 PSPB "pspb" 32 Thread stated KVM_EACH;
    176 DPDES "dpdes" 64 SubCore stated KVM_DPDES;
    177 DHDES "dhdes" 64 SubCore assumed NAME_ONLY;
    180 DAWR0 "dawr0" 64 Thread stated KVM_EACH;
    186 RPR "rpr" 64 SubCore stated IDLE_SUB_CORE;
    187 CIABR "ciabr" 64 Thread stated KVM_EACH;
    188 DAWRX0 "dawrx0" 32 Thread stated KVM_EACH;
    190 HFSCR "hfscr" 64 Thread stated IDLE_THREAD;
    256 VRSAVE "vrsave" 32 Thread stated KVM_EACH;
    259 USPRG3 "usprg3" 64 Thread stated KVM_EACH;
    268 TB "tb" 64 SubCore stated SPLIT_TB;
    269 TBU "tbu" 32 SubCore stated SPLIT_TB;
    272 SPRG0 "sprg0" 64 Thread stated KVM_EACH;
    273 SPRG1 "sprg1" 64 Thread stated KVM_EACH;
    274 SPRG2 "sprg2" 64 Thread stated KVM_EACH;
    275 SPRG3 "sprg3" 64 Thread stated KVM_EACH;
    284 TBWL "tbwl" 32 SubCore stated SPLIT_TB;
    285 TBWU "tbwu" 32 SubCore stated SPLIT_TB;
    286 TBU40 "tbu40" 64 SubCore stated SPLIT_TB;
    287 PVR "pvr" 32 Core stated PVR;
    304 HSPRG0 "hsprg0" 64 Thread stated PORE_THREAD;
    305 HSPRG1 "hsprg1" 64 Thread stated ISA;
    306 HDSISR "hdsisr" 32 Thread stated ISA;
    307 HDAR "hdar" 64 Thread stated ISA;
    308 SPURR "spurr" 64 Thread stated IDLE_THREAD;
    309 PURR "purr" 64 Thread stated IDLE_THREAD;
    310 HDEC "hdec" 32 SubCore stated KVM_HDEC;
    312 RMOR "rmor" 64 Thread assumed QEMU_THREAD;
    313 HRMOR "hrmor" 64 Core stated PORE_CORE;
    314 HSRR0 "hsrr0" 64 Thread stated ISA;
    315 HSRR1 "hsrr1" 64 Thread stated ISA;
    317 TFMR "tfmr" 64 Mixed stated TFMR;
    318 LPCR "lpcr" 64 Thread stated PORE_THREAD;
    319 LPIDR "lpidr" 32 SubCore stated SPLIT_KVM;
    336 HMER "hmer" 64 Thread stated HMER;
    337 HMEER "hmeer" 64 Core stated WINKLE_CORE;
    338 PCR "pcr" 64 SubCore stated SPLIT_KVM;
    339 HEIR "heir" 32 Thread stated ISA;
    349 AMOR "amor" 64 SubCore assumed AMOR;
    446 TIR "tir" 64 Thread stated TIR;
    768 USIER "usier" 64 Thread stated PMU;
    769 UMMCR2 "ummcr2" 64 Thread stated PMU;
    770 UMMCRA "ummcra" 64 Thread stated PMU;
    771 UPMC1 "upmc1" 32 Thread stated PMU;
    772 UPMC2 "upmc2" 32 Thread stated PMU;
    773 UPMC3 "upmc3" 32 Thread stated PMU;
    774 UPMC4 "upmc4" 32 Thread stated PMU;
    775 UPMC5 "upmc5" 32 Thread stated PMU;
    776 UPMC6 "upmc6" 32 Thread stated PMU;
    779 UMMCR0 "ummcr0" 64 Thread stated PMU;
    780 USIAR "usiar" 64 Thread stated PMU;
    781 USDAR "usdar" 64 Thread stated PMU;
    782 UMMCR1 "ummcr1" 64 Thread stated PMU;
    784 SIER "sier" 64 Thread stated PMU;
    785 MMCR2 "mmcr2" 64 Thread stated PMU;
    786 MMCRA "mmcra" 64 Thread stated PMU;
    787 PMC1 "pmc1" 32 Thread stated PMU;
    788 PMC2 "pmc2" 32 Thread stated PMU;
    789 PMC3 "pmc3" 32 Thread stated PMU;
    790 PMC4 "pmc4" 32 Thread stated PMU;
    791 PMC5 "pmc5" 32 Thread stated PMU;
    792 PMC6 "pmc6" 32 Thread stated PMU;
    795 MMCR0 "mmcr0" 64 Thread stated PMU;
    796 SIAR "siar" 64 Thread stated PMU;
    797 SDAR "sdar" 64 Thread stated PMU;
    798 MMCR1 "mmcr1" 64 Thread stated PMU;
    800 BESCRS "bescrs" 64 Thread stated KVM_EACH;
    801 BESCRSU "bescrsu" 32 Thread stated KVM_EACH;
    802 BESCRR "bescrr" 64 Thread stated KVM_EACH;
    803 BESCRRU "bescrru" 32 Thread stated KVM_EACH;
    804 EBBHR "ebbhr" 64 Thread stated KVM_EACH;
    805 EBBRR "ebbrr" 64 Thread stated KVM_EACH;
    806 BESCR "bescr" 64 Thread stated KVM_EACH;
    815 TAR "tar" 64 Thread stated KVM_EACH;
    848 IC "ic" 64 Thread stated KVM_EACH;
    849 VTB "vtb" 64 SubCore stated KVM_PRIMARY;
    850 LDBAR "ldbar" 64 SubCore stated SPLIT;
    851 MMCRC "mmcrc" 64 Core assumed QEMU_CORE;
    852 PMICR "pmicr" 64 Core stated PORE_CORE;
    853 PMSR "pmsr" 64 Core assumed NAME_ONLY;
    854 PMMAR "pmmar" 64 SubCore stated SPLIT;
    863 WORC "worc" 64 Core stated IDLE_CORE;
    884 PMCR "pmcr" 64 Core stated PORE_CORE;
    885 RWMR "rwmr" 64 Core assumed KVM_RWMR;
    888 TACR "tacr" 64 Thread stated KVM_EACH;
    889 TCSCR "tcscr" 64 Thread stated KVM_EACH;
    890 CSIGR "csigr" 64 Thread stated KVM_EACH;
    892 SPMC1 "spmc1" 32 Thread stated KVM_EACH;
    893 SPMC2 "spmc2" 32 Thread stated KVM_EACH;
    894 MMCRS "mmcrs" 64 Thread stated KVM_EACH;
    895 WORT "wort" 64 Thread stated IDLE_THREAD;
    896 PPR "ppr" 64 Thread stated PPR;
    898 PPR32 "ppr32" 32 Thread stated PPR;
    921 TSCR "tscr" 32 Core stated IDLE_CORE;
    922 TTR "ttr" 64 Core assumed QEMU_CORE;
    1008 HID0 "hid0" 64 Core stated WINKLE_CORE;
    1009 HID1 "hid1" 64 Core stated WINKLE_CORE;
    1012 HID4 "hid4" 64 Core stated WINKLE_CORE;
    1014 HID5 "hid5" 64 Core stated WINKLE_CORE;
    1023 PIR "pir" 32 Thread stated PIR;
}
