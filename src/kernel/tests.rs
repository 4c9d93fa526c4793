//! One suite for every instruction set that this machine has, against a naive `f64` oracle.

use proptest::prelude::*;

use super::vector::LEAST_ESTIMATED;
use super::*;
use crate::seed::{Purpose, Seed};

/// The kernels to test: all available ones, or the one that `SEGENGINE_ISA` names.
fn kernels() -> Vec<Kernel> {
    match std::env::var_os("SEGENGINE_ISA") {
        Some(_) => vec![Kernel::detect().unwrap()],
        None => Isa::available().filter_map(Kernel::new).collect(),
    }
}

/// Columns of `n` rows, padded with zeros, and `k` row-major centres.
struct Case<T> {
    columns: Vec<Vec<T>>,
    centers: Vec<f64>,
    n: usize,
}

impl<T: Element> Case<T> {
    fn new(n: usize, d: usize, k: usize, offset: f64, seed: u64) -> Self {
        let mut stream = Seed(seed).stream(Purpose::Synthetic, 0);
        let mut draw = || T::from_f64(offset + stream.normal());
        let columns = (0..d)
            .map(|_| {
                let mut column: Vec<T> = (0..n).map(|_| draw()).collect();
                column.resize(n.next_multiple_of(ROW_BLOCK), T::default());
                column
            })
            .collect();
        let centers = (0..k * d).map(|_| draw().to_f64()).collect();
        Self { columns, centers, n }
    }

