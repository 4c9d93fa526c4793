//! Which columns are features, which is the id, and how stored values become [`Values`].

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, FieldRef, TimeUnit};

use super::guard::damaged;
use super::limits::try_vec;
use super::{ColumnChoice, ReadOptions, advice};
use crate::error::{Error, Escaped, Result};
use crate::prepare::ColumnAdvice;
use crate::table::{Chunk, Values};
use crate::warning::Warning;

/// What a column of some type can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A feature unless told otherwise.
    Number,
    /// A feature only where it is named.
    Time,
    /// An id.
    Text,
    /// Nothing.
    Nothing,
}

/// What `data_type` can be used for.
pub(super) fn use_of(data_type: &DataType) -> Use {
    match data_type {
        DataType::Boolean => Use::Number,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Use::Text,
        DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_) => Use::Time,
        DataType::Dictionary(_, values) => match use_of(values) {
            _ if matches!(**values, DataType::Dictionary(..)) => Use::Nothing,
            Use::Time => Use::Nothing,
            other => other,
        },
        _ if data_type.is_numeric() => Use::Number,
        _ => Use::Nothing,
    }
}

/// The columns that a table is made of, by position in the file.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) features: Vec<usize>,
    pub(super) weight: Option<usize>,
    /// In the order in which they were named.
    pub(super) labels: Vec<usize>,
    /// Whether a column of labels without any is refused.
    pub(super) labels_are_needed: bool,
    pub(super) id: Id,
    /// What the file recommends for its columns.
    pub(super) advice: Vec<ColumnAdvice>,
    pub(super) notes: Vec<Warning>,
    pub(super) needs_features: bool,
}

/// Where the id comes from.
#[derive(Debug)]
pub(super) enum Id {
    /// This column: named by the user, or the first with text.
    Column(usize),
    /// The first of these integer columns whose values all differ. Those of them that are among
    /// the features stay there if they are not chosen.
    FirstDistinct(Vec<usize>),
}

