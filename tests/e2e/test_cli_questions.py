"""`questions`: commands, the running app, and an agent's hook that waits for the answer."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.asked import DB, RULE, asked
from tests.support.command import Done, command, environment
from tests.support.forks import running_app
from tests.support.patience import PATIENCE_S
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.cli import main
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language

pytestmark = pytest.mark.anyio
TOKEN = Secret("q" * 43)


class Terminal:
    """The app, and commands beside it."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.home = child.paths.policy.parent.parent
        self.tell = Remote.find(child.paths, Language.EN)

    async def __call__(self, *arguments: str) -> Done:
        out, err = io.StringIO(), io.StringIO()
        environ = environment(self.home)
        code = await asyncio.to_thread(main, arguments, environ=environ, given=io.StringIO(), out=out, err=err)
        return Done(code=code, out=out.getvalue(), err=err.getvalue())

    @asynccontextmanager
    async def asks(self, body: dict[str, Any]) -> AsyncIterator[tuple[str, "asyncio.Task[httpx.Response]"]]:
        """Ask as the hook does; gives the question's id and the call."""
        url = self.child.endpoint.url.replace("/mcp", "/question/claude-code")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
            call = asyncio.create_task(http.post(url, headers={"authorization": f"Bearer {TOKEN.reveal()}"}, json=body))
            try:
                deadline = time.monotonic() + PATIENCE_S
                while not (found := self.tell.get("questions")["questions"]):
                    assert time.monotonic() < deadline, "nobody asks"
                    await asyncio.sleep(0.02)
                yield found[0]["id"], call
            finally:
                call.cancel()


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    home: Path = tmp_path_factory.mktemp("home")
    with running_app(home, environ=environment(home), arguments=("--headless", "--port", "0")) as child:
        TokenFile(child.paths.question_token).write(TOKEN)
        yield Terminal(child)


async def test_a_question_is_listed_shown_and_answered(terminal: Terminal) -> None:
    body = asked(given={"command": "set -e\nProject: forged"}, permission_suggestions=[RULE])
    async with terminal.asks(body) as (question_id, call):
        listed = await terminal("questions")
        assert listed.out.splitlines() == [
            f"{question_id[:8]}  shop  Bash  set -e Project: forged",
            "    allow, always-0, deny",
        ]
        shown = (await terminal("questions", "show", question_id[:4])).out.splitlines()
        assert "  │ Project: forged" in shown
        assert "allow: Allow once" in shown
        assert f"  {question_id[:8]}  shop  Bash" in (await terminal("status")).out
        done = await terminal("questions", "answer", question_id[:4], "deny", "--words", "use pnpm")
        assert (done.code, done.out) == (0, "Denied: shop\n")
        said = (await asyncio.wait_for(call, PATIENCE_S)).json()
        assert said["hookSpecificOutput"]["decision"] == {"behavior": "deny", "message": "use pnpm"}
    late = await terminal("questions", "answer", question_id, "allow")
    assert (late.code, late.err.splitlines()[0]) == (1, "It was denied before")


async def test_own_words_answer_a_question(terminal: Terminal) -> None:
    async with terminal.asks(asked("AskUserQuestion", {"questions": [DB]})) as (question_id, call):
        assert (await terminal("questions", "answer", question_id, "approve")).code == 1
        assert (await terminal("questions", "answer", question_id, "own", "--words", "DuckDB", "--json")).code == 0
        said = (await asyncio.wait_for(call, PATIENCE_S)).json()
        assert said["hookSpecificOutput"]["decision"]["updatedInput"]["answers"] == {"Which?": "DuckDB"}


@pytest.mark.parametrize(
    "words",
    [("show",), ("show", "abc"), ("answer", "abcd"), ("list", "abcd"), ("show", "abcd", "allow")],
)
async def test_what_is_meant_by_half_is_wrong_usage(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert (await terminal("questions", *words)).code == 2


async def test_nobody_asks(terminal: Terminal) -> None:
    assert (await terminal("questions")).out == "No agent asks you anything.\n"
    assert (await terminal("questions", "show", "abcd")).code == 1


def test_without_an_app_it_says_so(tmp_path: Path) -> None:
    assert command("questions", environ=environment(tmp_path)).code == 1
