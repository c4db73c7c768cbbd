"""A strict stand-in for DingTalk's side of one app robot, as values: which door a request knocks at, and what it broke.

Each API is a handler in `routes`; the gateway of Stream mode has its own file (`gateway.py`).
"""

import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from tray_app.sandbox.robot import RawRequest, RobotAnswer, RobotFault

Handler: TypeAlias = Callable[[RawRequest, int], RobotAnswer]  # the request and the time in ms

REQUEST_ID = "ED203550-0000-7000-8000-0000000000A1"


class StrictApp:
    """One enterprise internal app with a robot, as DingTalk sees it.

    `breaches` are words about each request or frame that breaks the contract, also of those that are borne; a test
    that ends with an empty list has kept it. `routes` maps method and path to a handler. Faults put in line with
    `script()` befall the next requests, of one path where it is given.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        robot_code: str = "",
        corp_id: str = "ding0000standin",
    ) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.robot_code = robot_code or client_id  # mostly the same
        self.corp_id = corp_id
        self.breaches: list[str] = []
        self.requests: list[str] = []  # path of each that came, refused and dropped ones too
        self.routes: dict[tuple[str, str], Handler] = {}
        self._faults: deque[tuple[str, RobotFault]] = deque()

    def script(self, *faults: RobotFault, path: str = "") -> None:
        """Put faults in line; each befalls one request (to this path)."""
        self._faults.extend((path, fault) for fault in faults)

    def next_fault(self, target: str) -> RobotFault | None:
        """Take the fault that befalls a request to this target, if any; the request is counted."""
        path = urlsplit(target).path
        self.requests.append(path)
        for number, (wanted, fault) in enumerate(self._faults):
            if wanted in {"", path}:
                del self._faults[number]
                return fault
        return None

    def breach(self, said: str) -> None:
        """Note what broke the contract."""
        self.breaches.append(said)

    def answer(self, request: RawRequest, *, now_ms: int) -> RobotAnswer:
        """Judge one request."""
        path = urlsplit(request.target).path
        handler = self.routes.get((request.method, path))
        if handler is None:
            self.breach(f"{request.method} {path}: there is no such API")
            return refusal(404, "InvalidAction.NotFound", "Specified api is not found, check url and method.")
        return handler(request, now_ms)

    def said(self, request: RawRequest) -> dict[str, Any] | RobotAnswer:
        """Read the JSON object of a request; the refusal where it is none."""
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        try:
            said = json.loads(request.body.decode("utf-8"))
        except (ValueError, RecursionError):
            said = None
        if kind != "application/json" or not isinstance(said, dict):
            self.breach(f"{urlsplit(request.target).path}: the body is no JSON object, or is not called one")
            return refusal(400, "Missingbody", "body is mandatory for this action.")
        return said


def in_json(status: int, said: Mapping[str, Any]) -> RobotAnswer:
    """Give an answer in JSON."""
    body = json.dumps(said, ensure_ascii=False).encode()
    return RobotAnswer(status=status, headers={"content-type": "application/json;charset=utf-8"}, body=body)


def refusal(status: int, code: str, message: str) -> RobotAnswer:
    """Refuse as the host does: HTTP status, code, words."""
    return in_json(status, {"requestid": REQUEST_ID, "code": code, "message": message})
