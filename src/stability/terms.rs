//! What a maintenance proposal assumes: rates, hours, campaigns, service levels. Everything has a
//! default here, with where it comes from, and can be replaced.

use crate::error::{Error, Result};
use crate::history::Day;

/// The currency of a contract, or of a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    /// The Brazilian real.
    Real,
    /// The euro.
    Euro,
    /// The pound sterling.
    Pound,
    /// The dollar of the United States.
    Dollar,
}

impl Currency {
    /// Every currency.
    pub const ALL: [Self; 4] = [Self::Real, Self::Euro, Self::Pound, Self::Dollar];

    /// Its code in ISO 4217.
    pub fn code(self) -> &'static str {
        match self {
            Self::Real => "BRL",
            Self::Euro => "EUR",
            Self::Pound => "GBP",
            Self::Dollar => "USD",
        }
    }

    /// As it stands beside amounts, where a language has no form of its own.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Real => "R$",
            Self::Euro => "€",
            Self::Pound => "£",
            Self::Dollar => "US$",
        }
    }
}

/// One of three offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// Fewer visits, and those that something triggers billed when they happen.
    Essential,
    /// A visit before segments are stale.
    Recommended,
    /// More visits, and meetings with those who use the segments.
    Close,
}

impl OfferKind {
    /// Every offer, the least dear first.
    pub const ALL: [Self; 3] = [Self::Essential, Self::Recommended, Self::Close];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Essential => "essential",
            Self::Recommended => "recommended",
            Self::Close => "close",
        }
    }
}

/// What is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermKey {
    /// What a day of work costs, in the currency of the contract, without taxes.
    DayRate,
    /// Hours in a day of work.
    HoursPerDay,
    /// Units of the shop's currency for one of the contract's.
    Exchange,
    /// Hours of a recalibration: checking the new data.
    RecalibrationData,
    /// Hours of a recalibration: the refit from the old centres and the report on stability.
    RecalibrationRefit,
    /// Hours of a recalibration: reviewing the segments.
    RecalibrationQuality,
    /// Hours of a recalibration: the note to marketing.
    RecalibrationNote,
    /// Hours of a re-segmentation: checking data and features.
    ResegmentationData,
    /// Hours of a re-segmentation: features, number of segments, models.
    ResegmentationModelling,
    /// Hours of a re-segmentation: reviewing the segments.
    ResegmentationQuality,
    /// Hours of a re-segmentation: naming the segments with marketing.
    ResegmentationNaming,
    /// Hours of a re-segmentation: handing over.
    ResegmentationHandOver,
    /// Months after which a re-segmentation is due at the latest.
    ResegmentationMonths,
    /// Hours of monitoring a month.
    MonitoringHours(OfferKind),
    /// Hours to set everything up, once.
    SetupHours,
    /// Triggered visits a year that are allowed for at least, whatever the curve says.
    TriggeredLeast,
    /// Review meetings a year, of the offer that has them.
    Reviews,
    /// Hours of a review meeting.
    ReviewHours,
    /// The interval of the essential offer, relative to the recommended one.
    EssentialInterval,
    /// The interval of the close offer, relative to the recommended one.
    CloseInterval,
    /// Campaigns a month.
    Campaigns,
    /// The share of revenue that campaigns bring in.
    CampaignShare,
    /// What of that is lost on a customer who gets the campaign of another segment.
    Loss,
    /// The population stability index of a feature that calls for a visit.
    PsiAct,
    /// The one from which on a feature is watched.
    PsiWatch,
    /// How many times the usual share of far new customers calls for a visit.
    FarFactor,
    /// Working hours until an incident is answered.
    ResponseHours(OfferKind),
    /// Working days until a triggered visit begins.
    TriggeredDays(OfferKind),
    /// Working days after the beginning of a visit until its results are there.
    DeliveryDays(OfferKind),
    /// The share of days on which the daily assignment is there in time.
    OnTimeShare,
    /// What is credited for a service level that was missed in a month, as a share of its amount.
    Credit,
    /// What is credited in a month at most, as a share of its amount.
    CreditMost,
    /// Months of the contract.
    TermMonths,
    /// Months of notice.
    NoticeMonths,
    /// Days for which the proposal holds.
    ValidityDays,
}

