//! The command as its users see it: exit codes, streams, files.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};
use segengine::{Purpose, Seed};

use crate::workshop::{Workshop, batch, read_arrow, stderr, stdout, table, write_table};

#[test]
fn cluster_writes_a_model_and_a_segment_per_row() {
    let shop = Workshop::new();
    let output = shop.done(&["cluster", "in.arrow", "-k", "3"]);
    assert_eq!(shop.names(), ["segments"]);

    let batches = read_arrow(shop.read("segments/assignments.arrow"));
    assert_eq!(batches.len(), 1);
    let names: Vec<_> =
        batches[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    let columns = ["segment", "segment_name", "distance", "margin", "confidence", "is_far"];
    assert_eq!((names[0].as_str(), &names[1..]), ("customer", &columns.map(str::to_owned)[..]));
    assert_eq!(batches[0].num_rows(), 1203);
    let ids = batches[0].column(0).as_string::<i32>();
    let segments = batches[0].column(1).as_primitive::<UInt32Type>();
    let label = |row: usize| segments.value(row);
    for row in 0..1203 {
        assert_eq!(ids.value(row), format!("customer {row}"));
        let first = [0, 600, 1200][usize::from(row >= 600) + usize::from(row >= 1200)];
        assert_eq!(label(row), label(first), "row {row}");
    }

    // The table is on standard output; what is said about it is not.
    let (out, err) = (stdout(&output), stderr(&output));
    assert!(out.contains("spent") && out.contains("49.9 %"), "{out}");
    assert!(err.contains("note: ids from column \"customer\""), "{err}");
    assert!(err.contains("holds less than 1 % of the rows"), "{err}");
    assert!(!out.contains("warning") && !out.contains('\u{1b}') && !err.contains('\u{1b}'));
}

#[test]
fn json_has_exactly_the_promised_fields_in_order() {
    let shop = Workshop::new();
    let output = shop.done(&["cluster", "in.arrow", "-k", "2", "--json", "--seed", "7"]);
    let text = stdout(&output);
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();

    // serde_json sorts the keys of a parsed object; their order in the text is asked of the text.
    let keys = [
        "command",
        "version",
        "input",
        "n_rows",
        "n_features",
        "columns",
        "k",
        "algorithm",
        "isa",
        "threads",
        "precision",
        "seed",
        "inertia",
        "n_iter",
        "converged",
        "n_init",
        "scale",
        "silhouette",
        "segments",
        "match",
        "timings",
        "outputs",
        "warnings",
    ];
    let mut sorted = keys;
    sorted.sort_unstable();
    assert_eq!(value.as_object().unwrap().keys().collect::<Vec<_>>(), sorted);
    let places: Vec<_> =
        keys.iter().map(|key| text.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");

    assert_eq!(value["command"], "cluster");
    assert_eq!(value["n_rows"], 1203);
    assert_eq!(value["columns"], serde_json::json!(["recency", "spent"]));
    assert_eq!(value["algorithm"], "lloyd");
    assert_eq!(value["precision"], "f64");
    assert_eq!(value["seed"], 7);
    assert_eq!(value["n_init"], 10);
    assert_eq!(value["converged"], true);
    assert_eq!(value["scale"], "standard");
    assert_eq!(value["match"], serde_json::Value::Null);
    // Two far clusters and a few rows beside them.
    assert_eq!(value["silhouette"]["method"], "exact");
    assert_eq!(value["silhouette"]["n"], 1203);
    assert!(value["silhouette"]["value"].as_f64().unwrap() > 0.9, "{}", value["silhouette"]);
    assert_eq!(value["outputs"]["model"], "segments/model.json");
    assert_eq!(value["outputs"]["assignments"], "segments/assignments.arrow");
    let timings: Vec<_> = value["timings"].as_object().unwrap().keys().collect();
    assert_eq!(
        timings,
        ["fit_s", "prepare_s", "read_s", "score_s", "seed_s", "total_s", "write_s"]
    );
    let stages: f64 = ["read_s", "prepare_s", "seed_s", "fit_s", "score_s", "write_s"]
        .iter()
        .map(|stage| value["timings"][stage].as_f64().unwrap())
        .sum();
    assert!(stages <= value["timings"]["total_s"].as_f64().unwrap());

    let segments = value["segments"].as_array().unwrap();
    let total: u64 = segments.iter().map(|segment| segment["size"].as_u64().unwrap()).sum();
    assert_eq!((segments.len(), total), (2, 1203));
    for segment in segments {
        let keys: Vec<_> = segment.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["center", "id", "mean", "name", "share", "size"]);
        let (center, mean) = (&segment["center"]["spent"], &segment["mean"]["spent"]);
        let difference = center.as_f64().unwrap() - mean.as_f64().unwrap();
        // Without a transform a centre is the mean of its rows.
        assert!(difference.abs() < 1e-6 * mean.as_f64().unwrap().abs(), "{segment}");
    }
}

#[test]
fn bytes_do_not_depend_on_threads_batches_or_mapping() {
    let shop = Workshop::new();
    write_table(&shop.path("cut.arrow"), &batch(0, 1203), 25);
    for format in ["arrow", "parquet", "csv"] {
        let name = format!("assignments.{format}");
        let line = |input, out, threads| {
            ["cluster", input, "-k", "3", "-q", "--format", format, "-o", out, "--threads", threads]
        };
        shop.done(&line("in.arrow", "first", "1"));
        for threads in ["2", "3", "8"] {
            shop.done(&line("in.arrow", "other", threads));
            assert!(shop.read(&format!("first/{name}")) == shop.read(&format!("other/{name}")));
            assert!(shop.read("first/model.json") == shop.read("other/model.json"));
        }
        for extra in [&["--no-map"][..], &[]] {
            let mut args = line("cut.arrow", "other", "2").to_vec();
            args.extend(extra);
            shop.done(&args);
            assert!(shop.read(&format!("first/{name}")) == shop.read(&format!("other/{name}")));
            assert!(shop.read("first/model.json") == shop.read("other/model.json"));
        }
    }
}

#[test]
fn assign_gives_the_labels_of_the_fit() {
    let shop = Workshop::new();
    for format in ["arrow", "parquet", "csv"] {
        shop.done(&["cluster", "in.arrow", "-k", "3", "--format", format]);
        shop.done(&[
            "assign",
            "segments/model.json",
            "in.arrow",
            "-o",
            "again",
            "--format",
            format,
        ]);
        let name = format!("assignments.{format}");
        assert!(shop.read(&format!("segments/{name}")) == shop.read(&format!("again/{name}")));
    }
    // The same rows elsewhere in another table keep their segments.
    write_table(&shop.path("part.arrow"), &batch(590, 40), 7);
    let line = ["assign", "segments/model.json", "part.arrow", "-o", "-", "--format", "csv"];
    let part = stdout(&shop.done(&line));
    let whole = String::from_utf8(shop.read("segments/assignments.csv")).unwrap();
    let expected: Vec<_> = whole.lines().skip(591).take(40).collect();
    assert_eq!(part.lines().skip(1).collect::<Vec<_>>(), expected);
    assert!(expected[0].starts_with("customer 590,"), "{}", expected[0]);
}

#[test]
fn assign_reports_as_json_and_refuses_other_columns() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "2"]);
    let line = ["assign", "segments/model.json", "in.arrow", "-o", "again", "--json"];
    let value: serde_json::Value = serde_json::from_str(&stdout(&shop.done(&line))).unwrap();
    assert_eq!(value["command"], "assign");
    assert_eq!(value["n_rows"], 1203);
    assert_eq!(value["n_unassigned"], 0);
    assert_eq!(value["segments"][0]["share"], value["segments"][0]["share_in_fit"]);

    let other = table(&[("recency", Arc::new(Float64Array::from(vec![1.0, 2.0])))]);
    write_table(&shop.path("other.arrow"), &other, 2);
    let message = shop.refused(3, &["assign", "segments/model.json", "other.arrow", "-o", "no"]);
    assert!(message.contains("other.arrow") && message.contains("spent"), "{message}");
    fs::write(shop.path("model.json"), "{}").unwrap();
    let message = shop.refused(3, &["assign", "model.json", "in.arrow", "-o", "no"]);
    assert!(message.contains("model.json"), "{message}");
    assert!(!shop.path("no").exists());
    shop.refused(2, &["assign", "segments/model.json", "in.arrow", "-o", "-", "--json"]);
}

