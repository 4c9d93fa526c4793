//! Parquet, by row groups, after its claims about sizes were compared with the file.
//!
//! The decoder makes room for what a page header claims before it looks at the page, and ends the
//! process if there is no such room. So the pages of every column in use are walked first, reading
//! their headers only.

use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::FieldRef;
use flate2::read::MultiGzDecoder;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;

use super::columns;
use super::guard::{damaged, guarded};
use super::source::Source;
use super::thrift::{self, PageHeader};
use crate::error::{Error, Result, counted};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1 << 16;

/// A Parquet file whose footer has been read.
#[derive(Clone)]
pub(super) struct Parquet {
    source: Source,
    metadata: ArrowReaderMetadata,
    n_rows: u64,
}

impl std::fmt::Debug for Parquet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parquet").field("n_rows", &self.n_rows).finish_non_exhaustive()
    }
}

impl Parquet {
    /// Reads the footer.
    ///
    /// # Errors
    /// If the file is truncated, damaged or encrypted.
    pub(super) fn open(source: Source) -> Result<Self> {
        const TRAILER: u64 = 8;
        let len = source.len();
        let at = len.checked_sub(TRAILER).filter(|&at| at >= 4).ok_or_else(|| {
            let bytes = counted(len, "byte");
            Error::data(format!("truncated: only {bytes} of a Parquet file"))
        })?;
        let tail = source.copy(at, TRAILER as usize)?;
        match &tail[4..] {
            b"PAR1" => {}
            b"PARE" => return Err(encrypted()),
            _ => {
                return Err(Error::data(format!(
                    "truncated: the footer of this Parquet file is missing ({})",
                    counted(len, "byte")
                )));
            }
        }
        // Such a footer is readable, and the pages of some or all columns are not.
        const ENCRYPTION_ALGORITHM: i16 = 8;
        let footer_len = tail.as_slice().first_chunk().map_or(0, |len| u32::from_le_bytes(*len));
        let footer_at = at.checked_sub(u64::from(footer_len)).ok_or_else(|| {
            damaged(format_args!(
                "the footer is said to have {}, the file has {len}",
                counted(footer_len, "byte")
            ))
        })?;
        let footer = source.copy(footer_at, footer_len as usize)?;
        if thrift::has_field(&footer, ENCRYPTION_ALGORITHM) == Some(true) {
            return Err(encrypted());
        }
        let metadata = guarded(|| {
            ArrowReaderMetadata::load(&source, ArrowReaderOptions::new()).map_err(explain)
        })?;
        let mut n_rows = 0_u64;
        for group in metadata.metadata().row_groups() {
            n_rows = u64::try_from(group.num_rows())
                .ok()
                .and_then(|rows| n_rows.checked_add(rows))
                .ok_or_else(|| damaged("a row group has a negative length"))?;
        }
        Ok(Self { source, metadata, n_rows })
    }

    /// The columns.
    pub(super) fn fields(&self) -> &[FieldRef] {
        self.metadata.schema().fields()
    }

    /// What the file says of itself under `key`.
    pub(super) fn metadata_of(&self, key: &str) -> Option<&str> {
        self.metadata.schema().metadata().get(key).map(|text| text.as_str())
    }

    /// Rows of all groups together, as the footer says.
    pub(super) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Decodes `columns` in pieces and hands each to `sink` with its position in `columns`.
    ///
    /// # Errors
    /// If the values are damaged or there is no room for a page. Those of `sink`.
    pub(super) fn read(
        &self,
        columns: &[usize],
        sink: &mut dyn FnMut(usize, ArrayRef) -> Result<()>,
    ) -> Result<()> {
        guarded(|| {
            let mut n_rows = 0;
            for batch in self.batches(columns)? {
                let batch = batch.map_err(|e| damaged(&e))?;
                n_rows += batch.num_rows() as u64;
                // The decoder returns columns in the order of the file.
                let mut order: Vec<usize> = (0..columns.len()).collect();
                order.sort_by_key(|&position| columns[position]);
                for (array, position) in batch.columns().iter().zip(order) {
                    sink(position, Arc::clone(array))?;
                }
            }
            if n_rows != self.n_rows {
                return Err(damaged(format_args!(
                    "it has {}, its footer says {}",
                    counted(n_rows, "row"),
                    self.n_rows
                )));
            }
            Ok(())
        })
    }

