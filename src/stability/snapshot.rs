//! One date of a timeline: its customers, the fits of that date, and the models of earlier ones.

use super::band::quantile;
use super::bootstrap::{Compared, Resample, resample};
use super::drift::Drift;
use super::replay::Loss;
use super::timeline::{
    Decay, Firmness, Migration, Movements, Period, RefitSegment, Revenue, SegmentAtOrigin,
    SegmentPeriod, TimelineParams,
};
use super::{Agreement, Band, Bootstrap, BootstrapParams};
use crate::error::{Error, ErrorKind, Result};
use crate::history::{CustomerTable, Day, FeatureColumn, History, customers};
use crate::kernel::Kernel;
use crate::kmeans::{Fit, FitJob, KMeansParams, Nearest, fit_jobs, fit_many, nearest};
use crate::metrics::{Contingency, Labeling};
use crate::monitor::Monitor;
use crate::prepare::{Prepare, PrepareParams, Prepared};
use crate::segments::{Fate, Source, TransitionRules, Transitions};
use crate::table::{Column, FeatureTable};

/// What all dates of a timeline share.
pub(super) struct Context<'a> {
    pub(super) history: &'a History,
    pub(super) params: &'a TimelineParams,
    /// The columns that are clustered on.
    pub(super) columns: &'a [String],
    pub(super) kernel: &'a Kernel,
    pub(super) monitor: &'a dyn Monitor,
}

/// The customers of one date.
pub(super) struct Snapshot {
    pub(super) day: Day,
    pub(super) table: CustomerTable,
    pub(super) features: FeatureTable,
    advised: PrepareParams,
}

impl Snapshot {
    pub(super) fn new(context: &Context<'_>, day: Day) -> Result<Self> {
        let Context { history, params, columns, .. } = context;
        let table = customers(history, params.known(day), &params.customers)?;
        let features = table.features()?;
        let used = columns.iter().map(|name| {
            let column = features.columns().iter().find(|column| column.name() == name);
            let missing = || Error::new(ErrorKind::Internal, "a common column is not there");
            column.cloned().ok_or_else(missing)
        });
        let features = FeatureTable::new(used.collect::<Result<Vec<Column>>>()?, None)?;
        let advice: Vec<_> = table.columns.iter().map(FeatureColumn::advice).collect();
        let advised = PrepareParams::advised(&advice, columns.iter().map(String::as_str));
        Ok(Self { day, table, features, advised })
    }

    /// The values of the column number `column` of those that are clustered on.
    pub(super) fn values(&self, context: &Context<'_>, column: usize) -> &[f32] {
        let name = &context.columns[column];
        let found = self.table.columns.iter().find(|column| column.name == *name);
        found.map_or(&[], |column| &column.values)
    }

    /// What each customer had spent, where that is known.
    fn spent(&self) -> Option<&[f32]> {
        let spent = self.table.columns.iter().find(|column| column.name == "spent");
        spent.map(|column| column.values.as_slice())
    }

    /// Whether all customers are the same, and all that is known of them.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let same = |(a, b): (&FeatureColumn, &FeatureColumn)| bits(&a.values) == bits(&b.values);
        self.table.persons() == other.table.persons()
            && self.table.columns.iter().zip(&other.table.columns).all(same)
    }

    /// Prepared by a scaler of their own.
    pub(super) fn prepare(&self) -> Result<(Prepare, Prepared)> {
        self.prepare_table(&self.features)
    }

    /// Another table of the same columns, prepared by a scaler of its own.
    pub(super) fn prepare_table(&self, table: &FeatureTable) -> Result<(Prepare, Prepared)> {
        let (prepare, prepared, _) = Prepare::fit_apply(table, &self.advised)?;
        Ok((prepare, prepared))
    }
}

/// A model as it was fitted on one date.
pub(super) struct Frozen {
    day: Day,
    pub(super) prepare: Prepare,
    pub(super) centers: Vec<f64>,
    labels: Vec<u32>,
    k: usize,
    /// The distance to their centre that 99 of 100 customers keep.
    reach: f64,
    /// Its agreement with its own labels on its own date.
    at_origin: f64,
    /// Its agreement with each refit of the dates after it, by date.
    pub(super) agreements: Vec<Vec<f64>>,
}

impl Frozen {
    /// The best fit of a date.
    pub(super) fn new(context: &Context<'_>, snapshot: &Snapshot, refits: Refits) -> Result<Self> {
        let Refits { prepare, best, .. } = refits;
        let k = best.sizes.len();
        let mut frozen = Self {
            day: snapshot.day,
            prepare,
            centers: best.centers,
            labels: best.labels,
            k,
            reach: 0.0,
            at_origin: 0.0,
            agreements: Vec::new(),
        };
        let mut assigned = frozen.assign(&snapshot.features, context.kernel)?;
        let again = Labeling::new(&assigned.labels)?;
        let own = Contingency::new(&Labeling::new(&frozen.labels)?, &again)?;
        frozen.at_origin = own.adjusted_rand();
        assigned.distances.sort_unstable_by(f64::total_cmp);
        frozen.reach = quantile(&assigned.distances, 0.99).unwrap_or(0.0);
        Ok(frozen)
    }

