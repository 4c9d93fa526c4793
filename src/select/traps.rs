//! What makes a clustering look better than it is.

use super::{Candidate, Comparison, Recommendation};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::metrics::{Labeling, SilhouetteMethod, silhouette};
use crate::monitor::Monitor;
use crate::passes::Groups;
use crate::prepare::Prepared;
use crate::table::Tiles;
use crate::warning::Warning;

/// Looks at `candidate`, fitted on `prepared`, whose columns have these `names`, for one giant cluster,
/// for a column that alone makes up the distances, and for a column of few values, or of one nearly
/// everywhere, without which the same clusters are far less separated: such a column makes spikes, and
/// spikes have a high silhouette whatever they mean.
///
/// # Errors
/// Those of a silhouette, and of memory.
pub fn traps(
    prepared: &Prepared,
    names: &[String],
    candidate: &Candidate,
    kernel: &Kernel,
    method: SilhouetteMethod,
    monitor: &dyn Monitor,
) -> Result<Vec<Warning>> {
    const GIANT: f64 = 0.8;
    const DOMINATING: f64 = 0.9;
    /// Of an equal share.
    const UNHEARD: f64 = 0.01;
    const INFLATED: f64 = 0.1;
    /// A column that makes up less of the distances cannot raise a silhouette by as much as that.
    const HEARD: f64 = 0.02;

    let mut found = Vec::new();
    let (largest, k) = (candidate.largest_share(), candidate.k);
    if largest > GIANT {
        found.push(Warning::GiantCluster { k, share: largest });
    }
    let columns = looks(&prepared.tiles())?;
    if columns.len() < 2 {
        return Ok(found);
    }
    let total: f64 = columns.iter().map(|column| column.variance).sum();
    // Constant columns are nobody's fault.
    let varying: Vec<(f64, &String)> = columns
        .iter()
        .zip(names)
        .filter(|(column, _)| column.variance > 0.0)
        .map(|(column, name)| (column.variance / total, name))
        .collect();
    let dominating = varying.iter().find(|(share, _)| *share > DOMINATING && varying.len() > 1);
    if let Some(&(share, name)) = dominating {
        found.push(Warning::ColumnDominates { column: name.clone(), share });
    } else {
        let unheard = UNHEARD / varying.len() as f64;
        let unheard = varying.iter().filter(|(share, _)| *share < unheard);
        let (shares, columns): (Vec<f64>, Vec<String>) =
            unheard.map(|&(share, name)| (share, name.clone())).unzip();
        if !columns.is_empty() {
            found.push(Warning::ColumnsUnheard { columns, share: shares.iter().sum() });
        }
    }
    let labeling = Labeling::new(&candidate.fit.labels)?;
    for (j, (column, name)) in columns.iter().zip(names).enumerate() {
        if !column.is_discrete() || column.variance < HEARD * total {
            continue;
        }
        let rest = prepared.without_column(j)?;
        let tiles = rest.tiles();
        let without =
            silhouette(&tiles, rest.precision(), kernel, &labeling, method, monitor)?.mean;
        let with = candidate.silhouette.mean;
        if with - without > INFLATED {
            let (column, n_values, share) = (name.clone(), column.n_values, column.top_share);
            found.push(Warning::SilhouetteInflated { column, n_values, share, k, with, without });
        }
    }
    Ok(found)
}

/// Whether what is recommended is where the comparison ends: larger numbers may be better still.
pub fn end_of_range(comparison: &Comparison, recommendation: &Recommendation) -> Option<Warning> {
    let last = comparison.candidates.last()?.k;
    // Larger numbers that cannot be fitted are no reason to look further.
    let is_open = comparison.infeasible.iter().all(|&(k, _)| k < last);
    (recommendation.k == Some(last) && is_open).then_some(Warning::EndOfRange { k: last })
}

/// What the values of a column look like, in the prepared space.
struct Look {
    n_rows: usize,
    variance: f64,
    /// Different values, if they are few.
    n_values: Option<usize>,
    /// The share of the rows that have the commonest one, or 0 if the values are many and none is that
    /// of most rows.
    top_share: f64,
}

impl Look {
    const NEARLY_ALL: f64 = 0.9;

    fn is_discrete(&self) -> bool {
        // Few rows have few values whatever they are.
        let few = self.n_values.is_some_and(|n| n > 1 && 10 * n <= self.n_rows);
        few || (self.n_values.is_none() && self.top_share >= Self::NEARLY_ALL)
    }
}

