"""How to read from one line of a Claude Code transcript what was used up, and no more: a third of the time."""

from functools import lru_cache

from tray_app.core.claude_code.fields import count, decoded, is_copied, time_of
from tray_app.core.sessions.counting.records import ClientCost, Spent
from tray_app.core.sessions.session import Tokens

_MOST_DOLLARS = 1e9
_KIND_WITHIN = 200  # the kind of such a line stands in front
_ACCOUNT = b'"cost-state"'


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
    if not isinstance(message, dict) or not isinstance(usage, dict):
        return None
    key, model, session_id = message.get("id") or data.get("uuid"), message.get("model"), data.get("sessionId")
    return Spent(
        time_of(data.get("timestamp")),
        key if isinstance(key, str) else "",
        model if isinstance(model, str) else "",
        _tokens(usage),
        usage.get("speed") == "fast",
        data.get("isSidechain") is True,
        is_copied(data),
        session_id if isinstance(session_id, str) else "",
    )


def client_cost(data: dict[str, object]) -> ClientCost:
    """The client's own account."""
    dollars = data.get("totalCostUSD")
    known = isinstance(dollars, int | float) and 0 <= dollars < _MOST_DOLLARS and not data.get("hasUnknownModelCost")
    micros = round(float(dollars) * 1e6) if known and isinstance(dollars, int | float) else None
    return ClientCost(micros, count(data.get("totalLinesAdded")), count(data.get("totalLinesRemoved")))


def _tokens(usage: dict[str, object]) -> Tokens:
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


@lru_cache(maxsize=4)  # the lines of one reply repeat it
def _shared_tokens(taken: int, given: int, created: int, created_1h: int, read: int) -> Tokens:
    return Tokens(input=taken, output=given, cache_creation=created, cache_creation_1h=created_1h, cache_read=read)