#[test]
fn rows_with_missing_values_are_refused_or_left_without_a_segment() {
    let shop = Workshop::new();
    let rows = vec![Some(1.0), Some(2.0), None, Some(9.0), Some(f64::NAN), Some(8.0)];
    let input = table(&[
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5, 6]))),
        ("x", Arc::new(Float64Array::from(rows))),
    ]);
    write_table(&shop.path("holes.arrow"), &input, 6);
    let message = shop.refused(3, &["cluster", "holes.arrow", "-k", "2"]);
    assert!(message.contains("holes.arrow: column \"x\", row 3: "), "{message}");
    assert!(message.contains("--missing"), "{message}");
    assert_eq!(shop.names(), ["holes.arrow"]);
    // A model has no such option: what helps there is another fit.
    shop.done(&["cluster", "in.arrow", "-k", "2", "--columns", "spent", "-o", "model"]);
    let input = table(&[("spent", Arc::new(Float64Array::from(vec![Some(1.0), None])))]);
    write_table(&shop.path("new.arrow"), &input, 2);
    let message = shop.refused(3, &["assign", "model/model.json", "new.arrow", "-o", "new"]);
    assert!(message.contains("row 2: value is null (the model was fitted"), "{message}");

    let line = ["cluster", "holes.arrow", "-k", "2", "--missing", "drop", "--format", "csv"];
    let output = shop.done(&line);
    assert!(stderr(&output).contains("2 rows"), "{}", stderr(&output));
    assert!(stdout(&output).contains("unassigned"), "{}", stdout(&output));
    let text = String::from_utf8(shop.read("segments/assignments.csv")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 7);
    assert_eq!((lines[3], lines[5]), ("3,,,,,,", "5,,,,,,"));
    assert!(lines[6].starts_with("6,"), "{text}");
}

