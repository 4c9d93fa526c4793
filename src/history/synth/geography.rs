//! States, zip codes and the points in them.
//!
//! States are Brazil's, with their capitals' coordinates and the ranges of their zip codes. Cities
//! are invented.

use super::draw::{chance, exponential, one_of, pick};
use super::marginals::{
    FEWEST_PLACES_PER_ZIP, MOST_ZIPS, ORDERS, ORDERS_PER_ZIP, OUTSIDE, PLACES_PER_ZIP,
    REPEATED_PLACES, WITHOUT_PLACE,
};
use super::rows::SynthPlace;
use crate::history::PlaceRow;
use crate::history::places::Place;
use crate::seed::{Purpose, Seed, Stream};

/// A state of Brazil.
struct State {
    name: &'static str,
    /// Published: orders of its customers, and its sellers.
    customers: f64,
    sellers: f64,
    /// First and last prefix of its zip codes, without those of further ranges.
    zips: (u32, u32),
    /// Of the capital, in degrees.
    capital: (f64, f64),
    /// How much longer an order takes, as a logarithm; assumed, by the distance to most sellers.
    farther: f64,
}

const fn state(
    name: &'static str,
    (customers, sellers): (f64, f64),
    zips: (u32, u32),
    capital: (f64, f64),
    farther: f64,
) -> State {
    State { name, customers, sellers, zips, capital, farther }
}

const STATES: [State; 27] = [
    state("SP", (41_746.0, 1_849.0), (1_000, 19_999), (-23.55, -46.63), -0.22),
    state("RJ", (12_852.0, 171.0), (20_000, 28_999), (-22.91, -43.20), 0.15),
    state("MG", (11_635.0, 244.0), (30_000, 39_999), (-19.92, -43.94), 0.05),
    state("RS", (5_466.0, 129.0), (90_000, 99_999), (-30.03, -51.23), 0.20),
    state("PR", (5_045.0, 349.0), (80_000, 87_999), (-25.43, -49.27), 0.03),
    state("SC", (3_637.0, 190.0), (88_000, 89_999), (-27.60, -48.55), 0.18),
    state("BA", (3_380.0, 19.0), (40_000, 48_999), (-12.97, -38.50), 0.42),
    state("DF", (2_140.0, 30.0), (70_000, 72_799), (-15.79, -47.88), 0.12),
    state("ES", (2_033.0, 23.0), (29_000, 29_999), (-20.32, -40.34), 0.25),
    state("GO", (2_020.0, 40.0), (73_700, 76_799), (-16.68, -49.25), 0.22),
    state("PE", (1_652.0, 9.0), (50_000, 56_999), (-8.05, -34.88), 0.40),
    state("CE", (1_336.0, 13.0), (60_000, 63_999), (-3.72, -38.54), 0.55),
    state("PA", (975.0, 1.0), (66_000, 68_899), (-1.46, -48.50), 0.65),
    state("MT", (907.0, 4.0), (78_000, 78_899), (-15.60, -56.10), 0.35),
    state("MA", (747.0, 1.0), (65_000, 65_999), (-2.53, -44.30), 0.55),
    state("MS", (715.0, 5.0), (79_000, 79_999), (-20.44, -54.65), 0.22),
    state("PB", (536.0, 6.0), (58_000, 58_999), (-7.12, -34.86), 0.50),
    state("PI", (495.0, 1.0), (64_000, 64_999), (-5.09, -42.80), 0.48),
    state("RN", (485.0, 5.0), (59_000, 59_999), (-5.79, -35.21), 0.48),
    state("AL", (413.0, 1.0), (57_000, 57_999), (-9.67, -35.74), 0.65),
    state("SE", (350.0, 2.0), (49_000, 49_999), (-10.91, -37.07), 0.55),
    state("TO", (280.0, 1.0), (77_000, 77_999), (-10.18, -48.33), 0.40),
    state("RO", (253.0, 2.0), (76_800, 76_999), (-8.76, -63.90), 0.50),
    state("AM", (148.0, 1.0), (69_000, 69_299), (-3.12, -60.02), 0.80),
    state("AC", (81.0, 1.0), (69_900, 69_999), (-9.97, -67.81), 0.55),
    state("AP", (68.0, 1.0), (68_900, 68_999), (0.03, -51.07), 0.85),
    state("RR", (46.0, 1.0), (69_300, 69_399), (2.82, -60.67), 0.90),
];

