//! Columns of labels: which rows belong together, whatever the values are called.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use rayon::prelude::*;

use super::IdReader;
use crate::error::{Error, ErrorKind, Result};
use crate::table::{Column, Values, filled};

/// The labels of the rows of a table.
#[derive(Clone, Debug)]
pub struct LabelColumn {
    /// The column's name in the input.
    pub name: String,
    /// For each row the number of its label among `values`; [`MISSING`](Self::MISSING) where it has
    /// none.
    pub numbers: Vec<u32>,
    /// The different labels as they are written: numbers ascending, then texts by their bytes.
    pub values: Vec<String>,
    /// Rows without a label: null, not a number, or an empty text.
    pub n_missing: u64,
}

impl LabelColumn {
    /// The number of no label.
    pub const MISSING: u32 = u32::MAX;

    /// From numbers of any type.
    pub(super) fn from_numbers(column: &Column) -> Result<Self> {
        let keys = Keys::of(column);
        let mut numbers = filled(column.n_rows(), Self::MISSING)?;
        let found = match keys.few() {
            Some(range) => keys.number_by_table(range, &mut numbers),
            None => keys.number_by_sorting(&mut numbers)?,
        };
        let values = found.into_iter().map(|key| keys.written(key)).collect();
        Self::new(column.name(), numbers, values)
    }

    /// From texts.
    pub(super) fn from_texts(name: &str, reader: IdReader, n_rows: usize) -> Result<Self> {
        let changed = || Error::new(ErrorKind::Changed, "changed while being read").in_column(name);
        let mut numbers = filled(n_rows, Self::MISSING)?;
        let mut texts = Texts::default();
        let mut rest = numbers.as_mut_slice();
        for array in reader {
            let array = array?;
            let (out, after) = rest.split_at_mut_checked(array.len()).ok_or_else(changed)?;
            rest = after;
            match array.data_type() {
                DataType::Utf8 => texts.number(array.as_string::<i32>(), out),
                DataType::LargeUtf8 => texts.number(array.as_string::<i64>(), out),
                DataType::Utf8View => texts.number(array.as_string_view(), out),
                other => {
                    return Err(Error::data(format!("{other} cannot be a label")).in_column(name));
                }
            }
        }
        if !rest.is_empty() {
            return Err(changed());
        }
        let (places, values) = texts.sorted();
        numbers
            .par_iter_mut()
            .filter(|number| **number != Self::MISSING)
            .for_each(|number| *number = places[*number as usize]);
        Self::new(name, numbers, values)
    }

    fn new(name: &str, numbers: Vec<u32>, values: Vec<String>) -> Result<Self> {
        let is_missing = |number: &&u32| **number == Self::MISSING;
        let n_missing = numbers.par_iter().filter(is_missing).count() as u64;
        Ok(Self { name: name.to_owned(), numbers, values, n_missing })
    }

    /// Itself, unless no row has a label.
    ///
    /// # Errors
    /// If no row has a label and one is needed.
    pub(super) fn check(self, is_needed: bool) -> Result<Option<Self>> {
        match self.values.is_empty() {
            false => Ok(Some(self)),
            true if is_needed => {
                Err(Error::data("has no label: every row is null or empty").in_column(&self.name))
            }
            true => Ok(None),
        }
    }
}

/// Different texts, numbered as they come.
#[derive(Default)]
struct Texts {
    numbers: HashMap<String, u32>,
}