#[test]
fn usage_errors_are_2_and_unusable_data_is_3() {
    let shop = Workshop::new();
    shop.refused(2, &["cluster", "in.arrow", "-k", "3", "-o", "-"]);
    for args in [
        &["cluster", "in.arrow"][..],
        &["cluster", "in.arrow", "-k", "0"],
        &["cluster", "in.arrow", "-k", "16777217"],
        &["cluster", "in.arrow", "-k", "2", "--batch-size", "9"],
        &["cluster", "in.arrow", "-k", "2", "--init", "in.arrow", "--n-init", "3"],
        &["cluster", "in.arrow", "-k", "2", "--transform", "spent=cube"],
        &["cluster", "in.arrow", "-k", "2", "--columns", "spent", "--exclude", "recency"],
        &["nonsense"],
    ] {
        shop.refused(2, args);
    }
    let message = shop.refused(3, &["cluster", "in.arrow", "-k", "5000"]);
    let range = "in.arrow: 1203 rows, 5000 segments (-k from 1 to 1203 is accepted here)";
    assert!(message.contains(range), "{message}");
    for unknown in [
        &["--columns", "spent,nothing"][..],
        &["--exclude", "nothing"],
        &["--id", "nothing"],
        &["--weight", "nothing"],
        &["--transform", "nothing=sqrt"],
    ] {
        let mut args = vec!["cluster", "in.arrow", "-k", "2"];
        args.extend(unknown);
        let output = shop.run(&args);
        let code = output.status.code();
        assert!(matches!(code, Some(2 | 3)), "{args:?}: {code:?}");
        assert!(stderr(&output).contains("nothing"), "{}", stderr(&output));
    }
    fs::write(shop.path("text.arrow"), "<html>").unwrap();
    assert!(shop.refused(3, &["cluster", "text.arrow", "-k", "2"]).contains("text.arrow"));
    assert!(shop.refused(1, &["cluster", "missing", "-k", "2"]).contains("missing"));
    assert_eq!(shop.names(), ["text.arrow"]);
}

