//! The maintenance proposal that a client signs, in the words and numbers of their language.

use super::document::{Block, Document, Row, Table};
use super::locale::Language;
use super::plot::{Costs, Curve, costs};
use super::words::{self as say, Phrase};
use crate::stability::{
    Hundredths, IntervalCost, Offer, OfferKind, PriceLine, Proposal, RefreshInterval, TermKey,
    TermSource, VisitPrice,
};

/// A name to be filled in by hand.
const BLANK: &str = "……………";

/// A maintenance proposal as a document.
#[derive(Clone, Copy, Debug)]
pub struct Maintenance<'a> {
    proposal: &'a Proposal,
    language: Language,
}

impl<'a> Maintenance<'a> {
    /// Of `proposal`, in that language.
    pub fn new(proposal: &'a Proposal, language: Language) -> Self {
        Self { proposal, language }
    }

    /// A page of its own: HTML with inline SVG, and nothing to be loaded or run.
    pub fn html(&self) -> String {
        self.document().html()
    }

    /// The same in Markdown; the chart is left out, its numbers are there.
    pub fn markdown(&self) -> String {
        self.document().markdown()
    }

    fn document(&self) -> Document {
        let mut blocks = self.summary();
        blocks.extend(self.scope());
        blocks.extend(self.interval());
        blocks.extend(self.offers());
        blocks.extend(self.price());
        blocks.extend(self.costs());
        blocks.extend(self.sensitivity());
        blocks.extend(self.triggers());
        blocks.extend(self.service());
        blocks.extend(self.excluded());
        blocks.extend(self.before_signing());
        blocks.extend(self.validity());
        blocks.push(Block::PageBreak);
        blocks.extend(self.other_prices());
        blocks.extend(self.assumptions());
        blocks.extend(self.costs_data());
        Document { language: self.language, title: self.say(say::TITLE), blocks }
    }

    fn say(&self, phrase: Phrase) -> String {
        phrase.text(self.language)
    }

    fn fill(&self, phrase: Phrase, values: &[(&str, &str)]) -> String {
        phrase.fill(self.language, values)
    }

    fn row(&self, phrase: Phrase, cells: [String; 3]) -> Row {
        Row::new([vec![self.say(phrase)], cells.to_vec()].concat())
    }

    fn head<const N: usize>(&self, phrases: [Phrase; N]) -> Vec<String> {
        phrases.map(|phrase| self.say(phrase)).to_vec()
    }

    fn amount(&self, amount: Hundredths) -> String {
        self.language.amount(amount, self.proposal.currency())
    }

    fn two(&self, x: Hundredths) -> String {
        self.language.decimal(x.value(), 2)
    }

    fn shop_amount(&self, amount: Hundredths) -> String {
        self.language.whole_amount(amount, self.proposal.terms.shop_currency())
    }

    fn amount_if_known(&self, amount: Option<Hundredths>) -> String {
        amount.map_or_else(|| self.say(say::UNKNOWN), |amount| self.amount(amount))
    }

    /// Of a year, in the shop's currency.
    fn revenue(&self) -> String {
        let revenue = self.proposal.evidence.revenue_per_year.map(Hundredths::nearest);
        revenue.map_or_else(|| self.say(say::UNKNOWN), |revenue| self.shop_amount(revenue))
    }

    fn duration(&self, days: impl Into<f64>) -> String {
        self.language.duration(days.into())
    }

    fn term(&self, key: TermKey) -> String {
        self.language.number(self.proposal.terms.value(key))
    }

    fn share(&self, key: TermKey) -> String {
        self.language.percent(self.proposal.terms.value(key))
    }

