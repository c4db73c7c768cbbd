"""The owner's phone, wired: the app robot that speaks to it, the connection by which it is heard."""

import logging
import random
import secrets
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from tray_app.app.engine.parts.messages import MessageParts
from tray_app.app.engine.parts.sending import SendingParts
from tray_app.app.engine.parts.shared import Shared
from tray_app.channels.dingtalk.stream import DingTalkStream
from tray_app.core.follow_ups.follow_up import FollowUp
from tray_app.core.hearing.stream import StreamKey
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.robots.app_robot import AppRobot
from tray_app.core.sessions.session import Session
from tray_app.core.state.snapshot import PhoneView, Snapshot
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.hearing.listener import StreamListener
from tray_app.services.owner.control import Control
from tray_app.services.phone.commands import PhoneCommands
from tray_app.services.phone.done import DoneSessions
from tray_app.services.phone.listener import PhoneListener
from tray_app.services.phone.memory import PhoneMemory
from tray_app.services.phone.others import OtherComputers
from tray_app.services.phone.pairing import Pairing
from tray_app.services.phone.rules import PhoneRules
from tray_app.services.phone.teller import PhoneTeller
from tray_app.services.phone.wait_list import WaitList
from tray_app.services.questions.questions import Questions

log = logging.getLogger(__name__)


class PhoneParts:
    """`pairing` and `view` are for the faces; nothing is connected before `start`."""

    def __init__(
        self,
        shared: Shared,
        sending: SendingParts,
        messages: MessageParts,
        *,
        questions: Questions,
        approvals: Approvals,
        control: Control,
        follow_ups: FollowUps,
        session: Callable[[str], Session | None],
        snapshot: Callable[[], Snapshot],
    ) -> None:
        """Wire."""
        line, redaction = messages.owner_line, messages.redaction
        self._robot, self._robots = sending.owner_robot, sending.robots
        self._given = shared.given
        self.notify: Callable[[Text, Text], object] = lambda title, _body: log.warning("%s", title.key)
        clock = shared.clock
        memory = PhoneMemory(sending.store, clock, secrets.randbelow, sending.store.lasting)
        self._others = OtherComputers(sending.store, clock)
        waits = WaitList(questions, approvals, lambda: shared.settings().questions.phone, redaction)
        self._teller = PhoneTeller(
            line=line,
            waits=waits,
            memory=memory,
            paused=lambda: sending.pause.current() is not None,
            settings=lambda: shared.settings().questions.phone,
            words=self._words,
            clock=clock,
            quiet=lambda: snapshot().muted_questions,
        )
        self.pairing = Pairing(
            paired=sending.owner_robot,
            records=sending.store.audit,
            lasting=sending.store.lasting,
            notify=self._notify,
            clock=clock,
            pick=secrets.randbelow,
            new_id=shared.new_id,
            changed=shared.changed,
        )
        self._done = DoneSessions(
            line=line,
            follow_ups=follow_ups,
            session=session,
            memory=memory,
            rules=PhoneRules(
                settings=lambda: shared.settings().questions.phone,
                paused=lambda: sending.pause.current() is not None,
                quiet=lambda session_id, project: snapshot().is_muted(session=session_id, project=project),
                masked=redaction.masked,
                words=self._words,
            ),
            clock=clock,
        )
        follow_ups.lost = self._tell_lost
        listener = PhoneListener(
            line=line,
            paired=sending.owner_robot,
            pairing=self.pairing,
            teller=self._teller,
            waits=waits,
            commands=PhoneCommands(control, snapshot, self._words, _local, self._done),
            memory=memory,
            others=self._others,
            notify=self._notify,
            words=self._words,
        )
        self._stream = StreamListener(
            service=DingTalkStream(),
            poster=sending.poster,
            sockets=sending.poster,
            clock=clock,
            chance=random.random,
            key=self._key,
            heard=listener.hear,
            changed=shared.changed,
        )

    def start(self, keep: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Connect, where there is an app robot, and begin to tell; `keep` runs a task until the app stops."""
        self._stream.start()
        keep(self._teller.run())
        keep(self._done.run())

    async def stop(self) -> None:
        """Hang up."""
        await self._stream.stop()

    def look(self) -> None:
        """Something waits, or waits no more, or a pause has ended."""
        self._teller.look()
        self._done.look()

    def wake(self) -> None:
        """Settings, keyring or network may have changed: connect with what holds now."""
        self._stream.wake()
        self.look()

    def view(self) -> PhoneView | None:
        """How it stands, for the snapshot."""
        robot, status = self._robot.name, self._stream.status
        if not robot:
            return None
        reason, hint = (status.reason, status.hint) if status.lasting else (None, None)  # else it mends itself
        if reason is None and self._others.likely:
            reason, hint = text("phone.shared"), text("phone.shared_hint")
        return PhoneView(robot=robot, paired=self._robot.is_paired, hears=status.phase, reason=reason, hint=hint)

    async def _key(self) -> StreamKey | None:
        name = self._robot.name
        if not any(facts.name == name and facts.ready for facts in self._robots.facts()):
            return None  # a locked keyring is not asked again and again: each time it would open its window
        credentials = await self._robot.credentials()
        robot = AppRobot.of(credentials)
        return StreamKey(base=robot.base, client_id=robot.client_id, client_secret=credentials.secret)

    def _tell_lost(self, follow_up: FollowUp) -> None:
        """Words for a session perhaps did not arrive."""
        self._notify(text("follow_ups.note_lost", project=follow_up.project or "-"), follow_up.said)
        self._done.lost(follow_up)

    def _notify(self, title: Text, body: Text) -> None:
        self.notify(title, body)

    def _words(self) -> Catalog:
        return self._given.catalogs[self._given.language].for_owner()


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()
