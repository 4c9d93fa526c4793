//! Arrow IPC: files and streams, from checked pieces.
//!
//! Everything that a file claims is checked against its bytes and its schema before a value is
//! touched: the blocks of the footer, the length of each message, the number of field nodes and
//! buffers, the extent of every buffer and, where buffers are compressed, their sizes before any
//! room is made for them. Only then are the wanted columns decoded, each from its own buffers, so
//! that unused columns cost nothing. Files and streams differ in how their messages are found;
//! from there on they are the same.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::io::Read;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, make_array, new_empty_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::{
    Block, BodyCompressionMethod, CompressionType, Endianness, FieldNode, MessageHeader,
    MetadataVersion, root_as_footer, root_as_message,
};
use arrow_schema::{DataType, FieldRef, SchemaRef, UnionMode};

use super::guard::{damaged, guarded};
use super::ipc_ids::IpcIds;
use super::limits::try_vec;
use super::source::Source;
use crate::error::{Error, Result, counted};

const MAGIC: &[u8; 6] = b"ARROW1";
const CONTINUATION: [u8; 4] = [0xff; 4];

/// An Arrow file or stream whose structure has been checked.
#[derive(Clone, Debug)]
pub(super) struct Ipc {
    source: Source,
    schema: SchemaRef,
    /// The dictionary of each top-level column that has one.
    dictionary_ids: Arc<[Option<i64>]>,
    messages: Arc<[Message]>,
    n_rows: u64,
    compressed: bool,
}

/// Where a dictionary or record batch lies.
#[derive(Clone, Copy, Debug)]
struct Message {
    metadata_at: u64,
    metadata_len: usize,
    body_at: u64,
    body_len: u64,
    /// Rows of a record batch; `None` for a dictionary.
    rows: Option<u64>,
    /// Whether it begins with a continuation mark, as all do since format 0.15.
    is_marked: bool,
}

/// A dictionary or record batch, taken apart.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) codec: Option<Codec>,
    pub(super) columns: Vec<Parts>,
}

/// The node of a column and its buffers, without those of its children.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) length: usize,
    pub(super) null_count: usize,
    pub(super) buffers: Vec<Span>,
}

/// A buffer's place in the input: checked to lie inside its message's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) at: u64,
    pub(super) len: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Codec {
    Lz4,
    Zstd,
}

/// Values of the dictionaries seen so far, by id.
pub(super) type Dictionaries = HashMap<i64, ArrayRef>;

impl Ipc {
    /// Finds and checks the messages of an Arrow file.
    ///
    /// # Errors
    /// If the file is truncated, damaged, or of a variant that cannot be read.
    pub(super) fn open_file(source: Source) -> Result<Self> {
        guarded(|| Self::from_footer(source))
    }

    /// Finds and checks the messages of an Arrow stream.
    ///
    /// # Errors
    /// If the stream is truncated, damaged, or of a variant that cannot be read.
    pub(super) fn open_stream(source: Source) -> Result<Self> {
        guarded(|| Self::from_stream(source))
    }

