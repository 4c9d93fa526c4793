//! Bytes of an input, wherever they lie: in a mapping, on the heap, or still in the file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use arrow_buffer::Buffer;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::guard::damaged;
use super::limits::{MemoryLimit, try_zeros};
use super::map::Mapping;
use crate::error::{Error, ErrorKind, Result};

/// An opened input. Cloning shares it.
#[derive(Clone, Debug)]
pub(super) struct Source {
    path: Arc<Path>,
    place: Place,
    len: u64,
    limit: MemoryLimit,
    /// What went wrong first while a decoder read from here, which may tell it in its own words.
    failure: Arc<OnceLock<Error>>,
}

#[derive(Clone, Debug)]
enum Place {
    /// The mapping, and the same bytes as a buffer that slices can be taken of.
    Mapped(Arc<Mapping>, Buffer, Regular),
    /// Regular file, read piece by piece.
    File(Regular),
    /// A pipe or device, read to its end.
    Heap(Buffer),
}

/// A regular file and what it was when it was opened.
#[derive(Clone, Debug)]
struct Regular {
    file: Arc<File>,
    stamp: Stamp,
}

/// What tells that a file was written to. The time of the last change of its *state* is left out:
/// renaming or deleting the file changes that, but not a byte of what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<std::time::SystemTime>,
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { len: metadata.len(), modified: metadata.modified().ok() })
    }
}

impl Source {
    /// Opens `path`; a regular file is offered to `map`, anything else is read to its end.
    ///
    /// # Errors
    /// If it cannot be opened or read, is a directory, or does not fit into memory.
    pub(super) fn open(
        path: &Path,
        limit: MemoryLimit,
        map: impl FnOnce(&File) -> Option<Mapping>,
    ) -> Result<Self> {
        let fail = |error: &io::Error| Error::io("cannot open", error).in_file(path);
        let mut file = File::open(path).map_err(|e| fail(&e))?;
        let metadata = file.metadata().map_err(|e| fail(&e))?;
        if metadata.is_dir() {
            let error = Error::new(ErrorKind::Io, "is a directory (a file is needed)");
            return Err(error.in_file(path));
        }
        if !metadata.is_file() {
            let bytes = read_to_end(&mut file, limit).map_err(|e| e.in_file(path))?;
            return Ok(Self::from_buffer(path, bytes, limit));
        }
        let stamp = Stamp::of(&file).map_err(|e| fail(&e))?;
        let mapping = map(&file);
        let regular = Regular { file: Arc::new(file), stamp };
        let place = match mapping {
            Some(mapping) if mapping.as_ref().len() as u64 == stamp.len => {
                let mapping = Arc::new(mapping);
                let buffer = Buffer::from(Bytes::from_owner(Shared(Arc::clone(&mapping))));
                Place::Mapped(mapping, buffer, regular)
            }
            _ => Place::File(regular),
        };
        Ok(Self::new(path, place, stamp.len, limit))
    }

    /// Bytes that are in memory already; `path` is for messages.
    pub(super) fn from_buffer(path: &Path, bytes: Buffer, limit: MemoryLimit) -> Self {
        let len = bytes.len() as u64;
        Self::new(path, Place::Heap(bytes), len, limit)
    }

    fn new(path: &Path, place: Place, len: u64, limit: MemoryLimit) -> Self {
        Self { path: path.into(), place, len, limit, failure: Arc::default() }
    }

    /// The same input without its mapping: what is read from it is copied.
    pub(super) fn without_map(self) -> Self {
        match self.place {
            Place::Mapped(_, _, regular) => Self { place: Place::File(regular), ..self },
            _ => self,
        }
    }

    /// The length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How much memory reading this input may take.
    pub(super) fn limit(&self) -> MemoryLimit {
        self.limit
    }

    /// Whether values lie in mapped pages.
    pub(super) fn is_mapped(&self) -> bool {
        matches!(self.place, Place::Mapped(..))
    }

