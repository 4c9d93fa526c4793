//! The spaces that are compared: sets of columns, each with every transform and scale.

use super::super::args::{self, SelectArgs};
use crate::error::{Error, Result};
use crate::prepare::{Scale, Transform};
use crate::table::{Column, FeatureTable};

/// A set of columns with a way to prepare them.
#[derive(PartialEq)]
pub(super) struct Space {
    /// What tells it from the others; empty if there is one only.
    pub(super) name: String,
    /// `None` for all that were read.
    columns: Option<Vec<String>>,
    /// `None` for those that the file recommends.
    pub(super) transforms: Option<Vec<(String, Transform)>>,
    /// `None` for what the file recommends.
    pub(super) scale: Option<Scale>,
}

impl Space {
    /// Every set with every transform and scale that was asked for.
    pub(super) fn all(args: &SelectArgs) -> Result<Vec<Self>> {
        let sets: Vec<(String, Option<Vec<String>>)> = if args.sets.is_empty() {
            vec![(String::new(), None)]
        } else {
            let sets: Result<Vec<_>> = args.sets.iter().map(|set| named_set(set)).collect();
            sets?
        };
        let transforms: Vec<&[String]> =
            if args.transform.is_empty() { vec![&[]] } else { args.transform.chunks(1).collect() };
        let mut scales: Vec<Option<Scale>> = Vec::new();
        for &scale in &args.scale {
            if !scales.contains(&Some(scale)) {
                scales.push(Some(scale));
            }
        }
        if scales.is_empty() {
            scales.push(None);
        }
        let mut spaces = Vec::new();
        for (set, columns) in &sets {
            for transform in &transforms {
                for &scale in &scales {
                    let mut used = args::given_transforms(transform)?;
                    if let (Some(used), Some(columns)) = (&mut used, columns) {
                        used.retain(|(column, _)| columns.contains(column));
                    }
                    let mut parts = Vec::new();
                    parts.extend((!set.is_empty()).then(|| set.clone()));
                    if transforms.len() > 1 {
                        parts.extend(used.as_ref().map(|used| written(used)));
                    }
                    if scales.len() > 1 {
                        parts.extend(scale.map(|scale| scale.name().to_owned()));
                    }
                    let space = Self {
                        name: parts.join(" · "),
                        columns: columns.clone(),
                        transforms: used,
                        scale,
                    };
                    // Transforms that differ in columns of other sets only.
                    if !spaces.contains(&space) {
                        spaces.push(space);
                    }
                }
            }
        }
        check_names(&spaces)?;
        check_transforms(args, &sets)?;
        Ok(spaces)
    }

    /// The columns of all spaces, each once; `None` if one of them has all columns.
    pub(super) fn columns_of_all(spaces: &[Self]) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        for space in spaces {
            for name in space.columns.as_ref()? {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        Some(names)
    }

    /// The columns of this space.
    pub(super) fn table(&self, input: &FeatureTable) -> Result<FeatureTable> {
        let Some(columns) = &self.columns else { return Ok(input.clone()) };
        let find = |name: &String| {
            let found = input.columns().iter().find(|column| column.name() == name);
            found.cloned().ok_or_else(|| Error::data("no such column").in_column(name))
        };
        let columns: Result<Vec<Column>> = columns.iter().map(find).collect();
        input.with_columns(columns?)
    }
}

/// Transforms as they are given, or that there are none.
fn written(transforms: &[(String, Transform)]) -> String {
    let each = transforms.iter().map(|(column, kind)| format!("{column}={}", kind.name()));
    let all = each.collect::<Vec<_>>().join(",");
    if all.is_empty() { "untransformed".to_owned() } else { all }
}

/// Refuses two spaces of one name: their labels could not be told apart.
fn check_names(spaces: &[Space]) -> Result<()> {
    for (i, space) in spaces.iter().enumerate() {
        if spaces[..i].iter().any(|earlier| earlier.name == space.name) {
            let message =
                format!("\"{}\" is there twice (--sets and --transform differ)", space.name);
            return Err(Error::parameter(message));
        }
    }
    Ok(())
}

/// Refuses a transform of a column that is in no set.
fn check_transforms(args: &SelectArgs, sets: &[(String, Option<Vec<String>>)]) -> Result<()> {
    for given in args.transform.iter().filter(|&given| given != "none") {
        for (column, _) in args::transforms(std::slice::from_ref(given))? {
            let is_in = |(_, columns): &(String, Option<Vec<String>>)| {
                columns.as_ref().is_none_or(|columns| columns.contains(&column))
            };
            if !sets.iter().any(is_in) {
                let message = format!("--transform {given}: no set has the column \"{column}\"");
                return Err(Error::parameter(message));
            }
        }
    }
    Ok(())
}

/// `NAME=a,b` as a name and columns.
fn named_set(given: &str) -> Result<(String, Option<Vec<String>>)> {
    let parts = given
        .split_once('=')
        .filter(|(name, columns)| !name.trim().is_empty() && !columns.trim().is_empty());
    let Some((name, columns)) = parts else {
        let message = format!("--sets: \"{given}\" (NAME=COLUMN,COLUMN,… is needed)");
        return Err(Error::parameter(message));
    };
    Ok((name.trim().to_owned(), Some(args::names(&[columns.to_owned()]))))
}
