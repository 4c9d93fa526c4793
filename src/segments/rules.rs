//! A few rules in the columns' own units that come close to the segments.
//!
//! A decision tree (Breiman and others' CART) learns the labels, so that the segments can be told in
//! words. It approximates the model, and says how well. Thresholds are round numbers: they are looked
//! for among those that divide the values about as a quantile would.

use arrow_buffer::BooleanBuffer;
use rayon::prelude::*;

use crate::error::{Error, Result, counted};
use crate::prepare::Prepare;
use crate::table::{Column, FeatureTable, TILE_ROWS, filled};

/// Deeper trees have rules that nobody reads.
const MOST_DEPTH: usize = 10;
/// Rows that thresholds are looked for in: evenly spaced ones, where there are more.
const MOST_SAMPLED: usize = 1 << 18;
/// Values that thresholds of one column lie between: half of them quantiles of all rows, half those of
/// the segments, so that a small one has thresholds, too. Bins are bytes.
const MOST_CUTS: usize = 255;
const SEGMENT_CUTS: usize = 128;

/// How many rules there may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RuleParams {
    /// Comparisons that lead to a rule at most; up to 10.
    pub max_depth: usize,
    /// Rules at most; at least 1.
    pub max_rules: usize,
    /// The share of all rows that another rule must get right in addition.
    pub min_gain: f64,
}

impl RuleParams {
    /// For `k` segments: up to 4 comparisons, three rules per segment, at least 8, and one row in a
    /// thousand.
    pub fn new(k: usize) -> Self {
        Self { max_depth: 4, max_rules: (3 * k).max(8), min_gain: 0.001 }
    }

    fn check(&self) -> Result<()> {
        if self.max_depth > MOST_DEPTH {
            return Err(Error::parameter(format!(
                "max_depth is {} (0 to {MOST_DEPTH} is accepted)",
                self.max_depth
            )));
        }
        if self.max_rules == 0 {
            return Err(Error::parameter("max_rules is 0 (at least 1 is needed)"));
        }
        if !(0.0..=1.0).contains(&self.min_gain) {
            let message = format!("min_gain is {} (0 to 1 is accepted)", self.min_gain);
            return Err(Error::parameter(message));
        }
        Ok(())
    }
}

/// Rules that give each row one segment, and how often it is that of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentRules {
    /// The model's columns, whether a rule asks for them or not.
    pub columns: Vec<RuleColumn>,
    /// By segment and falling size. Each row meets the conditions of exactly one.
    pub rules: Vec<SegmentRule>,
    /// The rows that were looked at.
    pub n_rows: u64,
    /// The share of them with the model's segment.
    pub fidelity: f64,
    /// The share that saying the largest segment of everyone would get.
    pub largest_share: f64,
    /// One for each segment of the model.
    pub segments: Vec<RuleFidelity>,
}

/// A column of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleColumn {
    /// Its name.
    pub name: String,
    /// Stands for missing values, as in the model; a row that misses a value without one has no segment.
    pub fill: Option<f64>,
}

/// Who is given a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentRule {
    /// All must hold: one per column at most, the one that tells most first. None holds of everyone.
    pub conditions: Vec<RuleCondition>,
    /// The segment's place in the model.
    pub segment: usize,
    /// Rows that meet the conditions.
    pub n: u64,
    /// Those of them that the model gives that segment.
    pub n_right: u64,
}

/// `above < x ≤ up_to`, in the column's unit; one of the two is there at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RuleCondition {
    /// The column's place in the model.
    pub column: usize,
    /// What the value must exceed.
    pub above: Option<f64>,
    /// What the value may reach.
    pub up_to: Option<f64>,
}

/// How well rules tell one segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RuleFidelity {
    /// The share of rows given the segment that belong to it; `None` if none is given it.
    pub precision: Option<f64>,
    /// The share of rows of the segment that are given it; `None` if it has none.
    pub recall: Option<f64>,
}

