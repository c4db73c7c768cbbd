"""The small rules of the build: one time for all files, licences for all components, checksums that check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from steps import checksums, frozen, licences, project

ROOT = Path(__file__).parents[2]


def test_a_component_without_a_licence_ends_the_build() -> None:
    with pytest.raises(SystemExit, match=r"No licence text is known for b\."):
        licences.together([("a", "free"), ("b", "")])
    assert "\na\n" in licences.together([("a", "free")])


def test_everything_the_app_runs_on_has_its_licence() -> None:
    parts = dict(licences.of_packages())
    assert {name.partition(" ")[0] for name in parts} >= {"mcp", "keyring", "pystray", "httpx", "pillow"}
    assert [name for name, text in parts.items() if not text.strip()] == []
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in next(text for name, text in parts.items() if "pystray" in name)
    name, text = licences.of_python()
    assert name.startswith("Python 3.")
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in text


def test_every_file_gets_the_time_of_the_last_commit_or_the_one_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_text("x", encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    project.epoch.cache_clear()
    project.set_times(tmp_path)
    project.epoch.cache_clear()
    assert {path.stat().st_mtime for path in (tmp_path, *tmp_path.rglob("*"))} == {1_700_000_000}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert project.epoch() >= project.day_of_release()
    project.epoch.cache_clear()


def test_no_list_of_files_holds_the_path_of_the_build(tmp_path: Path) -> None:
    record = tmp_path / "_internal/x-1.dist-info/RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("../../../bin/x,sha256=ab,1\nx/__init__.py,sha256=cd,2\nx-1.dist-info/RECORD,,\n", "utf-8")
    frozen.forget_scripts(tmp_path)
    assert record.read_text("utf-8") == "x/__init__.py,sha256=cd,2\nx-1.dist-info/RECORD,,\n"


@pytest.mark.skipif(os.name == "nt", reason="no sha256sum there")
def test_the_checksums_are_read_by_sha256sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"2")
    monkeypatch.setattr(checksums, "DIST", tmp_path)
    made = checksums.build()
    words = ["sha256sum", "--check", "--strict", made.name]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "one: OK\ntwo: OK\n"


def test_the_help_names_every_target() -> None:
    done = subprocess.run(
        [sys.executable, "packaging/build.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for target in ("wheel", "sdist", "app", "deb", "rpm", "exe", "dmg", "sbom", "checksums", "manifests", "all"):
        assert f"\n    {target} " in done.stdout
