//! `features` and `check` as their users see them, on the sample tables and on odd ones.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TimestampSecondArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use segengine::{Moment, ReadOptions, Scale, Transform, open};
use serde_json::Value;

use crate::workshop::{Workshop, read_arrow, stderr, stdout};

/// The names of the tables, as published and as in the course database.
const TABLES: [(&str, &str); 9] = [
    ("olist_customers_dataset", "customers"),
    ("olist_geolocation_dataset", "geoloc"),
    ("olist_order_items_dataset", "order_items"),
    ("olist_order_payments_dataset", "order_pymts"),
    ("olist_order_reviews_dataset", "order_reviews"),
    ("olist_orders_dataset", "orders"),
    ("olist_products_dataset", "products"),
    ("olist_sellers_dataset", "sellers"),
    ("product_category_name_translation", "translation"),
];

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn sample() -> String {
    data().to_str().unwrap().to_owned()
}

/// The header and the records of a sample table.
fn table(name: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let bytes = fs::read(data().join(format!("{name}.csv"))).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    (header, reader.records().map(|record| cells(record.unwrap())).collect())
}

/// A row of a file of features by its id.
fn rows(batches: &[RecordBatch]) -> HashMap<String, Vec<String>> {
    let mut rows = HashMap::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let id = batch.column(0).as_string::<i32>().value(row).to_owned();
            let text = |column: &ArrayRef| match column.as_string_opt::<i32>() {
                _ if column.is_null(row) => String::new(),
                Some(texts) => texts.value(row).to_owned(),
                None => column.as_primitive::<Float32Type>().value(row).to_string(),
            };
            rows.insert(id, batch.columns()[1..].iter().map(text).collect());
        }
    }
    rows
}

#[test]
fn the_sample_gives_the_features_that_it_ships() {
    let shop = Workshop::new();
    for (threads, out) in [("1", "a.arrow"), ("2", "b.arrow")] {
        shop.done(&["features", &sample(), "-o", out, "--threads", threads]);
    }
    let made = shop.read("a.arrow");
    assert!(made == shop.read("b.arrow"), "threads change the bytes");
    let path = data().join("features.arrow");
    if std::env::var_os("SEGENGINE_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let same = fs::read(&path).unwrap() == made;
    assert!(same, "{}: differs (SEGENGINE_BLESS=1 writes it anew)", path.display());
}

/// The reference was computed by SQL: `tests/reference/make_features.py`.
#[test]
fn features_are_those_of_sql() {
    let shop = Workshop::new();
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    for date in ["2017-09-30", "2018-03-01", "2018-08-29"] {
        for recency in ["absolute", "relative"] {
            let args = ["--as-of", date, "--set", "full", "--recency", recency, "-q"];
            let all = ["features", &sample(), "-o", "f.arrow"];
            shop.done(&[&all[..], &args].concat());
            let ours = read_arrow(shop.read("f.arrow"));
            let file = fs::File::open(reference.join(format!("features_{date}.parquet"))).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
            let theirs: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
            let schema = ours[0].schema();
            let names = |schema: &arrow_schema::Schema| -> HashSet<String> {
                schema.fields().iter().map(|field| field.name().clone()).collect()
            };
            let mut expected = names(&theirs[0].schema());
            let other = if recency == "absolute" { "recency_rank" } else { "recency_days" };
            assert!(expected.remove(other));
            assert_eq!(names(&schema), expected);
            let n: usize = theirs.iter().map(RecordBatch::num_rows).sum();
            assert_eq!(ours.iter().map(RecordBatch::num_rows).sum::<usize>(), n, "{date}");
            assert!(n > 500, "{date}: {n} customers");
            for field in schema.fields() {
                let (ours, theirs) = (column(&ours, field.name()), column(&theirs, field.name()));
                let differ = ours.iter().zip(&theirs).position(|(a, b)| !a.is(b));
                assert_eq!(
                    differ,
                    None,
                    "{date} {}: {:?}",
                    field.name(),
                    differ.map(|row| (&ours[row], &theirs[row]))
                );
            }
        }
    }
}

/// A cell of either side.
#[derive(Debug, PartialEq)]
enum Cell {
    Null,
    Number(f64),
    Text(String),
}

impl Cell {
    /// Whether they are the same but for the rounding to single precision, in which features are kept.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(ours), Self::Number(theirs)) => {
                (ours - theirs).abs() <= f64::from(f32::EPSILON) * theirs.abs()
            }
            _ => self == other,
        }
    }
}

