"""One word for one thing: no public class name of the app stands for two classes."""

import ast
from collections import defaultdict
from pathlib import Path

APP = Path(__file__).parents[2] / "tray_app"


def test_no_public_class_name_stands_for_two_classes() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(APP.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(APP).as_posix())
    assert len(places) > 300
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
