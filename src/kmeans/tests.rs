//! Fits against a naive Lloyd, and the promises that do not depend on the data.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::affine::Affine;
use crate::monitor::Silent;
use crate::seed::Purpose;
use crate::table::{Chunk, Column, FeatureTable, TILE_ROWS, TileStep, Values};

/// `n` rows around `k` well-separated centres, by column.
fn blobs(n: usize, d: usize, k: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut stream = Seed(seed).stream(Purpose::Synthetic, 0);
    let centers: Vec<f64> = (0..k * d).map(|_| 8.0 * stream.normal()).collect();
    let mut columns = vec![Vec::with_capacity(n); d];
    for row in 0..n {
        for (j, column) in columns.iter_mut().enumerate() {
            column.push(centers[row % k * d + j] + stream.normal());
        }
    }
    columns
}

fn table(columns: &[Vec<f64>], weights: Option<Vec<f64>>) -> FeatureTable {
    let columns = columns.iter().map(|c| Column::from_f64("x", c.clone())).collect();
    FeatureTable::new(columns, weights).unwrap()
}

fn run_fit(table: &FeatureTable, precision: Precision, params: &KMeansParams) -> Result<Fit> {
    fit(&Tiles::plain(table), precision, &Kernel::detect().unwrap(), params, &Silent)
}

fn fit64(table: &FeatureTable, params: &KMeansParams) -> Fit {
    run_fit(table, Precision::F64, params).unwrap()
}

/// Lloyd as the textbook has it, for starts that empty no cluster.
fn naive_lloyd(columns: &[Vec<f64>], mut centers: Vec<f64>, tolerance: f64) -> (Vec<u32>, f64) {
    let (n, d) = (columns[0].len(), columns.len());
    let k = centers.len() / d;
    let sq = |row: usize, c: usize, centers: &[f64]| -> f64 {
        (0..d).map(|j| (columns[j][row] - centers[c * d + j]).powi(2)).sum()
    };
    let label = |centers: &[f64]| -> Vec<u32> {
        (0..n)
            .map(|row| {
                let by =
                    |a: &usize, b: &usize| sq(row, *a, centers).total_cmp(&sq(row, *b, centers));
                (0..k).min_by(by).unwrap() as u32
            })
            .collect()
    };
    for _ in 0..300 {
        let labels = label(&centers);
        let mut sums = vec![0.0; k * d];
        let mut counts = vec![0.0; k];
        for (row, &c) in labels.iter().enumerate() {
            counts[c as usize] += 1.0;
            for j in 0..d {
                sums[c as usize * d + j] += columns[j][row];
            }
        }
        let means: Vec<f64> = (0..k * d).map(|i| sums[i] / counts[i / d]).collect();
        let moved: f64 = means.iter().zip(&centers).map(|(a, b)| (a - b).powi(2)).sum();
        centers = means;
        if moved <= tolerance {
            break;
        }
    }
    let labels = label(&centers);
    let inertia = labels.iter().enumerate().map(|(row, &c)| sq(row, c as usize, &centers)).sum();
    (labels, inertia)
}

#[test]
fn equals_the_textbook() {
    for (n, d, k) in [(500, 2, 3), (3000, 5, 7), (1500, 20, 40)] {
        let columns = blobs(n, d, k, 1);
        let start: Vec<f64> = (0..k).flat_map(|row| columns.iter().map(move |c| c[row])).collect();
        let (labels, inertia) = naive_lloyd(&columns, start.clone(), 0.0);
        let params = KMeansParams { init: Init::Centers(start), tol: 0.0, ..KMeansParams::new(k) };
        let fit = fit64(&table(&columns, None), &params);
        assert!(fit.converged);
        assert_eq!(fit.labels, labels);
        assert!((fit.inertia / inertia - 1.0).abs() < 1e-12, "{} {inertia}", fit.inertia);
    }
}

