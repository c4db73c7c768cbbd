"""One word for one thing: no public class name stands for two classes; what is Claude Code's says so by its place."""

import ast
from collections import defaultdict
from pathlib import Path

CLAUDE_CODES = {  # what names Claude Code outside of the folders that bear its name, and why
    "adapters/store/file/migrations.py": "sessions kept before there were kinds of agents are its",
    "adapters/system/paths.py": "the file with the built-in client's token is called so in folders of yesterday",
    "app/agents/__init__.py": "its entry in the table of agents",
    "app/demo/phone.py": "the demo asks as its hook does",
    "core/clients/client.py": "the name of the built-in client, a seam",
    "core/connect/clients.py": "Claude Desktop, another client",
    "core/connect/variables.py": "the variables that it gives to what it starts",
    "core/phone/danger.py": "what changes its settings file is allowed at the computer only",
    "core/sessions/place.py": "where it keeps worktrees",
    "core/settings/prices.py": "what its models cost usually",
    "headers_cli.py": "its helper for headers, and the variable by which it says where it connects",
    "hook_cli.py": "its hooks run this file by its path; the fields and variables are its own",
}
APP = Path(__file__).parents[2] / "tray_app"


def test_no_public_class_name_stands_for_two_classes() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(APP.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(APP).as_posix())
    assert len(places) > 300
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_claude_code_is_named_in_its_own_folders_and_where_the_list_says_why() -> None:
    named = {
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if "claude" in path.read_text("utf-8").lower() and "claude_code" not in path.parts
    }
    assert named == CLAUDE_CODES.keys()
