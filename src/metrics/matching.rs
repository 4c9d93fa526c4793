//! Which clusters of two labelings stand for each other.

use super::Cell;
use crate::error::{Error, ErrorKind, Result};
use crate::table::filled;

/// The pairing of rows `0..n_truth` with columns `0..n_prediction`, each used once at most, of which
/// the cells add up to most.
///
/// Kuhn's Hungarian method with shortest augmenting paths (Jonker and Volgenant 1987): rows are taken
/// one after the other, and each may push others on to a column that costs them least. Integer
/// arithmetic, so that nothing hangs on rounding.
///
/// # Errors
/// If there is no room for the whole table.
pub(super) fn largest(
    cells: &[Cell],
    n_truth: usize,
    n_prediction: usize,
) -> Result<Vec<Option<u32>>> {
    // Shorter side first: every row of it finds a column.
    let flipped = n_truth > n_prediction;
    let (rows, columns) = if flipped { (n_prediction, n_truth) } else { (n_truth, n_prediction) };
    let len = rows.checked_mul(columns).ok_or_else(|| {
        Error::new(ErrorKind::Memory, format!("no room to match {rows} clusters with {columns}"))
    })?;
    let mut gains = filled(len, 0_i64)?;
    for cell in cells {
        let (truth, prediction) = (cell.truth as usize, cell.prediction as usize);
        let (row, column) = if flipped { (prediction, truth) } else { (truth, prediction) };
        gains[row * columns + column] = cell.n as i64;
    }
    let matched = assign(&gains, rows, columns);
    if !flipped {
        return Ok(matched.into_iter().map(|column| Some(column as u32)).collect());
    }
    let mut found = vec![None; n_truth];
    for (row, column) in matched.into_iter().enumerate() {
        found[column] = Some(row as u32);
    }
    Ok(found)
}

/// The column of each row; there are at least as many columns as rows.
fn assign(gains: &[i64], rows: usize, columns: usize) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let most = gains.iter().copied().max().unwrap_or(0);
    let cost = |row: usize, column: usize| most - gains[row * columns + column];
    let mut row_prices = vec![0; rows];
    let mut column_prices = vec![0; columns];
    let mut row_of = vec![NONE; columns];
    for start in 0..rows {
        // The cheapest way from `start` to each column, and the column before it on that way.
        let mut distance = vec![i64::MAX; columns];
        let mut before = vec![NONE; columns];
        let mut is_done = vec![false; columns];
        let (mut row, mut at, mut last) = (start, 0, NONE);
        let end = loop {
            let mut next = NONE;
            for column in (0..columns).filter(|&column| !is_done[column]) {
                let way = at + cost(row, column) - row_prices[row] - column_prices[column];
                if way < distance[column] {
                    distance[column] = way;
                    before[column] = last;
                }
                if next == NONE || distance[column] < distance[next] {
                    next = column;
                }
            }
            at = distance[next];
            is_done[next] = true;
            if row_of[next] == NONE {
                break next;
            }
            (row, last) = (row_of[next], next);
        };
        row_prices[start] += at;
        for column in (0..columns).filter(|&column| is_done[column] && column != end) {
            row_prices[row_of[column]] += at - distance[column];
            column_prices[column] -= at - distance[column];
        }
        // Every row on the way moves on by one column.
        let mut column = end;
        while before[column] != NONE {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
        row_of[column] = start;
    }
    let mut column_of = vec![NONE; rows];
    for (column, &row) in row_of.iter().enumerate().filter(|&(_, &row)| row != NONE) {
        column_of[row] = column;
    }
    column_of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(gains: &[Vec<u64>]) -> Vec<Cell> {
        let mut cells = Vec::new();
        for (truth, row) in (0..).zip(gains) {
            for (prediction, &n) in (0..).zip(row) {
                if n > 0 {
                    cells.push(Cell { truth, prediction, n });
                }
            }
        }
        cells
    }

    /// The most that any pairing adds up to.
    fn most(gains: &[Vec<u64>], used: &mut Vec<usize>, skips: usize) -> u64 {
        let Some((row, rest)) = gains.split_first() else { return 0 };
        let mut best = if skips > 0 { most(rest, used, skips - 1) } else { 0 };
        for (column, &gain) in row.iter().enumerate() {
            if !used.contains(&column) {
                used.push(column);
                best = best.max(gain + most(rest, used, skips));
                used.pop();
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_pairing_adds_up_to_more(
            rows in 1_usize..6, columns in 1_usize..6, values in prop::collection::vec(0_u64..9, 25),
        ) {
            let gains: Vec<Vec<u64>> = values.chunks(5).take(rows).map(|row| row[..columns.min(5)].to_vec()).collect();
            let columns = columns.min(5);
            let found = largest(&cells(&gains), rows, columns).unwrap();
            let mut used: Vec<u32> = found.iter().flatten().copied().collect();
            let total: u64 = found.iter().enumerate().filter_map(|(row, column)| Some(gains[row][(*column)? as usize])).sum();
            prop_assert_eq!(used.len(), rows.min(columns));
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), rows.min(columns));
            prop_assert_eq!(total, most(&gains, &mut Vec::new(), rows.saturating_sub(columns)));
        }
    }

    #[test]
    fn renamed_clusters_find_themselves() {
        let names = [3, 0, 4, 1, 2];
        let cells: Vec<Cell> = (0..5)
            .map(|truth: u32| Cell { truth, prediction: names[truth as usize], n: 10 })
            .collect();
        let found = largest(&cells, 5, 5).unwrap();
        assert_eq!(found, names.map(Some));
    }
}
