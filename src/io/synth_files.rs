//! A made-up order history as the nine CSV files of Olist's layout, with what its people really
//! are.
//!
//! Names and headers are those under which the data was published, a misspelt one included; the
//! translations have a byte order mark and CRLF, and end without one, as there. Rows are made and
//! encoded block by block, side by side, and written in order: memory does not grow with the
//! history, and the bytes do not depend on the number of threads.

use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::{BufWriter, Write};

use rayon::prelude::*;

use super::output::Outputs;
use crate::error::{Error, ErrorKind, Result};
use crate::history::{
    Behaviour, Money, OrderRow, PaymentRow, Synth, SynthBlock, SynthCustomer, SynthDrift,
    SynthEvents, SynthItem, SynthParams, SynthPlace, SynthProduct, SynthReview, SynthSeller,
    SynthTruth, SynthWorld,
};

/// The names of the files, in the order in which [`SynthCounts`] has them.
pub const SYNTH_FILES: [&str; 11] = [
    "olist_customers_dataset.csv",
    "olist_orders_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
    "olist_order_reviews_dataset.csv",
    "truth.csv",
    "olist_products_dataset.csv",
    "olist_sellers_dataset.csv",
    "olist_geolocation_dataset.csv",
    "product_category_name_translation.csv",
    "SYNTHETIC.md",
];

/// How many of them are written block by block of people.
const OF_BLOCKS: usize = 6;
const TRUTH: usize = 5;
const PRODUCTS: usize = 6;
const SELLERS: usize = 7;
const PLACES: usize = 8;
const TRANSLATIONS: usize = 9;
const README: usize = 10;

/// The first lines of the tables.
const HEADERS: [&str; 10] = [
    "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n",
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
     order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n",
    "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n",
    "order_id,payment_sequential,payment_type,payment_installments,payment_value\n",
    "review_id,order_id,review_score,review_comment_title,review_comment_message,\
     review_creation_date,review_answer_timestamp\n",
    "customer_unique_id,type\n",
    "product_id,product_category_name,product_name_lenght,product_description_lenght,\
     product_photos_qty,product_weight_g,product_length_cm,product_height_cm,product_width_cm\n",
    "seller_id,seller_zip_code_prefix,seller_city,seller_state\n",
    "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng,geolocation_city,\
     geolocation_state\n",
    "\u{feff}product_category_name,product_category_name_english",
];

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SynthCounts {
    /// Rows of each file; 0 for the last, which is no table.
    pub rows: [u64; SYNTH_FILES.len()],
    /// Bytes of each file.
    pub bytes: [u64; SYNTH_FILES.len()],
    /// How many people there are of each of [`Behaviour::ALL`].
    pub behaviours: [u64; Behaviour::ALL.len()],
}

/// Writes the files of a made-up history to `outputs`, which were staged with the names
/// [`SYNTH_FILES`]. `go_on` is asked some times a second whether to.
///
/// # Errors
/// [`ErrorKind::Io`] if a file cannot be written, and whatever `go_on` returns.
pub fn write_synth(
    synth: &Synth,
    outputs: &Outputs,
    go_on: &dyn Fn() -> Result<()>,
) -> Result<SynthCounts> {
    outputs.write_together(|writers| {
        let mut files = Files { synth, outputs, writers, go_on, counts: SynthCounts::default() };
        files.orders()?;
        let synth = files.synth;
        files.numbered(PRODUCTS, synth.n_products(), |i| vec![synth.product(i)], product)?;
        files.numbered(SELLERS, synth.n_sellers(), |i| vec![synth.seller(i)], seller)?;
        files.numbered(PLACES, synth.n_zips(), |i| synth.places(i), place)?;
        files.translations()?;
        files.readme()?;
        Ok(files.counts)
    })
}

/// The files while they are written.
struct Files<'a, 'f> {
    synth: &'a Synth,
    outputs: &'a Outputs,
    writers: &'a mut [BufWriter<&'f File>],
    go_on: &'a dyn Fn() -> Result<()>,
    counts: SynthCounts,
}

