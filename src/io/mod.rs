//! Files in and out. Reading tables: Arrow files and streams, Parquet and CSV, told apart by content.
//!
//! Whatever the bytes, opening ends with a table or an error: sizes are checked before room is
//! made for them, and decoders of others run under a guard. See the submodules for what each
//! format is checked for.

mod advice;
mod assignments;
mod columns;
mod csv;
mod customers;
mod guard;
mod ids;
mod ipc;
mod ipc_ids;
mod kind;
mod label_columns;
mod labels;
mod limits;
mod map;
mod model_file;
mod moves;
mod names;
mod numerals;
mod order_lines;
mod order_tables;
mod output;
mod parquet;
mod previous;
mod records;
mod row_writer;
mod silhouettes;
mod source;
mod synth_files;
mod terms;
mod thrift;
mod toml_text;

pub use assignments::AssignmentWriter;
pub use customers::write_customers;
pub use ids::IdReader;
pub use kind::FileKind;
pub use label_columns::write_label_columns;
pub use labels::LabelColumn;
pub use map::open_mapped;
pub use model_file::{parse_model, read_model, write_model};
pub use moves::{Move, write_moves};
#[cfg(feature = "cli")]
pub(crate) use names::LONGEST_NAME;
pub use names::NamesFile;
pub use order_lines::{OrderMapping, open_order_lines};
pub use order_tables::{
    OrderTables, TableRead, open_order_tables, open_order_tables_without_places,
};
pub use output::Outputs;
pub use previous::{PreviousAssignments, read_previous};
#[cfg(feature = "report")]
pub(crate) use row_writer::push_cell;
pub use row_writer::{Ids, OutputFormat};
pub use silhouettes::{RowSilhouette, write_silhouettes};
pub use synth_files::{SYNTH_FILES, SynthCounts, write_synth};
pub use terms::{parse_terms, read_terms};

#[cfg(feature = "cli")]
pub(crate) use assignments::ASSIGNMENT_COLUMNS;
#[cfg(any(feature = "cli", test))]
pub(crate) use map::open_for_command;
#[cfg(feature = "cli")]
pub(crate) use model_file::check_model_size;
#[cfg(feature = "cli")]
pub(crate) use order_tables::is_order_table;
#[cfg(feature = "cli")]
pub(crate) use silhouettes::SILHOUETTE_COLUMNS;

use std::fs::File;
use std::path::Path;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, FieldRef};

use self::columns::{Id, Selection};
use self::csv::Csv;
use self::customers::OriginView;
use self::ipc::Ipc;
use self::limits::{MemoryLimit, try_vec};
use self::map::Mapping;
use self::parquet::Parquet;
use self::source::Source;
use crate::error::{Error, Result, counted};
use crate::history::Origin;
use crate::prepare::ColumnAdvice;
use crate::table::{Chunk, Column, FeatureTable};
use crate::warning::Warning;

/// What to take from a file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The features.
    pub columns: ColumnChoice,
    /// The column that identifies the rows. Default: the first column of text, else the first
    /// integer column named `id` or ending in `id` or `ID` whose values all differ, else none.
    pub id: Option<String>,
    /// The column that identifies the rows if `id` names none, this one is there, is no feature
    /// and can be an id.
    pub default_id: Option<String>,
    /// The column of row weights. Default: every row counts once.
    pub weight: Option<String>,
    /// Columns of labels, of which each row has one; they are no features.
    pub labels: Vec<String>,
    /// Whether a table without features is refused.
    pub needs_features: bool,
    /// Whether [`open_mapped`] may map the file; [`open`] never does.
    pub map: bool,
}

impl Default for ReadOptions {
    /// Every numeric column, mapped where the call allows it.
    fn default() -> Self {
        Self {
            columns: ColumnChoice::All { exclude: Vec::new() },
            id: None,
            default_id: None,
            weight: None,
            labels: Vec::new(),
            needs_features: true,
            map: true,
        }
    }
}