#[test]
fn bytes_do_not_depend_on_threads_or_batches() {
    let columns = blobs(9000, 3, 5, 2);
    let weights: Vec<f64> = (0..9000).map(|i| f64::from(i % 7) + 0.5).collect();
    let batched = |size: usize| {
        let columns = columns.iter().map(|column| {
            let chunks = column
                .chunks(size)
                .map(|part| Chunk::new(Values::F64(part.to_vec().into()), None).unwrap());
            Column::new("x", "Float64", chunks.collect())
        });
        FeatureTable::new(columns.collect(), Some(weights.clone())).unwrap()
    };
    for algorithm in [Algorithm::Lloyd, Algorithm::MiniBatch { batch_size: 3000 }] {
        for init in [Init::KMeansPlusPlus, Init::Random] {
            let params =
                KMeansParams { algorithm, init, n_init: 3, max_iter: 20, ..KMeansParams::new(5) };
            for precision in [Precision::F32, Precision::F64] {
                let mut results = Vec::new();
                for threads in [1, 2, 3, 8] {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                    let size = [9000, 1, 180, 1024][threads % 4];
                    let table = batched(size);
                    let run = || run_fit(&table, precision, &params).unwrap();
                    results.push(pool.build().unwrap().install(run));
                }
                for other in &results[1..] {
                    assert_eq!(&results[0], other, "{params:?} {precision:?}");
                }
            }
        }
    }
}

#[test]
fn weights_count_as_repeated_rows() {
    let columns = blobs(300, 2, 3, 3);
    let weights: Vec<f64> = (0..300).map(|i| f64::from(i % 4)).collect();
    let repeated: Vec<Vec<f64>> =
        columns.iter().map(|c| (0..300).flat_map(|i| vec![c[i]; i % 4]).collect()).collect();
    let start: Vec<f64> =
        [1, 2, 3].iter().flat_map(|&r| columns.iter().map(move |c| c[r])).collect();
    let params = KMeansParams { init: Init::Centers(start), tol: 0.0, ..KMeansParams::new(3) };
    let weighted = fit64(&table(&columns, Some(weights)), &params);
    let rows = fit64(&table(&repeated, None), &params);
    assert!((weighted.inertia / rows.inertia - 1.0).abs() < 1e-12);
    for (a, b) in weighted.centers.iter().zip(&rows.centers) {
        assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{a} {b}");
    }
    assert_eq!(weighted.sizes.iter().sum::<u64>(), 300, "sizes count rows, not weights");
}

#[test]
fn an_empty_cluster_takes_the_farthest_row_and_nothing_is_stale() {
    let columns = vec![vec![0.0, 0.1, 0.2, 10.0, 10.1, 50.0]];
    // The last centre is nearest to no row.
    let params =
        KMeansParams { init: Init::Centers(vec![0.0, 10.0, 1000.0]), ..KMeansParams::new(3) };
    for max_iter in [1, 2, 300] {
        let fit = fit64(&table(&columns, None), &KMeansParams { max_iter, ..params.clone() });
        assert_eq!(fit.labels, [0, 0, 0, 1, 1, 2]);
        assert_eq!(fit.sizes, [3, 2, 1]);
        let inertia: f64 = (0..6)
            .map(|row| (columns[0][row] - fit.centers[fit.labels[row] as usize]).powi(2))
            .sum();
        assert!((fit.inertia - inertia).abs() < 1e-12, "{max_iter}");
    }
}

#[test]
fn extremes_of_k() {
    let columns = blobs(40, 2, 4, 5);
    let data = table(&columns, None);
    let one = fit64(&data, &KMeansParams::new(1));
    let mean = columns[0].iter().sum::<f64>() / 40.0;
    assert!((one.centers[0] - mean).abs() < 1e-12);
    let all = fit64(&data, &KMeansParams::new(40));
    assert_eq!(all.inertia, 0.0);
    assert!(all.sizes.iter().all(|&size| size == 1));

    let too_many = run_fit(&data, Precision::F64, &KMeansParams::new(41)).unwrap_err();
    assert_eq!(too_many.kind(), ErrorKind::Data);
    assert!(too_many.to_string().contains("40 rows, 41 clusters"), "{too_many}");
}

#[test]
fn too_few_distinct_rows_are_counted() {
    let data = table(&[vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0], vec![0.0; 6]], None);
    let starts =
        [Init::KMeansPlusPlus, Init::Random, Init::Centers(vec![1.0, 0.0, 2.0, 0.0, 2.0, 0.0])];
    for init in starts {
        let params = KMeansParams { init, ..KMeansParams::new(3) };
        let error = run_fit(&data, Precision::F64, &params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains("only 2 distinct rows, 3 clusters"), "{error}");
        assert_eq!(fit64(&data, &KMeansParams::new(2)).sizes, [3, 3]);
    }
}

