//! Silhouettes against the definition, and the promises that do not depend on the data.

use proptest::prelude::*;

use super::bounds::{Needs, Sets};
use super::extent::Extent;
use super::rows::{Places, Rows};
use super::sorted::Sorted;
use super::*;
use crate::error::ErrorKind;
use crate::kernel::Isa;
use crate::monitor::Silent;
use crate::seed::{Purpose, Stream};
use crate::table::{Column, FeatureTable};

/// Rows around centres of different spread, by column, and the cluster of each.
fn blobs(n: usize, d: usize, k: usize, stream: &mut Stream) -> (Vec<Vec<f64>>, Vec<u32>) {
    let centers: Vec<f64> = (0..k * d).map(|_| 3.0 * stream.normal()).collect();
    let mut columns = vec![Vec::with_capacity(n); d];
    let mut labels = Vec::with_capacity(n);
    for _ in 0..n {
        // The larger the number, the rarer the cluster.
        let cluster = stream.below(k).min(stream.below(k));
        labels.push(cluster as u32);
        let spread = 0.5 + cluster as f64 / k as f64;
        for (j, column) in columns.iter_mut().enumerate() {
            column.push(centers[cluster * d + j] + spread * stream.normal());
        }
    }
    (columns, labels)
}

fn table(columns: &[Vec<f64>], precision: Precision) -> FeatureTable {
    let columns = columns.iter().map(|column| match precision {
        Precision::F32 => Column::from_f32("x", column.iter().map(|&x| x as f32).collect()),
        Precision::F64 => Column::from_f64("x", column.clone()),
    });
    FeatureTable::new(columns.collect(), None).unwrap()
}

fn measure(
    table: &FeatureTable,
    precision: Precision,
    labels: &[u32],
    method: SilhouetteMethod,
) -> Result<Silhouette> {
    let labeling = Labeling::new(labels)?;
    silhouette(&Tiles::plain(table), precision, &Kernel::detect()?, &labeling, method, &Silent)
}

/// The definition, with `distance` between rows.
fn definition(
    columns: &[Vec<f64>],
    labels: &[u32],
    distance: impl Fn(f64) -> f64,
) -> (Vec<f64>, Vec<u32>) {
    let n = labels.len();
    let k = labels.iter().max().unwrap() + 1;
    let size = |c: u32| labels.iter().filter(|&&label| label == c).count() as f64;
    (0..n)
        .map(|row| {
            let mut sums = vec![0.0; k as usize];
            for other in 0..n {
                let square = columns.iter().map(|x| (x[row] - x[other]).powi(2)).sum();
                sums[labels[other] as usize] += distance(square);
            }
            let own = labels[row];
            let a = sums[own as usize] / (size(own) - 1.0);
            let others = (0..k).filter(|&c| c != own && size(c) > 0.0);
            let mean = |c: u32| sums[c as usize] / size(c);
            let next = others.min_by(|&x, &y| mean(x).total_cmp(&mean(y))).unwrap();
            let value = if size(own) == 1.0 { 0.0 } else { silhouette_of(a, mean(next)) };
            (value, next)
        })
        .unzip()
}

fn rounded(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    columns.iter().map(|c| c.iter().map(|&x| f64::from(x as f32)).collect()).collect()
}

