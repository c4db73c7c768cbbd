"""Whether a client would send its requests to this computer, with its token, through a proxy, and what keeps it off.

Which variables a client obeys, and which exceptions, was measured with each (the tests of proxies in tests/e2e, as
test_other_clients.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

_EXCEPT = ("no_proxy", "NO_PROXY")
_OURS = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRules:
    """Variables that lead http:// away, the strongest first; one of `for_all` does not where it is for SOCKS.

    `patterns`: exceptions may be `*`, an ending such as `.0.0.1`, or have a port; `networks`: they may be networks.
    """

    variables: tuple[str, ...]
    for_all: tuple[str, ...] = ()
    patterns: bool = True
    networks: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every variable that matters."""
        return (*self.variables, *self.for_all, *_EXCEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedAway:
    """`variable` names the proxy, `exception` the variable that keeps requests off it, `mended` what it must hold."""

    variable: str
    exception: str
    mended: str


def led_away(said: Mapping[str, str], rules: ProxyRules, *, port: int) -> LedAway | None:
    """Look at variables; None where requests to `127.0.0.1:port` come straight."""
    found = {name: said.get(name, "").strip() for name in rules.names}
    for_all = (name for name in rules.for_all if found[name] and not found[name].lower().startswith("socks"))
    proxy = next((name for name in rules.variables if found[name]), None) or next(for_all, None)
    exception = next((name for name in _EXCEPT if found[name]), "NO_PROXY")
    entries = found[exception].replace(",", " ").split()
    if proxy is None or any(_names_us(entry, rules, port) for entry in entries):
        return None
    mended = ",".join(dict.fromkeys([*(entry for entry in entries if entry not in _OURS), *_OURS]))
    return LedAway(variable=proxy, exception=exception, mended=mended)


def _names_us(entry: str, rules: ProxyRules, port: int) -> bool:
    ours = _OURS[0]
    if entry == ours:
        return True
    if rules.patterns and (entry in {"*", f"{ours}:{port}"} or (entry.startswith(".") and ours.endswith(entry))):
        return True
    try:
        return rules.networks and "/" in entry and ip_address(ours) in ip_network(entry, strict=False)
    except ValueError:
        return False
