"""The tool that stores a robot's credentials."""

from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.message import MAX_URL_CHARS
from tray_app.core.messages.requests import ConfigureRobot
from tray_app.core.policy.model import Risk
from tray_app.tools.schema import RECEIPT, ROBOT, object_of
from tray_app.tools.tool import Arguments, Tool

_MOST_KEYWORDS = 10
_LONGEST_SECRET = 512


def _configure(arguments: Arguments) -> ConfigureRobot:
    return ConfigureRobot(
        webhook=Secret(arguments.get("webhook", "")),
        secret=Secret(arguments.get("secret", "")),
        keywords=tuple(arguments.get("keywords", ())),
        robot=arguments.get("robot", ""),
    )


CONFIGURE = Tool(
    name="dingtalk_configure",
    title="Set up a DingTalk robot",
    description="Set up the robot that messages go through. Call it without arguments first: the answer says how the"
    " user sets it up without the secret passing through this conversation, which is what to prefer. Pass webhook"
    " and secret only if the user gave them to you for this. The owner may have switched this off, or be asked"
    " first.",
    arguments_schema=object_of(
        {
            "webhook": {
                "type": "string",
                "maxLength": MAX_URL_CHARS,
                "writeOnly": True,
                "description": "The robot's webhook address, https://oapi.dingtalk.com/robot/send?access_token=…",
            },
            "secret": {
                "type": "string",
                "maxLength": _LONGEST_SECRET,
                "writeOnly": True,
                "description": "Its signing key (SEC…), if the robot is set to sign.",
            },
            "keywords": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 64},
                "maxItems": _MOST_KEYWORDS,
                "default": [],
                "description": "The robot's keywords, if it asks for any; one is added to messages that have none.",
            },
            "robot": {**ROBOT, "description": "Name to store it under. Leave out for the default one."},
        }
    ),
    answer_schema=RECEIPT,
    parse=_configure,
    risk=Risk.CONFIGURE,
    destroys=True,  # it replaces the credentials that were there
    repeatable=True,
    leaves_machine=False,
)