/// Chooses columns as `options` say.
///
/// # Errors
/// If a column that is named does not exist, exists twice, has a type that cannot serve or is named
/// as the id and as a feature, or if no feature is left.
pub(super) fn select(fields: &[FieldRef], options: &ReadOptions) -> Result<Selection> {
    if fields.is_empty() {
        return Err(Error::data("it has no columns"));
    }
    if let (Some(id), ColumnChoice::Named(names)) = (&options.id, &options.columns)
        && names.contains(id)
    {
        let message = "is named as the id and as a feature (it can be one of them)";
        return Err(Error::parameter(message).in_column(id));
    }
    let advice = advice::advice(fields)?;
    let describes = |name: &str| advice.iter().any(|a| a.name == name && !a.is_feature);
    let mut notes = Vec::new();
    let weight = match &options.weight {
        None => None,
        Some(name) => {
            let column = find(fields, name)?;
            if use_of(fields[column].data_type()) != Use::Number {
                return Err(unusable(fields, column, "a weight", "a number"));
            }
            Some(column)
        }
    };
    let named_labels = labels(fields, options)?;
    let named_id = match &options.id {
        None => None,
        Some(name) => {
            let column = find(fields, name)?;
            if !can_be_id(fields[column].data_type()) {
                return Err(unusable(fields, column, "an id", "text or an integer"));
            }
            Some(column)
        }
    };
    let is_alone = names_that_stand_alone(fields);
    let is_label = |column: usize| named_labels.contains(&column);
    let first_text = || {
        let is_free = |c: usize| is_alone[c] && !is_label(c);
        (0..fields.len()).find(|&c| is_text(fields[c].data_type()) && is_free(c))
    };
    let id = named_id.or_else(|| default_id(fields, options)).or_else(first_text);
    let taken = |column: usize| Some(column) == id || Some(column) == weight || is_label(column);

    let mut features = Vec::new();
    let mut texts = Vec::new();
    let labels_are_needed = options.columns != ColumnChoice::Everything;
    match &options.columns {
        ColumnChoice::Everything => {
            let free = (0..fields.len()).filter(|&column| !taken(column) && is_alone[column]);
            let of_use = |wanted: Use| {
                let free =
                    free.clone().filter(|&column| use_of(fields[column].data_type()) == wanted);
                free.collect::<Vec<usize>>()
            };
            features = of_use(Use::Number);
            texts = of_use(Use::Text);
        }
        ColumnChoice::Named(names) => {
            for name in names {
                let column = find(fields, name)?;
                if matches!(use_of(fields[column].data_type()), Use::Text | Use::Nothing) {
                    return Err(unusable(fields, column, "a feature", "a number"));
                }
                if features.contains(&column) {
                    return Err(Error::parameter("is named twice").in_column(name));
                }
                features.push(column);
            }
        }
        ColumnChoice::All { exclude } => {
            let mut excluded = vec![false; fields.len()];
            for name in exclude {
                // All that bear the name: this is also the way out of a name used twice.
                let mut found = false;
                for (column, field) in fields.iter().enumerate() {
                    if field.name() == name {
                        excluded[column] = true;
                        found = true;
                    }
                }
                if !found {
                    return Err(missing(fields.iter().map(|field| field.name()), name));
                }
            }
            let mut left_out = Vec::new();
            for (column, field) in fields.iter().enumerate() {
                if taken(column) || excluded[column] || describes(field.name()) {
                    continue;
                }
                if use_of(field.data_type()) == Use::Number {
                    features.push(column);
                } else {
                    left_out.push((field.name().clone(), field.data_type().to_string()));
                }
            }
            if !left_out.is_empty() {
                notes.push(Warning::ColumnsLeftOut { columns: left_out });
            }
        }
    }
    if features.is_empty() && options.needs_features {
        return Err(Error::data("no numeric column to cluster by"));
    }
    if let Some(twice) = features.iter().find(|&&column| !is_alone[column]) {
        return Err(duplicate(fields[*twice].name()));
    }
    let id = match id {
        Some(column) => Id::Column(column),
        None => Id::FirstDistinct(
            (0..fields.len())
                .filter(|&c| {
                    Some(c) != weight
                        && !is_label(c)
                        && is_integer(fields[c].data_type())
                        && is_id_name(fields[c].name())
                        && is_alone[c]
                })
                // A feature that was named is a feature.
                .filter(|c| {
                    !matches!(options.columns, ColumnChoice::Named(_)) || !features.contains(c)
                })
                .collect(),
        ),
    };
    let needs_features = options.needs_features;
    let labels = named_labels.into_iter().chain(texts).collect();
    Ok(Selection { features, weight, labels, labels_are_needed, id, advice, notes, needs_features })
}

/// The columns of labels.
fn labels(fields: &[FieldRef], options: &ReadOptions) -> Result<Vec<usize>> {
    let mut labels = Vec::with_capacity(options.labels.len());
    for name in &options.labels {
        let column = find(fields, name)?;
        if !matches!(use_of(fields[column].data_type()), Use::Text | Use::Number) {
            return Err(unusable(fields, column, "labels", "text or a number"));
        }
        let other = if options.id.as_ref() == Some(name) {
            "the id"
        } else if options.weight.as_ref() == Some(name) {
            "the weight"
        } else if matches!(&options.columns, ColumnChoice::Named(names) if names.contains(name)) {
            "a feature"
        } else {
            labels.push(column);
            continue;
        };
        let message =
            format!("is to hold labels or truth and is named as {other} (it can be one of them)");
        return Err(Error::parameter(message).in_column(name));
    }
    Ok(labels)
}

/// The column that [`ReadOptions::default_id`] names, if it can serve.
fn default_id(fields: &[FieldRef], options: &ReadOptions) -> Option<usize> {
    let name = options.default_id.as_ref().filter(|name| !options.labels.contains(name))?;
    let is_feature = matches!(&options.columns, ColumnChoice::Named(names) if names.contains(name));
    let is_weight = options.weight.as_ref() == Some(name);
    let column = find(fields, name).ok().filter(|_| !is_feature && !is_weight)?;
    can_be_id(fields[column].data_type()).then_some(column)
}

fn can_be_id(data_type: &DataType) -> bool {
    is_text(data_type) || is_integer(data_type)
}

pub(super) fn is_text(data_type: &DataType) -> bool {
    use_of(data_type) == Use::Text
}

/// Whether integers of this name may be the id though nobody said so.
pub(super) fn is_id_name(name: &str) -> bool {
    name.ends_with("id") || name.ends_with("ID")
}

