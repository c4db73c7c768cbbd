"""The door to Stream mode: the request for an endpoint and a ticket, its answer, and what each refusal stands for.

Sources: the official SDKs, logs of the real host (2025, 2026), public threads. Answers are not always JSON.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from tray_app.channels.dingtalk.reply import cleaned
from tray_app.channels.dingtalk.stream.frames import TOPIC, json_object
from tray_app.core.hearing.stream import NotOpened, Opened, StreamKey, StreamRefusal
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import NoReply, Reply, Request
from tray_app.core.messages.host_date import date_ms, http_date_ms
from tray_app.core.robots.credentials import is_loopback

PATH = "/v1.0/gateway/connections/open"
_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "accept": "application/json",  # without it the answer is XML
}
_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)*(?:dingtalk\.(?:com|io))", re.IGNORECASE)
_SECRET_WRONG = re.compile(r"authfailed|invalidclient|clientid|clientsecret|appkey|appsecret", re.IGNORECASE)
_QUOTA = re.compile(r"apicountlimit|countlimitfororg", re.IGNORECASE)
_LIMITED = re.compile(r"qpslimit|qpmlimit|throttl|toomany|limitfor", re.IGNORECASE)
_ADDRESS = re.compile(r"notinwhitelist", re.IGNORECASE)
_NOT_CHOSEN = re.compile(r"systemerror", re.IGNORECASE)


def ask(key: StreamKey) -> Request:
    """Ask for one connection. The computer's address and name are not told: they need not be."""
    said = {
        "clientId": key.client_id,
        "clientSecret": key.client_secret.reveal(),
        "subscriptions": [{"type": "CALLBACK", "topic": TOPIC}],
        "ua": "dingtalk-tray",
    }
    return Request(url=Secret(key.base + PATH), headers=_HEADERS, body=json.dumps(said).encode())


def read(reply: Reply | NoReply, key: StreamKey, *, now_ms: int) -> Opened | NotOpened:
    """Read `{endpoint, ticket}`. An endpoint that is none of DingTalk's hosts, or not encrypted, is refused."""
    if isinstance(reply, NoReply):
        return _no_reply(reply)
    said = json_object(_decoded(reply))
    endpoint, ticket = said.get("endpoint"), said.get("ticket")
    if 200 <= reply.status < 300 and isinstance(endpoint, str) and isinstance(ticket, str) and ticket:  # noqa: PLR2004 - HTTP's own class
        if _may_connect(endpoint, urlsplit(key.base).hostname or ""):
            return Opened(url=Secret(f"{endpoint}?ticket={quote(ticket, safe='')}"))
        return _not(StreamRefusal.NETWORK, "strange_endpoint", "between_hint")
    return _refused(reply, said, now_ms)


def refused(reply: Reply | NoReply, *, now_ms: int) -> NotOpened:
    """Read what the WebSocket's own door answered."""
    if isinstance(reply, NoReply):
        return _no_reply(reply)
    body = _decoded(reply)
    if _NOT_CHOSEN.search(body[:2_000]):
        return _not(StreamRefusal.OWNER, "not_chosen", "not_chosen_hint")
    return _refused(reply, json_object(body), now_ms)


def _may_connect(endpoint: str, asked: str) -> bool:
    """Whether what people write may go there: to DingTalk's hosts over TLS, a dedicated one's, or the stand-in here."""
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not (endpoint.isascii() and endpoint.isprintable()) or " " in endpoint:
        return False
    if parts.query or parts.fragment or parts.username is not None:
        return False
    if is_loopback(host):
        return parts.scheme in {"ws", "wss"}
    return parts.scheme == "wss" and (_DOMAIN.fullmatch(host) is not None or _is_beside(host, asked.lower()))


def _is_beside(host: str, asked: str) -> bool:
    """Whether a host is the one that was asked, or has its domain: a dedicated DingTalk has hosts of its own."""
    domain = asked.partition(".")[2]
    return host == asked or ("." in domain and host.endswith(f".{domain}"))


def _refused(reply: Reply, said: Mapping[str, Any], now_ms: int) -> NotOpened:
    code = cleaned(said.get("code"))
    words = " ".join(filter(None, (code, cleaned(said.get("message"))))) or f"HTTP {reply.status}"
    after_ms = _retry_after_ms(reply, now_ms)
    if said.get("source") == "x5" or said.get("status") == 1111:  # noqa: PLR2004 - the number of DingTalk's outer gate
        return _not(StreamRefusal.WAIT, "blocked", "wait_hint", after_ms=5 * _MINUTE_MS)
    if _QUOTA.search(code):
        return _not(StreamRefusal.OWNER, "quota", "quota_hint", after_ms=_HOUR_MS)
    if _LIMITED.search(code) or reply.status == 429:  # noqa: PLR2004
        return _not(StreamRefusal.WAIT, "limited", "wait_hint", after_ms=max(after_ms, 1_000))
    if _ADDRESS.search(code):
        return _not(StreamRefusal.OWNER, "address", "address_hint", said=words)
    if _SECRET_WRONG.search(code) or (reply.status == 401 and not _is_page(reply)):  # noqa: PLR2004
        return _not(StreamRefusal.OWNER, "secret_wrong", "secret_wrong_hint", said=words)
    if reply.status == 407 or _is_page(reply) or 300 <= reply.status < 400:  # noqa: PLR2004
        return _not(StreamRefusal.NETWORK, "between", "between_hint", said=f"HTTP {reply.status}", after_ms=after_ms)
    if reply.status >= 500 or reply.status < 300 or reply.status in {408, 425}:  # noqa: PLR2004
        return _not(StreamRefusal.WAIT, "trouble", "wait_hint", said=words, after_ms=after_ms)
    return _not(StreamRefusal.OWNER, "refused", "refused_hint", said=words, after_ms=after_ms)


def _no_reply(reply: NoReply) -> NotOpened:
    if reply.why is not None:
        return NotOpened(refusal=StreamRefusal.NETWORK, reason=reply.why.reason, hint=reply.why.hint)
    return _not(StreamRefusal.NETWORK, "no_answer", "network_hint")


def _not(refusal: StreamRefusal, reason: str, hint: str, *, after_ms: int = 0, **args: str) -> NotOpened:
    return NotOpened(
        refusal=refusal, reason=text(f"stream.{reason}", **args), hint=text(f"stream.{hint}"), after_ms=after_ms
    )


def _decoded(reply: Reply) -> str:
    return "" if reply.truncated else reply.body.decode("utf-8", "replace").removeprefix("\ufeff")


def _is_page(reply: Reply) -> bool:
    return "html" in reply.headers.get("content-type", "").lower() or reply.body.lstrip()[:1] == b"<"


def _retry_after_ms(reply: Reply, now_ms: int) -> int:
    """Seconds, or a date by the server's own clock; an hour at most."""
    asked = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}", asked):
        return min(int(asked) * 1_000, _HOUR_MS)
    until_ms, host_ms = http_date_ms(asked), date_ms(reply.headers)
    if until_ms is None:
        return 0
    return min(max(until_ms - (now_ms if host_ms is None else host_ms), 0), _HOUR_MS)
