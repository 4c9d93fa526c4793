//! Centres laid out for the kernels.

use super::Element;

/// A set of centres in the precision of the kernels, ready to be compared with tiles.
#[derive(Clone, Debug)]
pub struct Centers<T> {
    n_features: usize,
    /// Row-major, `n_features` per centre.
    values: Vec<T>,
    packed: Option<Packed<T>>,
}

/// The layout of the dot form, used from this many coordinates and centres on: below, packing the
/// rows and tracking the second-nearest centre cost more than the saved subtraction.
const DOT_FEATURES: usize = 16;
const DOT_CENTERS: usize = 32;

/// Centres of one group lie side by side, so that a kernel reads one coordinate of all of them
/// from one cache line. Every register tile has a divisor of this many centres.
pub(super) const GROUP: usize = 12;

/// Centres for the dot form.
#[derive(Clone, Debug)]
pub(super) struct Packed<T> {
    /// Subtracted from centres and rows alike, so that a large common offset costs no digits: the
    /// mean of the centres.
    pub(super) origin: Vec<T>,
    /// `[group][coordinate][GROUP]`, centred; the last group is filled up with zeros.
    pub(super) values: Vec<T>,
    /// ½|c − origin|² per centre; `T::MAX / 2` for the fill, which is never nearest.
    pub(super) half_norms: Vec<T>,
    /// The number of centres without the fill.
    pub(super) n_centers: usize,
    /// The largest |c − origin|².
    pub(super) largest_norm: f64,
}

impl<T: Element> Centers<T> {
    /// Rounds `centers` (row-major, `n_features` each) to `T` and packs them where that pays.
    ///
    /// # Panics
    /// If `centers` is not a whole number of rows, or has more than 2^24 of them: labels pass
    /// through floating-point lanes, which count exactly up to there.
    pub fn new(centers: &[f64], n_features: usize) -> Self {
        assert!(n_features > 0 && centers.len().is_multiple_of(n_features), "whole centres");
        let k = centers.len() / n_features;
        assert!(k <= 1 << 24, "at most 2^24 centres");
        let values: Vec<T> = centers.iter().map(|&c| T::from_f64(c)).collect();
        let packed =
            (n_features >= DOT_FEATURES && k >= DOT_CENTERS).then(|| pack(&values, n_features));
        Self { n_features, values, packed }
    }

    /// The number of centres.
    pub fn k(&self) -> usize {
        self.values.len() / self.n_features
    }

    /// The number of coordinates of each.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The coordinates as the kernels use them, row-major.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    pub(super) fn packed(&self) -> Option<&Packed<T>> {
        self.packed.as_ref()
    }

    /// These centres in the direct form whatever their number, to compare the two.
    #[cfg(test)]
    pub(super) fn unpacked(mut self) -> Self {
        self.packed = None;
        self
    }
}

fn pack<T: Element>(centers: &[T], d: usize) -> Packed<T> {
    let k = centers.len() / d;
    let origin: Vec<T> = (0..d)
        .map(|j| {
            let sum: f64 = centers.iter().skip(j).step_by(d).map(|c| c.to_f64()).sum();
            T::from_f64(sum / k as f64)
        })
        .collect();
    let groups = k.div_ceil(GROUP);
    let mut values = vec![T::default(); groups * d * GROUP];
    let mut half_norms = vec![T::from_f64(T::MAX.to_f64() / 2.0); groups * GROUP];
    let mut largest_norm = 0.0_f64;
    for (c, center) in centers.chunks_exact(d).enumerate() {
        let group = &mut values[c / GROUP * d * GROUP..][..d * GROUP];
        let mut norm = 0.0;
        for j in 0..d {
            let centred = center[j] - origin[j];
            group[j * GROUP + c % GROUP] = centred;
            norm += centred.to_f64() * centred.to_f64();
        }
        half_norms[c] = T::from_f64(norm / 2.0);
        largest_norm = largest_norm.max(norm);
    }
    Packed { origin, values, half_norms, n_centers: k, largest_norm }
}
