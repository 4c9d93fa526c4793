//! What a loss of agreement is made of: the same comparison in worlds where some things had not happened.
//!
//! Between T0 and a later date three things happen: the clock goes on, so that ages grow (recency, tenure);
//! customers come, and with a sliding window go; and customers who were there on T0 buy, review and have
//! things delivered. Each of the eight worlds in which some of them happened and others did not is made of
//! the tables of both dates, and the loss in it is measured as in the real one: T0's model, and a refit that
//! starts from T0's centres as well as from new starts.
//!
//! What one of them costs depends on which of the others happened too, so each is given the mean of what it
//! adds over all orders in which they could happen (Shapley 1953; for distributions Shorrocks 2013,
//! "Decomposition procedures for distributional analysis"): the three parts add up to the loss against that
//! refit. What is left of the loss against the refits of the date is theirs: their starts and resamples
//! find other optima.

use super::snapshot::{Context, Frozen, Snapshot};
use crate::error::Result;
use crate::history::{CustomerParams, CustomerTable, Recency, customers, ranked, shares_below};
use crate::kmeans::{Fit, Init, KMeansParams, fit_many};
use crate::metrics::{Contingency, Labeling};
use crate::table::{Column, FeatureTable};

/// What a loss of agreement, 1 − ARI, is made of. Parts may be negative: newcomers can undo what the clock
/// did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Of the median agreement with the refits of the date: the sum of the parts.
    pub total: f64,
    /// Ages grow while nothing happens.
    pub clock: f64,
    /// Customers came (and went, in a sliding window).
    pub newcomers: f64,
    /// What customers of T0 did after it.
    pub behaviour: f64,
    /// Refits from new starts and of resamples find other optima than the best one.
    pub refit: f64,
}

/// Which things happened.
#[derive(Clone, Copy)]
struct World {
    clock: bool,
    newcomers: bool,
    behaviour: bool,
}

impl Loss {
    /// Of `main`, whose customers were those of `first`, on the date of `now`, where its median agreement
    /// with refits is `agreement`.
    pub(super) fn of(
        context: &Context<'_>,
        (first, main): (&Snapshot, &Frozen),
        now: &Snapshot,
        agreement: f64,
    ) -> Result<Self> {
        let replay = Replay::new(context, first, now)?;
        let mut losses = [0.0; 8];
        // In the world in which nothing happened nothing is lost.
        for (number, loss) in losses.iter_mut().enumerate().skip(1) {
            let table = replay.table(context, World::number(number))?;
            *loss = 1.0 - agreement_in(context, (first, main), &table)?;
        }
        let total = 1.0 - agreement;
        let [clock, newcomers, behaviour] = shapley(&losses);
        Ok(Self { total, clock, newcomers, behaviour, refit: total - losses[7] })
    }
}

impl World {
    fn number(number: usize) -> Self {
        let has = |bit: usize| number & (1 << bit) != 0;
        Self { clock: has(0), newcomers: has(1), behaviour: has(2) }
    }
}

/// The mean of what each of three things adds to the loss, over the six orders in which they can happen;
/// a thing's bit is set in the numbers of the worlds in which it happened.
fn shapley(losses: &[f64; 8]) -> [f64; 3] {
    [0, 1, 2].map(|thing| {
        let bit = 1 << thing;
        let without = (0..8_usize).filter(|number| number & bit == 0);
        let parts = without.map(|others| {
            // Of the six orders, those in which just `others` came before.
            let weight = if others.count_ones() == 1 { 1.0 / 6.0 } else { 1.0 / 3.0 };
            weight * (losses[others | bit] - losses[others])
        });
        parts.sum()
    })
}

/// How far T0's model and the best refit agree on `table`.
fn agreement_in(
    context: &Context<'_>,
    (first, main): (&Snapshot, &Frozen),
    table: &FeatureTable,
) -> Result<f64> {
    let Context { params, kernel, monitor, .. } = context;
    let assigned = main.assign(table, kernel)?;
    let (prepare, prepared) = first.prepare_table(table)?;
    let warm = Init::Centers(main.centers_in(&prepare));
    let starts = [KMeansParams { init: warm, n_init: 1, ..params.fit.clone() }, params.fit.clone()];
    let fits = fit_many(&prepared.tiles(), prepared.precision(), kernel, &starts, *monitor)?;
    let best = fits.iter().min_by(|a, b| a.inertia.total_cmp(&b.inertia));
    let best: &[u32] = best.map_or(&[], |fit: &Fit| &fit.labels);
    let both = Contingency::new(&Labeling::new(&assigned.labels)?, &Labeling::new(best)?)?;
    Ok(both.adjusted_rand())
}

