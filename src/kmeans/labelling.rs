//! Which centre every row is nearest to, kept up to date while the centres move, for several fits
//! in one pass over the rows.
//!
//! Rows whose [gaps](super::gaps) show that their labels hold are not looked at. The others of a tile
//! are put side by side, so that kernels find full lanes; a tile without any is not read, unless
//! distances are asked for. Gaps err on the safe side by more than the kernels can be wrong by, so
//! labels are those that a search of all centres gives.
//!
//! A row whose gap has ended, but which is less than half as far from its centre as that is from the
//! nearest other one, still cannot change its label. That is looked at where most gaps of a tile have
//! ended: centres have moved far, as they do in the first iterations.
//!
//! While keeping gaps costs more than they save, only a few tiles keep them, to see when that changes.

use rayon::prelude::*;

use crate::error::Result;
use crate::kernel::{Centers, Detail, Element, Kernel, NearestTile};
use crate::passes::Change;
use crate::table::{Picked, TILE_ROWS, Tile, filled};

use super::Run;
use super::gaps::{self, Gaps};

/// The label of a row that belongs nowhere yet.
pub(super) const UNASSIGNED: u32 = u32::MAX;

/// With fewer centres than this, distances to all of them cost no more than to look at gaps and to
/// fetch scattered rows.
const BOUNDED_CENTERS: usize = 9;

/// One in so many tiles has gaps even where they do not pay.
const PROBE: usize = 64;

/// From this many coordinates in all centres on, gaps cost little beside the distances that they
/// come from: they are kept from the first pass on.
const DEAR_WORK: usize = 256;

/// The distance to one known centre, which differs from row to row, costs about as much as those to
/// this many.
const OWN_CENTERS: usize = 6;

/// How far a centre is from the nearest other one is worth knowing from this many centres on, and if
/// there are so many rows for each: it costs as much as to compare one row per centre.
const SEPARATED_CENTERS: usize = 24;
const SEPARATED_SHARE: usize = 16;

/// One fit's centres, and every row's label under them.
#[derive(Debug)]
pub(super) struct Labelling<'w> {
    d: usize,
    weights: Option<&'w [f64]>,
    /// `k × d` coordinates, row-major, exact in the type of the kernels.
    centers: Vec<f64>,
    labels: Vec<u32>,
    gaps: Option<Gaps>,
    /// Whether all tiles have gaps, not only those that probe.
    bounded: bool,
}

impl<'w> Labelling<'w> {
    /// For passes with moving centres. No row has a label yet.
    pub(super) fn new<T: Element>(
        run: &Run<'_, T>,
        weights: Option<&'w [f64]>,
        centers: Vec<f64>,
    ) -> Result<Self> {
        let mut labelling = Self::unbounded(run, weights, centers)?;
        if labelling.k() >= BOUNDED_CENTERS {
            labelling.gaps = Some(Gaps::new(run.tiles.n_rows(), labelling.k())?);
            labelling.bounded = labelling.centers.len() >= DEAR_WORK;
        }
        Ok(labelling)
    }

    /// For a single pass, in which gaps would serve nothing. No row has a label yet.
    pub(super) fn unbounded<T: Element>(
        run: &Run<'_, T>,
        weights: Option<&'w [f64]>,
        centers: Vec<f64>,
    ) -> Result<Self> {
        let labels = filled(run.tiles.n_rows(), UNASSIGNED)?;
        Ok(Self { d: run.d(), weights, centers, labels, gaps: None, bounded: false })
    }

    pub(super) fn k(&self) -> usize {
        self.centers.len() / self.d
    }

    pub(super) fn centers(&self) -> &[f64] {
        &self.centers
    }

    pub(super) fn labels(&self) -> &[u32] {
        &self.labels
    }

