"""All sessions known from transcripts: each line goes to its session, each reply's tokens to the one that owns it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from tray_app.core.claude_code import DayUsage
from tray_app.core.pricing import PICOS_PER_MICRO, micros, picos
from tray_app.core.session_fold import SessionFold
from tray_app.core.sessions import Cost, Session, Tokens
from tray_app.core.transcript_records import ClientCost, Record, Reply
from tray_app.core.usage_ledger import UNPRICED, Bucket, Entry, UsageLedger, key_of

_NO_MODEL = "unknown"


class SessionBook:
    """`day_of` turns a time in milliseconds into the local day's number (`date.toordinal`)."""

    def __init__(self, day_of: Callable[[int], int]) -> None:
        """Empty."""
        self._day_of = day_of
        self._ledger = UsageLedger()
        self._folds: dict[str, SessionFold] = {}
        self._owners: dict[str, int] = {}  # session id -> its number in the ledger, for good
        self._names: list[str] = []
        self._models: dict[str, int] = {}
        self._model_names: list[str] = []
        self._changed: set[str] = set()
        self._last: tuple[int, Reply] | None = None

    def __contains__(self, session_id: str) -> bool:
        """Whether anything of this session was read."""
        return session_id in self._folds

    def names(self) -> tuple[str, ...]:
        """Ids of all sessions."""
        return tuple(self._folds)

    @property
    def replies(self) -> int:
        """How many replies of models the ledger holds."""
        return len(self._ledger)

    def add(self, session_id: str, record: Record) -> None:
        """Take in one line of one session's transcript."""
        fold = self._folds.get(session_id)
        if fold is None:
            fold = self._folds[session_id] = SessionFold(session_id)
        self._changed.add(session_id)
        if isinstance(record, Reply):
            owner = self._owner(session_id)
            mine = not record.tokens.total or self._claim(owner, fold, record) == owner
            if not mine and not record.where.sidechain:
                fold.branched = True
            fold.add(record, mine=mine)
        elif isinstance(record, ClientCost):
            fold.add(record, totals=self._totals(session_id))
        else:
            fold.add(record)

    def add_agent(self, session_id: str, agent_id: str) -> None:
        """Note a sub-agent's transcript."""
        self._folds.setdefault(session_id, SessionFold(session_id)).agent(agent_id)
        self._changed.add(session_id)

    def session(self, session_id: str) -> Session | None:
        """The session as it stands."""
        fold = self._folds.get(session_id)
        if fold is None:
            return None
        owned = self._ledger.buckets(self._owner(session_id))
        tokens: dict[str, Tokens] = {}
        unknown: dict[str, None] = {}
        for (_, model), bucket in owned.items():
            name = self._model_names[model]
            if bucket.tokens.total:
                tokens[name] = tokens.get(name, Tokens()) + bucket.tokens
            if bucket.unpriced:
                unknown[name] = None
        return replace(fold.session(), tokens=tokens, cost=_cost(fold, owned.values(), tuple(unknown)))

    def last_ms(self, session_id: str) -> int:
        """When a session was last seen; 0 for never."""
        fold = self._folds.get(session_id)
        return fold.last_ms if fold is not None else 0

    def take_changed(self) -> frozenset[str]:
        """Ids of sessions with new facts since the last call; call `take_days` before it, which may add some."""
        changed = frozenset(name for name in self._changed if name in self._folds)
        self._changed = set()
        return changed

    def take_days(self) -> tuple[DayUsage, ...]:
        """Absolute figures of every (session, day, model) that changed since the last call."""
        found: list[DayUsage] = []
        for owner, day, model in sorted(self._ledger.take_changed()):
            bucket = self._ledger.buckets(owner).get((day, model)) or Bucket()
            self._changed.add(self._names[owner])
            found.append(
                DayUsage(
                    session_id=self._names[owner],
                    day=date.fromordinal(day).isoformat(),
                    model=self._model_names[model],
                    tokens=bucket.tokens,
                    micros=None if bucket.unpriced else micros(bucket.picos),
                )
            )
        return tuple(found)

    def rivals(self, session_id: str) -> frozenset[str]:
        """Sessions that share replies with this one, by copies."""
        return frozenset(self._names[owner] for owner in self._ledger.rivals(self._owner(session_id)))

    def forget(self, session_ids: Iterable[str]) -> None:
        """Drop sessions, to read them anew or because they are old."""
        names = frozenset(session_ids)
        for name in names:
            self._folds.pop(name, None)
        self._last = None
        self._ledger.forget(frozenset(self._owners[name] for name in names if name in self._owners))

    def _owner(self, session_id: str) -> int:
        number = self._owners.get(session_id)
        if number is None:
            number = self._owners[session_id] = len(self._names)
            self._names.append(session_id)
        return number

    def _model(self, name: str) -> int:
        number = self._models.get(name)
        if number is None:
            number = self._models[name] = min(len(self._model_names), 2**16 - 1)
            self._model_names.append(name)
        return number

    def _claim(self, owner: int, fold: SessionFold, reply: Reply) -> int:
        last = self._last
        if last is not None and last[0] == owner and last[1].key == reply.key and last[1].tokens is reply.tokens:
            return owner  # the next block of the same reply
        amount = picos(reply.model, reply.tokens, at_ms=reply.at_ms, fast=reply.fast)
        at_ms = reply.at_ms or fold.last_ms
        where = reply.where
        holder = self._ledger.claim(
            Entry(
                key_of(reply.key or f"{owner} {reply.at_ms} {reply.tokens}"),
                at_ms,
                owner,
                self._day_of(at_ms),
                self._model(reply.model or _NO_MODEL),
                2 * (not where.sidechain) + (not where.copied),
                reply.tokens,
                UNPRICED if amount is None else amount,
            )
        )
        self._last = (owner, reply) if holder == owner else None
        return holder

    def _totals(self, session_id: str) -> tuple[int, int]:
        owned = self._ledger.buckets(self._owner(session_id)).values()
        return sum(bucket.picos for bucket in owned), sum(bucket.unpriced for bucket in owned)


def _cost(fold: SessionFold, owned: Iterable[Bucket], unknown: tuple[str, ...]) -> Cost:
    """The client's own figure and what was added since, else our estimate; a branch's figure has its parent's in it."""
    buckets = list(owned)
    ours = sum(bucket.picos for bucket in buckets)
    unpriced = sum(bucket.unpriced for bucket in buckets)
    client = fold.client
    if client is None or client.micros is None or fold.branched:
        return Cost(micros=None if unpriced else micros(ours), unknown_models=unknown)
    if unpriced > client.our_unpriced:
        return Cost(micros=None, unknown_models=unknown)
    since = max(0, ours - client.our_picos)
    return Cost(micros=client.micros + micros(since), by_client=since < PICOS_PER_MICRO)
