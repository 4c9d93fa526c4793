use super::*;
use crate::error::ErrorKind;

/// Twelve weeks in which `per_week` of customers and revenue move every week.
fn evidence(per_week: f64, refresh: RefreshPoint) -> Evidence {
    let point = |week: u32| {
        let moved_share = per_week * f64::from(week);
        let ari = (1.0 - 2.5 * moved_share).max(0.0);
        CurvePoint {
            ari,
            low: ari - 0.02,
            high: (ari + 0.02).min(1.0),
            moved_share,
            moved_revenue_share: Some(moved_share),
            new_far_share: 0.015,
        }
    };
    Evidence {
        day: Day::from_ymd(2018, 8, 29).unwrap(),
        step_days: 7.0,
        threshold: 0.8,
        recency: Recency::Absolute,
        n_customers: 100_000,
        observed_days: 365,
        revenue_per_year: Some(4_340_000.0),
        new_customers_per_year: 60_000.0,
        curve: (1..=12).map(point).collect(),
        refresh,
        n_origins: 1,
        sensitivity: Vec::new(),
        doubts: Vec::new(),
    }
}

fn weeks(low: f64, periods: f64, high: f64) -> RefreshPoint {
    let [low, periods, high] = [low, periods, high].map(Some);
    RefreshPoint { periods, low, high, censored_at: 12.0, fallen: 1.0 }
}

fn eight_weeks() -> Evidence {
    evidence(0.01, weeks(6.0, 8.0, 10.0))
}

fn proposal(evidence: &Evidence) -> Proposal {
    Proposal::new(evidence, &Terms::default()).unwrap()
}

fn euros(x: f64) -> Hundredths {
    Hundredths::nearest(x)
}

#[test]
fn a_proposal_is_what_is_computed_by_hand() {
    let found = proposal(&eight_weeks());
    assert_eq!((found.interval.days, found.interval.at_least), (56, false));
    assert_eq!(found.interval.low_days.zip(found.interval.high_days), Some((42.0, 70.0)));
    assert_eq!(found.first_visit.unwrap().to_string(), "2018-10-24");
    // 450 / 7
    assert_eq!(found.hourly_rate, euros(64.29));
    let prices = found.visits.map(|price| (price.hours.value(), price.amount.value()));
    assert_eq!(prices, [(4.0, 257.16), (22.0, 1414.38)]);

    let offer = found.offer(OfferKind::Recommended);
    // 365.25 / 56 = 6.522
    let visits = [offer.visits, offer.recalibrations, offer.resegmentations];
    assert_eq!(visits.map(Hundredths::value), [6.52, 5.52, 1.0]);
    // From 42 to 56 days the chance rises from 0.025 to 0.5: 3.675 days of 56 are lost on average.
    assert_eq!(offer.early_chance, 0.5);
    let early = 365.25 / (56.0 - 3.675) - 365.25 / 56.0;
    assert!((offer.early_visits - early).abs() < 1e-12, "{}", offer.early_visits);
    assert_eq!(offer.triggered, Some(euros(0.5)));
    let parts: Vec<_> = offer.parts.iter().map(|&(part, sum)| (part, sum.value())).collect();
    assert_eq!(
        parts,
        [
            (PricePart::Recalibration, 4.0 * 354.88),
            (PricePart::Resegmentation, 257.16 + 450.03 + 257.16 + 257.16 + 192.87),
            (PricePart::Monitoring, 771.48),
            (PricePart::Triggered, 128.58),
        ]
    );
    assert_eq!(offer.yearly, euros(3733.96));
    assert_eq!((offer.monthly, offer.last_month), (euros(311.16), euros(311.20)));
    assert_eq!((offer.setup.amount, offer.first_year), (euros(900.06), euros(4634.02)));

    // Half of 8 % on average, of a fifth of a fifth of the revenue, at 4.34 reais for a euro.
    assert!((offer.staleness.mean_moved_revenue_share.unwrap() - 0.04).abs() < 1e-12);
    assert_eq!(
        (offer.staleness.shop_amount, offer.staleness.amount),
        (Some(euros(6944.0)), Some(euros(1600.0)))
    );
    assert_eq!((offer.staleness.messages, offer.staleness.extrapolated), (192_000, false));
    assert_eq!(offer.with_staleness, Some(euros(5333.96)));
    assert!((offer.at_visit.ari - 0.8).abs() < 1e-12);
    assert_eq!((offer.at_visit.customers, offer.at_visit.revenue), (8_000, Some(euros(347_200.0))));
    assert_eq!(found.triggers.far_share, 0.03);
}

