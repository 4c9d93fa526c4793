//! The arguments, in the words of the command line; checked as far as they can be alone.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{ArgAction, Parser, Subcommand};

use crate::alternatives::Alternative;
use crate::history::{Day, Descriptor, FeatureSet, Recency};
use crate::io::{ColumnChoice, OutputFormat, ReadOptions};
use crate::report::{CampaignParams, Language};
use crate::segments::TransitionRules;
use crate::stability::{Currency, Step};
use crate::{
    ColumnAdvice, Missing, Precision, PrepareParams, Scale, Seed, SilhouetteMethod, SynthDrift,
    SynthParams, Transform,
};

/// Customer segments from a table of features.
#[derive(Debug, Parser)]
#[command(
    name = "segengine",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Example:\n  segengine cluster data/features.arrow -k 6"
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Synth(SynthArgs),
    Check(CheckArgs),
    Features(FeaturesArgs),
    Select(Box<SelectArgs>),
    Cluster(Box<ClusterArgs>),
    Assign(AssignArgs),
    Evaluate(Box<EvaluateArgs>),
    Stability(Box<StabilityArgs>),
    Report(Box<ReportArgs>),
    Run(Box<RunArgs>),
    /// Print a script that completes commands and options in a shell
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page of segengine, or of one of its commands
    Man {
        /// synth, check, features, select, cluster, assign, evaluate, stability, report or run
        command: Option<String>,
    },
}

/// Fit segments; write the model and a segment per customer
///
/// Reads a table of one row per customer (Arrow, Parquet or CSV, told apart by content), fits
/// K-means and writes OUT/model.json and OUT/assignments.arrow. Prints a table of the segments.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    segengine cluster data/features.arrow -k 6\n  \
    segengine cluster customers.csv -k 4 --transform monetary=log1p --missing median -o out\n  \
    segengine cluster data/features.arrow -k 6 --match segments/model.json -o refit\n\n\
    Exit codes: 0 done, 1 failed while running, 2 usage, 3 the data cannot be used, \
    129/130/143 interrupted (SIGHUP, SIGINT, SIGTERM).")]
pub(super) struct ClusterArgs {
    /// The table: Arrow, Parquet or CSV
    #[arg(value_name = "FEATURES")]
    pub(super) input: PathBuf,

    /// Number of segments
    #[arg(short, value_name = "K", allow_negative_numbers = true, value_parser = segments)]
    pub(super) k: u32,

    /// Directory for the results; created if it is missing
    #[arg(short, long, value_name = "DIR", default_value = "segments")]
    pub(super) out: PathBuf,

    #[command(flatten)]
    pub(super) columns: ColumnArgs,

    #[command(flatten)]
    pub(super) preparation: PreparationArgs,

    /// Transforms, COL=log1p|sqrt|yeo-johnson, separated by commas as for --columns, or none
    /// [default: as the file recommends, else none]
    #[arg(
        long,
        value_name = "COL=KIND,…",
        action = ArgAction::Append,
        help_heading = "Preparation"
    )]
    pub(super) transform: Vec<String>,

    /// How columns are made comparable [default: as the file recommends, else standard]
    #[arg(long, value_parser = scale(), help_heading = "Preparation")]
    pub(super) scale: Option<Scale>,

    /// How segments are improved
    #[arg(long, default_value = "lloyd", value_parser = algorithm(), help_heading = "Fit")]
    pub(super) algorithm: AlgorithmArg,

    /// First centres: k-means++, random, or a table of K rows with the same columns
    #[arg(long, value_name = "INIT", default_value = "k-means++", value_parser = init(),
        help_heading = "Fit")]
    pub(super) init: InitArg,

    /// Starts, of which the best is kept [default: 10; 1 if --init is a file]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one,
        help_heading = "Fit")]
    pub(super) n_init: Option<u32>,

    /// Iterations at most, per start; for mini-batches, as many batches as make N passes
    #[arg(long, value_name = "N", default_value_t = 300, allow_negative_numbers = true,
        value_parser = at_least_one, help_heading = "Fit")]
    pub(super) max_iter: u32,

    /// Stop when the centres move less than this, relative to the columns' variance [default: 1e-4;
    /// 0 for mini-batches, which stop by their smoothed inertia]
    #[arg(long, value_name = "TOL", allow_negative_numbers = true, value_parser = tolerance,
        help_heading = "Fit")]
    pub(super) tol: Option<f64>,

    /// Rows per mini-batch [default: 4096]
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, value_parser = at_least_one,
        help_heading = "Fit")]
    pub(super) batch_size: Option<u32>,

    /// Seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed, help_heading = "Fit")]
    pub(super) seed: u64,

    /// A model.json of before: segments that carry on one of its own keep id and name, the others get
    /// ids that were never used
    #[arg(long = "match", value_name = "MODEL", help_heading = "Identity")]
    pub(super) previous: Option<PathBuf>,

    /// What an old and a new segment have in common at least to be the same one: rows in both by rows
    /// in either
    #[arg(long, value_name = "SHARE", default_value_t = TransitionRules::default().overlap,
        allow_negative_numbers = true, requires = "previous", value_parser = overlap,
        help_heading = "Identity")]
    pub(super) min_overlap: f64,

    /// Which silhouette to score the segments by; auto is exact up to 200,000 rows, then that of a
    /// sample
    #[arg(long, default_value = "auto", value_parser = silhouette_or_off())]
    pub(super) silhouette: SilhouetteOrOff,

    /// Kind of the assignments file
    #[arg(long, default_value = "arrow", value_parser = format())]
    pub(super) format: OutputFormat,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Segments for new rows from a saved model
///
/// The table needs the columns that the model was fitted on; of order tables, its features are computed
/// as they were for the fit. Writes DIR/assignments.arrow; with `-o -` the assignments go to standard
/// output instead of the summary. With the assignments of before, also says who moved, in
/// DIR/moves.csv, and with --campaigns writes whom to mail.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("control", |arg| arg.requires("campaigns")),
    mut_arg("hash_ids", |arg| arg.requires("campaigns")),
    mut_arg("excel", |arg| arg.requires("campaigns")),
    mut_arg("seed", |arg| arg.requires("campaigns")),
    after_help = "Example:\n  \
    segengine assign segments/model.json data/features.arrow -o assigned\n  \
    segengine assign segments/model.json new.csv -o - --format csv | head\n  \
    segengine assign segments/model.json data --previous segments/assignments.arrow -o today")]
pub(super) struct AssignArgs {
    /// A model.json written by `segengine cluster`
    pub(super) model: PathBuf,

    /// The table, Arrow, Parquet or CSV; or a folder of order tables, and with --mapping another
    /// shop's table or a folder with it
    #[arg(value_name = "FILE|ORDERS_DIR")]
    pub(super) input: PathBuf,

