//! Timelines of made-up shops of which it is known what happens, and when.

use super::*;
use crate::error::ErrorKind;
use crate::history::{
    CustomerParams, Day, History, Recency, Synth, SynthDrift, SynthEvents, SynthParams, SynthWorld,
};
use crate::kernel::Kernel;
use crate::kmeans::KMeansParams;
use crate::monitor::Silent;
use crate::seed::Seed;
use crate::segments::Fate;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn history(orders: u64, seed: u64, world: SynthWorld) -> History {
    let params = SynthParams { orders, seed: Seed(seed), world };
    Synth::new(params).unwrap().history().unwrap()
}

/// Weeks up to the end of the made-up orders, the orders of a year on each date.
fn params(recency: Recency) -> TimelineParams {
    TimelineParams {
        customers: CustomerParams { recency, ..CustomerParams::default() },
        end: day("2018-08-29"),
        step: Step::Days(7),
        periods: 8,
        origins: 1,
        window: Window::Sliding(365),
        fit: KMeansParams { n_init: 6, ..KMeansParams::new(5) },
        n_seeds: 4,
        n_bootstrap: 8,
        bootstrap_n_init: 6,
        threshold: 0.8,
        replays: false,
        hindsight: false,
    }
}

fn follow(history: &History, params: &TimelineParams) -> Timeline {
    timeline(history, params, &Kernel::detect().unwrap(), &Silent).unwrap()
}

#[test]
fn on_t0_the_agreement_is_1_by_construction() {
    let history = history(1_500, 1, SynthWorld::Shop);
    let params = TimelineParams { periods: 2, origins: 3, ..params(Recency::Absolute) };
    let found = follow(&history, &params);
    assert_eq!(found.decays.len(), 3);
    for (at, decay) in found.decays.iter().enumerate() {
        assert_eq!(decay.at_origin, 1.0);
        // Each is followed to the last date, and held against all refits of it.
        assert_eq!((decay.curve.len(), decay.agreements.len()), (4 - at, 4 - at));
        assert!(decay.agreements.iter().all(|refits| refits.len() == 12));
    }
    assert_eq!(found.main().day, day("2018-08-15"));
    assert_eq!((found.periods.len(), found.firmness.len()), (2, 3));
    assert_eq!(found.survival_at(0.8).n, 36);
    // Even where all curves have fallen, nothing is said of periods that T0 does not have.
    for threshold in [0.9, 0.99, 0.999] {
        let (low, high) = found.interval_at(threshold);
        let periods = found.refresh_at(threshold).periods;
        assert!(low.into_iter().chain(high).all(|at| at <= 2), "{low:?} {high:?}");
        assert!(low <= periods.or(low) && high.is_none_or(|high| Some(high) >= periods));
    }
    let n: u64 = found.segments.iter().map(|segment| segment.size).sum();
    assert_eq!(n, found.firmness[0].n_rows as u64);
}

#[test]
fn a_period_counts_everybody_once() {
    let history = history(1_500, 2, SynthWorld::Shop);
    let params = TimelineParams { periods: 2, replays: true, ..params(Recency::Absolute) };
    let found = follow(&history, &params);
    for period in &found.periods {
        let n = period.n_rows as u64;
        let Movements { customers, left, came } = &period.movements;
        assert_eq!(customers.iter().sum::<u64>() + came.iter().sum::<u64>(), n);
        let of_t0 = customers.iter().sum::<u64>() + left.iter().sum::<u64>();
        assert_eq!(of_t0, found.firmness[0].n_rows as u64);
        assert_eq!(period.migration.customers.iter().sum::<u64>(), n);
        assert_eq!(period.segments.iter().map(|segment| segment.size).sum::<u64>(), n);
        assert_eq!(period.sources.iter().map(|segment| segment.size).sum::<u64>(), n);
        let revenue = period.revenue.unwrap();
        let by_cell: f64 = period.migration.revenue.as_ref().unwrap().iter().sum();
        assert!((by_cell - revenue.all).abs() < 1e-6 * revenue.all);
        assert!(revenue.moved >= 0.0 && revenue.moved <= revenue.all);
        let loss = period.loss.unwrap();
        let parts = loss.clock + loss.newcomers + loss.behaviour + loss.refit;
        assert!((parts - loss.total).abs() < 1e-12, "{loss:?}");
        assert!((loss.total - (1.0 - period.agreement.median)).abs() < 1e-15);
    }
}

