//! Customer segmentation on a hand-written k-means engine.
//!
//! The way from a table to segments:
//!
//! 1. [`open`] reads a file into an [`Input`], whose table is a [`FeatureTable`]; one can also be
//!    made of [`Column`]s in memory.
//! 2. [`Prepare::fit_apply`] learns what to do about missing values, transforms and scales, and
//!    does it: [`Prepared`]. [`Prepare::apply`] does the same to other rows.
//! 3. [`fit`](fn@fit) finds centres for the tiles of the prepared rows, with a [`Kernel`] for this
//!    processor.
//! 4. [`Model`] keeps preparation and centres together; [`write_model`] and [`read_model`] store it.
//! 5. [`Model::assignments`] yields the segment of each row, in batches.
//!
//! How good segments are is told by [`silhouette`](fn@silhouette) and [`Dispersion`], from the tiles and a
//! [`Labeling`], and by [`Contingency`] against other labels; [`compare`] does all of it for several
//! numbers of segments, with seeds and resamples, and [`recommend`] takes one.
//!
//! ```
//! use segengine::{
//!     Column, FeatureTable, KMeansParams, Kernel, Labeling, Model, Prepare, PrepareParams, Silent,
//!     SilhouetteMethod, fingerprint, fit, silhouette,
//! };
//!
//! # fn main() -> segengine::Result<()> {
//! let spent = Column::from_f64("spent", vec![10.0, 12.0, 80.0, 84.0]);
//! let orders = Column::from_f64("orders", vec![1.0, 1.0, 5.0, 6.0]);
//! let table = FeatureTable::new(vec![spent, orders], None)?;
//!
//! let (prepare, prepared, warnings) = Prepare::fit_apply(&table, &PrepareParams::default())?;
//! assert!(warnings.is_empty());
//! let kernel = Kernel::detect()?;
//! let params = KMeansParams::new(2);
//! let found = fit(&prepared.tiles(), prepare.precision(), &kernel, &params, &Silent)?;
//! let model = Model::new(prepare, &prepared, &params, &found, fingerprint(&table))?;
//!
//! // Here of the rows that were fitted; of others, after `model.prepare().apply(&others)?`.
//! let batches = model.assignments(&prepared, &kernel);
//! let segments: Vec<u32> = batches.flat_map(|batch| batch.segment).collect();
//! assert_eq!(segments, found.labels);
//! assert_eq!(segments[0], segments[1]);
//! assert_ne!(segments[1], segments[2]);
//!
//! let labeling = Labeling::new(&found.labels)?;
//! let score = silhouette(
//!     &prepared.tiles(), prepared.precision(), &kernel, &labeling, SilhouetteMethod::Exact, &Silent,
//! )?;
//! assert!(score.mean > 0.7);
//! # Ok(())
//! # }
//! ```
//!
//! Work runs on the current rayon pool. The same table, seed and instruction set give the same
//! results for any number of threads. Errors name file, column and row: see [`Error`].

mod affine;
#[cfg(feature = "alternatives")]
mod alternatives;
mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod error;
mod guard;
mod history;
mod io;
mod kernel;
mod kmeans;
mod metrics;
mod model;
mod monitor;
mod passes;
mod prepare;
mod report;
mod scalar;
mod seed;
mod segments;
mod select;
mod stability;
mod table;
mod warning;

