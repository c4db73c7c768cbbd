"""Rows of deliveries, of the robots' sending times, and of small states."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.remembered import Part
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.kernel.texts import Text
from tray_app.core.messages import message as messages

COLUMNS = (
    "id, group_id, part, parts, stage, robot, source, tool, client, grant_name, session, project, call_id, "
    "title, message, masked, decision, rule, attempts, errcode, reason, hint, digest_id, created_ms, updated_ms, "
    "due_ms, said, lost, lost_ms, sent_as, waits_ms, taken_as"
)

_STAGES = {stage.value: stage for stage in Stage}
_SOURCES = {source.value: source for source in Source}


def to_row(delivery: Delivery) -> tuple[Any, ...]:
    """Values in the order of `COLUMNS`."""
    origin = delivery.origin
    return (
        delivery.id,
        delivery.group_id,
        delivery.part,
        delivery.parts,
        delivery.stage.value,
        delivery.robot,
        origin.source.value,
        origin.tool,
        origin.client,
        origin.grant,
        origin.session,
        origin.project,
        origin.call_id,
        delivery.title,
        None if delivery.message is None else json.dumps(messages.to_json(delivery.message), ensure_ascii=False),
        json.dumps(delivery.masked) if delivery.masked else "",
        delivery.decision,
        delivery.rule,
        delivery.attempts,
        delivery.errcode,
        text_to_column(delivery.reason),
        text_to_column(delivery.hint),
        delivery.digest_id,
        delivery.created_ms,
        delivery.updated_ms,
        delivery.due_ms,
        delivery.said,
        delivery.lost,
        delivery.lost_ms,
        delivery.sent_as,
        delivery.waits_ms,
        delivery.taken_as,
    )


def from_row(row: sqlite3.Row) -> Delivery:
    """Read a row selected as `COLUMNS`. A message of a form this version does not know reads as None.

    One damaged row must not hide the others: a stage that is none reads as failed.
    """
    return Delivery(
        id=row["id"],
        group_id=row["group_id"],
        part=row["part"],
        parts=row["parts"],
        stage=_STAGES.get(row["stage"], Stage.FAILED),
        robot=row["robot"],
        origin=Origin(
            source=_SOURCES.get(row["source"], Source.MCP),
            tool=row["tool"],
            client=row["client"],
            grant=row["grant_name"],
            session=row["session"],
            project=row["project"],
            call_id=row["call_id"],
        ),
        title=row["title"],
        message=_message(row["message"]),
        masked=_masked(row["masked"]),
        decision=row["decision"],
        rule=row["rule"],
        attempts=row["attempts"],
        errcode=row["errcode"],
        reason=text_from_column(row["reason"]),
        hint=text_from_column(row["hint"]),
        digest_id=row["digest_id"],
        created_ms=row["created_ms"],
        updated_ms=row["updated_ms"],
        due_ms=row["due_ms"],
        said=row["said"],
        lost=row["lost"],
        lost_ms=row["lost_ms"],
        sent_as=row["sent_as"],
        waits_ms=row["waits_ms"],
        taken_as=row["taken_as"],
    )


def text_to_column(said: Text | None) -> str | None:
    """A text as JSON, so that the history reads in whatever language the owner reads it in."""
    return None if said is None else json.dumps(said.to_json(), ensure_ascii=False)


def text_from_column(value: str | None) -> Text | None:
    """Read `text_to_column`'s form; damaged data reads as None."""
    if value is None:
        return None
    try:
        return Text.from_json(json.loads(value))
    except ValueError:
        return None


def _message(value: str | None) -> messages.Message | None:
    if value is None:
        return None
    try:
        return messages.from_json(json.loads(value))
    except (ValueError, KeyError, TypeError):
        return None


def _masked(value: str) -> tuple[tuple[str, int], ...]:
    """Read `[["github", 2], …]`; damaged data reads as nothing masked."""
    try:
        return tuple((str(kind), int(count)) for kind, count in json.loads(value or "[]"))
    except (ValueError, TypeError):
        return ()


class ThrottleRows:
    """Implements `services.delivery.throttle.ThrottleStore`. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def attempts_since(self, robot: str, since_ms: int) -> Sequence[int]:
        """Wall-clock times of the robot's attempts since then."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT at_ms FROM attempts WHERE robot = ? AND at_ms > ? ORDER BY at_ms", (robot, since_ms)
            )
            return [row["at_ms"] for row in found.fetchall()]

    def month_sent(self, robot: str, month: str) -> int:
        """How many sends of a month count against the robot's quota."""

        def read(connection: sqlite3.Connection) -> int:
            found = connection.execute("SELECT sent FROM months WHERE robot = ? AND month = ?", (robot, month))
            row = found.fetchone()
            return int(row["sent"]) if row else 0

        return self._database.remembered(Part.MONTHS, (robot, month), read)

    def limit(self, robot: str) -> tuple[int, Text] | None:
        """Until when, and why, DingTalk limits a robot; None where it does not."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT until_ms, reason FROM limits WHERE robot = ?", (robot,)).fetchone()
        reason = None if found is None else text_from_column(found["reason"])
        return None if found is None or reason is None else (int(found["until_ms"]), reason)

    def set_limit(self, robot: str, *, until_ms: int, reason: Text) -> None:
        """Remember that DingTalk limits a robot; it lasts with what is settled next."""
        with self._database.transaction(Part.OTHER, waits=False) as connection:
            connection.execute("REPLACE INTO limits VALUES (?, ?, ?)", (robot, until_ms, text_to_column(reason)))


class StateRows:
    """Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def read_state(self, key: str) -> object:
        """Read a small value that must survive a restart (the pause); None where it was never kept."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if found is None else json.loads(found["value"])

    def write_state(self, key: str, value: object) -> None:
        """Keep a small value."""
        with self._database.transaction(Part.OTHER) as connection:
            connection.execute("REPLACE INTO state VALUES (?, ?)", (key, json.dumps(value)))
