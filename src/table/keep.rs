//! Some rows of a table, as a table of their own.

use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer, ScalarBuffer};
use rayon::prelude::*;

use super::{Chunk, Column, FeatureTable, Values, reserved};
use crate::error::Result;

impl FeatureTable {
    /// An owned copy of the rows whose bit is set, every column in the type it has.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no room for it.
    ///
    /// # Panics
    /// If there is not one bit per row.
    pub fn keep(&self, kept: &BooleanBuffer) -> Result<Self> {
        assert_eq!(kept.len(), self.n_rows, "one bit per row");
        let columns: Result<Vec<_>> =
            self.columns.par_iter().map(|column| keep_in_column(column, kept)).collect();
        let weights = self.weights.as_ref().map(|weights| gather(weights, kept));
        let n_rows = kept.count_set_bits();
        Ok(Self { columns: columns?, weights: weights.transpose()?, n_rows })
    }
}

fn keep_in_column(column: &Column, kept: &BooleanBuffer) -> Result<Column> {
    let mut start = 0;
    let mut chunks = Vec::with_capacity(column.chunks().len());
    for chunk in column.chunks() {
        let len = chunk.values().len();
        let kept = kept.slice(start, len);
        start += len;
        let values = match chunk.values() {
            Values::I8(buffer) => Values::I8(gather(buffer, &kept)?),
            Values::I16(buffer) => Values::I16(gather(buffer, &kept)?),
            Values::I32(buffer) => Values::I32(gather(buffer, &kept)?),
            Values::I64(buffer) => Values::I64(gather(buffer, &kept)?),
            Values::U8(buffer) => Values::U8(gather(buffer, &kept)?),
            Values::U16(buffer) => Values::U16(gather(buffer, &kept)?),
            Values::U32(buffer) => Values::U32(gather(buffer, &kept)?),
            Values::U64(buffer) => Values::U64(gather(buffer, &kept)?),
            Values::F32(buffer) => Values::F32(gather(buffer, &kept)?),
            Values::F64(buffer) => Values::F64(gather(buffer, &kept)?),
        };
        let validity = chunk.validity().map(|validity| {
            kept.set_indices().map(|row| validity.is_valid(row)).collect::<NullBuffer>()
        });
        chunks.push(Chunk::new(values, validity)?);
    }
    Ok(Column::new(column.name(), column.type_name(), chunks))
}

fn gather<T: ArrowNativeType>(
    buffer: &ScalarBuffer<T>,
    kept: &BooleanBuffer,
) -> Result<ScalarBuffer<T>> {
    let mut out = reserved(kept.count_set_bits())?;
    for (start, end) in kept.set_slices() {
        out.extend_from_slice(&buffer[start..end]);
    }
    Ok(out.into())
}
