"""Where a command speaks: standard output for answers, standard error for trouble, words in the reader's language."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from tray_app.core.errors import TrayAppError
from tray_app.core.texts import Catalog, Text

OK, DID_NOT_HAPPEN, USAGE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`as_json`: one JSON value on standard output instead of sentences."""

    words: Catalog
    out: TextIO
    err: TextIO
    as_json: bool = False

    def say(self, line: str | Text = "") -> None:
        """Print a line for people."""
        print(self.words(line) if isinstance(line, Text) else line, file=self.out)

    def give(self, value: object) -> None:
        """Print a value for programs."""
        print(json.dumps(value, ensure_ascii=False, indent=2), file=self.out)

    def fail(self, reason: str | Text, hint: str | Text = "") -> int:
        """Say what happened and what to do; returns the exit code."""
        said, advice = (self.words(part) if isinstance(part, Text) else part for part in (reason, hint))
        if self.as_json:
            self.give({"error": {"reason": said, "hint": advice}})
        else:
            print(said, file=self.err)
            if advice:
                print(advice, file=self.err)
        return DID_NOT_HAPPEN

    def trouble(self, error: TrayAppError) -> int:
        """Say an expected error."""
        return self.fail(error.reason, error.hint)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Print columns; a Chinese character is two wide on a terminal."""
        widths = [max(map(_width, column)) for column in zip(*rows, strict=True)] if rows else []
        for row in rows:
            cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
            print("  ".join(cells).rstrip(), file=self.out)


def tolerant_streams() -> None:
    """A terminal that cannot show Chinese or a tick must not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _width(cell: str) -> int:
    import unicodedata  # only tables need it

    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell)
