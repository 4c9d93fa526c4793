//! Another shop's history: one table of orders or order lines, and a mapping that says which of its
//! columns is what.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::format::{Item, StrftimeItems};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde::Deserialize;

use super::order_tables::{OrderTables, TableRead};
use super::records::{Records, Row};
use super::toml_text;
use crate::error::{Error, ErrorKind, Result, counted};
use crate::history::{
    CustomerRow, Customers, History, ItemRow, Items, Moment, Money, OrderRow, Orders, ProductRow,
    Products, ReviewRow, Reviews, Status, Tables,
};
use crate::monitor::Monitor;

/// Which column of a table is what, and what its rows mean: a file in TOML.
///
/// ```toml
/// # Where times are not written as 2018-03-01 17:30:00, in the letters of strftime.
/// time_format = "%d/%m/%Y %H:%M"
///
/// [columns]
/// # These two must be there.
/// customer = "CustomerID"
/// time = "InvoiceDate"
/// # Rows of one order, if they are of one customer and one time; without it, each row is an order.
/// order = "InvoiceNo"
/// # What a row costs: a price for each of so many pieces, or an amount for all of them.
/// unit_price = "UnitPrice"
/// quantity = "Quantity"
/// # There may also be: amount, freight, category, state, status, delivered, promised, review_score,
/// # review_time, review_comment.
///
/// [cancellation]
/// # Orders that take back what others brought, by how their ids begin, or by amounts that add up to
/// # less than nothing.
/// order_prefix = "C"
/// negative = true
/// # Values of the column status of orders that failed.
/// # status = ["canceled", "refunded"]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderMapping {
    columns: BTreeMap<String, String>,
    time_format: Option<String>,
    #[serde(default)]
    cancellation: Cancellation,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Cancellation {
    order_prefix: Option<String>,
    negative: bool,
    status: Vec<String>,
}

/// What a column is, in the order in which columns are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Customer,
    Time,
    Order,
    Amount,
    UnitPrice,
    Quantity,
    Freight,
    Category,
    State,
    Status,
    Delivered,
    Promised,
    ReviewScore,
    ReviewTime,
    ReviewComment,
}

impl Role {
    const NAMES: [&str; 15] = [
        "customer",
        "time",
        "order",
        "amount",
        "unit_price",
        "quantity",
        "freight",
        "category",
        "state",
        "status",
        "delivered",
        "promised",
        "review_score",
        "review_time",
        "review_comment",
    ];

    fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl OrderMapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// `Io` if it cannot be read; `Parameter` if it is not such a file or contradicts itself.
    pub fn read(path: &Path) -> Result<Self> {
        let text = toml_text::read(path, "the mapping")?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// As [`read`](Self::read), from text.
    ///
    /// # Errors
    /// `Parameter` if it is not a mapping or contradicts itself.
    pub fn parse(text: &str) -> Result<Self> {
        let mapping: Self = toml_text::parse(text, "a mapping of columns")?;
        mapping.check()?;
        Ok(mapping)
    }

    /// The name of the column of customers.
    pub fn customer_column(&self) -> &str {
        self.column(Role::Customer).unwrap_or_default()
    }

    fn column(&self, role: Role) -> Option<&str> {
        self.columns.get(role.name()).map(String::as_str)
    }

    fn has(&self, role: Role) -> bool {
        self.column(role).is_some()
    }

    /// Whether rows say what they cost.
    fn has_amounts(&self) -> bool {
        self.has(Role::Amount) || self.has(Role::UnitPrice)
    }

    fn check(&self) -> Result<()> {
        if let Some(name) = self.columns.keys().find(|name| !Role::NAMES.contains(&name.as_str())) {
            let known = Role::NAMES.join(", ");
            return Err(Error::parameter(format!("columns.{name} is not known ({known} are)")));
        }
        for role in [Role::Customer, Role::Time] {
            if !self.has(role) {
                let message = format!("columns.{} is not there (it is needed)", role.name());
                return Err(Error::parameter(message));
            }
        }
        let problem = if self.has(Role::Amount) && self.has(Role::UnitPrice) {
            "amount and unit_price are both given (one of them is needed)"
        } else if self.has(Role::UnitPrice) && !self.has(Role::Quantity) {
            "unit_price stands without quantity (give it, or amount in its place)"
        } else if self.has(Role::Freight) && !self.has_amounts() {
            "freight stands without amount or unit_price (give one of them)"
        } else if self.cancellation.order_prefix.is_some() && !self.has(Role::Order) {
            "cancellation.order_prefix stands without columns.order (give it)"
        } else if self.cancellation.negative && !self.has_amounts() {
            "cancellation.negative stands without amount or unit_price (give one of them)"
        } else if self.cancellation.order_prefix.as_deref() == Some("") {
            "cancellation.order_prefix is empty, so every order would be a return (give it letters)"
        } else if !self.cancellation.status.is_empty()
            && self.column(Role::Status).and(self.column(Role::Promised)).is_none()
        {
            "cancellation.status stands without columns.status or columns.promised (give both: a \
             failure counts as known from the promised day on)"
        } else if self.time_format.as_deref().is_some_and(is_no_format) {
            "time_format is not one (letters of strftime, as in %d/%m/%Y %H:%M, are needed)"
        } else if self.has(Role::ReviewScore) != self.has(Role::ReviewTime) {
            "review_score and review_time stand without each other (give both)"
        } else {
            return Ok(());
        };
        Err(Error::parameter(problem))
    }

    /// A time as the mapping has it written.
    fn moment(&self, row: &Row<'_>, role: Role) -> Result<Option<Moment>> {
        let Some(format) = &self.time_format else { return row.moment(role as usize) };
        let parse = |text: &str| {
            let moment = NaiveDateTime::parse_from_str(text, format).ok().or_else(|| {
                let day = NaiveDate::parse_from_str(text, format).ok()?;
                Some(day.and_time(NaiveTime::MIN))
            });
            Moment::from_seconds(moment?.and_utc().timestamp())
        };
        row.moment_by(role as usize, &parse, &format!("a time like {format}"))
    }

    /// What a row costs, and for how many pieces.
    fn price(&self, row: &Row<'_>) -> Result<(Money, u32)> {
        let needed = |role: Role, x: Option<f64>| {
            x.ok_or_else(|| row.error(role as usize, "is empty (every row needs a number)"))
        };
        let quantity = match row.real(Role::Quantity as usize)? {
            None if self.has(Role::Quantity) => needed(Role::Quantity, None)?,
            quantity => quantity.unwrap_or(1.0),
        };
        // What is returned is no piece that was bought.
        let pieces = quantity.round().clamp(0.0, f64::from(u32::MAX)) as u32;
        if self.has(Role::Amount) {
            return Ok((row.needed_money(Role::Amount as usize)?, pieces));
        }
        let price = needed(Role::UnitPrice, row.real(Role::UnitPrice as usize)?)?;
        let amount = Money::from_units(price * quantity).ok_or_else(|| {
            row.error(Role::UnitPrice as usize, "is too much for so many (at most 1e8 in all)")
        })?;
        Ok((amount, pieces))
    }
}

/// Reads a table of orders or order lines: a file, or the only one in a folder.
///
/// # Errors
/// `Data` if the table lacks a column of the mapping or a cell is not what it must be; all name file,
/// column and row. Those of reading, and [`Cancelled`](ErrorKind::Cancelled) if `monitor` says so.
pub fn open_order_lines(
    path: &Path,
    mapping: &OrderMapping,
    monitor: &dyn Monitor,
) -> Result<OrderTables> {
    let path = if path.is_dir() { only_file(path)? } else { path.to_owned() };
    let records = Records::open(&path)?;
    let mut columns = vec![None; Role::NAMES.len()];
    for (role, name) in &mapping.columns {
        let column = records.find(name)?.ok_or_else(|| records.lacks(name))?;
        // Checked with the mapping.
        if let Some(position) = Role::NAMES.iter().position(|known| known == role) {
            columns[position] = Some(column);
        }
    }
    let mut shop = Shop::default();
    let tally = records.read(&columns, monitor, &mut |row| shop.push(mapping, row))?;
    let missing = mapping.columns.iter().filter_map(|(role, name)| {
        let position = Role::NAMES.iter().position(|known| known == role)?;
        Some((name.clone(), tally.missing[position]))
    });
    let read = TableRead {
        table: "order lines",
        path: path.clone(),
        rows: tally.rows,
        missing: missing.collect(),
    };
    let (rows_without_customer, rows_split) = (shop.without_customer, shop.split);
    let history = shop.into_history(mapping).map_err(|error| error.in_file(&path))?;
    let (tables, absent) = (vec![read], Vec::new());
    Ok(OrderTables { history, tables, absent, rows_without_customer, rows_split })
}

/// The only file of a folder.
fn only_file(dir: &Path) -> Result<PathBuf> {
    let failed = |error: &std::io::Error| Error::io("cannot list", error).in_file(dir);
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        files.extend(path.is_file().then_some(path));
    }
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => {
            let found = counted(files.len(), "file");
            let message = format!("holds {found} (name the one that is mapped)");
            Err(Error::new(ErrorKind::Parameter, message).in_file(dir))
        }
    }
}

