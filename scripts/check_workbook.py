"""Check a workbook of segments against the assignments it was made of.

Nothing in it may run or lead elsewhere: no formulas, links, macros or
references to other files. All sheets but the first hold the customers of
the assignments, in their order.

Usage: python check_workbook.py WORKBOOK.xlsx ASSIGNMENTS.csv

The id is the first column of the assignments, and the segment's name is
in `segment_name`.
"""

import csv
import re
import sys
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook

LONGEST_TEXT = 32_767
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Row = tuple[str, str]


def main() -> None:
    """Check the files that the arguments name."""
    if len(sys.argv) != 3:
        sys.exit("usage: check_workbook.py WORKBOOK.xlsx ASSIGNMENTS.csv")
    path, assignments = map(Path, sys.argv[1:])
    check_parts(path)
    workbook = load_workbook(path)
    n_cells = check_cells(workbook)
    n_rows = 0
    for written, expected in zip_longest(
        customers(workbook), read_assignments(assignments)
    ):
        n_rows += 1
        if written is None or expected is None:
            sys.exit(f"row {n_rows} is in one of the two files alone")
        for text, original in zip(written, expected, strict=True):
            if not is_same(text, original):
                sys.exit(f"row {n_rows}: {text[:80]!r}, not {original[:80]!r}")
    print(f"{path}: {n_cells} cells, {n_rows} customers as assigned")


def check_parts(path: Path) -> None:
    """Exit if a part of the package could run or lead elsewhere."""
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if re.search("vba|externalLink|connections|embeddings", name):
                sys.exit(f"{path}: has {name}")
            if name.endswith(".rels"):
                if b'TargetMode="External"' in package.read(name):
                    sys.exit(f"{path}: {name} leads elsewhere")


def check_cells(workbook: Workbook) -> int:
    """Exit if a cell is a formula, an error or a link; count them."""
    n_cells = 0
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                n_cells += cell.value is not None
                if cell.data_type in "fe" or cell.hyperlink:
                    sys.exit(f"{sheet.title}!{cell.coordinate}: {cell.value}")
    return n_cells


def customers(workbook: Workbook) -> Iterator[Row]:
    """Yield id and segment of each customer."""
    for sheet in workbook.worksheets[1:]:
        for row in sheet.iter_rows(min_row=2, max_col=2, values_only=True):
            customer, segment = ("" if x is None else x for x in row)
            yield unescape(customer), unescape(segment)


def read_assignments(path: Path) -> Iterator[Row]:
    """Yield id and segment of each row."""
    csv.field_size_limit(1 << 24)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        customer = (reader.fieldnames or [""])[0]
        for row in reader:
            yield row[customer], row["segment_name"]


def is_same(text: str, original: str) -> bool:
    """Tell whether a cell holds what the assignments do.

    Long text is cut, what XML forbids is replaced, and in the assignments
    an apostrophe stands before what looks like a formula.
    """
    original = FORBIDDEN.sub("\ufffd", original)
    if text.endswith("…") and utf16_length(original) > LONGEST_TEXT:
        is_full = utf16_length(text) in (LONGEST_TEXT - 1, LONGEST_TEXT)
        return is_full and original.startswith(text[:-1])
    return original in (text, f"'{text}")


def utf16_length(text: str) -> int:
    """Count the characters of a text as a spreadsheet does."""
    return len(text.encode("utf-16-le")) // 2


if __name__ == "__main__":
    main()
