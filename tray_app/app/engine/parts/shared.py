"""What nearly every part of the engine is wired with."""

from collections.abc import Callable
from dataclasses import dataclass

from tray_app.app.engine.context import AppContext
from tray_app.core.kernel.texts import Catalog
from tray_app.core.settings.settings import Settings
from tray_app.services.ports import Clock, Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What nearly every part asks: the time, who works here, the settings and the messages' language as they are now.

    `changed` hears that whoever shows something should look again.
    """

    given: AppContext
    clock: Clock
    operator: Operator
    settings: Callable[[], Settings]
    catalog: Callable[[], Catalog]
    new_id: Callable[[], str]
    changed: Callable[[], None]
