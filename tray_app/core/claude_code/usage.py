"""How to read from one line of a Claude Code transcript what was used up, and no more: a third of the time."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from tray_app.core.claude_code.fields import count, counted_time, decoded, is_copied
from tray_app.core.sessions.counting.money import STANDARD, Terms
from tray_app.core.sessions.counting.records import ClientCost, Spent
from tray_app.core.sessions.session import Tokens

_MOST_DOLLARS = 1e9
_KIND_WITHIN = 200  # the kind of such a line stands in front
_ACCOUNT = b'"cost-state"'
_ADVICE = "advisor_message"
_SHORT = 100_000  # no price list has a shorter limit above which a prompt costs more
_MOST_SEARCHES = 2**16 - 1


def parse_usage(line: bytes) -> Spent | ClientCost | None:
    """What a line says a reply used, or the client's own account; None for every other line."""
    if b'"usage"' not in line:
        data = decoded(line) if _ACCOUNT in line[:_KIND_WITHIN] else None
        return client_cost(data) if isinstance(data, dict) and data.get("type") == "cost-state" else None
    data = decoded(line)
    if not isinstance(data, dict) or data.get("type") != "assistant":
        return None
    message = data.get("message")
    usage = message.get("usage") if isinstance(message, dict) else None
    at_ms = counted_time(data.get("timestamp"))
    if not isinstance(message, dict) or not isinstance(usage, dict) or at_ms is None:
        return None
    key, model, session_id = message.get("id") or data.get("uuid"), message.get("model"), data.get("sessionId")
    used = _LAST.used(key, usage)
    spent = Spent(
        at_ms,
        key if isinstance(key, str) else "",
        model if isinstance(model, str) else "",
        used.tokens,
        data.get("isSidechain") is True,
        is_copied(data),
        session_id if isinstance(session_id, str) else "",
        used.terms,
    )
    return spent._replace(asked=_asked(spent, used.parts)) if used.parts else spent


class _Used(NamedTuple):
    parts: Sequence[dict[str, object]]
    tokens: Tokens
    terms: Terms


class _Last:
    """The lines of one reply repeat what it used, word for word: a third of the time is to read that."""

    def __init__(self) -> None:
        self._held: tuple[object, object, _Used] = (None, None, _Used((), Tokens(), STANDARD))

    def used(self, key: object, usage: dict[str, object]) -> _Used:
        whose, last, used = self._held
        if usage != last or key != whose:
            parts, tokens = iterations(usage), _tokens(usage)
            used = _Used(parts, tokens, _terms(usage, tokens, parts))
            self._held = key, usage, used
        return used


_LAST = _Last()


def client_cost(data: dict[str, object]) -> ClientCost:
    """The client's own account."""
    dollars = data.get("totalCostUSD")
    known = isinstance(dollars, int | float) and 0 <= dollars < _MOST_DOLLARS and not data.get("hasUnknownModelCost")
    micros = round(float(dollars) * 1e6) if known and isinstance(dollars, int | float) else None
    return ClientCost(micros, count(data.get("totalLinesAdded")), count(data.get("totalLinesRemoved")))


def iterations(usage: dict[str, object]) -> Sequence[dict[str, object]]:
    """The requests that a reply took, where the service lists them: its own and those to other models."""
    listed = usage.get("iterations")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else ()


def _tokens(usage: dict[str, object]) -> Tokens:
    """Tokens by kind, of a reply or of one request."""
    parts = usage.get("cache_creation")
    long = short = 0
    if isinstance(parts, dict):
        long, short = count(parts.get("ephemeral_1h_input_tokens")), count(parts.get("ephemeral_5m_input_tokens"))
    return _shared_tokens(
        count(usage.get("input_tokens")),
        count(usage.get("output_tokens")),
        max(count(usage.get("cache_creation_input_tokens")), long + short),
        long,
        count(usage.get("cache_read_input_tokens")),
    )


@lru_cache(maxsize=16)  # the lines of one reply repeat it
def _shared_tokens(taken: int, given: int, created: int, created_1h: int, read: int) -> Tokens:
    return Tokens(input=taken, output=given, cache_creation=created, cache_creation_1h=created_1h, cache_read=read)


def _terms(usage: dict[str, object], tokens: Tokens, parts: Sequence[dict[str, object]]) -> Terms:
    fast, us_only = usage.get("speed") == "fast", usage.get("inference_geo") == "us"
    served = usage.get("server_tool_use")
    searches = count(served.get("web_search_requests")) if isinstance(served, dict) else 0
    several = len(parts) > 1 and tokens.prompt > _SHORT
    if not (fast or us_only or searches or several):
        return STANDARD
    requests = _requests(tokens, [one for one in parts if one.get("type") == "message"]) if several else ()
    return Terms(fast, us_only, min(searches, _MOST_SEARCHES), requests)


def _requests(whole: Tokens, parts: Sequence[dict[str, object]]) -> tuple[Tokens, ...]:
    """The tokens of each request, where they add up to the whole; the client itself splits them so for its price."""
    found = [_tokens(one) for one in parts]
    if replace(sum(found, Tokens()), cache_creation_1h=whole.cache_creation_1h) != whole:
        return ()
    left = whole.cache_creation_1h
    for number, one in enumerate(found):
        hour = min(left, one.cache_creation)
        found[number], left = replace(one, cache_creation_1h=hour), left - hour
    return tuple(found)


def _asked(reply: Spent, parts: Sequence[dict[str, object]]) -> tuple[Spent, ...]:
    """Other models that were asked for advice: each at its own price, and each once, by its place in the reply."""
    found: list[Spent] = []
    for part in parts:
        model = part.get("model")
        if part.get("type") == _ADVICE and isinstance(model, str) and model:
            key = f"{reply.key}:advisor:{len(found)}" if reply.key else ""
            terms = Terms(part.get("speed") == "fast", reply.terms.us_only)
            found.append(reply._replace(key=key, model=model, tokens=_tokens(part), terms=terms))
    return tuple(found)
