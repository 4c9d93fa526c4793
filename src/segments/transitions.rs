//! What became of the segments of one labeling in another labeling of the same rows.

use crate::error::{Error, Result};
use crate::metrics::{Cell, Contingency};

/// What became of each segment, after MONIC (Spiliopoulou, Ntoutsi, Theodoridis and Schult 2006,
/// "MONIC: modeling and monitoring cluster transitions").
///
/// Two questions are answered apart. A *fate* says where the rows of an old segment went. An *identity*
/// goes on where an old and a new segment are so much alike, both ways, that they are the same one: it
/// goes to one new segment at most, and a new segment carries on one at most. So rows can all be found
/// in one new segment ("survived") that is too large to be called by the old name.
#[derive(Clone, Debug, PartialEq)]
pub struct Transitions {
    /// By old segment.
    pub fates: Vec<Fate>,
    /// By new segment.
    pub sources: Vec<Source>,
}

/// When segments are the same one, and when rows have stayed together. All are shares, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransitionRules {
    /// The least that an old and a new segment must have in common for the identity to go on: rows in
    /// both by rows in either (Jaccard).
    pub overlap: f64,
    /// The least share of an old segment's rows in one new segment that makes these its home; above
    /// one half, so that there is one home at most.
    pub survival: f64,
    /// The least share of an old segment's rows in a new one that makes it a part.
    pub split: f64,
}

impl Default for TransitionRules {
    fn default() -> Self {
        Self { overlap: 0.5, survival: 0.7, split: 0.3 }
    }
}

impl TransitionRules {
    fn check(self) -> Result<()> {
        let Self { overlap, survival, split } = self;
        let refuse = |what, value: f64, range| {
            Err(Error::parameter(format!("{what} is {value} ({range} is accepted)")))
        };
        if !(0.0..=1.0).contains(&overlap) {
            return refuse("overlap", overlap, "0 to 1");
        }
        if !(survival > 0.5 && survival <= 1.0) {
            return refuse("survival", survival, "above 0.5, up to 1,");
        }
        if !(split > 0.0 && split <= survival) {
            return refuse("split", split, "above 0, up to survival,");
        }
        Ok(())
    }
}

/// What became of an old segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its rows are found in one new segment that is no other's home; or, where they are scattered, it
    /// is alike enough to one that its identity goes on there.
    Survived {
        /// The new segment.
        to: u32,
    },
    /// Its rows are found in several new segments, each with a share that makes a part, and together
    /// with as many as survival asks for. One of them may carry on its identity.
    Split {
        /// The new segments, ascending.
        into: Vec<u32>,
    },
    /// Its rows are found in a new segment that is the home of another as well, or that carries on
    /// another's identity. All that are merged are said to be, also the one whose identity goes on.
    Merged {
        /// The new segment.
        into: u32,
    },
    /// None of that: its rows are scattered, or it has none.
    Gone,
}

impl Fate {
    /// `survived`, `split`, `merged` or `gone`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Survived { .. } => "survived",
            Self::Split { .. } => "split",
            Self::Merged { .. } => "merged",
            Self::Gone => "gone",
        }
    }

    /// The new segments where its rows are, ascending.
    pub fn to(&self) -> &[u32] {
        match self {
            Self::Survived { to: one } | Self::Merged { into: one } => std::slice::from_ref(one),
            Self::Split { into } => into,
            Self::Gone => &[],
        }
    }
}

/// Where a new segment comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The old segment whose identity it carries on.
    pub kept: Option<u32>,
    /// How its rows came together.
    pub kind: SourceKind,
    /// What it has in common with the old segment that it carries on; where it carries on none, with
    /// the one that is most like it. (Jaccard; 0 where it has no row of any.)
    pub jaccard: f64,
}

/// How the rows of a new segment came together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// An old segment survived as it.
    Survivor,
    /// It is one of the segments into which an old one was split.
    Part {
        /// The old segment; of several, the one that gave most rows.
        of: u32,
    },
    /// It took in several old segments.
    Union {
        /// The old segments, ascending.
        of: Vec<u32>,
    },
    /// None of that.
    New,
}

impl SourceKind {
    /// `survivor`, `part`, `union` or `new`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Survivor => "survivor",
            Self::Part { .. } => "part",
            Self::Union { .. } => "union",
            Self::New => "new",
        }
    }
}