/// The table, taken apart.
#[derive(Default)]
struct Shop {
    customers: Customers,
    orders: Orders,
    items: Items,
    categories: Products,
    reviews: Reviews,
    without_customer: u64,
    /// Rows whose order has another customer or another time than the first row of its number.
    split: u64,
}

impl Shop {
    fn push(&mut self, mapping: &OrderMapping, row: &Row<'_>) -> Result<()> {
        let Some(customer) = row.key(Role::Customer as usize)? else {
            self.without_customer += 1;
            return Ok(());
        };
        let customer = without_decimals(&customer);
        let missing = || row.error(Role::Time as usize, "is empty (every order needs a time)");
        let placed = mapping.moment(row, Role::Time)?.ok_or_else(missing)?;
        let mut order = match row.key(Role::Order as usize)? {
            Some(order) => order,
            None => Cow::Owned(format!("row {}", row.number())),
        };
        // Somebody else's rows under the same number, or rows of another time, are another order:
        // nobody knew of them when the first was placed.
        let is_other = |number: u32| {
            self.orders.placed(number) != placed || !self.customers.is_person(number, customer)
        };
        let mut found = self.orders.find(&order);
        if found.is_some_and(is_other) {
            order = Cow::Owned(format!("{order} {placed} {customer}"));
            found = self.orders.find(&order);
            self.split += 1;
        }
        if found.is_none() {
            self.push_order(mapping, row, customer, &order, placed)?;
        }
        if mapping.has_amounts() {
            let category = row.key(Role::Category as usize)?;
            if let Some(category) = &category {
                let (product, category) = (category.clone(), Some(category.clone()));
                self.categories.push(&ProductRow { product, category })?;
            }
            let (price, pieces) = mapping.price(row)?;
            let freight = row.money(Role::Freight as usize)?.unwrap_or_default();
            let item = ItemRow {
                order,
                number: 0,
                product: category,
                seller: None,
                pieces,
                price,
                freight,
            };
            self.items.push(&item, &self.orders, Some(&self.categories), None);
        }
        Ok(())
    }

    /// The first row of an order tells what is true of the whole.
    fn push_order(
        &mut self,
        mapping: &OrderMapping,
        row: &Row<'_>,
        customer: &str,
        order: &str,
        placed: Moment,
    ) -> Result<()> {
        let state = row.key(Role::State as usize)?;
        let person = Cow::Borrowed(customer);
        // One per order, as in Olist's tables, since a person may move.
        let customer = Cow::Borrowed(order);
        self.customers.push(&CustomerRow {
            customer: customer.clone(),
            person,
            zip: None,
            state,
        })?;
        let status = row.key(Role::Status as usize)?;
        let has_failed = status.is_some_and(|status| {
            mapping.cancellation.status.iter().any(|failed| *failed == status)
        });
        let promised = mapping.moment(row, Role::Promised)?.map(Moment::day);
        if has_failed && promised.is_none() {
            let what = "is empty (an order that failed needs the day from when on that counts)";
            return Err(row.error(Role::Promised as usize, what));
        }
        self.orders.push(&OrderRow {
            order: Cow::Borrowed(order),
            customer,
            status: if has_failed { Status::Canceled } else { Status::Other },
            placed,
            approved: None,
            shipped: None,
            delivered: mapping.moment(row, Role::Delivered)?,
            promised,
        })?;
        let prefix = mapping.cancellation.order_prefix.as_ref();
        let number = row.key(Role::Order as usize)?;
        if prefix.zip(number).is_some_and(|(prefix, number)| number.starts_with(prefix.as_str())) {
            self.orders.set_return(self.orders.len() - 1);
        }
        if let Some(score) = row.whole(Role::ReviewScore as usize, 1, 5)? {
            let review = ReviewRow {
                review: None,
                order: Cow::Borrowed(order),
                score: score as u8,
                comment: row.length(Role::ReviewComment as usize),
                answered: mapping.moment(row, Role::ReviewTime)?,
            };
            self.reviews.push(&review, &self.orders)?;
        }
        Ok(())
    }

