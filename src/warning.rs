//! Everything that a run may want to say without failing, in one place.

use std::fmt;

use crate::error::{Escaped, counted};
use crate::scalar::Precision;

/// Something the user should know about a result that was produced all the same.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A column has one value only and so separates nothing.
    ConstantColumn {
        /// The column.
        column: String,
    },
    /// More than half of a column's values lie in one place, so its interquartile range is 0.
    NoSpread {
        /// The column.
        column: String,
    },
    /// Rows with a missing value were left out.
    RowsDropped {
        /// How many.
        n: u64,
    },
    /// Missing values were replaced.
    ValuesFilled {
        /// The column.
        column: String,
        /// How many values.
        n: u64,
        /// What stands for them, in the column's unit.
        value: f64,
    },
    /// A column of whole numbers holds some beyond 2^53, which double precision rounds.
    RoundedIntegers {
        /// The column.
        column: String,
    },
    /// All prepared values were multiplied with one power of two, to keep their squares in range.
    CommonFactor {
        /// The factor is 2^exponent.
        exponent: i32,
        /// The type whose range is kept.
        precision: Precision,
    },
    /// Columns that cannot be features were left out.
    ColumnsLeftOut {
        /// Name and type of each.
        columns: Vec<(String, String)>,
    },
    /// Numbers of a CSV file were read with a comma before their decimals.
    DecimalCommas {
        /// The columns.
        columns: Vec<String>,
    },
    /// Some ids do not tell rows apart; all rows are kept, by position.
    OddIds {
        /// The id column.
        column: String,
        /// Rows without an id.
        null: u64,
        /// Rows whose id is an empty text.
        empty: u64,
        /// Rows whose id an earlier row has already.
        duplicate: u64,
    },
    /// One segment holds most rows.
    LargeSegment {
        /// Its name.
        segment: String,
        /// Of the rows that have a segment.
        share: f64,
    },
    /// Segments hold less than one row in a hundred each.
    SmallSegments {
        /// Their names.
        segments: Vec<String>,
    },
    /// One cluster of so many holds most rows.
    GiantCluster {
        /// The number of clusters.
        k: usize,
        /// Of the rows.
        share: f64,
    },
    /// Distances are little more than differences in one column.
    ColumnDominates {
        /// The column.
        column: String,
        /// Of the variance of all columns.
        share: f64,
    },
    /// Distances hold next to nothing of some columns.
    ColumnsUnheard {
        /// The columns.
        columns: Vec<String>,
        /// Together, of the variance of all columns.
        share: f64,
    },
    /// Without a column of few values the same clusters are far less separated.
    SilhouetteInflated {
        /// The column.
        column: String,
        /// Its different values, if they are few.
        n_values: Option<usize>,
        /// The share of the rows that have the commonest one.
        share: f64,
        /// The number of clusters.
        k: usize,
        /// Their silhouette in all columns.
        with: f64,
        /// Their silhouette in the others.
        without: f64,
    },
    /// The largest number of clusters that was compared is the best of them.
    EndOfRange {
        /// The number.
        k: usize,
    },
    /// Weights add up to so little that the Calinski-Harabasz index, for which they count rows, is not
    /// defined.
    WeightsCountFewRows {
        /// What they add up to.
        total: f64,
        /// The number of clusters.
        k: usize,
    },
    /// Two labelings have so many labels that it would take long to match them.
    NotMatched {
        /// Different labels in the one that has more.
        n_labels: usize,
        /// How many are matched at most.
        most: usize,
    },
    /// A name that people gave is not used, since it may be of other people.
    NameNotUsed {
        /// The name.
        name: String,
        /// The segment that it was given to.
        id: u32,
        /// Why not.
        loss: NameLoss,
    },
    /// A name is used although nobody said whom it is of.
    NameOfNobody {
        /// The name.
        name: String,
        /// The segment.
        id: u32,
    },
    /// A segment has another name, since the one that its figures suggested does not fit them any more.
    Renamed {
        /// The segment.
        id: u32,
        /// Its name until now.
        from: String,
        /// Its name from now on.
        to: String,
    },
    /// No number of segments passes every rule, and one was taken all the same.
    NoSoundNumber {
        /// The number.
        k: usize,
        /// Why none passes.
        reason: String,
    },
    /// How long segments last could not be measured.
    NotFollowed {
        /// Why.
        reason: String,
    },
    /// How long segments last was measured on others than those of the model.
    FollowedOthers {
        /// How many they were.
        k: usize,
        /// What they were made of.
        columns: Vec<String>,
    },
    /// The day of the run lies long after the last order.
    StaleOrders {
        /// The day of the run.
        day: String,
        /// The day of the last order.
        last: String,
        /// Days between the two.
        days: i64,
    },
    /// Earlier assignments call every segment that the model has, too, by another name.
    OtherNames {
        /// How many segments.
        n: usize,
    },
    /// Texts were cut, since no cell of a workbook holds more than 32,767 characters.
    CellsCut {
        /// How many.
        n: u64,
    },
    /// Text cells of a CSV file were prefixed with `'`.
    CellsDefused {
        /// How many.
        n: u64,
    },
    /// Rows of two tables were put together by their position, since their ids have different names.
    IdsNotCompared {
        /// The name in the table.
        column: String,
        /// The name in the table of labels.
        other: String,
    },
    /// Rows without a label were left out of all scores.
    RowsUnlabeled {
        /// The column of labels.
        column: String,
        /// How many rows.
        n: u64,
    },
    /// Some rows have the label that density-based clustering gives to noise.
    NoiseCounts {
        /// The column of labels.
        column: String,
    },
    /// There is no silhouette, nor another score of the rows.
    SeparatesNothing {
        /// Different labels.
        n_clusters: usize,
        /// Rows that have one.
        n_rows: usize,
    },
    /// Rows of an order table say nothing of the customer and were left out.
    RowsWithoutCustomer {
        /// How many.
        n: u64,
    },
    /// Rows share the number of their order with rows of another customer or another time, and are an
    /// order of their own.
    OrdersSplit {
        /// How many rows.
        n: u64,
    },
    /// Orders have a customer who is not in the table of customers, and were left out.
    OrdersWithoutCustomer {
        /// How many.
        n: u64,
    },
    /// Features that tables do not tell were left out.
    FeaturesLeftOut {
        /// Their names.
        features: Vec<&'static str>,
    },
    /// Orders were placed before the months from which on there are many.
    ThinStart {
        /// How many.
        n: u64,
        /// The first day of those months.
        before: String,
    },
    /// The day of a run is not that of its table of features.
    OtherDay {
        /// The day of the run.
        day: String,
        /// The day of the features.
        of_features: String,
    },
    /// Rows came from segments that the model does not have.
    SegmentsUnknown {
        /// How many rows.
        n: u64,
        /// How many segments.
        segments: usize,
    },
    /// Customers who had a segment are no longer among the rows.
    CustomersGone {
        /// How many.
        n: u64,
    },
    /// Features hold what nobody knew on their day.
    Hindsight {
        /// The day.
        day: String,
    },
    /// Segments agreed with their refits exactly for several periods in a row.
    ExactAgreement {
        /// The date of the first of them.
        date: String,
        /// How many, at least two.
        periods: usize,
        /// Whether the features were the same as well.
        same_features: bool,
    },
    /// The agreement fell below the threshold and came back.
    AgreementDips {
        /// The first date.
        date: String,
        /// For how many periods.
        periods: usize,
        /// The median agreement on the first date.
        agreement: f64,
    },
    /// The agreement fell below the threshold on the last date, which no later one confirms.
    FallUnconfirmed {
        /// The date.
        date: String,
    },
    /// Refits on the very date of the fit agree with it less than is asked of later ones.
    NoisySegments {
        /// Their median agreement.
        agreement: f64,
        /// What is asked of later ones.
        threshold: f64,
    },
    /// The segments of T0 do not agree with themselves on T0.
    NotItselfOnT0 {
        /// How far they do.
        agreement: f64,
    },
    /// The scaler of a refit is that of the first fit, although features have changed.
    SameScaler {
        /// The date of the refit.
        date: String,
    },
    /// The last date lies after the days of which orders are known to be delivered.
    EmptyTail {
        /// The last date.
        end: String,
        /// The last day of an order that was delivered.
        last: String,
    },
    /// Features that have no value on some of the dates were left out on all of them.
    FeaturesNotOnAllDates {
        /// Their names.
        features: Vec<String>,
    },
    /// The best restart reached its last iteration before it settled.
    NotConverged {
        /// Iterations made.
        n_iter: usize,
    },
}