/// Which columns are features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnChoice {
    /// Every numeric and boolean column but the id, the weight and those excluded.
    All {
        /// Names of columns to leave out; each must exist.
        exclude: Vec<String>,
    },
    /// Every numeric and boolean column, those that only describe among them; columns of text are labels,
    /// where a row has one.
    Everything,
    /// These columns in this order; they may hold dates and times, which count in their own unit.
    Named(Vec<String>),
}

/// A table that was read, with what is needed to write its rows back.
#[derive(Debug)]
pub struct Input {
    /// The features and weights.
    pub table: FeatureTable,
    /// The columns of labels, in the order in which they were named.
    pub labels: Vec<LabelColumn>,
    /// The name of the column that identifies the rows, if there is one.
    pub id_column: Option<String>,
    /// What the file recommends for its columns, used or not.
    pub advice: Vec<ColumnAdvice>,
    /// What the file says of its customers, if it is one of features.
    pub origin: Option<Origin>,
    /// What the user should know about the choice of columns and about the ids.
    pub notes: Vec<Warning>,
    format: Format,
    id: Option<usize>,
}

/// Reads a table into memory. A clone of its columns outlives the file.
///
/// Pipes and devices are read to their end.
///
/// # Errors
/// `Io` if the file cannot be opened or read, `Data` if it is not a table or not an intact one, or
/// has no rows or no numeric column, or if a column that is named cannot be used; `Memory` if it
/// does not fit.
pub fn open(path: &Path, options: &ReadOptions) -> Result<Input> {
    Input::open_with(path, options, |_| None)
}

/// Reads a table from bytes that are in memory; `name` stands for them in messages.
///
/// # Errors
/// As [`open`], but for those of files.
pub fn open_bytes(name: &Path, bytes: Vec<u8>, options: &ReadOptions) -> Result<Input> {
    let source = Source::from_buffer(name, bytes.into(), MemoryLimit::detect());
    Input::from_source(source, options).map_err(|e| e.in_file(name))
}

impl Input {
    fn open_with(
        path: &Path,
        options: &ReadOptions,
        map: impl FnOnce(&File) -> Option<Mapping>,
    ) -> Result<Self> {
        let limit = MemoryLimit::detect();
        let map = |file: &File| if options.map { map(file) } else { None };
        let source = Source::open(path, limit, map)?;
        Self::from_source(source, options).map_err(|e| e.in_file(path))
    }

    fn from_source(source: Source, options: &ReadOptions) -> Result<Self> {
        let outcome = Format::open(source.clone(), options).and_then(|format| {
            if !format.fields().is_empty() && format.n_rows() == 0 {
                return Err(Error::data("it has no rows"));
            }
            let selection = columns::select(format.fields(), options)?;
            Self::read(format, selection)
        });
        // A file that was being written while it was read has no one state.
        source.check_unchanged()?;
        outcome.map_err(|error| source.explain(error))
    }

