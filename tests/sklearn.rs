//! Agreement with scikit-learn, on the tables and results of `tests/reference` (see the README
//! there). scikit-learn is not needed to run this.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use segengine::{
    Algorithm, Column, Contingency, ErrorKind, FeatureTable, Fit, Init, KMeansParams, Kernel,
    Labeling, Monitor, Precision, Progress, Result, Seed, Silent, Tiles, fit,
};
use serde::Deserialize;

const TABLES: [&str; 12] = [
    "iris",
    "wine",
    "digits",
    "breast_cancer",
    "blobs",
    "anisotropic",
    "duplicates",
    "offset",
    "weights",
    "few",
    "crowded",
    "crowded_weights",
];

#[derive(Deserialize)]
struct Reference {
    columns: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
    cases: Vec<Case>,
    distributions: Vec<Distribution>,
}

/// A fit from given centres with `tol` 1e-4 and at most 300 iterations.
#[derive(Deserialize)]
struct Case {
    name: String,
    k: usize,
    start: Vec<f64>,
    labels: Vec<u32>,
    centers: Vec<f64>,
    inertia: f64,
    n_iter: usize,
    empty_per_iteration: Vec<usize>,
    tie_decides: bool,
    f32_labels_agree: bool,
}

impl Case {
    /// Whether an empty cluster was moved in the last iteration: scikit-learn's labels are then
    /// older than its centres.
    fn ends_stale(&self) -> bool {
        self.empty_per_iteration.last() != Some(&0)
    }

    fn moved_none(&self) -> bool {
        self.empty_per_iteration.iter().all(|&n| n == 0)
    }
}

/// Results over seeds 0, 1, …: k-means++ and what Lloyd and mini-batch make of it.
#[derive(Deserialize)]
struct Distribution {
    k: usize,
    seeds: u64,
    seeding: Mean,
    lloyd: Mean,
    batch_size: usize,
    minibatch: Mean,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Mean {
    mean: f64,
    standard_error: f64,
}

impl Reference {
    fn read(name: &str) -> Self {
        let path = format!("tests/reference/{name}.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    fn n_rows(&self) -> usize {
        self.columns[0].len()
    }

    /// The table in the type of `precision`.
    fn table(&self, precision: Precision) -> FeatureTable {
        let columns = self.columns.iter().enumerate().map(|(i, values)| {
            let name = format!("x{i}");
            match precision {
                Precision::F64 => Column::from_f64(name, values.clone()),
                Precision::F32 => {
                    Column::from_f32(name, values.iter().map(|&x| x as f32).collect())
                }
            }
        });
        FeatureTable::new(columns.collect(), self.weights.clone()).unwrap()
    }

    fn fit(
        &self,
        precision: Precision,
        params: &KMeansParams,
        monitor: &dyn Monitor,
    ) -> Result<Fit> {
        let table = self.table(precision);
        let kernel = Kernel::detect().unwrap();
        fit(&Tiles::plain(&table), precision, &kernel, params, monitor)
    }

    fn fit_case(&self, case: &Case, precision: Precision) -> Result<Fit> {
        let mut params = KMeansParams::new(case.k);
        params.init = Init::Centers(case.start.clone());
        params.n_init = 1;
        self.fit(precision, &params, &Silent)
    }

    /// What rounding the values themselves to a type of this epsilon may add to the inertia.
    fn rounding(&self, epsilon: f64) -> f64 {
        let squares = self.columns.iter().map(|column| {
            let largest = column.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            (epsilon * largest).powi(2)
        });
        self.n_rows() as f64 * squares.sum::<f64>()
    }
}

fn for_each_case(mut check: impl FnMut(&str, &Reference, &Case)) {
    for name in TABLES {
        let reference = Reference::read(name);
        for case in &reference.cases {
            check(&format!("{name} {}", case.name), &reference, case);
        }
    }
}

/// The population standard deviation.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt()
}

#[test]
fn f64_fits_equal_from_the_same_start() {
    let mut compared = 0;
    for_each_case(|name, reference, case| {
        if case.tie_decides || case.ends_stale() {
            return;
        }
        compared += 1;
        let ours = reference.fit_case(case, Precision::F64).unwrap();
        assert_eq!(ours.labels, case.labels, "{name}: labels");
        let d = reference.columns.len();
        let deviations: Vec<f64> = reference.columns.iter().map(|c| deviation(c)).collect();
        for (i, (&a, &b)) in ours.centers.iter().zip(&case.centers).enumerate() {
            let allowed = 1e-9 * b.abs().max(deviations[i % d]);
            assert!(
                (a - b).abs() <= allowed,
                "{name}: centre {}, column {}: {a}, {b}",
                i / d,
                i % d
            );
        }
        let allowed = 1e-9 * case.inertia + reference.rounding(f64::EPSILON);
        let off = (ours.inertia - case.inertia).abs();
        assert!(off <= allowed, "{name}: inertia {} for {}", ours.inertia, case.inertia);
        if case.moved_none() {
            assert_eq!(ours.n_iter, case.n_iter, "{name}: iterations");
        }
        assert!(ours.converged, "{name}");
    });
    // All but iris with k = 10 from its first rows (a tie) and thirteen clusters of twelve rows.
    assert_eq!(compared, 46);
}

#[test]
fn more_clusters_than_distinct_rows_are_refused() {
    // scikit-learn warns, and hands out a centre of no row.
    let reference = Reference::read("duplicates");
    let case = reference.cases.iter().find(|case| case.name == "k13-too-many").unwrap();
    let error = reference.fit_case(case, Precision::F64).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains("only 12 distinct rows"), "{error}");
}