    /// Directory for the results, created if it is missing; - for standard output
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,

    /// The day of the run: of order tables, what was known at its end counts [default: of order
    /// tables, the last day on which an order was placed that was then delivered; of a table of
    /// features, their day]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(super) as_of: Option<Day>,

    /// Assignments of before, written by cluster or assign: says since when each customer has been in
    /// the segment, and who moved; may lie in DIR and be replaced
    #[arg(long, value_name = "ASSIGNMENTS")]
    pub(super) previous: Option<PathBuf>,

    /// Names of segments, as segments.toml has them [default: segments.toml beside MODEL, where it is
    /// there; else those of MODEL]
    #[arg(long, value_name = "FILE")]
    pub(super) names: Option<PathBuf>,

    /// A TOML file that says which column of another shop's table is what
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,

    /// Column of customer ids [default: that of the fit; if it had none, as for cluster]
    ///
    /// Needed where the table has ids, but under another name than in the fit.
    #[arg(long, value_name = "COL")]
    pub(super) id: Option<String>,

    /// Kind of the assignments file
    #[arg(long, default_value = "arrow", value_parser = format())]
    pub(super) format: OutputFormat,

    /// Write the campaign files, too: DIR/campaigns, one for each segment
    #[arg(long, help_heading = "Campaign files")]
    pub(super) campaigns: bool,

    #[command(flatten)]
    pub(super) campaign: CampaignArgs,

    /// Who is held back follows from it; that of the report holds back the same customers
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed, help_heading = "Campaign files")]
    pub(super) seed: u64,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Score labels: silhouette and other indices, agreement with other labels
///
/// Scores the values as they are, in every numeric column but labels, id and weight, unless a model or
/// a scale says otherwise. Weights count in Davies-Bouldin, Calinski-Harabasz and inertia. Labels may be numbers or text. They come from a column of the table, of
/// another table with the same rows (--labels-from), or from a model, whose segments are then scored.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    segengine evaluate data/features.arrow --model segments/model.json\n  \
    segengine evaluate customers.csv --labels cluster --truth region --scale standard\n  \
    segengine evaluate features.arrow --labels-from segments/assignments.arrow --scale standard")]
pub(super) struct EvaluateArgs {
    /// The table: Arrow, Parquet or CSV
    #[arg(value_name = "FILE")]
    pub(super) input: PathBuf,

    /// Column of labels [default: \"segment\" with --labels-from; the model's segments with --model]
    #[arg(long, value_name = "COL", help_heading = "Labels")]
    pub(super) labels: Option<String>,

    /// Column of labels to compare with
    #[arg(long, value_name = "COL", help_heading = "Labels")]
    pub(super) truth: Option<String>,

    /// Take labels and truth from this table, whose rows are those of FILE in the same order
    #[arg(long, value_name = "FILE", help_heading = "Labels")]
    pub(super) labels_from: Option<PathBuf>,

    /// A model.json: its columns, prepared as it was fitted; without --labels, its segments
    #[arg(
        long,
        value_name = "MODEL",
        conflicts_with_all = ["columns", "exclude", "missing", "transform", "scale", "precision"],
        help_heading = "Labels"
    )]
    pub(super) model: Option<PathBuf>,

    #[command(flatten)]
    pub(super) columns: ColumnArgs,

    #[command(flatten)]
    pub(super) preparation: PreparationArgs,

    /// Transforms, COL=log1p|sqrt|yeo-johnson, separated by commas as for --columns
    #[arg(
        long,
        value_name = "COL=KIND,…",
        action = ArgAction::Append,
        help_heading = "Preparation"
    )]
    pub(super) transform: Vec<String>,

    /// How columns are made comparable [default: none]
    #[arg(long, value_parser = scale(), help_heading = "Preparation")]
    pub(super) scale: Option<Scale>,

    /// Which silhouette; auto is exact up to 200,000 rows, then that of a sample
    #[arg(long, default_value = "auto", value_parser = silhouette_or_off(),
        help_heading = "Scores")]
    pub(super) silhouette: SilhouetteOrOff,

    /// Score a sample of about so many rows [default: as many as make 4 billion distances]
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, value_parser = at_least_one,
        help_heading = "Scores")]
    pub(super) sample: Option<u32>,

    /// Seed of the sample
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed, help_heading = "Scores")]
    pub(super) seed: u64,

    /// Also write the silhouette of each row, to DIR/silhouettes.arrow
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,

    /// Kind of that file
    #[arg(long, default_value = "arrow", value_parser = format())]
    pub(super) format: OutputFormat,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Compare numbers of segments, sets of columns, transforms and scales; recommend
///
/// Fits every number of segments from several seeds and in resamples of the rows, measures how well
/// they are separated and how surely they are found again, and says which number to take, and why.
/// Silhouettes compare within one set of columns, transform and scale only: each gets a table and a
/// recommendation of its own.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    segengine select data/features.arrow --k 2..15\n  \
    segengine select customers.csv --sets rfm=recency,frequency,monetary --sets money=monetary \\\n    \
    --transform none --transform monetary=log1p --scale standard,robust")]
pub(super) struct SelectArgs {
    /// The table: Arrow, Parquet or CSV
    #[arg(value_name = "FEATURES")]
    pub(super) input: PathBuf,

    /// Numbers of segments: 2..15 (both included), or some separated by commas
    #[arg(short, long, value_name = "RANGE", default_value = "2..10", value_parser = ks)]
    pub(super) k: KsArg,

    /// Directory for the chart, selection.html, and for labels.arrow: the labels of the recommended
    /// number (if none is, of the one nearest to passing) and of the other algorithms; created if it
    /// is missing
    #[arg(short, long, value_name = "DIR", default_value = "selection")]
    pub(super) out: PathBuf,

    #[command(flatten)]
    pub(super) columns: ColumnArgs,