    fn read(format: Format, selection: Selection) -> Result<Self> {
        let Selection {
            mut features,
            weight,
            labels,
            labels_are_needed,
            id,
            advice,
            mut notes,
            needs_features,
        } = selection;
        let candidates = match &id {
            Id::Column(_) => &[],
            Id::FirstDistinct(candidates) => candidates.as_slice(),
        };
        let mut wanted = features.clone();
        let is_text = |column: &usize| columns::is_text(format.fields()[*column].data_type());
        let label_numbers = labels.iter().copied().filter(|column| !is_text(column));
        for column in candidates.iter().copied().chain(weight).chain(label_numbers) {
            if !wanted.contains(&column) {
                wanted.push(column);
            }
        }
        let what = format!("reading {}", counted(format.n_rows(), "row"));
        let label_bytes = format.n_rows().saturating_mul((labels.len() * size_of::<u32>()) as u64);
        let bytes = format.bytes_to_hold(&wanted).saturating_add(label_bytes);
        format.source().limit().check(bytes, &what)?;
        let mut chunks: Vec<Vec<Chunk>> = vec![Vec::new(); wanted.len()];
        format.read(&wanted, &mut |position, array| {
            let name = format.fields()[wanted[position]].name();
            chunks[position].push(columns::chunk(&array).map_err(|e| e.in_column(name))?);
            Ok(())
        })?;
        if let Format::File(ipc) | Format::Stream(ipc) = &format {
            ipc.check_keys(&wanted)?;
        }
        let mut columns: Vec<(usize, Column)> = wanted
            .iter()
            .zip(chunks)
            .map(|(&column, chunks)| {
                let field = &format.fields()[column];
                (column, Column::new(field.name(), field.data_type().to_string(), chunks))
            })
            .collect();

        let id = match id {
            Id::Column(column) => Some(column),
            Id::FirstDistinct(candidates) => candidates.into_iter().find(|&candidate| {
                columns.iter().any(|(column, values)| {
                    *column == candidate && ids::all_distinct(values, format.source().limit())
                })
            }),
        };
        let labels = labels.into_iter().map(|label| match columns.iter().find(|c| c.0 == label) {
            Some((_, values)) => LabelColumn::from_numbers(values),
            None => {
                let n_rows = format.n_rows() as usize;
                LabelColumn::from_texts(format.fields()[label].name(), format.ids(label)?, n_rows)
            }
        });
        let labels = labels
            .map(|label| label.and_then(|label| label.check(labels_are_needed)))
            .filter_map(Result::transpose)
            .collect::<Result<Vec<_>>>()?;
        features.retain(|&feature| Some(feature) != id);
        if features.is_empty() && needs_features {
            return Err(Error::data("no numeric column to cluster by, besides the id"));
        }
        let used: Vec<_> = features.iter().copied().chain(weight).collect();
        let weights = match weight {
            None => None,
            Some(weight) => {
                let column = columns.iter().find(|(column, _)| *column == weight);
                column.map(|(_, values)| weights(values)).transpose()?
            }
        };
        // In the order of the features; what was read for other reasons goes.
        let mut chosen = Vec::with_capacity(features.len());
        for feature in features {
            if let Some(at) = columns.iter().position(|(column, _)| *column == feature) {
                chosen.push(columns.swap_remove(at).1);
            }
        }
        let table = FeatureTable::new(chosen, weights).map_err(|e| match weight {
            // Columns of one file are equally long, so it is about the weights.
            Some(weight) => e.in_column(format.fields()[weight].name()),
            None => e,
        })?;
        let id_column = id.map(|column| format.fields()[column].name().clone());
        if let Format::Csv(csv) = &format {
            let names = used.into_iter().filter(|&column| csv.has_decimal_commas(column));
            let columns: Vec<_> = names.map(|c| csv.fields()[c].name().clone()).collect();
            if !columns.is_empty() {
                notes.push(Warning::DecimalCommas { columns });
            }
        }
        let origin = OriginView::read(format.metadata_of(advice::KEY))?;
        let mut input = Self { table, labels, id_column, advice, origin, notes, format, id };
        input.check_ids()?;
        Ok(input)
    }

    /// Reads the ids once, so that what is wrong with them is known before work begins.
    fn check_ids(&mut self) -> Result<()> {
        let Some(reader) = self.ids()? else {
            return Ok(());
        };
        let limit = self.format.source().limit();
        self.notes.extend(ids::examine(reader, self.n_rows(), limit)?);
        Ok(())
    }

    /// The ids in row order, streamed from the input again; `None` if there is no id column.
    ///
    /// # Errors
    /// If the input cannot be read again.
    pub fn ids(&self) -> Result<Option<IdReader>> {
        let Some(column) = self.id else {
            return Ok(None);
        };
        let reader = self.format.ids(column);
        reader.map(Some).map_err(|e| self.format.source().explain(e.in_file(self.path())))
    }

