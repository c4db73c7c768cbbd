"""Which proxy a request takes: the environment's or the system's, read as people and their programs write them.

Read anew for each message: a proxy that is switched in the system's settings holds from the next one on.
"""

import os
import re
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit

from tray_app.core.kernel.invisible import visible
from tray_app.core.robots.credentials import is_loopback

_SCHEMES = {"http": "http", "https": "https", "socks": "socks5", "socks5": "socks5", "socks5h": "socks5"}
_LIKE_INTERNET_EXPLORER = re.compile("^socks4?://")  # Python says 4 of any; those that people run today speak 5
_INTERNET_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_PORTS = {"http": 80, "https": 443, "socks5": 1080}
_READERS = {"win32": "getproxies_registry", "darwin": "getproxies_macosx_sysconf"}
_BYPASSES = {"win32": "proxy_bypass_registry", "darwin": "proxy_bypass_macosx_sysconf"}
_NONE = frozenset({"direct", "direct://", "none", "off"})  # who writes this wants no proxy
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"  # of a file whose reader leaves them in the value
_WIDE = str.maketrans("：／＠，；", ":/@,;")  # as a Chinese input method types them
_SLASHES = re.compile(r"^([a-z0-9]+):[/\\]*", re.IGNORECASE)
_UNFILLED = re.compile(r"[${}<>%()|&;,*\\]")  # `http://${PROXY}`: a variable that nobody filled in
_PLACE_BEFORE_PATH = re.compile(r"^(?:[^/?#]*@)?(?:\[[^\]]*\](?::[0-9]+)?|[^:/?#@]+:[0-9]+)[/?]")
_BARE_PERCENT = re.compile("%(?![0-9a-f]{2})", re.IGNORECASE)
_PARTED = re.compile(r"[,;|\s，；、]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """`url` may hold a login; `shown` is its host and port."""

    url: str = field(repr=False)
    shown: str

    @property
    def is_tunnel(self) -> bool:
        """Whether it hands on bytes and knows no HTTP: an answer is never its own."""
        return self.url.startswith("socks")


class UnusableProxy(ValueError):
    """A variable, or the system's settings, hold no proxy address; `variable` is where, the value is not repeated."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


def proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    """Choose the proxy on the way to a host; None: straight. Raises UnusableProxy."""
    if is_loopback(host):
        return None
    named = urllib.request.getproxies_environment()
    if exempt(host, port, named.get("no", "")):
        return None
    kind = _kind(named, scheme)
    written = named.get(kind, "")
    if not kind:
        system = system_proxies()
        kind = _kind(system, scheme)
        if not kind or _system_exempts(host):
            return None
        written = system[kind]
    if is_no_proxy(written):
        return None
    try:
        return read_proxy(written)
    except ValueError:
        raise UnusableProxy(_variable(kind)) from None


def _kind(proxies: Mapping[str, str], scheme: str) -> str:
    """Which entry holds: the scheme's own before the one for all; empty where there is none."""
    return next((kind for kind in (scheme, "all") if proxies.get(kind, "").strip()), "")


def system_proxies() -> Mapping[str, str]:
    """Read Windows' or the Mac's own settings, which hold where no variable names a proxy; elsewhere there are none.

    Not by `urllib.request.getproxies`: for that a variable such as NO_PROXY or FTP_PROXY alone hides them.
    """
    read = getattr(urllib.request, _READERS.get(sys.platform, ""), None)
    said = {} if read is None else read()
    return {kind: _LIKE_INTERNET_EXPLORER.sub("socks5://", address) for kind, address in said.items()}


def proxy_script() -> str:
    """The address of the script that Windows would ask for a proxy (PAC), which is not run here; else empty."""
    if sys.platform == "win32":
        import winreg

        with suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, _INTERNET_SETTINGS) as key:
            said, _ = winreg.QueryValueEx(key, "AutoConfigURL")
            return said.strip() if isinstance(said, str) else ""
    return ""


def _system_exempts(host: str) -> bool:
    """Whether those settings name the host as one that is reached straight."""
    asks = getattr(urllib.request, _BYPASSES.get(sys.platform, ""), None)
    return asks is not None and bool(asks(host))