/// Points outside Brazil, which a mistaken search for an address gives.
const ABROAD: [(f64, f64); 3] = [(38.72, -9.14), (41.15, -8.61), (-34.60, -58.38)];

/// Which zip codes there are, and where.
#[derive(Clone, Debug)]
pub(super) struct Geography {
    seed: Seed,
    /// Per state: where its zip codes begin, and at the end how many there are in all.
    starts: Vec<u64>,
    customers: Vec<f64>,
    sellers: Vec<f64>,
    /// Per state, with a mean of 0 over the orders.
    farther: Vec<f64>,
    /// The variance of that.
    farther_variance: f64,
    places_per_zip: f64,
}

/// A zip code.
pub(super) struct Zip {
    pub(super) prefix: u32,
    pub(super) state: usize,
    city: u64,
    stream: Stream,
}

impl Zip {
    pub(super) fn state_name(&self) -> &'static str {
        STATES[self.state].name
    }

    pub(super) fn city(&self) -> String {
        city(self.city, false)
    }
}

impl Geography {
    pub(super) fn new(seed: Seed, orders: u64) -> Self {
        let n_zips = (orders / ORDERS_PER_ZIP).min(MOST_ZIPS) as f64;
        let all: f64 = STATES.iter().map(|state| state.customers).sum();
        let mut starts = vec![0];
        let mut next = 0;
        for state in &STATES {
            let room = state.zips.1 - state.zips.0 + 1;
            let n = (state.customers / all * n_zips).round().clamp(1.0, f64::from(room));
            next += n as u64;
            starts.push(next);
        }
        let mean = STATES.iter().map(|s| s.customers / all * s.farther).sum::<f64>();
        let farther: Vec<_> = STATES.iter().map(|s| s.farther - mean).collect();
        let farther_variance =
            STATES.iter().zip(&farther).map(|(s, x)| s.customers / all * x * x).sum();
        let of_orders = PLACES_PER_ZIP * orders as f64 / ORDERS;
        Self {
            seed,
            starts,
            customers: STATES.iter().map(|state| state.customers).collect(),
            sellers: STATES.iter().map(|state| state.sellers).collect(),
            farther,
            farther_variance,
            places_per_zip: of_orders.clamp(FEWEST_PLACES_PER_ZIP, PLACES_PER_ZIP),
        }
    }

    pub(super) fn n_zips(&self) -> u64 {
        self.starts[STATES.len()]
    }

    /// The state of a customer.
    pub(super) fn draw_customer(&self, stream: &mut Stream) -> usize {
        pick(stream, &self.customers)
    }

    /// The state of a seller.
    pub(super) fn draw_seller(&self, stream: &mut Stream) -> usize {
        pick(stream, &self.sellers)
    }

    /// How much longer than the mean an order to this state takes, as a logarithm.
    pub(super) fn farther(&self, state: usize) -> f64 {
        self.farther[state]
    }

    pub(super) fn farther_variance(&self) -> f64 {
        self.farther_variance
    }

    /// The zip code of a state at `spot`, from 0 to 1: the same person stays in the same part of
    /// the state however many zip codes it has.
    pub(super) fn zip_at(&self, state: usize, spot: f64) -> Zip {
        let n = self.starts[state + 1] - self.starts[state];
        self.zip_of(state, (spot * n as f64) as u64)
    }

    /// The points of the zip code number `index`.
    pub(super) fn places(&self, index: u64) -> Vec<SynthPlace> {
        let state = self.starts.partition_point(|&start| start <= index) - 1;
        let zip = self.zip_of(state, index - self.starts[state]);
        let mut stream = zip.stream;
        if chance(&mut stream, WITHOUT_PLACE) {
            return Vec::new();
        }
        let more = self.places_per_zip - 1.0;
        let repeated = REPEATED_PLACES * self.places_per_zip / more;
        let n = 1 + exponential(&mut stream, more).round() as usize;
        let centre = centre(state, &mut stream);
        let mut places: Vec<SynthPlace> = Vec::with_capacity(n);
        for _ in 0..n {
            let again = chance(&mut stream, repeated);
            if let Some(last) = places.last().filter(|_| again) {
                places.push(last.clone());
                continue;
            }
            let place = if chance(&mut stream, OUTSIDE) {
                let (latitude, longitude) = one_of(&mut stream, &ABROAD);
                Place { latitude, longitude }
            } else {
                near(centre, 0.008, &mut stream)
            };
            let accents = chance(&mut stream, 0.15);
            places.push(SynthPlace {
                row: PlaceRow {
                    zip: zip.prefix,
                    latitude: place.latitude,
                    longitude: place.longitude,
                },
                city: city(zip.city, accents),
                state: STATES[state].name,
            });
        }
        places
    }