    /// A set of columns to compare with others, by name; once for each
    #[arg(
        long,
        value_name = "NAME=A,B",
        action = ArgAction::Append,
        conflicts_with_all = ["columns", "exclude"],
        help_heading = "Columns"
    )]
    pub(super) sets: Vec<String>,

    #[command(flatten)]
    pub(super) preparation: PreparationArgs,

    /// Transforms, COL=log1p|sqrt|yeo-johnson, separated by commas; given several times, each is
    /// compared with the others, "none" being the values as they are [default: as the file
    /// recommends, else none]
    #[arg(
        long,
        value_name = "COL=KIND,…",
        action = ArgAction::Append,
        help_heading = "Preparation"
    )]
    pub(super) transform: Vec<String>,

    /// How columns are made comparable; several, separated by commas, are compared [default: as the
    /// file recommends, else standard]
    #[arg(long, value_parser = scale(), value_delimiter = ',', help_heading = "Preparation")]
    pub(super) scale: Vec<Scale>,

    /// Starts of each fit, of which the best is kept
    #[arg(long, value_name = "N", default_value_t = 10, allow_negative_numbers = true,
        value_parser = at_least_one, help_heading = "Judgement")]
    pub(super) n_init: u32,

    /// Seeds whose fits are compared with each other, up to 1,000; 1 leaves that out
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true,
        value_parser = seeds, help_heading = "Judgement")]
    pub(super) seeds: u32,

    /// Resamples in which each number of segments is fitted anew; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 100, allow_negative_numbers = true,
        value_parser = none_or_more, help_heading = "Judgement")]
    pub(super) bootstrap: u32,

    /// Starts of each of those fits
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true,
        value_parser = at_least_one, help_heading = "Judgement")]
    pub(super) bootstrap_n_init: u32,

    /// Other algorithms to compare with the recommended number: some of ward, dbscan and gmm,
    /// separated by commas, or none
    #[arg(long, value_name = "LIST", default_value = "ward,dbscan,gmm", value_delimiter = ',',
        value_parser = alternatives(), help_heading = "Judgement")]
    algorithms: Vec<AlternativeArg>,

    /// Least size of a segment that is worth a campaign, in per cent of the rows
    #[arg(long, value_name = "%", default_value_t = 0.5, allow_negative_numbers = true,
        value_parser = percentage, help_heading = "Judgement")]
    pub(super) min_share: f64,

    /// Which silhouette; auto is exact up to 200,000 rows, then that of a sample
    #[arg(long, default_value = "auto", value_parser = silhouette(),
        help_heading = "Judgement")]
    pub(super) silhouette: SilhouetteArg,

    /// Seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed, help_heading = "Judgement")]
    pub(super) seed: u64,

    /// Kind of the file of labels
    #[arg(long, default_value = "arrow", value_parser = format())]
    pub(super) format: OutputFormat,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

impl SelectArgs {
    /// Refuses `none` beside names.
    pub(super) fn check_algorithms(&self) -> crate::Result<()> {
        if self.algorithms.len() > 1 && self.algorithms.contains(&AlternativeArg(None)) {
            let message = "--algorithms: none beside others (either none or names are accepted)";
            return Err(crate::Error::parameter(message));
        }
        Ok(())
    }

    /// The other algorithms, each once.
    pub(super) fn algorithms(&self) -> impl Iterator<Item = Alternative> {
        let wanted = |which: &Alternative| self.algorithms.contains(&AlternativeArg(Some(*which)));
        Alternative::ALL.into_iter().filter(wanted)
    }
}

/// One row per customer from order tables, as known on a date
///
/// Reads a folder of order tables in Olist's layout (CSV, Parquet or Arrow, by the names of the published
/// files or of the course database), or another shop's table of orders or order lines with a mapping.
/// Nothing counts that the shop did not know on the date: later orders, deliveries, reviews and failures
/// play no part. The file says what each column is and how it is best prepared, and `segengine cluster`
/// and `select` follow that.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("no_map", |arg| arg.hide(true)),
    after_help = "Example:\n  \
    segengine features data -o features.arrow\n  \
    segengine features data --as-of 2018-03-01 --set full -o march.parquet\n  \
    segengine features online_retail.csv --mapping examples/online_retail.toml -o retail.arrow"
)]
pub(super) struct FeaturesArgs {
    /// A folder of order tables; with --mapping, a table or a folder with one
    #[arg(value_name = "ORDERS_DIR")]
    pub(super) input: PathBuf,

    /// The file to write, .arrow, .parquet or .csv; - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "features.arrow")]
    pub(super) out: PathBuf,

    /// The day of which knowledge is asked, its end included [default: the last day on which an order
    /// was placed that was then delivered]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Knowledge")]
    pub(super) as_of: Option<Day>,

    /// Leave out orders of before this day [default: none]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Knowledge")]
    pub(super) from: Option<Day>,

    /// Let features hold what became of orders later, to see how much better that looks
    #[arg(long, help_heading = "Knowledge")]
    pub(super) naive: bool,

    /// Which features: recency, purchases and spend; those and the last review; or all
    #[arg(long, default_value = "rfm-review", value_parser = feature_set(),
        help_heading = "Features")]
    pub(super) set: FeatureSet,

    /// How the time since the last order enters: in days, as a rank among all customers, or as a
    /// descriptor that is not clustered on
    #[arg(long, default_value = "absolute", value_parser = recency(), help_heading = "Features")]
    pub(super) recency: Recency,

    /// Add all other features, to describe segments by; they are not clustered on
    #[arg(long, help_heading = "Features")]
    pub(super) describe: bool,

    /// Make features of a descriptor (state or top_category), one for each of its values: customers who
    /// differ in it are WEIGHT standard deviations apart
    #[arg(long, value_name = "NAME=WEIGHT,…", value_delimiter = ',', value_parser = one_hot,
        help_heading = "Features")]
    pub(super) one_hot: Vec<(Descriptor, f64)>,

    /// A TOML file that says which column of another shop's table is what
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,

    /// Kind of the file [default: by the name of the file, else arrow]
    #[arg(long, value_parser = format())]
    pub(super) format: Option<OutputFormat>,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Page, workbook and campaign files for marketing
///
/// Says who the segments of a model are, how many, what to do about each and how sure one can be. Writes
/// OUT/report.html, segments.xlsx, segments.json, a file per segment in OUT/campaigns, and the logic in
/// words, SQL and Python in OUT/logic. Names stand in OUT/segments.toml: change them there and run it again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
segengine cluster data/features.arrow -k 5 && \
segengine report segments/model.json --features data/features.arrow -o report")]
pub(super) struct ReportArgs {
    /// A model.json written by `segengine cluster`
    #[arg(required_unless_present = "print_template")]
    pub(super) model: Option<PathBuf>,

    /// The customers: a table with every column of the model; others describe the segments
    #[arg(long, value_name = "FILE", required_unless_present = "print_template")]
    pub(super) features: Option<PathBuf>,

    /// Their segments, written by `segengine assign` with the model: says when each customer changed
    #[arg(long, value_name = "FILE")]
    pub(super) assignments: Option<PathBuf>,

    /// The assignments of the run before: says who moved and which segments grow
    #[arg(long, value_name = "FILE")]
    pub(super) previous: Option<PathBuf>,

    /// A folder written by `segengine stability`: says how long segments last
    #[arg(long, value_name = "DIR")]
    pub(super) stability: Option<PathBuf>,

    /// Directory for the results; created if it is missing
    #[arg(short, long, value_name = "DIR", default_value = "report")]
    pub(super) out: PathBuf,

    /// Column of customer ids [default: that of the fit; if it had none, as for cluster]
    #[arg(long, value_name = "COL")]
    pub(super) id: Option<String>,

