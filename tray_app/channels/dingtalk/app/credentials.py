"""What a Client ID, a Client Secret and an app robot's address must look like; found in whatever was pasted.

Shapes: a Client ID (AppKey) is `ding` and 16 or more letters and digits (`suite…` for apps of other makers); a Client
Secret is 40 to 100 of the letters of Base64 for addresses. No error of this file repeats a value.
"""

import re
from collections.abc import Iterable
from typing import NoReturn
from urllib.parse import urlsplit

from tray_app.channels.dingtalk.app.limits import HOSTS, USUAL
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.invisible import visible
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, TextArgument, text
from tray_app.core.messages.channel import Credentials, Pasted
from tray_app.core.robots.app_robot import CODE, SEND_PATH, AppRobot
from tray_app.core.robots.credentials import is_loopback

_MAX_PASTED = 20_000
_MAX_URL = 1_200  # Windows keeps at most 1280 characters in an entry
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,200}")
_ALONE = re.compile(r"[A-Za-z0-9_-]{8,39}")
_PERSON = re.compile(r"[!-~]{1,128}")
_CLIENT_ID = re.compile(r"(?<![A-Za-z0-9_-])(?:ding|suite)[a-z0-9]{12,60}(?![A-Za-z0-9_-])")
_CLIENT_SECRET = re.compile(r"(?<![A-Za-z0-9_./?=&-])[A-Za-z0-9_-]{40,120}(?![A-Za-z0-9_-])")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+/v1\.0/robot/oToMessages/batchSend\?[^\s\"'<>]+")
_HINT = text("app_robot.where_hint")


def read_pasted(*chunks: str) -> Pasted:
    """Find a Client ID and a Client Secret: any order, one chunk or several, with words around them. Never raises."""
    said = "\n".join(visible(chunk[:_MAX_PASTED]) for chunk in chunks)
    address = _ADDRESS.search(said)
    rest = said if address is None else said.replace(address[0], " ")
    client_id, secret = _CLIENT_ID.search(rest), _CLIENT_SECRET.search(rest)
    if client_id is None and chunks:  # alone in its field it may have any form
        client_id = _ALONE.fullmatch(visible(chunks[0]).strip())
    if address is not None:
        found = Secret(address[0])
    elif client_id is not None:
        found = address_of(client_id[0])
    else:
        found = Secret("")
    return Pasted(webhook=found, secret=Secret("" if secret is None else secret[0]))


def address_of(client_id: str, *, robot_code: str = "", base: str = f"https://{USUAL.host}") -> Secret:
    """Write the address of an app that speaks to nobody yet; its robot code is its id where no other is said."""
    return AppRobot(base=base, client_id=client_id, robot_code=robot_code or client_id).address()


def check(*, webhook: str, secret: str = "", extra_hosts: Iterable[str] = ()) -> Credentials:
    """Refuse what cannot be an app robot's. Raises InvalidCredentials with the field (`webhook`, `secret`) and why."""
    written, key = visible(webhook).strip(), visible(secret).strip()
    if not written:
        _refuse("webhook", "no_client_id", _HINT)
    robot = _robot(written, frozenset(host.lower() for host in extra_hosts))
    if not CODE.fullmatch(robot.client_id) or not CODE.fullmatch(robot.robot_code):
        _refuse("webhook", "bad_client_id", _HINT)
    person = robot.recipient
    if person is not None and not (_PERSON.fullmatch(person.staff_id) and _PERSON.fullmatch(person.corp_id)):
        _refuse("webhook", "bad_recipient", text("app_robot.not_paired_hint"))
    if not key:
        _refuse("secret", "no_client_secret", _HINT)
    if not _SECRET.fullmatch(key):
        _refuse("secret", "bad_client_secret", _HINT)
    address = robot.address()
    if len(address.reveal()) > _MAX_URL:
        _refuse("webhook", "bad_client_id", _HINT)
    return Credentials(webhook=address, secret=Secret(key))


def _robot(written: str, extra_hosts: frozenset[str]) -> AppRobot:
    if "://" not in written:
        return AppRobot.read(address_of(written).reveal())
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        _refuse("webhook", "bad_client_id", _HINT)
    loopback = is_loopback(host)
    if "@" in parts.netloc or parts.path != SEND_PATH or parts.scheme not in {"http", "https"}:
        _refuse("webhook", "bad_client_id", _HINT)
    if not loopback and parts.netloc.lower().removesuffix(":443") not in HOSTS | extra_hosts:
        _refuse("webhook", "unknown_host", text("app_robot.unknown_host_hint"))
    if parts.scheme == "http" and not loopback:
        _refuse("webhook", "not_https", text("app_robot.unknown_host_hint"))
    return AppRobot.read(written)


def _refuse(field: str, entry: str, hint: Text, **args: TextArgument) -> NoReturn:
    # "from None": the cause of a parser's error repeats the value
    raise InvalidCredentials(field, text(f"app_robot.{entry}", **args), hint) from None
