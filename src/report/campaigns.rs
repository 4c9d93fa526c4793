//! A file per segment for whoever sends messages: who gets them, and who is held back to measure what
//! they did.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use twox_hash::XxHash3_128;

use crate::error::{Error, Result};
use crate::io::{Ids, push_cell};
use crate::model::Segment;
use crate::seed::Seed;

use super::segmentation::{CustomerView, Members};

/// How campaign files are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CampaignParams {
    /// The share of customers who are held back, from 0 to below 1.
    pub control: f64,
    /// Who is held back follows from it; another one draws others.
    pub seed: Seed,
    /// The share of customers of whom the wanted is expected without a message, above 0 and below 1.
    pub base_rate: f64,
    /// Writes SHA-256 of ids (of their UTF-8 bytes, as lower-case hexadecimal digits) in their stead.
    ///
    /// That is a pseudonym, as mailing and advertising platforms match people by. It is not anonymous:
    /// whoever has ids, or can list all there may be, hashes them as well and compares.
    pub hash_ids: bool,
    /// Writes what a spreadsheet opens rightly in countries with a decimal comma, as France and Brazil: a
    /// byte order mark, semicolons between cells, decimal commas.
    ///
    /// A spreadsheet still takes ids of digits for numbers, and drops zeros in front and digits beyond
    /// the fifteenth; the workbook keeps them.
    pub excel: bool,
}

impl Default for CampaignParams {
    fn default() -> Self {
        Self { control: 0.1, seed: Seed::default(), base_rate: 0.05, hash_ids: false, excel: false }
    }
}

impl CampaignParams {
    fn separator(&self) -> char {
        if self.excel { ';' } else { ',' }
    }
}

/// The file of one segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Its name, `ID-SLUG.csv`: letters without accents, digits and `-` alone.
    pub file: String,
    /// The segment's persistent id.
    pub id: u32,
    /// The segment's name.
    pub name: String,
    /// Customers in the file.
    pub n: u64,
    /// How many of them are held back.
    pub n_control: u64,
    /// See [`smallest_visible_effect`].
    pub smallest_effect: Option<f64>,
}

/// The column of numbers where rows have no ids.
const ROW: &str = "row";

/// Columns beside the id; where customers are not described the first alone.
const COLUMNS: [&str; 7] =
    ["group", "segment", "confidence", "is_far", "previous_segment", "changed_on", "reason"];

/// The campaign files of the segments of a model, one for each and in their order. Whoever has a segment,
/// and an id where rows have ids, is in exactly one of them; nobody else is in any.
///
/// Who is held back does not depend on files, segments or other customers: those of whom the lower 64
/// bits of XXH3-128 are below [`control`](CampaignParams::control) · 2⁶⁴, of the eight bytes of the seed,
/// little-endian, a zero byte and the id. So the same people are held back from day to day, whatever
/// segment they move to, with hashed ids or without. A row without an id has a one instead of the
/// zero, and its number from 1 in eight bytes, and keeps its group only as long as rows stay
/// where they are.
#[derive(Clone, Copy, Debug)]
pub struct Campaigns<'a> {
    segments: &'a [Segment],
    members: Members<'a>,
    described: Option<&'a CustomerView<'a>>,
    params: CampaignParams,
}

impl<'a> Campaigns<'a> {
    /// Of `members`, by place among `segments`; with all that is known of each where they are
    /// `described`.
    ///
    /// # Errors
    /// [`ErrorKind::Parameter`](crate::ErrorKind::Parameter) if a share is out of its range;
    /// [`ErrorKind::Data`](crate::ErrorKind::Data) if another column is called as that of the ids.
    pub fn new(
        segments: &'a [Segment],
        members: Members<'a>,
        described: Option<&'a CustomerView<'a>>,
        params: CampaignParams,
    ) -> Result<Self> {
        if !(0.0..1.0).contains(&params.control) {
            let message = "the share held back must be at least 0 and below 1";
            return Err(Error::parameter(format!("{message}, not {}", params.control)));
        }
        if !(params.base_rate > 0.0 && params.base_rate < 1.0) {
            let message = "the base rate must be above 0 and below 1";
            return Err(Error::parameter(format!("{message}, not {}", params.base_rate)));
        }
        let campaigns = Self { segments, members, described, params };
        Ids::check_name(members.id_column.unwrap_or(ROW), campaigns.columns())?;
        Ok(campaigns)
    }