    /// Resamples of the customers, each fitted anew, that say how sure one can be: 20 or more; 0 leaves that
    /// out
    #[arg(long, value_name = "N", default_value_t = 100, allow_negative_numbers = true,
        value_parser = none_or_several)]
    pub(super) bootstrap: u32,

    /// Seed of resamples and of control groups: with the same one, a customer stays in or out
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed)]
    pub(super) seed: u64,

    #[command(flatten)]
    pub(super) telling: TellingArgs,

    /// Print the template of the page, to begin another one with
    #[arg(long, exclusive = true)]
    pub(super) print_template: bool,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// From order tables to the page, the workbook, the campaign files and the maintenance proposal
///
/// Makes customers of the orders, chooses the number of segments unless -k says it, fits them, follows them
/// over time and tells about them: what `features`, `select`, `cluster`, `stability` and `report` do one
/// after the other. Nothing is written unless all of it is. With --previous, segments that are found again
/// keep id and name.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
segengine run data -o out\n  \
segengine run data -k 5 --previous out -o out --lang pt-BR")]
pub(super) struct RunArgs {
    /// A folder of order tables; with --mapping, a table or a folder with one
    #[arg(value_name = "ORDERS_DIR")]
    pub(super) input: PathBuf,

    /// Directory for the results; created if it is missing
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,

    /// A folder that an earlier run wrote: its segments keep their ids and names where they are found again,
    /// and the report says who moved. May be that of --out
    #[arg(long, value_name = "DIR")]
    pub(super) previous: Option<PathBuf>,

    /// What an old and a new segment have in common at least to be the same one
    #[arg(long, value_name = "SHARE", default_value_t = TransitionRules::default().overlap,
        allow_negative_numbers = true, value_parser = overlap)]
    pub(super) min_overlap: f64,

    /// A TOML file that says which column of another shop's table is what
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,

    /// The end of this day is known, and nothing later [default: the last day on which an order was placed
    /// that was then delivered]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Customers")]
    pub(super) as_of: Option<Day>,

    /// Leave out orders of before this day [default: none]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Customers")]
    pub(super) from: Option<Day>,

    /// Which features segments are made of; all others describe them
    #[arg(long, default_value = "rfm-review", value_parser = feature_set(),
        help_heading = "Customers")]
    pub(super) set: FeatureSet,

    /// How the time since the last order enters
    #[arg(long, default_value = "absolute", value_parser = recency(), help_heading = "Customers")]
    pub(super) recency: Recency,

    /// Number of segments [default: of 3 to 8, what `select` recommends]
    #[arg(short, value_name = "K", allow_negative_numbers = true, value_parser = several_segments,
        help_heading = "Segments")]
    pub(super) k: Option<u32>,

    /// Starts of each fit, of which the best is kept
    #[arg(long, value_name = "N", default_value_t = 10, allow_negative_numbers = true,
        value_parser = at_least_one, help_heading = "Segments")]
    pub(super) n_init: u32,

    /// Seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed, help_heading = "Segments")]
    pub(super) seed: u64,

    /// Fits from other seeds, where noise is measured
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true,
        value_parser = several_seeds, help_heading = "Segments")]
    pub(super) seeds: u32,

    /// Resamples of the customers, where noise is measured: 20 or more; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 100, allow_negative_numbers = true,
        value_parser = none_or_several, help_heading = "Segments")]
    pub(super) bootstrap: u32,

    /// Dates on which segments are held against ones made anew
    #[arg(long, value_name = "N", default_value_t = 12, allow_negative_numbers = true,
        value_parser = periods, help_heading = "Stability")]
    pub(super) periods: u32,

    /// From one date to the next: days, weeks or months, as 7d, 2w or 1month
    #[arg(long, value_name = "STEP", default_value = "7d", value_parser = step,
        help_heading = "Stability")]
    pub(super) step: StepArg,

    /// Agreement (adjusted Rand index) below which segments are to be made anew
    #[arg(long, value_name = "ARI", default_value_t = 0.8, allow_negative_numbers = true,
        value_parser = threshold, help_heading = "Stability")]
    pub(super) threshold: f64,

    /// Do not follow segments over time: no maintenance proposal
    #[arg(long, help_heading = "Stability")]
    pub(super) no_stability: bool,

    /// A TOML file with rates, hours and other terms of the proposal [default: what
    /// examples/maintenance.toml says]
    #[arg(long, value_name = "FILE", help_heading = "Stability")]
    pub(super) terms: Option<PathBuf>,

    #[command(flatten)]
    pub(super) telling: TellingArgs,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// How segments are told about.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TellingArgs {
    /// The language of everything that is written for people
    #[arg(long, default_value = "en", value_parser = language(), help_heading = "Report")]
    pub(super) lang: Language,

    /// The currency of the orders
    #[arg(long, default_value = "BRL", value_parser = currency(), help_heading = "Report")]
    pub(super) currency: Currency,

    /// Names of segments, as segments.toml has them [default: the segments.toml of --previous of a run, of
    /// OUT, or beside MODEL, the first that is there]
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(super) names: Option<PathBuf>,

    /// Another template of the page, for minijinja (see --print-template)
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(super) template: Option<PathBuf>,

    #[command(flatten)]
    pub(super) campaigns: CampaignArgs,

    /// How many respond without a campaign, which the smallest visible effect depends on
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true,
        value_parser = overlap, help_heading = "Campaign files")]
    pub(super) base_rate: f64,

    /// Write what else is known of each customer into campaign files: segment, confidence, reason, …
    #[arg(long, help_heading = "Campaign files")]
    pub(super) all_columns: bool,
}

/// How campaign files are written.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CampaignArgs {
    /// Share of each segment that is held back from its campaign, to compare with
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, allow_negative_numbers = true,
        value_parser = overlap, help_heading = "Campaign files")]
    pub(super) control: f64,

    /// Write SHA-256 of the ids instead of the ids
    ///
    /// Whoever has the ids can compute the same: it keeps a file from being read, not from being
    /// recognised.
    #[arg(long, help_heading = "Campaign files")]
    pub(super) hash_ids: bool,

    /// Write CSV files as a French or Brazilian Excel opens them: UTF-8 with BOM, ; and decimal commas
    #[arg(long, help_heading = "Campaign files")]
    pub(super) excel: bool,
}

impl CampaignArgs {
    /// As the library has them; who is held back follows from `seed`.
    pub(super) fn params(&self, seed: Seed) -> CampaignParams {
        let Self { control, hash_ids, excel } = *self;
        CampaignParams { control, hash_ids, excel, seed, ..CampaignParams::default() }
    }
}

