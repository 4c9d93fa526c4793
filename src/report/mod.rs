//! What people open in a browser or sign, and what other systems run: plain results as pages that need
//! nothing else, no script, no font and no network, and as queries and programs.

#[cfg(feature = "report")]
mod campaigns;
mod chart;
mod decay;
mod document;
#[cfg(all(test, feature = "report"))]
mod example;
mod locale;
mod logic;
mod maintenance;
#[cfg(feature = "report")]
mod page;
mod plot;
mod proposal;
mod segmentation;
#[cfg(feature = "report")]
mod summary;
mod timechart;
#[cfg(feature = "report")]
mod vocabulary;
mod words;
#[cfg(feature = "report")]
mod workbook;
#[cfg(feature = "report")]
mod workbook_words;

#[cfg(feature = "report")]
pub use campaigns::{
    Campaign, CampaignParams, Campaigns, smallest_visible_effect, stale_campaigns,
};
pub use chart::{Blade, Chart, ChartSpace, ChartTable};
pub use decay::DecayPage;
pub use locale::Language;
#[cfg(feature = "cli")]
pub(crate) use logic::of_100;
pub use logic::{Dialect, Logic, RuleSentences};
pub use maintenance::Maintenance;
#[cfg(feature = "report")]
pub use page::{
    Changes, PageExtras, StabilityCurve, StabilityPoint, TEMPLATE, check_template, page,
};
pub use proposal::ProposalReport;
pub use segmentation::{CustomerView, Members, SegmentView, Segmentation};
#[cfg(feature = "report")]
pub use summary::segments_json;
#[cfg(feature = "cli")]
pub(crate) use vocabulary::{
    Standing, advice, certainty, column_label, column_value, distinct_names, reason,
};
#[cfg(feature = "report")]
pub use workbook::{
    ColumnWords, CustomerHeads, ProfileHeads, SegmentWords, Unit, WorkbookWords, workbook,
};
#[cfg(feature = "report")]
pub use workbook_words::workbook_words;

use crate::error::reorders;

/// Text as it may stand in HTML and SVG, in elements and in attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || reorders(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escaped("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
        assert_eq!(escaped("a\u{202e}b\u{0}ç"), "a\u{fffd}b\u{fffd}ç");
    }
}
