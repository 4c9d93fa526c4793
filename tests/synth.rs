//! `segengine synth`: the same files for the same seed, all of them or none.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::workshop::{Workshop, stdout};

const NAMES: [&str; 11] = [
    "SYNTHETIC.md",
    "olist_customers_dataset.csv",
    "olist_geolocation_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
    "olist_order_reviews_dataset.csv",
    "olist_orders_dataset.csv",
    "olist_products_dataset.csv",
    "olist_sellers_dataset.csv",
    "product_category_name_translation.csv",
    "truth.csv",
];

/// Names and contents of what lies in a directory, sorted.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn made(shop: &Workshop, out: &str, more: &[&str]) -> Vec<(String, Vec<u8>)> {
    let line = [&["synth", "--orders", "3000", "-q", "-o", out], more].concat();
    shop.done(&line);
    files(&shop.path(out))
}

#[test]
fn the_seed_alone_decides_what_is_written() {
    let shop = Workshop::new();
    let first = made(&shop, "first", &["--threads", "1", "--seed", "4"]);
    assert_eq!(first.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), NAMES);
    for threads in ["1", "2", "3"] {
        assert!(made(&shop, "again", &["--threads", threads, "--seed", "4"]) == first);
    }
    let other = made(&shop, "other", &["--seed", "5"]);
    let same = first.iter().zip(&other).filter(|(a, b)| a.1 == b.1);
    let same: Vec<_> = same.map(|(file, _)| file.0.as_str()).collect();
    assert_eq!(same, ["product_category_name_translation.csv"]);
}

#[test]
fn the_files_have_the_rows_that_are_reported() {
    let shop = Workshop::new();
    let line = ["synth", "--orders", "2500", "--json", "-o", "made"];
    let report: Value = serde_json::from_str(&stdout(&shop.done(&line))).unwrap();
    assert_eq!(report["command"], "synth");
    assert_eq!(report["tables"]["olist_orders_dataset.csv"]["rows"], 2_500);
    assert_eq!(report["tables"]["olist_customers_dataset.csv"]["rows"], 2_500);
    for (name, bytes) in files(&shop.path("made")) {
        let Some(table) = report["tables"].get(&name) else {
            assert_eq!(name, "SYNTHETIC.md");
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("invented") && text.contains("- seed: 0\n"), "{text}");
            continue;
        };
        assert_eq!(table["bytes"], bytes.len() as u64, "{name}");
        let mut records = csv::Reader::from_reader(bytes.as_slice()).into_records();
        let rows = records.try_fold(0_u64, |rows, record| record.map(|_| rows + 1)).unwrap();
        assert_eq!(table["rows"], rows, "{name}");
    }
    let behaviours = report["behaviours"].as_object().unwrap();
    let people: u64 = behaviours.values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(report["tables"]["truth.csv"]["rows"], people);
}

#[test]
fn the_layout_is_the_published_one() {
    let shop = Workshop::new();
    let files = made(&shop, "made", &[]);
    let text = |name| {
        let file = files.iter().find(|file| file.0 == name).unwrap();
        String::from_utf8(file.1.clone()).unwrap()
    };
    let orders = text("olist_orders_dataset.csv");
    assert!(orders.starts_with(
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
         order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
    ));
    assert!(text("olist_products_dataset.csv").contains("product_name_lenght"));
    let translation = text("product_category_name_translation.csv");
    assert!(translation.starts_with('\u{feff}') && !translation.ends_with('\n'));
    assert_eq!(translation.matches("\r\n").count(), 71);
    let sellers = text("olist_sellers_dataset.csv");
    let zip = |line: &str| line.split(',').nth(1).unwrap().to_owned();
    let zips: Vec<_> = sellers.lines().skip(1).map(zip).collect();
    assert!(zips.iter().all(|zip| zip.len() == 5) && zips.iter().any(|zip| zip.starts_with('0')));
}

/// The options that the README of a made-up history says it was made with.
fn options_in_readme(files: &[(String, Vec<u8>)]) -> Vec<String> {
    let text = String::from_utf8(files[0].1.clone()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("    segengine ")).unwrap();
    line.strip_suffix(" -o DIR").unwrap().split(' ').map(str::to_owned).collect()
}

