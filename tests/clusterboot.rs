//! Agreement of the bootstrap with fpc's `clusterboot`, on the tables of `tests/reference` (see the
//! README there). R is not needed to run this.

use std::fs;
use std::path::Path;

use segengine::{
    BootstrapParams, Column, Contingency, FeatureTable, FitJob, KMeansParams, Kernel, Labeling,
    Precision, Seed, Silent, Tiles, bootstrap, fit, fit_jobs,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    resamples: usize,
    starts: usize,
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    table: String,
    k: usize,
    columns: Vec<Vec<f64>>,
    labels: Vec<u32>,
    /// By cluster: the mean and the standard deviation over resamples.
    jaccard: Vec<f64>,
    sd: Vec<f64>,
    dissolved: Vec<f64>,
    recovered: Vec<f64>,
}

/// Chance exceeds that once in 150,000 comparisons.
const DEVIATIONS: f64 = 4.5;

/// The original clusters are the same but for their names. Both draw resamples of their own, so means
/// differ by chance: by the standard error of a difference, with the deviation that R's have.
#[test]
fn clusters_are_found_again_as_often_as_in_r() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/clusterboot.json");
    let reference: Reference = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let kernel = Kernel::detect().unwrap();
    for expected in &reference.tables {
        let columns = expected.columns.iter().map(|x| Column::from_f64("x", x.clone()));
        let table = FeatureTable::new(columns.collect(), None).unwrap();
        let tiles = Tiles::plain(&table);
        let params = KMeansParams { n_init: reference.starts, ..KMeansParams::new(expected.k) };
        let theirs = Labeling::new(&expected.labels).unwrap();
        let ours = fit(&tiles, Precision::F64, &kernel, &params, &Silent).unwrap();
        let same = Contingency::new(&theirs, &Labeling::new(&ours.labels).unwrap()).unwrap();
        assert_eq!(same.adjusted_rand(), 1.0, "{}", expected.table);

        let refit = |jobs: &[FitJob<'_>]| fit_jobs(&tiles, Precision::F64, &kernel, jobs, &Silent);
        let draws = BootstrapParams { n: reference.resamples, seed: Seed(0) };
        let found = bootstrap(&refit, &[(params, theirs)], None, draws, &Silent).unwrap();
        assert_eq!(found[0].n_failed, 0);
        let n = reference.resamples as f64;
        let of_difference = (2.0 / n).sqrt();
        for (cluster, ours) in found[0].clusters.iter().enumerate() {
            let place = format!("{}, cluster {cluster}", expected.table);
            let (mean, sd) = (expected.jaccard[cluster], expected.sd[cluster]);
            let allowed = DEVIATIONS * sd * of_difference;
            let found = ours.jaccard;
            assert!((found - mean).abs() <= allowed, "{place}: {found} {mean} ± {allowed}");
            for (what, ours, theirs) in [
                ("dissolved", ours.dissolved, expected.dissolved[cluster]),
                ("recovered", ours.recovered, expected.recovered[cluster]),
            ] {
                let (ours, theirs) = (ours as f64 / n, theirs / n);
                let both = (ours + theirs) / 2.0;
                let allowed = DEVIATIONS * (both * (1.0 - both)).sqrt() * of_difference;
                let differ = (ours - theirs).abs();
                assert!(differ <= allowed, "{place}: {what} {ours} {theirs} ± {allowed}");
            }
        }
    }
    assert_eq!(reference.tables.len(), 2);
}