/// Measure how long segments last: how often to make them anew, and what that costs
///
/// Fits segments on the customers of T0, then goes on date by date: what that model says of the customers
/// is held against models that are fitted on the same day. Says when they no longer agree and why, writes
/// a page, and proposes a contract. Features know nothing later than their date.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("no_map", |arg| arg.hide(true)),
    after_help = "Example:\n  \
    segengine stability --periods 12\n  \
    segengine stability data --periods 12 --step 14d --window 365d --recency relative -o stability\n\n\
    T0 is as many steps before the last date as there are periods. Segments are due to be made anew in the \
    first period in which even the upper edge of the band (97.5 % of all refits) is below the threshold, \
    or in the first of two in a row in which the median is.")]
pub(super) struct StabilityArgs {
    /// A folder of order tables; with --mapping, a table or a folder with one
    #[arg(value_name = "ORDERS_DIR", default_value = "data")]
    pub(super) input: PathBuf,

    /// Directory for the results; created if it is missing
    #[arg(short, long, value_name = "DIR", default_value = "stability")]
    pub(super) out: PathBuf,

    /// Dates after T0
    #[arg(long, value_name = "N", default_value_t = 12, allow_negative_numbers = true,
        value_parser = periods, help_heading = "Dates")]
    pub(super) periods: u32,

    /// From one date to the next: days, weeks or months, as 7d, 2w or 1month
    #[arg(long, value_name = "STEP", default_value = "7d", value_parser = step,
        help_heading = "Dates")]
    pub(super) step: StepArg,

    /// The last date, its end included [default: the last day on which an order was placed that was then
    /// delivered]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Dates")]
    pub(super) as_of: Option<Day>,

    /// Dates that take the part of T0, each a step before the next: with several, the interval says how
    /// much the answer depends on it
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true,
        value_parser = origins, help_heading = "Dates")]
    pub(super) origins: u32,

    /// Which orders count on a date: expanding (all before it) or those of so many days, as 365d
    #[arg(long, value_name = "WINDOW", default_value = "expanding", value_parser = window,
        help_heading = "Dates")]
    pub(super) window: WindowArg,

    /// Leave out orders of before this day [default: none]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Dates")]
    pub(super) from: Option<Day>,

    /// Let features know what became of orders later, to see what that hides
    #[arg(long, help_heading = "Dates")]
    pub(super) naive: bool,

    /// Number of segments
    #[arg(short, value_name = "K", default_value_t = 5, allow_negative_numbers = true,
        value_parser = several_segments, help_heading = "Segments")]
    pub(super) k: u32,

    /// Which features: recency, purchases and spend; those and the last review; or all
    #[arg(long, default_value = "rfm-review", value_parser = feature_set(),
        help_heading = "Segments")]
    pub(super) set: FeatureSet,

    /// How the time since the last order enters: in days, as a rank among all customers, or not at all
    /// (overlay)
    #[arg(long, default_value = "absolute", value_parser = recency(), help_heading = "Segments")]
    pub(super) recency: Recency,

    /// Starts of each fit, of which the best is kept
    #[arg(long, value_name = "N", default_value_t = 10, allow_negative_numbers = true,
        value_parser = at_least_one, help_heading = "Segments")]
    pub(super) n_init: u32,

    /// Seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed, help_heading = "Segments")]
    pub(super) seed: u64,

    /// Agreement (adjusted Rand index) below which segments are to be made anew
    #[arg(long, value_name = "ARI", default_value_t = 0.8, allow_negative_numbers = true,
        value_parser = threshold, help_heading = "Noise")]
    pub(super) threshold: f64,

    /// Fits from other seeds on each date
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true,
        value_parser = several_seeds, help_heading = "Noise")]
    pub(super) seeds: u32,

    /// Resamples of the customers on each date, each fitted anew; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 100, allow_negative_numbers = true,
        value_parser = none_or_more, help_heading = "Noise")]
    pub(super) bootstrap: u32,

    /// Starts of each fit of a resample; with few, bad optima look like noise
    #[arg(long, value_name = "N", default_value_t = 10, allow_negative_numbers = true,
        value_parser = at_least_one, help_heading = "Noise")]
    pub(super) bootstrap_n_init: u32,

    /// A TOML file that says which column of another shop's table is what
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,

    /// A TOML file with rates, hours and other terms of the proposal [default: what
    /// examples/maintenance.toml says]
    #[arg(long, value_name = "FILE", help_heading = "Proposal")]
    pub(super) terms: Option<PathBuf>,

    /// The language of the proposal
    #[arg(long, default_value = "en", value_parser = language(), help_heading = "Proposal")]
    pub(super) lang: Language,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Explain what is wrong with order tables or a feature table
///
/// Says, with counts and examples, what would go wrong with the tables of a folder or with a table of
/// features: keys that are not the person, joins that multiply money, dates that contradict each other,
/// columns that would make segments of their own. An error makes the exit code 3.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    segengine check data\n  \
    segengine check data/features.arrow\n  \
    segengine check online_retail.csv --mapping examples/online_retail.toml --json")]
pub(super) struct CheckArgs {
    /// A folder of order tables, a table of features, or with --mapping a table of orders or order lines
    #[arg(value_name = "PATH")]
    pub(super) input: PathBuf,

    /// A TOML file that says which column of another shop's table is what
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,

    /// The day of which features are looked at [default: as for features]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(super) as_of: Option<Day>,

    /// Leave out orders of before this day in features [default: none]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(super) from: Option<Day>,

    /// Segments of the fit that shows slivers; 0 leaves it out
    #[arg(short, value_name = "K", default_value_t = 5, allow_negative_numbers = true,
        value_parser = few_segments)]
    pub(super) k: u32,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Make up an order history in Olist's layout, of any size
///
/// Writes the nine CSV files of Olist's layout to DIR, truth.csv (how each person behaves) and
/// SYNTHETIC.md. All of it is invented; published totals and shares hold. The same options give the
/// same files.
///
/// The options of time make other histories, in which is known what changes and when: to test what
/// is made of them.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("no_map", |arg| arg.hide(true)),
    after_help = "Example:\n  segengine synth --orders 20000 --seed 7 -o made-up"
)]
pub(super) struct SynthArgs {
    /// Directory for the files; created if it is missing
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,

    /// Number of orders
    #[arg(long, value_name = "N", default_value_t = 100_000, allow_negative_numbers = true,
        value_parser = orders)]
    pub(super) orders: u64,

    /// Seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = seed)]
    pub(super) seed: u64,

    /// A shop that neither grows nor changes: weekdays alone differ
    #[arg(long, help_heading = "Time")]
    pub(super) steady: bool,

    /// A laboratory: five types of people that are far apart, one order each, also steady
    #[arg(long, help_heading = "Time")]
    pub(super) clear_types: bool,

    /// From DATE on, a SHARE of all people are others, and segments change at once [implies --clear-types]
    #[arg(long, value_name = "DATE=SHARE", value_parser = drift, conflicts_with = "steady",
        help_heading = "Time")]
    pub(super) drift: Option<SynthDrift>,

    /// From DATE on, one type is two [implies --clear-types]
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with = "steady",
        help_heading = "Time")]
    pub(super) split: Option<Day>,

    /// From DATE on, two types are one [implies --clear-types]
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with = "steady",
        help_heading = "Time")]
    pub(super) merge: Option<Day>,

    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// `none`, or an algorithm beside k-means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AlternativeArg(Option<Alternative>);