impl Transitions {
    /// Of a labeling before (`contingency`'s first) and after (its second).
    ///
    /// Identities are kept by the pairing of old and new segments, one to one, whose Jaccard
    /// similarities add up to most, of all pairs that are at least as alike as the rules ask for. An
    /// old segment with a home is carried on by that or by none, a split one by one of its parts.
    ///
    /// Takes time in the cube of the number of segments, and memory in its square.
    ///
    /// # Errors
    /// [`ErrorKind::Parameter`](crate::ErrorKind::Parameter) if a rule is out of its range;
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no room to match the segments.
    pub fn between(contingency: &Contingency, rules: TransitionRules) -> Result<Self> {
        rules.check()?;
        let sizes = contingency.truth_sizes();
        let share = |cell: &Cell| cell.n as f64 / sizes[cell.truth as usize] as f64;

        let mut homes = vec![None; sizes.len()];
        for cell in contingency.cells().iter().filter(|cell| share(cell) >= rules.survival) {
            homes[cell.truth as usize] = Some(cell.prediction);
        }
        let parts: Vec<Option<Vec<u32>>> =
            (0..sizes.len() as u32).map(|old| parts(contingency, old, rules)).collect();
        let carried_on = contingency.matching_by_jaccard(|cell, jaccard| {
            let (old, new) = (cell.truth as usize, cell.prediction);
            let is_place = match (homes[old], &parts[old]) {
                (Some(home), _) => home == new,
                (None, Some(parts)) => parts.contains(&new),
                (None, None) => true,
            };
            is_place && jaccard >= rules.overlap
        })?;

        // All that a new segment is the home of, and the one that it carries on.
        let mut followers = vec![Vec::new(); contingency.prediction_sizes().len()];
        for (old, home) in homes.iter().enumerate() {
            if let Some(new) = home.or(carried_on[old]) {
                followers[new as usize].push(old as u32);
            }
        }
        let arrived = |new: u32| match followers[new as usize].len() {
            1 => Fate::Survived { to: new },
            _ => Fate::Merged { into: new },
        };
        let fate = |(old, parts): (usize, Option<Vec<u32>>)| match (homes[old], parts) {
            (Some(home), _) => arrived(home),
            (None, Some(into)) => Fate::Split { into },
            (None, None) => carried_on[old].map_or(Fate::Gone, arrived),
        };
        let fates: Vec<Fate> = parts.into_iter().enumerate().map(fate).collect();

        let sources = (0..).zip(&followers).map(|(new, followers)| {
            let kept = followers.iter().copied().find(|&old| carried_on[old as usize] == Some(new));
            let kind = match followers[..] {
                [_, _, ..] => SourceKind::Union { of: followers.clone() },
                [old] if matches!(fates[old as usize], Fate::Survived { .. }) => {
                    SourceKind::Survivor
                }
                _ => largest_giver(contingency, new, &fates)
                    .map_or(SourceKind::New, |of| SourceKind::Part { of }),
            };
            let alike = |old| contingency.jaccard_of(old, new);
            let most = || (0..sizes.len() as u32).map(alike).fold(0.0, f64::max);
            Source { kept, kind, jaccard: kept.map_or_else(most, alike) }
        });
        let sources = sources.collect();
        Ok(Self { fates, sources })
    }
}

/// The new segments into which an old one was split, ascending, if it was.
fn parts(contingency: &Contingency, old: u32, rules: TransitionRules) -> Option<Vec<u32>> {
    let size = contingency.truth_sizes()[old as usize] as f64;
    let cells = contingency.cells().iter().filter(|cell| cell.truth == old);
    let parts: Vec<&Cell> = cells.filter(|cell| cell.n as f64 / size >= rules.split).collect();
    let rows: u64 = parts.iter().map(|cell| cell.n).sum();
    let is_split = parts.len() >= 2 && rows as f64 / size >= rules.survival;
    is_split.then(|| parts.iter().map(|cell| cell.prediction).collect())
}

