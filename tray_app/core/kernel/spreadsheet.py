"""A table for spreadsheets: cells that run nothing, and the mark that tells them the encoding."""

import csv
import io
from collections.abc import Iterable

BOM = "\ufeff"  # Excel takes a file without it for the system's old encoding
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as CSV; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def safe(cell: object) -> object:
    """Words that a spreadsheet would take for a formula begin with an apostrophe; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
