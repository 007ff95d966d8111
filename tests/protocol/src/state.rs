// SPDX-License-Identifier: GPL-2.0-or-later
//! What a state of the model holds. Names are the kernel's.

/// How many secondaries the largest model has.
pub const SECONDARIES: usize = 3;

/// `hwthread_state` of a thread's paca.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum HwState {
    Kernel,
    Idle,
    Kvm,
}

/// `online` of a thread's paca.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Lent {
    Offline,
    Ceded,
    Needed,
}

/// Why a nap ended, from SRR1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Wake {
    None,
    Doorbell,
    External,
    Reset,
}

/// `saved_xirr`: what the thread has accepted from its ICP for the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Latch {
    Empty,
    Device,
    Ipi,
}

/// What another processor is about to send to a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sending {
    Nothing,
    Doorbell,
    Mfrr,
}

/// Where a thread is between online and offline. `Bringup`: in `cpu_online_mask`, its stopper not yet unparked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Hotplug {
    Absent,
    Online,
    Dying,
    Offline,
    Coming,
    Bringup,
}

/// The works that a stopper has yet to begin, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Queue {
    Empty,
    Cede,
    Stop,
    CedeStop,
    StopCede,
}

/// What a secondary does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Pc {
    /// The host's tasks, interrupts and stopper.
    Host,
    /// `multi_cpu_stop()`, waiting for all the others.
    MultiStop,
    // kvmhv_cede_thread()
    CheckRequest,
    // power7_cede(), power7_offline()
    StoreIdle,
    LookBeforeNap,
    Nap,
    StoreKernel,
    LookAfterNap,
    // power7_leave_kvm()
    LeaveKvm,
    // idle_kvm_start_guest()
    ClearDoorbell,
    ReadIntr,
    ReadXirr,
    RecheckHostIpi,
    LookVcore,
    // kvmhv_rm_host_needs_thread()
    StoreNeeded,
    NeededLookRequest,
    NeededLookVc,
    RequestExit,
    // kvm_no_guest
    NoGuest,
    NoGuestVcore,
    BackStore,
    BackLook,
    // kvmppc_hv_entry
    Enter,
    WaitSwitch,
    Guest,
    WaitSwitchBack,
    // kvmhv_cede_thread() again
    Return,
    // pnv_cpu_offline_self(), start_secondary()
    Flush,
    ComeOnline,
    Unpark,
}

/// A secondary thread: what it does, its paca, its hardware, what it owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Secondary {
    pub(crate) pc: Pc,
    pub(crate) hotplug: Hotplug,
    pub(crate) restart: bool,
    pub(crate) queue: Queue,
    /// To be taken down by the stop_machine() that is under way.
    pub(crate) take_down: bool,
    pub(crate) srr1: Wake,
    // Memory, as all see it.
    pub(crate) hwthread_req: bool,
    pub(crate) hwthread_state: HwState,
    pub(crate) online: Lent,
    pub(crate) kvm_vcore: bool,
    pub(crate) host_ipi: bool,
    pub(crate) saved_xirr: Latch,
    /// A message of an IPI for the host that is not handled.
    pub(crate) message: bool,
    // Stores that only their thread has seen: this thread's, then the primary's.
    pub(crate) late_kernel: bool,
    pub(crate) late_online: Option<Lent>,
    pub(crate) late_msgclr: bool,
    pub(crate) late_req: Option<bool>,
    pub(crate) late_start: bool,
    // Hardware.
    pub(crate) doorbell: bool,
    pub(crate) mfrr: bool,
    pub(crate) device: bool,
    /// The ICP's priority is raised: it presents no device's interrupt.
    pub(crate) cppr: bool,
    /// A system reset has ended its nap.
    pub(crate) reset: bool,
    pub(crate) sending: Sending,
    // vcore->entry_exit_map.
    pub(crate) entered: bool,
    pub(crate) exited: bool,
    /// The primary is going to ask its stopper.
    pub(crate) ask: bool,
}

/// What the primary does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Primary {
    Host,
    MultiStop,
    AllOffline,
    Take,
    Ask,
    WaitOut,
    LookNeeded,
    Start,
    Started,
    Enter,
    Switch,
    Guest,
    WaitExits,
    WaitNap,
    LetAllGo,
    Release,
    Released,
}

/// A request for stop_machine(): hotplug is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum StopMachine {
    Idle,
    Queueing,
    Queued,
}

/// What the model has seen go wrong in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Wrong {
    Nothing,
    QueuedTwice,
    RefusedGuest,
}

/// How much may still happen from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Events {
    /// Calls of KVM_RUN; 255: any number.
    pub runs: u8,
    /// IPIs for the host to a secondary.
    pub ipis: u8,
    /// Interrupts of a device to a secondary.
    pub devices: u8,
    /// Kicks of a virtual processor by a task or guest on another core.
    pub kicks: u8,
    /// System resets.
    pub resets: u8,
    /// Calls of stop_machine().
    pub stops: u8,
    /// Secondaries that go offline or come online.
    pub hotplugs: u8,
    /// Secondaries that are not out of the guest in time.
    pub lates: u8,
}

/// A state of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) sec: [Secondary; SECONDARIES],
    pub(crate) primary: Primary,
    /// The partition is a guest's; also vcore->in_guest.
    pub(crate) guest_partition: bool,
    pub(crate) vc: bool,
    pub(crate) late_vc: Option<bool>,
    /// The vCPU's task sleeps until a late thread is out.
    pub(crate) waits: bool,
    pub(crate) exit_req: bool,
    pub(crate) entered: bool,
    pub(crate) exited: bool,
    pub(crate) doorbell: bool,
    /// The primary's stopper has work: need_resched().
    pub(crate) resched: bool,
    pub(crate) stop: StopMachine,
    pub(crate) events: Events,
    pub(crate) wrong: Wrong,
}