impl Texts {
    /// Numbers the rows that have a text which is not empty.
    fn number<'t>(&mut self, texts: impl IntoIterator<Item = Option<&'t str>>, out: &mut [u32]) {
        // Neighbours often have the same label.
        let mut last = ("", LabelColumn::MISSING);
        for (text, out) in texts.into_iter().zip(out) {
            let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
            if text != last.0 {
                let next = self.numbers.len() as u32;
                let known = self.numbers.get(text).copied();
                last = (text, known.unwrap_or(next));
                if known.is_none() {
                    self.numbers.insert(text.to_owned(), next);
                }
            }
            *out = last.1;
        }
    }

    /// The place of each text in their order, and the texts.
    fn sorted(self) -> (Vec<u32>, Vec<String>) {
        let mut texts: Vec<(String, u32)> = self.numbers.into_iter().collect();
        texts.sort_by(|(a, _), (b, _)| match (a.parse::<i64>(), b.parse::<i64>()) {
            // Numbers that are held as texts are in order all the same.
            (Ok(x), Ok(y)) if x != y => x.cmp(&y),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            _ => a.cmp(b),
        });
        let mut places = vec![0; texts.len()];
        for (place, (_, number)) in (0..).zip(&texts) {
            places[*number as usize] = place;
        }
        (places, texts.into_iter().map(|(text, _)| text).collect())
    }
}

/// The values of a column of numbers as integers in the same order.
struct Keys<'a> {
    column: &'a Column,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    /// Integers of any type but the next, and floats that are all whole.
    Signed,
    /// Integers that may be beyond those.
    Unsigned,
    Float,
}

/// Rows that are worked on together.
const PART_ROWS: usize = 1 << 16;

impl<'a> Keys<'a> {
    fn of(column: &'a Column) -> Self {
        let is_whole = |x: f64| x.is_nan() || (x.trunc() == x && x.abs() <= (1_u64 << 53) as f64);
        let values = || column.chunks().iter().map(|chunk| chunk.values());
        let kind = if column.type_name() == "Boolean" {
            Kind::Boolean
        } else if values().any(|values| matches!(values, Values::U64(_))) {
            Kind::Unsigned
        } else if values().all(|values| match values {
            Values::F32(x) => x.par_iter().all(|&x| is_whole(x.into())),
            Values::F64(x) => x.par_iter().all(|&x| is_whole(x)),
            _ => true,
        }) {
            Kind::Signed
        } else {
            Kind::Float
        };
        Self { column, kind }
    }

    /// How a label with this key is written.
    fn written(&self, key: u64) -> String {
        match self.kind {
            Kind::Boolean => (key == from_signed(1)).to_string(),
            Kind::Signed => to_signed(key).to_string(),
            Kind::Unsigned => key.to_string(),
            Kind::Float => to_float(key).to_string(),
        }
    }

    /// Calls `f` with the keys of some rows, in order; without one where a row has none.
    #[inline(always)]
    fn each(&self, rows: Range<usize>, mut f: impl FnMut(Option<u64>)) {
        for (chunk, range) in self.column.runs(rows) {
            let validity = chunk.validity();
            macro_rules! keys {
                ($buffer:expr, $key:expr) => {{
                    let values = $buffer[range.clone()].iter().zip(range);
                    match validity {
                        None => values.for_each(|(&x, _)| f($key(x))),
                        Some(valid) => values.for_each(|(&x, row)| {
                            f(if valid.is_valid(row) { $key(x) } else { None });
                        }),
                    }
                }};
            }
            macro_rules! signed {
                ($buffer:expr) => {
                    keys!($buffer, |x| Some(from_signed(i64::from(x))))
                };
            }
            let float = |x: f64| match self.kind {
                _ if x.is_nan() => None,
                Kind::Float => Some(from_float(x)),
                _ => Some(from_signed(x as i64)),
            };
            match chunk.values() {
                Values::I8(buffer) => signed!(buffer),
                Values::I16(buffer) => signed!(buffer),
                Values::I32(buffer) => signed!(buffer),
                Values::I64(buffer) => signed!(buffer),
                Values::U8(buffer) => signed!(buffer),
                Values::U16(buffer) => signed!(buffer),
                Values::U32(buffer) => signed!(buffer),
                Values::U64(buffer) => keys!(buffer, Some),
                Values::F32(buffer) => keys!(buffer, |x| float(f64::from(x))),
                Values::F64(buffer) => keys!(buffer, float),
            }
        }
    }

