"""Whether a value can be a secret: not a placeholder, not code, not a word, not a number of something."""

import re
from itertools import pairwise

_PLACEHOLDER_START = re.compile(
    r"x{3,}|[*•#_.…-]{3,}|[*•…\[{<(]|\$[({\w]|%\w+%|@[\w/-]+$|@\{|!|&|\\?\$\{|hidden-|os\.|process\.|env[.(\[]|import\."
    r"|secrets\.|vars\.|self\.|this\.|config[.\[]|settings[.\[]|args\.|req(?:uest)?\.|ctx\.|data\.|params\.|values\."
    r"|sha(?:1|256|384|512)[:-]|keyring|vault:|ref\+|op://|arn:|file:|https?://"
)
_PLACEHOLDER_WORDS = (
    "example", "placeholder", "changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me",
    "replacewith", "replace-with", "replace_with", "your-", "your_", "your ", "yourpassword", "yoursecret", "yourtoken",
    "yourkey", "yourapi", "dummy", "redacted", "masked", "sample", "fake", "***", "xxxxx", "…", "...", "••", "${", "{{",
    "0123456789", "1234567890abc", "abcdefghij", "deadbeefdeadbeef", "insert-", "insert_",
)  # fmt: skip
_PLACEHOLDER_WITHIN = re.compile(r"[-_]here\b|<[^<>]{0,60}>|not[-_]?(?:a[-_]?)?(?:real|secret)")
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
_CODE = re.compile(r"[A-Za-z_$][\w.$]*[(\[{]")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+")
_PATH = re.compile(r"(?:[A-Za-z]:\\|~?\.{0,2}/)[\w.@/\\-]*")
_FIGURE = re.compile(r"[<>=~^v≥≤]{0,2}\d[\d.,:/%+*x-]*(?:[a-z]{1,5})?(?:/\S{0,12})?|\d+[-–~/]\d+\S{0,4}", re.IGNORECASE)
_SEGMENTS = re.compile(r"[-_./:+=\\]+")
_WORDY = re.compile(
    r"[A-Za-z]?[a-z]{0,15}|[A-Z]{1,12}|\d{1,8}|[vV]\d{1,3}|[a-z]{2,10}\d{1,2}|[A-Za-z][a-z]{1,11}(?:[A-Z][a-z]{1,11}){0,4}"
)
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7ff\uff00-\uffef\s]")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_REPEATED = 3  # so few different characters are no secret but a row of x
_MOST_CHARS = 200  # that a placeholder is known by
_LEAST_PASSWORD = 6
_LEAST_WORD = 8
_LEAST_QUOTED_WORD = 12
_LEAST_TURNS = 4  # qWeRtYuI
_LEAST_DASHES = 3  # correct-horse-battery-staple
_LEAST_SECRET = 8
_LEAST_TOKEN = 16
_LEAST_KEY = 40


def is_placeholder(value: str) -> bool:
    """Whether this stands where a secret goes: `<token>`, `${TOKEN}`, `xxxx`, `your-key`, `os.environ[…]`."""
    plain = value[:_MOST_CHARS].strip().lower()
    return (
        plain.rstrip("?!") in _WORDS
        or len(set(plain)) <= min(_REPEATED, len(plain) - 1)
        or _PLACEHOLDER_START.match(plain) is not None
        or any(map(plain.__contains__, _PLACEHOLDER_WORDS))
        or _PLACEHOLDER_WITHIN.search(plain) is not None
    )


def is_mixed(value: str) -> bool:
    """Whether digits and letters stand in it."""
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)


def is_code(value: str) -> bool:
    """Whether an unquoted value is an expression, a path or a figure rather than the thing itself."""
    if _PATH.fullmatch(value):
        return len(value) < _LEAST_KEY or is_wordy(value)  # a key in base 64 may begin with a slash
    return _CODE.match(value) is not None or any(form.fullmatch(value) for form in (_DOTTED, _FIGURE))


def is_wordy(value: str) -> bool:
    """Whether it is made of words and numbers, as names and identifiers are: `claude-3-5-sonnet-20241022`."""
    if _UUID.fullmatch(value):
        return False
    return all(_WORDY.fullmatch(part) for part in _SEGMENTS.split(value))


def is_password(value: str, *, quoted: bool, env: bool) -> bool:
    """Whether this value of something named password can be one. `env`: it stands in `NAME=value` at a line's begin."""
    if len(value) < _LEAST_PASSWORD or _unlikely(value, quoted=quoted):
        return False
    if value.isdigit():
        return True
    if value.isalpha():
        turning = len(value) >= _LEAST_WORD and _turns(value) >= _LEAST_TURNS
        return "pass" not in value.lower() and (env or turning or (quoted and len(value) >= _LEAST_QUOTED_WORD))
    if any(char.isdigit() for char in value):
        return any(char.isalpha() for char in value) or not _FIGURE.fullmatch(value)
    chain = quoted and value.count("-") >= _LEAST_DASHES
    return (env and len(value) >= _LEAST_WORD) or not is_wordy(value) or chain


def is_token(value: str, *, quoted: bool, env: bool, secret: bool) -> bool:
    """Whether this value of something named token or key (`secret`: named secret) can be one."""
    if _unlikely(value, quoted=quoted) or value.isdigit():
        return False
    least = _LEAST_SECRET if env or secret else _LEAST_TOKEN
    if is_mixed(value):
        return len(value) >= least and (not is_wordy(value) or (secret and env))
    if value.isalpha():
        return (secret and env) or (len(value) >= _LEAST_TOKEN and _turns(value) >= len(value) // 4)
    return len(value) >= least and not is_wordy(value)


def _unlikely(value: str, *, quoted: bool) -> bool:
    return bool(_WIDE.search(value)) or is_placeholder(value) or (not quoted and not value.isdigit() and is_code(value))


def _turns(value: str) -> int:
    """How often upper and lower case change over, beyond a capital at the begin."""
    return sum(one.isupper() != other.isupper() for one, other in pairwise(value[1:]))
