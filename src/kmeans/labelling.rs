//! Which centre every row is nearest to, kept up to date while the centres move, for several fits
//! in one pass over the rows.
//!
//! Where a distance costs much, each row carries a *gap*: how much farther its second-nearest centre
//! is at least (Hamerly 2010, "Making k-means even faster", with both of his bounds in one number).
//! When centres move, the gap shrinks by the movement of the row's own centre and the largest
//! movement of any other; while it stays positive, the row cannot have changed its label and is not
//! looked at. The rows that are left are put side by side, so that kernels find full lanes.
//!
//! Gaps err on the safe side by more than the kernels can be wrong by, so labels are those that a
//! search of all centres gives.

use crate::error::Result;
use crate::kernel::{Centers, Detail, Element, NearestTile};
use crate::table::{Picked, TILE_ROWS, Tile, filled};

use super::Run;

/// The label of a row that belongs nowhere yet.
pub(super) const UNASSIGNED: u32 = u32::MAX;

/// Gaps are kept from this many coordinates in all centres on: below, a row's distances cost about
/// as much as its gap and the putting side by side.
const BOUNDED_WORK: usize = 256;

/// Putting a row's values side by side costs about as much as comparing it with this many centres.
const GATHER_CENTERS: usize = 36;

/// One fit's centres, and every row's label under them.
#[derive(Debug)]
pub(super) struct Labelling {
    d: usize,
    /// `k × d` coordinates, row-major, exact in the type of the kernels.
    centers: Vec<f64>,
    labels: Vec<u32>,
    /// One per row, or none at all where they do not pay.
    gaps: Vec<f32>,
    /// By how much the gaps of each label shrink for what the centres have moved since the last
    /// pass; the last one is for rows without a label.
    shrink: Vec<f32>,
}

impl Labelling {
    /// For passes with moving centres. No row has a label yet.
    pub(super) fn new<T: Element>(run: &Run<'_, T>, centers: Vec<f64>) -> Result<Self> {
        let mut labelling = Self::unbounded(run, centers)?;
        if labelling.k() > 1 && labelling.centers.len() >= BOUNDED_WORK {
            labelling.gaps = filled(run.tiles.n_rows(), -1.0)?;
        }
        Ok(labelling)
    }

    /// For a single pass, in which gaps would serve nothing. No row has a label yet.
    pub(super) fn unbounded<T: Element>(run: &Run<'_, T>, centers: Vec<f64>) -> Result<Self> {
        let (n, d) = (run.tiles.n_rows(), run.d());
        let shrink = vec![0.0; centers.len() / d + 1];
        Ok(Self { d, centers, labels: filled(n, UNASSIGNED)?, gaps: Vec::new(), shrink })
    }

    pub(super) fn k(&self) -> usize {
        self.shrink.len() - 1
    }

    pub(super) fn centers(&self) -> &[f64] {
        &self.centers
    }

    pub(super) fn labels(&self) -> &[u32] {
        &self.labels
    }

    pub(super) fn into_parts(self) -> (Vec<f64>, Vec<u32>) {
        (self.centers, self.labels)
    }

    /// Puts the centres elsewhere; labels stay until the next [`pass`].
    pub(super) fn move_to<T: Element>(&mut self, centers: Vec<f64>) {
        let pairs = centers.chunks_exact(self.d).zip(self.centers.chunks_exact(self.d));
        let moves: Vec<f64> = pairs
            .map(|(new, old)| {
                new.iter().zip(old).map(|(new, old)| (new - old).powi(2)).sum::<f64>().sqrt()
            })
            .collect();
        let farthest = moves.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let (farthest, most) = farthest.unwrap_or((0, 0.0));
        let others = moves.iter().enumerate().filter(|&(c, _)| c != farthest);
        let next = others.map(|(_, &moved)| moved).fold(0.0, f64::max);
        // The kernels' roundings, and those of this sum to `f32`.
        let slack = 1.0 + 2.0 * (self.d + 8) as f64 * T::EPSILON + f64::from(f32::EPSILON);
        for (c, (shrink, moved)) in self.shrink.iter_mut().zip(&moves).enumerate() {
            let other = if c == farthest { next } else { most };
            let movement = (moved + other) * slack;
            if movement > 0.0 {
                // What underflows must not be lost.
                let total = f64::from(*shrink) + movement;
                *shrink = (total * slack) as f32 + f32::MIN_POSITIVE;
            }
        }
        self.centers = centers;
    }

