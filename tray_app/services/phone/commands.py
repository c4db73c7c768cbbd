"""What the owner may ask of the app from the phone: how it stands, quiet or not, and that a session goes on."""

from collections.abc import Callable, Iterator

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import LocalTime
from tray_app.core.menu import sessions as session_words
from tray_app.core.menu.lines import Speaker
from tray_app.core.phone.typed import Asked, Command, Continued
from tray_app.core.state.snapshot import Snapshot
from tray_app.services.owner.control import Control
from tray_app.services.phone.done import DoneSessions

_MOST_SESSIONS = 10


class PhoneCommands:
    """Lives on the engine's loop."""

    def __init__(
        self,
        control: Control,
        snapshot: Callable[[], Snapshot],
        words: Callable[[], Catalog],
        local: LocalTime,
        done: DoneSessions,
    ) -> None:
        """`snapshot` reads how everything stands; `words` is the owner's language."""
        self._control = control
        self._snapshot = snapshot
        self._words = words
        self._local = local
        self._done = done

    def is_of_session(self, code: str) -> bool:
        """Whether this is the code of a session that is done: it takes words, and a verb before it."""
        return self._done.knows(code)

    async def go_on(self, said: Continued) -> Text | str:
        """Give words to a session that is done, and say what came of it."""
        return await self._done.give(said)

    async def do(self, asked: Asked) -> str:
        """Do it, and say what came of it."""
        words = self._words()
        if asked.command is Command.HELP:
            return words("phone.help")
        try:
            if asked.command is Command.PAUSE:
                await self._control.pause(asked.length)
            elif asked.command is Command.RESUME:
                self._control.resume()
        except TrayAppError as trouble:
            return words(trouble.reason)
        snapshot = self._snapshot()
        return "\n".join(self._lines(asked.command, snapshot, words))

    def _lines(self, command: Command, snapshot: Snapshot, words: Catalog) -> Iterator[str]:
        speaker = Speaker(catalog=words, local=self._local, now_ms=snapshot.now_ms)
        match command:
            case Command.SESSIONS:
                yield words(session_words.heading(snapshot))
                for view in snapshot.sessions[:_MOST_SESSIONS]:
                    yield session_words.line(view, words, now_ms=snapshot.now_ms)
            case Command.TODAY:
                yield words(session_words.today(snapshot))
            case Command.STATUS:
                yield speaker.status(snapshot)
                yield words(session_words.heading(snapshot))
                yield words(session_words.today(snapshot))
            case Command.RESUME:
                yield words(text("phone.resumed"))
            case Command.PAUSE | Command.HELP:
                yield speaker.status(snapshot)
