"""Give every customer the segment whose centre is nearest.

    python3 score.py customers.csv > segments.csv

Reads a table with a header and one row per customer, from a file or from
standard input, and writes the segment of each, its name, the distance to
its centre, and how much farther the second-nearest centre is (the margin).

Needs Python 3.9 or later and nothing else. To be imported, too: ``assign``
gives one customer a segment, ``assign_by_rules`` does so by a few rules that
come close to the model and can be read, in ``RULES`` below.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterator, Mapping
from operator import sub
from typing import NamedTuple, TextIO

# What a spreadsheet skips before a formula, or does not show.
_BLANKS = " \x0b\x0c\x85\xa0\u1680\u180e\u2028\u2029\u202f\u205f\u2060"
_BLANKS += "\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x2010)))
_FORMULA = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")

Row = Mapping[str, "str | float | None"]
Point = tuple[float, ...]


class Column(NamedTuple):
    """A feature: ((transform(x) * 2**-exponent) - shift) * scale."""

    name: str
    fill: float | None
    """Stands for a missing value; without it there is no segment."""
    transform: str
    power: float
    """The parameter of Yeo and Johnson's transform."""
    exponent: int
    shift: float
    scale: float


class Segment(NamedTuple):
    """A segment, and its centre among prepared features."""

    id: int
    name: str
    center: Point


class Condition(NamedTuple):
    """A feature that is above one number, or up to another, or both."""

    column: str
    above: float | None
    up_to: float | None


class Rule(NamedTuple):
    """The segment of those who meet all conditions."""

    segment: int
    conditions: tuple[Condition, ...]


class Assignment(NamedTuple):
    """The segment of a customer, and how clearly it is that one."""

    segment: int
    name: str
    distance: float
    margin: float | None
    """None if there is one segment only."""


MODEL = "00000000000000000000000000000000"
AS_OF: str | None = None
ID_COLUMN: str | None = None
COLUMNS: tuple[Column, ...] = ()
SEGMENTS: tuple[Segment, ...] = ()
RULES: tuple[Rule, ...] = ()
FIDELITY = 0.0
"""The share of customers of the fit whom the rules give their segment."""


def assign(row: Row) -> Assignment | None:
    """Return the segment of a customer; None if a value is missing."""
    point = prepare(row)
    if point is None:
        return None
    squares = _squared_distances(point)
    nearest = min(range(len(squares)), key=squares.__getitem__)
    others = [x for place, x in enumerate(squares) if place != nearest]
    distance = math.sqrt(squares[nearest])
    margin = math.sqrt(min(others)) - distance if others else None
    segment = SEGMENTS[nearest]
    return Assignment(segment.id, segment.name, distance, margin)


def assign_by_rules(row: Row) -> int | None:
    """Return the id of the segment that the rules give a customer."""
    values = _values(row)
    if values is None:
        return None
    for rule in RULES:
        if all(_holds(condition, values) for condition in rule.conditions):
            return rule.segment
    return None


def distances(row: Row) -> list[float] | None:
    """Return the distances to the centres, in the order of SEGMENTS."""
    point = prepare(row)
    if point is None:
        return None
    return [math.sqrt(square) for square in _squared_distances(point)]


def prepare(row: Row) -> Point | None:
    """Return the features as distances are measured between them."""
    values = _values(row)
    if values is None:
        return None
    point = []
    for column in COLUMNS:
        y = math.ldexp(
            _transformed(column, values[column.name]), -column.exponent
        )
        point.append((y - column.shift) * column.scale)
    return tuple(point)


def _squared_distances(point: Point) -> list[float]:
    squares = []
    for segment in SEGMENTS:
        differences = map(sub, point, segment.center)
        squares.append(sum(x * x for x in differences))
    return squares


def _holds(condition: Condition, values: dict[str, float]) -> bool:
    x = values[condition.column]
    if condition.above is not None and not x > condition.above:
        return False
    return condition.up_to is None or x <= condition.up_to


def _values(row: Row) -> dict[str, float] | None:
    values = {}
    for column in COLUMNS:
        value = _value(row[column.name], column)
        if value is None:
            return None
        values[column.name] = value
    return values


def _value(cell: str | float | None, column: Column) -> float | None:
    if cell is None or cell == "":
        return column.fill
    try:
        value = float(cell)
    except ValueError:
        value = math.inf
    if math.isnan(value):
        return column.fill
    is_defined = {"log1p": value > -1, "sqrt": value >= 0}
    if math.isinf(value) or not is_defined.get(column.transform, True):
        accepted = f"a finite number with a {column.transform} is needed"
        raise ValueError(f"column {column.name!a}: {cell!a} ({accepted})")
    return value


def _transformed(column: Column, x: float) -> float:
    if column.transform == "log1p":
        return math.log1p(x)
    if column.transform == "sqrt":
        return math.sqrt(x)
    if column.transform == "yeo-johnson":
        if x < 0:
            return -_powered(2.0 - column.power, math.log1p(-x))
        return _powered(column.power, math.log1p(x))
    return x


def _powered(power: float, log: float) -> float:
    if abs(power) < sys.float_info.epsilon:
        return log
    return math.expm1(power * log) / power


def _customers(lines: TextIO) -> Iterator[tuple[str, Row]]:
    """Yield the id, or else the number, of each row, and its cells."""
    reader = csv.reader(lines)
    header = next(reader, [])
    needed = [column.name for column in COLUMNS]
    for name in needed if ID_COLUMN is None else [ID_COLUMN, *needed]:
        if header.count(name) != 1:
            n = header.count(name)
            raise ValueError(f"column {name!a} is there {n} times (1 needed)")
    number = 0
    for cells in reader:
        if not cells:
            continue
        number += 1
        if len(cells) != len(header):
            problem = f"{len(cells)} cells for {len(header)} names"
            raise ValueError(f"row {number}: {problem}")
        row = {name: cells[place] for place, name in enumerate(header)}
        yield (str(number) if ID_COLUMN is None else row[ID_COLUMN]), row


def _defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    is_formula = text.lstrip("'").lstrip(_BLANKS).startswith(_FORMULA)
    return f"'{text}" if is_formula else text


def _write(lines: TextIO, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    names = ["segment", "segment_name", "distance", "margin"]
    writer.writerow([_defused(ID_COLUMN or "row"), *names])
    for customer, row in _customers(lines):
        try:
            found = assign(row)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"customer {customer!a}: {error}") from None
        if found is None:
            cells = ["", "", "", ""]
        else:
            cells = [found.segment, _defused(found.name), *found[2:]]
        writer.writerow([_defused(customer), *cells])


def main() -> int:
    """Read customers as CSV and write their segments as CSV."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("customers", nargs="?", help="a CSV file (or stdin)")
    path = parser.parse_args().customers
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    try:
        if path is None:
            sys.stdin.reconfigure(encoding="utf-8-sig", newline="")
            _write(sys.stdin, sys.stdout)
        else:
            with open(path, encoding="utf-8-sig", newline="") as lines:
                _write(lines, sys.stdout)
    except (OSError, ValueError, csv.Error) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
