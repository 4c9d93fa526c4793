//! The id column of an Arrow file or stream, read again in pieces of bounded size.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, GenericStringArray, OffsetSizeTrait, StringViewArray, make_array,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::{ArrayData, ByteView};
use arrow_schema::DataType;

use super::guard::{damaged, guarded};
use super::ipc::{
    Batch, Dictionaries, Ipc, Parts, Size, Span, bit_width, byte_len, dictionary, last_offset,
};
use crate::error::{Error, Result, counted};

/// Rows per piece, and bytes of text per piece, unless a single row has more.
const PIECE_ROWS: usize = 1 << 16;
const PIECE_BYTES: usize = 16 << 20;

/// The values of one column, in row order.
#[derive(Debug)]
pub(super) struct IpcIds {
    ipc: Ipc,
    column: usize,
    /// The next message, and the rows before it.
    next: usize,
    rows_before: u64,
    dictionaries: Dictionaries,
    current: Option<Current>,
    failed: bool,
}

/// A batch of which some rows are still to come.
#[derive(Debug)]
struct Current {
    parts: Parts,
    pieces: Vec<Piece>,
    nulls: Option<NullBuffer>,
    row: usize,
}

/// A buffer of the current batch.
#[derive(Debug)]
enum Piece {
    /// As it lies in the input.
    Stored(Span),
    /// Decompressed.
    Open(Buffer),
}

impl IpcIds {
    pub(super) fn new(ipc: Ipc, column: usize) -> Self {
        Self {
            ipc,
            column,
            next: 0,
            rows_before: 0,
            dictionaries: Dictionaries::new(),
            current: None,
            failed: false,
        }
    }

    fn data_type(&self) -> &DataType {
        self.ipc.fields()[self.column].data_type()
    }

    fn advance(&mut self) -> Result<Option<ArrayRef>> {
        loop {
            if let Some(mut current) = self.current.take() {
                if current.row < current.parts.length {
                    let array = self.piece(&mut current)?;
                    self.current = Some(current);
                    return Ok(Some(array));
                }
                self.rows_before += current.parts.length as u64;
            }
            match self.ipc.step(self.next, self.column, &mut self.dictionaries)? {
                None => return Ok(None),
                Some(None) => {}
                Some(Some(batch)) => self.current = Some(self.enter(batch)?),
            }
            self.next += 1;
        }
    }

    /// Prepares a batch: compressed buffers are opened, others stay where they are.
    fn enter(&self, mut batch: Batch) -> Result<Current> {
        let codec = batch.codec;
        let parts = batch.columns.swap_remove(self.column);
        let nulls = self.ipc.validity(&parts, codec)?;
        let n = parts.length;
        let mut pieces = vec![Piece::Stored(Span { at: 0, len: 0 })];
        for (i, &span) in parts.buffers.iter().enumerate().skip(1) {
            if codec.is_none() {
                pieces.push(Piece::Stored(span));
                continue;
            }
            let size = match (self.data_type(), i, pieces.last()) {
                (DataType::Utf8, 1, _) if span.len > 0 => Size::Fixed(byte_len(n + 1, 32)?),
                (DataType::LargeUtf8, 1, _) if span.len > 0 => Size::Fixed(byte_len(n + 1, 64)?),
                (DataType::Utf8, 2, Some(Piece::Open(ends))) => {
                    Size::Data(last_offset(ends, false)?)
                }
                (DataType::LargeUtf8, 2, Some(Piece::Open(ends))) => {
                    Size::Data(last_offset(ends, true)?)
                }
                (DataType::Utf8View, 1, _) => Size::Fixed(byte_len(n, 128)?),
                (data_type, 1, _) => match bit_width(data_type) {
                    Some(bits) => Size::Fixed(byte_len(n, bits)?),
                    None => Size::Unknown,
                },
                _ => Size::Unknown,
            };
            pieces.push(Piece::Open(self.ipc.bytes(codec, span, size, true)?));
        }
        Ok(Current { parts, pieces, nulls, row: 0 })
    }