    fn from_footer(source: Source) -> Result<Self> {
        // Magic and its padding; then the footer, its length, magic.
        const HEAD: u64 = 8;
        const TAIL: u64 = 10;
        let len = source.len();
        let truncated = || {
            Error::data(format!(
                "truncated: the footer of this Arrow file is missing ({})",
                counted(len, "byte")
            ))
        };
        let tail_at = len.checked_sub(TAIL).filter(|&at| at >= HEAD).ok_or_else(truncated)?;
        let tail = source.copy(tail_at, TAIL as usize)?;
        let (footer_len, magic) = tail.as_slice().split_first_chunk().ok_or_else(truncated)?;
        if magic != MAGIC {
            return Err(truncated());
        }
        let footer_len = i32::from_le_bytes(*footer_len);
        let footer_at = u64::try_from(footer_len)
            .ok()
            .filter(|&n| n > 0)
            .and_then(|n| tail_at.checked_sub(n))
            .filter(|&at| at >= HEAD)
            .ok_or_else(|| {
                damaged(format!(
                    "the footer is said to have {}, the file has {len}",
                    counted(footer_len, "byte")
                ))
            })?;
        let bytes = source.copy(footer_at, (tail_at - footer_at) as usize)?;
        let footer = root_as_footer(&bytes).map_err(|e| malformed("footer", &e))?;
        // A footer without a version reads as the first; old writers left it out.
        if footer.version() != MetadataVersion::V1 {
            check_version(footer.version())?;
        }
        let schema = footer.schema().ok_or_else(|| damaged("the footer has no schema"))?;
        let (schema, dictionary_ids) = read_schema(schema)?;

        let dictionaries: Vec<Block> = footer.dictionaries().iter().flatten().copied().collect();
        let batches: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
        check_blocks(&dictionaries, &batches, HEAD, footer_at)?;
        let mut messages = Vec::with_capacity(dictionaries.len() + batches.len());
        for (i, block) in dictionaries.iter().chain(&batches).enumerate() {
            let message = read_message(&source, block.offset() as u64, footer_at)?
                .ok_or_else(|| damaged("a block of the footer points to no message"))?;
            let metadata_end = message.metadata_at + message.metadata_len as u64;
            if metadata_end - block.offset() as u64 != block.metaDataLength() as u64
                || message.body_len != block.bodyLength() as u64
            {
                return Err(damaged("a message and the footer disagree about its length"));
            }
            if message.rows.is_none() != (i < dictionaries.len()) {
                return Err(damaged("the footer takes a dictionary for rows, or rows for one"));
            }
            messages.push(message);
        }
        // Were bytes missing among the values, those of the mark or the footer would have taken
        // their place, and nothing above would have noticed fewer than eight.
        let last = messages.iter().max_by_key(|message| message.body_at);
        if let Some(last) = last {
            let end = last.body_at + last.body_len;
            let mark: &[u8] =
                if last.is_marked { &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0] } else { &[0; 4] };
            if end + mark.len() as u64 > footer_at
                || source.copy(end, mark.len())?.as_slice() != mark
            {
                return Err(damaged("its messages do not end where the footer says"));
            }
        }
        Self::checked(source, schema, dictionary_ids, messages, false)
    }

    fn from_stream(source: Source) -> Result<Self> {
        let mut at = 0;
        let mut messages = Vec::new();
        let first = read_header(&source, 0, source.len())?
            .ok_or_else(|| Error::data("this Arrow stream has no schema"))?;
        let metadata = source.copy(first.metadata_at, first.metadata_len)?;
        let message = root_as_message(&metadata).map_err(|e| malformed("schema", &e))?;
        check_version(message.version())?;
        let schema = message
            .header_as_schema()
            .ok_or_else(|| Error::data("this Arrow stream does not begin with a schema"))?;
        let (schema, dictionary_ids) = read_schema(schema)?;
        at += first.metadata_at + first.metadata_len as u64;
        while at < source.len() {
            let Some(message) = read_message(&source, at, source.len())? else {
                // The end of the stream is marked by a length of zero.
                let marker = if source.copy(at, 4)?.as_slice() == CONTINUATION { 8 } else { 4 };
                let rest = source.len() - at - marker;
                if rest > 0 {
                    let verb = if rest == 1 { "follows" } else { "follow" };
                    let rest = counted(rest, "byte");
                    return Err(damaged(format!("{rest} {verb} the end of the stream")));
                }
                break;
            };
            at = message.body_at + message.body_len;
            messages.push(message);
        }
        Self::checked(source, schema, dictionary_ids, messages, true)
    }

    /// Checks every message against the schema.
    fn checked(
        source: Source,
        schema: SchemaRef,
        dictionary_ids: Vec<Option<i64>>,
        messages: Vec<Message>,
        replaces: bool,
    ) -> Result<Self> {
        let mut ipc = Self {
            source,
            schema,
            dictionary_ids: dictionary_ids.into(),
            messages: messages.into(),
            n_rows: 0,
            compressed: false,
        };
        let mut seen = HashSet::new();
        for message in Arc::clone(&ipc.messages).iter() {
            let codec = match message.rows {
                Some(rows) => {
                    ipc.n_rows = ipc.n_rows.checked_add(rows).ok_or_else(|| damaged("rows"))?;
                    ipc.batch(message)?.codec
                }
                None => {
                    let metadata = ipc.metadata(message)?;
                    let dictionary = parse(&metadata)?
                        .header_as_dictionary_batch()
                        .ok_or_else(|| damaged("a dictionary without content"))?;
                    let new = seen.insert(dictionary.id());
                    match (new, dictionary.isDelta()) {
                        (true, true) => {
                            return Err(damaged("a dictionary is extended before it is given"));
                        }
                        (false, false) if !replaces => {
                            return Err(Error::data(
                                "a dictionary is replaced, which an Arrow file cannot do",
                            ));
                        }
                        _ => {}
                    }
                    ipc.dictionary(message)?.and_then(|(_, _, batch)| batch.codec)
                }
            };
            ipc.compressed |= codec.is_some();
        }
        Ok(ipc)
    }

    /// The columns.
    pub(super) fn fields(&self) -> &[FieldRef] {
        self.schema.fields()
    }

    /// What the file says of itself under `key`.
    pub(super) fn metadata_of(&self, key: &str) -> Option<&str> {
        self.schema.metadata().get(key).map(|text| text.as_str())
    }

    /// Rows of all batches together.
    pub(super) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// The same input, read and not mapped where that is the better way: values that are
    /// decompressed are copied anyhow.
    pub(super) fn without_needless_map(mut self) -> Self {
        if self.compressed {
            self.source = self.source.without_map();
        }
        self
    }

    /// Whether plain numbers are used where they lie.
    pub(super) fn is_in_place(&self) -> bool {
        !self.compressed && !self.source.view_copies()
    }

    /// Decodes `columns`, batch by batch, and hands each to `sink` with its position in `columns`.
    ///
    /// # Errors
    /// If the values are damaged; the message names the column. Those of `sink`.
    pub(super) fn read(
        &self,
        columns: &[usize],
        sink: &mut dyn FnMut(usize, ArrayRef) -> Result<()>,
    ) -> Result<()> {
        guarded(|| {
            let mut dictionaries = Dictionaries::new();
            for message in self.messages.iter() {
                if message.rows.is_none() {
                    self.learn(message, columns, &mut dictionaries)?;
                    continue;
                }
                let batch = self.batch(message)?;
                for (position, &column) in columns.iter().enumerate() {
                    let array = self
                        .column(&batch, column, &dictionaries)
                        .map_err(|e| e.in_column(self.schema.field(column).name()))?;
                    sink(position, array)?;
                }
            }
            Ok(())
        })
    }

    /// Checks the keys of the dictionaries that `used` columns have not: a file in which they point
    /// nowhere is not what it was, so its other columns are not to be trusted either.
    ///
    /// # Errors
    /// If a key points outside its dictionary; the message names the column.
    pub(super) fn check_keys(&self, used: &[usize]) -> Result<()> {
        for (column, field) in self.fields().iter().enumerate() {
            let DataType::Dictionary(_, values) = field.data_type() else {
                continue;
            };
            if !used.contains(&column) && is_decodable(values) {
                self.ids(column).try_for_each(|keys| keys.map(drop))?;
            }
        }
        Ok(())
    }

    /// Reads a column again, in pieces of bounded size, to be written out.
    pub(super) fn ids(&self, column: usize) -> IpcIds {
        IpcIds::new(self.clone(), column)
    }

    /// The `index`-th message, if there is one: a batch, or `None` for a dictionary, which is
    /// remembered if `column` uses it.
    pub(super) fn step(
        &self,
        index: usize,
        column: usize,
        dictionaries: &mut Dictionaries,
    ) -> Result<Option<Option<Batch>>> {
        let Some(message) = self.messages.get(index) else {
            return Ok(None);
        };
        if message.rows.is_some() {
            return self.batch(message).map(|batch| Some(Some(batch)));
        }
        self.learn(message, &[column], dictionaries)?;
        Ok(Some(None))
    }

    /// Decodes one column of a batch.
    pub(super) fn column(
        &self,
        batch: &Batch,
        column: usize,
        dictionaries: &Dictionaries,
    ) -> Result<ArrayRef> {
        let parts = &batch.columns[column];
        let data_type = self.schema.field(column).data_type();
        let DataType::Dictionary(_, value_type) = data_type else {
            return self.array(data_type, parts, batch.codec);
        };
        let values = self.dictionary_of(column, dictionaries, value_type);
        let need = byte_len(parts.length, bit_width(data_type).unwrap_or(0))?;
        let keys = self.bytes(batch.codec, parts.buffers[1], Size::Fixed(need), true)?;
        let nulls = self.validity(parts, batch.codec)?;
        dictionary(data_type, parts.length, keys, nulls, &values)
    }

    /// The values of a column's dictionary; it may be left out where every row is null.
    pub(super) fn dictionary_of(
        &self,
        column: usize,
        dictionaries: &Dictionaries,
        value_type: &DataType,
    ) -> ArrayRef {
        let values = self.dictionary_ids[column].and_then(|id| dictionaries.get(&id));
        values.map_or_else(|| new_empty_array(value_type), Arc::clone)
    }

    /// Decodes a column that has no dictionary.
    fn array(&self, data_type: &DataType, parts: &Parts, codec: Option<Codec>) -> Result<ArrayRef> {
        let n = parts.length;
        let nulls = self.validity(parts, codec)?;
        let mut builder = ArrayData::builder(data_type.clone()).len(n).nulls(nulls);
        match data_type {
            DataType::Utf8 | DataType::LargeUtf8 => {
                let wide = *data_type == DataType::LargeUtf8;
                let bits = if wide { 64 } else { 32 };
                // The offsets of no rows may be left out.
                let count = if parts.buffers[1].len == 0 && n == 0 { 0 } else { n + 1 };
                let need = byte_len(count, bits)?;
                let offsets = self.bytes(codec, parts.buffers[1], Size::Fixed(need), true)?;
                let last = last_offset(&offsets, wide)?;
                let text = self.bytes(codec, parts.buffers[2], Size::Data(last), true)?;
                builder = if count == 0 {
                    builder.add_buffer(Buffer::from_vec(vec![0_u8; (bits / 8) as usize]))
                } else {
                    builder.add_buffer(offsets)
                };
                builder = builder.add_buffer(text);
            }
            DataType::Utf8View => {
                let need = byte_len(n, 128)?;
                let views = self.bytes(codec, parts.buffers[1], Size::Fixed(need), true)?;
                builder = builder.add_buffer(views);
                for &span in &parts.buffers[2..] {
                    builder = builder.add_buffer(self.bytes(codec, span, Size::Unknown, true)?);
                }
            }
            _ => {
                let bits = bit_width(data_type)
                    .ok_or_else(|| Error::data(format!("{data_type} cannot be decoded")))?;
                let need = byte_len(n, bits)?;
                let in_place = bits >= 8;
                let values = self.bytes(codec, parts.buffers[1], Size::Fixed(need), !in_place)?;
                builder = builder.add_buffer(values);
            }
        }
        let data = builder.align_buffers(true).build().map_err(|e| damaged(e.to_string()))?;
        Ok(make_array(data))
    }

    /// The validity bitmap, copied and counted; `None` where no row is null.
    pub(super) fn validity(
        &self,
        parts: &Parts,
        codec: Option<Codec>,
    ) -> Result<Option<NullBuffer>> {
        if parts.null_count == 0 {
            return Ok(None);
        }
        let need = byte_len(parts.length, 1)?;
        let bits = self.bytes(codec, parts.buffers[0], Size::Fixed(need), true)?;
        let nulls = NullBuffer::new(BooleanBuffer::new(bits, 0, parts.length));
        if nulls.null_count() != parts.null_count {
            return Err(damaged(format!(
                "it is said to have {}, but {} marked as such",
                counted(parts.null_count, "null"),
                match nulls.null_count() {
                    1 => "1 row is".to_owned(),
                    n => format!("{n} rows are"),
                }
            )));
        }
        Ok(Some(nulls))
    }

    /// The content of a buffer, decompressed; exactly `size` bytes where the size is known.
    pub(super) fn bytes(
        &self,
        codec: Option<Codec>,
        span: Span,
        size: Size,
        stable: bool,
    ) -> Result<Buffer> {
        let take = |at: u64, len: usize| {
            let wanted = match size {
                Size::Fixed(n) | Size::Data(n) => n,
                Size::Unknown => len,
            };
            if wanted > len {
                let has = counted(len, "byte");
                return Err(damaged(format!("a buffer has {has} and needs {wanted}")));
            }
            if stable { self.source.copy(at, wanted) } else { self.source.view(at, wanted) }
        };
        let Some(codec) = codec else {
            return take(span.at, span.len);
        };
        if span.len == 0 {
            return take(span.at, 0);
        }
        let input = self.source.copy(span.at, span.len)?;
        let (claimed, input) = input
            .split_first_chunk()
            .ok_or_else(|| damaged("a compressed buffer is too short to hold its size"))?;
        let claimed = i64::from_le_bytes(*claimed);
        if claimed == -1 {
            return take(span.at + 8, span.len - 8);
        }
        let claimed = u64::try_from(claimed)
            .map_err(|_| damaged(format!("a compressed buffer claims {claimed} bytes")))?;
        let (least, most) = match size {
            // Writers may compress the padding to 64 bytes as well.
            Size::Fixed(n) => (n as u64, (n as u64).next_multiple_of(64)),
            Size::Data(n) => (n as u64, u64::MAX),
            Size::Unknown => (0, u64::MAX),
        };
        if claimed < least || claimed > most {
            return Err(damaged(format!(
                "a compressed buffer claims {} where its rows need {least}",
                counted(claimed, "byte")
            )));
        }
        self.source.limit().check(claimed, "decompressing a buffer")?;
        let mut bytes = decompress(codec, input, claimed as usize)?;
        if let Size::Fixed(n) | Size::Data(n) = size {
            bytes.truncate(n);
        }
        Ok(Buffer::from_vec(bytes))
    }

    fn metadata(&self, message: &Message) -> Result<Buffer> {
        self.source.copy(message.metadata_at, message.metadata_len)
    }

    /// Takes a record batch apart, checking it against the schema.
    fn batch(&self, message: &Message) -> Result<Batch> {
        let metadata = self.metadata(message)?;
        let parsed = parse(&metadata)?;
        let batch = parsed
            .header_as_record_batch()
            .ok_or_else(|| damaged("a record batch without content"))?;
        take_apart(batch, self.schema.fields(), message, parsed.version())
    }

    /// Takes a dictionary apart: its id, the type of its values, and those. `None` if no
    /// top-level column uses it, or its values are of a type that is never decoded.
    fn dictionary(&self, message: &Message) -> Result<Option<(i64, DataType, Batch)>> {
        let metadata = self.metadata(message)?;
        let parsed = parse(&metadata)?;
        let dictionary = parsed
            .header_as_dictionary_batch()
            .ok_or_else(|| damaged("a dictionary without content"))?;
        let id = dictionary.id();
        let mut users = self
            .schema
            .fields()
            .iter()
            .zip(self.dictionary_ids.iter())
            .filter(|(_, used)| **used == Some(id))
            .filter_map(|(field, _)| match field.data_type() {
                DataType::Dictionary(_, value_type) => Some(value_type.as_ref()),
                _ => None,
            });
        let Some(value_type) = users.next() else {
            return Ok(None);
        };
        if users.any(|other| other != value_type) {
            return Err(damaged(format!("columns disagree about the type of dictionary {id}")));
        }
        if !is_decodable(value_type) {
            return Ok(None);
        }
        let data = dictionary.data().ok_or_else(|| damaged("a dictionary without values"))?;
        let field = Arc::new(arrow_schema::Field::new("", value_type.clone(), true));
        let batch = take_apart(data, &[field], message, parsed.version())?;
        Ok(Some((id, value_type.clone(), batch)))
    }

    /// Remembers a dictionary, if one of `columns` uses it.
    fn learn(
        &self,
        message: &Message,
        columns: &[usize],
        dictionaries: &mut Dictionaries,
    ) -> Result<()> {
        let Some((id, value_type, batch)) = self.dictionary(message)? else {
            return Ok(());
        };
        let Some(&user) = columns.iter().find(|&&c| self.dictionary_ids[c] == Some(id)) else {
            return Ok(());
        };
        let in_column = |e: Error| e.in_column(self.schema.field(user).name());
        let mut values =
            self.array(&value_type, &batch.columns[0], batch.codec).map_err(in_column)?;
        let metadata = self.metadata(message)?;
        let is_delta = parse(&metadata)?.header_as_dictionary_batch().is_some_and(|d| d.isDelta());
        if is_delta {
            let before =
                dictionaries.get(&id).map_or_else(|| new_empty_array(&value_type), Arc::clone);
            values = arrow_select::concat::concat(&[before.as_ref(), values.as_ref()])
                .map_err(|e| in_column(damaged(e.to_string())))?;
        }
        dictionaries.insert(id, values);
        Ok(())
    }
}

