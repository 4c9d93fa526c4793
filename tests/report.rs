//! `report` and `run` as their users see them: what marketing opens.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{Float64Array, StringArray};
use serde_json::Value;

use crate::workshop::{Workshop, read_arrow, stderr, stdout, table, write_table};

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
    let resamples = ["--bootstrap", "20"];
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
    let given = names.replacen(&format!("name = \"{was}\""), "name = \"Our dearest\"", 1);
    let edited = format!("# Ours.\n{given}");
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
    let names = text(&shop, "out/segments.toml").replace("\nsuggested", " # ours\nsuggested");
    let names: String = names.replace("\nname = \"", "\nname = \"The ");
    fs::write(shop.path("out/segments.toml"), names).unwrap();
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
    report(&shop, "out", &[]);
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
    assert!(people(&after).values().all(|name| name.starts_with("The ")));
    assert_ne!(of(&before, 0), of(&after, 0));
}

#[test]
fn a_later_run_says_who_moved_and_carries_ids_on() {
    let shop = Workshop::new();
    let quick = ["--bootstrap", "20", "--seeds", "3", "--no-stability", "-k", "5"];
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
fn a_run_that_makes_less_leaves_what_was_there() {
    let shop = Workshop::new();
    let run = |more: &[&str]| {
        let sample = sample();
        let line = ["run", &sample, "-o", "out", "-k", "5", "--bootstrap", "20", "--seeds", "2"];
        stderr(&shop.done(&[&line[..], &["--n-init", "2"], more].concat()))
    };
    run(&["--periods", "2"]);
    let before = files(&shop, "out");
    // The orders do not reach so far back, and nobody asked.
    for more in [&["--periods", "300"][..], &["--no-stability"]] {
        let said = run(more);
        let after = files(&shop, "out");
        for name in ["maintenance.html", "maintenance.json", "stability.html", "stability.json"] {
            assert!(after[name] == before[name], "{name}");
            assert!(
                said.contains(&format!("{name} was there before and is not of this run")),
                "{said}"
            );
        }
        assert!(after["report.html"] != before["report.html"]);
    }
}

/// A file of names in which every segment is called `Group` and its number.
fn grouped(names: &str) -> String {
    let mut number = 0;
    let line = |line: &str| {
        if !line.starts_with("name = ") {
            return format!("{line}\n");
        }
        number += 1;
        format!("name = \"Group {}\"\n", number - 1)
    };
    names.lines().map(line).collect()
}

/// Who is in the segment of each name.
fn people(shop: &Workshop, out: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for batch in read_arrow(shop.read(&format!("{out}/assignments.arrow"))) {
        let texts = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        let (ids, names) = (texts("customer_unique_id"), texts("segment_name"));
        for (id, name) in ids.iter().flatten().zip(names.iter().flatten()) {
            people.entry(name.to_owned()).or_default().insert(id.to_owned());
        }
    }
    people
}

#[test]
fn names_survive_refits_of_other_numbers() {
    let shop = Workshop::new();
    let sample = sample();
    let quick = ["--bootstrap", "0", "--seeds", "2", "--no-stability", "-o", "out"];
    let run = |day: &str, k: &str, more: &[&str]| {
        let line = ["run", &sample, "--as-of", day, "-k", k];
        stderr(&shop.done(&[&line[..], &quick, more].concat()))
    };
    let previous = ["--previous", "out"];
    run("2018-03-01", "5", &[]);
    fs::write(shop.path("out/segments.toml"), grouped(&text(&shop, "out/segments.toml"))).unwrap();
    run("2018-03-01", "5", &previous);
    let first = people(&shop, "out");
    assert!(first.keys().all(|name| name.starts_with("Group ")), "{:?}", first.keys());
    let all: BTreeSet<&String> = first.values().flatten().collect();
    let mut n_unused = 0;
    for (day, k) in
        [("2018-03-08", "6"), ("2018-03-15", "4"), ("2018-03-22", "7"), ("2018-03-29", "5")]
    {
        let said = run(day, k, &previous);
        assert!(!said.contains("other names"), "ids were carried on: {said}");
        let (now, names) = (people(&shop, "out"), text(&shop, "out/segments.toml"));
        assert_eq!(now.len().to_string(), k);
        let (used, unused) = names.split_once("\n[[unused]]").unwrap_or((&names, ""));
        for (name, group) in &first {
            let line = format!("name = \"{name}\"\n");
            let Some(own) = now.get(name) else {
                assert!(unused.contains(&line) && !used.contains(&line), "{name}: {names}");
                n_unused += 1;
                continue;
            };
            assert!(used.contains(&line) && !unused.contains(&line), "{name}: {names}");
            let known = own.iter().filter(|id| all.contains(id)).count();
            let same = own.intersection(group).count();
            assert!(2 * same > known, "{name} on {day}: {same} of {known} are of those who had it");
        }
    }
    assert!(n_unused > 0, "no name was ever without people, so nothing was tried");
}

#[test]
fn names_of_the_earlier_run_are_of_its_people_whatever_the_numbers() {
    let shop = Workshop::new();
    let sample = sample();
    let run = |out: &str, more: &[&str]| {
        let line = ["run", &sample, "-o", out, "-k", "5", "--bootstrap", "0", "--seeds", "2"];
        shop.run(&[&line[..], &["--no-stability"], more].concat())
    };
    assert!(run("one", &[]).status.success());
    fs::write(shop.path("one/segments.toml"), grouped(&text(&shop, "one/segments.toml"))).unwrap();
    assert!(run("one", &[]).status.success());
    let first = people(&shop, "one");
    // Another fit in the folder gives the numbers to others; the names are of who had them.
    let line = ["cluster", "one/features.arrow", "-k", "5", "-q", "-o", "one"];
    let mut n_moved = 0;
    for seed in ["3", "4", "5", "6"] {
        shop.done(&[&line[..], &["--seed", seed]].concat());
        assert!(run("two", &["--previous", "one"]).status.success());
        let now = people(&shop, "two");
        assert_eq!(now.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
        for (name, own) in &now {
            let both = own.intersection(&first[name]).count();
            assert!(10 * both > 9 * own.len(), "{name} is of others with seed {seed}");
        }
        n_moved +=
            usize::from(text(&shop, "one/segments.toml") != text(&shop, "two/segments.toml"));
    }
    assert!(n_moved > 0, "no seed gave other numbers, so nothing was tried");

    // A name that was given here and is not known there would be lost.
    let named = text(&shop, "two/segments.toml").replacen("Group 1", "Ours", 1);
    fs::write(shop.path("two/segments.toml"), &named).unwrap();
    let output = run("two", &["--previous", "one"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("\"Ours\", which would be lost"), "{}", stderr(&output));
    let output = run("two", &["--previous", "one", "--names", "two/segments.toml"]);
    assert!(output.status.success() && people(&shop, "two").contains_key("Ours"));
    // And so would one that waits for its people.
    let waiting = format!("{named}\n[[unused]]\nid = 9\nname = \"Refunds\"\n");
    fs::write(shop.path("two/segments.toml"), waiting).unwrap();
    let output = run("two", &["--previous", "one", "--names", "one/segments.toml"]);
    assert!(stderr(&output).contains("would be lost"), "{}", stderr(&output));
}

#[test]
fn names_follow_the_language_unless_people_gave_them() {
    let shop = shop();
    let names = |lang: &str| -> Vec<String> {
        let said = report(&shop, "out", &["--lang", lang]);
        assert!(!said.contains("any more"), "{said}");
        let told = segments(&shop, "out");
        let all = told["segments"].as_array().unwrap().iter();
        all.map(|segment| segment["name"].as_str().unwrap().to_owned()).collect()
    };
    let english = names("en");
    let french = names("fr");
    assert!(english.iter().all(|name| !french.contains(name)), "{english:?} {french:?}");
    assert_eq!(names("en"), english);
    // One is given the name that another language would suggest: it stays in all of them.
    let text = text(&shop, "out/segments.toml");
    let (own, other) = (&english[1], &french[1]);
    let given = text.replacen(&format!("name = \"{own}\""), &format!("name = \"{other}\""), 1);
    fs::write(shop.path("out/segments.toml"), given).unwrap();
    for lang in ["fr", "pt-BR", "en"] {
        assert_eq!(&names(lang)[1], other, "{lang}");
    }
}

#[test]
fn the_proposal_counts_in_the_currency_of_the_page() {
    let shop = Workshop::new();
    let run = |more: &[&str]| {
        let sample = sample();
        let line = ["run", &sample, "-o", "out", "-k", "4", "--bootstrap", "0", "--seeds", "2"];
        shop.run(&[&line[..], &["--n-init", "2", "--periods", "2"], more].concat())
    };
    assert!(run(&["--currency", "EUR"]).status.success());
    let proposal = text(&shop, "out/maintenance.html");
    assert!(proposal.contains('€') && !proposal.contains("R$"), "{proposal}");
    let output = run(&["--currency", "GBP"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("shop_currency = \"GBP\""), "{}", stderr(&output));
    assert!(run(&["--currency", "GBP", "--no-stability"]).status.success());
    fs::write(shop.path("terms.toml"), "shop_currency = \"BRL\"\n").unwrap();
    let output = run(&["--currency", "EUR", "--terms", "terms.toml"]);
    assert!(stderr(&output).contains("the same is needed"), "{}", stderr(&output));
}

#[test]
fn one_command_goes_from_orders_to_the_contract() {
    let shop = Workshop::new();
    let line =
        ["run", &sample(), "-o", "out", "--bootstrap", "20", "--seeds", "2", "--periods", "3"];
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
    let more =
        ["--assignments", "out/assignments.arrow", "--stability", "out", "--bootstrap", "20"];
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
    let message = refused(2, &["--bootstrap", "19"]);
    assert!(message.contains("0, or a whole number from 20"), "{message}");
    let message = refused(1, &["--stability", "nowhere"]);
    assert!(message.contains("stability.json"), "{message}");
    let message = refused(2, &["--control", "1"]);
    assert!(message.contains("below 1"), "{message}");
    shop.done(&["cluster", "customers.arrow", "-k", "3", "-q", "-o", "other"]);
    let message = refused(3, &["--assignments", "other/assignments.arrow"]);
    assert!(message.contains("by the model") && message.contains("row "), "{message}");
    assert!(files(&shop, "out") == before);

    let rows: String = (0..40).map(|row| format!("c{},{}\n", row % 39, row % 4 * 10)).collect();
    fs::write(shop.path("twice.csv"), format!("customer,x\n{rows}")).unwrap();
    shop.done(&["cluster", "twice.csv", "-k", "2", "-q", "-o", "twice"]);
    let line = ["report", "twice/model.json", "--features", "twice.csv", "-o", "out"];
    let message = shop.refused(3, &line);
    assert!(message.contains("\"c0\" is the id of an earlier row, too"), "{message}");
    assert!(message.contains("row 40") && message.contains("twice.csv"), "{message}");
    let wide: Vec<String> = (0..501).map(|column| format!("x{column}")).collect();
    let row =
        |row: usize| (0..501).map(|x| (x * row % 7).to_string()).collect::<Vec<_>>().join(",");
    let rows: String = (0..20).map(|at| format!("{}\n", row(at))).collect();
    fs::write(shop.path("wide.csv"), format!("{}\n{rows}", wide.join(","))).unwrap();
    shop.done(&["cluster", "wide.csv", "-k", "2", "-q", "-o", "wide"]);
    let line = ["report", "wide/model.json", "--features", "wide.csv", "-o", "out"];
    let message = shop.refused(3, &line);
    assert!(message.contains("501 columns of numbers"), "{message}");
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
    assert!(text(&shop, "out/report.html").contains("1 customer is in no segment"));
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

/// Reads a campaign file: ids as they were before they were kept from running, and the other cells.
fn campaign(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

/// The rows of every campaign file.
fn campaigns(shop: &Workshop, out: &str) -> Vec<Vec<String>> {
    let all = files(shop, out);
    let own = all.iter().filter(|(name, _)| name.starts_with("campaigns/"));
    own.flat_map(|(_, bytes)| campaign(bytes)).collect()
}

/// Names that are more than words, each to be shown and to do nothing.
const NAMES: [&str; 25] = [
    "=HYPERLINK(\"http://example.org\",\"x\")",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "</style><script>alert(1)//",
    "</svg><svg onload=alert(1)>",
    "<!--",
    "<a href=javascript:alert(1)>x</a>",
    "&lt;b&gt;&amp;",
    "\u{202e}txt.exe",
    "\u{2066}a\u{2069}\u{200f}",
    "one\ntwo\r\nthree",
    "a\u{0}b\u{1b}[31m\u{7f}",
    "{{ 7*7 }}",
    "{% for x in y %}{{ x",
    "'; DROP TABLE customers; --",
    "\\'; DROP TABLE customers; --",
    "\"\"\" + str(1/0) + \"\"\"",
    "*/ SELECT 1 /*",
    "../../../etc/passwd",
    "CON",
    "[a]:*?/\\b",
    "_x000D_ _x0041_",
    "日本語 🧑‍🚀",
    "ﷺ Zalgo\u{337}\u{315}\u{321}",
    "%s %n ${HOME} `id` $(id)",
];

#[test]
fn hostile_names_of_segments_are_shown_and_do_nothing() {
    let shop = Workshop::new();
    let (k, each) = (NAMES.len() + 1, 8);
    let n = k * each;
    let x = Float64Array::from_iter_values((0..n).map(|row| (100 * (row / each) + row % 2) as f64));
    let ids: Vec<String> = (0..n).map(|row| format!("{}\n{row}", NAMES[row % 25])).collect();
    let batch = table(&[("=id", Arc::new(StringArray::from(ids.clone()))), ("x", Arc::new(x))]);
    write_table(&shop.path("customers.arrow"), &batch, n);
    let k = k.to_string();
    shop.done(&["cluster", "customers.arrow", "-k", &k, "--id", "=id", "-q", "-o", "fit"]);
    let mut model: Value = serde_json::from_slice(&shop.read("fit/model.json")).unwrap();
    let long = "é".repeat(5_000);
    let names: Vec<&str> = NAMES.iter().copied().chain([long.as_str()]).collect();
    for (segment, name) in model["segments"].as_array_mut().unwrap().iter_mut().zip(&names) {
        segment["name"] = Value::from(*name);
    }
    fs::write(shop.path("fit/model.json"), model.to_string()).unwrap();
    report(&shop, "out", &["--all-columns"]);

    let told = segments(&shop, "out");
    let by_id: BTreeMap<u64, &str> = told["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| (segment["id"].as_u64().unwrap(), segment["name"].as_str().unwrap()))
        .collect();
    // No file of names may hold one that is so long, so it is cut for all.
    let cut = format!("{}…", "é".repeat(108));
    let names: Vec<&str> = NAMES.iter().copied().chain([cut.as_str()]).collect();
    assert_eq!(by_id.into_values().collect::<Vec<_>>(), names);

    let page = text(&shop, "out/report.html");
    for (what, n) in [
        ("<script", 1),
        ("</script", 1),
        ("<style", 1),
        ("</style", 1),
        ("<!--", 0),
        ("<a href=j", 0),
    ] {
        assert_eq!(page.to_lowercase().matches(what).count(), n, "{what}");
    }
    assert!(page.contains("{{ 7*7 }}") && page.contains("{% for x in y %}"));
    let is_wrong = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(page.find(is_wrong), None);
    assert!(!page.contains("one\ntwo"));
    assert!(page.contains("&lt;/svg&gt;&lt;svg onload=alert(1)&gt;"));
    assert!(page.contains("&amp;lt;b&amp;gt;&amp;amp;"));

    // Whatever a spreadsheet would run has one apostrophe before it, and everything else is as it was.
    let rows = campaigns(&shop, "out");
    let mut written: Vec<String> = Vec::new();
    for row in &rows {
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '@', '\t', '\r']), "{cell:?}");
        }
        let name = &row[2];
        assert!(
            names
                .iter()
                .any(|known| name.strip_prefix('\'').unwrap_or(name) == *known || name == known),
            "{name:?}"
        );
        written.push(row[0].clone());
    }
    let is_run = |id: &str| id.trim_start_matches('\'').starts_with('=');
    let expected = ids.into_iter().map(|id| if is_run(&id) { format!("'{id}") } else { id });
    let mut expected: Vec<String> = expected.collect();
    expected.sort();
    written.sort();
    assert_eq!(written, expected);
    for name in files(&shop, "out").keys().filter(|name| name.starts_with("campaigns/")) {
        let slug = name.strip_prefix("campaigns/").unwrap().strip_suffix(".csv").unwrap();
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        assert!(slug.len() <= 44 && slug.bytes().all(is_plain), "{name}");
    }
    // What was written is read again, and says the same.
    let before = files(&shop, "out");
    fs::copy(shop.path("out/segments.toml"), shop.path("names.toml")).unwrap();
    report(&shop, "again", &["--all-columns", "--names", "names.toml"]);
    let after = files(&shop, "again");
    assert!(before["segments.json"] == after["segments.json"]);
    assert!(before["report.html"] == after["report.html"]);
}

#[test]
fn a_file_of_names_keeps_its_comments_and_order() {
    let shop = shop();
    report(&shop, "out", &[]);
    let names = text(&shop, "out/segments.toml");
    let mut parts: Vec<&str> = names.split("\n[[segment]]\n").skip(1).collect();
    parts.reverse();
    // One is left out, and added at the end.
    let left_out = parts.remove(1);
    let edited: String = parts
        .iter()
        .map(|part| format!("# Agreed on Monday.\n[[segment]] # seen\n{part}\n# between\n"))
        .collect();
    fs::write(shop.path("out/segments.toml"), &edited).unwrap();
    report(&shop, "out", &[]);
    let completed = text(&shop, "out/segments.toml");
    let (before, last) = completed.split_at(completed.rfind("\n[[segment]]").unwrap());
    assert_eq!(last.trim_end(), format!("\n[[segment]]\n{left_out}\n# between").trim_end());
    assert!(edited.starts_with(before), "{completed}");
    let all = files(&shop, "out");
    report(&shop, "out", &[]);
    assert!(files(&shop, "out") == all);
    // Names elsewhere are read there, and written into the report's own folder.
    fs::rename(shop.path("out/segments.toml"), shop.path("mine.toml")).unwrap();
    report(&shop, "out", &["--names", "mine.toml"]);
    assert!(files(&shop, "out") == all && text(&shop, "mine.toml") == completed);
}

#[test]
fn names_that_people_gave_are_not_overwritten() {
    let shop = shop();
    report(&shop, "out", &[]);
    fs::copy(shop.path("out/segments.toml"), shop.path("mine.toml")).unwrap();
    let names = text(&shop, "out/segments.toml").replacen("name = \"", "name = \"Our ", 1);
    fs::write(shop.path("out/segments.toml"), &names).unwrap();
    let line = ["report", "fit/model.json", "--features", "customers.arrow", "-o", "out"];
    let output = shop.run(&[&line[..], &["--names", "mine.toml", "--bootstrap", "0"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("would be lost"), "{}", stderr(&output));
    assert_eq!(text(&shop, "out/segments.toml"), names);
    // A name without a member is of the segment with its id, and remembers whom it is of.
    let short = "[[segment]]\nid = 2\nname = \"By hand\"\n";
    fs::write(shop.path("out/segments.toml"), short).unwrap();
    let said = report(&shop, "out", &[]);
    assert!(said.contains("\"By hand\" does not say whom it is of"), "{said}");
    assert!(!report(&shop, "out", &[]).contains("By hand"));
    let told = segments(&shop, "out");
    let mut segments = told["segments"].as_array().unwrap().iter();
    assert_eq!(segments.find(|segment| segment["id"] == 2).unwrap()["name"], "By hand");
}

#[test]
fn a_segment_that_took_in_others_does_not_keep_the_name() {
    let shop = shop();
    report(&shop, "out", &[]);
    let names = text(&shop, "out/segments.toml");
    let mut edited = names.clone();
    for segment in segments(&shop, "out")["segments"].as_array().unwrap() {
        let (id, name) = (&segment["id"], segment["name"].as_str().unwrap());
        edited =
            edited.replacen(&format!("name = \"{name}\""), &format!("name = \"Group {id}\""), 1);
    }
    fs::write(shop.path("out/segments.toml"), &edited).unwrap();
    shop.done(&["cluster", "customers.arrow", "-k", "2", "-q", "-o", "fit"]);
    let said = report(&shop, "out", &[]);
    let told = segments(&shop, "out");
    let people: u64 = told["segments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|segment| segment["name"].as_str().unwrap().starts_with("Group"))
        .map(|segment| segment["size"].as_u64().unwrap())
        .sum();
    // The failed orders are far from all others, and stay what they were.
    assert!(people <= 100, "{said}");
    assert!(said.matches("is not used").count() >= 4, "{said}");
    let kept = text(&shop, "out/segments.toml");
    assert!((0..5).all(|id| kept.contains(&format!("\"Group {id}\""))), "{kept}");
    assert!(kept.matches("\n[[unused]]\n").count() >= 4, "{kept}");
    // Said once, and read again.
    assert!(!report(&shop, "out", &[]).contains("is not used"));
    // As soon as they are a segment of their own, they have their name again.
    shop.done(&["cluster", "customers.arrow", "-k", "5", "-q", "-o", "fit"]);
    report(&shop, "out", &[]);
    let told = segments(&shop, "out");
    for segment in told["segments"].as_array().unwrap() {
        assert!(segment["name"].as_str().unwrap().starts_with("Group "), "{segment}");
    }
    assert!(!text(&shop, "out/segments.toml").contains("\n[[unused]]"));
}

#[test]
fn a_refit_that_is_matched_keeps_the_names_of_people() {
    let shop = shop();
    report(&shop, "out", &[]);
    let names = text(&shop, "out/segments.toml");
    let told = segments(&shop, "out");
    let mut edited = names;
    for segment in told["segments"].as_array().unwrap() {
        let (id, name) = (&segment["id"], segment["name"].as_str().unwrap());
        let given = format!("name = \"Group {id}\"");
        edited = edited.replacen(&format!("name = \"{name}\""), &given, 1);
    }
    fs::write(shop.path("out/segments.toml"), &edited).unwrap();
    let line = ["cluster", "customers.arrow", "-k", "5", "-q", "-o", "fit"];
    // Who is in the segment of each name.
    let people = || -> BTreeMap<String, BTreeSet<String>> {
        let told = segments(&shop, "out");
        let own = told["segments"].as_array().unwrap().iter().map(|segment| {
            let file = segment["campaign"]["file"].as_str().unwrap();
            let rows = campaign(&shop.read(&format!("out/campaigns/{file}")));
            let ids = rows.into_iter().map(|mut row| row.swap_remove(0));
            (segment["name"].as_str().unwrap().to_owned(), ids.collect())
        });
        own.collect()
    };
    report(&shop, "out", &[]);
    let first = people();
    assert!(first.keys().all(|name| name.starts_with("Group ")));
    // Another seed moves a few people on borders: no more than one in fifty here.
    let is_same = |name: &str, now: &BTreeSet<String>| {
        let n_both = now.intersection(&first[name]).count();
        50 * n_both >= 49 * now.union(&first[name]).count()
    };
    fs::create_dir(shop.path("old")).unwrap();
    fs::copy(shop.path("fit/model.json"), shop.path("old/model.json")).unwrap();
    let mut n_moved = 0;
    for seed in ["1", "2", "3"] {
        let seed = ["--seed", seed];
        shop.done(&[&line[..], &seed, &["--match", "old/model.json"]].concat());
        let said = report(&shop, "out", &[]);
        assert!(!said.contains("is not used"), "{said}");
        let now = people();
        assert_eq!(now.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
        assert!(now.iter().all(|(name, own)| is_same(name, own)));
        // Not matched, ids are given anew, and names go where their people are.
        let by_id = |told: &Value| -> Vec<(u64, String)> {
            let segments = told["segments"].as_array().unwrap().iter();
            let id = |segment: &Value| segment["id"].as_u64().unwrap();
            segments.map(|own| (id(own), own["name"].as_str().unwrap().to_owned())).collect()
        };
        let matched = by_id(&segments(&shop, "out"));
        shop.done(&[&line[..], &seed].concat());
        report(&shop, "out", &[]);
        n_moved += usize::from(by_id(&segments(&shop, "out")) != matched);
        let now = people();
        assert_eq!(now.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
        for (name, own) in &now {
            assert!(is_same(name, own), "{name} is of others with {seed:?}");
        }
    }
    assert!(n_moved > 0, "no seed gave other ids, so nothing was tried");
}

#[test]
fn assignments_of_before_say_who_moved() {
    let shop = Workshop::new();
    for (day, name) in [("2018-06-01", "old.arrow"), ("2018-06-08", "customers.arrow")] {
        shop.done(&["features", &sample(), "--as-of", day, "-q", "-o", name]);
    }
    shop.done(&["cluster", "old.arrow", "-k", "4", "-q", "-o", "fit"]);
    shop.done(&["assign", "fit/model.json", "old.arrow", "-q", "--format", "csv", "-o", "old"]);
    // Somebody who is not there any more.
    let mut before = text(&shop, "old/assignments.csv");
    let first = before.lines().nth(1).unwrap().to_owned();
    let (id, rest) = first.split_once(',').unwrap();
    before += &format!("{},{rest}\n", "f".repeat(id.len()));
    fs::write(shop.path("before.csv"), &before).unwrap();
    let was: BTreeMap<&str, &str> = before
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split(',');
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();

    report(&shop, "out", &["--previous", "before.csv", "--all-columns"]);
    let told = segments(&shop, "out");
    let names: BTreeMap<String, &str> = told["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["id"].to_string(), s["name"].as_str().unwrap()))
        .collect();
    for segment in told["segments"].as_array().unwrap() {
        let id = segment["id"].to_string();
        let n = was.values().filter(|own| **own == id).count() as u64;
        assert_eq!(segment["size_before"], n, "{segment}");
    }
    let (mut n_moved, mut n_new) = (0, 0);
    for row in campaigns(&shop, "out") {
        let [id, segment, previous, changed_on] = [0, 2, 5, 6].map(|at| row[at].as_str());
        match was.get(id).map(|id| names[*id]) {
            None => {
                assert_eq!((previous, changed_on), ("", "2018-06-08"), "{row:?}");
                n_new += 1;
            }
            Some(before) if before == segment => {
                assert_eq!((previous, changed_on), ("", ""), "{row:?}");
            }
            Some(before) => {
                assert_eq!((previous, changed_on), (before, "2018-06-08"), "{row:?}");
                n_moved += 1;
            }
        }
    }
    assert!(n_moved > 0 && n_new > 0, "{n_moved} moved, {n_new} new");
    let page = text(&shop, "out/report.html");
    let said = [
        format!("Changed segment: {n_moved} of {} who are in both", was.len() - 1),
        format!("New: {n_new}. No longer there: 1."),
    ];
    let page = page.replace(',', "");
    for said in said.map(|said| said.replace(',', "")) {
        assert!(page.contains(&said), "{said}");
    }

    // The day's assignments say the same, and again.
    let line = ["assign", "fit/model.json", &sample(), "--as-of", "2018-06-08", "-q", "-o", "now"];
    shop.done(&[&line[..], &["--previous", "before.csv"]].concat());
    let now = ["--assignments", "now/assignments.arrow", "--previous", "before.csv"];
    report(&shop, "now", &[&now[..], &["--all-columns"]].concat());
    assert!(campaigns(&shop, "now") == campaigns(&shop, "out"));
    let line = ["report", "fit/model.json", "--features", "old.arrow", "-o", "early"];
    let message = shop.refused(3, &[&line[..], &["--previous", "now/assignments.arrow"]].concat());
    assert!(message.contains("is as of 2018-06-08, after 2018-06-01"), "{message}");
    let first = files(&shop, "now");
    report(&shop, "now", &[&now[..], &["--all-columns"]].concat());
    assert!(files(&shop, "now") == first);
}

#[test]
fn what_is_not_there_is_named_and_leaves_no_folder() {
    let shop = shop();
    let refused = |code, more: &[&str]| {
        let line = ["report", "fit/model.json", "--bootstrap", "0"];
        let message = shop.refused(code, &[&line[..], more].concat());
        assert!(!shop.path("out").exists(), "{more:?}");
        message
    };
    let features = ["--features", "customers.arrow", "-o", "out"];
    let with = |more: &[&'static str]| [&features[..], more].concat();
    let message = refused(2, &["--features", "customers.arrow", "-o", "-"]);
    assert!(message.contains("name a directory"), "{message}");
    let message = refused(3, &with(&["--id", "nobody"]));
    assert!(message.contains("nobody"), "{message}");
    let message = refused(1, &["--features", "nothing.arrow", "-o", "out"]);
    assert!(message.contains("nothing.arrow"), "{message}");
    // The workshop's own table has no column of the model.
    let message = refused(3, &["--features", "in.arrow", "--id", "customer", "-o", "out"]);
    assert!(message.contains("in.arrow: column \"recency_days\""), "{message}");
    assert!(message.contains("every column of the model"), "{message}");
    for (template, line) in [("<p>\n{{ title", 2), ("<p>\n\n{% for x in segments %}", 3)] {
        fs::write(shop.path("page.html"), template).unwrap();
        let message = refused(3, &with(&["--template", "page.html"]));
        let place = format!("line {line}");
        assert!(message.contains(&place) && message.contains("page.html"), "{message}");
    }
    let message = refused(1, &with(&["--template", "nothing.html"]));
    assert!(message.contains("nothing.html"), "{message}");
    for (names, what) in [
        ("[[segment]", "line 1"),
        ("[[segment]]\nid = 0\nname = \"a\"\n[[segment]]\nid = 0\nname = \"b\"", "twice"),
        ("[[segments]]\nid = 0", "segments is not known"),
    ] {
        fs::write(shop.path("names.toml"), names).unwrap();
        let message = refused(2, &with(&["--names", "names.toml"]));
        assert!(message.contains(what) && message.contains("names.toml"), "{message}");
    }
    fs::create_dir(shop.path("last")).unwrap();
    fs::write(shop.path("last/stability.json"), "{\"t0\": 1}").unwrap();
    let message = refused(3, &with(&["--stability", "last"]));
    assert!(message.contains("stability.json"), "{message}");
}

#[test]
fn segments_of_one_and_tables_without_amounts_are_told_too() {
    let shop = Workshop::new();
    let x = Float64Array::from(vec![1.0, 10.0, 100.0, 1_000.0]);
    let ids = StringArray::from(vec![Some("abc"), Some("def"), Some(""), None]);
    let batch = table(&[("customer", Arc::new(ids)), ("x", Arc::new(x))]);
    write_table(&shop.path("customers.arrow"), &batch, 4);
    let line = ["cluster", "customers.arrow", "-k", "4", "--id", "customer", "-q", "-o", "fit"];
    shop.done(&line);
    report(&shop, "out", &["--control", "0.5"]);
    let told = segments(&shop, "out");
    for segment in told["segments"].as_array().unwrap() {
        assert_eq!((&segment["size"], &segment["revenue"]), (&1.into(), &Value::Null));
        assert_eq!(segment["campaign"]["smallest_visible_effect"], Value::Null);
        // Of nothing but a number nobody knows how often somebody bought.
        let name = segment["name"].as_str().unwrap();
        assert!(!name.to_lowercase().contains("buyer"), "{name}");
    }
    assert!(!text(&shop, "out/report.html").contains("NaN"));
    assert!(!text(&shop, "out/report.html").contains("revenue"));

    report(&shop, "hashed", &["--control", "0.5", "--hash-ids"]);
    let (plain, hashed) = (campaigns(&shop, "out"), campaigns(&shop, "hashed"));
    let groups = |rows: &[Vec<String>]| rows.iter().map(|row| row[1].clone()).collect::<Vec<_>>();
    assert_eq!(groups(&plain), groups(&hashed));
    for (plain, hashed) in plain.iter().zip(&hashed) {
        let expected = match plain[0].as_str() {
            // FIPS 180-2, appendix B.1; sha256sum.
            "abc" => "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "def" => "cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34",
            _ => "",
        };
        assert_eq!(hashed[0], expected);
    }
}
