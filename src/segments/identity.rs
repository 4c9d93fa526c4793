//! Which ids and names the segments of a new fit have.

use std::collections::HashSet;

use super::transitions::Transitions;
use crate::error::{Error, Result};
use crate::model::Segment;

/// The ids and names of the segments of a new fit, which carry on those of an older model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identities {
    /// By ascending id.
    pub segments: Vec<Identity>,
    /// The smallest id that was never used.
    pub next_id: u32,
}

/// Who a segment of a new fit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// That of the old segment that it carries on, or one that was never used.
    pub id: u32,
    /// Likewise.
    pub name: String,
    /// The place of its centre in the new fit.
    pub place: u32,
}

impl Identities {
    /// After `transitions` from the segments `old` of a model whose smallest unused id is `next_id`.
    ///
    /// A new segment that carries on none is called after its id, as in a first fit; where an old one
    /// has that name, with a number behind it. Names of segments that are gone are not given again.
    ///
    /// # Errors
    /// [`ErrorKind::Data`](crate::ErrorKind::Data) if there are no more ids.
    ///
    /// # Panics
    /// If the transitions are not from as many segments.
    pub fn carry_on(transitions: &Transitions, old: &[Segment], next_id: u32) -> Result<Self> {
        assert_eq!(transitions.fates.len(), old.len(), "one fate per old segment");
        let mut names: HashSet<String> = old.iter().map(|segment| segment.name.clone()).collect();
        let mut next_id = next_id;
        let mut segments = Vec::with_capacity(transitions.sources.len());
        for (place, source) in (0..).zip(&transitions.sources) {
            let (id, name) = match source.kept {
                Some(kept) => (old[kept as usize].id, old[kept as usize].name.clone()),
                None => {
                    let id = next_id;
                    next_id = id.checked_add(1).ok_or_else(|| {
                        Error::data("no ids are left for new segments (cluster without --match)")
                    })?;
                    (id, unused_name(id, &names))
                }
            };
            names.insert(name.clone());
            segments.push(Identity { id, name, place });
        }
        segments.sort_unstable_by_key(|segment| segment.id);
        Ok(Self { segments, next_id })
    }
}

