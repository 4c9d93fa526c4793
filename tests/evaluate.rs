//! `segengine evaluate` as its users see it.

use std::fs;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Float64Type;
use arrow_array::{
    ArrayRef, Float64Array, Int8Array, Int64Array, LargeStringArray, StringArray, UInt16Array,
};
use serde_json::Value;

use crate::workshop::{Workshop, read_arrow, stderr, stdout, table, write_table};

fn json(shop: &Workshop, args: &[&str]) -> Value {
    let output = shop.done(&[args, &["--json"]].concat());
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// Iris as the reference tables have it, with its columns as named features.
fn iris() -> (Vec<(String, ArrayRef)>, Vec<i64>, Value) {
    let read = |name: &str| -> Value {
        let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let table = read("iris");
    let numbers = |values: &Value| -> Vec<f64> {
        values.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let columns = table["columns"].as_array().unwrap().iter().enumerate();
    let columns = columns
        .map(|(i, values)| (format!("x{i}"), Arc::new(Float64Array::from(numbers(values))) as _))
        .collect();
    let scores = read("metrics")["scores"].as_array().unwrap().clone();
    let scored = |case: &str| {
        scores.iter().find(|s| s["table"] == "iris" && s["case"] == case).unwrap().clone()
    };
    let dbscan = scored("dbscan");
    let labels = dbscan["labels"].as_array().unwrap().iter().map(|x| x.as_i64().unwrap());
    (columns, labels.collect(), dbscan)
}

fn near(value: &Value, expected: &Value) {
    let (a, b) = (value.as_f64().unwrap(), expected.as_f64().unwrap());
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} {b}");
}

#[test]
fn labels_of_any_kind_are_scored_as_scikit_learn_does() {
    let shop = Workshop::new();
    let (features, labels, expected) = iris();
    let texts = |prefix: &str| labels.iter().map(|x| format!("{prefix}{x}")).collect::<Vec<_>>();
    let kinds: [(&str, ArrayRef); 5] = [
        ("integers", Arc::new(Int64Array::from(labels.clone()))),
        ("small", Arc::new(Int8Array::from_iter_values(labels.iter().map(|&x| x as i8)))),
        ("floats", Arc::new(Float64Array::from_iter_values(labels.iter().map(|&x| x as f64)))),
        ("digits", Arc::new(LargeStringArray::from_iter_values(texts("")))),
        ("names", Arc::new(StringArray::from_iter_values(texts("é ")))),
    ];
    let mut columns: Vec<(&str, ArrayRef)> =
        features.iter().map(|(name, values)| (name.as_str(), values.clone())).collect();
    columns.extend(kinds.iter().cloned());
    write_table(&shop.path("iris.arrow"), &table(&columns), 40);
    for (kind, _) in &kinds {
        let line = ["evaluate", "iris.arrow", "--labels", kind, "--columns", "x0,x1,x2,x3"];
        let value = json(&shop, &line);
        near(&value["silhouette"]["value"], &expected["silhouette"]);
        near(&value["davies_bouldin"], &expected["davies_bouldin"]);
        near(&value["calinski_harabasz"], &expected["calinski_harabasz"]);
        assert_eq!(value["silhouette"]["method"], "exact");
        assert_eq!(value["silhouette"]["n"], 150);
        assert!(value["ari"].is_null() && value["outputs"].is_null());
        let clusters = value["silhouette_per_cluster"].as_array().unwrap();
        let of_all = |one: &Value| one["value"].as_f64().unwrap() * one["size"].as_f64().unwrap();
        near(&(clusters.iter().map(of_all).sum::<f64>() / 150.0).into(), &expected["silhouette"]);
        // Noise is a cluster like any other, and that is said.
        let is_named = *kind == "names";
        assert_eq!(clusters[0]["label"], if is_named { "é -1" } else { "-1" });
        assert_eq!(value["warnings"].to_string().contains("noise"), !is_named);
    }
    let line = ["evaluate", "iris.arrow", "--labels", "small", "--truth", "names"];
    let value = json(&shop, &line);
    assert_eq!((&value["ari"], &value["n_compared"]), (&1.0.into(), &150.into()));
    assert_eq!(value["matching"][0]["truth"], "é -1");
    assert_eq!(value["contingency"].as_array().unwrap().len(), clusters_of(&value));
}

fn clusters_of(value: &Value) -> usize {
    value["n_clusters"].as_u64().unwrap() as usize
}

#[test]
fn a_model_and_its_assignments_are_scored_alike() {
    let shop = Workshop::new();
    let fitted = json(&shop, &["cluster", "in.arrow", "-k", "3"]);
    let by_model = json(&shop, &["evaluate", "in.arrow", "--model", "segments/model.json"]);
    let from = ["evaluate", "in.arrow", "--labels-from", "segments/assignments.arrow"];
    let by_column = json(&shop, &[&from[..], &["--scale", "standard"]].concat());
    for value in [&by_model, &by_column] {
        near(&value["silhouette"]["value"], &fitted["silhouette"]["value"]);
        near(&value["inertia"], &fitted["inertia"]);
        assert_eq!(value["n_rows"], 1203);
        assert_eq!(value["columns"], serde_json::json!(["recency", "spent"]));
    }
    assert_eq!(by_model["silhouette_per_cluster"][0]["label"], "Segment 1");
    assert_eq!(by_column["silhouette_per_cluster"][0]["label"], "0");
    // The values as they are, unless told otherwise, are another space.
    let raw = json(&shop, &from);
    assert_ne!(raw["inertia"], by_column["inertia"]);
    let message = shop.refused(2, &[&from[..], &["--model", "x", "--scale", "none"]].concat());
    assert!(message.contains("--scale"), "{message}");
}

#[test]
fn rows_without_a_label_are_left_out_and_said_to_be() {
    let shop = Workshop::new();
    let input = table(&[
        ("who", Arc::new(StringArray::from(vec!["a", "b", "c", "d", "e", "=f"]))),
        ("x", Arc::new(Float64Array::from(vec![0.0, 1.0, 10.0, 12.0, 99.0, 11.0]))),
        (
            "group",
            Arc::new(StringArray::from(vec![
                Some("low"),
                Some("low"),
                Some("high"),
                Some("high"),
                None,
                Some("high"),
            ])),
        ),
        (
            "known",
            Arc::new(UInt16Array::from(vec![Some(1), Some(1), Some(2), None, None, Some(1)])),
        ),
    ]);
    write_table(&shop.path("few.arrow"), &input, 2);
    let line = ["evaluate", "few.arrow", "--labels", "group", "--truth", "known", "-o", "out"];
    let value = json(&shop, &line);
    assert_eq!(value["columns"], serde_json::json!(["x"]));
    assert_eq!((&value["silhouette"]["n"], &value["n_compared"]), (&5.into(), &4.into()));
    assert!(value["warnings"].to_string().contains("\\\"group\\\": 1 row without a label"));
    let [batch] = &read_arrow(shop.read("out/silhouettes.arrow"))[..] else { panic!("one batch") };
    let names: Vec<_> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names, ["who", "label", "silhouette", "nearest"]);
    let labels = batch.column(1).as_string::<i32>();
    let values = batch.column(2).as_primitive::<Float64Type>();
    let nearest = batch.column(3).as_string::<i32>();
    for (row, (label, next)) in
        [("low", "high"), ("low", "high"), ("high", "low"), ("high", "low")].into_iter().enumerate()
    {
        assert_eq!((labels.value(row), nearest.value(row)), (label, next));
    }
    // The first row: 1 from the other, 11 from the rest on average.
    assert!((values.value(0) - 10.0 / 11.0).abs() < 1e-12);
    assert_eq!(batch.columns().iter().skip(1).filter(|c| c.is_null(4)).count(), 3);
    let csv = [&line[..], &["--format", "csv"]].concat();
    assert!(stderr(&shop.done(&csv)).contains("formula"));
}

#[test]
fn what_is_undefined_is_null_and_said() {
    let shop = Workshop::new();
    let one: ArrayRef = Arc::new(Int64Array::from(vec![7; 4]));
    let each: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4]));
    let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 4.0, 9.0]));
    let input = table(&[("one", one), ("each", each), ("x", x)]);
    write_table(&shop.path("odd.arrow"), &input, 4);
    for (labels, n) in [("one", 1), ("each", 4)] {
        let line = ["evaluate", "odd.arrow", "--labels", labels, "--columns", "x"];
        let value = json(&shop, &line);
        assert_eq!(clusters_of(&value), n);
        for score in ["silhouette", "silhouette_per_cluster", "calinski_harabasz", "ari"] {
            assert!(value[score].is_null(), "{labels} {score}: {}", value[score]);
        }
        assert!(value["warnings"].to_string().contains("from 2 labels to one less than rows"));
    }
    let message = shop.refused(2, &["evaluate", "odd.arrow"]);
    assert!(message.contains("--labels") && message.contains("--model"), "{message}");
    shop.refused(2, &["evaluate", "odd.arrow", "--labels", "one", "--truth", "one"]);
    let exact = ["--silhouette", "exact", "--sample", "9"];
    shop.refused(2, &[&["evaluate", "odd.arrow", "--labels", "one"][..], &exact].concat());
    let message = shop.refused(3, &["evaluate", "odd.arrow", "--labels", "none"]);
    assert!(message.contains("odd.arrow: column \"none\": there is no such column"), "{message}");
}

