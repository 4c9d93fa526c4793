//! `stability` as its users see it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::workshop::{Workshop, stderr, stdout};

fn sample() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").to_str().unwrap().to_owned()
}

/// A short run on the sample, in a few seconds.
fn quick<'a>(orders: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let quick = ["stability", orders, "--periods", "3", "--seeds", "3", "--bootstrap", "4"];
    let fewer = ["--n-init", "3", "--bootstrap-n-init", "3"];
    [&quick[..], &fewer, more].concat()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_report_holds_together() {
    let shop = Workshop::new();
    let orders = sample();
    let out = shop.run(&quick(&orders, &["--json", "-q", "--origins", "2"]));
    assert!(out.status.success(), "{}", stderr(&out));
    let report = json(&stdout(&out));
    assert_eq!(report["t0"], "2018-08-08");
    assert_eq!(
        (report["step"].as_str(), report["window"].as_str()),
        (Some("7d"), Some("expanding"))
    );
    assert_eq!((report["threshold"].as_f64(), report["seeds"].as_u64()), (Some(0.8), Some(3)));
    let periods = report["periods"].as_array().unwrap();
    let dates: Vec<&str> = periods.iter().map(|p| p["date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2018-08-15", "2018-08-22", "2018-08-29"]);
    for period in periods {
        let [low, ari, high] = ["noise_low", "ari", "noise_high"].map(|key| number(&period[key]));
        assert!(low <= ari && ari <= high && high <= 1.0, "{period}");
        let n = period["n_rows"].as_u64().unwrap();
        let segments = period["segments"].as_array().unwrap();
        let sizes = segments.iter().map(|segment| segment["size"].as_u64().unwrap());
        assert_eq!((segments.len(), sizes.sum::<u64>()), (5, n));
        let loss = &period["loss"];
        let parts = ["clock", "newcomers", "behaviour", "refit"].map(|part| number(&loss[part]));
        assert!((parts.iter().sum::<f64>() - (1.0 - ari)).abs() < 1e-12, "{loss}");
        assert_eq!(period["drift"].as_array().unwrap().len(), 5);
    }
    let origins = report["origins"].as_array().unwrap();
    assert_eq!(origins.len(), 2);
    assert!(origins.iter().all(|origin| number(&origin["at_t0"]) == 1.0));
    assert_eq!(report["survival"]["n"], 14);
    assert_eq!(report["sensitivity"].as_array().unwrap().len(), 12);
    for key in ["periods", "low", "high", "rule"] {
        assert!(report["recommendation"].get(key).is_some(), "{key}");
    }
    for file in [
        "stability.json",
        "stability.html",
        "maintenance.html",
        "maintenance.md",
        "maintenance.json",
    ] {
        assert!(shop.path("stability").join(file).is_file(), "{file}");
    }
    let page = fs::read_to_string(shop.path("stability/stability.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 5);
    assert!(!page.contains("<script") && !page.contains("NaN"));
    // What is written is what is printed, without what a run alone has.
    let written = json(&fs::read_to_string(shop.path("stability/stability.json")).unwrap());
    assert_eq!(written["periods"], report["periods"]);
    assert!(written.get("timings").is_none());
}

#[test]
fn files_are_the_same_for_any_number_of_threads() {
    let shop = Workshop::new();
    let orders = sample();
    for (threads, out) in [("1", "one"), ("3", "three")] {
        let out = shop.run(&quick(&orders, &["--threads", threads, "-q", "-o", out]));
        assert!(out.status.success(), "{}", stderr(&out));
    }
    for file in [
        "stability.json",
        "stability.html",
        "maintenance.html",
        "maintenance.md",
        "maintenance.json",
    ] {
        let read = |dir: &str| fs::read(shop.path(dir).join(file)).unwrap();
        assert!(read("one") == read("three"), "{file}");
    }
}

#[test]
fn the_proposal_follows_the_terms_and_the_language() {
    let shop = Workshop::new();
    let orders = sample();
    fs::write(shop.path("terms.toml"), "client = \"Olist\"\n[rates]\nday = 700\n").unwrap();
    let more = ["-q", "--terms", "terms.toml", "--lang", "pt-BR"];
    let out = shop.run(&quick(&orders, &more));
    assert!(out.status.success(), "{}", stderr(&out));
    let page = fs::read_to_string(shop.path("stability/maintenance.html")).unwrap();
    assert!(page.contains("lang=\"pt-BR\"") && page.contains("Olist"));
    let said = fs::read_to_string(shop.path("stability/maintenance.json")).unwrap();
    assert!(said.contains("700"), "{said}");
    fs::write(shop.path("terms.toml"), "[rates]\nweek = 700\n").unwrap();
    let out = shop.run(&quick(&orders, &more));
    assert_eq!(out.status.code(), Some(2));
    assert!(stderr(&out).contains("terms.toml"), "{}", stderr(&out));
}

#[test]
fn what_cannot_be_followed_is_said_in_a_line() {
    let shop = Workshop::new();
    let orders = sample();
    for (more, code, said) in [
        (&["--periods", "1"][..], 2, "2 to 1000"),
        (&["--origins", "0"], 2, "1 to 1000"),
        (&["--step", "7"], 2, "7d, 2w or 1month"),
        (&["--seeds", "1"], 2, "from 2 to 1000"),
        (&["--threshold", "1"], 2, "between 0 and 1"),
        (&["--from", "2017-01-01", "--window", "365d"], 2, "choose one"),
        (&["--periods", "400"], 3, "no order was placed by"),
        (&["-o", "-"], 2, "several files"),
    ] {
        let out = shop.run(&[&["stability", &orders][..], more].concat());
        assert_eq!(out.status.code(), Some(code), "{more:?}: {}", stderr(&out));
        assert!(stderr(&out).contains(said), "{more:?}: {}", stderr(&out));
        assert!(!shop.path("stability/stability.json").exists(), "{more:?}");
    }
}

#[test]
fn features_that_know_the_future_are_warned_about() {
    let shop = Workshop::new();
    let orders = sample();
    let out = shop.run(&quick(&orders, &["--json", "--naive", "--as-of", "2018-09-20"]));
    assert!(out.status.success(), "{}", stderr(&out));
    let report = json(&stdout(&out));
    let warnings = report["warnings"].to_string();
    assert!(
        warnings.contains("nobody knew") && warnings.contains("known to be delivered"),
        "{warnings}"
    );
}
