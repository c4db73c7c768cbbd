"""The terminal: what is said, asked and answered there, and how times are written."""

import codecs
import getpass
import io
import json
import locale
import os
import re
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TextIO

from tray_app.cli.escaped import visible_json
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Text, text

OK, DID_NOT_HAPPEN, USAGE, INTERRUPTED = 0, 1, 2, 130
_MOST_GIVEN = 1_000_000  # characters of standard input; more is no message
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


class WrongUsage(TrayAppError):
    """The command line cannot be meant as it is written, in a way that the grammar alone does not see."""


class Tone(Enum):
    """What a colour means, by the terminal's own code of it."""

    GOOD = "32"
    WAIT = "33"
    BAD = "31"
    SOFT = "2"
    STRONG = "1"


def shows_colours(out: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether colours are wanted: a terminal that knows them, and no `NO_COLOR` (no-color.org: set, and not empty)."""
    try:
        return out.isatty() and not environ.get("NO_COLOR") and environ.get("TERM", "") != "dumb"
    except ValueError:  # closed
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`as_json`: one JSON value on standard output instead of sentences. `given` is standard input."""

    words: Catalog
    out: TextIO
    err: TextIO
    given: TextIO
    as_json: bool = False
    coloured: bool = False

    def tinted(self, words: str, tone: Tone) -> str:
        """The words in a colour, where there is a terminal that shows it; they say the same without."""
        return f"\x1b[{tone.value}m{words}\x1b[0m" if self.coloured and words else words

    def say(self, line: str | Text = "") -> None:
        """Print a line for people."""
        print(self._said(line), file=self.out)

    def note(self, line: str | Text) -> None:
        """Print a line that is not the answer: what is asked, what is worth knowing."""
        print(self._said(line), file=self.err)

    def give(self, value: object) -> None:
        """Print a value for programs."""
        print(visible_json(json.dumps(value, ensure_ascii=False, indent=2)), file=self.out)

    def fail(self, reason: str | Text, hint: str | Text = "") -> int:
        """Say what happened and what to do; returns the exit code."""
        said, advice = self._said(reason), self._said(hint)
        if self.as_json:
            self.give({"error": {"reason": said, "hint": advice}})
        else:
            self.note(said)
            if advice:
                self.note(advice)
        return DID_NOT_HAPPEN

    def trouble(self, error: TrayAppError) -> int:
        """Say an expected error."""
        code = self.fail(error.reason, error.hint)
        return USAGE if isinstance(error, WrongUsage) else code

    def read_all(self) -> str:
        """Read standard input to its end. Raises TrayAppError where it is no text or more than a million characters."""
        try:
            given = _as_meant(self.given.read(_MOST_GIVEN + 1))
        except (OSError, ValueError):  # closed, or not text
            given = ""
        if len(given) > _MOST_GIVEN:
            raise TrayAppError(text("cli.too_much_input"), text("cli.too_much_input_hint"))
        return given

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        try:
            return self.given.isatty()
        except ValueError:
            return False

    def _said(self, line: str | Text) -> str:
        return self.words(line) if isinstance(line, Text) else line


def tolerant_streams() -> None:
    """Pipes and files are UTF-8 whatever the system's code page; a terminal keeps its own encoding.

    A terminal that cannot show Chinese or a tick must not end the command, nor must input in another encoding: of that,
    bytes that are no UTF-8 are kept until `_as_meant` reads them.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper) or stream.closed:
            continue
        if stream.isatty():
            stream.reconfigure(errors="replace")
        elif stream is sys.stdin:
            stream.reconfigure(encoding="utf-8-sig", errors="surrogateescape", newline="")  # UTF-16 has such bytes, too
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _as_meant(given: str) -> str:
    """Read what was no UTF-8 as what Windows writes: `echo` the code page's bytes, `>` of PowerShell 5 UTF-16.

    Lines end as in Python afterwards.
    """
    if not given.isascii() and _NOT_UTF8.search(given):
        raw = given.encode("utf-8", "surrogateescape")
        given = raw.decode("utf-16" if raw.startswith(_UTF16) else locale.getencoding(), "replace")
    return given.replace("\r\n", "\n").replace("\r", "\n")


def hang_up(*streams: TextIO) -> None:
    """Lead what is still in their buffers to nowhere: Python would end with 120 where nobody reads it any more."""
    for stream in streams:
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def local_time(ms: int) -> datetime:
    """Give wall-clock milliseconds as this computer's local time."""
    return datetime.fromtimestamp(ms / 1000).astimezone()


def clock_time(ms: int) -> str:
    """Local date and time, to the minute."""
    return local_time(ms).strftime("%Y-%m-%d %H:%M")


class GaveUp(TrayAppError):
    """The person ended the input instead of answering."""

    def __init__(self) -> None:
        super().__init__(text("cli.nothing_stored"), text("cli.nothing_stored_hint"))


def ask_secret(question: Text, console: Console) -> str:
    """Read one line without echo. Raises GaveUp, or TrayAppError where the terminal cannot hide it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would go on and show every letter
            return getpass.getpass(console.words(question))
    except getpass.GetPassWarning:
        raise TrayAppError(text("cli.cannot_hide"), text("cli.cannot_hide_hint")) from None
    except EOFError:
        raise GaveUp from None


def ask(question: Text, console: Console) -> str:
    """Read one line. Raises GaveUp."""
    print(console.words(question), end="", file=console.err, flush=True)
    line = console.given.readline()
    if not line:
        raise GaveUp
    return _as_meant(line).strip()


def agrees(question: Text, console: Console) -> bool:
    """Ask a question whose usual answer is yes."""
    return not ask(question, console).lower().startswith(("n", "否", "不"))
