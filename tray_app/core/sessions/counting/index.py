"""All sessions known from transcripts: each line goes to its session, each reply's tokens to the one that owns it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from tray_app.core.sessions.counting.aggregate import SessionFold
from tray_app.core.sessions.counting.facts import AtRest, packed_facts, session_of
from tray_app.core.sessions.counting.money import PICOS_PER_MICRO, PriceOf, micros
from tray_app.core.sessions.counting.records import ClientCost, ModelReply, Record, Spent
from tray_app.core.sessions.counting.usage_ledger import LedgerState, UsageLedger
from tray_app.core.sessions.counting.usage_rows import UNPRICED, UsageEntry, key_of
from tray_app.core.sessions.counting.usage_sums import Bucket
from tray_app.core.sessions.live.scan import DayUsage
from tray_app.core.sessions.session import Cost, Estimate, Session

_NO_MODEL = "unknown"
_MOST_MODELS = 2**16 - 1


class ClientAccount(NamedTuple):
    """The client's own account, and ours at that place of the transcript: what comes later is added to it."""

    micros: int | None
    our_picos: int
    our_unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """All that an index holds, to be kept: `names` and `models` by their numbers in the ledger."""

    names: tuple[str, ...]
    models: tuple[str, ...]
    accounts: Mapping[str, ClientAccount]
    at_rest: Mapping[str, AtRest]
    ledger: LedgerState


