"""Whether a value can be a secret: not a placeholder, not code, not a word, not a number of something."""

import re
from enum import IntEnum
from itertools import pairwise

from tray_app.core.redaction.forms import compiled

_PLACEHOLDER_START = re.compile(
    r"x{3,}|[*•#_.…-]{3,}|[*•…\[{<(]|\$[({\w]|%\w+%|@[\w/-]+$|@\{|\\?\$\{|hidden-|os\.|process\.|env[.(\[]|import\."
    r"|\.[*+]|\\[a-z]|\^[(\[\\.]|\(\?|%\(|(?:env|ref|secret|vault|ssm|kms|from|see):|!(?:[a-z]+$|=|\s)|&(?:&|\s|"
    r"[a-z_]+$|[a-z]{2,4};)"
    r"|secrets\.|vars\.|self\.|this\.|config[.\[]|settings[.\[]|args\.|req(?:uest)?\.|ctx\.|data\.|params\.|values\."
    r"|(?:required|nullable|sometimes|string|confirmed)\||sha(?:1|256|384|512)[:-]|keyring|vault:|ref\+|op://|arn:|file:|https?://"
)
_PLACEHOLDER_WORDS = (
    "placeholder", "changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me",
    "replacewith", "replace-with", "replace_with", "your-", "your_", "your ", "yourpassword", "yoursecret", "yourtoken",
    "yourkey", "yourapi", "redacted", "***", "xxxxx", "…", "...", "••", "${", "{{", "insert-", "insert_",
)  # fmt: skip
_PLACEHOLDER_PARTS = frozenset({"example", "examplekey", "dummy", "sample", "fake", "masked", "placeholder"})
_PLACEHOLDER_WITHIN = re.compile(r"[-_]here\b|<[^<>]{0,60}>|not[-_]?(?:a[-_]?)?(?:real|secret)|example(?:key)?$")
_WORDS = frozenset(
    {
        "admin", "any", "api_key", "apikey", "bool", "boolean", "bytes", "changed", "char", "default",
        "disabled", "empty", "enabled", "expired", "false", "guest", "hidden", "incorrect", "input", "int",
        "invalid", "key", "keys", "login", "missing", "n/a", "na", "nil", "no", "none", "null", "number", "off", "ok",
        "on",
        "optional", "pass", "passphrase", "passwd", "password", "prompt", "pwd", "required", "reset", "root",
        "secret", "secrets", "secretstr", "str", "string", "test", "testing", "text", "todo", "token", "tokens",
        "true", "undefined", "unknown", "updated", "user", "username", "valid", "varchar", "wrong", "yes",
    }
)  # fmt: skip
_TERMS = re.compile(  # names with figures in them that stand beside "password" and "token" in prose
    r"argon2(?:id?|d)?|pbkdf2|[bsy]?crypt|(?:sha\d{3}|md5)crypt|wpa[23]|\d{4}[qh]\d|sha-?\d{1,3}|[hre]s(?:256|384|512)"
    r"|aes-?\d{3}|rsa-?\d{4}|ed25519|x25519|p-?256|md[45]|"
    r"crc32"
    r"|base(?:16|32|58|64)(?:url)?|utf-?8(?:mb[34])?|o?auth2|oauth2\.0|ipv[46]|http[123]|[12]fa|[a-z]\d[a-z]|1password"
    r"|keepass2|web3|mp[34]|(?:ec|s)[23]|sm[234]|x509|u2f|fido2|totp\d?|ntlmv2|tls1\.[23]|(?:cve|inc|pr|ra)-?\d[\d-]*"
)
_CODE = re.compile(r"[A-Za-z_$][\w.$:]*[(\[{]")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+")
_INDEXED = re.compile(r"\]\.|\\[sdwbSDWB]")  # `tokens[0].text`, a regular expression
_NAMES = re.compile(r"\D+|[a-z_][A-Za-z_]{2,}\d{0,2}(?:(?:\.|::|->)[a-z_][A-Za-z_]{2,}\d{0,2})+")
_PATH = re.compile(r"(?:[A-Za-z]:\\|~?\.{0,2}/)[\w.@/\\-]*")
_UNIT = (
    r"[kmgt]?i?b(?:/s|ps)?|[mun]?s|min(?:ute)?s?|sec(?:ond)?s?|h(?:ou)?rs?|h|days?|d|w|weeks?|months?|years?|y|k|m|x|px"
    r"|r?em|pt|th|st|nd|rd|[ap]m|[rtq]ps|rpm|usd|cny|rmb|bits?|bytes?|chars?|times?|tok(?:en)?s?|keys?|items?|rows?|n"
)
_FIGURE = re.compile(
    rf"[<>=~^v≥≤]{{0,2}}\d[\d.,:/%+*x-]*(?:{_UNIT})?(?:/\S{{0,12}})?|\d+[-–~/]\d+\S{{0,4}}", re.IGNORECASE
)
_SEGMENTS = re.compile(r"[-_./:+=\\]+")
_WORDY = re.compile(
    r"[A-Za-z]?[a-z]{0,15}|[A-Z]{1,12}|\d{1,8}|[vV]\d{1,3}|[A-Z]{1,5}\d{1,6}|[A-Za-z][a-z]{0,9}\d{1,2}"
    r"|[A-Za-z][a-z]{1,14}(?:[A-Z][a-z]{1,14}){0,5}(?:[A-Z]?\d{1,2})?"
)
_PACKAGE = re.compile(r"@?[\w./-]+@[~^]?\d+(?:\.\d+)+")
_WIDE = r"[\u2e80-\u9fff\uac00-\ud7ff\uff00-\uffef\s]"  # takes 2 ms to compile
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SUM = re.compile(r"(?:0x)?[0-9a-f]{7,}")
_WHEN = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T_-]?\d{1,2}[:.\d]*(?:Z|[+-]\d{2}:?\d{2})?)?")
_FILE = re.compile(
    r"\.(?:[jt]sx?|vue|py|go|rs|java|kt|rb|php|cs?|cpp|h|sh|sql|md|txt|ya?ml|json|toml|ini|conf|cfg|env|log|csv|png|"
    r"jpe?g|svg|pdf|zip|gz|html?|css)$"
)
_TYPE = re.compile(
    r"[A-Za-z_][\w.]*(?:Key|Token|Secret|Password|Credential|Type|Config|Data|Error|Param)s?"
)  # a name in code
_WORD_AND_NUMBER = re.compile(r"[A-Za-z]{2,16}(?:\.[A-Za-z]{2,16}){0,2}\.\d{3,8}")  # Winter.2024
_SHORT = 8
_REPEATED = 3  # so few different characters are no secret but a row of x
_MOST_CHARS = 200  # that a placeholder is known by
_LEAST_PASSWORD = 6
_LEAST_WORD = 8
_LEAST_QUOTED_WORD = 12
_LEAST_TURNS = 4  # qWeRtYuI
_LEAST_DIGITS = 3  # Winter.2024
_LEAST_DASHES = 3  # correct-horse-battery-staple
_LEAST_SECRET = 8
_LEAST_TOKEN = 16
_LEAST_WEAK = 20
_LEAST_KEY = 40


