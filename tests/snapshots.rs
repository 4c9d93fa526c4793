//! That the texts of the sample's report stay as they are. `SEGENGINE_BLESS=1 cargo test --test tests --
//! snapshots` writes `tests/snapshots` anew; what changed is then read in the diff.
//!
//! On every machine with the same kernels. Numbers in files for machines are compared to five digits, since
//! logarithms differ in their last bit from one mathematical library to the next.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Number, Value, json};

use crate::workshop::{Workshop, stderr};

const PAGES: [(&str, &str); 3] = [("en", "BRL"), ("fr", "EUR"), ("pt-BR", "BRL")];

fn done(shop: &Workshop, args: &[&str]) -> Output {
    let output = shop.command(args).env("SEGENGINE_ISA", "portable").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    output
}

/// Compares a text with the one of before; says the first line that differs.
fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("SEGENGINE_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let before = fs::read_to_string(&path).unwrap();
    let (mut lines, mut known) = (text.lines(), before.lines());
    for number in 1.. {
        let (line, was) = (lines.next(), known.next());
        let hint = "SEGENGINE_BLESS=1 writes it anew";
        assert_eq!(line, was, "tests/snapshots/{name}, line {number} ({hint})");
        if line.is_none() {
            break;
        }
    }
}

/// Numbers that are not whole, to five digits.
fn rounded(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let x: f64 = format!("{:.4e}", number.as_f64().unwrap()).parse().unwrap();
            *number = Number::from_f64(x).unwrap();
        }
        Value::Array(values) => values.iter_mut().for_each(rounded),
        Value::Object(fields) => fields.values_mut().for_each(rounded),
        _ => {}
    }
}

/// The words of a page, a line for each piece: without style, script and pictures.
fn words(page: &str) -> String {
    let mut rest = page.to_owned();
    for tag in ["style", "script", "svg"] {
        while let Some(start) = rest.find(&format!("<{tag}")) {
            let end = format!("</{tag}>");
            let length = rest[start..].find(&end).unwrap() + end.len();
            rest.replace_range(start..start + length, "");
        }
    }
    let mut text = String::new();
    for piece in rest.split('<') {
        let (_, words) = piece.split_once('>').unwrap_or(("", piece));
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if !words.is_empty() {
            text += &words;
            text.push('\n');
        }
    }
    text
}

#[test]
fn the_report_of_the_sample_says_what_it_said() {
    let shop = Workshop::new();
    let data = format!("{}/data", env!("CARGO_MANIFEST_DIR"));
    let features = format!("{data}/features.arrow");
    done(&shop, &["features", &data, "--set", "full", "-q", "-o", "full.arrow"]);
    done(&shop, &["cluster", &features, "-k", "5", "-q", "--silhouette", "off", "-o", "fit"]);
    for (language, currency) in PAGES {
        let line = ["report", "fit/model.json", "--features", "full.arrow", "-o", language];
        let how =
            ["--lang", language, "--currency", currency, "--bootstrap", "20", "--all-columns"];
        done(&shop, &[&line[..], &how].concat());
        let page = String::from_utf8(shop.read(&format!("{language}/report.html"))).unwrap();
        compare(&format!("report.{language}.txt"), &words(&page));
    }

    let mut told: Value = serde_json::from_slice(&shop.read("en/segments.json")).unwrap();
    rounded(&mut told);
    told["engine_version"] = json!("any");
    compare("segments.json", &(serde_json::to_string_pretty(&told).unwrap() + "\n"));

    let names = String::from_utf8(shop.read("en/segments.toml")).unwrap();
    let number = |word: &str| -> String {
        let (digits, rest) = word.split_at(word.trim_end_matches(',').len());
        match digits.parse::<f64>() {
            Ok(x) if digits.contains('.') => {
                format!("{:?}{rest}", format!("{x:.4e}").parse::<f64>().unwrap())
            }
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| line.split(' ').map(number).collect::<Vec<_>>().join(" ") + "\n";
    compare("segments.toml", &names.lines().map(line).collect::<String>());

    let mut listing = String::new();
    for folder in ["logic", "campaigns"] {
        let entries = fs::read_dir(shop.path("en").join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        for name in names {
            let _ = writeln!(listing, "{folder}/{name}");
            if folder == "campaigns" {
                let text = String::from_utf8(shop.read(&format!("en/campaigns/{name}"))).unwrap();
                for line in text.lines().take(4) {
                    let _ = writeln!(listing, "    {}", shorter(line));
                }
            }
        }
    }
    compare("files.txt", &listing);
}

/// A line of a campaign file with confidence to two digits.
fn shorter(line: &str) -> String {
    let is_confidence = |cell: &str| cell.len() > 4 && cell.starts_with("0.");
    let cell = |cell: &str| match cell.parse::<f64>() {
        Ok(x) if is_confidence(cell) => format!("{x:.2}"),
        _ => cell.to_owned(),
    };
    line.split(',').map(cell).collect::<Vec<_>>().join(",")
}