    /// Whether [`view`](Self::view) has to allocate.
    pub(super) fn view_copies(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// `len` bytes from `at`, in place where the input is in memory. Bytes of a mapping may change
    /// while they are looked at: use them only where every bit pattern is a value.
    ///
    /// # Errors
    /// If the range leaves the input, or reading fails.
    pub(super) fn view(&self, at: u64, len: usize) -> Result<Buffer> {
        let start = self.check_range(at, len)?;
        match &self.place {
            Place::Mapped(_, buffer, _) | Place::Heap(buffer) => {
                Ok(buffer.slice_with_length(start, len))
            }
            Place::File(regular) => self.read(regular, at, len),
        }
    }

    /// As [`view`](Self::view), but never in mapped pages: what was checked stays true.
    pub(super) fn copy(&self, at: u64, len: usize) -> Result<Buffer> {
        let start = self.check_range(at, len)?;
        match &self.place {
            Place::Mapped(_, buffer, _) => {
                let mut bytes = self.room(len)?;
                bytes.copy_from_slice(&buffer[start..start + len]);
                Ok(Buffer::from_vec(bytes))
            }
            Place::Heap(buffer) => Ok(buffer.slice_with_length(start, len)),
            Place::File(regular) => self.read(regular, at, len),
        }
    }

    /// Reads from the beginning, in order.
    pub(super) fn reader(&self) -> SourceReader {
        SourceReader { source: self.clone(), at: 0 }
    }

    /// Checks that the input is what it was when it was opened.
    ///
    /// # Errors
    /// [`ErrorKind::Changed`] if it is not.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let (poisoned, regular) = match &self.place {
            Place::Mapped(mapping, _, regular) => (mapping.is_poisoned(), regular),
            Place::File(regular) => (false, regular),
            Place::Heap(_) => return Ok(()),
        };
        let now = Stamp::of(&regular.file)
            .map_err(|e| Error::io("cannot be looked at again", &e).in_file(&self.path))?;
        if poisoned || now != regular.stamp {
            return Err(self.changed());
        }
        Ok(())
    }

    /// What `error`, which came of decoding the input, really was: a change of the file or a failed
    /// read looks like damage from there.
    pub(super) fn explain(&self, error: Error) -> Error {
        match self.check_unchanged() {
            Err(changed) => changed,
            Ok(()) => match self.failure.get() {
                Some(failure) => failure.clone().in_file(&self.path),
                None => error,
            },
        }
    }

    fn note(&self, error: Error) -> Error {
        self.failure.get_or_init(|| error.clone());
        error
    }

    fn changed(&self) -> Error {
        Error::new(ErrorKind::Changed, "changed while being read").in_file(&self.path)
    }

    fn check_range(&self, at: u64, len: usize) -> Result<usize> {
        let end = at.checked_add(len as u64).filter(|&end| end <= self.len);
        end.and_then(|_| usize::try_from(at).ok())
            .ok_or_else(|| damaged("a part of it would lie beyond its end"))
    }

    fn room(&self, len: usize) -> Result<Vec<u8>> {
        self.limit.check(len as u64, "reading")?;
        try_zeros(len)
    }

    fn read(&self, regular: &Regular, at: u64, len: usize) -> Result<Buffer> {
        let mut bytes = self.room(len)?;
        match read_exact_at(&regular.file, &mut bytes, at) {
            Ok(()) => Ok(Buffer::from_vec(bytes)),
            // The length was checked, so the file has become shorter.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(self.changed()),
            Err(e) => Err(Error::io("cannot read", &e)),
        }
    }

    fn read_some(&self, at: u64, out: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let n = out.len().min(left);
        let out = &mut out[..n];
        match &self.place {
            Place::Mapped(_, buffer, _) | Place::Heap(buffer) => {
                let start = usize::try_from(at).unwrap_or(usize::MAX).min(buffer.len());
                out.copy_from_slice(&buffer[start..start + n]);
                Ok(n)
            }
            Place::File(regular) => loop {
                match read_at(&regular.file, out, at) {
                    Ok(0) if n > 0 => return Err(io::Error::other(self.note(self.changed()))),
                    Ok(n) => return Ok(n),
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => {
                        self.note(Error::io("cannot read", &e));
                        return Err(e);
                    }
                }
            },
        }
    }
}

