"""Words of agents on a terminal: what could move its cursor, hide or turn around what stands there is spelled out."""

_WIDE_SPACE = "\u3000"  # usual in Chinese, and seen


def visible(words: str) -> str:
    r"""Spell out every character that shows nothing of its own (`\x1b`, `\u202e`), line ends too."""
    return "".join(char if char.isprintable() or char == _WIDE_SPACE else _spelled(char) for char in words)


def visible_lines(words: str) -> list[str]:
    r"""Give the lines of a text, each made visible; only `\n` and `\r\n` end one."""
    return [visible(line.removesuffix("\r")).replace("\\x09", "\t") for line in words.split("\n")]


def visible_json(said: str) -> str:
    r"""Escape within JSON text what `json.dumps(ensure_ascii=False)` leaves: it means the same, and shows itself."""
    if said.replace("\n", "").isprintable():
        return said
    return "".join(char if char.isprintable() or char == "\n" else _json(char) for char in said)


def _spelled(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004 - two hexadecimal digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def _json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
