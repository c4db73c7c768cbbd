"""The page of what waits for the owner: each call in full, as it will go out, and the four answers there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.words import short_name
from tray_app.core.menu.actions import Page
from tray_app.core.questions.answers import DENY, is_lasting, offered
from tray_app.core.questions.question import Chosen
from tray_app.core.questions.words import title_of
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.questions.questions import Questions

CHOSEN = "chosen"
_PATH = f"/ui/{Page.APPROVALS}"
_BACK = frozenset({_PATH, f"/ui/{Page.OVERVIEW}"})


@dataclass(frozen=True, slots=True)
class ApprovalPages:
    """Shows the page and does what its forms ask; the overview's forms lead here too."""

    site: Site
    approvals: Approvals
    questions: Questions

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers; with an id it says so when that call waits no more."""
        return (PageRoute(_PATH, self.show, self.change), PageRoute(f"{_PATH}/{{id}}", self.show, self.change))

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET."""
        wanted = visit.request.path_params.get("id", "")
        note, visit.session.note = visit.session.note, None
        trouble = None
        try:
            waiting = self.approvals.waiting()
        except StoreUnavailable as error:
            waiting, trouble = (), flash_of_error(error)
        questions = self.questions.waiting()
        gone = (
            bool(wanted)
            and wanted not in {*(one.id for one in waiting), *(one.id for one in questions)}
            and trouble is None
            and note is None
        )
        return self.site.page(
            "approvals.html",
            visit.session,
            page=Page.APPROVALS,
            snapshot=self.site.services.hub.look(),
            approvals=_first(waiting, wanted),
            questions=sorted(questions, key=lambda one: one.id != wanted),
            offered=offered,
            is_lasting=is_lasting,
            question_title=title_of,
            always=always_words,
            short_name=short_name,
            gone=wanted if gone else "",
            wanted=wanted,
            trouble=trouble,
            note=note,
        )

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` is the owner's answer. Ends in a redirect, so that reloading repeats nothing."""
        if visit.form.get("do") == "question":
            return await self._answer(visit)
        answer, approval_id = visit.form.get("do", ""), visit.form.get("id", "")
        if answer not in set(Answer):
            return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        try:
            settled = await self.approvals.settle(approval_id, Answer(answer), by=Source.PAGE)
        except TrayAppError as trouble:
            visit.session.note = flash_of_error(trouble)
        else:
            said = text(f"approval_page.settled_{answer}", tool=short_name(settled.tool))
            visit.session.note = Flash(tone="good", said=said)
        back = visit.form.get("back", "")
        return go_to(back if back in _BACK else _PATH)

    async def _answer(self, visit: PageRequest) -> Response:
        question_id, word, own = (visit.form.get(name, "") for name in ("id", "word", "own"))
        try:
            if word == CHOSEN:
                question = await self.questions.answer(question_id, _chosen(visit.form), by=Source.PAGE)
            else:
                question = await self.questions.say(question_id, word, own=own, by=Source.PAGE)
        except TrayAppError as trouble:
            visit.session.note = flash_of_error(trouble)
        else:
            over = "denied" if word == DENY else "allowed"
            said = text(f"questions.answered_{over}", title=question.project or "-")
            visit.session.note = Flash(tone="good", said=said)
        back = visit.form.get("back", "")
        return go_to(back if back in _BACK else _PATH)


def _chosen(form: Mapping[str, str]) -> Chosen:
    """The fields of a form with several choices: `choice-0` for one option, `choice-0-label` for each of several."""
    found: dict[int, list[str]] = {}
    for name, value in form.items():
        number, _, rest = name.removeprefix("choice-").partition("-")
        if name.startswith("choice-") and number.isdecimal() and value.strip():
            found.setdefault(int(number), []).append(value if rest in {"", "own"} else rest)
    return Chosen(tuple(tuple(found[number]) for number in sorted(found)))


def always_words(approval: Approval) -> Text:
    """Say what `always` writes to the policy file: the rule that asked goes away, or the tool is allowed."""
    if approval.rule.startswith(f"tools.{approval.tool}.require_approval_if["):
        return text("approval_page.always_condition", rule=approval.rule, why=approval.reason)
    return text("approval_page.always_tool", rule=f"tools.{approval.tool}.action")


def _first(waiting: Sequence[Approval], wanted: str) -> Sequence[Approval]:
    """Put the one that was asked for before the others."""
    return sorted(waiting, key=lambda one: one.id != wanted)
