"""A message of our own in the owner's words, where there are any without a fault, else in the built-in ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tray_app.core.messages.literal import as_value, as_words
from tray_app.core.messages.markdown import one_line
from tray_app.core.messages.message import MAX_TITLE_CHARS, NOBODY, MarkdownMessage, Mentions
from tray_app.core.messages.signature import signed
from tray_app.core.settings.message_templates import MessageTemplate, faults, filled
from tray_app.core.settings.notices import NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """What the app would say: a title, markdown below its heading, and `full` where that is not all of it.

    `values` are the fields of a template as plain words, `markdown` those that are markdown already; `signature` are
    the words of the last line, as markdown.
    """

    title: str
    body: str
    signature: Sequence[str]
    full: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    markdown: Mapping[str, str] = field(default_factory=dict)
    mentions: Mentions = NOBODY


def worded(kind: NoticeKind, said: BuiltIn, template: MessageTemplate) -> MarkdownMessage:
    """Write the message; a part of the template that is empty or faulty leaves that part built-in."""
    faulty = faults(kind, template)
    plain = {**said.markdown, **said.values, "title": said.title, "body": ""}
    own = "" if "title" in faulty else one_line(filled(template.title, plain))
    title = (own or said.title)[:MAX_TITLE_CHARS]
    heading = as_words(title)
    marked = {name: as_value(value) for name, value in said.values.items()}
    marked |= {**said.markdown, "title": heading, "body": said.body}
    body = "" if "body" in faulty else filled(template.body, marked)

    def written(below: str) -> str:
        return "\n\n".join(part for part in (f"### {heading}", below) if part)

    return MarkdownMessage(
        title=title,
        text=signed(body.strip() or written(said.body), said.signature),
        mentions=said.mentions,
        full=signed(written(said.full), said.signature) if said.full else "",
    )