/// Numbers of segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KsArg(pub(super) Vec<usize>);

/// Which columns are what.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ColumnArgs {
    /// Features: names separated by commas [default: every numeric and boolean column]
    ///
    /// Names that hold commas: put them in double quotes, or give the option once per column; when
    /// it is repeated, each value is one name.
    #[arg(long, value_name = "A,B", action = ArgAction::Append, help_heading = "Columns")]
    pub(super) columns: Vec<String>,

    /// Columns that are not features, as for --columns
    #[arg(
        long,
        value_name = "C",
        action = ArgAction::Append,
        conflicts_with = "columns",
        help_heading = "Columns"
    )]
    pub(super) exclude: Vec<String>,

    /// Column of customer ids [default: the first text column, else a distinct integer "…id"]
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(super) id: Option<String>,

    /// Column of row weights
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(super) weight: Option<String>,
}

impl ColumnArgs {
    /// The columns that are features.
    pub(super) fn choice(&self) -> ColumnChoice {
        if self.columns.is_empty() {
            ColumnChoice::All { exclude: names(&self.exclude) }
        } else {
            ColumnChoice::Named(names(&self.columns))
        }
    }

    /// How to read a table of features.
    pub(super) fn read_options(&self, common: &CommonArgs) -> ReadOptions {
        ReadOptions {
            columns: self.choice(),
            id: self.id.clone(),
            weight: self.weight.clone(),
            map: !common.no_map,
            ..ReadOptions::default()
        }
    }
}

/// How values are prepared, whatever their transform and scale.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PreparationArgs {
    /// What to do about missing values [default: for clustering as the file recommends, else error]
    #[arg(long, value_parser = missing(), help_heading = "Preparation")]
    pub(super) missing: Option<Missing>,

    /// Type of the computation; auto is f32 if every used column fits it, else f64
    #[arg(long, default_value = "auto", value_parser = precision(), help_heading = "Preparation")]
    pub(super) precision: PrecisionArg,
}

/// What every command understands.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CommonArgs {
    /// Read files instead of mapping them
    #[arg(long)]
    pub(super) no_map: bool,

    /// Threads to compute with [default: as many as the machine offers]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads,
        default_value_t = 0, hide_default_value = true)]
    pub(super) threads: u16,

    /// Print one JSON object instead of the summary
    #[arg(long)]
    pub(super) json: bool,

    /// Say nothing but errors on standard error; results are printed all the same
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Say more
    #[arg(short, long)]
    pub(super) verbose: bool,
}

impl PreparationArgs {
    /// How the columns called `columns` are prepared: as the file recommends, but for what
    /// is given.
    pub(super) fn params<'a>(
        &self,
        advice: &[ColumnAdvice],
        columns: impl IntoIterator<Item = &'a str>,
        transforms: Option<Vec<(String, Transform)>>,
        scale: Option<Scale>,
    ) -> PrepareParams {
        let mut params = PrepareParams::advised(advice, columns);
        params.missing = self.missing.unwrap_or(params.missing);
        params.transforms = transforms.unwrap_or(params.transforms);
        if let Some(scale) = scale {
            params.scale = scale;
            params.scales.clear();
        }
        params.precision = self.precision.0;
        params
    }
}

/// `auto`, or a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PrecisionArg(pub(super) Option<Precision>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AlgorithmArg {
    Lloyd,
    MiniBatch,
}

impl AlgorithmArg {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lloyd => "lloyd",
            Self::MiniBatch => "minibatch",
        }
    }
}

/// Which silhouette to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SilhouetteArg {
    Auto,
    Exact,
    Sampled,
    Squared,
    Centroid,
}

impl SilhouetteArg {
    const ALL: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("exact", Self::Exact),
        ("sampled", Self::Sampled),
        ("squared", Self::Squared),
        ("centroid", Self::Centroid),
    ];

    /// The method for a table of so many rows, of which `sample` are asked for if that can be chosen.
    pub(super) fn method(self, n_rows: usize, sample: Option<u32>, seed: u64) -> SilhouetteMethod {
        let seed = Seed(seed);
        let sampled = |rows| SilhouetteMethod::Sampled { rows, seed };
        match (self, sample) {
            (Self::Auto | Self::Sampled, Some(rows)) => sampled(rows as usize),
            (Self::Sampled, None) => sampled(SilhouetteMethod::sample_rows(n_rows)),
            (Self::Auto, None) => SilhouetteMethod::for_rows(n_rows, seed),
            (Self::Exact, _) => SilhouetteMethod::Exact,
            (Self::Squared, _) => SilhouetteMethod::Squared,
            (Self::Centroid, _) => SilhouetteMethod::Centroid,
        }
    }
}

/// `off`, or which silhouette to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SilhouetteOrOff(pub(super) Option<SilhouetteArg>);

impl SilhouetteOrOff {
    /// Refuses a number of rows for what takes none.
    pub(super) fn check(self, sample: Option<u32>) -> crate::Result<()> {
        match (self.0, sample) {
            (_, None) | (Some(SilhouetteArg::Auto | SilhouetteArg::Sampled), Some(_)) => Ok(()),
            _ => Err(crate::Error::parameter("--sample needs --silhouette sampled")),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InitArg {
    KMeansPlusPlus,
    Random,
    File(PathBuf),
}

/// A parser that takes the names of `all` and gives the values.
fn one_of<T: Copy + Send + Sync + 'static>(all: Vec<(&'static str, T)>) -> ValueParser {
    let names = PossibleValuesParser::new(all.iter().map(|(name, _)| *name));
    ValueParser::new(names.try_map(move |given| {
        let found = all.iter().find(|(name, _)| *name == given);
        found.map(|&(_, value)| value).ok_or("not one of the values above")
    }))
}

fn missing() -> ValueParser {
    one_of(Missing::ALL.map(|value| (value.name(), value)).to_vec())
}

fn scale() -> ValueParser {
    one_of(Scale::ALL.map(|value| (value.name(), value)).to_vec())
}

fn precision() -> ValueParser {
    let exact = |precision: Precision| (precision.name(), PrecisionArg(Some(precision)));
    one_of(vec![("auto", PrecisionArg(None)), exact(Precision::F32), exact(Precision::F64)])
}

fn algorithm() -> ValueParser {
    one_of([AlgorithmArg::Lloyd, AlgorithmArg::MiniBatch].map(|a| (a.name(), a)).to_vec())
}

fn silhouette() -> ValueParser {
    one_of(SilhouetteArg::ALL.to_vec())
}

fn silhouette_or_off() -> ValueParser {
    let all = SilhouetteArg::ALL.map(|(name, which)| (name, SilhouetteOrOff(Some(which))));
    one_of(all.into_iter().chain([("off", SilhouetteOrOff(None))]).collect())
}

fn alternatives() -> ValueParser {
    let all = Alternative::ALL.map(|which| (which.name(), AlternativeArg(Some(which))));
    one_of(all.into_iter().chain([("none", AlternativeArg(None))]).collect())
}

fn format() -> ValueParser {
    one_of(OutputFormat::ALL.map(|format| (format.extension(), format)).to_vec())
}

fn feature_set() -> ValueParser {
    one_of(FeatureSet::ALL.map(|set| (set.name(), set)).to_vec())
}

fn currency() -> ValueParser {
    one_of(Currency::ALL.map(|currency| (currency.code(), currency)).to_vec())
}

fn language() -> ValueParser {
    one_of(Language::ALL.map(|language| (language.name(), language)).to_vec())
}

fn recency() -> ValueParser {
    one_of(Recency::ALL.map(|form| (form.name(), form)).to_vec())
}

fn day(given: &str) -> Result<Day, &'static str> {
    Day::parse(given).ok_or("a day like 2018-03-01, from 1970 to 2105, is needed")
}

