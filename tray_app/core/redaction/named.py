"""Secrets that are known by their name: `DB_PASSWORD=…`, `"client_secret": "…"`, `密码是：…`, `setPassword("…")`."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from tray_app.core.redaction.forms import compiled
from tray_app.core.redaction.kinds import SecretKind, SecretSpan
from tray_app.core.redaction.names import Name, name_at, places
from tray_app.core.redaction.values import Certainty, is_password, is_striking, is_token, is_wordy

_CLOSE = r"[\\\"'*`\])】」”’]{0,4}"
_WRAP = r"(?:[brn@](?=[\"'])|\[\]byte\(|(?:some|string(?:::from)?|sensitive|secret(?:str|string)?)\()?"
_OPEN = rf"(?:{_WRAP}(?P<open>\\{{0,3}}[\"'`“「‘]|'''|\"\"\"))"
_MARK = (
    r"(?:[:：=＝~]|[-=]>|[\u2190-\u21ff\u2794-\u27bf\U0001f446-\U0001f449\ufe0f]{1,3}|[-—–]{1,2}|[（(【\[]"
    r"|…{1,2}|\.{3,40})"
)
_TAG = r"<(?!/?(?:string|str|int|bool|your)>)/?[a-z][\w:-]{0,12}(?: [^<>\n]{0,60})?>"
_ENGLISH = (
    r"(?: (?:of|for) (?:the )?(?:user )?[\"'`]?[\w@.:/-]{1,60}[\"'`]?(?= (?:is|was)|[:：=]| =))?"
    r"(?:,? (?:is|it's|it is|was|are|were|be|being|became|will|would|should|must|may|can|has|have|had|been|now|"
    r"currently"
    r"|still|temporarily|re-?set|set|changed|updated|rotated|switched|to|as|again|equals?|which|works|i|we|you|use|"
    r"using"
    r"|used|typed|entered|generated|created|value|follows|below)(?![a-z]))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """What may stand between a name and its value, and how sure the value is: without quotes, and in them."""

    source: str = field(repr=False)
    certainty: Certainty = Certainty.NAMED
    quoted: Certainty = Certainty.QUOTED


def _link(pattern: str, certainty: Certainty = Certainty.NAMED, *, quoted: Certainty = Certainty.QUOTED) -> _Link:
    return _Link(source=pattern, certainty=certainty, quoted=quoted)


_FLAG = _link(r"[ \t]{1,4}(?=[^\s=:-])(?P<open>[\"'])?")
_TAGGED = _link(r">(?:<!\[cdata\[|<string>)?")
_LINKS = (
    # `password: str = "…"`; `password = …`, `"password": …`, `密码：…`, `| password | …`, `password=> …`
    _link(
        rf"{_CLOSE}(?: ?[(（\[][^()（）\[\]\n\"']{{1,30}}[)）\]])?[ \t]{{0,16}}[.·…]{{0,40}}+[ \t]{{0,2}}"
        r"(?::[ \t]?(?:[a-z_&][\w.]{0,30}(?:\[\w{0,20}\])?|\*?&?'?\w{0,10} ?str)(?:[ \t]\|[ \t]none)?(?:[ \t]=(?=[ "
        r"\t]{1,8}[^\s=])|[ \t]?=(?=[\"'`]))"
        r"|:=|={1,3}>?|:|：|＝|%3d|\||│|是|为|is\b|<-)"
        rf"(?:[ \t]{{0,8}}\|)?(?:[ \t*]|<(?:b|code|strong)>){{0,8}}(?:\|\|[ \t]|!!str |\[(?=[\"']))?{_OPEN}?"
    ),
    # `密码已重置为 …`, `密码如下：…`, `password是：…`, `密码（…）`, `密码“…”`
    _link(
        rf"{_CLOSE}(?:[ \t]{{0,4}}(?:[\u4e00-\u9fff]{{1,10}}+(?:[，,][\u4e00-\u9fff]{{1,8}}+)?[ \t]{{0,4}}(?:{_MARK})?|"
        rf"{_MARK}|(?=[“「‘]))|(?<=[】」”’\]]))[ \t*]{{0,4}}"
        rf"{_OPEN}?(?=[!-~])",
        Certainty.BARE,
    ),
    # `密码：（…）`, `密码:[…]`
    _link(rf"{_CLOSE}[ \t]?[:：是为=][ \t]?[（(【\[]{{1,2}}(?=[!-~])", Certainty.BARE),
    # `账号admin密码…`
    _link(r"(?<=[\u4e00-\u9fff])(?=[!-~])", Certainty.BARE),
    # `password was reset to …`, `password for "li": …`
    _link(rf"{_CLOSE}(?:'s|{_ENGLISH})(?:{_ENGLISH}){{0,4}}+[:：]?[ \t*]{{1,4}}{_OPEN}?", Certainty.BARE),
    _link(
        rf"(?: (?:is|was) (?:generated|set|created))?(?: (?:of|for) (?:the )?(?:key |user )?[\"'`]?[\w@.:/%-]{{1,60}}"
        rf"[\"'`]?(?:@'[^'\n]{{0,40}}')? ?){{1,2}}(?:[:：=]|is|=)[ \t]{{0,4}}{_OPEN}?"
    ),
    # `"password", "…"`, `.fill('#password', '…')`, `['password'] = …`, `getenv("X") || '…'`
    _link(rf"[\"'][\])]{{0,2}}(?:,|\s{{0,2}}\|\|)\s{{0,4}}{_OPEN}"),
    _link(rf"[\"'\])]{{1,4}}(?:\))?\.\w{{1,20}}\({_OPEN}"),
    # `setPassword("…")`, `PASSWORD('…')`; `PASSWORD '…'`, `#define PASSWORD "…"`, `password[] = "…"`
    _link(rf"\({_OPEN}(?!\))"),
    _link(rf"[ \t]{{1,4}}(?:[a-z]{{2,10}}[ \t])?(?:\[\][ \t]?)?(?:=[ \t]?)?{_OPEN}"),
    _link(rf"\[\][ \t]?=[ \t]?{_OPEN}"),
    # `name="password" value="…"`, `name="password">…<`, `<key>password</key><string>…`, `<td>密码</td><td>…`
    _link(
        r"[\"'](?:\s{1,4}[a-z-]{1,20}=[\"'][^\"'\n<>]{0,60}[\"']){0,3}\s{1,4}(?:value|content|default)"
        r"\s?=\s?(?P<open>[\"'])"
    ),
    _link(r"[\"'](?:\s[^<>\n]{0,80})?>(?=[^<\s])"),
    _link(rf"[:：]?(?:\s{{0,4}}{_TAG}){{1,4}}[:：]?[ \t]{{0,4}}(?:{_TAG})?"),
    _link("&gt;"),
    # `{"name": "DB_PASSWORD", "value": "…"}`, and so in YAML
    _link(rf"{_CLOSE}[,:]?\s{{0,24}}[\"']?value[\"']?\s?[:=]\s?{_OPEN}?"),
)
_NEXT_LINE = _link(
    r"(?:[\\\"'*`\])】」]{0,4}[ \t]{0,4}(?:is|are|[\u4e00-\u9fff]{1,6})?[ \t]{0,2}[:：]?[ \t]?(?:[|>][+-]?)?[*]{0,2}|[ "
    r"\t][^\n:：!`\"'=]{1,60}[:：!])[ \t]{0,4}\r?\n"
    r"(?:[ \t]{0,8}(?:```\w{0,12}|[-=]{3,40})?\r?\n){0,3}[ \t>]{0,12}(?:[-*] |\d\. )?(?P<open>[`\"'])?"
)
_BARE = _link(r"[ \t]{1,4}", Certainty.BARE)
_TO_QUOTE = {
    '"': re.compile(r'(?:[^"\\\n]|\\.){0,1000}+'),
    "'": re.compile(r"(?:[^'\\\n]|\\.){0,1000}+"),
    "`": re.compile(r"[^`\n]{0,1000}+"),
    "“": re.compile(r"[^”\n]{0,1000}+"),
    "「": re.compile(r"[^」\n]{0,1000}+"),
    "‘": re.compile(r"[^’\n]{0,1000}+"),
}
_TO_ESCAPED_QUOTE = re.compile(r"[^\"'\\\n]{0,1000}+")
_TO_BLANK = re.compile(r"[^\s\"'`\u2e80-\u9fff\uff00-\uffef]*+")
_TO_MARK = re.compile(r"[^\s\"'`<>|,;&\u2018-\u201d\u2e80-\u9fff\uff00-\uffef]*+")
_TO_URL_MARK = re.compile(r"[^\s\"'`<>|,;&\u2018-\u201d\u2e80-\u9fff\uff00-\uffef@/?#]*+")
_LINE_REST = re.compile(r"[ \t`\"'*;,]{0,8}(?:\r?\n|$)")
_OPENING = frozenset("([{")
_CLOSING = frozenset("\"'`”」’\\")
_BEFORE_NAME = frozenset({"", "export", "env", "set"})
_MOST_SKIPPED = 200  # a rejected value so long is passed over whole, so that no text is read over and over


def spans(text: str, lowered: str, needles: Collection[str]) -> Iterator[SecretSpan]:
    """Find values by their names.

    `lowered` is the text in lower case, character by character; `needles` are those of the names' that stand in it.
    """
    at = 0
    for place in places(lowered, needles):
        name = name_at(text, lowered, place) if place >= at else None
        if name is None:
            continue
        at = name.end
        start, end, good = _value_of(text, lowered, name)
        if good:
            yield SecretSpan(start=start, end=end, kind=name.kind)
        if good or end - start > _MOST_SKIPPED:
            at = max(end, at)


def _value_of(text: str, lowered: str, name: Name) -> tuple[int, int, bool]:
    """Where the value stands, and whether it can be a secret: by the first link that leads to one."""
    longest = (name.end, name.end, False)
    for link in _links(text, name):
        head = compiled(link.source).match(lowered, name.end)
        if head is None:
            continue
        start, end, good = _value(text, head, name, link)
        if good:
            return start, end, True
        longest = max(longest, (start, end, False), key=lambda each: each[1])
    return longest


def _links(text: str, name: Name) -> Iterator[_Link]:
    after = text[name.end : name.end + 1]
    if after in {" ", "\t"} and name.prefix.startswith("-"):
        yield _FLAG
    elif after == ">":
        if text[max(0, name.start - 1) : name.start] == "<":
            yield _TAGGED
    else:
        yield from (link for link in _LINKS if not name.weak or link.certainty is not Certainty.BARE)
        if not name.weak:
            yield _NEXT_LINE
            yield _BARE


def _value(text: str, head: re.Match[str], name: Name, link: _Link) -> tuple[int, int, bool]:
    """Where the value stands, and whether it can be a secret."""
    start = head.end()
    end = _quoted_end(text, start, head.groupdict().get("open"))
    if end is not None:
        return start, end, _good(text[start:end], name, link.quoted)
    env = name.env and text[start - 1] == "=" and _begins_line(text, name.start)
    ends = _TO_URL_MARK if _in_url(text, start) else _TO_BLANK if env else _TO_MARK
    found = ends.match(text, start)
    end = _trimmed(text, start, found.end() if found else start)
    value = text[start:end]
    if value.startswith((".", ")", "]")):
        return start, end, False
    if link is _BARE and not _may_be_bare(text, name, end):
        return start, end, False
    if link is _NEXT_LINE and (_LINE_REST.match(text, end) is None or not is_striking(value)):
        return start, end, False
    if env:
        return start, end, _good(value, name, Certainty.ENV)
    called = text[end : end + 1] in {"(", "["} or (link is _TAGGED and text[end : end + 1] not in {"<", "]"})
    good = not called and _good(value, name, link.certainty)
    return start, end, good and not _is_identifier(value, name.word)


def _may_be_bare(text: str, name: Name, end: int) -> bool:
    """Whether a blank alone may part name and value: not behind `a_passphrase`, unless they are the whole line."""
    if name.env or not {"_", "-"}.intersection(name.prefix):
        return True
    return name.prefix != "wpa_" and _begins_line(text, name.start) and _LINE_REST.match(text, end) is not None


def _quoted_end(text: str, start: int, quote: str | None) -> int | None:
    """Where a quoted value ends; None where it is not quoted, or not closed on its line."""
    if not quote:
        return None
    found = (_TO_ESCAPED_QUOTE if quote[0] == "\\" else _TO_QUOTE[quote[-1]]).match(text, start)
    end = found.end() if found else start
    return end if text[end : end + 1] in _CLOSING else None


def _begins_line(text: str, start: int) -> bool:
    line = text.rfind("\n", max(0, start - 100), start) + 1
    return text[line:start].strip(" \t+->|`").lower() in _BEFORE_NAME


def _good(value: str, name: Name, certainty: Certainty) -> bool:
    if name.kind is SecretKind.PASSWORD:
        return is_password(value, certainty=certainty)
    return is_token(value, certainty=certainty, secret=name.secret, weak=name.weak)


def _is_identifier(value: str, word: str) -> bool:
    """Whether a bare value is a variable's name: `password=password1`, `token = userToken2`."""
    return re.fullmatch(r"[A-Za-z_]\w*", value) is not None and (
        word.replace("_", "") in value.lower().replace("_", "") or ("_" in value and is_wordy(value))
    )


def _in_url(text: str, at: int) -> bool:
    start = text.rfind("://", max(0, at - 2_000), at)
    return start >= 0 and not re.search(r"[\s\"'<>]", text[start:at])


def _trimmed(text: str, start: int, end: int) -> int:
    """Leave closing brackets and full stops of the sentence outside."""
    marks = ".:*" if _OPENING.intersection(text[start:end]) else ".:*)]}"
    return start + len(text[start:end].rstrip(marks))
