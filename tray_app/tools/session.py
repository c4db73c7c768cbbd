"""The tools that report an agent's own work: a session ended, a task ended."""

from tray_app.core.messages.message import MAX_BODY_CHARS
from tray_app.core.messages.requests import SessionReport, TaskReport
from tray_app.tools.schema import MENTIONS, RECEIPT, ROBOT, mentions_in, object_of, title, words
from tray_app.tools.tool import Arguments, Schema, Tool

STATUSES = ("success", "failed", "warning")
_MOST_TASKS = 50
_MOST_COUNTED = 1_000_000_000


def _count(description: str) -> Schema:
    return {
        "type": "integer",
        "minimum": 0,
        "maximum": _MOST_COUNTED,
        "default": 0,
        "description": description,
    }


def _session_end(arguments: Arguments) -> SessionReport:
    return SessionReport(
        session_type=arguments.get("sessionType", ""),
        duration=arguments.get("duration", ""),
        main_tasks=tuple(arguments.get("mainTasks", ())),
        summary=arguments.get("summary", ""),
        files_count=int(arguments.get("filesCount", 0)),  # JSON Schema calls 3.0 an integer too
        tools_used=int(arguments.get("toolsUsed", 0)),
        robot=arguments.get("robot", ""),
        mentions=mentions_in(arguments),
    )


def _task_complete(arguments: Arguments) -> TaskReport:
    return TaskReport(
        task_name=arguments["taskName"],
        status=arguments["status"],
        details=arguments.get("details", ""),
        duration=arguments.get("duration", ""),
        robot=arguments.get("robot", ""),
        mentions=mentions_in(arguments),
    )


NOTIFY_SESSION_END = Tool(
    name="dingtalk_notify_session_end",
    title="Report the end of a session",
    description="Send a report of this coding session to the user's DingTalk group: how long it took, what was done,"
    " figures. Use it when the user asks for a report at the end of the work. Every argument is optional: time,"
    " tools, files and tokens are measured from the session's own records where they are at hand, so pass only what"
    " you know better: mainTasks and summary. Returns status and delivery_id; queued is tried by itself.",
    arguments_schema=object_of(
        {
            "sessionType": words("Kind of work.", default="开发协助"),
            "duration": words("How long it took, in words. Leave out to have it measured."),
            "mainTasks": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 2_000},
                "maxItems": _MOST_TASKS,
                "default": [],
                "description": "What was done, one short sentence each.",
            },
            "summary": words("The outcome in a few sentences.", most=MAX_BODY_CHARS, default="会话已完成"),
            "filesCount": _count("Number of files touched. Leave out to have it measured."),
            "toolsUsed": _count("Number of tool calls. Leave out to have it measured."),
            **MENTIONS,
            "robot": ROBOT,
        }
    ),
    answer_schema=RECEIPT,
    parse=_session_end,
)
NOTIFY_TASK_COMPLETE = Tool(
    name="dingtalk_notify_task_complete",
    title="Report the end of a task",
    description="Send a short notice that a task ended, with its outcome, to the user's DingTalk group. Use it after"
    " a long task (build, test run, migration, deployment) when the user wants to be told, and for failures they"
    " must act on. Returns status and delivery_id; queued is tried by itself.",
    arguments_schema=object_of(
        {
            "taskName": title("What ended."),
            "status": {"type": "string", "enum": list(STATUSES), "description": "How it ended."},
            "details": words("What people need to know about the outcome; markdown.", most=MAX_BODY_CHARS),
            "duration": words("How long it took, in words."),
            **MENTIONS,
            "robot": ROBOT,
        },
        required=("taskName", "status"),
    ),
    answer_schema=RECEIPT,
    parse=_task_complete,
)
