//! What the maker of a table recommends for its columns.

use super::{Missing, PrepareParams, Scale, Transform};

/// What is recommended for a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnAdvice {
    /// The column.
    pub name: String,
    /// Whether it is to be clustered on; otherwise it describes.
    pub is_feature: bool,
    /// What to do about missing values.
    pub missing: Missing,
    /// What to do before scaling.
    pub transform: Transform,
    /// How to make it comparable.
    pub scale: Scale,
}

impl PrepareParams {
    /// What is recommended for `columns`.
    ///
    /// A table has one policy on missing values, also for columns of which nothing is said: the first
    /// that is recommended for some column and is not [`Missing::Error`].
    pub fn advised<'a>(
        advice: &[ColumnAdvice],
        columns: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut params = Self::default();
        let find = |name: &str| advice.iter().find(|advice| advice.name == name);
        for advice in columns.into_iter().filter_map(find) {
            if params.missing == Missing::Error {
                params.missing = advice.missing;
            }
            if advice.transform != Transform::Identity {
                params.transforms.push((advice.name.clone(), advice.transform));
            }
            if advice.scale != params.scale {
                params.scales.push((advice.name.clone(), advice.scale));
            }
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_taken_for_the_columns_in_use() {
        let advise = |name: &str, missing, transform, scale| ColumnAdvice {
            name: name.to_owned(),
            is_feature: true,
            missing,
            transform,
            scale,
        };
        let advice = [
            advise("spent", Missing::Error, Transform::Log1p, Scale::Standard),
            advise("review", Missing::Median, Transform::Identity, Scale::Standard),
            advise("flag", Missing::Error, Transform::Identity, Scale::None),
        ];
        let all = PrepareParams::advised(&advice, ["spent", "other", "flag", "review"]);
        assert_eq!(all.missing, Missing::Median);
        assert_eq!(all.transforms, [("spent".to_owned(), Transform::Log1p)]);
        assert_eq!(all.scales, [("flag".to_owned(), Scale::None)]);
        let one = PrepareParams::advised(&advice, ["spent"]);
        assert_eq!((one.missing, one.scales.len()), (Missing::Error, 0));
    }
}
