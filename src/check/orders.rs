//! What misleads whoever works with order tables.

use super::{Finding, Level, percent, share};
use crate::error::{counted, grouped};
use crate::history::{Audit, Cases, History, RowCounts, Status};
use crate::io::TableRead;

/// Looks for what would go wrong with the tables of a history; the gravest first.
pub fn check_orders(history: &History, tables: &[TableRead]) -> Vec<Finding> {
    let audit = history.audit();
    let mut findings = Vec::new();
    keys(history, &audit, &mut findings);
    rows(history, &mut findings);
    joins(history, &audit, &mut findings);
    outcomes(history, &audit, &mut findings);
    dates(history, &audit, &mut findings);
    calendar(history, &audit, &mut findings);
    amounts(history, &audit, &mut findings);
    cells(history, tables, &mut findings);
    findings.sort_by_key(|finding| finding.level);
    findings
}

/// Who a customer is.
fn keys(history: &History, audit: &Audit, findings: &mut Vec<Finding>) {
    let (persons, ids) = (history.n_persons() as u64, history.n_customer_ids() as u64);
    let orders = history.n_orders() as u64;
    if ids > persons && history.holdings().customer_ids {
        let what = format!(
            "{} customer_id for {}: customer_id is one per order, the person is customer_unique_id",
            grouped(ids),
            counted(grouped(persons), "person")
        );
        let advice =
            "counting by customer_id makes every buyer a new one and repeat purchases vanish";
        let finding = Finding::new(Level::Warning, "customer-id-is-not-the-person", what, advice);
        findings.push(finding.counting(ids - persons, ids));
    }
    let [once, twice, few, many] = audit.persons_by_orders;
    let of = persons.max(1);
    if persons > 1 && once == persons {
        let what = "every person has one order".to_owned();
        let advice = "if customers do come back, the column of customers is that of something else";
        findings.push(Finding::new(Level::Warning, "nobody-came-back", what, advice));
    } else {
        let what = format!(
            "people by number of orders: one {}, two {}, three or four {}, more {}",
            share(once, of),
            grouped(twice),
            grouped(few),
            grouped(many)
        );
        let level = if once as f64 > 0.9 * of as f64 { Level::Warning } else { Level::Note };
        let advice = if level == Level::Warning {
            "where nearly everybody bought once, frequency tells little: segment by spend, satisfaction and \
             delivery, and keep the few who came back"
        } else {
            "many come back: how often and how lately they do tells them apart"
        };
        findings.push(Finding::new(level, "one-time-buyers", what, advice).counting(once, persons));
    }
    if audit.repeats_within_day > 0 {
        let what = format!(
            "repeat orders placed within 24 hours of the one before: {} of {}",
            share(audit.repeats_within_day, audit.repeats),
            grouped(audit.repeats)
        );
        let advice = "they are one visit: features count purchase occasions, not orders";
        let finding = Finding::new(Level::Note, "orders-of-one-visit", what, advice);
        findings.push(finding.counting(audit.repeats_within_day, audit.repeats));
    }
    if audit.persons_in_several_states > 0 {
        let n = audit.persons_in_several_states;
        let what = format!("people whose orders went to several states: {}", share(n, persons));
        let advice = "the state of the latest order describes them";
        findings
            .push(Finding::new(Level::Note, "several-states", what, advice).counting(n, persons));
    }
    let lost = history.oddities().orders_without_customer;
    if lost > 0 {
        let what =
            format!("orders whose customer_id customers lacks: {}", share(lost, orders + lost));
        let advice = "they are left out; are both tables of the same export?";
        let level = if lost * 100 > orders { Level::Error } else { Level::Warning };
        let finding = Finding::new(level, "orders-without-customer", what, advice);
        findings.push(finding.counting(lost, orders + lost));
    }
}

