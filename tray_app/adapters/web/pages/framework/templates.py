"""The pages' templates: compiled on a thread when the first page is asked for, and rendered on the loop."""

import asyncio
from functools import cache
from typing import TYPE_CHECKING

from tray_app.adapters.web.pages.framework.filters import add_filters
from tray_app.assets import asset

if TYPE_CHECKING:
    from jinja2 import Environment


class Templates:
    """Everything put into them is escaped, a missing value is an error."""

    def __init__(self) -> None:
        """Compile nothing yet: 5 MB, for whoever never looks at a page."""
        self._compiling: asyncio.Future[None] | None = None

    async def compiled(self) -> None:
        """Wait until all are. On the loop each would hold up the agents for as long as 30 ms when it is first shown."""
        if self._compiling is None or _failed(self._compiling):  # a file that was away, at an update, may be back
            self._compiling = asyncio.ensure_future(asyncio.to_thread(compile_all))
        await asyncio.shield(self._compiling)

    def render(self, name: str, **values: object) -> str:
        """Fill one."""
        return environment().get_template(name).render(**values)


def _failed(work: asyncio.Future[None]) -> bool:
    return work.done() and (work.cancelled() or work.exception() is not None)


@cache
def environment() -> "Environment":
    """Give the process's one, which keeps what it has compiled: 0.4 s of work, the same for every server."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # 2 MB, for whoever looks at a page

    made = Environment(
        loader=FileSystemLoader(asset("pages")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_filters(made)
    return made


def compile_all() -> None:
    """Compile every template, and load what shows messages; what is compiled stays as it is."""
    from tray_app.adapters.web.pages.framework.markdown import markdown

    markdown("", pictures=False)
    for name in environment().list_templates(extensions=["html"]):
        environment().get_template(name)