#[test]
fn labels_from_other_rows_are_refused() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "2", "--format", "csv"]);
    let text = String::from_utf8(shop.read("segments/assignments.csv")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let write = |name: &str, lines: &[&str]| {
        fs::write(shop.path(name), lines.join("\n") + "\n").unwrap();
    };
    write("short.csv", &lines[..1203]);
    lines.swap(8, 9);
    write("mixed.csv", &lines);
    let line = |from: &'static str| ["evaluate", "in.arrow", "--labels-from", from];
    let message = shop.refused(3, &line("short.csv"));
    assert!(message.contains("short.csv: 1202 rows, in.arrow has 1203 rows"), "{message}");
    let message = shop.refused(3, &line("mixed.csv"));
    assert!(
        message.contains("mixed.csv: column \"customer\", row 8: is \"customer 8\""),
        "{message}"
    );
    shop.done(&line("segments/assignments.csv"));
}

#[test]
fn labelings_are_compared_where_there_are_no_features() {
    let shop = Workshop::new();
    fs::write(shop.path("two.csv"), "first,second\na,1\na,1\nb,2\nb,1\n").unwrap();
    let line = ["evaluate", "two.csv", "--labels", "first", "--truth", "second"];
    let value = json(&shop, &line);
    // sklearn.metrics.adjusted_rand_score([1, 1, 2, 1], [0, 0, 1, 1]) is 0.
    assert_eq!((value["ari"].as_f64(), value["n_features"].as_u64()), (Some(0.0), Some(0)));
    assert!(value["silhouette"].is_null() && value["inertia"].is_null());
    let text = stdout(&shop.done(&line));
    assert!(text.contains("a = 1") && text.contains("b = 2"), "{text}");
    shop.refused(3, &["evaluate", "two.csv", "--labels", "first", "--exclude", "second"]);
}

