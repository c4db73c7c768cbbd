"""What things are called whose value is secret: `DB_PASSWORD`, `client-secret`, `密码`; and what only looks so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tray_app.core.redaction.forms import compiled
from tray_app.core.redaction.kinds import SecretKind
from tray_app.core.redaction.needles import NeedlePlaces

NEEDLES = (  # where a name can begin; all are looked for in one pass
    "pass", "pw", "secret", "token", "api_key", "apikey", "api-key", "api key", "access", "private", "credential",
    "_key", "-key", "key=", "appkey", "authkey", "aeskey", "signing", "encryption", "preshared", "pre-shared",
    "recovery", "backup", "unseal", "license", "identified", "psk", "masterauth", "tls.key",
    "auth=", "auth:", 'auth"', "auth =", "_auth ", "sign=", "sig=", "signature=", "code=", "ticket", "sess",
    "sk：", "sk:", "sk=", 'sk"', "_pat=", "pat:", "ak：", "ak:", "ak=", 'ak"',
    "key:", "key：", 'key"', "key'", "key =", " key ", "key是", "key 是", "key为", "key 为", "pin码", "pin:", "pin：",
    "密码", "密 码", "密　码", "密碼", "口令", "密钥", "密鑰", "秘钥", "密匙", "私钥", "令牌", "授权码",
    "提取码", "解压码", "恢复码", "激活码", "安全码", "关键内容", "加签", "卡密", "签名校验",
    "パスワード", "비밀번호", "пароль", "contraseña", "senha:", "mot de passe",
)  # fmt: skip
_OTHER_PASSWORDS = (
    "密码", "密 码", "密　码", "密碼", "口令", "授权码", "提取码", "解压码", "恢复码", "激活码", "安全码", "关键内容",
    "卡密", "pin码", "パスワード", "비밀번호", "пароль", "contraseña", "senha", "mot de passe",
)  # fmt: skip
_CHINESE_KEYS = ("密钥", "密鑰", "秘钥", "密匙", "私钥", "令牌", "加签", "签名校验")
_NAME = (
    r"(?P<name>passw(?:or[dt]|d)|pass[ _-]?phrase|pass[ _-]?code|pass(?![a-z])|pwd|(?:(?<![a-z0-9])|(?<=root)|"
    r"(?<=bind)|(?<=user)|(?<=db))pw(?![a-z])"
    r"|pre-?shared[ _-]?key|identified(?: with \w{1,40})? by(?= ?[\"'a-z0-9])|psk|masterauth|(?<![a-z])pin(?=[:：])"
    r"|(?:recovery|backup)[ _-](?:key|code)(?: \d)?|unseal key(?: \d)?"
    r"|secret[ _-]?access[ _-]?key|secret[ _-]?key|secret_id|secret|token|api[ _-]?key"
    r"|access[ _-]?key[ _-]?secret|access[ _-]?secret|access[ _-]?key|private[ _-]?key|signing[ _-]?key"
    r"|encryption[ _-]?key|credentials?|app_?key|auth_?key|aeskey|tls\.key|licen[sc]e(?:[ _-]?key)?"
    r"|(?<=[_.-])key|(?<=[?&])(?:key|sign|sig|code|ticket)(?==)|(?:j|php)?sess(?:ion(?:id)?|id|data)(?=[\"']? ?[:=])|"
    r"(?<![a-z])ticket(?=[\"']? ?[:=])|(?<=[?&-])signature(?==)"
    r"|(?<![a-z_-])key(?= ?[：是为])|(?<=[a-z] )key(?= ?[:=]| [a-z0-9_-]{32})|(?<=[a-z])key(?=[\"']?\]? ?[:=])"
    r"|(?<![a-z])auth(?=[\"']? ?[=:])|(?<=_)auth(?=[ =:])|(?<![a-z])[as]k(?=[\"']? ?[:=：])|(?<![a-z])pat(?=[:=])"
    rf"|(?P<foreign>{'|'.join((*_OTHER_PASSWORDS, *_CHINESE_KEYS))}))"
    r"(?P<tail>(?(foreign)\d?(?=[:：是])|[a-z0-9_-]{0,40}+)|)"
)
_PREFIX = re.compile(r"[a-z0-9_.$-]*+")
_TURN = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEGMENT = re.compile(r"[a-z]+|[0-9]+")
_NOT_SECRET_BEFORE = frozenset(
    {
        "bos", "by", "bypass", "cached", "cancel", "cancellation", "cls", "com", "completion", "continuation",
        "eos", "first", "foreign", "forgot", "input", "max", "min", "next", "no", "num", "one", "output", "over", "pad",
        "page", "per", "primary", "prompt", "public", "second", "sep", "special", "stop", "sur", "surrogate", "tests",
        "total", "tres", "trust", "two", "under", "unk",
    }
)  # fmt: skip
_STILL_SECRET_AFTER = frozenset(
    {
        "admin", "again", "b64", "backup", "base", "base64", "confirm", "confirmation", "current", "data", "db", "dev",
        "hex", "id1", "is", "key", "live", "main",
        "master", "new",
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
    {
        "answer", "arrow", "gpg", "pgp", "cache", "config", "data", "event", "field", "file", "hot", "host", "index",
        "message",
        "node", "order", "prop", "range", "route", "short", "dedupe", "foreign", "group", "hash", "i18n",
        "idempotency", "issue",
        "item", "json", "lookup", "map", "object", "page", "parent", "partition", "primary", "project", "pub", "public",
        "query", "redis", "ref", "row", "s3", "shard", "sort", "storage", "test", "translation", "tree", "unique",
        "websocket",
        "routing",
    }
)  # fmt: skip
_WEAK = frozenset(  # known as secret by little
    {
        "ak", "app_key", "appkey", "auth", "code", "jsessionid", "key", "pat", "phpsessid", "sessdata", "sessid",
        "session", "sessionid", "sig", "sign", "signature", "sk", "ticket",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """How the thing is called: `kind` PASSWORD or API_KEY; `secret` where the word is in it; `env` for UPPER_CASE.

    `start` is where the name begins, `end` where it ends, `prefix` what stands in it before the word that tells and
    `word` that word (both in lower case). `weak`: others than secrets are called so as well.
    """

    start: int
    end: int
    prefix: str
    word: str
    kind: SecretKind
    secret: bool
    env: bool
    weak: bool


def places(lowered: str, needles: Mapping[str, Sequence[int]]) -> list[int]:
    """Where a name can begin; `needles` are those of `NEEDLES` that stand in the text, each with its stretches."""
    found: set[int] = set()
    for needle, stretches in needles.items():
        found.update(at + (needle[0] in "_- ") for at in NeedlePlaces(lowered, needle, stretches))
    return sorted(found)


def name_at(text: str, lowered: str, at: int) -> Name | None:
    """Read the whole name; None where another word in it says that no secret follows."""
    head = compiled(_NAME).match(lowered, at)
    if head is None:
        return None
    word, end = head["name"], head.end("tail")
    before = _PREFIX.match(lowered[max(0, at - 60) : at][::-1])
    prefix = before[0][::-1] if before else ""
    own = text[at - len(prefix) : end]
    env = own.isupper() and own.isascii() and len(own) > len("KEY")
    after = _SEGMENT.findall(_TURN.sub("_", text[head.end("name") : end]).lower())
    last = set(_SEGMENT.findall(_TURN.sub("_", text[at - len(prefix) : at]).lower())[-1:])
    if any(part in _NOT_SECRET_AFTER for part in after) or last & _NOT_SECRET_BEFORE or prefix == "1":
        return None
    if text[at - 1 : at] == "(" and text[end : end + 1] == ")":  # `md5(password) = …`
        return None
    if word == "key" and not _is_key(text, at, last):
        return None
    if not env and any(part not in _STILL_SECRET_AFTER and not part.isdigit() for part in after):
        return None
    return Name(
        start=at - len(prefix),
        end=end,
        prefix=prefix,
        word=word,
        kind=_kind(word),
        secret="secret" in own.lower() or word in _CHINESE_KEYS[:4],
        env=env,
        weak=word in _WEAK,
    )


def _is_key(text: str, at: int, last: set[str]) -> bool:
    """Whether this is a key of a lock: not `sortKey`, `cache key`, `monkey`."""
    before = text[at - 1 : at]
    if before == " ":
        last = set(_SEGMENT.findall(text[max(0, at - 20) : at].lower())[-1:])
    camel = before.islower() and text[at].isupper()
    return not last & (_OTHER_KEYS | _NOT_SECRET_BEFORE) and (
        camel or text[at : at + 3].isupper() or not (before.isascii() and before.isalpha())
    )


def _kind(word: str) -> SecretKind:
    password = word.startswith(("pass", "pw", "identified", "psk", "pre", "masterauth", "pin", "backup"))
    return SecretKind.PASSWORD if password or word in _OTHER_PASSWORDS else SecretKind.API_KEY
