"""Files for other programs, given piece by piece: memory holds one, and everybody else has a turn between two."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TypeVar

from starlette.responses import Response, StreamingResponse

from tray_app.adapters.web.pages.framework.site import HEADERS
from tray_app.core.kernel.spreadsheet import BOM

TableRow = TypeVar("TableRow")


def begun(pieces: Iterator[Sequence[TableRow]]) -> Iterator[Sequence[TableRow]]:
    """Read the first ones now: what cannot be read is told before the file has begun. Raises what reading raises."""
    return chain([*islice(pieces, 2)], pieces)


def table(
    pieces: Iterable[Sequence[TableRow]], *, head: str, lines: Callable[[Sequence[TableRow]], str], name: str
) -> Response:
    """Give rows to a spreadsheet; `lines` writes some of them."""

    async def content() -> AsyncIterator[str]:
        yield BOM + head
        for some in pieces:
            yield lines(some)
            await asyncio.sleep(0)

    return _file(content(), kind="text/csv; charset=utf-8", name=name)


def listed(
    pieces: Iterable[Sequence[TableRow]], *, key: str, data: Callable[[TableRow], Mapping[str, object]], name: str
) -> Response:
    """Give rows to a program as `{key: […]}`, one on each line."""

    async def content() -> AsyncIterator[str]:
        lead = f'{{"{key}": [\n'
        for some in pieces:
            if some:
                yield lead + ",\n".join(json.dumps(data(row), ensure_ascii=False) for row in some)
                lead = ",\n"
            await asyncio.sleep(0)
        yield "\n]}\n" if lead == ",\n" else f'{{"{key}": []}}\n'

    return _file(content(), kind="application/json", name=name)


def attachment(name: str) -> dict[str, str]:
    """Headers of an answer that is saved under this name, which is never an agent's word."""
    return {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}


def _file(content: AsyncIterator[str], *, kind: str, name: str) -> Response:
    return StreamingResponse(content, media_type=kind, headers=attachment(name))
