"""Each row of what a stranger may try on the port, by hand over a socket, against the running server."""

from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.mcp_client import CONTROL, TOKEN, Endpoint, threaded_endpoint
from tests.support.raw_http import Answer, Header, call, head, post, rpc, talk

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


def refused(endpoint: Endpoint, data: bytes, status: int) -> Answer:
    """Check that it is refused with `status`, reaches nobody, and shows nothing of itself."""
    before = len(endpoint.door.asked)
    answer = talk(endpoint.port, data)
    assert answer.status == status
    assert len(endpoint.door.asked) == before
    assert MARK.encode() not in answer.body
    assert b"Traceback" not in answer.body
    assert "server" not in answer.headers
    return answer


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
        "",
    ],
)
def test_any_other_host_is_misdirected(endpoint: Endpoint, host: str) -> None:
    refused(endpoint, post(endpoint.port, call(), ("host", host.format(port=endpoint.port))), 421)


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


@pytest.mark.parametrize(
    "headers",
    [
        [("x-long", "z" * 17_000)],
        [("x-longer", "z" * 100_000)],
        [(f"x-{number}", "z") for number in range(200)],
        [(f"x-{number}", "z") for number in range(2_000)],
    ],
    ids=["17 kB", "100 kB", "200 headers", "2000 headers"],
)
def test_too_much_of_headers_is_refused(endpoint: Endpoint, headers: list[Header]) -> None:
    refused(endpoint, post(endpoint.port, call(), *headers), 431)


def test_a_body_announced_too_large_is_refused_unread(endpoint: Endpoint) -> None:
    for length in ("262145", "100000000", "9" * 20):
        refused(endpoint, head(endpoint.port, ("content-length", length)), 413)


def test_two_lengths_are_refused(endpoint: Endpoint) -> None:
    refused(endpoint, post(endpoint.port, call(), ("content-length", "5"), ("content-length", "6")), 400)


def test_a_chunked_body_is_counted(endpoint: Endpoint) -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    refused(endpoint, post(endpoint.port, chunk * 20, ("transfer-encoding", "chunked")), 413)


def test_a_chunked_body_of_fair_size_is_served(endpoint: Endpoint) -> None:
    body = rpc()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert talk(endpoint.port, post(endpoint.port, chunked, ("transfer-encoding", "chunked"))).status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "ZQ9-MARKER"])
def test_the_endpoint_takes_post_only(endpoint: Endpoint, method: str) -> None:
    answer = refused(endpoint, head(endpoint.port, start=f"{method} /mcp HTTP/1.1"), 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/mcp/",
        "//mcp",
        "/MCP",
        "/mcp/zq9-marker",
        "/zq9-marker",
        "/elsewhere",
        "/hook",
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


@pytest.mark.parametrize("id_", ["null", "true", "false", "1.5", "1e3", "{}", "[1]", '{"zq9-marker": 1}'])
def test_an_id_that_is_no_id_is_said_so(endpoint: Endpoint, id_: str) -> None:
    body = call().replace(b'"id": 1', f'"id": {id_}'.encode())
    answer = refused(endpoint, post(endpoint.port, body), 400)
    assert answer.json()["error"]["code"] == -32600
    assert answer.json()["id"] is None


@pytest.mark.parametrize("id_", [0, -1, 2**53, "", "a", "1"])
def test_any_string_or_whole_number_is_an_id(endpoint: Endpoint, id_: str | int) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call(id_=id_)))
    assert (answer.status, answer.json()["id"]) == (200, id_)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b'{"zq9-marker"', -32700),
        (b"\xff\xfe", -32700),
        (b"\xef\xbb\xbf" + rpc(), -32700),
        (rpc().replace(b"1", b"9" * 5_000, 1), -32700),
        (rpc().replace(b'"id": 1', b'"id": NaN'), -32700),
        (b"[" * 100_000, -32700),
        (b'{"a":' * 40_000, -32700),
        (b"[" + rpc() + b"]", -32600),
        (b"[]", -32600),
        (b"null", -32600),
        (b'"zq9-marker"', -32600),
        (b"7", -32600),
        (b"{}", -32600),
        (rpc().replace(b'"2.0"', b'"zq9-marker"'), -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":"zq9-marker"}}', -32600),
        (rpc(params=["zq9-marker"]), -32600),
        (rpc(params=None), -32600),
    ],
)
def test_what_is_no_request_is_said_so(endpoint: Endpoint, body: bytes, code: int) -> None:
    answer = refused(endpoint, post(endpoint.port, body), 400)
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "zq9-marker", ""]
)
def test_a_form_or_a_plain_text_is_no_request(endpoint: Endpoint, kind: str) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call(), ("content-type", kind)))
    assert answer.status in {400, 415}
    assert MARK.encode() not in answer.body


def test_an_unknown_protocol_version_is_refused(endpoint: Endpoint) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call(), ("mcp-protocol-version", "1999-01-01")))
    assert answer.status == 400
    assert not answer.json().get("result")


def test_half_an_emoji_does_not_lose_the_message(endpoint: Endpoint) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call("done \ud83d")))
    assert answer.json()["result"]["structuredContent"]["status"] == "sent"
    assert endpoint.door.asked[-1][0].message.content == "done "  # type: ignore[union-attr] # it is a Send


def test_a_whole_emoji_arrives_whole(endpoint: Endpoint) -> None:
    talk(endpoint.port, post(endpoint.port, call("done 🎉 \\ud83d")))
    assert endpoint.door.asked[-1][0].message.content == "done 🎉 \\ud83d"  # type: ignore[union-attr] # it is a Send


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


@pytest.mark.parametrize(
    "garbage",
    [
        b"zq9-marker\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /mcp HTTP/1.1\r\nhost\r\n\r\n",
        b"POST /m\xc3\xa9 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_and_closed(endpoint: Endpoint, garbage: bytes) -> None:
    assert talk(endpoint.port, garbage + b"\r\n\r\n").status in {0, 400, 421}


def test_length_and_chunks_together_are_refused(endpoint: Endpoint) -> None:
    smuggled = [("content-length", "5"), ("transfer-encoding", "chunked")]
    answer = talk(endpoint.port, post(endpoint.port, b"0\r\n\r\n", *smuggled))
    assert answer.status == 400


def test_a_websocket_is_not_opened(endpoint: Endpoint) -> None:
    upgrade = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")]
    answer = talk(endpoint.port, head(endpoint.port, *upgrade, start="GET /mcp HTTP/1.1"))
    assert answer.status == 405
