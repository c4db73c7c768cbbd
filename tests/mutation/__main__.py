"""Change the modules that decide in every small way and count the changes that a test notices.

mutmut makes the changes and runs the tests that reach them; which modules and which tests stands in pyproject.toml.
This command starts it, sets apart the changes that mean the same (`equivalents.toml`), shows what survived, and fails
below 90 %.
"""

import argparse
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

try:
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key
except ModuleNotFoundError:
    sys.exit("mutmut is not installed here: it runs on Linux and on Macs with Apple's chips.")

LEAST_PER_CENT = 90
EQUIVALENTS = Path(__file__).with_name("equivalents.toml")
UNNOTICED = {"survived", "no tests", "not checked", "skipped"}
WORK = Path("mutants")


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of one module's mutants. `survived` has each as people read it."""

    killed: int = 0
    equivalent: int = 0
    survived: list[str] = field(default_factory=list)

    @property
    def per_cent(self) -> float:
        """How many of those that can be noticed were."""
        return 100 * self.killed / max(1, self.killed + len(self.survived))


def main() -> int:
    """Try the modules named, or all; 1 where one is below 90 %."""
    modules = {Path(path).stem: Path(path) for path in _settings()["only_mutate"]}
    parser = argparse.ArgumentParser(prog="dev.py mutate", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(modules)}; all without one")
    asked = parser.parse_args().modules or list(modules)
    if unknown := [name for name in asked if name not in modules]:
        parser.error(f"no such module: {', '.join(unknown)}; there are {', '.join(modules)}")
    try:
        _try([modules[name] for name in asked])
        tallies = {name: _tally(name, modules[name]) for name in asked}
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    for name, tally in tallies.items():
        print("\n".join(f"{name} {mutant}" for mutant in tally.survived), end="\n" if tally.survived else "")
    print(_table(tallies))
    return 1 if any(tally.per_cent < LEAST_PER_CENT for tally in tallies.values()) else 0


def _settings() -> dict[str, list[str]]:
    return dict(tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"])


def _try(paths: list[Path]) -> None:
    """Let mutmut try them from the start; what it says is shown to a person, and to a log where it fails."""
    shutil.rmtree(WORK, ignore_errors=True)
    patterns = [".".join(path.with_suffix("").parts) + ".*" for path in paths]
    words = [sys.executable, "-m", "mutmut", "run", *patterns]
    seen = sys.stdout.isatty()
    done = subprocess.run(words, check=False, text=True, capture_output=not seen)
    if done.returncode:
        sys.exit(f"{'' if seen else done.stdout[-5000:] + done.stderr}\nmutmut could not try them.")


def _tally(name: str, path: Path) -> Tally:
    equivalents = _equivalents(name)
    data, tally, met = SourceFileMutationData(path=path), Tally(), set[str]()
    data.load()
    for mutant, code in data.exit_code_by_key.items():
        if status_by_exit_code[code] not in UNNOTICED:
            tally.killed += 1
            continue
        change = _change(mutant, path)
        met.add(change)
        if change in equivalents:
            tally.equivalent += 1
        else:
            tally.survived.append(change)
    for change in sorted(equivalents - met):
        print(f"{name}: no such mutant, or a test notices it: {change}")
    return tally


def _equivalents(name: str) -> set[str]:
    groups = tomllib.loads(EQUIVALENTS.read_text(encoding="utf-8")).get(name, [])
    return {change for group in groups for change in group["same"]}


def _change(mutant: str, path: Path) -> str:
    """Say it in one line, the same wherever the lines above it go: `Window.since: before => after`."""
    function, owner = orig_function_and_class_names_from_key(mutant)
    lines = get_diff_for_mutant(mutant, path=path).split("\n")[3:]
    before, after = (" ".join(" ".join(line[1:].split()) for line in lines if line[:1] == mark) for mark in "-+")
    name = f"{owner}.{function}" if owner else function
    return f"{name}: {before} => {after}".strip()


def _table(tallies: dict[str, Tally]) -> str:
    width = max(map(len, tallies))
    rows = [f"{'module':{width}}  mutants  killed  equivalent  survivors  per cent"]
    for name, tally in tallies.items():
        survived = len(tally.survived)
        total = tally.killed + tally.equivalent + survived
        rows.append(f"{name:{width}}{total:9}{tally.killed:8}{tally.equivalent:12}{survived:11}{tally.per_cent:10.1f}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
