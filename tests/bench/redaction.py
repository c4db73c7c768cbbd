"""What looking for secrets costs: 20 kB of a report, with every word that is looked for, of look-alikes, of secrets."""

import statistics
import subprocess
import sys
import time

from tests.core.redaction.corpus.harmless import harmless
from tests.core.redaction.corpus.secrets import leaks
from tray_app.core.redaction.names import NEEDLES
from tray_app.core.redaction.redact import redact
from tray_app.core.redaction.table import FORMS

_CHARS = 20_000
_IMPORT = """
import sys, time
import dataclasses, enum, re
import tray_app.core.kernel.texts, tray_app.core.messages.message, tray_app.core.policy.conditions
began = time.perf_counter()
import tray_app.core.redaction.redact
print((time.perf_counter() - began) * 1000)
"""


def measure_redaction() -> dict[str, float]:
    """Give milliseconds by name."""
    clean = _filled("今日完成：支付接口重构，测试全部通过。\n- fixed `parse_header()` in src/server.py:120, +45 -12\n")
    words = clean[: _CHARS - 2_000] + " ".join([*NEEDLES, *(needle for form in FORMS for needle in form.needles)])
    return {
        "redaction of 20 kB, ms": _ms(clean),
        "redaction of 20 kB with every word it knows, ms": _ms(words),
        "redaction of 20 kB of look-alikes, ms": _ms(_filled("\n".join(harmless()))),
        "redaction of 20 kB of secrets, ms": _ms(_filled("\n".join(leak.text for leak in leaks()))),
        "import of the redaction, ms": statistics.median(_import_ms() for _ in range(5)),
    }


def _filled(text: str) -> str:
    return (text * (_CHARS // len(text) + 1))[:_CHARS]


def _ms(text: str) -> float:
    """Give the quickest of some rounds: what else runs on this machine is not what is measured."""
    took: list[float] = []
    for _ in range(30):
        began = time.perf_counter()
        redact(text, mask=lambda kind: f"<{kind}>")
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def _import_ms() -> float:
    done = subprocess.run([sys.executable, "-c", _IMPORT], check=True, capture_output=True, text=True)
    return float(done.stdout)
