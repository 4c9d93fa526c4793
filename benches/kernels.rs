//! One tile of rows against k centres, and against other rows: per instruction set, type, d and k.
//!
//! Throughput is in distances (pairs of rows, or of a row and a centre), so that instruction sets
//! compare at a glance.

mod blobs;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segengine::{
    Centers, Detail, Element, Isa, Kernel, MOST_PAIR_POINTS, NearestTile, Panels, TILE_ROWS,
};

/// (d, k): small tables of few segments, the middle, and where a matrix product would be used.
const SIZES: [(usize, usize); 6] = [(3, 4), (8, 6), (16, 12), (21, 37), (64, 256), (128, 1000)];

fn kernels(criterion: &mut Criterion) {
    nearest::<f32>(criterion);
    nearest::<f64>(criterion);
    pairs::<f32>(criterion);
    pairs::<f64>(criterion);
}

fn nearest<T: Element>(criterion: &mut Criterion) {
    let name = format!("nearest/{}", T::PRECISION.name());
    let mut group = criterion.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for (d, k) in SIZES {
        let (columns, start) = blobs::tile(d, k);
        let columns: Vec<Vec<T>> = columns
            .iter()
            .map(|column| column.iter().map(|&x| T::from_f64(f64::from(x))).collect())
            .collect();
        let columns: Vec<&[T]> = columns.iter().map(Vec::as_slice).collect();
        let centers = Centers::<T>::new(&start, d);
        group.throughput(Throughput::Elements((TILE_ROWS * k) as u64));
        for kernel in Isa::available().filter_map(Kernel::new) {
            let mut found = NearestTile::new();
            kernel.nearest(&columns, TILE_ROWS, &centers, Detail::Label, &mut found);
            assert_nearest(&columns, &start, found.labels());
            group.bench_function(
                BenchmarkId::new(kernel.isa().name(), format!("d{d}_k{k}")),
                |b| {
                    b.iter(|| {
                        kernel.nearest(&columns, TILE_ROWS, &centers, Detail::Label, &mut found);
                    });
                },
            );
        }
    }
    group.finish();
}

/// The sums of a silhouette: of the distances of every row to 256 others, and of those to the rows.
fn pairs<T: Element>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("pairs/{}", T::PRECISION.name()));
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Elements((TILE_ROWS * MOST_PAIR_POINTS) as u64));
    for d in [3, 8, 16, 64] {
        let values = blobs::panels::<T>(&blobs::blobs(TILE_ROWS, d, 6));
        let rows = Panels::new(&values, d, TILE_ROWS);
        let points = rows.skip(0, MOST_PAIR_POINTS);
        let (mut row_sums, mut point_sums) = ([0.0; TILE_ROWS], [0.0; MOST_PAIR_POINTS]);
        for kernel in Isa::available().filter_map(Kernel::new) {
            group.bench_function(BenchmarkId::new(kernel.isa().name(), format!("d{d}")), |b| {
                b.iter(|| {
                    kernel.add_distances(rows, points, &mut row_sums, Some(&mut point_sums));
                });
            });
        }
    }
    group.finish();
}

/// Asserts that no centre is nearer than the labelled one beyond rounding.
fn assert_nearest<T: Element>(columns: &[&[T]], centers: &[f64], labels: &[u32]) {
    for (row, &label) in labels.iter().enumerate() {
        let sq_distance = |center: &[f64]| -> f64 {
            columns.iter().zip(center).map(|(x, c)| (x[row].to_f64() - c).powi(2)).sum()
        };
        let mut all = centers.chunks(columns.len()).map(sq_distance);
        let labelled = all.clone().nth(label as usize).expect("a label is below k");
        let slack = labelled * T::EPSILON * (columns.len() + 4) as f64;
        assert!(all.all(|other| labelled <= other + slack), "row {row} is not with its nearest");
    }
}

criterion_group!(benches, kernels);
criterion_main!(benches);