#[test]
fn columns_are_chosen_by_name_even_with_commas() {
    let shop = Workshop::new();
    let numbers = || Arc::new(Float64Array::from(vec![1.0, 2.0, 8.0, 9.0])) as ArrayRef;
    let input = table(&[("a,b", numbers()), ("c", numbers()), ("d", numbers())]);
    write_table(&shop.path("commas.arrow"), &input, 4);
    let columns = |extra: &[&str]| {
        let mut args = vec!["cluster", "commas.arrow", "-k", "2", "--json"];
        args.extend(extra);
        let value: serde_json::Value = serde_json::from_str(&stdout(&shop.done(&args))).unwrap();
        value["columns"].clone()
    };
    use serde_json::json;
    assert_eq!(columns(&["--columns", "d,c"]), json!(["d", "c"]));
    assert_eq!(columns(&["--columns", "a,b", "--columns", "c"]), json!(["a,b", "c"]));
    assert_eq!(columns(&["--exclude", "\"a,b\""]), json!(["c", "d"]));
    assert_eq!(columns(&[]), json!(["a,b", "c", "d"]));
}

#[test]
fn given_centres_are_one_start_in_original_units() {
    let shop = Workshop::new();
    let centres = table(&[
        ("spent", Arc::new(Float64Array::from(vec![5000.0, 100.0, 20.0]))),
        ("recency", Arc::new(Float64Array::from(vec![100.0, 30.0, 300.0]))),
    ]);
    write_table(&shop.path("centres.arrow"), &centres, 3);
    let line = ["cluster", "in.arrow", "-k", "3", "--init", "centres.arrow", "--json"];
    let value: serde_json::Value = serde_json::from_str(&stdout(&shop.done(&line))).unwrap();
    assert_eq!(value["n_init"], 1);
    let sizes: Vec<_> =
        value["segments"].as_array().unwrap().iter().map(|s| s["size"].as_u64()).collect();
    assert_eq!(sizes, [Some(3), Some(600), Some(600)]);
    let message = shop.refused(3, &["cluster", "in.arrow", "-k", "2", "--init", "centres.arrow"]);
    assert!(message.contains("centres.arrow") && message.contains("2 needed"), "{message}");

    let centres = table(&[
        ("spent", Arc::new(Float64Array::from(vec![Some(100.0), None]))),
        ("recency", Arc::new(Float64Array::from(vec![30.0, 300.0]))),
    ]);
    write_table(&shop.path("centres.arrow"), &centres, 2);
    let message = shop.refused(3, &["cluster", "in.arrow", "-k", "2", "--init", "centres.arrow"]);
    assert!(
        message.contains("centres.arrow: column \"spent\", row 2: value is null")
            && message.contains("(a starting centre needs one in every column)"),
        "{message}"
    );
}