impl Files<'_, '_> {
    /// The tables that have rows per order or person.
    fn orders(&mut self) -> Result<()> {
        (0..OF_BLOCKS).try_for_each(|file| self.put(file, HEADERS[file].as_bytes()))?;
        for blocks in self.synth.blocks() {
            (self.go_on)()?;
            let encoded: Vec<_> = blocks.par_iter().map(encode).collect();
            for (block, encoded) in blocks.iter().zip(encoded) {
                for (file, bytes) in encoded?.iter().enumerate() {
                    self.put(file, bytes)?;
                }
                self.count(block);
            }
        }
        Ok(())
    }

    fn count(&mut self, block: &SynthBlock) {
        let SynthBlock { truths, customers, orders, items, payments, reviews } = block;
        let rows = [
            customers.len(),
            orders.len(),
            items.len(),
            payments.len(),
            reviews.len(),
            truths.len(),
        ];
        for (total, rows) in self.counts.rows.iter_mut().zip(rows) {
            *total += rows as u64;
        }
        for (total, behaviour) in self.counts.behaviours.iter_mut().zip(Behaviour::ALL) {
            let n = truths.iter().filter(|truth| truth.behaviour == behaviour).count();
            *total += n as u64;
        }
    }

    /// A table whose rows come by the numbers below `n`, some from each.
    fn numbered<T>(
        &mut self,
        file: usize,
        n: u64,
        make: impl Fn(u64) -> Vec<T> + Sync,
        write: fn(&mut Sheet, &T) -> csv::Result<()>,
    ) -> Result<()> {
        const NUMBERS: u64 = 512;
        self.put(file, HEADERS[file].as_bytes())?;
        let per_group = NUMBERS * 2 * rayon::current_num_threads() as u64;
        for start in (0..n).step_by(per_group as usize) {
            (self.go_on)()?;
            let end = n.min(start + per_group);
            let parts: Vec<_> = (start..end).step_by(NUMBERS as usize).collect();
            let encoded = parts.into_par_iter().map(|from| {
                let rows: Vec<T> = (from..end.min(from + NUMBERS)).flat_map(&make).collect();
                Ok((rows.len(), Sheet::of(&rows, write)?))
            });
            let encoded: Vec<Result<_>> = encoded.collect();
            for part in encoded {
                let (rows, bytes) = part?;
                self.counts.rows[file] += rows as u64;
                self.put(file, &bytes)?;
            }
        }
        Ok(())
    }

    fn translations(&mut self) -> Result<()> {
        let mut text = HEADERS[TRANSLATIONS].to_owned();
        for row in self.synth.translations() {
            // Writing to a string cannot fail, and no name needs quotes.
            let _ = write!(text, "\r\n{},{}", row.category, row.english);
            self.counts.rows[TRANSLATIONS] += 1;
        }
        self.put(TRANSLATIONS, text.as_bytes())
    }

    fn readme(&mut self) -> Result<()> {
        let SynthParams { orders, seed, world } = self.synth.params();
        let behaviours: Vec<_> = world.behaviours().iter().map(|b| b.name()).collect();
        let text = format!(
            "# A made-up order history\n\n\
             All of it is invented: people, orders, products, sellers, places and reviews. Nothing \
             is\nanybody's data, and nothing learnt from it is true of a shop. It has the layout of \
             Olist's\ntables, and shares with them {shared}.\n\n\
             `{truth}` says how each person behaves, which is what a segmentation should find \
             again:\n{behaviours}.\n\n\
             {world}- orders: {orders}\n- seed: {seed}\n- made by: segengine {version}\n\n\
             The same version makes the same files again:\n\n    \
             segengine synth --orders {orders} --seed {seed}{options} -o DIR\n",
            shared = shared(world),
            truth = SYNTH_FILES[TRUTH],
            behaviours = behaviours.join(", "),
            world = described(world),
            seed = seed.0,
            version = env!("CARGO_PKG_VERSION"),
            options = options(world),
        );
        self.put(README, text.as_bytes())
    }

