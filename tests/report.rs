//! `report` and `run` as their users see them: what marketing opens.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use arrow_array::{Float64Array, StringArray};
use serde_json::Value;

use crate::workshop::{Workshop, stderr, stdout, table, write_table};

/// What nobody should run, break or take for another thing.
const NAUGHTY: [&str; 14] = [
    "=HYPERLINK(\"http://example.org\",\"x\")",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "'; DROP TABLE customers; --",
    "\u{202e}gnp.exe",
    "a,b;c\td",
    "../../etc/passwd",
    "🧑‍🚀 Ünïcödé",
    "]]>--></style>",
];

fn sample() -> String {
    format!("{}/data", env!("CARGO_MANIFEST_DIR"))
}

/// A shop with a model of the sample's customers and a table that describes them.
fn shop() -> Workshop {
    let shop = Workshop::new();
    shop.done(&["features", &sample(), "--describe", "-q", "-o", "customers.arrow"]);
    shop.done(&["cluster", "customers.arrow", "-k", "5", "-q", "-o", "fit"]);
    shop
}

/// The report, with few resamples.
fn report(shop: &Workshop, out: &str, more: &[&str]) -> String {
    let line = ["report", "fit/model.json", "--features", "customers.arrow", "-o", out];
    let resamples = ["--bootstrap", "8"];
    let all: Vec<&str> = line.into_iter().chain(resamples).chain(more.iter().copied()).collect();
    stderr(&shop.done(&all))
}

fn text(shop: &Workshop, name: &str) -> String {
    String::from_utf8(shop.read(name)).unwrap()
}

fn segments(shop: &Workshop, out: &str) -> Value {
    serde_json::from_slice(&shop.read(&format!("{out}/segments.json"))).unwrap()
}

