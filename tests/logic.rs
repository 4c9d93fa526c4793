//! That what is written of a model gives every customer the segment that the engine gives: the Python
//! program as it is, the queries of all dialects in SQLite. Needs `python3`. The programs stay in the
//! folder `logic` of the build's temporary files, where they can be looked at and checked for style.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use segengine::{
    Column, ColumnChoice, Dialect, FeatureTable, KMeansParams, Kernel, Logic, Missing, Model,
    Precision, Prepare, PrepareParams, Purpose, ReadOptions, RuleParams, Seed, SegmentRules,
    Silent, Transform, fingerprint, fit, open, read_model, segment_rules,
};
use serde::Deserialize;

use crate::workshop::Workshop;

/// A model, the rows it was fitted on, and what the engine says of them.
struct Fitted {
    model: Model,
    table: FeatureTable,
    rules: SegmentRules,
    /// `None` where a row was left out.
    expected: Vec<Option<Expected>>,
}

struct Expected {
    segment: u32,
    distance: f64,
    margin: f64,
}

impl Fitted {
    fn new(model: Model, table: FeatureTable, params: &RuleParams) -> Self {
        let prepared = model.prepare().apply(&table).unwrap();
        let mut expected = Vec::new();
        for batch in model.assignments(&prepared, &Kernel::detect().unwrap()) {
            let margins = batch.margin.unwrap();
            for (i, margin) in margins.into_iter().enumerate() {
                let is_valid = batch.valid.as_ref().is_none_or(|valid| valid.value(i));
                expected.push(is_valid.then(|| Expected {
                    segment: batch.segment[i],
                    distance: batch.distance[i],
                    margin,
                }));
            }
        }
        let places = expected.iter().flatten().map(|e| model.index_of(e.segment).unwrap() as u32);
        let places: Vec<u32> = places.collect();
        let rules =
            segment_rules(&table, prepared.kept(), model.prepare(), &places, model.k(), params);
        Self { rules: rules.unwrap(), model, table, expected }
    }

    /// The customers of `data`, in five segments.
    fn sample(options: &[&str]) -> Self {
        let shop = Workshop::new();
        let file = data().join("features.arrow");
        let args = ["cluster", file.to_str().unwrap(), "-k", "5", "-q"];
        shop.done(&[&args[..], options].concat());
        let model = read_model(&shop.path("segments/model.json")).unwrap();
        let names = model.prepare().columns().iter().map(|column| column.name.clone());
        let columns = ColumnChoice::Named(names.collect());
        let table = open(&file, &ReadOptions { columns, ..ReadOptions::default() }).unwrap().table;
        let params = RuleParams::new(model.k());
        Self::new(model, table, &params)
    }

