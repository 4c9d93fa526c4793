//! Signals: the first one ends the run in good order within a second, the second one at once.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::monitor::{Monitor, Progress};

/// What a signal handler and the run share.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    /// The first signal that came, or 0.
    signal: Arc<AtomicUsize>,
    stage: Arc<Mutex<Stage>>,
}

/// What a signal may do to a run that does not end by itself.
#[derive(Debug)]
enum Stage {
    /// End it, once these are removed.
    Running(Vec<PathBuf>),
    /// Nothing: outputs are being put in place, which does not take long.
    Committing,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Running(Vec::new())
    }
}

impl Monitor for Interrupt {
    fn report(&self, _: Progress) {}

    fn cancelled(&self) -> bool {
        self.came()
    }
}

impl Interrupt {
    /// Installs the handlers.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn install() -> io::Result<Self> {
        let interrupt = Self::default();
        #[cfg(unix)]
        interrupt.listen()?;
        Ok(interrupt)
    }

    /// The exit code that a signal asks for, once one came.
    pub(super) fn exit_code(&self) -> Option<u8> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(128 + signal as u8),
        }
    }

    /// Whether a signal came.
    pub(super) fn came(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// Names files and directories to be removed if a signal finds the run in a step that does not
    /// look out for it.
    pub(super) fn protect(&self, temporary: Vec<PathBuf>) {
        self.set(Stage::Running(temporary));
    }

    /// From here on the run ends by itself.
    pub(super) fn begin_commit(&self) {
        self.set(Stage::Committing);
    }

    fn set(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    #[cfg(unix)]
    fn listen(&self) -> io::Result<()> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
        use signal_hook::{flag, low_level::pipe};

        // A write beyond the file size limit should fail like any other.
        flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        let (wake, woken) = std::os::unix::net::UnixStream::pair()?;
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if is_ignored(signal) {
                continue;
            }
            flag::register_conditional_shutdown(signal, 128 + signal, again.clone())?;
            flag::register(signal, again.clone())?;
            flag::register_usize(signal, self.signal.clone(), signal as usize)?;
            pipe::register(signal, wake.try_clone()?)?;
        }
        let interrupt = self.clone();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .stack_size(1 << 16)
            .spawn(move || interrupt.watch(woken))?;
        Ok(())
    }

    /// Ends the process if the run has not ended itself soon after a signal: it may be waiting for
    /// a disk, or be decoding a large block.
    #[cfg(unix)]
    fn watch(&self, mut woken: std::os::unix::net::UnixStream) {
        use std::io::Read as _;
        use std::time::Duration;

        if woken.read_exact(&mut [0]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(600));
        // Held to the end, so that no commit begins meanwhile.
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let Stage::Running(temporary) = &*stage else { return };
        for path in temporary {
            // A directory goes only if it is empty.
            let _ = std::fs::remove_file(path).or_else(|_| std::fs::remove_dir(path));
        }
        super::talk::error_line("interrupted");
        std::process::exit(self.exit_code().unwrap_or(1).into());
    }
}

/// Whether the parent chose that this signal should not reach us, as `nohup` does.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
