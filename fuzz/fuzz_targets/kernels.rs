//! Kernels of all instruction sets find centres that an `f64` oracle finds equally near, and add up the
//! distances between rows as it does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segengine::{Centers, Detail, Element, Isa, Kernel, NearestTile, Panels};

const ROWS: usize = 64;

fuzz_target!(|input: (u8, u8, Vec<i16>)| {
    let (d, k, values) = input;
    let (d, k) = (usize::from(d % 40) + 1, usize::from(k % 70) + 1);
    check::<f32>(d, k, &values);
    check::<f64>(d, k, &values);
});

/// Tables of small whole numbers, over and over: ties abound, and every distance is exact in either
/// type.
fn check<T: Element>(d: usize, k: usize, values: &[i16]) {
    let mut values = values.iter().chain(&[0]).map(|&x| f64::from(x % 64)).cycle();
    let mut draw = |n: usize| -> Vec<f64> { values.by_ref().take(n).collect() };
    let rows = draw(ROWS * d);
    let centers = draw(k * d);
    let columns: Vec<Vec<T>> =
        rows.chunks_exact(ROWS).map(|c| c.iter().map(|&x| T::from_f64(x)).collect()).collect();
    let columns: Vec<&[T]> = columns.iter().map(Vec::as_slice).collect();
    let packed = Centers::<T>::new(&centers, d);
    for kernel in Isa::available().filter_map(Kernel::new) {
        let mut found = NearestTile::new();
        kernel.nearest(&columns, ROWS, &packed, Detail::Second, &mut found);
        for row in 0..ROWS {
            let distances: Vec<f64> = centers
                .chunks_exact(d)
                .map(|c| c.iter().zip(&columns).map(|(c, x)| (x[row].to_f64() - c).powi(2)).sum())
                .collect();
            let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
            let first = distances.iter().position(|&x| x == nearest).unwrap();
            assert_eq!(found.labels()[row] as usize, first, "{:?} d={d} k={k}", kernel.isa());
            assert_eq!(found.sq_distances()[row].to_f64(), nearest);
        }
        check_sums(&kernel, &columns, &centers);
    }
}

/// The distances from every row to every centre, added up for both.
fn check_sums<T: Element>(kernel: &Kernel, columns: &[&[T]], centers: &[f64]) {
    let d = columns.len();
    let k = centers.len() / d;
    let rows: Vec<T> = columns.iter().flat_map(|column| column.iter().copied()).collect();
    let mut points = vec![T::from_f64(0.0); k.next_multiple_of(ROWS) * d];
    for (i, center) in centers.chunks_exact(d).enumerate() {
        for (j, &x) in center.iter().enumerate() {
            points[(i / ROWS * d + j) * ROWS + i % ROWS] = T::from_f64(x);
        }
    }
    let mut sums = (vec![0.0; ROWS], vec![0.0; k]);
    let (rows, points) = (Panels::new(&rows, d, ROWS), Panels::new(&points, d, k));
    kernel.add_distances(rows, points, &mut sums.0, Some(&mut sums.1));
    let distance = |row: usize, point: usize| -> f64 {
        let center = &centers[point * d..][..d];
        let squares = center.iter().zip(columns).map(|(c, x)| (x[row].to_f64() - c).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let check = |found: f64, expected: f64| {
        let allowed = 128.0 * T::EPSILON * expected;
        assert!((found - expected).abs() <= allowed, "{:?} {found} {expected}", kernel.isa());
    };
    for (row, &sum) in sums.0.iter().enumerate() {
        check(sum, (0..k).map(|point| distance(row, point)).sum());
    }
    for (point, &sum) in sums.1.iter().enumerate() {
        check(sum, (0..ROWS).map(|row| distance(row, point)).sum());
    }
}