    /// Sets up the decoder, for few rows at a time where they may be long: a page of some size can
    /// hold a text of that size which every row repeats.
    fn batches(&self, columns: &[usize]) -> Result<ParquetRecordBatchReader> {
        const BATCH_BYTES: u64 = 128 << 20;
        let largest = self.check_pages(columns)?.max(1);
        let is_text = |&column: &usize| columns::is_text(self.fields()[column].data_type());
        let rows = if columns.iter().any(is_text) {
            usize::try_from(BATCH_BYTES / largest).unwrap_or(BATCH_ROWS).clamp(1, BATCH_ROWS)
        } else {
            BATCH_ROWS
        };
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns.iter().copied());
        ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.source.clone(),
            self.metadata.clone(),
        )
        .with_projection(mask)
        .with_batch_size(rows)
        .build()
        .map_err(explain)
    }

    /// Walks the pages of `columns` by their headers; the size of the largest.
    fn check_pages(&self, columns: &[usize]) -> Result<u64> {
        let mut largest = 0;
        let schema = self.metadata.parquet_schema();
        for group in self.metadata.metadata().row_groups() {
            for (leaf, chunk) in group.columns().iter().enumerate() {
                // A file whose groups have more columns than its schema is refused later.
                if leaf >= schema.num_columns() {
                    break;
                }
                let root = schema.get_column_root_idx(leaf);
                if columns.contains(&root) {
                    let size = self
                        .check_chunk(chunk)
                        .map_err(|e| e.in_column(self.fields()[root].name()))?;
                    largest = largest.max(size);
                }
            }
        }
        Ok(largest)
    }

    fn check_chunk(&self, chunk: &ColumnChunkMetaData) -> Result<u64> {
        check_codec(chunk.compression())?;
        // A page header has a few dozen bytes and perhaps statistics.
        const HEADER: u64 = 64 << 10;
        let outside = || damaged("its pages would lie outside the file");
        let size = |n: i64| u64::try_from(n).map_err(|_| outside());
        let start = match chunk.dictionary_page_offset() {
            // Some writers put a zero where there is none.
            Some(offset) if offset > 0 => offset.min(chunk.data_page_offset()),
            _ => chunk.data_page_offset(),
        };
        let mut at = size(start)?;
        let end = at
            .checked_add(size(chunk.compressed_size())?)
            .filter(|&end| end <= self.source.len())
            .ok_or_else(outside)?;
        let (mut values, mut largest) = (0, 0);
        while at < end && values < size(chunk.num_values())? {
            let len = (end - at).min(HEADER);
            let bytes = self.source.copy(at, len as usize)?;
            let page = thrift::page_header(&bytes)
                .ok_or_else(|| damaged("a page header cannot be read"))?;
            let (Ok(compressed), Ok(uncompressed)) =
                (u64::try_from(page.compressed), u64::try_from(page.uncompressed))
            else {
                return Err(damaged("a page has a negative size"));
            };
            at += page.header_len as u64;
            if at + compressed > end {
                return Err(damaged("a page leaves its column"));
            }
            at += compressed;
            largest = largest.max(uncompressed);
            self.source.limit().check(uncompressed, "decompressing a page")?;
            // The decoder reserves before it reads; see that the system has it.
            drop(super::limits::try_vec::<u8>(uncompressed as usize)?);
            check_expansion(&self.source, chunk.compression(), &page, at - compressed)?;
            let n = u64::try_from(page.num_values).unwrap_or(u64::MAX);
            if page.is_dictionary {
                // Each takes a byte at least, and room is made for all of them at once.
                if n > uncompressed {
                    return Err(damaged("a dictionary has more values than bytes"));
                }
            } else {
                values += n;
            }
        }
        Ok(largest)
    }

    /// Reads a column again, in pieces.
    ///
    /// # Errors
    /// If the decoder cannot be set up.
    pub(super) fn ids(&self, column: usize) -> Result<ParquetIds> {
        let reader = guarded(|| self.batches(&[column]))?;
        Ok(ParquetIds { reader: Some(reader) })
    }
}

/// Sees that a page at `at` has no more bytes than it claims, where the decoder would make room
/// for all there are: decompresses it to nowhere, unless even the worst case fits.
fn check_expansion(source: &Source, codec: Compression, page: &PageHeader, at: u64) -> Result<()> {
    // The most that a byte can become; LZ4 is read as a frame where it is not Hadoop's.
    let worst = match codec {
        Compression::GZIP(_) => 1032,
        Compression::LZ4 => 255,
        _ => return Ok(()),
    };
    // What is read to its end lies in a vector that may have doubled its room.
    let most = (page.compressed as u64).saturating_mul(2 * worst);
    if !page.is_compressed || source.limit().allows(most, 1) {
        return Ok(());
    }
    let levels = u64::try_from(page.levels).ok();
    let rest = |size: i64| (size as u64).checked_sub(levels?);
    let (Some(compressed), Some(claimed)) = (rest(page.compressed), rest(page.uncompressed)) else {
        return Err(damaged("a page is shorter than its levels"));
    };
    let at = at + (page.compressed as u64 - compressed);
    let bytes = source.copy(at, compressed as usize)?;
    let count = |reader: &mut dyn Read| io::copy(&mut reader.take(claimed + 1), &mut io::sink());
    let found = match codec {
        Compression::GZIP(_) => count(&mut MultiGzDecoder::new(bytes.as_slice())),
        _ => count(&mut lz4_flex::frame::FrameDecoder::new(bytes.as_slice())),
    };
    // What cannot be decompressed is left to the decoder, which stops there as well.
    if found.is_ok_and(|n| n > claimed) {
        let claimed = counted(claimed, "byte");
        return Err(damaged(format_args!("a page has more than the {claimed} it claims")));
    }
    Ok(())
}