#[test]
fn equals_the_definition() {
    let mut stream = Seed(1).stream(Purpose::Synthetic, 0);
    for (n, d, k) in [(3, 1, 2), (40, 1, 7), (700, 3, 2), (2500, 3, 4), (600, 17, 5), (300, 40, 90)]
    {
        let (columns, labels) = blobs(n, d, k, &mut stream);
        for (precision, columns, allowed) in
            [(Precision::F64, columns.clone(), 1e-12), (Precision::F32, rounded(&columns), 5e-6)]
        {
            let table = table(&columns, precision);
            for (method, distance) in [
                (SilhouetteMethod::Exact, f64::sqrt as fn(f64) -> f64),
                (SilhouetteMethod::Squared, |square| square),
            ] {
                if Labeling::new(&labels).unwrap().check_separates().is_err() {
                    continue;
                }
                let found = measure(&table, precision, &labels, method).unwrap();
                let (values, neighbors) = definition(&columns, &labels, distance);
                let mut mean = 0.0;
                for (row, (ours, value)) in found.values.iter().zip(&values).enumerate() {
                    let place = format!("{n} × {d}, k={k}, {method:?} {precision:?}, row {row}");
                    assert!((ours - value).abs() < allowed, "{place}: {ours} {value}");
                    mean += value / n as f64;
                }
                assert!((found.mean - mean).abs() < allowed);
                let same = found.neighbors.iter().zip(&neighbors).filter(|(a, b)| a == b).count();
                assert!(same + n / 200 >= n, "{same} of {n} neighbours");
                let weighted = found.clusters.iter().map(|c| c.size as f64 * c.mean).sum::<f64>();
                assert!((weighted / n as f64 - found.mean).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn the_centroid_form_is_that_of_the_means() {
    let mut stream = Seed(2).stream(Purpose::Synthetic, 0);
    let (columns, labels) = blobs(1500, 4, 3, &mut stream);
    let found = measure(
        &table(&columns, Precision::F64),
        Precision::F64,
        &labels,
        SilhouetteMethod::Centroid,
    );
    let mean = |cluster: u32, j: usize| {
        let rows = labels.iter().zip(&columns[j]).filter(|(label, _)| **label == cluster);
        let (n, sum) = rows.fold((0.0, 0.0), |(n, sum), (_, x)| (n + 1.0, sum + x));
        sum / n
    };
    let means: Vec<Vec<f64>> = (0..3).map(|c| (0..4).map(|j| mean(c, j)).collect()).collect();
    for (row, value) in found.unwrap().values.into_iter().enumerate() {
        let to = |c: usize| -> f64 {
            let squares = columns.iter().zip(&means[c]).map(|(x, mean)| (x[row] - mean).powi(2));
            squares.sum::<f64>().sqrt()
        };
        let own = labels[row] as usize;
        let next = (0..3).filter(|&c| c != own).map(to).fold(f64::INFINITY, f64::min);
        assert!((value - silhouette_of(to(own), next)).abs() < 1e-12);
    }
}

/// The scores with everything worked out, and without what bounds rule out.
fn plain_and_pruned<T: Element>(tiles: &Tiles<'_>, labels: &[u32], kernel: &Kernel) -> [Scores; 2] {
    let labeling = Labeling::new(labels).unwrap();
    let input = Input { tiles, labeling: &labeling, kernel, monitor: &Silent };
    let extent = Extent::of::<T>(&input).unwrap();
    let sets = |rows: &Rows<T>, places: &Places| Sets::of_rows(rows, places, &extent);
    let (sorted, needs) = Sorted::new(&input, sets).unwrap();
    let all = Needs::all(&sorted.places).unwrap();
    [all, needs].map(|needs| exact::scores_of(&input, &sorted, &needs, &extent).unwrap())
}

#[test]
fn what_is_left_out_does_not_show() {
    let mut stream = Seed(3).stream(Purpose::Synthetic, 0);
    for (n, d, k) in [(9000, 3, 6), (6000, 8, 3), (3000, 2, 150), (4000, 30, 8), (2000, 5, 40)] {
        let (columns, mut labels) = blobs(n, d, k, &mut stream);
        for mixed in [false, true] {
            if mixed {
                labels.iter_mut().for_each(|label| *label = stream.below(k) as u32);
            }
            for kernel in Isa::available().filter_map(Kernel::new) {
                let wide = table(&columns, Precision::F64);
                let narrow = table(&columns, Precision::F32);
                let [plain, pruned] =
                    plain_and_pruned::<f64>(&Tiles::plain(&wide), &labels, &kernel);
                assert_eq!(plain, pruned, "{n} × {d}, k={k} {:?}", kernel.isa());
                let [plain, pruned] =
                    plain_and_pruned::<f32>(&Tiles::plain(&narrow), &labels, &kernel);
                assert_eq!(plain, pruned, "{n} × {d}, k={k} {:?}", kernel.isa());
            }
        }
    }
}

#[test]
fn far_from_the_origin_bounds_hold_too() {
    let mut stream = Seed(4).stream(Purpose::Synthetic, 0);
    let (mut columns, labels) = blobs(3000, 3, 5, &mut stream);
    columns.iter_mut().flatten().for_each(|x| *x += 1e6);
    let table = table(&columns, Precision::F32);
    let kernel = Kernel::detect().unwrap();
    let [plain, pruned] = plain_and_pruned::<f32>(&Tiles::plain(&table), &labels, &kernel);
    assert_eq!(plain, pruned);
    let (values, _) = definition(&rounded(&columns), &labels, f64::sqrt);
    for (ours, value) in pruned.values.iter().zip(values) {
        assert!((ours - value).abs() < 1e-5, "{ours} {value}");
    }
}

#[test]
fn threads_do_not_show() {
    let mut stream = Seed(5).stream(Purpose::Synthetic, 0);
    let (columns, labels) = blobs(7000, 3, 5, &mut stream);
    let table = table(&columns, Precision::F32);
    for method in [
        SilhouetteMethod::Exact,
        SilhouetteMethod::Squared,
        SilhouetteMethod::Centroid,
        SilhouetteMethod::Sampled { rows: 900, seed: Seed(7) },
    ] {
        let results = [1, 2, 3, 8].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| measure(&table, Precision::F32, &labels, method).unwrap())
        });
        assert!(results.iter().all(|other| *other == results[0]), "{method:?}");
    }
}

#[test]
fn a_sample_of_all_rows_is_exact_and_a_part_is_within_its_error() {
    let mut stream = Seed(6).stream(Purpose::Synthetic, 0);
    let (columns, labels) = blobs(6000, 3, 4, &mut stream);
    let table = table(&columns, Precision::F64);
    let run = |method| measure(&table, Precision::F64, &labels, method).unwrap();
    let exact = run(SilhouetteMethod::Exact);
    let all = run(SilhouetteMethod::Sampled { rows: 6000, seed: Seed(0) });
    assert_eq!(all.rows, Some((0..6000).collect()));
    assert_eq!(all.standard_error, Some(0.0));
    for (a, b) in all.values.iter().zip(&exact.values) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
    assert_eq!(all.neighbors, exact.neighbors);
    // Of 60 estimates, within two standard errors: 57 of them on average, by chance not less than 50.
    let within = (0..60).filter(|&seed| {
        let part = run(SilhouetteMethod::Sampled { rows: 300, seed: Seed(seed) });
        let rows = part.rows.as_ref().unwrap();
        assert!((297..=300).contains(&rows.len()) && rows.is_sorted_by(|a, b| a < b));
        for (&row, value) in rows.iter().zip(&part.values) {
            assert!((value - exact.values[row]).abs() < 1e-12);
        }
        (part.mean - exact.mean).abs() <= 2.0 * part.standard_error.unwrap()
    });
    assert!(within.count() >= 50);
}

#[test]
fn labels_that_separate_nothing_are_refused() {
    let columns = vec![vec![1.0, 2.0, 3.0]];
    let table = table(&columns, Precision::F64);
    for method in [
        SilhouetteMethod::Exact,
        SilhouetteMethod::Squared,
        SilhouetteMethod::Centroid,
        SilhouetteMethod::Sampled { rows: 10, seed: Seed(0) },
    ] {
        for labels in [[4, 4, 4], [2, 0, 1]] {
            let error = measure(&table, Precision::F64, &labels, method).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data, "{method:?}");
        }
        // A row alone has 0, and so have rows that are all in one place.
        let found = measure(&table, Precision::F64, &[0, 0, 9], method).unwrap();
        assert_eq!(found.values[2], 0.0);
        assert_eq!(found.neighbors, [9, 9, 0]);
    }
    let method = SilhouetteMethod::Sampled { rows: 0, seed: Seed(0) };
    assert!(measure(&table, Precision::F64, &[0, 0, 1], method).is_err());
}

#[test]
fn what_makes_no_distance_is_an_error() {
    let labels = [0, 0, 1, 1, 1];
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200];
    for (x, place) in odd.into_iter().flat_map(|x| [(x, 0), (x, 3)]) {
        let mut column = vec![1.0, 2.0, 3.0, 4.0, 5.0];
        column[place] = x;
        for precision in [Precision::F32, Precision::F64] {
            let table = table(&[column.clone(), vec![0.5; 5]], precision);
            for method in [
                SilhouetteMethod::Exact,
                SilhouetteMethod::Squared,
                SilhouetteMethod::Centroid,
                SilhouetteMethod::Sampled { rows: 5, seed: Seed(0) },
            ] {
                let error = measure(&table, precision, &labels, method).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Data, "{x} {precision:?} {method:?}");
            }
        }
    }
}