/// A dictionary array whose keys have been checked.
pub(super) fn dictionary(
    data_type: &DataType,
    len: usize,
    keys: Buffer,
    nulls: Option<NullBuffer>,
    values: &ArrayRef,
) -> Result<ArrayRef> {
    let data = ArrayData::builder(data_type.clone())
        .len(len)
        .nulls(nulls)
        .add_buffer(keys)
        .add_child_data(values.to_data())
        .align_buffers(true)
        .build()
        .map_err(|e| damaged(format!("a key of its dictionary: {e}")))?;
    Ok(make_array(data))
}

/// What is known about a buffer's size before it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    /// Follows from the type and the number of rows.
    Fixed(usize),
    /// At least so much, from offsets.
    Data(usize),
    Unknown,
}

fn parse(metadata: &[u8]) -> Result<arrow_ipc::Message<'_>> {
    root_as_message(metadata).map_err(|e| malformed("message", &e))
}

/// The first line of what a verifier says; a trace through the parts of the format follows it.
fn malformed(part: &str, error: &impl Display) -> Error {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default().trim_end_matches('.');
    damaged(format!("{part}: {reason}"))
}

fn check_version(version: MetadataVersion) -> Result<()> {
    if matches!(version, MetadataVersion::V4 | MetadataVersion::V5) {
        return Ok(());
    }
    Err(Error::data(format!(
        "its Arrow metadata is of version {} (4 or 5 is needed)",
        i32::from(version.0) + 1
    )))
}

