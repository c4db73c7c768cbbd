"""What a person wrote to an app robot, whichever chat service carried it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardMessage:
    """One message. Anybody may have written it: nothing in it is trusted before its sender is known.

    A person is `staff_id` within `corp_id`, both as the service vouches for them; `nick` is whatever that person chose
    to be called, for people to read and never to decide by. Either id is empty where the service named none (of a
    stranger, or to a robot of an older kind): `sender` is None then, and whoever asks for a sender must say no.
    """

    msg_id: str  # the service's; the same message may come twice, with the same id
    text: str  # as written, without blanks around and without what it replies to; empty where it was no text
    staff_id: str = ""
    corp_id: str = ""
    nick: str = ""
    single: bool = False  # a chat of this person and the robot alone; whatever is not surely one is a group
    at_ms: int = 0  # when it was written, by the service's clock; 0 where it does not say
    kind: str = "text"  # as the service names it: text, richText, picture, audio, file …
    forwarded: bool = False  # another's words, handed on: they are nobody's answer

    @property
    def sender(self) -> tuple[str, str] | None:
        """Company and person, or None where the service did not name both."""
        return (self.corp_id, self.staff_id) if self.corp_id and self.staff_id else None