#[test]
fn offers_differ_in_interval_content_and_price() {
    let found = proposal(&eight_weeks());
    let days = found.offers.each_ref().map(|offer| offer.days);
    assert_eq!(days, [84, 56, 28]);
    assert!(found.offers.iter().map(|offer| offer.yearly).is_sorted_by(|a, b| a < b));
    assert!(found.offers.iter().map(|offer| offer.at_visit.share).is_sorted_by(|a, b| a > b));
    let has = |offer: &Offer, part| offer.parts.iter().any(|&(own, _)| own == part);
    let holds = |part| found.offers.each_ref().map(|offer| has(offer, part));
    assert_eq!(holds(PricePart::Triggered), [false, true, true]);
    assert_eq!(holds(PricePart::Review), [false, false, true]);
    for offer in &found.offers {
        assert_eq!(offer.parts.iter().map(|part| part.1).sum::<Hundredths>(), offer.yearly);
        assert_eq!(offer.monthly.repeated(11) + offer.last_month, offer.yearly);
    }
}

#[test]
fn segments_that_decay_faster_need_more_visits_and_cost_more() {
    let mut before: Option<Offer> = None;
    for periods in [11.0, 8.0, 5.0, 3.0, 2.0, 1.0] {
        let per_week = 0.08 / periods;
        let refresh = weeks(0.75 * periods, periods, 1.05 * periods);
        let found = proposal(&evidence(per_week.min(1.0 / 12.0), refresh));
        let offer = found.offer(OfferKind::Recommended).clone();
        assert_eq!(offer.days, 7 * periods as u32);
        if let Some(before) = before {
            assert!(offer.visits > before.visits && offer.yearly > before.yearly);
        }
        before = Some(offer);
    }
}

#[test]
fn intervals_are_rounded_down_to_whole_weeks() {
    for (days, whole) in
        [(56.0, 56), (55.9, 49), (62.9, 56), (7.0, 7), (6.9, 6), (1.0, 1), (0.3, 1)]
    {
        assert_eq!(whole_weeks(days), whole, "{days}");
    }
    // Two months of 30.4 days.
    let months = Evidence { step_days: 365.25 / 12.0, ..evidence(0.01, weeks(1.0, 2.0, 3.0)) };
    assert_eq!(proposal(&months).interval.days, 56);
    let third = 1.0 / 3.0;
    assert_eq!(whole_weeks((third + third + third) * 7.0 * 3.0), 21);
}

#[test]
fn what_is_not_within_the_data_is_said_as_at_least() {
    let none =
        RefreshPoint { periods: None, low: None, high: None, censored_at: 12.0, fallen: 0.0 };
    let found = proposal(&evidence(0.002, none));
    assert_eq!((found.interval.days, found.interval.at_least), (84, true));
    assert_eq!(found.interval.refresh_days, None);
    // Nothing is known beyond, so no offer is longer.
    assert_eq!(found.offers.each_ref().map(|offer| offer.days), [84, 84, 42]);
    assert_eq!(found.offer(OfferKind::Recommended).early_visits, 0.0);
    let cost = |days| found.costs.iter().find(|cost| cost.days == days).unwrap();
    assert!(!cost(84).staleness.extrapolated && cost(91).staleness.extrapolated);
    // As it went on: 0.002 a week.
    let mean = cost(168).staleness.mean_moved_share;
    assert!((mean - 0.024).abs() < 1e-12, "{mean}");

    // No more than had fallen by the end.
    let some = RefreshPoint { low: Some(10.0), fallen: 0.1, ..none };
    let offer = proposal(&evidence(0.002, some)).offer(OfferKind::Recommended).clone();
    assert!((offer.early_chance - 0.1).abs() < 1e-12, "{}", offer.early_chance);
    assert!(offer.early_visits > 0.0);
}

#[test]
fn the_optimum_is_the_least_of_all_costs() {
    let found = proposal(&eight_weeks());
    assert_eq!(found.costs.len(), 52);
    assert!(found.costs.iter().all(|cost| cost.total >= found.optimum.unwrap().total));
    let cost = found.costs.iter().find(|cost| cost.days == 56).unwrap();
    let offer = found.offer(OfferKind::Recommended);
    let of = |part| offer.parts.iter().find(|own| own.0 == part).unwrap().1;
    assert_eq!(cost.planned, of(PricePart::Recalibration) + of(PricePart::Resegmentation));
    assert_eq!((cost.triggered, cost.staleness), (of(PricePart::Triggered), offer.staleness));
    // Dearer staleness, shorter intervals.
    let days: Vec<u32> = found.optimum_if.iter().map(|&(_, days)| days).collect();
    assert!(days[0] >= days[1] && days[1] >= days[2] && days[0] > days[2], "{days:?}");
    assert_eq!(days[1], found.optimum.unwrap().days);
}

#[test]
fn unknown_revenue_leaves_prices_but_no_amount_made_of_it() {
    let known = eight_weeks();
    let point = |point: &CurvePoint| CurvePoint { moved_revenue_share: None, ..*point };
    let of_no_shares = Evidence { curve: known.curve.iter().map(point).collect(), ..known.clone() };
    let of_no_year = Evidence { revenue_per_year: None, ..known.clone() };
    let same = proposal(&known);
    for evidence in [of_no_shares, of_no_year] {
        let found = proposal(&evidence);
        assert_eq!((found.costs.len(), found.optimum, found.optimum_if.len()), (0, None, 0));
        for (offer, same) in found.offers.iter().zip(&same.offers) {
            assert_eq!((offer.days, offer.yearly), (same.days, same.yearly));
            assert_eq!(offer.staleness.messages, same.staleness.messages);
            let amounts = [offer.staleness.shop_amount, offer.staleness.amount];
            assert_eq!(amounts, [None, None]);
            assert_eq!((offer.with_staleness, offer.at_visit.revenue), (None, None));
        }
    }
}

