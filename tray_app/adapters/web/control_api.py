"""The control API at `/api/…`: what the command line asks of the running app. The guard has checked the control token.

Answers are JSON in the language of `?lang=`; a TrayAppError is 409 with `{"reason", "hint"}`.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tray_app.core import messages
from tray_app.core.actions import Page, PauseFor
from tray_app.core.errors import TrayAppError
from tray_app.core.messages import Message
from tray_app.core.receipt import Receipt
from tray_app.core.snapshot import Snapshot
from tray_app.core.texts import Catalog, Language, Text, text

_MOST_ROWS = 1_000


class Owner(Protocol):
    """What the app does for the person at this computer."""

    def snapshot(self) -> Snapshot:
        """The state as of now."""
        ...

    def listing(self, *, limit: int, catalog: Catalog) -> list[dict[str, object]]:
        """The newest messages of the history."""
        ...

    async def send(self, message: Message, *, robot: str, client: str) -> Receipt:
        """Send a message."""
        ...

    async def send_test(self, robot: str) -> Receipt:
        """Send the test message."""
        ...

    async def resend(self, delivery_id: str) -> Receipt:
        """Send a message of the history again."""
        ...

    async def pause(self, length: PauseFor) -> None:
        """Pause; returns when nothing is on the wire."""
        ...

    def resume(self) -> None:
        """Resume."""
        ...

    async def reload(self) -> None:
        """Read settings and keyring anew: another program has changed them."""
        ...

    def link(self, page: Page) -> str:
        """Make a one-time link to a page."""
        ...

    def quit(self) -> None:
        """Stop the app soon."""
        ...


def control_routes(owner: Owner, catalogs: Mapping[Language, Catalog]) -> list[Route]:
    """Build the routes."""

    def catalog(request: Request) -> Catalog:
        return catalogs[Language.from_locale([request.query_params.get("lang", "")])]

    def route(
        path: str, method: str, work: Callable[[dict[str, Any], Catalog], Awaitable[object]]
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            words = catalog(request)
            try:
                asked = await _asked(request)
                return JSONResponse(plain(await work(asked, words), words))
            except TrayAppError as trouble:
                said = {"reason": words(trouble.reason), "hint": words(trouble.hint)}
                return JSONResponse(said, status_code=409)

        return Route(path, endpoint, methods=[method])

    async def status(_asked: dict[str, Any], _words: Catalog) -> object:
        return owner.snapshot()

    async def history(asked: dict[str, Any], words: Catalog) -> object:
        limit = asked.get("limit", "20")
        count = int(limit) if str(limit).isascii() and str(limit).isdigit() else 20
        return {"deliveries": owner.listing(limit=min(count, _MOST_ROWS), catalog=words)}

    async def send(asked: dict[str, Any], _words: Catalog) -> object:
        try:
            message = messages.from_json(asked["message"])
        except (KeyError, TypeError, AttributeError):
            raise _bad_request() from None
        return await owner.send(message, robot=_text(asked, "robot"), client=_text(asked, "client"))

    async def send_test(asked: dict[str, Any], _words: Catalog) -> object:
        return await owner.send_test(_text(asked, "robot"))

    async def resend(asked: dict[str, Any], _words: Catalog) -> object:
        return await owner.resend(_text(asked, "id"))

    async def pause(asked: dict[str, Any], _words: Catalog) -> object:
        try:
            length = PauseFor(_text(asked, "length") or PauseFor.OPEN.value)
        except ValueError:
            raise _bad_request() from None
        await owner.pause(length)
        return owner.snapshot()

    async def resume(_asked: dict[str, Any], _words: Catalog) -> object:
        owner.resume()
        return owner.snapshot()

    async def reload(_asked: dict[str, Any], _words: Catalog) -> object:
        await owner.reload()
        return owner.snapshot()

    async def link(asked: dict[str, Any], _words: Catalog) -> object:
        return {"url": owner.link(Page(_text(asked, "page") or Page.SETUP.value))}

    async def stop(_asked: dict[str, Any], _words: Catalog) -> object:
        owner.quit()
        return {"stopping": True}

    return [
        route("/api/status", "GET", status),
        route("/api/history", "GET", history),
        route("/api/send", "POST", send),
        route("/api/test", "POST", send_test),
        route("/api/resend", "POST", resend),
        route("/api/pause", "POST", pause),
        route("/api/resume", "POST", resume),
        route("/api/reload", "POST", reload),
        route("/api/link", "POST", link),
        route("/api/quit", "POST", stop),
    ]


def plain(value: object, words: Catalog) -> object:
    """Turn values of the core into JSON: texts into words, enums into their values, dataclasses into objects."""
    match value:
        case Text():
            return words(value)
        case Enum():
            return value.value
        case dict():
            return {str(name): plain(entry, words) for name, entry in value.items()}
        case list() | tuple():
            return [plain(entry, words) for entry in value]
        case _ if dataclasses.is_dataclass(value):
            return {field.name: plain(getattr(value, field.name), words) for field in dataclasses.fields(value)}
        case _:
            return value


async def _asked(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query_params)
    body = await request.body()
    if not body:
        return {}
    try:
        asked = await request.json()
    except ValueError:
        raise _bad_request() from None
    if not isinstance(asked, dict):
        raise _bad_request()
    return asked


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise _bad_request()
    return value


def _bad_request() -> TrayAppError:
    return TrayAppError(text("desk.bad_request"), text("desk.bad_request_hint"))
