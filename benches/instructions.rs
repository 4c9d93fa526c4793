//! One kernel on one tile, once: what `scripts/count-instructions.sh` counts the instructions of.
//!
//! Everything but that one call is made outside [`counted_region`], which the script counts by name.

mod blobs;

use segengine::{
    Centers, Detail, Kernel, MOST_PAIR_POINTS, NearestTile, Panels, SeedingTile, TILE_ROWS,
};

fn main() {
    let kernel = Kernel::detect().expect("the environment names an available instruction set");
    match std::env::args().nth(1).as_deref() {
        Some("nearest-d8-k6") => nearest(&kernel, 8, 6),
        Some("nearest-d64-k256") => nearest(&kernel, 64, 256),
        Some("lower-d8-p5") => lower(&kernel, 8, 5),
        Some("pairs-d3") => pairs(&kernel, 3),
        Some("pairs-d64") => pairs(&kernel, 64),
        kernel => panic!("scripts/count-instructions.sh knows which there are: {kernel:?} is not"),
    }
}

/// Runs `work` in a function that is in the table of symbols whatever the compiler does.
#[inline(never)]
fn counted_region(work: &mut dyn FnMut()) {
    work();
}

/// The labels of a tile, with room for them made before.
fn nearest(kernel: &Kernel, d: usize, k: usize) {
    let (columns, centers) = blobs::tile(d, k);
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let centers = Centers::new(&centers, d);
    let mut found = NearestTile::new();
    let mut label = || kernel.nearest(&columns, TILE_ROWS, &centers, Detail::Label, &mut found);
    label();
    counted_region(&mut label);
}

/// The second round of k-means++: the first centre has been drawn, and every row belongs to it.
fn lower(kernel: &Kernel, d: usize, n_points: usize) {
    let (columns, points) = blobs::tile(d, n_points + 1);
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let points: Vec<f32> = points.into_iter().map(|x| x as f32).collect();
    let (first, points) = points.split_at(d);
    let mut closest = [f32::MAX; TILE_ROWS];
    let mut owners = [0; TILE_ROWS];
    let mut lower = |points: &[f32], newest| {
        let (closest, owners) = (&mut closest, &mut owners);
        let seeding = SeedingTile { closest, owners, weights: None };
        kernel.lower(&columns, TILE_ROWS, points, newest, seeding);
    };
    lower(first, 0);
    counted_region(&mut || lower(points, 1));
}

/// The distances of the rows of a tile to the first of them, both summed.
fn pairs(kernel: &Kernel, d: usize) {
    let values = blobs::panels::<f32>(&blobs::blobs(TILE_ROWS, d, 6));
    let rows = Panels::new(&values, d, TILE_ROWS);
    let points = rows.skip(0, MOST_PAIR_POINTS);
    let (mut row_sums, mut point_sums) = ([0.0; TILE_ROWS], [0.0; MOST_PAIR_POINTS]);
    counted_region(&mut || {
        kernel.add_distances(rows, points, &mut row_sums, Some(&mut point_sums));
    });
}
