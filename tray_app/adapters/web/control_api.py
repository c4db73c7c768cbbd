"""The control API: what commands ask of the running app."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.history.rows import midnight_ms
from tray_app.adapters.web.responses import plain
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import to_data as approval_data
from tray_app.core.clients.client import BUILT_IN
from tray_app.core.clients.client import to_data as client_data
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.pause import NoLength, PauseFor, read_length
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Language, text
from tray_app.core.menu.actions import Page
from tray_app.core.messages import message as messages
from tray_app.core.policy.words import to_data as trial_data
from tray_app.core.questions.answers import to_data as question_data
from tray_app.core.sessions.usage import usage
from tray_app.core.sessions.usage import words as usage_words
from tray_app.services.clients import Clients
from tray_app.services.history.history import History, only_one
from tray_app.services.history.queries import HistoryQueries
from tray_app.services.owner.control import Control
from tray_app.services.owner.policy_admin import PolicyAdmin
from tray_app.services.phone.pairing import Pairing
from tray_app.services.questions.questions import Questions
from tray_app.services.sessions.tracker import SessionTracker
from tray_app.services.sessions.usage import UsageQueries
from tray_app.services.state.hub import Hub
from tray_app.services.state.snapshot_builder import EndpointStatus
from tray_app.services.submit.submit import Submitter
from tray_app.tools.trial import call_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlServices:
    """What commands ask. `reload` reads settings and keyring anew, `link` makes a one-time link, `stop` ends all.

    `restart` has it begin anew.
    """

    hub: Hub
    control: Control
    submitter: Submitter
    history: History
    history_queries: HistoryQueries
    tracker: SessionTracker
    usage: UsageQueries
    policy: PolicyAdmin
    questions: Questions
    clients: Clients
    pairing: Pairing
    endpoint: EndpointStatus
    reload: Callable[[], Awaitable[None]]
    link: Callable[[Page], str]
    stop: Callable[[], None]
    restart: Callable[[], None]


RequestBody: TypeAlias = Mapping[str, Any]
_ROWS = 20
_MOST_ROWS = 1_000
_DIGITS = 9


class _Api:
    """One method per path: what was asked, in which language; what is returned becomes JSON."""

    def __init__(self, services: ControlServices) -> None:
        self._services = services

    async def status(self, _asked: RequestBody, _words: Catalog) -> object:
        return self._services.hub.look()

    async def history(self, asked: RequestBody, words: Catalog) -> object:
        limit = _limit(asked, _ROWS)
        if asked.get("session"):
            asked = {**asked, "session": self._services.history.whole_session(_text(asked, "session"))}
        return await self._services.history_queries.listing(asked, limit=limit, day_ms=midnight_ms, catalog=words)

    async def sessions(self, asked: RequestBody, _words: Catalog) -> object:
        listed = self._services.tracker.listing(everything=asked.get("all") == "1", limit=_limit(asked, _MOST_ROWS))
        return {"sessions": listed}

    async def usage(self, asked: RequestBody, _words: Catalog) -> object:
        wanted = usage.read(asked, today=local_time(self._services.hub.look().now_ms).date())
        for fault in wanted.days.errors.values():
            raise TrayAppError(fault, text("usage.day_hint"))
        return usage_words.to_data((await self._services.usage.view(wanted)).table, wanted)

    async def approvals(self, _asked: RequestBody, _words: Catalog) -> object:
        return {"approvals": [approval_data(one) for one in self._services.policy.approvals.waiting()]}

    async def settle(self, asked: RequestBody, _words: Catalog) -> object:
        """Say what the owner decided; `receipt` says what came of it (None: nothing to tell)."""
        try:
            answer = Answer(_text(asked, "answer"))
        except ValueError:
            raise _bad_request() from None
        policy = self._services.policy
        settled = await policy.approvals.settle(_text(asked, "id"), answer, by=Source.CLI)
        if settled.fingerprint:  # a message; another action was done before this
            return {**approval_data(settled), "receipt": await self._services.history.became(settled.id)}
        return {**approval_data(settled), "receipt": policy.approvals.report(settled.id)}

    async def questions(self, _asked: RequestBody, _words: Catalog) -> object:
        return {"questions": [question_data(one) for one in self._services.questions.waiting()]}

    async def answer(self, asked: RequestBody, _words: Catalog) -> object:
        """Give an agent's question one of its answers, by its word; `own` are the owner's own words."""
        question_id, word, own = (_text(asked, name) for name in ("id", "word", "own"))
        return question_data(await self._services.questions.say(question_id, word, own=own, by=Source.CLI))

    async def try_call(self, asked: RequestBody, _words: Catalog) -> object:
        """Say what the policy would do with a call now, by the file as it is now."""
        args = None if asked.get("args") is None else _text(asked, "args")
        call = call_of(_text(asked, "tool"), args, client=_text(asked, "client"), session=self._session(asked))
        return trial_data(call, self._services.policy.would_by_file(call), live=True)

    def _session(self, asked: RequestBody) -> str:
        """The session that a call is tried for, by the beginning of its id where one runs that has it."""
        begin = _text(asked, "session")
        running = [one.id for one in self._services.hub.look().sessions if begin and one.id.startswith(begin)]
        return begin if begin in running or not running else only_one(begin, running)

    async def clients(self, _asked: RequestBody, _words: Catalog) -> object:
        """Clients that may call, the built-in one first; never a token or its hash."""
        decisions = self._services.policy.decisions()
        listed = self._services.clients.listing()
        return {"clients": [client_data(client, decisions.get(client.name, {})) for client in listed]}

    async def add_client(self, asked: RequestBody, _words: Catalog) -> object:
        """The answer is the one place where its token is shown."""
        name = _text(asked, "name")
        return {"name": name, "token": self._services.clients.add(name).reveal(), "url": self._services.endpoint.url}

    async def knows_client(self, asked: RequestBody, _words: Catalog) -> object:
        """Say whose token it is; `name` is null where it is nobody's."""
        return {"name": self._services.clients.knows(_text(asked, "token"))}

    async def revoke_client(self, asked: RequestBody, _words: Catalog) -> object:
        """`rotated`: it is the built-in one, which has another token now."""
        name = _text(asked, "name")
        return {"name": name, "rotated": not self._services.clients.revoke(name)}

    async def rotate_client(self, asked: RequestBody, _words: Catalog) -> object:
        """The built-in one's token is not shown: `mcp-headers` prints it."""
        name = _text(asked, "name")
        token = self._services.clients.rotate(name)
        shown = None if name == BUILT_IN else token.reveal()
        return {"name": name, "token": shown, "url": self._services.endpoint.url}

    async def send(self, asked: RequestBody, _words: Catalog) -> object:
        message, robot, origin = _sent_by_command(asked)
        return await self._services.submitter.send(message, robot=robot, origin=origin)

    async def preview(self, asked: RequestBody, _words: Catalog) -> object:
        message, robot, origin = _sent_by_command(asked)
        name, parts = self._services.submitter.preview(message, robot=robot, origin=origin)
        return {"robot": name, "parts": [messages.to_json(part) for part in parts]}

    async def test(self, asked: RequestBody, _words: Catalog) -> object:
        return await self._services.control.send_test(_text(asked, "robot"), source=Source.CLI)

    async def resend(self, asked: RequestBody, _words: Catalog) -> object:
        whole = self._services.history.whole_id(_text(asked, "id"))
        return await self._services.history.resend(whole, source=Source.CLI)

    async def pause(self, asked: RequestBody, _words: Catalog) -> object:
        try:
            length = read_length(_text(asked, "length") or PauseFor.OPEN.value)
        except NoLength:
            raise TrayAppError(text("cli.no_length"), text("cli.no_length_hint")) from None
        await self._services.control.pause(length)
        return self._services.hub.look()

    async def resume(self, _asked: RequestBody, _words: Catalog) -> object:
        self._services.control.resume()
        return self._services.hub.look()

    async def reload(self, _asked: RequestBody, _words: Catalog) -> object:
        await self._services.reload()
        return self._services.hub.look()

    async def pair(self, _asked: RequestBody, _words: Catalog) -> object:
        offer = await self._services.pairing.begin()
        return {"code": offer.code, "left_ms": self._services.pairing.left_ms}

    async def unpair(self, _asked: RequestBody, _words: Catalog) -> object:
        await self._services.pairing.end()
        return {"paired": False}

    async def link(self, asked: RequestBody, _words: Catalog) -> object:
        try:
            page = Page(_text(asked, "page") or Page.SETUP.value)
        except ValueError:
            raise _bad_request() from None
        return {"url": self._services.link(page)}

    async def quit(self, _asked: RequestBody, _words: Catalog) -> object:
        """The answer to whoever asked goes out first."""
        self._services.stop()
        return {"stopping": True}

    async def restart(self, _asked: RequestBody, _words: Catalog) -> object:
        """Likewise; the next one answers at the same port."""
        self._services.restart()
        return {"restarting": True}