/// Where an assumption comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermSource {
    /// What data scientists bill in France.
    FrenchMarket,
    /// The French working week.
    FrenchWeek,
    /// A rate of 2018.
    ExchangeOf2018,
    /// One currency throughout.
    SameCurrency,
    /// The usual reading of the population stability index.
    Convention,
    /// What such contracts usually say in France.
    Usage,
    /// Ours: a start for the talks.
    Assumption,
    /// The file of terms, which may say where it has it from.
    File(Option<String>),
}

impl TermSource {
    /// In words.
    pub fn text(&self) -> &str {
        match self {
            Self::FrenchMarket => {
                "French average, rounded: abcportage.fr has 445 EUR a day billed direct"
            }
            Self::FrenchWeek => "French working week: 35 hours in 5 days",
            Self::ExchangeOf2018 => "BRL for one EUR on 19 June 2018 (updatebrazil.com)",
            Self::SameCurrency => "contract and shop have one currency",
            Self::Convention => {
                "usual reading of the index: stable below 0.10, to be acted on above 0.25"
            }
            Self::Usage => "usual in French maintenance contracts",
            Self::Assumption => "our assumption, to be agreed on",
            Self::File(Some(said)) => said,
            Self::File(None) => "terms file",
        }
    }
}

/// A number that is assumed.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Which one.
    pub key: TermKey,
    /// The number.
    pub value: f64,
    /// Where it comes from.
    pub source: TermSource,
}

impl TermKey {
    /// Every one, in the order in which they are listed.
    pub const ALL: [Self; 43] = {
        use OfferKind::{Close, Essential, Recommended};
        [
            Self::DayRate,
            Self::HoursPerDay,
            Self::Exchange,
            Self::RecalibrationData,
            Self::RecalibrationRefit,
            Self::RecalibrationQuality,
            Self::RecalibrationNote,
            Self::ResegmentationData,
            Self::ResegmentationModelling,
            Self::ResegmentationQuality,
            Self::ResegmentationNaming,
            Self::ResegmentationHandOver,
            Self::ResegmentationMonths,
            Self::MonitoringHours(Essential),
            Self::MonitoringHours(Recommended),
            Self::MonitoringHours(Close),
            Self::SetupHours,
            Self::TriggeredLeast,
            Self::Reviews,
            Self::ReviewHours,
            Self::EssentialInterval,
            Self::CloseInterval,
            Self::Campaigns,
            Self::CampaignShare,
            Self::Loss,
            Self::PsiAct,
            Self::PsiWatch,
            Self::FarFactor,
            Self::ResponseHours(Essential),
            Self::ResponseHours(Recommended),
            Self::ResponseHours(Close),
            Self::TriggeredDays(Essential),
            Self::TriggeredDays(Recommended),
            Self::TriggeredDays(Close),
            Self::DeliveryDays(Essential),
            Self::DeliveryDays(Recommended),
            Self::DeliveryDays(Close),
            Self::OnTimeShare,
            Self::Credit,
            Self::CreditMost,
            Self::TermMonths,
            Self::NoticeMonths,
            Self::ValidityDays,
        ]
    };

