//! What misleads whoever clusters a table of features.

use rayon::prelude::*;

use super::{Finding, Level, percent, share};
use crate::error::{Escaped, counted, grouped};
use crate::table::{Column, FeatureTable};

/// Looks for what would go wrong with the columns of `table` if they were clustered; the gravest first.
pub fn check_features(table: &FeatureTable) -> Vec<Finding> {
    let shapes: Vec<Shape> = table.columns().par_iter().map(Shape::of).collect();
    let mut findings: Vec<Finding> = shapes.iter().flat_map(Shape::findings).collect();
    findings.extend(scale_mismatch(&shapes));
    findings.extend(doubles(table, &shapes));
    findings.sort_by_key(|finding| finding.level);
    findings
}

/// Says so where segments of a first fit, of these sizes, are too small to be worth a campaign.
pub(crate) fn slivers(sizes: &[u64]) -> Option<Finding> {
    /// Of all customers.
    const LEAST: f64 = 0.005;
    let n: u64 = sizes.iter().sum();
    let small: Vec<u64> =
        sizes.iter().copied().filter(|&s| (s as f64) < LEAST * n as f64).collect();
    let people = small.iter().sum::<u64>();
    let listed = small.iter().map(|&size| grouped(size)).collect::<Vec<_>>().join(", ");
    let what = format!(
        "clustered into {} as recommended, {} would be slivers of less than {}: {listed} of {}",
        sizes.len(),
        small.len(),
        percent(LEAST),
        counted(grouped(n), "customer")
    );
    let advice =
        "a sliver is a few far values, no audience: fewer segments, a transform, or fewer columns";
    let finding = || Finding::new(Level::Warning, "slivers", what, advice).counting(people, n);
    (!small.is_empty()).then(finding)
}

/// What the values of a column look like.
struct Shape {
    name: String,
    n_rows: u64,
    n: u64,
    n_infinite: u64,
    mean: f64,
    variance: f64,
    /// The commonest value and how often it is there.
    commonest: (f64, u64),
    n_values: u64,
    /// How much of the variance comes from the hundredth of the values that lie farthest out.
    tail: f64,
    quantiles: [f64; 3],
    max: f64,
}

