//! Keys of tables as small numbers, kept in as little room as they take.

use std::cmp::Ordering;
use std::hash::BuildHasher as _;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::error::{Error, ErrorKind, Result};

/// Texts by number.
///
/// As long as every one of them is 32 hexadecimal digits, which is what Olist's keys are, each takes
/// sixteen bytes.
#[derive(Clone, Debug)]
pub(super) enum Keys {
    Hex(Vec<u128>),
    Text { bytes: Vec<u8>, ends: Vec<u64> },
}

impl Default for Keys {
    fn default() -> Self {
        Self::Hex(Vec::new())
    }
}

impl Keys {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Hex(keys) => keys.len(),
            Self::Text { ends, .. } => ends.len(),
        }
    }

    pub(super) fn push(&mut self, key: &str) {
        match (&mut *self, packed(key)) {
            (Self::Hex(keys), Some(key)) => keys.push(key),
            (Self::Text { bytes, ends }, _) => {
                bytes.extend_from_slice(key.as_bytes());
                ends.push(bytes.len() as u64);
            }
            (Self::Hex(keys), None) => {
                let mut texts = Self::Text { bytes: Vec::new(), ends: Vec::new() };
                keys.iter().for_each(|key| texts.push(&format!("{key:032x}")));
                texts.push(key);
                *self = texts;
            }
        }
    }

    /// The key number `index`, written into `room` if it is not kept as text.
    pub(super) fn get<'a>(&'a self, index: usize, room: &'a mut String) -> &'a str {
        match self {
            Self::Hex(keys) => {
                use std::fmt::Write as _;
                room.clear();
                // Writing to a string cannot fail.
                let _ = write!(room, "{:032x}", keys[index]);
                room
            }
            // What was pushed was text.
            Self::Text { .. } => std::str::from_utf8(self.bytes(index)).unwrap_or_default(),
        }
    }

    /// As texts are ordered: byte by byte.
    pub(super) fn cmp(&self, a: usize, b: usize) -> Ordering {
        match self {
            Self::Hex(keys) => keys[a].cmp(&keys[b]),
            Self::Text { .. } => self.bytes(a).cmp(self.bytes(b)),
        }
    }

    /// The same keys in the order of `indices`.
    pub(super) fn picked(&self, indices: &[u32]) -> Self {
        let indices = indices.iter().map(|&index| index as usize);
        match self {
            Self::Hex(keys) => Self::Hex(indices.map(|index| keys[index]).collect()),
            Self::Text { bytes, ends } => {
                let mut picked = Vec::with_capacity(bytes.len());
                let mut picked_ends = Vec::with_capacity(ends.len());
                for index in indices {
                    picked.extend_from_slice(self.bytes(index));
                    picked_ends.push(picked.len() as u64);
                }
                Self::Text { bytes: picked, ends: picked_ends }
            }
        }
    }

    fn bytes(&self, index: usize) -> &[u8] {
        let Self::Text { bytes, ends } = self else { return &[] };
        let start = if index == 0 { 0 } else { ends[index - 1] };
        &bytes[start as usize..ends[index] as usize]
    }

    fn is(&self, index: usize, key: &str, hex: Option<u128>) -> bool {
        match self {
            Self::Hex(keys) => hex == Some(keys[index]),
            Self::Text { .. } => self.bytes(index) == key.as_bytes(),
        }
    }

    fn hash(&self, index: usize, hasher: &DefaultHashBuilder) -> u64 {
        match self {
            Self::Hex(keys) => hasher.hash_one(keys[index]),
            Self::Text { .. } => {
                let key = std::str::from_utf8(self.bytes(index)).unwrap_or_default();
                hash(key, packed(key), hasher)
            }
        }
    }
}

/// Keys that are numbered as they come. What a key's number is does not depend on how it is hashed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    keys: Keys,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The number of `key`, and whether it is new.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`] if there are more keys than 32 bits count.
    pub(crate) fn intern(&mut self, key: &str) -> Result<(u32, bool)> {
        let Self { keys, table, hasher } = self;
        let hex = packed(key);
        let is_key = |&index: &u32| keys.is(index as usize, key, hex);
        let rehash = |&index: &u32| keys.hash(index as usize, hasher);
        match table.entry(hash(key, hex, hasher), is_key, rehash) {
            Entry::Occupied(found) => Ok((*found.get(), false)),
            Entry::Vacant(free) => {
                let index = u32::try_from(keys.len()).map_err(|_| {
                    Error::new(ErrorKind::Memory, "more than 4,294,967,295 different keys")
                })?;
                free.insert(index);
                self.keys.push(key);
                Ok((index, true))
            }
        }
    }

    /// The number of `key`, if it is there.
    pub(crate) fn find(&self, key: &str) -> Option<u32> {
        let hex = packed(key);
        let hash = hash(key, hex, &self.hasher);
        self.table.find(hash, |&index| self.keys.is(index as usize, key, hex)).copied()
    }

    /// The keys by number, without what finds them.
    pub(super) fn into_keys(self) -> Keys {
        self.keys
    }
}

/// 32 lower-case hexadecimal digits as a number.
fn packed(key: &str) -> Option<u128> {
    let key = key.as_bytes();
    if key.len() != 32 {
        return None;
    }
    key.iter().try_fold(0, |packed, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(packed << 4 | u128::from(value))
    })
}

/// The same for a key however it is kept.
fn hash(key: &str, hex: Option<u128>, hasher: &DefaultHashBuilder) -> u64 {
    match hex {
        Some(hex) => hasher.hash_one(hex),
        None => hasher.hash_one(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: [&str; 2] = ["ffffffff00000000ffffffff00000001", "0000000000000000000000000000000a"];

    #[test]
    fn keys_keep_their_numbers_when_one_is_no_longer_hexadecimal() {
        let mut interner = Interner::default();
        let numbers: Vec<_> = [HEX[0], HEX[1], "17850", HEX[0], "", "17850"]
            .map(|key| interner.intern(key).unwrap())
            .to_vec();
        assert_eq!(numbers, [(0, true), (1, true), (2, true), (0, false), (3, true), (2, false)]);
        for (number, key) in [HEX[0], HEX[1], "17850", ""].into_iter().enumerate() {
            assert_eq!(interner.find(key), Some(number as u32));
            assert_eq!(interner.keys.get(number, &mut String::new()), key);
        }
        assert_eq!(interner.find("FFFFFFFF00000000ffffffff00000001"), None);
    }

    #[test]
    fn many_keys_stay_apart() {
        let mut interner = Interner::default();
        for round in 0..2 {
            for i in 0..10_000_u32 {
                let key = if i < 9_000 { format!("{i:032x}") } else { format!("é{i}") };
                assert_eq!(interner.intern(&key).unwrap(), (i, round == 0));
            }
        }
    }

    #[test]
    fn both_forms_have_the_order_of_texts() {
        let mut hex = Keys::default();
        HEX.iter().for_each(|key| hex.push(key));
        assert!(matches!(&hex, Keys::Hex(keys) if keys.len() == 2));
        assert_eq!(hex.cmp(0, 1), HEX[0].cmp(HEX[1]));
        let mut text = hex.clone();
        text.push("b");
        assert_eq!(text.cmp(2, 0), "b".cmp(HEX[0]));
        for keys in [hex, text] {
            let picked = keys.picked(&[1, 0]);
            assert_eq!(picked.get(0, &mut String::new()), HEX[1]);
            assert_eq!(picked.len(), 2);
        }
    }
}
