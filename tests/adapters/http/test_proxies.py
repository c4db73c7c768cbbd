"""Proxy variables as people and their programs write them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tray_app.adapters.http.proxies import UnusableProxy, exempt, proxy_for, read_proxy
from tray_app.cli.checks.local import network_variables
from tray_app.core.kernel.texts import text


@pytest.mark.parametrize(
    ("written", "url", "shown"),
    [
        ("socks://127.0.0.1:7897/", "socks5://127.0.0.1:7897", "127.0.0.1:7897"),
        ("SOCKS5H://127.0.0.1:7897", "socks5://127.0.0.1:7897", "127.0.0.1:7897"),
        ("socks5://me:pa55@proxy", "socks5://me:pa55@proxy:1080", "proxy:1080"),
        ("127.0.0.1:7890", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        (" http://proxy.corp ", "http://proxy.corp:80", "proxy.corp:80"),
        ("HTTPS://proxy.corp/", "https://proxy.corp:443", "proxy.corp:443"),
        ("http://[::1]:8080", "http://[::1]:8080", "[::1]:8080"),
        ("http://me:p%40ss@proxy:1", "http://me:p%40ss@proxy:1", "proxy:1"),
        ('"http://127.0.0.1:7890"', "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("'socks5://127.0.0.1:1080' ", "socks5://127.0.0.1:1080", "127.0.0.1:1080"),
        ("“http://127.0.0.1:7890”", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("\ufeffhttp://127.0.0.1:7890\u200b\r", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("http：//127.0.0.1：7890", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("http:127.0.0.1:7890", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("http:/127.0.0.1:7890/", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("http:\\\\127.0.0.1:7890", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("http://127.0.0.1:7890;", "http://127.0.0.1:7890", "127.0.0.1:7890"),
        ("http://me:p#s/s?1@proxy:8080", "http://me:p%23s%2Fs%3F1@proxy:8080", "proxy:8080"),
        ("http://me:12#ss@proxy:8080", "http://me:12%23ss@proxy:8080", "proxy:8080"),
        ("http://CORP\\me:pa ss%@proxy:8080", "http://CORP%5Cme:pa%20ss%25@proxy:8080", "proxy:8080"),
        ("me@corp.cn:pa55@proxy:8080", "http://me@corp.cn:pa55@proxy:8080", "proxy:8080"),
    ],
)
def test_a_proxys_address_is_read(written: str, url: str, shown: str) -> None:
    proxy = read_proxy(written)

    assert (proxy.url, proxy.shown) == (url, shown)
    assert "pa55" not in repr(proxy)


@pytest.mark.parametrize(
    "written",
    [
        "http://",
        "socks4://p:1",
        "ftp://p:1",
        "http://p:port",
        "http://p:70000",
        "http://a b:1",
        "http://[::1",
        "http://p:0",
        "//p:1",
        "$http_proxy",
        "http://${PROXY_HOST}:1",
        "http://%PROXY%:1",
        "<none>",
        "http://a:1,http://b:2",
        "http=p:1;https=p:2",
        ":7890",
        "http://p:+80",
        "http://p:1/path@other",
        "http://me:pa55@p:1/?x=a@other:2",
        "http://[::1]:1/path@other",
        "http://a:pa55@p:1,http://b:pa55@q:2",
    ],
)
def test_what_is_no_proxys_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whoever asks names the variable
        read_proxy(written)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("http://me:pa/s#s?w0rd@p:1", "p:1"),
        ("http://me:pas＠p:1", "p:1"),
        ("http：//me:pas@p:1", "p:1"),
        ("http://me:pa[s@p:1", "p:1"),
        ("http://me:pas@p:port", "…"),
        ("DIRECT", "DIRECT"),
    ],
)
def test_doctor_tells_where_a_proxy_is_and_nothing_of_a_login(written: str, told: str) -> None:
    first = next(network_variables({"HTTPS_PROXY": written}))

    assert first.found == text("doctor.proxy", variable="HTTPS_PROXY", value=told)


@pytest.mark.parametrize(
    ("host", "no_proxy", "straight"),
    [
        ("oapi.dingtalk.com", "localhost,[::1]", False),
        ("oapi.dingtalk.com", "localhost, *", True),
        ("oapi.dingtalk.com", "dingtalk.com", True),
        ("oapi.dingtalk.com", " .DingTalk.com ", True),
        ("oapi.dingtalk.com", "*.dingtalk.com", True),
        ("oapi.dingtalk.com", "https://oapi.dingtalk.com/", True),
        ("oapi.dingtalk.com", "oapi.dingtalk.com:443", True),
        ("oapi.dingtalk.com", "oapi.dingtalk.com:8443", False),
        ("oapi.dingtalk.com", "notdingtalk.com,talk.com,.,*.,:443,[,10.0.0.0/33", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "192.168.0.0/16,fd00::/8", False),
        ("fd00::1", "10.0.0.0/8 [fd00::1]:443", True),
        ("fd00::1", "fd00::1", True),
        ("oapi.dingtalk.com", "localhost;127.*;<local>;*.dingtalk.com", True),
        ("10.1.2.3", "192.168.*;10.*", True),
        ("10.1.2.3", "1.*;10.2.*;*.1.2;10.*:80", False),
        ("oapi.dingtalk.com", "oapi.*", True),
        ("oapi.dingtalk.com", "*,", True),
        ("oapi.dingtalk.com", "ding*;**;*.*.*.*", False),
        ("oapi.dingtalk.com", '"localhost,dingtalk.com"', True),
        ("oapi.dingtalk.com", "'*'", True),
        ("oapi.dingtalk.com", "localhost，dingtalk.com", True),
        ("oapi.dingtalk.com", "localhost|127.*|*.dingtalk.com", True),
        ("oapi.dingtalk.com", "\ufeffdingtalk.com.", True),
        ("oapi.dingtalk.com", "https://*.dingtalk.com:443/robot", True),
        ("oapi.dingtalk.com", "//dingtalk.com/", True),
        ("oapi.dingtalk.com", "*.dingtalk.com:*", True),
        ("oapi.dingtalk.com", "<local>;????", False),
        ("proxyless", "<local>", True),
        ("10.1.2.3", "10.0.0.0/255.0.0.0", True),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("fd00::1", "[fd00::]/8", True),
        ("10.1.2.3", "10.;10/8;fd00::/8;10.1.2.3:80", False),
    ],
)
def test_no_proxy_names_hosts_and_networks_and_what_it_cannot_mean_it_does_not_say(
    host: str, no_proxy: str, straight: bool
) -> None:
    assert exempt(host, 443, no_proxy) is straight


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_variable_is_read_in_either_case_and_named_where_it_cannot_be_used(
    bare: pytest.MonkeyPatch, name: str
) -> None:
    bare.setenv(name, "p:1")
    found = proxy_for("https", "oapi.dingtalk.com", 443)
    bare.setenv(name, "socks4://p:1")

    assert found is not None
    assert found.shown == "p:1"
    with pytest.raises(UnusableProxy) as refused:
        proxy_for("https", "oapi.dingtalk.com", 443)
    assert refused.value.variable == (name.upper() if sys.platform == "win32" else name)


@pytest.mark.parametrize("written", ["DIRECT", "direct://", "none", " Off "])
def test_who_writes_that_there_is_no_proxy_gets_none(bare: pytest.MonkeyPatch, written: str) -> None:
    bare.setenv("HTTPS_PROXY", written)

    assert proxy_for("https", "oapi.dingtalk.com", 443) is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "::1", "127.9.9.9", "localhost.", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_this_computer_is_reached_straight_whatever_the_variables_hold(bare: pytest.MonkeyPatch, host: str) -> None:
    bare.setenv("ALL_PROXY", "socks4://nonsense:port")

    assert proxy_for("http", host, 80) is None


if sys.platform == "win32":
    import winreg

    INTERNET_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"

    @pytest.fixture
    def internet_settings() -> Iterator[Callable[[str, str], None]]:
        """Write the proxy of this Windows, and its exceptions; afterwards they are as before."""
        names = ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL")
        with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, INTERNET_SETTINGS, 0, winreg.KEY_ALL_ACCESS) as key:
            kept = {}
            for name in names:
                with suppress(FileNotFoundError):
                    kept[name] = winreg.QueryValueEx(key, name)

            def write(server: str, exceptions: str) -> None:
                winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 1)
                winreg.SetValueEx(key, "ProxyServer", 0, winreg.REG_SZ, server)
                winreg.SetValueEx(key, "ProxyOverride", 0, winreg.REG_SZ, exceptions)

            yield write
            for name in names:
                with suppress(FileNotFoundError):
                    winreg.DeleteValue(key, name)
            for name, (value, kind) in kept.items():
                winreg.SetValueEx(key, name, 0, kind, value)

    @pytest.mark.parametrize("name", ["NO_PROXY", "FTP_PROXY", "npm_config_proxy"])
    def test_another_variable_alone_does_not_hide_windows_own_settings(
        bare: pytest.MonkeyPatch, internet_settings: Callable[[str, str], None], name: str
    ) -> None:
        internet_settings("127.0.0.1:7890", "<local>")
        bare.setenv(name, "corp.cn")

        found = proxy_for("https", "oapi.dingtalk.com", 443)

        assert found is not None
        assert found.url == "http://127.0.0.1:7890"

    @pytest.mark.usefixtures("bare")
    @pytest.mark.parametrize(
        ("server", "exceptions", "url"),
        [
            ("127.0.0.1:7890", "localhost;127.*;<local>", "http://127.0.0.1:7890"),
            ("http=p:1;https=p:2", "", "http://p:2"),
            ("socks=127.0.0.1:10808", "<local>", "socks5://127.0.0.1:10808"),
            ("127.0.0.1:7890", "<local>;*.dingtalk.com", None),
        ],
    )
    def test_the_proxy_of_windows_own_settings_is_taken(
        internet_settings: Callable[[str, str], None], server: str, exceptions: str, url: str | None
    ) -> None:
        internet_settings(server, exceptions)

        found = proxy_for("https", "oapi.dingtalk.com", 443)

        assert (found and found.url) == url

    @pytest.mark.usefixtures("bare")
    def test_what_the_systems_settings_say_is_told_also_a_script_that_is_not_run(
        internet_settings: Callable[[str, str], None],
    ) -> None:
        internet_settings("http=p:1;https=p:2", "")
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, INTERNET_SETTINGS, 0, winreg.KEY_SET_VALUE) as key:
            winreg.SetValueEx(key, "AutoConfigURL", 0, winreg.REG_SZ, "http://pac.example.com/proxy.pac")
            told = [finding.found for finding in network_variables({})]
            winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 0)
            script = [finding.found for finding in network_variables({})]

        assert told == [text("doctor.proxy_system", value="p:2")]
        assert script == [text("doctor.proxy_script")]
        assert proxy_for("https", "oapi.dingtalk.com", 443) is None
