//! As much of Thrift's compact protocol as the header of a Parquet page needs.

/// What a page claims about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageHeader {
    pub(super) uncompressed: i64,
    pub(super) compressed: i64,
    pub(super) num_values: i64,
    pub(super) is_dictionary: bool,
    /// Bytes before the values that are never compressed (of a data page of the second version).
    pub(super) levels: i64,
    /// Whether the values are compressed, if those of the column are.
    pub(super) is_compressed: bool,
    /// Bytes of the header itself.
    pub(super) header_len: usize,
}

/// Reads the header at the start of `bytes`; `None` if it is not one, or not complete.
pub(super) fn page_header(bytes: &[u8]) -> Option<PageHeader> {
    const DICTIONARY_PAGE: i64 = 2;
    // Fields of the header that hold the header of one kind of page, which begins with the number
    // of its values: data page, dictionary page, data page of the second version.
    const KINDS: [i16; 3] = [5, 7, 8];
    const SECOND_VERSION: i16 = 8;
    let mut reader = Compact { bytes, at: 0 };
    let (mut kind, mut uncompressed, mut compressed, mut num_values) = (None, None, None, None);
    let (mut levels, mut is_compressed) = ([0_i64; 2], true);
    let mut field = 0;
    while let Some((id, kind_of_value)) = reader.field(field)? {
        field = id;
        match (id, kind_of_value) {
            (1, Compact::I32) => kind = Some(reader.integer()?),
            (2, Compact::I32) => uncompressed = Some(reader.integer()?),
            (3, Compact::I32) => compressed = Some(reader.integer()?),
            (_, Compact::STRUCT) if KINDS.contains(&id) => {
                let has_levels = id == SECOND_VERSION;
                if has_levels {
                    // The last of several counts, for the decoder as well.
                    (levels, is_compressed) = ([0; 2], true);
                }
                let mut inner = 0;
                while let Some((id, kind_of_value)) = reader.field(inner)? {
                    inner = id;
                    match (id, kind_of_value) {
                        (1, Compact::I32) => num_values = Some(reader.integer()?),
                        (5 | 6, Compact::I32) if has_levels => {
                            levels[usize::from(id == 6)] = reader.integer()?;
                        }
                        (7, Compact::TRUE | Compact::FALSE) if has_levels => {
                            is_compressed = kind_of_value == Compact::TRUE;
                        }
                        _ => reader.skip(kind_of_value, 0)?,
                    }
                }
            }
            _ => reader.skip(kind_of_value, 0)?,
        }
    }
    Some(PageHeader {
        uncompressed: uncompressed?,
        compressed: compressed?,
        // An index page has none.
        num_values: num_values.unwrap_or(0),
        is_dictionary: kind? == DICTIONARY_PAGE,
        levels: levels[0].checked_add(levels[1])?,
        is_compressed,
        header_len: reader.at,
    })
}

/// Whether the structure at the start of `bytes` has the field `wanted`; `None` if it is not one.
pub(super) fn has_field(bytes: &[u8], wanted: i16) -> Option<bool> {
    let mut reader = Compact { bytes, at: 0 };
    let mut field = 0;
    while let Some((id, kind_of_value)) = reader.field(field)? {
        if id == wanted {
            return Some(true);
        }
        field = id;
        reader.skip(kind_of_value, 0)?;
    }
    Some(false)
}

struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Compact<'_> {
    const TRUE: u8 = 1;
    const FALSE: u8 = 2;
    const I32: u8 = 5;
    const STRUCT: u8 = 12;
    const DEEPEST: usize = 16;

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The next field's id and type, after the field `before`; `Some(None)` at the end.
    fn field(&mut self, before: i16) -> Option<Option<(i16, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        let delta = i16::from(byte >> 4);
        let id = if delta == 0 {
            i16::try_from(self.integer()?).ok()?
        } else {
            before.checked_add(delta)?
        };
        Some(Some((id, byte & 0x0f)))
    }

    fn skip_bytes(&mut self, n: u64) -> Option<()> {
        let end = usize::try_from(n).ok().and_then(|n| self.at.checked_add(n))?;
        self.at = Some(end).filter(|&end| end <= self.bytes.len())?;
        Some(())
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > Self::DEEPEST {
            return None;
        }
        match kind {
            // The value of a boolean is its type.
            Self::TRUE | Self::FALSE => {}
            3 => self.skip_bytes(1)?,
            4..=6 => {
                self.varint()?;
            }
            7 => self.skip_bytes(8)?,
            8 => {
                let n = self.varint()?;
                self.skip_bytes(n)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let n = match head >> 4 {
                    15 => self.varint()?,
                    n => u64::from(n),
                };
                for _ in 0..n {
                    self.skip_element(head & 0x0f, depth)?;
                }
            }
            Self::STRUCT => {
                let mut id = 0;
                while let Some((next, kind)) = self.field(id)? {
                    id = next;
                    self.skip(kind, depth + 1)?;
                }
            }
            // Maps do not occur in page headers.
            _ => return None,
        }
        Some(())
    }

    fn skip_element(&mut self, kind: u8, depth: usize) -> Option<()> {
        // In a list, a boolean has a byte of its own.
        let kind = if kind <= 2 { 3 } else { kind };
        self.skip(kind, depth + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// type 0, uncompressed 100, compressed 50, data page header { num_values 7, encoding 0 }.
    const HEADER: [u8; 14] = [0x15, 0, 0x15, 200, 1, 0x15, 100, 0x2c, 0x15, 14, 0x15, 0, 0, 0];

    #[test]
    fn reads_a_page_header() {
        let page = page_header(&HEADER).unwrap();
        assert_eq!((page.uncompressed, page.compressed, page.num_values), (100, 50, 7));
        assert_eq!((page.is_dictionary, page.header_len), (false, HEADER.len()));
        assert_eq!((page.levels, page.is_compressed), (0, true));
    }

    #[test]
    fn reads_what_only_the_second_version_has() {
        // As above, but num_values 7, definition levels 3, repetition levels 4, not compressed.
        let inner = [0x15, 14, 0x45, 6, 0x15, 8, 0x12, 0, 0];
        let page = page_header(&[&HEADER[..6], &[100, 0x5c], &inner].concat()).unwrap();
        assert_eq!((page.num_values, page.levels, page.is_compressed), (7, 7, false));
    }

    #[test]
    fn fields_are_found_by_number() {
        let found = [1, 5, 2, 4].map(|field| has_field(&HEADER, field));
        assert_eq!(found, [Some(true), Some(true), Some(true), Some(false)]);
        assert_eq!(has_field(&HEADER[..3], 9), None);
    }

    #[test]
    fn a_header_that_is_cut_off_is_none() {
        for len in 0..HEADER.len() {
            assert_eq!(page_header(&HEADER[..len]), None, "{len}");
        }
    }

    #[test]
    fn lies_about_lengths_end() {
        // A list of 2^60 structures, and structures without end.
        assert_eq!(page_header(&[0x19, 0xfc, 255, 255, 255, 255, 255, 255, 255, 15, 1]), None);
        assert_eq!(page_header(&[0x1c; 4096]), None);
    }
}