    /// What the files hold, in the order of the segments.
    pub fn plan(&self) -> Vec<Campaign> {
        let mut counts = vec![(0_u64, 0_u64); self.segments.len()];
        for (row, &place) in self.members.places.iter().enumerate() {
            if let Some((n, n_control)) =
                counts.get_mut(place as usize).filter(|_| can_be_told(&self.members, row))
            {
                *n += 1;
                *n_control += u64::from(self.is_held_back(row));
            }
        }
        let base_rate = self.params.base_rate;
        let counted = self.segments.iter().zip(counts);
        counted
            .map(|(segment, (n, n_control))| Campaign {
                file: file_name(segment.id, &segment.name),
                id: segment.id,
                name: segment.name.clone(),
                n,
                n_control,
                smallest_effect: smallest_visible_effect(n - n_control, n_control, base_rate),
            })
            .collect()
    }

    /// Writes the file of the segment at `place`, customers in the order of the input. Gives the number
    /// of cells that were prefixed with `'`, to keep a spreadsheet from running them.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn write(&self, place: usize, out: &mut dyn Write) -> Result<u64> {
        let failed = |error| Error::io("cannot write", &error);
        let (members, separator) = (&self.members, self.params.separator());
        let mut line = String::new();
        if self.params.excel {
            line.push('\u{feff}');
        }
        let mut defused = push_cell(&mut line, members.id_column.unwrap_or(ROW), separator);
        for column in self.columns() {
            line.push(separator);
            defused += push_cell(&mut line, column, separator);
        }
        line.push('\n');
        out.write_all(line.as_bytes()).map_err(failed)?;

        let rows = members.places.iter().enumerate();
        let is_in = |&(row, &of): &(usize, &u32)| of as usize == place && can_be_told(members, row);
        for (row, _) in rows.filter(is_in) {
            line.clear();
            let id = members.id(row);
            let is_hashed = self.params.hash_ids && members.id_column.is_some();
            let id = if is_hashed { sha256(&id) } else { id };
            defused += push_cell(&mut line, &id, separator);
            line.push(separator);
            line.push_str(if self.is_held_back(row) { "control" } else { "campaign" });
            if let Some(customers) = self.described {
                defused += self.push_details(&mut line, customers, place, row);
            }
            line.push('\n');
            out.write_all(line.as_bytes()).map_err(failed)?;
        }
        Ok(defused)
    }

    fn columns(&self) -> &'static [&'static str] {
        let all = &COLUMNS;
        if self.described.is_some() { all } else { &all[..1] }
    }

    /// Whether a customer is held back.
    fn is_held_back(&self, row: usize) -> bool {
        let mut bytes = self.params.seed.0.to_le_bytes().to_vec();
        match own_id(&self.members, row) {
            Some(id) => {
                bytes.push(0);
                bytes.extend(id.as_bytes());
            }
            None => {
                bytes.push(1);
                bytes.extend((row as u64 + 1).to_le_bytes());
            }
        }
        // A power of two changes no digit of the share, so the threshold is exact.
        const ALL: f64 = (1_u128 << 64) as f64;
        u128::from(XxHash3_128::oneshot(&bytes) as u64) < (self.params.control * ALL) as u128
    }

    /// What is known of a customer, beside id and group.
    fn push_details(
        &self,
        line: &mut String,
        customers: &CustomerView<'_>,
        place: usize,
        row: usize,
    ) -> u64 {
        let separator = self.params.separator();
        line.push(separator);
        let mut defused = push_text(line, &self.segments[place].name, separator);
        line.push(separator);
        let confidence = customers.confidence[row];
        if confidence.is_finite() {
            // As short as it can be and still be read back to the same bits.
            let text = format!("{confidence:?}");
            line.push_str(&if self.params.excel { text.replace('.', ",") } else { text });
        }
        // Writing to a string cannot fail.
        let _ = write!(line, "{separator}{}", customers.is_far[row]);
        let of_row =
            |column: Option<&'_ [String]>| column.map_or("", |values| &values[row]).to_owned();
        for text in [
            of_row(customers.previous),
            of_row(customers.changed_on),
            of_row(Some(customers.reasons)),
        ] {
            line.push(separator);
            defused += push_text(line, &text, separator);
        }
        defused
    }
}

/// Appends a cell of text; nothing where there is none.
fn push_text(line: &mut String, text: &str, separator: char) -> u64 {
    if text.is_empty() { 0 } else { push_cell(line, text, separator) }
}

