//! The last net under decoders that other people wrote: a panic becomes an error.

use std::cell::Cell;
use std::fmt::Display;
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

/// Runs a decoder; should it panic, its state is dropped and the input is called damaged.
///
/// `decode` must own what it changes, since it may stop half way.
pub(crate) fn guarded<T>(decode: impl FnOnce() -> Result<T>) -> Result<T> {
    let outer = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(decode));
    GUARDED.set(outer);
    outcome.unwrap_or_else(|payload| {
        let reason = payload
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let reason = reason.lines().next().unwrap_or_default();
        Err(damaged(format_args!("it cannot be decoded ({reason})")))
    })
}

/// The input contradicts itself: `what` says how.
pub(super) fn damaged(what: impl Display) -> Error {
    Error::data(format!("damaged: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_the_flag_is_restored() {
        assert!(!panic_is_guarded());
        let error = guarded(|| -> Result<()> {
            assert!(panic_is_guarded());
            std::panic::resume_unwind(Box::new("offset too large"))
        });
        assert!(error.unwrap_err().to_string().contains("offset too large"));
        assert!(!panic_is_guarded());
    }
}
