"""Things that wait, as the phone is told of them."""

from dataclasses import replace

from tests.support.asked import DB, EXTRAS, RULE, asked
from tray_app.core.claude_code.questions import read_question
from tray_app.core.phone.resolve import Told
from tray_app.core.phone.waiting import Waiting, from_question
from tray_app.core.questions.question import AgentPrompt, AgentQuestion

COMMAND = read_question(asked(permission_suggestions=[RULE]))
CHOICE = read_question(asked("AskUserQuestion", {"questions": [DB]}))
CHOICES = read_question(asked("AskUserQuestion", {"questions": [DB, EXTRAS]}))
PLAN = read_question(asked("ExitPlanMode", {"plan": "# Move it\n\n1. Write tests"}))


def running(command: str) -> AgentPrompt:
    """What is asked before this command runs."""
    return read_question(asked(given={"command": command}))


def question(prompt: AgentPrompt = COMMAND, *, name: str = "q1", project: str = "shop") -> AgentQuestion:
    """A question that waits since 1000 ms."""
    return AgentQuestion(
        id=name, agent="claude-code", project=project, prompt=prompt, asked_ms=1_000, expires_ms=100_000
    )


def waiting(prompt: AgentPrompt = COMMAND, *, name: str = "q1", here: bool = False, lasting: bool = False) -> Waiting:
    """The same as the phone is told of it."""
    return from_question(question(prompt, name=name), here=here, lasting=lasting)


def told(prompt: AgentPrompt = COMMAND, *, code: str = "K7QP", here: bool = False, lasting: bool = False) -> Told:
    """The same, told at 5000 ms under this code, which is also its id."""
    return Told(waiting=replace(waiting(prompt, here=here, lasting=lasting), id=code), code=code, told_ms=5_000)
