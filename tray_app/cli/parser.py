"""The grammar of the command line: every command, its arguments, and where their help is."""

import argparse
from collections.abc import Callable, Mapping

from tray_app.cli.grammar import Grammar, speak
from tray_app.core.kernel.texts import Catalog

_SCOPES = ("user", "project")
_LOGIN_VERBS = ("on", "off", "status")
_APPROVAL_VERBS = ("list", "show", "approve", "deny")
_QUESTION_VERBS = ("list", "show", "answer")
_APPROVED_FOR = ("once", "session", "always")
_CLIENT_VERBS = ("list", "add", "revoke", "rotate")
_MOST_ROWS = 1_000
_MOST_PORT = 65_535
_WITH_MENTIONS = frozenset({"text", "markdown", "card"})
_POSITIONAL = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "link": ("title", "text", "url"),
    "card": ("title", "text"),
    "feed": (),
}


def build_parser(words: Catalog, *, version: str, only: str = "") -> argparse.ArgumentParser:
    """Build the parser; `command` names the command that was asked for.

    With `only` the others have no arguments, just their names: a command is there sooner.
    """
    speak(words)
    parser = Grammar(words=words, prog="dingtalk-tray", description=words("cli.about"), epilog=words("cli.epilog"))
    said = f"dingtalk-tray {version}"
    parser.add_argument("--version", action="version", version=said, help=words("cli.help_version"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title=words("cli.commands"))
    for name, arguments in _COMMANDS.items():
        about = words(f"cli.about_{name.replace('-', '_')}")
        command = commands.add_parser(name, help=about, description=about, words=words)
        if not only or name == only:
            if name not in _WITHOUT_JSON:
                _json(command, words)
            arguments(command, words)
    return parser


def nearest(command: str) -> str:
    """The command that was probably meant by one that there is not; empty where none is like it."""
    from difflib import get_close_matches

    found = () if command in _COMMANDS else get_close_matches(command, _COMMANDS, n=1)
    return found[0] if found else ""


def _json(parser: argparse.ArgumentParser, words: Catalog) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true", help=words("cli.help_json"))
    return parser


def _nothing(_command: argparse.ArgumentParser, _words: Catalog) -> None:
    """A name says it all."""


def _run(run: argparse.ArgumentParser, words: Catalog) -> None:
    run.add_argument("--headless", action="store_true", help=words("cli.help_headless"))
    run.add_argument("--background", action="store_true", help=words("cli.help_background"))
    run.add_argument("--home", metavar="DIR", help=words("connect.help_home"))
    run.add_argument("--port", type=_whole(_MOST_PORT, words), metavar="N", help=words("cli.help_port"))


def _open(page: argparse.ArgumentParser, words: Catalog) -> None:
    from tray_app.core.menu.actions import Page

    pages = tuple(one.value for one in Page)
    page.add_argument("page", nargs="?", choices=pages, default=Page.OVERVIEW.value, help=words("cli.help_open"))
    page.add_argument("--print", action="store_true", help=words("cli.help_print"))


def _robots(robots: argparse.ArgumentParser, words: Catalog) -> None:
    one_of = robots.add_mutually_exclusive_group()
    for option in ("test", "default", "remove"):
        one_of.add_argument(f"--{option}", metavar="NAME", help=words(f"cli.help_robots_{option}"))


def _history(history: argparse.ArgumentParser, words: Catalog) -> None:
    from tray_app.core.history.query import STATUSES

    history.add_argument("--limit", type=_whole(_MOST_ROWS, words), metavar="N", help=words("cli.help_limit"))
    for option, value in (("search", "WORDS"), ("robot", "NAME"), ("session", "ID"), ("since", "WHEN")):
        history.add_argument(f"--{option}", default="", metavar=value, help=words(f"history.help_{option}"))
    history.add_argument("--status", choices=tuple(STATUSES), help=words("history.help_status"))
    history.add_argument("--export", choices=("json", "csv"), help=words("history.help_export"))
    history.add_argument("--resend", metavar="ID", help=words("cli.help_resend"))


def _sessions(sessions: argparse.ArgumentParser, words: Catalog) -> None:
    rows = _whole(_MOST_ROWS, words)
    sessions.add_argument("--all", action="store_true", help=words("cli.help_sessions_all"))
    sessions.add_argument("--watch", action="store_true", help=words("cli.help_sessions_watch"))
    sessions.add_argument("--limit", type=rows, default=100, metavar="N", help=words("cli.help_sessions_limit"))


def _usage(usage: argparse.ArgumentParser, words: Catalog) -> None:
    from tray_app.core.sessions.ranges import PRESETS
    from tray_app.core.sessions.usage.usage import UsageBy

    kinds = tuple(by.value for by in UsageBy)
    usage.add_argument("--by", choices=kinds, default=kinds[0], help=words("usage.help_by"))
    usage.add_argument("--week", action="store_true", help=words("usage.help_week"))
    usage.add_argument("--days", choices=PRESETS, default="", metavar="N", help=words("usage.help_days"))
    for option, value in (("since", "DAY"), ("until", "DAY"), ("project", "NAME")):
        usage.add_argument(f"--{option}", default="", metavar=value, help=words(f"usage.help_{option}"))
    usage.add_argument("--export", choices=("csv",), help=words("usage.help_export"))


def _pause(pause: argparse.ArgumentParser, words: Catalog) -> None:
    pause.add_argument("length", nargs="*", metavar="LENGTH", help=words("cli.help_pause"))


def _doctor(doctor: argparse.ArgumentParser, words: Catalog) -> None:
    doctor.add_argument("--online", action="store_true", help=words("cli.help_online"))


def _connect(connect: argparse.ArgumentParser, words: Catalog) -> None:
    _disconnect(connect, words)
    connect.add_argument("--check", action="store_true", help=words("connect.help_check"))
    connect.add_argument("--stdio", action="store_true", help=words("agent_clients.help_stdio"))


def _disconnect(verb: argparse.ArgumentParser, words: Catalog) -> None:
    verb.add_argument("name", nargs="?", default="", metavar="NAME", help=words("agent_clients.help_name"))
    verb.add_argument("--agent", default="", metavar="NAME", help=words("connect.help_agent"))
    verb.add_argument("--scope", choices=_SCOPES, default=_SCOPES[0], help=words("connect.help_scope"))
    verb.add_argument("--dry-run", action="store_true", help=words("connect.help_dry_run"))
    verb.add_argument("--yes", action="store_true", help=words("connect.help_yes"))


def _autostart(login: argparse.ArgumentParser, words: Catalog) -> None:
    login.add_argument("verb", nargs="?", choices=_LOGIN_VERBS, help=words("autostart.help_verb"))
    login.add_argument("--headless", action="store_true", help=words("autostart.help_headless"))


def _uninstall(verb: argparse.ArgumentParser, words: Catalog) -> None:
    verb.add_argument("--data", action="store_true", help=words("uninstall.help_data"))
    verb.add_argument("--dry-run", action="store_true", help=words("uninstall.help_dry_run"))
    verb.add_argument("--yes", action="store_true", help=words("uninstall.help_yes"))


def _clients(clients: argparse.ArgumentParser, words: Catalog) -> None:
    clients.add_argument("verb", nargs="?", choices=_CLIENT_VERBS, default="list", help=words("clients.help_verb"))
    clients.add_argument("name", nargs="?", metavar="NAME", help=words("clients.help_name"))


def _completion(completion: argparse.ArgumentParser, words: Catalog) -> None:
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help=words("cli.help_shell"))


