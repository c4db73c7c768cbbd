"""What a release hands to other programs can be read by them, agrees with the packages, and names nobody's host."""

import os
import plistlib
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from steps import linux, mac, manifests, project, windows_files
from steps.targets import TARGETS

import tray_app
from tray_app.__main__ import is_clicked

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/release.yml"
URL, HOME, DIGEST = "https://forge.example/r/v1", "https://forge.example/r", "ab" * 32


def test_winget_reads_one_version_one_installer_and_one_language() -> None:
    texts = {name: yaml.safe_load(text) for name, text in manifests.winget(f"{URL}/x.exe", DIGEST, HOME).items()}
    assert {text["ManifestType"] for text in texts.values()} == {"version", "installer", "defaultLocale"}
    for text in texts.values():
        assert text["PackageVersion"] == tray_app.__version__
        assert text["PackageIdentifier"] == "DingTalkTray.DingTalkTray"
        assert all(len(part) <= 32 for part in text["PackageIdentifier"].split("."))  # as its schema of 1.6.0 says
    (installer,) = (text for text in texts.values() if text["ManifestType"] == "installer")
    (words,) = (text for text in texts.values() if text["ManifestType"] == "defaultLocale")
    assert {"Publisher", "PackageName", "License", "ShortDescription", "PackageLocale"} <= words.keys()
    assert 3 <= len(words["ShortDescription"]) <= 256
    script = (ROOT / "packaging/windows/installer.nsi").read_text(encoding="utf-8")
    assert f'CurrentVersion\\Uninstall\\{installer["ProductCode"]}"' in script  # how winget knows it again
    assert f'"Publisher" "{words["Publisher"]}"' in script
    assert f'"DisplayName" "{words["PackageName"]}"' in script
    assert (installer["Scope"], installer["InstallerType"]) == ("user", "nullsoft")
    assert installer["Installers"] == [
        {"Architecture": "x64", "InstallerUrl": f"{URL}/x.exe", "InstallerSha256": DIGEST.upper()}
    ]


def test_the_cask_names_image_digest_and_what_to_take_away() -> None:
    text = manifests.homebrew(f"{URL}/DingTalkTray-{tray_app.__version__}-arm64.dmg", DIGEST, HOME)
    assert f'url "{URL}/DingTalkTray-#{{version}}-arm64.dmg"' in text
    assert f'sha256 "{DIGEST}"' in text
    assert text.count(" do\n") == len(re.findall(r"^end$", text, re.MULTILINE)) == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_the_aur_reads_the_same_from_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "glibc_of_deb", lambda _package: "2.35")
    texts = manifests.aur(f"{URL}/x.deb", DIGEST, HOME)
    build = tmp_path / "PKGBUILD"
    build.write_text(texts["aur/PKGBUILD"], encoding="utf-8")
    ask = '. "$1"; printf "%s\n" "$pkgname" "$pkgver" "$depends" "$source" "$sha256sums" "$pkgdesc"'
    said = subprocess.run(["bash", "-euc", ask, "bash", str(build)], capture_output=True, text=True, check=True).stdout
    info = dict(re.findall(r"^\t?(\w+) = (.*)$", texts["aur/.SRCINFO"], re.MULTILINE))
    names = ("pkgname", "pkgver", "depends", "source", "sha256sums", "pkgdesc")
    assert said.splitlines() == [info[name] for name in names]


def test_manifests_are_made_for_the_packages_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "DIST", tmp_path)
    monkeypatch.setattr(manifests, "FOLDER", tmp_path / "manifests")
    (tmp_path / f"DingTalkTray-{tray_app.__version__}-x64.exe").write_bytes(b"setup")
    with pytest.raises(SystemExit, match="DINGTALK_TRAY_RELEASE_URL"):
        manifests.build()
    monkeypatch.setenv("DINGTALK_TRAY_RELEASE_URL", URL)
    monkeypatch.setenv("DINGTALK_TRAY_HOME_URL", HOME)
    assert {path.parent.name for path in manifests.build()} == {"winget"}


def workflow() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return read


