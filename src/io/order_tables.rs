//! The nine tables of a marketplace in Olist's layout, from a folder.
//!
//! Tables are found by their names, those of the published files (`olist_orders_dataset.csv`) and those
//! of the course database (`orders`, `geoloc`, `order_pymts`) alike, as CSV, Parquet or Arrow. Tables
//! that orders refer to are read at the same time, then those that refer to orders.

use std::fs;
use std::path::{Path, PathBuf};

use super::records::{Records, Row};
use crate::error::{Error, Result};
use crate::history::{
    CustomerRow, Customers, History, ItemRow, Items, OrderRow, Orders, PaymentKind, PaymentRow,
    Payments, PlaceRow, Places, ProductRow, Products, ReviewRow, Reviews, SellerRow, Sellers,
    Status, Tables, TranslationRow, Translations,
};
use crate::monitor::Monitor;

/// A history, with what was read for it.
#[derive(Debug)]
pub struct OrderTables {
    /// The history.
    pub history: History,
    /// What was read.
    pub tables: Vec<TableRead>,
    /// Tables that are not there, though something could be known from them.
    pub absent: Vec<&'static str>,
    /// Rows that say nothing of the customer, which are left out.
    pub rows_without_customer: u64,
    /// Rows whose order has another customer or another time than the first row of its number: they are
    /// an order of their own.
    pub rows_split: u64,
}

/// A table that was read.
#[derive(Clone, Debug)]
pub struct TableRead {
    /// What it is: `orders`, `order_items`, ….
    pub table: &'static str,
    /// Where it lies.
    pub path: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// The columns that were read, each with the number of its cells that have no value.
    pub missing: Vec<(String, u64)>,
}

/// Reads the tables of the folder `dir` and joins them.
///
/// `orders`, `customers` and `order_items` must be there; without the others there is less to be known.
///
/// # Errors
/// `Data` if a table that must be there is not, or is there twice, or lacks a column, or a cell is not
/// what it must be; all name file, column and row. Those of reading, and
/// [`Cancelled`](crate::ErrorKind::Cancelled) if `monitor` says so.
pub fn open_order_tables(dir: &Path, monitor: &dyn Monitor) -> Result<OrderTables> {
    open(dir, true, monitor)
}

/// As [`open_order_tables`], but without the places of zip codes: a third of all there is to read, and
/// what is known from them is distances alone.
///
/// # Errors
/// As [`open_order_tables`].
pub fn open_order_tables_without_places(dir: &Path, monitor: &dyn Monitor) -> Result<OrderTables> {
    open(dir, false, monitor)
}

fn open(dir: &Path, with_places: bool, monitor: &dyn Monitor) -> Result<OrderTables> {
    let files = Files::of(dir)?;
    let needed = |spec| files.open(spec)?.ok_or_else(|| files.lacks(spec));
    let (orders, customers, items) = (needed(&ORDERS)?, needed(&CUSTOMERS)?, needed(&ITEMS)?);
    let optional = |spec| files.open(spec);
    let (payments, reviews) = (optional(&PAYMENTS)?, optional(&REVIEWS)?);
    let (products, translations) = (optional(&PRODUCTS)?, optional(&TRANSLATIONS)?);
    let sellers = optional(&SELLERS)?;
    let places = if with_places { optional(&PLACES)? } else { None };
    let has = |table: &Option<Table>, column: usize| {
        table.as_ref().is_some_and(|table| table.columns[column].is_some())
    };
    let has_comments = has(&reviews, 3);
    let has_state = customers.columns[3].is_some();

    let ((orders, customers), (others, places)) = rayon::join(
        || {
            rayon::join(
                || orders.gather(monitor, push_order),
                || customers.gather(monitor, push_customer),
            )
        },
        || {
            rayon::join(
                || -> Result<_> {
                    let products = gather(products, monitor, push_product)?;
                    let translations = gather(translations, monitor, push_translation)?;
                    Ok((products, translations, gather(sellers, monitor, push_seller)?))
                },
                || gather(places, monitor, push_place),
            )
        },
    );
    let (orders, customers, places) = (orders?, customers?, places?);
    let (products, translations, sellers) = others?;

    let push_item = |items: &mut Items, row: &Row<'_>| {
        let (products, sellers) = (products.as_ref(), sellers.as_ref());
        push_item(items, row, &orders.0, products.map(|(t, _)| t), sellers.map(|(t, _)| t))
    };
    let push_payment = |table: &mut Payments, row: &Row<'_>| push_payment(table, row, &orders.0);
    let push_review = |table: &mut Reviews, row: &Row<'_>| push_review(table, row, &orders.0);
    let (items, (payments, reviews)) = rayon::join(
        || items.gather(monitor, push_item),
        || {
            rayon::join(
                || gather(payments, monitor, push_payment),
                || gather(reviews, monitor, push_review),
            )
        },
    );
    let mut read = Reading::default();
    let tables = Tables {
        orders: read.take(orders),
        customers: read.take(customers),
        items: Some(read.take(items?)),
        payments: read.take_optional(payments?, &PAYMENTS),
        reviews: read.take_optional(reviews?, &REVIEWS),
        products: read.take_optional(products, &PRODUCTS),
        sellers: read.take_optional(sellers, &SELLERS),
        places: read.take_optional(places, &PLACES),
        translations: read.take_optional(translations, &TRANSLATIONS),
        has_customer_ids: true,
        has_statuses: true,
        has_states: has_state,
        has_deliveries: true,
        has_failures: true,
        has_pieces: true,
        has_freight: true,
        has_comments,
    };
    let history = History::new(tables).map_err(|error| error.in_file(dir))?;
    let Reading { tables, mut absent } = read;
    absent.retain(|&name| with_places || name != PLACES.name());
    Ok(OrderTables { history, tables, absent, rows_without_customer: 0, rows_split: 0 })
}

