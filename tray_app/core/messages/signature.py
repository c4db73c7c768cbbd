"""The line at a message's end that says whose it is: discreet, the last one, and the place for a robot's keyword.

In markdown it is a quote, which phones show grey. `signed` writes it, `parted` finds it again.
"""

from collections.abc import Sequence

APP = "dingtalk-tray"
_DASH = "— "
_QUOTE = "> "
_BETWEEN = " · "


def signed(text: str, words: Sequence[str], *, markdown: bool = True) -> str:
    """Put the line below the text: `> — Ann · shop · 09:05`; empty words are left out, and no words no line."""
    said = _BETWEEN.join(word for word in words if word)
    return f"{text}\n\n{_head(markdown)}{said}" if said else text


def parted(text: str, *, markdown: bool = True) -> tuple[str, str]:
    """Cut a text into what it says and its signature line with the space before it; that is empty where it has none."""
    above, line_break, last = text.rpartition("\n")
    if not line_break or not last.startswith(_head(markdown)):
        return text, ""
    said = above.rstrip("\n")
    return said, text[len(said) :]


def shared_signature(texts: Sequence[str]) -> str:
    """The last markdown text's signature line with the space before it, without what others of them do not say."""
    spaces, head, last = parted(texts[-1])[1].partition(_head(markdown=True))
    others = [parted(one)[1].partition(_head(markdown=True))[2].split(_BETWEEN) for one in texts[:-1]]
    words = [word for word in last.split(_BETWEEN) if word and all(word in one for one in others)]
    return f"{spaces}{head}{_BETWEEN.join(words)}" if words else ""


def with_keyword(text: str, keyword: str, *, markdown: bool = True) -> str:
    """Put a keyword into the signature line, which says the app's name where there was none."""
    _, line = parted(text, markdown=markdown)
    if line:
        return f"{text}{_BETWEEN}{keyword}"
    return signed(text, _with_app(keyword), markdown=markdown)


def title_with_keyword(title: str, keyword: str) -> str:
    """Do so where a field has one line only."""
    return f"{title} {_DASH}{_BETWEEN.join(_with_app(keyword))}"


def _with_app(keyword: str) -> tuple[str, ...]:
    return (APP,) if keyword in APP else (APP, keyword)


def _head(markdown: bool) -> str:  # noqa: FBT001 - the one thing it depends on
    return (_QUOTE if markdown else "") + _DASH
