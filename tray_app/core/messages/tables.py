"""Tables of markdown where a long text is cut: the head row with its rule stands again above the rows that follow."""

import re
from collections.abc import Callable

_RULE = re.compile(r"[ ]{0,3}\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*\|?[ \t]*")


def table_after(head: str, before: str, line: str) -> str:
    """Say which table is open after `line`, by its two head lines; empty outside.

    `head` is the state before it, `before` the line before it.
    """
    if "|" not in line:
        return ""
    return head or (f"{before}\n{line}\n" if "|" in before and _RULE.fullmatch(line) else "")


def before_bare_head(text: str, cut: int) -> int:
    """Move a cut that would leave a head without a row at the end of a part."""
    if cut >= len(text) or text[cut - 1] != "\n":
        return cut
    *_, above, last = ("\n" + text[:cut]).removesuffix("\n").rsplit("\n", 2)
    following = text[cut:].partition("\n")[0]
    if table_after("", last, following):
        bare = last
    elif table_after("", above, last) and "|" in following:
        bare = f"{above}\n{last}"
    else:
        return cut
    start = cut - len(bare) - 1
    return start if start > 0 else cut


def repeated(head: str, *, room: int, cost: Callable[[str], int]) -> str:
    """Give the head where it leaves most of the room to rows, else nothing."""
    return head if head and cost(head) * 4 <= room else ""
