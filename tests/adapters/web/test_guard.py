"""Each row of what a stranger may try on the port, by hand over a socket, against the running server."""

from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.mcp_client import CONTROL, TOKEN, Endpoint, threaded_endpoint
from tests.support.raw_http import Answer, Header, call, head, post, refused, rpc, talk

MARK = "zq9-marker"


async def _broken(_request: Request) -> Response:
    raise RuntimeError(MARK)


async def _fine(request: Request) -> Response:
    return JSONResponse({"path": request.url.path})


ROUTES = [
    Route("/api/broken", _broken, methods=["GET", "POST"]),
    Route("/api/fine", _fine),
    Route("/ui/fine", _fine),
    Route("/elsewhere", _fine),
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with threaded_endpoint(routes=ROUTES) as running:
        yield running


@pytest.fixture(autouse=True)
def _still_serves(endpoint: Endpoint) -> Iterator[None]:
    yield
    assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200


def test_an_honest_call_reaches_the_door(endpoint: Endpoint) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call("hi")))
    assert answer.status == 200
    assert answer.json()["result"]["structuredContent"]["status"] == "sent"


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}"])
def test_its_own_names_are_served(endpoint: Endpoint, host: str) -> None:
    own = ("host", host.format(port=endpoint.port))
    assert talk(endpoint.port, post(endpoint.port, rpc(), own)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "zq9-marker.example",
        "zq9-marker.example:{port}",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:1",
        "127.0.0.1:{port}.zq9-marker.example",
        "localhost:zq9-marker",
        "localhost:{port}:{port}",
        "user@127.0.0.1:{port}",
        "[::1]:{port}",
        "127.1:{port}",
        "host.docker.internal:{port}",  # nobody has allowed it
        "",
    ],
)
def test_any_other_host_is_misdirected(endpoint: Endpoint, host: str) -> None:
    refused(endpoint, post(endpoint.port, call(), ("host", host.format(port=endpoint.port))), 421)


def test_agents_may_call_it_by_names_that_the_owner_has_added() -> None:
    """At once, by `/mcp` alone, and no page of a browser."""
    names = ["host.docker.internal", "box:8738", "[fd00::1]"]
    with threaded_endpoint(routes=ROUTES, extra_hosts=lambda: names) as endpoint:

        def status(host: str, *headers: Header, path: str = "/mcp") -> int:
            start = f"POST {path} HTTP/1.1"
            return talk(endpoint.port, post(endpoint.port, rpc(), ("host", host), *headers, start=start)).status

        docker = f"host.docker.internal:{endpoint.port}"
        allowed = [docker, docker.title(), "box:8738", f"[fd00::1]:{endpoint.port}", f"127.0.0.1:{endpoint.port}"]
        assert {host: status(host) for host in allowed} == dict.fromkeys(allowed, 200)
        others = ["host.docker.internal", f"box:{endpoint.port}", f"x.{docker}", f"{docker}0", "[fd00::1]", "fd00::1"]
        assert {host: status(host) for host in others} == dict.fromkeys(others, 421)
        assert {path: status(docker, path=path) for path in ("/ui/fine", "/api/fine", "/hook", "/question/x")} == (
            dict.fromkeys(("/ui/fine", "/api/fine", "/hook", "/question/x"), 421)
        )
        assert status(docker, ("origin", f"http://{docker}")) == 403
        assert status(docker, ("authorization", "Bearer wrong")) == 401
        names.clear()
        assert status(docker) == 421


