//! The daily run: `assign` of order tables and with `--previous`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt32Type;
use arrow_array::{Array as _, ArrayRef, Float64Array, Int64Array, RecordBatch};
use serde_json::{Value, json};

use crate::workshop::{Workshop, read_arrow, stderr, stdout, table, write_table};

fn sample() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").to_str().unwrap().to_owned()
}

fn json_of(shop: &Workshop, args: &[&str]) -> Value {
    let output = shop.done(&[args, &["--json"]].concat());
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// A shop whose model is of the sample's customers as known on a day.
fn fitted(day: &str, features: &[&str], cluster: &[&str]) -> Workshop {
    let shop = Workshop::new();
    let line = ["features", &sample(), "--as-of", day, "-q", "-o", "fit.arrow"];
    shop.done(&[&line[..], features].concat());
    let line = ["cluster", "fit.arrow", "-k", "4", "-q", "--silhouette", "off"];
    shop.done(&[&line[..], cluster].concat());
    shop
}

const MODEL: &str = "segments/model.json";

#[test]
fn orders_are_assigned_as_their_features_are() {
    let few = ["--columns", "spent,recency_days"];
    let several = ["--columns", "delivery_days,purchases,distance_km", "--missing", "median"];
    let overlay = ["--columns", "recency_days,spent"];
    for (features, cluster) in [
        (&["--set", "rfm-review"][..], &[][..]),
        (&["--set", "rfm", "--from", "2017-06-01"], &few),
        (&["--set", "full", "--recency", "relative"], &several),
        (&["--recency", "overlay"], &overlay),
    ] {
        let shop = fitted("2018-03-01", features, cluster);
        for day in [Some("2018-06-15"), None] {
            let day: Vec<&str> = day.iter().flat_map(|day| ["--as-of", day]).collect();
            let line = ["features", &sample(), "-q", "-o", "new.arrow"];
            shop.done(&[&line[..], &day, features].concat());
            shop.done(&["assign", MODEL, "new.arrow", "-q", "-o", "by-file"]);
            for threads in ["1", "3"] {
                let line = ["assign", MODEL, &sample(), "-q", "-o", "by-orders"];
                shop.done(&[&line[..], &day, &["--threads", threads]].concat());
                let name = "assignments.arrow";
                let [by_file, by_orders] =
                    ["by-file", "by-orders"].map(|dir| shop.read(&format!("{dir}/{name}")));
                assert!(by_file == by_orders, "{features:?} {day:?} {threads}");
            }
        }
    }
}

#[test]
fn another_shop_is_assigned_through_its_mapping() {
    let shop = Workshop::new();
    let mut csv = "client,when,bill,amount\n".to_owned();
    for i in 0..40 {
        let (day, amount) = (1 + i % 28, if i % 2 == 0 { 10 } else { 900 + i });
        csv += &format!("c{i},2018-03-{day:02} 10:00:00,{i},{amount}\n");
    }
    fs::write(shop.path("shop.csv"), csv).unwrap();
    let mapping = "[columns]\ncustomer = \"client\"\ntime = \"when\"\norder = \"bill\"\n\
                   amount = \"amount\"\n";
    fs::write(shop.path("shop.toml"), mapping).unwrap();
    let orders = ["shop.csv", "--mapping", "shop.toml", "-q"];
    shop.done(&[&["features"][..], &orders, &["--set", "rfm"]].concat());
    shop.done(&["cluster", "features.arrow", "-k", "2", "-q"]);
    shop.done(&["assign", MODEL, "features.arrow", "-q", "-o", "by-file"]);
    let report = json_of(&shop, &[&["assign", MODEL, "-o", "by-orders"][..], &orders].concat());
    assert_eq!(report["as_of"], "2018-03-28");
    let name = "assignments.arrow";
    let of = |dir: &str| shop.read(&format!("{dir}/{name}"));
    assert!(of("by-file") == of("by-orders") && of("by-file") == of("segments"));
    assert_eq!(read_arrow(of("by-orders"))[0].schema().field(0).name(), "client");
}

#[test]
fn a_day_can_be_run_again() {
    let shop = fitted("2018-03-01", &[], &[]);
    let line = |previous: &str, day: &str, extra: &[&str]| -> Vec<String> {
        let line =
            ["assign", MODEL, &sample(), "--as-of", day, "-o", "out", "--previous", previous];
        [&line[..], extra].concat().into_iter().map(str::to_owned).collect()
    };
    let run = |line: &[String]| -> (Value, Vec<u8>, Vec<u8>) {
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let report = json_of(&shop, &line);
        (report, shop.read("out/assignments.arrow"), shop.read("out/moves.csv"))
    };
    let first = line("segments/assignments.arrow", "2018-03-08", &[]);
    let (report, assignments, moves) = run(&first);
    let counts = |report: &Value| ["n_moved", "n_new"].map(|field| report[field].as_u64().unwrap());
    let [n_moved, n_new] = counts(&report);
    assert!(n_moved > 0 && n_new > 0, "{report}");
    assert_eq!((&report["n_gone"], &report["as_of"]), (&json!(0), &json!("2018-03-08")));
    let text = String::from_utf8(moves.clone()).unwrap();
    assert_eq!(text.lines().count() as u64, 1 + n_moved + n_new);

    // The same command, and with its own result as the one of before, on any number of threads.
    let own = "out/assignments.arrow";
    for again in [first, line(own, "2018-03-08", &[]), line(own, "2018-03-08", &["--threads", "1"])]
    {
        let (report, again_assignments, again_moves) = run(&again);
        assert!(again_assignments == assignments && again_moves == moves, "{again:?}");
        assert_eq!(counts(&report), [n_moved, n_new]);
    }

    // On the next day what was known is carried on, and only that day's moves are told.
    let (report, next, next_moves) = run(&line(own, "2018-03-09", &[]));
    assert!(next_moves != moves);
    let days = |batches: &[RecordBatch]| -> Vec<Option<String>> {
        let of = |batch: &RecordBatch| {
            let days = batch.column_by_name("changed_on").unwrap().as_string::<i32>().clone();
            (0..days.len())
                .map(|row| days.is_valid(row).then(|| days.value(row).to_owned()))
                .collect::<Vec<_>>()
        };
        batches.iter().flat_map(of).collect()
    };
    let days = days(&read_arrow(next));
    let n_on = |day: &str| days.iter().flatten().filter(|on| *on == day).count() as u64;
    let [n_moved_next, n_new_next] = counts(&report);
    assert_eq!(n_on("2018-03-09"), n_moved_next + n_new_next);
    assert!(n_new_next > 0);
    assert!((1..=n_moved + n_new).contains(&n_on("2018-03-08")));
    // Who was in a segment from the fit on, nobody knows since when.
    assert!(days.iter().any(Option::is_none));
}

#[test]
fn campaign_files_follow_the_day() {
    let shop = fitted("2018-03-01", &["--describe"], &[]);
    shop.done(&["report", MODEL, "--features", "fit.arrow", "-q", "--bootstrap", "0", "-o", "out"]);
    let names = String::from_utf8(shop.read("out/segments.toml")).unwrap();
    let (start, end) = (names.find("name = ").unwrap(), names.find("\nmember").unwrap());
    let names = names.replacen(&names[start..end], "name = \"Our best\"", 1);
    fs::write(shop.path("segments/segments.toml"), names).unwrap();

    let line = ["assign", MODEL, &sample(), "--as-of", "2018-03-08", "-q", "--campaigns"];
    let previous = ["--previous", "segments/assignments.arrow"];
    let report = json_of(&shop, &[&line[..], &previous, &["-o", "today"]].concat());
    let files: Vec<&str> =
        report["outputs"]["campaigns"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    assert_eq!(files.len(), 4);
    let groups = |dir: &str| -> HashMap<String, (String, bool)> {
        let mut groups = HashMap::new();
        for entry in fs::read_dir(shop.path(&format!("{dir}/campaigns"))).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
            for line in fs::read_to_string(&path).unwrap().lines().skip(1) {
                let (id, group) = line.split_once(',').unwrap();
                let before = groups.insert(id.to_owned(), (file.clone(), group == "control"));
                assert_eq!(before, None, "{id} gets two campaigns");
            }
        }
        groups
    };
    let (before, today) = (groups("out"), groups("today"));
    // Everybody of the day has one, by the segment of the day, and nobody changed the group.
    let batch = &read_arrow(shop.read("today/assignments.arrow"))[0];
    let texts = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
    let (ids, segments) = (texts("customer_unique_id"), texts("segment_name"));
    assert_eq!(ids.len(), today.len());
    for (id, segment) in ids.iter().flatten().zip(segments.iter().flatten()) {
        let (file, is_control) = &today[id];
        assert_eq!(segment == "Our best", file == "0-our-best", "{file}: {segment}");
        assert!(before.get(id).is_none_or(|(_, before)| before == is_control), "{id}");
    }
    assert!(today.len() > before.len() && today.values().any(|(_, is_control)| *is_control));
    assert!(segments.iter().flatten().any(|name| name == "Our best"));

    assert_eq!(report["warnings"].as_array().unwrap().len(), 0, "{report}");

    // Assignments that call all segments otherwise may be those of another model.
    let again = ["--previous", "today/assignments.arrow", "--names", "out/segments.toml"];
    let other = json_of(&shop, &[&line[..], &again, &["-o", "other"]].concat());
    assert_eq!(other["warnings"].as_array().unwrap().len(), 0, "one name differs: {other}");
    let renamed = String::from_utf8(shop.read("out/segments.toml")).unwrap();
    let renamed = renamed.replace("\nname = \"", "\nname = \"Other ");
    fs::write(shop.path("renamed.toml"), renamed).unwrap();
    let again = ["--previous", "today/assignments.arrow", "--names", "renamed.toml"];
    let other = json_of(&shop, &[&line[..], &again, &["-o", "other"]].concat());
    let warning = other["warnings"][0].as_str().unwrap();
    assert!(warning.contains("other names for all 4 segments"), "{warning}");

    // Files of names that are no more are said, and the names can be those of another file.
    let other = ["--names", "out/segments.toml", "-o", "today"];
    let output = shop.done(&[&line[..5], &["--campaigns"], &other].concat());
    let said = stderr(&output);
    assert!(said.contains("0-our-best.csv was there before and is of no segment now"), "{said}");
    let output = shop.run(&[&line[..5], &["--campaigns", "-o", "-"]].concat());
    assert!(stderr(&output).contains("standard output cannot hold"), "{}", stderr(&output));
}

/// A model of two segments, of customers 1 to 4 by one column: the ids of the low and the high one.
fn two_segments(shop: &Workshop) -> (u32, u32) {
    write_customers(shop, "in.arrow", &[1, 2, 3, 4], &[1.0, 2.0, 8.0, 9.0]);
    shop.done(&["cluster", "in.arrow", "-k", "2", "-q"]);
    let batches = read_arrow(shop.read("segments/assignments.arrow"));
    let segments = batches[0].column_by_name("segment").unwrap().as_primitive::<UInt32Type>();
    (segments.value(0), segments.value(3))
}

fn write_customers(shop: &Workshop, name: &str, ids: &[i64], x: &[f64]) {
    let ids: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
    let x: ArrayRef = Arc::new(Float64Array::from(x.to_vec()));
    write_table(&shop.path(name), &table(&[("client_id", ids), ("x", x)]), 2);
}

/// Lines of a file of assignments in CSV: id, segment, and what changed.
fn changes(shop: &Workshop, name: &str) -> Vec<String> {
    let text = String::from_utf8(shop.read(name)).unwrap();
    let of = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        [&cells[..2], &cells[7..]].concat().join(",")
    };
    text.lines().skip(1).map(of).collect()
}

