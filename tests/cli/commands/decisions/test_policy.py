"""`policy check`, `show`, `test`, `import` and `reset`, without an app."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.policies import NAMES
from tray_app.adapters.files.policy import default_policy
from tray_app.adapters.system.paths import Paths
from tray_app.cli import main

TEXT = "dingtalk_send_text"


def said(home: Path, *arguments: str, language: str = "en", given: str = "") -> tuple[int, str, str]:
    """Run `policy ARGUMENTS` in this process; give the exit code and both streams."""
    out, err = io.StringIO(), io.StringIO()
    environ = {"DINGTALK_TRAY_HOME": str(home), "LANG": language}
    code = main(["policy", *arguments], environ=environ, given=io.StringIO(given), out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def answer(home: Path, *arguments: str) -> tuple[int, Any]:
    code, out, err = said(home, *arguments, "--json")
    assert err == ""
    return code, json.loads(out)


def write(home: Path, **document: object) -> Path:
    path = Paths.under(home).create().policy
    path.write_text(json.dumps({"version": "1", **document}), "utf-8")
    return path


def test_check_says_everything_that_is_wrong_with_its_place(tmp_path: Path) -> None:
    wrong = tmp_path / "mine.json"
    wrong.write_text('{\n  "version": "1",\n  "hide": ["dingtalk_statu"],\n  "mod": 1\n}', "utf-8")
    code, out, err = said(tmp_path, "check", str(wrong))
    assert code == 1
    assert out.splitlines() == [
        f'{wrong}:3:12: There is no tool "dingtalk_statu"; did you mean "dingtalk_status"?',
        f'{wrong}:4:3: There is no key "mod" here; did you mean "mode"?',
    ]
    assert err == "This file is not used as it is; a running app keeps the last good policy.\n"
    code, found = answer(tmp_path, "check", str(wrong))
    assert (code, found["ok"], found["usable"], found["exists"]) == (1, False, False, True)
    assert [(one["line"], one["column"], one["fault"]) for one in found["findings"]] == [(3, 12, True), (4, 3, True)]


def test_check_remarks_on_rules_without_effect(tmp_path: Path) -> None:
    write(tmp_path, tools={TEXT: {"action": "deny", "rate_limit": {"max": 1, "window": "minute"}}})
    code, out, err = said(tmp_path, "check")
    assert (code, err) == (1, "The file is used all the same; these rules have no effect as it stands.\n")
    assert out.endswith('"action" denies every call of the tool, so "rate_limit" is never reached\n')
    assert answer(tmp_path, "check")[1]["usable"] is True


def test_check_without_a_fault(tmp_path: Path) -> None:
    code, out, _ = said(tmp_path, "check")
    assert code == 0
    assert "the default policy holds" in out
    path = write(tmp_path)
    assert said(tmp_path, "check") == (0, f"{path}: nothing is wrong\n", "")
    assert answer(tmp_path, "check") == (
        0,
        {"file": str(path), "exists": True, "ok": True, "usable": True, "findings": []},
    )


def test_check_of_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    assert said(tmp_path, "check", str(tmp_path / "none.json"))[0] == 1
    binary = tmp_path / "utf16.json"
    binary.write_text("{}", "utf-16")
    code, out, _ = said(tmp_path, "check", str(binary), language="zh_CN")
    assert (code, out) == (1, f"{binary}:1:1: 此处不是 UTF-8 文字，请以 UTF-8 编码保存文件\n")


def test_show_says_what_holds_for_every_tool(tmp_path: Path) -> None:
    limit = {"counter": "all", "window": 90, "max": 5, "scope": "global"}
    write(tmp_path, all_tools={"limits": [limit]}, hide=["dingtalk_status"], tools={TEXT: {"reason": "mine"}})
    code, out, err = said(tmp_path, "show")
    assert (code, err) == (0, "")
    assert "All tools together: at most 5 in any 90 s for all clients together (counter all)" in out
    assert "reason: mine" in out
    lines = {line.split()[0]: line for line in out.splitlines() if line.startswith("dingtalk_")}
    assert tuple(lines) == NAMES
    assert [word in lines[name] for name, word in ((TEXT, " allow "), ("dingtalk_status", " hidden "))] == [True, True]
    assert lines["dingtalk_configure"].endswith("  deny    changes where messages go")


def test_show_as_json_holds_the_whole_policy(tmp_path: Path) -> None:
    code, found = answer(tmp_path, "show")
    assert (code, found["exists"]) == (0, False)
    assert found["policy"]["tools"].keys() == found["tools"].keys() == set(NAMES)
    assert found["policy"]["tools"] == json.loads(default_policy())["tools"]
    assert found["tools"]["dingtalk_status"] == {"risk": "read", "hidden": False, "action": "allow"}


def test_show_of_a_broken_file_says_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, tool={})
    code, out, err = said(tmp_path, "show")
    assert (code, out) == (1, "")
    assert err.startswith('policy.json, line 1: There is no key "tool" here; did you mean "tools"?')


def test_test_says_what_would_happen_and_why(tmp_path: Path) -> None:
    alone = "No app is running: counters are taken as empty.\n"
    assert said(tmp_path, "test", TEXT, "--args", '{"content": "x"}') == (0, f"Allowed (tools.{TEXT})\n", alone)
    code, out, _ = said(tmp_path, "test", TEXT, "--args", "-", given='{"content": "x", "atAll": true}')
    rule = f"tools.{TEXT}.require_approval_if[0]"
    assert (code, out) == (1, f"Waits for your approval ({rule}): Mentions everybody in the group\n")
    assert answer(tmp_path, "test", "dingtalk_configure")[1]["verdict"] == "ask"
    write(tmp_path, tools={TEXT: {"rate_limit": {"max": 3, "window": 30}}})
    code, found = answer(tmp_path, "test", TEXT, "--client", "codex", "--session", "s1")
    counters = [{"counter": f"{TEXT}_rate", "scope": "grant", "window_s": 30}]
    assert (code, found["verdict"], found["counters"]) == (0, "allow", counters)
    assert answer(tmp_path, "test", "dingtalk_status")[1] == {
        "tool": "dingtalk_status",
        "risk": "read",
        "verdict": "deny",
        "rule": "default",
        "reason": "Your policy does not allow this tool",
        "would": None,
        "counters": [],
        "counter": None,
        "used": None,
        "max": None,
        "retry_after_s": None,
        "live": False,
        "words": "Denied (default): Your policy does not allow this tool",
    }


def test_test_of_an_observing_policy_says_what_would_have_been(tmp_path: Path) -> None:
    write(tmp_path, mode="observe")
    code, out, _ = said(tmp_path, "test", TEXT)
    assert code == 0
    assert out.endswith("Enforced: Denied (default): Your policy does not allow this tool\n")
    assert answer(tmp_path, "test", TEXT)[1]["would"]["verdict"] == "deny"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("dingtalk_send_txt",), "Did you mean dingtalk_send_text?"),
        (("zzz",), "There are: dingtalk_notify_session_end"),
        ((TEXT, "--args", "{"), "The arguments are no JSON: line 1, column 2"),
        ((TEXT, "--args", "[]"), "The arguments are no JSON object"),
        ((TEXT, "--args", '{"contnet": "x"}'), "did you mean content?"),
    ],
)
def test_test_says_what_is_wrong_with_the_call(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = said(tmp_path, "test", *arguments)
    assert (code, out) == (1, "")
    assert words in err


def test_reset_asks_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = write(tmp_path)
    old = path.read_text("utf-8")
    code, out, err = said(tmp_path, "reset")
    assert (code, out, path.read_text("utf-8")) == (1, "", old)
    assert "--yes" in err
    code, found = answer(tmp_path, "reset", "--yes")
    assert (code, path.read_text("utf-8")) == (0, default_policy())
    assert Path(found["backup"]).read_text("utf-8") == old
    assert said(tmp_path, "check")[0] == 0


INTERCEPT = """# from the catalogue
version: "1"
default: deny
tools:
  dingtalk_send_text:
    rules:
      - rate_limit: 5/hour
        on_deny: "Five an hour"
  dingtalk_send_link:
    rules: [{transform: x}]
