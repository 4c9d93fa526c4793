//! What happens to a few orders only, and must be there even in a small history.
//!
//! Shares of one in ten thousand would leave a history of 4,000 orders without any. So it is the
//! index of the person that says to whom they happen: to one in [`EVERY`] people, which is about as
//! often as published, or to one person alone.

/// Of so many people, one has a given rarity.
const EVERY: u64 = 5_000;

/// Something odd about the first order of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rarity {
    /// The very first order of the history.
    First,
    /// The last order that is delivered.
    LastDelivered,
    /// The very last order: canceled, long after the last delivered one.
    Last,
    /// The only one without a payment.
    Unpaid,
    /// Canceled, and placed after the last delivered order.
    AfterTheLast,
    /// Delivered, says its status, but it has no date of that.
    Undated,
    /// Delivered, but never approved.
    Unapproved,
    /// Canceled, with a payment of nothing by no kind.
    PaidByNothing,
    /// Paid with a whole pad of vouchers.
    ManyVouchers,
    /// Paid by card in 0 instalments.
    NoInstallment,
    /// With a time limit for the seller that is years away.
    FarLimit,
}

impl Rarity {
    /// What is odd about the person number `index`.
    pub(super) fn of(index: u64) -> Option<Self> {
        Some(match (index, index % EVERY) {
            (2, _) => Self::First,
            (3, _) => Self::LastDelivered,
            (50, _) => Self::Unpaid,
            (1_100, _) => Self::Last,
            (_, 500) => Self::Undated,
            (_, 900) => Self::Unapproved,
            (_, 1_100) => Self::AfterTheLast,
            (_, 1_300) => Self::PaidByNothing,
            (_, 1_700) => Self::ManyVouchers,
            (_, 2_100) => Self::NoInstallment,
            (_, 2_500) => Self::FarLimit,
            _ => return None,
        })
    }

    /// Whether the order is canceled; all others are delivered.
    pub(super) fn is_canceled(self) -> bool {
        matches!(self, Self::AfterTheLast | Self::Last | Self::PaidByNothing)
    }
}