/// How the columns look, in two passes over all rows and little memory.
fn looks(tiles: &Tiles<'_>) -> Result<Vec<Look>> {
    let (n, d) = (tiles.n_rows(), tiles.n_features());
    let first = pass(tiles, |_| Values::default(), |values, column| values.add(column))?;
    let seen = merged(first, d, Values::join);
    let means: Vec<f64> = seen.iter().map(|values| values.sum / n as f64).collect();
    let room = |j: usize| Spread { mean: means[j], top: seen[j].most, squares: 0.0, n_top: 0 };
    let second = pass(tiles, room, |spread, column| spread.add(column))?;
    let spreads = merged(second, d, Spread::join);
    let looks = seen.iter().zip(spreads).map(|(values, spread)| {
        let few = (!values.are_many).then_some(&values.few);
        let commonest = few.map(|few| few.iter().map(|&(_, n)| n).max().unwrap_or(0));
        Look {
            n_rows: n,
            variance: spread.squares / n as f64,
            n_values: few.map(Vec::len),
            top_share: commonest.unwrap_or(spread.n_top) as f64 / n as f64,
        }
    });
    Ok(looks.collect())
}

/// What `add` makes of every column, by groups of tiles.
fn pass<S: Send>(
    tiles: &Tiles<'_>,
    room: impl Fn(usize) -> S + Sync,
    add: impl Fn(&mut S, &[f64]) + Sync,
) -> Result<Vec<Vec<S>>> {
    let d = tiles.n_features();
    Groups::new(tiles.n_tiles(), 1, d).map(
        || tiles.reader::<f64>(),
        |reader, group| {
            let mut columns: Vec<S> = (0..d).map(&room).collect();
            for tile in group {
                let mut tile = reader.load(tile);
                let n = tile.n_rows();
                columns.iter_mut().zip(tile.columns()).for_each(|(to, from)| add(to, &from[..n]));
            }
            Ok(columns)
        },
    )
}

/// The parts of each column joined in order.
fn merged<S>(groups: Vec<Vec<S>>, d: usize, join: impl Fn(&mut S, S)) -> Vec<S> {
    let mut groups = groups.into_iter();
    let mut all = groups.next().unwrap_or_else(|| Vec::with_capacity(d));
    for group in groups {
        all.iter_mut().zip(group).for_each(|(all, part)| join(all, part));
    }
    all
}

/// The values of a column: their sum, which they are if they are few, and which could be that of more
/// than half of the rows (Boyer and Moore 1991, "MJRTY").
#[derive(Default)]
struct Values {
    sum: f64,
    /// With how often each occurs.
    few: Vec<(f64, usize)>,
    /// Whether there are more than `few` holds.
    are_many: bool,
    most: f64,
    /// By how many rows `most` is ahead of all others.
    lead: usize,
}

impl Values {
    const FEW: usize = 10;

    fn add(&mut self, column: &[f64]) {
        for run in column.chunk_by(|a, b| a == b) {
            self.sum += run.iter().sum::<f64>();
            self.count(run[0], run.len());
            self.vote(run[0], run.len());
        }
    }

    fn count(&mut self, value: f64, n: usize) {
        if self.are_many {
            return;
        }
        match self.few.iter().position(|&(known, _)| known == value) {
            Some(known) => self.few[known].1 += n,
            None if self.few.len() < Self::FEW => self.few.push((value, n)),
            None => self.are_many = true,
        }
    }

    fn vote(&mut self, value: f64, n: usize) {
        if self.lead > 0 && self.most == value {
            self.lead += n;
        } else if n > self.lead {
            (self.most, self.lead) = (value, n - self.lead);
        } else {
            self.lead -= n;
        }
    }

    fn join(&mut self, other: Self) {
        self.sum += other.sum;
        self.are_many |= other.are_many;
        other.few.iter().for_each(|&(value, n)| self.count(value, n));
        self.vote(other.most, other.lead);
    }
}

/// How far the values of a column are from their mean, and how many are the one that may be most.
struct Spread {
    mean: f64,
    top: f64,
    squares: f64,
    n_top: usize,
}

impl Spread {
    fn add(&mut self, column: &[f64]) {
        self.squares += column.iter().map(|x| (x - self.mean).powi(2)).sum::<f64>();
        self.n_top += column.iter().filter(|&&x| x == self.top).count();
    }

    fn join(&mut self, other: Self) {
        self.squares += other.squares;
        self.n_top += other.n_top;
    }
}
