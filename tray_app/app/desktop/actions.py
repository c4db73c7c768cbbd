"""What a click in the tray does: services on the loop, desktop programs on a thread, the answer as a notification."""

import asyncio
import json
import logging
import platform
import sys
from collections.abc import Callable
from typing import assert_never

from tray_app import __version__
from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.tray.tray import Tray
from tray_app.adapters.web.responses import plain
from tray_app.app.desktop.policy_actions import PolicyActions
from tray_app.app.engine.engine import Engine
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.menu.actions import (
    Action,
    AnswerQuestion,
    CheckConnection,
    CopyDiagnostics,
    CopyUrl,
    Explain,
    MuteNotices,
    OpenLogs,
    OpenPage,
    OpenSettings,
    Page,
    PauseSends,
    Quit,
    Restart,
    ResumeSends,
    RetryEndpoint,
    RetryKeyring,
    SendTest,
    ShowDelivery,
    SwitchLogin,
    UnmuteNotices,
)
from tray_app.core.questions.answers import DENY
from tray_app.core.state.snapshot import EndpointState

log = logging.getLogger(__name__)
DIAGNOSTICS = "diagnostics.json"


class ActionHandler:
    """`perform` is called on the engine's loop and returns at once."""

    def __init__(
        self, engine: Engine, desktop: Desktop, tray: Tray, paths: Paths, words: Catalog, stop_app: Callable[[], None]
    ) -> None:
        """Wire what clicks reach."""
        self._engine = engine
        self._desktop = desktop
        self._tray = tray
        self._paths = paths
        self._words = words
        self._stop_app = stop_app
        self._policy = PolicyActions(
            admin=engine.parts.policy_admin,
            desktop=desktop,
            tray=tray,
            paths=paths,
            words=words,
            tell=self._tell,
            show_page=self._in_browser,
        )
        self._tasks: set[asyncio.Task[None]] = set()

    def perform(self, action: Action) -> None:
        """Begin to do it; what a person can mend is shown as a notification, everything else is logged."""
        task = asyncio.get_running_loop().create_task(self._guarded(action))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, action: Action) -> None:
        try:
            await self._do(action)
        except TrayAppError as trouble:
            self._tray.notify(trouble.reason, trouble.hint)
        except Exception:
            log.exception("a click failed")
            self._tray.notify(text("clicks.failed"), text("clicks.failed_hint"))

    async def _do(self, action: Action) -> None:
        engine = self._engine
        match action:
            case PauseSends() | ResumeSends() | MuteNotices() | UnmuteNotices():
                await self._be_quiet(action)
            case SendTest(robot=robot):
                self._tell(await engine.control.send_test(robot, source=Source.TRAY))
            case OpenPage(page=page, item=item):
                await self._open_page(engine.faces.pages.link(page, item))
            case RetryEndpoint(next_free_port=next_free):
                await engine.retry_endpoint(next_free=next_free)
            case RetryKeyring():
                await engine.parts.robots.retry_keyring()
            case Explain(reason=reason, hint=hint):
                self._tray.notify(reason, hint)
            case ShowDelivery(delivery_id=delivery_id):
                await self._show(delivery_id)
            case SwitchLogin(on=on):
                await engine.parts.login.switch(on=on)
            case CheckConnection(agent=agent):
                await self._check_connection(agent)
            case AnswerQuestion(question_id=question_id, word=word):
                await self._answer(question_id, word)
            case Restart():
                engine.faces.restart()
            case Quit():
                self._stop_app()
            case OpenSettings() | OpenLogs() | CopyUrl() | CopyDiagnostics():
                await self._at_desktop(action)
            case _:
                await self._policy.do(action)

    async def _be_quiet(self, action: PauseSends | ResumeSends | MuteNotices | UnmuteNotices) -> None:
        """Say nothing at all, or nothing of something; or speak again."""
        mutes = self._engine.parts.sessions.mutes
        match action:
            case PauseSends(length=length):
                await self._engine.control.pause(length)
            case ResumeSends():
                self._engine.control.resume()
            case MuteNotices(length=length, session=session, project=project, name=name):
                mutes.mute(length, session=session, project=project, name=name)
            case UnmuteNotices(mute_id=mute_id):
                mutes.end(mute_id)
            case _:
                assert_never(action)

    async def _answer(self, question_id: str, word: str) -> None:
        question = await self._engine.parts.questions.say(question_id, word, by=Source.TRAY)
        over = "denied" if word == DENY else "allowed"
        self._tray.notify(text(f"questions.answered_{over}", title=question.project or "-"), question.prompt.said)

    async def _at_desktop(self, action: OpenSettings | OpenLogs | CopyUrl | CopyDiagnostics) -> None:
        match action:
            case OpenSettings():
                await self._open_settings()
            case OpenLogs():
                if not await asyncio.to_thread(self._desktop.open_folder, self._paths.logs):
                    self._tray.notify(text("clicks.no_viewer"), str(self._paths.logs))
            case CopyUrl():
                await self._copy_url(self._engine.hub.snapshot.url)
            case CopyDiagnostics():
                await self._copy_diagnostics()
            case _:
                assert_never(action)

    def _tell(self, receipt: Receipt) -> None:
        title = text(f"cli.receipt_{receipt.status.value}", robot=receipt.robot or "-")
        words = [self._words(part) for part in (receipt.reason, receipt.hint) if part is not None]
        about = OpenPage(Page.HISTORY, receipt.delivery_id or "")
        self._tray.notify(title, "\n".join(words), about=about)

    async def _show(self, delivery_id: str) -> None:
        """On its page; as a notification where nothing is served or no browser opens: the outcome is what is wanted."""
        if await self._in_browser(Page.HISTORY, delivery_id):
            return
        words = self._engine.faces.commands.history.report(delivery_id).words
        said: tuple[Text, ...] = words if isinstance(words, tuple) else (words,)
        about = OpenPage(Page.HISTORY, delivery_id)
        self._tray.notify(said[0], "\n".join(self._words(part) for part in said[1:]), about=about)

    async def _in_browser(self, page: Page, item: str) -> bool:
        """Open it; False where nothing is served or no browser opens."""
        if self._engine.hub.snapshot.endpoint is not EndpointState.RUNNING:
            return False
        return await asyncio.to_thread(self._desktop.open_page, self._engine.faces.pages.link(page, item))

    async def _open_page(self, url: str) -> None:
        if not await asyncio.to_thread(self._desktop.open_page, url):
            copied = await asyncio.to_thread(self._desktop.copy, url)
            self._tray.notify(text("clicks.link_copied" if copied else "clicks.link_shown"), url)

    async def _open_settings(self) -> None:
        path = self._paths.settings
        if not path.exists():
            path.touch(mode=0o600)
        if not await asyncio.to_thread(self._desktop.open_folder, path.parent):
            self._tray.notify(text("clicks.no_viewer"), str(path))

    async def _check_connection(self, agent: str) -> None:
        checked = await self._engine.faces.pages.services.connectors[agent].check()
        words = [self._words(part) for part in checked.said]
        if not checked.well:
            titles = {one.name: one.title for one in self._engine.hub.look().agents}
            words.append(self._words("clicks.check_hint", agent=titles.get(agent, agent)))
        self._tray.notify(checked.title, "\n".join(words), about=OpenPage(Page.CONNECT))

    async def _copy_url(self, url: str) -> None:
        copied = await asyncio.to_thread(self._desktop.copy, url)
        self._tray.notify(text("clicks.url_copied" if copied else "clicks.url_shown"), url)

    async def _copy_diagnostics(self) -> None:
        report = json.dumps(self._diagnostics(), ensure_ascii=False, indent=2)
        if await asyncio.to_thread(self._desktop.copy, report):
            self._tray.notify(text("clicks.diagnostics_copied"), text("clicks.diagnostics_hint"))
            return
        path = self._paths.logs / DIAGNOSTICS
        await asyncio.to_thread(path.write_text, report, "utf-8")
        self._tray.notify(text("clicks.diagnostics_saved"), str(path))

    def _diagnostics(self) -> object:
        """The state as the command line shows it (it holds no secret), without what was said in messages."""
        state = plain(self._engine.hub.refresh(), self._words)
        if isinstance(state, dict):
            for entry in (*state["recent"], *state["waiting"], *state["sessions"]):
                entry.update({name: "…" for name in ("title", "asks") if entry.get(name)})
        return {"version": __version__, "python": sys.version, "system": platform.platform(), "state": state}
