"""Changes of clients' files as they are shown, and carried out only as they were shown."""

from collections.abc import Sequence

from tray_app.config_changes.change import Change
from tray_app.core.connect.view import ChangePlan, ConnectionState, FileChange, diff_lines
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text


class PlanChanged(TrayAppError):
    """What would change is no longer what was shown."""

    def __init__(self) -> None:
        super().__init__(text("connect_page.changed"), text("connect_page.changed_hint"))


def agreed(changes: Sequence[Change], shown: str) -> bool:
    """Whether to go on: not where nothing is left to do (a second click). Raises PlanChanged."""
    if not changes:
        return False
    if shown_of(changes).id != shown:
        raise PlanChanged
    return True


def shown_of(changes: Sequence[Change]) -> ChangePlan:
    """The changes as people see them."""
    files = tuple(
        FileChange(
            path=str(change.path),
            exists=change.before is not None,
            stays=change.after is not None,
            lines=diff_lines(change.lines()),
        )
        for change in changes
    )
    return ChangePlan(files=files)


def state_of(there: ChangePlan, back: ChangePlan) -> ConnectionState:
    """How it stands: by what connecting, and what disconnecting would change."""
    if not there.files:
        return ConnectionState.CONNECTED
    return ConnectionState.PARTLY if back.files else ConnectionState.NOT_CONNECTED
