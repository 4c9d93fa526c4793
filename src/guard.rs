//! The last net under code that other people wrote: a panic becomes an error.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Result};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread will be caught and reported as an error, so that a panic hook
/// should stay silent about it.
pub fn panic_is_guarded() -> bool {
    GUARDED.get()
}

/// Runs what may panic; should it, its state is dropped and `blame` makes an error of the first line
/// of what it said.
///
/// `run` must own what it changes, since it may stop half way.
pub(crate) fn guarded<T>(
    run: impl FnOnce() -> Result<T>,
    blame: impl FnOnce(&str) -> Error,
) -> Result<T> {
    let outer = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(outer);
    outcome.unwrap_or_else(|payload| {
        let reason = payload
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(blame(reason.lines().next().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_the_flag_is_restored() {
        assert!(!panic_is_guarded());
        let run = || -> Result<()> {
            assert!(panic_is_guarded());
            std::panic::resume_unwind(Box::new("offset too large\nand more"))
        };
        let error = guarded(run, |reason| Error::data(format!("it broke ({reason})")));
        assert_eq!(error.unwrap_err().to_string(), "it broke (offset too large)");
        assert!(!panic_is_guarded());
    }
}
