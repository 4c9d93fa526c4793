//! Values in groups, side by side.

use std::collections::HashSet;
use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};

/// The values of group 0, then those of group 1, and so on.
#[derive(Clone, Debug)]
pub(super) struct Grouped<T> {
    /// Where each group ends.
    ends: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy> Grouped<T> {
    /// Puts `values` into `n_groups` groups: `group_of` yields that of each, `None` where it has none
    /// and is left out. Those of one group keep their order.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`] if there are more values than 32 bits count.
    pub(super) fn new<G, V>(n_groups: usize, group_of: G, values: V) -> Result<Self>
    where
        G: Iterator<Item = Option<u32>> + Clone,
        V: Iterator<Item = T>,
    {
        let mut ends = vec![0_u32; n_groups];
        let mut n = 0_u32;
        for group in group_of.clone().flatten() {
            ends[group as usize] += 1;
            n = n.checked_add(1).ok_or_else(|| {
                Error::new(ErrorKind::Memory, "more than 4,294,967,295 rows of one table")
            })?;
        }
        // Each group's start, which becomes its end as values are put down.
        let mut before = 0;
        for end in &mut ends {
            (*end, before) = (before, before + *end);
        }
        let mut grouped = Vec::new();
        for (group, value) in group_of.zip(values) {
            let Some(group) = group else { continue };
            if grouped.is_empty() {
                grouped.resize(n as usize, value);
            }
            let end = &mut ends[group as usize];
            grouped[*end as usize] = value;
            *end += 1;
        }
        Ok(Self { ends, values: grouped })
    }

    /// Leaves out those values of a group whose number an earlier one of it has, and says how many;
    /// 0 is no number.
    pub(super) fn leave_out_repeated(&mut self, number: impl Fn(&T) -> u16) -> u64 {
        /// Lines of one order.
        const LARGE: usize = 256;
        let n = self.values.len();
        let mut seen = HashSet::new();
        let (mut start, mut kept) = (0, 0);
        for end in &mut self.ends {
            // Clearing takes as long as the largest group before it was.
            if seen.capacity() > LARGE {
                seen = HashSet::new();
            }
            seen.clear();
            for at in start..*end as usize {
                let value = self.values[at];
                let number = number(&value);
                if number == 0 || seen.insert(number) {
                    self.values[kept] = value;
                    kept += 1;
                }
            }
            start = *end as usize;
            *end = kept as u32;
        }
        self.values.truncate(kept);
        (n - kept) as u64
    }

    /// The values of a group.
    pub(super) fn of(&self, group: usize) -> &[T] {
        &self.values[self.range(group)]
    }

    /// Where the values of a group stand among [all](Self::values).
    pub(super) fn range(&self, group: usize) -> Range<usize> {
        let start = if group == 0 { 0 } else { self.ends[group - 1] as usize };
        start..self.ends[group] as usize
    }

    /// All values.
    pub(super) fn values(&self) -> &[T] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_together_in_their_order() {
        let groups = [2, 0, 2, 9, 0].map(|g| (g < 3).then_some(g));
        let grouped = Grouped::new(3, groups.into_iter(), "abcde".chars()).unwrap();
        let all: Vec<String> = (0..3).map(|g| grouped.of(g).iter().collect()).collect();
        assert_eq!(all, ["be", "", "ac"]);
        assert_eq!(grouped.range(2), 2..4);
        assert_eq!(grouped.values().len(), 4);
        let mut repeated =
            Grouped::new(3, groups.into_iter(), [7_u16, 1, 7, 0, 1].into_iter()).unwrap();
        assert_eq!(repeated.leave_out_repeated(|&number| number), 2);
        assert_eq!((repeated.of(0), repeated.of(1), repeated.of(2)), (&[1][..], &[][..], &[7][..]));
        assert!(Grouped::<u8>::new(0, [].into_iter(), [].into_iter()).unwrap().values().is_empty());
    }
}