#[test]
fn rows_that_single_precision_cannot_tell_apart_end_the_fit() {
    // The squares of these differences underflow, so the kernels see two places.
    let column = Column::from_f32("x", vec![0.0, 1e-30, 2e-30, 1.0]);
    let table = FeatureTable::new(vec![column], None).unwrap();
    for init in [Init::Random, Init::Centers(vec![0.0, 1e-30, 2e-30, 1.0])] {
        let params = KMeansParams { init, ..KMeansParams::new(4) };
        let error = run_fit(&table, Precision::F32, &params).unwrap_err();
        assert!(error.to_string().contains("only 2 distinct rows"), "{error}");
    }
}

#[test]
fn mini_batches_start_from_rows_that_count() {
    // A sample drawn evenly would hold next to no row of positive weight, and few places.
    let columns = vec![(0..20_000).map(|i| f64::from(i / 2500)).collect::<Vec<_>>()];
    let weights: Vec<f64> = (0..20_000).map(|i| f64::from(i % 500 == 0)).collect();
    for init in [Init::Random, Init::KMeansPlusPlus] {
        let params = KMeansParams {
            algorithm: Algorithm::MiniBatch { batch_size: 4 },
            init,
            ..KMeansParams::new(8)
        };
        let fit = fit64(&table(&columns, Some(weights.clone())), &params);
        assert!(fit.sizes.iter().all(|&size| size > 0), "{:?}", fit.sizes);
    }
}

