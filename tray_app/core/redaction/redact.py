"""Takes secrets out of what goes to a group: finds them by form, by name and by block, and puts a mask in their place.

It is a net, not a proof (docs/redaction.md). Every step is linear in the text.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from tray_app.core.messages.message import (
    MAX_TITLE_CHARS,
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
)
from tray_app.core.policy.patterns import BadPattern, compiled
from tray_app.core.redaction import kinds as redact_keys
from tray_app.core.redaction.escapes import unescaped
from tray_app.core.redaction.forms import Form
from tray_app.core.redaction.kinds import MaskedCount, SecretKind, SecretSpan
from tray_app.core.redaction.names import NEEDLES
from tray_app.core.redaction.needles import NeedlePlaces, Needles
from tray_app.core.redaction.table import FORMS
from tray_app.core.redaction.values import is_mixed, is_placeholder, is_striking

_NEEDLES = Needles([*redact_keys.NEEDLES, *NEEDLES, *(needle for form in FORMS for needle in form.needles)])
_NAMES = frozenset(NEEDLES)
_FORMS_OF: dict[str, list[int]] = {}  # places in FORMS by needle: of a hundred forms a text may hold two
for _place, _form in enumerate(FORMS):
    for _needle in _form.needles:
        _FORMS_OF.setdefault(_needle, []).append(_place)
Mask = Callable[[SecretKind], str]
_WIDE = re.compile(r"[\u2e80-\u9fff]+")
_PORT = re.compile(r"\d{1,5}(?:[/?#)\]，。,;]|$)")
_URL_WORDS = frozenset({"pass", "password", "passwd", "pwd", "secret", "token", "user", "pw"})
_URL_BREAK = re.compile(r"[\s\"'<>`（）「」【】，。；]")
_MASKED = re.compile(
    rf"【(?:[^【】\n]{{1,40}} hidden|已隐藏：[^【】\n]{{1,24}})】|hidden-(?:{'|'.join(SecretKind)})(?![a-z-])"
)
_URL_CHARS = 2_000
_INNER_CHARS = 200  # how far a form goes on behind a needle that stands within it


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text without its secrets, and what they were by kind and count."""

    text: str
    found: tuple[MaskedCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedMessage:
    """A message without its secrets, and what they were by kind and count over all its fields."""

    message: Message
    found: tuple[MaskedCount, ...] = ()


def redact(text: str, *, mask: Mask, allow: Sequence[str] = ()) -> Redacted:
    """Put masks in the place of secrets.

    `mask` names a kind in the reader's language; within a URL it is `hidden-<kind>`, so that the URL stays one. A value
    stays that is an entry of `allow`, or that an entry matches from end to end as a regular expression; one that cannot
    be compared in time does not. Masks of the app's own (`assets/texts/redact.toml`) are left as they are.
    """
    found = [span for span in _found(_unmasked(text)) if not _allowed(text[span.start : span.end], allow)]
    parts: list[str] = []
    at = 0
    for span in found:
        parts += [text[at : span.start], f"hidden-{span.kind}" if _in_url(text, span.start) else mask(span.kind)]
        at = span.end
    return Redacted(text="".join([*parts, text[at:]]), found=_counted(span.kind for span in found))


def redact_message(message: Message, *, mask: Mask, allow: Sequence[str] = ()) -> RedactedMessage:
    """Do so in every field that people see or that a click opens.

    A user id that looks secret mentions nobody, and DingTalk would show it as it is: it is left out, and counted.
    """
    counts: Counter[str] = Counter()

    def clean(text: str) -> str:
        done = redact(text, mask=mask, allow=allow)
        counts.update({finding.kind: finding.count for finding in done.found})
        return done.text

    def title(text: str) -> str:
        done = clean(text)
        return done if done == text or len(done) <= MAX_TITLE_CHARS else done[: MAX_TITLE_CHARS - 1] + "…"

    def mentions(said: Mentions) -> Mentions:
        kept = tuple(each for each in said.user_ids if clean(each) == each)
        return said if kept == said.user_ids else replace(said, user_ids=kept)

    cleaned = _each_field(message, body=clean, title=title, mentions=mentions)
    return RedactedMessage(message=cleaned, found=tuple(MaskedCount(kind=kind, count=counts[kind]) for kind in counts))


def _each_field(
    message: Message,
    *,
    body: Callable[[str], str],
    title: Callable[[str], str],
    mentions: Callable[[Mentions], Mentions],
) -> Message:
    match message:
        case TextMessage():
            return replace(
                message, content=body(message.content), mentions=mentions(message.mentions), full=body(message.full)
            )
        case MarkdownMessage():
            return replace(
                message,
                title=title(message.title),
                text=body(message.text),
                mentions=mentions(message.mentions),
                full=body(message.full),
            )
        case LinkMessage():
            return replace(
                message,
                title=title(message.title),
                text=body(message.text),
                message_url=body(message.message_url),
                pic_url=body(message.pic_url),
            )
        case ActionCard():
            buttons = tuple(Button(title=title(each.title), url=body(each.url)) for each in message.buttons)
            return replace(
                message,
                title=title(message.title),
                text=body(message.text),
                buttons=buttons,
                mentions=mentions(message.mentions),
                full=body(message.full),
            )
        case FeedCard():
            links = (
                FeedItem(title=title(each.title), message_url=body(each.message_url), pic_url=body(each.pic_url))
                for each in message.links
            )
            return FeedCard(links=tuple(links))
        case _:
            assert_never(message)


def _unmasked(text: str) -> str:
    """Put brackets in the place of masks of an earlier time: what they say is neither a name nor a value."""
    return _MASKED.sub(lambda found: "】" * len(found[0]), text) if "hidden" in text or "已隐藏" in text else text


def _found(text: str) -> list[SecretSpan]:
    """All secrets in their order; where two overlap they are one, of the kind that the more certain step says.

    A text with escapes is looked through as it is written and as it is read: neither hides a secret from the other.
    """
    spans, read = _spans(text), unescaped(text)
    if read is not None:
        spans += [read.as_written(span) for span in _spans(read.text)]
    return _merged(spans)


def _spans(text: str) -> list[SecretSpan]:
    present = _NEEDLES.in_text(text)
    if not present:
        return []
    lowered = _lowered(text)
    spans: list[SecretSpan] = []
    if not present.keys().isdisjoint(redact_keys.NEEDLES):
        spans += redact_keys.spans(text)
    for place in sorted({place for needle in present for place in _FORMS_OF.get(needle, ())}):
        form = FORMS[place]
        spans += _of_form(form, text, lowered if form.loose else text, present)
    if not present.keys().isdisjoint(_NAMES):
        known = {needle: present[needle] for needle in NEEDLES if needle in present}
        from tray_app.core.redaction import columns, named  # their patterns take 10 ms to make ready

        spans += named.spans(text, lowered, known)
        spans += columns.spans(text, lowered)
    return spans


def _of_form(form: Form, text: str, searched: str, present: Mapping[str, Sequence[int]]) -> Iterator[SecretSpan]:
    """Try the form wherever one of its needles stands."""
    pattern, inner = form.pattern, form.inner
    group = "secret" if "secret" in pattern.groupindex else 0
    for needle in form.needles:
        places = NeedlePlaces(searched, needle, present.get(needle, ()))
        for at in places:
            if inner:
                match = pattern.search(searched, max(0, at - inner), at + _INNER_CHARS)
            else:
                match = pattern.match(searched, at)
            if match is None:
                continue
            places.skip_to = max(places.skip_to, match.end())
            start, end = match.span(group)
            if _is_secret(form, text[start:end]):
                yield SecretSpan(start=start, end=end, kind=form.kind)


def _is_secret(form: Form, value: str) -> bool:
    if len(value) < form.least or (form.mixed and not is_mixed(value)) or is_placeholder(value):
        return False
    if form.striking and not is_striking(value):
        return False
    return form.kind is not SecretKind.URL_PASSWORD or not (
        _PORT.match(value) or _WIDE.fullmatch(value) or value.lower() in _URL_WORDS
    )


def _merged(spans: Sequence[SecretSpan]) -> list[SecretSpan]:
    ranked = sorted(enumerate(spans), key=lambda each: (each[1].start, each[0]))
    merged: list[tuple[int, SecretSpan]] = []
    for rank, span in ranked:
        if merged and span.start < merged[-1][1].end:
            best, before = merged[-1]
            kind = before.kind if best <= rank else span.kind
            merged[-1] = (min(best, rank), replace(before, end=max(before.end, span.end), kind=kind))
        else:
            merged.append((rank, span))
    return [span for _, span in merged]


def _lowered(text: str) -> str:
    """The text in lower case, each character in its place ("İ" would become two)."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(char.lower() if char.isascii() else char for char in text)


def _in_url(text: str, at: int) -> bool:
    start = text.rfind("://", max(0, at - _URL_CHARS), at)
    return start >= 0 and _URL_BREAK.search(text, start, at) is None


def _allowed(value: str, allow: Sequence[str]) -> bool:
    read = unescaped(value)
    return any(_is(entry, spelled) for entry in allow for spelled in ((value,) if read is None else (value, read.text)))


def _is(entry: str, value: str) -> bool:
    try:
        return value == entry or bool(compiled(entry).fullmatch(value))
    except (BadPattern, UnicodeEncodeError):
        return False


def _counted(kinds: Iterable[SecretKind]) -> tuple[MaskedCount, ...]:
    return tuple(MaskedCount(kind=kind.value, count=count) for kind, count in Counter(kinds).items())