#[test]
fn far_rows_and_tiny_clusters_in_one_table_are_measured() {
    let mut stream = Seed(9).stream(Purpose::Synthetic, 0);
    // Squares down to what single precision can hold.
    for scale in [1e-15, 1e-18, 1e-19] {
        let (mut columns, mut labels) = blobs(900, 2, 3, &mut stream);
        columns.iter_mut().flatten().for_each(|x| *x *= scale);
        columns.iter_mut().for_each(|column| column.extend([1.0; 50]));
        labels.extend([3; 50]);
        let columns = rounded(&columns);
        let (values, _) = definition(&columns, &labels, f64::sqrt);
        let table = table(&columns, Precision::F32);
        for kernel in Isa::available().filter_map(Kernel::new) {
            let [plain, pruned] = plain_and_pruned::<f32>(&Tiles::plain(&table), &labels, &kernel);
            assert_eq!(plain, pruned);
            for (ours, value) in pruned.values.iter().zip(&values) {
                assert!((ours - value).abs() < 1e-5, "{:?} {scale}: {ours} {value}", kernel.isa());
            }
        }
    }
}

#[test]
fn equal_rows_have_no_silhouette() {
    let columns = vec![vec![0.7; 600]; 2];
    let labels: Vec<u32> = (0..600).map(|row| row % 3).collect();
    for precision in [Precision::F32, Precision::F64] {
        let found =
            measure(&table(&columns, precision), precision, &labels, SilhouetteMethod::Exact);
        assert!(found.unwrap().values.iter().all(|&value| value == 0.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn values_lie_between_minus_one_and_one_and_follow_their_rows(
        n in 3_usize..600, d in 1_usize..5, k in 2_usize..9, seed: u64,
    ) {
        let mut stream = Seed(seed).stream(Purpose::Synthetic, 0);
        let (columns, mut labels) = blobs(n, d, k, &mut stream);
        (labels[0], labels[1], labels[2]) = (0, 1, 1);
        let mut order: Vec<usize> = (0..n).collect();
        (1..n).for_each(|i| order.swap(i, stream.below(i + 1)));
        let shuffled: Vec<Vec<f64>> =
            columns.iter().map(|x| order.iter().map(|&row| x[row]).collect()).collect();
        // Names that sort the other way round.
        let renamed: Vec<u32> = order.iter().map(|&row| 1000 - 7 * labels[row]).collect();
        let run = |columns: &[Vec<f64>], labels: &[u32]| {
            let table = table(columns, Precision::F64);
            measure(&table, Precision::F64, labels, SilhouetteMethod::Exact).unwrap()
        };
        let (first, second) = (run(&columns, &labels), run(&shuffled, &renamed));
        prop_assert!((first.mean - second.mean).abs() < 1e-12);
        for (place, &row) in order.iter().enumerate() {
            let (a, b) = (first.values[row], second.values[place]);
            prop_assert!((-1.0..=1.0).contains(&a));
            prop_assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }
}