impl Shape {
    fn of(column: &Column) -> Self {
        let mut values = vec![0.0_f64; column.n_rows()];
        column.read(0..column.n_rows(), &mut values);
        let n_rows = values.len() as u64;
        values.retain(|x| !x.is_nan());
        let n_infinite = values.iter().filter(|x| x.is_infinite()).count() as u64;
        values.retain(|x| x.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len();
        let divisor = n.max(1) as f64;
        let mean = values.iter().map(|x| x / divisor).sum::<f64>();
        let mut squares: Vec<f64> = values.iter().map(|x| (x - mean).powi(2)).collect();
        let variance = squares.iter().map(|x| x / divisor).sum::<f64>();
        squares.sort_unstable_by(|a, b| b.total_cmp(a));
        let far = squares.iter().take(n.div_ceil(100)).map(|x| x / divisor).sum::<f64>();
        let runs = values.chunk_by(|a, b| a == b);
        let commonest = runs
            .clone()
            .max_by_key(|run| run.len())
            .map_or((0.0, 0), |run| (run[0], run.len() as u64));
        let quantile = |q: f64| values.get(((n.max(1) - 1) as f64 * q).round() as usize).copied();
        Self {
            name: column.name().to_owned(),
            n_rows,
            n: n as u64,
            n_infinite,
            mean,
            variance,
            commonest,
            n_values: runs.count() as u64,
            tail: if variance > 0.0 { far / variance } else { 0.0 },
            quantiles: [0.25, 0.5, 0.75].map(|q| quantile(q).unwrap_or(0.0)),
            max: values.last().copied().unwrap_or(0.0),
        }
    }

    fn findings(&self) -> Vec<Finding> {
        /// A column of which more rows share one value is nearly constant.
        const NEARLY_ALL: f64 = 0.95;
        /// A column of which one value in a hundred makes up so much of the variance has a heavy tail.
        const HALF: f64 = 0.5;
        let mut findings = Vec::new();
        let name = Escaped(&self.name);
        let named = [self.name.clone()];
        let missing = self.n_rows - self.n - self.n_infinite;
        if self.n_infinite > 0 {
            let what =
                format!("{name}: {} values are infinite", share(self.n_infinite, self.n_rows));
            let advice = "they are refused: no distance can be computed with them";
            let finding = Finding::new(Level::Error, "infinite-values", what, advice);
            findings.push(finding.counting(self.n_infinite, self.n_rows).with_examples(&named));
        }
        if missing > 0 {
            let what = format!("{name}: {} values are missing", share(missing, self.n_rows));
            let (level, advice) = if self.n == 0 {
                (Level::Error, "a column without a value cannot be clustered on: leave it out")
            } else {
                (
                    Level::Note,
                    "--missing says what is done: a median is no opinion, a dropped row no customer",
                )
            };
            let finding = Finding::new(level, "missing-values", what, advice);
            findings.push(finding.counting(missing, self.n_rows).with_examples(&named));
        }
        if self.n == 0 {
            return findings;
        }
        let (value, times) = self.commonest;
        if self.n_values == 1 {
            let what = format!("{name}: every value is {value}");
            let advice = "it separates nothing: leave it out";
            let finding = Finding::new(Level::Warning, "constant", what, advice);
            findings.push(finding.with_examples(&named));
        } else if times as f64 > NEARLY_ALL * self.n as f64 {
            let what = format!(
                "{name}: {} of its values are {value}",
                percent(times as f64 / self.n as f64)
            );
            let advice = "scaled by its standard deviation it pulls the few others far away: they become a \
                          segment of their own, and the silhouette flatters";
            let finding = Finding::new(Level::Warning, "nearly-constant", what, advice);
            findings.push(finding.counting(times, self.n).with_examples(&named));
        } else if self.tail > HALF && self.n >= 100 {
            let [_, median, upper] = self.quantiles;
            let what = format!(
                "{name}: one value in a hundred makes up {} of the variance (half are below {}, a quarter \
                 above {}, the largest is {})",
                percent(self.tail),
                short(median),
                short(upper),
                short(self.max)
            );
            let advice = "a heavy tail makes segments of a few far customers: --transform log1p or yeo-johnson, \
                          or --scale robust";
            let finding = Finding::new(Level::Warning, "heavy-tail", what, advice);
            findings.push(finding.with_examples(&named));
        }
        findings
    }
}

/// Without scaling, distances would be those of one column.
fn scale_mismatch(shapes: &[Shape]) -> Option<Finding> {
    /// Of all variance.
    const MOST: f64 = 0.9;
    let total: f64 = shapes.iter().map(|shape| shape.variance).sum();
    let largest = shapes.iter().max_by(|a, b| a.variance.total_cmp(&b.variance))?;
    let part = largest.variance / total;
    if shapes.len() < 2 || !total.is_finite() || part <= MOST || part.is_nan() {
        return None;
    }
    let name = Escaped(&largest.name);
    let what = format!("{name} makes up {} of all variance", percent(part));
    let advice =
        "unscaled, every distance is one in that column: keep --scale standard (or robust, minmax)";
    let finding = Finding::new(Level::Note, "scale-mismatch", what, advice);
    Some(finding.with_examples(&[largest.name.clone()]))
}

/// Pairs of columns that say nearly the same.
fn doubles(table: &FeatureTable, shapes: &[Shape]) -> Vec<Finding> {
    /// Correlation.
    const NEARLY_ONE: f64 = 0.95;
    /// Pairs beyond these columns are not looked at: they would be a matrix of their own.
    const COLUMNS: usize = 64;
    let varies: Vec<usize> =
        (0..shapes.len()).filter(|&c| shapes[c].variance > 0.0).take(COLUMNS).collect();
    let pairs: Vec<(usize, usize)> = varies
        .iter()
        .enumerate()
        .flat_map(|(i, &a)| varies[i + 1..].iter().map(move |&b| (a, b)))
        .collect();
    let found = pairs.into_par_iter().filter_map(|(a, b)| {
        let r = correlation(&table.columns()[a], &table.columns()[b], &shapes[a], &shapes[b]);
        (r.abs() > NEARLY_ONE).then(|| {
            let (first, second) = (&shapes[a].name, &shapes[b].name);
            let what = format!(
                "{} and {} say nearly the same (correlation {r:.3})",
                Escaped(first),
                Escaped(second)
            );
            let advice = "both together count twice in every distance: keep one of them";
            let finding = Finding::new(Level::Note, "nearly-the-same", what, advice);
            finding.with_examples(&[first.clone(), second.clone()])
        })
    });
    found.collect()
}

/// Pearson's, over the rows in which both have a value.
fn correlation(a: &Column, b: &Column, x: &Shape, y: &Shape) -> f64 {
    const PIECE: usize = 4096;
    let n_rows = a.n_rows().min(b.n_rows());
    let (mut xs, mut ys) = ([0.0_f64; PIECE], [0.0_f64; PIECE]);
    let (mut n, mut sx, mut sy, mut sxx, mut syy, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let (x_sd, y_sd) = (x.variance.sqrt(), y.variance.sqrt());
    for start in (0..n_rows).step_by(PIECE) {
        let rows = start..n_rows.min(start + PIECE);
        let len = rows.len();
        a.read(rows.clone(), &mut xs[..len]);
        b.read(rows, &mut ys[..len]);
        for (x_raw, y_raw) in xs[..len].iter().zip(&ys[..len]) {
            let (u, v) = ((x_raw - x.mean) / x_sd, (y_raw - y.mean) / y_sd);
            if u.is_finite() && v.is_finite() {
                n += 1.0;
                sx += u;
                sy += v;
                sxx += u * u;
                syy += v * v;
                sxy += u * v;
            }
        }
    }
    let covariance = sxy - sx * sy / n;
    let spread = ((sxx - sx * sx / n) * (syy - sy * sy / n)).sqrt();
    if spread > 0.0 { covariance / spread } else { 0.0 }
}

/// A number in few characters.
fn short(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e9 { format!("{x:.0}") } else { format!("{x:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(columns: Vec<Column>) -> Vec<(&'static str, Level)> {
        let table = FeatureTable::new(columns, None).unwrap();
        check_features(&table).into_iter().map(|finding| (finding.code, finding.level)).collect()
    }

    #[test]
    fn what_is_odd_about_columns_is_found() {
        let rows = 1000;
        let even: Vec<f64> = (0..rows).map(f64::from).collect();
        let flag = (0..rows).map(|i| f64::from(u8::from(i % 50 == 0))).collect();
        let tail =
            (0..rows).map(|i| if i % 200 == 7 { 1e4 * f64::from(i) } else { f64::from(i % 9) });
        let holes = (0..rows).map(|i| if i % 4 == 0 { f64::NAN } else { f64::from(i % 7) });
        let infinite = (0..rows).map(|i| if i == 3 { f64::INFINITY } else { f64::from(i % 5) });
        let column = Column::from_f64;
        assert_eq!(found(vec![column("even", even.clone())]), []);
        assert_eq!(found(vec![column("flag", flag)]), [("nearly-constant", Level::Warning)]);
        assert_eq!(found(vec![column("tail", tail.collect())]), [("heavy-tail", Level::Warning)]);
        assert_eq!(
            found(vec![column("holes", holes.collect())]),
            [("missing-values", Level::Note)]
        );
        assert_eq!(
            found(vec![column("infinite", infinite.collect())]),
            [("infinite-values", Level::Error)]
        );
        assert_eq!(found(vec![column("same", vec![3.0; 9])]), [("constant", Level::Warning)]);
        let scaled = even.iter().map(|x| 100.0 * x + 3.0).collect();
        assert_eq!(
            found(vec![column("even", even), column("scaled", scaled)]),
            [("scale-mismatch", Level::Note), ("nearly-the-same", Level::Note)]
        );
        assert_eq!(
            found(vec![column("none", vec![f64::NAN; 4])]),
            [("missing-values", Level::Error)]
        );
    }

    #[test]
    fn slivers_are_told() {
        assert_eq!(slivers(&[500, 495, 5]), None);
        let finding = slivers(&[9_000, 990, 7, 3]).unwrap();
        assert!(finding.what.contains("2 would be slivers"), "{}", finding.what);
        assert!(finding.what.contains("7, 3 of 10,000 customers"), "{}", finding.what);
    }
}
