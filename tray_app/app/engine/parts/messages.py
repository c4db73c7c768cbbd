"""The one door to a group, and the line to the owner, wired."""

from collections.abc import Callable
from pathlib import Path

from tray_app.app.engine.parts.sending import SendingParts
from tray_app.app.engine.parts.shared import Shared
from tray_app.core.sessions.session import Session
from tray_app.services.submit.enqueue import Enqueuer
from tray_app.services.submit.owner_line import OwnerLine
from tray_app.services.submit.parts import Parts
from tray_app.services.submit.redaction import Redaction
from tray_app.services.submit.routing import Routing
from tray_app.services.submit.submit import Submitter


class MessageParts:
    """`submitter` and `owner_line`, and what these make messages with: `routing`, `parts`, `redaction`."""

    def __init__(
        self, shared: Shared, sending: SendingParts, enqueuer: Enqueuer, session: Callable[[str], Session | None]
    ) -> None:
        """Wire; `session` gives the one with an id."""
        self.routing = Routing(settings=shared.settings, home=str(Path.home()), session=session)
        self.parts = Parts(robots=sending.robots, settings=shared.settings, catalog=shared.catalog)
        self.redaction = Redaction(settings=shared.settings, catalog=shared.catalog)
        self.submitter = Submitter(
            enqueuer=enqueuer,
            robots=sending.robots,
            vault=sending.vault,
            deliver=sending.deliver,
            pause=sending.pause,
            clock=shared.clock,
            settings=shared.settings,
            redaction=self.redaction,
            parts=self.parts,
            route=self.routing.robot,
        )
        self.owner_line = OwnerLine(
            robot=sending.owner_robot,
            submitter=self.submitter,
            recall=sending.recaller.recall,
            parts=sending.store.group,
        )
