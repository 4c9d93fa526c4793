//! What timelines say that a proposal of maintenance stands on.

use super::maintenance::{CurvePoint, Evidence, RefreshPoint, Sensitivity};
use super::timeline::{Period, Revenue, Timeline, TimelineParams};
use crate::error::Result;
use crate::history::{CustomerParams, Day, FeatureSet, History, Knowledge, Recency, customers};

/// The thresholds at which it is asked how much the answer depends on them, beside the one in use.
const THRESHOLDS: [f64; 4] = [0.75, 0.80, 0.85, 0.90];

impl Evidence {
    /// Of a timeline, and of others that differ from it by the form of recency and have fewer refits: too
    /// few for the ends of a range.
    ///
    /// # Errors
    /// Those of [`customers`].
    pub fn of(
        history: &History,
        params: &TimelineParams,
        found: &Timeline,
        others: &[(TimelineParams, Timeline)],
    ) -> Result<Self> {
        const YEAR: i64 = 365;
        let year_ago = Day::from_days(params.end.days() - YEAR + 1);
        // Who bought in the last year, and what; and who had bought before it.
        let plain = CustomerParams { set: FeatureSet::Rfm, ..CustomerParams::default() };
        let of_year = customers(history, Knowledge::at(params.end).from(year_ago), &plain)?;
        let spent = of_year.columns.iter().find(|column| column.name == "spent");
        let revenue = spent.map(|spent| spent.values.iter().map(|&x| f64::from(x)).sum::<f64>());
        let all = customers(history, Knowledge::at(params.end), &plain)?;
        let first = history.days().0;
        let tenure = params.end.days() - first.days() + 1;
        let day_before = year_ago.and_then(|day| Day::from_days(day.days() - 1));
        let before = match day_before.filter(|&day| day >= first) {
            Some(day) => customers(history, Knowledge::at(day), &plain)?.n_rows(),
            None => 0,
        };
        let came = (all.n_rows() - before) as f64;
        // Of a shorter history the rest of the year is like it.
        let observed = tenure.clamp(1, YEAR);
        let stretch = YEAR as f64 / observed as f64;
        let (recency, threshold) = (params.customers.recency, params.threshold);
        let mut thresholds = [&THRESHOLDS[..], &[threshold]].concat();
        thresholds.sort_by(f64::total_cmp);
        thresholds.dedup();
        let mut sensitivity = cases(recency, found, &thresholds);
        for (params, other) in others {
            let cases = cases(params.customers.recency, other, &thresholds).into_iter();
            sensitivity.extend(cases.map(|case| Sensitivity {
                refresh: RefreshPoint { low: None, high: None, ..case.refresh },
                ..case
            }));
        }
        Ok(Self {
            day: params.end,
            step_days: params.step.days(),
            threshold,
            recency,
            n_customers: found.periods.last().map_or(0, |period| period.n_rows as u64),
            observed_days: observed as u32,
            revenue_per_year: revenue.map(|revenue| revenue * stretch),
            new_customers_per_year: came * stretch,
            curve: found.periods.iter().map(CurvePoint::of).collect(),
            refresh: RefreshPoint::at(found, threshold),
            n_origins: found.decays.len() as u32,
            sensitivity,
            doubts: found.doubts.iter().map(ToString::to_string).collect(),
        })
    }
}

fn cases(recency: Recency, found: &Timeline, thresholds: &[f64]) -> Vec<Sensitivity> {
    let case = |&threshold: &f64| Sensitivity {
        recency,
        threshold,
        refresh: RefreshPoint::at(found, threshold),
    };
    thresholds.iter().map(case).collect()
}

impl RefreshPoint {
    fn at(found: &Timeline, threshold: f64) -> Self {
        let refresh = found.refresh_at(threshold);
        let (low, high) = found.interval_at(threshold);
        let periods = |n: usize| n as f64;
        Self {
            periods: refresh.periods.map(periods),
            low: low.map(periods),
            high: high.map(periods),
            censored_at: refresh.horizon as f64,
            fallen: found.fallen_at(threshold, refresh.horizon),
        }
    }
}

impl CurvePoint {
    fn of(period: &Period) -> Self {
        let share = |part: u64, all: u64| if all > 0 { part as f64 / all as f64 } else { 0.0 };
        let moved = |revenue: Revenue| {
            if revenue.all > 0.0 { revenue.moved / revenue.all } else { 0.0 }
        };
        Self {
            ari: period.agreement.median,
            low: period.agreement.low,
            high: period.agreement.high,
            moved_share: share(period.moved, period.n_rows as u64),
            moved_revenue_share: period.revenue.map(moved),
            new_far_share: share(period.far_newcomers, period.newcomers),
        }
    }
}
