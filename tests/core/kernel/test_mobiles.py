"""Phone numbers in all the ways that people write them become the one that DingTalk knows, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.kernel.mobiles import mobile_of

HOME = "13800138000"


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "+8613800138000",
        "+86-13800138000",
        "+86 138 0013 8000",
        "0086 13800138000",
        "008613800138000",
        "8613800138000",
        "138-0013-8000",
        "138 0013 8000",
        "138.0013.8000",
        "(+86) 138-0013-8000",
        "（+86）138-0013-8000",
        "+(86)13800138000",
        "＋８６１３８００１３８０００",
        "１３８００１３８０００",
        "\u202d13800138000\u202c",
        "\u200b138\ufeff0013\u20608000\u2069",
        "\u2066+86\u00a0138\u20110013\u20118000",
        "138—0013—8000",
        "138\u30000013\u30008000\n",
        "013800138000",
        "tel:+8613800138000",
        "@13800138000",
        "＠13800138000",
        "١٣٨٠٠١٣٨٠٠٠",
        "Tel: 138 0013 8000",
        '"13800138000",',
        "<13800138000>",
        "【13800138000】；",
    ],
)
def test_a_mainland_number_is_its_eleven_digits(written: str) -> None:
    assert mobile_of(written) == HOME


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("+85251234567", "+852-51234567"),
        ("+852-5123-4567", "+852-51234567"),
        ("00852 51234567", "+852-51234567"),
        ("+1 (415) 555-2671", "+1-4155552671"),
        ("+44 (0)20 7946 0958", "+44-2079460958"),
        ("+886-0912-345-678", "+886-912345678"),
        ("00 81 090-1234-5678", "+81-9012345678"),
        ("+225 07 12 34 56 78", "+225-0712345678"),  # the 0 is part of the number
        ("+7 912 345 67 89", "+7-9123456789"),
        ("+886912345678", "+886-912345678"),
        ("+853 6612 3456", "+853-66123456"),
        ("+65-8123 4567", "+65-81234567"),
        ("\u202a+81\u202c 90-1234-5678", "+81-9012345678"),
        ("＋852－51234567", "+852-51234567"),
    ],
)
def test_any_other_number_has_its_country_code_and_a_hyphen(written: str, known: str) -> None:
    assert mobile_of(written) == known
    assert mobile_of(known) == known


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hello",
        "51234567",
        "4155552671",
        "85251234567",
        "1380013800",
        "138001380000",
        "+86 1234567",
        "+8612800138000",
        "12345678901",
        "+0123456789",
        "+852",
        "+852 5123 4567 ext 3",
        "13800138000, 13900139000",
        "++8613800138000",
        "138a0013800",
        "²³4567890",
        "\u200b",
        "+" + "1" * 16,
        "1-415-555-2671",  # not 141 5555 2671
        "1 (415) 555-2671",
        "1.415.555.2671",
        "1\u2011415\u2011555\u20112671",  # as word processors and web pages part it
        "1\u2013415\u2013555\u20132671",
        "1\u2212415\u2212555\u22122671",
        "1/415/555/2671",
        "(1) 415-555-2671",
        "0011 61 412 345 678",  # as Australians dial
        "+1 415 555 267",
        "+1 415 555 26711",
        "+852 5123 45678",
        "+65 812 3456",
        "Tel: 13800138000, 13900139000",
    ],
)
def test_what_nobody_could_be_called_by_is_none(written: str) -> None:
    assert mobile_of(written) is None


@given(st.text(max_size=40))
def test_a_number_that_was_read_reads_as_itself(written: str) -> None:
    known = mobile_of(written)
    assert known is None or mobile_of(known) == known