#[test]
fn a_sample_says_that_it_is_one() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3"]);
    let model = ["evaluate", "in.arrow", "--model", "segments/model.json"];
    let line = [&model[..], &["--silhouette", "sampled", "--sample", "200", "-o", "out"]].concat();
    let value = json(&shop, &line);
    assert_eq!(value["silhouette"]["method"], "sampled");
    let n = value["silhouette"]["n"].as_u64().unwrap();
    assert!((200..=204).contains(&n), "{n}");
    let exact = json(&shop, &model)["silhouette"]["value"].as_f64().unwrap();
    let error = value["silhouette"]["standard_error"].as_f64().unwrap();
    let off = (value["silhouette"]["value"].as_f64().unwrap() - exact).abs();
    assert!(error > 0.0 && off < 4.0 * error, "{off} {error}");
    let [batch] = &read_arrow(shop.read("out/silhouettes.arrow"))[..] else { panic!("one batch") };
    assert_eq!(batch.column(2).null_count() as u64, 1203 - n);
    for method in ["squared", "centroid", "off"] {
        let value = json(&shop, &[&model[..], &["--silhouette", method]].concat());
        assert_eq!(value["silhouette"].is_null(), method == "off");
        assert!(value["davies_bouldin"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn bytes_do_not_depend_on_threads_or_mapping() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3"]);
    let run = |extra: &[&str], out: &str| {
        let line = ["evaluate", "in.arrow", "--model", "segments/model.json", "-o", out];
        shop.done(&[&line[..], extra].concat());
        shop.read(&format!("{out}/silhouettes.arrow"))
    };
    let first = run(&["--threads", "1"], "first");
    for (i, extra) in
        [&["--threads", "3"][..], &["--no-map"], &["--threads", "8"]].into_iter().enumerate()
    {
        assert!(run(extra, &format!("other{i}")) == first, "{extra:?}");
    }
}

#[test]
fn labels_are_not_held_against_themselves() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3", "-q"]);
    let from = ["evaluate", "in.arrow", "--labels-from", "segments/assignments.arrow"];
    for labels in [&["--truth", "segment"][..], &["--labels", "segment", "--truth", "segment"]] {
        let message = shop.refused(2, &[&from[..], labels].concat());
        assert!(message.contains("the same column"), "{message}");
    }
}

#[test]
fn usage_is_checked_before_anything_is_read() {
    let shop = Workshop::new();
    for which in ["exact", "squared", "centroid", "off"] {
        let line = ["evaluate", "nowhere.arrow", "--labels", "x", "--sample", "9", "--silhouette"];
        let message = shop.refused(2, &[&line[..], &[which]].concat());
        assert!(message.contains("--sample needs"), "{message}");
    }
}

#[test]
fn the_space_of_the_scores_is_said() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3", "-q"]);
    let from = ["evaluate", "in.arrow", "--labels-from", "segments/assignments.arrow"];
    let plain = json(&shop, &from);
    assert_eq!((&plain["scale"], &plain["missing"]), (&"none".into(), &"error".into()));
    assert_eq!((&plain["labels"], &plain["truth"]), (&"segment".into(), &Value::Null));
    assert!(stdout(&shop.done(&from)).contains("values as they are, in f"));
    let scaled = [&from[..], &["--scale", "standard", "--transform", "spent=log1p"]].concat();
    let found = json(&shop, &scaled);
    assert_eq!(found["scale"], "standard");
    assert_eq!(found["transform"], serde_json::json!(["spent=log1p"]));
    assert!(stdout(&shop.done(&scaled)).contains("scale standard, spent=log1p, in f"));
    let model = json(&shop, &["evaluate", "in.arrow", "--model", "segments/model.json"]);
    assert_eq!((&model["scale"], &model["model"]), (&Value::Null, &"segments/model.json".into()));
}

