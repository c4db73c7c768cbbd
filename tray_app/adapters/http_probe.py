"""Whether a chat service's host answers at all, and what time it says it is. No robot is named, no message sent."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`why` is empty where the host answered, else the class of what went wrong; `date_ms` is its clock, if it says."""

    why: str = ""
    date_ms: int | None = None


def ask_host(host: str, *, secure: bool = True) -> Probe:
    """Ask `host` (with or without port) for nothing in particular, through the environment's proxies as messages go."""
    scheme = "https" if secure else "http"
    try:
        answer = httpx.head(f"{scheme}://{host}/", timeout=_TIMEOUT_S, follow_redirects=False)
    except Exception as error:  # noqa: BLE001 - no certificate file, no such proxy, no network: all are the finding
        return Probe(why=type(error).__name__)
    try:
        return Probe(date_ms=int(parsedate_to_datetime(answer.headers["date"]).timestamp() * 1000))
    except (KeyError, ValueError):
        return Probe()
