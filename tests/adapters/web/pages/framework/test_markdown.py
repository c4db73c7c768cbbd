"""What agents wrote becomes HTML that can do nothing: no script, no address but the web's, no picture unasked."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.adapters.web.pages.framework.links import link_of, loadable, plain, sources
from tray_app.adapters.web.pages.framework.markdown import markdown, pictures_of
from tray_app.core.messages.message import MarkdownMessage

TAGS = {"p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "a", "span", "bdi"}
ATTRIBUTES = {
    "a": {"href", "target", "rel"},
    "span": {"class"},
    "p": {"class"},
    "ol": {"start"},
    "img": {"src", "alt", "referrerpolicy", "loading"},
}


class Looker(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    looker = Looker()
    looker.feed(html)
    return looker.found


def assert_harmless(html: str, *, pictures: bool = False) -> None:
    for tag, attributes in tags(html):
        assert tag in (TAGS | {"img"} if pictures else TAGS)
        assert set(attributes) <= ATTRIBUTES.get(
            tag, {"src", "alt", "referrerpolicy", "loading"} if tag == "img" else set()
        )
        href = attributes.get("href")
        if href is not None:
            assert re.match(r"(https?|dingtalk)://", href, re.IGNORECASE)
            assert attributes["rel"] == "noopener noreferrer nofollow"
        if tag == "img":
            assert (attributes["src"] or "").startswith("https://")


EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example.com)",
    "[x](/ui/setup)",
    "[x](?lang=zh)",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '[x](https://a.b/"onmouseover="alert(1))',
    '![x](https://a.b/" onerror="alert(1))',
    "[x](https://a.b 'title\" onclick=\"alert(1)')",
    "<javascript:alert(1)>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "<!--><script>alert(1)</script>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>@import 'https://evil.example.com'</style>",
    "\u202e<script>\u2066alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]


@pytest.mark.parametrize("said", EVIL)
def test_no_markup_of_a_message_lives(said: str) -> None:
    for pictures in (False, True):
        assert_harmless(markdown(said, pictures=pictures), pictures=pictures)
    assert_harmless(plain(said))


@given(st.text(alphabet="<>\"'&[]()!`*_~#:/ \n\\abcjavscriptdt:=https.%;-|{}\t") | st.text())
def test_no_text_at_all_gets_out_of_what_is_allowed(said: str) -> None:
    assert_harmless(markdown(said, pictures=True), pictures=True)
    assert_harmless(plain(said))


def test_a_message_looks_as_on_a_phone() -> None:
    shown = markdown("### Done\nfirst\nsecond\n\n- **a**\n- `b`\n\n> c", pictures=False)
    assert '<p class="heading h3">Done</p>' in shown
    assert re.search(r"first<br\s*/?>\s*second", shown)
    assert [tag for tag, _ in tags(shown)] == ["p", "p", "br", "ul", "li", "strong", "li", "code", "blockquote", "p"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://docs.example.com:8443/a", "docs.example.com:8443"),
        ("https://good.example.com@evil.example.com/", "evil.example.com"),
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "xn--80ak6aa92e.com"),
        ("dingtalk://dingtalkclient/page/link?url=x", "dingtalk://dingtalkclient"),
    ],
)
def test_a_link_tells_where_it_really_goes(url: str, host: str) -> None:
    assert link_of("click", url).host == host
    assert f'<span class="host">{host}</span>' in markdown(f"[click]({url})", pictures=False)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://", "http://[", "/ui/setup", "x"])
def test_what_is_no_web_address_leads_nowhere_and_is_shown(url: str) -> None:
    link = link_of("click", url)
    assert (link.url, link.host) == ("", url)


def test_an_address_in_a_plain_text_is_a_link_up_to_the_sentences_end() -> None:
    shown = plain("看 https://a.example.com/x?y=1&z=2。完")
    assert 'href="https://a.example.com/x?y=1&amp;z=2"' in shown
    assert shown.endswith("。完")


def test_pictures_are_words_until_they_are_asked_for_and_then_only_over_https() -> None:
    said = "![chart](https://img.example.com/a.png) ![old](http://img.example.com/b.png)"
    assert "<img" not in markdown(said, pictures=False)
    assert 'chart <span class="host">img.example.com</span>' in markdown(said, pictures=False)
    asked = markdown(said, pictures=True)
    assert [attributes["src"] for tag, attributes in tags(asked) if tag == "img"] == ["https://img.example.com/a.png"]
    assert pictures_of(MarkdownMessage(title="t", text=f"[{said}](https://a.b)")) == ("https://img.example.com/a.png",)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.b; script-src *",
        "https://a.b,c",
        "https://*",
        "https://[::1]/x",
        "https://a b/",
        "https://'self'/",
        "x",
    ],
)
def test_no_host_can_say_more_in_a_policy_than_a_host(url: str) -> None:
    assert not re.search(r"[;,*'\s]", sources([url]))
    assert not loadable(url) or re.fullmatch(r"https://[A-Za-z0-9.:-]+", sources([url]))
