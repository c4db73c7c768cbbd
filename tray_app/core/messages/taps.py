"""Takes links that make DingTalk send words in the reader's name out of a message, however they are spelled."""

import re
from dataclasses import replace

from tray_app.core.messages.message import MarkdownMessage, Message, TextMessage

_ZERO_WIDTH = "\u200b"  # parts the address: it reads as before, and is none any more
_SKIPPED = r"(?:[\t\n\r]|&(?:tab|newline|#0*(?:9|10|13)|#x0*[9ad]);?)*"  # by a reader of addresses


def _spelled(char: str, *names: str) -> str:
    """Match a character as it is, as an entity, or per cent, as within another address."""
    numbers = sorted({ord(char), ord(char.upper())})
    decimal, hexadecimal = "|".join(map(str, numbers)), "|".join(f"{number:x}" for number in numbers)
    entity = "|".join([f"#0*(?:{decimal})", f"#x0*(?:{hexadecimal})", *names])
    return rf"(?:\\?{char}|&(?:{entity});?|%(?:25)*(?:{hexadecimal}))"


_START, _END = map(_SKIPPED.join, (map(_spelled, "dtm"), (_spelled("d"), _spelled(":", "colon"))))
_TAP = re.compile(rf"{_START}{_SKIPPED}(?={_END})", re.IGNORECASE)


def without_taps(message: Message) -> Message:
    """Part each such address in a text or markdown message: robots that speak to one person send no other kind."""
    match message:
        case TextMessage(content=content):
            return replace(message, content=_parted(content))
        case MarkdownMessage(text=body):
            return replace(message, text=_parted(body))
        case _:
            return message


def _parted(written: str) -> str:
    return _TAP.sub(rf"\g<0>{_ZERO_WIDTH}", written)
