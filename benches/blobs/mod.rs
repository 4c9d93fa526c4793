//! Rows around centres, from a fixed seed.

use segengine::{Purpose, Seed};

/// `d` columns of `n` rows in clusters of spread 1.3 around `k` centres drawn from 3·N(0, 1).
pub(crate) fn blobs(n: usize, d: usize, k: usize) -> Vec<Vec<f32>> {
    let mut stream = Seed(0).stream(Purpose::Synthetic, (n * d * k) as u64);
    let centers: Vec<f64> = (0..k * d).map(|_| 3.0 * stream.normal()).collect();
    let mut columns = vec![Vec::with_capacity(n); d];
    for _ in 0..n {
        let center = stream.below(k) * d;
        for (column, c) in columns.iter_mut().zip(&centers[center..center + d]) {
            column.push((c + 1.3 * stream.normal()) as f32);
        }
    }
    columns
}
