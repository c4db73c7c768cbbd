"""The line of a key in settings.toml, for a person who has to mend it."""

import pytest

from tray_app.core.settings.text import line_of, lines

WRITTEN = '''# mine
language = "en"

[robots.team]
host = "a"  # [robots.ops]
note = """
days = 3
[history]
"""
[robots."ops"]
per_minute = 3

[[routes]]
project = "x"
robot = "team"

[[ routes ]] # second
robot = 'gone'
[history]
days = 1
pause.on_resume = "send"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("language", 2),
        ("robots.team", 4),
        ("robots.team.host", 5),
        ("robots.ops.per_minute", 11),
        ("routes.1.robot", 15),
        ("routes.2", 17),
        ("routes.2.robot", 18),
        ("history.days", 20),
        ("history.pause.on_resume", 21),
        ("routes.2.missing", 17),
        ("nothing.here", None),
    ],
)
def test_a_key_has_its_line_and_a_missing_one_that_of_its_table(path: str, line: int | None) -> None:
    assert line_of(path, lines(WRITTEN)) == line
