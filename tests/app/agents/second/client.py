"""Stands in for Scribe's client: writes what `tests.app.agents.second.agent` reads."""

from pathlib import Path


def write(home: Path, name: str, *rows: tuple[object, ...]) -> None:
    """Let Scribe write into the journal of a session."""
    (home / "journal").mkdir(parents=True, exist_ok=True)
    with (home / "journal" / f"{name}.tsv").open("a", encoding="utf-8") as file:
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)


def run(home: Path, *rows: tuple[object, ...]) -> None:
    """Let these clients run."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "running.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), "utf-8")
