"""What a person can mend: every such error says what happened (`reason`) and what to do (`hint`).

Each face maps a `TrayAppError` once: MCP to an `isError` result, the pages to a message beside the field, the tray to
its Fix menu, the command line to standard error and an exit code. Every other exception is a bug.
"""

from tray_app.core.kernel.texts import Text


class TrayAppError(Exception):
    """Something went wrong that the reader can mend. Carries texts, never secrets."""

    def __init__(self, reason: Text, hint: Text) -> None:
        """Keep both texts; `str()` shows their keys only, so that a log line never carries an argument's value."""
        super().__init__(f"{reason.key} / {hint.key}")
        self.reason = reason
        self.hint = hint


class InvalidMessage(TrayAppError):
    """A message breaks the chat service's rules or ours; `field` names the argument, as the tool's schema spells it."""

    def __init__(self, field: str, reason: Text, hint: Text) -> None:
        """Name the field beside the texts."""
        super().__init__(reason, hint)
        self.field = field


class UnknownRobot(TrayAppError):
    """The named robot does not exist, or none is set up."""


class InvalidCredentials(TrayAppError):
    """A webhook or signing key that cannot be right; `field` is `webhook`, `secret`, `keywords`, `name` or a limit."""

    def __init__(self, field: str, reason: Text, hint: Text) -> None:
        """Name the field beside the texts."""
        super().__init__(reason, hint)
        self.field = field


class VaultUnavailable(TrayAppError):
    """The OS keyring cannot be used now; reason and hint say why and what to do on this system."""


class StoreUnavailable(TrayAppError):
    """The history database cannot be written now (disk full, read-only, locked, corrupt)."""


class InvalidSettings(TrayAppError):
    """`settings.toml` holds something the app cannot use; the reason names the line or the key.

    `faults` are its parts, each with the key it is about as its argument `key`, where the text could be read at all.
    """

    def __init__(self, reason: Text, hint: Text, faults: tuple[Text, ...] = ()) -> None:
        """Keep the parts beside the texts."""
        super().__init__(reason, hint)
        self.faults = faults


class SettingsChanged(TrayAppError):
    """`settings.toml` is no longer what somebody read before they changed it; nothing was written."""


class InvalidArguments(TrayAppError):
    """A tool was called with arguments its schema does not allow; nothing was done."""