    fn put(&mut self, file: usize, bytes: &[u8]) -> Result<()> {
        self.counts.bytes[file] += bytes.len() as u64;
        self.writers[file]
            .write_all(bytes)
            .map_err(|error| Error::io("cannot write", &error).in_file(self.outputs.target(file)))
    }
}

/// What of a history is as published.
fn shared(world: SynthWorld) -> &'static str {
    match world {
        SynthWorld::Shop => "published totals and shares only",
        SynthWorld::Steady => "published shares only, not the months",
        SynthWorld::Laboratory(_) => "nothing else",
    }
}

/// What changes in a history with time; nothing of the one that is as published.
fn described(world: SynthWorld) -> String {
    let SynthEvents { drift, split, merge } = world.events();
    let mut text = match world {
        SynthWorld::Shop => return String::new(),
        SynthWorld::Steady => "As many orders are expected in every week.\n".to_owned(),
        SynthWorld::Laboratory(_) => {
            "Everybody is of one type, and orders once at any time, but for what is said here.\n"
                .to_owned()
        }
    };
    // Writing to a string cannot fail.
    if let Some(SynthDrift { day, share }) = drift {
        let _ = write!(
            text,
            "From {day} on, a share of {share} of all people spend ten times as much and give three\n\
             stars; of those who bought in the 365 days before, all in it buy again within a week.\n"
        );
    }
    if let Some(day) = split {
        let _ = write!(
            text,
            "From {day} on, half of {large} spend about 15 times as much, in three orders within\n\
             a week; those who bought in the 365 days before do so from that day on, and half as\n\
             many of those who had bought earlier.\n",
            large = Behaviour::HappyLarge.name()
        );
    }
    if let Some(day) = merge {
        let _ = write!(
            text,
            "From {day} on, {} and {} are alike: they spend little, in three\n\
             orders within a week, and give two to four stars; those who bought before do so from that \
             day on.\n",
            Behaviour::HappySmall.name(),
            Behaviour::UnhappySmall.name()
        );
    }
    text + "\n"
}

/// Of the command line, each with a blank before it.
fn options(world: SynthWorld) -> String {
    let SynthEvents { drift, split, merge } = world.events();
    let mut text = match world {
        SynthWorld::Shop => "",
        SynthWorld::Steady => " --steady",
        SynthWorld::Laboratory(_) => " --clear-types",
    }
    .to_owned();
    text.extend(drift.map(|SynthDrift { day, share }| format!(" --drift {day}={share}")));
    text.extend(split.map(|day| format!(" --split {day}")));
    text.extend(merge.map(|day| format!(" --merge {day}")));
    text
}

/// The rows of a block, for the first files.
fn encode(block: &SynthBlock) -> Result<[Vec<u8>; OF_BLOCKS]> {
    Ok([
        Sheet::of(&block.customers, customer)?,
        Sheet::of(&block.orders, order)?,
        Sheet::of(&block.items, item)?,
        Sheet::of(&block.payments, payment)?,
        Sheet::of(&block.reviews, review)?,
        Sheet::of(&block.truths, truth)?,
    ])
}

fn customer(sheet: &mut Sheet, customer: &SynthCustomer) -> csv::Result<()> {
    let row = &customer.row;
    sheet.text(&row.customer)?;
    sheet.text(&row.person)?;
    sheet.zip(row.zip)?;
    sheet.text(&customer.city)?;
    sheet.text(row.state.as_deref().unwrap_or_default())?;
    sheet.end()
}

fn order(sheet: &mut Sheet, row: &OrderRow<'_>) -> csv::Result<()> {
    sheet.text(&row.order)?;
    sheet.text(&row.customer)?;
    sheet.text(row.status.name())?;
    sheet.shown(Some(row.placed))?;
    sheet.shown(row.approved)?;
    sheet.shown(row.shipped)?;
    sheet.shown(row.delivered)?;
    sheet.shown(row.promised.map(|day| day.start()))?;
    sheet.end()
}