def is_no_proxy(written: str) -> bool:
    """Whether it is a word of those who want none."""
    return _bare(written).lower() in _NONE


def read_proxy(written: str) -> Proxy:
    """Read `127.0.0.1:7890`, `http://…`, `socks://…` (as Clash and GNOME write it). Raises ValueError.

    Quotes around it, marks that nobody sees, wide punctuation, missing slashes and whatever a password holds are met.
    """
    address = _bare(written)
    begins = _SLASHES.match(address)
    if begins and begins[1].lower() in _SCHEMES:
        address = f"{begins[1]}://{address[begins.end() :]}"
    if "://" not in address:
        address = f"http://{address}"
    named, _, rest = address.partition("://")
    login, at, place = rest.rpartition("@")
    if "://" in login or _PLACE_BEFORE_PATH.search(login):
        # two addresses, or an @ behind the path: nobody knows whose the login is
        raise ValueError("no one place")
    parts = urlsplit(f"{named}://{place}")
    scheme = _SCHEMES.get(parts.scheme)
    host = parts.hostname or ""
    if scheme is None or not host or any(char.isspace() for char in place) or not host.isprintable():
        raise ValueError("no proxy address")
    if ":" not in host and _UNFILLED.search(host):
        raise ValueError("no name of a computer")
    port = _PORTS[scheme] if parts.port is None else parts.port  # raises ValueError where it is no number
    if port == 0:
        raise ValueError("no port")
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Proxy(url=f"{scheme}://{_quoted(login)}{at}{shown}", shown=shown)


def _bare(written: str) -> str:
    """Take off what came along: blanks, quotes, a separator at the end, marks that nobody sees."""
    return visible(written).translate(_WIDE).strip().strip(_QUOTES).strip().rstrip(",;")


def _quoted(login: str) -> str:
    """Spell a login as an address wants it: only what could not stand there is changed."""
    return quote(_BARE_PERCENT.sub("%25", login), safe="%:@!$&'()+*,;=-._~")


def exempt(host: str, port: int, no_proxy: str) -> bool:
    """Whether NO_PROXY names this host: names and what ends in them, addresses, networks, `*`; ports where written.

    Blanks, semicolons (Windows), bars (Java) and Chinese commas part entries like commas, `10.*` is a network, and
    `<local>` a name without a dot. What cannot be read says nothing about any host.
    """
    name = host.lower().rstrip(".")
    entries = (entry.strip(_QUOTES) for entry in _PARTED.split(visible(no_proxy)))
    return any(_names(entry, name, port) for entry in entries if entry)


def _names(entry: str, host: str, port: int) -> bool:
    written = entry.lower().rpartition("://")[2].partition("/")[0] if "://" in entry else entry.lower().strip("/")
    if written == "*":
        return True
    if written == "<local>":
        return "." not in host and ":" not in host
    name, wanted = _split_port(written.removesuffix(":*"))
    if wanted is not None and wanted != port:
        return False
    try:
        return _plain(host) in ip_network(name, strict=False)
    except (ValueError, TypeError):  # a name; TypeError: one of each kind of address
        if ("*" in name or "?" in name) and name.strip("*?.") and fnmatchcase(host, name):
            return True
        name = name.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))


def _plain(host: str) -> IPv4Address | IPv6Address:
    """Read an address; `::ffff:10.1.2.3` is 10.1.2.3. Raises ValueError for a name."""
    address = ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def _split_port(written: str) -> tuple[str, int | None]:
    """Split `host:port` and `[::1]:port`; an IPv6 address without brackets has none."""
    if written.startswith("["):
        name, _, rest = written[1:].partition("]")
        if rest.startswith("/"):
            return name + rest, None
        return name, int(rest[1:]) if rest.startswith(":") and _digits(rest[1:]) else None
    name, colon, port = written.rpartition(":")
    if colon and ":" not in name and _digits(port):
        return name, int(port)
    return written, None


def _digits(written: str) -> bool:
    return written.isascii() and written.isdigit()


def _variable(kind: str) -> str:
    """Name the variable as it is written; lower-case ones win, as everywhere."""
    names = [name for name in os.environ if name.lower() == f"{kind}_proxy"]
    return min(names, key=lambda name: name != name.lower(), default=f"{kind}_proxy")
