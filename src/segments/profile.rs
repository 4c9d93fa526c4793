//! Who the members of each segment are: typical values, what sets them apart from everybody else, and
//! which words describe them.

use rayon::prelude::*;

use crate::error::{Error, Result, counted};
use crate::table::{Column, FeatureTable, filled};

/// The place of a row that has no segment.
pub const NO_SEGMENT: u32 = u32::MAX;

/// A word per row: of each its number among `values`, or [`NO_WORD`] where it has none.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// What the words say of a row.
    pub name: &'a str,
    /// One per row.
    pub numbers: &'a [u32],
    /// The different words.
    pub values: &'a [String],
}

/// The number of no word.
pub const NO_WORD: u32 = u32::MAX;

/// How the values of a column lie. Quantiles are those of numpy and R (type 7, Hyndman and Fan 1996).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution {
    /// Values that are not missing.
    pub n: u64,
    /// The smallest.
    pub min: f64,
    /// A quarter of the values lie below.
    pub low: f64,
    /// Half of them lie below.
    pub median: f64,
    /// Three quarters lie below.
    pub high: f64,
    /// The largest.
    pub max: f64,
    /// Their arithmetic mean.
    pub mean: f64,
}

/// How often each word describes the rows of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix {
    /// What the words say of a row.
    pub name: String,
    /// Words with the number of rows, the most frequent first; those that no row has are left out.
    pub counts: Vec<(String, u64)>,
    /// Rows without a word.
    pub n_missing: u64,
}

/// A group of rows: a segment, or everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Rows.
    pub size: u64,
    /// By column of the table; `None` where no row of the group has a value.
    pub values: Vec<Option<Distribution>>,
    /// By column, the sum over the group's rows, 0 without any.
    pub sums: Vec<f64>,
    /// By column, Cliff's δ between the group and everybody else; `None` where either has no value, and of
    /// everybody.
    ///
    /// The chance that somebody of the group has more than somebody else, less the chance that he has less
    /// (Cliff 1993): 1 if all have more, −1 if all have less, 0 if neither. It takes no shape for
    /// granted, which spending and recency would not have.
    pub effects: Vec<Option<f64>>,
    /// By descriptor.
    pub mixes: Vec<Mix>,
}

/// Everybody and each segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiles {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// Every row that has a segment.
    pub everyone: Profile,
    /// By place in the model.
    pub segments: Vec<Profile>,
    /// Rows without a segment.
    pub n_unassigned: u64,
}

