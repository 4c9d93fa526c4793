//! The maintenance proposal as those who sign it see it.

use segengine::{
    Currency, CurvePoint, Day, Evidence, Language, Maintenance, OfferKind, Proposal,
    ProposalReport, Recency, RefreshPoint, Sensitivity, TermKey, Terms, parse_terms,
};
use serde_json::Value;

const HOSTILE: &str = "<script>alert(1)</script>\"'& | *x* [a](b)\u{202e}";

fn refresh(periods: f64) -> RefreshPoint {
    RefreshPoint {
        periods: Some(periods),
        low: Some((periods - 2.0).max(0.5)),
        high: (periods < 9.0).then_some(periods + 2.0),
        censored_at: 26.0,
        fallen: 0.9,
    }
}

/// A shop like Olist's, whose segments last for `periods` weeks.
fn evidence(periods: f64) -> Evidence {
    let sensitivity = Recency::ALL.into_iter().flat_map(|recency| {
        let longer = if recency == Recency::Absolute { 1.0 } else { 1.5 };
        [(0.75, 1.25), (0.80, 1.0), (0.85, 0.75), (0.90, 0.6)].map(|(threshold, factor)| {
            Sensitivity { recency, threshold, refresh: refresh(periods * factor * longer) }
        })
    });
    let curve = (1..=26).map(|week| {
        let lost = 0.2 * f64::from(week) / periods;
        let ari = (1.0 - lost).max(0.3);
        CurvePoint {
            ari,
            low: ari - 0.03,
            high: (ari + 0.03).min(1.0),
            moved_share: 0.42 * (1.0 - ari),
            moved_revenue_share: Some(0.53 * (1.0 - ari)),
            new_far_share: 0.012,
        }
    });
    Evidence {
        day: Day::from_ymd(2018, 8, 29).unwrap(),
        step_days: 7.0,
        threshold: 0.8,
        recency: Recency::Absolute,
        n_customers: 93_358,
        observed_days: 365,
        revenue_per_year: Some(10_432_117.35),
        new_customers_per_year: 61_204.0,
        curve: curve.collect(),
        refresh: refresh(periods),
        n_origins: 1,
        sensitivity: sensitivity.collect(),
        doubts: Vec::new(),
    }
}

fn proposal(periods: f64, terms: &str) -> Proposal {
    Proposal::new(&evidence(periods), &parse_terms(terms).unwrap()).unwrap()
}

fn json(proposal: &Proposal) -> Value {
    serde_json::from_str(&ProposalReport::new(proposal).json().unwrap()).unwrap()
}

/// A number with two decimals, as hundredths.
fn hundredths(value: &Value) -> i64 {
    let x = value.as_f64().unwrap() * 100.0;
    assert!((x - x.round()).abs() < 1e-6, "{value} has more than two decimals");
    x.round() as i64
}

fn product(a: i64, b: i64) -> i64 {
    (a * b + 50) / 100
}

fn check_line(line: &Value, rate: i64) -> i64 {
    let [quantity, each, hours, amount] =
        ["quantity", "hours_each", "hours", "amount"].map(|name| hundredths(&line[name]));
    assert_eq!(hundredths(&line["hourly_rate"]), rate);
    assert_eq!(product(quantity, each), hours, "{line}");
    assert_eq!(product(hours, rate), amount, "{line}");
    amount
}

fn assumed(report: &Value, key: &str) -> f64 {
    let all = report["assumptions"].as_array().unwrap();
    all.iter().find(|term| term["key"] == key).unwrap()["value"].as_f64().unwrap()
}

fn check_staleness(report: &Value, staleness: &Value) -> i64 {
    let share = staleness["mean_moved_revenue_share"].as_f64().unwrap();
    let revenue = report["evidence"]["revenue_per_year"].as_f64().unwrap();
    let lost = share
        * revenue
        * assumed(report, "campaigns.revenue_share")
        * assumed(report, "campaigns.loss");
    let shop = hundredths(&staleness["shop_amount"]);
    assert!((lost * 100.0 - shop as f64).abs() <= 0.500_001, "{staleness}");
    let amount = hundredths(&staleness["amount"]);
    let exchanged = shop as f64 / assumed(report, "rates.exchange");
    assert!((exchanged - amount as f64).abs() <= 0.500_001, "{staleness}");
    amount
}

