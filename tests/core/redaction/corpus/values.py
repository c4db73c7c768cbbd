"""What «…» in a spelling stands for: passwords as people make them, tokens of an alphabet and a length, numbers."""

import re
from collections.abc import Callable

from tests.core.redaction.corpus.made import ALNUM, BASE32, BASE64, DIGITS, HEX, LOWER, UPPER, URL64, Chance

_ALPHABETS = {
    "b32_": BASE32,
    "b64_": BASE64,
    "b64u_": ALNUM,
    "dig": DIGITS,
    "digits": DIGITS,
    "hex": HEX,
    "hexu": HEX.upper(),
    "lower": LOWER + DIGITS,
    "lowonly": LOWER,
    "tok": ALNUM,
    "up": UPPER + DIGITS,
    "upper": UPPER + DIGITS,
    "url": URL64,
}
_OF = re.compile(r"([a-z_]+|b32_|b64_|b64u_)(\d+)(x?)")  # «hex32x»: 32 digits that are no secret
_WORDS = (
    "amber", "river", "tiger", "cloud", "maple", "stone", "harbor", "orange", "winter", "silver", "meadow", "falcon",
)  # fmt: skip
_PINYIN = ("zhang", "wang", "liwei", "admin", "root", "test", "deploy", "qwe", "abc", "huawei", "shop")
_LEET = str.maketrans("aeio", "4310")


def drawn(code: str, made: Chance) -> tuple[str, bool]:
    """Give the value, and whether it is a secret."""
    if code in _PLAIN:
        return _PLAIN[code](made), False
    if code in _SECRET:
        return _SECRET[code](made), True
    if code in _PASSWORDS:
        return made.random.choice(_PASSWORDS[code])(made), True
    found = _OF.fullmatch(code)
    assert found, f"«{code}» means nothing"
    return made.of(_ALPHABETS[found[1]], int(found[2])), not found[3]


def _marked(marks: str) -> Callable[[Chance], str]:
    return lambda made: made.of(ALNUM, 5) + made.random.choice(marks) + made.of(ALNUM, 6)


def _leet(made: Chance) -> str:
    first, second = made.random.sample(_WORDS, 2)
    return first.translate(_LEET) + made.random.choice(".-_") + second.translate(_LEET) + made.of(DIGITS, 1)


def _year(marks: str) -> Callable[[Chance], str]:
    return lambda made: made.random.choice(_WORDS).title() + f"20{made.of(DIGITS, 2)}" + made.random.choice(marks)


def _named(made: Chance) -> str:
    return made.random.choice(_PINYIN) + made.random.choice(["", "@"]) + made.of(DIGITS, made.random.choice([3, 4, 6]))


def _dotted(made: Chance) -> str:
    return made.of(ALNUM, 6) + "." + made.of(ALNUM, 6)


def _dashed(made: Chance) -> str:
    return "-".join(made.of(ALNUM, 4) for _ in range(3))


def _at(made: Chance) -> str:
    return f"{made.random.choice(_WORDS).title()}@20{made.of(DIGITS, 2)}"


def _plain(length: int) -> Callable[[Chance], str]:
    return lambda made: made.of(ALNUM, length)


_COMMON = (_dotted, _dotted, _dashed, _leet, _at, _named, _plain(8), _plain(12), _plain(16))
_PASSWORDS: dict[str, tuple[Callable[[Chance], str], ...]] = {
    "pw": (*_COMMON, _marked("!@#%^*_-+"), _marked("!@#%^*_-+/="), _year("!#"), _year("!@$*")),
    "qpw": (*_COMMON, _marked("!@#%^*_-+"), _marked(",;&|?~()[]{}<>:/"), _year("!#"), _year("!@$*")),
    "spw": (*_COMMON, _marked("@%^_-+=:/.")),  # without quotes in a shell
    "upw": (_dotted, _dashed, _leet, _plain(8), _plain(12), _plain(20), _marked("!._-*~+"), _marked(["%40", "%23"][0])),
}
_PLAIN: dict[str, Callable[[Chance], str]] = {
    ".": lambda _made: "",  # keeps a known prefix apart, so that no file holds one
    "n": lambda made: str(made.random.randrange(10, 99)),
    "n3": lambda made: str(made.random.randrange(100, 999)),
    "d": lambda made: str(made.random.randrange(1, 9)),
    "d2": lambda made: str(made.random.randrange(10, 28)),
    "port": lambda made: str(made.random.randrange(1024, 65535)),
    "word": lambda made: made.random.choice(_WORDS),
    "uuid0": lambda made: _uuid(made),
}
_SECRET: dict[str, Callable[[Chance], str]] = {
    "uuid": lambda made: _uuid(made),
    "jwt": Chance.jwt,
    "basic": Chance.basic,
    "pem": Chance.pem,
    "pemec": lambda made: made.pem("EC ", lines=3),
    "pemssh": lambda made: made.pem("OPENSSH ", lines=5),
    "pemplain": lambda made: made.pem(""),
    "pemn": lambda made: made.pem("", join="\\n"),
    "words12": lambda made: " ".join(made.random.sample(_WORDS, 12)),
}


def _uuid(made: Chance) -> str:
    return "-".join(made.of(HEX, size) for size in (8, 4, 4, 4, 12))
