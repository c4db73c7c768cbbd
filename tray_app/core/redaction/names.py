"""Secrets that are known by their name: `DB_PASSWORD=…`, `"client_secret": "…"`, `密码：…`, `--token …`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tray_app.core.redaction.kinds import SecretKind, SecretSpan
from tray_app.core.redaction.values import is_password, is_token, is_wordy

NEEDLES = (  # where a name can begin; few and short, for each is looked for in the whole text
    "pass", "pw", "secret", "token", "api_key", "apikey", "api-key", "api key", "access", "private", "signing_key",
    "encryption_key", "master_key", "account_key", "auth_key", "authkey", "app_key", "appkey", "credential", "_key=",
    "密码", "口令", "密钥", "秘钥", "令牌", "授权码",
)  # fmt: skip
_NAMES = (
    r"passw(?:or[dt]|d)|passphrase|passcode|pwd|(?<=_)pass(?![a-z])|(?<=_)pw(?![a-z])"
    r"|secret[ _-]?access[ _-]?key|secret[ _-]?key|secret|token|api[ _-]?key"
    r"|access[ _-]?key[ _-]?secret|access[ _-]?key|private[ _-]?key|signing_key|encryption_key|master_key"
    r"|account_key|auth_?key|app_?key|credentials?|(?<=_)key(?==)|密码|口令|密钥|秘钥|令牌|授权码"
)
_HEAD = re.compile(
    rf"(?P<name>{_NAMES})(?P<tail>[a-z0-9_-]{{0,40}}+)"
    r"(?:"
    r"[\\\"'*`\])]{0,4}[ \t]{0,8}"
    r"(?:(?P<type>:[ \t]?[a-z_][\w.]{0,30}(?:[ \t]\|[ \t]none)?)[ \t]?=(?=[ \t]{0,8}[^\s=])"
    r"|:=|={1,3}>?|:|：|＝|%3d|\||是|为|is\b|>)"
    r"(?P<table>[ \t]{0,8}\|)?[ \t*]{0,8}(?P<open>\\{0,3}[\"'`“「]|'''|\"\"\")?"
    r"|(?P<flag>[ \t]{1,4})(?=[^\s=:-])[\"']?"
    r")"
)
_TO_QUOTE = {
    '"': re.compile(r'(?:[^"\\\n]|\\.){0,1000}+'),
    "'": re.compile(r"(?:[^'\\\n]|\\.){0,1000}+"),
    "`": re.compile(r"[^`\n]{0,1000}+"),
    "“": re.compile(r"[^”\n]{0,1000}+"),
    "「": re.compile(r"[^」\n]{0,1000}+"),
}
_TO_ESCAPED_QUOTE = re.compile(r"[^\"'\\\n]{0,1000}+")
_TO_BLANK = re.compile(r"[^\s\"'`]*+")
_TO_MARK = re.compile(r"[^\s\"'`<>|,;&，；。、）」】【]*+")
_TO_URL_MARK = re.compile(r"[^\s\"'`<>|,;&，；。、）」】【@/?#]*+")
_NAME_CHARS = re.compile(r"[a-z0-9_.$-]*+")
_OPENING = frozenset("([{")
_CLOSING = frozenset("\"'`”」\\")
_TURN = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEGMENT = re.compile(r"[a-z]+|[0-9]+")
_NOT_SECRET_BEFORE = frozenset(
    {
        "bos", "cached", "cancel", "cancellation", "cls", "completion", "continuation", "eos", "foreign",
        "forgot", "input", "max", "min", "next", "no", "num", "output", "pad", "page", "per", "primary", "prompt",
        "public", "sep", "special", "stop", "total", "unk",
    }
)  # fmt: skip
_STILL_SECRET_AFTER = frozenset(
    {
        "admin", "b64", "backup", "base", "base64", "db", "dev", "hex", "id1", "is", "key", "live", "main", "master",
        "new",
        "old", "plain", "prod", "production", "raw", "root", "staging", "str", "string", "test", "text", "v", "val",
        "value",
    }
)  # fmt: skip
_NOT_SECRET_AFTER = frozenset(
    {
        "age", "alg", "algorithm", "arn", "at", "budget", "class", "count", "counts", "days", "digest", "dir",
        "enabled", "endpoint", "env", "error", "expiration", "expire", "expires", "expiry", "field",
        "field_name", "fields", "file", "filename", "files", "form", "hash", "hashed", "header", "headers",
        "hint", "id", "ids", "in", "index", "ize", "ized", "izer", "label", "len", "length", "less", "limit", "limits",
        "location", "manager", "max", "min", "mode", "name", "names", "path", "paths", "pattern", "placeholder",
        "policy", "prompt", "provider", "ref", "regex", "required", "reset", "rotation", "s", "scope", "scopes",
        "size", "sizes", "source", "state", "status", "store", "strength", "ttl", "type", "types", "uri", "url",
        "urls", "usage", "version",
    }
)  # fmt: skip
_OTHER_KEYS = frozenset(
    {"cache", "sort", "partition", "row", "primary", "public", "foreign", "routing", "object", "map"}
)
_BEFORE_NAME = frozenset({"", "export", "env", "set"})
_MOST_SKIPPED = 200  # a rejected value so long is passed over whole, so that no text is read over and over


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """How the thing is called: `kind` PASSWORD or API_KEY; `secret` where the word is in it; `env` for UPPER_CASE.

    `start` is where the name begins, `prefix` what stands in it before the word that tells (in lower case).
    """

    start: int
    prefix: str
    kind: SecretKind
    secret: bool
    env: bool


def spans(text: str, lowered: str) -> Iterator[SecretSpan]:
    """Find values by their names. `lowered` is the text in lower case, character by character."""
    at = 0
    for place in _places(lowered):
        head = _HEAD.match(lowered, place) if place >= at else None
        if head is None:
            continue
        at = head.end()
        name = _name(text, lowered, head)
        if name is None or not _fits(text, head, name):
            continue
        start, end, good = _value(text, head, name)
        if good:
            yield SecretSpan(start=start, end=end, kind=name.kind)
        if good or end - start > _MOST_SKIPPED:
            at = max(end, at)


def _places(lowered: str) -> list[int]:
    """Where a name can begin; a search for fixed characters takes a tenth of a pattern's time."""
    places: set[int] = set()
    for needle in NEEDLES:
        at = lowered.find(needle)
        while at >= 0:
            places.add(at + (needle[0] == "_"))
            at = lowered.find(needle, at + len(needle))
    return sorted(places)


