//! Assignments of an earlier day, to be carried on: who was in which segment, by id.
//!
//! Read whole into memory, never mapped, so that the file may be replaced afterwards.

use std::collections::BTreeMap;
use std::path::Path;

use super::assignments::ASSIGNMENT_COLUMNS;
use super::records::{Records, Row};
use super::row_writer::undefused;
use crate::error::{Error, Escaped, Result};
use crate::history::{Day, Interner};
use crate::monitor::Monitor;
use crate::segments::Membership;

/// Who was in which segment.
///
/// Some 50 bytes per row, as long as ids are short.
#[derive(Debug)]
pub struct PreviousAssignments {
    id_column: String,
    ids: Interner,
    /// By the number of the id.
    members: Vec<Membership>,
    /// Of the segments that somebody is in, and of those that somebody was in before.
    names: [BTreeMap<u32, String>; 2],
}

/// Columns beside the id, in the order in which they are asked for; the first must be there.
const COLUMNS: [&str; 5] =
    ["segment", "segment_name", "previous_segment", "previous_segment_name", "changed_on"];

/// Where the columns are in a row.
const ID: usize = 0;
const SEGMENT: usize = 1;
const NAME: usize = 2;
const PREVIOUS: usize = 3;
const PREVIOUS_NAME: usize = 4;
const CHANGED_ON: usize = 5;

/// Reads what `segengine cluster` or `assign` wrote, in any of their formats and with its rows in any
/// order. Rows without an id are passed over.
///
/// # Errors
/// `Data` if there is no column `segment` or none of ids, if an id is there twice, or if a cell is not what
/// it must be; those of reading, and [`Cancelled`](crate::ErrorKind::Cancelled) if `monitor` says so.
pub fn read_previous(path: &Path, monitor: &dyn Monitor) -> Result<PreviousAssignments> {
    let records = Records::open(path)?;
    let mut columns = Vec::with_capacity(1 + COLUMNS.len());
    let id = records.names().iter().position(|name| !ASSIGNMENT_COLUMNS.contains(&name.as_str()));
    columns.push(id);
    for name in COLUMNS {
        columns.push(records.find(name)?);
    }
    if columns[SEGMENT].is_none() {
        return Err(records.lacks(COLUMNS[0]));
    }
    let Some(id) = id else {
        let message = "has no column of ids (assignments of rows with ids are needed)";
        return Err(Error::data(message).in_file(path));
    };
    let as_written = |text: &str| -> String {
        if records.is_csv() { undefused(text).to_owned() } else { text.to_owned() }
    };
    let mut previous = PreviousAssignments {
        id_column: as_written(&records.names()[id]),
        ids: Interner::default(),
        members: Vec::new(),
        names: Default::default(),
    };
    records.read(&columns, monitor, &mut |row| previous.push(row, records.is_csv()))?;
    Ok(previous)
}

impl PreviousAssignments {
    /// The name of the column of ids.
    pub fn id_column(&self) -> &str {
        &self.id_column
    }

    /// How many rows have an id.
    pub fn n_rows(&self) -> usize {
        self.members.len()
    }

    /// The row of `id`: its place among those with an id, and what it says.
    pub fn find(&self, id: &str) -> Option<(usize, Membership)> {
        let number = self.ids.find(id)? as usize;
        Some((number, self.members[number]))
    }

    /// What the file says of each id, in an order of its own.
    pub fn members(&self) -> impl Iterator<Item = Membership> + '_ {
        self.members.iter().copied()
    }

    /// What the file calls a segment.
    pub fn name_of(&self, segment: u32) -> Option<&str> {
        self.names.iter().find_map(|names| names.get(&segment)).map(String::as_str)
    }

    /// The last day on which somebody's segment changed, if the file knows of one.
    pub fn last_change(&self) -> Option<Day> {
        self.members.iter().filter_map(|member| member.changed_on).max()
    }

    /// Refuses to be what was before `day` if it knows of a later one.
    ///
    /// # Errors
    /// `Data`, with the column.
    pub fn check_before(&self, day: Day) -> Result<()> {
        match self.last_change().filter(|&last| last > day) {
            None => Ok(()),
            Some(last) => {
                let message = format!(
                    "is as of {last}, after {day} (assignments of the day or of before are needed)"
                );
                Err(Error::data(message).in_column("changed_on"))
            }
        }
    }

    fn push(&mut self, row: &Row<'_>, is_csv: bool) -> Result<()> {
        let Some(id) = row.text(ID)? else { return Ok(()) };
        let id = if is_csv { undefused(&id) } else { &id };
        let (_, is_new) = self.ids.intern(id)?;
        if !is_new {
            let id = Escaped(id);
            let message =
                format!("\"{id}\" is the id of an earlier row, too (one row each is needed)");
            return Err(row.error(ID, &message));
        }
        let segment = |position| row.whole(position, 0, u32::MAX - 1);
        let member = Membership {
            segment: segment(SEGMENT)?,
            previous: segment(PREVIOUS)?,
            changed_on: row.day(CHANGED_ON)?,
        };
        let named = [(member.segment, NAME), (member.previous, PREVIOUS_NAME)];
        for (names, (segment, name)) in self.names.iter_mut().zip(named) {
            let Some(segment) = segment.filter(|segment| !names.contains_key(segment)) else {
                continue;
            };
            if let Some(name) = row.text(name)? {
                let name = if is_csv { undefused(&name) } else { &name };
                names.insert(segment, name.to_owned());
            }
        }
        self.members.push(member);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::error::ErrorKind;
    use crate::monitor::Silent;

    fn read(text: &str) -> Result<PreviousAssignments> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read_previous(file.path(), &Silent)
    }

    #[test]
    fn a_csv_gives_back_what_was_written() {
        let previous = read(
            "'-id,segment,segment_name,previous_segment,previous_segment_name,changed_on\n\
             '-5,3,'=VIP,7,Old,2018-03-01\n\
             -6,0,Segment 1,,,\n\
             ,0,Segment 1,,,\n\
             'tis,,,0,Segment 1,2018-04-02\n",
        )
        .unwrap();
        assert_eq!((previous.id_column(), previous.n_rows()), ("-id", 3));
        let day = Day::parse("2018-03-01");
        let first = Membership { segment: Some(3), previous: Some(7), changed_on: day };
        assert_eq!(previous.find("-5"), Some((0, first)));
        assert_eq!(previous.find("-6").unwrap().1.segment, Some(0));
        assert_eq!(previous.find("'tis").unwrap().1.segment, None);
        assert_eq!((previous.find(""), previous.find("'-5")), (None, None));
        let names = [3, 7, 0, 1].map(|segment| previous.name_of(segment));
        assert_eq!(names, [Some("=VIP"), Some("Old"), Some("Segment 1"), None]);
        assert_eq!(previous.last_change(), Day::parse("2018-04-02"));
    }

    #[test]
    fn what_is_no_assignment_is_refused() {
        for (text, column, row) in [
            ("id,x\na,1\n", Some("segment"), None),
            ("segment,segment_name\n1,a\n", None, None),
            ("id,segment\na,1\nb,1\na,2\n", Some("id"), Some(3)),
            ("id,segment\na,1\nb,x\n", Some("segment"), Some(2)),
            ("id,segment\na,4294967295\n", Some("segment"), Some(1)),
            ("id,segment,changed_on\na,1,yesterday\n", Some("changed_on"), Some(1)),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!((error.kind(), error.column()), (ErrorKind::Data, column), "{text}");
            assert_eq!(error.row(), row, "{error}");
        }
    }
}