def test_the_workflow_makes_targets_that_there_are_and_names_no_host() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "://" not in text
    steps = [step for job in workflow()["jobs"].values() for step in job["steps"]]
    made = [words for step in steps for words in re.findall(r"build\.py ([a-z ]+)", step.get("run", ""))]
    named = {name for words in made for name in words.split()}
    assert named <= set(TARGETS)
    assert named == set(TARGETS)  # a release has all there is
    assert {job for job in workflow()["jobs"] if "ubuntu" in workflow()["jobs"][job]["runs-on"]} == {"packages"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_each_script_of_the_workflow_is_one_and_hands_out_every_file(tmp_path: Path) -> None:
    jobs = workflow()["jobs"]
    scripts = [step["run"] for name in ("packages", "macos") for step in jobs[name]["steps"] if "run" in step]
    for script in scripts:
        plain = re.sub(r"\$\{\{.*?\}\}", "x", script)
        done = subprocess.run(["bash", "-n"], input=plain, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), script
    for name in ("dist/a.deb", "dist/SHA256SUMS", "dist/manifests/aur/.SRCINFO", "dist/manifests/aur/PKGBUILD"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (pack,) = (script for script in scripts if script.startswith("tar "))
    (publish,) = (script for script in scripts if script.startswith("gh release "))
    words = ["bash", "-euc", f"gh() {{ printf '%s\\n' \"$@\"; }}\n{pack}\n{publish}"]
    env = {**os.environ, "GITHUB_REF_NAME": "v1"}
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True, env=env)
    assert {"dist/a.deb", "dist/SHA256SUMS", "manifests.tar.gz"} <= set(done.stdout.splitlines())
    with tarfile.open(tmp_path / "manifests.tar.gz") as packed:
        assert {"manifests/aur/.SRCINFO", "manifests/aur/PKGBUILD"} <= set(packed.getnames())


class Recipe:
    """What PyInstaller is told by the spec: each of its words with what it was given, in their order."""

    def __init__(self, platform: str, build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        hooks = ModuleType("PyInstaller.utils.hooks")
        vars(hooks).update(collect_submodules=lambda name: [name], collect_data_files=lambda name: [(name, name)])
        for name in ("PyInstaller", "PyInstaller.utils"):
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.setitem(sys.modules, hooks.__name__, hooks)
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(project, "BUILD", build)
        self.said: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        words = {word: self._take(word) for word in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}
        spec = ROOT / "packaging/dingtalk-tray.spec"
        exec(compile(spec.read_text(encoding="utf-8"), spec.name, "exec"), {"SPECPATH": str(spec.parent), **words})  # noqa: S102 - as PyInstaller does

    def _take(self, word: str) -> Callable[..., SimpleNamespace]:
        def said(*given: Any, **named: Any) -> SimpleNamespace:
            self.said.append((word, given, named))
            return SimpleNamespace(pure=[], scripts=[], binaries=[], datas=[], said=named)

        return said

    def of(self, word: str) -> list[dict[str, Any]]:
        return [named for each, _, named in self.said if each == word]


def test_the_bundle_lives_in_the_menu_bar_opens_the_tray_and_holds_the_licences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        recipe = Recipe("darwin", tmp_path, patch)
    (bundle,) = recipe.of("BUNDLE")
    assert (bundle["name"], bundle["version"]) == ("DingTalkTray.app", tray_app.__version__)
    plist = bundle["info_plist"]
    assert (plist["LSUIElement"], plist["LSBackgroundOnly"]) == (True, False)
    assert plist["CFBundleExecutable"] == "dingtalk-trayw"  # PyInstaller takes the first: that of the terminal
    assert {one["name"]: one["console"] for one in recipe.of("EXE")} == {"dingtalk-tray": True, "dingtalk-trayw": False}
    (analysis,) = recipe.of("Analysis")
    carried = {Path(source).name: place for source, place in analysis["datas"]}
    assert {"LICENSE": ".", "THIRD-PARTY-LICENCES.txt": "."}.items() <= carried.items()
    assert "pystray" in (tmp_path / "licences/THIRD-PARTY-LICENCES.txt").read_text("utf-8")
    rights = plistlib.loads(mac.ENTITLEMENTS.read_bytes())
    assert rights == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


def test_the_recipe_for_linux_makes_one_program_and_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        recipe = Recipe("linux", tmp_path, patch)
    assert [one["name"] for one in recipe.of("EXE")] == ["dingtalk-tray"]
    assert recipe.of("BUNDLE") == []


def test_the_windowless_program_that_is_clicked_runs_the_app() -> None:
    assert is_clicked(["/Applications/DingTalkTray.app/Contents/MacOS/dingtalk-trayw"])  # without an argument
    assert is_clicked(["C:\\Programs\\DingTalkTray\\dingtalk-trayw.EXE"])
    assert not is_clicked(["dingtalk-trayw", "status"])
    assert not is_clicked(["/usr/bin/dingtalk-tray"])


def test_only_what_is_not_windows_own_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def library(name: str, head: bytes = b"MZ") -> tuple[str, str, str]:
        path = tmp_path / "system32" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(head)
        return name, str(path), "BINARY"

    genuine = tmp_path / "vcruntime140.dll"
    genuine.write_bytes(b"MZ" + "Microsoft Corporation".encode("utf-16-le"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    given = [
        library("api-ms-win-crt-runtime-l1-1-0.dll"),
        library("bcryptprimitives.dll"),
        library("ucrtbase.dll"),
        library("msvcp140.dll", b"MZ" + b"\0" * 62 + b"Wine builtin DLL"),
        library("VCRUNTIME140.dll", b"MZ" + b"\0" * 62 + b"Wine builtin DLL"),
        library("python313.dll"),
    ]
    kept = windows_files.shipped(given)
    assert [(name, Path(source).parent.name) for name, source, _ in kept] == [
        ("VCRUNTIME140.dll", tmp_path.name),
        ("python313.dll", "system32"),
    ]
    app = tmp_path / "app"
    app.mkdir()
    for name, source in (("vcruntime140.dll", genuine), ("msvcp140.dll", Path(given[3][1]))):
        shutil.copy(source, app / name)
    assert windows_files.faults(app) == [
        "dingtalk-tray.exe is missing",
        "dingtalk-trayw.exe is missing",
        "msvcp140.dll",
    ]
    shutil.copy(given[4][1], app / "vcruntime140.dll")
    assert "vcruntime140.dll is not Microsoft's" in windows_files.faults(app)


def test_both_programs_say_the_version_where_windows_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_files, "BUILD", tmp_path)
    windows_files.write_versions()
    for name in (project.NAME, f"{project.NAME}w"):
        text = (tmp_path / f"{name}.version.txt").read_text(encoding="utf-8")
        assert f'StringStruct("FileVersion", {tray_app.__version__!r})' in text
        compile(text, name, "eval")


def test_the_installer_asks_for_no_administrator_and_is_one_for_64_bits() -> None:
    text = (ROOT / "packaging/windows/installer.nsi").read_text(encoding="utf-8")
    for line in (
        "Target amd64-unicode",
        "RequestExecutionLevel user",
        'InstallDir "$LOCALAPPDATA\\Programs\\DingTalkTray"',
    ):
        assert f"\n{line}\n" in text
    assert "HKLM" not in text
    assert "${VERSION}" in text
