//! Kernels of all instruction sets find centres that an `f64` oracle finds equally near.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segengine::{Centers, Detail, Element, Isa, Kernel, NearestTile};

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
    }
}
