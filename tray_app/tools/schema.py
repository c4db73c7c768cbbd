"""The pieces the tools' JSON Schemas are made of (Draft 2020-12), with the limits of `core.messages`."""

from tray_app.core.delivery.receipt import Status
from tray_app.core.messages.message import (
    MAX_BODY_CHARS,
    MAX_MENTIONS,
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
    NOBODY,
    Mentions,
)
from tray_app.tools.tool import Arguments, Schema

INVALID = "invalid"  # the status of an answer to arguments that cannot be used

ROBOT: Schema = {
    "type": "string",
    "maxLength": 64,
    "description": "Robot (group) to send to, as dingtalk_status lists them. Leave out for the default one.",
}
AT_ALL: Schema = {
    "type": "boolean",
    "default": False,
    "description": "Mention everybody; only when the user asked for it.",
}
AT_MOBILES: Schema = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 32},
    "maxItems": MAX_MENTIONS,
    "default": [],
    "description": "Phone numbers of members to mention: 13800138000, outside mainland China +852-51234567.",
}
AT_USER_IDS: Schema = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 128},
    "maxItems": MAX_MENTIONS,
    "default": [],
    "description": "DingTalk user ids of members to mention.",
}
MENTIONS: dict[str, Schema] = {"atAll": AT_ALL, "atMobiles": AT_MOBILES, "atUserIds": AT_USER_IDS}


def object_of(properties: dict[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    """Describe an object that has these properties and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def body(description: str) -> Schema:
    """Describe the words of a message."""
    return {"type": "string", "minLength": 1, "maxLength": MAX_BODY_CHARS, "description": description}


def title(description: str) -> Schema:
    """Describe one line."""
    return {"type": "string", "minLength": 1, "maxLength": MAX_TITLE_CHARS, "description": description}


def address(description: str) -> Schema:
    """Describe a web address; `core.messages.validation` looks at it closer.

    No `format`: Gemini refuses every tool of a request in which one names a format that it does not know.
    """
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_URL_CHARS,
        "description": description,
    }


def words(description: str, *, most: int = MAX_TITLE_CHARS, default: str = "") -> Schema:
    """Describe a text that may be empty."""
    return {"type": "string", "maxLength": most, "default": default, "description": description}


def mentions_in(arguments: Arguments) -> Mentions:
    """Read the three mention arguments."""
    found = Mentions(
        mobiles=tuple(arguments.get("atMobiles", ())),
        user_ids=tuple(arguments.get("atUserIds", ())),
        everyone=arguments.get("atAll", False),
    )
    return found or NOBODY


def _or_null(kind: str, description: str) -> Schema:
    # no list of types: clients that turn schemas into other languages know one type each
    return {"anyOf": [{"type": kind}, {"type": "null"}], "description": description}


RECEIPT: Schema = object_of(
    {
        "status": {
            "type": "string",
            "enum": [*(status.value for status in Status), INVALID],
            "description": "sent, queued, held (waits for the owner's approval) and stored are successes; do not"
            " call again. help says how it is done.",
        },
        "delivery_id": _or_null("string", "Ask dingtalk_delivery with it what became of the message."),
        "robot": _or_null("string", "The robot it went to."),
        "reason": _or_null("string", "What happened."),
        "hint": _or_null("string", "What to do about it."),
        "retry_after_s": _or_null("integer", "Seconds to wait before another call makes sense."),
        "errcode": _or_null("integer", "DingTalk's own error code."),
        "masked": _or_null("string", "What looked secret and was hidden in the message, by kind and count."),
        "rule": _or_null("string", "The rule of the owner's policy that refused, throttled or held the call."),
        "counter": _or_null("string", "The counter of that rule."),
        "used": _or_null("integer", "How much of it was used up."),
        "max": _or_null("integer", "How much of it there is."),
        "until": _or_null("string", "When a queued message is due, or a pause ends (ISO 8601, local time)."),
    },
    required=("status",),
)
REPORT: Schema = {"type": "object"}