#[test]
fn every_total_can_be_computed_again_from_the_json() {
    for (periods, terms) in [
        (8.0, ""),
        (3.3, "[rates]\nday = 517.77\nhours_per_day = 7.5\n[resegmentation]\nevery_months = 7"),
        (11.0, "currency = \"BRL\"\n[rates]\nday = 1900\n[close]\nreviews_per_year = 3"),
    ] {
        let report = json(&proposal(periods, terms));
        let rate = hundredths(&report["hourly_rate"]);
        let per_hour = assumed(&report, "rates.day") / assumed(&report, "rates.hours_per_day");
        assert!((per_hour * 100.0 - rate as f64).abs() <= 0.5);
        for visit in report["visits"].as_array().unwrap() {
            assert_eq!(product(hundredths(&visit["hours"]), rate), hundredths(&visit["amount"]));
        }
        let offers = report["offers"].as_array().unwrap();
        assert_eq!(offers.len(), 3);
        for offer in offers {
            let get = |name: &str| hundredths(&offer[name]);
            let lines = offer["lines"].as_array().unwrap();
            let sum: i64 = lines.iter().map(|line| check_line(line, rate)).sum();
            assert_eq!(sum, get("yearly"));
            for part in offer["parts"].as_array().unwrap() {
                let own = lines.iter().filter(|line| line["part"] == part["part"]);
                let sum: i64 = own.map(|line| hundredths(&line["amount"])).sum();
                assert_eq!(sum, hundredths(&part["amount"]));
            }
            let parts = offer["parts"].as_array().unwrap().iter();
            assert_eq!(parts.map(|part| hundredths(&part["amount"])).sum::<i64>(), sum);
            assert_eq!(11 * get("monthly") + get("last_month"), sum);
            assert!((12 * get("monthly") - sum).abs() <= 6);
            assert_eq!(get("first_year"), sum + check_line(&offer["setup"], rate));
            assert_eq!(get("visits"), get("recalibrations") + get("resegmentations"));
            let expected = 36_525.0 / offer["days"].as_f64().unwrap();
            assert!((get("visits") as f64 - expected).abs() <= 1.0, "{expected}");
            let staleness = check_staleness(&report, &offer["staleness"]);
            assert_eq!(get("with_staleness"), sum + staleness);
        }
        let mut least = i64::MAX;
        for cost in report["costs"].as_array().unwrap() {
            let get = |name: &str| hundredths(&cost[name]);
            let staleness = check_staleness(&report, &cost["staleness"]);
            assert_eq!(get("total"), get("planned") + get("triggered") + staleness);
            least = least.min(get("total"));
        }
        assert_eq!(hundredths(&report["optimum"]["total"]), least);
        // The rule in use, among others.
        let used = report["sensitivity"].as_array().unwrap().iter().find(|row| {
            row["recency"] == report["evidence"]["recency"]
                && row["threshold"] == report["evidence"]["threshold"]
        });
        assert_eq!(used.unwrap()["yearly"], offers[1]["yearly"]);
        assert_eq!(used.unwrap()["days"], report["interval"]["days"]);
    }
}

#[test]
fn another_curve_gives_another_proposal() {
    let [slow, fast] = [8.0, 4.0].map(|periods| json(&proposal(periods, "")));
    let number = |report: &Value, name: &str| report["offers"][1][name].as_f64().unwrap();
    for name in ["visits", "yearly", "monthly", "first_year"] {
        assert!(number(&fast, name) > number(&slow, name), "{name}");
    }
    assert_eq!([&slow, &fast].map(|report| report["interval"]["days"].as_u64().unwrap()), [56, 28]);
    let pages =
        [8.0, 4.0].map(|periods| Maintenance::new(&proposal(periods, ""), Language::French).html());
    assert!(pages[0].contains("toutes les 8\u{a0}semaines"));
    assert!(pages[1].contains("toutes les 4\u{a0}semaines"));
}