/// The one column of this name.
fn find(fields: &[FieldRef], name: &str) -> Result<usize> {
    let mut found = fields.iter().enumerate().filter(|(_, field)| field.name() == name);
    let Some((column, _)) = found.next() else {
        return Err(missing(fields.iter().map(|field| field.name()), name));
    };
    if found.next().is_some() {
        return Err(duplicate(name));
    }
    Ok(column)
}

/// That there is no column `name` beside those there are.
pub(super) fn missing<'a>(there: impl ExactSizeIterator<Item = &'a String>, name: &str) -> Error {
    const SHOWN: usize = 8;
    let n = there.len();
    let mut names: Vec<_> = there.take(SHOWN).map(|n| format!("\"{}\"", Escaped(n))).collect();
    if n > SHOWN {
        names.push(format!("{} more", n - SHOWN));
    }
    Error::data(format!("there is no such column (there are {})", names.join(", "))).in_column(name)
}

fn duplicate(name: &str) -> Error {
    Error::data("several columns have this name (each column in use needs its own)").in_column(name)
}

fn unusable(fields: &[FieldRef], column: usize, role: &str, needed: &str) -> Error {
    let field = &fields[column];
    Error::data(format!(
        "is of type {} and cannot be {role} ({needed} is needed)",
        field.data_type()
    ))
    .in_column(field.name())
}

/// For each column, whether no other has its name.
fn names_that_stand_alone(fields: &[FieldRef]) -> Vec<bool> {
    let mut count = HashMap::new();
    for field in fields {
        *count.entry(field.name()).or_insert(0) += 1;
    }
    fields.iter().map(|field| count[field.name()] == 1).collect()
}

/// Whether the values of such a column can be used as they lie.
pub(super) fn is_plain(data_type: &DataType) -> bool {
    match use_of(data_type) {
        Use::Time => true,
        Use::Number => match data_type {
            DataType::Boolean | DataType::Float16 | DataType::Dictionary(..) => false,
            other => !other.is_decimal(),
        },
        _ => false,
    }
}

/// Bytes per value that [`chunk`] makes of a column of this type.
pub(super) fn width(data_type: &DataType) -> u64 {
    match data_type {
        DataType::Boolean => 1,
        DataType::Float16 => 4,
        DataType::Dictionary(_, values) => width(values),
        other if other.is_decimal() => 8,
        other => other.primitive_width().unwrap_or(8) as u64,
    }
}

/// Whether values are integers as such, not behind a dictionary.
pub(super) fn is_integer(data_type: &DataType) -> bool {
    data_type.is_integer()
}

/// Turns an array into a chunk: plain numbers share their buffer, the rest is converted.
///
/// # Errors
/// If the type cannot be a feature or there is no room for the conversion.
pub(super) fn chunk(array: &ArrayRef) -> Result<Chunk> {
    use DataType::{
        Boolean, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256, Dictionary,
        Duration, Float16, Float32, Float64, Int8, Int16, Int32, Int64, Time32, Time64, Timestamp,
        UInt8, UInt16, UInt32, UInt64,
    };
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    macro_rules! shared {
        ($variant:ident, $kind:ty) => {
            Values::$variant(array.as_primitive::<$kind>().values().clone())
        };
    }
    let values = match array.data_type() {
        Int8 => shared!(I8, Int8Type),
        Int16 => shared!(I16, Int16Type),
        Int32 => shared!(I32, Int32Type),
        Int64 => shared!(I64, Int64Type),
        UInt8 => shared!(U8, UInt8Type),
        UInt16 => shared!(U16, UInt16Type),
        UInt32 => shared!(U32, UInt32Type),
        UInt64 => shared!(U64, UInt64Type),
        Float32 => shared!(F32, Float32Type),
        Float64 => shared!(F64, Float64Type),
        Date32 => shared!(I32, Date32Type),
        Date64 => shared!(I64, Date64Type),
        Time32(Second) => shared!(I32, Time32SecondType),
        Time32(_) => shared!(I32, Time32MillisecondType),
        Time64(Nanosecond) => shared!(I64, Time64NanosecondType),
        Time64(_) => shared!(I64, Time64MicrosecondType),
        Timestamp(Second, _) => shared!(I64, TimestampSecondType),
        Timestamp(Millisecond, _) => shared!(I64, TimestampMillisecondType),
        Timestamp(Microsecond, _) => shared!(I64, TimestampMicrosecondType),
        Timestamp(Nanosecond, _) => shared!(I64, TimestampNanosecondType),
        Duration(Second) => shared!(I64, DurationSecondType),
        Duration(Millisecond) => shared!(I64, DurationMillisecondType),
        Duration(Microsecond) => shared!(I64, DurationMicrosecondType),
        Duration(Nanosecond) => shared!(I64, DurationNanosecondType),
        Float16 => {
            let halves = array.as_primitive::<Float16Type>().values();
            Values::F32(collect(halves.iter().map(|half| half.to_f32()))?.into())
        }
        Boolean => {
            let bits = array.as_boolean().values();
            Values::U8(collect(bits.iter().map(u8::from))?.into())
        }
        Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale)?,
        Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale)?,
        Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale)?,
        Decimal256(_, scale) => decimals::<Decimal256Type>(array, *scale)?,
        Dictionary(..) => return chunk(&plain(array)?),
        other => return Err(Error::data(format!("{other} cannot be a feature"))),
    };
    Chunk::new(values, array.logical_nulls())
}