def _value(text: str, head: re.Match[str], name: _Name) -> tuple[int, int, bool]:
    """Where the value stands, and whether it can be a secret."""
    start = head.end()
    end = _quoted_end(text, start, head["open"])
    if end is not None:
        return start, end, _good(text[start:end], name, quoted=True, env=False)
    env = name.env and text[start - 1] == "=" and _begins_line(text, name.start)
    ends = _TO_URL_MARK if _in_url(text, start) else _TO_BLANK if env else _TO_MARK
    found = ends.match(text, start)
    end = _trimmed(text, start, found.end() if found else start)
    if env:
        return start, end, _good(text[start:end], name, quoted=False, env=True)
    called = text[end : end + 1] in {"(", "["}
    good = not called and _good(text[start:end], name, quoted=False, env=False)
    return start, end, good and not _is_identifier(text[start:end], head["name"])


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


def _name(text: str, lowered: str, head: re.Match[str]) -> _Name | None:
    """Read the whole name; None where another word in it says that no secret follows."""
    word, tail_end = head["name"], head.end("tail")
    before = _NAME_CHARS.match(lowered[max(0, head.start() - 60) : head.start()][::-1])
    prefix = before[0][::-1] if before else ""
    start = head.start() - len(prefix)
    own = text[start:tail_end]
    env = own.isupper() and own.isascii() and len(own) > len("KEY")
    after = _SEGMENT.findall(_TURN.sub("_", text[head.end("name") : tail_end]).lower())
    if any(part in _NOT_SECRET_AFTER for part in after) or set(_SEGMENT.findall(prefix)[-1:]) & _NOT_SECRET_BEFORE:
        return None
    if word == "key" and (not env or prefix.strip("_").rpartition("_")[2] in _OTHER_KEYS):
        return None
    if not env and any(part not in _STILL_SECRET_AFTER and not part.isdigit() for part in after):
        return None
    secret = "secret" in own.lower() or word in {"密钥", "秘钥"}
    return _Name(start=start, prefix=prefix, kind=_kind(word), secret=secret, env=env)


def _fits(text: str, head: re.Match[str], name: _Name) -> bool:
    """Whether what separates name and value means that: `>` after `<name`, a blank after `--name`."""
    if head["flag"]:
        return name.prefix.startswith("--") or text[max(0, head.start() - 1) : head.start()] == "-"
    if text[head.end("tail") : head.end()].strip() == ">":
        return text[max(0, name.start - 1) : name.start] == "<"
    return True


def _kind(word: str) -> SecretKind:
    if word.startswith(("pass", "pw")) or word in {"密码", "口令", "授权码"}:
        return SecretKind.PASSWORD
    return SecretKind.API_KEY


def _good(value: str, name: _Name, *, quoted: bool, env: bool) -> bool:
    if name.kind is SecretKind.PASSWORD:
        return is_password(value, quoted=quoted, env=env)
    return is_token(value, quoted=quoted, env=env, secret=name.secret)


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
