//! Mapped files: the only unsafe code outside the kernels.
//!
//! A mapping shows the file as it is, not as it was: shortening the file makes its pages vanish,
//! and touching one raises SIGBUS, which kills the process. So a handler is installed with the
//! first mapping. Where the faulting address lies in one of ours, it lays zero pages over the
//! rest of that mapping, marks it as poisoned and returns; the computation goes on over zeros and
//! its result is thrown away when [`Mapping::is_poisoned`] is asked. Any other address, and a signal
//! that somebody sent, is handed to the handler that was there before (Rust's own looks for stack
//! overflows).

#![allow(unsafe_code, reason = "mapping a file and handling its signal have no safe form")]

use std::fs::File;
use std::path::Path;

use super::{Input, ReadOptions};
use crate::error::Result;

/// Opens a table, mapping it if it is an uncompressed Arrow file in a regular local file and
/// `options.map` allows it; otherwise as [`open`](super::open) does.
///
/// # Errors
/// As [`open`](super::open).
///
/// # Safety
/// Until the returned [`Input`] and every clone of its columns are gone, nobody may change the
/// file, in this process or another. ([`Input::check_unchanged`] finds most such changes
/// afterwards, and a shortened file does not end the process, but the values read in between are
/// arbitrary.)
pub unsafe fn open_mapped(path: &Path, options: &ReadOptions) -> Result<Input> {
    // SAFETY: passed on to the caller.
    Input::open_with(path, options, |file| unsafe { Mapping::new(file) })
}

/// As [`open_mapped`], for the command line, which has no caller to promise anything.
///
/// The risk is the one that ripgrep and the like take for files named on a command line. It is
/// bounded: from a mapping only fixed-width numbers are used, for which every bit pattern is a
/// value, and offsets, texts and bitmaps are copied before they are checked; so a change can make
/// numbers wrong but not an index. The run ends with `check_unchanged` before it leaves a result.
#[cfg(any(feature = "cli", test))]
pub(crate) fn open_for_command(path: &Path, options: &ReadOptions) -> Result<Input> {
    // SAFETY: not provable here; see above for why it is taken.
    unsafe { open_mapped(path, options) }
}

/// A read-only view of a whole file, registered with the signal handler.
#[derive(Debug)]
pub(super) struct Mapping {
    map: memmap2::Mmap,
    #[cfg(unix)]
    slot: &'static signal::Slot,
}

impl Mapping {
    /// `None` where the file should be read instead: it is empty or not mappable, lies on a
    /// network, or too many are mapped.
    ///
    /// # Safety
    /// The file must not change while the mapping lives.
    #[cfg(unix)]
    unsafe fn new(file: &File) -> Option<Self> {
        if !is_local(file) {
            return None;
        }
        // SAFETY: passed on to the caller.
        let map = unsafe { memmap2::Mmap::map(file) }.ok().filter(|map| !map.is_empty())?;
        let slot = signal::register(map.as_ptr() as usize, map.len())?;
        Some(Self { map, slot })
    }

    /// There is no handler for a vanished page here, so files are read.
    #[cfg(not(unix))]
    unsafe fn new(_: &File) -> Option<Self> {
        None
    }