pub use affine::Affine;
#[cfg(feature = "alternatives")]
pub use alternatives::{Alternative, AlternativeFit, alternative};
pub use check::{Finding, Level, check_features, check_orders, check_sizes};
pub use error::{Error, ErrorKind, Escaped, Result};
pub use guard::panic_is_guarded;
pub use history::{
    Audit, Behaviour, Cases, CustomerParams, CustomerRow, CustomerTable, Customers, Day,
    Descriptor, DescriptorColumn, Fanout, Feature, FeatureColumn, FeatureSet, History, Holdings,
    ItemRow, Items, Knowledge, Moment, Money, Oddities, OrderRow, Orders, Origin, PaymentKind,
    PaymentRow, Payments, PlaceRow, Places, ProductRow, Products, Recency, ReviewRow, Reviews,
    RowCounts, SellerRow, Sellers, Status, Synth, SynthBlock, SynthBlocks, SynthCustomer,
    SynthDrift, SynthEvents, SynthItem, SynthParams, SynthPlace, SynthProduct, SynthReview,
    SynthSeller, SynthTruth, SynthWorld, Tables, TranslationRow, Translations, customers,
};
pub use io::{
    AssignmentWriter, ColumnChoice, FileKind, IdReader, Ids, Input, LabelColumn, Move, NamesFile,
    OrderMapping, OrderTables, OutputFormat, Outputs, PreviousAssignments, ReadOptions,
    RowSilhouette, SYNTH_FILES, SynthCounts, TableRead, open, open_bytes, open_mapped,
    open_order_lines, open_order_tables, open_order_tables_without_places, parse_model,
    parse_terms, read_model, read_previous, read_terms, write_customers, write_label_columns,
    write_model, write_moves, write_silhouettes, write_synth,
};
pub use kernel::{
    Centers, Detail, Element, Isa, Kernel, MOST_PAIR_POINTS, MOST_POINTS, NearestTile, Panels,
    SeedingTile,
};
pub use kmeans::{
    Algorithm, Fit, FitJob, Init, KMeansParams, Nearest, bytes_to_fit, fit, fit_jobs, fit_many,
    nearest,
};
pub use metrics::{
    Cell, ClusterSilhouette, Contingency, Dispersion, Labeling, Silhouette, SilhouetteMethod,
    silhouette,
};
pub use model::{
    Assignment, Assignments, Model, Segment, Start, Training, confidence, fingerprint,
    segment_means,
};
pub use monitor::{Monitor, Progress, Silent};
pub use prepare::{
    ColumnAdvice, FittedColumn, FittedTransform, Missing, Prepare, PrepareParams, Prepared, Scale,
    Transform,
};
pub use report::{
    Blade, Chart, ChartSpace, ChartTable, CustomerView, DecayPage, Dialect, Language, Logic,
    Maintenance, Members, ProposalReport, RuleSentences, SegmentView, Segmentation,
};
#[cfg(feature = "report")]
pub use report::{
    Campaign, CampaignParams, Campaigns, Changes, ColumnWords, CustomerHeads, PageExtras,
    ProfileHeads, SegmentWords, StabilityCurve, StabilityPoint, TEMPLATE, Unit, WorkbookWords,
    check_template, page, segments_json, smallest_visible_effect, stale_campaigns, workbook,
    workbook_words,
};
pub use scalar::{Precision, Scalar};
pub use seed::{Purpose, Seed, Stream};
pub use segments::{
    Action, Certainty, Delivery, Distribution, Experience, Fate, Identities, Identity, LastOrder,
    Loyalty, MEDIUM_EFFECT, Membership, Mix, NEGLIGIBLE_EFFECT, NO_SEGMENT, NO_WORD, Named,
    Portrait, Profile, Profiles, Projection, RuleColumn, RuleCondition, RuleFidelity, RuleParams,
    Satisfaction, SegmentRule, SegmentRules, Source, SourceKind, Standing, TransitionRules,
    Transitions, Words, Worth, segment_rules, standings,
};
pub use select::{
    Candidate, Comparison, Fault, Judged, Recommendation, Rules, SelectParams, compare,
    end_of_range, recommend, traps,
};
#[cfg(feature = "alternatives")]
pub use select::{Contender, Judgement, contend};
pub use stability::{
    Agreement, Band, Bootstrap, BootstrapParams, ClusterStability, Currency, CurvePoint, Decay,
    Drift, Evidence, Firmness, Hundredths, IntervalCost, Loss, MaintenanceTask, Migration, Moved,
    Movements, Offer, OfferKind, Period, PriceLine, PricePart, Proposal, RefitSegment, Refresh,
    RefreshInterval, RefreshPoint, Revenue, Rule, SegmentAtOrigin, SegmentPeriod, Sensitivity,
    SensitivityRow, Stake, Staleness, Step, Survival, SurvivalStep, Term, TermKey, TermSource,
    Terms, Timeline, TimelineParams, Triggers, Visit, VisitPrice, Window, bootstrap, timeline,
};
pub use table::{
    Chunk, Column, FeatureTable, Picked, TILE_ROWS, Tile, TileReader, TileStep, Tiles, Values,
};
pub use warning::{NameLoss, Warning};

/// Runs the README's example as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
