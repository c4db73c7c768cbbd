"""Finds a robot's webhook, key and keywords in whatever was pasted: a chat, a table, JSON, an environment file.

Nothing is checked here. A mark of Chinese writing ends an address or a key: "Webhook：…，加签：SEC…，关键词：部署".
"""

import re
import unicodedata
from itertools import zip_longest
from urllib.parse import unquote

from tray_app.core.kernel.invisible import visible
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Pasted
from tray_app.core.robots.credentials import read_keywords

_MAX_PASTED = 20_000
_KEY_LENGTH = 67  # SEC and 64 hex digits

_ESCAPES = {"\\/": "/", "\\n": "\n", "\\r": "\n", "\\t": "\t", '\\"': '"', "&amp;": "&"}
_ESCAPED = re.compile(
    r"\\u(00[2-7][0-9a-f]|0[1-9a-f][0-9a-f]{2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2})|\\[/nrt\"]|&amp;",
    re.IGNORECASE,
)
_WIDE_STOP = re.compile(r"[，。；、！（）【】「」『』《》〈〉“”‘’…]|：(?![/／])|？(?![aａ])")
_STOP = r"\s\"'`<>{}|\\^,;#\x80-\U0010ffff"
_ASCII = re.IGNORECASE | re.ASCII  # else "ı" in the stops is an "i"
_URL = re.compile(rf"[a-z][a-z0-9+.-]{{0,30}}://[^{_STOP}]+", _ASCII)
_BARE_URL = re.compile(rf"(?:[a-z0-9-]+\.)+[a-z]+/robot/send\?[^{_STOP}]+", _ASCII)
_KEY = re.compile(r"(?<![A-Za-z0-9])sec[a-z0-9]{8,}", re.IGNORECASE)
_SIGNED = re.compile(r"&(?:timestamp|sign|pc_slide)=[^&#]*")
_WRAPPED = re.compile(r"(/robot/send)\s*(\?)\s*(access_token)\s*(=)\s*(?=[0-9a-f]{16})", re.IGNORECASE)
_PERCENT = re.compile(r"https?%3a(?:%2f|/){2}[^\s\"'`<>&]+", re.IGNORECASE)  # an address within another
_TOKEN = re.compile(r"access_token=([^&#]*)")
_GLUED = re.compile(r"(?<=[a-z0-9+.-])(?=https?://)", re.IGNORECASE)  # "webhookhttps://…"
_BROKEN = re.compile(  # over the end of a line, as mails and terminals break it
    r"(access_token=|(?<![a-z0-9])sec)([0-9a-f]{8,63})[^\S\n]*\n[^\S\n]*([0-9a-f]{1,56})(?![0-9a-z])", re.IGNORECASE
)
_KEYWORDS = re.compile(
    r"""(?:(?<![a-z0-9])keywords?|关键[词字])["'“”*`]{0,3}
    (?:\s*(?:(?:is|are)?\s*[:：=]|是|为)|[^\S\n]+(?:is|are)[^\S\n]|[^\S\n]*[|>\t](?![^\n]*\n[|\s:-]*-)|[^\S\n](?=\S{1,20}[^\S\n]*(?:\n|\Z)))
    [^\S\n]*(?P<value>(?:\n[^\S\n]*-[^\S\n][^\n]+)+|\[[^\]\n]*\]
    |"[^"\n]*"(?:\s*[,，、]\s*"[^"\n]*"(?!\s*:))*|'[^'\n]*'(?:\s*[,，、]\s*'[^'\n]*'(?!\s*:))*
    |\n[^\S\n]*[^\s:：=]{1,20}[^\S\n]*(?=\n|\Z)|[^\n]*)""",
    re.IGNORECASE | re.VERBOSE,
)
_NEXT_LABEL = re.compile(
    r"""["'“”]?(?:[a-z_]*(?:webhook|url|secret|sign|token|robot)[a-z_]*|[a-z]+://|加签|密钥|签名|机器人|地址|链接|名称)
    |["'“”]?\bsec[0-9a-f]{8}""",
    re.IGNORECASE | re.VERBOSE,
)
_BRACKETS = re.compile(r"</?[a-z]+>|[「」『』【】（）()〈〉《》|]+", re.IGNORECASE)
_NO_KEYWORD = frozenset({"", "无", "没有", "none", "null", "-", "—"})


def read_pasted(*chunks: str) -> Pasted:
    """Find webhook, signing key and keywords: any order, one chunk or several, with words around them.

    Full-width letters, invisible characters, quotes and the escapes of JSON are taken off. Never raises.
    """
    raw = "\n".join(_ESCAPED.sub(_unescaped, visible(chunk[:_MAX_PASTED])) for chunk in chunks)
    raw = _GLUED.sub(" ", _BROKEN.sub(_joined, raw))
    raw = _WRAPPED.sub(r"\1\2\3\4", _PERCENT.sub(lambda found: f" {unquote(found[0])}", raw))
    plain = unicodedata.normalize("NFKC", _WIDE_STOP.sub(" ", raw))
    webhooks = _webhooks(plain)
    keys = _keys(_BARE_URL.sub(" ", _URL.sub(" ", plain)))
    keywords = _keywords(raw)
    pairs = zip_longest(webhooks, keys, fillvalue="") if len(webhooks) == len(keys) else ((one, "") for one in webhooks)
    choices = tuple(_pasted(webhook, key, keywords) for webhook, key in pairs) if len(webhooks) > 1 else ()
    return _pasted(next(iter(webhooks), ""), next(iter(keys), ""), keywords, choices)


def _pasted(webhook: str, key: str, keywords: tuple[str, ...], choices: tuple[Pasted, ...] = ()) -> Pasted:
    return Pasted(webhook=Secret(webhook), secret=Secret(key), keywords=keywords, choices=choices)


def _webhooks(plain: str) -> list[str]:
    """Addresses with a token, each token once; else the first address."""
    urls = _URL.findall(plain) or ["https://" + found for found in _BARE_URL.findall(plain)]
    urls = [_SIGNED.sub("", url.rstrip(".,;:!?)]'")) for url in urls]
    robots: dict[str, str] = {}
    for url in urls:
        if token := _TOKEN.search(url):
            robots.setdefault(token[1], url)
    return list(robots.values()) or urls[:1]


def _keys(rest: str) -> list[str]:
    """Whole keys, else the first that looks like one."""
    keys = list(dict.fromkeys("SEC" + key[3:] for key in _KEY.findall(rest)))
    return [key for key in keys if len(key) == _KEY_LENGTH] or keys[:1]


def _keywords(raw: str) -> tuple[str, ...]:
    found = _KEYWORDS.search(raw)
    if found is None:
        return ()
    value = found["value"]
    following = None if value[:1] in {"[", '"', "'"} else _NEXT_LABEL.search(value)
    if value.startswith("\n") and value.lstrip().startswith("-"):  # a list of YAML
        value, following = ",".join(line.strip().removeprefix("-") for line in value.strip().split("\n")), None
    told = _BRACKETS.sub(",", value[: following.start()] if following else value)
    words = read_keywords(told.strip("[],|*` \t\n。.{}"))
    return tuple(word for word in words if word.lower() not in _NO_KEYWORD)


def _joined(found: re.Match[str]) -> str:
    """Put the halves of a token or key together, where they are a whole one."""
    whole = len(found[2]) + len(found[3]) == _KEY_LENGTH - len("SEC")
    return f"{found[1]}{found[2]}{found[3]}" if whole else found[0]


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _ESCAPES[found[0].lower()]
