//! Per-column shift and scale: what `prepare` learns and a tile applies as it loads.

/// The map `x ↦ (x − shift)·scale`.
///
/// Subtracting first keeps a large common offset from costing digits: `x·scale + shift'` would
/// round at the size of the offset on machines without a fused multiply-add.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Subtracted from the value, in the column's unit.
    pub shift: f64,
    /// Multiplied with the difference; finite and not zero.
    pub scale: f64,
}

impl Affine {
    /// The map that changes nothing.
    pub const IDENTITY: Self = Self { shift: 0.0, scale: 1.0 };

    /// Whether a tile may hand out the stored values as they are.
    pub fn is_identity(self) -> bool {
        self == Self::IDENTITY
    }

    /// From the column's unit to the prepared space.
    pub fn apply(self, x: f64) -> f64 {
        (x - self.shift) * self.scale
    }

    /// From the prepared space back to the column's unit.
    pub fn invert(self, z: f64) -> f64 {
        z / self.scale + self.shift
    }
}
