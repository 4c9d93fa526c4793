//! What misleads whoever clusters a table of features.

use rayon::prelude::*;

use super::{Finding, Level, percent, share};
use crate::error::{counted, grouped};
use crate::prepare::{ColumnAdvice, Missing, Scale, Transform};
use crate::table::{Column, FeatureTable};

/// Looks for what would go wrong with the columns of `table` if they were clustered without another
/// preparation than `advice` has; the gravest first.
pub fn check_features(table: &FeatureTable, advice: &[ColumnAdvice]) -> Vec<Finding> {
    let shapes: Vec<Shape> = table.columns().par_iter().map(Shape::of).collect();
    let advised = |shape: &Shape| advice.iter().find(|advice| advice.name == shape.name);
    let mut findings = Vec::new();
    for shape in &shapes {
        findings.extend(shape.unusable());
    }
    let usable = || shapes.iter().filter(|shape| shape.n > 0);
    let is_filled = |shape: &&Shape| advised(shape).is_some_and(|a| a.missing != Missing::Error);
    let missing = || usable().filter(|shape| shape.n_missing() > 0);
    findings.extend(about(
        missing().filter(|shape| !is_filled(shape)),
        |shape| format!("{} {}", shape.name, share(shape.n_missing(), shape.n_rows)),
        (Level::Warning, "missing-values", "values are missing"),
        "say with --missing what is done: a median is no opinion, a dropped row no customer",
    ));
    findings.extend(about(
        missing().filter(is_filled),
        |shape| {
            let policy = advised(shape).map_or("", |advice| advice.missing.name());
            format!("{} {}: {policy}", shape.name, share(shape.n_missing(), shape.n_rows))
        },
        (
            Level::Note,
            "missing-values",
            "values are missing, with what the file recommends for them",
        ),
        "a median is no opinion, and a dropped row no customer; --missing says otherwise",
    ));
    findings.extend(about(
        usable().filter(|shape| shape.n_values == 1),
        |shape| format!("{} ({})", shape.name, short(shape.commonest.0)),
        (Level::Warning, "constant", "every value is the same"),
        "that separates nothing: leave these columns out",
    ));
    let is_rescaled = |shape: &&Shape| advised(shape).is_none_or(|a| a.scale != Scale::None);
    findings.extend(about(
        usable().filter(|shape| shape.is_nearly_constant()).filter(is_rescaled),
        |shape| {
            let (value, n) = shape.commonest;
            format!("{} ({} of its values are {})", shape.name, percent(n as f64 / shape.n as f64), short(value))
        },
        (Level::Warning, "nearly-constant", "nearly all rows share one value"),
        "scaled by its standard deviation such a column pulls the few others far away: they become a \
         segment of their own, and the silhouette flatters",
    ));
    let is_pulled_in =
        |shape: &&Shape| advised(shape).is_some_and(|a| a.transform != Transform::Identity);
    findings.extend(about(
        usable().filter(|s| s.has_heavy_tail() && !s.is_nearly_constant()).filter(|s| !is_pulled_in(s)),
        |shape| {
            let [_, median, upper] = shape.quantiles;
            format!(
                "{} (one in a hundred makes up {} of the variance; half are below {}, a quarter above {}, the \
                 largest is {})",
                shape.name,
                percent(shape.tail),
                short(median),
                short(upper),
                short(shape.max)
            )
        },
        (Level::Warning, "heavy-tail", "few rows lie far out"),
        "a heavy tail makes segments of a few far customers: --transform log1p or yeo-johnson, or --scale \
         robust",
    ));
    findings.extend(scale_mismatch(&shapes));
    findings.extend(doubles(table, &shapes));
    findings.sort_by_key(|finding| finding.level);
    findings
}

/// One finding about several columns.
fn about<'a>(
    shapes: impl Iterator<Item = &'a Shape>,
    said: impl Fn(&Shape) -> String,
    (level, code, what): (Level, &'static str, &str),
    advice: &str,
) -> Option<Finding> {
    const SAID: usize = 12;
    let shapes: Vec<&Shape> = shapes.collect();
    let mut list: Vec<String> = shapes.iter().take(SAID).map(|shape| said(shape)).collect();
    if shapes.len() > SAID {
        list.push(format!("{} more columns", shapes.len() - SAID));
    }
    let names: Vec<String> = shapes.iter().map(|shape| shape.name.clone()).collect();
    let finding = || {
        Finding::new(level, code, format!("{what}: {}", list.join(", ")), advice)
            .with_examples(&names)
    };
    (!shapes.is_empty()).then(finding)
}