#[test]
fn changes_are_told_by_id_whatever_the_order() {
    let shop = Workshop::new();
    let (low, high) = two_segments(&shop);
    // 1 moved from a segment that is no more, 2 stays, -3 moved, 4 is gone, 5 and 6 are new.
    let previous = format!(
        "client_id,segment,segment_name,previous_segment,previous_segment_name,changed_on\n\
         4,{high},x,,,\n\
         -3,{low},x,,,2018-01-01\n\
         2,{low},x,9,Nine,2018-02-03\n\
         1,7,\"Old, \"\"seven\"\"\",,,2018-01-02\n"
    );
    fs::write(shop.path("previous.csv"), &previous).unwrap();
    write_customers(&shop, "new.arrow", &[6, 1, 2, -3, 5], &[9.0, 1.0, 2.0, 8.0, 1.0]);
    let line = ["assign", MODEL, "new.arrow", "--as-of", "2018-03-01", "-o", "out"];
    let with = ["--format", "csv", "--previous"];
    let first = [&line[..], &with, &["previous.csv"]].concat();
    let report = json_of(&shop, &first);
    let name = |id: u32| format!("Segment {}", id + 1);
    let day = "2018-03-01";
    let expected = [
        format!("6,{high},,,{day}"),
        format!("1,{low},7,\"Old, \"\"seven\"\"\",{day}"),
        format!("2,{low},9,Nine,2018-02-03"),
        format!("-3,{high},{low},{},{day}", name(low)),
        format!("5,{low},,,{day}"),
    ];
    // (A comma in a name splits what the lines above join again.)
    assert_eq!(changes(&shop, "out/assignments.csv"), expected);
    let moves = format!(
        "client_id,from_segment,from_name,to_segment,to_name\n\
         6,,,{high},{}\n1,7,\"Old, \"\"seven\"\"\",{low},{}\n-3,{low},{},{high},{}\n5,,,{low},{}\n",
        name(high),
        name(low),
        name(low),
        name(high),
        name(low)
    );
    assert_eq!(String::from_utf8(shop.read("out/moves.csv")).unwrap(), moves);
    for (field, n) in [("n_moved", 2), ("n_new", 2), ("n_gone", 1), ("n_far", 0)] {
        assert_eq!(report[field], n, "{field}");
    }
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("1 customer moved from 1 segment that this model"), "{warnings}");
    assert!(warnings.contains("1 customer of the previous assignments is not"), "{warnings}");

    // Again, from the result in each format: the name of the segment that is no more is kept.
    let csv = shop.read("out/assignments.csv");
    for format in ["csv", "parquet", "arrow"] {
        let previous = format!("out/assignments.{format}");
        shop.done(&[&line[..], &["--format", format, "--previous", "previous.csv", "-q"]].concat());
        shop.done(&[&line[..], &["--format", "csv", "-q", "--previous", &previous]].concat());
        assert!(shop.read("out/assignments.csv") == csv, "{format}");
        assert_eq!(String::from_utf8(shop.read("out/moves.csv")).unwrap(), moves, "{format}");
    }

    // The summary says the same.
    let output = shop.done(&first);
    let said = stdout(&output);
    assert!(said.contains("2 moved on 2018-03-01, 2 new, 1 gone"), "{said}");
    assert!(said.contains("out/moves.csv") && said.contains("0 rows (0.0 %) farther"), "{said}");
    // Without --previous there are no moves, and old ones are named.
    let output = shop.done(&line);
    let said = stderr(&output);
    assert!(said.contains("out/moves.csv was there before and is not of this run"), "{said}");
    let report = json_of(&shop, &line);
    assert_eq!((&report["n_moved"], &report["outputs"]["moves"]), (&Value::Null, &Value::Null));
}

