"""How to read from a Claude Code transcript what was used up, and no more: a quarter of the time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tray_app.core.claude_code.fields import count, counted_time, decoded, is_copied
from tray_app.core.sessions.counting.money import STANDARD, Terms
from tray_app.core.sessions.counting.records import ClientCost, Spent
from tray_app.core.sessions.session import Tokens

_MOST_DOLLARS = 1e9
_KIND_WITHIN = 200  # the kind of such a line stands in front
_ACCOUNT = b'"cost-state"'
_USAGE = b'"usage"'
_USED = re.compile(
    rb'"usage"\s*:\s*\{[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}'
)  # with what its requests used
_CHAIN = b'"isSidechain"'
_ADVICE = "advisor_message"
_SHORT = 100_000  # no price list has a shorter limit above which a prompt costs more
_MOST_SEARCHES = 2**16 - 1


def used_in(piece: bytes) -> Iterator[Spent | ClientCost]:
    """What the lines of a piece of a transcript say was used, in their order.

    Of the lines of one reply that repeat word for word what it used, only the first is decoded and told.
    """
    if _ACCOUNT in piece:  # seldom
        yield from (said for line in piece.split(b"\n") if (said := parse_usage(line)) is not None)
        return
    used = head = b""
    end, at = 0, piece.find(_USAGE)
    while at >= 0:
        start, end = max(end, piece.rfind(b"\n", end, at) + 1), piece.find(b"\n", at)
        end = len(piece) if end < 0 else end
        after = piece.find(_USAGE, at + 1)
        once = not at < after < end
        same = once and used and piece.startswith(used, at) and piece.startswith(head, piece.find(_CHAIN, start, at))
        if not same:
            said = _spent(decoded(piece[start:end]))
            used, head = (b"", b"") if said is None or not once else _same_again(piece, said, start, at)
            if said is not None:
                yield said
        at = after if once else piece.find(_USAGE, end)


def _same_again(piece: bytes, said: Spent, start: int, at: int) -> tuple[bytes, bytes]:
    """What the next line of this reply says of what it used, and of whose it is; nothing if that cannot be told."""
    found, chain = _USED.match(piece, at), piece.find(_CHAIN, start, at)
    content = piece.find(b'"content"', chain, at) if chain >= 0 else -1
    head = piece[chain:content] if content >= 0 else b""
    if found is None or said.copied or not said.key or said.key.encode("utf-8", "surrogatepass") not in head:
        return b"", b""
    return found[0], head


def parse_usage(line: bytes) -> Spent | ClientCost | None:
    """What a line says a reply used, or the client's own account; None for every other line."""
    if _USAGE not in line:
        data = decoded(line) if _ACCOUNT in line[:_KIND_WITHIN] else None
        return client_cost(data) if isinstance(data, dict) and data.get("type") == "cost-state" else None
    return _spent(decoded(line))


def _spent(data: object) -> Spent | None:
    if not isinstance(data, dict) or data.get("type") != "assistant":
        return None
    message = data.get("message")
    usage = message.get("usage") if isinstance(message, dict) else None
    at_ms = counted_time(data.get("timestamp"))
    if not isinstance(message, dict) or not isinstance(usage, dict) or at_ms is None:
        return None
    key, model, session_id = message.get("id") or data.get("uuid"), message.get("model"), data.get("sessionId")
    parts, tokens = iterations(usage), _tokens(usage)
    spent = Spent(
        at_ms,
        key if isinstance(key, str) else "",
        model if isinstance(model, str) else "",
        tokens,
        data.get("isSidechain") is True,
        is_copied(data),
        session_id if isinstance(session_id, str) else "",
        _terms(usage, tokens, parts),
    )
    return spent._replace(asked=_asked(spent, parts)) if parts else spent


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
    return Tokens(
        input=count(usage.get("input_tokens")),
        output=count(usage.get("output_tokens")),
        cache_creation=max(count(usage.get("cache_creation_input_tokens")), long + short),
        cache_creation_1h=long,
        cache_read=count(usage.get("cache_read_input_tokens")),
    )


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