/// The tables that worlds are made of, with ages in days in whatever form the model takes them.
struct Replay {
    /// T0.
    before: CustomerTable,
    /// The later date.
    now: CustomerTable,
    /// The later date, orders as far back as on T0: of the customers of T0 nobody has left.
    stayed: CustomerTable,
    days: f32,
}

impl Replay {
    fn new(context: &Context<'_>, first: &Snapshot, now: &Snapshot) -> Result<Self> {
        let Context { history, params, .. } = context;
        let in_days = CustomerParams { recency: Recency::Absolute, ..params.customers.clone() };
        let table = |known| customers(history, known, &in_days);
        let (on_t0, later) = (params.known(first.day), params.known(now.day));
        Ok(Self {
            before: table(on_t0)?,
            now: table(later)?,
            stayed: table(later.from(on_t0.first_day()))?,
            days: now.day.since(first.day) as f32,
        })
    }

    /// The features in a world.
    fn table(&self, context: &Context<'_>, world: World) -> Result<FeatureTable> {
        let columns = context.columns.iter().map(|name| {
            let values = match ranked(name) {
                // A rank is one among those who are there.
                Some(of) => shares_below(&self.values(of, world)),
                None => self.values(name, world),
            };
            Column::from_f32(name, values)
        });
        FeatureTable::new(columns.collect(), None)
    }

    /// The values of a column in a world.
    fn values(&self, name: &str, world: World) -> Vec<f32> {
        let (before, ages) = column(&self.before, name);
        let later = if world.newcomers { &self.now } else { &self.stayed };
        let of_before = self.before.persons();
        let mut values = Vec::with_capacity(later.n_rows());
        let mut i = 0;
        // Both are ascending.
        for (&person, &value) in later.persons().iter().zip(column(later, name).0) {
            while i < of_before.len() && of_before[i] < person {
                i += 1;
            }
            let was_there = of_before.get(i) == Some(&person);
            if was_there && !world.behaviour {
                values.push(before[i] + if ages { self.days } else { 0.0 });
            } else if was_there || world.newcomers {
                values.push(value);
            }
        }
        if ages && !world.clock { at_rank(&values, before) } else { values }
    }
}

/// The values of a column, and whether they grow with the clock.
fn column<'a>(table: &'a CustomerTable, name: &str) -> (&'a [f32], bool) {
    let found = table.columns.iter().find(|column| column.name == name);
    found.map_or((&[], false), |column| (&column.values, column.ages))
}

/// The value that stands at the same rank in `before`, for each of `values`: ages of which everybody's place
/// is known, on a clock that stands still.
fn at_rank(values: &[f32], before: &[f32]) -> Vec<f32> {
    let mut sorted: Vec<f64> = before.iter().map(|&x| f64::from(x)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut mapped = vec![0.0; values.len()];
    let mut at = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let middle = at as f64 + (run.len() as f64 - 1.0) / 2.0;
        at += run.len();
        let place = (middle + 0.5) / values.len() as f64 * sorted.len() as f64 - 0.5;
        let place = place.clamp(0.0, sorted.len() as f64 - 1.0);
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        let value = sorted[below] + (sorted[above] - sorted[below]) * place.fract();
        run.iter().for_each(|&row| mapped[row] = value as f32);
    }
    mapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_what_does_nothing_has_none() {
        let losses = [0.0, 0.3, 0.1, 0.2, 0.0, 0.3, 0.1, 0.2];
        let [clock, newcomers, behaviour] = shapley(&losses);
        assert!((clock + newcomers + behaviour - losses[7]).abs() < 1e-15);
        assert_eq!(behaviour, 0.0);
        // Alone the clock costs 0.3, after newcomers 0.1: its mean over both orders.
        assert!((clock - 0.2).abs() < 1e-15 && newcomers.abs() < 1e-15);
    }

    #[test]
    fn on_a_clock_that_stands_still_ages_are_those_of_before() {
        let before = [5.0, 1.0, 3.0, 3.0, 9.0];
        let aged: Vec<f32> = before.iter().map(|x| x + 84.0).collect();
        assert_eq!(at_rank(&aged, &before), before);
        // Twice as many customers with the same ages each.
        let twice: Vec<f32> = aged.iter().chain(&aged).copied().collect();
        let mapped = at_rank(&twice, &before);
        assert_eq!(mapped[..5], mapped[5..]);
        assert_eq!((mapped[1], mapped[2], mapped[4]), (1.0, 3.0, 9.0));
    }
}