fn column(batches: &[RecordBatch], name: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    for batch in batches {
        let array = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
        for row in 0..array.len() {
            cells.push(if array.is_null(row) {
                Cell::Null
            } else if let Some(texts) = array.as_string_opt::<i32>() {
                Cell::Text(texts.value(row).to_owned())
            } else if let Some(numbers) = array.as_primitive_opt::<Float32Type>() {
                Cell::Number(numbers.value(row).into())
            } else {
                Cell::Number(array.as_primitive::<Float64Type>().value(row))
            });
        }
    }
    cells
}

#[test]
fn a_file_of_features_says_how_it_is_prepared() {
    let shop = Workshop::new();
    shop.done(&["features", &sample(), "--set", "full", "-o", "f.arrow"]);
    shop.done(&["features", &sample(), "--set", "full", "-o", "f.parquet"]);
    for file in ["f.arrow", "f.parquet"] {
        let input = open(&shop.path(file), &ReadOptions::default()).unwrap();
        assert_eq!(input.id_column.as_deref(), Some("customer_unique_id"));
        let advice = |name: &str| input.advice.iter().find(|a| a.name == name).unwrap().clone();
        assert_eq!(advice("spent").transform, Transform::Log1p);
        assert_eq!(advice("card_share").scale, Scale::None);
        assert!(!advice("state").is_feature && !advice("top_category").is_feature);
        let names: Vec<_> = input.table.columns().iter().map(|column| column.name()).collect();
        assert!(names.contains(&"recency_days") && !names.contains(&"state"), "{names:?}");
        shop.done(&["cluster", file, "-k", "4", "-o", "fit"]);
        let model: Value = serde_json::from_slice(&shop.read("fit/model.json")).unwrap();
        let of = |name: &str| {
            let columns = model["columns"].as_array().unwrap();
            columns.iter().find(|column| column["name"] == name).unwrap().clone()
        };
        assert_eq!(of("spent")["transform"], "log1p");
        assert_eq!(
            (&of("card_share")["scaled"], &of("card_share")["scale"]),
            (&"none".into(), &1.0.into())
        );
        assert_eq!(model["missing"], "median");
        let features = &model["features"];
        assert_eq!((&features["as_of"], &features["set"]), (&"2018-08-29".into(), &"full".into()));
        assert_eq!(features["recency"], "absolute");
        // The model prepares other rows in the same way.
        shop.done(&["assign", "fit/model.json", file, "-o", "again"]);
        assert!(shop.read("fit/assignments.arrow") == shop.read("again/assignments.arrow"));
    }
    // What is given goes before what is recommended.
    let args = ["--scale", "robust", "--transform", "none", "--missing", "mean"];
    shop.done(&[&["cluster", "f.arrow", "-k", "4", "-o", "own"][..], &args].concat());
    let model: Value = serde_json::from_slice(&shop.read("own/model.json")).unwrap();
    let columns = model["columns"].as_array().unwrap();
    assert!(columns.iter().all(|c| c["transform"] == "identity" && c["scaled"] == Value::Null));
    assert_eq!((&model["missing"], &model["scale"]), (&"mean".into(), &"robust".into()));
}

#[test]
fn recency_is_a_feature_a_rank_or_a_descriptor() {
    let shop = Workshop::new();
    for recency in ["absolute", "relative", "overlay"] {
        shop.done(&["features", &sample(), "--recency", recency, "-o", "f.arrow", "-q"]);
        let input = open(&shop.path("f.arrow"), &ReadOptions::default()).unwrap();
        let names: Vec<_> = input.table.columns().iter().map(|c| c.name()).collect();
        assert_eq!(names.contains(&"recency_days"), recency == "absolute");
        assert_eq!(names.contains(&"recency_rank"), recency == "relative");
        let said = input.advice.iter().find(|advice| advice.name == "recency_days");
        assert_eq!(
            said.map(|advice| advice.is_feature),
            match recency {
                "absolute" => Some(true),
                "overlay" => Some(false),
                _ => None,
            }
        );
    }
    shop.done(&["features", &sample(), "--one-hot", "state=0.5", "-o", "f.arrow", "-q"]);
    let input = open(&shop.path("f.arrow"), &ReadOptions::default()).unwrap();
    let states = input.table.columns().iter().filter(|c| c.name().starts_with("state="));
    let values: Vec<f64> = states.map(|c| (0..c.n_rows()).map(|row| c.get(row)).sum()).collect();
    assert!(values.len() > 10, "{values:?}");
    // Everybody has one state or none.
    assert!(values.iter().sum::<f64>() <= input.n_rows() as f64 * 0.5 / 2_f64.sqrt() + 1e-3);
}

