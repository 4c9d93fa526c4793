//! Counting how often each of some numbers occurs.

/// Numbers that take turns on counters of their own: neighbours are often alike, and the processor
/// would wait for a counter to come back.
pub(super) const TURNS: usize = 4;

/// How often each number below `len` occurs in `rounds` and in `rest`; less than 2^32 times.
pub(super) fn tally(
    len: usize,
    rounds: impl Iterator<Item = [usize; TURNS]>,
    rest: impl Iterator<Item = usize>,
) -> Vec<u64> {
    /// With more counters than a near cache holds, neighbours rarely meet.
    const FEW: usize = 1 << 12;
    let turns = if len <= FEW { TURNS } else { 1 };
    let mut counts = vec![0_u32; turns * len];
    for round in rounds {
        for (turn, number) in round.into_iter().enumerate() {
            counts[turn % turns * len + number] += 1;
        }
    }
    rest.for_each(|number| counts[number] += 1);
    let mut sums = vec![0; len];
    for counts in counts.chunks_exact(len.max(1)) {
        sums.iter_mut().zip(counts).for_each(|(sum, &n)| *sum += u64::from(n));
    }
    sums
}
