"""The endpoint and all that answers there, wired."""

import secrets
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from starlette.routing import Route

from tray_app.adapters.files.endpoint import EndpointFile, TokenFile
from tray_app.adapters.files.not_serving import NotServingFile
from tray_app.adapters.web.control_api import ControlServices, control_routes
from tray_app.adapters.web.follow_up_routes import follow_up_routes
from tray_app.adapters.web.hook_routes import hook_routes
from tray_app.adapters.web.pages.ports import PageServices
from tray_app.adapters.web.question_routes import question_routes
from tray_app.app.agents import OTHERS
from tray_app.app.agents.agent import Connectable, DetachedConnector, for_programs
from tray_app.app.engine.faces.pages import PageParts
from tray_app.app.engine.faces.serving import Admission, Serving
from tray_app.app.engine.parts.parts import EngineParts
from tray_app.core.kernel.secret import Secret
from tray_app.services.calls.compose import Composer
from tray_app.services.calls.dispatch import ToolCallDispatcher


class Faces:
    """`serving` is the endpoint; `pages` makes links, `commands` is for commands, `restart` begins the app anew."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        stop_app: Callable[[], None],
        restart_app: Callable[[], None],
        keep: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """Wire; nothing is bound yet. `keep` runs a task until the program ends."""
        self._parts, self.restart = parts, restart_app
        self.pages = PageParts(parts, self._page_services(), keep)
        self.commands = ControlServices(
            hub=parts.hub,
            control=parts.control,
            submitter=parts.messages.submitter,
            history=parts.kept,
            history_queries=parts.history.queries,
            tracker=parts.sessions.track,
            usage=parts.sessions.usage,
            policy=parts.policy_admin,
            questions=parts.questions,
            clients=parts.clients,
            pairing=parts.phone.pairing,
            endpoint=parts.endpoint,
            reload=self._reload,
            link=self.pages.link,
            stop=stop_app,
            restart=restart_app,
        )
        given = parts.shared.given
        self.serving = Serving(
            dispatcher=self._dispatcher(),
            routes=self._routes,
            admission=self._admission(),
            endpoint=parts.endpoint,
            file=EndpointFile(given.paths.endpoint),
            not_serving=NotServingFile(given.paths.endpoint),
            catalog=given.catalogs[given.language],
            clients=parts.clients,
            agents=parts.agents,
            changed=parts.shared.changed,
        )

    def _dispatcher(self) -> ToolCallDispatcher:
        parts, shared = self._parts, self._parts.shared
        return ToolCallDispatcher(
            composer=Composer(
                sessions=parts.sessions.attribution,
                operator=shared.operator,
                clock=shared.clock,
                settings=shared.settings,
                catalog=shared.catalog,
                agents={**{one.name: one.title for one in OTHERS.values()}, **parts.sessions.track.titles},
            ),
            guarded=parts.policy.guarded,
            notify=parts.messages.submitter,
            history=parts.kept,
            robots=parts.setup,
            snapshot=parts.hub.refresh,
            called=parts.clients.called,
        )

    def _page_services(self) -> PageServices:
        parts, given = self._parts, self._parts.shared.given
        asked = for_programs(given.environ)
        connectable: tuple[Connectable, ...] = (*parts.agents, *OTHERS.values())
        return PageServices(
            hub=parts.hub,
            control=parts.control,
            robots=parts.robots,
            connectors={one.name: DetachedConnector(one.connector(given.paths, asked)) for one in connectable},
            language=given.language,
            clients={one.name: one.title for one in OTHERS.values()},
        )

    def _admission(self) -> Admission:
        shared = self._parts.shared
        admission = Admission(
            control=Secret(secrets.token_urlsafe(32)),
            hook=Secret(secrets.token_urlsafe(32)),
            questions=TokenFile(shared.given.paths.question_token),
            extra_hosts=lambda: shared.settings().endpoint.extra_hosts,
        )
        shared.given.hide(admission.control, admission.hook)
        return admission

    def _routes(self) -> Sequence[Route]:
        parts, catalogs = self._parts, self._parts.shared.given.catalogs
        words = {language: catalog.for_owner() for language, catalog in catalogs.items()}
        readers = {agent.name: agent.read_hook for agent in parts.agents}
        return [
            *control_routes(self.commands, words),
            *hook_routes(parts.sessions, readers),
            *follow_up_routes(parts.follow_ups, readers),
            *question_routes(
                parts.questions, {one.name: one.read_question for one in parts.agents if one.read_question}
            ),
            *self.pages.routes(words),
        ]

    async def _reload(self) -> None:
        """Another program has changed settings, keyring, or the start at login."""
        parts = self._parts
        parts.settings.reread()
        await parts.robots.retry_keyring()
        await parts.login.look()
        await parts.newer.look()
