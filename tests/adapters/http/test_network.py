"""The network as it is: proxies, certificates, names; each cause by its name, and whether the owner must act."""

import socket
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from socketserver import BaseRequestHandler

import pytest

from tests.support.free_port import free_port
from tests.support.patience import PATIENCE_S
from tests.support.proxies import HttpProxy, Socks5, proxy
from tests.support.robot import robot
from tests.support.tls_server import HOST, Authority, TlsServer, tls_server
from tray_app.adapters.http.poster import HttpPoster, ask_host
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import NoReply, Reply, Request, Trouble
from tray_app.core.messages.unreached import Cause, Unreached

__all__ = ["robot"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("bare")]
DAY = timedelta(days=1)
TO_DINGTALK = Request(url=Secret(f"https://{HOST}/robot/send"), headers={}, body=b"{}")


@pytest.fixture
async def poster() -> AsyncIterator[HttpPoster]:
    made = HttpPoster(connect_s=5, read_s=PATIENCE_S, write_s=5, total_s=PATIENCE_S)
    yield made
    await made.aclose()


@pytest.fixture
async def hasty() -> AsyncIterator[HttpPoster]:
    made = HttpPoster(connect_s=0.5, total_s=2)
    yield made
    await made.aclose()


@pytest.fixture
def dingtalk(company: Authority) -> Iterator[TlsServer]:
    """Stands behind a company's TLS proxy."""
    with tls_server(company.context()) as server:
        yield server


def named(reply: Reply | NoReply) -> Cause | None:
    assert isinstance(reply, NoReply)
    return None if reply.why is None else reply.why.cause


@pytest.mark.parametrize(
    ("handler", "scheme", "login"),
    [
        (HttpProxy, "http://", ""),
        (HttpProxy, "", ""),
        (HttpProxy, "http://", "me:p@ss"),
        (Socks5, "socks://", ""),
        (Socks5, "socks5h://", ""),
        (Socks5, "SOCKS5://", "me:p@ss"),
    ],
)
async def test_a_message_goes_through_the_proxy_of_the_environment(
    bare: pytest.MonkeyPatch,
    poster: HttpPoster,
    company: Authority,
    dingtalk: TlsServer,
    handler: type[BaseRequestHandler],
    scheme: str,
    login: str,
) -> None:
    bare.setenv("SSL_CERT_FILE", str(company.file))
    bare.setenv("NO_PROXY", "localhost,[::1], 127.0.0.1/8,*.corp,:")
    with proxy(handler, dingtalk.server_port, login=login) as between:
        at = f"{login.replace('@', '%40')}@" if login else ""
        bare.setenv("ALL_PROXY", f"{scheme}{at}127.0.0.1:{between.port}/")

        assert isinstance(await poster.post(TO_DINGTALK), Reply)

    assert between.asked == [f"{HOST}:443"]
    assert dingtalk.posts == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:7897/"),
        ("ALL_PROXY", "nonsense://"),
        ("NO_PROXY", "localhost,[::1]"),
        ("SSL_CERT_FILE", "/nowhere/at/all.pem"),
    ],
)
async def test_a_robot_on_this_computer_is_reached_whatever_the_variables_hold(
    bare: pytest.MonkeyPatch, poster: HttpPoster, robot: SandboxRobot, variable: str, value: str
) -> None:
    bare.setenv("HTTPS_PROXY", "127.0.0.1:7890")
    bare.setenv(variable, value)

    reply = await poster.post(Request(url=Secret(robot.webhook), headers={}, body=b"{}"))

    assert isinstance(reply, Reply)


@pytest.mark.parametrize(
    ("handler", "scheme", "refuses", "login", "cause"),
    [
        (HttpProxy, "http", 403, "", Cause.PROXY_REFUSES),
        (HttpProxy, "http", 502, "", Cause.PROXY_FAILS),
        (HttpProxy, "http", 0, "me:you", Cause.PROXY_LOGIN),
        (HttpProxy, "socks5", 0, "", Cause.PROXY_DOWN),
        (Socks5, "http", 0, "", Cause.PROXY_DOWN),
        (Socks5, "socks5", 2, "", Cause.PROXY_REFUSES),
        (Socks5, "socks5", 4, "", Cause.PROXY_FAILS),
        (Socks5, "socks5", 0, "me:you", Cause.PROXY_LOGIN),
        (Socks5, "socks5://me:wrong@", 0, "me:you", Cause.PROXY_LOGIN),
    ],
)
async def test_what_a_proxy_does_not_do_is_named(
    bare: pytest.MonkeyPatch,
    hasty: HttpPoster,
    handler: type[BaseRequestHandler],
    scheme: str,
    refuses: int,
    login: str,
    cause: Cause,
) -> None:
    with proxy(handler, login=login, refuses=refuses) as between:
        bare.setenv("HTTPS_PROXY", f"{scheme if '@' in scheme else f'{scheme}://'}127.0.0.1:{between.port}")

        reply = await hasty.post(TO_DINGTALK)  # a SOCKS greeting never ends an HTTP head

    assert isinstance(reply, NoReply)
    assert reply.why is not None
    assert reply.why.cause is cause
    assert reply.why.what.startswith(f"127.0.0.1:{between.port}")
    assert reply.why.set_up is (cause is not Cause.PROXY_FAILS)