/// Rows that repeat others, or refer to nothing.
fn rows(history: &History, findings: &mut Vec<Finding>) {
    let odd = history.oddities();
    let tables = [
        ("orders", Some(odd.orders)),
        ("customers", Some(odd.customers)),
        ("order_items", odd.items),
        ("order_payments", odd.payments),
        ("products", odd.products),
        ("sellers", odd.sellers),
        ("translation", odd.translations),
    ];
    for (table, counts) in tables {
        let Some(RowCounts { rows, repeated, .. }) = counts else { continue };
        if repeated > 0 {
            let what = format!(
                "rows of {table} that repeat the key of an earlier one: {}",
                share(repeated, rows)
            );
            let advice = "the first one counts";
            let finding = Finding::new(Level::Warning, "repeated-rows", what, advice);
            findings.push(finding.counting(repeated, rows));
        }
    }
    let referring = [
        ("order_items", odd.items),
        ("order_payments", odd.payments),
        ("order_reviews", odd.reviews),
    ];
    for (table, counts) in referring {
        let Some(RowCounts { rows, unmatched, .. }) = counts else { continue };
        if unmatched > 0 {
            let what =
                format!("rows of {table} of orders that are not there: {}", share(unmatched, rows));
            let level = if unmatched * 100 > rows { Level::Error } else { Level::Warning };
            let advice = "they are left out; are both tables of the same export?";
            let finding = Finding::new(level, "rows-without-order", what, advice);
            findings.push(finding.counting(unmatched, rows));
        }
    }
    if let Some(reviews) = odd.reviews.filter(|reviews| reviews.repeated > 0) {
        let what = format!(
            "reviews with the review_id of an earlier row: {}",
            share(reviews.repeated, reviews.rows)
        );
        let advice = "one review may be of several orders: it is no key, and each order keeps it";
        let finding = Finding::new(Level::Note, "review-id-is-no-key", what, advice);
        findings.push(finding.counting(reviews.repeated, reviews.rows));
    }
    for (n, of, table) in [
        (odd.items_without_product, "product", "products"),
        (odd.items_without_seller, "seller", "sellers"),
    ] {
        if n > 0 {
            let rows = odd.items.map_or(n, |counts| counts.rows);
            let what = format!("items of a {of} that {table} lacks: {}", share(n, rows));
            let advice = "they count without what that table tells";
            let finding = Finding::new(Level::Warning, "items-without-match", what, advice);
            findings.push(finding.counting(n, rows));
        }
    }
    if let Some(places) = odd.places {
        if odd.places_outside > 0 {
            let what = format!(
                "points of geolocation outside Brazil: {}",
                share(odd.places_outside, places.rows)
            );
            let advice = "they are left out: a mean of coordinates would follow them";
            let finding = Finding::new(Level::Note, "places-outside", what, advice);
            findings.push(finding.counting(odd.places_outside, places.rows));
        }
        if places.rows > 0 {
            let what = format!(
                "geolocation has {} rows, {} of them repetitions: many per zip code",
                grouped(places.rows),
                share(places.repeated, places.rows)
            );
            let advice =
                "joining it to customers multiplies them: a zip code gets the median of its points";
            let finding = Finding::new(Level::Warning, "zip-codes-multiply", what, advice);
            findings.push(finding.counting(places.repeated, places.rows));
        }
    }
}

/// What multiplies, and what is not there.
fn joins(history: &History, audit: &Audit, findings: &mut Vec<Finding>) {
    let (held, orders) = (history.holdings(), history.n_orders() as u64);
    let fanout = &audit.fanout;
    let (joined, items) = (fanout.joined.units(), fanout.items.units());
    if joined > items && items > 0.0 {
        let what = format!(
            "joining items, payments and reviews by order gives {} rows and {} of price and freight \
             instead of {} ({} more)",
            grouped(fanout.rows),
            grouped(joined.round() as u64),
            grouped(items.round() as u64),
            percent(joined / items - 1.0)
        );
        let advice = "add up each table per order before joining";
        findings.push(Finding::new(Level::Warning, "joins-multiply-money", what, advice));
    }
    let mut absent = |code, cases: &Cases, of: &str, advice: &str| {
        if cases.count > 0 {
            let what = format!("orders without {of}: {}", share(cases.count, orders));
            let finding = Finding::new(Level::Note, code, what, advice);
            findings.push(finding.counting(cases.count, orders).with_examples(&cases.examples));
        }
    };
    if held.items {
        let advice = "most of such orders fail later: what was paid for them counts as spent until that is known, and \
                      what is made of items is missing";
        absent("orders-without-items", &audit.without_items, "items", advice);
    }
    if held.payments {
        let advice = "shares of payment are missing for them";
        absent("orders-without-payments", &audit.without_payments, "payment", advice);
    }
    if held.reviews {
        let advice = "a missing review is no opinion: it has a flag of its own, not a mean";
        absent("orders-without-reviews", &audit.without_reviews, "review", advice);
        let several = &audit.several_reviews;
        if several.count > 0 {
            let what = format!("orders with several reviews: {}", share(several.count, orders));
            let advice = "the one that was answered last counts, as of the date";
            let finding = Finding::new(Level::Note, "several-reviews", what, advice);
            findings.push(finding.counting(several.count, orders).with_examples(&several.examples));
        }
    }
}