    /// The rows as text that is read back as the same numbers; the id is the number of the row.
    fn csv(&self) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let mut csv = quoted(self.model.id_column().unwrap_or("id"));
        for column in self.table.columns() {
            let _ = write!(csv, ",{}", quoted(column.name()));
        }
        csv.push('\n');
        for row in 0..self.table.n_rows() {
            let _ = write!(csv, "{row}");
            for column in self.table.columns() {
                let x = column.get(row);
                csv += &if x.is_nan() { ",".to_owned() } else { format!(",{x:?}") };
            }
            csv.push('\n');
        }
        csv
    }

    /// Writes all forms and runs them, of the queries those in `dialects`; compares the segments of all
    /// rows, and the distances to `tolerance` of them.
    fn check(&self, name: &str, tolerance: f64, dialects: &[Dialect]) -> Run {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("logic").join(name);
        fs::create_dir_all(&folder).unwrap();
        let logic = Logic::new(&self.model, &self.rules).unwrap();
        let program = folder.join("score.py");
        fs::write(&program, logic.score_py()).unwrap();
        for dialect in Dialect::ALL {
            let write = |what: &str, query: String| {
                fs::write(folder.join(format!("{what}.{}.sql", dialect.name())), query).unwrap();
            };
            write("rules", logic.rules_sql(dialect));
            write("scoring", logic.scoring_sql(dialect));
        }
        let customers = folder.join("customers.csv");
        fs::write(&customers, self.csv()).unwrap();

        let found = python(&[program.to_str().unwrap(), customers.to_str().unwrap()], None);
        let mut found = csv_rows(&found);
        let head = found.remove(0);
        assert_eq!(head[1..], ["segment", "segment_name", "distance", "margin"]);
        assert_eq!(found.len(), self.expected.len());
        for (row, (found, expected)) in found.iter().zip(&self.expected).enumerate() {
            assert_eq!(found[0], row.to_string());
            let Some(expected) = expected else {
                assert_eq!(found[1..], ["", "", "", ""], "row {row}");
                continue;
            };
            assert_eq!(found[1], expected.segment.to_string(), "row {row}");
            let close = |text: &str, x: f64, unit: f64| {
                let error = (text.parse::<f64>().unwrap() - x).abs();
                assert!(error <= tolerance * unit, "row {row}: {text} for {x}");
            };
            close(&found[3], expected.distance, expected.distance);
            // A difference of two distances, each as exact as that.
            close(&found[4], expected.margin, 2.0 * expected.distance + expected.margin);
        }

        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run_logic.py");
        let mut arguments = vec![driver.to_str().unwrap(), folder.to_str().unwrap()];
        arguments.extend(dialects.iter().map(|dialect| dialect.name()));
        let run: Run = serde_json::from_str(&python(&arguments, Some(&customers))).unwrap();
        let rules = self.by_rules();
        assert_eq!(run.rules, rules);
        assert_eq!(run.sql.len(), 2 * dialects.len());
        for (query, rows) in &run.sql {
            for (row, (found, expected)) in rows.iter().zip(&self.expected).enumerate() {
                if query.starts_with("rules") {
                    assert_eq!(found.0, rules[row], "{query} row {row}");
                    continue;
                }
                let segment = expected.as_ref().map(|expected| expected.segment);
                assert_eq!(found.0, segment, "{query} row {row}");
                if let Some(expected) = expected {
                    let error = (found.2.unwrap() - expected.distance).abs();
                    let allowed = tolerance.max(1e-11) * expected.distance;
                    assert!(error <= allowed, "{query} row {row}: {error}");
                }
            }
        }
        run
    }

    /// The segment of each row by the rules.
    fn by_rules(&self) -> Vec<Option<u32>> {
        let rows = (0..self.table.n_rows()).map(|row| {
            let row: Vec<f64> = self.table.columns().iter().map(|column| column.get(row)).collect();
            let place = self.rules.segment_of(&row)?;
            Some(self.model.segments()[place].id)
        });
        rows.collect()
    }
}

/// What `tests/run_logic.py` prints.
#[derive(Deserialize)]
struct Run {
    rules: Vec<Option<u32>>,
    names: Vec<String>,
    segment_names: Vec<String>,
    sql: std::collections::BTreeMap<String, Vec<SqlRow>>,
}