#[test]
fn csv_cells_cannot_run_in_a_spreadsheet() {
    let shop = Workshop::new();
    let ids = vec!["=HYPERLINK(\"x\")", "plain", "@a", "-5"];
    let input = table(&[
        ("who", Arc::new(StringArray::from(ids))),
        ("x", Arc::new(Float64Array::from(vec![1.0, 2.0, 8.0, 9.0]))),
    ]);
    write_table(&shop.path("evil.arrow"), &input, 4);
    let output = shop.done(&["cluster", "evil.arrow", "-k", "2", "--format", "csv"]);
    assert!(stderr(&output).contains("3 text cells"), "{}", stderr(&output));
    let text = String::from_utf8(shop.read("segments/assignments.csv")).unwrap();
    let starts: Vec<_> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(starts, ["\"'=HYPERLINK(\"\"x\"\")\"", "plain", "'@a", "'-5"]);
}

#[test]
fn ids_keep_the_name_of_their_column_and_assign_looks_for_it() {
    let shop = Workshop::new();
    let texts = |prefix| {
        Arc::new(StringArray::from(["a", "b", "c", "d"].map(|t| format!("{prefix}{t}")).to_vec()))
            as ArrayRef
    };
    let x = || Arc::new(Float64Array::from(vec![1.0, 2.0, 8.0, 9.0])) as ArrayRef;
    let input = table(&[("city", texts("city ")), ("who, \"exactly\"", texts("")), ("x", x())]);
    write_table(&shop.path("two.arrow"), &input, 4);
    let line = ["cluster", "two.arrow", "-k", "2", "--id", "who, \"exactly\"", "--format"];
    for format in ["csv", "parquet", "arrow"] {
        shop.done(&[&line[..], &[format]].concat());
    }
    let text = String::from_utf8(shop.read("segments/assignments.csv")).unwrap();
    let columns = "segment,segment_name,distance,margin,confidence,is_far";
    assert!(text.starts_with(&format!("\"who, \"\"exactly\"\"\",{columns}\na,")));
    let batches = read_arrow(shop.read("segments/assignments.arrow"));
    assert_eq!(batches[0].schema().field(0).name(), "who, \"exactly\"");

    let assign = |file: &str, extra: &[&str]| {
        let line = ["assign", "segments/model.json", file, "-o", "-", "--format", "csv"];
        let output = shop.done(&[&line[..], extra].concat());
        (stdout(&output).lines().nth(1).unwrap().to_owned(), stderr(&output))
    };
    let (first, said) = assign("two.arrow", &[]);
    assert!(
        first.starts_with("a,") && said.contains("exactly\"\", as in the fit"),
        "{first} {said}"
    );
    let (first, said) = assign("two.arrow", &["--id", "city"]);
    assert!(first.starts_with("city a,") && !said.contains("the fit"), "{first} {said}");

    // Other ids are taken only if they are named, and none only where there are none.
    write_table(&shop.path("one.arrow"), &input.project(&[0, 2]).unwrap(), 4);
    write_table(&shop.path("none.arrow"), &input.project(&[2]).unwrap(), 4);
    let line = ["assign", "segments/model.json", "one.arrow", "-o", "other"];
    let message = shop.refused(3, &line);
    assert!(
        message.contains("one.arrow: column \"who, \"exactly\"\": the fit took its ids from it")
            && message.contains("(--id names another, such as \"city\")"),
        "{message}"
    );
    assert!(!shop.path("other").exists());
    let (first, _) = assign("one.arrow", &["--id", "city"]);
    assert!(first.starts_with("city a,"), "{first}");
    let (first, said) = assign("none.arrow", &[]);
    assert!(first.starts_with("0,") && said.contains("as the fit had"), "{first} {said}");

    // A name that the assignments have already is refused before any work.
    let input = table(&[("segment_name", texts("")), ("x", x())]);
    write_table(&shop.path("taken.arrow"), &input, 4);
    let message = shop.refused(3, &["cluster", "taken.arrow", "-k", "99", "-o", "no"]);
    assert!(
        message.contains("taken.arrow: column \"segment_name\": cannot be the id"),
        "{message}"
    );
    assert!(!shop.path("no").exists());
}

