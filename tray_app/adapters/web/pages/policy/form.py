"""The policy page's form: the text is the one truth, the table beside it is read from it and writes into it.

A form carries the text, the table's fields, and in `shown` what the table said when it was made: what differs from that
was changed by a person, and goes into the text. So one form does with a script and without.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tray_app.core.jsontext.edit import NotJson, WrongShape
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.file.edit import (
    ALL_TOOLS,
    LimitKey,
    key_of,
    with_default,
    with_hidden,
    with_limit,
    with_mode,
    with_most,
    with_stance,
)
from tray_app.core.policy.file.findings import InvalidPolicy, PolicyFinding
from tray_app.core.policy.file.forms import PASTED
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.file.translate import translate
from tray_app.core.policy.file.values import MAX_CALLS
from tray_app.core.policy.model import WINDOWS_MS, Limit, LimitScope, Mode, Policy, Stance
from tray_app.tools.facts import facts

HIDE = "hide"
_CHANGES = ("mode", "default", "stance", "most", "new")  # in this order; limits last, for they may name a tool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """A text with what it means. `policy` is None where it cannot be used; `findings` then say why.

    `version` is the file's when it was read; `bad` are fields of the table that say no number, by name, with what was
    typed there in `typed`; `edited`: the table has changed the text.
    """

    source: str
    version: str
    policy: Policy | None
    findings: tuple[PolicyFinding, ...] = ()
    bad: Mapping[str, Text] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    edited: bool = False

    @property
    def pasted(self) -> bool:
        """Whether the text is something that can be translated."""
        return any(finding.what.key == PASTED for finding in self.findings)

    @property
    def usable(self) -> bool:
        """Whether it can be saved."""
        return self.policy is not None and not self.bad


def draft_of(source: str, version: str) -> PolicyDraft:
    """Read a text."""
    findings = findings_in(source, tools=facts())
    if all(finding.remark for finding in findings):
        return PolicyDraft(source=source, version=version, policy=read_policy(source, tools=facts()), findings=findings)
    return PolicyDraft(source=source, version=version, policy=None, findings=findings)


def typed_into(form: Mapping[str, str]) -> PolicyDraft:
    """Read the form: its text, with what was changed in the table."""
    source = form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
    version = form.get("version", "")
    draft = draft_of(source, version)
    wanted = _wanted(form)
    bad = {name: _NO_NUMBER for name, value in wanted.items() if not _is_fine(name, value)}
    good = sorted(((name, value) for name, value in wanted.items() if name not in bad), key=_rank)
    if draft.policy is None:
        return PolicyDraft(source=source, version=version, policy=None, findings=draft.findings)
    for name, value in good:
        try:
            source = _changed(source, name, value, form)
        except (NotJson, WrongShape, InvalidPolicy):
            bad[name] = _NOT_THERE
    changed = draft_of(source, version)
    return PolicyDraft(
        source=source,
        version=version,
        policy=changed.policy,
        findings=changed.findings,
        bad=bad,
        typed={name: wanted[name] for name in bad},
        edited=source != draft.source,
    )


def translated_in(form: Mapping[str, str]) -> PolicyDraft:
    """Translate what was pasted into the text; what the owner should know stands among the findings."""
    draft = typed_into(form)
    try:
        found = translate(draft.source, tools=facts())
    except InvalidPolicy:
        return draft
    notes = tuple(PolicyFinding(line=1, column=1, what=note, remark=True) for note in found.notes)
    made = draft_of(found.source, draft.version)
    return replace(made, findings=(*notes, *made.findings), edited=True)


def table(policy: Policy) -> dict[str, str]:
    """Give the table's fields as they stand."""
    return dict(_fields(policy))


def choice_of(policy: Policy, tool: str) -> str:
    """Say which of the four holds for a tool."""
    return HIDE if policy.hides(tool) else policy.rules_of(tool).stance.value


def limit_name(where: str, limit: Limit) -> str:
    """Name the field of a limit's number."""
    return f"most:{where}:{limit.window_ms}:{limit.scope.value}:{limit.counter}"


def _fields(policy: Policy) -> Iterator[tuple[str, str]]:
    yield "mode", policy.mode.value
    yield "default", policy.default.value
    for limit in policy.limits:
        yield limit_name(ALL_TOOLS, limit), str(limit.most)
    yield f"new:{ALL_TOOLS}", ""
    for tool in facts():
        yield f"stance:{tool}", choice_of(policy, tool)
        for limit in policy.rules_of(tool).limits:
            yield limit_name(tool, limit), str(limit.most)
        yield f"new:{tool}", ""


def _wanted(form: Mapping[str, str]) -> Mapping[str, str]:
    """What a person has changed in the table: a field that is there and says something else than it was made with."""
    try:
        shown = json.loads(form.get("shown", "{}"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(shown, dict):
        return {}
    given = {name: form[name].strip() for name in shown if name in form and name.partition(":")[0] in _CHANGES}
    return {name: value for name, value in given.items() if value != shown[name]}


def _rank(change: tuple[str, str]) -> int:
    return _CHANGES.index(change[0].partition(":")[0])


def _is_fine(name: str, value: str) -> bool:
    what = name.partition(":")[0]
    if what not in {"most", "new"} or not value:
        return True
    whole = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_CALLS))
    return whole and 1 <= int(value) <= MAX_CALLS


def _changed(source: str, name: str, value: str, form: Mapping[str, str]) -> str:
    """Put one change into the text. Raises NotJson, WrongShape, or InvalidPolicy where an earlier one has broken it."""
    what, _, rest = name.partition(":")
    if what == "mode" and value in set(Mode):
        return with_mode(source, Mode(value))
    if what == "default" and value in {Stance.ALLOW.value, Stance.DENY.value}:
        return with_default(source, Stance(value))
    if what == "stance" and rest in facts() and value == HIDE:
        return with_hidden(source, rest)
    if what == "stance" and rest in facts() and value in set(Stance):
        return with_stance(source, rest, Stance(value), tools=tuple(facts()))
    if what == "most":
        key = _key(rest)
        return source if key is None else with_most(source, key, int(value) if value else None)
    if what == "new" and value and (rest in facts() or rest == ALL_TOOLS):
        return _with_new(source, rest, int(value), WINDOWS_MS.get(form.get(f"per:{rest}", ""), WINDOWS_MS["minute"]))
    return source


def _with_new(source: str, where: str, most: int, window_ms: int) -> str:
    stance = read_policy(source, tools=facts()).rules_of(where).stance
    return with_limit(source, where, window_ms=window_ms, most=most, stance=stance)


def _key(rest: str) -> LimitKey | None:
    """Read a limit's name."""
    where, window, scope, counter = (*rest.split(":", 3), "", "", "", "")[:4]
    if scope not in set(LimitScope) or not (window.isascii() and window.isdigit()):
        return None
    return key_of(where, Limit(counter=counter, window_ms=int(window[:12]), most=1, scope=LimitScope(scope)))


_NO_NUMBER = text("policy_page.no_number", most=MAX_CALLS)
_NOT_THERE = text("policy_page.not_there")