#[test]
fn bad_parameters_are_named() {
    let data = table(&[vec![1.0, 2.0]], None);
    let bad = [
        (KMeansParams::new(0), "clusters"),
        (KMeansParams { n_init: 0, ..KMeansParams::new(1) }, "starts"),
        (KMeansParams { max_iter: 0, ..KMeansParams::new(1) }, "iterations"),
        (KMeansParams { tol: f64::NAN, ..KMeansParams::new(1) }, "tolerance"),
        (KMeansParams { init: Init::Centers(vec![1.0]), ..KMeansParams::new(2) }, "coordinates"),
        (KMeansParams { init: Init::Centers(vec![f64::NAN]), ..KMeansParams::new(1) }, "NaN"),
        (
            KMeansParams {
                algorithm: Algorithm::MiniBatch { batch_size: 0 },
                ..KMeansParams::new(1)
            },
            "batches",
        ),
    ];
    for (params, word) in bad {
        let error = run_fit(&data, Precision::F64, &params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        assert!(error.to_string().contains(word), "{error}");
    }
}

/// Single precision stops counting at 2^24; two clusters of more rows each must not.
#[test]
fn sums_go_on_past_the_end_of_single_precision() {
    let n = (1 << 25) + 50_000;
    let values: Vec<f32> = (0..n).map(|i| if i % 2 == 0 { 1.0 } else { 3.0 }).collect();
    let table = FeatureTable::new(vec![Column::from_f32("x", values)], None).unwrap();
    let params =
        KMeansParams { init: Init::Centers(vec![0.5, 2.5]), tol: 0.0, ..KMeansParams::new(2) };
    let fit = run_fit(&table, Precision::F32, &params).unwrap();
    assert_eq!(fit.centers, [1.0, 3.0]);
    assert_eq!(fit.sizes, [n as u64 / 2; 2]);
    assert_eq!(fit.inertia, 0.0);
}

#[test]
fn mini_batch_comes_close_to_lloyd() {
    let columns = blobs(20_000, 4, 6, 8);
    let data = table(&columns, None);
    let lloyd = fit64(&data, &KMeansParams::new(6));
    let params = KMeansParams {
        algorithm: Algorithm::MiniBatch { batch_size: 1024 },
        tol: 0.0,
        n_init: 3,
        ..KMeansParams::new(6)
    };
    let batches = fit64(&data, &params);
    assert!(batches.converged);
    assert!(batches.inertia >= lloyd.inertia * (1.0 - 1e-12));
    assert!(batches.inertia < lloyd.inertia * 1.02, "{} {}", batches.inertia, lloyd.inertia);
    assert_eq!(batches.sizes.iter().sum::<u64>(), 20_000);
}

#[test]
fn nearest_repeats_the_labels_of_the_fit() {
    for (d, k) in [(3, 5), (20, 40)] {
        let columns = blobs(5000, d, k, 9);
        let data = table(&columns, None);
        let tiles = Tiles::plain(&data);
        let kernel = Kernel::detect().unwrap();
        for precision in [Precision::F32, Precision::F64] {
            let params = KMeansParams { n_init: 1, ..KMeansParams::new(k) };
            let fit = fit(&tiles, precision, &kernel, &params, &Silent).unwrap();
            let found = nearest(&tiles, precision, &kernel, &fit.centers, 0..tiles.n_tiles());
            assert_eq!(found.labels, fit.labels);
            let inertia: f64 = found.distances.iter().map(|x| x * x).sum();
            assert!((inertia / fit.inertia - 1.0).abs() < 1e-5);
            assert!(found.margins.unwrap().iter().all(|&m| m >= 0.0));
        }
        let alone = nearest(&tiles, Precision::F64, &kernel, &vec![0.0; d], 1..2);
        assert_eq!((alone.labels.len(), alone.margins), (TILE_ROWS, None));
    }
}

#[test]
fn cancelling_ends_a_fit() {
    struct After(AtomicUsize);
    impl Monitor for After {
        fn cancelled(&self) -> bool {
            self.0.fetch_add(1, Ordering::Relaxed) > 20
        }
    }
    let data = table(&blobs(5000, 2, 3, 10), None);
    let params = KMeansParams { n_init: 1000, ..KMeansParams::new(3) };
    let monitor = After(AtomicUsize::new(0));
    let kernel = Kernel::detect().unwrap();
    let error = fit(&Tiles::plain(&data), Precision::F64, &kernel, &params, &monitor).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the data: labels are nearest centres, sizes count them, and one more iteration
    /// from a settled result with no tolerance changes nothing.
    #[test]
    fn a_settled_fit_is_a_fixed_point(
        n in 1_usize..300, d in 1_usize..6, k in 1_usize..8, seed: u64,
    ) {
        prop_assume!(n >= k);
        let columns = blobs(n, d, k, seed);
        let data = table(&columns, None);
        let params = KMeansParams { n_init: 1, tol: 0.0, seed: Seed(seed), ..KMeansParams::new(k) };
        let first = fit64(&data, &params);
        prop_assert!(first.converged);
        let mut sizes = vec![0; k];
        first.labels.iter().for_each(|&label| sizes[label as usize] += 1);
        prop_assert_eq!(&sizes, &first.sizes);
        prop_assert!(sizes.iter().all(|&size| size > 0));
        let again = fit64(&data, &KMeansParams {
            init: Init::Centers(first.centers.clone()), ..params
        });
        prop_assert_eq!(&again.labels, &first.labels);
        prop_assert!((again.inertia - first.inertia).abs() <= 1e-12 * first.inertia);
    }
}

/// A table whose sums are exact in any order: multiples of 1/256, offset by a whole number.
fn exact_columns(kind: usize, n: usize, d: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut stream = Seed(seed).stream(Purpose::Synthetic, 7);
    let blobs: Vec<f64> = (0..12 * d).map(|_| (512.0 * stream.normal()).round() / 256.0).collect();
    let mut value = |row: usize, j: usize| match kind {
        // Uniform noise, a grid full of ties, duplicates of few rows, blobs far from zero.
        0 => stream.below(1024) as f64 / 256.0,
        1 => stream.below(3) as f64,
        2 => ((row % 40) * (j + 3) % 11) as f64 / 8.0,
        _ => 4096.0 + blobs[row % 12 * d + j] + (stream.below(64) as f64 - 32.0) / 256.0,
    };
    (0..d).map(|j| (0..n).map(|row| value(row, j)).collect()).collect()
}

/// Lloyd that searches all centres for every row in every iteration and sums all rows anew; `None`
/// if a cluster runs empty.
fn plain_lloyd<T: Element>(
    table: &FeatureTable,
    params: &KMeansParams,
) -> Option<(Vec<f64>, Vec<u32>)> {
    let Init::Centers(start) = &params.init else { panic!("a given start") };
    let tiles = Tiles::plain(table);
    let kernel = Kernel::detect().unwrap();
    let (n, d, k) = (table.n_rows(), table.n_features(), params.k);
    let rows: Vec<Vec<T>> = (0..n).map(|row| tiles.row::<T>(row)).collect();
    let mut centers = lloyd::round::<T>(start.clone());
    let label = |centers: &[f64]| {
        nearest(&tiles, T::PRECISION, &kernel, centers, 0..tiles.n_tiles()).labels
    };
    let mut before = Vec::new();
    for _ in 0..params.max_iter {
        let labels = label(&centers);
        let mut sums = vec![0.0; k * d];
        let mut counts = vec![0.0; k];
        for (row, &c) in rows.iter().zip(&labels) {
            counts[c as usize] += 1.0;
            for (sum, x) in sums[c as usize * d..].iter_mut().zip(row) {
                *sum += x.to_f64();
            }
        }
        if counts.contains(&0.0) {
            return None;
        }
        let means = sums.iter().enumerate().map(|(i, sum)| sum / counts[i / d]).collect();
        let means = lloyd::round::<T>(means);
        let settled = labels == before || means == centers;
        (centers, before) = (means, labels);
        if settled {
            break;
        }
    }
    let labels = label(&centers);
    Some((centers, labels))
}

/// Bounds, sparse tiles and running sums change nothing, to the last bit.
fn check_against_plain(kind: usize, n: usize, d: usize, k: usize, seed: u64) -> bool {
    let columns = exact_columns(kind, n, d, seed);
    let table = table(&columns, None);
    let mut seen = std::collections::HashSet::new();
    let mut start = Vec::new();
    for row in 0..n {
        let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        if start.len() < k * d
            && seen.insert(values.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
        {
            start.extend(values);
        }
    }
    let k = start.len() / d;
    let init = Init::Centers(start);
    let params = KMeansParams { init, tol: 0.0, max_iter: 12, ..KMeansParams::new(k) };
    let mut compared = false;
    for precision in [Precision::F32, Precision::F64] {
        let plain = match precision {
            Precision::F32 => plain_lloyd::<f32>(&table, &params),
            Precision::F64 => plain_lloyd::<f64>(&table, &params),
        };
        if let Some((centers, labels)) = plain {
            let fit = run_fit(&table, precision, &params).unwrap();
            let place = format!("kind {kind} n={n} d={d} k={k} seed={seed} {precision:?}");
            assert!(fit.centers == centers, "{place}: centres");
            assert!(fit.labels == labels, "{place}: labels");
            compared = true;
        }
    }
    compared
}

#[test]
fn accelerations_change_nothing() {
    let mut compared = 0;
    for kind in 0..4 {
        for (n, d, k) in
            [(700, 1, 20), (1500, 2, 130), (2500, 8, 40), (1100, 33, 50), (900, 130, 300)]
        {
            compared += usize::from(check_against_plain(kind, n, d, k, 1));
        }
    }
    assert!(compared >= 12, "{compared} of 20 cases compared");
}

#[test]
fn a_fit_takes_memory_for_rows_and_for_sums() {
    let n = 1 << 20;
    let mib = |params: &KMeansParams, d, precision| bytes_to_fit(params, n, d, precision) >> 20;
    let lloyd = |k| KMeansParams::new(k);
    assert_eq!(mib(&lloyd(4), 4, Precision::F32), 4 + 8);
    assert_eq!(mib(&lloyd(4), 4, Precision::F64), 4 + 12);
    assert_eq!(mib(&lloyd(1 << 10), 1022, Precision::F64), 4 + 12 + 8 * (32 + 8));
    let one = KMeansParams { n_init: 1, ..lloyd(4) };
    assert_eq!(mib(&one, 4, Precision::F64), 12);
    let algorithm = Algorithm::MiniBatch { batch_size: 4096 };
    let batches = KMeansParams { algorithm, n_init: 1, ..lloyd(1 << 10) };
    assert_eq!(mib(&batches, 1022, Precision::F64), 4 + 8 * (16 + 8));
    let most = bytes_to_fit(&lloyd(1 << 40), usize::MAX, 1 << 40, Precision::F64);
    assert_eq!(most, u64::MAX);
}

/// Rows are picked from what is stored; tiles prepare them all. Both must give the same values.
#[test]
fn rows_that_are_prepared_by_themselves_change_nothing() {
    let columns = blobs(6000, 5, 40, 23);
    let affine = Affine { shift: 0.3, scale: 1.0 / 3.0 };
    let prepared: Vec<Column> = columns
        .iter()
        .map(|column| {
            let values = column.iter().map(|&x| (x as f32 - 0.3) * (1.0_f32 / 3.0));
            Column::from_f32("x", values.collect())
        })
        .collect();
    let stored: Vec<Column> = columns
        .iter()
        .map(|column| Column::from_f32("x", column.iter().map(|&x| x as f32).collect()))
        .collect();
    let [prepared, stored] =
        [prepared, stored].map(|columns| FeatureTable::new(columns, None).unwrap());
    let params = KMeansParams { tol: 0.0, n_init: 2, ..KMeansParams::new(40) };
    let step = TileStep { fill: None, affine };
    let tiles = Tiles::new(&stored, vec![step; 5]);
    let kernel = Kernel::detect().unwrap();
    let fit = fit(&tiles, Precision::F32, &kernel, &params, &Silent).unwrap();
    assert_eq!(fit, run_fit(&prepared, Precision::F32, &params).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn accelerations_change_nothing_anywhere(
        kind in 0_usize..4, n in 300_usize..2500, d in 1_usize..131, k in 1_usize..300, seed: u64,
    ) {
        check_against_plain(kind, n, d, k.min(n / 3), seed);
    }
}

#[test]
fn candidates_of_the_most_clusters_fit_a_round() {
    let trials = 2 + f64::from(1 << 24).ln() as usize;
    assert!(trials < crate::kernel::MOST_POINTS);
}

#[test]
fn fits_with_other_groups_do_not_notice_each_other() {
    let table = table(&blobs(20_000, 8, 9, 22), None);
    let params = [2, 4000].map(|k| KMeansParams {
        init: Init::Random,
        n_init: 2,
        max_iter: 3,
        ..KMeansParams::new(k)
    });
    let kernel = Kernel::detect().unwrap();
    let together =
        fit_many(&Tiles::plain(&table), Precision::F32, &kernel, &params, &Silent).unwrap();
    for (params, fit) in params.iter().zip(together) {
        assert_eq!(run_fit(&table, Precision::F32, params).unwrap(), fit, "k={}", params.k);
    }
}

#[test]
fn tiny_scales_keep_no_stale_label() {
    let columns: Vec<Vec<f64>> = exact_columns(3, 3000, 20, 5)
        .into_iter()
        .map(|column| column.into_iter().map(|x| (x - 4096.0) * 2f64.powi(-140)).collect())
        .collect();
    let start: Vec<f64> = (0..20).flat_map(|row| columns.iter().map(move |c| c[row])).collect();
    let table = table(&columns, None);
    let params = KMeansParams {
        init: Init::Centers(start),
        tol: 0.0,
        max_iter: 12,
        ..KMeansParams::new(20)
    };
    let (centers, labels) = plain_lloyd::<f64>(&table, &params).expect("no cluster runs empty");
    let fit = run_fit(&table, Precision::F64, &params).unwrap();
    assert!(fit.centers == centers && fit.labels == labels);
}

#[test]
fn fits_do_not_notice_each_other() {
    let columns = blobs(5000, 6, 9, 21);
    for weights in [None, Some((0..5000).map(|i| f64::from(i % 5)).collect())] {
        let table = table(&columns, weights);
        let tiles = Tiles::plain(&table);
        let kernel = Kernel::detect().unwrap();
        let mini = Algorithm::MiniBatch { batch_size: 500 };
        let params: Vec<KMeansParams> = [2, 9, 30, 60]
            .map(|k| KMeansParams { n_init: 3, max_iter: 8, ..KMeansParams::new(k) })
            .into_iter()
            .chain([
                KMeansParams { algorithm: mini, ..KMeansParams::new(4) },
                KMeansParams { init: Init::Random, ..KMeansParams::new(5) },
            ])
            .collect();
        let together = fit_many(&tiles, Precision::F32, &kernel, &params, &Silent).unwrap();
        for (params, fit) in params.iter().zip(together) {
            assert_eq!(run_fit(&table, Precision::F32, params).unwrap(), fit, "{params:?}");
        }
    }
}

/// Centres that creep, jump and creep again, so that gaps are kept, given up and taken up again.
fn check_labels_while_centers_move<T: Element>(n: usize, d: usize, k: usize) {
    let table = table(&blobs(n, d, k, 24), None);
    let tiles = Tiles::plain(&table);
    let kernel = Kernel::detect().unwrap();
    let run = Run::<T> {
        tiles: &tiles,
        kernel: &kernel,
        monitor: &Silent,
        groups: Groups::new(tiles.n_tiles(), k, d),
        marker: std::marker::PhantomData,
    };
    let mut stream = Seed(25).stream(Purpose::Synthetic, 0);
    let mut centers: Vec<f64> = (0..k).flat_map(|row| tiles.row::<f64>(row)).collect();
    let mut labelling = Labelling::new(&run, None, lloyd::round::<T>(centers.clone())).unwrap();
    // Whether with distances or without, labels must be right after it.
    let pass = |labelling: &mut Labelling<'_>, want_distances| {
        labelling::pass(&run, &mut [labelling], want_distances, |_| (), |(), _| ()).unwrap();
    };
    let steps = [0.0, 1e-3, 1e-3, 8.0, 4.0, 1e-3, 1e-2, 1e-3, 1e-4, 0.0, 2.0, 0.1, 0.01];
    for (i, step) in steps.into_iter().enumerate() {
        centers.iter_mut().for_each(|center| *center += step * stream.normal());
        centers = lloyd::round::<T>(centers);
        labelling.move_to::<T>(centers.clone());
        pass(&mut labelling, i % 4 == 2);
        let mut fresh = Labelling::unbounded(&run, None, centers.clone()).unwrap();
        pass(&mut fresh, false);
        assert!(labelling.labels() == fresh.labels(), "{n} x {d}, k={k}: {i} after {step}");
    }
}

#[test]
fn labels_are_those_of_a_search_however_the_centers_move() {
    for (tiles, d, k) in [(70, 3, 12), (5, 6, 30), (5, 20, 40), (6, 9, 64)] {
        check_labels_while_centers_move::<f32>(tiles * TILE_ROWS + 100, d, k);
    }
    check_labels_while_centers_move::<f64>(5 * TILE_ROWS + 1, 10, 30);
}

#[test]
fn weights_of_a_fit_are_those_of_a_table_with_them() {
    let columns = blobs(6000, 4, 5, 26);
    let mut stream = Seed(27).stream(Purpose::Synthetic, 0);
    let draws: Vec<Vec<f64>> = (0..3)
        .map(|_| {
            let mut counts = vec![0.0; 6000];
            (0..6000).for_each(|_| counts[stream.below(6000)] += 1.0);
            counts
        })
        .collect();
    let mini = Algorithm::MiniBatch { batch_size: 500 };
    let params: Vec<KMeansParams> = [
        KMeansParams { n_init: 2, ..KMeansParams::new(5) },
        KMeansParams { n_init: 2, ..KMeansParams::new(12) },
        KMeansParams { init: Init::Random, ..KMeansParams::new(3) },
        KMeansParams { algorithm: mini, ..KMeansParams::new(4) },
    ]
    .into();
    let plain = table(&columns, None);
    let own: Vec<f64> = (0..6000).map(|i| f64::from(i % 3)).collect();
    let weighted = table(&columns, Some(own));
    let kernel = Kernel::detect().unwrap();
    for target in [&plain, &weighted] {
        let jobs = params.iter().flat_map(|params| {
            let drawn = draws.iter().map(|draw| FitJob { params, weights: Some(draw) });
            drawn.chain([FitJob { params, weights: None }])
        });
        let jobs: Vec<FitJob<'_>> = jobs.collect();
        let tiles = Tiles::plain(target);
        let fits = fit_jobs(&tiles, Precision::F32, &kernel, &jobs, &Silent).unwrap();
        for (job, found) in jobs.iter().zip(fits) {
            let weights = job.weights.or(target.weights()).map(<[f64]>::to_vec);
            let alone = run_fit(&table(&columns, weights), Precision::F32, job.params).unwrap();
            assert_eq!(alone, found, "{:?}", job.params);
        }
    }
    let bad = [vec![1.0; 5999], vec![-1.0; 6000], vec![0.0; 6000]];
    for weights in &bad {
        let job = FitJob { params: &params[0], weights: Some(weights) };
        let refused = fit_jobs(&Tiles::plain(&plain), Precision::F32, &kernel, &[job], &Silent);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Data);
    }
}