#[test]
fn f32_fits_agree_where_scikit_learn_agrees_with_itself() {
    let mut compared = 0;
    for_each_case(|name, reference, case| {
        if case.tie_decides || case.ends_stale() || !case.f32_labels_agree {
            return;
        }
        compared += 1;
        let ours = reference.fit_case(case, Precision::F32).unwrap();
        assert_eq!(adjusted_rand(&ours.labels, &case.labels), 1.0, "{name}");
        let allowed = 1e-5 * case.inertia + reference.rounding(f64::from(f32::EPSILON));
        let off = (ours.inertia - case.inertia).abs();
        assert!(off <= allowed, "{name}: inertia {} for {}", ours.inertia, case.inertia);
    });
    // The two with an offset of 1e9 are not among them.
    assert_eq!(compared, 44);
}

#[test]
fn labels_are_those_of_the_nearest_centre_beyond_rounding() {
    let mut compared = 0;
    for_each_case(|name, reference, case| {
        if case.ends_stale() {
            return;
        }
        for precision in [Precision::F64, Precision::F32] {
            match reference.fit_case(case, precision) {
                Ok(ours) => {
                    compared += 1;
                    assert_fresh(name, reference, &ours, precision);
                }
                // In single precision all rows with the offset are the same.
                Err(error) => {
                    assert!(name.starts_with("offset") && precision == Precision::F32, "{error}");
                    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
                }
            }
        }
    });
    assert_eq!(compared, 2 * 47 - 2);
}

/// Asserts that every row lies with the centre that is nearest in `f64`, unless another is as near
/// but for rounding, and that the inertia is that of these labels.
fn assert_fresh(name: &str, reference: &Reference, fit: &Fit, precision: Precision) {
    let (epsilon, round): (f64, fn(f64) -> f64) = match precision {
        Precision::F32 => (f64::from(f32::EPSILON), |x| f64::from(x as f32)),
        Precision::F64 => (f64::EPSILON, |x| x),
    };
    let d = reference.columns.len();
    let mut inertia = 0.0;
    let mut unsure = 0;
    for row in 0..reference.n_rows() {
        let x: Vec<f64> = reference.columns.iter().map(|c| round(c[row])).collect();
        let squared: Vec<f64> = fit
            .centers
            .chunks(d)
            .map(|c| x.iter().zip(c).map(|(x, c)| (x - c).powi(2)).sum())
            .collect();
        let label = fit.labels[row] as usize;
        let nearest =
            (0..squared.len()).fold(0, |a, b| if squared[b] < squared[a] { b } else { a });
        // A centre is off by up to an epsilon of its length, which moves a distance as much, and
        // each of d + 2 operations adds an epsilon of the squared distance.
        let slack = |j: usize| {
            let length = fit.centers[j * d..][..d].iter().map(|c| c * c).sum::<f64>().sqrt();
            epsilon * (2.0 * length * squared[j].sqrt() + (d + 2) as f64 * squared[j])
        };
        let off = squared[label] - squared[nearest];
        let margin = slack(label) + slack(nearest);
        assert!(off <= margin, "{name}: row {row} is {off} nearer to {nearest} than to {label}");
        unsure += usize::from(off > 0.0);
        inertia += reference.weights.as_ref().map_or(1.0, |w| w[row]) * squared[label];
    }
    assert!(unsure <= reference.n_rows() / 50, "{name}: {unsure} labels within rounding");
    let relative = if precision == Precision::F32 { 1e-5 } else { 1e-9 };
    let allowed = relative * inertia + reference.rounding(epsilon);
    assert!((fit.inertia - inertia).abs() <= allowed, "{name}: {} for {inertia}", fit.inertia);
}

