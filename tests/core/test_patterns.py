"""Patterns mean the same on every Python: before 3.11.5 a possessive group gave nothing back, and took too much."""

import re
from pathlib import Path

from tray_app.core.redaction.redact import redact

_POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\{?[0-9,]*\}\}?)\+|\(\?>")
ROOT = Path(__file__).parents[2] / "tray_app"


def test_no_group_is_repeated_possessively() -> None:
    sources = {str(file): file.read_text("utf-8") for file in ROOT.rglob("*.py")}
    assert [file for file, source in sources.items() if _POSSESSIVE_GROUP.search(source)] == []


def test_a_password_in_quotes_ends_where_they_do() -> None:
    found = redact('sudo -S <<< "haw6-MG47" apt update', mask=lambda _kind: "…")
    assert found.text == 'sudo -S <<< "…" apt update'
