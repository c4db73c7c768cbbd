"""Phone numbers as chat services know them, from the ways in which people write and paste them.

A mainland number is its eleven digits, any other `+CODE-NUMBER`: DingTalk takes what it does not know without a word,
and then nobody is called.
"""

import re
import unicodedata

from tray_app.core.kernel.invisible import visible

_LINK = re.compile(r"\Atel:\s*", re.IGNORECASE)
_TRUNK = re.compile(r"(?<=\d)\s*\(0\)")  # +44 (0)20 …: not dialled from abroad
_APART = re.compile(r"[\s().·•/‐-―−-]+")
_DIALLED = re.compile(r"(?P<abroad>\+|00)?(?P<digits>\d{5,15})", re.ASCII)
_AS_CALLED = re.compile(r"1[3-9]\d{9}", re.ASCII)
_MAINLAND = re.compile(rf"0?({_AS_CALLED.pattern})", re.ASCII)
_CHINA = "86"
_CODE = re.compile(  # ITU-T E.164: one, two or three digits, and no code begins with another
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d", re.ASCII
)
_SHORTEST = 4  # digits behind the country code
_LENGTHS = {"1": 10, "65": 8, "852": 8, "853": 8}  # plans in which all numbers have as many
_AMERICAN = re.compile(rf"\(?1{_APART.pattern}[2-9]")  # 1-415-555-2671: no mainland number is parted so
_AROUND = "\"'`<>,;，；、。“”‘’「」【】"
_ZERO_AT_HOME = re.compile(  # a 0 before the number is dialled at home alone (ITU: not in 39, 225, 242)
    r"2[07]|3[123]|4[13469]|6[012346]|8[124]|9[01245]|35[38]|85[56]|88[06]|9(?:66|7[12])", re.ASCII
)


def mobile_of(written: str) -> str | None:
    """Give `13800138000` or `+852-51234567`; None for what is no number or lacks its country code."""
    if _AS_CALLED.fullmatch(written):
        return written
    plain = unicodedata.normalize("NFKC", visible(written)).strip().strip(_AROUND).strip()
    plain = _LINK.sub("", plain, count=1).lstrip("@")
    if not any(char.isdecimal() for char in plain) or _AMERICAN.match(plain):
        return None
    plain = "".join(str(unicodedata.decimal(char, char)) for char in plain)
    found = _DIALLED.fullmatch(_APART.sub("", _TRUNK.sub("", plain)))
    if found is None:
        return None
    digits, abroad = found["digits"], bool(found["abroad"])
    at_home = _MAINLAND.fullmatch(digits.removeprefix(_CHINA))
    if at_home and (digits.startswith(_CHINA) or not abroad):
        return at_home[1]
    return _abroad(digits) if abroad else None


def _abroad(digits: str) -> str | None:
    code = _CODE.match(digits)
    if code is None or code[0] == _CHINA:
        return None
    number = digits[code.end() :]
    if _ZERO_AT_HOME.fullmatch(code[0]):
        number = number.removeprefix("0")
    fits = len(number) == _LENGTHS.get(code[0], len(number)) and len(number) >= _SHORTEST
    return f"+{code[0]}-{number}" if fits else None
