"""How templates say figures, times and states, and show what agents wrote."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import text
from tray_app.core.kernel.words import short_name
from tray_app.core.menu.lines import MARKS, Speaker
from tray_app.core.sessions import figures

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

_KEPT = frozenset("\n\t")
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters by their kind, blank to the eye
_JOINER = "\u200d"  # of emoji: a family is one picture of several characters
_SIGN = Markup('<span class="unseen">U+{}</span>')


def visible(words: str) -> Markup:
    """Escape it; white space stays as it is (the style sheet keeps it)."""
    words = words.replace("\r\n", "\n")
    if words.isascii() and words.replace("\n", "").replace("\t", "").isprintable():
        return escape(words)
    return Markup().join(_pieces(words))


def _pieces(words: str) -> Iterator[Markup]:
    plain = 0
    for at, letter in enumerate(words):
        if _is_seen(words, at, letter):
            continue
        yield escape(words[plain:at])
        yield _SIGN.format(f"{ord(letter):04X}")
        plain = at + 1
    yield escape(words[plain:])


def _is_seen(words: str, at: int, letter: str) -> bool:
    if letter == _JOINER:
        return 0 < at < len(words) - 1 and _is_picture(words[at + 1]) and _is_picture(words[at - 1])
    return letter in _KEPT or (letter not in _UNSEEN and unicodedata.category(letter) not in _UNSEEN_KINDS)


def _is_picture(letter: str) -> bool:
    return unicodedata.category(letter) in {"So", "Sk"} or letter == "\ufe0f"


_TONES = {
    Stage.SENT: "good",
    Stage.HELD: "wait",
    Stage.QUEUED: "wait",
    Stage.SENDING: "wait",
    Stage.PERHAPS: "bad",
    Stage.FAILED: "bad",
    Stage.REFUSED: "bad",
    Stage.EXPIRED: "bad",
    Stage.BLOCKED: "off",
    Stage.DISCARDED: "off",
}
_UNITS = ("kB", "MB", "GB")
_STEP = 1000


def local_time(ms: int) -> datetime:
    """Give wall-clock milliseconds as this computer's local time."""
    return datetime.fromtimestamp(ms / 1000).astimezone()


def size(count: int) -> str:
    """`512 B`, `1.4 kB`, `23 MB`: decimal units, two figures where they matter."""
    if count < _STEP:
        return f"{count} B"
    value, unit = count / _STEP, _UNITS[0]
    for larger in _UNITS[1:]:
        if value < _STEP:
            break
        value, unit = value / _STEP, larger
    return f"{value:.1f} {unit}" if value < 10 else f"{int(value)} {unit}"  # noqa: PLR2004 - one figure before the dot


def add_filters(templates: "Environment") -> None:
    """Teach the templates these filters. They read `t` (the words) and `now_ms` from what a page is given."""
    from jinja2 import pass_context

    templates.filters.update(
        time=pass_context(_time),
        moment=_moment,
        lasting=pass_context(_lasting),
        words=pass_context(_words),
        short=figures.short,
        dollars=figures.dollars,
        bytes=size,
        mark=lambda stage: MARKS[stage],
        tone=lambda stage: _TONES[stage],
        tool=short_name,
        visible=visible,
        left=pass_context(_left),
    )


def _time(context: "Context", at_ms: int) -> str:
    """As the tray says it: `10:42`, `tomorrow 08:00`, `11-25 08:00`."""
    return Speaker(catalog=context["t"], local=local_time, now_ms=context["now_ms"]).time(at_ms)


def _moment(at_ms: int) -> str:
    """In full, for a tooltip or a detail: `2026-11-22 10:42:07`."""
    return local_time(at_ms).strftime("%Y-%m-%d %H:%M:%S")


def _lasting(context: "Context", ms: int) -> str:
    """`40 s`, `12 min`, `1 h 5 min`."""
    said: str = context["t"](figures.duration(ms))
    return said


def _left(context: "Context", at_ms: int) -> str:
    """How long until then, as a clock counts down: `29:58`."""
    seconds = max(0, at_ms - int(context["now_ms"])) // 1000
    return f"{seconds // 60}:{seconds % 60:02}"


def _words(context: "Context", stage: Stage) -> str:
    """`sent`, `waits`, `not sent`."""
    said: str = context["t"](text(f"shell.stage_{stage}"))
    return said