/// Why a name that people gave is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameLoss {
    /// Those it was given to are no segment of their own; most like them is the one with this id.
    Elsewhere(u32),
    /// It does not say whom it is of, and the segment of its id has a name that does.
    Taken,
    /// The model has other columns, or no segment of the id of a name that does not say whom it is of.
    Unknown,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConstantColumn { column } => {
                write!(f, "column \"{}\" is constant and separates nothing", Escaped(column))
            }
            Self::NoSpread { column } => {
                let column = Escaped(column);
                write!(f, "column \"{column}\" has an interquartile range of 0 and is not scaled")
            }
            Self::RowsDropped { n } => {
                let were = if *n == 1 { "was" } else { "were" };
                write!(f, "{} with a missing value {were} left out", counted(n, "row"))
            }
            Self::ValuesFilled { column, n, value } => {
                let column = Escaped(column);
                let values = counted(n, "missing value");
                let were = if *n == 1 { "was" } else { "were" };
                write!(f, "column \"{column}\": {values} {were} replaced by {value}")
            }
            Self::RoundedIntegers { column } => {
                let column = Escaped(column);
                write!(f, "column \"{column}\" has whole numbers beyond 2^53, which are rounded")
            }
            Self::CommonFactor { exponent, precision } => write!(
                f,
                "all values were multiplied with 2^{exponent} to keep their squares within {}; \
                 distances and inertia are in that unit",
                precision.name()
            ),
            Self::ColumnsLeftOut { columns } => {
                f.write_str("left out, since not numeric: ")?;
                list(f, columns, |f, (name, type_name)| {
                    write!(f, "\"{}\" ({})", Escaped(name), Escaped(type_name))
                })
            }
            Self::DecimalCommas { columns } => {
                f.write_str("commas were read as decimal commas in ")?;
                list(f, columns, |f, name| write!(f, "\"{}\"", Escaped(name)))
            }
            Self::OddIds { column, null, empty, duplicate } => write!(
                f,
                "id column \"{}\": {null} null, {empty} empty, {duplicate} repeated (all rows are \
                 kept, in order)",
                Escaped(column)
            ),
            Self::LargeSegment { segment, share } => write!(
                f,
                "{} holds {:.1} % of the rows (another --scale, a --transform or a larger -k may \
                 tell more apart)",
                Escaped(segment),
                100.0 * share
            ),
            Self::SmallSegments { segments } => {
                list(f, segments, |f, name| write!(f, "{}", Escaped(name)))?;
                let (hold, each) =
                    if segments.len() == 1 { ("holds", "") } else { ("hold", " each") };
                write!(f, " {hold} less than 1 % of the rows{each}")
            }
            Self::GiantCluster { k, share } => write!(
                f,
                "one of {k} clusters holds {:.1} % of the rows: it is the crowd, and the others are \
                 what differs from it",
                100.0 * share
            ),
            Self::ColumnDominates { column, share } => write!(
                f,
                "column \"{}\" makes up {:.1} % of all variance, so the clusters are those of this \
                 column (another --scale makes columns comparable)",
                Escaped(column),
                100.0 * share
            ),
            Self::ColumnsUnheard { columns, share } => {
                f.write_str(
                    "columns that make up next to nothing of all variance, and so of the \
                             clusters: ",
                )?;
                list(f, columns, |f, name| write!(f, "\"{}\"", Escaped(name)))?;
                write!(f, " ({:.2} %; another --scale makes columns comparable)", 100.0 * share)
            }
            Self::SilhouetteInflated { column, n_values, share, k, with, without } => write!(
                f,
                "column \"{}\" ({}, {:.1} % of the rows share one) inflates the silhouette: \
                 {with:.4} for {k} clusters, {without:.4} for the same clusters without it",
                Escaped(column),
                n_values.map_or("many values".to_owned(), |n| counted(n, "value")),
                100.0 * share
            ),
            Self::EndOfRange { k } => write!(
                f,
                "{k} is the largest number of clusters that was compared, and the best separated that \
                 passes: a larger one may be better (a longer --k shows)"
            ),
            Self::WeightsCountFewRows { total, k } => write!(
                f,
                "the weights add up to {total}, for {}: no Calinski-Harabasz index, for which they \
                 count rows",
                counted(k, "cluster")
            ),
            Self::NotMatched { n_labels, most } => write!(
                f,
                "{}: the best matching is left out (up to {most} are matched)",
                counted(n_labels, "different label")
            ),
            Self::NameNotUsed { name, id, loss } => {
                write!(f, "the name \"{}\" of segment {id} is not used: ", Escaped(name))?;
                match loss {
                    NameLoss::Elsewhere(now) => write!(
                        f,
                        "those it was given to are no segment of their own, and most like segment {now} now"
                    ),
                    NameLoss::Taken => f.write_str(
                        "it does not say whom it is of (\"member\"), and that segment has a name which does",
                    ),
                    NameLoss::Unknown => f.write_str(
                        "the model does not have the columns, or the segment, that it was given by",
                    ),
                }
            }
            Self::NameOfNobody { name, id } => write!(
                f,
                "the name \"{}\" does not say whom it is of, and is used for segment {id} (with \
                 \"member\" a name finds its people after a new fit, too)",
                Escaped(name)
            ),
            Self::Renamed { id, from, to } => write!(
                f,
                "segment {id} is called \"{}\" now, after its figures, and not \"{}\" any more (change the \
                 name in the file of names, and it stays)",
                Escaped(to),
                Escaped(from)
            ),
            Self::NoSoundNumber { k, reason } => {
                write!(f, "no number of segments passes every rule; {k} is taken: {reason}")
            }
            Self::NotFollowed { reason } => {
                write!(f, "how long segments last was not measured: {}", Escaped(reason))
            }
            Self::FollowedOthers { k, columns } => {
                write!(f, "how long segments last was measured on {k} segments by ")?;
                list(f, columns, |f, name| write!(f, "{}", Escaped(name)))?;
                f.write_str(", which are not those of the model")
            }
            Self::StaleOrders { day, last, days } => write!(
                f,
                "the last order is of {last}, {} before {day}: who ordered since is not known (are the tables \
                 whole?)",
                counted(days, "day")
            ),
            Self::OtherNames { n } => write!(
                f,
                "the earlier assignments have other names for all {n} segments that they share with the model \
                 (are they of this model?)"
            ),
            Self::CellsCut { n } => write!(
                f,
                "{} of the workbook cut at 32,767 characters, which is what a cell holds",
                counted(n, "text")
            ),
            Self::CellsDefused { n } => {
                let (formulas, were) =
                    if *n == 1 { ("a formula", "was") } else { ("formulas", "were") };
                write!(
                    f,
                    "{} would run as {formulas} in a spreadsheet and {were} prefixed with '",
                    counted(n, "text cell")
                )
            }
            Self::IdsNotCompared { column, other } => write!(
                f,
                "ids are called \"{}\" here and \"{}\" in the table of labels, and were not compared: \
                 rows go together by position",
                Escaped(column),
                Escaped(other)
            ),
            Self::RowsUnlabeled { column, n } => {
                let were = if *n == 1 { "was" } else { "were" };
                let rows = counted(n, "row");
                write!(f, "column \"{}\": {rows} without a label {were} left out", Escaped(column))
            }
            Self::NoiseCounts { column } => write!(
                f,
                "column \"{}\": rows labelled -1, which often stands for noise, are scored as a \
                 cluster like any other",
                Escaped(column)
            ),
            Self::SeparatesNothing { n_clusters, n_rows } => write!(
                f,
                "{} of {}: a silhouette is defined from 2 labels to one less than rows",
                counted(n_clusters, "different label"),
                counted(n_rows, "row")
            ),
            Self::RowsWithoutCustomer { n } => {
                let were = if *n == 1 { "was" } else { "were" };
                write!(f, "{} without a customer {were} left out", counted(n, "row"))
            }
            Self::OrdersWithoutCustomer { n } => {
                let (orders, were) = (counted(n, "order"), if *n == 1 { "was" } else { "were" });
                write!(f, "{orders} of no known customer {were} left out")
            }
            Self::FeaturesLeftOut { features } => {
                f.write_str("left out, since the tables do not tell: ")?;
                list(f, features, |f, name| f.write_str(name))
            }
            Self::OrdersSplit { n } => {
                let (rows, have) = (counted(n, "row"), if *n == 1 { "has" } else { "have" });
                write!(
                    f,
                    "{rows} {have} the order number of another customer or another time, and count as \
                     orders of their own"
                )
            }
            Self::ThinStart { n, before } => {
                let orders = counted(n, "order");
                write!(
                    f,
                    "{orders} of the thin months before {before} {} in (--from {before} leaves them \
                     out)",
                    if *n == 1 { "is" } else { "are" }
                )
            }
            Self::OtherDay { day, of_features } => write!(
                f,
                "changes are dated {day}, but the features are those of {of_features} (without --as-of \
                 changes are dated as the features)"
            ),
            Self::SegmentsUnknown { n, segments } => write!(
                f,
                "{} moved from {} that this model does not have",
                counted(n, "customer"),
                counted(segments, "segment")
            ),
            Self::CustomersGone { n } => {
                let are = if *n == 1 { "is" } else { "are" };
                write!(
                    f,
                    "{} of the previous assignments {are} not among these rows, and so in none of the \
                     new files",
                    counted(n, "customer")
                )
            }
            Self::Hindsight { day } => write!(
                f,
                "features hold deliveries, reviews and failures of after {day}, which nobody knew \
                 then: to be compared with, not to be used"
            ),
            Self::ExactAgreement { date, periods, same_features } => write!(
                f,
                "the agreement is exactly 1.000 for {} from {date} on: {}",
                counted(periods, "period"),
                if *same_features {
                    "no feature has changed, so nothing was put to the test"
                } else {
                    "so much constancy mostly means that two models have more in common than they should"
                }
            ),
            Self::AgreementDips { date, periods, agreement } => write!(
                f,
                "the agreement falls to {agreement:.3} on {date} and comes back after {}: more likely a bad \
                 optimum than a change of the customers",
                counted(periods, "period")
            ),
            Self::FallUnconfirmed { date } => write!(
                f,
                "the agreement is below the threshold on {date}, the last date: no later one confirms \
                 it, and it does not count"
            ),
            Self::NoisySegments { agreement, threshold } => write!(
                f,
                "refits on T0 itself agree to {agreement:.3} only: noise alone is below the threshold \
                 of {threshold} (another -k or --set may be firmer)"
            ),
            Self::NotItselfOnT0 { agreement } => write!(
                f,
                "the segments of T0 agree with themselves on T0 to {agreement:.6} only, where 1 is due by \
                 construction"
            ),
            Self::SameScaler { date } => write!(
                f,
                "the scaler of {date} is that of T0 to the last bit, although features have changed"
            ),
            Self::EmptyTail { end, last } => write!(
                f,
                "the last date, {end}, lies after {last}, the last day of which an order is known to be \
                 delivered: what is missing after it looks like a change"
            ),
            Self::FeaturesNotOnAllDates { features } => {
                f.write_str("left out, since nobody has a value on some of the dates: ")?;
                list(f, features, |f, name| write!(f, "{}", Escaped(name)))
            }
            Self::NotConverged { n_iter } => write!(
                f,
                "not converged after {} (a larger --max-iter may help)",
                counted(n_iter, "iteration")
            ),
        }
    }
}

/// The first few of `items`, and how many more there are.
fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    mut write: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    const SHOWN: usize = 8;
    for (i, item) in items.iter().take(SHOWN).enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        write(f, item)?;
    }
    if items.len() > SHOWN {
        write!(f, " and {} more", items.len() - SHOWN)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_as_one() {
        let column = "x".to_owned();
        for (warning, text) in [
            (Warning::RowsDropped { n: 1 }, "1 row with a missing value was left out"),
            (Warning::RowsDropped { n: 2 }, "2 rows with a missing value were left out"),
            (
                Warning::ValuesFilled { column, n: 1, value: 0.5 },
                "column \"x\": 1 missing value was replaced by 0.5",
            ),
            (
                Warning::CellsDefused { n: 1 },
                "1 text cell would run as a formula in a spreadsheet and was prefixed with '",
            ),
            (
                Warning::DecimalCommas { columns: vec!["x".to_owned(), "y".to_owned()] },
                "commas were read as decimal commas in \"x\", \"y\"",
            ),
            (
                Warning::NotConverged { n_iter: 1 },
                "not converged after 1 iteration (a larger --max-iter may help)",
            ),
        ] {
            assert_eq!(warning.to_string(), text);
        }
    }
}