    pub(super) fn weights(&self) -> Option<&'w [f64]> {
        self.weights
    }

    pub(super) fn into_parts(self) -> (Vec<f64>, Vec<u32>) {
        (self.centers, self.labels)
    }

    /// Puts the centres elsewhere; labels stay until the next [`pass`].
    pub(super) fn move_to<T: Element>(&mut self, centers: Vec<f64>) {
        if let Some(gaps) = &mut self.gaps {
            // The kernels' roundings, and those of this sum.
            let slack = 1.0 + 2.0 * (self.d + 8) as f64 * T::EPSILON + f64::from(f32::EPSILON);
            let pairs = centers.chunks_exact(self.d).zip(self.centers.chunks_exact(self.d));
            let moves = pairs.map(|(new, old)| {
                let squares = new.iter().zip(old).map(|(new, old)| (new - old).powi(2));
                squares.sum::<f64>().sqrt() * slack
            });
            gaps.advance(&moves.collect::<Vec<f64>>());
        }
        self.centers = centers;
    }

    /// The rows of each group, apart.
    fn parts(&mut self, group_rows: usize) -> impl Iterator<Item = Part<'_>> {
        let mut gaps = self.gaps.as_mut().map(|gaps| gaps.parts(group_rows));
        self.labels.chunks_mut(group_rows).map(move |labels| {
            let gaps = gaps.as_mut().and_then(Iterator::next);
            Part { labels, gaps, found: Found::default() }
        })
    }

    /// Decides for the next pass whether gaps pay.
    fn judge(&mut self, found: Found) {
        if found.known > 0 {
            let others = OWN_CENTERS * found.tried;
            self.bounded = picking_pays(found.open, found.known, self.k(), others);
        }
    }
}

/// Whether it is less work to look at the gaps of `n` rows, put the `open` ones side by side and compare
/// only these with `k` centres, than to compare all; `others` is what else the former takes.
///
/// All in distances of one row to one centre, as profiles of fits in 8 columns had it with AVX2. Few
/// rows are dear, since each fetches cache lines of its own; many share them.
fn picking_pays(open: usize, n: usize, k: usize, others: usize) -> bool {
    let look = 2 * n;
    let pick = (140 * open).min(8 * n + 36 * open);
    look + pick + open * k + others < n * k
}

/// One labelling's rows of one group.
struct Part<'a> {
    labels: &'a mut [u32],
    gaps: Option<gaps::Part<'a>>,
    found: Found,
}

/// How gaps have fared in a pass.
#[derive(Clone, Copy, Default)]
struct Found {
    /// Rows whose gaps were known.
    known: usize,
    /// Those of them that had to be compared with all centres.
    open: usize,
    /// Those of them that were looked at one by one before.
    tried: usize,
}

/// What a pass found in one tile for one fit.
pub(super) struct Seen<'a, T> {
    /// The labels of all rows of the tile.
    pub(super) labels: &'a [u32],
    /// The weights of all rows of the tile, where there are any.
    pub(super) weights: Option<&'a [f64]>,
    pub(super) changes: Changes<'a>,
    /// The values of the rows that changed, by place; of all rows if all did.
    pub(super) columns: &'a [&'a [T]],
    /// From all rows to their centres, by direct differences; only if asked for.
    pub(super) sq_distances: &'a [T],
}

/// Which rows of a tile have another label than before.
#[derive(Clone, Copy)]
pub(super) enum Changes<'a> {
    /// All of them: they had none.
    All,
    /// These.
    Some(&'a [Change]),
}

