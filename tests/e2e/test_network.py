"""What is in the way to DingTalk is a problem with its fix wherever the owner looks, and nothing is lost meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done, command, environment
from tests.support.forks import running_app
from tests.support.free_port import free_port
from tests.support.mcp_client import connected
from tests.support.proxies import HttpProxy, Socks5, proxy
from tests.support.tls_server import HOST, Authority, TlsServer, tls_server
from tray_app.adapters.system.paths import Paths

WEBHOOK = {"DINGTALK_WEBHOOK": f"https://{HOST}/robot/send?access_token={'0123456789abcdef' * 4}"}


@pytest.fixture
def company(tmp_path: Path) -> Authority:
    folder = tmp_path / "company"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def dingtalk(company: Authority) -> Iterator[TlsServer]:
    with tls_server(company.context()) as server:
        yield server


@pytest.mark.slow
def test_a_companys_certificate_is_a_problem_with_its_fix_and_what_waits_goes_out_when_it_is_trusted(
    tmp_path: Path, company: Authority, dingtalk: TlsServer
) -> None:
    Paths.under(tmp_path).create().settings.write_text("[delivery]\nwait_s = 20\n")
    with proxy(HttpProxy, dingtalk.server_port) as between:
        environ = environment(tmp_path, HTTPS_PROXY=f"127.0.0.1:{between.port}", **WEBHOOK)
        with running_app(tmp_path, environ=environ):
            test = command("robots", "--test", "environment", environ=environ)
            status = command("status", environ=environ)
            doctor = command("doctor", environ=environ)
            (problem,) = state(command("status", "--json", environ=environ))["problems"]

        assert test.code == 1
        assert "its certificate is not trusted on this computer; the message is kept" in test.out
        assert "by itself" not in test.out
        assert (problem["kind"], "SSL_CERT_FILE" in problem["hint"]) == ("network", True)
        assert f"! {problem['reason']}" in status.out
        assert doctor.code == 1
        assert f"✖ DingTalk: {problem['reason']}" in doctor.out

        trusting = {**environ, "SSL_CERT_FILE": str(company.file)}
        with running_app(tmp_path, environ=trusting):
            assert dingtalk.wait_for_posts(1)
            assert command("robots", "--test", "environment", environ=environ).code == 0
            assert dingtalk.wait_for_posts(2)
            assert state(command("status", "--json", environ=environ))["problems"] == []


@pytest.mark.anyio
@pytest.mark.parametrize("language", ["en_US.UTF-8", "zh_CN.UTF-8"])
async def test_an_agent_is_promised_nothing_that_waits_for_the_owner(tmp_path: Path, language: str) -> None:
    Paths.under(tmp_path).create().settings.write_text("[delivery]\nwait_s = 1\n")
    environ = environment(tmp_path, all_proxy=f"socks://127.0.0.1:{free_port()}/", LC_ALL=language, **WEBHOOK)
    with running_app(tmp_path, environ=environ) as child:
        async with connected(child.endpoint.url, token=child.endpoint.token.reveal()) as client:
            answer = await client.call_tool("dingtalk_send_text", {"content": "x"})
    said = f"{answer.content[0].text} {answer.structured_content}"  # type: ignore[union-attr]  # it is a text
    assert answer.structured_content["status"] == "queued"
    assert [promise for promise in ("by itself", "自动") if promise in said] == []


def test_a_dead_proxy_is_named_before_a_message_needs_it(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    environ = environment(tmp_path, all_proxy=f"socks://{address}/", **WEBHOOK)
    with running_app(tmp_path, environ=environ):
        doctor = command("doctor", environ=environ)
        test = command("robots", "--test", "environment", environ=environ)

    assert doctor.code == 1
    assert f"✖ Proxy: nothing answers at the proxy {address}" in doctor.out
    assert test.code == 1
    assert f"the proxy {address} does not answer" in test.out


def test_clashs_own_spelling_leads_to_dingtalk(tmp_path: Path, company: Authority, dingtalk: TlsServer) -> None:
    with proxy(Socks5, dingtalk.server_port) as between:
        environ = environment(
            tmp_path,
            ALL_PROXY=f"socks://127.0.0.1:{between.port}/",
            NO_PROXY="localhost,127.0.0.0/8,[::1]",
            SSL_CERT_FILE=str(company.file),
            **WEBHOOK,
        )
        with running_app(tmp_path, environ=environ):
            assert command("robots", "--test", "environment", environ=environ).code == 0
            assert command("doctor", "--online", environ=environ).code == 0

    assert dingtalk.posts == 1


def state(done: Done) -> dict[str, Any]:
    found: dict[str, Any] = done.json()
    return found