impl Profiles {
    /// Profiles of `k` segments by every column of `table`, used for the fit or not, and by `words`;
    /// `places` is one segment per row, or [`NO_SEGMENT`].
    ///
    /// # Errors
    /// If lengths differ or a place is not below `k`; if no row has a segment.
    pub fn new(
        table: &FeatureTable,
        words: &[Words<'_>],
        places: &[u32],
        k: usize,
    ) -> Result<Self> {
        let n_rows = table.n_rows();
        let is_wrong = |n: usize| n != n_rows;
        if is_wrong(places.len()) || words.iter().any(|words| is_wrong(words.numbers.len())) {
            let message = format!("as many segments and words as rows are needed ({n_rows})");
            return Err(Error::data(message));
        }
        let mut sizes = vec![0_u64; k];
        for &place in places.iter().filter(|&&place| place != NO_SEGMENT) {
            let size = sizes.get_mut(place as usize).ok_or_else(|| {
                let segments = counted(k, "segment");
                Error::data(format!("a row of segment number {place}, where there are {segments}"))
            })?;
            *size += 1;
        }
        let size: u64 = sizes.iter().sum();
        if size == 0 {
            return Err(Error::data("no row has a segment (at least one is needed)"));
        }

        let columns: Vec<Vec<Described>> = table
            .columns()
            .par_iter()
            .map(|column| describe(column, places, k))
            .collect::<Result<_>>()?;
        let mixes: Vec<Vec<Mix>> = words.par_iter().map(|words| mix(words, places, k)).collect();
        // Segments by their place, and everybody after them.
        let profile = |group: usize, size: u64| Profile {
            size,
            values: columns.iter().map(|groups| groups[group].values).collect(),
            sums: columns.iter().map(|groups| groups[group].sum).collect(),
            effects: columns.iter().map(|groups| groups[group].effect).collect(),
            mixes: mixes.iter().map(|groups| groups[group].clone()).collect(),
        };
        Ok(Self {
            columns: table.columns().iter().map(|column| column.name().to_owned()).collect(),
            everyone: profile(k, size),
            segments: sizes.iter().enumerate().map(|(at, &size)| profile(at, size)).collect(),
            n_unassigned: n_rows as u64 - size,
        })
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// A column within a group.
#[derive(Clone, Copy, Debug, Default)]
struct Described {
    values: Option<Distribution>,
    sum: f64,
    effect: Option<f64>,
}

/// A column within each of `k` segments, and within all of them.
fn describe(column: &Column, places: &[u32], k: usize) -> Result<Vec<Described>> {
    const READ: usize = 1 << 16;

    let mut rows: Vec<(f64, u32)> = filled(places.len(), (0.0, 0))?;
    rows.clear();
    let mut values = vec![0.0_f64; READ.min(places.len())];
    for start in (0..places.len()).step_by(READ) {
        let here = start..places.len().min(start + READ);
        let values = &mut values[..here.len()];
        column.read(here.clone(), values);
        let kept = values.iter().zip(&places[here]);
        let kept = kept.filter(|&(x, &place)| place != NO_SEGMENT && x.is_finite());
        rows.extend(kept.map(|(&x, &place)| (x, place)));
    }
    // By value, and then by segment so that sums are of one order.
    rows.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));

    let mut of_segment: Vec<Vec<f64>> = vec![Vec::new(); k];
    for &(x, place) in &rows {
        of_segment[place as usize].push(x);
    }
    let doubled = doubled_rank_sums(&rows, k);
    let n = rows.len() as u64;
    let all: Vec<f64> = rows.into_iter().map(|(x, _)| x).collect();
    let mut groups: Vec<Described> = of_segment
        .iter()
        .zip(&doubled)
        .map(|(values, &ranks)| Described {
            effect: cliffs_delta(ranks, values.len() as u64, n),
            ..Described::of(values)
        })
        .collect();
    groups.push(Described::of(&all));
    Ok(groups)
}

impl Described {
    /// `sorted` values, as they lie.
    fn of(sorted: &[f64]) -> Self {
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        // Relative to one of them, so that a sum of large values keeps its digits.
        let n = sorted.len() as f64;
        let offset: f64 = sorted.iter().map(|x| (x - min) / n).sum();
        let values = Distribution {
            n: sorted.len() as u64,
            min,
            low: quantile(sorted, 0.25),
            median: quantile(sorted, 0.5),
            high: quantile(sorted, 0.75),
            max,
            mean: (min + offset).clamp(min, max),
        };
        Self { values: Some(values), sum: sorted.iter().sum(), effect: None }
    }
}

/// The quantile of sorted values that numpy computes by default.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    let rest = at.fract();
    (below * (1.0 - rest) + above * rest).clamp(below, above)
}

/// Twice the sum of the ranks (from 1, equal values sharing their mean) of each segment's rows.
fn doubled_rank_sums(rows: &[(f64, u32)], k: usize) -> Vec<u128> {
    let mut sums = vec![0_u128; k];
    let mut before = 0_u128;
    for equal in rows.chunk_by(|a, b| a.0 == b.0) {
        let doubled = 2 * before + equal.len() as u128 + 1;
        for &(_, place) in equal {
            sums[place as usize] += doubled;
        }
        before += equal.len() as u128;
    }
    sums
}

/// Cliff's δ from twice the sum of ranks of `own` of `all` rows: 2U/(nm) − 1 with Mann and Whitney's U.
fn cliffs_delta(doubled_ranks: u128, own: u64, all: u64) -> Option<f64> {
    let (n, others) = (u128::from(own), u128::from(all - own));
    let pairs = n * others;
    // Twice U, in whole numbers.
    (pairs > 0).then(|| (doubled_ranks - n * (n + 1)) as f64 / pairs as f64 - 1.0)
}

