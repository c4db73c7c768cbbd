"""The menu's parts that come and go: what to mend, and what waits for the owner."""

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from tray_app.core.approvals.answer import Answer
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import LABEL_CHARS, fit, short_name
from tray_app.core.menu.actions import (
    Action,
    AnswerQuestion,
    Explain,
    OpenLogs,
    OpenPage,
    OpenPolicy,
    OpenSettings,
    Page,
    Restart,
    RetryEndpoint,
    RetryKeyring,
    SendTest,
    SettleApproval,
    ShowApproval,
)
from tray_app.core.menu.item import Item, line, note, rule
from tray_app.core.menu.lines import Speaker
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import QuestionView, Snapshot, WaitingView


def fixes(snapshot: Snapshot, catalog: Catalog) -> Iterator[Item]:
    """Give the list, where anything is wrong."""
    if not snapshot.problems:
        return
    children: list[Item] = []
    seen: Counter[ProblemKind] = Counter()
    for problem in snapshot.problems:
        stem = f"fix.{problem.kind}.{seen[problem.kind]}"  # numbered within its kind: others come and go above it
        seen[problem.kind] += 1
        if children:
            children.append(rule(f"{stem}.rule"))
        children.append(line(f"{stem}.why", catalog(problem.reason), Explain(problem.reason, problem.hint)))
        children += [
            line(f"{stem}.{index}", catalog(label), action)
            for index, (label, action) in enumerate(ways_out(problem, snapshot))
        ]
    yield Item(id="fix", label=fit(catalog("menu.fix")), children=tuple(children))


def ways_out(problem: Problem, snapshot: Snapshot) -> tuple[tuple[Text, Action], ...]:
    """What the owner can click against a problem, the likeliest first; empty where only words help."""
    match problem.kind:
        case ProblemKind.NOT_SET_UP:
            # without any robot the guide leads on to the rest; one whose webhook is missing needs only that
            return ((text("menu.fix_set_up"), OpenPage(Page.ROBOTS if snapshot.robots else Page.START)),)
        case ProblemKind.PORT:
            again = text("menu.fix_port", port=snapshot.port)
            return (again, RetryEndpoint()), (text("menu.fix_next_port"), RetryEndpoint(next_free_port=True))
        case ProblemKind.ENDPOINT:
            return ((text("menu.fix_endpoint"), RetryEndpoint()),)
        case ProblemKind.KEYRING:
            return (text("menu.fix_keyring"), RetryKeyring()), (text("menu.fix_check"), OpenPage(Page.ROBOTS))
        case ProblemKind.STORE | ProblemKind.PAUSE:
            return ((text("menu.logs"), OpenLogs()),)
        case ProblemKind.SETTINGS | ProblemKind.OLD_SETTINGS:
            return (text("menu.fix_settings"), OpenSettings()), (text("menu.settings"), OpenPage(Page.SETTINGS))
        case ProblemKind.LAST_SEND:
            return (text("menu.fix_check"), OpenPage(Page.ROBOTS)), (text("menu.test"), SendTest())
        case ProblemKind.CLOCK:
            return ((text("menu.test"), SendTest()),)
        case ProblemKind.POLICY:
            return ((text("menu.fix_policy"), OpenPolicy()),)
        case (
            ProblemKind.NETWORK
            | ProblemKind.SERVICE
            | ProblemKind.QUOTA
            | ProblemKind.UPDATE
            | ProblemKind.LOG
            | ProblemKind.TRAY
        ):
            return ()
        case ProblemKind.PHONE:
            return ((text("menu.fix_check"), OpenPage(Page.ROBOTS)),)
        case ProblemKind.RESTART:
            return ((text("restart.now"), Restart()),)
        case _:
            assert_never(problem.kind)


MOST = 12  # lines; the command line lists all
_TITLE_CHARS = 40
_PART_CHARS = 14


def waiting(snapshot: Snapshot, say: Speaker) -> Iterator[Item]:
    """Give the list, newest first, where anything waits."""
    if not snapshot.waits:
        return
    questions = tuple(_question(view, say) for view in reversed(snapshot.questions[-MOST:]))
    calls = tuple(_call(view, say) for view in reversed(snapshot.waiting[-MOST:]))
    more = len(snapshot.waiting) + len(snapshot.questions) - len(calls) - len(questions)
    if more > 0:
        calls = (*calls, note("waiting.more", say.catalog(text("waiting.more", count=more))))
    heading = say.catalog(text("waiting.heading", count=snapshot.waits))
    yield Item(id="waiting", label=fit(heading), children=(*questions, *calls))


def _question(view: QuestionView, say: Speaker) -> Item:
    """The id holds the question's, as a call's does."""
    stem, words = f"question.{view.id}", say.catalog
    asked = text("questions.until", agent=view.agent, time=say.time(view.asked_ms))
    answers = tuple(line(f"{stem}.{word}", words(label), AnswerQuestion(view.id, word)) for word, label in view.answers)
    children = (
        note(f"{stem}.asked", words(asked)),
        note(f"{stem}.said", f"{view.tool}: {view.said}"),
        rule(f"{stem}.rule.1"),
        *answers,
        rule(f"{stem}.rule.2"),
        line(f"{stem}.show", words("waiting.show"), OpenPage(Page.APPROVALS, view.id)),
    )
    project = fit(view.project, _TITLE_CHARS) or words("menu.untitled")
    return Item(id=stem, label=fit(f"{project} · {fit(view.said, LABEL_CHARS - len(project) - 3)}"), children=children)


def _call(view: WaitingView, say: Speaker) -> Item:
    """The id holds the approval's: a click on a line that changed under the hand never answers another call."""
    stem, words = f"waiting.{view.id}", say.catalog
    tool = fit(short_name(view.tool), _TITLE_CHARS)
    title = fit(view.title, min(_TITLE_CHARS, LABEL_CHARS - len(tool) - 3)) or words("menu.untitled")
    answers = tuple(
        line(f"{stem}.{answer}", words(f"waiting.{answer}"), SettleApproval(view.id, answer))
        for answer in Answer
        if view.session or answer is not Answer.SESSION
    )
    children = (
        note(f"{stem}.until", _until(view, say)),
        note(f"{stem}.why", words(view.reason)),
        rule(f"{stem}.rule.1"),
        *answers,
        rule(f"{stem}.rule.2"),
        line(f"{stem}.show", words("waiting.show"), ShowApproval(view.id)),
    )
    return Item(id=stem, label=fit(f"{tool} · {title}"), children=children)


def _until(view: WaitingView, say: Speaker) -> str:
    until = say.catalog(text("waiting.until", time=say.time(view.expires_ms)))
    return " · ".join((until, *(fit(part, _PART_CHARS) for part in (view.project, view.client) if fit(part))))