/// What became of orders.
fn outcomes(history: &History, audit: &Audit, findings: &mut Vec<Finding>) {
    let (orders, persons) = (history.n_orders() as u64, history.n_persons() as u64);
    if !history.holdings().failures {
        if audit.returns > 0 {
            let what = format!(
                "orders that take back what others brought: {}",
                share(audit.returns, orders)
            );
            let advice = "they lower what was spent from their day on, and are no purchases";
            let finding = Finding::new(Level::Note, "returns", what, advice);
            findings.push(finding.counting(audit.returns, orders));
        }
        return;
    }
    if history.holdings().statuses {
        statuses(audit, orders, findings);
    }
    if audit.failed.count > 0 {
        let what = format!(
            "orders canceled or unavailable, on no known day: {}",
            share(audit.failed.count, orders)
        );
        let advice = "that counts as known from the promised day on";
        let finding = Finding::new(Level::Warning, "failures-have-no-date", what, advice);
        let finding = finding.counting(audit.failed.count, orders);
        findings.push(finding.with_examples(&audit.failed.examples));
    }
    if audit.persons_undelivered > 0 && history.holdings().deliveries {
        let what = format!(
            "people without an order that was delivered: {}",
            share(audit.persons_undelivered, persons)
        );
        let advice = "a table of delivered orders leaves them out, and they are the least content: they are in";
        let finding = Finding::new(Level::Warning, "delivered-only-loses-people", what, advice);
        findings.push(finding.counting(audit.persons_undelivered, persons));
    }
}

/// The last words on orders.
fn statuses(audit: &Audit, orders: u64, findings: &mut Vec<Finding>) {
    let statuses =
        audit.statuses.iter().map(|(status, n)| format!("{} {}", status.name(), grouped(*n)));
    let what = format!("orders by status: {}", statuses.collect::<Vec<_>>().join(", "));
    let advice = "statuses are those of today: what they say of a day of the past nobody knew then";
    findings.push(Finding::new(Level::Note, "statuses", what, advice));
    let unknown = audit.statuses.iter().find(|(status, _)| *status == Status::Other);
    if let Some(&(_, n)) = unknown {
        let known = Status::ALL.map(Status::name).join(", ");
        let what = format!("orders of another status than {known}: {}", share(n, orders));
        let advice = "they count as orders that did not fail";
        findings
            .push(Finding::new(Level::Warning, "unknown-status", what, advice).counting(n, orders));
    }
}

/// Dates that contradict each other.
fn dates(history: &History, audit: &Audit, findings: &mut Vec<Finding>) {
    if !history.holdings().deliveries {
        return;
    }
    let orders = history.n_orders() as u64;
    let mut odd = |level, code, cases: &Cases, what: &str, advice: &str| {
        if cases.count > 0 {
            let what = format!("orders {what}: {}", share(cases.count, orders));
            let finding = Finding::new(level, code, what, advice).counting(cases.count, orders);
            findings.push(finding.with_examples(&cases.examples));
        }
    };
    let slip = "one of the dates is a slip";
    odd(
        Level::Warning,
        "delivered-without-date",
        &audit.delivered_undated,
        "said to be delivered, on no known day",
        "in features they are overdue, by 90 days at most",
    );
    odd(
        Level::Note,
        "failed-and-delivered",
        &audit.failed_delivered,
        "that failed and have a day of delivery",
        "their delivery counts, and what was paid for them does not",
    );
    odd(
        Level::Note,
        "no-approval",
        &audit.unapproved,
        "without a time of approval",
        "nothing hangs on it here",
    );
    odd(
        Level::Warning,
        "dates-out-of-order",
        &audit.delivered_before_placed,
        "delivered before they were placed",
        slip,
    );
    odd(
        Level::Warning,
        "dates-out-of-order",
        &audit.promised_before_placed,
        "promised for a day before they were placed",
        slip,
    );
    odd(
        Level::Note,
        "dates-out-of-order",
        &audit.approved_before_placed,
        "approved before they were placed",
        slip,
    );
    odd(
        Level::Note,
        "dates-out-of-order",
        &audit.shipped_before_approved,
        "handed to the carrier before they were approved",
        slip,
    );
    odd(
        Level::Note,
        "dates-out-of-order",
        &audit.delivered_before_shipped,
        "delivered before they were handed to the carrier",
        slip,
    );
    if audit.late_by_clock > audit.late {
        let n = audit.late_by_clock - audit.late;
        let what = format!(
            "deliveries on the promised day, which is written as its midnight: {}",
            grouped(n)
        );
        let advice = "compare days, not times, or they look late";
        let finding = Finding::new(Level::Warning, "promises-are-midnights", what, advice);
        findings.push(finding.counting(n, audit.late_by_clock));
    }
}