class SessionIndex:
    """Two entries per line: `count` for tokens and cost, `add` for all else. Count a line before adding it.

    `day_of` turns a time in milliseconds into the local day's number (`date.toordinal`), `price_of` tokens into money.
    """

    def __init__(self, day_of: Callable[[int], int], price_of: PriceOf) -> None:
        """Empty."""
        self._day_of = day_of
        self._price_of = price_of
        self._ledger = UsageLedger(self._name)
        self._folds: dict[str, SessionFold] = {}
        self._unread: set[str] = set()  # sessions of which nothing but counts is known: no fold, which is kilobytes
        self._at_rest: dict[str, AtRest] = {}
        self._accounts: dict[str, ClientAccount] = {}
        self._owners: dict[str, int] = {}  # session id -> its number in the ledger, for good
        self._models: dict[str, int] = {}
        self._changed: set[str] = set()

    def __len__(self) -> int:
        """How many replies of models are counted."""
        return len(self._ledger)

    def names(self) -> tuple[str, ...]:
        """Ids of all sessions."""
        return (*self._folds, *self._at_rest, *self._unread)

    def count(self, session_id: str, said: Spent | ClientCost) -> None:
        """Count what one line says was used."""
        self._know(session_id)
        if isinstance(said, ClientCost):
            self._accounts[session_id] = ClientAccount(said.micros, *self._totals(session_id))
            return
        for one in (said, *said.asked):
            if one.tokens.total:
                self._claim(session_id, one)

    def add(self, session_id: str, record: Record) -> None:
        """Take in what else one line of one session's transcript says."""
        fold = self._fold(session_id)
        mine = True
        if isinstance(record, ModelReply) and self._ledger.has_rivals(owner := self._owner(session_id)):
            mine = self._ledger.owner(key_of(record.key)) in (None, owner)
        fold.add(record, mine=mine)

    def session(self, session_id: str) -> Session | None:
        """The session as it stands."""
        resting = self._at_rest.get(session_id)
        if resting is not None:
            found, branched = session_of(resting.facts), resting.branched
        elif session_id in self._folds or session_id in self._unread:
            fold = self._folds.get(session_id) or SessionFold(session_id)
            found, branched = fold.session(), fold.branched
        else:
            return None
        used = self._used(session_id)
        unknown = tuple(model for model, whole in used.items() if whole.unpriced)
        return replace(
            found,
            models=tuple(dict.fromkeys([*found.models, *_named(used)])),  # those that were asked for advice, too
            tokens={model: whole.tokens for model, whole in used.items()},
            cost=self._cost(session_id, unknown, branched=branched),
            estimates={model: _estimate(whole) for model, whole in used.items()},
        )

    def is_at_rest(self, session_id: str) -> bool:
        """Whether only the facts of a session are held: what else its transcripts say is to be added from the start."""
        return session_id in self._at_rest

    def wake(self, session_id: str) -> None:
        """Let go of the facts of a session at rest, to add all its lines again; what it used stays counted."""
        self._at_rest.pop(session_id, None)
        self._know(session_id)

    def rest(self, *, most: int, awake: frozenset[str]) -> frozenset[str]:
        """Hold only the facts of sessions with nothing new, seen longest ago, until `most` are awake; gives them."""
        too_many = max(0, len(self._folds) - most)
        some = [name for name in self._folds if name not in awake and name not in self._changed] if too_many else []
        resting = sorted(some, key=lambda name: self._folds[name].last_ms)[:too_many]
        for name in resting:
            self._at_rest[name] = self._resting(name)
            del self._folds[name]
        return frozenset(resting)

    def state(self) -> IndexState:
        """What it holds, to be kept; the ledger's part as it is, not a copy."""
        for name in self.names():
            self._owner(name)
        at_rest = {name: self._at_rest.get(name) or self._resting(name) for name in self.names()}
        return IndexState(
            names=tuple(self._owners),
            models=tuple(self._models),
            accounts=self._accounts,
            at_rest=at_rest,
            ledger=self._ledger.state(),
        )

    def take_back(self, state: IndexState) -> None:
        """Hold what was kept, in place of what it holds; nothing counts as changed."""
        self._owners = {name: number for number, name in enumerate(state.names)}
        self._models = {name: number for number, name in enumerate(state.models)}
        self._accounts, self._at_rest = dict(state.accounts), dict(state.at_rest)
        self._ledger.take_back(state.ledger)

    def tell_again(self, session_ids: Iterable[str]) -> None:
        """Have these sessions, of those that are known, told as changed, and their days."""
        for name in session_ids:
            if name in self._at_rest or name in self._folds or name in self._unread:
                self._changed.add(name)
                self._ledger.tell_again(self._owner(name))

    def last_ms(self, session_id: str) -> int:
        """When a session was last seen; 0 for never."""
        found = self._folds.get(session_id) or self._at_rest.get(session_id)
        return found.last_ms if found is not None else 0

    def take_changed(self, *, unready: frozenset[str] = frozenset()) -> Mapping[str, Session]:
        """Sessions with new facts since the last call; call `take_days` before it, which may add some.

        `unready` ones are kept for a later call: half of their lines is still to come.
        """
        changed, self._changed = self._changed - unready, self._changed & unready
        found = {name: self.session(name) for name in changed}
        return {name: session for name, session in found.items() if session is not None}

    @property
    def has_days(self) -> bool:
        """Whether `take_days` would give any."""
        return self._ledger.has_changed

    def take_days(self, most: int | None = None) -> tuple[DayUsage, ...]:
        """Absolute figures of (session, day, model) that changed since they were taken: `most`, None for all."""
        changed = sorted(self._ledger.take_changed(most))
        if not changed:
            return ()
        names, models = tuple(self._owners), tuple(self._models)
        found: list[DayUsage] = []
        for owner, day, model in changed:
            bucket = self._ledger.bucket(owner, day, model)
            self._changed.add(names[owner])
            found.append(
                DayUsage(
                    session_id=names[owner],
                    day=date.fromordinal(day).isoformat(),
                    model=models[model],
                    tokens=bucket.tokens,
                    micros=None if bucket.unpriced else micros(bucket.picos),
                    searches=bucket.searches,
                )
            )
        return tuple(found)

    def rivals(self, session_id: str) -> frozenset[str]:
        """Sessions that share replies with this one, by copies."""
        names = tuple(self._owners)
        return frozenset(names[owner] for owner in self._ledger.rivals(self._owners.get(session_id, -1)))

    def forget(self, session_ids: Iterable[str], *, told: bool = True) -> None:
        """Drop sessions, to read them anew or (not `told`: their days stay as last told) because they are old."""
        names = frozenset(session_ids)
        for name in names:
            self._folds.pop(name, None)
            self._unread.discard(name)
            self._at_rest.pop(name, None)
            self._accounts.pop(name, None)
        owners = frozenset(self._owners[name] for name in names if name in self._owners)
        if owners:
            self._ledger.forget(owners, told=told)

    def _resting(self, name: str) -> AtRest:
        fold = self._folds.get(name) or SessionFold(name)
        return AtRest(packed_facts(fold.session()), fold.last_ms, fold.branched)

    def _fold(self, session_id: str) -> SessionFold:
        fold = self._folds.get(session_id)
        if fold is None:
            fold = self._folds[session_id] = SessionFold(session_id)
            self._unread.discard(session_id)
        self._changed.add(session_id)
        return fold

    def _know(self, session_id: str) -> None:
        if session_id not in self._folds:
            self._unread.add(session_id)
        self._changed.add(session_id)

    def _name(self, entry: UsageEntry) -> tuple[str, ...]:
        return tuple(self._owners)[entry.owner], tuple(self._models)[entry.model]

    def _owner(self, session_id: str) -> int:
        return self._owners.setdefault(session_id, len(self._owners))

    def _model(self, name: str) -> int:
        if len(self._models) >= _MOST_MODELS and name not in self._models:
            return _MOST_MODELS - 1
        return self._models.setdefault(name, len(self._models))

    def _claim(self, session_id: str, said: Spent) -> None:
        """Enter what one model used."""
        owner = self._owner(session_id)
        amount = self._price_of(said.model, said.tokens, at_ms=said.at_ms, terms=said.terms)
        self._ledger.claim(
            UsageEntry(
                key_of(said.key or f"{session_id} {said.at_ms} {said.tokens}"),
                said.at_ms,
                owner,
                self._day_of(said.at_ms),
                self._model(said.model or _NO_MODEL),
                2 * (not said.sidechain) + (not said.copied),
                said.tokens,
                UNPRICED if amount is None else amount,
                said.terms.searches,
            )
        )

    def _used(self, session_id: str) -> dict[str, Bucket]:
        """What each model was used for by a session, all days together."""
        names = tuple(self._models)
        used: dict[str, Bucket] = {}
        for (_, model), bucket in self._ledger.buckets(self._owner(session_id)).items():
            if bucket.tokens.total:
                used.setdefault(names[model], Bucket()).merge(bucket)
        return used

    def _totals(self, session_id: str) -> tuple[int, int]:
        owned = self._ledger.buckets(self._owner(session_id)).values()
        return sum(bucket.picos for bucket in owned), sum(bucket.unpriced for bucket in owned)

    def _cost(self, session_id: str, unknown: tuple[str, ...], *, branched: bool) -> Cost:
        """The client's figure and what was added since, else our estimate; a branch's has its parent's in it."""
        ours, unpriced = self._totals(session_id)
        client = self._accounts.get(session_id)
        if client is None or client.micros is None or branched:
            return Cost(micros=None if unpriced else micros(ours), unknown_models=unknown)
        if unpriced > client.our_unpriced:
            return Cost(micros=None, unknown_models=unknown)
        since = max(0, ours - client.our_picos)
        return Cost(micros=client.micros + micros(since), by_client=since < PICOS_PER_MICRO)


def _named(models: Iterable[str]) -> Iterable[str]:
    """Models that have a name: a client writes in its own, too (`<synthetic>`)."""
    return (model for model in models if model != _NO_MODEL and not model.startswith("<"))


def _estimate(used: Bucket) -> Estimate:
    return Estimate(micros=None if used.unpriced else micros(used.picos), searches=used.searches)