#[test]
fn customers_without_a_segment_come_and_go() {
    let shop = Workshop::new();
    write_customers(&shop, "in.arrow", &[1, 2, 3, 4], &[1.0, 2.0, 8.0, 9.0]);
    shop.done(&["cluster", "in.arrow", "-k", "2", "-q", "--missing", "drop"]);
    write_customers(&shop, "gap.arrow", &[1, 2, 3], &[f64::NAN, 2.0, 8.0]);
    let line = ["assign", MODEL, "--format", "csv", "-q", "-o", "out"];
    let run = |input: &str, day: &str, previous: &str| {
        let rest = [input, "--as-of", day, "--previous", previous];
        let report = json_of(&shop, &[&line[..], &rest].concat());
        let lines = changes(&shop, "out/assignments.csv");
        (lines[0].clone(), report["n_moved"].clone(), report["n_new"].clone())
    };
    let (first, moved, new) = run("gap.arrow", "2018-03-01", "segments/assignments.arrow");
    assert!(first.starts_with("1,,") && first.ends_with(",2018-03-01"), "{first}");
    assert_eq!((moved, new), (json!(1), json!(0)));
    // Two days later there is a value again, and the segment it had has long been left.
    let (second, moved, new) = run("in.arrow", "2018-03-03", "out/assignments.csv");
    assert!(second.ends_with(",,,2018-03-03") && !second.starts_with("1,,"), "{second}");
    assert_eq!((moved, new), (json!(0), json!(2)));
}

