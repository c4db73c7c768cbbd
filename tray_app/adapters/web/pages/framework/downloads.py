"""Files for other programs, given piece by piece: memory holds one, and everybody else has a turn between two."""

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from tray_app.adapters.web.pages.framework.site import HEADERS
from tray_app.core.kernel.spreadsheet import BOM

TableRow = TypeVar("TableRow")
_TO_HYPHEN = re.compile(r"[^\w.]+")
_MOST_OF_PART, _MOST_OF_NAME = 60, 120  # letters


async def begun(pieces: AsyncIterator[Sequence[TableRow]]) -> AsyncIterator[Sequence[TableRow]]:
    """Read the first ones now: what cannot be read is told before the file has begun. Raises what reading raises."""
    first = [some async for some in _first(pieces)]
    return _chained(first, pieces)


async def _first(pieces: AsyncIterator[Sequence[TableRow]]) -> AsyncIterator[Sequence[TableRow]]:
    for _ in range(2):
        with contextlib.suppress(StopAsyncIteration):
            yield await anext(pieces)


async def _chained(
    first: Iterable[Sequence[TableRow]], pieces: AsyncIterator[Sequence[TableRow]]
) -> AsyncIterator[Sequence[TableRow]]:
    for some in first:
        yield some
    async for some in pieces:
        yield some


def table(
    pieces: AsyncIterator[Sequence[TableRow]], *, head: str, lines: Callable[[Sequence[TableRow]], str], name: str
) -> Response:
    """Give rows to a spreadsheet; `lines` writes some of them."""

    async def content() -> AsyncIterator[str]:
        yield BOM + head
        async for some in pieces:
            yield lines(some)

    return _file(content(), kind="text/csv; charset=utf-8", name=name)


def listed(
    pieces: AsyncIterator[Sequence[TableRow]], *, key: str, data: Callable[[TableRow], Mapping[str, object]], name: str
) -> Response:
    """Give rows to a program as `{key: […]}`, one on each line."""

    async def content() -> AsyncIterator[str]:
        lead = f'{{"{key}": [\n'
        async for some in pieces:
            if some:
                yield lead + ",\n".join(json.dumps(data(row), ensure_ascii=False) for row in some)
                lead = ",\n"
        yield "\n]}\n" if lead == ",\n" else f'{{"{key}": []}}\n'

    return _file(content(), kind="application/json", name=name)


def file_name(stem: str, parts: Iterable[str], kind: str) -> str:
    """`usage-by-project-2026-11-01-2026-11-29-shop.csv`: what was chosen stands in the name.

    A part may be anybody's word: letters, figures and `._` stay, all else becomes a hyphen.
    """
    known = [_TO_HYPHEN.sub("-", part).strip("-.")[:_MOST_OF_PART] for part in parts]
    return "-".join([stem, *filter(None, known)])[:_MOST_OF_NAME] + f".{kind}"


def attachment(name: str) -> dict[str, str]:
    """Headers of an answer that is saved under this name, which `file_name` made where it holds what others wrote."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    also = "" if name.isascii() else f"; filename*=UTF-8''{quote(name)}"
    return {**HEADERS, "Content-Disposition": f'attachment; filename="{plain}"{also}'}


def _file(content: AsyncIterator[str], *, kind: str, name: str) -> Response:
    return StreamingResponse(content, media_type=kind, headers=attachment(name))
