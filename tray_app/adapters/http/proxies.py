"""Which proxy a request takes: the environment's or the system's, read as people and their programs write them.

Read anew for each message: a proxy that is switched in the system's settings holds from the next one on.
"""

import os
import re
import urllib.request
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from tray_app.core.robots.credentials import is_loopback

_SCHEMES = {"http": "http", "https": "https", "socks": "socks5", "socks5": "socks5", "socks5h": "socks5"}
_LIKE_INTERNET_EXPLORER = re.compile("^socks4?://")  # Python says 4 of any; those that people run today speak 5
_PORTS = {"http": 80, "https": 443, "socks5": 1080}


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
    proxies = urllib.request.getproxies()
    kind = next((kind for kind in (scheme, "all") if proxies.get(kind, "").strip()), None)
    if kind is None or exempt(host, port, proxies.get("no", "")):
        return None
    written = proxies[kind]
    if not urllib.request.getproxies_environment():  # they are Windows' or the Mac's own settings
        if urllib.request.proxy_bypass(host):
            return None
        written = _LIKE_INTERNET_EXPLORER.sub("socks5://", written)
    try:
        return read_proxy(written)
    except ValueError:
        raise UnusableProxy(_variable(kind)) from None


def read_proxy(written: str) -> Proxy:
    """Read `127.0.0.1:7890`, `http://…`, `socks://…` (as Clash and GNOME write it). Raises ValueError."""
    address = written.strip()
    if "://" not in address:
        address = f"http://{address}"
    parts = urlsplit(address)
    scheme = _SCHEMES.get(parts.scheme)
    host = parts.hostname or ""
    if scheme is None or not host or any(char.isspace() for char in address) or not host.isprintable():
        raise ValueError("no proxy address")
    port = _PORTS[scheme] if parts.port is None else parts.port  # raises ValueError where it is no number
    if port == 0:
        raise ValueError("no port")
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    login, at, _ = parts.netloc.rpartition("@")
    return Proxy(url=f"{scheme}://{login}{at}{shown}", shown=shown)


def exempt(host: str, port: int, no_proxy: str) -> bool:
    """Whether NO_PROXY names this host: names and what ends in them, addresses, networks, `*`; ports where written.

    Blanks and, as Windows writes it, semicolons part entries like commas, and `10.*` is a network. What cannot be read
    says nothing about any host.
    """
    name = host.lower().rstrip(".")
    return any(_names(entry, name, port) for entry in re.split(r"[,;\s]+", no_proxy) if entry)


def _names(entry: str, host: str, port: int) -> bool:
    written = entry.lower().rpartition("://")[2].rstrip("/") if "://" in entry else entry.lower()
    if written == "*":
        return True
    name, wanted = _split_port(written)
    if wanted is not None and wanted != port:
        return False
    try:
        return ip_address(host) in ip_network(name, strict=False)
    except (ValueError, TypeError):  # a name; TypeError: one of each kind of address
        if "*" in name and name.strip("*.") and fnmatchcase(host, name):
            return True
        name = name.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))


def _split_port(written: str) -> tuple[str, int | None]:
    """Split `host:port` and `[::1]:port`; an IPv6 address without brackets has none."""
    if written.startswith("["):
        name, _, rest = written[1:].partition("]")
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