    /// The zip code number `nth` of a state.
    fn zip_of(&self, state: usize, nth: u64) -> Zip {
        let n = self.starts[state + 1] - self.starts[state];
        let mut stream = self.seed.stream(Purpose::SyntheticPlace, self.starts[state] + nth);
        let (first, last) = STATES[state].zips;
        let room = u64::from(last - first + 1);
        // Each has a part of the range for itself, so that all differ.
        let (from, to) = (room * nth / n, room * (nth + 1) / n);
        let prefix = first + (from + stream.below((to - from) as usize) as u64) as u32;
        // Three in ten zip codes of a state are in its largest city, four each in the others.
        let largest = n * 3 / 10;
        let group = if nth <= largest { 0 } else { 1 + (nth - largest - 1) / 4 };
        let city = state as u64 + STATES.len() as u64 * group;
        Zip { prefix, state, city, stream }
    }
}

/// Where a zip code of a state is: around the capital, but in Brazil.
fn centre(state: usize, stream: &mut Stream) -> Place {
    let (latitude, longitude) = STATES[state].capital;
    let capital = Place { latitude, longitude };
    let place = near(capital, if chance(stream, 0.4) { 0.1 } else { 1.2 }, stream);
    if place.is_in_brazil() { place } else { capital }
}

/// A point some degrees from another, to about a metre.
fn near(place: Place, degrees: f64, stream: &mut Stream) -> Place {
    const PARTS: f64 = 1e5;
    let mut moved = |x: f64| ((x + degrees * stream.normal()) * PARTS).round() / PARTS;
    Place { latitude: moved(place.latitude), longitude: moved(place.longitude) }
}

/// An invented name for the city number `number`.
fn city(number: u64, accents: bool) -> String {
    const FIRST: [(&str, &str); 9] = [
        ("vila", "vila"),
        ("sao", "são"),
        ("porto", "porto"),
        ("nova", "nova"),
        ("agua", "água"),
        ("campo", "campo"),
        ("monte", "monte"),
        ("lagoa", "lagoa"),
        ("serra", "serra"),
    ];
    const SECOND: [(&str, &str); 20] = [
        ("aurora", "aurora"),
        ("capivari", "capivari"),
        ("florencio", "florêncio"),
        ("jacui", "jacuí"),
        ("mandacaru", "mandacaru"),
        ("ipe", "ipê"),
        ("sabia", "sabiá"),
        ("tupi", "tupi"),
        ("umbu", "umbu"),
        ("acai", "açaí"),
        ("buriti", "buriti"),
        ("cajueiro", "cajueiro"),
        ("gaivota", "gaivota"),
        ("jasmim", "jasmim"),
        ("lirio", "lírio"),
        ("maraca", "maracá"),
        ("ouricuri", "ouricuri"),
        ("pitanga", "pitanga"),
        ("tamandua", "tamanduá"),
        ("violeta", "violeta"),
    ];
    const THIRD: [&str; 7] =
        ["", " do norte", " do sul", " da serra", " do vale", " velha", " das pedras"];
    let digit = |of: u64, base: usize| (of % base as u64) as usize;
    let (first, rest) = (FIRST[digit(number, FIRST.len())], number / FIRST.len() as u64);
    let (second, rest) = (SECOND[digit(rest, SECOND.len())], rest / SECOND.len() as u64);
    let third = THIRD[digit(rest, THIRD.len())];
    if accents {
        format!("{} {}{third}", first.1, second.1)
    } else {
        format!("{} {}{third}", first.0, second.0)
    }
}
