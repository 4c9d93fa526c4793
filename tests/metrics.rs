//! Agreement of the metrics with scikit-learn, on the labels of `tests/reference` (see the README
//! there). scikit-learn is not needed to run this.

use std::fs;
use std::path::Path;

use segengine::{
    Column, Contingency, Dispersion, FeatureTable, Kernel, Labeling, Precision, Silent,
    SilhouetteMethod, Tiles, silhouette,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Metrics {
    scores: Vec<Scores>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Scores {
    table: String,
    case: String,
    /// Where they are not those of the table's case.
    labels: Option<Vec<i64>>,
    silhouette: f64,
    silhouette_f32: Option<f64>,
    squared: f64,
    davies_bouldin: f64,
    calinski_harabasz: f64,
    samples: Option<Vec<f64>>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    truth: Vec<i64>,
    prediction: Vec<i64>,
    rand: f64,
    adjusted_rand: f64,
    mutual_info: f64,
    adjusted_mutual_info: f64,
    normalized_mutual_info: f64,
    homogeneity: f64,
    completeness: f64,
    v_measure: f64,
    fowlkes_mallows: f64,
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<Vec<f64>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    labels: Vec<i64>,
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let path = format!("tests/reference/{name}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Numbers that tell the same rows apart. −1 is one of them.
fn numbered(labels: &[i64]) -> Vec<u32> {
    labels.iter().map(|&label| u32::try_from(label + 1).unwrap()).collect()
}

fn feature_table(columns: &[Vec<f64>], precision: Precision) -> FeatureTable {
    let columns = columns.iter().map(|values| match precision {
        Precision::F64 => Column::from_f64("x", values.clone()),
        Precision::F32 => Column::from_f32("x", values.iter().map(|&x| x as f32).collect()),
    });
    FeatureTable::new(columns.collect(), None).unwrap()
}

fn assert_near(what: &str, ours: f64, theirs: f64, allowed: f64) {
    assert!((ours - theirs).abs() <= allowed * theirs.abs().max(1.0), "{what}: {ours} {theirs}");
}

#[test]
fn scores_of_rows_equal() {
    let metrics: Metrics = read("metrics");
    let kernel = Kernel::detect().unwrap();
    for expected in &metrics.scores {
        let table: Table = read(&expected.table);
        let case = table.cases.iter().find(|case| case.name == expected.case);
        let labels = expected.labels.as_ref().or(case.map(|case| &case.labels)).unwrap();
        let labels = numbered(labels);
        let labeling = Labeling::new(&labels).unwrap();
        let place = format!("{} {}", expected.table, expected.case);
        let measure = |precision, method| {
            let table = feature_table(&table.columns, precision);
            let tiles = Tiles::plain(&table);
            silhouette(&tiles, precision, &kernel, &labeling, method, &Silent).unwrap()
        };
        let found = measure(Precision::F64, SilhouetteMethod::Exact);
        assert_near(&place, found.mean, expected.silhouette, 1e-9);
        for (row, value) in expected.samples.iter().flatten().enumerate() {
            assert_near(&format!("{place}, row {row}"), found.values[row], *value, 1e-9);
        }
        if let Some(single) = expected.silhouette_f32 {
            let found = measure(Precision::F32, SilhouetteMethod::Exact);
            assert_near(&format!("{place} in f32"), found.mean, single, 1e-5);
        }
        let found = measure(Precision::F64, SilhouetteMethod::Squared);
        assert_near(&format!("{place} squared"), found.mean, expected.squared, 1e-9);
        let table = feature_table(&table.columns, Precision::F64);
        let around = Dispersion::of(&Tiles::plain(&table), &labeling, &kernel, &Silent).unwrap();
        let ours = around.davies_bouldin().unwrap();
        assert_near(&format!("{place} Davies-Bouldin"), ours, expected.davies_bouldin, 1e-9);
        match around.calinski_harabasz() {
            Some(ours) => {
                assert_near(&format!("{place} CH"), ours, expected.calinski_harabasz, 1e-9);
            }
            // Rows that all lie on their means: scikit-learn has 1 there.
            None => assert_eq!(around.inertia(), 0.0, "{place}"),
        }
    }
    assert_eq!(metrics.scores.len(), 44);
}

#[test]
fn scores_of_two_labelings_equal() {
    let metrics: Metrics = read("metrics");
    for expected in &metrics.pairs {
        let (truth, prediction) = (numbered(&expected.truth), numbered(&expected.prediction));
        let [truth, prediction] = [&truth, &prediction].map(|x| Labeling::new(x).unwrap());
        let found = Contingency::new(&truth, &prediction).unwrap();
        for (score, ours, theirs) in [
            ("rand", found.rand(), expected.rand),
            ("ari", found.adjusted_rand(), expected.adjusted_rand),
            ("mi", found.mutual_info(), expected.mutual_info),
            ("ami", found.adjusted_mutual_info(), expected.adjusted_mutual_info),
            ("nmi", found.normalized_mutual_info(), expected.normalized_mutual_info),
            ("homogeneity", found.homogeneity(), expected.homogeneity),
            ("completeness", found.completeness(), expected.completeness),
            ("v", found.v_measure(), expected.v_measure),
            ("fowlkes-mallows", found.fowlkes_mallows(), expected.fowlkes_mallows),
        ] {
            assert_near(&format!("{} {score}", expected.name), ours, theirs, 1e-9);
        }
    }
    assert_eq!(metrics.pairs.len(), 49);
}