    fn into_history(mut self, mapping: &OrderMapping) -> Result<History> {
        if mapping.cancellation.negative {
            let totals = self.items.totals(self.orders.len());
            let is_return = |&(_, total): &(usize, Money)| total.is_negative();
            for (order, _) in totals.into_iter().enumerate().filter(is_return) {
                self.orders.set_return(order);
            }
        }
        History::new(Tables {
            orders: self.orders,
            customers: self.customers,
            items: mapping.has_amounts().then_some(self.items),
            payments: None,
            reviews: mapping.has(Role::ReviewScore).then_some(self.reviews),
            products: mapping.has(Role::Category).then_some(self.categories),
            sellers: None,
            places: None,
            translations: None,
            has_customer_ids: false,
            has_statuses: false,
            has_states: mapping.has(Role::State),
            has_deliveries: mapping.has(Role::Delivered) && mapping.has(Role::Promised),
            has_failures: !mapping.cancellation.status.is_empty(),
            has_pieces: mapping.has(Role::Quantity),
            has_freight: mapping.has(Role::Freight),
            has_comments: mapping.has(Role::ReviewComment),
        })
    }
}

/// Whether this is nothing that times can be written by.
fn is_no_format(format: &str) -> bool {
    let mut items = StrftimeItems::new(format);
    format.is_empty() || items.any(|item| item == Item::Error)
}

/// A whole number that something took for one with decimals, as it was: `17850.0` is 17850.
fn without_decimals(key: &str) -> &str {
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    key.strip_suffix(".0").filter(digits).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_documentation_is_a_mapping() {
        let source = include_str!("order_lines.rs");
        let example =
            source.split("/// ```toml\n").nth(1).unwrap().split("/// ```").next().unwrap();
        let text: Vec<_> = example.lines().map(|l| l.trim_start_matches("///").trim()).collect();
        let mapping = OrderMapping::parse(&text.join("\n")).unwrap();
        assert_eq!(mapping.customer_column(), "CustomerID");
        assert!(mapping.cancellation.negative && mapping.has_amounts());
    }

    #[test]
    fn what_is_wrong_with_a_mapping_is_said() {
        for (text, said) in [
            ("[columns", "line 1"),
            ("[columns]\ntime = \"t\"", "columns.customer is not there"),
            (
                "[columns]\ncustomer = \"c\"\ntime = \"t\"\nprice = \"p\"",
                "columns.price is not known",
            ),
            ("[columns]\ncustomer = \"c\"\ntime = \"t\"\nunit_price = \"p\"", "without quantity"),
            (
                "[columns]\ncustomer = \"c\"\ntime = \"t\"\n[cancellation]\norder_prefix = \"C\"",
                "order_prefix",
            ),
            ("[columns]\ncustomer = \"c\"\ntime = 3", "line 3"),
            (
                "[columns]\ncustomer = \"c\"\ntime = \"t\"\nstatus = \"s\"\n[cancellation]\nstatus = [\"x\"]",
                "columns.promised",
            ),
            (
                "time_format = \"%Q\"\n[columns]\ncustomer = \"c\"\ntime = \"t\"",
                "time_format is not one",
            ),
            ("colour = 1\n[columns]\ncustomer = \"c\"\ntime = \"t\"", "unknown field"),
        ] {
            let error = OrderMapping::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert!(error.to_string().contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn whole_numbers_lose_what_a_float_gave_them() {
        let keys = ["17850.0", "17850", "1.5", ".0", "a.0", "007.0"].map(without_decimals);
        assert_eq!(keys, ["17850", "17850", "1.5", ".0", "a.0", "007"]);
    }
}
