//! One tile of rows against k centres: per instruction set, type, d and k.
//!
//! Throughput is in distances (row-centre pairs), so that instruction sets compare at a glance.

mod blobs;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segengine::{Centers, Detail, Element, Isa, Kernel, NearestTile, TILE_ROWS};

/// (d, k): small tables of few segments, the middle, and where a matrix product would be used.
const SIZES: [(usize, usize); 6] = [(3, 4), (8, 6), (16, 12), (21, 37), (64, 256), (128, 1000)];

fn kernels(criterion: &mut Criterion) {
    nearest::<f32>(criterion);
    nearest::<f64>(criterion);
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