    /// The number of rows, also where there are no features.
    pub fn n_rows(&self) -> usize {
        // It was read, so it fits.
        self.format.n_rows() as usize
    }

    /// Checks that the file is as it was when it was opened: call it before results are shown.
    ///
    /// # Errors
    /// `Changed` if somebody wrote to the file or shortened it. (Renaming or deleting it does no
    /// harm.)
    pub fn check_unchanged(&self) -> Result<()> {
        self.format.source().check_unchanged()
    }

    /// Checks that work on the table has `bytes` of memory beside it.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory), with what is needed and what is allowed.
    #[cfg(feature = "cli")]
    pub(crate) fn check_room(&self, bytes: u64, what: &str) -> Result<()> {
        use std::collections::HashSet;

        let names: HashSet<_> = self.table.columns().iter().map(Column::name).collect();
        let fields = self.format.fields().iter().enumerate();
        let held = fields.filter(|(_, field)| names.contains(field.name().as_str()));
        let held: Vec<_> = held.map(|(column, _)| column).collect();
        let held = self.format.bytes_to_hold(&held);
        self.format.source().limit().check(held.saturating_add(bytes), what)
    }

    /// What the input is, by content.
    pub fn kind(&self) -> FileKind {
        match &self.format {
            Format::File(_) => FileKind::ArrowFile,
            Format::Stream(_) => FileKind::ArrowStream,
            Format::Parquet(_) => FileKind::Parquet,
            Format::Csv(_) => FileKind::Csv,
        }
    }

    /// Whether values are used in place in a mapping of the file.
    pub fn is_mapped(&self) -> bool {
        self.format.source().is_mapped()
    }

    /// The file, as it was named.
    pub fn path(&self) -> &Path {
        self.format.source().path()
    }
}

/// A table in one of the formats, with its columns and rows known but not yet read.
#[derive(Debug)]
enum Format {
    File(Ipc),
    Stream(Ipc),
    Parquet(Parquet),
    Csv(Csv),
}

impl Format {
    fn open(source: Source, options: &ReadOptions) -> Result<Self> {
        let head_len = source.len().min(kind::HEAD_LEN as u64) as usize;
        let head = source.copy(0, head_len)?;
        let kind = kind::detect(&head)?;
        // Only Arrow values can be used as they lie.
        let source = if kind == FileKind::ArrowFile { source } else { source.without_map() };
        Ok(match kind {
            FileKind::ArrowFile => Self::File(Ipc::open_file(source)?.without_needless_map()),
            FileKind::ArrowStream => Self::Stream(Ipc::open_stream(source)?),
            FileKind::Parquet => Self::Parquet(Parquet::open(source)?),
            FileKind::Csv => Self::Csv(Csv::open(source, options, &head)?),
        })
    }

    fn fields(&self) -> &[FieldRef] {
        match self {
            Self::File(ipc) | Self::Stream(ipc) => ipc.fields(),
            Self::Parquet(parquet) => parquet.fields(),
            Self::Csv(csv) => csv.fields(),
        }
    }

    /// What the file says of itself under `key`.
    fn metadata_of(&self, key: &str) -> Option<&str> {
        match self {
            Self::File(ipc) | Self::Stream(ipc) => ipc.metadata_of(key),
            Self::Parquet(parquet) => parquet.metadata_of(key),
            Self::Csv(_) => None,
        }
    }

    fn n_rows(&self) -> u64 {
        match self {
            Self::File(ipc) | Self::Stream(ipc) => ipc.n_rows(),
            Self::Parquet(parquet) => parquet.n_rows(),
            Self::Csv(csv) => csv.n_rows(),
        }
    }

    fn source(&self) -> &Source {
        match self {
            Self::File(ipc) | Self::Stream(ipc) => ipc.source(),
            Self::Parquet(parquet) => parquet.source(),
            Self::Csv(csv) => csv.source(),
        }
    }