    /// The next rows of the current batch.
    fn piece(&self, current: &mut Current) -> Result<ArrayRef> {
        let left = current.parts.length - current.row;
        let rows = current.row..current.row + left.min(PIECE_ROWS);
        let array = match self.data_type() {
            DataType::Utf8 => self.texts::<i32>(current, rows)?,
            DataType::LargeUtf8 => self.texts::<i64>(current, rows)?,
            DataType::Utf8View => self.views(current, rows)?,
            data_type @ DataType::Dictionary(_, value_type) => {
                let bits = bit_width(data_type).unwrap_or(0);
                let keys = self.slice(&current.pieces[1], byte_range(&rows, bits as usize / 8)?)?;
                let values = self.ipc.dictionary_of(self.column, &self.dictionaries, value_type);
                let nulls = current.nulls(&rows);
                let array = dictionary(data_type, rows.len(), keys, nulls, &values)?;
                // Fewer rows where they stand for long texts, each of which is written out.
                array.slice(0, rows_that_fit(&array))
            }
            data_type => self.numbers(data_type, current, rows)?,
        };
        current.row += array.len();
        Ok(array)
    }

    fn numbers(
        &self,
        data_type: &DataType,
        current: &Current,
        rows: Range<usize>,
    ) -> Result<ArrayRef> {
        let bits = bit_width(data_type)
            .filter(|bits| bits % 8 == 0)
            .ok_or_else(|| Error::data(format!("{data_type} cannot be an id")))?;
        let width = (bits / 8) as usize;
        let values = self.slice(&current.pieces[1], byte_range(&rows, width)?)?;
        let data = ArrayData::builder(data_type.clone())
            .len(rows.len())
            .nulls(current.nulls(&rows))
            .add_buffer(values)
            .align_buffers(true)
            .build()
            .map_err(damaged)?;
        Ok(make_array(data))
    }

    fn texts<O: OffsetSizeTrait>(&self, current: &Current, rows: Range<usize>) -> Result<ArrayRef> {
        let stored = rows.start..rows.end + 1;
        let offsets = self.slice(&current.pieces[1], byte_range(&stored, size_of::<O>())?)?;
        let offsets = aligned::<O>(&offsets);
        let first = offsets[0].as_usize();
        let negative = offsets[0] < O::zero();
        let falling = offsets.windows(2).position(|pair| pair[1] < pair[0]);
        if let Some(row) = negative.then_some(0).or(falling) {
            let error = damaged("the offsets of its texts do not ascend");
            return Err(error.at_row(self.row_number(rows.start + row)));
        }
        // Fewer rows where the texts are long.
        let fits = |end: &O| end.as_usize() - first <= PIECE_BYTES;
        let n = offsets[1..].partition_point(fits).max(1);
        let rows = rows.start..rows.start + n;
        let text = self.slice(&current.pieces[2], first..offsets[n].as_usize())?;
        let rebased: Vec<O> = offsets[..=n].iter().map(|&end| end - offsets[0]).collect();
        let rebased = OffsetBuffer::new(ScalarBuffer::from(rebased));
        let array = GenericStringArray::<O>::try_new(rebased, text.clone(), current.nulls(&rows));
        array.map(|array| Arc::new(array) as ArrayRef).map_err(|e| {
            let bad = offsets[..=n].windows(2).position(|pair| {
                let range = pair[0].as_usize() - first..pair[1].as_usize() - first;
                std::str::from_utf8(&text[range]).is_err()
            });
            match bad {
                Some(row) => {
                    Error::data("its text is not UTF-8").at_row(self.row_number(rows.start + row))
                }
                None => damaged(e),
            }
        })
    }