#[test]
fn a_spreadsheet_with_decimal_commas_is_read_and_said_to_be() {
    let shop = Workshop::new();
    fs::write(shop.path("pt.csv"), "cliente;gasto;pedidos\na;1,5;1\nb;2;2\nc;80,25;9\n").unwrap();
    let output = shop.done(&["cluster", "pt.csv", "-k", "2", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(value["columns"], serde_json::json!(["gasto", "pedidos"]));
    let said = "commas were read as decimal commas in \"gasto\"";
    assert!(stderr(&output).contains(said) && value["warnings"][0] == said, "{value}");
    let means: Vec<_> =
        (0..2).map(|i| value["segments"][i]["mean"]["gasto"].as_f64().unwrap()).collect();
    assert!(means.contains(&1.75) && means.contains(&80.25), "{means:?}");
}

#[test]
fn an_output_that_is_the_input_is_refused() {
    let shop = Workshop::new();
    fs::create_dir(shop.path("out")).unwrap();
    let target = shop.path("out/assignments.arrow");
    let before = shop.read("in.arrow");
    let line = ["cluster", "in.arrow", "-k", "2", "-o", "out"];

    fs::hard_link(shop.path("in.arrow"), &target).unwrap();
    assert!(shop.refused(2, &line).contains("is an input"));
    #[cfg(unix)]
    {
        fs::remove_file(&target).unwrap();
        std::os::unix::fs::symlink(shop.path("in.arrow"), &target).unwrap();
        assert!(shop.refused(2, &line).contains("is an input"));
    }
    fs::remove_file(&target).unwrap();
    fs::rename(shop.path("in.arrow"), &target).unwrap();
    let line = ["cluster", "out/assignments.arrow", "-k", "2", "-o", "out"];
    assert!(shop.refused(2, &line).contains("is an input"));
    assert!(shop.read("out/assignments.arrow") == before);
}

#[test]
fn an_older_result_survives_a_failure() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "2"]);
    let before = [shop.read("segments/model.json"), shop.read("segments/assignments.arrow")];
    shop.refused(3, &["cluster", "in.arrow", "-k", "5000"]);
    let after = [shop.read("segments/model.json"), shop.read("segments/assignments.arrow")];
    assert!(before == after);
    assert_eq!(fs::read_dir(shop.path("segments")).unwrap().count(), 2);

    // Nothing can be written below a file, and that is found before any work.
    assert!(
        shop.refused(1, &["cluster", "in.arrow", "-k", "2", "-o", "in.arrow"])
            .contains("not a directory")
    );
}

#[test]
fn assignments_that_are_not_of_the_new_model_are_named() {
    let shop = Workshop::new();
    let said = |args: &[&str]| stderr(&shop.done(&[&["cluster", "in.arrow"], args].concat()));
    let stale = "note: segments/assignments.arrow was there before and is not of this model\n";
    for _ in 0..2 {
        assert!(!said(&["-k", "2"]).contains("there before"));
    }
    assert!(said(&["-k", "3", "--format", "csv"]).contains(stale));
    assert_eq!(said(&["-k", "3", "--format", "csv", "-q"]), "");
    assert!(!said(&["-k", "3", "--format", "csv", "-o", "other"]).contains("there before"));
}

#[test]
fn quiet_is_quiet_and_verbose_says_more() {
    let shop = Workshop::new();
    let output = shop.done(&["cluster", "in.arrow", "-k", "3", "-q"]);
    assert!(stderr(&output).is_empty() && stdout(&output).contains("Segment 3"));
    let help = stdout(&shop.done(&["cluster", "-h"]));
    let words: Vec<_> = help.split_whitespace().collect();
    assert!(words.join(" ").contains("results are printed all the same"), "{help}");
    let more = stderr(&shop.done(&["cluster", "in.arrow", "-k", "3", "-v"]));
    assert!(more.contains("1,203 rows") && more.contains("\"recency\" Float64"), "{more}");
}