    fn slices(&self) -> Vec<&[T]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }

    fn d(&self) -> usize {
        self.columns.len()
    }

    fn k(&self) -> usize {
        self.centers.len() / self.d()
    }

    /// The oracle: Σ(x − c)² in `f64`.
    fn sq_distance(&self, row: usize, center: usize) -> f64 {
        let center = &self.centers[center * self.d()..][..self.d()];
        self.columns.iter().zip(center).map(|(x, c)| (x[row].to_f64() - c).powi(2)).sum()
    }

    /// What `d` roundings in `T` of terms that add up to `value` can amount to.
    fn tolerance(&self, value: f64) -> f64 {
        (self.d() + 4) as f64 * T::EPSILON * value
    }

    fn check(&self, kernel: &Kernel, centers: &Centers<T>) {
        let place = format!("{:?} n={} d={} k={}", kernel.isa(), self.n, self.d(), self.k());
        let mut found = NearestTile::new();
        kernel.nearest(&self.slices(), self.n, centers, Detail::Second, &mut found);
        for row in 0..self.n {
            let mut sorted: Vec<f64> = (0..self.k()).map(|c| self.sq_distance(row, c)).collect();
            let label = found.labels[row] as usize;
            assert!(label < self.k(), "{place}: label {label}");
            let own = sorted[label];
            sorted.sort_by(f64::total_cmp);
            let nearest = sorted[0];
            assert!(
                own <= nearest + 2.0 * self.tolerance(nearest),
                "{place}: row {row} is {own} from its centre, {nearest} from another"
            );
            let distance = found.sq_distances[row].to_f64();
            assert!((distance - own).abs() <= self.tolerance(own), "{place}: {distance} {own}");
            match sorted.get(1) {
                Some(&second) => {
                    let got = found.second[row].to_f64();
                    let off = (got - second).abs();
                    assert!(off <= self.tolerance(second), "{place}: {got} {second}");
                }
                None => assert_eq!(found.second[row].to_f64(), T::MAX.to_f64()),
            }
        }
        let labels = found.labels.clone();
        for detail in [Detail::Label, Detail::Gap, Detail::Distance] {
            kernel.nearest(&self.slices(), self.n, centers, detail, &mut found);
            assert_eq!(found.labels[..self.n], labels[..self.n], "{place}: {detail:?}");
        }
        let n = self.n.next_multiple_of(ROW_BLOCK);
        let mut own = vec![T::default(); n];
        kernel.own_sq_distances(&self.slices(), self.n, centers, &labels[..n], &mut own);
        assert_eq!(own[..self.n], found.sq_distances[..self.n], "{place}");
    }

    /// Gaps are lower bounds, and far below the truth only where rounding is.
    fn check_gaps(&self, kernel: &Kernel, centers: &Centers<T>, offset: f64) {
        let mut found = NearestTile::new();
        kernel.nearest(&self.slices(), self.n, centers, Detail::Gap, &mut found);
        for row in 0..self.n {
            let gap = f64::from(found.gaps[row]);
            let label = found.labels[row] as usize;
            let own = self.sq_distance(row, label).sqrt();
            let others = (0..self.k()).filter(|&c| c != label);
            let second = others.map(|c| self.sq_distance(row, c)).fold(f64::INFINITY, f64::min);
            let truth = second.sqrt() - own;
            assert!(gap <= truth, "{:?}: {gap} {truth}", kernel.isa());
            if offset == 0.0 && truth.is_finite() {
                assert!(gap >= truth - 0.05 * second.sqrt(), "{:?}: {gap} {truth}", kernel.isa());
            }
        }
    }

    /// A round of k-means++ with every centre but the first as candidate.
    fn check_lower(&self, kernel: &Kernel, seed: u64) {
        let d = self.d();
        let n_points = self.k().min(MOST_POINTS);
        let points: Vec<T> = self.centers[..n_points * d].iter().map(|&c| T::from_f64(c)).collect();
        let mut stream = Seed(seed).stream(Purpose::Synthetic, 1);
        let draw = |_| T::from_f64(stream.uniform() * 2.0 * d as f64);
        let mut before: Vec<T> = (0..self.n).map(draw).collect();
        before.resize(self.n.next_multiple_of(ROW_BLOCK), T::default());
        let mut closest = before.clone();
        let mut owners = vec![7; closest.len()];
        let columns = self.slices();
        let seeding = SeedingTile { closest: &mut closest, owners: &mut owners, weights: None };
        let sums = kernel.lower(&columns, self.n, &points, 9, seeding);
        let weights: Vec<T> = (0..closest.len()).map(|i| T::from_index(i as i32 % 3)).collect();
        let (mut again, mut weighed_owners) = (before.clone(), vec![7; closest.len()]);
        let seeding = SeedingTile {
            closest: &mut again,
            owners: &mut weighed_owners,
            weights: Some(&weights),
        };
        let weighed = kernel.lower(&columns, self.n, &points, 9, seeding);
        assert_eq!((&again, &weighed_owners), (&closest, &owners));
        let mut expected_weighed = [0.0; MOST_POINTS - 1];
        let mut expected = [0.0; MOST_POINTS - 1];
        for row in 0..self.n {
            let newest = self.sq_distance(row, 0);
            let lowest = closest[row].to_f64();
            assert!((lowest - newest.min(before[row].to_f64())).abs() <= self.tolerance(newest));
            assert_eq!(owners[row], if closest[row] < before[row] { 9 } else { 7 });
            let pairs = expected.iter_mut().zip(&mut expected_weighed).zip(1..n_points);
            for ((sum, weighed), p) in pairs {
                let left = lowest.min(self.sq_distance(row, p));
                *sum += left;
                *weighed += (row % 3) as f64 * left;
            }
        }
        assert_eq!(closest[self.n..], before[self.n..]);
        let both = sums.iter().chain(&weighed).zip(expected.into_iter().chain(expected_weighed));
        for (sum, expected) in both {
            let tolerance = self.tolerance(expected) + TILE_ROWS as f64 * T::EPSILON * expected;
            assert!((sum - expected).abs() <= tolerance, "{sum} {expected}");
        }
    }

    fn check_sq_distances(&self, kernel: &Kernel) {
        let centers: Vec<T> = self.centers.iter().map(|&c| T::from_f64(c)).collect();
        let mut out = vec![T::default(); self.k() * TILE_ROWS];
        kernel.sq_distances(&self.slices(), self.n, &centers, &mut out);
        for c in 0..self.k() {
            for row in 0..self.n {
                let got = out[c * TILE_ROWS + row].to_f64();
                let want = self.sq_distance(row, c);
                assert!((got - want).abs() <= self.tolerance(want), "{got} {want}");
            }
        }
    }
}

fn check_all<T: Element>(n: usize, d: usize, k: usize, offset: f64, seed: u64) {
    let case = Case::<T>::new(n, d, k, offset, seed);
    let centers = Centers::new(&case.centers, d);
    for kernel in kernels() {
        case.check(&kernel, &centers);
        case.check_gaps(&kernel, &centers, offset);
        if centers.packed().is_some() {
            let centers = centers.clone().unpacked();
            case.check(&kernel, &centers);
            case.check_gaps(&kernel, &centers, offset);
        }
        case.check_sq_distances(&kernel);
        case.check_lower(&kernel, seed);
    }
}