#[test]
fn a_row_beyond_the_reach_of_the_fit_is_far() {
    let shop = Workshop::new();
    two_segments(&shop);
    write_customers(&shop, "new.arrow", &[1, 2], &[1.5, 100.0]);
    let line = ["assign", MODEL, "new.arrow", "--format", "csv", "-o", "out"];
    assert_eq!(json_of(&shop, &line)["n_far"], 1);
    let text = String::from_utf8(shop.read("out/assignments.csv")).unwrap();
    let ends: Vec<_> = text.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(ends, ["is_far", "false", "true"]);
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let shop = Workshop::new();
    let (low, _) = two_segments(&shop);
    let before = shop.read("segments/assignments.arrow");
    let refused = |code, args: &[&str]| {
        let line = ["assign", MODEL, "-o", "out"];
        let message = shop.refused(code, &[&line[..], args].concat());
        assert!(!shop.path("out").exists(), "{args:?}");
        message
    };
    let own = ["--previous", "segments/assignments.arrow"];
    let dated = [&own[..], &["--as-of", "2018-03-01"]].concat();

    let message = refused(2, &[&["in.arrow"][..], &own].concat());
    assert!(message.contains("--as-of"), "{message}");
    let line = ["assign", MODEL, "in.arrow", "-o", "-", "--as-of", "2018-03-01"];
    let message = shop.refused(2, &[&line[..], &own].concat());
    assert!(message.contains("standard output cannot hold"), "{message}");

    // Ids that are there twice, in either, or under another name, or not at all.
    let write = |name: &str, text: &str| fs::write(shop.path(name), text).unwrap();
    write("twice.csv", &format!("client_id,segment\n1,{low}\n2,{low}\n1,{low}\n"));
    let day = ["in.arrow", "--as-of", "2018-03-01", "--previous"];
    let message = refused(3, &[&day[..], &["twice.csv"]].concat());
    let said = "twice.csv: column \"client_id\", row 3: \"1\" is the id of an earlier row";
    assert!(message.contains(said), "{message}");
    for ids in [[1, 2, 1], [5, 6, 5]] {
        write_customers(&shop, "twice.arrow", &ids, &[1.0, 2.0, 3.0]);
        let message = refused(3, &[&["twice.arrow"][..], &dated].concat());
        assert!(message.contains("column \"client_id\", row 3"), "{message}");
    }
    write("other.csv", &format!("person,segment\n1,{low}\n"));
    let message = refused(3, &[&day[..], &["other.csv"]].concat());
    assert!(message.contains("\"person\"") && message.contains("\"client_id\""), "{message}");
    write("none.csv", &format!("segment,segment_name\n{low},x\n"));
    let message = refused(3, &[&day[..], &["none.csv"]].concat());
    assert!(message.contains("no column of ids"), "{message}");
    let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    write_table(&shop.path("nobody.arrow"), &table(&[("x", x)]), 2);
    let message = refused(3, &[&["nobody.arrow"][..], &dated].concat());
    assert!(message.contains("no column of ids"), "{message}");

    write("features.csv", "client_id,x\n1,2\n");
    let message = refused(3, &[&day[..], &["features.csv"]].concat());
    assert!(message.contains("column \"segment\""), "{message}");
    write("later.csv", &format!("client_id,segment,changed_on\n1,{low},2018-03-02\n"));
    let message = refused(3, &[&day[..], &["later.csv"]].concat());
    assert!(message.contains("2018-03-02, after 2018-03-01"), "{message}");

    // An earlier file is never lost by a run that fails.
    let line = ["assign", MODEL, "twice.arrow", "-o", "segments"];
    shop.refused(3, &[&line[..], &dated].concat());
    assert!(shop.read("segments/assignments.arrow") == before);
}