/// The array itself, or the values that a dictionary's keys stand for.
pub(super) fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        return Ok(array.clone());
    };
    arrow_select::take::take(dictionary.values(), dictionary.keys(), None).map_err(damaged)
}

fn collect<T>(values: impl ExactSizeIterator<Item = T>) -> Result<Vec<T>> {
    let mut out = try_vec(values.len())?;
    out.extend(values);
    Ok(out)
}

fn decimals<D>(array: &ArrayRef, scale: i8) -> Result<Values>
where
    D: ArrowPrimitiveType,
    D::Native: std::fmt::Display,
{
    let integers = array.as_primitive::<D>().values();
    Ok(Values::F64(collect(integers.iter().map(|&integer| decimal(integer, scale)))?.into()))
}

/// The number `integer`·10^−`scale`, rounded once.
fn decimal(integer: impl std::fmt::Display, scale: i8) -> f64 {
    // Parsing text is the one conversion at hand that rounds correctly whatever the size; where
    // both numbers are exact in f64, so is a single division.
    const EXACT_POWER: i8 = 22;
    const EXACT_INTEGER: u64 = 1 << 53;
    let text = integer.to_string();
    if let Ok(small) = text.parse::<i64>()
        && small.unsigned_abs() <= EXACT_INTEGER
        && (0..=EXACT_POWER).contains(&scale)
    {
        return small as f64 / 10_f64.powi(i32::from(scale));
    }
    format!("{text}e{}", -i32::from(scale)).parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{
        BooleanArray, Decimal256Array, DictionaryArray, Float16Array, Float64Array, StringArray,
    };
    use arrow_buffer::i256;
    use arrow_schema::Field;
    use half::f16;

    use super::*;

    fn fields(list: &[(&str, DataType)]) -> Vec<FieldRef> {
        list.iter()
            .map(|(name, data_type)| Arc::new(Field::new(*name, data_type.clone(), true)))
            .collect()
    }

    #[test]
    fn decimals_are_rounded_once() {
        assert_eq!(decimal(12345_i64, 2), 123.45);
        assert_eq!(decimal(-5_i32, -3), -5000.0);
        let text = "12345678901234567890123456789";
        assert_eq!(decimal(text.parse::<i128>().unwrap(), 20), 123_456_789.012_345_67);
        let huge = i256::from_string(&format!("{}7", "9".repeat(70))).unwrap();
        assert_eq!(decimal(huge, 71), 1.0);
    }

    #[test]
    fn values_are_converted_to_what_a_table_holds() {
        let arrays: Vec<(ArrayRef, f64)> = vec![
            (Arc::new(Float16Array::from(vec![f16::from_f64(0.5)])), 0.5),
            (Arc::new(BooleanArray::from(vec![true])), 1.0),
            (
                Arc::new(
                    Decimal256Array::from(vec![i256::from(1250)])
                        .with_precision_and_scale(9, 3)
                        .unwrap(),
                ),
                1.25,
            ),
            (
                Arc::new(
                    DictionaryArray::<Int8Type>::try_new(
                        vec![1].into(),
                        Arc::new(Float64Array::from(vec![3.0, 4.0])),
                    )
                    .unwrap(),
                ),
                4.0,
            ),
        ];
        for (array, value) in arrays {
            assert_eq!(chunk(&array).unwrap().values().get(0), value, "{}", array.data_type());
        }
        let text: ArrayRef = Arc::new(StringArray::from(vec!["1"]));
        assert!(chunk(&text).is_err());
    }

    #[test]
    fn numbers_are_features_and_the_first_text_is_the_id() {
        let fields = fields(&[
            ("x", DataType::Float64),
            ("name", DataType::Utf8),
            ("city", DataType::Utf8View),
            ("day", DataType::Date32),
            ("n", DataType::UInt8),
        ]);
        let selection = select(&fields, &ReadOptions::default()).unwrap();
        assert_eq!(selection.features, [0, 4]);
        assert!(matches!(selection.id, Id::Column(1)));
        let left_out = [("city", "Utf8View"), ("day", "Date32")];
        let left_out = left_out.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        assert_eq!(selection.notes, [Warning::ColumnsLeftOut { columns: left_out }]);
    }

    #[test]
    fn a_name_used_twice_matters_only_where_it_is_used() {
        let fields = fields(&[
            ("note", DataType::Utf8),
            ("note", DataType::Utf8),
            ("day_id", DataType::Int64),
            ("day_id", DataType::Int64),
            ("x", DataType::Float64),
            ("who", DataType::Utf8),
            ("order_id", DataType::Int64),
        ]);
        let all = |names: &[&str]| ColumnChoice::All {
            exclude: names.iter().map(|&name| name.to_owned()).collect(),
        };
        let only_x = ColumnChoice::Named(vec!["x".to_owned()]);
        let with = |columns| ReadOptions { columns, ..ReadOptions::default() };
        for columns in [only_x.clone(), all(&["day_id", "order_id"])] {
            let selection = select(&fields, &with(columns)).unwrap();
            assert_eq!(selection.features, [4]);
            assert!(matches!(selection.id, Id::Column(5)), "{:?}", selection.id);
        }
        let numbers = &fields[2..];
        let selection = select(&[&numbers[..3], &numbers[4..]].concat(), &with(only_x)).unwrap();
        assert!(matches!(&selection.id, Id::FirstDistinct(columns) if columns == &[3]));
        // Where it is used, nobody can tell which of them is meant.
        assert_eq!(select(&fields, &with(all(&[]))).unwrap_err().column(), Some("day_id"));
        for (id, weight) in [(Some("note"), None), (None, Some("day_id"))] {
            let [id, weight] = [id, weight].map(|name: Option<&str>| name.map(str::to_owned));
            let options = ReadOptions { id, weight, ..ReadOptions::default() };
            assert!(select(&fields, &options).unwrap_err().to_string().contains("this name"));
        }
    }

    #[test]
    fn a_named_id_must_be_able_to_be_one() {
        let fields = fields(&[("x", DataType::Float64), ("n", DataType::Int32)]);
        let with_id = |id: &str| ReadOptions { id: Some(id.to_owned()), ..ReadOptions::default() };
        assert!(matches!(select(&fields, &with_id("n")).unwrap().id, Id::Column(1)));
        assert_eq!(select(&fields, &with_id("x")).unwrap_err().column(), Some("x"));
    }

    #[test]
    fn a_default_id_is_taken_where_it_can_be() {
        let fields = fields(&[
            ("x", DataType::Float64),
            ("name", DataType::Utf8),
            ("n", DataType::Int32),
            ("city", DataType::Utf8),
        ]);
        let chosen = |default_id: &str, columns: &[&str]| {
            let columns = columns.iter().map(|&c| c.to_owned()).collect();
            let options = ReadOptions {
                default_id: Some(default_id.to_owned()),
                columns: ColumnChoice::Named(columns),
                ..ReadOptions::default()
            };
            match select(&fields, &options).unwrap().id {
                Id::Column(column) => fields[column].name().clone(),
                Id::FirstDistinct(_) => unreachable!("there is a text"),
            }
        };
        assert_eq!(chosen("city", &["x"]), "city");
        assert_eq!(chosen("n", &["x"]), "n");
        for other in ["absent", "x", "n"] {
            assert_eq!(chosen(other, &["x", "n"]), "name", "{other}");
        }
    }
}