    fn parts(&self) -> impl IndexedParallelIterator<Item = Range<usize>> + use<> {
        let n = self.column.n_rows();
        let parts = (0..n.div_ceil(PART_ROWS)).into_par_iter();
        parts.map(move |part| part * PART_ROWS..n.min((part + 1) * PART_ROWS))
    }

    /// The smallest key and how many there are up to the largest, if a table can have a place for each.
    fn few(&self) -> Option<(u64, usize)> {
        let ranges = self.parts().map(|rows| {
            let (mut low, mut high) = (u64::MAX, 0);
            self.each(rows, |key| {
                if let Some(key) = key {
                    (low, high) = (low.min(key), high.max(key));
                }
            });
            (low, high)
        });
        let (low, high) = ranges.reduce(|| (u64::MAX, 0), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        if low > high {
            return Some((low, 0));
        }
        let last = usize::try_from(high - low).ok().filter(|&last| last < PART_ROWS)?;
        Some((low, last + 1))
    }

    /// Numbers the rows; gives the different keys, ascending.
    fn number_by_table(&self, (low, len): (u64, usize), numbers: &mut [u32]) -> Vec<u64> {
        let place = |key: u64| (key - low) as usize;
        let is_used = self.parts().map(|rows| {
            let mut is_used = vec![false; len];
            self.each(rows, |key| key.into_iter().for_each(|key| is_used[place(key)] = true));
            is_used
        });
        let is_used = is_used.reduce(
            || vec![false; len],
            |mut all, part| {
                all.iter_mut().zip(part).for_each(|(all, part)| *all |= part);
                all
            },
        );
        let found: Vec<u64> = (0..len).filter(|&i| is_used[i]).map(|i| low + i as u64).collect();
        let mut table = vec![LabelColumn::MISSING; len];
        for (number, &key) in (0..).zip(&found) {
            table[place(key)] = number;
        }
        self.parts().zip(numbers.par_chunks_mut(PART_ROWS)).for_each(|(rows, numbers)| {
            let mut numbers = numbers.iter_mut();
            self.each(rows, |key| {
                if let (Some(number), Some(key)) = (numbers.next(), key) {
                    *number = table[place(key)];
                }
            });
        });
        found
    }

    /// As [`number_by_table`](Self::number_by_table), whatever the keys.
    fn number_by_sorting(&self, numbers: &mut [u32]) -> Result<Vec<u64>> {
        let mut found = super::limits::try_vec(self.column.n_rows())?;
        self.each(0..self.column.n_rows(), |key| found.extend(key));
        found.par_sort_unstable();
        found.dedup();
        self.parts().zip(numbers.par_chunks_mut(PART_ROWS)).for_each(|(rows, numbers)| {
            let mut numbers = numbers.iter_mut();
            self.each(rows, |key| {
                if let (Some(number), Some(key)) = (numbers.next(), key) {
                    *number = found.partition_point(|&other| other < key) as u32;
                }
            });
        });
        Ok(found)
    }
}

const SIGN: u64 = 1 << 63;

fn from_signed(x: i64) -> u64 {
    x as u64 ^ SIGN
}

fn to_signed(key: u64) -> i64 {
    (key ^ SIGN) as i64
}

/// In the order of the numbers; the two zeros are one.
fn from_float(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn to_float(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key ^ SIGN })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{ColumnChoice, ReadOptions, open_bytes};
    use super::*;
    use crate::table::Chunk;

    fn of(values: Values, type_name: &str) -> LabelColumn {
        let chunk = Chunk::new(values, None).unwrap();
        LabelColumn::from_numbers(&Column::new("label", type_name, vec![chunk])).unwrap()
    }

    #[test]
    fn numbers_keep_their_order() {
        let signed = of(Values::I64(vec![3, -1, 3, 0].into()), "Int64");
        assert_eq!((signed.numbers, signed.values), (vec![2, 0, 2, 1], strings(&["-1", "0", "3"])));
        let far = [u64::MAX, 0, 1 << 63];
        let unsigned = of(Values::U64(far.to_vec().into()), "UInt64");
        assert_eq!(unsigned.numbers, [2, 0, 1]);
        assert_eq!(unsigned.values[2], u64::MAX.to_string());
        let wide = of(Values::I64(vec![i64::MIN, i64::MAX, 5, i64::MIN].into()), "Int64");
        assert_eq!(wide.numbers, [0, 2, 1, 0]);
    }

