//! Files in TOML, which people write.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// No person writes more than that; a device may never end.
const MOST_BYTES: u64 = 1 << 20;

/// Reads the text of `what`.
///
/// # Errors
/// `Io` if it cannot be read; `Parameter` if it is longer than 1 MiB or no UTF-8.
pub(super) fn read(path: &Path, what: &str) -> Result<String> {
    let failed = |error| Error::io(&format!("cannot read {what}"), &error).in_file(path);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    let refused = |problem: &str| {
        let message = format!("{what}: {problem} (TOML in UTF-8, up to 1 MiB, is accepted)");
        Error::parameter(message).in_file(path)
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(refused("too long"));
    }
    String::from_utf8(bytes).map_err(|_| refused("not UTF-8"))
}

/// What `text` says.
///
/// # Errors
/// `Parameter`, with the line, if it is not TOML or not what is `needed`.
pub(super) fn parse<T: DeserializeOwned>(text: &str, needed: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| refused(text, error.span(), error.message(), needed))
}

/// What a parser found wrong at `span` of `text`, as an error with the line.
pub(super) fn refused(
    text: &str,
    span: Option<Range<usize>>,
    message: &str,
    needed: &str,
) -> Error {
    let line = span.map_or_else(String::new, |span| {
        let before = text.get(..span.start).unwrap_or_default();
        format!("line {}: ", before.matches('\n').count() + 1)
    });
    let what = message.lines().next().unwrap_or_default();
    Error::parameter(format!("{line}{what} ({needed} is needed)"))
}
