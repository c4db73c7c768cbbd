"""The owner's own words for automatic notices: `[templates.KIND]` of `settings.toml`, with fields by name in braces.

`title = "{project} 等您：{asks}"`. A template with a fault says which, and the built-in words are sent in its place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType
from typing import Annotated

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.notices import NoticeKind
from tray_app.core.settings.values import FieldShape, ValueKind, Wrong

_MOST_CHARS = 4_000
_ALWAYS = ("title", "body", "project", "branch", "agent", "operator", "time", "figures")
FIELDS: Mapping[NoticeKind, tuple[str, ...]] = MappingProxyType(
    {
        NoticeKind.SESSION_END: (*_ALWAYS, "mark", "outcome", "lines", "work"),
        NoticeKind.TASK_DONE: (*_ALWAYS, "mark", "outcome", "lines", "duration"),
        NoticeKind.WAITING: (*_ALWAYS, "asks", "details", "duration", "lines"),
        NoticeKind.FAILURE: (*_ALWAYS, "why", "hint", "lines"),
    }
)


def _read(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST_CHARS:
        raise Wrong(text("settings.want_template", most=_MOST_CHARS))
    return value


_WORDS = ValueKind(shape=FieldShape.WORD, read=_read)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """Words for title and body; empty: the built-in ones. A fault in them is no fault of the file."""

    title: Annotated[str, _WORDS] = ""
    body: Annotated[str, _WORDS] = ""


USUAL_WORDS = MessageTemplate()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplates:
    """One for each kind of notice."""

    session_end: MessageTemplate = USUAL_WORDS
    task_done: MessageTemplate = USUAL_WORDS
    waiting: MessageTemplate = USUAL_WORDS
    failure: MessageTemplate = USUAL_WORDS

    def of(self, kind: NoticeKind) -> MessageTemplate:
        """The words of one kind."""
        found: MessageTemplate = getattr(self, kind.value)
        return found

    @property
    def fault(self) -> Text | None:
        """The first one, with the key it is in."""
        for kind in NoticeKind:
            for part, why in faults(kind, self.of(kind)).items():
                return text("templates.faulty", key=f"templates.{kind}.{part}", why=why)
        return None


BUILT_IN_WORDS = MessageTemplates()


def faults(kind: NoticeKind, template: MessageTemplate) -> Mapping[str, Text]:
    """What is wrong with `title` and `body`, by name; empty where both can be used."""
    found: dict[str, Text] = {}
    for part, said in (("title", template.title), ("body", template.body)):
        why = _fault(said, FIELDS[kind])
        if why is None and part == "title" and "\n" in said.strip():
            why = text("templates.one_line")
        if why is not None:
            found[part] = why
    return found


def filled(said: str, values: Mapping[str, str]) -> str:
    """Put the values in; the template is one without a fault, and a field that is not there is empty."""
    return "".join(words + ("" if name is None else values.get(name, "")) for words, name in _parts(said))


def _fault(said: str, known: tuple[str, ...]) -> Text | None:
    try:
        names = [name for _, name in _parts(said) if name is not None]
    except ValueError:
        return text("templates.braces")
    unknown = next((name for name in names if name not in known), None)
    if unknown is None:
        return None
    from difflib import get_close_matches

    near = get_close_matches(unknown, known, n=1)
    if near:
        return text("templates.unknown_near", name=unknown, near=near[0])
    return text("templates.unknown", name=unknown, known=", ".join(known))


def _parts(said: str) -> Iterator[tuple[str, str | None]]:
    """Words, and the field behind them. Raises ValueError for braces that do not pair, and for more than a name."""
    for words, name, form, conversion in Formatter().parse(said):
        if form or conversion or (name is not None and not name.strip()):
            raise ValueError(said)
        yield words, name if name is None else name.strip()