    /// Its name in a file of terms, `section.key`.
    pub fn name(self) -> &'static str {
        use OfferKind::{Close, Essential, Recommended};
        match self {
            Self::DayRate => "rates.day",
            Self::HoursPerDay => "rates.hours_per_day",
            Self::Exchange => "rates.exchange",
            Self::RecalibrationData => "recalibration.data_hours",
            Self::RecalibrationRefit => "recalibration.refit_hours",
            Self::RecalibrationQuality => "recalibration.quality_hours",
            Self::RecalibrationNote => "recalibration.note_hours",
            Self::ResegmentationData => "resegmentation.data_hours",
            Self::ResegmentationModelling => "resegmentation.modelling_hours",
            Self::ResegmentationQuality => "resegmentation.quality_hours",
            Self::ResegmentationNaming => "resegmentation.naming_hours",
            Self::ResegmentationHandOver => "resegmentation.hand_over_hours",
            Self::ResegmentationMonths => "resegmentation.every_months",
            Self::MonitoringHours(Essential) => "essential.monitoring_hours_per_month",
            Self::MonitoringHours(Recommended) => "recommended.monitoring_hours_per_month",
            Self::MonitoringHours(Close) => "close.monitoring_hours_per_month",
            Self::SetupHours => "setup.hours",
            Self::TriggeredLeast => "triggered.least_per_year",
            Self::Reviews => "close.reviews_per_year",
            Self::ReviewHours => "close.review_hours",
            Self::EssentialInterval => "essential.interval_factor",
            Self::CloseInterval => "close.interval_factor",
            Self::Campaigns => "campaigns.per_month",
            Self::CampaignShare => "campaigns.revenue_share",
            Self::Loss => "campaigns.loss",
            Self::PsiAct => "triggers.psi",
            Self::PsiWatch => "triggers.psi_watch",
            Self::FarFactor => "triggers.far_factor",
            Self::ResponseHours(Essential) => "essential.response_hours",
            Self::ResponseHours(Recommended) => "recommended.response_hours",
            Self::ResponseHours(Close) => "close.response_hours",
            Self::TriggeredDays(Essential) => "essential.triggered_days",
            Self::TriggeredDays(Recommended) => "recommended.triggered_days",
            Self::TriggeredDays(Close) => "close.triggered_days",
            Self::DeliveryDays(Essential) => "essential.delivery_days",
            Self::DeliveryDays(Recommended) => "recommended.delivery_days",
            Self::DeliveryDays(Close) => "close.delivery_days",
            Self::OnTimeShare => "service.on_time_share",
            Self::Credit => "service.credit",
            Self::CreditMost => "service.credit_most",
            Self::TermMonths => "contract.months",
            Self::NoticeMonths => "contract.notice_months",
            Self::ValidityDays => "contract.validity_days",
        }
    }

    /// What is assumed unless told otherwise.
    fn default(self) -> (f64, TermSource) {
        use OfferKind::{Close, Essential, Recommended};
        let value = match self {
            Self::DayRate => return (450.0, TermSource::FrenchMarket),
            Self::HoursPerDay => return (7.0, TermSource::FrenchWeek),
            Self::Exchange => return (4.34, TermSource::ExchangeOf2018),
            Self::PsiAct => return (0.25, TermSource::Convention),
            Self::PsiWatch => return (0.10, TermSource::Convention),
            Self::TermMonths => return (12.0, TermSource::Usage),
            Self::NoticeMonths => return (2.0, TermSource::Usage),
            Self::RecalibrationData
            | Self::RecalibrationRefit
            | Self::RecalibrationQuality
            | Self::RecalibrationNote
            | Self::MonitoringHours(Recommended) => 1.0,
            Self::ResegmentationData
            | Self::ResegmentationQuality
            | Self::ResegmentationNaming
            | Self::Reviews
            | Self::Campaigns
            | Self::ResponseHours(Close) => 4.0,
            Self::ResegmentationModelling => 7.0,
            Self::ResegmentationHandOver | Self::DeliveryDays(Close) => 3.0,
            Self::ResegmentationMonths => 12.0,
            Self::MonitoringHours(Essential) | Self::TriggeredLeast | Self::CloseInterval => 0.5,
            Self::MonitoringHours(Close) | Self::ReviewHours | Self::FarFactor => 2.0,
            Self::SetupHours => 14.0,
            Self::EssentialInterval => 1.5,
            Self::CampaignShare | Self::Loss => 0.2,
            Self::ResponseHours(Essential) => 16.0,
            Self::ResponseHours(Recommended) => 8.0,
            Self::TriggeredDays(Essential) => 15.0,
            Self::TriggeredDays(Recommended) => 10.0,
            Self::TriggeredDays(Close)
            | Self::DeliveryDays(Essential)
            | Self::DeliveryDays(Recommended) => 5.0,
            Self::OnTimeShare => 0.99,
            Self::Credit => 0.05,
            Self::CreditMost => 0.10,
            Self::ValidityDays => 60.0,
        };
        (value, TermSource::Assumption)
    }

    /// The smallest and the largest value that makes sense.
    fn range(self) -> (f64, f64) {
        match self {
            Self::DayRate => (1.0, 1e5),
            Self::HoursPerDay => (1.0, 24.0),
            Self::Exchange => (1e-3, 1e3),
            Self::ResegmentationMonths => (1.0, 120.0),
            Self::TriggeredLeast | Self::Reviews => (0.0, 366.0),
            Self::EssentialInterval => (1.0, 10.0),
            Self::CloseInterval => (0.01, 1.0),
            Self::CampaignShare
            | Self::Loss
            | Self::OnTimeShare
            | Self::Credit
            | Self::CreditMost => (0.0, 1.0),
            Self::PsiAct | Self::PsiWatch => (0.0, 100.0),
            Self::FarFactor => (1.0, 100.0),
            Self::TermMonths | Self::NoticeMonths => (0.0, 120.0),
            _ => (0.0, 1e4),
        }
    }
}