/// An amount as it is written in each language.
fn written(language: Language, cents: i64, currency: Currency) -> String {
    let (whole, rest) = (cents / 100, cents % 100);
    assert!((1_000..1_000_000).contains(&whole));
    let (thousands, ones) = (whole / 1000, whole % 1000);
    match (language, currency) {
        (Language::English, Currency::Euro) => format!("€{thousands},{ones:03}.{rest:02}"),
        (Language::English, _) => {
            format!("{}\u{a0}{thousands},{ones:03}.{rest:02}", currency.symbol())
        }
        (Language::French, _) => {
            format!("{thousands}\u{202f}{ones:03},{rest:02}\u{a0}{}", currency.symbol())
        }
        (Language::Portuguese, _) => {
            format!("{}\u{a0}{thousands}.{ones:03},{rest:02}", currency.symbol())
        }
    }
}

#[test]
fn documents_have_the_totals_in_the_format_of_their_language() {
    for terms in ["", "currency = \"BRL\"\n[rates]\nday = 1900\n"] {
        let proposal = proposal(8.0, terms);
        for language in Language::ALL {
            let document = Maintenance::new(&proposal, language);
            let (html, markdown) = (document.html(), document.markdown());
            assert!(html.contains(&format!("<html lang=\"{}\">", language.name())));
            for kind in OfferKind::ALL {
                let offer = proposal.offer(kind);
                for amount in [offer.yearly, offer.first_year] {
                    let text = written(language, amount.count(), proposal.currency());
                    assert!(html.contains(&text), "{} {text}", language.name());
                    assert!(markdown.contains(&text), "{} {text}", language.name());
                }
            }
            // Every phrase is filled, and every number is one.
            let body = html.split("</style>").nth(1).unwrap();
            for text in [body, &markdown] {
                for wrong in ["{", "}", "NaN", "inf ", "None"] {
                    assert!(!text.contains(wrong), "{} {wrong}", language.name());
                }
            }
            for key in TermKey::ALL {
                assert!(html.contains(key.name()), "{}", key.name());
            }
        }
    }
    let terms = "client = \"Olist\"\nissued = 2018-09-03";
    let page = Maintenance::new(&proposal(8.0, terms), Language::Portuguese).html();
    assert!(page.contains("Proposta de 3 de setembro de 2018"));
    assert!(page.contains("até 2 de novembro de 2018"));
    assert!(page.contains("Primeira intervenção até 24 de outubro de 2018"));
}

#[test]
fn names_and_sources_do_not_become_markup() {
    let mut terms = Terms::default();
    terms.client = Some(HOSTILE.to_owned());
    terms.provider = Some(HOSTILE.to_owned());
    terms.set(TermKey::DayRate, 500.0, Some(HOSTILE.to_owned())).unwrap();
    let proposal = Proposal::new(&evidence(8.0), &terms).unwrap();
    for language in Language::ALL {
        let document = Maintenance::new(&proposal, language);
        let (html, markdown) = (document.html(), document.markdown());
        for text in [&html, &markdown] {
            assert!(!text.contains("<script") && !text.contains('\u{202e}'));
            assert!(text.matches("alert(1)").count() >= 5);
        }
        assert!(!markdown.contains("*x*") && !markdown.contains("[a](b)"));
        assert!(html.contains("default-src 'none'; style-src 'unsafe-inline'"));
        assert!(!html.contains("http://") && !html.contains("https://"));
    }
}

#[test]
fn pages_are_whole() {
    let page = Maintenance::new(&proposal(8.0, ""), Language::English).html();
    let count = |text: &str| page.matches(text).count();
    for tag in [
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "div",
        "svg",
        "figure",
        "figcaption",
        "main",
        "strong",
    ] {
        let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
        assert_eq!(opened, count(&format!("</{tag}>")), "{tag}");
        assert!(opened > 0, "{tag}");
    }
    assert_eq!(count("<th "), count("<th scope="));
    assert_eq!(count("<th>"), 0);
    let markdown = Maintenance::new(&proposal(8.0, ""), Language::English).markdown();
    let lines: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    // The lines of one table have as many cells as its rule.
    for (i, rule) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("| --- |")) {
        let cells = rule.matches('|').count();
        assert_eq!(lines[i - 1].matches('|').count(), cells);
        assert_eq!(lines[i + 1].matches('|').count(), cells);
    }
}

