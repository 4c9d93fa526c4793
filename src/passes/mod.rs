//! What every pass over the rows needs: groups of rows that threads share out without showing it, and
//! sums per cluster that are joined in the order of these groups.

mod groups;
mod sums;

pub(crate) use groups::Groups;
pub(crate) use sums::{Change, RunningSums, Sums, count, sum};