/// The id column in pieces.
pub(super) struct ParquetIds {
    reader: Option<ParquetRecordBatchReader>,
}

impl Iterator for ParquetIds {
    type Item = Result<ArrayRef>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        let outcome = guarded(move || {
            let batch = reader.next().transpose().map_err(|e| damaged(&e))?;
            Ok(batch.map(|batch| (Arc::clone(batch.column(0)), reader)))
        });
        match outcome {
            Ok(Some((array, reader))) => {
                self.reader = Some(reader);
                Some(Ok(array))
            }
            Ok(None) => None,
            Err(e) => Some(Err(e)),
        }
    }
}

/// Refuses what the decoder was built without.
fn check_codec(codec: Compression) -> Result<()> {
    let name = match codec {
        Compression::BROTLI(_) => "brotli",
        Compression::LZO => "LZO",
        _ => return Ok(()),
    };
    Err(Error::data(format!(
        "{name}-compressed Parquet is not supported (snappy, gzip, zstd, lz4 or uncompressed is)"
    )))
}

fn encrypted() -> Error {
    Error::data("this Parquet file is encrypted (an unencrypted one is needed)")
}

/// What the library says, in this crate's words where a word is known.
fn explain(error: ParquetError) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => damaged(&other),
        },
        other => {
            let text = other.to_string();
            if text.contains("ncrypt") { encrypted() } else { damaged(&text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use arrow_array::{Float64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::{WriterProperties, WriterVersion};

    use super::super::limits::MemoryLimit;
    use super::*;

    /// A page of 100,000 zeros in gzip, which takes 1,032 times less.
    fn zeros(version: WriterVersion) -> Vec<u8> {
        let x: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 100_000]));
        let batch = RecordBatch::try_from_iter([("x", x)]).unwrap();
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_compression(Compression::GZIP(Default::default()))
            .set_dictionary_enabled(false)
            .set_encoding(parquet::basic::Encoding::PLAIN)
            .set_data_page_row_count_limit(1 << 20)
            .set_write_batch_size(1 << 20)
            .build();
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    fn read(bytes: Vec<u8>, limit: u64) -> Result<f64> {
        let limit = MemoryLimit::of(limit);
        let source = Source::from_buffer(Path::new("t.parquet"), bytes.into(), limit);
        let mut sum = 0.0;
        Parquet::open(source)?.read(&[0], &mut |_, array| {
            sum += array.len() as f64;
            Ok(())
        })?;
        Ok(sum)
    }

    #[test]
    fn a_page_of_gzip_that_has_more_than_it_claims_is_refused_before_it_is_decoded() {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let bytes = zeros(version);
            assert!(bytes.len() < 4096, "{}", bytes.len());
            let page = thrift::page_header(&bytes[4..]).unwrap();
            assert!(page.uncompressed >= 800_000, "{page:?}");
            // Where even the worst case fits it is not looked at twice, and otherwise counted.
            let worst = page.compressed as u64 * 2 * 1032;
            for limit in [worst, 1_000_000] {
                assert_eq!(read(bytes.clone(), limit).unwrap(), 100_000.0);
            }
            // The second field of the header is the size, in zigzag.
            let mut claim = bytes.clone();
            assert_eq!(claim[6], 0x15);
            let varint = |n: i64| [(n << 1) | 0x80, (n >> 6) | 0x80, n >> 13].map(|b| b as u8);
            assert_eq!(claim[7..10], varint(page.uncompressed));
            claim[7..10].copy_from_slice(&varint(300_000));
            assert_eq!(thrift::page_header(&claim[4..]).unwrap().uncompressed, 300_000);
            let error = read(claim.clone(), 1_000_000).unwrap_err().to_string();
            assert!(error.contains("a page has more than the 300000 bytes it claims"), "{error}");
            let error = read(claim, worst).unwrap_err().to_string();
            assert!(error.contains("damaged: "), "{error}");
        }
    }

    #[test]
    fn a_page_of_lz4_that_has_more_than_it_claims_is_refused_too() {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        io::Write::write_all(&mut encoder, &[0; 100_000]).unwrap();
        let frame = encoder.finish().unwrap();
        let mut page = thrift::page_header(&zeros(WriterVersion::PARQUET_1_0)[4..]).unwrap();
        page.compressed = frame.len() as i64;
        let worst = frame.len() as u64 * 2 * 255;
        let check = |uncompressed: i64, limit: u64| {
            let page = PageHeader { uncompressed, ..page };
            let limit = MemoryLimit::of(limit);
            let source = Source::from_buffer(Path::new("t"), frame.clone().into(), limit);
            check_expansion(&source, Compression::LZ4, &page, 0)
        };
        assert!(check(100_000, worst - 1).is_ok());
        assert!(check(99_999, worst).is_ok());
        let error = check(99_999, worst - 1).unwrap_err();
        assert!(error.to_string().contains("more than the 99999 bytes"), "{error}");
    }
}
