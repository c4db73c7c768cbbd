"""What the person at this computer can ask, whoever carries the wish: a page, the command line, the tray."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from tray_app.adapters.web.pages.framework.login import PageAccess
from tray_app.adapters.web.pages.history.rows import midnight_ms
from tray_app.adapters.web.pages.ports import RobotHint
from tray_app.app.agents.agent import Connector
from tray_app.app.detached import run_detached
from tray_app.app.policy_pages import PolicyPages
from tray_app.app.settings_admin import SettingsAdmin
from tray_app.core.approvals.approval import Answer
from tray_app.core.approvals.approval import to_data as approval_data
from tray_app.core.clients.client import CLAUDE_CODE, to_data
from tray_app.core.connect.view import ConnectionCheck, ConnectionView
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.menu.actions import Page
from tray_app.core.messages.message import Message
from tray_app.core.policy.words import to_data as trial_data
from tray_app.core.state.snapshot import Snapshot, VaultState
from tray_app.services.clients import Clients
from tray_app.services.delivery.sender import Sender
from tray_app.services.history.history import History
from tray_app.services.history.queries import HistoryQueries
from tray_app.services.owner.control import Control
from tray_app.services.owner.policy_admin import PolicyAdmin
from tray_app.services.ports import Robots, Vault
from tray_app.services.robots.setup import RobotLimits, RobotSetup
from tray_app.services.sessions.queries import SessionQueries
from tray_app.services.sessions.tracker import SessionTracker
from tray_app.services.state.hub import Hub
from tray_app.services.state.snapshot_builder import EndpointStatus
from tray_app.services.submit.submit import Submitter
from tray_app.tools.trial import call_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerApi:
    """Implements `control_api.Owner` and the pages' `Desk`. Runs on the engine's loop."""

    notify: Submitter
    control: Control
    deliver: Sender
    history: History
    history_queries: HistoryQueries
    configure: RobotSetup
    robots: Robots
    vault: Vault
    hub: Hub
    endpoint: EndpointStatus
    page_access: PageAccess
    owner_language: Language
    reread: Callable[[], None]
    learn_robots: Callable[[], Awaitable[None]]
    stop: Callable[[], None]
    track: SessionTracker
    clients: Clients
    policy: PolicyAdmin
    policy_pages: PolicyPages
    connector: Connector
    settings: SettingsAdmin
    sessions: SessionQueries

    def snapshot(self) -> Snapshot:
        """Build the state as of now."""
        return self.hub.look()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the loop whenever something has changed; the returned function ends that."""
        return self.hub.listen(listener)

    def language(self) -> Language:
        """The owner's language."""
        return self.owner_language

    def history_listing(self, asked: Mapping[str, str], *, limit: int, catalog: Catalog) -> dict[str, object]:
        """Messages of the history that were asked for, newest first."""
        return self.history_queries.listing(asked, limit=limit, day_ms=midnight_ms, catalog=catalog)

    def session_listing(self, *, everything: bool, limit: int) -> list[dict[str, object]]:
        """Sessions of coding agents: live ones, or past ones too."""
        return self.track.listing(everything=everything, limit=limit)

    def approval_listing(self) -> list[dict[str, object]]:
        """What waits for the owner, oldest first, each with all it would do."""
        return [approval_data(approval) for approval in self.policy.approvals.waiting()]

    async def settle(self, approval_id: str, answer: Answer) -> dict[str, object]:
        """Say what the owner decided, by a command; `receipt` says what came of it (None: nothing to tell)."""
        settled = await self.policy.settle(approval_id, answer, by=Source.CLI)
        if settled.fingerprint:  # a message; another action was done before this
            receipt: Receipt | None = await self.history.became(settled.id)
        else:
            receipt = self.policy.approvals.report(settled.id)
        return {**approval_data(settled), "receipt": receipt}

    def try_call(self, tool: str, args: str | None, *, client: str, session: str) -> dict[str, object]:
        """Say what the policy would do with a call now, by the file as it is now."""
        call = call_of(tool, args, client=client, session=session)
        return trial_data(call, self.policy.would_by_file(call), live=True)

    def client_listing(self) -> list[dict[str, object]]:
        """Clients that may call, the built-in one first; never a token or its hash."""
        decisions = self.policy.decisions()
        return [to_data(client, decisions.get(client.name, {})) for client in self.clients.listing()]

    def add_client(self, name: str) -> dict[str, object]:
        """Let a client in; the answer is the one place where its token is shown."""
        return {"name": name, "token": self.clients.add(name).reveal(), "url": self.endpoint.url}

    def revoke_client(self, name: str) -> dict[str, object]:
        """Let a client in no more; `rotated`: it is the built-in one, which has another token now."""
        return {"name": name, "rotated": not self.clients.revoke(name)}

    def rotate_client(self, name: str) -> dict[str, object]:
        """Give a client another token. The built-in one's is not shown: `mcp-headers` prints it."""
        token = self.clients.rotate(name)
        shown = None if name == CLAUDE_CODE else token.reveal()
        return {"name": name, "token": shown, "url": self.endpoint.url}

    async def send(self, message: Message, *, robot: str, client: str) -> Receipt:
        """Send a message from the command line."""
        origin = Origin(source=Source.CLI, tool="send", client=client)
        return await self.notify.send(message, robot=robot, origin=origin)

    async def send_test(self, robot: str) -> Receipt:
        """Send the test message, asked for by a command."""
        return await self.control.send_test(robot, source=Source.CLI)

    async def test(self, robot: str) -> Receipt:
        """Send the test message, asked for by a page."""
        return await self.control.send_test(robot, source=Source.PAGE)

    async def resend(self, delivery_id: str) -> Receipt:
        """Send a message of the history again."""
        return await self.history.resend(delivery_id, source=Source.CLI)

    async def pause(self, length: PauseFor) -> None:
        """Pause; returns when nothing is on the wire."""
        await self.control.pause(length)

    def resume(self) -> None:
        """Resume."""
        self.control.resume()

    async def reload(self) -> None:
        """Read settings and keyring anew: another program has changed them."""
        self.reread()
        await self.retry_keyring()

    async def retry_keyring(self) -> VaultState:
        """Look for the keyring anew, and let waiting messages go."""
        state = await self.vault.retry()
        await self.learn_robots()
        return state

    async def robot_hint(self, name: str) -> RobotHint:
        """The last four characters of a robot's secrets; nothing while the keyring does not answer."""
        try:
            credentials = await self.robots.credentials(name)
        except TrayAppError:
            return RobotHint()
        return RobotHint(webhook=credentials.webhook.last4(), secret=credentials.secret.last4())

    async def save_robot(
        self,
        *,
        name: str,
        webhook: Secret,
        secret: Secret,
        keywords: Sequence[str],
        default: bool,
        per_minute: int | None = None,
        monthly_cap: int | None = None,
    ) -> None:
        """Check and store a robot. An empty webhook keeps the stored one, and with an empty key the stored key."""
        if not webhook and (kept := await self.vault.read(name)) is not None:
            webhook, secret = kept.webhook, secret or kept.secret
        await self.configure.save(
            name=name,
            webhook=webhook,
            secret=secret,
            keywords=tuple(keywords),
            default=default,
            limits=RobotLimits(per_minute=per_minute, monthly_cap=monthly_cap),
        )
        await self.learn_robots()

    async def make_default(self, name: str) -> None:
        """Use this robot where none is named."""
        await self.configure.set_default(name)
        self.hub.changed()

    async def remove_robot(self, name: str) -> None:
        """Forget a robot."""
        await self.configure.remove(name)
        self.hub.changed()

    async def connection(self) -> ConnectionView:
        """How the agent's settings stand, and what would change."""
        return await run_detached(self.connector.view)

    async def connect(self, plan: str) -> tuple[str, ...]:
        """Change them as shown."""
        return await run_detached(lambda: self.connector.connect(plan))

    async def disconnect(self, plan: str) -> tuple[str, ...]:
        """Take that back as shown."""
        return await run_detached(lambda: self.connector.disconnect(plan))

    async def check_connection(self) -> ConnectionCheck:
        """Have the agent's client connect."""
        return await run_detached(self.connector.check)

    def link(self, page: Page, item: str = "") -> str:
        """Make a one-time link to a page, or to one of what it shows."""
        return f"{self.endpoint.url.removesuffix('/mcp')}{self.page_access.link(page, item)}"

    def quit(self) -> None:
        """Stop the app soon: the answer to whoever asked goes out first."""
        self.stop()
