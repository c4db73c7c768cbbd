"""Writes transcripts as Claude Code 2.1.330 does: the same fields in the same order, with made-up content."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tray_app.core.sessions.session import Tokens

BASE_MS = 1_795_345_098_281  # 2026-11-22T10:58:18.281Z
MODEL = "claude-opus-5-5"
_MODELS = ("claude-opus-4-6", "claude-opus-4-6", "claude-haiku-4-5-20251001")  # ccusage 20.0.24 prices these offline


def usage(
    tokens: Tokens, *, speed: str = "standard", searches: int = 0, iterations: Sequence[object] = ()
) -> dict[str, object]:
    """A reply's usage block."""
    return {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.cache_creation,
        "cache_read_input_tokens": tokens.cache_read,
        "output_tokens": tokens.output,
        "server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0},
        "service_tier": "standard",
        "cache_creation": {
            "ephemeral_1h_input_tokens": tokens.cache_creation_1h,
            "ephemeral_5m_input_tokens": tokens.cache_creation - tokens.cache_creation_1h,
        },
        "inference_geo": "",
        "iterations": list(iterations),
        "speed": speed,
    }


def iteration(tokens: Tokens, *, kind: str = "message", model: str = "") -> dict[str, object]:
    """One of the requests that a reply took: `message`, or `advisor_message` to another model."""
    whole = usage(tokens)
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    named = {"model": model} if model else {}
    return {"type": kind, **named, **{name: whole[name] for name in names}, "cache_creation": whole["cache_creation"]}


