//! What timelines say that a proposal of maintenance stands on.

use super::maintenance::{CurvePoint, Evidence, RefreshPoint, Sensitivity};
use super::timeline::{Period, Timeline, TimelineParams};
use crate::error::Result;
use crate::history::{CustomerParams, Day, FeatureSet, History, Knowledge, Recency, customers};

/// The thresholds at which it is asked how much the answer depends on them.
const THRESHOLDS: [f64; 4] = [0.75, 0.80, 0.85, 0.90];

impl Evidence {
    /// Of a timeline, and of others that differ from it by the form of recency.
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
        let revenue = spent.map_or(0.0, |spent| spent.values.iter().map(|&x| f64::from(x)).sum());
        let all = customers(history, Knowledge::at(params.end), &plain)?;
        let tenure = params.end.days() - history.days().0.days() + 1;
        let before = year_ago.and_then(|day| Day::from_days(day.days() - 1)).map_or(0, |day| {
            customers(history, Knowledge::at(day), &plain).map_or(0, |t| t.n_rows())
        });
        let came = (all.n_rows() - before) as f64;
        // Of a shorter history the rest of the year is like it.
        let stretch = if tenure < YEAR { YEAR as f64 / tenure as f64 } else { 1.0 };
        let mut sensitivity = cases(params.customers.recency, found);
        for (params, other) in others {
            sensitivity.extend(cases(params.customers.recency, other));
        }
        let (recency, threshold) = (params.customers.recency, params.threshold);
        Ok(Self {
            day: params.end,
            step_days: params.step.days(),
            threshold,
            recency,
            n_customers: found.periods.last().map_or(0, |period| period.n_rows as u64),
            revenue_per_year: revenue * stretch,
            new_customers_per_year: came * stretch,
            curve: found.periods.iter().map(CurvePoint::of).collect(),
            refresh: RefreshPoint::at(found, threshold),
            sensitivity,
        })
    }
}

fn cases(recency: Recency, found: &Timeline) -> Vec<Sensitivity> {
    let case =
        |threshold| Sensitivity { recency, threshold, refresh: RefreshPoint::at(found, threshold) };
    THRESHOLDS.map(case).to_vec()
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
        }
    }
}

impl CurvePoint {
    fn of(period: &Period) -> Self {
        let share = |part: u64, all: u64| if all > 0 { part as f64 / all as f64 } else { 0.0 };
        let revenue = period.revenue.filter(|revenue| revenue.all > 0.0);
        Self {
            ari: period.agreement.median,
            low: period.agreement.low,
            high: period.agreement.high,
            moved_share: share(period.moved, period.n_rows as u64),
            moved_revenue_share: revenue.map_or(0.0, |revenue| revenue.moved / revenue.all),
            new_far_share: share(period.far_newcomers, period.newcomers),
        }
    }
}
