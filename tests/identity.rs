//! Segments keep their ids and names when they are found anew (`cluster --match`).

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use arrow_array::Float64Array;
use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt32Type;
use serde_json::{Value, json};

use crate::workshop::{Workshop, batch, read_arrow, stdout, table, write_table};

/// Segment and name of each row.
fn segments(shop: &Workshop, dir: &str) -> Vec<(u32, String)> {
    let batches = read_arrow(shop.read(&format!("{dir}/assignments.arrow")));
    let of = |batch: &arrow_array::RecordBatch| {
        let ids = batch.column_by_name("segment").unwrap().as_primitive::<UInt32Type>().clone();
        let names = batch.column_by_name("segment_name").unwrap().as_string::<i32>().clone();
        (0..batch.num_rows()).map(move |row| (ids.value(row), names.value(row).to_owned()))
    };
    batches.iter().flat_map(of).collect()
}

fn model(shop: &Workshop, dir: &str) -> Value {
    serde_json::from_slice(&shop.read(&format!("{dir}/model.json"))).unwrap()
}

fn ids(model: &Value) -> Vec<u64> {
    let segments = model["segments"].as_array().unwrap();
    segments.iter().map(|segment| segment["id"].as_u64().unwrap()).collect()
}

/// Names the segment of the first row, by hand.
fn rename(shop: &Workshop, dir: &str, name: &str) {
    let (_, was) = &segments(shop, dir)[0];
    let path = shop.path(&format!("{dir}/model.json"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replacen(&format!("\"{was}\""), &format!("\"{name}\""), 1)).unwrap();
}

#[test]
fn a_refit_from_another_seed_keeps_ids_and_names() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3", "-q"]);
    let first = segments(&shop, "segments");
    rename(&shop, "segments", "VIP");
    let expected: Vec<_> = first
        .iter()
        .map(|(id, name)| {
            let name = if *id == first[0].0 { "VIP" } else { name };
            (*id, name.to_owned())
        })
        .collect();
    let mut n_permuted = 0;
    for seed in ["1", "2", "3", "4", "5", "6"] {
        let line = ["cluster", "in.arrow", "-k", "3", "-q", "--seed", seed, "-o"];
        shop.done(&[&line[..], &["plain"]].concat());
        shop.done(&[&line[..], &["refit", "--match", "segments/model.json"]].concat());
        assert_eq!(segments(&shop, "refit"), expected, "seed {seed}");
        n_permuted += u32::from(segments(&shop, "plain") != first);
        // Nothing in it that programs before could not read.
        assert_eq!(model(&shop, "refit")["schema_version"], 1);
    }
    assert!(n_permuted > 0, "no seed gave another order, so nothing was tried");

    // The same but for ids, names and the order.
    let (plain, refit) = (model(&shop, "plain"), model(&shop, "refit"));
    let centers = |model: &Value| -> BTreeMap<String, u64> {
        let segments = model["segments"].as_array().unwrap().iter();
        segments.map(|s| (s["center"].to_string(), s["size"].as_u64().unwrap())).collect()
    };
    assert_eq!(centers(&plain), centers(&refit));
    assert_eq!(plain["training"], refit["training"]);
}

