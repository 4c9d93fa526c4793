//! That the texts of the sample's report stay as they are. `SEGENGINE_BLESS=1 cargo test --test tests --
//! snapshots` writes `tests/snapshots` anew; what changed is then read in the diff.
//!
//! On every machine with the same kernels. Numbers in files for machines are compared to five digits, since
//! logarithms differ in their last bit from one mathematical library to the next.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
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
    compare("segments.toml", &coarse(&names));
    compare("segments.xlsx.txt", &cells(&shop.read("en/segments.xlsx")));

    let mut listing = String::new();
    for folder in ["logic", "campaigns"] {
        let entries = fs::read_dir(shop.path("en").join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        for name in names {
            let _ = writeln!(listing, "{folder}/{name}");
            if folder == "logic" {
                let text = String::from_utf8(shop.read(&format!("en/logic/{name}"))).unwrap();
                compare(&format!("{name}.txt"), &coarse(&text));
            }
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

/// A text with its numbers that have a point to five digits.
fn coarse(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at(start);
        // An exponent has a sign of its own.
        let ends = |(at, c): (usize, char)| {
            let is_sign = c == '-'
                && from[..at].ends_with('e')
                && from.starts_with(|c: char| c.is_ascii_digit());
            !is_part(c) && !is_sign
        };
        let end = from.char_indices().find(|&found| ends(found)).map_or(from.len(), |(at, _)| at);
        let (word, after) = from.split_at(end);
        out += before;
        match word.parse::<f64>() {
            Ok(x) if word.contains('.') && !word.ends_with('.') => {
                out += &format!("{:?}", format!("{x:.4e}").parse::<f64>().unwrap());
            }
            _ => out += word,
        }
        rest = after;
    }
    out + rest
}

/// The cells of a workbook, sheet by sheet, the first rows of each.
fn cells(bytes: &[u8]) -> String {
    const ROWS: usize = 8;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).ok()?.read_to_string(&mut text).unwrap();
        Some(text)
    };
    let strings = part("xl/sharedStrings.xml").unwrap_or_default();
    let text_of = |xml: &str| -> String {
        let texts = xml
            .split("<t")
            .skip(1)
            .filter_map(|t| Some(t.split_once('>')?.1.split_once("</t>")?.0));
        texts.collect()
    };
    let strings: Vec<String> = strings.split("<si>").skip(1).map(text_of).collect();
    let mut out = String::new();
    for sheet in 1.. {
        let Some(xml) = part(&format!("xl/worksheets/sheet{sheet}.xml")) else { break };
        let _ = writeln!(out, "sheet {sheet}");
        for row in xml.split("<row ").skip(1).take(ROWS) {
            for cell in row.split("<c ").skip(1) {
                let (head, body) = cell.split_once('>').unwrap();
                let place = head.split('"').nth(1).unwrap();
                let value = body.split_once("<v>").and_then(|(_, v)| Some(v.split_once("</v>")?.0));
                let said = match (head.contains("t=\"s\""), value) {
                    (true, Some(number)) => strings[number.parse::<usize>().unwrap()].clone(),
                    (false, Some(number)) => coarse(number),
                    (_, None) => text_of(body),
                };
                let _ = writeln!(out, "{place} {said}");
            }
        }
    }
    out
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
