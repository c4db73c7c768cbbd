"""The few tool calls whose arguments and results count (todo lists, commits, written files), and what each is about."""

import re
from collections.abc import Iterator, Mapping

from tray_app.core.kernel.words import rows
from tray_app.core.sessions.counting.records import CallDetail, Commit, Edit, NewTask, TaskChange, TodoList, ToolCall
from tray_app.core.sessions.session import CallKind, Task

_SHELLS = frozenset({"Bash", "PowerShell"})
_KINDS = {"ExitPlanMode": CallKind.PLAN, "AskUserQuestion": CallKind.QUESTION}
_TITLE_LIMIT = 200
_TASKS_LIMIT = 100
_MOST_ABOUT_LINES = 40
_MOST_ABOUT = 2_000
_PADDING = re.compile(r"(?<=\S)[^\S\n]{20,}+")  # would push what follows out of sight, and says nothing itself
_ABOUT = ("command", "plan", "file_path", "notebook_path", "url", "query", "question", "pattern", "description")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?\n\s*(\S[^\n]*)")
_MESSAGE = re.compile(r"""(?:\s-[a-zA-Z]*m\s*|\s--message[=\s]\s*)(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"';|&]+))""")
_COMMITTED = re.compile(r"^\[[^\]\n]{1,300} [0-9a-f]{7,40}\] ([^\n]+)$", re.MULTILINE)


def call_detail(name: str, arguments: object) -> CallDetail | None:
    """What of a call's arguments counts; None for nearly all calls, and for arguments of unknown shape."""
    if not isinstance(arguments, dict):
        return None
    if name in _SHELLS:
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


def tool_call(call_id: str, name: str, arguments: object) -> ToolCall:
    """Read one call: what of it counts, and what a person who is asked about it needs to see."""
    lines, more = _within(_about(arguments)) if isinstance(arguments, dict) else ((), 0)
    return ToolCall(
        id=call_id,
        name=name,
        detail=call_detail(name, arguments),
        about="\n".join(lines),
        runs=name in _SHELLS,
        more=more,
        kind=_KINDS.get(name, CallKind.CALL),
    )


def _about(arguments: Mapping[str, object]) -> str:
    """What a call is about, in the words its arguments give."""
    for name in _ABOUT:
        words = arguments.get(name)
        if isinstance(words, str) and words.strip():
            return words
    questions = arguments.get("questions")
    return "\n".join(line for one in _tables(questions) for line in _question(one))


def _question(question: Mapping[str, object]) -> Iterator[str]:
    """The question, then each option with its description on a line of its own."""
    yield _line(question.get("question"))
    for option in _tables(question.get("options")):
        label, description = _line(option.get("label")), _line(option.get("description"))
        yield f"- {label}: {description}" if description else f"- {label}"


def _tables(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _within(words: str) -> tuple[list[str], int]:
    """The first lines that say something, and how many more there are: of one that is cut, as a phone would part it."""
    lines = [_PADDING.sub(" ", line.rstrip()) for line in words.splitlines() if line.strip()]
    kept: list[str] = []
    room, cut_off = _MOST_ABOUT, 0
    for line in lines[:_MOST_ABOUT_LINES]:
        if len(line) > room and kept:
            break
        kept.append(line[:room] if len(line) <= room else line[: room - 1] + "…")
        cut_off += rows(line[room - 1 :]) if len(line) > room else 0
        room -= len(line)
    return kept, len(lines) - len(kept) + cut_off


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