    /// How much memory `columns` will take.
    fn bytes_to_hold(&self, columns: &[usize]) -> u64 {
        let in_place = match self {
            Self::File(ipc) | Self::Stream(ipc) => ipc.is_in_place(),
            Self::Parquet(_) | Self::Csv(_) => false,
        };
        let width = |column: usize| {
            let data_type = self.fields()[column].data_type();
            let stays = in_place && columns::is_plain(data_type);
            if stays { 0 } else { columns::width(data_type) }
        };
        let per_row: u64 = columns.iter().map(|&column| width(column)).sum();
        self.n_rows().saturating_mul(per_row)
    }

    fn read(
        &self,
        columns: &[usize],
        sink: &mut dyn FnMut(usize, ArrayRef) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::File(ipc) | Self::Stream(ipc) => ipc.read(columns, sink),
            Self::Parquet(parquet) => parquet.read(columns, sink),
            Self::Csv(csv) => csv.read(columns, sink),
        }
    }

    fn ids(&self, column: usize) -> Result<IdReader> {
        let field = &self.fields()[column];
        let (arrays, data_type): (Box<dyn Iterator<Item = Result<ArrayRef>> + Send>, _) = match self
        {
            Self::File(ipc) | Self::Stream(ipc) => {
                (Box::new(ipc.ids(column)), field.data_type().clone())
            }
            Self::Parquet(parquet) => (Box::new(parquet.ids(column)?), field.data_type().clone()),
            Self::Csv(csv) => (Box::new(csv.ids(column)), csv.id_type(column)),
        };
        let data_type = match data_type {
            DataType::Dictionary(_, values) => *values,
            other => other,
        };
        Ok(IdReader::new(arrays, data_type, field.name(), self.source().clone()))
    }
}

/// One weight per row; missing ones become NaN, which the table refuses.
fn weights(column: &Column) -> Result<Vec<f64>> {
    let mut weights = try_vec(column.n_rows())?;
    weights.resize(column.n_rows(), 0.0);
    column.read(0..column.n_rows(), &mut weights);
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use arrow_array::{Float64Array, RecordBatch, StringArray};
    use arrow_ipc::writer::FileWriter;

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn an_arrow_file_is_mapped_and_used_in_place() {
        let batch = RecordBatch::try_from_iter([
            ("key", Arc::new(StringArray::from(vec!["a", "b", "c"])) as ArrayRef),
            ("x", Arc::new(Float64Array::from(vec![1.5, f64::NAN, -3.0])) as ArrayRef),
        ])
        .unwrap();
        let mut bytes = Vec::new();
        let mut writer = FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        drop(writer);
        let file = file(&bytes);
        let options = ReadOptions::default();
        let mapped = open_for_command(file.path(), &options).unwrap();
        let read = open(file.path(), &options).unwrap();
        assert!(mapped.is_mapped() && !read.is_mapped());
        for input in [&mapped, &read] {
            assert_eq!(input.kind(), FileKind::ArrowFile);
            assert_eq!(input.id_column.as_deref(), Some("key"));
            assert_eq!(input.table.n_rows(), 3);
            assert_eq!(input.table.columns()[0].get(2), -3.0);
            let ids: Vec<_> = input.ids().unwrap().unwrap().map(Result::unwrap).collect();
            assert_eq!(ids.len(), 1);
            assert_eq!(&ids[0], batch.column(0));
            input.check_unchanged().unwrap();
        }
    }

    #[test]
    fn a_csv_file_is_read() {
        let file = file(b"id,x,y\n007,1,2.5\n008,NA,1e2\n");
        let input = open(file.path(), &ReadOptions::default()).unwrap();
        assert_eq!(input.id_column.as_deref(), Some("id"));
        assert_eq!(input.table.columns()[0].type_name(), "Int64");
        assert!(input.table.columns()[0].get(1).is_nan());
        assert_eq!(input.table.columns()[1].get(1), 100.0);
    }
}