#[test]
fn agrees_with_the_oracle_across_lanes_and_tails() {
    for d in [1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 100] {
        for k in [1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 31, 32, 33, 47, 48, 60] {
            check_all::<f32>(70, d, k, 0.0, 1);
            check_all::<f64>(70, d, k, 0.0, 2);
        }
    }
    for n in [1, 2, 7, 8, 63, 64, 65, 127, 129, 1000, 1023, 1024] {
        for (d, k) in [(3, 5), (20, 40)] {
            check_all::<f32>(n, d, k, 0.0, 3);
            check_all::<f64>(n, d, k, 0.0, 4);
        }
    }
}

#[test]
fn a_common_offset_costs_no_labels() {
    for (d, k) in [(3, 5), (24, 50)] {
        check_all::<f32>(200, d, k, 1e4, 5);
        check_all::<f64>(200, d, k, 1e9, 6);
    }
}

#[test]
fn ties_go_to_the_first_centre() {
    for (d, k) in [(2, 5), (16, 40)] {
        let mut case = Case::<f32>::new(100, d, k, 0.0, 7);
        let first = case.centers[..d].to_vec();
        for center in case.centers.chunks_exact_mut(d) {
            center.copy_from_slice(&first);
        }
        for kernel in kernels() {
            let mut found = NearestTile::new();
            let centers = Centers::new(&case.centers, d);
            kernel.nearest(&case.slices(), case.n, &centers, Detail::Second, &mut found);
            assert!(found.labels[..case.n].iter().all(|&label| label == 0), "{:?}", kernel.isa());
            assert_eq!(found.second[..case.n], found.sq_distances[..case.n]);
        }
    }
}

#[test]
fn a_row_does_not_depend_on_its_neighbours() {
    let case = Case::<f32>::new(1000, 20, 40, 0.0, 8);
    let centers = Centers::new(&case.centers, 20);
    for kernel in kernels() {
        let mut together = NearestTile::new();
        kernel.nearest(&case.slices(), case.n, &centers, Detail::Second, &mut together);
        for row in [0, 1, 63, 500, 999] {
            let alone: Vec<Vec<f32>> = case
                .columns
                .iter()
                .map(|x| [&[x[row]][..], &[0.0; ROW_BLOCK - 1]].concat())
                .collect();
            let columns: Vec<&[f32]> = alone.iter().map(Vec::as_slice).collect();
            let mut found = NearestTile::new();
            kernel.nearest(&columns, 1, &centers, Detail::Second, &mut found);
            assert_eq!(found.labels[0], together.labels[row]);
            assert_eq!(found.sq_distances[0].to_bits(), together.sq_distances[row].to_bits());
            assert_eq!(found.second[0].to_bits(), together.second[row].to_bits());
        }
    }
}

/// Which instruction sets the suite above ran on; with `SEGENGINE_REQUIRE_ISA=1` exactly the one
/// asked for, or `Kernel::detect` would have failed.
#[test]
fn the_instruction_set_asked_for_is_the_one_that_runs() {
    let isas: Vec<Isa> = kernels().iter().map(Kernel::isa).collect();
    if let Some(wanted) = std::env::var_os("SEGENGINE_ISA")
        && std::env::var_os("SEGENGINE_REQUIRE_ISA").is_some_and(|v| v == "1")
    {
        assert_eq!(isas.len(), 1);
        assert_eq!(*isas[0].name(), *wanted);
    }
    println!("kernel suite ran on {isas:?}");
    assert!(!isas.is_empty());
}

proptest! {
    #[test]
    fn agrees_with_the_oracle_anywhere(
        n in 1_usize..200, d in 1_usize..40, k in 1_usize..70, seed: u64, exponent in -6_i32..6,
    ) {
        let offset = 10_f64.powi(exponent);
        check_all::<f32>(n, d, k, offset.min(100.0), seed);
        check_all::<f64>(n, d, k, offset, seed);
    }
}

#[test]
fn differing_rows_are_all_found() {
    let mut stream = Seed(31).stream(Purpose::Synthetic, 0);
    for n in [0, 1, 7, 64, 100, TILE_ROWS] {
        for one_in in [1, 2, 50, 5000] {
            let before: Vec<u32> = (0..n).map(|_| stream.below(1 << 24) as u32).collect();
            let now: Vec<u32> = before
                .iter()
                .map(|&x| if stream.below(one_in) == 0 { x ^ 1 << stream.below(24) } else { x })
                .collect();
            let none = vec![u32::MAX; n];
            for before in [&before, &none] {
                let rows = 0..n as u32;
                let expected: Vec<u32> =
                    rows.filter(|&row| before[row as usize] != now[row as usize]).collect();
                for kernel in kernels() {
                    let mut out = vec![0; n];
                    let found = kernel.differing(before, &now, &mut out);
                    assert_eq!(out[..found], expected, "{:?} n={n}", kernel.isa());
                }
            }
        }
    }
}