impl SegmentRules {
    /// The place of the segment that a row is given; `None` where a value is missing (NaN) for which
    /// nothing stands.
    ///
    /// # Panics
    /// If there is not one value per column.
    pub fn segment_of(&self, row: &[f64]) -> Option<usize> {
        assert_eq!(row.len(), self.columns.len(), "one value per column");
        let known = row
            .iter()
            .zip(&self.columns)
            .map(|(&x, column)| if x.is_nan() { column.fill } else { Some(x) });
        let row: Vec<f64> = known.collect::<Option<_>>()?;
        let rule = self.rules.iter().find(|rule| rule.conditions.iter().all(|c| c.holds(&row)))?;
        Some(rule.segment)
    }
}

impl RuleCondition {
    fn holds(&self, row: &[f64]) -> bool {
        let x = row[self.column];
        self.above.is_none_or(|t| x > t) && self.up_to.is_none_or(|t| x <= t)
    }
}

/// Rules for the segments of the rows of `table` that `kept` keeps (all if `None`).
///
/// `labels` holds the place of the segment of each of these rows, below `k`; `prepare` is the model's.
/// Weights play no part. The same rows and labels give the same rules, for any number of threads.
///
/// # Errors
/// If a parameter is out of its range; if the columns are not those of `prepare`, or the labels not as
/// many as the rows, or one is not below `k`; if there is no row; if a value is missing for which
/// nothing stands; if memory runs out.
pub fn segment_rules(
    table: &FeatureTable,
    kept: Option<&BooleanBuffer>,
    prepare: &Prepare,
    labels: &[u32],
    k: usize,
    params: &RuleParams,
) -> Result<SegmentRules> {
    params.check()?;
    let n_rows = kept.map_or(table.n_rows(), BooleanBuffer::count_set_bits);
    check_rows(table, prepare, n_rows, labels, k)?;

    let mut learner = Learner { labels, k, max_depth: params.max_depth, columns: Vec::new() };
    for (column, fitted) in table.columns().iter().zip(prepare.columns()) {
        let values = read(column, kept, n_rows, fitted.fill)?;
        learner.columns.push(Binned::new(&values, labels, k)?);
    }
    let mut tree = learner.tree(n_rows)?;
    prune(&mut tree, params.max_rules, params.min_gain * n_rows as f64);

    let mut rules = Vec::new();
    collect_rules(&tree, 0, &mut Vec::new(), &mut rules);
    rules.sort_by_key(|rule| (rule.segment, std::cmp::Reverse(rule.n)));

    let sizes = &tree[0].counts;
    let share = |n: u64, of: u64| (of > 0).then(|| n as f64 / of as f64);
    let sum = |segment: Option<usize>, part: fn(&SegmentRule) -> u64| -> u64 {
        rules.iter().filter(|r| segment.is_none_or(|s| r.segment == s)).map(part).sum()
    };
    let segments = (0..k).map(|s| {
        let n_right = sum(Some(s), |rule| rule.n_right);
        RuleFidelity {
            precision: share(n_right, sum(Some(s), |rule| rule.n)),
            recall: share(n_right, sizes[s]),
        }
    });
    Ok(SegmentRules {
        columns: (prepare.columns().iter())
            .map(|column| RuleColumn { name: column.name.clone(), fill: column.fill })
            .collect(),
        n_rows: n_rows as u64,
        fidelity: sum(None, |rule| rule.n_right) as f64 / n_rows as f64,
        largest_share: tree[0].n_right() as f64 / n_rows as f64,
        segments: segments.collect(),
        rules,
    })
}

fn check_rows(
    table: &FeatureTable,
    prepare: &Prepare,
    n_rows: usize,
    labels: &[u32],
    k: usize,
) -> Result<()> {
    let names = prepare.columns().iter().map(|column| column.name.as_str());
    if !names.eq(table.columns().iter().map(Column::name)) {
        return Err(Error::data(
            "columns are not the model's (the same in their order are needed)",
        ));
    }
    if labels.len() != n_rows {
        let (labels, rows) = (counted(labels.len(), "label"), counted(n_rows, "row"));
        return Err(Error::data(format!("{labels} for {rows} (one each is needed)")));
    }
    if n_rows == 0 || u32::try_from(n_rows).is_err() {
        let rows = counted(n_rows, "row");
        return Err(Error::data(format!(
            "{rows} to make rules of (1 to {} is accepted)",
            u32::MAX
        )));
    }
    if let Some(label) = labels.iter().find(|&&label| label as usize >= k) {
        let message = format!("a row has label {label} (labels below {k} are accepted)");
        return Err(Error::data(message));
    }
    Ok(())
}

