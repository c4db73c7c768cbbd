"""Clients that were disconnected while no app ran: their tokens open nothing once it runs again."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from tray_app.app.agents import OTHERS
from tray_app.config_changes.journal import Journal
from tray_app.core.clients.client import UnknownClient
from tray_app.core.kernel.errors import TrayAppError
from tray_app.services.clients import Clients

log = logging.getLogger(__name__)


async def revoke_left(data: Path, clients: Clients) -> None:
    """Revoke each, and forget it; what cannot be is tried at the next start."""
    for journal, name in await asyncio.to_thread(_left, data):
        try:
            clients.revoke(name)
        except UnknownClient:
            log.info("the client %s was gone already", name)
        except TrayAppError as error:
            log.warning("the client %s was disconnected, and its token is still known: %s", name, error)
            continue
        await asyncio.to_thread(_forget, journal)


def _left(data: Path) -> Sequence[tuple[Journal, str]]:
    journals = (Journal(data, name) for name in OTHERS)
    try:
        return [(each, name) for each in journals if each.has_left() and (name := each.drawn()) is not None]
    except TrayAppError as error:  # a file that cannot be read
        log.warning("whether a client was disconnected is not known: %s", error)
        return []


def _forget(journal: Journal) -> None:
    try:
        journal.keep_drawn(None)
    except TrayAppError as error:
        log.warning("a client that is gone is not forgotten: %s", error)