/// `Segment 1` for id 0 and so on, or `Segment 1 (2)` and so on where that is among `names`.
fn unused_name(id: u32, names: &HashSet<String>) -> String {
    let plain = Segment::default_name(id);
    let mut name = plain.clone();
    let mut number = 2;
    while names.contains(&name) {
        name = format!("{plain} ({number})");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Contingency;
    use crate::segments::TransitionRules;

    /// The segments after a refit in which old segments (lines) and new ones (columns) share so many
    /// rows.
    fn refit(old: &[Segment], next_id: u32, counts: &[&[usize]]) -> Identities {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (i, line) in (0..).zip(counts) {
            for (j, &n) in (0..).zip(*line) {
                before.extend(vec![i; n]);
                after.extend(vec![j; n]);
            }
        }
        let k = counts[0].len();
        let table = Contingency::of_numbered(&before, old.len(), &after, k).unwrap();
        let transitions = Transitions::between(&table, TransitionRules::default()).unwrap();
        Identities::carry_on(&transitions, old, next_id).unwrap()
    }

    fn segments(names: &[(u32, &str)]) -> Vec<Segment> {
        names.iter().map(|&(id, name)| Segment { id, name: name.into(), size: 1 }).collect()
    }

    fn of(identities: &Identities) -> Vec<(u32, &str, u32)> {
        identities.segments.iter().map(|s| (s.id, s.name.as_str(), s.place)).collect()
    }

    /// As the next refit finds them.
    fn model(identities: &Identities) -> Vec<Segment> {
        let segments = identities.segments.iter();
        segments.map(|s| Segment { id: s.id, name: s.name.clone(), size: 1 }).collect()
    }

    #[test]
    fn a_permuted_refit_keeps_ids_and_names() {
        let old = segments(&[(0, "Segment 1"), (4, "VIP"), (7, "Sleepers")]);
        let found = refit(&old, 9, &[&[0, 9, 1], &[8, 0, 0], &[0, 0, 5]]);
        assert_eq!(of(&found), [(0, "Segment 1", 1), (4, "VIP", 0), (7, "Sleepers", 2)]);
        assert_eq!(found.next_id, 9);
    }

    #[test]
    fn a_name_does_not_move_to_other_people() {
        let old = segments(&[(0, "VIP"), (1, "Others")]);
        // 49 of 100 in common, and of the rest no more.
        let found = refit(&old, 2, &[&[49, 0, 25], &[26, 100, 0]]);
        assert_eq!(of(&found), [(1, "Others", 1), (2, "Segment 3", 0), (3, "Segment 4", 2)]);
        let found = refit(&old, 2, &[&[50, 0, 25], &[25, 100, 0]]);
        assert_eq!(of(&found), [(0, "VIP", 0), (1, "Others", 1), (2, "Segment 3", 2)]);
    }

    #[test]
    fn ids_of_the_gone_are_not_used_again() {
        let first = segments(&[(0, "Segment 1"), (1, "Segment 2"), (2, "Segment 3")]);
        // Two are merged into one that is like neither.
        let second = refit(&first, 3, &[&[5, 0, 2], &[5, 0, 2], &[0, 9, 0]]);
        assert_eq!(of(&second), [(2, "Segment 3", 1), (3, "Segment 4", 0), (4, "Segment 5", 2)]);
        // One is gone without a new one; a third fit has the same number as the first again.
        let third = refit(&model(&second), second.next_id, &[&[9, 0], &[0, 9], &[1, 1]]);
        assert_eq!((of(&third).len(), third.next_id), (2, 5));
        let fourth = refit(&model(&third), third.next_id, &[&[9, 0, 3], &[0, 9, 3]]);
        assert_eq!(of(&fourth), [(2, "Segment 3", 0), (3, "Segment 4", 1), (5, "Segment 6", 2)]);
    }

    #[test]
    fn names_that_someone_gave_are_not_given_twice() {
        let old = segments(&[(0, "Segment 3"), (1, "Segment 3 (2)")]);
        let found = refit(&old, 2, &[&[9, 0, 1], &[0, 1, 1]]);
        assert_eq!(of(&found)[2].1, "Segment 3 (3)");
    }

    #[test]
    fn ids_may_run_out() {
        let old = segments(&[(u32::MAX - 1, "last")]);
        let fates = Transitions { fates: vec![crate::segments::Fate::Gone], sources: Vec::new() };
        assert!(Identities::carry_on(&fates, &old, u32::MAX).is_ok());
        let source = crate::segments::Source {
            kept: None,
            kind: crate::segments::SourceKind::New,
            jaccard: 0.0,
        };
        let more = Transitions { sources: vec![source], ..fates };
        assert!(Identities::carry_on(&more, &old, u32::MAX).is_err());
    }

    proptest! {
        #[test]
        fn a_chain_of_refits_uses_no_id_twice(
            ks in prop::collection::vec(1_usize..6, 2..6),
            labels in prop::collection::vec(0_u32..60, 5 * 30),
        ) {
            let mut old: Vec<Segment> = segments(&[(0, "Segment 1")]);
            let (mut next_id, mut gone) = (1, HashSet::new());
            let mut before = vec![0; 30];
            for (labels, k) in labels.chunks(30).zip(ks) {
                let after: Vec<u32> = labels.iter().map(|label| label % k as u32).collect();
                let table = Contingency::of_numbered(&before, old.len(), &after, k).unwrap();
                let found = Transitions::between(&table, TransitionRules::default()).unwrap();
                let found = Identities::carry_on(&found, &old, next_id).unwrap();
                prop_assert!(found.segments.is_sorted_by(|a, b| a.id < b.id));
                let names: HashSet<&str> = found.segments.iter().map(|s| s.name.as_str()).collect();
                prop_assert_eq!(names.len(), k);
                prop_assert!(found.segments.iter().all(|s| s.id < found.next_id));
                prop_assert!(found.segments.iter().all(|s| !gone.contains(&s.id)));
                let still: HashSet<u32> = found.segments.iter().map(|s| s.id).collect();
                gone.extend(old.iter().map(|s| s.id).filter(|id| !still.contains(id)));
                for segment in &found.segments {
                    if let Some(carried) = old.iter().position(|s| s.id == segment.id) {
                        let jaccard = table.jaccard_of(carried as u32, segment.place);
                        prop_assert!(jaccard >= 0.5 && old[carried].name == segment.name);
                    } else {
                        prop_assert!(segment.id >= next_id);
                    }
                }
                let place = |label: u32| found.segments.iter().position(|s| s.place == label);
                before = after.iter().map(|&label| place(label).unwrap() as u32).collect();
                (old, next_id) = (model(&found), found.next_id);
            }
        }
    }
}