    fn recommended(&self) -> &'a Offer {
        self.proposal.offer(OfferKind::Recommended)
    }

    fn client(&self) -> &'a str {
        self.proposal.terms.client.as_deref().unwrap_or(BLANK)
    }

    fn provider(&self) -> &'a str {
        self.proposal.terms.provider.as_deref().unwrap_or(BLANK)
    }

    fn summary(&self) -> Vec<Block> {
        let (offer, day) = (self.recommended(), self.language.date(self.proposal.evidence.day));
        let parties = [("client", self.client()), ("provider", self.provider()), ("day", &day)];
        let every = if matches!(offer.days, 1 | 7) { say::EVERY_ONE } else { say::EVERY };
        let every = self.fill(
            every,
            &[
                ("interval", &self.duration(offer.days)),
                ("yearly", &self.amount(offer.yearly)),
                ("monthly", &self.amount(offer.monthly)),
                ("setup", &self.amount(offer.setup.amount)),
            ],
        );
        let revenue = offer.at_visit.revenue.map(|revenue| self.shop_amount(revenue));
        let phrase = if revenue.is_some() { say::IN_PEOPLE } else { say::IN_PEOPLE_ALONE };
        let mut people = self.fill(
            phrase,
            &[
                ("ari", &self.language.decimal(offer.at_visit.ari, 2)),
                ("share", &self.language.percent(offer.at_visit.share)),
                ("customers", &self.language.count(offer.at_visit.customers)),
                ("revenue", &revenue.unwrap_or_default()),
            ],
        );
        if let Some(day) = self.proposal.first_visit {
            let first = self.fill(say::FIRST_VISIT, &[("day", &self.language.date(day))]);
            people = format!("{people} {first}");
        }
        vec![
            Block::Paragraph(self.fill(say::PARTIES, &parties)),
            Block::Lead(every),
            Block::Paragraph(people),
        ]
    }

    fn scope(&self) -> Vec<Block> {
        let daily = [("new", &*self.language.count(self.recommended().new_customers))];
        let visit = |price: &VisitPrice| {
            let (hours, amount) = (self.language.number(price.hours.value()), price.amount);
            let months = self.term(TermKey::ResegmentationMonths);
            let values = [("hours", &*hours), ("price", &self.amount(amount)), ("months", &months)];
            self.fill(say::visit(price.visit), &values)
        };
        let mut items = vec![self.fill(say::SCOPE_DAILY, &daily)];
        items.extend(self.proposal.visits.iter().map(visit));
        items.push(self.say(say::SCOPE_MONITORING));
        vec![Block::Heading(self.say(say::SCOPE)), Block::Bullets(items)]
    }

    fn interval(&self) -> Vec<Block> {
        let (evidence, interval) = (&self.proposal.evidence, &self.proposal.interval);
        let offer = self.recommended();
        let rule = self.fill(
            say::RULE,
            &[
                ("threshold", &self.language.decimal(evidence.threshold, 2)),
                ("recency", &self.say(say::recency(evidence.recency))),
            ],
        );
        let days = self.duration(interval.days);
        let point = match interval.refresh_days {
            None => self.fill(
                say::REFRESH_BEYOND,
                &[("horizon", &self.duration(interval.horizon_days)), ("interval", &days)],
            ),
            Some(refresh) => {
                let refresh = self.duration(refresh);
                let mut values = vec![("refresh", refresh.as_str()), ("interval", &days)];
                let ends = self.ends(interval);
                match &ends {
                    None => self.fill(say::REFRESH_ALONE, &values),
                    Some([low, high]) => {
                        values.extend([("low", low.as_str()), ("high", high)]);
                        self.fill(say::REFRESH_POINT, &values)
                    }
                }
            }
        };
        let mut blocks = vec![
            Block::Heading(self.say(say::INTERVAL)),
            Block::Paragraph(rule),
            Block::Paragraph(point),
        ];
        if interval.low_days.is_some() {
            let priced = offer.triggered.unwrap_or_default();
            blocks.push(Block::Paragraph(self.fill(
                say::EARLY,
                &[
                    ("interval", &self.duration(offer.days)),
                    ("chance", &self.language.percent(offer.early_chance)),
                    ("fallen", &self.language.percent(self.proposal.evidence.refresh.fallen)),
                    ("visits", &self.language.decimal(offer.early_visits, 2)),
                    ("priced", &self.two(priced)),
                ],
            )));
        }
        blocks
    }

    /// The ends of the range of refits, if it is known.
    fn ends(&self, interval: &RefreshInterval) -> Option<[String; 2]> {
        interval.low_days.or(interval.high_days)?;
        let low = interval.low_days.map_or_else(|| "?".to_owned(), |days| self.duration(days));
        let beyond = || self.say(say::BEYOND_DATA);
        Some([low, interval.high_days.map_or_else(beyond, |days| self.duration(days))])
    }

    fn offers(&self) -> Vec<Block> {
        let offers = &self.proposal.offers;
        let each = |cell: &dyn Fn(&Offer) -> String| offers.each_ref().map(cell);
        let [recalibration, _] = self.proposal.visits;
        let triggered = |offer: &Offer| match offer.triggered {
            Some(n) => self.two(n),
            None => self.fill(say::ON_DEMAND, &[("price", &self.amount(recalibration.amount))]),
        };
        let total = |phrase, cells: [String; 3]| Row { is_total: true, ..self.row(phrase, cells) };
        let mut head = self.head([say::OFFER]);
        head.extend(OfferKind::ALL.map(|kind| self.say(say::offer(kind))));
        let part = |row: &dyn Fn(&Offer) -> Hundredths| each(&|offer| self.amount(row(offer)));
        let rows = vec![
            self.row(say::ROW_INTERVAL, each(&|offer| self.duration(offer.days))),
            self.row(say::ROW_RECALIBRATIONS, each(&|offer| self.two(offer.recalibrations))),
            self.row(say::ROW_RESEGMENTATIONS, each(&|offer| self.two(offer.resegmentations))),
            self.row(say::ROW_TRIGGERED, each(&triggered)),
            self.row(
                say::term(TermKey::MonitoringHours(OfferKind::Recommended)),
                each(&|offer| self.term(TermKey::MonitoringHours(offer.kind))),
            ),
            self.row(
                say::term(TermKey::Reviews),
                each(&|offer| match offer.kind {
                    OfferKind::Close => self.term(TermKey::Reviews),
                    _ => "0".to_owned(),
                }),
            ),
            self.row(say::ROW_ARI, each(&|offer| self.language.decimal(offer.at_visit.ari, 2))),
            self.row(say::ROW_MOVED, each(&|offer| self.language.count(offer.at_visit.customers))),
            self.row(say::ROW_EARLY, each(&|offer| self.language.percent(offer.early_chance))),
            total(say::ROW_YEARLY, part(&|offer| offer.yearly)),
            self.row(say::ROW_MONTHLY, part(&|offer| offer.monthly)),
            self.row(say::ROW_LAST_MONTH, part(&|offer| offer.last_month)),
            self.row(say::ROW_SETUP, part(&|offer| offer.setup.amount)),
            total(say::ROW_FIRST_YEAR, part(&|offer| offer.first_year)),
            self.row(
                say::ROW_STALENESS,
                each(&|offer| self.amount_if_known(offer.staleness.amount)),
            ),
            self.row(
                say::ROW_WITH_STALENESS,
                each(&|offer| self.amount_if_known(offer.with_staleness)),
            ),
            self.row(
                say::ROW_MESSAGES,
                each(&|offer| self.language.count(offer.staleness.messages)),
            ),
        ];
        let caption = self.say(say::OFFERS_TABLE);
        vec![
            Block::Heading(self.say(say::OFFERS)),
            Block::Table(Table { caption, head, rows, is_text: false }),
        ]
    }

    fn price(&self) -> Vec<Block> {
        vec![
            Block::Heading(self.say(say::PRICE)),
            self.price_table(self.recommended()),
            Block::Paragraph(self.say(say::AVERAGE_NOTE)),
        ]
    }

    fn other_prices(&self) -> Vec<Block> {
        let others = [OfferKind::Essential, OfferKind::Close].map(|kind| self.proposal.offer(kind));
        let mut blocks = vec![Block::Heading(self.say(say::OTHER_PRICES))];
        blocks.extend(others.map(|offer| self.price_table(offer)));
        blocks
    }

    fn price_table(&self, offer: &Offer) -> Block {
        let caption = self.fill(
            say::PRICE_TABLE,
            &[
                ("offer", &self.say(say::offer(offer.kind))),
                ("interval", &self.duration(offer.days)),
                ("rate", &self.amount(self.proposal.hourly_rate)),
                ("day", &self.amount(self.proposal.day_rate)),
            ],
        );
        let head = self.head([
            say::TASK,
            say::A_YEAR,
            say::HOURS_EACH,
            say::HOURS,
            say::RATE,
            say::AMOUNT,
        ]);
        let sum = |name: String, amount: Hundredths| {
            let mut cells = vec![String::new(); 6];
            cells[0] = name;
            cells[5] = self.amount(amount);
            Row::total(cells)
        };
        let mut rows = Vec::new();
        for &(part, amount) in &offer.parts {
            let of_part = || offer.lines.iter().filter(|line| line.part == part);
            rows.extend(of_part().map(|line| self.price_line(line)));
            if of_part().count() > 1 {
                let name = self.say(say::part(part));
                rows.push(sum(self.fill(say::SUBTOTAL, &[("part", &name)]), amount));
            }
        }
        rows.push(sum(self.say(say::ROW_YEARLY), offer.yearly));
        rows.push(self.price_line(&offer.setup));
        rows.push(sum(self.say(say::ROW_FIRST_YEAR), offer.first_year));
        Block::Table(Table { caption, head, rows, is_text: false })
    }

    fn price_line(&self, line: &PriceLine) -> Row {
        Row::new(vec![
            self.say(say::task(line.task)),
            self.two(line.quantity),
            self.two(line.hours_each),
            self.two(line.hours),
            self.amount(self.proposal.hourly_rate),
            self.amount(line.amount),
        ])
    }

    fn costs(&self) -> Vec<Block> {
        let Proposal { costs: all, terms, evidence, interval, .. } = self.proposal;
        let Some(optimum) = &self.proposal.optimum else {
            return vec![
                Block::Heading(self.say(say::COSTS)),
                Block::Paragraph(self.say(say::NO_COSTS)),
            ];
        };
        let weeks = |days: u32| f64::from(days) / 7.0;
        let xs: Vec<f64> = all.iter().map(|cost| weeks(cost.days)).collect();
        let values = |of: &dyn Fn(&IntervalCost) -> Option<Hundredths>| -> Vec<Option<f64>> {
            all.iter().map(|cost| of(cost).map(Hundredths::value)).collect()
        };
        let visits = values(&|cost| Some(cost.planned + cost.triggered));
        let staleness = values(&|cost| cost.staleness.amount);
        let total = values(&|cost| Some(cost.total));
        let currency = self.proposal.currency();
        let number = |x: f64| self.language.number(x);
        let names =
            [say::COSTS_VISITS, say::COSTS_STALENESS, say::COSTS_TOTAL].map(|name| self.say(name));
        let horizon = evidence.horizon_days();
        let svg = costs(&Costs {
            title: &self.fill(say::COSTS_TITLE, &[("currency", currency.symbol())]),
            axis: &self.say(say::COSTS_AXIS),
            xs: &xs,
            curves: [
                Curve { name: &names[0], class: "a", values: &visits },
                Curve { name: &names[1], class: "b", values: &staleness },
                Curve { name: &names[2], class: "c", values: &total },
            ],
            marked: (weeks(interval.days), &self.say(say::COSTS_RECOMMENDED)),
            lowest: (weeks(optimum.days), &self.say(say::COSTS_LOWEST)),
            beyond: (horizon / 7.0, &self.say(say::COSTS_BEYOND)),
            top: 3.0 * optimum.total.value().max(self.cost_of_recommended()),
            number: &number,
        });
        let at = |factor: f64| {
            let found = self.proposal.optimum_if.iter().find(|&&(own, _)| own == factor);
            self.duration(found.map_or(optimum.days, |&(_, days)| days))
        };
        let caption = self.fill(
            say::COSTS_CAPTION,
            &[
                ("optimum", &self.duration(optimum.days)),
                ("total", &self.amount(optimum.total)),
                ("half", &at(0.5)),
                ("twice", &at(2.0)),
            ],
        );
        let formula = self.fill(
            say::LOSS_FORMULA,
            &[
                ("revenue", &self.revenue()),
                ("campaigns", &self.share(TermKey::CampaignShare)),
                ("loss", &self.share(TermKey::Loss)),
                ("exchange", &self.term(TermKey::Exchange)),
                ("shop", terms.shop_currency().code()),
                ("contract", currency.code()),
            ],
        );
        let mut blocks = vec![
            Block::Heading(self.say(say::COSTS)),
            Block::Figure(svg, caption),
            Block::Paragraph(formula),
        ];
        if all.iter().any(|cost| cost.staleness.extrapolated) {
            let horizon = self.duration(horizon);
            blocks.push(Block::Paragraph(self.fill(say::EXTRAPOLATED, &[("horizon", &horizon)])));
        }
        blocks
    }

    /// What the recommended interval costs, as far as that depends on it.
    fn cost_of_recommended(&self) -> f64 {
        let Proposal { costs, interval, .. } = self.proposal;
        let own = costs.iter().find(|cost| cost.days == interval.days);
        own.map_or(0.0, |cost| cost.total.value())
    }

    fn costs_data(&self) -> Vec<Block> {
        if self.proposal.costs.is_empty() {
            return Vec::new();
        }
        let head = self.head([
            say::COL_INTERVAL,
            say::COL_VISITS,
            say::COL_PLANNED,
            say::COL_TRIGGERED,
            say::COL_MOVED_REVENUE,
            say::COL_LOSS,
            say::TOTAL,
        ]);
        let rows = self.proposal.costs.iter().map(|cost| {
            let mark = match cost.days {
                days if days == self.proposal.interval.days => " ●",
                _ if cost.staleness.extrapolated => " *",
                _ => "",
            };
            Row::new(vec![
                format!("{}{mark}", self.duration(cost.days)),
                self.two(cost.visits),
                self.amount(cost.planned),
                self.amount(cost.triggered),
                cost.staleness
                    .mean_moved_revenue_share
                    .map_or_else(|| self.say(say::UNKNOWN), |share| self.language.percent(share)),
                self.amount_if_known(cost.staleness.amount),
                self.amount(cost.total),
            ])
        });
        let title = self.fill(say::COSTS_TITLE, &[("currency", self.proposal.currency().symbol())]);
        let caption = format!(
            "{title}; ● {}, * {}",
            self.say(say::COSTS_RECOMMENDED),
            self.say(say::COSTS_BEYOND)
        );
        vec![
            Block::Heading(self.say(say::COSTS_DATA)),
            Block::Table(Table { caption, head, rows: rows.collect(), is_text: false }),
        ]
    }

    fn sensitivity(&self) -> Vec<Block> {
        let Proposal { sensitivity, evidence, .. } = self.proposal;
        if sensitivity.is_empty() {
            return Vec::new();
        }
        let head = self.head([
            say::COL_RECENCY,
            say::COL_THRESHOLD,
            say::COL_INTERVAL,
            say::COL_RANGE,
            say::COL_VISITS,
            say::ROW_YEARLY,
            say::COL_LOSS,
        ]);
        let rows = sensitivity.iter().map(|row| {
            let is_in_use = row.recency == evidence.recency && row.threshold == evidence.threshold;
            let mark = if is_in_use { " ●" } else { "" };
            let days = self.duration(row.interval.days);
            let range = self
                .ends(&row.interval)
                .map(|[low, high]| self.fill(say::FROM_TO, &[("low", &low), ("high", &high)]));
            Row::new(vec![
                format!("{}{mark}", self.say(say::recency(row.recency))),
                self.language.decimal(row.threshold, 2),
                match row.interval.at_least {
                    true => self.fill(say::AT_LEAST, &[("interval", &days)]),
                    false => days,
                },
                range.unwrap_or_else(|| self.say(say::UNKNOWN)),
                self.two(row.visits),
                self.amount(row.yearly),
                self.amount_if_known(row.staleness),
            ])
        });
        let caption = self.say(say::SENSITIVITY_TABLE);
        let mut blocks = vec![
            Block::Heading(self.say(say::SENSITIVITY)),
            Block::Table(Table { caption, head, rows: rows.collect(), is_text: false }),
        ];
        if sensitivity.iter().any(|row| row.recency != evidence.recency) {
            blocks.push(Block::Paragraph(self.say(say::FEWER_REFITS)));
        }
        blocks
    }

    fn triggers(&self) -> Vec<Block> {
        let triggers = &self.proposal.triggers;
        let items = vec![
            self.fill(
                say::TRIGGER_PSI,
                &[
                    ("act", &self.language.decimal(triggers.psi, 2)),
                    ("watch", &self.language.decimal(triggers.psi_watch, 2)),
                ],
            ),
            self.fill(say::TRIGGER_ARI, &[("threshold", &self.language.decimal(triggers.ari, 2))]),
            self.fill(
                say::TRIGGER_FAR,
                &[
                    ("share", &self.language.percent(triggers.far_share)),
                    ("usual", &self.language.percent(triggers.usual_far_share)),
                ],
            ),
            self.say(say::TRIGGER_CLIENT),
        ];
        vec![Block::Heading(self.say(say::TRIGGERS)), Block::Bullets(items)]
    }

    fn service(&self) -> Vec<Block> {
        let mut head = self.head([say::SERVICE_LEVEL]);
        head.extend(OfferKind::ALL.map(|kind| self.say(say::offer(kind))));
        head.push(self.say(say::MEASURED));
        let row = |level: Phrase, measured: Phrase, cells: [String; 3]| {
            let mut row = self.row(level, cells);
            row.cells.push(self.say(measured));
            row
        };
        let each = |key: fn(OfferKind) -> TermKey| OfferKind::ALL.map(|kind| self.term(key(kind)));
        let on_time = self.share(TermKey::OnTimeShare);
        let rows = vec![
            row(say::SERVICE_RESPONSE, say::MEASURED_RESPONSE, each(TermKey::ResponseHours)),
            row(say::SERVICE_TRIGGERED, say::MEASURED_TRIGGERED, each(TermKey::TriggeredDays)),
            row(say::SERVICE_DELIVERY, say::MEASURED_DELIVERY, each(TermKey::DeliveryDays)),
            row(say::SERVICE_ON_TIME, say::MEASURED_ON_TIME, [(); 3].map(|()| on_time.clone())),
        ];
        let caption = self.say(say::SERVICE_TABLE);
        let credit =
            [("credit", &*self.share(TermKey::Credit)), ("most", &self.share(TermKey::CreditMost))];
        vec![
            Block::Heading(self.say(say::SERVICE)),
            Block::Table(Table { caption, head, rows, is_text: true }),
            Block::Paragraph(self.fill(say::SERVICE_CREDIT, &credit)),
        ]
    }

    fn excluded(&self) -> Vec<Block> {
        let [recalibration, _] = self.proposal.visits;
        let price = [("price", &*self.amount(recalibration.amount))];
        let items = say::EXCLUDED_ITEMS.map(|item| self.fill(item, &price)).to_vec();
        vec![Block::Heading(self.say(say::EXCLUDED)), Block::Bullets(items)]
    }

    /// What speaks against taking the numbers for sure.
    fn before_signing(&self) -> Vec<Block> {
        let evidence = &self.proposal.evidence;
        let mut items = Vec::new();
        if self.proposal.interval.low_days.is_some() {
            items.push(self.range_note());
        }
        if self.is_extrapolated() {
            let days = evidence.observed_days.to_string();
            items.push(self.fill(say::YEAR_EXTRAPOLATED, &[("days", &days)]));
        }
        if evidence.revenue_per_year.is_none() {
            items.push(self.say(say::NO_COSTS));
        }
        let mut blocks = Vec::new();
        if !items.is_empty() || !evidence.doubts.is_empty() {
            blocks.push(Block::Heading(self.say(say::BEFORE_SIGNING)));
        }
        if !items.is_empty() {
            blocks.push(Block::Bullets(items));
        }
        if !evidence.doubts.is_empty() {
            blocks.push(Block::Paragraph(self.say(say::DOUBTS)));
            blocks.push(Block::Bullets(evidence.doubts.clone()));
        }
        blocks
    }

    /// What the range of refits says, and what it does not.
    fn range_note(&self) -> String {
        match self.proposal.evidence.n_origins {
            0 | 1 => self.say(say::RANGE_OF_ONE_DATE),
            n => self.fill(say::RANGE_OF_DATES, &[("n", &n.to_string())]),
        }
    }

    /// Whether amounts of a year come from a shorter history.
    fn is_extrapolated(&self) -> bool {
        self.proposal.evidence.observed_days < 365
    }

    fn validity(&self) -> Vec<Block> {
        let days = self.term(TermKey::ValidityDays);
        let valid = match (self.proposal.terms.issued, self.proposal.valid_until) {
            (Some(issued), Some(until)) => {
                let [issued, until] = [issued, until].map(|day| self.language.date(day));
                let values = [("issued", &*issued), ("days", &days), ("until", &until)];
                self.fill(say::VALID_UNTIL, &values)
            }
            _ => self.fill(say::VALID_DAYS, &[("days", &days)]),
        };
        let contract = [
            ("months", &*self.term(TermKey::TermMonths)),
            ("notice", &self.term(TermKey::NoticeMonths)),
        ];
        let offers = OfferKind::ALL.map(|kind| (kind.name(), self.say(say::offer(kind))));
        let offers = offers.each_ref().map(|(name, text)| (*name, text.as_str()));
        vec![
            Block::Heading(self.say(say::VALIDITY)),
            Block::Bullets(vec![
                valid,
                self.fill(say::CONTRACT, &contract),
                self.say(say::REVIEWED),
            ]),
            Block::Paragraph(self.fill(say::CHOICE, &offers)),
            Block::Signatures(
                vec![
                    self.fill(say::CLIENT, &[("name", self.client())]),
                    self.fill(say::PROVIDER, &[("name", self.provider())]),
                ],
                self.say(say::SIGN),
            ),
        ]
    }

    fn assumptions(&self) -> Vec<Block> {
        let evidence = &self.proposal.evidence;
        let phrase =
            if self.is_extrapolated() { say::EVIDENCE_EXTRAPOLATED } else { say::EVIDENCE };
        let measured = self.fill(
            phrase,
            &[
                ("days", &evidence.observed_days.to_string()),
                ("customers", &self.language.count(evidence.n_customers)),
                ("day", &self.language.date(evidence.day)),
                ("revenue", &self.revenue()),
                ("new", &self.language.decimal(evidence.new_customers_per_year, 0)),
            ],
        );
        let rows = self.proposal.terms.all().iter().map(|term| {
            let is_given = matches!(term.source, TermSource::File(_));
            let mark = if is_given { " ●" } else { "" };
            let mut name = self.say(say::term(term.key));
            if let Some(kind) = say::term_offer(term.key) {
                name += &format!(" ({})", self.say(say::offer(kind)));
            }
            let value = match term.key {
                TermKey::CampaignShare
                | TermKey::Loss
                | TermKey::OnTimeShare
                | TermKey::Credit
                | TermKey::CreditMost => self.language.percent(term.value),
                TermKey::DayRate => self.amount(self.proposal.day_rate),
                _ => self.language.number(term.value),
            };
            let source = say::source(&term.source)
                .map_or_else(|| term.source.text().to_owned(), |phrase| self.say(phrase));
            Row::new(vec![format!("{name}{mark}"), value, source, term.key.name().to_owned()])
        });
        let table = Table {
            caption: self.say(say::ASSUMPTIONS_TABLE),
            head: self.head([say::ASSUMPTION, say::VALUE, say::SOURCE, say::KEY]),
            rows: rows.collect(),
            is_text: true,
        };
        vec![
            Block::Heading(self.say(say::ASSUMPTIONS)),
            Block::Paragraph(measured),
            Block::Table(table),
        ]
    }
}
