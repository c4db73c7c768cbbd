"""Looking for secrets takes time in proportion to the text, whatever somebody writes."""

import sys
import time

import pytest

from tests.core.redaction.corpus.harmless import harmless
from tray_app.core.messages.message import MAX_BODY_CHARS
from tray_app.core.redaction.redact import redact
from tray_app.core.redaction.table import FORMS

_CHARS = 30_000
_PLAIN = ("\n".join(harmless()) * 20)[:_CHARS]
_MOST_TIMES = 40  # of a plain text; a quadratic step takes thousands
_CLOCK_STEP_S = 0.02 if sys.platform == "win32" else 0.002  # a process is told of its time in such steps
_PIECES = [
    " ".join(needle for form in FORMS for needle in form.needles) + " ",
    *(form.needles[0] for form in FORMS),
    *("password=", 'password":"', "password=a,", "password: “", "密码：", "密码是", "token=(((", "secret=)))", "_key="),
    *("A", "a1", "_", "-", "+", "/", "=", " ", "\t", "<", "}", "1/", "1x", "\\", '"', "'", "`", "|", "%3d", "Ab1"),
    *("://a:", "://a:b@", "://a:b/", "eyJaaaaaaaa.", "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n"),
    *("-----BEGIN PRIVATE KEY-----" + "A" * 40 + "\n", "A" * 64 + "\n", "+" * 30 + "\n", "Private-Lines: 9\n"),
    *("curl -u ", "curl a ", "cookie: a=", "cookie:a=", "bearer ", "authorization:", "authorization: bearer 1"),
    *("--password ", "--token a1", "PASSWORD=$", "passwordpassword", "AKIAAAAAAAAAAAAAAAAA,", "password = a.b"),
    "password=" + "ab" * 40,
    "token=" + "abcdefghijkl" * 5 + "1 ",
    "DB_PASSWORD=https://a",
]
_RARER = ('secret: "', "https://a:")


def _seconds(text: str) -> float:
    began = time.process_time()
    redact(text, mask=lambda kind: f"<{kind}>")
    return time.process_time() - began


@pytest.mark.parametrize("head", ["", "password=", *(pytest.param(head, marks=pytest.mark.slow) for head in _RARER)])
def test_no_repetition_costs_more_than_a_plain_text_times_a_constant(head: str) -> None:
    plain = max(min(_seconds(_PLAIN) for _ in range(3)), _CLOCK_STEP_S)
    slow = []
    for piece in dict.fromkeys(_PIECES):
        text = (head + piece * (_CHARS // len(piece)))[:_CHARS]
        if (spent := _seconds(text)) > _MOST_TIMES * plain:
            slow.append((piece, round(spent / plain)))
    assert slow == []


def test_the_longest_message_is_read_as_quickly_as_short_ones_together() -> None:
    short = max(min(_seconds(_PLAIN) for _ in range(3)), 0.002)
    longest = (_PLAIN * 4)[:MAX_BODY_CHARS]
    assert min(_seconds(longest) for _ in range(3)) < 4 * 4 * short