/// Keeps the inertia of the first assignment: that of the chosen start.
#[derive(Default)]
struct FirstInertia(Mutex<Option<f64>>);

impl Monitor for FirstInertia {
    fn report(&self, progress: Progress) {
        if let Progress::Iteration { iteration: 1, inertia, .. } = progress {
            *self.0.lock().unwrap() = Some(inertia);
        }
    }
}

/// Our fits of `reference` over the seeds of `distribution`: the mean potential after seeding, and
/// the mean inertia at the end.
fn over_seeds(
    reference: &Reference,
    distribution: &Distribution,
    change: impl Fn(&mut KMeansParams),
) -> (Mean, Mean) {
    let mut potentials = Vec::new();
    let mut inertias = Vec::new();
    for seed in 0..distribution.seeds {
        let mut params = KMeansParams::new(distribution.k);
        params.n_init = 1;
        params.seed = Seed(seed);
        change(&mut params);
        let first = FirstInertia::default();
        let fit = reference.fit(Precision::F64, &params, &first).unwrap();
        inertias.push(fit.inertia);
        potentials.push(first.0.into_inner().unwrap().unwrap());
    }
    (mean(&potentials), mean(&inertias))
}

fn mean(values: &[f64]) -> Mean {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Mean { mean, standard_error: (variance / n).sqrt() }
}

/// Asserts that `ours` is not above `theirs` by more than three standard errors of the difference.
fn assert_not_worse(what: &str, ours: Mean, theirs: Mean) {
    let error = ours.standard_error.hypot(theirs.standard_error);
    assert!(ours.mean <= theirs.mean + 3.0 * error, "{what}: {ours:?} against {theirs:?}");
}

#[test]
fn seeding_and_lloyd_are_as_good_over_many_seeds() {
    let mut compared = 0;
    for name in TABLES {
        let reference = Reference::read(name);
        for distribution in &reference.distributions {
            compared += 1;
            let what = format!("{name}, k = {}", distribution.k);
            let (seeding, lloyd) = over_seeds(&reference, distribution, |_| {});
            assert_not_worse(&format!("{what}, seeding"), seeding, distribution.seeding);
            assert_not_worse(&format!("{what}, Lloyd"), lloyd, distribution.lloyd);
        }
    }
    assert_eq!(compared, 6);
}

#[test]
fn minibatch_is_as_good_over_many_seeds() {
    for name in TABLES {
        let reference = Reference::read(name);
        for distribution in &reference.distributions {
            let (_, ours) = over_seeds(&reference, distribution, |params| {
                params.algorithm = Algorithm::MiniBatch { batch_size: distribution.batch_size };
                params.max_iter = 100;
                params.tol = 0.0;
            });
            let what = format!("{name}, k = {}, mini-batch", distribution.k);
            assert_not_worse(&what, ours, distribution.minibatch);
        }
    }
}

fn adjusted_rand(a: &[u32], b: &[u32]) -> f64 {
    let [a, b] = [a, b].map(|labels| Labeling::new(labels).unwrap());
    Contingency::new(&a, &b).unwrap().adjusted_rand()
}