class Script:
    """One transcript being written; each line is a second after the one before unless `wait_ms` says otherwise."""

    def __init__(
        self, session_id: str = "s1", *, at_ms: int = BASE_MS, agent_id: str = "", cwd: str = "/code/demo"
    ) -> None:
        self.session_id = session_id
        self.agent_id = agent_id
        self.cwd = cwd
        self.branch = "main"
        self.at_ms = at_ms
        self.entries: list[dict[str, object]] = []

    def add(self, entry: Mapping[str, object], *, wait_ms: int = 1000, **extra: object) -> dict[str, object]:
        """Add any line that has the usual envelope."""
        self.at_ms += wait_ms
        number = len(self.entries)
        moment = datetime.fromtimestamp(self.at_ms / 1000, UTC)
        line: dict[str, object] = {"parentUuid": None, "isSidechain": bool(self.agent_id)}
        if self.agent_id:
            line["agentId"] = self.agent_id
        line |= entry
        line |= {
            "uuid": f"{self.session_id}-{self.agent_id}-{number:08d}",
            "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        line |= extra
        line |= {
            "userType": "external",
            "entrypoint": "cli",
            "cwd": self.cwd,
            "sessionId": self.session_id,
            "version": "2.1.330",
            "gitBranch": self.branch,
        }
        self.entries.append(line)
        return line

    def bare(self, **entry: object) -> None:
        """Add a line without envelope: titles, cost-state and the like."""
        self.entries.append({**entry, "sessionId": self.session_id})

    def prompt(self, text: object = "please build it", **extra: object) -> dict[str, object]:
        """A person types something."""
        wait_ms = int(str(extra.pop("wait_ms", 1000)))
        return self.add(
            {"promptId": "p", "type": "user", "message": {"role": "user", "content": text}}, wait_ms=wait_ms, **extra
        )

    def reply(
        self,
        message_id: str,
        tokens: Tokens,
        *,
        blocks: Sequence[Mapping[str, object]] = ({"type": "text", "text": "Done."},),
        model: str = MODEL,
        stop: str = "end_turn",
        speed: str = "standard",
        searches: int = 0,
        iterations: Sequence[object] = (),
        wait_ms: int = 1000,
        **extra: object,
    ) -> None:
        """A model replies: one line per block, each with the whole usage."""
        for number, block in enumerate(blocks):
            message = {
                "id": message_id,
                "type": "message",
                "role": "assistant",
                "model": model,
                "content": [block],
                "stop_sequence": None,
                "usage": usage(tokens, speed=speed, searches=searches, iterations=iterations),
                "stop_reason": stop,
            }
            fields = {
                "message": message,
                "apiBlockIndex": number,
                "requestId": f"req_{message_id}",
                "type": "assistant",
            }
            self.add(fields, wait_ms=wait_ms, **extra)

    def call(self, message_id: str, tokens: Tokens, call_id: str, name: str, given: Mapping[str, object]) -> None:
        """A model calls one tool."""
        block = {"type": "tool_use", "id": call_id, "name": name, "input": given}
        self.reply(message_id, tokens, blocks=[block], stop="tool_use")

    def result(self, call_id: str, output: object = "ok", *, error: bool | None = None, **extra: object) -> None:
        """A tool's result."""
        wait_ms = int(str(extra.pop("wait_ms", 1000)))
        block: dict[str, object] = {"tool_use_id": call_id, "type": "tool_result", "content": output}
        if error is not None:
            block["is_error"] = error
        fields = {"promptId": "p", "type": "user", "message": {"role": "user", "content": [block]}}
        extra.setdefault("permissionDecision", {"decision": "accept", "source": "config"})
        self.add(fields, wait_ms=wait_ms, **extra)

    def turn(self, duration_ms: int) -> None:
        """The client closes a turn."""
        self.add({"type": "system", "subtype": "turn_duration", "durationMs": duration_ms, "isMeta": False})

    def cost(self, dollars: float, *, added: int = 0, removed: int = 0, unknown: bool = False) -> None:
        """The client's own account."""
        self.bare(
            type="cost-state",
            totalCostUSD=dollars,
            totalLinesAdded=added,
            totalLinesRemoved=removed,
            hasUnknownModelCost=unknown,
        )

    @property
    def lines(self) -> list[bytes]:
        """Every line without its end."""
        return [json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() for entry in self.entries]

    @property
    def body(self) -> bytes:
        """The whole file."""
        return b"".join(line + b"\n" for line in self.lines)

    def write(self, home: Path, *, project: str = "-code-demo") -> Path:
        """Put the file where the client would."""
        folder = home / "projects" / project
        path = folder / f"{self.session_id}.jsonl"
        if self.agent_id:
            path = folder / self.session_id / "subagents" / f"agent-{self.agent_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.body)
        return path


def tokens(number: int = 1) -> Tokens:
    """Some tokens, other ones for each number."""
    return Tokens(
        input=number, output=7 * number, cache_creation=101 * number, cache_creation_1h=number, cache_read=1001 * number
    )


def generate(
    home: Path,
    *,
    sessions: int,
    megabytes: float,
    rand: random.Random,
    models: Sequence[str] = _MODELS,
    advised: float = 0.0,
) -> None:
    """A month of work: sessions with prompts, replies of several blocks, tools with long results, sub-agents.

    `advised`: the share of replies for which another model was asked on the way.
    """
    size = int(megabytes * 1_000_000 / sessions)
    for number in range(sessions):
        name = f"{number:08x}-0000-4000-8000-{rand.getrandbits(48):012x}"
        cwd = f"/home/user/code/p{number % 20}"
        start_ms = BASE_MS - rand.randrange(20 * 86_400_000)
        scripts = [Script(name, at_ms=start_ms, cwd=cwd)]
        if number % 4 == 0:
            scripts.append(Script(name, at_ms=start_ms, agent_id=f"a{rand.getrandbits(60):016x}", cwd=cwd))
        for script in scripts:
            with script.write(home, project=f"-home-user-code-p{number % 20}").open("wb") as file:
                while file.tell() < size // len(scripts):
                    _work(script, rand, models, advised)
                    file.write(script.body)
                    script.entries.clear()


def _requests(spent: Tokens, rand: random.Random) -> list[dict[str, object]]:
    """A reply of two requests with a question to another model, or two, between them."""
    first = replace(spent, output=spent.output // 3, cache_read=spent.cache_read // 2, cache_creation_1h=0)
    rest = Tokens(
        output=spent.output - first.output,
        cache_read=spent.cache_read - first.cache_read,
        cache_creation_1h=spent.cache_creation_1h,
    )
    asked = [
        iteration(
            Tokens(input=rand.randrange(90_000), output=rand.randrange(6_000), cache_read=rand.randrange(9_000)),
            kind="advisor_message",
            model=rand.choice(("claude-opus-4-6", "claude-opus-4-5-20251101")),
        )
        for _ in range(rand.randrange(1, 3))
    ]
    return [iteration(first), *asked, iteration(rest)]


def _work(script: Script, rand: random.Random, models: Sequence[str], advised: float) -> None:
    script.prompt("please look into the failing test of the parser " * rand.randrange(1, 8))
    for _ in range(rand.randrange(1, 9)):
        spent = Tokens(
            input=rand.randrange(20),
            output=rand.randrange(1, 1500),
            cache_creation=rand.randrange(4000),
            cache_read=rand.randrange(100_000),
        )
        call_id = f"toolu_{rand.getrandbits(96):024x}"
        name = rand.choice(["Read", "Bash", "Grep"])
        blocks: list[Mapping[str, object]] = [
            {"type": "thinking", "thinking": "hmm " * rand.randrange(40), "signature": "c2ln" * 60},
            {"type": "text", "text": "I will look at the file now and see. " * rand.randrange(1, 12)},
            {"type": "tool_use", "id": call_id, "name": name, "input": {"command": "ls"}},
        ]
        message_id = f"msg_{rand.getrandbits(96):024x}"
        requests = _requests(spent, rand) if rand.random() < advised else ()
        shown, model = blocks[rand.randrange(3) :], rand.choice(models)
        script.reply(message_id, spent, blocks=shown, model=model, stop="tool_use", iterations=requests)
        output = "     1\tdef parse(line):\n     2\t    return line\n" * rand.randrange(1, 60)
        script.result(call_id, output, toolUseResult={"stdout": output, "stderr": "", "interrupted": False})
