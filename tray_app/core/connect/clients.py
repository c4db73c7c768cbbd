"""Other programs with agents in them, as they are connected: where each has its settings, and what stands there.

One entry of `CLIENTS` for each; each fact was read in the client's documentation and, where `list_words` says how its
program is asked, tried with that program (docs/clients.md has the versions). Paths are written with `/`; the first
part is a folder: `~` the person's, `$NAME` that of a variable.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tray_app.core.connect.formats import COMMENTED_JSON, JSONC, STRICT_JSON, TOML, ConfigFormat
from tray_app.core.connect.proxies import ProxyRules
from tray_app.core.connect.variables import TOKEN_VARIABLE

SERVER = "dingtalk"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointEntry:
    """The endpoint, and the client's own token for the header."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What the client sends along."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEntry:
    """The bridge as a program that the client starts; it has the token from a variable."""

    command: str
    arguments: tuple[str, ...]
    token: str

    @property
    def env(self) -> dict[str, str]:
        """What the client adds to its environment."""
        return {TOKEN_VARIABLE: self.token}


_UNKNOWN = ProxyRules(variables=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKind:
    """`files` are groups of places of its settings by system; the first group whose variables are set is the right one.

    `at` leads to our entry; `http` writes it for the endpoint (None: it only starts programs), `stdio` for the bridge.
    `program` is its command (empty: it has none that can be asked); with `list_words` and `list_variables` it says how
    its servers are, and in that `connected` stands on the line of one that it reached. `proxies`: which variables would
    lead its requests away, as far as that is known.
    """

    name: str
    title: str
    files: Mapping[str, Sequence[Sequence[str]]]
    form: ConfigFormat
    at: tuple[str, ...]
    stdio: Callable[[BridgeEntry], dict[str, Any]]
    http: Callable[[EndpointEntry], dict[str, Any]] | None = None
    program: str = ""
    list_words: tuple[str, ...] = ()
    list_variables: Mapping[str, str] = field(default_factory=dict)
    connected: str = ""
    proxies: ProxyRules = _UNKNOWN

    def places(self, system: str, environ: Mapping[str, str], home: str) -> tuple[str, ...]:
        """Where its settings may be on `system` (a `sys.platform`): the first that is there counts, else the last."""
        groups = self.files.get(system, self.files["linux"])
        found = (tuple(_filled(place, environ, home) for place in group) for group in groups)
        return next(group for group in found if all(group))


def _filled(place: str, environ: Mapping[str, str], home: str) -> str:
    first, _, rest = place.partition("/")
    folder = home if first == "~" else environ.get(first.removeprefix("$"), "").strip()
    return f"{folder}/{rest}" if folder else ""


_TOKENS = (
    *(("headers", "Authorization"), ("http_headers", "Authorization")),
    *(("env", TOKEN_VARIABLE), ("environment", TOKEN_VARIABLE)),
)


def is_ours(entry: object) -> bool:
    """Whether an entry is one of ours: it asks this computer, or starts a program, with a token of its own."""
    url = url_of(entry)
    return bool(token_of(entry)) and (url.startswith("http://127.0.0.1:") if url else bool(command_of(entry)))


def url_of(entry: object) -> str:
    """The address in an entry; empty where it starts a program."""
    found = [entry.get(key) for key in ("url", "httpUrl")] if isinstance(entry, Mapping) else []
    return next((url for url in found if isinstance(url, str)), "")


def token_of(entry: object) -> str:
    """The token in an entry of ours; empty where there is none."""
    if not isinstance(entry, Mapping):
        return ""
    for key, name in _TOKENS:
        inner = entry.get(key)
        if isinstance(inner, Mapping) and isinstance(inner.get(name), str):
            return str(inner[name]).removeprefix("Bearer ")
    return ""


def command_of(entry: object) -> str:
    """The program that an entry starts; empty where it asks an address."""
    words = entry.get("command") if isinstance(entry, Mapping) else None
    return str(words[0]) if isinstance(words, list) and words else words if isinstance(words, str) else ""


def _program(server: BridgeEntry) -> dict[str, Any]:
    return {"command": server.command, "args": list(server.arguments), "env": server.env}


_XDG = ("$XDG_CONFIG_HOME", "~/.config")
_HTTP = ("http_proxy", "HTTP_PROXY")
_ROAMING = ("$APPDATA", "~/AppData/Roaming")
CODEX = ClientKind(
    name="codex",
    title="Codex",
    files={"linux": (("$CODEX_HOME/config.toml",), ("~/.codex/config.toml",))},
    form=TOML,
    at=("mcp_servers", SERVER),
    http=lambda server: {"url": server.url, "http_headers": server.headers},
    stdio=_program,
    program="codex",
    list_words=("mcp", "list"),
    proxies=ProxyRules(variables=_HTTP, for_all=("all_proxy", "ALL_PROXY"), patterns=False, networks=True),
)
GEMINI = ClientKind(
    name="gemini",
    title="Gemini CLI",
    files={"linux": (("$GEMINI_CLI_HOME/.gemini/settings.json",), ("~/.gemini/settings.json",))},
    form=COMMENTED_JSON,
    at=("mcpServers", SERVER),
    http=lambda server: {"httpUrl": server.url, "headers": server.headers},
    stdio=_program,
    program="gemini",
    list_words=("mcp", "list"),
    list_variables={"GEMINI_CLI_TRUST_WORKSPACE": "true"},  # it connects in no folder that it was not told to trust
    connected="Connected",
    proxies=ProxyRules(variables=("https_proxy", "HTTPS_PROXY", *_HTTP)),
)
QWEN = ClientKind(
    name="qwen",
    title="Qwen Code",
    files={"linux": (("$QWEN_HOME/settings.json",), ("~/.qwen/settings.json",))},
    form=COMMENTED_JSON,
    at=("mcpServers", SERVER),
    http=lambda server: {"httpUrl": server.url, "headers": server.headers},
    stdio=_program,
    program="qwen",
    list_words=("mcp", "list"),
    connected="Connected",
    proxies=ProxyRules(variables=_HTTP),
)
_OPENCODE = ("opencode/opencode.jsonc", "opencode/opencode.json")
OPENCODE = ClientKind(
    name="opencode",
    title="OpenCode",
    files={"linux": tuple(tuple(f"{folder}/{file}" for file in _OPENCODE) for folder in _XDG)},
    form=JSONC,
    at=("mcp", SERVER),
    http=lambda server: {
        "type": "remote",
        "url": server.url,
        "headers": server.headers,
        "oauth": False,
        "enabled": True,
    },
    stdio=lambda server: {
        "type": "local",
        "command": [server.command, *server.arguments],
        "environment": server.env,
        "enabled": True,
    },
    program="opencode",
    list_words=("mcp", "list"),
    connected="connected",
    proxies=ProxyRules(variables=_HTTP),
)
CURSOR = ClientKind(
    name="cursor",
    title="Cursor",
    files={"linux": (("~/.cursor/mcp.json",),)},
    form=JSONC,
    at=("mcpServers", SERVER),
    http=lambda server: {"url": server.url, "headers": server.headers},
    stdio=_program,
)
_CODE = "Code/User/mcp.json"
VSCODE = ClientKind(
    name="vscode",
    title="VS Code",
    files={
        "linux": tuple((f"{folder}/{_CODE}",) for folder in _XDG),
        "darwin": ((f"~/Library/Application Support/{_CODE}",),),
        "win32": tuple((f"{folder}/{_CODE}",) for folder in _ROAMING),
    },
    form=JSONC,
    at=("servers", SERVER),
    http=lambda server: {"type": "http", "url": server.url, "headers": server.headers},
    stdio=lambda server: {"type": "stdio", **_program(server)},
)
_DESKTOP = "Claude/claude_desktop_config.json"
_STORE = "$LOCALAPPDATA/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming"  # where Windows leads a packaged program
CLAUDE_DESKTOP = ClientKind(
    name="claude-desktop",
    title="Claude Desktop",
    files={
        "linux": tuple((f"{folder}/{_DESKTOP}",) for folder in _XDG),
        "darwin": ((f"~/Library/Application Support/{_DESKTOP}",),),
        "win32": (
            (f"{_STORE}/{_DESKTOP}", f"$APPDATA/{_DESKTOP}"),
            *((f"{folder}/{_DESKTOP}",) for folder in _ROAMING),
        ),
    },
    form=STRICT_JSON,
    at=("mcpServers", SERVER),
    stdio=_program,
)

CLIENTS: Mapping[str, ClientKind] = MappingProxyType(
    {kind.name: kind for kind in (CODEX, GEMINI, QWEN, OPENCODE, CURSOR, VSCODE, CLAUDE_DESKTOP)}
)
