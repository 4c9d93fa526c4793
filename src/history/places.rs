//! Where zip codes lie, and how far apart.

/// A point on the globe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// Degrees north.
    pub(super) latitude: f64,
    /// Degrees east.
    pub(super) longitude: f64,
}

impl Place {
    /// Whether it lies in the box that holds Brazil, without its farthest islands.
    pub(super) fn is_in_brazil(self) -> bool {
        (-33.76..=5.28).contains(&self.latitude) && (-73.99..=-34.79).contains(&self.longitude)
    }

    /// Whole metres to `other` along a great circle of a sphere of the earth's mean radius (haversine).
    pub(super) fn metres_to(self, other: Self) -> u32 {
        const MEAN_RADIUS: f64 = 6_371_000.0;
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_sine = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let chord = half_sine(other.latitude - self.latitude)
            + a.cos() * b.cos() * half_sine(other.longitude - self.longitude);
        (2.0 * MEAN_RADIUS * chord.sqrt().min(1.0).asin()).round() as u32
    }
}

/// The median latitude and the median longitude of some points.
pub(super) fn median_place(points: &[Place]) -> Place {
    let median = |coordinate: fn(&Place) -> f64| {
        let mut values: Vec<f64> = points.iter().map(coordinate).collect();
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len();
        0.5 * values[(n - 1) / 2] + 0.5 * values[n / 2]
    };
    Place { latitude: median(|p| p.latitude), longitude: median(|p| p.longitude) }
}

/// How many of some points are at the place of another one.
pub(super) fn n_repeated(points: &[Place]) -> u64 {
    let mut places: Vec<(u64, u64)> =
        points.iter().map(|p| (p.latitude.to_bits(), p.longitude.to_bits())).collect();
    places.sort_unstable();
    places.dedup();
    (points.len() - places.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAO_PAULO: Place = Place { latitude: -23.5505, longitude: -46.6333 };
    const RIO: Place = Place { latitude: -22.9068, longitude: -43.1729 };

    #[test]
    fn distances_are_those_of_the_map() {
        let km = f64::from(SAO_PAULO.metres_to(RIO)) / 1000.0;
        assert!((km - 361.0).abs() < 1.0, "{km}");
        assert_eq!(RIO.metres_to(RIO), 0);
        let lisbon = Place { latitude: 38.72, longitude: -9.14 };
        assert!(RIO.is_in_brazil() && !lisbon.is_in_brazil());
    }

    #[test]
    fn a_far_point_does_not_move_the_median() {
        let far = Place { latitude: 0.0, longitude: -60.0 };
        assert_eq!(median_place(&[RIO, far, RIO]), RIO);
        assert_eq!(n_repeated(&[RIO, far, RIO]), 1);
    }
}