#[test]
fn the_instruction_set_can_be_narrowed() {
    let shop = Workshop::new();
    let line = ["cluster", "in.arrow", "-k", "2", "--json"];
    let output = shop.command(&line).env("SEGENGINE_ISA", "portable").output().unwrap();
    assert!(stdout(&output).contains("\"isa\":\"portable\""), "{}", stderr(&output));
    let output = shop.command(&line).env("SEGENGINE_ISA", "mmx").output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("SEGENGINE_ISA"), "{}", stderr(&output));
}

#[test]
fn help_completions_and_manual_are_printed() {
    let shop = Workshop::new();
    for (args, expected) in [
        (&["--help"][..], "segengine cluster data/features.arrow -k 6"),
        (&["cluster", "--help"], "Example"),
        (&["assign", "--help"], "Example"),
        (&["completions", "bash"], "_segengine"),
        (&["man"], ".TH"),
        (&["man", "cluster"], "max\\-iter"),
    ] {
        let output = shop.done(args);
        assert!(stdout(&output).contains(expected), "{args:?}: {}", stdout(&output));
        assert_eq!(stderr(&output), "");
    }
    shop.refused(2, &["man", "nothing"]);
}

/// A table that takes long to fit, and arguments that make it take longer.
#[cfg(unix)]
fn start_long_run(shop: &Workshop) -> Child {
    let mut noise = Seed(6).stream(Purpose::Synthetic, 0);
    let mut column = || {
        let values: Vec<f64> = (0..300_000).map(|_| noise.uniform()).collect();
        Arc::new(Float64Array::from(values)) as ArrayRef
    };
    let input = table(&[("x", column()), ("y", column()), ("z", column())]);
    write_table(&shop.path("large.arrow"), &input, 100_000);
    let line = [
        "cluster",
        "large.arrow",
        "-k",
        "64",
        "-v",
        "--tol",
        "0",
        "--n-init",
        "1000",
        "-o",
        "out/deep",
    ];
    let mut child =
        shop.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It listens to signals long before it has read the table and says so.
    let mut first = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("note: "), "{first}");
    std::thread::sleep(Duration::from_millis(300));
    child
}