/// A row of a query: segment, its name and, of the exact scoring, the distance.
#[derive(Deserialize)]
struct SqlRow(Option<u32>, Option<String>, #[serde(default)] Option<f64>);

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// What Python prints.
fn python(arguments: &[&str], input: Option<&Path>) -> String {
    let input = input.map_or_else(Stdio::null, |path| fs::File::open(path).unwrap().into());
    let output = Command::new("python3")
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(input)
        .output()
        .unwrap_or_else(|error| panic!("python3 is needed to run what is written: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

#[test]
fn all_forms_give_the_customers_of_the_sample_their_segments() {
    let fitted = Fitted::sample(&[]);
    fitted.check("sample", 1e-5, &Dialect::ALL);
    assert_eq!(fitted.table.n_rows(), 4826);

    let rules = &fitted.rules;
    let agreed = fitted.by_rules().into_iter().zip(&fitted.expected);
    let agreed = agreed.filter(|(found, e)| *found == e.as_ref().map(|e| e.segment)).count();
    assert_eq!(rules.fidelity, agreed as f64 / 4826.0);
    assert!(rules.fidelity > 0.95 && rules.rules.len() <= 15, "{rules:#?}");
    assert!(rules.largest_share < 0.6, "{}", rules.largest_share);
}

#[test]
fn in_double_precision_distances_agree_to_the_last_digits() {
    Fitted::sample(&["--precision", "f64"]).check("double", 1e-12, &Dialect::ALL);
}

/// Names that end quotes, comments, strings and programs where they are not held back.
const COLUMNS: [&str; 6] = ["a\"b", "a`b", "x -- y", "*/ 'c' /*", "d\\", "é\u{1f600}; e"];
const SEGMENTS: [&str; 4] =
    ["'; DROP TABLE customers; --", "*/ \" \"\"\" ''' #", "\u{1f600} = 1\u{a0}%s {x}", "-- `b`"];

/// Rows for every transform: small values, negative ones, gaps, numbers that no factor can scale.
fn hostile(missing: Missing) -> Fitted {
    let mut stream = Seed(7).stream(Purpose::Synthetic, 0);
    let mut columns = vec![Vec::new(); COLUMNS.len()];
    for row in 0..2000 {
        let place = f64::from(row % 4);
        let gap = row % 97 == 5;
        let mut noise = || stream.normal();
        columns[0].push(1e-6 * (1.0 + place + 0.1 * noise()));
        columns[1].push((1.0 + place + 0.3 * noise()).powi(2));
        columns[2].push((place + 0.5 * noise()).exp());
        columns[3].push(if gap { f64::NAN } else { (2.0 - place) * 3.0 + noise() });
        columns[4].push(1e305 * (place + 0.2 * noise()));
        columns[5].push(if row % 89 == 3 { f64::NAN } else { place + noise() });
    }
    let columns = COLUMNS.iter().zip(columns).map(|(name, values)| Column::from_f64(*name, values));
    let table = FeatureTable::new(columns.collect(), None).unwrap();
    let transforms =
        [Transform::Log1p, Transform::Sqrt, Transform::YeoJohnson, Transform::YeoJohnson];
    let params = PrepareParams {
        missing,
        transforms: COLUMNS.iter().map(|name| (*name).to_owned()).zip(transforms).collect(),
        precision: Some(Precision::F64),
        ..PrepareParams::default()
    };
    let (prepare, prepared, _) = Prepare::fit_apply(&table, &params).unwrap();
    assert!(prepare.columns()[0].affine.scale > 1e5 && prepare.columns()[4].exponent != 0);
    let params = KMeansParams::new(4);
    let kernel = Kernel::detect().unwrap();
    let found = fit(&prepared.tiles(), Precision::F64, &kernel, &params, &Silent).unwrap();
    let model = Model::new(prepare, &prepared, &params, &found, fingerprint(&table)).unwrap();
    let identities = [3, 4, 8, 4_000_000_000].into_iter().zip(SEGMENTS.map(str::to_owned));
    let model = model.with_identities(identities, 4_000_000_001).unwrap();
    let model = model.with_id_column(Some("\"id\" --".to_owned())).unwrap();
    let few = RuleParams { max_depth: 3, min_gain: 0.01, ..RuleParams::new(4) };
    Fitted::new(model, table, &few)
}

#[test]
fn no_name_leaves_its_quotes_and_every_transform_is_replayed() {
    for (name, missing) in [("hostile", Missing::Median), ("gaps", Missing::Drop)] {
        let fitted = hostile(missing);
        // SQLite knows no backslash within BigQuery's quotes.
        let run = fitted.check(name, 1e-11, &[Dialect::PostgreSql, Dialect::MySql]);
        assert_eq!(run.names, COLUMNS);
        assert_eq!(run.segment_names, SEGMENTS);
        for rows in run.sql.values() {
            for row in rows {
                let place = row.0.map(|id| fitted.model.index_of(id).unwrap());
                assert_eq!(row.1.as_deref(), place.map(|place| SEGMENTS[place]));
            }
        }
        let n_without = run.rules.iter().filter(|segment| segment.is_none()).count();
        assert_eq!(n_without > 0, missing == Missing::Drop);
    }
}

#[test]
fn the_program_says_what_it_cannot_use() {
    let fitted = Fitted::sample(&[]);
    fitted.check("refusals", 1e-5, &[]);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("logic/refusals");
    let csv = fitted.csv();
    let mut lines = csv.lines();
    let (head, row) = (lines.next().unwrap(), lines.next().unwrap());
    let cells: Vec<&str> = row.split(',').collect();
    let with = |place: usize, cell: &str| {
        let mut cells = cells.clone();
        cells[place] = cell;
        format!("{head}\n{}\n", cells.join(","))
    };
    let cases = [
        (with(1, "inf"), "'inf'"),
        (with(2, "many"), "'many'"),
        (with(1, "1,2"), "row 1: "),
        (csv.replacen("recency_days", "recency", 1), "'recency_days' is there 0 times"),
        (String::new(), "is there 0 times"),
    ];
    for (table, message) in cases {
        let path = folder.join("refused.csv");
        fs::write(&path, table).unwrap();
        let program = folder.join("score.py");
        let output = Command::new("python3").arg(program).arg(path).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(errors.starts_with("error: ") && errors.contains(message), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}