fn read_schema(schema: arrow_ipc::Schema<'_>) -> Result<(SchemaRef, Vec<Option<i64>>)> {
    if schema.endianness() != Endianness::Little {
        return Err(Error::data("its values are big-endian (little-endian is needed)"));
    }
    let fields = schema.fields();
    for field in fields.iter().flatten() {
        if field.type_type().variant_name().is_none() {
            let error = Error::data("its type is unknown to this version (a later one is needed)");
            return Err(error.in_column(field.name().unwrap_or_default()));
        }
    }
    let ids = fields.iter().flatten().map(|f| f.dictionary().map(|d| d.id())).collect();
    let schema = try_fb_to_schema(schema).map_err(|e| Error::data(format!("schema: {e}")))?;
    Ok((Arc::new(schema), ids))
}

/// Blocks must lie one after the other between `start` and `end`, at multiples of 8.
fn check_blocks(dictionaries: &[Block], batches: &[Block], start: u64, end: u64) -> Result<()> {
    let range = |block: &Block| -> Option<(u64, u64)> {
        let (at, metadata, body) = (
            u64::try_from(block.offset()).ok()?,
            u64::try_from(block.metaDataLength()).ok()?,
            u64::try_from(block.bodyLength()).ok()?,
        );
        let aligned = at % 8 == 0 && metadata % 8 == 0 && body % 8 == 0 && metadata > 0;
        let until = at.checked_add(metadata)?.checked_add(body)?;
        (aligned && at >= start && until <= end).then_some((at, until))
    };
    let mut ranges = Vec::with_capacity(dictionaries.len() + batches.len());
    for list in [dictionaries, batches] {
        let mut before = 0;
        for block in list {
            let (at, until) = range(block).ok_or_else(|| {
                damaged(format!(
                    "a block of {} + {} bytes at {} does not lie before the footer at {end}",
                    block.metaDataLength(),
                    block.bodyLength(),
                    block.offset()
                ))
            })?;
            if at < before {
                return Err(damaged("the blocks are not in order"));
            }
            before = until;
            ranges.push((at, until));
        }
    }
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err(damaged("blocks overlap"));
    }
    Ok(())
}

