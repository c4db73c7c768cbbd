"""Claude Code's PermissionRequest hook: what it asks, read strictly, and the answers as it takes them (2.1.332).

Tools, questions (AskUserQuestion) and plans (ExitPlanMode) come by the same event. Whatever is not exactly an answer
leaves the dialog in the terminal as it is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import TypeAlias, assert_never

from tray_app.core.claude_code.tools import tool_call
from tray_app.core.kernel.texts import Text, text
from tray_app.core.questions.question import (
    AgentPrompt,
    Allowed,
    Approved,
    Choice,
    ChoiceOption,
    Chosen,
    Denied,
    NoQuestion,
    QuestionKind,
    Reply,
)

EVENT = "PermissionRequest"
_KINDS = {"AskUserQuestion": QuestionKind.CHOICE, "ExitPlanMode": QuestionKind.PLAN}
_LONGEST = 4_096
_MOST_CHOICES = 20
_LINE_END = " ⏎ "  # on one line; whoever shows less of it says so
_ACCEPT_EDITS = {"type": "setMode", "mode": "acceptEdits", "destination": "session"}
_DESTINATIONS = frozenset({"session", "localSettings", "projectSettings", "userSettings"})
_MODES = frozenset({"acceptEdits", "plan", "default"})  # others would let more through than this question shows

Table: TypeAlias = Mapping[str, object]


def read_question(body: object) -> AgentPrompt:
    """Read what the hook posts. Raises NoQuestion."""
    if not isinstance(body, Mapping) or body.get("hook_event_name") != EVENT:
        raise NoQuestion("hook_event_name")
    session, tool, given = _text(body, "session_id"), _text(body, "tool_name"), body.get("tool_input")
    if not session or not all(char.isalnum() or char in "-_" for char in session):
        raise NoQuestion("session_id")
    if not tool or not tool.isprintable():
        raise NoQuestion("tool_name")
    if not isinstance(given, Mapping):
        raise NoQuestion("tool_input")
    agent_id = _text(body, "agent_id")
    kind = _KINDS.get(tool, QuestionKind.PERMISSION)
    choices = _choices(given) if kind is QuestionKind.CHOICE else ()
    suggested = list(_suggestions(body)) if kind is QuestionKind.PERMISSION else []
    details = tuple(_details(tool, given, choices))

    def answer(reply: Reply) -> Mapping[str, object]:
        decision = _decision(reply, given, choices, [raw for _said, raw in suggested])
        return {"hookSpecificOutput": {"hookEventName": EVENT, "decision": decision}}

    return AgentPrompt(
        session=session,
        cwd=_text(body, "cwd"),
        tool=tool,
        kind=kind,
        said=_LINE_END.join(line.strip() for _, value in details for line in value.splitlines() if line.strip()),
        details=details,
        answer=answer,
        choices=choices,
        suggestions=tuple(said for said, _raw in suggested),
        sub_agent=(_text(body, "agent_type") or "-") if agent_id else "",  # a session may have a type as a whole, too
        sub_agent_id=agent_id,
        about=tool_call("", tool, given).about,
    )


def _decision(
    reply: Reply, given: Table, choices: Sequence[Choice], suggestions: Sequence[Table]
) -> Mapping[str, object]:
    match reply:
        case Allowed(suggestion=number):
            taken = {} if number is None else {"updatedPermissions": [suggestions[number]]}
            return {"behavior": "allow", **taken}
        case Denied(words=words):
            return {"behavior": "deny", **({"message": words} if words else {})}
        case Chosen(answers=answers):
            said = {choice.question: ", ".join(words) for choice, words in zip(choices, answers, strict=True)}
            return {"behavior": "allow", "updatedInput": {**given, "answers": said}}
        case Approved(accept_edits=False):  # without updatedInput the client ignores it
            return {"behavior": "allow", "updatedInput": {}}
        case Approved():
            return {"behavior": "allow", "updatedInput": {}, "updatedPermissions": [_ACCEPT_EDITS]}
        case _:
            assert_never(reply)


def _details(tool: str, given: Table, choices: Sequence[Choice]) -> Iterator[tuple[Text, str]]:
    """Everything that is asked about; nothing is shortened."""
    match tool, given:
        case "Bash" | "PowerShell", {"command": str(command)}:
            yield text("questions.field_command"), command
            yield from _rest(given, "command")
        case "Edit" | "Write" | "MultiEdit" | "NotebookEdit", {"file_path": str(path)} | {"notebook_path": str(path)}:
            yield text("questions.field_file"), path
            yield from _edits(given)
        case "WebFetch", {"url": str(url)}:
            yield text("questions.field_address"), url
            yield from _rest(given, "url")
        case "ExitPlanMode", {"plan": str(plan)}:
            yield text("questions.field_plan"), plan
        case "ExitPlanMode", _:
            return  # it wrote none down: there is nothing to read here
        case "AskUserQuestion", _:
            for choice in choices:
                yield text("questions.field_question"), "\n".join(_lines(choice))
        case _:
            yield text("questions.field_input"), _json(given)


def _rest(given: Table, *shown: str) -> Iterator[tuple[Text, str]]:
    rest = {key: value for key, value in given.items() if key not in shown}
    match rest:
        case {"description": str(description)} if len(rest) == 1:
            yield text("questions.field_description"), description
        case {}:
            if rest:
                yield text("questions.field_input"), _json(rest)


def _edits(given: Table) -> Iterator[tuple[Text, str]]:
    """What would be in the file: its whole text, or the lines that go and come."""
    edits = given.get("edits")
    pairs = [
        (old, new)
        for one in (edits if isinstance(edits, list) else [given])
        if isinstance(one, Mapping)
        and isinstance(old := one.get("old_string"), str)
        and isinstance(new := one.get("new_string"), str)
    ]
    if pairs and len(pairs) == len(edits if isinstance(edits, list) else [given]):
        for old, new in pairs:
            yield text("questions.field_change"), _difference(old, new)
        yield from _rest(given, "file_path", "old_string", "new_string", "edits")
    elif isinstance(content := given.get("content"), str):
        yield text("questions.field_content"), content
        yield from _rest(given, "file_path", "content")
    else:
        yield text("questions.field_input"), _json(given)


def _difference(old: str, new: str) -> str:
    lines = list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3))[2:]  # without the files' names
    return "\n".join(line for line in lines if not line.startswith("@@"))


def _lines(choice: Choice) -> Iterator[str]:
    yield choice.question
    for option in choice.options:
        yield f"- {option.label}: {option.description}" if option.description else f"- {option.label}"


def _choices(given: Table) -> tuple[Choice, ...]:
    questions = given.get("questions")
    if not isinstance(questions, list) or not 0 < len(questions) <= _MOST_CHOICES:
        raise NoQuestion("questions")
    found = tuple(_choice(one) for one in questions)
    if len({choice.question for choice in found}) != len(found):  # answers are told apart by their question
        raise NoQuestion("questions")
    return found


def _choice(one: object) -> Choice:
    if not isinstance(one, Mapping):
        raise NoQuestion("questions")
    options = one.get("options")
    question = one.get("question")
    if not isinstance(question, str) or not question.strip() or not isinstance(options, list):
        raise NoQuestion("question")
    return Choice(
        question=question,
        header=_text(one, "header"),
        options=tuple(_option(option) for option in options),
        several=one.get("multiSelect") is True,
    )


def _option(one: object) -> ChoiceOption:
    label = one.get("label") if isinstance(one, Mapping) else None
    if not isinstance(one, Mapping) or not isinstance(label, str) or not label.strip():
        raise NoQuestion("options")
    description = one.get("description")
    return ChoiceOption(label=label, description=description if isinstance(description, str) else "")


def _suggestions(body: Table) -> Iterator[tuple[Text, Table]]:
    """The client's own suggestions, each in words with what takes it; one that cannot be said whole is left out."""
    given = body.get("permission_suggestions")
    for one in given if isinstance(given, list) else ():
        if isinstance(one, Mapping) and one.get("destination") in _DESTINATIONS:
            said = _suggested(one)
            if said is not None:
                where = text(f"questions.for_{one['destination']}")
                yield text("questions.suggestion", what=said, where=where), one


def _suggested(one: Table) -> Text | None:
    match one:
        case {"type": "addRules", "behavior": "allow", "rules": [*rules]} if rules:
            names = [_rule(rule) for rule in rules]
            return text("questions.suggest_rules", rules=", ".join(map(str, names))) if all(names) else None
        case {"type": "addDirectories", "directories": [*folders]} if folders:
            whole = all(isinstance(folder, str) for folder in folders)
            return text("questions.suggest_folders", folders=", ".join(map(str, folders))) if whole else None
        case {"type": "setMode", "mode": str(mode)} if mode in _MODES:
            return text("questions.suggest_mode", mode=mode)
        case _:
            return None


def _rule(rule: object) -> str:
    match rule:
        case {"toolName": str(tool), "ruleContent": str(content)}:
            return f"{tool}({content})"
        case {"toolName": str(tool), **rest} if not rest:
            return tool
        case _:
            return ""


def _text(fields: Table, name: str) -> str:
    value = fields.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise NoQuestion(name)
    return value.encode("utf-8", "replace").decode("utf-8")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
