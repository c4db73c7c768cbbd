"""Markdown as a person in the group reads it: rendered as DingTalk's clients do, tags gone, white space normalised."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

from tray_app.channels.dingtalk.body import phone_breaks

_CLIENT = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])


class _Words(HTMLParser):
    """Collects what is shown: tags and comments are not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []

    def handle_data(self, data: str) -> None:
        self.shown.append(data)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"br", "p", "li"}:
            self.shown.append("\n")


def html_of(markdown: str) -> str:
    """What a client makes of a message's text: HTML in it lives, as it does there."""
    return str(_CLIENT.render(phone_breaks(markdown)))


def visible(markdown: str) -> str:
    """The words that a person reads, on one line."""
    words = _Words()
    words.feed(html_of(markdown))
    words.close()
    return one_line("".join(words.shown))


def one_line(value: str) -> str:
    """The same for a value: white space normalised, and no control characters, which no phone shows."""
    shown = "".join(char for char in value if char.isspace() or char.isprintable() or ord(char) > 159)  # C1 ends at 159
    return " ".join(shown.split())
