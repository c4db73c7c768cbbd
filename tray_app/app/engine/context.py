"""What the engine is given, and what is shown until it runs. Light to import: the icon comes before the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tray_app import __version__
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.system.paths import Paths
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.messages.channel import Channel
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import EndpointState, Snapshot, StoreState, VaultState


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """Where files are, the environment, the owner's settings, the chat services, words, and problems found outside.

    `places` are files of whoever runs the engine, each with what is to be done once another lies there, or none.
    """

    paths: Paths
    environ: Mapping[str, str]
    settings: SettingsFile
    channels: Mapping[str, Channel]
    catalogs: Mapping[Language, Catalog]
    language: Language
    problems: dict[ProblemKind, Problem]
    hide: Callable[..., None]  # takes Secrets that must not show in the log
    places: Mapping[Path, Callable[[], None]] = field(default_factory=dict)


def first_snapshot(now_ms: int) -> Snapshot:
    """What is shown before the history was opened."""
    return Snapshot(
        now_ms=now_ms,
        version=__version__,
        endpoint=EndpointState.STARTING,
        url="",
        port=0,
        pause=None,
        robots=(),
        vault=VaultState.UNASKED,
        store=StoreState.OK,
        recent=(),
        queued=0,
        sending=0,
        clients=0,
        problems=(),
    )