/// A table: its names and its columns, those that must be there and those that may.
struct Spec {
    /// The first is what it is called.
    names: &'static [&'static str],
    columns: &'static [(&'static str, bool)],
}

const NEEDED: bool = true;
const OPTIONAL: bool = false;

static ORDERS: Spec = Spec {
    names: &["orders"],
    columns: &[
        ("order_id", NEEDED),
        ("customer_id", NEEDED),
        ("order_status", NEEDED),
        ("order_purchase_timestamp", NEEDED),
        ("order_approved_at", OPTIONAL),
        ("order_delivered_carrier_date", OPTIONAL),
        ("order_delivered_customer_date", NEEDED),
        ("order_estimated_delivery_date", NEEDED),
    ],
};

fn push_order(orders: &mut Orders, row: &Row<'_>) -> Result<()> {
    let placed = row.moment(3)?;
    orders.push(&OrderRow {
        order: row.needed_key(0)?,
        customer: row.needed_key(1)?,
        status: Status::from_name(&row.key(2)?.unwrap_or_default()),
        placed: placed.ok_or_else(|| row.error(3, "is empty (every order needs a time)"))?,
        approved: row.moment(4)?,
        shipped: row.moment(5)?,
        delivered: row.moment(6)?,
        promised: row.day(7)?,
    })
}

static CUSTOMERS: Spec = Spec {
    names: &["customers"],
    columns: &[
        ("customer_id", NEEDED),
        ("customer_unique_id", NEEDED),
        ("customer_zip_code_prefix", OPTIONAL),
        ("customer_state", OPTIONAL),
    ],
};

fn push_customer(customers: &mut Customers, row: &Row<'_>) -> Result<()> {
    customers.push(&CustomerRow {
        customer: row.needed_key(0)?,
        person: row.needed_key(1)?,
        zip: row.zip(2),
        state: row.key(3)?,
    })
}

static ITEMS: Spec = Spec {
    names: &["order_items"],
    columns: &[
        ("order_id", NEEDED),
        ("order_item_id", OPTIONAL),
        ("product_id", OPTIONAL),
        ("seller_id", OPTIONAL),
        ("price", NEEDED),
        ("freight_value", NEEDED),
    ],
};

fn push_item(
    items: &mut Items,
    row: &Row<'_>,
    orders: &Orders,
    products: Option<&Products>,
    sellers: Option<&Sellers>,
) -> Result<()> {
    let item = ItemRow {
        order: row.needed_key(0)?,
        number: row.number_in_order(1)?,
        product: row.key(2)?,
        seller: row.key(3)?,
        pieces: 1,
        price: row.needed_money(4)?,
        // Where none is given, none was asked for.
        freight: row.money(5)?.unwrap_or_default(),
    };
    items.push(&item, orders, products, sellers);
    Ok(())
}

static PAYMENTS: Spec = Spec {
    names: &["order_payments", "order_pymts"],
    columns: &[
        ("order_id", NEEDED),
        ("payment_sequential", OPTIONAL),
        ("payment_type", NEEDED),
        ("payment_installments", NEEDED),
        ("payment_value", NEEDED),
    ],
};

