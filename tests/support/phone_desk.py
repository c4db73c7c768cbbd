"""The phone's service on the real services; only the chat service and the keyring's entry are the test's own."""

import asyncio
import itertools
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.support.catalogs import catalogs
from tests.support.office import Office
from tests.support.phone_scenes import COMMAND
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import InvalidMessage, TrayAppError
from tray_app.core.kernel.texts import Language, Text, text
from tray_app.core.messages.heard import HeardMessage
from tray_app.core.messages.message import MarkdownMessage, Message, TextMessage
from tray_app.core.questions.question import AgentPrompt, Reply
from tray_app.core.redaction.kinds import Masked
from tray_app.core.robots.app_robot import Recipient
from tray_app.core.sessions.session import Session
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.follow_ups.memory import FollowUpMemory
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

ZH = catalogs()[Language.ZH].for_owner()
OWNER = Recipient(staff_id="manager1", corp_id="ding1")


class Killed(BaseException):
    """The app ends at this instant."""


@dataclass
class ChatLine:
    """The chat with the paired person; says no where it is told to."""

    person: "KeptPerson"
    asked: list[Message] = field(default_factory=list)
    replies: list[Message] = field(default_factory=list)
    recalled: list[str] = field(default_factory=list)
    masked: list[Masked] = field(default_factory=list)  # in each of these, in their order
    recalls: bool = True
    answers: Status = Status.QUEUED
    paired: bool = True
    lost: set[str] = field(default_factory=set)
    unfit: bool = False  # every message is
    killed: bool = False  # the app is, while it replies
    refuses: int = 0  # so many more messages

    def paired_with(self) -> str:
        return str(self.person.kept or "") if self.paired else ""

    def is_lost(self, delivery_id: str) -> bool:
        return delivery_id in self.lost

    async def ask(self, message: Message, *, project: str = "", masked: Masked = ()) -> Receipt:  # noqa: ARG002 - the port's form
        if self.unfit:
            raise InvalidMessage("text", text("message.empty", field="text"), text("message.empty_hint", field="text"))
        self.asked.append(message)
        self.masked.append(masked)
        self.refuses -= 1
        status = Status.REFUSED if self.refuses >= 0 else self.answers
        return Receipt(status=status, delivery_id=f"d{len(self.asked)}")

    async def reply(self, message: Message, *, masked: Masked = ()) -> Receipt:
        if self.killed:
            raise Killed
        self.replies.append(message)
        self.masked.append(masked)
        return Receipt(status=Status.QUEUED)

    async def recall(self, delivery_id: str) -> bool:
        self.recalled.append(delivery_id)
        return self.recalls


@dataclass
class KeptPerson:
    """The keyring's entry."""

    kept: Recipient | None = OWNER
    robot: bool = True

    async def person(self) -> Recipient | None:
        if not self.robot:
            raise TrayAppError(text("app_robot.none"), text("app_robot.none_hint"))
        return self.kept

    async def pair(self, person: Recipient | None) -> None:
        self.kept = person