#[test]
fn what_is_not_within_the_data_is_said_in_every_language() {
    let none =
        RefreshPoint { periods: None, low: None, high: None, censored_at: 26.0, fallen: 0.0 };
    let evidence = Evidence { refresh: none, sensitivity: Vec::new(), ..evidence(60.0) };
    let proposal = Proposal::new(&evidence, &Terms::default()).unwrap();
    let report = json(&proposal);
    assert_eq!(
        (&report["interval"]["days"], &report["interval"]["at_least"]),
        (&182.into(), &true.into())
    );
    assert_eq!(report["interval"]["refresh_days"], Value::Null);
    for (language, said) in Language::ALL.into_iter().zip(["at least", "au moins", "pelo menos"]) {
        let text = Maintenance::new(&proposal, language).markdown();
        assert!(text.contains(&format!("{said} 26\u{a0}")), "{}", language.name());
    }
}

#[test]
fn unknown_revenue_is_null_and_said_in_words() {
    let mut evidence = Evidence { revenue_per_year: None, ..evidence(8.0) };
    for point in &mut evidence.curve {
        point.moved_revenue_share = None;
    }
    let proposal = Proposal::new(&evidence, &Terms::default()).unwrap();
    let report = json(&proposal);
    assert_eq!(report["evidence"]["revenue_per_year"], Value::Null);
    assert_eq!(report["optimum"], Value::Null);
    assert_eq!(report["costs"].as_array().unwrap().len(), 0);
    for offer in report["offers"].as_array().unwrap() {
        assert!(offer["yearly"].as_f64().unwrap() > 0.0);
        assert_eq!(offer["with_staleness"], Value::Null);
        assert_eq!(offer["staleness"]["amount"], Value::Null);
        assert_eq!(offer["at_visit"]["shop_revenue"], Value::Null);
    }
    for (language, why, unknown, zero) in [
        (Language::English, "revenue is not known", "not known", "R$\u{a0}0"),
        (Language::French, "le chiffre d’affaires n’est pas connu", "non connu", "\u{a0}0\u{a0}R$"),
        (Language::Portuguese, "o faturamento não é conhecido", "não conhecido", "R$\u{a0}0"),
    ] {
        let text = Maintenance::new(&proposal, language).markdown();
        assert!(text.contains(why) && text.contains(unknown), "{}", language.name());
        assert!(!text.contains(zero) && !text.contains('{'), "{}", language.name());
    }
}

#[test]
fn doubts_are_shown_before_the_signature() {
    let doubts = vec![HOSTILE.to_owned(), "segments are noisy".to_owned()];
    let short = Evidence { observed_days: 200, n_origins: 3, doubts, ..evidence(8.0) };
    let proposal = Proposal::new(&short, &Terms::default()).unwrap();
    let report = json(&proposal);
    assert_eq!(report["evidence"]["observed_days"], 200);
    assert_eq!(report["evidence"]["n_origins"], 3);
    assert_eq!(report["evidence"]["doubts"][1], "segments are noisy");
    for (language, heading, extrapolated, dates) in [
        (Language::English, "Before you sign", "extrapolated from 200 days", "from 3 dates on"),
        (Language::French, "Avant de signer", "extrapolés de 200 jours", "partir de 3 dates"),
        (Language::Portuguese, "Antes de assinar", "extrapolados de 200 dias", "partir de 3 datas"),
    ] {
        let document = Maintenance::new(&proposal, language);
        let (html, markdown) = (document.html(), document.markdown());
        assert!(!html.contains("<script"));
        for text in [&html, &markdown] {
            let at = |part: &str| {
                text.find(part).unwrap_or_else(|| panic!("{} {part}", language.name()))
            };
            assert!(at(heading) < at(extrapolated) && at(heading) < at(dates));
            assert!(at(heading) < at("segments are noisy"));
            assert!(at("segments are noisy") < at("☐"));
            assert!(!text.contains("not assumed") && !text.contains("onfidence"));
        }
    }
    // A whole year is measured.
    let year = Maintenance::new(&self::proposal(8.0, ""), Language::English).markdown();
    assert!(year.contains("Measured, not assumed") && !year.contains("xtrapolated from"));
    assert!(year.contains("from one date on"));
}