    fn views(&self, current: &Current, rows: Range<usize>) -> Result<ArrayRef> {
        const INLINE: u32 = 12;
        let views = self.slice(&current.pieces[1], byte_range(&rows, 16)?)?;
        let views = aligned::<u128>(&views);
        let nulls = current.nulls(&rows);
        let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let outside = |row: usize| {
            damaged("a text lies outside its buffers").at_row(self.row_number(rows.start + row))
        };
        // The part of each buffer that these rows use, and how many rows fit into a piece.
        let mut used = vec![None::<Range<usize>>; current.pieces.len()];
        let mut n = 0;
        let mut total = 0;
        for (row, &view) in views.iter().enumerate() {
            let view = ByteView::from(view);
            if view.length > INLINE && !is_null(row) {
                total += view.length as usize;
                if n > 0 && total > PIECE_BYTES {
                    break;
                }
                let start = view.offset as usize;
                let end = start + view.length as usize;
                let buffer = (view.buffer_index as usize).checked_add(2);
                let used = buffer.and_then(|b| used.get_mut(b)).ok_or_else(|| outside(row))?;
                let range = used.get_or_insert(start..end);
                *range = range.start.min(start)..range.end.max(end);
            }
            n += 1;
        }
        let mut buffers = Vec::with_capacity(used.len());
        for (piece, range) in current.pieces.iter().zip(&used) {
            buffers.push(match range {
                Some(range) => self.slice(piece, range.clone())?,
                None => Buffer::default(),
            });
        }
        let mut texts = Vec::with_capacity(n);
        for (row, view) in views[..n].iter().enumerate() {
            let parsed = ByteView::from(*view);
            let text = if is_null(row) {
                texts.push(None);
                continue;
            } else if parsed.length <= INLINE {
                // The text follows its length in the view itself.
                let at = row * 16 + 4;
                &views.inner().as_slice()[at..at + parsed.length as usize]
            } else {
                let buffer = parsed.buffer_index as usize + 2;
                let start = used[buffer].as_ref().map_or(0, |range| range.start);
                let at = parsed.offset as usize - start;
                &buffers[buffer].as_slice()[at..at + parsed.length as usize]
            };
            let text = std::str::from_utf8(text).map_err(|_| {
                Error::data("its text is not UTF-8").at_row(self.row_number(rows.start + row))
            })?;
            texts.push(Some(text));
        }
        Ok(Arc::new(StringViewArray::from_iter(texts)))
    }

    /// A part of a buffer, never in mapped pages.
    fn slice(&self, piece: &Piece, bytes: Range<usize>) -> Result<Buffer> {
        let len = match piece {
            Piece::Stored(span) => span.len,
            Piece::Open(buffer) => buffer.len(),
        };
        if bytes.start > bytes.end || bytes.end > len {
            return Err(damaged(format_args!(
                "a buffer has {} and needs {}",
                counted(len, "byte"),
                bytes.end
            )));
        }
        match piece {
            Piece::Stored(span) => {
                self.ipc.source().copy(span.at + bytes.start as u64, bytes.len())
            }
            Piece::Open(buffer) => Ok(buffer.slice_with_length(bytes.start, bytes.len())),
        }
    }

    fn row_number(&self, row_in_batch: usize) -> u64 {
        self.rows_before + row_in_batch as u64 + 1
    }
}

impl Current {
    fn nulls(&self, rows: &Range<usize>) -> Option<NullBuffer> {
        self.nulls.as_ref().map(|nulls| nulls.slice(rows.start, rows.len()))
    }
}

impl Iterator for IpcIds {
    type Item = Result<ArrayRef>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let outcome = guarded(|| self.advance());
        self.failed = outcome.is_err();
        let name = self.ipc.fields()[self.column].name();
        outcome.map_err(|e| e.in_column(name)).transpose()
    }
}

/// How many of the rows of a dictionary array stand for texts of `PIECE_BYTES` in all; one at least.
fn rows_that_fit(array: &ArrayRef) -> usize {
    let dictionary = array.as_any_dictionary();
    let values = dictionary.values();
    let length = |key: usize| match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value(key).len(),
        DataType::LargeUtf8 => values.as_string::<i64>().value(key).len(),
        DataType::Utf8View => values.as_string_view().value(key).len(),
        _ => 8,
    };
    if values.is_empty() {
        return array.len();
    }
    let mut total = 0;
    for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
        total += if array.is_null(row) { 0 } else { length(key) };
        if total > PIECE_BYTES && row > 0 {
            return row;
        }
    }
    array.len()
}

fn byte_range(values: &Range<usize>, width: usize) -> Result<Range<usize>> {
    let bits = width as u64 * 8;
    Ok(byte_len(values.start, bits)?..byte_len(values.end, bits)?)
}

/// The bytes as values, copied if they are not aligned.
fn aligned<T: arrow_buffer::ArrowNativeType>(bytes: &Buffer) -> ScalarBuffer<T> {
    if bytes.as_ptr().align_offset(align_of::<T>()) == 0 {
        return ScalarBuffer::from(bytes.clone());
    }
    // A vector of bytes has no alignment to speak of, a buffer that allocates has 64 bytes.
    let mut copy = arrow_buffer::MutableBuffer::new(bytes.len());
    copy.extend_from_slice(bytes);
    ScalarBuffer::from(Buffer::from(copy))
}