class Certainty(IntEnum):
    """How sure it is that a value belongs to the name before it."""

    BARE = 0  # `password X`: words of a sentence may stand there as well
    NAMED = 1  # `password: X`
    QUOTED = 2  # `password = "X"`
    ENV = 3  # `DB_PASSWORD=X` at the begin of a line


def is_placeholder(value: str) -> bool:
    """Whether this stands where a secret goes: `<token>`, `${TOKEN}`, `xxxx`, `your-key`, `os.environ[…]`."""
    plain = value[:_MOST_CHARS].strip().lower()
    return (
        plain.rstrip("?!") in _WORDS
        or (not plain.isdigit() and len(set(plain)) <= min(_REPEATED if len(plain) > _SHORT else 2, len(plain) - 1))
        or _PLACEHOLDER_START.match(plain) is not None
        or any(map(plain.__contains__, _PLACEHOLDER_WORDS))
        or _PLACEHOLDER_WITHIN.search(plain) is not None
        or (not _PLACEHOLDER_PARTS.isdisjoint(_SEGMENTS.split(plain)) and is_wordy(plain))
    )


def is_mixed(value: str) -> bool:
    """Whether digits and letters stand in it."""
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)


def is_code(value: str) -> bool:
    """Whether an unquoted value is an expression, a path or a figure rather than the thing itself."""
    if _PATH.fullmatch(value):
        return len(value) < _LEAST_KEY or is_wordy(value)  # a key in base 64 may begin with a slash
    if value.endswith("(") or _INDEXED.search(value):
        return True
    if _DOTTED.fullmatch(value):
        return is_wordy(value) and _NAMES.fullmatch(value) is not None  # `user.password`, but not `Abc123.Xyz789`
    return _CODE.match(value) is not None or any(form.fullmatch(value) for form in (_FIGURE, _WHEN))