/// Labels every row with its nearest centre, in each of `labellings`, and shows `visit` what was
/// found, tile by tile, with a value of its own per group of tiles and labelling. Returns these
/// values, by group.
pub(super) fn pass<T: Element, A: Send>(
    run: &Run<'_, T>,
    labellings: &mut [&mut Labelling<'_>],
    want_distances: bool,
    start: impl Fn(usize) -> A + Sync,
    visit: impl Fn(&mut A, Seen<'_, T>) + Sync,
) -> Result<Vec<Vec<A>>> {
    let targets = labellings.iter().map(|labelling| Target::new(run, labelling, want_distances));
    let targets = targets.collect::<Result<Vec<Target<'_, T>>>>()?;
    let n_centers = targets.iter().map(|target| target.centers.k()).sum();
    let mut parts: Vec<Vec<Part<'_>>> = Vec::new();
    parts.resize_with(run.groups.len(), Vec::new);
    for labelling in labellings.iter_mut() {
        for (parts, part) in parts.iter_mut().zip(labelling.parts(run.groups.rows())) {
            parts.push(part);
        }
    }
    let room = || (run.tiles.reader::<T>(), Search::new());
    let groups = run.groups.map_with(parts, room, |(reader, search), tiles, mut parts| {
        let mut values: Vec<A> = targets.iter().map(|target| start(target.centers.k())).collect();
        for (i, tile) in tiles.enumerate() {
            run.check_cancelled_at(i, n_centers)?;
            let mut tile = reader.load(tile);
            for ((target, part), value) in targets.iter().zip(&mut parts).zip(&mut values) {
                search.relabel(run, &mut tile, target, part, i, |seen| visit(value, seen));
            }
        }
        Ok((values, parts.iter().map(|part| part.found).collect::<Vec<Found>>()))
    })?;
    let mut values = Vec::with_capacity(groups.len());
    let mut found = vec![Found::default(); labellings.len()];
    for (group, part) in groups {
        values.push(group);
        for (found, part) in found.iter_mut().zip(part) {
            found.known += part.known;
            found.open += part.open;
            found.tried += part.tried;
        }
    }
    labellings.iter_mut().zip(found).for_each(|(labelling, found)| labelling.judge(found));
    Ok(values)
}

/// A labelling's centres as the kernels need them, shared by all threads of a pass.
struct Target<'w, T> {
    centers: Centers<T>,
    weights: Option<&'w [f64]>,
    /// How far each centre is from the nearest other one at least; none where that is not used.
    separations: Vec<f32>,
    bounded: bool,
    want_distances: bool,
}

impl<'w, T: Element> Target<'w, T> {
    fn new(run: &Run<'_, T>, labelling: &Labelling<'w>, want_distances: bool) -> Result<Self> {
        let centers = Centers::new(&labelling.centers, labelling.d);
        let k = centers.k();
        let is_first = labelling.labels.first() == Some(&UNASSIGNED);
        let pays = k >= SEPARATED_CENTERS && SEPARATED_SHARE * k <= run.tiles.n_rows();
        let used = labelling.bounded && !is_first && pays;
        let separations = if used { separations(run, &centers)? } else { Vec::new() };
        let Labelling { weights, bounded, .. } = *labelling;
        Ok(Self { centers, weights, separations, bounded, want_distances })
    }

    /// How much farther any other centre is than the own one at least, for a row at this squared
    /// distance from it (Hamerly 2010; Elkan 2003, lemma 1).
    fn gap(&self, label: u32, sq_distance: T) -> f32 {
        // More than the kernels' roundings, as for gaps that they find themselves.
        let d = self.centers.n_features() as f64;
        let distance = sq_distance.to_f64().sqrt() * (1.0 + 2.0 * (d + 8.0) * T::EPSILON)
            + 2.0 * (d * T::MIN_POSITIVE.to_f64()).sqrt();
        let gap = f64::from(self.separations[label as usize]) - 2.0 * distance;
        (gap as f32).next_down()
    }
}

/// How far each centre is from the nearest other one at least.
fn separations<T: Element>(run: &Run<'_, T>, centers: &Centers<T>) -> Result<Vec<f32>> {
    /// Few, so that all threads find work.
    const ROWS: usize = 128;
    let d = centers.n_features();
    let parts = centers.values().par_chunks(ROWS * d).map(|rows| {
        run.check_cancelled()?;
        let n = rows.len() / d;
        let mut columns = vec![vec![T::default(); ROWS]; d];
        for (i, row) in rows.chunks_exact(d).enumerate() {
            columns.iter_mut().zip(row).for_each(|(column, &x)| column[i] = x);
        }
        let columns: Vec<&[T]> = columns.iter().map(Vec::as_slice).collect();
        let mut found = NearestTile::new();
        // The nearest centre is the centre itself.
        run.kernel.nearest(&columns, n, centers, Detail::Gap, &mut found);
        Ok(found.gaps()[..n].to_vec())
    });
    Ok(parts.collect::<Result<Vec<_>>>()?.concat())
}

/// What is kept of the rows of one tile.
struct Place<'a> {
    labels: &'a mut [u32],
    gaps: Option<gaps::Part<'a>>,
}

