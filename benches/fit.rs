//! Whole fits on all cores: columns in memory to labels and inertia.

mod blobs;

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use segengine::{
    Algorithm, FeatureTable, Fit, KMeansParams, Kernel, Precision, Silent, Tiles, fit,
};

/// (n, d, k, iterations)
const SIZES: [(usize, usize, usize, usize); 5] = [
    (100_000, 8, 6, 20),
    (100_000, 64, 256, 5),
    (1_000_000, 3, 4, 20),
    (1_000_000, 8, 6, 20),
    (1_000_000, 16, 12, 20),
];

/// Fits in single precision, which the columns are in.
fn run(table: &FeatureTable, params: &KMeansParams) -> Fit {
    let kernel = Kernel::detect().expect("the environment names an instruction set");
    fit(&Tiles::plain(table), Precision::F32, &kernel, params, &Silent).expect("the table fits")
}

/// Asserts that the inertia is that of the labels and centres.
fn assert_consistent(table: &FeatureTable, found: &Fit) {
    let n = table.n_rows();
    let d = table.n_features();
    let mut sum = 0.0;
    for (i, column) in table.columns().iter().enumerate() {
        let mut values = vec![0.0_f64; n];
        column.read(0..n, &mut values);
        let squares = values.iter().zip(&found.labels).map(|(x, &label)| {
            let difference = x - found.centers[label as usize * d + i];
            difference * difference
        });
        sum += squares.sum::<f64>();
    }
    let off = (found.inertia - sum).abs();
    assert!(off <= 1e-5 * sum, "inertia {} where the labels give {sum}", found.inertia);
}

fn lloyd(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lloyd/f32");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (n, d, k, iterations) in SIZES {
        let table = blobs::table(blobs::blobs(n, d, k));
        let params = blobs::fixed(&table, k, iterations);
        assert_consistent(&table, &run(&table, &params));
        group.throughput(Throughput::Elements((n * iterations) as u64));
        group.bench_function(format!("n{n}_d{d}_k{k}_it{iterations}"), |b| {
            b.iter(|| run(&table, &params));
        });
    }
    group.finish();
}

fn defaults(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("defaults/f32");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (name, n, algorithm) in [
        ("lloyd", 100_000, Algorithm::Lloyd),
        ("minibatch4096", 1_000_000, Algorithm::MiniBatch { batch_size: 4096 }),
    ] {
        let (d, k) = (8, 6);
        let table = blobs::table(blobs::blobs(n, d, k));
        let mut params = KMeansParams::new(k);
        params.algorithm = algorithm;
        assert_consistent(&table, &run(&table, &params));
        group.bench_function(format!("{name}_n{n}_d{d}_k{k}"), |b| {
            b.iter(|| run(&table, &params));
        });
    }
    group.finish();
}

criterion_group!(benches, lloyd, defaults);
criterion_main!(benches);