    /// Whether a page was missing when it was touched: zeros were read in its place.
    pub(super) fn is_poisoned(&self) -> bool {
        #[cfg(unix)]
        return self.slot.is_poisoned();
        #[cfg(not(unix))]
        false
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

#[cfg(unix)]
impl Drop for Mapping {
    fn drop(&mut self) {
        // Before the pages go: another mapping may get the same addresses.
        self.slot.release();
    }
}

/// Whether the file system is one whose pages cannot fail on somebody else's account.
#[cfg(target_os = "linux")]
fn is_local(file: &File) -> bool {
    const NFS: u32 = 0x6969;
    const SMB: u32 = 0x517b;
    const CIFS: u32 = 0xff53_4d42;
    const SMB2: u32 = 0xfe53_4d42;
    const FUSE: u32 = 0x6573_5546;
    const PLAN9: u32 = 0x0102_1997;
    rustix::fs::fstatfs(file).is_ok_and(|fs| {
        // The field's type differs between architectures; the marks have 32 bits.
        ![NFS, SMB, CIFS, SMB2, FUSE, PLAN9].contains(&(fs.f_type as u32))
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_local(_: &File) -> bool {
    true
}

#[cfg(unix)]
mod signal {
    use std::ptr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    /// One registered mapping; a free slot has a length of 0.
    #[derive(Debug)]
    pub(super) struct Slot {
        taken: AtomicBool,
        start: AtomicUsize,
        len: AtomicUsize,
        poisoned: AtomicBool,
    }

    impl Slot {
        const fn free() -> Self {
            Self {
                taken: AtomicBool::new(false),
                start: AtomicUsize::new(0),
                len: AtomicUsize::new(0),
                poisoned: AtomicBool::new(false),
            }
        }

        pub(super) fn is_poisoned(&self) -> bool {
            self.poisoned.load(Ordering::Acquire)
        }

        pub(super) fn release(&self) {
            self.len.store(0, Ordering::Release);
            self.taken.store(false, Ordering::Release);
        }
    }

    static SLOTS: [Slot; 16] = [const { Slot::free() }; 16];
    static PREVIOUS: OnceLock<Previous> = OnceLock::new();
    static PAGE: AtomicUsize = AtomicUsize::new(0);

    struct Previous(libc::sigaction);

    /// `None` when every slot is taken or the handler cannot be installed.
    pub(super) fn register(start: usize, len: usize) -> Option<&'static Slot> {
        install()?;
        let slot = SLOTS.iter().find(|slot| !slot.taken.swap(true, Ordering::AcqRel))?;
        slot.poisoned.store(false, Ordering::Release);
        slot.start.store(start, Ordering::Release);
        slot.len.store(len, Ordering::Release);
        Some(slot)
    }

    /// Installs the handler once per process.
    fn install() -> Option<()> {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        let installed = INSTALLED.get_or_init(|| {
            // SAFETY: takes a plain number.
            let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
            let Ok(page @ 1..) = usize::try_from(page) else {
                return false;
            };
            PAGE.store(page, Ordering::Release);
            // SAFETY: both structures are plain data for which zeros are valid; the calls get
            // pointers to live ones. The previous action is stored before ours can run.
            unsafe {
                let mut previous: libc::sigaction = std::mem::zeroed();
                if libc::sigaction(libc::SIGBUS, ptr::null(), &mut previous) != 0 {
                    return false;
                }
                if PREVIOUS.set(Previous(previous)).is_err() {
                    return false;
                }
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = on_bus_error as *const () as usize;
                // On the alternate stack, for the handler that may be chained to; and not masked,
                // so that a fault in that one is still delivered.
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
                libc::sigemptyset(&mut action.sa_mask);
                libc::sigaction(libc::SIGBUS, &action, ptr::null_mut()) == 0
            }
        });
        installed.then_some(())
    }

    /// Calls only what may be called in a signal handler: atomics, `mmap`, `sigaction`, `raise`,
    /// and the handler that was there before. It allocates nothing and takes no lock.
    /// (`OnceLock::get` is a single atomic load; the cell was filled before this handler was
    /// installed.)
    extern "C" fn on_bus_error(
        number: libc::c_int,
        info: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        // SAFETY: the kernel hands over a valid structure, as SA_SIGINFO was asked for.
        let code = unsafe { (*info).si_code };
        // Without an address. Elsewhere such a signal has one all the same, but none of ours.
        let is_sent = cfg!(any(target_os = "linux", target_os = "android")) && code <= 0;
        // SAFETY: as above; and a fault fills in the address.
        if is_sent || !lay_zeros(unsafe { (*info).si_addr() } as usize) {
            chain(number, is_sent, info, context);
        }
    }

    /// Whether `address` lay in one of the mappings, and can be read now.
    fn lay_zeros(address: usize) -> bool {
        for slot in &SLOTS {
            let (len, start) =
                (slot.len.load(Ordering::Acquire), slot.start.load(Ordering::Acquire));
            if !(start..start.saturating_add(len)).contains(&address) {
                continue;
            }
            let page = PAGE.load(Ordering::Acquire);
            let hole = address - address % page;
            // The interrupted code may be about to look at it.
            let errno = errno::errno();
            // SAFETY: the range starts on a page and ends with the mapping's last, so it replaces
            // pages of a mapping that is registered, and hence alive, and nothing else.
            let laid = unsafe {
                libc::mmap(
                    hole as *mut libc::c_void,
                    (start + len).next_multiple_of(page) - hole,
                    libc::PROT_READ,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                    -1,
                    0,
                )
            };
            errno::set_errno(errno);
            if laid != libc::MAP_FAILED {
                slot.poisoned.store(true, Ordering::Release);
                return true;
            }
        }
        false
    }

    /// Hands the signal over to what was there before.
    fn chain(
        number: libc::c_int,
        is_sent: bool,
        info: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        let Some(Previous(previous)) = PREVIOUS.get() else {
            return;
        };
        // SAFETY: zeros are valid structures, and the calls get pointers to live ones; the handler
        // that is called was installed for this signal with the matching flags.
        unsafe {
            match previous.sa_sigaction {
                // A fault cannot be ignored.
                libc::SIG_IGN if is_sent => return,
                libc::SIG_DFL | libc::SIG_IGN => {
                    let mut default: libc::sigaction = std::mem::zeroed();
                    default.sa_sigaction = libc::SIG_DFL;
                    libc::sigaction(number, &default, ptr::null_mut());
                }
                handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
                    let handler: extern "C" fn(
                        libc::c_int,
                        *mut libc::siginfo_t,
                        *mut libc::c_void,
                    ) = std::mem::transmute(handler);
                    handler(number, info, context);
                }
                handler => {
                    let handler: extern "C" fn(libc::c_int) = std::mem::transmute(handler);
                    handler(number);
                }
            }
            // Rust's own handler restores the default action too, and leaves the end of the
            // process to the fault, which will repeat; a signal that was sent will not.
            let mut now: libc::sigaction = std::mem::zeroed();
            let is_known = libc::sigaction(number, ptr::null(), &mut now) == 0;
            if is_known && now.sa_sigaction == libc::SIG_DFL {
                libc::raise(number);
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_shortened_file_reads_as_zeros_and_is_reported() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7_u8; 1 << 20]).unwrap();
        // SAFETY: changed below on purpose; the bytes are only looked at one by one.
        let Some(mapping) = (unsafe { Mapping::new(&file) }) else {
            assert!(!is_local(&file), "a local file can be mapped");
            return;
        };
        assert_eq!(mapping.as_ref()[1 << 19], 7);
        assert!(!mapping.is_poisoned());
        file.set_len(4096).unwrap();
        let after = std::hint::black_box(mapping.as_ref())[1 << 19];
        assert_eq!(after, 0);
        assert!(mapping.is_poisoned());
        assert_eq!(std::hint::black_box(mapping.as_ref())[100], 7);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_signal_that_is_sent_reaches_the_earlier_handler() {
        use std::sync::atomic::{AtomicUsize, Ordering};

        const ROLE: &str = "SEGENGINE_TEST_ROLE";
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        extern "C" fn count(_: libc::c_int) {
            CALLS.fetch_add(1, Ordering::Relaxed);
        }
        // Handlers are of a process: the test runs itself again, alone in one for each role.
        let Ok(role) = std::env::var(ROLE) else {
            let name = "io::map::tests::a_signal_that_is_sent_reaches_the_earlier_handler";
            for (role, survives) in [("handler", true), ("ignored", true), ("default", false)] {
                let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
                let output = alone.args(["--exact", name]).env(ROLE, role).output().unwrap();
                assert_eq!(output.status.success(), survives, "{role}: {output:?}");
            }
            return;
        };
        let (action, calls) = match role.as_str() {
            "handler" => (count as extern "C" fn(libc::c_int) as usize, 2),
            "ignored" => (libc::SIG_IGN, 0),
            _ => (libc::SIG_DFL, 0),
        };
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[7; 8192]).unwrap();
        // SAFETY: `count` touches an atomic only; nobody else knows the file.
        let _mapping = unsafe {
            libc::signal(libc::SIGBUS, action);
            Mapping::new(&file)
        };
        for _ in 0..2 {
            // SAFETY: what it does is what is tested.
            unsafe { libc::raise(libc::SIGBUS) };
        }
        assert_eq!(CALLS.load(Ordering::Relaxed), calls);
    }

    #[test]
    fn an_empty_file_is_not_mapped() {
        let file = tempfile::tempfile().unwrap();
        // SAFETY: nobody else knows the file.
        assert!(unsafe { Mapping::new(&file) }.is_none());
    }
}