    /// What it says of `table`, on its own scale.
    pub(super) fn assign(&self, table: &FeatureTable, kernel: &Kernel) -> Result<Nearest> {
        let prepared = self.prepare.apply(table)?;
        let tiles = prepared.tiles();
        let all = 0..tiles.n_tiles();
        Ok(nearest(&tiles, self.prepare.precision(), kernel, &self.centers, all))
    }

    /// Its centres in the space of another preparation of the same columns.
    pub(super) fn centers_in(&self, other: &Prepare) -> Vec<f64> {
        let d = other.columns().len();
        let coordinates = self.centers.iter().enumerate();
        let moved = coordinates.map(|(at, &z)| {
            let column = at % d;
            other.columns()[column].forward(self.prepare.invert(column, z))
        });
        moved.collect()
    }

    /// Its agreement with its own labels on its own date.
    pub(super) fn at_origin(&self) -> f64 {
        self.at_origin
    }

    pub(super) fn into_decay(self) -> Decay {
        let curve = self.agreements.iter().filter_map(|all| Band::of(all)).collect();
        let Self { day, at_origin, agreements, .. } = self;
        Decay { day, at_origin, agreements, curve }
    }

    /// Its segments, on its own date.
    pub(super) fn segments(&self, context: &Context<'_>, own: &Snapshot) -> Vec<SegmentAtOrigin> {
        let sums = |values: &[f32]| {
            let mut sums = vec![(0.0, 0_u64); self.k];
            let rows = self.labels.iter().zip(values).filter(|(_, x)| !x.is_nan());
            for (&label, &x) in rows {
                let (sum, n) = &mut sums[label as usize];
                *sum += f64::from(x);
                *n += 1;
            }
            sums
        };
        let spent = own.spent().map(sums);
        let columns: Vec<_> =
            (0..context.columns.len()).map(|c| sums(own.values(context, c))).collect();
        let mut sizes = vec![0; self.k];
        self.labels.iter().for_each(|&label| sizes[label as usize] += 1);
        let segment = |(id, size): (usize, u64)| SegmentAtOrigin {
            size,
            revenue: spent.as_ref().map(|spent| spent[id].0),
            means: columns
                .iter()
                .map(|sums| (sums[id].1 > 0).then(|| sums[id].0 / sums[id].1 as f64))
                .collect(),
        };
        sizes.into_iter().enumerate().map(segment).collect()
    }
}

/// All fits of one date, and how the models of earlier dates agree with them.
pub(super) struct Refits {
    pub(super) prepare: Prepare,
    /// Of the fits from other seeds the one of the smallest inertia.
    pub(super) best: Fit,
    pub(super) firmness: Firmness,
    /// What each earlier model says of the customers.
    assigned: Vec<Nearest>,
    /// Per earlier model, its agreement with every refit.
    pub(super) agreements: Vec<Vec<f64>>,
    /// Per refit, the similarities of the segments of the last of the earlier models with the segment that
    /// is most like each.
    jaccards: Vec<Vec<f64>>,
}

/// What earlier models have in common with one refit.
struct Held {
    agreements: Vec<f64>,
    jaccard: Vec<f64>,
}

impl Held {
    fn against(refit: &Labeling<'_>, earlier: &[Labeling<'_>], k: usize) -> Result<Self> {
        let mut agreements = Vec::with_capacity(earlier.len());
        let mut jaccard = Vec::new();
        for (at, labeling) in earlier.iter().enumerate() {
            let both = Contingency::new(labeling, refit)?;
            agreements.push(both.adjusted_rand());
            if at + 1 == earlier.len() {
                // A segment that has lost all its customers is like none.
                jaccard = vec![0.0; k];
                let found = labeling.labels().iter().zip(both.jaccard());
                found.for_each(|(&label, similarity)| jaccard[label as usize] = similarity);
            }
        }
        Ok(Self { agreements, jaccard })
    }
}