fn push_payment(payments: &mut Payments, row: &Row<'_>, orders: &Orders) -> Result<()> {
    let installments = row.whole(3, 0, u16::MAX.into())?;
    let payment = PaymentRow {
        order: row.needed_key(0)?,
        number: row.number_in_order(1)?,
        kind: PaymentKind::from_name(&row.key(2)?.unwrap_or_default()),
        installments: installments.ok_or_else(|| row.error(3, "is empty (a number is needed)"))?
            as u16,
        value: row.needed_money(4)?,
    };
    payments.push(&payment, orders);
    Ok(())
}

static REVIEWS: Spec = Spec {
    names: &["order_reviews"],
    columns: &[
        ("review_id", OPTIONAL),
        ("order_id", NEEDED),
        ("review_score", NEEDED),
        ("review_comment_message", OPTIONAL),
        ("review_answer_timestamp", NEEDED),
    ],
};

fn push_review(reviews: &mut Reviews, row: &Row<'_>, orders: &Orders) -> Result<()> {
    let score = row.whole(2, 1, 5)?;
    let review = ReviewRow {
        review: row.key(0)?,
        order: row.needed_key(1)?,
        score: score.ok_or_else(|| row.error(2, "is empty (every review needs 1 to 5 stars)"))?
            as u8,
        comment: row.length(3),
        answered: row.moment(4)?,
    };
    reviews.push(&review, orders)
}

static PRODUCTS: Spec = Spec {
    names: &["products"],
    columns: &[("product_id", NEEDED), ("product_category_name", NEEDED)],
};

fn push_product(products: &mut Products, row: &Row<'_>) -> Result<()> {
    products.push(&ProductRow { product: row.needed_key(0)?, category: row.key(1)? })
}

static SELLERS: Spec = Spec {
    names: &["sellers"],
    columns: &[("seller_id", NEEDED), ("seller_zip_code_prefix", NEEDED)],
};

fn push_seller(sellers: &mut Sellers, row: &Row<'_>) -> Result<()> {
    sellers.push(&SellerRow { seller: row.needed_key(0)?, zip: row.zip(1) })
}

static PLACES: Spec = Spec {
    names: &["geolocation", "geoloc"],
    columns: &[
        ("geolocation_zip_code_prefix", NEEDED),
        ("geolocation_lat", NEEDED),
        ("geolocation_lng", NEEDED),
    ],
};

fn push_place(places: &mut Places, row: &Row<'_>) -> Result<()> {
    if let (Some(zip), Some(latitude), Some(longitude)) = (row.zip(0), row.real(1)?, row.real(2)?) {
        places.push(&PlaceRow { zip, latitude, longitude });
    }
    Ok(())
}

static TRANSLATIONS: Spec = Spec {
    names: &["product_category_name_translation", "translation"],
    columns: &[("product_category_name", NEEDED), ("product_category_name_english", NEEDED)],
};

fn push_translation(translations: &mut Translations, row: &Row<'_>) -> Result<()> {
    if let (category, Some(english)) = (row.needed_key(0)?, row.key(1)?) {
        translations.push(&TranslationRow { category, english });
    }
    Ok(())
}

impl Spec {
    fn name(&self) -> &'static str {
        self.names[0]
    }
}

/// Whether a file bears the name of one of the tables.
#[cfg(feature = "cli")]
pub(crate) fn is_order_table(path: &Path) -> bool {
    let specs = [
        &ORDERS,
        &CUSTOMERS,
        &ITEMS,
        &PAYMENTS,
        &REVIEWS,
        &PRODUCTS,
        &SELLERS,
        &PLACES,
        &TRANSLATIONS,
    ];
    let named = |name: String| specs.iter().any(|spec| spec.names.contains(&name.as_str()));
    table_name(path).is_some_and(named)
}

/// The files of a folder.
struct Files {
    dir: PathBuf,
    paths: Vec<PathBuf>,
}

