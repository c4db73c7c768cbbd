"""An app robot's address: the service's host, the app, and the one person it speaks to, as one URL.

The keyring keeps it where a group robot's webhook is, and the client secret where its key is: whoever may only edit the
settings can neither pair himself nor send the messages elsewhere.
"""

import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials

SEND_PATH = "/v1.0/robot/oToMessages/batchSend"
CODE = re.compile(r"[A-Za-z0-9_-]{4,128}")  # of a client id, and of a robot code
_FIELDS = {"client_id": "clientId", "robot_code": "robotCode", "staff_id": "staffId", "corp_id": "corpId"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The paired person: the user id inside a company, and the company's id. Both together name one person."""

    staff_id: str
    corp_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRobot:
    """`base` is scheme and host (`https://api.dingtalk.com`); `recipient` is None until somebody is paired."""

    base: str
    client_id: str
    robot_code: str
    recipient: Recipient | None = None

    @classmethod
    def of(cls, credentials: Credentials) -> Self:
        """Read the address of checked credentials."""
        return cls.read(credentials.webhook.reveal())

    @classmethod
    def read(cls, address: str) -> Self:
        """Read `address()`'s form; what is missing there is empty here. Raises ValueError where it is no URL."""
        parts = urlsplit(address)
        said = dict(parse_qsl(parts.query))
        found = {name: said.get(written, "") for name, written in _FIELDS.items()}
        staff_id, corp_id = found["staff_id"], found["corp_id"]
        return cls(
            base=f"{parts.scheme}://{parts.netloc}",
            client_id=found["client_id"],
            robot_code=found["robot_code"] or found["client_id"],
            recipient=Recipient(staff_id=staff_id, corp_id=corp_id) if staff_id and corp_id else None,
        )

    def address(self) -> Secret:
        """Write it as the keyring keeps it."""
        said = {"clientId": self.client_id, "robotCode": self.robot_code}
        if self.recipient is not None:
            said |= {"staffId": self.recipient.staff_id, "corpId": self.recipient.corp_id}
        parts = urlsplit(self.base)
        return Secret(SplitResult(parts.scheme, parts.netloc, SEND_PATH, urlencode(said), "").geturl())

    def paired_with(self, recipient: Recipient | None) -> Self:
        """The same robot, speaking to this person, or to nobody."""
        return replace(self, recipient=recipient)


def paired_as_before(checked: Credentials, before: Credentials | None, robot_code: str) -> Credentials:
    """Give what is stored of credentials that were typed: the owner pairs a robot by a code, and nothing else does.

    Where the app is the same, its person stays, and its robot code unless another one is said; else there is neither.
    """
    robot, known = AppRobot.of(checked), None if before is None else AppRobot.of(before)
    same = known is not None and (known.base, known.client_id) == (robot.base, robot.client_id)
    if known is not None and same:
        said = robot.robot_code if robot.robot_code != robot.client_id else known.robot_code
        robot = replace(robot, robot_code=robot_code or said, recipient=known.recipient)
    else:
        robot = replace(robot, robot_code=robot_code or robot.robot_code, recipient=None)
    return replace(checked, webhook=robot.address())