/// Where a message's metadata lies; `None` at the mark for the end of a stream.
struct Header {
    metadata_at: u64,
    metadata_len: usize,
    is_marked: bool,
}

fn read_header(source: &Source, at: u64, end: u64) -> Result<Option<Header>> {
    let truncated = || Error::data(format!("truncated: a message at byte {at} is not complete"));
    let word = |at: u64| -> Result<[u8; 4]> {
        if at + 4 > end {
            return Err(truncated());
        }
        source.copy(at, 4)?.as_slice().try_into().map_err(|_| truncated())
    };
    // Before format 0.15 there was no continuation mark.
    let mut length = word(at)?;
    let mut metadata_at = at + 4;
    let is_marked = length == CONTINUATION;
    if is_marked {
        length = word(metadata_at)?;
        metadata_at += 4;
    }
    let length = i32::from_le_bytes(length);
    if length == 0 {
        return Ok(None);
    }
    let metadata_len = usize::try_from(length)
        .map_err(|_| damaged(format!("a message at byte {at} has a length of {length}")))?;
    if metadata_at + metadata_len as u64 > end {
        return Err(truncated());
    }
    Ok(Some(Header { metadata_at, metadata_len, is_marked }))
}

/// Reads and checks what a message says of itself; `None` at the end of a stream.
fn read_message(source: &Source, at: u64, end: u64) -> Result<Option<Message>> {
    let Some(Header { metadata_at, metadata_len, is_marked }) = read_header(source, at, end)?
    else {
        return Ok(None);
    };
    let metadata = source.copy(metadata_at, metadata_len)?;
    let message = parse(&metadata)?;
    check_version(message.version())?;
    let body_at = metadata_at + metadata_len as u64;
    let body_len = u64::try_from(message.bodyLength())
        .map_err(|_| damaged(format!("a body of {} bytes", message.bodyLength())))?;
    if body_at.checked_add(body_len).is_none_or(|until| until > end) {
        return Err(Error::data(format!(
            "truncated: the values of the message at byte {at} are not complete"
        )));
    }
    let rows = match message.header_type() {
        MessageHeader::RecordBatch => {
            let rows = message.header_as_record_batch().map_or(-1, |batch| batch.length());
            Some(u64::try_from(rows).map_err(|_| damaged(format!("a batch of {rows} rows")))?)
        }
        MessageHeader::DictionaryBatch => None,
        other => {
            let name = other.variant_name().unwrap_or("unknown");
            return Err(Error::data(format!(
                "holds a message of type {name} (record batches are needed)"
            )));
        }
    };
    Ok(Some(Message { metadata_at, metadata_len, body_at, body_len, rows, is_marked }))
}

