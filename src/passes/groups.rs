//! How the rows of a pass are shared out among threads without showing it.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::Result;
use crate::table::TILE_ROWS;

use super::Sums;

/// Groups of consecutive tiles, cut by the size of the problem alone. Each is worked through by
/// one thread in order; results come back in the order of the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Groups {
    n_tiles: usize,
    tiles_per_group: usize,
}

impl Groups {
    /// Enough groups to keep many threads busy, but beyond that no more than their sums have room
    /// for.
    pub(crate) fn new(n_tiles: usize, k: usize, d: usize) -> Self {
        const MOST: usize = 256;
        const FEWEST: usize = 32;
        const SUMS_BYTES: usize = 16 << 20;
        let groups = (SUMS_BYTES / Sums::bytes(k, d).max(1)).clamp(FEWEST, MOST);
        Self { n_tiles, tiles_per_group: n_tiles.div_ceil(groups).max(1) }
    }

    /// The number of groups.
    pub(crate) fn len(&self) -> usize {
        self.n_tiles.div_ceil(self.tiles_per_group)
    }

    /// Rows in every group but the last.
    pub(crate) fn rows(&self) -> usize {
        self.tiles_per_group * TILE_ROWS
    }

    /// Calls `work` with the tiles of each group; the first error ends the pass. `room` makes what
    /// `work` needs to work in, which it finds as the last group has left it.
    pub(crate) fn map<S, R: Send>(
        &self,
        room: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, Range<usize>) -> Result<R> + Sync + Send,
    ) -> Result<Vec<R>> {
        self.map_with(vec![(); self.len()], room, |room, tiles, ()| work(room, tiles))
    }

    /// As [`map`](Self::map), with something of its own for each group.
    pub(crate) fn map_with<P: Send, S, R: Send>(
        &self,
        parts: Vec<P>,
        room: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, Range<usize>, P) -> Result<R> + Sync + Send,
    ) -> Result<Vec<R>> {
        let numbered = parts.into_par_iter().enumerate();
        numbered.map_init(room, |room, (group, part)| work(room, self.tiles(group), part)).collect()
    }

    fn tiles(&self, group: usize) -> Range<usize> {
        let start = group * self.tiles_per_group;
        start..self.n_tiles.min(start + self.tiles_per_group)
    }
}
