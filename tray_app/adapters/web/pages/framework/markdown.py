"""A message as the group saw it, as HTML that can do nothing: the one file that knows markdown.

What an agent wrote never becomes markup of its own: markdown-it leaves HTML out, and everything then passes nh3's list
of what is allowed. Links tell where they go; pictures are only named until the owner asks for them.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from tray_app.adapters.web.pages.framework.links import SCHEMES, link_of, loadable, may_follow
from tray_app.core.messages.message import ActionCard, FeedCard, LinkMessage, MarkdownMessage, Message, TextMessage

_TAGS = frozenset(
    {"p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "a", "span", "img", "bdi"}
)
_PICTURE = Markup('<img src="{}" alt="{}" referrerpolicy="no-referrer" loading="lazy">')
_MOST_PICTURES = 20


def markdown(text: str, *, pictures: bool) -> Markup:
    """Render markdown. Line breaks show, as on DingTalk's phones; `pictures` puts https pictures in."""
    parser = _parser()
    shown = parser.render(text, {"pictures": pictures})
    clean = nh3.clean(
        shown,
        tags=set(_TAGS),
        attributes={"a": {"href", "target"}, "ol": {"start"}, "img": {"src", "alt", "referrerpolicy", "loading"}},
        allowed_classes={"span": {"host", "picture"}, "p": {"heading", "h1", "h2", "h3", "h4", "h5", "h6"}},
        url_schemes=set(SCHEMES),
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


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer).enable("strikethrough")
    parser.validateLink = may_follow  # type: ignore[method-assign]  # the library's own way to say it
    return parser


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
