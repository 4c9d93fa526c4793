//! The rows as pairs of them are worked through: by cluster, in blocks that need the same clusters.

use rayon::prelude::*;

use crate::error::Result;
use crate::kernel::{Element, Panels};
use crate::table::filled;

use super::Input;
use super::bounds::{Candidates, Needs, Sets};
use super::rows::{Places, Rows};

/// Panels of the rows of every cluster.
#[derive(Debug)]
pub(super) struct Sorted<T> {
    pub(super) places: Places,
    d: usize,
    values: Vec<T>,
    /// Padded rows before each cluster.
    padded: Vec<usize>,
}

impl<T: Element> Sorted<T> {
    /// Sorts the rows by which clusters the next one of each can be among, and tells what each block of
    /// them needs. `sets` describes the clusters; without, they are described by their own rows.
    pub(super) fn new(
        input: &Input<'_>,
        sets: impl FnOnce(&Rows<T>, &Places) -> Sets<T>,
    ) -> Result<(Self, Needs)> {
        let rows = Rows::<T>::read(input.tiles)?;
        input.check_cancelled()?;
        let mut places = Places::near(&rows, input.labeling)?;
        input.check_cancelled()?;
        let sets = sets(&rows, &places);
        let candidates = Candidates::find(input, &rows, &places, &sets)?;
        let before = places.sort_by_key(|block, i| candidates.key(block, i))?;
        let needs = Needs::of(&candidates, &before, &places)?;

        let d = rows.d();
        let mut padded = vec![0];
        for cluster in 0..places.k() {
            let n = places.cluster(cluster).len().next_multiple_of(Panels::<T>::ROWS);
            padded.push(padded[cluster] + n);
        }
        let mut values = filled(padded[places.k()].saturating_mul(d), T::default())?;
        let mut rest = values.as_mut_slice();
        let mut parts = Vec::new();
        for (_, block) in places.each_block() {
            let len = block.len().next_multiple_of(Panels::<T>::ROWS) * d;
            let (panels, after) = rest.split_at_mut(len);
            parts.push((&places.order()[block], panels));
            rest = after;
        }
        parts.into_par_iter().for_each(|(block, panels)| rows.gather(block, d, panels));
        Ok((Self { places, d, values, padded }, needs))
    }

    /// The rows of a cluster.
    pub(super) fn panels(&self, cluster: usize) -> Panels<'_, T> {
        let (start, end) = (self.padded[cluster], self.padded[cluster + 1]);
        let n = self.places.cluster(cluster).len();
        Panels::new(&self.values[start * self.d..end * self.d], self.d, n)
    }
}