"""


def test_import_says_what_it_is_shows_the_difference_and_asks(tmp_path: Path) -> None:
    path = write(tmp_path, tools={TEXT: {}})
    old = path.read_text("utf-8")
    pasted = tmp_path / "intercept.yaml"
    pasted.write_text(INTERCEPT, "utf-8")
    code, out, err = said(tmp_path, "import", str(pasted))
    assert (code, path.read_text("utf-8")) == (1, old)  # nobody to ask
    assert "--yes" in err
    assert out.startswith(
        "This is a policy of Intercept\n"
        "  dingtalk_send_link: rules[0].transform cannot be translated, so every call asks you\n"
        f"{path} would change like this:\n"
    )
    assert '\n  +          "max": 5,\n' in out
    code, out, err = said(tmp_path, "import", "-", "--yes", given=INTERCEPT)
    assert (code, err) == (0, "")
    assert out.endswith(f"{path} now holds this policy\nThe old file is kept as {path}.bak-1\n")
    assert Path(f"{path}.bak-1").read_text("utf-8") == old
    code, found = answer(tmp_path, "show")
    assert found["tools"][TEXT]["limits"][0]["max"] == 5
    assert found["tools"]["dingtalk_send_link"]["action"] == "require_approval"
    code, found = answer(tmp_path, "import", str(pasted), "--yes")
    assert (code, found["changed"], found["backup"], len(found["notes"])) == (0, False, None, 1)


def test_a_paste_in_the_files_place_is_named_by_check_and_import_mends_it_in_place(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(f"```json\n{default_policy()}\n```\n", "utf-8")
    code, out, _ = said(tmp_path, "check")
    assert code == 1
    assert f"{path}:1:1: this is a policy, in a code fence, not what policy.json holds" in out
    assert "missing or superfluous comma" not in out
    assert said(tmp_path, "import", str(path), "--yes")[0] == 0
    assert said(tmp_path, "check")[0] == 0


def test_import_refuses_what_is_no_policy_and_names_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path)
    old = path.read_text("utf-8")
    assert said(tmp_path, "import", "-", "--yes", given="hello")[0] == 1
    code, _, err = said(tmp_path, "import", str(tmp_path / "none.yaml"))
    assert (code, "There is no file" in err) == (1, True)
    assert path.read_text("utf-8") == old
