"""What is looked for in the text of `settings.toml` before it is parsed."""

import re

MOST_BYTES = 128 << 10  # what is longer is no settings file, and would be parsed while everything waits
_MOST_PARTS = 100  # of one dotted key: tomllib takes time and memory by their square


def endless_key(written: str) -> int | None:
    """The first line with a key of more parts than can be meant; None: there is none."""
    for number, line in enumerate(written.splitlines(), 1):
        if line.count(".") > _MOST_PARTS and any(
            part.count(".") > _MOST_PARTS for part in _BETWEEN_KEYS.split(_NOT_IN_KEYS.sub("", line))
        ):
            return number
    return None


_NOT_IN_KEYS, _BETWEEN_KEYS = re.compile(r"[ \t\"']"), re.compile(r"[=,\[\]{}#]")