/// The words of each of `k` segments, and of all of them.
fn mix(words: &Words<'_>, places: &[u32], k: usize) -> Vec<Mix> {
    let n = words.values.len();
    // By group; the last is for rows without a word.
    let mut counts = vec![0_u64; (k + 1) * (n + 1)];
    for (&number, &place) in words.numbers.iter().zip(places) {
        if place != NO_SEGMENT {
            let word = (number as usize).min(n);
            counts[place as usize * (n + 1) + word] += 1;
            counts[k * (n + 1) + word] += 1;
        }
    }
    let group = |counts: &[u64]| {
        let mut found: Vec<(String, u64)> = words
            .values
            .iter()
            .zip(counts)
            .filter(|&(_, &count)| count > 0)
            .map(|(word, &count)| (word.clone(), count))
            .collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Mix { name: words.name.to_owned(), counts: found, n_missing: counts[n] }
    };
    counts.chunks(n + 1).map(group).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(columns: Vec<Vec<f64>>) -> FeatureTable {
        let columns = columns.into_iter().enumerate();
        let columns = columns.map(|(at, values)| Column::from_f64(format!("x{at}"), values));
        FeatureTable::new(columns.collect(), None).unwrap()
    }

    #[test]
    fn typical_values_are_numpys() {
        let table = table(vec![vec![1.0, 2.0, 3.0, 4.0, f64::NAN, 10.0, 99.0]]);
        let places = [0, 0, 0, 0, 0, 1, NO_SEGMENT];
        let found = Profiles::new(&table, &[], &places, 2).unwrap();
        let own = found.segments[0].values[0].unwrap();
        assert_eq!((own.n, own.min, own.max, own.mean), (4, 1.0, 4.0, 2.5));
        assert_eq!((own.low, own.median, own.high), (1.75, 2.5, 3.25));
        assert_eq!(found.everyone.values[0].unwrap().max, 10.0);
        assert_eq!((found.everyone.size, found.n_unassigned), (6, 1));
        assert_eq!(found.segments[0].sums, [10.0]);
        assert_eq!(found.segments[1].effects, [Some(1.0)]);
        assert_eq!(found.everyone.effects, [None]);
    }

    #[test]
    fn a_segment_without_values_has_none() {
        let table = table(vec![vec![f64::NAN, f64::NAN, 1.0]]);
        let found = Profiles::new(&table, &[], &[0, 0, 1], 3).unwrap();
        assert_eq!(found.segments[0].values, [None]);
        assert_eq!((found.segments[2].size, &found.segments[2].effects), (0, &vec![None]));
        assert_eq!(found.segments[1].effects, [None]);
    }

    #[test]
    fn words_are_counted_by_frequency() {
        let table = table(vec![vec![0.0; 5]]);
        let values = ["b".to_owned(), "a".to_owned(), "never".to_owned()];
        let words = Words { name: "state", numbers: &[0, 1, 1, NO_WORD, 0], values: &values };
        let found = Profiles::new(&table, &[words], &[0, 0, 0, 0, 1], 2).unwrap();
        let of = |profile: &Profile| profile.mixes[0].clone();
        assert_eq!(of(&found.segments[0]).counts, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!(of(&found.segments[0]).n_missing, 1);
        assert_eq!(of(&found.everyone).counts, [("a".to_owned(), 2), ("b".to_owned(), 2)]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let table = table(vec![vec![0.0; 2]]);
        assert!(Profiles::new(&table, &[], &[0], 1).is_err());
        assert!(Profiles::new(&table, &[], &[0, 1], 1).is_err());
        assert!(Profiles::new(&table, &[], &[NO_SEGMENT; 2], 1).is_err());
    }

    proptest! {
        #[test]
        fn effects_are_what_counting_all_pairs_gives(
            rows in prop::collection::vec((0_i32..8, 0_u32..3), 2..60)
        ) {
            let values: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let places: Vec<u32> = rows.iter().map(|row| row.1).collect();
            let found = Profiles::new(&table(vec![values]), &[], &places, 3).unwrap();
            for segment in 0..3_u32 {
                let (own, others): (Vec<_>, Vec<_>) =
                    rows.iter().partition(|row| row.1 == segment);
                let pairs = own.len() * others.len();
                let sum: i32 = own
                    .iter()
                    .flat_map(|a: &&(i32, u32)| others.iter().map(|b: &&(i32, u32)| (a.0 - b.0).signum()))
                    .sum();
                let expected = (pairs > 0).then(|| f64::from(sum) / pairs as f64);
                let effect = found.segments[segment as usize].effects[0];
                prop_assert_eq!(effect.is_some(), expected.is_some());
                if let (Some(a), Some(b)) = (effect, expected) {
                    prop_assert!((a - b).abs() < 1e-12, "{} {}", a, b);
                }
            }
        }
    }
}
