//! The one error type: what went wrong, where, and what would have been accepted.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed, coarse enough to act on (the command line maps it to an exit code).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter is out of its range or does not fit the others.
    Parameter,
    /// The input was read, but cannot be used: damaged, non-finite, too few rows.
    Data,
    /// A file could not be opened, read, written or renamed.
    Io,
    /// The work would need more memory than the process may use.
    Memory,
    /// The input changed while it was being used.
    Changed,
    /// The run was cancelled through its [`Monitor`](crate::Monitor).
    Cancelled,
    /// A defect of this program, caught before it could do harm.
    Internal,
}

/// An error with its place: file, column and 1-based data row where they are known.
///
/// Displayed as one line, `FILE: column "C", row R: message`, in which control and
/// bidirectional characters from the input are escaped.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    file: Option<PathBuf>,
    column: Option<String>,
    row: Option<u64>,
    hint: Option<String>,
}

impl Error {
    /// An error of `kind`; `message` is lower case, without a full stop, and says what would be
    /// accepted.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            file: None,
            column: None,
            row: None,
            hint: None,
        }))
    }

    /// Input data that cannot be used.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, message)
    }

    /// A parameter that cannot be used.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Parameter, message)
    }

    /// A failed system call: `doing` is what was attempted, as in "cannot open".
    pub fn io(doing: &str, error: &std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("{doing}: {error}"))
    }

    /// Names the file, unless one is named already.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.0.file.get_or_insert_with(|| file.to_owned());
        self
    }

    /// Names the column, unless one is named already.
    #[must_use]
    pub fn in_column(mut self, column: &str) -> Self {
        self.0.column.get_or_insert_with(|| column.to_owned());
        self
    }

    /// Names the data row (1-based), unless one is named already.
    #[must_use]
    pub fn at_row(mut self, row: u64) -> Self {
        self.0.row.get_or_insert(row);
        self
    }

    /// Adds what the user may do about it, for a line of its own.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file concerned, if one is.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// The column concerned, if one is.
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// The 1-based data row concerned, if one is.
    pub fn row(&self) -> Option<u64> {
        self.0.row
    }

    /// What the user may do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(file) = &inner.file {
            write!(f, "{}: ", Escaped(&file.to_string_lossy()))?;
        }
        match (&inner.column, inner.row) {
            (Some(column), Some(row)) => write!(f, "column \"{}\", row {row}: ", Escaped(column))?,
            (Some(column), None) => write!(f, "column \"{}\": ", Escaped(column))?,
            (None, Some(row)) => write!(f, "row {row}: ")?,
            (None, None) => {}
        }
        write!(f, "{}", Escaped(&inner.message))
    }
}

impl std::error::Error for Error {}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(n: u64) -> String {
    group_digits(&n.to_string())
}

/// Digits with a comma before every three from the right.
pub(crate) fn group_digits(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A score with so many decimals, rounded down, so that it never seems to reach a threshold that it
/// does not.
pub(crate) fn floored(x: f64, decimals: usize) -> String {
    /// Of the last decimal: what a score that has just so many decimals may be off in binary.
    const ROUNDING: f64 = 1e-9;
    let parts = 10_f64.powi(decimals as i32);
    format!("{:.decimals$}", (x * parts + ROUNDING).floor() / parts)
}

/// `1 row` or `2 rows`: a number and a noun that takes an s.
pub(crate) fn counted(n: impl fmt::Display, noun: &str) -> String {
    let n = n.to_string();
    let s = if n == "1" { "" } else { "s" };
    format!("{n} {noun}{s}")
}

/// Text from outside, made safe for a terminal: control characters and those that reorder a line
/// are written as escapes, and more than 200 characters are cut.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 200;
        for (i, c) in self.0.chars().enumerate() {
            if i == LONGEST {
                return f.write_char('…');
            }
            if c.is_control() || reorders(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// Whether a character changes the order or the lines of the text around it.
pub(crate) fn reorders(c: char) -> bool {
    matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{061c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_and_escapes_it() {
        let error = Error::data("value is NaN")
            .in_file(Path::new("a.arrow"))
            .in_column("x\n\u{202e}")
            .at_row(18);
        assert_eq!(error.to_string(), "a.arrow: column \"x\\n\\u{202e}\", row 18: value is NaN");
    }

    #[test]
    fn large_numbers_are_grouped() {
        let text = [7, 999, 1_000, 95_000, 1_234_567].map(grouped);
        assert_eq!(text, ["7", "999", "1,000", "95,000", "1,234,567"]);
    }

    #[test]
    fn scores_are_rounded_down() {
        let shown = [0.749_999, 0.75, 0.57, 0.58, 0.29, 1.0].map(|x| floored(x, 2));
        assert_eq!(shown, ["0.74", "0.75", "0.57", "0.58", "0.29", "1.00"]);
        assert_eq!(floored(0.6996, 3), "0.699");
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1_u64, "row"), "1 row");
        assert_eq!(counted("1,001", "row"), "1,001 rows");
        assert_eq!(counted(0_u64, "missing value"), "0 missing values");
    }

    #[test]
    fn the_innermost_place_wins() {
        let error = Error::data("bad").in_column("inner").in_column("outer");
        assert_eq!(error.column(), Some("inner"));
    }
}
