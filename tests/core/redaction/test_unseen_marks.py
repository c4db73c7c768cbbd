"""A secret is masked as a person reads it: behind any blank, with marks within that nobody sees, in wide letters."""

import pytest

from tests.core.redaction.corpus.made import ALNUM, chance
from tray_app.core.redaction.redact import redact

_VALUE = chance(41).of(ALNUM, 12)
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x30, 0x7B) if chr(code).isalnum()})


def _masked(text: str) -> str:
    return redact(text, mask=lambda _kind: "【x hidden】").text


@pytest.mark.parametrize("blank", ["\xa0", "\u1680", "\u2003", "\u2009", "\u202f", "\u205f", "\u3000"], ids=ascii)
def test_any_blank_parts_a_name_from_its_value(blank: str) -> None:
    assert _masked(f"password:{blank}{_VALUE}") == f"password:{blank}【x hidden】"
    assert _masked(f"密{blank}码{blank}{_VALUE}") == f"密{blank}码{blank}【x hidden】"


@pytest.mark.parametrize("mark", ["\xad", "\u200b", "\u200d", "\u200e", "\u202c", "\u2060", "\ufeff"], ids=ascii)
def test_a_mark_that_nobody_sees_hides_neither_name_nor_value(mark: str) -> None:
    assert _masked(f"pass{mark}word: {_VALUE}") == f"pass{mark}word: 【x hidden】"
    assert _masked(f"password:{mark} {_VALUE[:4]}{mark}{_VALUE[4:]}.") == f"password:{mark} 【x hidden】."


def test_wide_letters_are_letters() -> None:
    assert _masked("ｐａｓｓｗｏｒｄ：" + _VALUE) == "ｐａｓｓｗｏｒｄ：【x hidden】"
    assert _masked("密码：" + _VALUE.translate(_WIDE)) == "密码：【x hidden】"
    assert _masked("ＡＢＣ１２３　公司") == "ＡＢＣ１２３　公司"