/// Every file below a folder, with its bytes.
fn files(shop: &Workshop, out: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![shop.path(out)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(shop.path(out)).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_report_has_all_its_files_and_everybody_is_in_one_campaign() {
    let shop = shop();
    report(&shop, "out", &[]);
    let found = files(&shop, "out");
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    for name in ["report.html", "segments.xlsx", "segments.json", "segments.toml", "logic/score.py"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(names.iter().filter(|name| name.starts_with("logic/")).count(), 7);
    assert_eq!(names.iter().filter(|name| name.starts_with("campaigns/")).count(), 5);

    let told = segments(&shop, "out");
    let n = told["n_customers"].as_u64().unwrap();
    let sizes: u64 =
        told["segments"].as_array().unwrap().iter().map(|s| s["size"].as_u64().unwrap()).sum();
    assert_eq!((n, sizes), (4826, 4826));
    let mut ids: Vec<String> = Vec::new();
    let mut n_control = 0;
    for (name, bytes) in found.iter().filter(|(name, _)| name.starts_with("campaigns/")) {
        let lines = String::from_utf8(bytes.clone()).unwrap();
        let mut lines = lines.lines();
        assert_eq!(lines.next(), Some("customer_unique_id,group"), "{name}");
        for line in lines {
            let (id, group) = line.split_once(',').unwrap();
            n_control += u32::from(group == "control");
            ids.push(id.to_owned());
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4826);
    // Four standard deviations of a binomial around a tenth.
    assert!((400..=566).contains(&n_control), "{n_control}");

    let page = text(&shop, "out/report.html");
    for segment in told["segments"].as_array().unwrap() {
        assert!(page.contains(segment["name"].as_str().unwrap()), "{segment}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"));
}

#[test]
fn the_same_input_gives_the_same_bytes_for_any_number_of_threads() {
    let shop = shop();
    report(&shop, "one", &["--threads", "1", "--lang", "fr"]);
    report(&shop, "three", &["--threads", "3", "--lang", "fr"]);
    let (one, three) = (files(&shop, "one"), files(&shop, "three"));
    assert_eq!(one.keys().collect::<Vec<_>>(), three.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(three[name] == *bytes, "{name} differs");
    }
}

#[test]
fn a_name_that_people_give_is_everywhere_and_stays() {
    let shop = shop();
    report(&shop, "out", &[]);
    let told = segments(&shop, "out");
    let was = told["segments"][0]["name"].as_str().unwrap();
    let names = text(&shop, "out/segments.toml");
    let edited = format!("# Ours.\n{}", names.replacen(was, "Our dearest", 1));
    fs::write(shop.path("out/segments.toml"), &edited).unwrap();
    let said = report(&shop, "out", &[]);
    assert_eq!(text(&shop, "out/segments.toml"), edited);
    assert_eq!(segments(&shop, "out")["segments"][0]["name"], "Our dearest");
    assert!(text(&shop, "out/report.html").contains("Our dearest"));
    assert!(text(&shop, "out/logic/score.py").contains("Our dearest"));
    let id = told["segments"][0]["id"].as_u64().unwrap();
    assert!(shop.path(&format!("out/campaigns/{id}-our-dearest.csv")).exists());
    // The file under the old name would be mailed by mistake.
    assert!(said.contains("was there before and is of no segment now"), "{said}");
}

#[test]
fn a_refit_moves_no_name_to_other_people() {
    let shop = shop();
    report(&shop, "out", &[]);
    // The same centres under each other's ids, as another seed could give them.
    let mut model: Value = serde_json::from_slice(&shop.read("fit/model.json")).unwrap();
    let swapped = |list: &mut Value| list.as_array_mut().unwrap().swap(0, 1);
    let text_before = model.to_string();
    let segments_of = model["segments"].as_array_mut().unwrap();
    let (a, b) = (segments_of[0].clone(), segments_of[1].clone());
    for key in a.as_object().unwrap().keys().filter(|key| *key != "id" && *key != "name") {
        segments_of[0][key] = b[key].clone();
        segments_of[1][key] = a[key].clone();
    }
    if model["centers"].is_array() {
        swapped(&mut model["centers"]);
    }
    assert_ne!(model.to_string(), text_before);
    fs::write(shop.path("fit/model.json"), model.to_string()).unwrap();

    let before = segments(&shop, "out");
    let said = report(&shop, "out", &[]);
    assert!(said.contains("is not used"), "{said}");
    let after = segments(&shop, "out");
    let of = |told: &Value, id: u64| {
        let all = told["segments"].as_array().unwrap();
        let own = all.iter().find(|s| s["id"].as_u64() == Some(id)).unwrap();
        (own["name"].as_str().unwrap().to_owned(), own["size"].as_u64().unwrap())
    };
    // Each name is of the people that it was of, whatever their number is now.
    let people = |told: &Value| {
        (0..5).map(|id| of(told, id)).map(|(name, size)| (size, name)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(people(&before), people(&after));
    assert_ne!(of(&before, 0), of(&after, 0));
}

#[test]
fn a_later_run_says_who_moved_and_carries_ids_on() {
    let shop = Workshop::new();
    let quick = ["--bootstrap", "8", "--seeds", "3", "--no-stability", "-k", "5"];
    let run = |out: &str, day: &str, more: &[&str]| {
        let sample = sample();
        let line = ["run", &sample, "--as-of", day, "-o", out, "--all-columns"];
        shop.done(&line.into_iter().chain(quick).chain(more.iter().copied()).collect::<Vec<_>>())
    };
    run("out", "2018-06-01", &[]);
    let first = segments(&shop, "out");
    run("out", "2018-06-08", &["--previous", "out"]);
    let second = segments(&shop, "out");
    let ids = |told: &Value| {
        let mut ids: Vec<u64> = told["segments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["id"].as_u64().unwrap())
            .collect();
        ids.sort_unstable();
        ids
    };
    // A small segment may be found in another form a week later, and then has a number of its own.
    let kept = ids(&second).into_iter().filter(|id| ids(&first).contains(id)).count();
    assert!(kept >= 4, "{:?} became {:?}", ids(&first), ids(&second));
    for segment in second["segments"].as_array().unwrap() {
        let id = segment["id"].as_u64().unwrap();
        assert_eq!(segment["size_before"].is_u64(), ids(&first).contains(&id), "{segment}");
    }
    let campaigns = files(&shop, "out");
    let moved = campaigns
        .iter()
        .filter(|(name, _)| name.starts_with("campaigns/"))
        .map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap().matches("2018-06-08").count())
        .sum::<usize>();
    let n = |told: &Value| told["n_customers"].as_u64().unwrap();
    let new = n(&second) - n(&first);
    assert!(moved as u64 >= new && new > 0, "{moved} of which {new} are new");

    // Again on the same day, from its own result: the same assignments.
    let assignments = shop.read("out/assignments.arrow");
    run("again", "2018-06-08", &["--previous", "out"]);
    assert!(shop.read("again/assignments.arrow") == assignments);
}

#[test]
fn one_command_goes_from_orders_to_the_contract() {
    let shop = Workshop::new();
    let line =
        ["run", &sample(), "-o", "out", "--bootstrap", "4", "--seeds", "2", "--periods", "3"];
    let more = ["--n-init", "2", "--json", "--lang", "pt-BR"];
    let output = shop.done(&line.into_iter().chain(more).collect::<Vec<_>>());
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(said["command"], "run");
    assert!(said["choice"].is_string());
    for name in
        ["report.html", "segments.xlsx", "model.json", "assignments.arrow", "features.arrow"]
    {
        assert!(shop.path("out").join(name).exists(), "{name}");
    }
    assert!(text(&shop, "out/maintenance.html").contains("Proposta"));
    assert!(text(&shop, "out/report.html").contains("lang=\"pt-BR\""));
    // Its files are those that `report` makes of them.
    let line = ["report", "out/model.json", "--features", "out/features.arrow", "-o", "by-report"];
    let more = ["--assignments", "out/assignments.arrow", "--stability", "out", "--bootstrap", "4"];
    shop.done(&line.into_iter().chain(more).chain(["--lang", "pt-BR"]).collect::<Vec<_>>());
    assert_eq!(
        segments(&shop, "out")["segments"][0]["size"],
        segments(&shop, "by-report")["segments"][0]["size"]
    );
}

#[test]
fn hostile_words_run_nowhere() {
    let shop = Workshop::new();
    let long = "x".repeat(5_000);
    let words: Vec<&str> = NAUGHTY.iter().copied().chain([long.as_str()]).collect();
    let n = 40 * words.len();
    let number = |f: fn(usize) -> f64| Arc::new(Float64Array::from_iter_values((0..n).map(f)));
    let ids: Vec<String> = (0..n).map(|row| format!("{}{row}", words[row % words.len()])).collect();
    let states: Vec<&str> = (0..n).map(|row| words[row % words.len()]).collect();
    let batch = table(&[
        ("customer", Arc::new(StringArray::from(ids))),
        (
            "spent",
            number(|row| if row % 2 == 0 { 10.0 + row as f64 } else { 5_000.0 + row as f64 }),
        ),
        ("recency_days", number(|row| (row % 300) as f64)),
        ("state", Arc::new(StringArray::from(states))),
    ]);
    write_table(&shop.path("customers.arrow"), &batch, n);
    shop.done(&["cluster", "customers.arrow", "-k", "4", "-q", "-o", "fit"]);
    let mut names = String::new();
    let mut model: Value = serde_json::from_slice(&shop.read("fit/model.json")).unwrap();
    for (segment, name) in model["segments"].as_array_mut().unwrap().iter_mut().zip(&words[4..]) {
        segment["name"] = Value::from(*name);
        names += name;
    }
    fs::write(shop.path("fit/model.json"), model.to_string()).unwrap();
    report(&shop, "out", &["--all-columns"]);
    let page = text(&shop, "out/report.html");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(
        !page.contains("<img") && !page.contains("onerror=alert(1)>") && !page.contains('\u{202e}')
    );
    assert!(page.contains("{{ 7 * 7 }}") && !page.contains(">49"));
    let mut n_rows = 0;
    for (name, bytes) in
        files(&shop, "out").iter().filter(|(name, _)| name.starts_with("campaigns/"))
    {
        assert!(!name.contains("..") && name.is_ascii(), "{name}");
        let lines = String::from_utf8(bytes.clone()).unwrap();
        for line in lines.lines().skip(1) {
            let cell = line.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{name}: {line}");
            n_rows += 1;
        }
    }
    assert_eq!(n_rows, n);
}

#[test]
fn what_cannot_be_told_is_refused_and_nothing_is_written() {
    let shop = shop();
    report(&shop, "out", &[]);
    let before = files(&shop, "out");
    let refused = |code, more: &[&str]| {
        let line = ["report", "fit/model.json", "--features", "customers.arrow", "-o", "out"];
        let all: Vec<&str> = line.into_iter().chain(more.iter().copied()).collect();
        shop.refused(code, &all)
    };
    fs::write(shop.path("page.html"), "<p>{{ title }}</p>\n<p>{{ nothing.there }}</p>\n").unwrap();
    let message = refused(3, &["--template", "page.html", "--bootstrap", "0"]);
    assert!(message.contains("line 2") && message.contains("page.html"), "{message}");
    fs::write(shop.path("names.toml"), "[[segment]]\nid = 0\n").unwrap();
    let message = refused(2, &["--names", "names.toml"]);
    assert!(message.contains("names.toml: segment number 1: name is missing"), "{message}");
    let message = refused(1, &["--stability", "nowhere"]);
    assert!(message.contains("stability.json"), "{message}");
    let message = refused(2, &["--control", "1"]);
    assert!(message.contains("below 1"), "{message}");
    shop.done(&["cluster", "customers.arrow", "-k", "3", "-q", "-o", "other"]);
    let message = refused(3, &["--assignments", "other/assignments.arrow"]);
    assert!(message.contains("by the model") && message.contains("row "), "{message}");
    assert!(files(&shop, "out") == before);

    fs::write(shop.path("page.html"), "<h1>{{ title }}</h1>{{ segments | length }}").unwrap();
    report(&shop, "own", &["--template", "page.html"]);
    assert_eq!(text(&shop, "own/report.html"), "<h1>Customer segments</h1>5");
}

#[test]
fn ids_can_be_hashed_and_files_made_for_a_spreadsheet() {
    let shop = shop();
    report(&shop, "plain", &[]);
    report(&shop, "hashed", &["--hash-ids", "--excel"]);
    let groups = |out: &str, separator: char| -> Vec<String> {
        let all = files(&shop, out);
        let campaigns = all.iter().filter(|(name, _)| name.starts_with("campaigns/"));
        campaigns
            .flat_map(|(_, bytes)| {
                let lines = String::from_utf8(bytes.clone()).unwrap();
                lines.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
            })
            .map(|line| line.rsplit_once(separator).unwrap().1.to_owned())
            .collect()
    };
    // Who is held back does not depend on how ids are written.
    assert_eq!(groups("plain", ','), groups("hashed", ';'));
    let all = files(&shop, "hashed");
    let (_, bytes) = all.iter().find(|(name, _)| name.starts_with("campaigns/")).unwrap();
    assert!(bytes.starts_with("\u{feff}customer_unique_id;group".as_bytes()));
    let line = String::from_utf8(bytes.clone()).unwrap();
    let id = line.lines().nth(1).unwrap().split(';').next().unwrap().to_owned();
    assert!(id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
}

#[test]
fn one_segment_and_rows_without_ids_are_told_too() {
    let shop = Workshop::new();
    let numbers = Float64Array::from_iter((0..50).map(|row| (row != 7).then_some(f64::from(row))));
    let batch = table(&[("x", Arc::new(numbers))]);
    write_table(&shop.path("customers.arrow"), &batch, 50);
    let line = ["cluster", "customers.arrow", "-k", "1", "--missing", "drop", "-q", "-o", "fit"];
    shop.done(&line);
    report(&shop, "out", &[]);
    let told = segments(&shop, "out");
    assert_eq!((told["n_customers"].as_u64(), told["n_unassigned"].as_u64()), (Some(50), Some(1)));
    assert!(text(&shop, "out/report.html").contains("1 customers are in no segment"));
    let message = shop.refused(
        3,
        &[
            "report",
            "fit/model.json",
            "--features",
            "customers.arrow",
            "--previous",
            "fit/assignments.arrow",
            "-o",
            "o",
        ],
    );
    assert!(message.contains("no ids") || message.contains("id"), "{message}");
}