#[test]
fn reached_ends_are_all_found() {
    let mut stream = Seed(32).stream(Purpose::Synthetic, 0);
    for n in [1, 9, 64, 150, TILE_ROWS] {
        for spread in [0.01_f32, 1.0, 100.0] {
            let readings: Vec<f32> = (0..5).map(|_| stream.uniform() as f32).collect();
            let fastest = 2.0;
            let labels: Vec<u32> = (0..n).map(|_| stream.below(5) as u32).collect();
            let ends: Vec<f32> = labels
                .iter()
                .map(|&label| readings[label as usize] + spread * (stream.uniform() as f32 - 0.1))
                .collect();
            let left = |row: usize| ends[row] - readings[labels[row] as usize];
            // The second block is to be left out.
            let mut first_ends = vec![fastest; n.div_ceil(ROW_BLOCK)];
            first_ends.iter_mut().skip(1).take(1).for_each(|end| *end = 2.5);
            let looked_at = |row: usize| row / ROW_BLOCK != 1;
            let expected: Vec<u32> = (0..n)
                .filter(|&row| looked_at(row) && left(row) <= 0.0)
                .map(|row| row as u32)
                .collect();
            for kernel in kernels() {
                let mut first_ends = first_ends.clone();
                let mut out = vec![0; n];
                let readings = (&readings[..], fastest);
                let found = kernel.reached(&labels, &ends, readings, &mut first_ends, &mut out);
                assert_eq!(out[..found], expected, "{:?} n={n}", kernel.isa());
                for (block, &end) in first_ends.iter().enumerate() {
                    let rows = block * ROW_BLOCK..n.min((block + 1) * ROW_BLOCK);
                    let least = rows.map(left).filter(|&left| left > 0.0).fold(f32::MAX, f32::min);
                    let exact = if block == 1 { 2.5 } else { (fastest + least).min(f32::MAX) };
                    assert!(end <= exact && end >= exact * (1.0 - 1e-5), "{end} {exact}");
                }
            }
        }
    }
}

/// The first `n` rows of `columns` in panels, padded with something that must not count.
fn panels<T: Element>(columns: &[&[T]], n: usize) -> Vec<T> {
    let mut values = Vec::new();
    for first in (0..n).step_by(ROW_BLOCK) {
        for column in columns {
            let rows = (first..first + ROW_BLOCK)
                .map(|row| if row < n { column[row] } else { T::from_f64(1e6) });
            values.extend(rows);
        }
    }
    values
}

fn check_pairs<T: Element>(n_rows: usize, n_points: usize, d: usize, offset: f64, seed: u64) {
    let case = Case::<T>::new(n_rows, d, n_points, offset, seed);
    let point_columns: Vec<Vec<T>> = (0..d)
        .map(|j| case.centers.iter().skip(j).step_by(d).map(|&x| T::from_f64(x)).collect())
        .collect();
    let point_columns: Vec<&[T]> = point_columns.iter().map(Vec::as_slice).collect();
    let (rows, points) = (panels(&case.slices(), n_rows), panels(&point_columns, n_points));
    let rows = Panels::new(&rows, d, n_rows);
    let points = Panels::new(&points, d, n_points);
    let distance = |row: usize, point: usize| case.sq_distance(row, point).sqrt();
    let of_rows: Vec<f64> =
        (0..n_rows).map(|row| (0..n_points).map(|point| distance(row, point)).sum()).collect();
    let of_points: Vec<f64> =
        (0..n_points).map(|point| (0..n_rows).map(|row| distance(row, point)).sum()).collect();
    for kernel in kernels() {
        let place = format!("{:?} {n_rows} × {n_points}, d={d}", kernel.isa());
        let mut row_sums = vec![1.0; n_rows];
        let mut point_sums = vec![2.0; n_points];
        kernel.add_distances(rows, points, &mut row_sums, Some(&mut point_sums));
        let check = |sums: &[f64], expected: &[f64], before: f64| {
            for (sum, expected) in sums.iter().zip(expected) {
                let n = MOST_PAIR_POINTS.min(n_rows.max(n_points));
                let allowed = case.tolerance(*expected) + n as f64 * T::EPSILON * expected;
                assert!((sum - before - expected).abs() <= allowed, "{place}: {sum} {expected}");
            }
        };
        check(&row_sums, &of_rows, 1.0);
        check(&point_sums, &of_points, 2.0);
        // Neither depends on what else is asked for, nor on the rows around a row.
        let mut alone = vec![1.0; n_rows];
        kernel.add_distances(rows, points, &mut alone, None);
        assert_eq!(alone, row_sums, "{place}");
        for first in (0..n_rows).step_by(ROW_BLOCK) {
            let part = rows.skip(first, ROW_BLOCK);
            let mut sums = vec![1.0; part.n_rows()];
            kernel.add_distances(part, points, &mut sums, None);
            assert_eq!(sums, row_sums[first..first + sums.len()], "{place}");
        }
    }
}