/// Checks nodes and buffers of a batch against `fields` and its body, and sorts them by column.
fn take_apart(
    batch: arrow_ipc::RecordBatch<'_>,
    fields: &[FieldRef],
    message: &Message,
    version: MetadataVersion,
) -> Result<Batch> {
    let rows = usize::try_from(batch.length())
        .map_err(|_| damaged(format!("a batch of {} rows", batch.length())))?;
    let codec = match batch.compression() {
        None => None,
        Some(compression) => {
            if compression.method() != BodyCompressionMethod::BUFFER {
                return Err(Error::data("its compression is of an unknown method"));
            }
            match compression.codec() {
                CompressionType::LZ4_FRAME => Some(Codec::Lz4),
                CompressionType::ZSTD => Some(Codec::Zstd),
                _ => return Err(Error::data("its compression is neither LZ4 nor ZSTD")),
            }
        }
    };
    let mut walk = Walk {
        nodes: batch.nodes().map(|v| v.iter()),
        buffers: batch.buffers().map(|v| v.iter()),
        variadic: batch.variadicBufferCounts().map(|v| v.iter()),
        body_at: message.body_at,
        body_len: message.body_len,
        unions_have_validity: version < MetadataVersion::V5,
    };
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let parts = walk
            .field(field.data_type())
            .and_then(|parts| {
                check_parts(&parts, field.data_type(), rows, codec)?;
                Ok(parts)
            })
            .map_err(|e| if field.name().is_empty() { e } else { e.in_column(field.name()) })?;
        columns.push(parts);
    }
    walk.finish()?;
    Ok(Batch { codec, columns })
}

