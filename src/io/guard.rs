//! What is said of input that cannot be decoded.

use std::fmt::Display;

use crate::error::{Error, Result};
use crate::guard;

/// Runs a decoder; should it panic, the input is called damaged.
///
/// `decode` must own what it changes, since it may stop half way.
pub(crate) fn guarded<T>(decode: impl FnOnce() -> Result<T>) -> Result<T> {
    guard::guarded(decode, |reason| damaged(format_args!("it cannot be decoded ({reason})")))
}

/// The input contradicts itself: `what` says how.
pub(super) fn damaged(what: impl Display) -> Error {
    Error::data(format!("damaged: {what}"))
}
