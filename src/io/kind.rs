//! What a file is, by its content and never by its name.

use arrow_ipc::{MessageHeader, root_as_message};

use crate::error::{Error, Result, counted};

/// The kinds of table that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Arrow IPC file (Feather V2), with a footer.
    ArrowFile,
    /// Arrow IPC stream.
    ArrowStream,
    /// Parquet.
    Parquet,
    /// Separated values with a header line.
    Csv,
}

impl FileKind {
    /// `"arrow"`, `"arrow stream"`, `"parquet"` or `"csv"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ArrowFile => "arrow",
            Self::ArrowStream => "arrow stream",
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// How many bytes [`detect`] wants to see, if the file has as many.
pub(super) const HEAD_LEN: usize = 64 << 10;

/// Judges a file by its first bytes; whatever is not known by its mark is taken for text.
///
/// # Errors
/// If the content is of a kind that cannot be read; the message says which.
pub(super) fn detect(head: &[u8]) -> Result<FileKind> {
    const ARROW: &[u8] = b"ARROW1";
    let starts = |mark: &[u8]| head.starts_with(mark);
    let refused =
        |what: &str| Err(Error::data(format!("{what} (Arrow, Parquet or CSV is needed)")));
    if head.is_empty() {
        return refused("the file is empty");
    }
    if starts(ARROW) {
        return Ok(FileKind::ArrowFile);
    }
    if ARROW.starts_with(head) {
        let bytes = counted(head.len(), "byte");
        return Err(Error::data(format!("truncated: only {bytes} of an Arrow file")));
    }
    if starts(b"PAR1") {
        return Ok(FileKind::Parquet);
    }
    if starts(b"PARE") {
        return refused("this Parquet file is encrypted");
    }
    if starts(b"FEA1") {
        return refused(
            "this is a Feather V1 file, which is not supported; write it as Feather V2",
        );
    }
    if starts(&[0x1f, 0x8b]) {
        return refused("this is compressed with gzip; decompress it first");
    }
    if starts(b"\xfd7zXZ\0") {
        return refused("this is compressed with xz; decompress it first");
    }
    if starts(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return refused("this is compressed with zstd; decompress it first");
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return refused("this is a zip archive or an .xlsx workbook; export the sheet as CSV");
    }
    if starts(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return refused("this is an old Office document (.xls); export the sheet as CSV");
    }
    if starts(b"ORC") {
        return refused("this is an ORC file");
    }
    if starts(b"Obj\x01") {
        return refused("this is an Avro file");
    }
    if starts(b"SQLite format 3\0") {
        return refused("this is an SQLite database");
    }
    if starts(b"%PDF") {
        return refused("this is a PDF document");
    }
    if starts(&[0xff; 4]) || is_legacy_stream(head) {
        return Ok(FileKind::ArrowStream);
    }
    if starts(&[0xff, 0xfe]) || starts(&[0xfe, 0xff]) {
        return refused("this is UTF-16 text; save it as UTF-8");
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let opens = |tag: &[u8]| text.get(..tag.len()).is_some_and(|t| t.eq_ignore_ascii_case(tag));
    if opens(b"<!doctype") || opens(b"<html") {
        return refused("this is an HTML page");
    }
    if opens(b"<?xml") {
        return refused("this is an XML document");
    }
    if opens(b"{\"") || opens(b"[{") {
        return refused("this is JSON");
    }
    Ok(FileKind::Csv)
}

/// A stream from before format 0.15 has no mark: a length, then a schema message of that length.
fn is_legacy_stream(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<4>() else {
        return false;
    };
    let length = i32::from_le_bytes(*length);
    // A schema longer than what is looked at would be taken for text, and refused as such.
    let Some(message) = usize::try_from(length).ok().and_then(|n| rest.get(..n)) else {
        return false;
    };
    root_as_message(message).is_ok_and(|m| m.header_type() == MessageHeader::Schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_by_content() {
        assert_eq!(detect(b"ARROW1\0\0").unwrap(), FileKind::ArrowFile);
        assert_eq!(detect(b"\xff\xff\xff\xff\x10\0\0\0").unwrap(), FileKind::ArrowStream);
        assert_eq!(detect(b"PAR1abc").unwrap(), FileKind::Parquet);
        assert_eq!(detect(b"id,x\n1,2\n").unwrap(), FileKind::Csv);
        assert_eq!(detect(b"\xef\xbb\xbfid,x\n").unwrap(), FileKind::Csv);
    }

    #[test]
    fn names_what_it_cannot_read() {
        for (head, word) in [
            (&b""[..], "empty"),
            (b"ARR", "truncated"),
            (b"PARE", "encrypted"),
            (b"FEA1", "Feather V1"),
            (b"\x1f\x8b\x08", "gzip; decompress it first"),
            (b"PK\x03\x04", "xlsx"),
            (b"\xff\xfei\0d\0", "UTF-16"),
            (b"\n <!DOCTYPE html>", "HTML"),
            (b"{\"a\": 1}", "JSON"),
        ] {
            let message = detect(head).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