/// Checks a top-level column against the number of rows and its type.
fn check_parts(
    parts: &Parts,
    data_type: &DataType,
    rows: usize,
    codec: Option<Codec>,
) -> Result<()> {
    if parts.length != rows {
        let (values, rows) = (counted(parts.length, "value"), counted(rows, "row"));
        return Err(damaged(format!("it has {values} for {rows}")));
    }
    let needs = |buffer: usize, bytes: usize| {
        let len = parts.buffers.get(buffer).map_or(0, |span| span.len);
        // What compressed buffers hold is compared when they are opened.
        if codec.is_none() && len < bytes {
            let has = counted(len, "byte");
            return Err(damaged(format!("a buffer has {has} and needs {bytes}")));
        }
        Ok(())
    };
    let has_validity =
        !matches!(data_type, DataType::Null | DataType::Union(..) | DataType::RunEndEncoded(..));
    if has_validity && parts.null_count > 0 {
        needs(0, byte_len(rows, 1)?)?;
    }
    if let Some(bits) = bit_width(data_type) {
        needs(1, byte_len(rows, bits)?)?;
    }
    Ok(())
}

/// Consumes nodes and buffers in the order of the schema.
struct Walk<N, B, V> {
    nodes: Option<N>,
    buffers: Option<B>,
    variadic: Option<V>,
    body_at: u64,
    body_len: u64,
    unions_have_validity: bool,
}

