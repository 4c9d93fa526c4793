//! That the tables in `data` are what `segengine synth` makes, and what their README says.
//! `SEGENGINE_BLESS=1 cargo test --test tests -- data the_sample` writes them and the features anew.

use std::fs;
use std::path::Path;

use segengine::{Silent, open_order_tables};

use crate::workshop::Workshop;

/// What a repository should carry at most, in bytes.
const MOST: u64 = 4_000_000;

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

#[test]
fn the_tables_are_what_synth_makes() {
    let shop = Workshop::new();
    shop.done(&["synth", "--orders", "5000", "--seed", "2018", "-o", "made", "-q"]);
    let mut total = 0;
    for entry in fs::read_dir(shop.path("made")).unwrap() {
        let made = entry.unwrap();
        let path = data().join(made.file_name());
        if std::env::var_os("SEGENGINE_BLESS").is_some() {
            fs::copy(made.path(), &path).unwrap();
        }
        let same = fs::read(&path).unwrap() == fs::read(made.path()).unwrap();
        assert!(same, "{}: differs (SEGENGINE_BLESS=1 writes it anew)", path.display());
        total += made.metadata().unwrap().len();
    }
    assert!(total > 0 && total <= MOST, "{total} bytes");
}

#[test]
fn the_tables_are_what_their_readme_says() {
    let history = open_order_tables(&data(), &Silent).unwrap().history;
    assert_eq!(history.n_orders(), 5_000);
    let (first, last) = history.days();
    assert!(last.month() - first.month() >= 20, "{first} to {last}");
    assert_eq!(history.last_delivered_day().to_string(), "2018-08-29");
    let [once, ..] = history.audit().persons_by_orders;
    // Four standard deviations of a share of 0.97 in 4,827 people are 0.01.
    assert!((once as f64 / history.n_persons() as f64 - 0.97).abs() < 0.01);
}