def control_routes(services: ControlServices, catalogs: Mapping[Language, Catalog]) -> list[Route]:
    """Build the routes."""
    api = _Api(services)
    reads = {
        "status": api.status,
        "history": api.history,
        "sessions": api.sessions,
        "usage": api.usage,
        "clients": api.clients,
        "approvals": api.approvals,
        "questions": api.questions,
    }
    changes = {
        "send": api.send,
        "send/preview": api.preview,
        "test": api.test,
        "resend": api.resend,
        "pause": api.pause,
        "resume": api.resume,
        "reload": api.reload,
        "link": api.link,
        "quit": api.quit,
        "restart": api.restart,
        "approvals/settle": api.settle,
        "questions/answer": api.answer,
        "phone/pair": api.pair,
        "phone/unpair": api.unpair,
        "policy/test": api.try_call,
        "clients/add": api.add_client,
        "clients/knows": api.knows_client,
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


def _sent_by_command(asked: RequestBody) -> tuple[messages.Message, str, Origin]:
    """Read a message of the command `send`, and its robot."""
    try:
        message = messages.from_json(asked["message"])
    except (KeyError, TypeError, AttributeError):
        raise _bad_request() from None
    return message, _text(asked, "robot"), Origin(source=Source.CLI, tool="send", client=_text(asked, "client"))


def _bad_request() -> TrayAppError:
    return TrayAppError(text("desk.bad_request"), text("desk.bad_request_hint"))