#[test]
fn ids_of_another_name_are_not_compared_and_that_is_said() {
    let shop = Workshop::new();
    let columns = |id: &str| {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
        let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 8.0, 9.0]));
        let label: ArrayRef = Arc::new(Int64Array::from(vec![0, 0, 1, 1]));
        table(&[(id, ids), ("x", x), ("label", label)])
    };
    write_table(&shop.path("a.arrow"), &columns("customer"), 4);
    write_table(&shop.path("b.arrow"), &columns("client"), 4);
    let line = ["evaluate", "a.arrow", "--columns", "x", "--labels", "label", "--labels-from"];
    let same = json(&shop, &[&line[..], &["a.arrow"]].concat());
    assert_eq!(same["warnings"], serde_json::json!([]));
    let other = json(&shop, &[&line[..], &["b.arrow"]].concat());
    assert!(other["warnings"].to_string().contains("were not compared"), "{}", other["warnings"]);
}

#[test]
fn very_many_labels_are_scored_and_not_matched() {
    let shop = Workshop::new();
    let labels = |divisor: i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values((0..2000).map(|row| row / divisor)))
    };
    let columns = table(&[("many", labels(3)), ("some", labels(5)), ("few", labels(50))]);
    write_table(&shop.path("many.arrow"), &columns, 2000);
    let many = ["evaluate", "many.arrow", "--labels", "some", "--truth", "many"];
    let found = json(&shop, &many);
    assert!(found["matching"].is_null() && found["ari"].as_f64().unwrap() > 0.0);
    assert!(found["warnings"].to_string().contains("667 different labels"), "{found}");
    assert!(stdout(&shop.done(&many)).contains("ARI"));
    let few = json(&shop, &["evaluate", "many.arrow", "--labels", "some", "--truth", "few"]);
    assert_eq!(few["matching"].as_array().unwrap().len(), 400);
}