/// Lets a [`Mapping`] be shared by the buffers that slice it and the source that asks it.
struct Shared(Arc<Mapping>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// A position in a [`Source`].
#[derive(Clone, Debug)]
pub(super) struct SourceReader {
    source: Source,
    at: u64,
}

impl SourceReader {
    /// Leaves out the next `n` bytes.
    pub(super) fn skip(&mut self, n: u64) {
        self.at += n;
    }
}

impl Read for SourceReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_some(self.at, out)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Source {
    type T = io::BufReader<SourceReader>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(io::BufReader::new(SourceReader { source: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes =
            self.copy(start, length).map_err(|e| ParquetError::External(Box::new(self.note(e))))?;
        Ok(bytes.into())
    }
}

/// Reads what may have no known length, at most a third of the limit.
pub(super) fn read_to_end(file: &mut impl Read, limit: MemoryLimit) -> Result<Buffer> {
    const STEP: usize = 1 << 20;
    let mut bytes = Vec::new();
    loop {
        // A growing vector holds its old and its new room for a moment.
        limit.check((bytes.len() as u64 + STEP as u64).saturating_mul(3), "reading it whole")?;
        bytes
            .try_reserve(STEP)
            .map_err(|_| Error::new(ErrorKind::Memory, "too little memory to read it whole"))?;
        let before = bytes.len();
        let step = file.by_ref().take(STEP as u64).read_to_end(&mut bytes);
        step.map_err(|e| Error::io("cannot read", &e))?;
        if bytes.len() == before {
            return Ok(Buffer::from_vec(bytes));
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, at)
}

#[cfg(windows)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut out: &mut [u8], mut at: u64) -> io::Result<()> {
    while !out.is_empty() {
        match read_at(file, out, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                out = &mut out[n..];
                at += n as u64;
            }
        }
    }
    Ok(())
}

/// The error inside `error`, if one of ours travelled through a library as an I/O error.
pub(super) fn unwrap_io(error: io::Error) -> Error {
    let text = Error::io("cannot read", &error);
    match error.into_inner().and_then(|inner| inner.downcast::<Error>().ok()) {
        Some(ours) => *ours,
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn source(bytes: &[u8]) -> (tempfile::NamedTempFile, Source) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let source = Source::open(file.path(), MemoryLimit::of(1 << 20), |_| None).unwrap();
        (file, source)
    }

    #[test]
    fn reads_ranges_and_refuses_those_beyond_the_end() {
        let (_file, source) = source(b"0123456789");
        assert_eq!(source.view(2, 3).unwrap().as_slice(), b"234");
        assert_eq!(source.copy(10, 0).unwrap().as_slice(), b"");
        assert!(source.view(8, 3).is_err());
        assert!(source.view(u64::MAX, 3).is_err());
        let mut text = String::new();
        source.reader().read_to_string(&mut text).unwrap();
        assert_eq!(text, "0123456789");
    }

    #[test]
    fn notices_a_file_that_was_written_to() {
        let (mut file, source) = source(b"0123456789");
        source.check_unchanged().unwrap();
        file.as_file().set_len(4).unwrap();
        assert_eq!(source.check_unchanged().unwrap_err().kind(), ErrorKind::Changed);
        assert_eq!(source.view(2, 8).unwrap_err().kind(), ErrorKind::Changed);
        file.write_all(b"x").unwrap();
        assert_eq!(source.check_unchanged().unwrap_err().kind(), ErrorKind::Changed);
    }

    #[test]
    fn a_failed_read_is_not_called_damage() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(10).unwrap();
        let unreadable = File::options().write(true).open(file.path()).unwrap();
        let stamp = Stamp::of(&unreadable).unwrap();
        let place = Place::File(Regular { file: Arc::new(unreadable), stamp });
        let source = Source::new(file.path(), place, 10, MemoryLimit::of(1 << 20));
        let damage = || Error::data("damaged: the decoder stumbled");
        assert_eq!(source.explain(damage()).kind(), ErrorKind::Data);
        assert!(source.get_bytes(0, 4).is_err());
        assert_eq!(source.explain(damage()).kind(), ErrorKind::Io);

        let other = Source { failure: Arc::default(), ..source };
        assert!(other.reader().read(&mut [0; 4]).is_err());
        assert_eq!(other.explain(damage()).kind(), ErrorKind::Io);
    }

    #[test]
    fn a_deleted_file_is_still_the_same() {
        let (file, source) = source(b"0123456789");
        drop(file);
        source.check_unchanged().unwrap();
        assert_eq!(source.view(0, 1).unwrap().as_slice(), b"0");
    }

    #[test]
    fn a_directory_is_named_as_one() {
        let error = Source::open(Path::new("/"), MemoryLimit::of(1), |_| None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().contains("directory"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn an_endless_device_ends_at_the_limit() {
        let zero = Path::new("/dev/zero");
        let error = Source::open(zero, MemoryLimit::of(8 << 20), |_| None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory);
    }
}