/// Of the old segments that were split into `new` and others, the one that gave it most rows.
fn largest_giver(contingency: &Contingency, new: u32, fates: &[Fate]) -> Option<u32> {
    let gave = |cell: &&Cell| {
        let fate = &fates[cell.truth as usize];
        cell.prediction == new && matches!(fate, Fate::Split { into } if into.contains(&new))
    };
    let givers = contingency.cells().iter().filter(gave);
    // The first of equals.
    givers.max_by_key(|cell| (cell.n, std::cmp::Reverse(cell.truth))).map(|cell| cell.truth)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Labeling;

    /// Of old segments (lines) and new ones (columns) that share so many rows.
    fn transitions(counts: &[&[u32]], rules: TransitionRules) -> Transitions {
        Transitions::between(&contingency(counts), rules).unwrap()
    }

    fn contingency(counts: &[&[u32]]) -> Contingency {
        let (mut old, mut new, mut n) = (Vec::new(), Vec::new(), Vec::new());
        for (i, line) in (0..).zip(counts) {
            for (j, &count) in (0..).zip(*line) {
                old.push(i);
                new.push(j);
                n.push(count);
            }
        }
        let [old, new] = [&old, &new].map(|labels| Labeling::new(labels).unwrap());
        Contingency::with_counts(&old, &new, &n).unwrap()
    }

    fn by_default(counts: &[&[u32]]) -> Transitions {
        transitions(counts, TransitionRules::default())
    }

    fn kept(found: &Transitions) -> Vec<Option<u32>> {
        found.sources.iter().map(|source| source.kept).collect()
    }

    #[test]
    fn a_permuted_labeling_survives_whole() {
        let found = by_default(&[&[0, 0, 7], &[5, 0, 0], &[0, 9, 0]]);
        let to = |to| Fate::Survived { to };
        assert_eq!(found.fates, [to(2), to(0), to(1)]);
        assert_eq!(kept(&found), [Some(1), Some(2), Some(0)]);
        for source in &found.sources {
            assert_eq!((&source.kind, source.jaccard), (&SourceKind::Survivor, 1.0));
        }
    }

    #[test]
    fn halves_are_parts_and_the_larger_keeps_the_name() {
        let found = by_default(&[&[60, 40, 0], &[0, 0, 50]]);
        assert_eq!(found.fates, [Fate::Split { into: vec![0, 1] }, Fate::Survived { to: 2 }]);
        assert_eq!(kept(&found), [Some(0), None, Some(1)]);
        assert_eq!(found.sources[0].kind, SourceKind::Part { of: 0 });
        assert_eq!(found.sources[1].kind, SourceKind::Part { of: 0 });
        assert_eq!([found.sources[0].jaccard, found.sources[1].jaccard], [0.6, 0.4]);
        // Three parts, of which none is alike enough.
        let found = by_default(&[&[34, 33, 33]]);
        assert_eq!(found.fates, [Fate::Split { into: vec![0, 1, 2] }]);
        assert_eq!(kept(&found), [None; 3]);
    }

    #[test]
    fn what_is_merged_has_one_name_at_most() {
        let found = by_default(&[&[80, 0], &[30, 0], &[0, 50]]);
        let merged = Fate::Merged { into: 0 };
        assert_eq!(found.fates, [merged.clone(), merged.clone(), Fate::Survived { to: 1 }]);
        assert_eq!(kept(&found), [Some(0), Some(2)]);
        assert_eq!(found.sources[0].kind, SourceKind::Union { of: vec![0, 1] });
        // Of equals, none is the larger half of both together.
        let found = by_default(&[&[45, 5, 5], &[45, 5, 5]]);
        assert_eq!(found.fates, [merged.clone(), merged]);
        assert_eq!(kept(&found), [None; 3]);
        assert_eq!(found.sources[1].kind, SourceKind::New);
        assert_eq!(found.sources[0].jaccard, 0.45);
    }

    #[test]
    fn scattered_rows_are_gone_unless_the_identity_goes_on() {
        let found = by_default(&[&[25, 25, 25, 25], &[30, 0, 0, 0]]);
        assert_eq!(found.fates, [Fate::Gone, Fate::Survived { to: 0 }]);
        assert_eq!(kept(&found), [Some(1), None, None, None]);
        // 60 of 100 rows fall short of survival, but there is no segment more like it.
        let found = by_default(&[&[60, 20, 20]]);
        assert_eq!(found.fates, [Fate::Survived { to: 0 }]);
        assert_eq!(kept(&found), [Some(0), None, None]);
        let strict = TransitionRules { overlap: 0.61, ..TransitionRules::default() };
        let found = transitions(&[&[60, 20, 20]], strict);
        assert_eq!((&found.fates[..], kept(&found)), (&[Fate::Gone][..], vec![None; 3]));
    }

    #[test]
    fn what_joins_another_identity_has_not_survived_as_itself() {
        // All of the second goes where the first goes on, which brings 60 of its 100 rows.
        let found = by_default(&[&[60, 20, 20], &[10, 0, 0]]);
        assert_eq!(found.fates, [Fate::Merged { into: 0 }, Fate::Merged { into: 0 }]);
        assert_eq!(kept(&found), [Some(0), None, None]);
        assert_eq!(found.sources[0].kind, SourceKind::Union { of: vec![0, 1] });
        let found = by_default(&[&[60, 40], &[10, 0]]);
        assert_eq!(found.fates, [Fate::Split { into: vec![0, 1] }, Fate::Merged { into: 0 }]);
    }

    #[test]
    fn rows_survive_in_a_crowd_that_bears_another_name() {
        // All of a small segment are in a large one, most of which comes from elsewhere.
        let found = by_default(&[&[80, 20, 0], &[400, 0, 600]]);
        assert_eq!(found.fates[0], Fate::Survived { to: 0 });
        assert_eq!(kept(&found), [None, None, Some(1)]);
        assert_eq!(found.sources[0].kind, SourceKind::Survivor);
        assert_eq!(found.sources[1].kind, SourceKind::New);
    }

    #[test]
    fn empty_segments_are_gone_and_new_ones_come_of_nothing() {
        let found = by_default(&[&[9, 0], &[0, 0]]);
        assert_eq!(found.fates, [Fate::Survived { to: 0 }, Fate::Gone]);
        let source = Source { kept: None, kind: SourceKind::New, jaccard: 0.0 };
        assert_eq!(found.sources[1], source);
        assert_eq!(found.fates.iter().map(Fate::name).collect::<Vec<_>>(), ["survived", "gone"]);
        assert_eq!((found.fates[0].to(), found.fates[1].to()), (&[0][..], &[][..]));
    }

    #[test]
    fn identities_add_up_to_most_of_the_pairs_that_may_be() {
        let loose = TransitionRules { overlap: 0.2, survival: 1.0, split: 1.0 };
        // 0.5 is less than 0.375 and 0.286 together.
        let counts: &[&[u32]] = &[&[50, 30], &[20, 0]];
        let table = contingency(counts);
        let similarities = [(0, 0), (0, 1), (1, 0)].map(|(old, new)| table.jaccard_of(old, new));
        assert_eq!(similarities, [0.5, 0.375, 2.0 / 7.0]);
        assert_eq!(kept(&transitions(counts, loose)), [Some(1), Some(0)]);
        // Pairs that may not be do not push one aside that may.
        let strict = TransitionRules { overlap: 0.4, ..loose };
        assert_eq!(kept(&transitions(counts, strict)), [Some(0), None]);
    }

    #[test]
    fn rules_out_of_range_are_refused() {
        let table = contingency(&[&[1]]);
        let sound = TransitionRules::default();
        for rules in [
            TransitionRules { overlap: -0.1, ..sound },
            TransitionRules { overlap: f64::NAN, ..sound },
            TransitionRules { survival: 0.5, ..sound },
            TransitionRules { survival: 1.1, ..sound },
            TransitionRules { split: 0.0, ..sound },
            TransitionRules { split: 0.8, ..sound },
        ] {
            let error = Transitions::between(&table, rules).unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::Parameter, "{error}");
        }
    }

    /// Tables of up to six old and six new segments, some of them empty.
    fn tables() -> impl Strategy<Value = Vec<Vec<u32>>> {
        let count = prop_oneof![Just(0_u32), 0_u32..10, 0_u32..1000];
        (1_usize..7, 1_usize..7)
            .prop_flat_map(move |(old, new)| {
                prop::collection::vec(prop::collection::vec(count.clone(), new), old)
            })
            .prop_filter("rows", |table| table.iter().flatten().any(|&n| n > 0))
    }

    fn lines(table: &[Vec<u32>]) -> Vec<&[u32]> {
        table.iter().map(Vec::as_slice).collect()
    }

    proptest! {
        #[test]
        fn fates_and_sources_agree(
            table in tables(), overlap in 0.0..=1.0, survival in 0.51..=1.0, split in 0.05..=0.5,
        ) {
            let rules = TransitionRules { overlap, survival, split };
            let counted = contingency(&lines(&table));
            let found = Transitions::between(&counted, rules).unwrap();
            prop_assert_eq!(found.fates.len(), counted.truth_sizes().len());
            prop_assert_eq!(found.sources.len(), counted.prediction_sizes().len());
            let mut names: Vec<u32> = kept(&found).into_iter().flatten().collect();
            let n_kept = names.len();
            names.sort_unstable();
            names.dedup();
            prop_assert_eq!(names.len(), n_kept, "one new segment per name");
            for (new, source) in (0..).zip(&found.sources) {
                prop_assert!((0.0..=1.0).contains(&source.jaccard));
                if let Some(old) = source.kept {
                    prop_assert!(source.jaccard >= overlap);
                    prop_assert_eq!(source.jaccard, counted.jaccard_of(old, new));
                    prop_assert!(found.fates[old as usize].to().contains(&new));
                }
                let goes_here = |old: &u32| found.fates[*old as usize].to().contains(&new);
                match &source.kind {
                    SourceKind::Union { of } => {
                        prop_assert!(of.len() > 1 && of.iter().all(goes_here));
                    }
                    SourceKind::Part { of } => {
                        let is_split = matches!(found.fates[*of as usize], Fate::Split { .. });
                        prop_assert!(is_split && goes_here(of));
                    }
                    SourceKind::Survivor => {
                        let survived = |fate: &&Fate| **fate == Fate::Survived { to: new };
                        prop_assert_eq!(found.fates.iter().filter(survived).count(), 1);
                    }
                    SourceKind::New => prop_assert!(source.kept.is_none()),
                }
            }
            for (old, fate) in found.fates.iter().enumerate() {
                match fate {
                    Fate::Merged { into } => {
                        let kind = &found.sources[*into as usize].kind;
                        let is_in = |of: &Vec<u32>| of.contains(&(old as u32));
                        let is_union = matches!(kind, SourceKind::Union { of } if is_in(of));
                        prop_assert!(is_union);
                    }
                    Fate::Split { into } => {
                        let rows: u32 = into.iter().map(|&new| table[old][new as usize]).sum();
                        let size = counted.truth_sizes()[old] as f64;
                        prop_assert!(into.len() > 1 && f64::from(rows) / size >= survival);
                    }
                    Fate::Survived { .. } => {}
                    Fate::Gone => {
                        prop_assert!(kept(&found).iter().all(|&kept| kept != Some(old as u32)));
                    }
                }
            }
        }

        #[test]
        fn renamed_new_segments_rename_the_result(
            table in tables(), order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
        ) {
            let counted = contingency(&lines(&table));
            // Two halves of the same size are told apart by their order alone.
            let is_half = |cell: &Cell| counted.jaccard_of(cell.truth, cell.prediction) == 0.5;
            prop_assume!(!counted.cells().iter().any(is_half));
            let n_new = table[0].len();
            let order: Vec<usize> = order.into_iter().filter(|&new| new < n_new).collect();
            let shuffled: Vec<Vec<u32>> =
                table.iter().map(|line| order.iter().map(|&new| line[new]).collect()).collect();
            let [found, other] = [&table, &shuffled].map(|table| by_default(&lines(table)));
            let place = |new: u32| order.iter().position(|&x| x == new as usize).unwrap() as u32;
            for (fate, other) in found.fates.iter().zip(&other.fates) {
                let mut to: Vec<u32> = fate.to().iter().map(|&new| place(new)).collect();
                to.sort_unstable();
                prop_assert_eq!((fate.name(), &to[..]), (other.name(), other.to()));
            }
            for (new, &old_place) in order.iter().enumerate() {
                prop_assert_eq!(&other.sources[new], &found.sources[old_place]);
            }
        }

        #[test]
        fn an_identical_labeling_keeps_every_identity(
            labels in prop::collection::vec(0_u32..9, 1..60), overlap in 0.0..=1.0,
        ) {
            let labeling = Labeling::new(&labels).unwrap();
            let same = Contingency::new(&labeling, &labeling).unwrap();
            let rules = TransitionRules { overlap, ..TransitionRules::default() };
            let found = Transitions::between(&same, rules).unwrap();
            for segment in 0..labeling.k() as u32 {
                prop_assert_eq!(&found.fates[segment as usize], &Fate::Survived { to: segment });
                let source = &found.sources[segment as usize];
                prop_assert_eq!(source.kept, Some(segment));
                prop_assert_eq!((&source.kind, source.jaccard), (&SourceKind::Survivor, 1.0));
            }
        }
    }
}