#[test]
fn other_commands_speak_of_the_ids_of_a_matched_model() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "2", "-q"]);
    rename(&shop, "segments", "VIP");
    let line = ["cluster", "in.arrow", "-k", "4", "-q", "-o", "four"];
    // The halves of a segment are not it, if so much is asked for.
    let matched = ["--match", "segments/model.json", "--min-overlap", "0.9"];
    shop.done(&[&line[..], &matched].concat());
    let four = model(&shop, "four");
    assert!(ids(&four).last() > Some(&3), "{:?}", ids(&four));
    assert_eq!(four["schema_version"], 3);

    let report =
        stdout(&shop.done(&["assign", "four/model.json", "in.arrow", "-o", "a", "--json"]));
    assert!(shop.read("a/assignments.arrow") == shop.read("four/assignments.arrow"));
    let report: Value = serde_json::from_str(&report).unwrap();
    for (assigned, fitted) in
        report["segments"].as_array().unwrap().iter().zip(four["segments"].as_array().unwrap())
    {
        for field in ["id", "name", "size"] {
            assert_eq!(assigned[field], fitted[field]);
        }
    }
    // The labels of the model are those that it wrote.
    let against = ["evaluate", "in.arrow", "--labels-from", "four/assignments.arrow", "--json"];
    let written: Value = serde_json::from_str(&stdout(&shop.done(&against))).unwrap();
    let line = ["evaluate", "in.arrow", "--model", "four/model.json", "--json"];
    let scored: Value = serde_json::from_str(&stdout(&shop.done(&line))).unwrap();
    let sizes = |report: &Value, labels: &dyn Fn(&Value) -> String| -> BTreeMap<String, u64> {
        let clusters = report["silhouette_per_cluster"].as_array().unwrap().iter();
        clusters.map(|c| (labels(&c["label"]), c["size"].as_u64().unwrap())).collect()
    };
    let name_of = |label: &Value| {
        let id: u64 = label.as_str().unwrap().parse().unwrap();
        let segments = four["segments"].as_array().unwrap();
        let found = segments.iter().find(|segment| segment["id"] == id).unwrap();
        found["name"].as_str().unwrap().to_owned()
    };
    let plain = |label: &Value| label.as_str().unwrap().to_owned();
    assert_eq!(sizes(&written, &name_of), sizes(&scored, &plain));
}

#[test]
fn ids_of_segments_that_are_gone_are_not_given_again() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3", "-q", "-o", "0"]);
    let refit = |k, from: &str, to: &str| {
        let old = format!("{from}/model.json");
        let line = ["cluster", "in.arrow", "-k", k, "-q", "--match", &old, "-o", to, "--json"];
        serde_json::from_str::<Value>(&stdout(&shop.done(&line))).unwrap()["match"].clone()
    };
    // One of two large segments is halved, and one half keeps its name.
    let found = refit("4", "0", "1");
    assert_eq!(ids(&model(&shop, "1")), [0, 1, 2, 3]);
    let fates: Vec<_> = found["old"].as_array().unwrap().iter().map(|old| &old["fate"]).collect();
    assert_eq!(fates.iter().filter(|fate| **fate == "split").count(), 1, "{found}");
    let last = &found["new"][3];
    assert_eq!(
        (&last["kept"], &last["kind"], &last["name"]),
        (&json!(false), &json!("part"), &json!("Segment 4"))
    );

    let found = refit("3", "1", "2");
    assert_eq!(found["old"][3]["fate"], "merged", "{found}");
    let second = model(&shop, "2");
    assert_eq!(
        (ids(&second), &second["next_id"], &second["schema_version"]),
        (vec![0, 1, 2], &json!(4), &json!(3))
    );
    refit("4", "2", "3");
    let third = model(&shop, "3");
    assert_eq!((ids(&third), &third["next_id"]), (vec![0, 1, 2, 4], &json!(5)));
    assert_eq!(third["segments"][3]["name"], "Segment 5");
}

#[test]
fn the_report_says_what_became_of_each() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3", "-q"]);
    let line = ["cluster", "in.arrow", "-k", "3", "--match", "segments/model.json", "-o", "refit"];
    let text = stdout(&shop.done(&line));
    assert!(text.contains("3 of 3 segments of segments/model.json carried on"), "{text}");
    assert!(text.contains("an overlap of at least 0.5") && text.contains("survivor"), "{text}");
    let json = stdout(&shop.done(&[&line[..], &["--min-overlap", "0.75", "--json"]].concat()));
    let found: Value = serde_json::from_str(&json).unwrap();
    let found = &found["match"];
    assert_eq!(found["model"], "segments/model.json");
    assert_eq!((&found["min_overlap"], &found["agreement"]), (&json!(0.75), &json!(1.0)));
    assert_eq!((&found["n_compared"], &found["n_left_out"]), (&json!(1203), &json!(0)));
    for (id, (old, new)) in
        (0..).zip(found["old"].as_array().unwrap().iter().zip(found["new"].as_array().unwrap()))
    {
        let name = format!("Segment {}", id + 1);
        let size = &old["size"];
        assert_eq!(
            old,
            &json!({"id": id, "name": name, "size": size, "fate": "survived", "to": [id], "overlap": 1.0})
        );
        assert_eq!(
            new,
            &json!({"id": id, "name": name, "kept": true, "kind": "survivor", "from": [id],
                "size": size, "overlap": 1.0})
        );
    }
}

