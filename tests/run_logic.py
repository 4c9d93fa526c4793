"""Run what segengine wrote of a model, on one table of customers.

    python3 run_logic.py DIR DIALECT… < customers.csv

DIR holds score.py, and rules and scoring in each dialect. Prints JSON: the
segment by the rules for each customer, and what SQLite makes of each query
in these dialects. (It reads the quoting and types of all three, as long as
nothing needs a backslash.)
"""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import sqlite3
import sys
from pathlib import Path
from types import ModuleType


def load(path: Path) -> ModuleType:
    """Import a program from where it lies."""
    spec = importlib.util.spec_from_file_location("score", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def quoted(name: str) -> str:
    """Return a name as an identifier."""
    return '"{}"'.format(name.replace('"', '""'))


def database(rows: list[dict[str, str]], id_column: str) -> sqlite3.Connection:
    """Return a database with a table of customers, empty cells being null."""
    connection = sqlite3.connect(":memory:")
    for name, function in [
        ("LN", math.log),
        ("EXP", math.exp),
        ("SQRT", math.sqrt),
        ("IS_NAN", math.isnan),
    ]:

        def or_null(x: float | None, function: object = function) -> object:
            return None if x is None else function(x)

        connection.create_function(name, 1, or_null)

    def least(*values: float | None) -> float | None:
        return None if None in values else min(values)

    connection.create_function("LEAST", -1, least)
    names = list(rows[0])
    columns = ", ".join(
        f"{quoted(name)} {'TEXT' if name == id_column else 'REAL'}"
        for name in names
    )
    connection.execute(f"CREATE TABLE customers ({columns})")
    places = ", ".join("?" for _ in names)
    connection.executemany(
        f"INSERT INTO customers VALUES ({places})",
        [[cell if cell else None for cell in row.values()] for row in rows],
    )
    return connection


def main() -> None:
    """Do what the module says."""
    folder = Path(sys.argv[1])
    score = load(folder / "score.py")
    sys.stdin.reconfigure(encoding="utf-8", newline="")
    rows = list(csv.DictReader(sys.stdin))
    found = {
        "rules": [score.assign_by_rules(row) for row in rows],
        "names": [column.name for column in score.COLUMNS],
        "segment_names": [segment.name for segment in score.SEGMENTS],
        "distances": [score.distances(row) for row in rows],
        "sql": {},
    }
    id_column = score.ID_COLUMN or "id"
    connection = database(rows, id_column)
    for path in [
        folder / f"{what}.{dialect}.sql"
        for what in ("rules", "scoring")
        for dialect in sys.argv[2:]
    ]:
        result = connection.execute(path.read_text(encoding="utf-8"))
        by_id = {row[0]: list(row[1:]) for row in result}
        found["sql"][path.name] = [by_id[row[id_column]] for row in rows]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
