"""Check what a report wrote against the assignments it was made of.

Usage: python check_outputs.py OUT_DIR ASSIGNMENTS.csv [CONTROL]

The assignments are those of the report's model (`segengine assign --format
csv`); CONTROL is the share held back, a tenth without it. Workbook, campaign
files and segments.json must agree with them, and nothing may run.
"""

import csv
import json
import re
import sys
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from check_workbook import check_cells, check_parts, customers, is_same
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

# Columns of assignments that are no ids.
KNOWN = {"segment", "segment_name"}
# Cells of this workbook, and nothing else.
PLAIN_REFERENCE = re.compile(r"('([^']|'')+'|\w+)!\$[A-Z]+\$\d+:\$[A-Z]+\$\d+")
FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Customer(NamedTuple):
    """A row of the assignments; without a segment, `segment` is empty."""

    id: str
    segment: str


def main() -> None:
    """Check the folder that the arguments name."""
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: check_outputs.py OUT_DIR ASSIGNMENTS.csv [CONTROL]")
    out, assignments = map(Path, sys.argv[1:3])
    control = float(sys.argv[3]) if len(sys.argv) == 4 else 0.1
    assigned = read_assignments(assignments)
    told = json.loads((out / "segments.json").read_text(encoding="utf-8"))
    check_segments(told, assigned)
    check_campaigns(out / "campaigns", told, assigned, control)
    names = {
        str(segment["id"]): segment["name"] for segment in told["segments"]
    }
    check_workbook(out / "segments.xlsx", names, assigned)
    print(f"{out}: {len(assigned)} customers as assigned, in every file")


def read_assignments(path: Path) -> list[Customer]:
    """Return id and segment of each row; its number if rows have no ids."""
    csv.field_size_limit(1 << 24)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        first = (reader.fieldnames or ["segment"])[0]
        return [
            Customer(str(at) if first in KNOWN else row[first], row["segment"])
            for at, row in enumerate(reader, start=1)
        ]


def check_segments(told: dict[str, Any], assigned: list[Customer]) -> None:
    """Exit if segments.json counts other customers."""
    sizes = Counter(customer.segment for customer in assigned)
    n_unassigned = sizes.pop("", 0)
    expect("n_customers", told["n_customers"], len(assigned))
    expect("n_unassigned", told["n_unassigned"], n_unassigned)
    found = {str(s["id"]): s["size"] for s in told["segments"] if s["size"]}
    expect("sizes", found, dict(sizes))
    expect("everyone", told["everyone"]["size"], sizes.total())
    ranks = [segment["priority"] for segment in told["segments"]]
    expect("priorities", ranks, list(range(1, len(ranks) + 1)))
    shares = sum(segment["share"] for segment in told["segments"])
    if abs(shares - 1) > 1e-9:
        sys.exit(f"shares add up to {shares}")


def check_campaigns(
    folder: Path,
    told: dict[str, Any],
    assigned: list[Customer],
    control: float,
) -> None:
    """Exit if somebody is in another file than the one of the segment."""
    n_all = n_held_back = 0
    for segment in told["segments"]:
        campaign = segment["campaign"]
        if not re.fullmatch(r"\d+(-[a-z0-9-]+)?\.csv", campaign["file"]):
            sys.exit(f"{campaign['file']!r} is no safe name")
        rows = read_campaign(folder / campaign["file"])
        own = str(segment["id"])
        expected = [who.id for who in assigned if who.segment == own]
        for at, pair in enumerate(zip_longest(rows, expected, fillvalue=None)):
            found = pair[0][0] if pair[0] else None
            expect(f"{campaign['file']}, row {at + 1}", found, pair[1])
        groups = Counter(row[1] for row in rows)
        expect("groups", groups.keys() - {"campaign", "control"}, set())
        expect("n_control", campaign["n_control"], groups["control"])
        expect("n", campaign["n"], len(rows))
        n_all += len(rows)
        n_held_back += groups["control"]
    # Five standard deviations, and one customer for small numbers.
    bound = 5 * (n_all * control * (1 - control)) ** 0.5 + 1
    if abs(n_held_back - control * n_all) > bound:
        sys.exit(f"{n_held_back} of {n_all} are held back, not {control}")


def read_campaign(path: Path) -> list[list[str]]:
    """Return the rows of a campaign file, none of which may run."""
    with path.open(encoding="utf-8", newline="") as file:
        is_excel = file.read(1) == "\ufeff"
        if not is_excel:
            file.seek(0)
        checked = list(csv.reader(file, delimiter=";" if is_excel else ","))
    for row in checked:
        expect(f"{path}: cells of a row", len(row), len(checked[0]))
        for cell in row:
            if FORMULA.match(cell) and not NUMBER.fullmatch(cell):
                sys.exit(f"{path}: {cell[:80]!r} might run")
    return checked[1:]


def check_workbook(
    path: Path, names: dict[str, str], assigned: list[Customer]
) -> None:
    """Exit if the workbook could run something or has other customers."""
    check_parts(path)
    workbook = load_workbook(path)
    check_cells(workbook)
    check_names(workbook)
    first = workbook.worksheets[0]
    if not first._charts:
        sys.exit(f"{path}: no chart on {first.title}")
    written = list(customers(workbook))
    expect(f"{path}: customers", len(written), len(assigned))
    for at, (cells, who) in enumerate(zip(written, assigned, strict=True)):
        expected = (who.id, names.get(who.segment, ""))
        for cell, original in zip(cells, expected, strict=True):
            if not is_same(cell, original):
                sys.exit(f"row {at + 1}: {cell[:80]!r}, not {original[:80]!r}")


def check_names(workbook: Workbook) -> None:
    """Exit if a defined name is more than a range of cells."""
    scopes = [workbook, *workbook.worksheets]
    for scope in scopes:
        for name, defined in scope.defined_names.items():
            if not PLAIN_REFERENCE.fullmatch(defined.value or ""):
                sys.exit(f"{name} is {defined.value!r}")


def expect(what: str, found: object, expected: object) -> None:
    """Exit if what was found is not what was expected."""
    if found != expected:
        sys.exit(f"{what}: {str(found)[:200]}, not {str(expected)[:200]}")


if __name__ == "__main__":
    main()