async def test_a_login_that_a_proxy_wants_is_named_on_the_way_to_a_plain_host_too(
    bare: pytest.MonkeyPatch, poster: HttpPoster
) -> None:
    to_plain = Request(url=Secret("http://gateway.example/robot/send"), headers={}, body=b"{}")
    with proxy(HttpProxy, login="me:you") as between:
        bare.setenv("HTTP_PROXY", f"http://127.0.0.1:{between.port}")

        reply = await poster.post(to_plain)

    assert isinstance(reply, NoReply)
    assert reply.why == Unreached(cause=Cause.PROXY_LOGIN, host="gateway.example", what=f"127.0.0.1:{between.port}")
    assert reply.trouble is Trouble.UNREACHABLE


async def test_a_proxy_that_is_not_there_or_cannot_be_used_is_named(
    bare: pytest.MonkeyPatch, poster: HttpPoster
) -> None:
    port = free_port()
    bare.setenv("https_proxy", f"socks://127.0.0.1:{port}")
    dead = await poster.post(TO_DINGTALK)
    bare.setenv("https_proxy", "http://me:pa55word@proxy:eighty")
    unusable = await poster.post(TO_DINGTALK)

    assert isinstance(dead, NoReply)
    assert dead.why == Unreached(cause=Cause.PROXY_DOWN, host=HOST, what=f"127.0.0.1:{port}")
    assert isinstance(unusable, NoReply)
    written = "HTTPS_PROXY" if sys.platform == "win32" else "https_proxy"  # Windows knows no small ones
    assert unusable.why == Unreached(cause=Cause.PROXY_UNUSABLE, host=HOST, what=written)


async def test_a_companys_certificate_is_named_until_it_is_trusted(
    bare: pytest.MonkeyPatch, poster: HttpPoster, company: Authority, dingtalk: TlsServer
) -> None:
    with proxy(HttpProxy, dingtalk.server_port) as between:
        bare.setenv("HTTPS_PROXY", f"127.0.0.1:{between.port}")
        assert named(await poster.post(TO_DINGTALK)) is Cause.CERTIFICATE
        bare.setenv("SSL_CERT_FILE", str(company.folder / "gone.pem"))
        assert named(await poster.post(TO_DINGTALK)) is Cause.CERTIFICATE_FILE
        (company.folder / "empty.pem").write_text("no certificate")
        bare.setenv("SSL_CERT_FILE", str(company.folder / "empty.pem"))
        assert named(await poster.post(TO_DINGTALK)) is Cause.CERTIFICATE_FILE
        bare.setenv("SSL_CERT_FILE", str(company.file))
        bare.setenv("SSLKEYLOGFILE", str(company.folder / "gone" / "keys"))  # ours are written nowhere
        assert isinstance(await poster.post(TO_DINGTALK), Reply)


@pytest.mark.parametrize(
    ("valid", "host", "cause"),
    [
        ((-9 * DAY, -DAY), HOST, Cause.CLOCK),
        ((DAY, 9 * DAY), HOST, Cause.CLOCK),
        ((-DAY, DAY), "elsewhere.example", Cause.CERTIFICATE),
    ],
    ids=["expired", "not yet valid", "of another host"],
)
async def test_a_certificate_that_is_not_valid_now_points_to_the_clock(
    bare: pytest.MonkeyPatch,
    poster: HttpPoster,
    company: Authority,
    valid: tuple[timedelta, timedelta],
    host: str,
    cause: Cause,
) -> None:
    bare.setenv("SSL_CERT_FILE", str(company.file))
    with tls_server(company.context(host, valid=valid)) as server, proxy(Socks5, server.server_port) as between:
        bare.setenv("ALL_PROXY", f"socks://127.0.0.1:{between.port}")

        assert named(await poster.post(TO_DINGTALK)) is cause


async def test_a_name_nobody_knows_a_refusal_and_a_silence_are_told_apart(
    poster: HttpPoster, hasty: HttpPoster
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        with socket.create_connection(silent.getsockname()):  # its queue is full now
            addresses = {
                Cause.NAME: "robot.invalid",
                Cause.REFUSED: f"127.0.0.1:{free_port()}",
                Cause.TIME_OUT: f"127.0.0.1:{silent.getsockname()[1]}",
            }
            for cause, address in addresses.items():
                which = hasty if cause is Cause.TIME_OUT else poster
                url = Secret(f"https://{address}/")
                assert named(await which.post(Request(url=url, headers={}, body=b"{}"))) is cause


def test_the_operating_systems_certificates_are_trusted_where_none_are_named(bare: pytest.MonkeyPatch) -> None:
    from tray_app.adapters.http.trust import tls_context

    assert type(tls_context()).__module__.startswith("truststore")
    bare.setenv("SSL_CERT_FILE", " ")
    assert type(tls_context()).__module__.startswith("truststore")


def test_the_host_is_asked_the_way_messages_go(
    bare: pytest.MonkeyPatch, company: Authority, dingtalk: TlsServer
) -> None:
    bare.setenv("SSL_CERT_FILE", str(company.file))
    with proxy(Socks5, dingtalk.server_port) as between:
        bare.setenv("ALL_PROXY", f"socks://127.0.0.1:{between.port}")
        found = ask_host(HOST)

    assert found.failed is None
    assert found.date_ms is not None
    assert named(ask_host(HOST).failed or Reply(status=200)) is Cause.PROXY_DOWN
