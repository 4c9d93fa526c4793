//! The lanes that the algorithms in `generic` are written over.

use super::Element;

/// No register has more lanes than this.
pub(super) const MOST_LANES: usize = 16;

/// 2^-100: of smaller numbers the remainder that refines a root has no room for its digits, and of 0 the
/// estimate is infinite.
pub(super) const LEAST_ESTIMATED: f64 = 7.888609052210118e-31;

/// A register of `LANES` rows.
///
/// Methods are `#[inline(always)]` and carry no `#[target_feature]` of their own (the two do not
/// combine): they take on the instruction set of the shell they end up in.
///
/// # Safety
/// To call any method: the implementing instruction set is enabled in the function that the call
/// is inlined into. For [`load`](Self::load) and [`store`](Self::store), the pointer is valid for
/// `LANES` elements; it need not be aligned.
pub(super) trait Vector: Copy {
    /// The type of one lane.
    type Element: Element;
    /// The result of a comparison.
    type Mask: Copy;
    /// Rows per register.
    const LANES: usize;
    /// For squared distances in up to so many columns, one root in four is better made from an
    /// estimate: the unit that takes roots is busy, those that multiply are not. 0 where there is no
    /// estimate.
    const ESTIMATED_COLUMNS: usize;

    /// Every lane `x`.
    unsafe fn splat(x: Self::Element) -> Self;
    /// `LANES` consecutive elements.
    unsafe fn load(from: *const Self::Element) -> Self;
    /// Writes `LANES` consecutive elements.
    unsafe fn store(self, to: *mut Self::Element);
    /// Asks for the cache line at `from`, which may be any address, if the instruction set can.
    unsafe fn prefetch(from: *const Self::Element);
    /// `self + other`.
    unsafe fn add(self, other: Self) -> Self;
    /// `self − other`.
    unsafe fn sub(self, other: Self) -> Self;
    /// `self·factor + addend`, in one rounding where the instruction set has it.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// `addend − self·factor`, in one rounding where the instruction set has it.
    unsafe fn neg_mul_add(self, factor: Self, addend: Self) -> Self;
    /// The smaller of each pair.
    unsafe fn min(self, other: Self) -> Self;
    /// The larger of each pair.
    unsafe fn max(self, other: Self) -> Self;
    /// The square root, rounded to nearest as IEEE 754 has it: the same on every processor.
    unsafe fn sqrt(self) -> Self;
    /// The same number as [`sqrt`](Self::sqrt) gives, by multiplications from an estimate; of no number
    /// below [`LEAST_ESTIMATED`].
    unsafe fn sqrt_from_estimate(self) -> Self;
    /// Where `self < other`.
    unsafe fn less(self, other: Self) -> Self::Mask;
    /// One bit per lane, the first lane's the lowest; those past `LANES` are 0.
    unsafe fn bits(mask: Self::Mask) -> u32;
    /// `yes` where the mask is set, else `no`.
    unsafe fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

/// √x from an estimate of 1/√x by `STEPS` steps of Goldschmidt's method, after which the product of
/// root and remainder is added: the nearest number whatever the estimate, if it is as good as it has
/// to be. (Markstein 1990, "Computation of elementary functions on the IBM RISC System/6000
/// processor"; the tests go through all significands.) Estimates themselves differ between makers of
/// processors.
///
/// # Safety
/// As for [`Vector`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn refined_sqrt<V: Vector<Element = f32>, const STEPS: usize>(
    x: V,
    estimate: impl FnOnce(V) -> V,
) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let (zero, half) = (V::splat(0.0), V::splat(0.5));
        let inverse = estimate(x);
        let mut root = x.mul_add(inverse, zero);
        let mut half_inverse = half.mul_add(inverse, zero);
        for _ in 0..STEPS {
            let error = root.neg_mul_add(half_inverse, half);
            root = root.mul_add(error, root);
            half_inverse = half_inverse.mul_add(error, half_inverse);
        }
        root.neg_mul_add(root, x).mul_add(half_inverse, root)
    }
}