def is_wordy(value: str) -> bool:
    """Whether it is made of words and numbers, as names and identifiers are: `sonnet-3-5-20241022`."""
    if _UUID.fullmatch(value):
        return False
    return all(_WORDY.fullmatch(part) or _TERMS.fullmatch(part.lower()) for part in _SEGMENTS.split(value))


def is_password(value: str, *, certainty: Certainty) -> bool:
    """Whether this value of something named password can be one."""
    if len(value) < _LEAST_PASSWORD or _unlikely(value, certainty) or _is_term(value):
        return False
    if certainty is Certainty.BARE:
        return is_striking(value) and not _SUM.fullmatch(value)
    if value.isdigit():
        return True
    env, quoted = certainty is Certainty.ENV, certainty is Certainty.QUOTED
    if value.isalpha():
        turning = len(value) >= _LEAST_WORD and _turns(value) >= _LEAST_TURNS
        return "pass" not in value.lower() and (env or turning or (quoted and len(value) >= _LEAST_QUOTED_WORD))
    if any(char.isdigit() for char in value):
        return any(char.isalpha() for char in value) or not _FIGURE.fullmatch(value)
    chain = value.count("-") >= _LEAST_DASHES
    return (env and len(value) >= _LEAST_WORD) or not is_wordy(value) or chain


def _is_term(value: str) -> bool:
    """Whether it says how passwords are kept: `PBKDF2-SHA256`."""
    parts = _SEGMENTS.split(value.lower())
    if _TERMS.fullmatch(value.lower()):
        return True
    return any(map(_TERMS.fullmatch, parts)) and all(part.isalpha() or _TERMS.fullmatch(part) for part in parts)


def is_likely(value: str) -> bool:
    """Whether a value that stands alone on the line below a name can be the password."""
    if value.isdigit():
        return len(value) >= _LEAST_PASSWORD
    return is_striking(value) or (is_mixed(value) and sum(map(str.isdigit, value)) >= _LEAST_DIGITS)


def is_striking(value: str) -> bool:
    """Whether a value is no word, name, version or commit even where nothing but a blank says that it is a password."""
    if len(value) < _LEAST_PASSWORD or not is_mixed(value) or _PACKAGE.fullmatch(value) or _FILE.search(value):
        return False
    if _unlikely(value, Certainty.BARE):
        return False
    return _WORD_AND_NUMBER.fullmatch(value) is not None or not is_wordy(re.sub("[_#~]", "-", value))


def is_token(value: str, *, certainty: Certainty, secret: bool, weak: bool = False) -> bool:
    """Whether this value of something named token or key can be one.

    `secret`: it is named secret; `weak`: its name says little, as "key" does.
    """
    if weak and (len(value) < _LEAST_WEAK or not is_mixed(value)):
        return False
    if _unlikely(value, certainty) or value.isdigit() or _TYPE.fullmatch(value):
        return False
    if certainty is Certainty.BARE and (value.startswith("0x") or not is_mixed(value)):
        return False
    env = certainty is Certainty.ENV
    least = _LEAST_SECRET if (env or secret) and certainty is not Certainty.BARE else _LEAST_TOKEN
    if is_mixed(value):
        return len(value) >= least and (not is_wordy(value) or (secret and env))
    if value.isalpha():
        return (secret and env) or (len(value) >= _LEAST_TOKEN and _turns(value) >= len(value) // 4)
    return len(value) >= least and not is_wordy(value)


def _unlikely(value: str, certainty: Certainty) -> bool:
    code = certainty is not Certainty.QUOTED and not value.isdigit() and is_code(value)
    return bool(compiled(_WIDE).search(value)) or is_placeholder(value) or code


def _turns(value: str) -> int:
    """How often upper and lower case change over, beyond a capital at the begin."""
    return sum(one.isupper() != other.isupper() for one, other in pairwise(value[1:]))
