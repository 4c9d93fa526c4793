//! A short proof that two tables have the same columns: names, types and values.

use std::ops::Range;

use rayon::prelude::*;
use twox_hash::XxHash3_128;

use crate::table::{Chunk, Column, FeatureTable, TILE_ROWS, Values};

/// 128 bits over the names, types and values of the columns, as 32 hexadecimal digits.
///
/// Values are hashed as stored, in little-endian bytes, tile by tile; of a missing one only where
/// it is, so that null and NaN of any payload are alike. (−0 is not 0: it is another stored value.)
/// Record batches, threads, weights and other columns play no part.
pub fn fingerprint(table: &FeatureTable) -> String {
    let columns: Vec<u128> = table.columns().par_iter().map(hash_column).collect();
    let bytes: Vec<u8> = columns.into_iter().flat_map(u128::to_le_bytes).collect();
    format!("{:032x}", XxHash3_128::oneshot(&bytes))
}

fn hash_column(column: &Column) -> u128 {
    let n_rows = column.n_rows();
    let tiles: Vec<u128> = (0..n_rows.div_ceil(TILE_ROWS))
        .into_par_iter()
        .with_min_len(16)
        .map_init(Vec::new, |bytes, tile| {
            bytes.clear();
            let mut missing = [0_u8; TILE_ROWS / 8];
            let rows = tile * TILE_ROWS..n_rows.min((tile + 1) * TILE_ROWS);
            let mut at = 0;
            for (chunk, range) in column.runs(rows) {
                let n = range.len();
                push(chunk, range, bytes, |i| {
                    missing[(at + i) / 8] |= 1 << ((at + i) % 8);
                });
                at += n;
            }
            bytes.extend_from_slice(&missing);
            XxHash3_128::oneshot(bytes)
        })
        .collect();

    // Lengths first, so that no two lists of parts run together to the same bytes.
    let mut parts = Vec::new();
    for text in [column.name(), column.type_name()] {
        parts.extend((text.len() as u64).to_le_bytes());
        parts.extend(text.as_bytes());
    }
    parts.extend((n_rows as u64).to_le_bytes());
    parts.extend(tiles.into_iter().flat_map(u128::to_le_bytes));
    XxHash3_128::oneshot(&parts)
}

/// Appends the values of `range`, zeros where one is missing, and says which are.
fn push(chunk: &Chunk, range: Range<usize>, bytes: &mut Vec<u8>, mut missing: impl FnMut(usize)) {
    macro_rules! values {
        ($type:ty, $buffer:expr, $is_nan:expr) => {{
            const WIDTH: usize = size_of::<$type>();
            let values: &[$type] = &$buffer[range.clone()];
            let start = bytes.len();
            bytes.resize(start + values.len() * WIDTH, 0);
            let out = bytes[start..].chunks_exact_mut(WIDTH);
            for (out, value) in out.zip(values) {
                out.copy_from_slice(&value.to_le_bytes());
            }
            let is_null = |i: usize| chunk.validity().is_some_and(|v| v.is_null(range.start + i));
            for (i, &value) in values.iter().enumerate() {
                if $is_nan(value) || is_null(i) {
                    bytes[start + i * WIDTH..start + (i + 1) * WIDTH].fill(0);
                    missing(i);
                }
            }
        }};
    }
    match chunk.values() {
        Values::I8(buffer) => values!(i8, buffer, |_| false),
        Values::I16(buffer) => values!(i16, buffer, |_| false),
        Values::I32(buffer) => values!(i32, buffer, |_| false),
        Values::I64(buffer) => values!(i64, buffer, |_| false),
        Values::U8(buffer) => values!(u8, buffer, |_| false),
        Values::U16(buffer) => values!(u16, buffer, |_| false),
        Values::U32(buffer) => values!(u32, buffer, |_| false),
        Values::U64(buffer) => values!(u64, buffer, |_| false),
        Values::F32(buffer) => values!(f32, buffer, f32::is_nan),
        Values::F64(buffer) => values!(f64, buffer, f64::is_nan),
    }
}