    #[test]
    fn the_largest_numbers_are_labels_too() {
        let unsigned = of(Values::U64(vec![u64::MAX, u64::MAX - 1, u64::MAX].into()), "UInt64");
        assert_eq!(unsigned.numbers, [1, 0, 1]);
        assert_eq!(unsigned.values[1], u64::MAX.to_string());
        let signed = of(Values::I64(vec![i64::MAX; 2].into()), "Int64");
        assert_eq!((signed.numbers, signed.values), (vec![0, 0], vec![i64::MAX.to_string()]));
    }

    #[test]
    fn whole_floats_are_written_as_integers_and_nan_is_missing() {
        let whole = of(Values::F64(vec![2.0, f64::NAN, -1.0, -0.0, 0.0].into()), "Float64");
        assert_eq!(whole.values, ["-1", "0", "2"]);
        assert_eq!(whole.numbers, [2, LabelColumn::MISSING, 0, 1, 1]);
        assert_eq!(whole.n_missing, 1);
        let others = of(Values::F32(vec![0.5, -2.25, 0.5].into()), "Float32");
        assert_eq!((others.values, others.numbers), (strings(&["-2.25", "0.5"]), vec![1, 0, 1]));
        let booleans = of(Values::U8(vec![1, 0, 1].into()), "Boolean");
        assert_eq!(
            (booleans.values, booleans.numbers),
            (strings(&["false", "true"]), vec![1, 0, 1])
        );
    }

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    fn read(csv: &str, labels: &[&str], needs_features: bool) -> Result<super::super::Input> {
        let options = ReadOptions {
            columns: ColumnChoice::All { exclude: Vec::new() },
            labels: strings(labels),
            needs_features,
            ..ReadOptions::default()
        };
        open_bytes(Path::new("x.csv"), csv.as_bytes().to_vec(), &options)
    }

    #[test]
    fn labels_of_a_table_are_no_features_and_no_ids() {
        let csv = "who,a,x,b\nu,north,1.5,2\nv,,2.5,-1\nw,south,3.5,2\n";
        let input = read(csv, &["a", "b"], true).unwrap();
        assert_eq!(input.table.columns().iter().map(Column::name).collect::<Vec<_>>(), ["x"]);
        assert_eq!(input.id_column.as_deref(), Some("who"));
        let [a, b] = &input.labels[..] else { panic!("two columns of labels") };
        assert_eq!(a.numbers, [0, LabelColumn::MISSING, 1]);
        assert_eq!((&a.values, a.n_missing), (&strings(&["north", "south"]), 1));
        assert_eq!((&b.numbers, &b.values), (&vec![1, 0, 1], &strings(&["-1", "2"])));
    }

    #[test]
    fn numbers_that_are_held_as_texts_are_in_order() {
        let csv = "label,x\n10,1\n9,1\nx,1\n-3,2\n";
        let input = read(csv, &["label"], true).unwrap();
        assert_eq!(input.labels[0].values, ["-3", "9", "10", "x"]);
    }

    #[test]
    fn a_table_of_labels_alone_will_do_where_no_features_are_needed() {
        let csv = "a,b\n1,x\n2,y\n";
        assert!(read(csv, &["a", "b"], true).is_err());
        let input = read(csv, &["a", "b"], false).unwrap();
        assert_eq!((input.table.n_features(), input.n_rows()), (0, 2));
    }

    #[test]
    fn what_cannot_be_labels_is_refused() {
        let csv = "a,b,x\n,1,1\n,2,2\n";
        let refused = |labels: &[&str]| read(csv, labels, true).unwrap_err().to_string();
        assert!(refused(&["a"]).contains("every row is null or empty"), "{}", refused(&["a"]));
        assert!(refused(&["c"]).contains("there is no such column"));
    }
}