/// The id of a row; `None` if it has none of its own.
fn own_id<'a>(members: &Members<'a>, row: usize) -> Option<&'a str> {
    members.id_column.and(members.ids.get(row)?.as_deref()).filter(|id| !id.is_empty())
}

/// Whether somebody can be written to: nobody can to a row without an id among others that have one.
fn can_be_told(members: &Members<'_>, row: usize) -> bool {
    members.id_column.is_none() || own_id(members, row).is_some()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The smallest rise above `base_rate` that a test with these numbers of customers finds with a power of
/// 80%, at 5% on both sides; `None` where there is none, or where either group is so small that fewer
/// than five are expected to do the wanted, or not to.
///
/// From the sample size for two proportions without correction for continuity (Fleiss, Levin and Paik
/// 2003, *Statistical Methods for Rates and Proportions*, chapter 4), solved for the other rate. With
/// groups of one size it is that of R's `power.prop.test`.
pub fn smallest_visible_effect(n_campaign: u64, n_control: u64, base_rate: f64) -> Option<f64> {
    /// Quantiles of the normal distribution at 97.5% and at 80%.
    const SIGNIFICANCE: f64 = 1.959_963_984_540_054;
    const POWER: f64 = 0.841_621_233_572_914_3;
    const LEAST_EXPECTED: f64 = 5.0;

    let (n1, n2) = (n_control as f64, n_campaign as f64);
    let expected = n1.min(n2) * base_rate.min(1.0 - base_rate);
    if expected.is_nan() || expected < LEAST_EXPECTED {
        return None;
    }
    let variance = |rate: f64| rate * (1.0 - rate);
    // As long as nothing is visible; the excess is convex in the rise, so it crosses 0 once.
    let is_hidden = |rise: f64| {
        let rate = base_rate + rise;
        let pooled = variance((n1 * base_rate + n2 * rate) / (n1 + n2)) * (1.0 / n1 + 1.0 / n2);
        let apart = variance(base_rate) / n1 + variance(rate) / n2;
        rise < SIGNIFICANCE * pooled.sqrt() + POWER * apart.sqrt()
    };
    let (mut low, mut high) = (0.0, 1.0 - base_rate);
    if is_hidden(high) {
        return None;
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return Some(high);
        }
        if is_hidden(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Files in `folder` with the name of a campaign file that are not among `written`, in order of their
/// names: those of segments that there are no more, or that had another name. Whoever mails them mails
/// the wrong people.
pub fn stale_campaigns(folder: &Path, written: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut stale: Vec<_> = names
        .filter(|name| is_file_name(name) && !written.contains(&name.as_str()))
        .map(|name| folder.join(name))
        .collect();
    stale.sort();
    stale
}

fn file_name(id: u32, name: &str) -> String {
    match slug(name).as_str() {
        "" => format!("{id}.csv"),
        slug => format!("{id}-{slug}.csv"),
    }
}

/// Whether it has the form of [`file_name`].
fn is_file_name(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".csv") else {
        return false;
    };
    let (id, slug) = stem.split_once('-').unwrap_or((stem, "x"));
    let is_slug = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !id.is_empty()
        && id.bytes().all(|c| c.is_ascii_digit())
        && !slug.is_empty()
        && slug.bytes().all(is_slug)
}

/// Letters and digits of a name, without accents and in lower case, `-` between; may be empty.
fn slug(name: &str) -> String {
    /// Longer ones are cut.
    const LONGEST: usize = 40;

    let mut slug = String::new();
    let mut is_apart = false;
    let characters: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    for (at, &c) in characters.iter().enumerate() {
        // `1,071` and `1 071` are one number, and so is `2.56`, which must not become another.
        let digits = characters[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
        let is_within = slug.ends_with(|c: char| c.is_ascii_digit()) && !is_apart && digits == 3;
        if is_within && matches!(c, ',' | '.' | '\u{a0}' | '\u{202f}') {
            continue;
        }
        let mut own = [0; 4];
        let plain = if c.is_ascii_alphanumeric() { c.encode_utf8(&mut own) } else { folded(c) };
        // An accent by itself does not part a word.
        if plain.is_empty() {
            is_apart |= !('\u{300}'..='\u{36f}').contains(&c);
            continue;
        }
        let dash = if is_apart && !slug.is_empty() { "-" } else { "" };
        is_apart = false;
        if slug.len() + dash.len() + plain.len() > LONGEST {
            // Half a word, or half a number, would say something else.
            if let (Some(end), true) = (slug.rfind('-'), dash.is_empty()) {
                slug.truncate(end);
            }
            break;
        }
        slug.push_str(dash);
        slug.push_str(plain);
    }
    slug
}

/// A Latin letter in lower case, without its accent; empty for everything else.
fn folded(c: char) -> &'static str {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'į' | 'ı' => "i",
        'ĺ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::example::Example;
    use super::super::segmentation::SegmentView;
    use super::*;

    /// Does something with the campaign files, described ones or others.
    fn with<T>(
        example: &Example,
        is_described: bool,
        params: CampaignParams,
        work: impl FnOnce(Campaigns<'_>) -> T,
    ) -> Result<T> {
        let view = example.view();
        let segment =
            |segment: &SegmentView| Segment { id: segment.id, name: segment.name.clone(), size: 0 };
        let segments: Vec<Segment> = view.segments.iter().map(segment).collect();
        let described = is_described.then_some(&view.customers);
        Campaigns::new(&segments, view.customers.members, described, params).map(work)
    }

    fn planned(example: &Example, params: CampaignParams) -> Vec<Campaign> {
        with(example, false, params, |campaigns| campaigns.plan()).unwrap()
    }

    fn written(example: &Example, place: usize, params: &CampaignParams) -> (String, u64) {
        write(example, false, place, params)
    }

    fn described(example: &Example, place: usize, params: &CampaignParams) -> (String, u64) {
        write(example, true, place, params)
    }

    fn write(
        example: &Example,
        is_described: bool,
        place: usize,
        params: &CampaignParams,
    ) -> (String, u64) {
        let mut out = Vec::new();
        let write = |campaigns: Campaigns<'_>| campaigns.write(place, &mut out).unwrap();
        let defused = with(example, is_described, *params, write).unwrap();
        (String::from_utf8(out).unwrap(), defused)
    }

    /// The ids that are held back, over all files.
    fn held_back(example: &Example, params: &CampaignParams) -> HashSet<String> {
        let files = [0, 1].map(|place| written(example, place, params).0);
        let lines = files.iter().flat_map(|text| text.lines());
        lines.filter_map(|line| line.strip_suffix(",control")).map(str::to_owned).collect()
    }

    #[test]
    fn everybody_with_a_segment_is_in_one_file_in_the_order_of_the_input() {
        let example = Example::new(20);
        let params = CampaignParams { control: 0.3, ..CampaignParams::default() };
        let plan = planned(&example, params);
        let files: Vec<_> = plan.iter().map(|campaign| campaign.file.as_str()).collect();
        assert_eq!(files, ["3-fideles-ravis.csv", "12-novos-decepcionados.csv"]);

        let mut seen = Vec::new();
        for (place, campaign) in plan.iter().enumerate() {
            let (text, defused) = written(&example, place, &params);
            let lines: Vec<_> = text.lines().collect();
            assert_eq!((lines[0], defused), ("customer,group", 0));
            let control = lines.iter().filter(|line| line.ends_with(",control")).count();
            assert_eq!((campaign.n, campaign.n_control), (lines.len() as u64 - 1, control as u64));
            let ids = lines[1..].iter().map(|line| line.split_once(',').unwrap().0[1..].to_owned());
            let ids: Vec<usize> = ids.map(|id| id.parse().unwrap()).collect();
            assert!(ids.is_sorted() && ids.iter().all(|id| id % 2 == place), "{ids:?}");
            seen.extend(ids);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..20).filter(|row| row % 7 != 6).collect::<Vec<_>>());
    }

    #[test]
    fn all_columns_are_written_on_request() {
        let example = Example::new(10);
        let params = CampaignParams { control: 0.0, ..Default::default() };
        let (text, _) = described(&example, 0, &params);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "customer,group,segment,confidence,is_far,previous_segment,changed_on,reason",
                "c0,campaign,Fidèles & ravis,0.0,false,,,\"Spent 0, more than most; reviews are \
                 good.\"",
                "c2,campaign,Fidèles & ravis,0.2,false,Old,2018-03-01,\"Spent 2, more than most; \
                 reviews are good.\"",
            ]
        );
        let params = CampaignParams { excel: true, ..params };
        let (text, _) = described(&example, 0, &params);
        assert!(text.starts_with("\u{feff}customer;group;segment;"), "{text}");
        let row = "\nc2;campaign;Fidèles & ravis;0,2;false;Old;2018-03-01;\"Spent 2, more than most; \
                   reviews are good.\"\n";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn a_share_is_held_back_whatever_else_is_in_the_files() {
        let mut example = Example::new(20_000);
        let params = CampaignParams::default();
        let n = example.places.iter().filter(|&&place| place < 2).count() as f64;
        let before = held_back(&example, &params);
        // Binomial(n, 0.1): five standard deviations.
        let bound = 5.0 * (0.09 * n).sqrt();
        assert!((before.len() as f64 - 0.1 * n).abs() < bound, "{} of {n}", before.len());

        // Other rows, another order, other segments.
        example.ids.reverse();
        example.ids[..5000].fill_with(|| Some("somebody else".to_owned()));
        example.places.iter_mut().for_each(|place| *place = 1);
        let after = held_back(&example, &params);
        let kept: Vec<_> = example.ids.iter().flatten().collect();
        let is_kept = |id: &&String| kept.contains(id);
        let both: HashSet<_> = after.intersection(&before).collect();
        let seen: HashSet<_> = before.iter().filter(is_kept).collect();
        assert_eq!(both, seen);
        assert!(seen.len() > 1000);

        let other = CampaignParams { seed: Seed(1), ..params };
        let other = held_back(&example, &other);
        // Of two independent draws: a tenth of a tenth.
        assert!(other.intersection(&after).count() < 400, "{}", other.len());
    }

    #[test]
    fn the_draw_is_fixed_for_ever() {
        let example = Example::new(60);
        let mut found: Vec<_> =
            held_back(&example, &CampaignParams::default()).into_iter().collect();
        found.sort();
        // As Python's xxhash draws them.
        assert_eq!(found, ["c19", "c21", "c29", "c33", "c46", "c54"]);
    }

    #[test]
    fn hashed_ids_have_the_same_groups() {
        let mut example = Example::new(40);
        example.ids[0] = Some("abc".to_owned());
        example.ids[2] = None;
        let plain = CampaignParams { control: 0.5, ..CampaignParams::default() };
        let hashed = CampaignParams { hash_ids: true, ..plain };
        let plain_params = plain;
        let groups = |text: &str| -> Vec<String> {
            text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.to_owned()).collect()
        };
        let (plain, _) = written(&example, 0, &plain);
        let (hashed, _) = written(&example, 0, &hashed);
        assert_eq!(groups(&plain), groups(&hashed));
        // FIPS 180-2, appendix B.1.
        let abc = "\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad,";
        assert!(hashed.contains(abc), "{hashed}");
        assert_eq!(hashed.lines().count(), 1 + planned(&example, plain_params)[0].n as usize);
        assert!(!hashed.contains("\n,"), "nobody can be written to without an id: {hashed}");
    }

    #[test]
    fn rows_without_ids_have_numbers() {
        let mut example = Example::new(2_000);
        example.id_column = None;
        example.ids.clear();
        let params = CampaignParams { hash_ids: true, ..CampaignParams::default() };
        let (text, _) = written(&example, 1, &params);
        assert!(text.starts_with("row,group\n2,"), "{text}");
        let n = held_back(&example, &params).len();
        // Binomial(1,714, 0.1): five standard deviations are 62.
        assert!(n.abs_diff(171) < 62, "{n}");
    }

    #[test]
    fn data_cannot_run_or_break_out() {
        let mut example = Example::new(20);
        let hostile =
            ["=HYPERLINK(\"http://x\")", "a,b;c\n\"d\"", "<script>", "\u{202e}x", "é\0😀"];
        // Row 6 is in no file.
        for (row, id) in [0, 2, 4, 8, 10].into_iter().zip(hostile) {
            example.ids[row] = Some(id.to_owned());
        }
        example.id_column = Some("@id");
        example.names[0] = "../=cmd|'/c calc'!A0\u{202e}<b>".to_owned();
        let params = CampaignParams { control: 0.0, ..Default::default() };
        let plan = planned(&example, params);
        assert_eq!(plan[0].file, "3-cmd-c-calc-a0-b.csv");
        for (excel, separator) in [(false, b','), (true, b';')] {
            let (text, defused) = described(&example, 0, &CampaignParams { excel, ..params });
            let text = text.trim_start_matches('\u{feff}');
            let mut reader =
                csv::ReaderBuilder::new().delimiter(separator).from_reader(text.as_bytes());
            assert_eq!(&reader.headers().unwrap()[0], "'@id");
            let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
            assert_eq!(defused, 2);
            assert_eq!(&rows[0][0], "'=HYPERLINK(\"http://x\")");
            for (row, id) in rows.iter().zip(hostile).skip(1) {
                assert_eq!(&row[0], id);
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let mut example = Example::new(10);
        let refused = |example: &Example, is_described: bool, params: CampaignParams| {
            with(example, is_described, params, |_| ()).unwrap_err().to_string()
        };
        let params = CampaignParams::default();
        for control in [-0.1, 1.0, f64::NAN] {
            assert!(
                refused(&example, false, CampaignParams { control, ..params })
                    .contains("held back")
            );
        }
        for base_rate in [0.0, 1.0, f64::NAN] {
            let text = refused(&example, false, CampaignParams { base_rate, ..params });
            assert!(text.contains("base rate"), "{text}");
        }
        example.id_column = Some("reason");
        assert!(with(&example, false, params, |_| ()).is_ok());
        let text = refused(&example, true, params);
        assert!(text.contains("cannot be the id"), "{text}");
    }

    #[test]
    fn effects_are_those_of_r() {
        // f <- function(n2, n1, p1) uniroot(function(p2) { pb <- (n1*p1 + n2*p2)/(n1 + n2)
        //   (p2 - p1) - qnorm(.975)*sqrt(pb*(1 - pb)*(1/n1 + 1/n2)) -
        //   qnorm(.8)*sqrt(p1*(1 - p1)/n1 + p2*(1 - p2)/n2) },
        //   c(p1 + 1e-9, 1 - 1e-9), tol = 1e-14)$root - p1
        // Where both are equal: power.prop.test(n = n, p1 = p, power = .8, tol = 1e-14)$p2 - p.
        for (n_campaign, n_control, rate, expected) in [
            (1000, 1000, 0.05, 0.030_976_863_623_5),
            (100, 100, 0.3, 0.192_656_755_083),
            (5000, 5000, 0.02, 0.008_629_212_277_31),
            (9000, 1000, 0.05, 0.022_987_546_700_26),
            (900, 100, 0.05, 0.090_602_584_074_66),
            (450, 50, 0.1, 0.166_229_036_554_52),
            (90_000, 10_000, 0.02, 0.004_415_601_896_89),
        ] {
            let found = smallest_visible_effect(n_campaign, n_control, rate).unwrap();
            assert!((found - expected).abs() < 1e-9, "{n_campaign}, {n_control}: {found}");
        }
    }

    #[test]
    fn what_is_too_small_has_no_effect() {
        assert_eq!(smallest_visible_effect(900, 99, 0.05), None);
        assert_eq!(smallest_visible_effect(99, 900, 0.05), None);
        assert_eq!(smallest_visible_effect(900, 99, 0.95), None);
        assert_eq!(smallest_visible_effect(0, 0, 0.05), None);
        assert_eq!(smallest_visible_effect(100, 100, f64::NAN), None);
        // Not even if all of them did.
        assert_eq!(smallest_visible_effect(10, 10, 0.5), None);
    }

    #[test]
    fn slugs_are_short_and_plain() {
        for (name, expected) in [
            ("Clientèle d’été", "clientele-d-ete"),
            ("São João: AÇÃO!", "sao-joao-acao"),
            ("e\u{301}te\u{301}", "ete"),
            ("ŒUVRE ßtraße İzmir", "oeuvre-sstrasse-izmir"),
            ("--a--b--", "a-b"),
            ("日本 😀", ""),
            ("NUL", "nul"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
        assert_eq!(slug(&"ab ".repeat(50)), "ab-".repeat(12) + "ab");
        assert_eq!(slug("Products 1,071.5 to 2 300"), "products-1071-5-to-2-300");
        assert_eq!(
            slug("Big spenders, typically R$ 12 345 or 67,890"),
            "big-spenders-typically-r-12-345-or-67890"
        );
        assert_eq!(
            slug("Between the first order and the last 1,071 days"),
            "between-the-first-order-and-the-last"
        );
        assert_eq!(slug(&"x".repeat(40_000)).len(), 40);
        assert_eq!(file_name(7, "日本"), "7.csv");
    }

    #[test]
    fn stale_files_are_those_of_our_names_alone() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "1-old.csv",
            "1-new.csv",
            "22.csv",
            "notes.csv",
            "1-Old.csv",
            "1-.csv",
            "3-x.csv.bak",
            ".1-old.csv",
            "-x.csv",
        ];
        for name in names {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let stale = stale_campaigns(folder.path(), &["1-new.csv"]);
        assert_eq!(stale, ["1-old.csv", "22.csv"].map(|name| folder.path().join(name)));
        assert!(stale_campaigns(&folder.path().join("none"), &[]).is_empty());
    }
}