/// Says so where segments of a first fit, of these sizes, are too small to be worth a campaign.
pub fn check_sizes(sizes: &[u64]) -> Option<Finding> {
    /// Of all customers.
    const LEAST: f64 = 0.005;
    let n: u64 = sizes.iter().sum();
    let small: Vec<u64> =
        sizes.iter().copied().filter(|&s| (s as f64) < LEAST * n as f64).collect();
    let people = small.iter().sum::<u64>();
    let listed = small.iter().map(|&size| grouped(size)).collect::<Vec<_>>().join(", ");
    let what = format!(
        "segments of less than {} in a fit of {}, prepared as recommended: {listed} of {}",
        percent(LEAST),
        sizes.len(),
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

    fn n_missing(&self) -> u64 {
        self.n_rows - self.n - self.n_infinite
    }

    /// Whether nearly all rows share one value.
    fn is_nearly_constant(&self) -> bool {
        const NEARLY_ALL: f64 = 0.95;
        self.n_values > 1 && self.commonest.1 as f64 > NEARLY_ALL * self.n as f64
    }

    /// Whether one value in a hundred makes up half of the variance.
    fn has_heavy_tail(&self) -> bool {
        const HALF: f64 = 0.5;
        const ROWS: u64 = 100;
        self.tail > HALF && self.n >= ROWS
    }

    /// What keeps the column from being clustered on at all.
    fn unusable(&self) -> Option<Finding> {
        let name = &self.name;
        let (code, what, n) = if self.n_infinite > 0 {
            let n = self.n_infinite;
            (
                "infinite-values",
                format!("column {name}: {} values are infinite", share(n, self.n_rows)),
                n,
            )
        } else if self.n == 0 {
            ("no-values", format!("column {name} has no value"), self.n_rows)
        } else {
            return None;
        };
        let advice = "it cannot be clustered on: mend it, or leave it out with --exclude";
        let finding = Finding::new(Level::Error, code, what, advice);
        Some(finding.counting(n, self.n_rows).with_examples(std::slice::from_ref(name)))
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
    let name = &largest.name;
    let what = format!("column {name} makes up {} of all variance", percent(part));
    let advice =
        "unscaled, every distance is one in that column: keep --scale standard (or robust, minmax)";
    let finding = Finding::new(Level::Note, "scale-mismatch", what, advice);
    Some(finding.with_examples(std::slice::from_ref(&largest.name)))
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
            let what =
                format!("columns {first} and {second} say nearly the same (correlation {r:.3})");
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
        check_features(&table, &[])
            .into_iter()
            .map(|finding| (finding.code, finding.level))
            .collect()
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
            [("missing-values", Level::Warning)]
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
        assert_eq!(found(vec![column("none", vec![f64::NAN; 4])]), [("no-values", Level::Error)]);
    }

    #[test]
    fn what_the_file_deals_with_is_no_warning() {
        let rows = 1000;
        let tail = (0..rows).map(|i| if i % 200 == 7 { 1e4 } else { f64::from(i % 9) });
        let table =
            FeatureTable::new(vec![Column::from_f64("spent", tail.collect())], None).unwrap();
        let advice = ColumnAdvice {
            name: "spent".to_owned(),
            is_feature: true,
            missing: Missing::Error,
            transform: Transform::Log1p,
            scale: Scale::Standard,
        };
        assert_eq!(check_features(&table, &[advice]), []);
        assert_eq!(check_features(&table, &[]).len(), 1);
    }

    #[test]
    fn slivers_are_told() {
        assert_eq!(check_sizes(&[500, 495, 5]), None);
        let finding = check_sizes(&[9_000, 990, 7, 3]).unwrap();
        assert!(finding.what.contains("in a fit of 4"), "{}", finding.what);
        assert!(finding.what.contains("7, 3 of 10,000 customers"), "{}", finding.what);
    }
}