#[test]
fn threads_do_not_show() {
    let history = history(1_200, 3, SynthWorld::Shop);
    let params =
        TimelineParams { periods: 2, origins: 2, replays: true, ..params(Recency::Relative) };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| format!("{:?}", follow(&history, &params)))
    };
    assert!(on(1) == on(3));
}

#[test]
fn what_lies_after_the_last_date_does_not_matter() {
    // The same people go on in a longer history; of an earlier date it must tell the same.
    let (short, long) = (history(1_500, 4, SynthWorld::Shop), history(1_500, 4, SynthWorld::Shop));
    let until = |history: &History, end: &str, periods| {
        let params = TimelineParams { end: day(end), periods, ..params(Recency::Absolute) };
        follow(history, &params)
    };
    let (early, late) = (until(&short, "2018-05-02", 2), until(&long, "2018-05-16", 4));
    assert_eq!(early.main().day, late.main().day);
    assert_eq!(format!("{:?}", early.periods), format!("{:?}", &late.periods[..2]));
}

/// A shop in which nothing changes: with a sliding window its segments last, in whatever form recency
/// enters.
#[test]
fn a_shop_that_stands_still_needs_no_refresh() {
    for seed in 1..=3 {
        let history = history(6_000, seed, SynthWorld::Steady);
        for recency in [Recency::Overlay, Recency::Absolute] {
            let found = follow(&history, &params(recency));
            let refresh = found.refresh_at(0.8);
            assert_eq!(refresh.periods, None, "seed {seed}, {recency:?}: {:?}", found.main().curve);
        }
    }
}

/// The same shop with all of its past: everybody ages, and that alone is what the segments lose by.
#[test]
fn in_all_of_the_past_segments_lose_by_the_clock() {
    let history = history(6_000, 1, SynthWorld::Steady);
    let params = TimelineParams {
        window: Window::Expanding(None),
        step: Step::Days(28),
        periods: 6,
        replays: true,
        ..params(Recency::Absolute)
    };
    let found = follow(&history, &params);
    let curve: Vec<f64> = found.main().curve.iter().map(|band| band.median).collect();
    assert!(curve[0] > curve[5] && curve[5] < 0.8, "{curve:?}");
    for period in &found.periods[3..] {
        let loss = period.loss.unwrap();
        assert!(loss.clock > 0.5 * loss.total, "{loss:?}");
        assert!(loss.clock > 5.0 * loss.behaviour.abs(), "{loss:?}");
    }
    // Ranks do not age: the same shop, followed by them, loses next to nothing.
    let customers = CustomerParams { recency: Recency::Relative, ..CustomerParams::default() };
    let ranks = follow(&history, &TimelineParams { customers, replays: false, ..params });
    assert!(ranks.main().curve[5].median > curve[5] + 0.1, "{:?}", ranks.main().curve);
}

/// Ranks fall when others arrive, which is nobody's behaviour.
#[test]
fn ranks_among_newcomers_are_not_behaviour() {
    let history = history(6_000, 2, SynthWorld::Laboratory(SynthEvents::default()));
    let params = TimelineParams {
        window: Window::Expanding(None),
        step: Step::Days(56),
        periods: 4,
        replays: true,
        ..params(Recency::Relative)
    };
    for period in &follow(&history, &params).periods {
        let loss = period.loss.unwrap();
        // Everybody orders once, and no rank moves with the clock. (Reviews come days later.)
        assert!(loss.behaviour.abs() < 0.01 && loss.clock.abs() < 0.01, "{loss:?}");
    }
}