#[test]
fn the_readme_says_how_to_make_the_same_files_again() {
    let shop = Workshop::new();
    for (options, types) in [
        (&[][..], 6),
        (&["--steady"], 6),
        (&["--clear-types"], 5),
        (&["--drift", "2017-06-01=0.25", "--threads", "1"], 5),
        (&["--split", "2018-03-01", "--merge", "2018-02-01", "--seed", "8", "--threads", "3"], 5),
    ] {
        let first = made(&shop, "first", options);
        let line = options_in_readme(&first);
        let line: Vec<&str> =
            line.iter().map(String::as_str).chain(["-q", "-o", "again"]).collect();
        shop.done(&line);
        assert!(files(&shop.path("again")) == first, "{options:?}");
        let truth = first.iter().find(|file| file.0 == "truth.csv").unwrap();
        let truth = String::from_utf8(truth.1.clone()).unwrap();
        let found: HashSet<_> =
            truth.lines().skip(1).map(|line| line.split_once(',').unwrap().1).collect();
        assert_eq!(found.len(), types, "{options:?}: {found:?}");
        let readme = String::from_utf8(first[0].1.clone()).unwrap();
        assert!(found.iter().all(|name| readme.contains(name)), "{readme}");
    }
}

#[test]
fn events_are_reported_and_have_readable_tables() {
    let shop = Workshop::new();
    let more = ["--drift", "2018-03-01=0.5", "--merge", "2018-05-01"];
    let line = [&["synth", "--orders", "2500", "--json", "-o", "made"][..], &more].concat();
    let report: Value = serde_json::from_str(&stdout(&shop.done(&line))).unwrap();
    assert_eq!(report["world"], "laboratory");
    let expected = serde_json::json!({
        "drift": "2018-03-01", "drift_share": 0.5, "split": null, "merge": "2018-05-01"
    });
    assert_eq!(report["events"], expected);
    let people: u64 =
        report["behaviours"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(report["tables"]["truth.csv"]["rows"], people);
    let line = ["features", "made", "--as-of", "2018-03-22", "-q", "-o", "features.arrow"];
    shop.done(&line);
}

#[test]
fn options_of_time_that_contradict_each_other_are_refused() {
    let shop = Workshop::new();
    for wrong in [
        &["--steady", "--drift", "2018-03-01=0.5"][..],
        &["--steady", "--split", "2018-03-01"],
        &["--merge", "2018-03-01", "--steady"],
        &["--merge", "2018-02-30"],
        &["--split", "2018-08-23"],
        &["--drift", "2018-03-01"],
        &["--drift", "2018-03-01=0"],
        &["--drift", "2018-03-01=1.5"],
    ] {
        let line = [&["synth", "--orders", "10", "-o", "new"], wrong].concat();
        shop.refused(2, &line);
    }
    assert!(!shop.path("new").exists());
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let shop = Workshop::new();
    fs::create_dir_all(shop.path("made/truth.csv")).unwrap();
    let message = shop.refused(1, &["synth", "--orders", "10", "-o", "made"]);
    assert!(message.contains("is a directory"), "{message}");
    assert_eq!(files_in(&shop.path("made")), ["truth.csv"]);
    for orders in ["0", "-1", "1000000001", "many"] {
        assert_eq!(shop.run(&["synth", "--orders", orders, "-o", "new"]).status.code(), Some(2));
    }
    assert!(!shop.path("new").exists());
}

fn files_in(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_within_a_second_and_leaves_nothing() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let shop = Workshop::new();
    let mut command = shop.command(&["synth", "--orders", "100000000", "-q", "-o", "made"]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !shop.path("made").exists() && started.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    let sent = Instant::now();
    let kill = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let status = child.wait().unwrap();
    // One second, and what a loaded machine may need to notice.
    assert!(sent.elapsed() < Duration::from_secs(3), "{:?}", sent.elapsed());
    assert_eq!(status.code(), Some(130));
    assert!(!shop.path("made").exists());
}