impl Refits {
    /// Fits the customers of a date from many seeds and in resamples, and holds `earlier` models against
    /// each of the fits.
    pub(super) fn new(
        context: &Context<'_>,
        snapshot: &Snapshot,
        earlier: &[Frozen],
    ) -> Result<Self> {
        let Context { params, kernel, monitor, .. } = context;
        let (prepare, prepared) = snapshot.prepare()?;
        let (tiles, precision) = (prepared.tiles(), prepared.precision());
        let seeded = |i: usize| match i {
            0 => params.fit.clone(),
            i => KMeansParams { seed: params.fit.seed.repeated(i as u64), ..params.fit.clone() },
        };
        let seeds: Vec<KMeansParams> = (0..params.n_seeds).map(seeded).collect();
        let mut fits = fit_many(&tiles, precision, kernel, &seeds, *monitor)?;

        let assigned: Result<Vec<Nearest>> =
            earlier.iter().map(|model| model.assign(&snapshot.features, kernel)).collect();
        let assigned = assigned?;
        let earlier_labels: Result<Vec<Labeling<'_>>> =
            assigned.iter().map(|found| Labeling::new(&found.labels)).collect();
        let earlier_labels = earlier_labels?;
        let k = earlier.last().map_or(0, |model| model.k);

        let labelings: Result<Vec<Labeling<'_>>> =
            fits.iter().map(|fit| Labeling::new(&fit.labels)).collect();
        let labelings = labelings?;
        let best = (0..fits.len()).min_by(|&a, &b| fits[a].inertia.total_cmp(&fits[b].inertia));
        let best = best.ok_or_else(|| Error::new(ErrorKind::Internal, "nothing was fitted"))?;
        let against_best: Result<Vec<f64>> = labelings
            .iter()
            .map(|labeling| Ok(Contingency::new(&labelings[best], labeling)?.adjusted_rand()))
            .collect();
        let against_best = against_best?;
        let mut held: Vec<Held> = labelings
            .iter()
            .map(|labeling| Held::against(labeling, &earlier_labels, k))
            .collect::<Result<_>>()?;

        let again = [KMeansParams { n_init: params.bootstrap_n_init, ..params.fit.clone() }];
        let refit = |jobs: &[FitJob<'_>]| fit_jobs(&tiles, precision, kernel, jobs, *monitor);
        let compare = |resample: &Resample, _: usize, fit: &Fit| {
            let labeling = Labeling::new(&fit.labels)?;
            let own = Compared::new(&labelings[best], &labeling, &resample.counts)?;
            Ok((own, Held::against(&labeling, &earlier_labels, k)?))
        };
        let draws = BootstrapParams { n: params.n_bootstrap, seed: params.fit.seed };
        let n_rows = tiles.n_rows();
        let resampled = resample(&refit, &again, (n_rows, None), draws, *monitor, &compare)?;
        let mut compared = Vec::with_capacity(params.n_bootstrap);
        for found in resampled.into_iter().flatten() {
            let (own, of_earlier) = found.unzip();
            compared.push(own);
            held.extend(of_earlier);
        }

        let mut noise: Vec<f64> = compared.iter().flatten().map(Compared::adjusted_rand).collect();
        let others = against_best.iter().enumerate().filter(|&(i, _)| i != best);
        noise.extend(others.map(|(_, &agreement)| agreement));
        let bootstrap = Bootstrap::of(&compared, labelings[best].k());
        let firmness = Firmness {
            day: snapshot.day,
            n_rows,
            seeds: Agreement::between(&labelings)?,
            n_seeds: fits.len(),
            best_found: against_best.iter().filter(|&&agreement| agreement >= 0.99).count(),
            noise: Band::of(&noise),
            sizes: fits[best].sizes.clone(),
            bootstrap: (params.n_bootstrap > 0).then_some(bootstrap),
        };
        let of_model = |model: usize| held.iter().map(|held| held.agreements[model]).collect();
        let agreements = (0..earlier.len()).map(of_model).collect();
        let jaccards = held.into_iter().map(|held| held.jaccard).collect();
        drop((labelings, earlier_labels));
        let best = fits.swap_remove(best);
        Ok(Self { prepare, best, firmness, assigned, agreements, jaccards })
    }
}

impl Period {
    /// What became of the segments of `main`, whose customers were those of `first`.
    pub(super) fn new(
        context: &Context<'_>,
        (first, main): (&Snapshot, &Frozen),
        now: &Snapshot,
        refits: &Refits,
    ) -> Result<Self> {
        let internal = || Error::new(ErrorKind::Internal, "a period without a model or a refit");
        let assigned = refits.assigned.last().ok_or_else(internal)?;
        let agreements = refits.agreements.last().ok_or_else(internal)?;
        let agreement = Band::of(agreements).ok_or_else(internal)?;

        let migration = Migration::new(main.k, &assigned.labels, &refits.best, now.spent());
        let refit = &refits.best;
        let (k, n_refit) = (main.k, refit.sizes.len());
        let with_best = Contingency::of_numbered(&assigned.labels, k, &refit.labels, n_refit)?;
        let Transitions { fates, sources } =
            Transitions::between(&with_best, TransitionRules::default())?;
        // Who is in a segment that does not go on is in another one afterwards.
        let mut partners: Vec<Option<u32>> = vec![None; k];
        for (to, source) in sources.iter().enumerate() {
            if let Some(kept) = source.kept {
                partners[kept as usize] = Some(to as u32);
            }
        }
        let segment = |(id, fate): (usize, Fate)| {
            let kept = partners[id].map(|to| migration.at(id, to));
            let all = migration.row(id);
            let size = migration.customers[all.clone()].iter().sum::<u64>();
            let money = migration.revenue.as_ref().map(|revenue| {
                let total = revenue[all].iter().sum::<f64>();
                (total, total - kept.map_or(0.0, |at| revenue[at]))
            });
            let similar: Vec<f64> = refits.jaccards.iter().map(|refit| refit[id]).collect();
            SegmentPeriod {
                size,
                revenue: money.map(|(total, _)| total),
                jaccard: Band::of(&similar),
                moved: size - kept.map_or(0, |at| migration.customers[at]),
                moved_revenue: money.map(|(_, moved)| moved),
                fate,
            }
        };
        let segments: Vec<SegmentPeriod> = fates.into_iter().enumerate().map(segment).collect();
        let revenue = now.spent().map(|_| Revenue {
            all: segments.iter().filter_map(|segment| segment.revenue).sum(),
            moved: segments.iter().filter_map(|segment| segment.moved_revenue).sum(),
        });
        let refitted = sources.into_iter().zip(&refits.best.sizes);
        let refitted = refitted.map(|(Source { kept, kind, jaccard }, &size)| RefitSegment {
            size,
            kept,
            kind,
            jaccard,
        });
        let drifts = context.columns.iter().enumerate().map(|(column, name)| {
            Drift::between(name, first.values(context, column), now.values(context, column))
        });
        let (movements, far_newcomers) = movements((first, main), now, assigned);
        let loss = if context.params.replays {
            Some(Loss::of(context, (first, main), now, agreement.median)?)
        } else {
            None
        };
        Ok(Self {
            day: now.day,
            n_rows: now.table.n_rows(),
            agreement,
            with_best: with_best.adjusted_rand(),
            moved: segments.iter().map(|segment| segment.moved).sum(),
            revenue,
            sources: refitted.collect(),
            migration,
            newcomers: movements.came.iter().sum(),
            far_newcomers,
            movements,
            drifts: drifts.collect(),
            segments,
            loss,
        })
    }
}

impl Migration {
    /// Of customers with these labels, of `k` segments, and those of a refit.
    fn new(k: usize, labels: &[u32], refit: &Fit, spent: Option<&[f32]>) -> Self {
        let n_columns = refit.sizes.len();
        let cell = |(&from, &to): (&u32, &u32)| from as usize * n_columns + to as usize;
        let mut customers = vec![0; k * n_columns];
        labels.iter().zip(&refit.labels).map(cell).for_each(|at| customers[at] += 1);
        let revenue = spent.map(|spent| {
            let mut revenue = vec![0.0; k * n_columns];
            let cells = labels.iter().zip(&refit.labels).map(cell);
            cells.zip(spent).for_each(|(at, &spent)| revenue[at] += f64::from(spent));
            revenue
        });
        Self { n_columns, customers, revenue }
    }