#[test]
fn a_drift_is_found_within_a_step_of_its_day() {
    let on = day("2018-07-25");
    for seed in 1..=2 {
        let drift = Some(SynthDrift { day: on, share: 0.5 });
        let world = SynthWorld::Laboratory(SynthEvents { drift, ..SynthEvents::default() });
        let history = history(4_000, seed, world);
        for recency in [Recency::Overlay, Recency::Absolute] {
            let params = TimelineParams { replays: recency == Recency::Overlay, ..params(recency) };
            let found = follow(&history, &params);
            let refresh = found.refresh_at(0.8).periods.expect("a refresh");
            let due = &found.periods[refresh - 1];
            assert!((0..=7).contains(&due.day.since(on)), "seed {seed}, {recency:?}: {}", due.day);
            // Where nothing ages the clock costs nothing; people who were there before did it.
            let Some(loss) = due.loss else { continue };
            assert!(loss.clock == 0.0 && loss.behaviour > 0.5 * loss.total, "{loss:?}");
        }
    }
}

#[test]
fn a_split_and_a_merge_are_named() {
    let on = Some(day("2018-07-25"));
    let events = SynthEvents { split: on, merge: on, ..SynthEvents::default() };
    let history = history(4_000, 1, SynthWorld::Laboratory(events));
    let found = follow(&history, &params(Recency::Overlay));
    let before = &found.periods[1];
    assert!(before.segments.iter().all(|s| matches!(s.fate, Fate::Survived { .. })), "{before:?}");
    let last = found.periods.last().unwrap();
    let count = |is: fn(&Fate) -> bool| last.segments.iter().filter(|s| is(&s.fate)).count();
    assert_eq!(count(|fate| matches!(fate, Fate::Split { .. })), 1, "{:?}", last.segments);
    assert_eq!(count(|fate| matches!(fate, Fate::Merged { .. })), 2, "{:?}", last.segments);
    assert_eq!(count(|fate| matches!(fate, Fate::Survived { .. })), 2, "{:?}", last.segments);
}

#[test]
fn what_a_threshold_means_lies_between_what_was_seen() {
    let history = history(2_000, 1, SynthWorld::Shop);
    let params = TimelineParams {
        window: Window::Expanding(None),
        step: Step::Months(2),
        periods: 4,
        ..params(Recency::Absolute)
    };
    let found = follow(&history, &params);
    let seen: Vec<f64> = found.periods.iter().map(|period| period.with_best).collect();
    let lowest = seen.iter().copied().fold(1.0, f64::min);
    let stake = found.stake(lowest).unwrap();
    let there = found.periods.iter().find(|period| period.with_best == lowest).unwrap();
    assert!((stake.customers - there.moved as f64 / there.n_rows as f64).abs() < 1e-12);
    assert!(!stake.extrapolated && found.stake(lowest / 2.0).unwrap().extrapolated);
    let half = found.stake(f64::midpoint(1.0, seen.iter().copied().fold(0.0, f64::max))).unwrap();
    assert!(half.customers < stake.customers && half.revenue.unwrap() < 1.0);
}

#[test]
fn params_that_contradict_themselves_are_refused() {
    let history = history(500, 1, SynthWorld::Shop);
    let refuse = |params: TimelineParams| {
        let kernel = Kernel::detect().unwrap();
        timeline(&history, &params, &kernel, &Silent).unwrap_err().kind()
    };
    let good = || params(Recency::Absolute);
    assert_eq!(refuse(TimelineParams { periods: 0, ..good() }), ErrorKind::Parameter);
    assert_eq!(refuse(TimelineParams { n_seeds: 1, ..good() }), ErrorKind::Parameter);
    assert_eq!(refuse(TimelineParams { threshold: 1.0, ..good() }), ErrorKind::Parameter);
    let periods = 10_000;
    assert_eq!(refuse(TimelineParams { periods, ..good() }), ErrorKind::Parameter);
    // Before the first order there is nobody.
    assert_eq!(refuse(TimelineParams { periods: 200, ..good() }), ErrorKind::Data);
}
