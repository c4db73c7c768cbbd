"""What the owner says to a call that waits, and how it is named to people."""

from enum import StrEnum


class Answer(StrEnum):
    """What the owner says: this call, this tool for the rest of the session, this tool from now on, or no."""

    ONCE = "once"
    SESSION = "session"
    ALWAYS = "always"
    DENY = "deny"


ID_CHARS = 8  # of an id, where people read it
LEAST_CHARS = 4  # of an id, where it is asked for: fewer could name another one by mistake
