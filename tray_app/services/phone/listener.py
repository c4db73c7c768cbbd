"""Hears what is written to the app robot: the paired person answers and commands, in a chat of the two alone.

Everybody else is nobody: strangers, groups, forwarded words, what was heard before. They get no answer, the log has
them, and the owner is told once at the computer.
"""

import logging
from collections.abc import Callable, Sequence
from typing import assert_never

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.heard import HeardMessage
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.core.phone.message import list_of, next_of, plainly
from tray_app.core.phone.pairing import is_code
from tray_app.core.phone.resolve import Meant, Partly, Told, Unclear, resolve
from tray_app.core.phone.typed import Answered, Asked, Command, Continued, Nothing, read
from tray_app.core.redaction.kinds import together
from tray_app.services.phone.commands import PhoneCommands
from tray_app.services.phone.memory import PhoneMemory
from tray_app.services.phone.others import OtherComputers
from tray_app.services.phone.pairing import Pairing
from tray_app.services.phone.ports import Notify, PairedPerson, PhoneLine
from tray_app.services.phone.teller import PhoneTeller
from tray_app.services.phone.wait_list import WaitList

log = logging.getLogger(__name__)
_WRITTEN = frozenset({"text", "richText"})


class PhoneListener:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        line: PhoneLine,
        paired: PairedPerson,
        pairing: Pairing,
        teller: PhoneTeller,
        waits: WaitList,
        commands: PhoneCommands,
        memory: PhoneMemory,
        others: OtherComputers,
        notify: Notify,
        words: Callable[[], Catalog],
    ) -> None:
        """`words` is the owner's language."""
        self._line = line
        self._paired = paired
        self._pairing = pairing
        self._teller = teller
        self._waits = waits
        self._commands = commands
        self._memory = memory
        self._others = others
        self._notify = notify
        self._words = words
        self._told: set[str] = set()  # about whom the owner was told

    async def hear(self, heard: HeardMessage) -> None:
        """Take one message after the other, to its end. Raises TrayAppError where nobody can say who may answer."""
        if not heard.msg_id or heard.sender is None or not heard.single or heard.forwarded:
            self._nobody(heard)
            return
        if await self._pairing.hear(heard):
            self._teller.look()
            await self._say(text("phone.paired"))
            await self._memory.keep(heard.msg_id)  # where it comes again, the code is no answer to anything
            return
        person = await self._paired.person()
        if person is None or heard.sender != (person.corp_id, person.staff_id):
            self._nobody(heard)
            return
        if self._memory.knows(heard.msg_id):
            log.info("a message came again")
            return
        try:
            await self._answer(heard)
        except TrayAppError as trouble:
            log.warning("a message could not be answered: %s", trouble)
        except Exception:
            log.exception("a message could not be answered")
        # only now: killed before, it comes again and is acted on; a second time does no harm, for codes are used up
        await self._memory.keep(heard.msg_id)

    def _nobody(self, heard: HeardMessage) -> None:
        """No answer; the owner hears once of each kind."""
        kind = "group" if not heard.single else "forwarded" if heard.forwarded else "stranger"
        if kind == "stranger" and is_code(heard.text) and self._pairing.offer is None:
            kind = "pairing"
        log.warning("ignored what was written to the app robot: %s", kind)
        if kind not in self._told:
            self._told.add(kind)
            why = text("phone.shared_hint" if kind == "pairing" else "phone.note_ignored")
            self._notify(text(f"phone.note_{kind}"), why)

    async def _answer(self, heard: HeardMessage) -> None:
        if not heard.text and heard.kind not in _WRITTEN:  # a picture, a file, what was spoken
            await self._say(text("phone.only_text"))
            return
        said = read(heard.text)
        match said:
            case Nothing():
                await self._say(await self._commands.do(Asked(command=Command.HELP)))
            case Asked():
                await self._say(await self._commands.do(said))
            case Answered() if is_code(heard.text):
                await self._say(text("phone.unclear_pairing"))
            case Continued():
                if said.code and not self._is_of_here(said.code):
                    self._foreign(said.code)
                await self._say(await self._commands.go_on(said))
            case Answered():
                await self._settle(said, at_ms=heard.at_ms)
            case _:
                assert_never(said)

    async def _settle(self, said: Answered, *, at_ms: int) -> None:
        told = self._teller.told
        waits = len(self._waits.waiting())
        found = resolve(said, told, waits=waits, at_ms=at_ms, alone=not self._others.possible)
        if isinstance(found, Meant):
            try:
                done = await self._waits.settle(found)
            except TrayAppError as trouble:
                done = trouble.reason
            else:
                self._teller.answered(found.told)
            await self._say(done)
            return
        if isinstance(found, Partly):
            await self._go_on(self._teller.turned(found))
            return
        past = self._teller.past(said.code) if found is Unclear.UNKNOWN else None
        fate = None if past is None else self._waits.fate(past.waiting)
        again = [one for one in told if past is not None and one.waiting.id == past.waiting.id]
        if fate is not None:
            await self._say(fate)
        elif again:
            await self._offer("phone.old_code", again)
        elif found is Unclear.UNKNOWN and self._commands.is_of_session(said.code):
            await self._say(text("phone.continue_how", code=said.code))
        elif found is Unclear.UNKNOWN and not self._memory.gave(said.code):
            self._foreign(said.code)
            await self._say(text("phone.unclear_foreign"))
        elif found is Unclear.WHICH and told:
            await self._offer("phone.which", told)
        else:
            await self._say(text(f"phone.unclear_{found}"))

    def _is_of_here(self, code: str) -> bool:
        return self._commands.is_of_session(code) or self._memory.gave(code)

    def _foreign(self, code: str) -> None:
        """It was never given out here: perhaps by another computer, of which the owner should know."""
        if self._others.saw(code):
            self._notify(text("phone.shared"), text("phone.shared_hint"))

    async def _go_on(self, now: Told | None) -> None:
        """Ask the next of several questions."""
        if now is None:
            await self._say(text("phone.unclear_here"))
            return
        hidden, at = now.waiting.hidden, len(now.given)
        masked = together((hidden.title, *hidden.details[at : at + 1]))
        await self._line.reply(next_of(now, self._words()), masked=masked)

    async def _offer(self, why: str, told: Sequence[Told]) -> None:
        """Give these, with the answers to tap."""
        words = self._words()
        message = MarkdownMessage(title=words(why), text=f"{words(why)}\n\n{list_of(told, words)}")
        hidden = [one.waiting.hidden for one in told]
        masked = together((*(one.title for one in hidden), *(one.answers for one in hidden)))
        await self._line.reply(message, masked=masked)

    async def _say(self, what: Text | str) -> None:
        """Titles of sessions and the like are an agent's words: no address in them can be tapped."""
        said = what if isinstance(what, str) else self._words()(what)
        await self._line.reply(TextMessage(content=plainly(said)))
