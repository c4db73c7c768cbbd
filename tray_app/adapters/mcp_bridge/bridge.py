"""Standard input and output as an MCP transport: each line is one message for the running app, each answer one line.

Nothing is understood but what the transport needs: ids, the protocol's version, and cancelling.
"""

import json
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from tray_app.adapters.mcp_bridge.wire import Address, Exchange, Lost, NotSent, headers_of
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text

_LONGEST_LINE = 4 * 1024 * 1024
_PARSE_ERROR, _INVALID_REQUEST, _UNREACHABLE = -32700, -32600, -32000
_UNAUTHORIZED = 401


class StdioBridge:
    """Runs until its input ends. `find` gives the app's address, starting it if need be; it raises TrayAppError."""

    def __init__(self, *, find: Callable[[], Address], out: BinaryIO, say: Callable[[Text], str]) -> None:
        """`out` gets messages and nothing else."""
        self._find = find
        self._out = out
        self._say = say
        self._writing = threading.Lock()
        self._finding = threading.Lock()
        self._address: Address | None = None
        self._negotiated = ""
        self._open: dict[str, _Call] = {}
        self._threads: set[threading.Thread] = set()

    def run(self, given: BinaryIO, *, grace_s: float) -> None:
        """Carry messages until `given` ends; then let open calls finish within `grace_s`."""
        while line := given.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                while line and not line.endswith(b"\n"):
                    line = given.readline(_LONGEST_LINE)
                self._fail(None, _PARSE_ERROR, text("connect.line_too_long"))
            elif line.strip():
                self._take(line)
        for thread in list(self._threads):
            thread.join(grace_s)

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self._fail(None, _PARSE_ERROR, text("endpoint.no_json"))
            return
        if not isinstance(message, dict):
            self._fail(None, _INVALID_REQUEST, text("endpoint.batch"))
            return
        if "method" not in message:
            return  # an answer; the app never asks
        if message["method"] == "notifications/cancelled":
            self._cancel(message)
            return
        call = _Call(message, line.strip())
        if call.key is not None:
            self._open[call.key] = call
        thread = threading.Thread(target=self._carry, args=(call,), daemon=True)
        self._threads.add(thread)
        thread.start()

    def _cancel(self, message: dict[str, Any]) -> None:
        params = message.get("params")
        call = self._open.get(json.dumps(params.get("requestId"))) if isinstance(params, dict) else None
        if call is not None:
            call.cancel()

    def _carry(self, call: "_Call") -> None:
        try:
            self._exchange(call)
        except TrayAppError as error:
            self._answer_for(call, error.reason, error.hint)
        except NotSent:
            self._answer_for(call, text("connect.unreachable"), text("connect.no_answer_hint"))
        except Lost:
            self._answer_for(call, text("connect.lost"), text("connect.lost_hint"))
        finally:
            if call.key is not None:
                self._open.pop(call.key, None)
            self._threads.discard(threading.current_thread())

    def _exchange(self, call: "_Call") -> None:
        """Carry one message; where the app was restarted meanwhile, a second time. Never where it may have arrived."""
        address = self._where()
        try:
            if self._once(call, address):
                return
        except NotSent:
            if call.cancelled:
                return
        if not self._once(call, self._where(instead_of=address)):
            self._answer_for(call, text("endpoint.no_token"), text("connect.no_answer_hint"))

    def _once(self, call: "_Call", address: Address) -> bool:
        """Send it and hand back what comes. False where the token was refused, so that nothing has happened."""
        exchange = Exchange(address)
        call.exchange = exchange
        if call.cancelled:
            return True
        try:
            exchange.send(call.body, headers_of(call.message, negotiated=self._negotiated))
            answers = exchange.answers()
            first = next(answers, None)
            if exchange.status == _UNAUTHORIZED:
                return False
            while first is not None:
                self._give(call, first)
                first = next(answers, None)
        finally:
            exchange.close()
        return True

    def _where(self, *, instead_of: Address | None = None) -> Address:
        with self._finding:
            if self._address is None or self._address is instead_of:
                self._address = self._find()
            return self._address

    def _give(self, call: "_Call", answer: bytes) -> None:
        if call.cancelled or call.key is None:
            return
        try:
            said = json.loads(answer)
        except ValueError:
            raise Lost from None
        if not isinstance(said, dict):
            raise Lost
        if "error" in said and said.get("id") is None:
            said["id"] = call.message["id"]  # the guard refuses before it knows the id
        if call.message["method"] == "initialize":
            self._negotiated = str(said.get("result", {}).get("protocolVersion", ""))
        self._write(said)

    def _answer_for(self, call: "_Call", reason: Text, hint: Text) -> None:
        if call.key is not None and not call.cancelled:
            self._fail(call.message["id"], _UNREACHABLE, reason, hint)

    def _fail(self, of: object, code: int, *words: Text) -> None:
        error = {"code": code, "message": " ".join(self._say(part) for part in words)}
        self._write({"jsonrpc": "2.0", "id": of, "error": error})

    def _write(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with self._writing:
            try:
                self._out.write(line)
                self._out.flush()
            except (OSError, ValueError):
                return  # the client has gone; its end of input will come


class _Call:
    """A message on its way; `key` names a request, None a notification."""

    def __init__(self, message: dict[str, Any], body: bytes) -> None:
        self.message = message
        self.body = body
        self.key = json.dumps(message["id"]) if "id" in message else None
        self.exchange: Exchange | None = None
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
        if self.exchange is not None:
            self.exchange.cancel()