#[test]
fn distances_between_all_rows_add_up() {
    for d in [1, 2, 3, 8, 15, 23, 24, 33, 64] {
        for (n_rows, n_points) in [(1, 1), (5, 3), (64, 64), (65, 63), (130, 200), (31, 256)] {
            check_pairs::<f32>(n_rows, n_points, d, 0.0, 41);
            check_pairs::<f64>(n_rows, n_points, d, 0.0, 42);
        }
    }
    check_pairs::<f32>(TILE_ROWS, 256, 3, 1e4, 43);
    check_pairs::<f64>(TILE_ROWS - 1, 255, 5, 1e9, 44);
}

/// Squares of all sizes that there are, side by side with ordinary ones.
#[test]
fn small_distances_are_roots_as_others_are() {
    for exponent in -75..60 {
        let near = 2_f32.powi(exponent) * 1.3;
        let values: Vec<f32> =
            (0..ROW_BLOCK).map(|i| if i % 3 == 0 { near } else { 0.9 }).collect();
        let rows = Panels::new(&values, 1, ROW_BLOCK);
        let points = vec![0.0_f32; ROW_BLOCK];
        let points = Panels::new(&points, 1, 9);
        for kernel in kernels() {
            let mut sums = vec![0.0; ROW_BLOCK];
            kernel.add_distances(rows, points, &mut sums, None);
            for (sum, &x) in sums.iter().zip(&values) {
                let distance = f64::from((x * x).sqrt());
                assert!((sum - 9.0 * distance).abs() <= 1e-6 * sum, "2^{exponent}: {sum}");
            }
        }
    }
}

#[test]
fn equal_rows_are_at_no_distance() {
    let values = vec![0.1_f32; 3 * ROW_BLOCK];
    let rows = Panels::new(&values, 3, 40);
    for kernel in kernels() {
        let mut sums = vec![0.0; 40];
        let mut other = sums.clone();
        kernel.add_distances(rows, rows, &mut sums, Some(&mut other));
        assert!(sums.iter().chain(&other).all(|&sum| sum == 0.0), "{:?}", kernel.isa());
    }
}

/// Every significand under both parities of the exponent, and what every exponent that is not too small
/// begins and ends with.
pub(super) fn check_roots<const LANES: usize>(root: impl Fn(&mut [f32])) {
    let check = |bits: &[u32]| {
        let mut lanes: [f32; LANES] = std::array::from_fn(|i| f32::from_bits(bits[i]));
        let expected = lanes.map(f32::sqrt);
        root(&mut lanes);
        assert_eq!(lanes, expected);
    };
    let significands: Vec<u32> = (1_f32.to_bits()..4_f32.to_bits()).collect();
    significands.chunks_exact(LANES).for_each(check);
    for exponent in (LEAST_ESTIMATED as f32).to_bits() >> 23..255 {
        for bits in [exponent << 23, exponent << 23 | 1, exponent << 23 | 0x7f_ffff] {
            check(&[bits; LANES]);
        }
    }
}

/// The same steps with estimates as bad as they are allowed to be: processors differ in theirs.
#[test]
fn roots_do_not_depend_on_the_estimate() {
    let refined = |x: f32, inverse: f32, steps: usize| {
        let (mut root, mut half_inverse) = (x * inverse, 0.5 * inverse);
        for _ in 0..steps {
            let error = (-root).mul_add(half_inverse, 0.5);
            root = root.mul_add(error, root);
            half_inverse = half_inverse.mul_add(error, half_inverse);
        }
        (-root).mul_add(root, x).mul_add(half_inverse, root)
    };
    for (steps, error) in [(1, 2_f64.powi(-14)), (2, 1.5 * 2_f64.powi(-12))] {
        // A prime step: the hardware tests go through all.
        for bits in (1_f32.to_bits()..4_f32.to_bits()).step_by(7) {
            let x = f32::from_bits(bits);
            for off in [-1.0, -0.3, 0.6, 1.0] {
                let inverse = (1.0 + off * error) / f64::from(x).sqrt();
                assert_eq!(refined(x, inverse as f32, steps), x.sqrt(), "{x} {off}");
            }
        }
    }
}