impl Files {
    fn of(dir: &Path) -> Result<Self> {
        let failed = |error: &std::io::Error| Error::io("cannot list", error).in_file(dir);
        let mut paths = Vec::new();
        for entry in fs::read_dir(dir).map_err(|error| failed(&error))? {
            let path = entry.map_err(|error| failed(&error))?.path();
            if path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(Self { dir: dir.to_owned(), paths })
    }

    /// The table, if there is one.
    fn open(&self, spec: &'static Spec) -> Result<Option<Table>> {
        let is_named =
            |path: &&PathBuf| table_name(path).is_some_and(|n| spec.names.contains(&&*n));
        // One that would have to be decompressed first is no rival of one that has been.
        let is_packed = |path: &&PathBuf| path.extension().is_some_and(|e| e == "gz");
        let all: Vec<&PathBuf> = self.paths.iter().filter(is_named).collect();
        let has_plain = all.iter().any(|path| !is_packed(path));
        let mut found = all.into_iter().filter(|path| !(has_plain && is_packed(path)));
        let Some(path) = found.next() else { return Ok(None) };
        if let Some(other) = found.next() {
            let other = other.file_name().unwrap_or_default().to_string_lossy();
            let name = spec.name();
            let message = format!("is the table {name}, as is {other} (one of them is needed)");
            return Err(Error::data(message).in_file(path));
        }
        Table::open(path, spec).map(Some)
    }

    fn lacks(&self, spec: &Spec) -> Error {
        let name = spec.name();
        let error = Error::data(format!(
            "there is no table {name} here (olist_{name}_dataset.csv or {name}.csv, or as Parquet or \
             Arrow, is needed, beside orders, customers and order_items)"
        ));
        error.in_file(&self.dir).with_hint(
            "another shop's table of orders or order lines is read with --mapping shop.toml",
        )
    }
}

/// What a file is called, without what it is called by: `olist_orders_dataset.csv` is `orders`.
fn table_name(path: &Path) -> Option<String> {
    const EXTENSIONS: [&str; 9] =
        [".gz", ".csv", ".tsv", ".txt", ".parquet", ".arrow", ".arrows", ".feather", ".ipc"];
    let name = path.file_name()?.to_str()?.to_lowercase();
    let mut name = name.as_str();
    let mut has_extension = false;
    for extension in EXTENSIONS {
        if let Some(stem) = name.strip_suffix(extension) {
            name = stem;
            has_extension = true;
        }
    }
    let name = name.strip_prefix("olist_").unwrap_or(name);
    has_extension.then(|| name.strip_suffix("_dataset").unwrap_or(name).to_owned())
}

/// A table that is open.
struct Table {
    spec: &'static Spec,
    path: PathBuf,
    records: Records,
    /// Of the file, by position in the spec.
    columns: Vec<Option<usize>>,
}

impl Table {
    fn open(path: &Path, spec: &'static Spec) -> Result<Self> {
        let records = Records::open(path)?;
        let mut columns = Vec::with_capacity(spec.columns.len());
        for &(name, is_needed) in spec.columns {
            let column = records.find(name)?;
            if column.is_none() && is_needed {
                return Err(records.lacks(name));
            }
            columns.push(column);
        }
        Ok(Self { spec, path: path.to_owned(), records, columns })
    }

    /// Pushes every row to a new `T`.
    fn gather<T: Default>(
        &self,
        monitor: &dyn Monitor,
        push: impl Fn(&mut T, &Row<'_>) -> Result<()>,
    ) -> Result<(T, TableRead)> {
        let mut gathered = T::default();
        let tally =
            self.records.read(&self.columns, monitor, &mut |row| push(&mut gathered, row))?;
        let names = self.spec.columns.iter().zip(&self.columns).zip(tally.missing);
        let missing = names
            .filter(|((_, column), _)| column.is_some())
            .map(|(((name, _), _), missing)| ((*name).to_owned(), missing))
            .collect();
        let path = self.path.clone();
        Ok((gathered, TableRead { table: self.spec.name(), path, rows: tally.rows, missing }))
    }
}

fn gather<T: Default>(
    table: Option<Table>,
    monitor: &dyn Monitor,
    push: impl Fn(&mut T, &Row<'_>) -> Result<()>,
) -> Result<Option<(T, TableRead)>> {
    table.map(|table| table.gather(monitor, push)).transpose()
}

/// Parts tables from what was read of them.
#[derive(Default)]
struct Reading {
    tables: Vec<TableRead>,
    absent: Vec<&'static str>,
}

impl Reading {
    fn take<T>(&mut self, (table, read): (T, TableRead)) -> T {
        self.tables.push(read);
        table
    }

    fn take_optional<T>(&mut self, table: Option<(T, TableRead)>, spec: &Spec) -> Option<T> {
        if table.is_none() {
            self.absent.push(spec.name());
        }
        table.map(|table| self.take(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_known_by_either_name() {
        for (file, table) in [
            ("olist_orders_dataset.csv", "orders"),
            ("orders.parquet", "orders"),
            ("order_pymts.csv", "order_pymts"),
            ("Geoloc.CSV", "geoloc"),
            ("product_category_name_translation.csv", "product_category_name_translation"),
            ("orders.csv.gz", "orders"),
        ] {
            assert_eq!(table_name(Path::new(file)).as_deref(), Some(table), "{file}");
        }
        assert_eq!(table_name(Path::new("orders")), None);
    }
}