def _headers(headers: argparse.ArgumentParser, words: Catalog) -> None:
    headers.add_argument("--home", metavar="DIR", help=words("connect.help_home"))


def _setup(setup: argparse.ArgumentParser, words: Catalog) -> None:
    from tray_app.channels import CHANNELS
    from tray_app.core.settings.settings import APP_CHANNEL

    setup.add_argument("--robot", default="", metavar="NAME", help=words("cli.help_robot"))
    kind = setup.add_mutually_exclusive_group()
    kind.add_argument("--channel", choices=tuple(CHANNELS), default="", help=words("cli.help_channel"))
    kind.add_argument(
        "--app", action="store_const", const=APP_CHANNEL, dest="channel", help=words("app_robot.help_setup")
    )
    setup.add_argument("--robot-code", default="", metavar="CODE", help=words("app_robot.help_robot_code"))
    setup.add_argument("--keywords", default="", metavar="WORDS", help=words("cli.help_keywords"))
    setup.add_argument("--default", action="store_true", help=words("cli.help_default"))
    source = setup.add_mutually_exclusive_group()
    source.add_argument("--from-env", action="store_true", help=words("cli.help_from_env"))
    source.add_argument("--page", action="store_true", help=words("cli.help_page"))
    test = setup.add_mutually_exclusive_group()
    test.add_argument("--test", action="store_true", default=None, help=words("cli.help_test"))
    test.add_argument("--no-test", dest="test", action="store_false", help=words("cli.help_no_test"))


