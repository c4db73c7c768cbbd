"""A message as the group saw it, as HTML that can do nothing: the one file that knows markdown.

What an agent wrote never becomes markup of its own: markdown-it leaves HTML out, and everything then passes nh3's list
of what is allowed. Links tell where they go; pictures are only named until the owner asks for them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from tray_app.core.messages.message import ActionCard, FeedCard, LinkMessage, MarkdownMessage, Message, TextMessage

_SCHEMES = frozenset({"http", "https", "dingtalk"})
_TAGS = frozenset(
    {"p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "a", "span", "img", "bdi"}
)
_PICTURE = Markup('<img src="{}" alt="{}" referrerpolicy="no-referrer" loading="lazy">')
_MOST_PICTURES = 20
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?")
_URL = re.compile(r"https?://[^\s<>\"'，。；：！？、）》”]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link with its words. `host` is where it really goes; `url` is empty where it may go nowhere."""

    title: str
    url: str
    host: str


def link_of(title: str, url: str) -> Link:
    """Look at an address: only web pages and DingTalk's own links may be followed."""
    parts = _split(url)
    if parts is None or parts[0] not in _SCHEMES:
        return Link(title=title, url="", host=url)
    return Link(title=title, url=url, host=parts[1])


def markdown(text: str, *, pictures: bool) -> Markup:
    """Render markdown. Line breaks show, as on DingTalk's phones; `pictures` puts https pictures in."""
    parser = _parser()
    shown = parser.render(text, {"pictures": pictures})
    clean = nh3.clean(
        shown,
        tags=set(_TAGS),
        attributes={"a": {"href", "target"}, "ol": {"start"}, "img": {"src", "alt", "referrerpolicy", "loading"}},
        allowed_classes={"span": {"host", "picture"}, "p": {"heading", "h1", "h2", "h3", "h4", "h5", "h6"}},
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it


def pictures_of(message: Message) -> tuple[str, ...]:
    """Addresses of a message's pictures that may be loaded: https alone, each once."""
    match message:
        case LinkMessage(pic_url=url):
            found = [url]
        case FeedCard(links=links):
            found = [item.pic_url for item in links]
        case MarkdownMessage(text=text) | ActionCard(text=text):
            found = list(_pictures(_parser().parse(text)))
        case TextMessage():
            found = []
    return tuple(dict.fromkeys(url for url in found if loadable(url)))[:_MOST_PICTURES]


def loadable(url: str) -> bool:
    """Whether a picture may be asked for: over https, and by a name that fits into a security policy as it is."""
    return _source(url) is not None


def sources(urls: Sequence[str]) -> str:
    """The hosts of pictures as `img-src` of a Content-Security-Policy reads them."""
    return " ".join(dict.fromkeys(source for url in urls if (source := _source(url)) is not None))


def _source(url: str) -> str | None:
    parts = _split(url)
    if parts is None or parts[0] != "https":
        return None
    return f"https://{parts[1]}" if _HOST.fullmatch(parts[1]) else None


def _split(url: str) -> tuple[str, str] | None:
    """Scheme and host (with its port), the host as the network spells it; None for what is no address."""
    try:
        parts = urlsplit(url.strip())
        name = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return None
    if parts.scheme == "dingtalk":
        return "dingtalk", f"dingtalk://{name}"
    return (parts.scheme, name + port) if name and parts.scheme in _SCHEMES else None


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer).enable("strikethrough")
    parser.validateLink = _may_link  # type: ignore[method-assign]  # the library's own way to say it
    return parser


def _may_link(url: str) -> bool:
    parts = _split(url)
    return parts is not None and parts[0] in _SCHEMES


class _Renderer(RendererHTML):
    """Writes links with their host, and pictures as words or, where asked for, as pictures."""

    def heading_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """The page has headings of its own; a message's are only big."""
        return f'<p class="heading {tokens[idx].tag}">'

    def heading_close(self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType) -> str:
        return "</p>\n"

    def link_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        href = str(tokens[idx].attrGet("href") or "")
        return str(Markup('<a href="{}" target="_blank"><bdi>').format(href))

    def link_close(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        host = link_of("", _href_before(tokens, idx)).host
        return str(Markup('</bdi></a> <span class="host">{}</span>').format(host))

    def image(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        src, alt = str(tokens[idx].attrGet("src") or ""), tokens[idx].content
        if env.get("pictures") and loadable(src):
            return str(_PICTURE.format(src, alt))
        host = link_of("", src).host
        return str(Markup('<span class="picture">{} <span class="host">{}</span></span>').format(alt or "…", host))


def _href_before(tokens: Sequence[Token], idx: int) -> str:
    """The address of the link that ends here; links hold no links."""
    for token in reversed(tokens[:idx]):
        if token.type == "link_open":
            return str(token.attrGet("href") or "")
    return ""


def _pictures(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "image":
            yield str(token.attrGet("src") or "")
        yield from _pictures(token.children or ())


def plain(text: str) -> Markup:
    """Render a plain text: every character as it is (the style sheet keeps line breaks), addresses as links."""
    shown, at = Markup(), 0
    for found in _URL.finditer(text):
        link = link_of(found[0], found[0])
        shown += escape(text[at : found.start()]) + (_written(link) if link.url else escape(found[0]))
        at = found.end()
    return shown + escape(text[at:])


def _written(link: Link) -> Markup:
    return Markup(
        '<a href="{}" target="_blank" rel="noopener noreferrer nofollow"><bdi>{}</bdi></a> <span class="host">{}</span>'
    ).format(link.url, link.title, link.host)
