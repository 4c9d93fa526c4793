//! `segengine select` as its users see it.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use serde_json::Value;

use crate::workshop::{Workshop, stderr, stdout, table, write_table};

const QUICK: [&str; 8] =
    ["--seeds", "3", "--bootstrap", "8", "--bootstrap-n-init", "2", "--n-init", "3"];

fn json(shop: &Workshop, args: &[&str]) -> Value {
    let output = shop.done(&[&["select"], args, &QUICK, &["--json"]].concat());
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn numbers_of_segments_are_compared_and_one_is_recommended() {
    let shop = Workshop::new();
    let output = shop.done(&[&["select", "in.arrow", "--k", "2..5"][..], &QUICK].concat());
    let text = stdout(&output);
    for word in ["worst Jaccard", "take", "selection/selection.html", "● recommended"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(shop.names(), ["selection"]);
    let page = String::from_utf8(shop.read("selection/selection.html")).unwrap();
    assert!(page.contains("Content-Security-Policy") && page.contains("<svg"));
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
}

#[test]
fn what_select_says_of_a_number_cluster_says_too() {
    let shop = Workshop::new();
    let found = json(&shop, &["in.arrow", "--k", "2,4,3"]);
    let space = &found["spaces"][0];
    let candidates = space["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 3);
    for (candidate, k) in candidates.iter().zip(["2", "3", "4"]) {
        let cluster = shop.done(&["cluster", "in.arrow", "-k", k, "--n-init", "3", "--json"]);
        let cluster: Value = serde_json::from_str(&stdout(&cluster)).unwrap();
        assert_eq!(candidate["k"], cluster["k"]);
        assert_eq!(candidate["inertia"], cluster["inertia"]);
        assert_eq!(candidate["silhouette"], cluster["silhouette"]);
        let sizes: Vec<&Value> =
            cluster["segments"].as_array().unwrap().iter().map(|s| &s["size"]).collect();
        assert_eq!(candidate["sizes"].as_array().unwrap().iter().collect::<Vec<_>>(), sizes);
        assert_eq!(candidate["starts"]["n"], 3);
        assert_eq!(candidate["bootstrap"]["n"], 8);
        assert_eq!(candidate["bootstrap"]["jaccard"].as_array().unwrap().len(), sizes.len());
    }
    for field in ["recommended", "reason", "pareto", "infeasible", "columns", "scale", "n_rows"] {
        assert!(space.get(field).is_some(), "{field}");
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let shop = Workshop::new();
    let spaces = |threads| {
        let mut found = json(&shop, &["in.arrow", "--k", "2..4", "--threads", threads]);
        for list in ["candidates", "others"] {
            for timed in found["spaces"][0][list].as_array_mut().unwrap() {
                timed["seconds"].take();
            }
        }
        let files = ["selection.html", "labels.arrow"];
        (found["spaces"].take(), files.map(|name| shop.read(&format!("selection/{name}"))))
    };
    assert!(spaces("1") == spaces("3"));
}

#[test]
fn sets_transforms_and_scales_are_compared_each_in_a_space_of_its_own() {
    let shop = Workshop::new();
    let values = |f: fn(usize) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values((0..60).map(f)))
    };
    let columns = [
        ("a", values(|i| (i % 3) as f64 * 50.0 + (i % 7) as f64)),
        ("b", values(|i| ((i * i) % 17) as f64)),
        ("c", values(|i| ((i * 5) % 11) as f64)),
    ];
    write_table(&shop.path("three.arrow"), &table(&columns), 60);
    let found = json(
        &shop,
        &[
            "three.arrow",
            "--k",
            "2..3",
            "--sets",
            "two=a,b",
            "--sets",
            "all=a,b,c",
            "--transform",
            "none",
            "--transform",
            "a=log1p,c=sqrt",
            "--scale",
            "standard,none",
        ],
    );
    let spaces = found["spaces"].as_array().unwrap();
    let names: Vec<&str> = spaces.iter().map(|space| space["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 8);
    assert_eq!(names[0], "two · untransformed · standard");
    assert_eq!(names[7], "all · a=log1p,c=sqrt · none");
    assert_eq!(spaces[0]["columns"], serde_json::json!(["a", "b"]));
    // What one number in one space is does not depend on the others.
    let alone = json(&shop, &["three.arrow", "--k", "2..3", "--columns", "a,b"]);
    let score = |space: &Value| space["candidates"][1]["silhouette"].clone();
    assert_eq!(score(&alone["spaces"][0]), score(&spaces[0]));

    let args = ["select", "three.arrow", "--k", "2", "--scale", "standard,robust"];
    let text = stdout(&shop.done(&[&args[..], &QUICK].concat()));
    assert!(text.contains("never across"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let shop = Workshop::new();
    for (args, needed) in [
        (&["--k", "1..3"][..], "from 2 to"),
        (&["--k", "5..3"], "from 2 to"),
        (&["--k", "x"], "from 2 to"),
        (&["--min-share", "101"], "from 0 to 100"),
        (&["--sets", "a"], "NAME=COLUMN"),
        (&["--transform", "a=cube"], "log1p"),
        (&["-o", "-"], "standard output"),
        (&["--seeds", "0"], "from 1 to"),
        (&["--sets", "a=recency", "--sets", "a=spent"], "is there twice"),
        (&["--sets", "a=recency", "--transform", "spent=log1p"], "no set has the column"),
        (&["--algorithms", "ward,none"], "none beside others"),
    ] {
        let message = shop.refused(2, &[&["select", "in.arrow"], args].concat());
        assert!(message.contains(needed), "{args:?}: {message}");
    }
    let message = shop.refused(3, &["select", "in.arrow", "--sets", "a=nowhere"]);
    assert!(message.contains("nowhere"), "{message}");
    assert!(shop.names().is_empty(), "{:?}", shop.names());

    // Too few different rows for some numbers are a result.
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 1.0, 1.0, 2.0, 2.0, 9.0]));
    write_table(&shop.path("few.arrow"), &table(&[("x", values)]), 6);
    let found = json(&shop, &["few.arrow", "--k", "2..5"]);
    let refused = found["spaces"][0]["infeasible"].as_array().unwrap().clone();
    assert_eq!(refused.iter().map(|r| r["k"].as_u64().unwrap()).collect::<Vec<_>>(), [4, 5]);

    // But if there is no result at all, there is no file either.
    let values: ArrayRef = Arc::new(Float64Array::from(vec![4.0; 6]));
    write_table(&shop.path("same.arrow"), &table(&[("x", values)]), 6);
    let before = shop.read("selection/selection.html");
    let message = shop.refused(3, &["select", "same.arrow", "--k", "2..3"]);
    assert!(message.contains("no number of segments can be compared; 2: "), "{message}");
    assert_eq!(shop.read("selection/selection.html"), before);

    // A set in which nothing can be fitted leaves the columns of the others where they are.
    let flag: ArrayRef =
        Arc::new(Float64Array::from_iter_values((0..30).map(|i| f64::from(i % 2))));
    let line: ArrayRef = Arc::new(Float64Array::from_iter_values((0..30).map(f64::from)));
    write_table(&shop.path("sets.arrow"), &table(&[("flag", flag), ("line", line)]), 30);
    let sets = ["--sets", "A=flag", "--sets", "B=line", "--algorithms", "none", "--format", "csv"];
    json(&shop, &[&["sets.arrow", "--k", "3"][..], &sets].concat());
    let labels = String::from_utf8(shop.read("selection/labels.csv")).unwrap();
    let lines: Vec<&str> = labels.lines().collect();
    assert_eq!((lines[0], lines.len()), ("A kmeans,B kmeans", 31));
    assert!(lines[1..].iter().all(|line| line.starts_with(',') && line.len() == 2), "{labels}");
}

#[test]
fn transforms_of_other_sets_make_no_further_space() {
    let shop = Workshop::new();
    let line = [
        "in.arrow",
        "--k",
        "2",
        "--sets",
        "a=recency,spent",
        "--sets",
        "b=recency",
        "--transform",
        "spent=log1p",
        "--transform",
        "none",
        "--algorithms",
        "none",
    ];
    let found = json(&shop, &line);
    let names: Vec<&Value> =
        found["spaces"].as_array().unwrap().iter().map(|space| &space["name"]).collect();
    assert_eq!(names, ["a · spent=log1p", "a · untransformed", "b · untransformed"]);
}

#[test]
fn the_page_holds_what_is_printed() {
    let shop = Workshop::new();
    let found = json(&shop, &["in.arrow", "--k", "2..3"]);
    let page = String::from_utf8(shop.read("selection/selection.html")).unwrap();
    let space = &found["spaces"][0];
    let words = |value: &Value| value.as_str().unwrap().split(' ').next().unwrap().to_owned();
    assert!(page.contains(&words(&space["reason"])), "{page}");
    let candidates = space["candidates"].as_array().unwrap();
    for candidate in candidates {
        let silhouette = candidate["silhouette"]["value"].as_f64().unwrap();
        assert!(page.contains(&format!("<td>{silhouette:.4}</td>")), "{page}");
    }
    for other in space["others"].as_array().unwrap() {
        assert!(page.contains(&format!("<dt>{}</dt>", other["algorithm"].as_str().unwrap())));
    }
    let warnings = space["warnings"].as_array().unwrap();
    assert_eq!(page.matches("class=\"warning\"").count(), warnings.len());
    // Three is the end of the range and the best of it, or something else is.
    let is_end = space["recommended"] == 3;
    assert_eq!(space["warnings"].to_string().contains("the largest number"), is_end);
}

#[test]
fn one_comparison_has_no_standard_deviation() {
    let shop = Workshop::new();
    let line = ["select", "in.arrow", "--k", "2", "--seeds", "2", "--bootstrap", "1", "--json"];
    let found: Value = serde_json::from_str(&stdout(&shop.done(&line))).unwrap();
    let candidate = &found["spaces"][0]["candidates"][0];
    for agreement in [&candidate["starts"], &candidate["bootstrap"]["ari"]] {
        assert_eq!(agreement["n"], 1);
        assert!(agreement["sd"].is_null() && agreement["mean"].is_number(), "{agreement}");
    }
}

#[test]
fn stability_that_was_not_asked_for_is_null() {
    let shop = Workshop::new();
    let args = ["select", "in.arrow", "--k", "2", "--seeds", "1", "--bootstrap", "0", "--json"];
    let output = shop.done(&args);
    let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let candidate = &found["spaces"][0]["candidates"][0];
    assert!(
        candidate["starts"].is_null() && candidate["bootstrap"].is_null(),
        "{}",
        stderr(&output)
    );
}

#[test]
fn other_algorithms_are_judged_as_evaluate_judges_their_labels() {
    let shop = Workshop::new();
    let found = json(&shop, &["in.arrow", "--k", "2..3"]);
    let space = &found["spaces"][0];
    let others = space["others"].as_array().unwrap();
    let names: Vec<&str> = others.iter().map(|o| o["algorithm"].as_str().unwrap()).collect();
    assert_eq!(names, ["ward", "dbscan", "gmm"]);
    let evaluated = |name: &str| -> Value {
        let output = shop.done(&[
            "evaluate",
            "in.arrow",
            "--labels-from",
            "selection/labels.arrow",
            "--labels",
            name,
            "--scale",
            "standard",
            "--json",
        ]);
        serde_json::from_str(&stdout(&output)).unwrap()
    };
    for (name, other) in names.iter().zip(others) {
        assert!(other["error"].is_null(), "{other}");
        let scores = evaluated(name);
        for index in ["davies_bouldin", "calinski_harabasz", "inertia"] {
            let (a, b) = (scores[index].as_f64().unwrap(), other[index].as_f64().unwrap());
            assert!((a - b).abs() <= 1e-12 * b.abs(), "{name} {index}: {a} {b}");
        }
        assert_eq!(scores["silhouette"], other["silhouette"], "{name}");
        assert!(other["verdict"].as_str().is_some_and(|verdict| !verdict.is_empty()));
    }
    let recommended = space["recommended"].as_u64().unwrap();
    let taken = space["candidates"].as_array().unwrap().iter();
    let taken = taken.clone().find(|c| c["k"].as_u64() == Some(recommended)).unwrap();
    assert_eq!(evaluated("kmeans")["silhouette"], taken["silhouette"]);
    let none = json(&shop, &["in.arrow", "--k", "2", "--algorithms", "none"]);
    assert_eq!(none["spaces"][0]["others"], serde_json::json!([]));
}