/// The values of the rows that are kept, `fill` in the place of missing ones.
fn read(
    column: &Column,
    kept: Option<&BooleanBuffer>,
    n_rows: usize,
    fill: Option<f64>,
) -> Result<Vec<f64>> {
    let mut values = filled(column.n_rows(), f64::NAN)?;
    values.par_chunks_mut(TILE_ROWS).enumerate().for_each(|(tile, out)| {
        let start = tile * TILE_ROWS;
        column.read(start..start + out.len(), out);
    });
    if let Some(kept) = kept {
        for (to, from) in kept.set_indices().enumerate() {
            values[to] = values[from];
        }
        values.truncate(n_rows);
    }
    for x in &mut values {
        if x.is_nan() {
            *x = fill.ok_or_else(|| {
                Error::data("value is missing, and the model has nothing that stands for it")
                    .in_column(column.name())
            })?;
        }
    }
    Ok(values)
}

/// A column, each value of which is told by how many thresholds it exceeds.
struct Binned {
    thresholds: Vec<Threshold>,
    /// Of each row.
    bins: Vec<u8>,
}

impl Binned {
    fn new(values: &[f64], labels: &[u32], k: usize) -> Result<Self> {
        let thresholds: Vec<_> =
            cuts(values, labels, k).windows(2).map(|cut| roundest(cut[0], cut[1])).collect();
        let mut bins = filled(values.len(), 0_u8)?;
        bins.par_chunks_mut(TILE_ROWS).zip(values.par_chunks(TILE_ROWS)).for_each(
            |(out, values)| {
                for (bin, &x) in out.iter_mut().zip(values) {
                    *bin = thresholds.partition_point(|threshold| threshold.value < x) as u8;
                }
            },
        );
        Ok(Self { thresholds, bins })
    }

    fn n_bins(&self) -> usize {
        self.thresholds.len() + 1
    }
}

/// At most [`MOST_CUTS`] of the values, ascending: all where there are no more, else quantiles, of each
/// segment, too, unless there are too many.
fn cuts(values: &[f64], labels: &[u32], k: usize) -> Vec<f64> {
    let step = values.len().div_ceil(MOST_SAMPLED);
    let rows = (0..values.len()).step_by(step);
    // Adding 0 makes 0 of −0, which is equal to it but comes before.
    let mut sample: Vec<(f64, u32)> = rows.map(|row| (values[row] + 0.0, labels[row])).collect();
    sample.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));

    let mut distinct: Vec<f64> = sample.iter().map(|&(x, _)| x).collect();
    distinct.dedup();
    if distinct.len() <= MOST_CUTS {
        return distinct;
    }
    // The least and the greatest value of a segment, and what lies next beyond them, are among its own.
    let per_segment = SEGMENT_CUTS / k;
    let in_all = if per_segment < 4 { MOST_CUTS } else { MOST_CUTS - SEGMENT_CUTS };
    let mut found: Vec<f64> = evenly(sample.len(), in_all).map(|rank| sample[rank].0).collect();
    if per_segment >= 4 {
        let mut by_segment = vec![Vec::new(); k];
        for &(x, label) in &sample {
            by_segment[label as usize].push(x);
        }
        for own in &by_segment {
            let (Some(&least), Some(&greatest)) = (own.first(), own.last()) else { continue };
            found.extend(evenly(own.len(), per_segment - 2).map(|rank| own[rank]));
            let below = distinct.partition_point(|&x| x < least).checked_sub(1);
            let above = distinct.partition_point(|&x| x <= greatest);
            found.extend(below.map(|place| distinct[place]));
            found.extend(distinct.get(above));
        }
    }
    found.sort_unstable_by(f64::total_cmp);
    found.dedup();
    found
}