/// One thread's room to work in.
struct Search<T> {
    nearest: NearestTile<T>,
    /// Rows of the tile that must be looked at, or have changed, and their values.
    open: Vec<u32>,
    picked: Picked<T>,
    changes: Vec<Change>,
    /// Labels padded to a tile, and the distances that follow from them.
    padded: Vec<u32>,
    own: Vec<T>,
}

impl<T: Element> Search<T> {
    fn new() -> Self {
        Self {
            nearest: NearestTile::new(),
            open: vec![0; TILE_ROWS],
            picked: Picked::new(),
            changes: vec![Change::default(); TILE_ROWS],
            padded: vec![0; TILE_ROWS],
            own: vec![T::default(); TILE_ROWS],
        }
    }

    /// Brings the labels of one tile, the `i`-th of its part, up to date and shows what was found.
    fn relabel(
        &mut self,
        run: &Run<'_, T>,
        tile: &mut Tile<'_, T>,
        target: &Target<'_, T>,
        part: &mut Part<'_>,
        i: usize,
        visit: impl FnOnce(Seen<'_, T>),
    ) {
        let n = tile.n_rows();
        let labels = &mut part.labels[i * TILE_ROWS..][..n];
        let Some(mut gaps) = part.gaps.as_mut().map(|gaps| gaps.tile(i)) else {
            let detail = if target.want_distances { Detail::Distance } else { Detail::Label };
            return self.relabel_all(
                run,
                tile,
                target,
                Place { labels, gaps: None },
                detail,
                visit,
            );
        };
        let probes = (tile.rows().start / TILE_ROWS).is_multiple_of(PROBE);
        let keeps = target.bounded || probes;
        let known = gaps.are_known();
        if keeps && (known || !target.separations.is_empty()) {
            let mut n_open = gaps.open_rows(run.kernel, labels, &mut self.open);
            let mut tried = 0;
            // Of few rows whose gaps have ended, most lie between centres.
            if 2 * n_open > n && !target.separations.is_empty() {
                tried = n;
                n_open = self.close_separated(run, tile, target, labels, &mut gaps, n_open);
            }
            if known {
                part.found.known += n;
                part.found.open += n_open;
                part.found.tried += tried;
            }
            let others = if target.want_distances { OWN_CENTERS * n } else { 0 };
            if picking_pays(n_open, n, target.centers.k(), others) {
                let place = Place { labels, gaps: Some(gaps) };
                return self.relabel_open(run, tile, target, place, n_open, visit);
            }
        }
        let detail = match (target.want_distances, keeps) {
            (true, _) => Detail::Distance,
            (false, true) => Detail::Gap,
            (false, false) => Detail::Label,
        };
        self.relabel_all(run, tile, target, Place { labels, gaps: Some(gaps) }, detail, visit);
    }

    /// Drops those of the first `n_open` of `self.open` that are nearer to their centres than any
    /// other centre can be, and returns how many are left.
    fn close_separated(
        &mut self,
        run: &Run<'_, T>,
        tile: &mut Tile<'_, T>,
        target: &Target<'_, T>,
        labels: &[u32],
        gaps: &mut gaps::Part<'_>,
        n_open: usize,
    ) -> usize {
        measure_own(run, tile, &target.centers, labels, (&mut self.padded, &mut self.own));
        let mut n = 0;
        for place in 0..n_open {
            let row = self.open[place];
            let label = labels[row as usize];
            let gap = target.gap(label, self.own[row as usize]);
            if gap > 0.0 {
                gaps.set(row as usize, label, gap);
            } else {
                self.open[n] = row;
                n += 1;
            }
        }
        n
    }

    /// Compares all rows of a tile with all centres.
    fn relabel_all(
        &mut self,
        run: &Run<'_, T>,
        tile: &mut Tile<'_, T>,
        target: &Target<'_, T>,
        Place { labels, gaps }: Place<'_>,
        detail: Detail,
        visit: impl FnOnce(Seen<'_, T>),
    ) {
        let n = tile.n_rows();
        let weights = target.weights.map(|weights| &weights[tile.rows()]);
        let columns = tile.columns();
        run.kernel.nearest(columns, n, &target.centers, detail, &mut self.nearest);
        let are_new = labels[0] == UNASSIGNED;
        let n_changes = self.take_over(run.kernel, labels);
        match gaps {
            Some(mut gaps) if detail == Detail::Gap => {
                gaps.set_all(labels, &self.nearest.gaps()[..n]);
            }
            Some(mut gaps) => gaps.forget(),
            None => {}
        }
        let changes =
            if are_new { Changes::All } else { Changes::Some(&self.changes[..n_changes]) };
        let found = &self.nearest.sq_distances()[..n];
        let sq_distances = if target.want_distances { found } else { &[] };
        visit(Seen { labels, weights, changes, columns, sq_distances });
    }

    /// Compares the first `n_open` of `self.open` with all centres; the other rows of the tile keep
    /// their labels.
    fn relabel_open(
        &mut self,
        run: &Run<'_, T>,
        tile: &mut Tile<'_, T>,
        target: &Target<'_, T>,
        Place { labels, mut gaps }: Place<'_>,
        n_open: usize,
        visit: impl FnOnce(Seen<'_, T>),
    ) {
        let n = tile.n_rows();
        let centers = &target.centers;
        let open = &self.open[..n_open];
        let mut n_changes = 0;
        let mut columns = Vec::new();
        if n_open > 0 {
            columns = tile.pick(open, &mut self.picked);
            run.kernel.nearest(&columns, n_open, centers, Detail::Gap, &mut self.nearest);
            let found = self.nearest.labels().iter().zip(self.nearest.gaps());
            for (place, (&row, (&to, &gap))) in (0..).zip(open.iter().zip(found)) {
                if let Some(gaps) = &mut gaps {
                    gaps.set(row as usize, to, gap);
                }
                let from = std::mem::replace(&mut labels[row as usize], to);
                self.changes[n_changes] = Change { row, place, from, to };
                n_changes += usize::from(from != to);
            }
        }
        if target.want_distances {
            measure_own(run, tile, centers, labels, (&mut self.padded, &mut self.own));
        }
        let weights = target.weights.map(|weights| &weights[tile.rows()]);
        let changes = Changes::Some(&self.changes[..n_changes]);
        let sq_distances = if target.want_distances { &self.own[..n] } else { &[] };
        visit(Seen { labels, weights, changes, columns: &columns, sq_distances });
    }

    /// Replaces the labels of a whole tile by those just found, and returns how many have changed.
    fn take_over(&mut self, kernel: &Kernel, labels: &mut [u32]) -> usize {
        let found = &self.nearest.labels()[..labels.len()];
        let n = kernel.differing(labels, found, &mut self.open);
        for (change, &row) in self.changes.iter_mut().zip(&self.open[..n]) {
            let to = found[row as usize];
            let from = std::mem::replace(&mut labels[row as usize], to);
            *change = Change { row, place: row, from, to };
        }
        n
    }
}

/// Finds how far all rows of a tile are from their centres: into `own`, by way of `padded`.
fn measure_own<T: Element>(
    run: &Run<'_, T>,
    tile: &mut Tile<'_, T>,
    centers: &Centers<T>,
    labels: &[u32],
    (padded, own): (&mut [u32], &mut [T]),
) {
    let n = labels.len();
    padded[..n].copy_from_slice(labels);
    padded[n..].fill(0);
    run.kernel.own_sq_distances(tile.columns(), n, centers, padded, own);
}
