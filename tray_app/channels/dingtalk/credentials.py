"""What a DingTalk webhook and signing key must look like.

Shapes, seen in every custom robot: `https://oapi.dingtalk.com/robot/send?access_token=` + 64 hex digits, and `SEC` +
64 hex digits. No error of this file repeats a value.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit, urlunsplit

from tray_app.channels.dingtalk.limits import HOSTS
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.invisible import visible
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, TextArgument, text
from tray_app.core.messages.channel import Credentials
from tray_app.core.robots.credentials import is_loopback
from tray_app.core.settings.settings import HOST, MAX_KEYWORDS

_MAX_URL = 1_200  # Windows keeps at most 1280 characters in an entry
_MAX_KEYWORD = 100
_MAX_SECRET = 500
_KEY_LENGTH = 67  # SEC and 64 hex digits
_TOKEN_LENGTH = 64

_WHOLE_KEY = re.compile(r"SEC[0-9a-fA-F]{64}")
_PRINTABLE = re.compile(r"[!-~]+")
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,256}")
_CUT_TOKEN = re.compile(r"[0-9a-fA-F]{20,63}")
_HEX_RUN = re.compile(r"[0-9a-f]{20}")


def check(
    *, webhook: str, secret: str = "", keywords: Sequence[str] = (), extra_hosts: Iterable[str] = ()
) -> Credentials:
    """Refuse what DingTalk cannot accept; a signed address loses its `timestamp` and `sign`.

    Raises InvalidCredentials with the field (`webhook`, `secret`, `keywords`), the reason and what to do.
    """
    address = _checked_webhook(visible(webhook).strip(), frozenset(host.lower() for host in extra_hosts))
    key = visible(secret).strip()
    _check_secret(key, strict=address.netloc in HOSTS)
    words = tuple(dict.fromkeys(word.strip() for word in keywords))
    if len(words) > MAX_KEYWORDS or any(not word or len(word) > _MAX_KEYWORD for word in words):
        reason = text("credentials.bad_keywords", most=MAX_KEYWORDS)
        raise InvalidCredentials("keywords", reason, text("credentials.bad_keywords_hint"))
    return Credentials(webhook=Secret(urlunsplit(address)), secret=Secret(key), keywords=words)


def _checked_webhook(written: str, extra_hosts: frozenset[str]) -> SplitResult:
    if not written:
        _refuse("webhook", "no_webhook", text("credentials.where_hint"))
    if written[:3].upper() == "SEC":
        _refuse("webhook", "swapped", text("credentials.swapped_hint"))
    if not _PRINTABLE.fullmatch(written) or "\\" in written or len(written) > _MAX_URL:
        _refuse("webhook", "odd_characters", text("credentials.where_hint"))
    try:
        address = urlsplit(written)
        host, port = address.hostname or "", address.port
    except ValueError:
        _refuse("webhook", "no_address", text("credentials.where_hint"))
    if address.scheme not in {"http", "https"} or not host:
        _refuse("webhook", "no_address", text("credentials.where_hint"))
    if "@" in address.netloc:
        _refuse("webhook", "with_login", text("credentials.where_hint"))
    loopback = is_loopback(host)
    usual = (443 if address.scheme == "https" else 80) == port
    netloc = address.netloc.lower().rpartition(":")[0] if usual else address.netloc.lower()
    if not loopback and netloc not in HOSTS | extra_hosts:
        _refuse("webhook", "unknown_host", text("credentials.unknown_host_hint"), host=_shown_host(netloc))
    if address.scheme == "http" and not loopback:
        _refuse("webhook", "not_https", text("credentials.not_https_hint"))
    query = _checked_query(address, needed=not loopback)
    path = address.path if loopback else address.path.rstrip("/")
    return SplitResult(address.scheme, netloc, path, query, "")


def _checked_query(address: SplitResult, *, needed: bool) -> str:
    parts = [part for part in address.query.split("&") if part and part.partition("=")[0] not in {"timestamp", "sign"}]
    if needed:
        if address.path.rstrip("/") != "/robot/send":
            _refuse("webhook", "wrong_path", text("credentials.where_hint"))
        tokens = [part.partition("=")[2] for part in parts if part.partition("=")[0] == "access_token"]
        if len(tokens) != 1 or not _TOKEN.fullmatch(tokens[0]):
            _refuse("webhook", "no_token", text("credentials.where_hint"))
        if address.hostname in HOSTS and _CUT_TOKEN.fullmatch(tokens[0]):
            _refuse("webhook", "cut_token", text("credentials.copy_again_hint"), has=len(tokens[0]), want=_TOKEN_LENGTH)
    return "&".join(parts)


def _check_secret(key: str, *, strict: bool) -> None:
    """An empty key is an unsigned robot. Only DingTalk's own hosts are known to give `SEC` + 64 hex digits."""
    if not key:
        return
    if "://" in key or "access_token" in key:
        _refuse("secret", "swapped", text("credentials.swapped_hint"))
    if not _PRINTABLE.fullmatch(key) or len(key) > _MAX_SECRET:
        _refuse("secret", "odd_characters_in_secret", text("credentials.secret_hint"))
    if strict and not key.startswith("SEC"):
        _refuse("secret", "no_secret", text("credentials.secret_hint"))
    if strict and len(key) != _KEY_LENGTH:
        _refuse("secret", "cut_secret", text("credentials.copy_again_hint"), has=len(key), want=_KEY_LENGTH)
    if strict and not _WHOLE_KEY.fullmatch(key):
        _refuse("secret", "odd_characters_in_secret", text("credentials.secret_hint"))


def _refuse(field: str, entry: str, hint: Text, **args: TextArgument) -> NoReturn:
    # "from None": the cause of a parser's error repeats the value
    raise InvalidCredentials(field, text(f"credentials.{entry}", **args), hint) from None


def _shown_host(netloc: str) -> str:
    """The host as an error may show it: not where it is no host name, or where it could hold a token."""
    return netloc if HOST.fullmatch(netloc) and not _HEX_RUN.search(netloc) else "…"
