"""The control API: what commands ask of the running app."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tray_app.adapters.web.responses import plain
from tray_app.core.approvals.approval import Answer
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Language, text
from tray_app.core.menu.actions import Page
from tray_app.core.messages import message as messages
from tray_app.core.messages.message import Message
from tray_app.core.state.snapshot import Snapshot


class ControlServices(Protocol):
    """What the app does for the person at this computer."""

    def snapshot(self) -> Snapshot:
        """The state as of now."""
        ...

    def history_listing(self, asked: Mapping[str, str], *, limit: int, catalog: Catalog) -> dict[str, object]:
        """Messages of the history that were asked for, newest first."""
        ...

    def session_listing(self, *, everything: bool, limit: int) -> list[dict[str, object]]:
        """Sessions of coding agents: live ones, or past ones too."""
        ...

    def approval_listing(self) -> list[dict[str, object]]:
        """What waits for the owner."""
        ...

    async def settle(self, approval_id: str, answer: Answer) -> dict[str, object]:
        """Say what the owner decided."""
        ...

    def try_call(self, tool: str, args: str | None, *, client: str, session: str) -> dict[str, object]:
        """Say what the policy would do with a call now."""
        ...

    def client_listing(self) -> list[dict[str, object]]:
        """Clients that may call."""
        ...

    def add_client(self, name: str) -> dict[str, object]:
        """Let a client in; the answer holds its token."""
        ...

    def revoke_client(self, name: str) -> dict[str, object]:
        """Let a client in no more."""
        ...

    def rotate_client(self, name: str) -> dict[str, object]:
        """Give a client another token."""
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


RequestBody: TypeAlias = Mapping[str, Any]
_ROWS = 20
_MOST_ROWS = 1_000
_DIGITS = 9


class _Api:
    """One method per path: what was asked, in which language; what is returned becomes JSON."""

    def __init__(self, owner: ControlServices) -> None:
        self._owner = owner

    async def status(self, _asked: RequestBody, _words: Catalog) -> object:
        return self._owner.snapshot()

    async def history(self, asked: RequestBody, words: Catalog) -> object:
        return self._owner.history_listing(asked, limit=_limit(asked, _ROWS), catalog=words)

    async def sessions(self, asked: RequestBody, _words: Catalog) -> object:
        everything = asked.get("all") == "1"
        return {"sessions": self._owner.session_listing(everything=everything, limit=_limit(asked, _MOST_ROWS))}

    async def approvals(self, _asked: RequestBody, _words: Catalog) -> object:
        return {"approvals": self._owner.approval_listing()}

    async def settle(self, asked: RequestBody, _words: Catalog) -> object:
        try:
            answer = Answer(_text(asked, "answer"))
        except ValueError:
            raise _bad_request() from None
        return await self._owner.settle(_text(asked, "id"), answer)

    async def try_call(self, asked: RequestBody, _words: Catalog) -> object:
        args = None if asked.get("args") is None else _text(asked, "args")
        client, session = _text(asked, "client"), _text(asked, "session")
        return self._owner.try_call(_text(asked, "tool"), args, client=client, session=session)

    async def clients(self, _asked: RequestBody, _words: Catalog) -> object:
        return {"clients": self._owner.client_listing()}

    async def add_client(self, asked: RequestBody, _words: Catalog) -> object:
        return self._owner.add_client(_text(asked, "name"))

    async def revoke_client(self, asked: RequestBody, _words: Catalog) -> object:
        return self._owner.revoke_client(_text(asked, "name"))

    async def rotate_client(self, asked: RequestBody, _words: Catalog) -> object:
        return self._owner.rotate_client(_text(asked, "name"))

    async def send(self, asked: RequestBody, _words: Catalog) -> object:
        try:
            message = messages.from_json(asked["message"])
        except (KeyError, TypeError, AttributeError):
            raise _bad_request() from None
        return await self._owner.send(message, robot=_text(asked, "robot"), client=_text(asked, "client"))

    async def test(self, asked: RequestBody, _words: Catalog) -> object:
        return await self._owner.send_test(_text(asked, "robot"))

    async def resend(self, asked: RequestBody, _words: Catalog) -> object:
        return await self._owner.resend(_text(asked, "id"))

    async def pause(self, asked: RequestBody, _words: Catalog) -> object:
        try:
            length = PauseFor(_text(asked, "length") or PauseFor.OPEN.value)
        except ValueError:
            raise _bad_request() from None
        await self._owner.pause(length)
        return self._owner.snapshot()

    async def resume(self, _asked: RequestBody, _words: Catalog) -> object:
        self._owner.resume()
        return self._owner.snapshot()

    async def reload(self, _asked: RequestBody, _words: Catalog) -> object:
        await self._owner.reload()
        return self._owner.snapshot()

    async def link(self, asked: RequestBody, _words: Catalog) -> object:
        try:
            page = Page(_text(asked, "page") or Page.SETUP.value)
        except ValueError:
            raise _bad_request() from None
        return {"url": self._owner.link(page)}

    async def quit(self, _asked: RequestBody, _words: Catalog) -> object:
        self._owner.quit()
        return {"stopping": True}


def control_routes(owner: ControlServices, catalogs: Mapping[Language, Catalog]) -> list[Route]:
    """Build the routes."""
    api = _Api(owner)
    reads = {
        "status": api.status,
        "history": api.history,
        "sessions": api.sessions,
        "clients": api.clients,
        "approvals": api.approvals,
    }
    changes = {
        "send": api.send,
        "test": api.test,
        "resend": api.resend,
        "pause": api.pause,
        "resume": api.resume,
        "reload": api.reload,
        "link": api.link,
        "quit": api.quit,
        "approvals/settle": api.settle,
        "policy/test": api.try_call,
        "clients/add": api.add_client,
        "clients/revoke": api.revoke_client,
        "clients/rotate": api.rotate_client,
    }
    table = [("GET", name, work) for name, work in reads.items()]
    table += [("POST", name, work) for name, work in changes.items()]
    return [Route(f"/api/{name}", _endpoint(work, catalogs), methods=[method]) for method, name, work in table]


def _endpoint(
    work: Callable[[RequestBody, Catalog], Awaitable[object]], catalogs: Mapping[Language, Catalog]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        words = catalogs[Language.from_locale([request.query_params.get("lang", "")])]
        try:
            return JSONResponse(plain(await work(await _asked(request), words), words))
        except TrayAppError as trouble:
            said = {"reason": words(trouble.reason), "hint": words(trouble.hint)}
            return JSONResponse(said, status_code=409)

    return endpoint


async def _asked(request: Request) -> RequestBody:
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


def _limit(asked: RequestBody, usual: int) -> int:
    limit = str(asked.get("limit", ""))
    count = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < _DIGITS else usual
    return min(count, _MOST_ROWS)


def _text(asked: RequestBody, name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise _bad_request()
    return value


def _bad_request() -> TrayAppError:
    return TrayAppError(text("desk.bad_request"), text("desk.bad_request_hint"))