fn drift(given: &str) -> Result<SynthDrift, &'static str> {
    let parse = || {
        let (date, share) = given.split_once('=')?;
        let share = share.parse().ok().filter(|&share: &f64| share > 0.0 && share <= 1.0)?;
        Some(SynthDrift { day: Day::parse(date)?, share })
    };
    parse().ok_or("a day and a share above 0 and up to 1, like 2018-03-01=0.5, are needed")
}

fn one_hot(given: &str) -> Result<(Descriptor, f64), &'static str> {
    let parse = || {
        let (name, weight) = given.split_once('=')?;
        let descriptor = Descriptor::ALL.into_iter().find(|known| known.name() == name)?;
        let weight = weight.parse().ok().filter(|w: &f64| w.is_finite() && *w > 0.0)?;
        Some((descriptor, weight))
    };
    parse().ok_or("state=WEIGHT or top_category=WEIGHT with a positive number is needed")
}

fn init() -> ValueParser {
    ValueParser::new(clap::builder::OsStringValueParser::new().map(|given| match given.to_str() {
        Some("k-means++") => InitArg::KMeansPlusPlus,
        Some("random") => InitArg::Random,
        _ => InitArg::File(given.into()),
    }))
}

fn at_least_one(given: &str) -> Result<u32, String> {
    let n = given.parse().ok().filter(|&n| n > 0);
    n.ok_or_else(|| format!("a whole number from 1 to {} is needed", u32::MAX))
}

/// One alone could not be confirmed.
fn periods(given: &str) -> Result<u32, &'static str> {
    let n = given.parse().ok().filter(|n| (2..=1000).contains(n));
    n.ok_or("a whole number from 2 to 1000 is needed")
}

fn origins(given: &str) -> Result<u32, &'static str> {
    let n = given.parse().ok().filter(|n| (1..=1000).contains(n));
    n.ok_or("a whole number from 1 to 1000 is needed")
}

fn several_seeds(given: &str) -> Result<u32, &'static str> {
    let n = given.parse().ok().filter(|n| (2..=1000).contains(n));
    n.ok_or("a whole number from 2 to 1000 is needed (one fit is compared with nothing)")
}

fn several_segments(given: &str) -> Result<u32, &'static str> {
    let k = given.parse().ok().filter(|k| (2..=1000).contains(k));
    k.ok_or("a whole number from 2 to 1000 is needed")
}

fn threshold(given: &str) -> Result<f64, &'static str> {
    let ari = given.parse().ok().filter(|&ari: &f64| ari > 0.0 && ari < 1.0);
    ari.ok_or("a number between 0 and 1 is needed")
}

/// A step in the words in which it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepArg {
    pub(super) given: String,
    pub(super) step: Step,
}

fn step(given: &str) -> Result<StepArg, &'static str> {
    let digits = given.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = given.split_at(digits);
    let n = number.parse::<u32>().ok().filter(|n| (1..=3660).contains(n));
    let step = n.and_then(|n| match unit {
        "d" | "day" | "days" => Some(Step::Days(n)),
        "w" | "week" | "weeks" => Some(Step::Days(n * 7)),
        "month" | "months" => Some(Step::Months(n)),
        _ => None,
    });
    let step = step.ok_or("days, weeks or months such as 7d, 2w or 1month are needed")?;
    Ok(StepArg { given: given.to_owned(), step })
}

/// Which orders count: all, or those of so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WindowArg {
    Expanding,
    Days(u32),
}

fn window(given: &str) -> Result<WindowArg, &'static str> {
    let days = given.strip_suffix('d').and_then(|days| days.parse().ok());
    match days.filter(|days| (1..=36_600).contains(days)) {
        Some(days) => Ok(WindowArg::Days(days)),
        None if given == "expanding" => Ok(WindowArg::Expanding),
        None => Err("expanding, or days such as 365d, are needed"),
    }
}

fn orders(given: &str) -> Result<u64, String> {
    const MOST: u64 = SynthParams::MOST_ORDERS;
    let n = given.parse().ok().filter(|n| (1..=MOST).contains(n));
    n.ok_or_else(|| format!("a whole number from 1 to {MOST} is needed"))
}

fn seeds(given: &str) -> Result<u32, String> {
    /// Every two are compared.
    const MOST: u32 = 1000;
    let n = given.parse().ok().filter(|n| (1..=MOST).contains(n));
    n.ok_or_else(|| format!("a whole number from 1 to {MOST} is needed"))
}

/// Resamples that say something of a segment: of a few, chance says as much.
fn none_or_several(given: &str) -> Result<u32, String> {
    const LEAST: u32 = 20;
    let n = given.parse().ok().filter(|&n| n == 0 || n >= LEAST);
    n.ok_or_else(|| format!("0, or a whole number from {LEAST} to {} is needed", u32::MAX))
}

fn none_or_more(given: &str) -> Result<u32, String> {
    given.parse().map_err(|_| format!("a whole number from 0 to {} is needed", u32::MAX))
}

fn few_segments(given: &str) -> Result<u32, &'static str> {
    let k = given.parse().ok().filter(|&k| k <= 1000);
    k.ok_or("a whole number from 0 to 1000 is needed")
}

fn overlap(given: &str) -> Result<f64, &'static str> {
    let share = given.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or("a number from 0 to 1 is needed")
}

fn percentage(given: &str) -> Result<f64, &'static str> {
    let share = given.parse().ok().filter(|share| (0.0..=100.0).contains(share));
    share.ok_or("a number from 0 to 100 is needed")
}