#[test]
fn shares_are_straight_between_periods_and_go_on_as_they_went() {
    let path = Path::new(7.0, [0.1, 0.3].into_iter());
    assert!((path.at(3.5) - 0.05).abs() < 1e-15 && (path.at(10.5) - 0.2).abs() < 1e-15);
    assert!((path.at(21.0) - 0.5).abs() < 1e-12);
    assert!((path.mean(7.0) - 0.05).abs() < 1e-15);
    // 0.35 and 1.4 in the data.
    assert!((path.mean(14.0) - 1.75 / 14.0).abs() < 1e-12);
    // Full after 3.5 weeks more.
    assert_eq!(path.at(100.0), 1.0);
    let sum = 1.75 + 0.65 * 24.5 + (100.0 - 38.5);
    assert!((path.mean(100.0) - sum / 100.0).abs() < 1e-12, "{}", path.mean(100.0));
    // Noise that ends lower does not heal.
    assert_eq!(Path::new(7.0, [0.3, 0.2].into_iter()).at(70.0), 0.2);
}

#[test]
fn other_thresholds_and_forms_have_prices_of_their_own() {
    let mut evidence = eight_weeks();
    let row = |recency, threshold, periods| Sensitivity {
        recency,
        threshold,
        refresh: weeks(periods - 1.0, periods, periods + 1.0),
    };
    evidence.sensitivity = vec![
        row(Recency::Absolute, 0.8, 8.0),
        row(Recency::Absolute, 0.9, 4.0),
        row(Recency::Overlay, 0.8, 11.0),
    ];
    let found = proposal(&evidence);
    let days: Vec<u32> = found.sensitivity.iter().map(|row| row.interval.days).collect();
    assert_eq!(days, [56, 28, 77]);
    let [same, sharper, other] = [0, 1, 2].map(|i| found.sensitivity[i]);
    assert!(sharper.yearly > same.yearly && same.yearly > other.yearly);
    assert!(sharper.staleness < same.staleness && sharper.staleness.is_some());
    // What moves with another form is not known.
    assert_eq!(other.staleness, None);
}

#[test]
fn resegmentations_alone_are_left_where_segments_last_longer() {
    let mut terms = Terms::default();
    terms.set(TermKey::ResegmentationMonths, 1.0, None).unwrap();
    let found = Proposal::new(&eight_weeks(), &terms).unwrap();
    let offer = found.offer(OfferKind::Recommended);
    assert_eq!((offer.recalibrations, offer.visits), (euros(0.0), euros(12.0)));
}

#[test]
fn evidence_that_contradicts_itself_is_refused() {
    let good = eight_weeks();
    let none = RefreshPoint { periods: None, low: None, high: None, censored_at: 0.0, fallen: 0.0 };
    let odd_point = CurvePoint { moved_share: 1.5, ..good.curve[0] };
    for (evidence, said) in [
        (Evidence { curve: Vec::new(), ..good.clone() }, "no period"),
        (Evidence { step_days: f64::NAN, ..good.clone() }, "a period has"),
        (Evidence { threshold: 1.5, ..good.clone() }, "threshold is 1.5"),
        (Evidence { n_customers: 0, ..good.clone() }, "no customers"),
        (Evidence { revenue_per_year: Some(-1.0), ..good.clone() }, "revenue"),
        (Evidence { observed_days: 0, ..good.clone() }, "0 days of a year"),
        (Evidence { curve: vec![odd_point], ..good.clone() }, "period 1"),
        (Evidence { refresh: weeks(9.0, 8.0, 10.0), ..good.clone() }, "out of order"),
        (Evidence { refresh: weeks(9.0, f64::NAN, 10.0), ..good.clone() }, "out of order"),
        (Evidence { refresh: none, ..good.clone() }, "out of order"),
        (Evidence { curve: good.curve[..4].to_vec(), ..good.clone() }, "out of order"),
    ] {
        let error = Proposal::new(&evidence, &Terms::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn the_chance_goes_on_to_rise_after_the_refresh_point() {
    let open = RefreshPoint {
        periods: Some(6.0),
        low: Some(4.0),
        high: None,
        censored_at: 12.0,
        fallen: 0.8,
    };
    let early = Early::new(&open, 7.0);
    assert_eq!([28.0, 42.0, 84.0, 365.0].map(|days| early.chance(days)), [0.0, 0.5, 0.8, 0.8]);
    assert!((early.chance(63.0) - 0.65).abs() < 1e-12);
    assert!((early.chance(35.0) - 0.2625).abs() < 1e-12);
}
