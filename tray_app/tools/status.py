"""The tools that only read: the state of the app, and what became of a message."""

from tray_app.core.messages.requests import ReadDelivery, ReadStatus
from tray_app.core.policy.model import Risk
from tray_app.tools.schema import REPORT, object_of
from tray_app.tools.tool import Arguments, Tool


def _status(_arguments: Arguments) -> ReadStatus:
    return ReadStatus()


def _delivery(arguments: Arguments) -> ReadDelivery:
    return ReadDelivery(arguments["id"])


STATUS = Tool(
    name="dingtalk_status",
    title="Show the state of DingTalk notifications",
    description="Show whether messages can go out now: which robots are set up, whether the owner has paused"
    " sending, how much of the rate limit is left, what waits in the queue, and what is wrong with the way to mend"
    " it. Use it when a send was refused, or when the user asks why nothing arrives. Sends nothing.",
    arguments_schema=object_of({}),
    answer_schema=REPORT,
    parse=_status,
    risk=Risk.READ,
    reads_only=True,
    repeatable=True,
    leaves_machine=False,
)
DELIVERY = Tool(
    name="dingtalk_delivery",
    title="Show what became of a message",
    description="Show where a message stands that an earlier call answered with a delivery_id: sent, queued, held,"
    " perhaps_arrived, or failed with the reason. Use it after queued or held when the outcome matters. Sends nothing.",
    arguments_schema=object_of(
        {
            "id": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": "The delivery_id of the earlier answer.",
            }
        },
        required=("id",),
    ),
    answer_schema=REPORT,
    parse=_delivery,
    risk=Risk.READ,
    reads_only=True,
    repeatable=True,
    leaves_machine=False,
)
