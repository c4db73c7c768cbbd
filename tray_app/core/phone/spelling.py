"""One spelling for what people type or paste on a phone: full-width and Traditional letters, case, quotes around it."""

import unicodedata

from tray_app.core.kernel.invisible import is_hidden, visible

_SIMPLIFIED = str.maketrans("許絕狀態會話暫復幫時鐘個對", "许绝状态会话暂复帮时钟个对")
_PAIRS = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "「": "」", "『": "』", "＂": "＂", "＇": "＇"}
_AROUND = "\"'`“”‘’「」『』()[]<>【】《》*"
_END = ".。!?;~"


def unquoted(written: str) -> str:
    """Take off what nobody sees, and quotes around the whole: examples are shown in quotes, and copied with them."""
    said = "".join(char for char in visible(written) if char in "\n\t\ufe0f" or not is_hidden(char)).strip()
    while len(said) > 1 and _PAIRS.get(said[0]) == (closed := said.rstrip(".。!！"))[-1:] and len(closed) > 1:
        said = closed[1:-1].strip()
    return said


def same(written: str) -> str:
    """Give lower case, simplified and half-width letters."""
    return unicodedata.normalize("NFKC", written).casefold().translate(_SIMPLIFIED)


def bare(word: str) -> str:
    """Likewise without marks around it."""
    return same(word).strip(_AROUND + _END)
