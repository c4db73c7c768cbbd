"""Addresses that DingTalk's desktop app opens in the system's browser, and where in a text they stand."""

import re
from collections.abc import Callable
from urllib.parse import quote

from tray_app.core.messages.markdown import fence_after

_WEB = re.compile(r"https?://", re.IGNORECASE)
_IN_BROWSER = "dingtalk://dingtalkclient/page/link?url="  # DingTalk's own; phones open the page within the app
_LINK = re.compile(
    r"""
    \\. | (?<!`)(`+)(?!`).{1,4000}?(?<!`)\1(?!`)   # escaped, or code: stays
    | !\[[^\[\]\n]{0,500}\]\([^()\n]{0,4000}\)    # a picture, which may stand in a link's words: stays
    | (?P<words>\]\([ ]{0,3})(?:<(?P<in>https?://[^<>\n]{1,4000})>|(?P<url>https?://(?:[^\s()<>]|\([^\s()<>]{0,500}\)){1,4000}))
      (?=\s*\)|\s+["'(])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def in_browser(url: str) -> str:
    """Wrap a web address so that DingTalk's desktop app opens it in the system's browser, not in its side bar."""
    return f"{_IN_BROWSER}{quote(url, safe='')}&pc_slide=false" if _WEB.match(url) else url


def linked(markdown: str, link: Callable[[str], str]) -> str:
    """Give each link of markdown the address that `link` makes of it; pictures, code and bare addresses stay."""

    def replaced(found: re.Match[str]) -> str:
        url = found["in"] or found["url"]
        return found["words"] + link(url) if url and link(url) != url else found[0]

    lines: list[str] = []
    fence = ""
    for line in markdown.split("\n"):
        before, fence = fence, fence_after(fence, line)
        lines.append(line if before or fence or "](" not in line else _LINK.sub(replaced, line))
    return "\n".join(lines)
