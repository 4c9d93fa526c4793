//! Names of segments, and where the people are whom they were given to.

use crate::model::Model;

/// The name of a segment, and whom it is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The persistent id of the segment.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// What the profile suggested; `None` where it was not asked.
    pub suggested: Option<String>,
    /// The segment's centre, by column, in the columns' units; empty where nobody said whom the name is of.
    pub member: Vec<(String, f64)>,
}

impl Named {
    /// The segment at `place` of `model`, as it is.
    pub fn of(model: &Model, place: usize, name: String, suggested: Option<String>) -> Self {
        let names = model.prepare().columns().iter().map(|column| column.name.clone());
        let member = names.zip(model.center_in_original_units(place)).collect();
        Self { id: model.segments()[place].id, name, suggested, member }
    }

    /// Whether people gave it, rather than the profile.
    pub fn is_given(&self) -> bool {
        self.suggested.as_ref() != Some(&self.name)
    }

    /// The member in the space of the model, if it has a place there.
    fn prepared(&self, model: &Model) -> Option<Vec<f64>> {
        let coordinate = |column: &crate::prepare::FittedColumn| {
            let found = self.member.iter().find(|(name, _)| *name == column.name);
            // A value that the transform does not take is nowhere.
            found.map(|&(_, x)| column.forward(x)).filter(|z| z.is_finite())
        };
        model.prepare().columns().iter().map(coordinate).collect()
    }
}

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The segment at this place is of those who were named.
    Holds(usize),
    /// Nobody said who was named: it may be the segment at this place, by its id.
    Untold(usize),
    /// No segment is of those who were named, and of them alone; most like them is the one at this place.
    Lost(usize),
    /// The model has other columns, or no segment of the id of a name without a member: nobody can tell.
    Unknown,
}

/// What became of each of the names, which are those of one earlier model; `since` names the segments of a
/// later one, if there was any.
///
/// Ids are given anew by every fit that does not carry on an older model, so an id does not say who is
/// meant. A segment is of those who were named if its centre and their member are each other's nearest,
/// among all centres and all members, and no other of the names has it as the nearest centre: where a
/// segment took in others, what it is called is to be thought over.
pub fn standings(names: &[Named], since: &[Named], model: &Model) -> Vec<Standing> {
    let prepared = |named: &Named| named.prepared(model);
    let members: Vec<Option<Vec<f64>>> = names.iter().map(prepared).collect();
    let later: Vec<Vec<f64>> = since.iter().filter_map(prepared).collect();
    let d = model.prepare().columns().len();
    let centers: Vec<&[f64]> = model.centers().chunks(d).collect();
    let distance =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let nearest: Vec<Option<usize>> = members
        .iter()
        .map(|member| {
            let member = member.as_deref()?;
            let to = |place: &usize| distance(centers[*place], member);
            (0..centers.len()).min_by(|a, b| to(a).total_cmp(&to(b)))
        })
        .collect();
    let standing = |(at, named): (usize, &Named)| {
        if named.member.is_empty() {
            return model.index_of(named.id).map_or(Standing::Unknown, Standing::Untold);
        }
        let (Some(place), Some(member)) = (nearest[at], members[at].as_deref()) else {
            return Standing::Unknown;
        };
        let own = distance(centers[place], member);
        let is_alone = nearest.iter().filter(|other| **other == Some(place)).count() == 1;
        let mut others = members.iter().flatten().chain(&later);
        if is_alone && !others.any(|other| distance(centers[place], other) < own) {
            Standing::Holds(place)
        } else {
            Standing::Lost(place)
        }
    };
    names.iter().enumerate().map(standing).collect()
}