/// `n` places among `len`, from the first to the last.
fn evenly(len: usize, n: usize) -> impl Iterator<Item = usize> {
    (0..n).map(move |i| i * (len - 1) / (n - 1))
}

/// Divides values into those up to it and those above.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Threshold {
    value: f64,
    /// Greater for rounder numbers.
    roundness: i32,
}

/// The roundest number with `low` on the one side and `high` on the other: a multiple of the largest
/// possible 1 or 5 times a power of ten, and of those the one nearest to the middle.
///
/// Of whole numbers it is whole. Where `high` is a number in single precision, it is not rounded up to
/// what people would write for `high`.
fn roundest(low: f64, high: f64) -> Threshold {
    let narrow = high as f32;
    let below = f64::from(narrow.next_down());
    let high = if f64::from(narrow) == high && below > low { below } else { high };
    if low <= 0.0 && 0.0 < high {
        return Threshold { value: 0.0, roundness: i32::MAX };
    }
    let middle = low / 2.0 + high / 2.0;
    let largest = low.abs().max(high.abs()).log10().floor() as i32;
    for exponent in (largest - 17..=largest + 1).rev() {
        for (place, digit) in [(1, 5_i32), (0, 1)] {
            let step = f64::from(digit) * 10_f64.powi(exponent);
            let first = (low / step).ceil();
            let last = (high / step).ceil() - 1.0;
            if !step.is_normal() || first > last {
                continue;
            }
            let multiple = (middle / step).round().clamp(first, last) as i64;
            // Read from digits, so that it is the number that people will write.
            let text = format!("{}e{exponent}", i128::from(multiple) * i128::from(digit));
            let value: f64 = text.parse().unwrap_or(f64::NAN);
            if low <= value && value < high {
                return Threshold { value, roundness: 2 * exponent + place };
            }
        }
    }
    Threshold { value: low, roundness: i32::MIN }
}

/// A node of the tree.
struct Node {
    /// Rows of each segment.
    counts: Vec<u64>,
    /// `None` of a leaf.
    split: Option<Split>,
}

/// How the rows of a node are divided.
struct Split {
    column: usize,
    threshold: f64,
    /// The nodes of the values up to the threshold and above it.
    children: [usize; 2],
}

impl Node {
    /// The segment that most rows are of; of several the first.
    fn segment(&self) -> usize {
        let most = self.n_right();
        self.counts.iter().position(|&n| n == most).unwrap_or(0)
    }

    fn n_right(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }
}

/// Grows a tree as deep as it may be.
struct Learner<'a> {
    labels: &'a [u32],
    k: usize,
    max_depth: usize,
    columns: Vec<Binned>,
}

/// Rows by bin and, within, by segment, of each column.
type Histograms = Vec<Vec<u64>>;