/// All that a proposal assumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Who is to sign, if known.
    pub client: Option<String>,
    /// Who proposes, if known.
    pub provider: Option<String>,
    /// The day of the proposal, if known.
    pub issued: Option<Day>,
    /// That of the contract.
    currency: Currency,
    /// That of the orders.
    shop_currency: Currency,
    /// In the order of [`TermKey::ALL`].
    terms: Vec<Term>,
}

impl Default for Terms {
    /// A contract in euros for a shop in Brazil.
    fn default() -> Self {
        let terms = TermKey::ALL.map(|key| {
            let (value, source) = key.default();
            Term { key, value, source }
        });
        Self {
            client: None,
            provider: None,
            issued: None,
            currency: Currency::Euro,
            shop_currency: Currency::Real,
            terms: terms.to_vec(),
        }
    }
}

impl Terms {
    /// Of a contract in `currency` for a shop that counts in `shop_currency`.
    pub fn new(currency: Currency, shop_currency: Currency) -> Self {
        let mut terms = Self { currency, shop_currency, ..Self::default() };
        if currency == shop_currency {
            terms.put(TermKey::Exchange, 1.0, TermSource::SameCurrency);
        }
        terms
    }

    /// The currency of the contract.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The currency of the orders.
    pub fn shop_currency(&self) -> Currency {
        self.shop_currency
    }

    /// What is assumed for `key`.
    pub fn value(&self, key: TermKey) -> f64 {
        self.find(key).map_or_else(|| key.default().0, |term| term.value)
    }

    /// All of them, in the order of [`TermKey::ALL`].
    pub fn all(&self) -> &[Term] {
        &self.terms
    }

    /// Puts a value in the place of the default. `said` is where it comes from.
    ///
    /// # Errors
    /// `Parameter` if it is out of the range of `key`.
    pub fn set(&mut self, key: TermKey, value: f64, said: Option<String>) -> Result<()> {
        let (least, most) = key.range();
        if !(least..=most).contains(&value) {
            let name = key.name();
            let message = format!("{name} is {value} (a number from {least} to {most} is needed)");
            return Err(Error::parameter(message));
        }
        self.put(key, value, TermSource::File(said));
        Ok(())
    }

