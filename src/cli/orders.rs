//! Order tables, as the commands that work on them open them.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::history::{Day, History, needs_places};
use crate::io::{
    OrderMapping, OrderTables, TableRead, is_order_table, open_order_lines, open_order_tables,
    open_order_tables_without_places,
};
use crate::monitor::Monitor;
use crate::warning::Warning;

/// The name of the column of customers in Olist's layout.
const PERSON: &str = "customer_unique_id";

/// Order tables with the name of their customers.
pub(super) struct Opened {
    pub(super) tables: OrderTables,
    pub(super) id_column: String,
}

/// Opens a folder of tables, or what a mapping describes, and says what was left out.
pub(super) fn open(
    path: &Path,
    mapping: Option<&Path>,
    session: &mut Session<'_>,
) -> Result<Opened> {
    open_with(open_order_tables, path, mapping, session)
}

/// As [`open`], but of a folder without the tables that none of `features` needs.
pub(super) fn open_for<'f>(
    mut features: impl Iterator<Item = &'f str>,
    path: &Path,
    mapping: Option<&Path>,
    session: &mut Session<'_>,
) -> Result<Opened> {
    let open_tables = if features.any(needs_places) {
        open_order_tables
    } else {
        open_order_tables_without_places
    };
    open_with(open_tables, path, mapping, session)
}

fn open_with(
    open_tables: fn(&Path, &dyn Monitor) -> Result<OrderTables>,
    path: &Path,
    mapping: Option<&Path>,
    session: &mut Session<'_>,
) -> Result<Opened> {
    let opened = match mapping {
        Some(mapping) => {
            let mapping = OrderMapping::read(mapping)?;
            let tables = open_order_lines(path, &mapping, session.interrupt)?;
            Opened { tables, id_column: mapping.customer_column().to_owned() }
        }
        None => {
            if path.is_file() {
                let message = "is a file (a folder of order tables is needed)";
                let error = Error::new(ErrorKind::Parameter, message).in_file(path);
                return Err(error.with_hint("one table of another shop needs --mapping"));
            }
            let tables = open_tables(path, session.interrupt)?;
            Opened { tables, id_column: PERSON.to_owned() }
        }
    };
    let n = opened.tables.rows_without_customer;
    if n > 0 {
        session.talk.warn(&Warning::RowsWithoutCustomer { n });
    }
    let n = opened.tables.rows_split;
    if n > 0 {
        session.talk.warn(&Warning::OrdersSplit { n });
    }
    if !opened.tables.absent.is_empty() {
        session.talk.note(format_args!("not there: {}", opened.tables.absent.join(", ")));
    }
    let n = opened.tables.history.oddities().orders_without_customer;
    if n > 0 {
        session.talk.warn(&Warning::OrdersWithoutCustomer { n });
    }
    Ok(opened)
}

/// Says so where the last order was long before `day`: an export that is stuck looks like customers who
/// stay away.
pub(super) fn say_if_stale(history: &History, day: Day, session: &mut Session<'_>) {
    const WEEK: i64 = 7;
    let last = history.days().1;
    let days = day.since(last);
    if days > WEEK {
        let (day, last) = (day.to_string(), last.to_string());
        session.talk.warn(&Warning::StaleOrders { day, last, days });
    }
}

/// An error that came of working on the tables at `path`: what is wrong with them names it.
pub(super) fn blame(path: &Path, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Data => error.in_file(path),
        _ => error,
    }
}

/// The files that may be read, none of which may be written.
pub(super) fn inputs(path: &Path, mapping: Option<&Path>) -> Vec<PathBuf> {
    let mut inputs = vec![path.to_owned()];
    inputs.extend(mapping.map(Path::to_owned));
    // Beside the tables of a folder there may be results of before.
    let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    inputs.extend(entries.filter(|entry| mapping.is_some() || is_order_table(entry)));
    inputs
}

/// A table that was read, as it is printed.
#[derive(Serialize)]
pub(super) struct TableReport {
    pub(super) table: &'static str,
    pub(super) file: String,
    pub(super) rows: u64,
}

/// What was read.
pub(super) fn tables_read(tables: &OrderTables) -> Vec<TableReport> {
    let report = |table: &TableRead| TableReport {
        table: table.table,
        file: table.path.to_string_lossy().into_owned(),
        rows: table.rows,
    };
    tables.tables.iter().map(report).collect()
}
