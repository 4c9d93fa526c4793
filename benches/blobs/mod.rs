//! Rows from a fixed seed, around centres or anywhere, and what is made of them.
#![allow(dead_code, reason = "every benchmark takes what it needs")]

use segengine::{
    Column, Element, FeatureTable, Init, KMeansParams, Panels, Purpose, Seed, TILE_ROWS, Tiles,
};

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

/// `d` columns of `n` rows, uniform in [0, 1): no fit settles soon.
pub(crate) fn noise(n: usize, d: usize) -> Vec<Vec<f32>> {
    let mut stream = Seed(1).stream(Purpose::Synthetic, (n * d) as u64);
    (0..d).map(|_| (0..n).map(|_| stream.uniform() as f32).collect()).collect()
}

/// The columns of one tile of blobs, and `k` more rows, row-major, for centres.
pub(crate) fn tile(d: usize, k: usize) -> (Vec<Vec<f32>>, Vec<f64>) {
    let mut columns = blobs(TILE_ROWS + k, d, k);
    let rows = TILE_ROWS..TILE_ROWS + k;
    let centers = rows.flat_map(|row| columns.iter().map(move |column| f64::from(column[row])));
    let centers = centers.collect();
    columns.iter_mut().for_each(|column| column.truncate(TILE_ROWS));
    (columns, centers)
}

/// Columns as the panels that [`Panels`] takes, their last one padded with zeros.
pub(crate) fn panels<T: Element>(columns: &[Vec<f32>]) -> Vec<T> {
    let (d, n) = (columns.len(), columns[0].len());
    let rows = Panels::<T>::ROWS;
    let mut values = vec![T::default(); n.next_multiple_of(rows) * d];
    for (j, column) in columns.iter().enumerate() {
        for (panel, x) in column.chunks(rows).enumerate() {
            let to = &mut values[(panel * d + j) * rows..];
            to.iter_mut().zip(x).for_each(|(to, &x)| *to = T::from_f64(f64::from(x)));
        }
    }
    values
}

/// A table of these columns.
pub(crate) fn table(columns: Vec<Vec<f32>>) -> FeatureTable {
    let columns = columns.into_iter().enumerate();
    let columns = columns.map(|(i, values)| Column::from_f32(format!("x{i}"), values)).collect();
    FeatureTable::new(columns, None).expect("columns are of one length")
}

/// `iterations` from the first `k` rows, fewer only if nothing moves any more.
pub(crate) fn fixed(table: &FeatureTable, k: usize, iterations: usize) -> KMeansParams {
    let tiles = Tiles::plain(table);
    let mut params = KMeansParams::new(k);
    params.init = Init::Centers((0..k).flat_map(|row| tiles.row::<f64>(row)).collect());
    params.n_init = 1;
    params.max_iter = iterations;
    params.tol = 0.0;
    params
}