    /// Whether they go with each other: the defaults are for a contract in euros, and so on.
    ///
    /// # Errors
    /// `Parameter`, with the keys that are in each other's way.
    pub fn check(&self) -> Result<()> {
        let (contract, shop) = (self.currency.code(), self.shop_currency.code());
        let is_from_file =
            |key| self.find(key).is_some_and(|term| matches!(term.source, TermSource::File(_)));
        let problem = if self.currency != Currency::Euro && !is_from_file(TermKey::DayRate) {
            format!("rates.day is needed in {contract} (the default is in EUR)")
        } else if self.currency == self.shop_currency && self.value(TermKey::Exchange) != 1.0 {
            format!(
                "rates.exchange is given, but contract and shop are both in {shop} (leave it out)"
            )
        } else if self.currency != self.shop_currency
            && (self.currency, self.shop_currency) != (Currency::Euro, Currency::Real)
            && !is_from_file(TermKey::Exchange)
        {
            format!("rates.exchange is needed: {shop} for one {contract}")
        } else if self.value(TermKey::PsiWatch) > self.value(TermKey::PsiAct) {
            "triggers.psi_watch is above triggers.psi (a smaller number is needed)".to_owned()
        } else if self.value(TermKey::Credit) > self.value(TermKey::CreditMost) {
            "service.credit is above service.credit_most (a smaller number is needed)".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::parameter(problem))
    }

    fn find(&self, key: TermKey) -> Option<&Term> {
        self.terms.iter().find(|term| term.key == key)
    }

    fn put(&mut self, key: TermKey, value: f64, source: TermSource) {
        if let Some(term) = self.terms.iter_mut().find(|term| term.key == key) {
            *term = Term { key, value, source };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn every_term_has_a_name_of_its_own_and_a_default_in_its_range() {
        let names: BTreeSet<&str> = TermKey::ALL.iter().map(|key| key.name()).collect();
        assert_eq!(names.len(), TermKey::ALL.len());
        for key in TermKey::ALL {
            let (least, most) = key.range();
            assert!((least..=most).contains(&key.default().0), "{}", key.name());
            assert!(!key.default().1.text().is_empty());
        }
        assert!(Terms::default().check().is_ok());
    }

    #[test]
    fn what_is_given_replaces_the_default_and_says_so() {
        let mut terms = Terms::default();
        terms.set(TermKey::DayRate, 600.0, Some("our own".to_owned())).unwrap();
        assert_eq!(terms.value(TermKey::DayRate), 600.0);
        let of_file: Vec<_> =
            terms.all().iter().filter(|term| matches!(term.source, TermSource::File(_))).collect();
        assert_eq!(of_file.len(), 1);
        assert_eq!(of_file[0].source.text(), "our own");
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = terms.set(TermKey::DayRate, value, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert!(error.to_string().starts_with("rates.day is "), "{error}");
        }
    }

    #[test]
    fn currencies_need_their_rates() {
        assert_eq!(Terms::new(Currency::Euro, Currency::Euro).value(TermKey::Exchange), 1.0);
        let mut terms = Terms::new(Currency::Real, Currency::Real);
        assert!(terms.check().unwrap_err().to_string().contains("rates.day is needed in BRL"));
        terms.set(TermKey::DayRate, 1200.0, None).unwrap();
        assert!(terms.check().is_ok());
        terms.set(TermKey::Exchange, 2.0, None).unwrap();
        assert!(terms.check().is_err());
        let mut terms = Terms::new(Currency::Real, Currency::Euro);
        terms.set(TermKey::DayRate, 1200.0, None).unwrap();
        assert!(terms.check().unwrap_err().to_string().contains("EUR for one BRL"));
        // The default is that of reais for a euro.
        let mut terms = Terms::new(Currency::Euro, Currency::Pound);
        assert!(terms.check().unwrap_err().to_string().contains("GBP for one EUR"));
        terms.set(TermKey::Exchange, 0.86, None).unwrap();
        assert!(terms.check().is_ok());
    }
}