/// Where in time the tables say enough.
fn calendar(history: &History, audit: &Audit, findings: &mut Vec<Finding>) {
    let (orders, (first, last)) = (history.n_orders() as u64, history.days());
    let what = format!("orders from {first} to {last}, {} in all", grouped(orders));
    findings.push(Finding::new(
        Level::Note,
        "calendar",
        what,
        "times are those of the shop, without a zone",
    ));
    let day = history.last_delivered_day();
    if day < last && history.holdings().deliveries {
        let what = format!(
            "orders placed after {day}, of which none was delivered: {}",
            share(audit.placed_after, orders)
        );
        let advice =
            "this is where the tables end: take that day for as-of, not the last time there is";
        let finding = Finding::new(Level::Warning, "empty-tail", what, advice);
        findings.push(finding.counting(audit.placed_after, orders));
    }
    if let Some((day, n)) = history.thin_start() {
        let what = format!("orders of thin months before {day}: {}", share(n, orders));
        let advice = "--from leaves them out; they say little of the shop as it is";
        findings.push(Finding::new(Level::Note, "thin-start", what, advice).counting(n, orders));
    }
    let empty = audit.months.values().filter(|&&placed| placed == 0).count() as u64;
    let is_sparse = 4 * empty > audit.months.len() as u64;
    if empty > 0 {
        let what = format!("months between the first and the last without an order: {empty}");
        let advice = "is a part of the export missing, or one date far off the others?";
        let level = if is_sparse { Level::Warning } else { Level::Note };
        let finding = Finding::new(level, "empty-months", what, advice);
        findings.push(finding.counting(empty, audit.months.len() as u64));
    }
}

/// Amounts that are not what they seem.
fn amounts(history: &History, audit: &Audit, findings: &mut Vec<Finding>) {
    let (held, orders) = (history.holdings(), history.n_orders() as u64);
    let negative = &audit.negative_amounts;
    if negative.count > 0 {
        let what =
            format!("orders with amounts of less than nothing: {}", share(negative.count, orders));
        let advice =
            "if these are returns, say so in the mapping (cancellation); they lower what was spent";
        let finding = Finding::new(Level::Warning, "negative-amounts", what, advice);
        findings.push(finding.counting(negative.count, orders).with_examples(&negative.examples));
    }
    if !held.payments {
        return;
    }
    if audit.fanout.different > 0 {
        let what = format!(
            "orders paid with another amount than price and freight: {} ({} paid, {} priced, in all)",
            share(audit.fanout.different, orders),
            grouped(audit.fanout.paid.units().round() as u64),
            grouped(audit.fanout.items.units().round() as u64)
        );
        let advice =
            "interest and rounding make payments differ; spent is price and freight of items";
        let finding = Finding::new(Level::Note, "payments-differ", what, advice);
        findings.push(finding.counting(audit.fanout.different, orders));
    }
    for (code, cases, what) in [
        ("payments-undefined", &audit.payments_undefined, "with a payment of no known kind"),
        (
            "no-installments",
            &audit.payments_without_installments,
            "with a payment in 0 instalments",
        ),
    ] {
        if cases.count > 0 {
            let what = format!("orders {what}: {}", share(cases.count, orders));
            let finding = Finding::new(Level::Note, code, what, "they count as they are");
            findings.push(finding.counting(cases.count, orders).with_examples(&cases.examples));
        }
    }
}

/// Cells without a value, and words that are not explained.
fn cells(history: &History, tables: &[TableRead], findings: &mut Vec<Finding>) {
    for table in tables {
        let lacking: Vec<&(String, u64)> = table.missing.iter().filter(|(_, n)| *n > 0).collect();
        if lacking.is_empty() {
            continue;
        }
        let said = lacking.iter().map(|(column, n)| format!("{column} {}", share(*n, table.rows)));
        let what = format!(
            "cells without a value in {}: {}",
            table.table,
            said.collect::<Vec<_>>().join(", ")
        );
        let advice = "missing is missing, and nothing is made up for them; only a freight that is missing is 0";
        let count = lacking.iter().map(|(_, n)| n).sum();
        let finding = Finding::new(Level::Note, "missing-values", what, advice);
        findings.push(finding.counting(count, table.rows * table.missing.len() as u64));
    }
    let odd = history.oddities();
    if odd.reviews_unanswered > 0 {
        let n = odd.reviews_unanswered;
        let what = format!("reviews without the time of the answer: {}", grouped(n));
        let advice = "nobody knows when the shop had them: they never count";
        let of = odd.reviews.map_or(n, |counts| counts.rows);
        findings
            .push(Finding::new(Level::Warning, "unanswered-reviews", what, advice).counting(n, of));
    }
    if !odd.untranslated.is_empty() {
        let n = odd.untranslated.len() as u64;
        let what = format!("categories without an English name: {n}");
        let finding = Finding::new(Level::Note, "untranslated", what, "they keep their own");
        let examples = &odd.untranslated[..odd.untranslated.len().min(3)];
        findings.push(finding.counting(n, n).with_examples(examples));
    }
}