#[cfg(unix)]
fn send(signal: &str, to: &Child) {
    let kill = Command::new("kill").args(["-s", signal, &to.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

/// Waits for what should end soon; a child that does not is killed, so that the test ends.
#[cfg(unix)]
fn wait_for_end(child: &mut Child) -> std::process::ExitStatus {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap()
}

#[cfg(unix)]
#[test]
fn signals_end_a_run_within_a_second_and_leave_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let shop = Workshop::new();
        let mut child = start_long_run(&shop);
        assert!(shop.path("out/deep").is_dir());
        let sent = Instant::now();
        send(signal, &child);
        let status = wait_for_end(&mut child);
        // One second, and what a loaded machine may need to notice.
        assert!(sent.elapsed() < Duration::from_secs(3), "{:?}", sent.elapsed());
        assert_eq!(status.code(), Some(code));
        let mut rest = String::new();
        child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
        assert!(rest.ends_with("error: interrupted\n"), "{rest}");
        assert_eq!(shop.names(), ["large.arrow"]);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_cut_short_meanwhile_is_what_went_wrong() {
    let shop = Workshop::new();
    let mut child = start_long_run(&shop);
    let file = fs::OpenOptions::new().write(true).open(shop.path("large.arrow")).unwrap();
    file.set_len(4096).unwrap();
    let status = wait_for_end(&mut child);
    let mut rest = String::new();
    child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(status.code(), Some(1), "{rest}");
    assert!(rest.contains("changed while being read"), "{rest}");
    assert_eq!(shop.names(), ["large.arrow"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_bus_error_that_somebody_sends_ends_the_run() {
    use std::os::unix::process::ExitStatusExt as _;

    let shop = Workshop::new();
    let mut child = start_long_run(&shop);
    send("BUS", &child);
    assert_eq!(wait_for_end(&mut child).signal(), Some(libc::SIGBUS));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_that_waits_for_its_input_and_writes_no_file() {
    use std::os::unix::fs::OpenOptionsExt as _;

    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3"]);
    assert!(Command::new("mkfifo").arg(shop.path("pipe")).status().unwrap().success());
    let line = ["assign", "segments/model.json", "pipe", "-q", "-o", "-"];
    let mut child =
        shop.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Without waiting, a pipe can be opened for writing once somebody reads it.
    let started = Instant::now();
    let never_closed = loop {
        let mut options = fs::OpenOptions::new();
        match options.write(true).custom_flags(libc::O_NONBLOCK).open(shop.path("pipe")) {
            Ok(pipe) => break pipe,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(20), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let sent = Instant::now();
    send("INT", &child);
    let status = wait_for_end(&mut child);
    assert!(sent.elapsed() < Duration::from_secs(3), "{:?}", sent.elapsed());
    assert_eq!(status.code(), Some(130));
    drop(never_closed);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "error: interrupted\n");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_success() {
    let shop = Workshop::new();
    let mut child = shop
        .command(&["cluster", "in.arrow", "-k", "3", "-q"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(fs::read_dir(shop.path("segments")).unwrap().count(), 2);

    for line in [
        &["assign", "segments/model.json", "in.arrow", "-q", "-o", "-"][..],
        &["cluster", "--help"],
    ] {
        let mut child = shop.command(line).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{line:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error_that_leaves_nothing() {
    let shop = Workshop::new();
    shop.done(&["cluster", "in.arrow", "-k", "3", "-o", "kept"]);
    let before = shop.names();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [
        &["--help"][..],
        &["cluster", "--help"],
        &["--version"],
        &["man"],
        &["cluster", "in.arrow", "-k", "3"],
        &["assign", "kept/model.json", "in.arrow", "-o", "-"],
        &["assign", "kept/model.json", "in.arrow", "-o", "assigned"],
    ] {
        let output = shop.command(args).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(stderr(&output).contains("No space left"), "{}", stderr(&output));
        assert_eq!(shop.names(), before, "{args:?}");
    }
}

/// A file system of `size`, unmounted when dropped; `None`, with the reason printed, where it
/// cannot be had.
#[cfg(target_os = "linux")]
struct SmallDisk(PathBuf);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount(at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at).output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(at)),
            outcome => {
                eprintln!("skipped: no tmpfs can be mounted here: {outcome:?}");
                None
            }
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_older_result() {
    let shop = Workshop::new();
    let Some(disk) = SmallDisk::mount(shop.path("disk"), "size=64k") else {
        return;
    };
    let small = batch(0, 100);
    write_table(&shop.path("small.arrow"), &small, 100);
    shop.done(&["cluster", "small.arrow", "-k", "2", "-o", "disk/out"]);
    let before = [shop.read("disk/out/model.json"), shop.read("disk/out/assignments.arrow")];

    let message = shop.refused(1, &["cluster", "in.arrow", "-k", "2", "-o", "disk/out"]);
    assert!(message.contains("No space left"), "{message}");
    let after = [shop.read("disk/out/model.json"), shop.read("disk/out/assignments.arrow")];
    assert!(before == after);
    assert_eq!(fs::read_dir(shop.path("disk/out")).unwrap().count(), 2);
    drop(disk);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_cannot_be_written_is_found_before_any_work() {
    let shop = Workshop::new();
    let Some(disk) = SmallDisk::mount(shop.path("disk"), "size=128k,ro") else {
        return;
    };
    // The input does not exist, but the output is looked at first.
    let message = shop.refused(1, &["cluster", "missing", "-k", "2", "-o", "disk/out"]);
    assert!(message.contains("disk/out") && message.contains("Read-only"), "{message}");
    drop(disk);
}
