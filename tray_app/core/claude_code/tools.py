"""The few tool calls whose arguments and results count: todo lists, commits, written files."""

import re
from collections.abc import Mapping

from tray_app.core.sessions.counting.records import CallDetail, Commit, Edit, NewTask, TaskChange, TodoList
from tray_app.core.sessions.session import Task

SHELLS = frozenset({"Bash", "PowerShell"})
_TITLE_LIMIT = 200
_TASKS_LIMIT = 100
_ABOUT = ("command", "file_path", "notebook_path", "url", "query", "question", "pattern", "description")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?\n\s*(\S[^\n]*)")
_MESSAGE = re.compile(r"""(?:\s-[a-zA-Z]*m\s*|\s--message[=\s]\s*)(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"';|&]+))""")
_COMMITTED = re.compile(r"^\[[^\]\n]{1,300} [0-9a-f]{7,40}\] ([^\n]+)$", re.MULTILINE)


def call_detail(name: str, arguments: object) -> CallDetail | None:
    """What of a call's arguments counts; None for nearly all calls, and for arguments of unknown shape."""
    if not isinstance(arguments, dict):
        return None
    if name in SHELLS:
        command = arguments.get("command")
        found = isinstance(command, str) and "git" in command and "commit" in command
        return Commit(_subject(str(command))) if found else None
    match name:
        case "TodoWrite":
            todos = arguments.get("todos")
            return TodoList(_tasks(todos)) if isinstance(todos, list) else None
        case "TaskCreate":
            return NewTask(_line(arguments.get("subject")))
        case "TaskUpdate":
            status = arguments.get("status")
            done = status == "completed" if isinstance(status, str) else None
            title = _line(arguments.get("subject"))
            return TaskChange(str(arguments.get("taskId", "")), title, done, deleted=status == "deleted")
        case _:
            return None


def call_about(arguments: object) -> str:
    """What a call is about, in the words its arguments give: command, file, address, question; one short line."""
    if not isinstance(arguments, dict):
        return ""
    for name in _ABOUT:
        if words := _line(arguments.get(name)):
            return words
    questions = arguments.get("questions")
    first = questions[0] if isinstance(questions, list) and questions else None
    return _line(first.get("question")) if isinstance(first, dict) else ""


def committed(output: object) -> str:
    """The subject git prints after a commit (`[main 1a2b3c4] Subject`), the last one; empty where none was printed."""
    if not isinstance(output, str) or "] " not in output:
        return ""
    found = _COMMITTED.findall(output[:20_000])
    return _line(found[-1]) if found else ""


def written(result: Mapping[str, object]) -> Edit | None:
    """The file a tool wrote and its lines added and removed; None for tools that only read.

    A new file has no patch: its lines are counted as an editor numbers them (a final line end starts no line).
    """
    path = result.get("filePath") or result.get("notebook_path")
    patch = result.get("structuredPatch")
    if not isinstance(path, str) or not (isinstance(patch, list) or "notebook_path" in result):
        return None
    added = removed = 0
    for hunk in patch if isinstance(patch, list) else ():
        lines = hunk.get("lines") if isinstance(hunk, dict) else None
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, str):
                added += line.startswith("+")
                removed += line.startswith("-")
    content = result.get("content")
    if result.get("type") == "create" and not patch and isinstance(content, str) and content:
        added = content.count("\n") + (not content.endswith("\n"))
    return Edit(path, added, removed)


def _tasks(todos: list[object]) -> tuple[Task, ...]:
    return tuple(
        Task(title=_line(todo.get("content")), done=todo.get("status") == "completed")
        for todo in todos[:_TASKS_LIMIT]
        if isinstance(todo, dict)
    )


def _subject(command: str) -> str:
    after = command[command.index("commit") :][:4_000]
    here = _HEREDOC.search(after)
    if here:
        return _line(here[2])
    message = _MESSAGE.search(after)
    return _line(next((part for part in message.groups() if part), "")) if message else ""


def _line(value: object) -> str:
    """The first line of a text, short."""
    words = value.strip() if isinstance(value, str) else ""
    return words.split("\n", 1)[0][:_TITLE_LIMIT].strip()