#[test]
fn tables_are_read_in_every_form_that_they_come_in() {
    let shop = Workshop::new();
    let expected = fs::read(data().join("features.arrow")).unwrap();

    // The course database's names; everything quoted, with a byte order mark and CRLF.
    fs::create_dir(shop.path("quoted")).unwrap();
    for (published, name) in TABLES {
        let (header, records) = table(published);
        let mut writer = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::CRLF)
            .from_writer(b"\xef\xbb\xbf".to_vec());
        writer.write_record(header).unwrap();
        records.iter().for_each(|record| writer.write_record(record).unwrap());
        let bytes = writer.into_inner().unwrap();
        fs::write(shop.path(&format!("quoted/{name}.csv")), bytes).unwrap();
    }
    shop.done(&["features", "quoted", "-o", "quoted.arrow", "-q"]);
    assert!(shop.read("quoted.arrow") == expected, "quoted tables give something else");

    // Parquet with types of its own, and zip codes that lost their leading zeros.
    fs::create_dir(shop.path("typed")).unwrap();
    for (published, name) in TABLES {
        let (header, records) = table(published);
        let columns = header.iter().enumerate().map(|(c, name)| {
            let cells = || records.iter().map(|record| record[c].as_str());
            let array: ArrayRef = if name.ends_with("timestamp") || name.ends_with("_date") {
                let seconds = cells().map(|cell| Moment::parse(cell).map(Moment::seconds));
                Arc::new(seconds.collect::<TimestampSecondArray>())
            } else if name.ends_with("zip_code_prefix") || name == "payment_installments" {
                let integers = cells().map(|cell| cell.parse::<i64>().ok());
                Arc::new(integers.collect::<arrow_array::Int64Array>())
            } else if name == "price" || name.ends_with("_value") || name.ends_with("_lat") {
                let numbers = cells().map(|cell| cell.parse::<f64>().ok());
                Arc::new(numbers.collect::<arrow_array::Float64Array>())
            } else {
                let texts = cells().map(|cell| (!cell.is_empty()).then_some(cell));
                Arc::new(texts.collect::<StringArray>())
            };
            (name.clone(), array, true)
        });
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let file = fs::File::create(shop.path(&format!("typed/{name}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
    shop.done(&["features", "typed", "-o", "typed.arrow", "-q"]);
    assert!(shop.read("typed.arrow") == expected, "Parquet tables give something else");
}

/// A folder with those of the sample tables that are named.
fn some_tables(shop: &Workshop, folder: &str, names: &[&str]) {
    fs::create_dir(shop.path(folder)).unwrap();
    for name in names {
        let file = format!("{name}.csv");
        fs::copy(data().join(&file), shop.path(&format!("{folder}/{file}"))).unwrap();
    }
}

#[test]
fn what_tables_do_not_tell_is_left_out() {
    let shop = Workshop::new();
    let few = ["olist_orders_dataset", "olist_customers_dataset", "olist_order_items_dataset"];
    some_tables(&shop, "few", &few);
    let args = ["features", "few", "--set", "full", "-o", "few.arrow", "--json"];
    let output = shop.done(&args);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let left_out: Vec<_> =
        report["left_out"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for name in ["review_last", "card_share", "categories", "distance_km", "top_category"] {
        assert!(left_out.contains(&name), "{left_out:?}");
    }
    assert!(stderr(&output).contains("order_reviews"), "{}", stderr(&output));
    let ours = rows(&read_arrow(shop.read("few.arrow")));
    shop.done(&["features", &sample(), "--set", "full", "-o", "all.arrow", "-q"]);
    assert_eq!(ours.len(), rows(&read_arrow(shop.read("all.arrow"))).len());

    some_tables(&shop, "lacking", &few[..2]);
    let message = shop.refused(3, &["features", "lacking"]);
    assert!(message.contains("no table order_items"), "{message}");
    let message = shop.refused(2, &["features", "in.arrow"]);
    assert!(message.contains("--mapping"), "{message}");
}

#[test]
fn what_is_wrong_with_a_table_is_said_with_its_place() {
    let few = ["olist_orders_dataset", "olist_customers_dataset", "olist_order_items_dataset"];
    let orders = "olist_orders_dataset.csv";
    for (from, to, said) in [
        ("order_purchase_timestamp", "bought", "column \"order_purchase_timestamp\""),
        ("2018-", "2018/", "a time like 2018-03-01 17:30:00"),
    ] {
        let shop = Workshop::new();
        some_tables(&shop, "bad", &few);
        let path = shop.path(&format!("bad/{orders}"));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let message = shop.refused(3, &["features", "bad"]);
        assert!(message.contains(said) && message.contains(orders), "{message}");
        assert_eq!(shop.names(), ["bad"]);
    }
    let shop = Workshop::new();
    some_tables(&shop, "bad", &few);
    let path = shop.path("bad/olist_orders_dataset.csv");
    fs::copy(&path, shop.path("bad/orders.csv")).unwrap();
    let message = shop.refused(3, &["features", "bad"]);
    assert!(message.contains("as is"), "{message}");
    // No table is written over.
    let message = shop.refused(2, &["features", "bad", "-o", "bad/olist_orders_dataset.csv"]);
    assert!(message.contains("bears the name of an order table"), "{message}");
    let args = ["features", "bad", "-o", "out.csv", "--mapping", "out.csv"];
    fs::write(shop.path("out.csv"), "").unwrap();
    let message = shop.refused(2, &args);
    assert!(message.contains("is an input"), "{message}");
    let message = shop.refused(3, &["features", &sample(), "--as-of", "2001-01-01"]);
    assert!(message.contains("no order was placed by 2001-01-01"), "{message}");
}

/// A shop with lines of its own, one of them taken back.
const LINES: &str = "Invoice;When;Client;Pieces;Price;Land\n\
    A1;03/01/2020 10:00;17850.0;2;10.5;PT\n\
    A1;03/01/2020 10:00;17850.0;1;4;PT\n\
    A2;05/01/2020 10:00;99.0;1;100;ES\n\
    C3;07/01/2020 10:00;17850.0;-2;10.5;PT\n\
    A4;09/01/2020 10:00;;5;1;PT\n";
const MAPPING: &str = "time_format = \"%d/%m/%Y %H:%M\"\n[columns]\ncustomer = \"Client\"\n\
    time = \"When\"\norder = \"Invoice\"\nquantity = \"Pieces\"\nunit_price = \"Price\"\n\
    state = \"Land\"\n[cancellation]\norder_prefix = \"C\"\n";

#[test]
fn another_shop_is_read_through_a_mapping() {
    let shop = Workshop::new();
    fs::write(shop.path("shop.csv"), LINES).unwrap();
    fs::write(shop.path("shop.toml"), MAPPING).unwrap();
    let features = |date: &str| {
        let args = ["shop.csv", "--mapping", "shop.toml", "--set", "full", "--as-of", date];
        shop.done(&[&["features"][..], &args, &["-o", "f.csv"]].concat())
    };
    let output = features("2020-01-06");
    assert!(stderr(&output).contains("1 row without a customer"), "{}", stderr(&output));
    let text = String::from_utf8(shop.read("f.csv")).unwrap();
    let expected = "Client,recency_days,purchases,spent,basket_mean,items_per_order,tenure_days,\
        weekend_share,state\n17850,3.0,1.0,25.0,25.0,3.0,3.0,0.0,PT\n99,1.0,1.0,100.0,100.0,1.0,1.0,1.0,ES\n";
    assert_eq!(text, expected);
    features("2020-01-31");
    let text = String::from_utf8(shop.read("f.csv")).unwrap();
    assert!(text.contains("17850,28.0,1.0,4.0,25.0,3.0,28.0,0.0,PT"), "{text}");

    let message = {
        fs::write(shop.path("bad.toml"), MAPPING.replace("Price", "Preis")).unwrap();
        shop.refused(3, &["features", "shop.csv", "--mapping", "bad.toml"])
    };
    assert!(message.contains("\"Preis\"") && message.contains("shop.csv"), "{message}");
    fs::write(shop.path("bad.toml"), MAPPING.replace("customer", "buyer")).unwrap();
    let message = shop.refused(2, &["features", "shop.csv", "--mapping", "bad.toml"]);
    assert!(message.contains("columns.buyer is not known"), "{message}");
}

#[test]
fn rows_that_share_an_order_number_hide_nobody_and_tell_nothing_early() {
    let shop = Workshop::new();
    let lines = "client,when,bill,amount,seen\n\
        a,2018-01-01 10:00:00,1,10,2018-01-01 10:00:00\n\
        b,2018-01-01 10:00:00,1,99,2018-01-01 10:00:00\n\
        a,2018-02-01 10:00:00,1,20,2018-02-01 10:00:00\n";
    let mapping = "[columns]\ncustomer = \"client\"\ntime = \"when\"\norder = \"bill\"\n\
        amount = \"amount\"\n";
    fs::write(shop.path("shop.csv"), lines).unwrap();
    fs::write(shop.path("shop.toml"), mapping).unwrap();
    let args = ["features", "shop.csv", "--mapping", "shop.toml", "--set", "rfm", "-o", "f.csv"];
    let output = shop.done(&[&args[..], &["--as-of", "2018-01-02"]].concat());
    assert!(stderr(&output).contains("2 rows have the order number"), "{}", stderr(&output));
    let text = String::from_utf8(shop.read("f.csv")).unwrap();
    assert_eq!(text, "client,recency_days,purchases,spent\na,1.0,1.0,10.0\nb,1.0,1.0,99.0\n");
}

#[test]
fn one_column_may_be_two_things_in_any_kind_of_file() {
    let shop = Workshop::new();
    let mapping = "[columns]\ncustomer = \"client\"\ntime = \"when\"\namount = \"amount\"\n\
        review_score = \"stars\"\nreview_time = \"when\"\n";
    fs::write(shop.path("shop.toml"), mapping).unwrap();
    // More rows than a Parquet reader hands over at once.
    let n = 70_000;
    let texts = |f: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..n).map(f)))
    };
    let batch = RecordBatch::try_from_iter([
        ("client", texts(&|i| format!("c{}", i % 1000))),
        ("when", texts(&|i| format!("2018-01-{:02} 10:00:00", i % 28 + 1))),
        ("amount", texts(&|i| format!("{}.5", i % 7))),
        ("stars", texts(&|i| (i % 5 + 1).to_string())),
    ])
    .unwrap();
    let file = fs::File::create(shop.path("shop.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    crate::workshop::write_table(&shop.path("shop.arrow"), &batch, 20_000);
    let mut written = Vec::new();
    for file in ["shop.parquet", "shop.arrow"] {
        let args = ["features", file, "--mapping", "shop.toml", "--json", "-o", "f.arrow"];
        let report: Value = serde_json::from_str(&stdout(&shop.done(&args))).unwrap();
        assert_eq!((&report["n_orders"], &report["n_rows"]), (&n.into(), &1000.into()), "{file}");
        written.push(shop.read("f.arrow"));
    }
    assert!(written[0] == written[1]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_replaced_by_a_file() {
    let shop = Workshop::new();
    let made = std::process::Command::new("mkfifo").arg(shop.path("pipe.arrow")).status();
    assert!(made.unwrap().success());
    let message = shop.refused(1, &["features", &sample(), "-o", "pipe.arrow"]);
    assert!(message.contains("a device or a pipe"), "{message}");
    let message = shop.refused(2, &["features", &sample(), "-o", "f.xlsx"]);
    assert!(message.contains(".parquet"), "{message}");
}

#[test]
fn times_in_a_zone_are_refused_and_columns_of_nothing_are_empty() {
    let shop = Workshop::new();
    let few = ["olist_customers_dataset", "olist_order_items_dataset"];
    for (zone, said) in [(Some("UTC"), Some("in a time zone")), (None, None)] {
        let folder = if zone.is_some() { "zoned" } else { "naive" };
        some_tables(&shop, folder, &few);
        let (header, records) = table("olist_orders_dataset");
        let columns = header.iter().enumerate().map(|(c, name)| {
            let cells = || records.iter().map(|record| record[c].as_str());
            let array: ArrayRef = if name == "order_purchase_timestamp" {
                let seconds = cells().map(|cell| Moment::parse(cell).map(Moment::seconds));
                let array = seconds.collect::<TimestampSecondArray>();
                Arc::new(array.with_timezone_opt(zone.map(Arc::<str>::from)))
            } else if name == "order_approved_at" {
                Arc::new(arrow_array::NullArray::new(records.len()))
            } else {
                Arc::new(StringArray::from_iter_values(cells()))
            };
            (name.clone(), array, true)
        });
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        crate::workshop::write_table(&shop.path(&format!("{folder}/orders.arrow")), &batch, 3000);
        let args = ["features", folder, "-o", "f.arrow", "--set", "rfm"];
        match said {
            Some(said) => {
                let message = shop.refused(3, &args);
                assert!(message.contains(said), "{message}");
            }
            None => drop(shop.done(&args)),
        }
    }
}

#[test]
fn the_shipped_mapping_is_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/online_retail.toml");
    let mapping = segengine::OrderMapping::read(&path).unwrap();
    assert_eq!(mapping.customer_column(), "CustomerID");
}

#[test]
fn hindsight_is_told_apart() {
    let shop = Workshop::new();
    let args = ["--set", "full", "--as-of", "2018-03-01", "--json", "-o", "naive.arrow"];
    let output = shop.done(&[&["features", &sample(), "--naive"][..], &args].concat());
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["hindsight"], true);
    let leak = report["leak"].as_array().unwrap();
    let changed = |name: &str| {
        let found = leak.iter().find(|leak| leak["name"] == name);
        found.map_or(0, |leak| leak["customers"].as_u64().unwrap())
    };
    assert!(changed("review_last") > 10 && changed("delivery_days") > 10, "{leak:?}");
    assert_eq!((changed("recency_days"), changed("tenure_days")), (0, 0));
    assert!(stderr(&output).contains("nobody knew"), "{}", stderr(&output));
}

#[test]
fn the_day_is_the_last_with_deliveries_unless_it_is_given() {
    let shop = Workshop::new();
    let report = |args: &[&str]| -> Value {
        let output =
            shop.done(&[&["features", &sample(), "--json", "-o", "f.arrow"][..], args].concat());
        serde_json::from_str(&stdout(&output)).unwrap()
    };
    let default = report(&[]);
    assert_eq!(default["as_of"], "2018-08-29");
    assert_eq!(default["as_of_is_given"], false);
    assert!(
        default["warnings"].to_string().contains("--from 2017-01-01"),
        "{}",
        default["warnings"]
    );
    let later = report(&["--from", "2017-01-01"]);
    assert!(later["n_rows"].as_u64() < default["n_rows"].as_u64());
    assert_eq!(later["warnings"], Value::Array(Vec::new()));
    let out = shop.done(&["features", &sample(), "-o", "-", "--format", "csv", "-q"]);
    let lines = stdout(&out).lines().count() as u64;
    assert_eq!(Some(lines - 1), default["n_rows"].as_u64());
}

#[test]
fn check_explains_the_sample() {
    let shop = Workshop::new();
    let output = shop.done(&["check", &sample(), "--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["counts"]["errors"], 0);
    let codes: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    for code in [
        "customer-id-is-not-the-person",
        "one-time-buyers",
        "joins-multiply-money",
        "review-id-is-no-key",
        "orders-without-items",
        "failures-have-no-date",
        "empty-tail",
        "thin-start",
        "promises-are-midnights",
        "zip-codes-multiply",
        "missing-values",
    ] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    let text = stdout(&shop.done(&["check", &sample()]));
    assert!(text.contains("0 errors") && text.contains("customer_unique_id"), "{text}");
    // A table of features.
    let output = shop.done(&["check", data().join("features.arrow").to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["counts"]["errors"], 0);
}

#[test]
fn check_fails_where_nothing_can_be_made_of_the_data() {
    let shop = Workshop::new();
    fs::write(shop.path("t.csv"), "id,x,y\na,1,inf\nb,2,3\nc,4,5\n").unwrap();
    let output = shop.run(&["check", "t.csv"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("infinite"), "{}", stdout(&output));
    assert!(stderr(&output).contains("1 error found"), "{}", stderr(&output));
    // Items of other orders than those that are there.
    let few = ["olist_orders_dataset", "olist_customers_dataset", "olist_order_items_dataset"];
    some_tables(&shop, "apart", &few);
    let path = shop.path("apart/olist_order_items_dataset.csv");
    let text = fs::read_to_string(&path).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    let strange = rest.lines().map(|line| format!("x{line}\n")).collect::<String>();
    fs::write(&path, format!("{header}\n{}", strange.replace("x\"", "\"x"))).unwrap();
    let output = shop.run(&["check", "apart", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stdout(&output).contains("rows-without-order"));
}