impl<'a, N, B, V> Walk<N, B, V>
where
    N: Iterator<Item = &'a FieldNode>,
    B: Iterator<Item = &'a arrow_ipc::Buffer>,
    V: Iterator<Item = i64>,
{
    fn field(&mut self, data_type: &DataType) -> Result<Parts> {
        let node = self
            .nodes
            .as_mut()
            .and_then(Iterator::next)
            .ok_or_else(|| damaged("a batch describes fewer columns than the schema"))?;
        let count = |n: i64| usize::try_from(n).ok();
        let (Some(length), Some(null_count)) = (count(node.length()), count(node.null_count()))
        else {
            return Err(damaged("a column has a negative length"));
        };
        if null_count > length {
            let values = counted(length, "value");
            return Err(damaged(format!("of {values}, {null_count} are said to be null")));
        }
        let n_buffers = match data_type {
            DataType::Null | DataType::RunEndEncoded(..) => 0,
            DataType::Struct(_) | DataType::FixedSizeList(..) => 1,
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::ListView(_)
            | DataType::LargeListView(_) => 3,
            DataType::Utf8View | DataType::BinaryView => {
                let variadic = self.variadic.as_mut().and_then(Iterator::next);
                variadic
                    .and_then(count)
                    .and_then(|n| n.checked_add(2))
                    .ok_or_else(|| damaged("the number of its buffers is not given"))?
            }
            DataType::Union(_, mode) => {
                1 + usize::from(self.unions_have_validity) + usize::from(*mode == UnionMode::Dense)
            }
            _ => 2,
        };
        let mut buffers = Vec::new();
        for _ in 0..n_buffers {
            buffers.push(self.buffer()?);
        }
        match data_type {
            DataType::List(child)
            | DataType::LargeList(child)
            | DataType::ListView(child)
            | DataType::LargeListView(child)
            | DataType::FixedSizeList(child, _)
            | DataType::Map(child, _) => {
                self.field(child.data_type())?;
            }
            DataType::Struct(children) => {
                for child in children {
                    self.field(child.data_type())?;
                }
            }
            DataType::Union(children, _) => {
                for (_, child) in children.iter() {
                    self.field(child.data_type())?;
                }
            }
            DataType::RunEndEncoded(ends, values) => {
                self.field(ends.data_type())?;
                self.field(values.data_type())?;
            }
            _ => {}
        }
        Ok(Parts { length, null_count, buffers })
    }

    fn buffer(&mut self) -> Result<Span> {
        let buffer = self
            .buffers
            .as_mut()
            .and_then(Iterator::next)
            .ok_or_else(|| damaged("a batch has fewer buffers than its columns need"))?;
        let inside = || -> Option<Span> {
            let offset = u64::try_from(buffer.offset()).ok()?;
            let len = u64::try_from(buffer.length()).ok()?;
            (offset.checked_add(len)? <= self.body_len)
                .then_some(Span { at: self.body_at + offset, len: usize::try_from(len).ok()? })
        };
        inside().ok_or_else(|| {
            damaged(format!(
                "a buffer of {} at {} leaves a body of {}",
                counted(buffer.length(), "byte"),
                buffer.offset(),
                counted(self.body_len, "byte")
            ))
        })
    }

    fn finish(mut self) -> Result<()> {
        let left = self.nodes.as_mut().and_then(Iterator::next).is_some()
            || self.buffers.as_mut().and_then(Iterator::next).is_some()
            || self.variadic.as_mut().and_then(Iterator::next).is_some();
        if left {
            return Err(damaged("a batch describes more columns or buffers than the schema"));
        }
        Ok(())
    }
}

/// Bits per value of the types that have a fixed number of them; a dictionary's are its keys'.
pub(super) fn bit_width(data_type: &DataType) -> Option<u64> {
    match data_type {
        DataType::Boolean => Some(1),
        DataType::Dictionary(key, _) => bit_width(key),
        _ => data_type.primitive_width().map(|bytes| bytes as u64 * 8),
    }
}

/// Whether the values of a dictionary can be decoded.
fn is_decodable(data_type: &DataType) -> bool {
    let is_text = matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    is_text || bit_width(data_type).is_some()
}

/// Bytes that `n` values of `bits` each take.
pub(super) fn byte_len(n: usize, bits: u64) -> Result<usize> {
    (n as u64)
        .checked_mul(bits)
        .and_then(|bits| usize::try_from(bits.div_ceil(8)).ok())
        .ok_or_else(|| damaged(format!("it claims {}", counted(n, "row"))))
}

/// The end of the last text.
pub(super) fn last_offset(offsets: &[u8], wide: bool) -> Result<usize> {
    let last = if wide {
        offsets.last_chunk().map_or(0, |last| i64::from_le_bytes(*last))
    } else {
        offsets.last_chunk().map_or(0, |last| i64::from(i32::from_le_bytes(*last)))
    };
    usize::try_from(last).map_err(|_| damaged(format!("a text ends at {last}")))
}

/// Exactly `size` bytes. The room for them is reserved and not touched before there is something
/// to put there.
fn decompress(codec: Codec, input: &[u8], size: usize) -> Result<Vec<u8>> {
    let fail = |e: std::io::Error| damaged(format!("a compressed buffer: {e}"));
    let mut out = try_vec(size)?;
    let complete = match codec {
        Codec::Lz4 => {
            let mut decoder = lz4_flex::frame::FrameDecoder::new(input);
            decoder.by_ref().take(size as u64).read_to_end(&mut out).map_err(fail)?;
            decoder.read(&mut [0]).map_err(fail)? == 0
        }
        Codec::Zstd => {
            // As a vector it is bounded by its room, and grows as it is filled.
            let mut decoder = zstd::bulk::Decompressor::new().map_err(fail)?;
            decoder.decompress_to_buffer(input, &mut out).map_err(fail)?;
            true
        }
    };
    if complete && out.len() == size {
        Ok(out)
    } else {
        let size = counted(size, "byte");
        Err(damaged(format!("a compressed buffer does not have the {size} it claims")))
    }
}