def test_a_request_without_a_host_is_refused(endpoint: Endpoint) -> None:
    start = "POST /mcp HTTP/1.0"
    refused(endpoint, post(endpoint.port, call(), start=start, without=["host"]), 421)
    refused(endpoint, post(endpoint.port, call(), without=["host"]), 400)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_its_own_origin_is_served(endpoint: Endpoint, name: str) -> None:
    own = f"{name}:{endpoint.port}"
    assert talk(endpoint.port, post(endpoint.port, rpc(), ("host", own), ("origin", f"http://{own}"))).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://zq9-marker.example",
        "null",
        "",
        "http://localhost:3000",
        "http://localhost",
        "http://127.0.0.1:1.zq9-marker.example",
        "http://127.0.0.1:{port}.zq9-marker.example",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}",  # of the server, but not of the Host this request names
        "chrome-extension://zq9-marker",
    ],
)
@pytest.mark.parametrize("path", ["/mcp", "/ui/fine", "/api/fine"])
def test_any_other_origin_is_forbidden(endpoint: Endpoint, origin: str, path: str) -> None:
    foreign = ("origin", origin.format(port=endpoint.port))
    answer = refused(endpoint, post(endpoint.port, call(), foreign, start=f"POST {path} HTTP/1.1"), 403)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}a",
        f"Bearer {TOKEN} {TOKEN}",
        f"Bearer {TOKEN},Bearer {TOKEN}",
        f"Bearer {MARK}",
        "Bearer \xe9\xff",
        "Bearer " + "a" * 5_000,
        f"Basic {TOKEN}",
        f"Bearer {CONTROL}",
    ],
)
def test_without_the_right_token_nothing_is_read(endpoint: Endpoint, authorization: str | None) -> None:
    given: list[Header] = [] if authorization is None else [("authorization", authorization)]
    unsent = ("content-length", "100000")  # the answer comes although the body never does
    data = head(endpoint.port, *given, unsent, without=["authorization"])
    answer = refused(endpoint, data, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_in_the_address_or_a_cookie_is_none(endpoint: Endpoint) -> None:
    start = f"POST /mcp?token={TOKEN}&access_token={TOKEN} HTTP/1.1"
    cookie = ("cookie", f"token={TOKEN}")
    refused(endpoint, post(endpoint.port, call(), cookie, start=start, without=["authorization"]), 401)


def test_the_scheme_may_be_written_in_any_case(endpoint: Endpoint) -> None:
    assert talk(endpoint.port, post(endpoint.port, rpc(), ("authorization", f"bearer {TOKEN}"))).status == 200


def test_each_part_takes_its_own_credentials_only(endpoint: Endpoint) -> None:
    def get(path: str, token: str) -> Answer:
        bearer = ("authorization", f"Bearer {token}")
        return talk(endpoint.port, head(endpoint.port, bearer, start=f"GET {path} HTTP/1.1"))

    assert get("/api/fine", CONTROL).json() == {"path": "/api/fine"}
    assert get("/api/fine", TOKEN).status == 401
    assert get("/api/fine", "").status == 401
    assert get("/mcp", CONTROL).status == 401
    assert get("/ui/fine", "").status == 200
    for token in (TOKEN, CONTROL, ""):
        assert get("/hook", token).status == 401


@pytest.mark.parametrize(
    "name",
    ["host", "origin", "authorization", "content-type", "cookie", "mcp-protocol-version", "mcp-name"],
)
def test_a_header_that_decides_something_stands_once(endpoint: Endpoint, name: str) -> None:
    own = {
        "host": f"127.0.0.1:{endpoint.port}",
        "authorization": f"Bearer {TOKEN}",
        "origin": f"http://127.0.0.1:{endpoint.port}",
        "content-type": "application/json",
    }.get(name, MARK)
    refused(endpoint, post(endpoint.port, call(), (name, own), (name, own)), 400)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "ZQ9-MARKER"])
def test_the_endpoint_takes_post_only(endpoint: Endpoint, method: str) -> None:
    answer = refused(endpoint, head(endpoint.port, start=f"{method} /mcp HTTP/1.1"), 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//mcp",
        "/MCP",
        "/mcp/zq9-marker",
        "/zq9-marker",
        "/elsewhere",
        "/hook/",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server/mcp",
        "/register",
        "/docs",
        "http://zq9-marker.example/mcp",
    ],
)
def test_other_addresses_hold_nothing_and_lead_nowhere(endpoint: Endpoint, path: str) -> None:
    answer = refused(endpoint, post(endpoint.port, call(), start=f"POST {path} HTTP/1.1"), 404)
    assert "location" not in answer.headers


def test_unknown_paths_of_a_part_lead_nowhere_either(endpoint: Endpoint) -> None:
    control = ("authorization", f"Bearer {CONTROL}")
    for path in (f"/api/{MARK}", "/api/", "/api/fine/", f"/ui/{MARK}", "/ui/../mcp", "/api/../mcp"):
        refused(endpoint, head(endpoint.port, control, start=f"GET {path} HTTP/1.1"), 404)


def test_forwarding_headers_change_nothing(endpoint: Endpoint) -> None:
    forged = [("x-forwarded-host", "zq9-marker"), ("x-forwarded-for", "8.8.8.8"), ("forwarded", "host=zq9-marker")]
    assert talk(endpoint.port, post(endpoint.port, rpc(), *forged)).status == 200


def test_a_stale_session_id_is_ignored(endpoint: Endpoint) -> None:
    assert talk(endpoint.port, post(endpoint.port, rpc(), ("mcp-session-id", "gone"))).status == 200


def test_an_exception_inside_is_a_bare_500(endpoint: Endpoint) -> None:
    control = ("authorization", f"Bearer {CONTROL}")
    for method in ("GET", "POST"):
        answer = refused(endpoint, head(endpoint.port, control, start=f"{method} /api/broken HTTP/1.1"), 500)
        assert b"RuntimeError" not in answer.body


def test_a_websocket_is_not_opened(endpoint: Endpoint) -> None:
    upgrade = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")]
    answer = talk(endpoint.port, head(endpoint.port, *upgrade, start="GET /mcp HTTP/1.1"))
    assert answer.status == 405
