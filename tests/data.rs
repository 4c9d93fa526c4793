//! The generator of `data/features.arrow`, and the proof that the committed file is what it makes.
//! `SEGENGINE_BLESS=1 cargo test --test tests data` writes the file anew.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use segengine::{Purpose, Seed, Stream};

const ROWS: u64 = 20_000;

/// One customer of an invented shop, as known on the day after its last sale.
struct Customer {
    id: String,
    recency_days: f32,
    orders: f32,
    spent: f32,
    review_score: f32,
    delay_days: f32,
    installments: f32,
}

impl Customer {
    /// Every value is rounded to what a shop would know (days, cents, stars), so that machines
    /// whose logarithms differ in the last digit make the same file.
    fn draw(index: u64) -> Self {
        let mut stream = Seed(2018).stream(Purpose::Synthetic, index);
        let id = format!("{:08x}{:08x}", stream.below(1 << 32), stream.below(1 << 32));
        // The shop grew: a recent first purchase is likelier than an old one.
        let recency = (600.0 * stream.uniform().powf(1.4)).floor();
        // Ninety-seven of a hundred never came back.
        let mut orders = 1;
        if stream.uniform() < 0.03 {
            orders = 2;
            while orders < 12 && stream.uniform() < 0.13 {
                orders += 1;
            }
        }
        let (mut spent, mut reviews, mut delays, mut installments) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..orders {
            let order = Order::draw(&mut stream);
            spent += order.value;
            reviews += order.review;
            delays += order.delay;
            installments += order.installments;
        }
        let n = f64::from(orders);
        let rounded = |x: f64, digits: f64| ((x * digits).round() / digits) as f32;
        Self {
            id,
            recency_days: recency as f32,
            orders: n as f32,
            spent: rounded(spent, 100.0),
            review_score: rounded(reviews / n, 100.0),
            delay_days: rounded(delays / n, 10.0),
            installments: rounded(installments / n, 10.0),
        }
    }
}

struct Order {
    /// In reais, freight included.
    value: f64,
    /// Days after the promised date; negative where it came early.
    delay: f64,
    /// Stars, 1 to 5.
    review: f64,
    /// Monthly payments agreed on.
    installments: f64,
}

impl Order {
    fn draw(stream: &mut Stream) -> Self {
        let value = (4.6 + 0.8 * stream.normal()).exp().max(10.0);
        // Promises are cautious; one parcel in fourteen is late, some of them very.
        let late = stream.uniform() < 0.07;
        let delay = if late {
            1.0 - 9.0 * (1.0 - stream.uniform()).ln()
        } else {
            (-12.0 + 6.0 * stream.normal()).min(0.0)
        };
        // Chances of one to five stars.
        let chances: [f64; 5] =
            if late { [0.46, 0.09, 0.12, 0.13, 0.20] } else { [0.08, 0.03, 0.08, 0.20, 0.61] };
        let mut left = stream.uniform();
        let review = chances
            .iter()
            .position(|chance| {
                left -= chance;
                left < 0.0
            })
            .map_or(5.0, |star| star as f64 + 1.0);
        // Half pay at once; the dearer the order, the more payments.
        let installments = if stream.uniform() < 0.48 {
            1.0
        } else {
            let typical = 1.0 + value / 60.0;
            (1.0 - typical * (1.0 - stream.uniform()).ln()).ceil().min(10.0)
        };
        Self { value, delay, review, installments }
    }
}

/// The file's bytes: one uncompressed record batch.
fn file() -> Vec<u8> {
    let customers: Vec<_> = (0..ROWS).map(Customer::draw).collect();
    let ids: StringArray = customers.iter().map(|c| Some(&c.id)).collect();
    let column = |name, value: fn(&Customer) -> f32| {
        let values: Float32Array = customers.iter().map(value).collect::<Vec<_>>().into();
        (name, Arc::new(values) as ArrayRef)
    };
    let batch = RecordBatch::try_from_iter([
        ("customer_unique_id", Arc::new(ids) as ArrayRef),
        column("recency_days", |c| c.recency_days),
        column("orders", |c| c.orders),
        column("spent", |c| c.spent),
        column("review_score", |c| c.review_score),
        column("delay_days", |c| c.delay_days),
        column("installments", |c| c.installments),
    ])
    .unwrap();
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn the_committed_table_is_what_the_generator_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/features.arrow");
    let made = file();
    assert!(made.len() < 1_000_000, "{} bytes are more than a repository should carry", made.len());
    if std::env::var_os("SEGENGINE_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let same = fs::read(&path).unwrap() == made;
    assert!(same, "{}: differs (SEGENGINE_BLESS=1 writes it anew)", path.display());
}

#[test]
fn the_table_is_what_its_readme_says() {
    let customers: Vec<_> = (0..ROWS).map(Customer::draw).collect();
    let share =
        |of: fn(&Customer) -> bool| customers.iter().filter(|c| of(c)).count() as f64 / ROWS as f64;
    // Four standard deviations of a share of 0.03 in 20,000 rows are 0.005.
    assert!((share(|c| c.orders == 1.0) - 0.97).abs() < 0.005);
    // Skewed spending: the mean lies well above the median.
    let mut spent: Vec<_> = customers.iter().map(|c| f64::from(c.spent)).collect();
    spent.sort_by(f64::total_cmp);
    assert!(spent.iter().sum::<f64>() / ROWS as f64 > 1.25 * spent[spent.len() / 2]);
    let mut ids: Vec<_> = customers.iter().map(|c| &c.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len() as u64, ROWS);
    assert_eq!(share(|c| (1.0..=5.0).contains(&c.review_score)), 1.0);
    assert_eq!(share(|c| (1.0..=10.0).contains(&c.installments)), 1.0);
}