fn item(sheet: &mut Sheet, item: &SynthItem) -> csv::Result<()> {
    let row = &item.row;
    sheet.text(&row.order)?;
    sheet.shown(Some(item.row.number))?;
    sheet.text(row.product.as_deref().unwrap_or_default())?;
    sheet.text(row.seller.as_deref().unwrap_or_default())?;
    sheet.shown(Some(item.ship_by))?;
    sheet.money(row.price)?;
    sheet.money(row.freight)?;
    sheet.end()
}

fn payment(sheet: &mut Sheet, row: &PaymentRow<'_>) -> csv::Result<()> {
    sheet.text(&row.order)?;
    sheet.shown(Some(row.number))?;
    sheet.text(row.kind.name())?;
    sheet.shown(Some(row.installments))?;
    sheet.money(row.value)?;
    sheet.end()
}

fn review(sheet: &mut Sheet, review: &SynthReview) -> csv::Result<()> {
    let row = &review.row;
    sheet.text(row.review.as_deref().unwrap_or_default())?;
    sheet.text(&row.order)?;
    sheet.shown(Some(row.score))?;
    sheet.text(&review.title)?;
    sheet.text(&review.message)?;
    sheet.shown(Some(review.created.start()))?;
    sheet.shown(row.answered)?;
    sheet.end()
}

fn truth(sheet: &mut Sheet, truth: &SynthTruth) -> csv::Result<()> {
    sheet.text(&truth.person)?;
    sheet.text(truth.behaviour.name())?;
    sheet.end()
}

fn product(sheet: &mut Sheet, product: &SynthProduct) -> csv::Result<()> {
    sheet.text(&product.row.product)?;
    sheet.text(product.row.category.as_deref().unwrap_or_default())?;
    (0..3).try_for_each(|i| sheet.shown(product.text.map(|text| text[i])))?;
    (0..4).try_for_each(|i| sheet.shown(product.size.map(|size| size[i])))?;
    sheet.end()
}

fn seller(sheet: &mut Sheet, seller: &SynthSeller) -> csv::Result<()> {
    sheet.text(&seller.row.seller)?;
    sheet.zip(seller.row.zip)?;
    sheet.text(&seller.city)?;
    sheet.text(seller.state)?;
    sheet.end()
}

fn place(sheet: &mut Sheet, place: &SynthPlace) -> csv::Result<()> {
    sheet.zip(Some(place.row.zip))?;
    sheet.shown(Some(place.row.latitude))?;
    sheet.shown(Some(place.row.longitude))?;
    sheet.text(&place.city)?;
    sheet.text(place.state)?;
    sheet.end()
}

/// Lines of a table, as they are encoded.
struct Sheet {
    lines: csv::Writer<Vec<u8>>,
    /// For a number, while it is written out.
    room: String,
}

impl Sheet {
    /// All of `rows`.
    fn of<T>(rows: &[T], write: fn(&mut Self, &T) -> csv::Result<()>) -> Result<Vec<u8>> {
        let lines = csv::Writer::from_writer(Vec::new());
        let mut sheet = Self { lines, room: String::new() };
        let internal = |error: &dyn Display| {
            Error::new(ErrorKind::Internal, format!("cannot encode a row: {error}"))
        };
        for row in rows {
            write(&mut sheet, row).map_err(|error| internal(&error))?;
        }
        sheet.lines.into_inner().map_err(|error| internal(&error))
    }

    fn text(&mut self, text: &str) -> csv::Result<()> {
        self.lines.write_field(text)
    }

    /// Nothing, where there is none.
    fn shown(&mut self, value: Option<impl Display>) -> csv::Result<()> {
        self.room.clear();
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(self.room, "{value}");
        }
        self.lines.write_field(&self.room)
    }

    /// Five digits.
    fn zip(&mut self, zip: Option<u32>) -> csv::Result<()> {
        self.shown(zip.map(|zip| format!("{zip:05}")))
    }

    /// With two decimals.
    fn money(&mut self, money: Money) -> csv::Result<()> {
        let cents = (money.units() * 100.0).round() as i64;
        self.shown(Some(format_args!("{}.{:02}", cents / 100, cents % 100)))
    }

    fn end(&mut self) -> csv::Result<()> {
        self.lines.write_record(None::<&[u8]>)
    }
}