impl Learner<'_> {
    /// Every node stands before its children.
    fn tree(&self, n_rows: usize) -> Result<Vec<Node>> {
        let mut rows = filled(n_rows, 0_u32)?;
        rows.iter_mut().zip(0..).for_each(|(row, i)| *row = i);
        let mut counts = vec![0; self.k];
        self.labels.iter().for_each(|&label| counts[label as usize] += 1);
        let mut tree = Vec::new();
        let histograms = self.histograms(&rows);
        self.grow(&mut tree, rows, counts, histograms, 0);
        Ok(tree)
    }

    fn grow(
        &self,
        tree: &mut Vec<Node>,
        rows: Vec<u32>,
        counts: Vec<u64>,
        mut histograms: Histograms,
        depth: usize,
    ) {
        let at = tree.len();
        let is_pure = counts.contains(&(rows.len() as u64));
        let best = if is_pure || depth == self.max_depth {
            None
        } else {
            self.best_split(&counts, &histograms)
        };
        tree.push(Node { counts, split: None });
        let Some(best) = best else { return };

        let bins = &self.columns[best.column].bins;
        let (left, right): (Vec<u32>, Vec<u32>) =
            rows.into_iter().partition(|&row| usize::from(bins[row as usize]) <= best.threshold);
        let counts_right =
            tree[at].counts.iter().zip(&best.counts_left).map(|(all, left)| all - left).collect();

        // Rows are counted in the smaller part; the other one has what is left.
        let left_is_smaller = left.len() < right.len();
        let smaller = self.histograms(if left_is_smaller { &left } else { &right });
        for (all, part) in histograms.iter_mut().zip(&smaller) {
            all.iter_mut().zip(part).for_each(|(all, part)| *all -= part);
        }
        let (of_left, of_right) =
            if left_is_smaller { (smaller, histograms) } else { (histograms, smaller) };

        let mut children = [tree.len(); 2];
        self.grow(tree, left, best.counts_left, of_left, depth + 1);
        children[1] = tree.len();
        self.grow(tree, right, counts_right, of_right, depth + 1);
        let threshold = self.columns[best.column].thresholds[best.threshold].value;
        tree[at].split = Some(Split { column: best.column, threshold, children });
    }

    fn histograms(&self, rows: &[u32]) -> Histograms {
        let of = |column: &Binned| {
            let mut counts = vec![0; column.n_bins() * self.k];
            for &row in rows {
                let (bin, label) = (column.bins[row as usize], self.labels[row as usize]);
                counts[usize::from(bin) * self.k + label as usize] += 1;
            }
            counts
        };
        self.columns.par_iter().map(of).collect()
    }

    /// The split with the least Gini impurity: of equally good ones that of the first column and the
    /// least threshold, but for rounder ones that divide the rows alike.
    fn best_split(&self, counts: &[u64], histograms: &Histograms) -> Option<Best> {
        let n: u64 = counts.iter().sum();
        let mut best: Option<Best> = None;
        // The impurity is n less this. Whole numbers below 2⁵³ are exact, so threads cannot show.
        let purity = |part: &[u64], n: u64| {
            part.iter().map(|&n| n as f64 * n as f64).sum::<f64>() / n as f64
        };
        let mut most = purity(counts, n);
        for (column, (binned, histogram)) in self.columns.iter().zip(histograms).enumerate() {
            let mut left = vec![0; self.k];
            let mut right = counts.to_vec();
            let mut n_left = 0;
            for (threshold, bin) in (0..binned.thresholds.len()).zip(histogram.chunks(self.k)) {
                let n_bin: u64 = bin.iter().sum();
                if n_bin == 0 {
                    if let Some(best) = &mut best
                        && best.column == column
                        && best.n_left == n_left
                        && binned.thresholds[best.threshold].roundness
                            < binned.thresholds[threshold].roundness
                    {
                        best.threshold = threshold;
                    }
                    continue;
                }
                n_left += n_bin;
                for ((left, right), n) in left.iter_mut().zip(&mut right).zip(bin) {
                    *left += n;
                    *right -= n;
                }
                if n_left == n {
                    break;
                }
                let purity = purity(&left, n_left) + purity(&right, n - n_left);
                if purity > most {
                    most = purity;
                    best = Some(Best { column, threshold, n_left, counts_left: left.clone() });
                }
            }
        }
        best
    }
}

/// The best split so far.
struct Best {
    column: usize,
    /// Its place among the column's.
    threshold: usize,
    n_left: u64,
    counts_left: Vec<u64>,
}

/// Takes off the branch that gets the fewest rows right for each of its leaves (CART's weakest link),
/// until there are at most `max_leaves` and every one is worth `min_gain` rows.
fn prune(tree: &mut [Node], max_leaves: usize, min_gain: f64) {
    loop {
        // Leaves below each node, and the rows that they get right.
        let mut below = vec![(1_usize, 0_u64); tree.len()];
        let mut weakest: Option<(f64, usize)> = None;
        for at in (0..tree.len()).rev() {
            let Some(Split { children: [left, right], .. }) = tree[at].split else {
                below[at] = (1, tree[at].n_right());
                continue;
            };
            below[at] = (below[left].0 + below[right].0, below[left].1 + below[right].1);
            let (n_leaves, n_right) = below[at];
            let gain = (n_right - tree[at].n_right()) as f64 / (n_leaves - 1) as f64;
            if weakest.is_none_or(|(least, _)| gain <= least) {
                weakest = Some((gain, at));
            }
        }
        match weakest {
            Some((gain, at)) if gain == 0.0 || gain < min_gain || below[0].0 > max_leaves => {
                tree[at].split = None;
            }
            _ => return,
        }
    }
}