/// `2..15`, both included, or numbers separated by commas.
fn ks(given: &str) -> Result<KsArg, String> {
    const MOST: usize = 1000;
    let number = |text: &str| text.trim().parse::<usize>().ok().filter(|k| (2..=MOST).contains(k));
    let ks: Option<Vec<usize>> = match given.split_once("..") {
        Some((first, last)) => number(first)
            .zip(number(last.strip_prefix('=').unwrap_or(last)))
            .filter(|(first, last)| first <= last)
            .map(|(first, last)| (first..=last).collect()),
        None => given.split(',').map(number).collect(),
    };
    ks.map(KsArg).ok_or_else(|| {
        format!("a range such as 2..15, or numbers such as 3,5,8, from 2 to {MOST} are needed")
    })
}

/// As many as a fit takes; that there are no more than rows is seen later.
fn segments(given: &str) -> Result<u32, String> {
    let k = given.parse().ok().filter(|k| (1..=MOST_SEGMENTS).contains(k));
    k.ok_or_else(|| {
        format!("a whole number from 1 to {MOST_SEGMENTS} is needed, and no more than rows")
    })
}

const MOST_SEGMENTS: u32 = 1 << 24;

fn seed(given: &str) -> Result<u64, String> {
    given.parse().map_err(|_| format!("a whole number from 0 to {} is needed", u64::MAX))
}

fn threads(given: &str) -> Result<u16, String> {
    const MOST: u16 = 1024;
    let n = given.parse().ok().filter(|&n| n <= MOST);
    n.ok_or_else(|| format!("a whole number up to {MOST} is needed, 0 for all the machine offers"))
}

fn tolerance(given: &str) -> Result<f64, &'static str> {
    let tol = given.parse().ok().filter(|tol: &f64| tol.is_finite() && *tol >= 0.0);
    tol.ok_or("a finite number of at least 0 is needed")
}

/// The names in the values of a list option: a single value is split at its commas (names in
/// double quotes may hold some); of several, each is one name.
pub(super) fn names(values: &[String]) -> Vec<String> {
    match values {
        [single] => split_at_commas(single),
        several => several.to_vec(),
    }
}

fn split_at_commas(list: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(list.as_bytes());
    match reader.records().next() {
        Some(Ok(record)) => record.iter().map(str::to_owned).collect(),
        _ => vec![list.to_owned()],
    }
}

/// The values of `--transform`, where it is given; `none` alone for none.
pub(super) fn given_transforms(
    values: &[String],
) -> crate::Result<Option<Vec<(String, Transform)>>> {
    match values {
        [] => Ok(None),
        [none] if none == "none" => Ok(Some(Vec::new())),
        values => transforms(values).map(Some),
    }
}

/// The values of `--transform`.
pub(super) fn transforms(values: &[String]) -> crate::Result<Vec<(String, Transform)>> {
    let parse = |item: String| {
        let (column, kind) = item.rsplit_once('=')?;
        let transform = Transform::ALL.into_iter().find(|t| t.name() == kind)?;
        Some((column.to_owned(), transform))
    };
    let items = names(values).into_iter().map(|item| {
        parse(item.clone()).ok_or_else(|| {
            crate::Error::parameter(format!(
                "--transform: \"{item}\" (COLUMN=log1p, COLUMN=sqrt or COLUMN=yeo-johnson is needed)"
            ))
        })
    });
    items.collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn lists_split_once_and_not_when_repeated() {
        let names =
            |values: &[&str]| names(&values.iter().map(|&v| v.to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["a,b"]), ["a", "b"]);
        assert_eq!(names(&["\"a,b\",c"]), ["a,b", "c"]);
        assert_eq!(names(&["a,b", "c"]), ["a,b", "c"]);
        assert_eq!(names(&[]), [] as [&str; 0]);
    }

    #[test]
    fn transforms_split_at_the_last_equals_sign() {
        let parsed = transforms(&["a=b=sqrt,c=log1p".to_owned()]).unwrap();
        assert_eq!(
            parsed,
            [("a=b".to_owned(), Transform::Sqrt), ("c".to_owned(), Transform::Log1p)]
        );
        for bad in ["a", "a=cube", "a="] {
            let error = transforms(&[bad.to_owned()]).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Parameter, "{bad}");
        }
    }

    #[test]
    fn values_out_of_range_are_usage_errors() {
        for bad in [&["-k", "2", "--scale", "z"][..], &["-k", "2", "-q", "-v"], &[]] {
            let line = ["segengine", "cluster", "x.arrow"].iter().chain(bad);
            assert_eq!(Args::try_parse_from(line).unwrap_err().exit_code(), 2, "{bad:?}");
        }
    }

    #[test]
    fn as_many_segments_are_accepted_as_a_fit_takes() {
        let column = crate::Column::from_f64("x", vec![1.0]);
        let table = crate::FeatureTable::new(vec![column], None).unwrap();
        let kind = |k: u32| {
            let params = crate::KMeansParams::new(k as usize);
            let (tiles, kernel) = (crate::Tiles::plain(&table), crate::Kernel::detect().unwrap());
            crate::fit(&tiles, Precision::F64, &kernel, &params, &crate::Silent).unwrap_err().kind()
        };
        // What is wrong with the former is the table.
        assert_eq!(kind(MOST_SEGMENTS), crate::ErrorKind::Data);
        assert_eq!(kind(MOST_SEGMENTS + 1), crate::ErrorKind::Parameter);
    }

    #[test]
    fn numbers_out_of_range_are_told_what_is_accepted() {
        let whole = "a whole number from 1 to 4294967295 is needed";
        let segments = "a whole number from 1 to 16777216 is needed, and no more than rows";
        for (option, value, needed) in [
            ("-k", "0", segments),
            ("-k", "-1", segments),
            ("-k", "2.5", segments),
            ("-k", "16777217", segments),
            ("-k", "4294967296", segments),
            ("--n-init", "0", whole),
            ("--max-iter", "-1", whole),
            ("--batch-size", "-4096", whole),
            ("--tol", "-1", "a finite number of at least 0 is needed"),
            ("--tol", "nan", "a finite number of at least 0 is needed"),
            ("--seed", "-1", "a whole number from 0 to 18446744073709551615 is needed"),
            ("--threads", "-1", "a whole number up to 1024 is needed"),
            ("--threads", "1025", "a whole number up to 1024 is needed"),
        ] {
            let mut line = vec!["segengine", "cluster", "x.arrow", option, value];
            line.extend((option != "-k").then_some(["-k", "2"]).into_iter().flatten());
            let error = Args::try_parse_from(line).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{option} {value}");
            let message = error.to_string();
            assert!(message.contains(needed), "{option} {value}: {message}");
        }
    }
}