class PhoneDesk:
    """The owner's phone, and agents that ask."""

    def __init__(self, office: Office) -> None:
        """Nothing is told yet; `start()`."""
        self.office = office
        self.person = KeptPerson()
        self.line = ChatLine(person=self.person)
        self.quiet: set[str] = set()  # questions of muted sessions, and such sessions
        self.sessions: dict[str, Session] = {}
        self.woken: dict[str, asyncio.Task[str | None]] = {}
        self.notes: list[str] = []
        self._numbers = itertools.count(1)
        self._pick = random.Random(7).randrange
        self._wire()

    def _wire(self) -> None:
        office = self.office
        self.questions = Questions(
            records=office.store.audit,
            lasting=office.store.lasting,
            clock=office.clock,
            settings=lambda: office.settings,
            project=lambda prompt: prompt.cwd.rpartition("/")[2],
            asked=lambda _agent, _prompt: None,
            new_id=lambda: f"q{next(self._numbers)}",
            changed=self._changed,
        )
        self.waits = WaitList(
            self.questions, office.approvals, lambda: office.settings.questions.phone, office.redaction
        )
        self.memory = PhoneMemory(office.store, office.clock, self._pick, office.store.lasting)
        self.others = OtherComputers(office.store, office.clock)
        self.teller = PhoneTeller(
            line=self.line,
            waits=self.waits,
            memory=self.memory,
            paused=lambda: office.pause.current() is not None,
            settings=lambda: office.settings.questions.phone,
            words=lambda: ZH,
            clock=office.clock,
            quiet=lambda: frozenset(self.quiet),
        )
        self.follow_ups = FollowUps(
            records=office.store.audit,
            memory=FollowUpMemory(office.store),
            lasting=office.store.lasting,
            clock=office.clock,
            settings=lambda: office.settings,
            session=self.sessions.get,
            words=lambda: ZH,
            masked=lambda said: office.redaction.masked(said).text,
            new_id=lambda: f"f{next(self._numbers)}",
            changed=self._changed,
        )
        self.done = DoneSessions(
            line=self.line,
            follow_ups=self.follow_ups,
            session=self.sessions.get,
            memory=self.memory,
            rules=PhoneRules(
                settings=lambda: office.settings.questions.phone,
                paused=lambda: office.pause.current() is not None,
                quiet=lambda session, _project: session in self.quiet,
                masked=office.redaction.masked,
                words=lambda: ZH,
            ),
            clock=office.clock,
        )
        self.follow_ups.lost = self.done.lost
        self.pairing = Pairing(
            paired=self.person,
            records=office.store.audit,
            lasting=office.store.lasting,
            notify=self._note,
            clock=office.clock,
            pick=self._pick,
            new_id=lambda: f"p{next(self._numbers)}",
            changed=self._changed,
        )
        self.listener = PhoneListener(
            line=self.line,
            paired=self.person,
            pairing=self.pairing,
            teller=self.teller,
            waits=self.waits,
            commands=PhoneCommands(
                office.control,
                office.snapshot,
                lambda: ZH,
                lambda ms: datetime.fromtimestamp(ms / 1000, UTC),
                self.done,
            ),
            memory=self.memory,
            others=self.others,
            notify=self._note,
            words=lambda: ZH,
        )

    def _changed(self) -> None:
        if hasattr(self, "teller"):
            self.teller.look()
        if hasattr(self, "done"):
            self.follow_ups.look()
            self.done.look()

    def _note(self, title: Text, body: Text) -> None:
        self.notes.append(title.key)
        assert not ZH(body).startswith("⟨")

    def start(self) -> None:
        runs = (self.teller.run(), self.follow_ups.run(), self.done.run())
        self._tasks = [asyncio.create_task(each) for each in runs]

    def stop(self) -> None:
        for task in (*self._tasks, *self.woken.values()):
            task.cancel()

    def restart(self) -> None:
        """Forget everything that is in memory only."""
        self.stop()
        self._wire()
        self.start()

    def tune(self, **phone: Any) -> None:
        """Change `[questions.phone]`."""
        questions = self.office.settings.questions
        changed = replace(questions, phone=replace(questions.phone, **phone))
        self.office.settings = replace(self.office.settings, questions=changed)

    async def ask(self, prompt: AgentPrompt = COMMAND) -> "asyncio.Task[Reply | None]":
        """Have an agent ask, as long as its task lives."""
        task = asyncio.create_task(self.questions.ask("claude-code", prompt))
        await self.office.settle()
        return task

    async def is_done(self, session_id: str = "s1", project: str = "shop", said: str = "Done.") -> None:
        """Have a session end its turn; its hook waits."""
        self.sessions[session_id] = Session(session_id=session_id, project=project, last_text=said)
        self.woken[session_id] = asyncio.create_task(self.follow_ups.wait("claude-code", session_id))
        await self.office.settle()

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        await self.office.pass_time(int(seconds * 1000))

    async def writes(self, written: str, *, msg_id: str = "", **who: Any) -> str:
        """Have somebody write, the owner where nobody else is named; gives the newest reply."""
        before = len(self.line.replies)
        heard = HeardMessage(
            msg_id=msg_id or f"m{next(self._numbers)}",
            text=written,
            staff_id=OWNER.staff_id,
            corp_id=OWNER.corp_id,
            nick="Li",
            single=True,
            at_ms=self.office.clock.now_ms(),
        )
        await self.office.within(self.listener.hear(replace(heard, **who)))
        await self.office.settle()
        return shown(self.line.replies[-1]) if len(self.line.replies) > before else ""

    @property
    def codes(self) -> list[str]:
        """Of what the phone shows and still waits."""
        return [one.code for one in self.teller.told]


def shown(message: Message) -> str:
    """The words of a message to the phone."""
    match message:
        case TextMessage(content=content):
            return content
        case MarkdownMessage(text=words):
            return words
        case _:
            raise AssertionError(message)


async def paired(phone: PhoneDesk, written: str, **who: Any) -> str:
    """Have somebody write who is not the owner, and may become it."""
    return await phone.writes(written, staff_id="li", corp_id="dingx", **who)