#[test]
fn a_model_that_order_tables_cannot_serve_is_refused() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "2", "-q", "-o", "plain"]);
    let message = shop.refused(3, &["assign", "plain/model.json", &sample(), "-o", "out"]);
    assert!(message.contains("hint: cluster a file that `segengine features` wrote"), "{message}");

    let features = ["features", &sample(), "-q", "--set", "rfm"];
    let cluster = |file: &str, out: &str| {
        shop.done(&["cluster", file, "-k", "2", "-q", "--silhouette", "off", "-o", out]);
    };
    shop.done(&[&features[..], &["--naive", "-o", "naive.arrow"]].concat());
    cluster("naive.arrow", "naive");
    let message = shop.refused(3, &["assign", "naive/model.json", &sample(), "-o", "out"]);
    assert!(message.contains("--naive"), "{message}");

    shop.done(&[&features[..], &["--one-hot", "state=1", "-o", "states.arrow"]].concat());
    cluster("states.arrow", "states");
    let message = shop.refused(3, &["assign", "states/model.json", &sample(), "-o", "out"]);
    assert!(message.contains("column \"state=") && message.contains("--one-hot"), "{message}");

    shop.done(&[&features[..], &["-o", "rfm.arrow"]].concat());
    cluster("rfm.arrow", "rfm");
    let line = ["assign", "rfm/model.json", &sample(), "-o", "out", "--as-of", "2010-01-01"];
    let message = shop.refused(3, &line);
    assert!(message.contains("no order was placed by 2010-01-01"), "{message}");
    let message = shop.refused(2, &["assign", "rfm/model.json", &sample(), "-o", "o", "--id", "x"]);
    assert!(message.contains("--id"), "{message}");
    assert!(!shop.path("out").exists());

    // The day of a table of features is that of the file, unless another is given.
    let line = ["assign", "rfm/model.json", "rfm.arrow", "-o", "out"];
    let previous = ["--previous", "rfm/assignments.arrow"];
    let report = json_of(&shop, &[&line[..], &previous].concat());
    let day = report["as_of"].as_str().unwrap().to_owned();
    assert_eq!((&report["n_moved"], &report["n_gone"]), (&json!(0), &json!(0)));
    let output = shop.done(&[&line[..], &previous, &["--as-of", "2018-12-24"]].concat());
    let said = stderr(&output);
    assert!(
        said.contains(&format!("dated 2018-12-24, but the features are those of {day}")),
        "{said}"
    );
}