def _send(send: argparse.ArgumentParser, words: Catalog) -> None:
    kinds = send.add_subparsers(dest="kind", required=True, metavar="KIND", title=words("cli.kinds"))
    for kind, names in _POSITIONAL.items():
        about = words(f"cli.about_send_{kind}")
        sub = kinds.add_parser(kind, help=about, description=about, epilog=words("cli.epilog_send"), words=words)
        _json(sub, words)
        for name in names:
            sub.add_argument(name, help=words(f"cli.help_{name}"))
        sub.add_argument("--robot", default="", metavar="NAME", help=words("cli.help_robot_send"))
        sub.add_argument("--preview", action="store_true", help=words("cli.help_preview"))
        if kind in _WITH_MENTIONS:
            sub.add_argument("--at", action="append", default=[], metavar="MOBILE", help=words("cli.help_at"))
            sub.add_argument("--at-user", action="append", default=[], metavar="ID", help=words("cli.help_at_user"))
            sub.add_argument("--at-all", action="store_true", help=words("cli.help_at_all"))
        if kind == "link":
            sub.add_argument("--picture", default="", metavar="URL", help=words("cli.help_picture"))
        if kind == "card":
            _repeated(sub, "--button", ("TITLE", "URL"), words("cli.help_button"))
            sub.add_argument("--horizontal", action="store_true", help=words("cli.help_horizontal"))
        if kind == "feed":
            _repeated(sub, "--item", ("TITLE", "URL", "PICTURE"), words("cli.help_item"))


def _approvals(approvals: argparse.ArgumentParser, words: Catalog) -> None:
    approvals.add_argument("verb", nargs="?", choices=_APPROVAL_VERBS, default="list", help=words("waiting.help_verb"))
    approvals.add_argument("id", nargs="?", metavar="ID", help=words("waiting.help_id"))
    approvals.add_argument("--for", dest="answer", choices=_APPROVED_FOR, help=words("waiting.help_for"))


def _questions(questions: argparse.ArgumentParser, words: Catalog) -> None:
    questions.add_argument("verb", nargs="?", choices=_QUESTION_VERBS, default="list", help=words("waiting.help_verb"))
    questions.add_argument("id", nargs="?", metavar="ID", help=words("waiting.help_id"))
    questions.add_argument("word", nargs="?", metavar="ANSWER", help=words("questions.help_word"))
    questions.add_argument("--words", default="", metavar="TEXT", help=words("questions.help_words"))


def _policy(policy: argparse.ArgumentParser, words: Catalog) -> None:
    from tray_app.core.clients.client import BUILT_IN

    verbs = policy.add_subparsers(dest="verb", required=True, metavar="VERB", title=words("policy.verbs"))

    def verb(name: str) -> argparse.ArgumentParser:
        about = words(f"policy.help_verb_{name}")
        return _json(verbs.add_parser(name, help=about, description=about, words=words), words)

    verb("check").add_argument("file", nargs="?", metavar="FILE", help=words("policy.help_file"))
    verb("show")
    test = verb("test")
    test.add_argument("tool", metavar="TOOL", help=words("policy.help_tool"))
    test.add_argument("--args", metavar="JSON", help=words("policy.help_args"))
    test.add_argument("--client", default=BUILT_IN, metavar="NAME", help=words("policy.help_client"))
    test.add_argument("--session", default="", metavar="ID", help=words("policy.help_session"))
    paste = verb("import")
    paste.add_argument("file", metavar="FILE", help=words("policy_import.help_file"))
    paste.add_argument("--yes", action="store_true", help=words("policy.help_yes"))
    verb("reset").add_argument("--yes", action="store_true", help=words("policy.help_yes"))


def _repeated(parser: argparse.ArgumentParser, option: str, parts: tuple[str, ...], about: str) -> None:
    parser.add_argument(option, action="append", nargs=len(parts), required=True, metavar=parts, help=about)


def _whole(most: int, words: Catalog) -> Callable[[str], int]:
    def whole(value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= most):  # noqa: PLR2004
            raise argparse.ArgumentTypeError(words("cli.want_whole", most=most))
        return int(value)

    return whole


_COMMANDS: Mapping[str, Callable[[argparse.ArgumentParser, Catalog], None]] = {
    "run": _run,
    "demo": _nothing,
    "setup": _setup,
    "open": _open,
    "robots": _robots,
    "send": _send,
    "status": _nothing,
    "history": _history,
    "sessions": _sessions,
    "usage": _usage,
    "pause": _pause,
    "resume": _nothing,
    "doctor": _doctor,
    "connect": _connect,
    "disconnect": _disconnect,
    "autostart": _autostart,
    "clients": _clients,
    "approvals": _approvals,
    "questions": _questions,
    "pair": _nothing,
    "unpair": _nothing,
    "policy": _policy,
    "stdio": _headers,
    "mcp-headers": _headers,
    "completion": _completion,
    "restart": _nothing,
    "quit": _nothing,
    "uninstall": _uninstall,
}
_WITHOUT_JSON = frozenset(
    {"run", "demo", "send", "policy", "stdio", "mcp-headers", "completion"}
)  # or each of their own has it
