//! Names that people gave to segments, and whether they still are of the same people.

use crate::model::Model;

/// The name of a segment, and whom it was given to.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The persistent id of the segment.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// The segment's centre when it was named, by column, in the columns' units.
    pub member: Vec<(String, f64)>,
}

impl Named {
    /// The segment at `place` of `model`, as it is.
    pub fn of(model: &Model, place: usize, name: String) -> Self {
        let names = model.prepare().columns().iter().map(|column| column.name.clone());
        let member = names.zip(model.center_in_original_units(place)).collect();
        Self { id: model.segments()[place].id, name, member }
    }

    /// Whether the name can be used for the segment of `model` with its id.
    pub fn standing(&self, model: &Model) -> Standing {
        let Some(place) = model.index_of(self.id) else { return Standing::Gone };
        let columns = model.prepare().columns();
        let coordinate = |column: &crate::prepare::FittedColumn| {
            let found = self.member.iter().find(|(name, _)| *name == column.name);
            // A value that the transform does not take is nowhere.
            found.map(|&(_, x)| column.forward(x)).filter(|z| z.is_finite())
        };
        let Some(member) = columns.iter().map(coordinate).collect::<Option<Vec<f64>>>() else {
            return Standing::Unknown;
        };
        let distance = |center: &[f64]| {
            center.iter().zip(&member).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
        };
        let centers: Vec<&[f64]> = model.centers().chunks(columns.len()).collect();
        let own = distance(centers[place]);
        let nearer = (0..centers.len())
            .filter(|&other| distance(centers[other]) < own)
            .min_by(|&a, &b| distance(centers[a]).total_cmp(&distance(centers[b])));
        match nearer {
            Some(other) => Standing::Elsewhere(model.segments()[other].id),
            None => Standing::Holds,
        }
    }
}

/// What became of a name.
///
/// Ids are given anew by every fit that does not carry on an older model, so an id alone does not say
/// who is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody else is more like those who were named: it can be used.
    Holds,
    /// Those who were named are more like the segment with this id now.
    Elsewhere(u32),
    /// The model has other columns, so that it cannot be told.
    Unknown,
    /// The model has no segment of this id.
    Gone,
}