    /// The rows of each group, apart.
    fn parts(&mut self, group_rows: usize) -> impl Iterator<Item = Part<'_>> {
        let mut gaps = self.gaps.chunks_mut(group_rows);
        self.labels
            .chunks_mut(group_rows)
            .map(move |labels| Part { labels, gaps: gaps.next().unwrap_or_default() })
    }
}

/// Labels and gaps of the rows of one group.
struct Part<'a> {
    labels: &'a mut [u32],
    gaps: &'a mut [f32],
}

/// What a pass found in one tile for one fit.
pub(super) struct Seen<'a, T> {
    pub(super) tile: &'a Tile<'a, T>,
    pub(super) labels: &'a [u32],
    /// Rows, counted in the tile, that have another label than before, and that label.
    pub(super) changes: &'a [(u32, u32)],
    /// To the rows' centres, by direct differences; only if asked for.
    pub(super) sq_distances: &'a [T],
}

/// Labels every row with its nearest centre, in each of `labellings`, and shows `visit` what was
/// found, tile by tile, with a value of its own per group of tiles and labelling. Returns these
/// values, by group.
pub(super) fn pass<T: Element, A: Send>(
    run: &Run<'_, T>,
    labellings: &mut [&mut Labelling],
    want_distances: bool,
    start: impl Fn(usize) -> A + Sync,
    visit: impl Fn(&mut A, Seen<'_, T>) + Sync,
) -> Result<Vec<Vec<A>>> {
    let targets: Vec<Target<T>> = labellings.iter().map(|l| Target::new(l)).collect();
    let mut parts: Vec<Vec<Part<'_>>> = Vec::new();
    parts.resize_with(run.groups.len(), Vec::new);
    for labelling in labellings {
        labelling.shrink.fill(0.0);
        for (parts, part) in parts.iter_mut().zip(labelling.parts(run.groups.rows())) {
            parts.push(part);
        }
    }
    let n_centers = targets.iter().map(|target| target.centers.k()).sum();
    run.groups.map_with(parts, |tiles, mut parts| {
        let mut reader = run.tiles.reader::<T>();
        let mut search = Search::new();
        let mut values: Vec<A> = targets.iter().map(|target| start(target.centers.k())).collect();
        for (i, tile) in tiles.enumerate() {
            run.check_cancelled_at(i, n_centers)?;
            let tile = reader.load(tile);
            let rows = i * TILE_ROWS..i * TILE_ROWS + tile.n_rows();
            for ((target, part), value) in targets.iter().zip(&mut parts).zip(&mut values) {
                let labels = &mut part.labels[rows.clone()];
                let gaps = target.bounded.then(|| &mut part.gaps[rows.clone()]);
                search.relabel(run, &tile, target, labels, gaps, want_distances);
                let Search { changes, nearest, own, .. } = &search;
                let found = if target.bounded { &own[..] } else { nearest.sq_distances() };
                let sq_distances = if want_distances { &found[..tile.n_rows()] } else { &[] };
                visit(value, Seen { tile: &tile, labels, changes, sq_distances });
            }
        }
        Ok(values)
    })
}

/// A labelling's centres as the kernels need them, shared by all threads of a pass.
struct Target<T> {
    centers: Centers<T>,
    shrink: Vec<f32>,
    bounded: bool,
}

impl<T: Element> Target<T> {
    fn new(labelling: &Labelling) -> Self {
        Self {
            centers: Centers::new(&labelling.centers, labelling.d),
            shrink: labelling.shrink.clone(),
            bounded: !labelling.gaps.is_empty(),
        }
    }
}

/// One thread's room to work in.
struct Search<T> {
    nearest: NearestTile<T>,
    changes: Vec<(u32, u32)>,
    /// The rows of the tile that must be looked at.
    open: Vec<u32>,
    picked: Picked<T>,
    /// Labels padded to a tile, and the distances that follow from them.
    padded: Vec<u32>,
    own: Vec<T>,
}

impl<T: Element> Search<T> {
    fn new() -> Self {
        Self {
            nearest: NearestTile::new(),
            changes: Vec::with_capacity(TILE_ROWS),
            open: vec![0; TILE_ROWS],
            picked: Picked::new(),
            padded: vec![0; TILE_ROWS],
            own: vec![T::default(); TILE_ROWS],
        }
    }

    /// Brings the labels of one tile up to date, and notes what has changed.
    fn relabel(
        &mut self,
        run: &Run<'_, T>,
        tile: &Tile<'_, T>,
        target: &Target<T>,
        labels: &mut [u32],
        gaps: Option<&mut [f32]>,
        want_distances: bool,
    ) {
        self.changes.clear();
        let n = tile.n_rows();
        let centers = &target.centers;
        let Some(gaps) = gaps else {
            let detail = if want_distances { Detail::Distance } else { Detail::Label };
            run.kernel.nearest(tile.columns(), n, centers, detail, &mut self.nearest);
            self.take_over(labels);
            return;
        };

        let n_open = shrink_gaps(gaps, labels, &target.shrink, &mut self.open);
        if n_open * (centers.k() + GATHER_CENTERS) > n * centers.k() {
            run.kernel.nearest(tile.columns(), n, centers, Detail::Gap, &mut self.nearest);
            self.take_over(labels);
            gaps.copy_from_slice(&self.nearest.gaps()[..n]);
        } else if n_open > 0 {
            let open = &self.open[..n_open];
            let columns = self.picked.gather(tile, open);
            run.kernel.nearest(&columns, n_open, centers, Detail::Gap, &mut self.nearest);
            let found = self.nearest.labels().iter().zip(self.nearest.gaps());
            for (&row, (&now, &gap)) in open.iter().zip(found) {
                let before = std::mem::replace(&mut labels[row as usize], now);
                gaps[row as usize] = gap;
                if before != now {
                    self.changes.push((row, before));
                }
            }
        }
        if want_distances {
            self.padded[..n].copy_from_slice(labels);
            self.padded[n..].fill(0);
            run.kernel.own_sq_distances(tile.columns(), n, centers, &self.padded, &mut self.own);
        }
    }

    /// Replaces the labels of a whole tile by those just found.
    fn take_over(&mut self, labels: &mut [u32]) {
        /// Rows that are compared at once, since most have not changed.
        const BLOCK: usize = 16;
        let found = &self.nearest.labels()[..labels.len()];
        let blocks = labels.chunks_mut(BLOCK).zip(found.chunks(BLOCK)).enumerate();
        for (block, (labels, found)) in blocks {
            let differences = labels.iter().zip(found).fold(0, |all, (a, b)| all | (a ^ b));
            if differences != 0 {
                for (i, (label, &now)) in labels.iter_mut().zip(found).enumerate() {
                    let before = std::mem::replace(label, now);
                    if before != now {
                        self.changes.push(((block * BLOCK + i) as u32, before));
                    }
                }
            }
        }
    }
}

/// Shrinks the gaps by what the centres moved; writes down the rows whose gap is used up, and
/// returns their number.
fn shrink_gaps(gaps: &mut [f32], labels: &[u32], shrink: &[f32], open: &mut [u32]) -> usize {
    // One rounding of the difference; a positive gap must not come out longer.
    const ROUNDING: f32 = 1.0 - f32::EPSILON;
    let unassigned = shrink.len() - 1;
    let mut n_open = 0;
    for (i, (gap, &label)) in gaps.iter_mut().zip(labels).enumerate() {
        *gap = (*gap - shrink[(label as usize).min(unassigned)]) * ROUNDING;
        open[n_open] = i as u32;
        n_open += usize::from(*gap <= 0.0);
    }
    n_open
}