#[test]
fn rows_that_one_model_leaves_out_are_not_compared() {
    let shop = Workshop::new();
    let whole = batch(0, 1203);
    let spent =
        whole.column_by_name("spent").unwrap().as_primitive::<arrow_array::types::Float64Type>();
    let gaps: Float64Array =
        (0..1203).map(|row| (row % 100 != 7).then(|| spent.value(row))).collect();
    let recency = whole.column_by_name("recency").unwrap().clone();
    let gappy = table(&[("recency", recency), ("spent", Arc::new(gaps))]);
    write_table(&shop.path("gaps.arrow"), &gappy, 500);
    shop.done(&["cluster", "gaps.arrow", "-k", "3", "-q", "--missing", "drop"]);
    let line = ["cluster", "gaps.arrow", "-k", "3", "-q", "-o", "refit", "--missing", "median"];
    let line = [&line[..], &["--match", "segments/model.json"]].concat();
    let report = stdout(&shop.done(&[&line[..], &["--json"]].concat()));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["match"]["n_compared"], &report["match"]["n_left_out"]),
        (&json!(1191), &json!(12))
    );
    let text = stdout(&shop.done(&line));
    assert!(text.contains("12 rows without a segment"), "{text}");
    // A model that takes no missing values cannot be compared with one that does.
    shop.done(&["cluster", "in.arrow", "-k", "3", "-q"]);
    let message = shop.refused(3, &line);
    assert!(message.contains("gaps.arrow: column \"spent\", row 8"), "{message}");
    assert!(message.contains("hint: the model of --match"), "{message}");
}

#[test]
fn a_model_of_other_columns_is_refused() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "2", "-q"]);
    let line = ["cluster", "in.arrow", "-k", "2", "--columns", "recency", "-o", "no"];
    let message = shop.refused(3, &[&line[..], &["--match", "segments/model.json"]].concat());
    assert!(message.contains("segments/model.json: column \"spent\""), "{message}");
    assert!(message.contains("needs a model of the same columns"), "{message}");
    fs::write(shop.path("model.json"), "{}").unwrap();
    shop.refused(3, &[&line[..], &["--match", "model.json"]].concat());
    assert!(!shop.path("no").exists());
    // The other way round nothing is missing.
    shop.done(&["cluster", "in.arrow", "-k", "2", "--columns", "recency", "-q", "-o", "narrow"]);
    shop.done(&["cluster", "in.arrow", "-k", "2", "-q", "-o", "r", "--match", "narrow/model.json"]);

    let before = shop.read("segments/model.json");
    let line = ["cluster", "in.arrow", "-k", "2", "--match", "segments/model.json"];
    let message = shop.refused(2, &line);
    assert!(message.contains("would be overwritten"), "{message}");
    assert!(shop.read("segments/model.json") == before);
    shop.refused(2, &["cluster", "in.arrow", "-k", "2", "--min-overlap", "0.6", "-o", "no"]);
    let beyond = ["--match", "segments/model.json", "--min-overlap", "1.5", "-o", "no"];
    shop.refused(2, &[&["cluster", "in.arrow", "-k", "2"][..], &beyond].concat());
}

#[test]
fn bytes_of_a_match_do_not_depend_on_threads() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "4", "-q"]);
    let line = |threads, out| {
        let line = ["cluster", "in.arrow", "-k", "5", "-q", "--seed", "3", "--threads", threads];
        [&line[..], &["-o", out, "--match", "segments/model.json"]].concat()
    };
    shop.done(&line("1", "one"));
    shop.done(&line("7", "seven"));
    for file in ["model.json", "assignments.arrow"] {
        assert!(shop.read(&format!("one/{file}")) == shop.read(&format!("seven/{file}")));
    }
}