    /// The cells of the segment `from` of T0.
    pub fn row(&self, from: usize) -> std::ops::Range<usize> {
        from * self.n_columns..(from + 1) * self.n_columns
    }

    fn at(&self, from: usize, to: u32) -> usize {
        from * self.n_columns + to as usize
    }
}

/// Who moved between the segments of `main`, and how many of those who came are far from all of them.
fn movements(
    (first, main): (&Snapshot, &Frozen),
    now: &Snapshot,
    assigned: &Nearest,
) -> (Movements, u64) {
    let k = main.k;
    let mut movements = Movements { customers: vec![0; k * k], left: vec![0; k], came: vec![0; k] };
    let mut far = 0;
    let (before, after) = (first.table.persons(), now.table.persons());
    let (mut i, mut j) = (0, 0);
    // Both are ascending.
    while i < before.len() || j < after.len() {
        let from = (i < before.len()).then(|| main.labels[i] as usize);
        let to = (j < after.len()).then(|| assigned.labels[j] as usize);
        match (from, to) {
            (Some(from), Some(to)) if before[i] == after[j] => {
                movements.customers[from * k + to] += 1;
                (i, j) = (i + 1, j + 1);
            }
            (Some(from), to) if to.is_none() || before[i] < after[j] => {
                movements.left[from] += 1;
                i += 1;
            }
            (_, to) => {
                movements.came[to.unwrap_or(0)] += 1;
                far += u64::from(assigned.distances[j] > main.reach);
                j += 1;
            }
        }
    }
    (movements, far)
}