/// Appends the rules of the leaves below `at`, which `conditions` lead to.
fn collect_rules(
    tree: &[Node],
    at: usize,
    conditions: &mut Vec<RuleCondition>,
    rules: &mut Vec<SegmentRule>,
) {
    let node = &tree[at];
    let Some(Split { column, threshold, children: [left, right] }) = node.split else {
        rules.push(SegmentRule {
            conditions: conditions.clone(),
            segment: node.segment(),
            n: node.counts.iter().sum(),
            n_right: node.n_right(),
        });
        return;
    };
    let place = conditions.iter().position(|condition| condition.column == column);
    let before = place.map(|place| conditions[place]);
    let place = place.unwrap_or_else(|| {
        conditions.push(RuleCondition { column, above: None, up_to: None });
        conditions.len() - 1
    });
    let own = conditions[place];
    conditions[place].up_to = Some(threshold);
    collect_rules(tree, left, conditions, rules);
    conditions[place] = RuleCondition { above: Some(threshold), ..own };
    collect_rules(tree, right, conditions, rules);
    match before {
        Some(before) => conditions[place] = before,
        None => conditions.truncate(place),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::prepare::{Missing, PrepareParams};

    fn learned(
        columns: Vec<Column>,
        labels: &[u32],
        k: usize,
        params: &RuleParams,
    ) -> Result<SegmentRules> {
        let table = FeatureTable::new(columns, None)?;
        let params_of_fit = PrepareParams { missing: Missing::Median, ..PrepareParams::default() };
        let (prepare, _) = Prepare::fit(&table, &params_of_fit)?;
        segment_rules(&table, None, &prepare, labels, k, params)
    }

    /// Small gains count, so that little tables have rules.
    fn all_gains(k: usize) -> RuleParams {
        RuleParams { min_gain: 0.0, ..RuleParams::new(k) }
    }

    fn condition(column: usize, above: Option<f64>, up_to: Option<f64>) -> RuleCondition {
        RuleCondition { column, above, up_to }
    }

    #[test]
    fn boxes_are_found_with_round_thresholds() {
        let spent = [12.5, 14.25, 18.0, 15.5, 11.0, 12.0, 961.5, 87.0];
        let recency = [11.5, 37.25, 36.0, 240.0, 301.5, 280.25, 12.0, 299.0];
        let labels = [0, 0, 0, 1, 1, 1, 2, 2];
        let columns =
            vec![Column::from_f64("s", spent.into()), Column::from_f64("r", recency.into())];
        let found = learned(columns, &labels, 3, &all_gains(3)).unwrap();
        let conditions: Vec<_> =
            found.rules.iter().map(|rule| (rule.segment, rule.conditions.clone())).collect();
        let low = condition(0, None, Some(50.0));
        assert_eq!(
            conditions,
            [
                (0, vec![low, condition(1, None, Some(100.0))]),
                (1, vec![low, condition(1, Some(100.0), None)]),
                (2, vec![condition(0, Some(50.0), None)]),
            ]
        );
        assert_eq!((found.fidelity, found.largest_share, found.n_rows), (1.0, 0.375, 8));
        let exact = RuleFidelity { precision: Some(1.0), recall: Some(1.0) };
        assert_eq!(found.segments, [exact; 3]);
        assert_eq!(found.segment_of(&[50.0, 100.0]), Some(0));
        assert_eq!(found.segment_of(&[50.0, 100.0_f64.next_up()]), Some(1));
        // The median of what was spent is 14.875.
        assert_eq!(found.segment_of(&[f64::NAN, 100.0]), Some(0));
    }

    #[test]
    fn bounds_of_one_column_are_one_condition() {
        let values: Vec<f64> = (0..300).map(f64::from).collect();
        let labels: Vec<u32> = (0..300).map(|i| u32::from((90..210).contains(&i))).collect();
        let found =
            learned(vec![Column::from_f64("x", values)], &labels, 2, &all_gains(2)).unwrap();
        let conditions: Vec<_> = found.rules.iter().map(|rule| rule.conditions.clone()).collect();
        assert_eq!(
            conditions,
            [
                vec![condition(0, None, Some(89.0))],
                vec![condition(0, Some(209.0), None)],
                vec![condition(0, Some(89.0), Some(209.0))],
            ]
        );
        assert_eq!(found.fidelity, 1.0);
    }

    #[test]
    fn a_small_segment_among_many_rows_is_told() {
        let n = MOST_SAMPLED + 12_345;
        let values: Vec<f64> =
            (0..n).map(|i| (i as f64).sin() + if i % 1000 < 3 { 4.0 } else { 0.0 }).collect();
        let labels: Vec<u32> = (0..n).map(|i| u32::from(i % 1000 < 3)).collect();
        let columns = vec![Column::from_f64("x", values)];
        let found = learned(columns, &labels, 2, &RuleParams::new(2)).unwrap();
        assert_eq!(found.fidelity, 1.0);
        assert!(found.rules.len() == 2 && found.rules[0].conditions[0].up_to == Some(2.0));
    }

    #[test]
    fn constant_columns_one_segment_and_one_row_give_one_rule() {
        let constant = || vec![Column::from_f64("x", vec![7.0; 5])];
        let found = learned(constant(), &[1, 0, 1, 0, 1], 2, &all_gains(2)).unwrap();
        assert_eq!(found.rules.len(), 1);
        assert_eq!(
            found.rules[0],
            SegmentRule { conditions: vec![], segment: 1, n: 5, n_right: 3 }
        );
        assert_eq!((found.fidelity, found.largest_share), (0.6, 0.6));
        let never = RuleFidelity { precision: None, recall: Some(0.0) };
        assert_eq!(found.segments[0], never);

        let column = || vec![Column::from_f64("x", vec![1.0, 2.0, 9.0])];
        let found = learned(column(), &[0; 3], 1, &all_gains(1)).unwrap();
        assert_eq!((found.rules.len(), found.fidelity), (1, 1.0));
        let found =
            learned(vec![Column::from_f64("x", vec![3.0])], &[2], 3, &all_gains(3)).unwrap();
        assert_eq!(found.segment_of(&[-1e300]), Some(2));
        assert_eq!(found.segments[0], RuleFidelity { precision: None, recall: None });
    }

    #[test]
    fn missing_values_count_as_what_stands_for_them() {
        let values = vec![1.0, f64::NAN, 3.0, 2.0, f64::NAN, 8.0];
        // The median of 1, 2, 3 and 8 is 2.5.
        let labels = [0, 1, 1, 0, 1, 1];
        let found =
            learned(vec![Column::from_f64("x", values)], &labels, 2, &all_gains(2)).unwrap();
        assert_eq!(found.fidelity, 1.0);
        assert_eq!(found.columns[0].fill, Some(2.5));
        assert_eq!(found.segment_of(&[f64::NAN]), Some(1));

        let column = Column::from_f64("x", vec![1.0, f64::NAN, 9.0]);
        let table = FeatureTable::new(vec![column], None).unwrap();
        let params = PrepareParams { missing: Missing::Drop, ..PrepareParams::default() };
        let (prepare, prepared, _) = Prepare::fit_apply(&table, &params).unwrap();
        let found =
            segment_rules(&table, prepared.kept(), &prepare, &[0, 1], 2, &all_gains(2)).unwrap();
        assert_eq!((found.n_rows, found.segment_of(&[f64::NAN])), (2, None));
        assert_eq!(found.segment_of(&[9.0]), Some(1));
        let all = segment_rules(&table, None, &prepare, &[0, 1, 1], 2, &all_gains(2));
        assert_eq!(all.unwrap_err().column(), Some("x"));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let column = || vec![Column::from_f64("x", vec![1.0, 2.0])];
        let refused = |labels: &[u32], params: RuleParams| {
            learned(column(), labels, 2, &params).unwrap_err().to_string()
        };
        let good = RuleParams::new(2);
        assert!(refused(&[0], good).contains("1 label for 2 rows"));
        assert!(refused(&[0, 2], good).contains("labels below 2"));
        assert!(refused(&[0, 1], RuleParams { max_depth: 11, ..good }).contains("max_depth is 11"));
        assert!(refused(&[0, 1], RuleParams { max_rules: 0, ..good }).contains("max_rules"));
        assert!(refused(&[0, 1], RuleParams { min_gain: f64::NAN, ..good }).contains("min_gain"));
    }

    #[test]
    fn thresholds_are_round() {
        let of = |low, high| roundest(low, high).value;
        assert_eq!(of(1.0, 2.0), 1.0);
        assert_eq!(of(-1.0, 0.0), -1.0);
        assert_eq!(of(0.0, 1.0), 0.0);
        assert_eq!(of(83.2, 140.0), 100.0);
        assert_eq!(of(123.0, 130.0), 125.0);
        assert_eq!(of(-129.0, -123.0), -125.0);
        assert_eq!(of(0.012, 0.0134), 0.013);
        assert_eq!(of(1e300, 9e300), 5e300);
        assert_eq!(of(5e-324, 1e-323), 5e-324);
        // 0.2 in single precision is a little more than 0.2; who writes 0.2 means both.
        assert!(of(f64::from(0.1_f32), f64::from(0.2_f32)) < 0.19);
        let (a, b) = (1.0_f64, 1.0_f64.next_up());
        assert_eq!(of(a, b), a);
    }

    proptest! {
        #[test]
        fn thresholds_divide(a in -1e6..1e6_f64, b in -1e6..1e6_f64, scale in -200..200) {
            let (a, b) = (a * 10_f64.powi(scale), b * 10_f64.powi(scale));
            prop_assume!(a != b);
            let (low, high) = (a.min(b), a.max(b));
            let found = roundest(low, high).value;
            prop_assert!(low <= found && found < high, "{low} {found} {high}");
        }

        /// Also: every row meets one rule only, what is counted is what the rules say of the rows, and
        /// neither threads nor chunks show.
        #[test]
        fn rules_are_what_they_say(
            rows in prop::collection::vec((0..40_i32, -3.0..3.0_f64, 0..4_u32), 1..400),
            max_depth in 0..5_usize,
            max_rules in 1..12_usize,
        ) {
            let whole: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let other: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let labels: Vec<u32> = rows.iter().map(|row| row.2).collect();
            let params = RuleParams { max_depth, max_rules, min_gain: 0.0 };
            let columns =
                || vec![Column::from_f64("w", whole.clone()), Column::from_f64("o", other.clone())];
            let in_pool = |n| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
                pool.install(|| learned(columns(), &labels, 4, &params)).unwrap()
            };
            let found = in_pool(1);
            prop_assert_eq!(&found, &in_pool(3));
            prop_assert!(found.rules.len() <= max_rules);

            let mut counted = vec![(0, 0); found.rules.len()];
            for ((&w, &o), &label) in whole.iter().zip(&other).zip(&labels) {
                let row = [w, o];
                let met: Vec<_> = (found.rules.iter().enumerate())
                    .filter(|(_, rule)| rule.conditions.iter().all(|c| c.holds(&row)))
                    .collect();
                prop_assert_eq!(met.len(), 1);
                let (place, rule) = met[0];
                prop_assert_eq!(found.segment_of(&row), Some(rule.segment));
                counted[place].0 += 1;
                counted[place].1 += u64::from(rule.segment == label as usize);
            }
            let told: Vec<_> = found.rules.iter().map(|rule| (rule.n, rule.n_right)).collect();
            let n_right: u64 = counted.iter().map(|rule| rule.1).sum();
            prop_assert_eq!(told, counted);
            prop_assert_eq!(found.fidelity, n_right as f64 / rows.len() as f64);
            prop_assert!(found.fidelity >= found.largest_share);
            for rule in &found.rules {
                prop_assert!(rule.conditions.len() <= 2 && rule.n > 0);
                for c in rule.conditions.iter().filter(|c| c.column == 0) {
                    let bounds = [c.above, c.up_to];
                    prop_assert!(bounds.into_iter().flatten().all(|t| t.fract() == 0.0));
                }
            }
        }
    }
}
