"""What a newcomer runs, on any system, with nothing but Python 3.11 or newer.

    python dev.py demo            show the main job once, without account, display or keyring; 0 if it worked
    python dev.py test [ARGS]     every test; ARGS go to pytest
    python dev.py test --windows [ARGS]    on Debian: those of tests/windows, or ARGS, with a Windows Python under Wine
    python dev.py check [NAMES]   lint, format, layers, types on three systems, dependencies, locks
    python dev.py run [ARGS]      the app itself; ARGS as in `dingtalk-tray run`
    python dev.py bench [ARGS]    the measurements
    python dev.py soak [--minutes N]    the whole app under everything at once: nothing lost, doubled or growing (Linux)
    python dev.py mutate [NAMES]  whether the tests notice each small change to the modules that decide
    python dev.py lock [ARGS]     write the locks anew (ARGS go to uv); `lock --check` says if they are fresh

The first run makes .venv from the hashed locks; later ones need no network. Nothing outside this folder is changed but
uv's own cache. This file must stay readable for old Pythons, so that they can say what is wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "dev-stamp.json"
OWN = ROOT / ".dev"
BOOTSTRAP = ROOT / "packaging" / "uv-bootstrap.txt"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}  # dev holds all of run
WINDOWS = OWN / "windows"
MYPY = ["-m", "mypy", "--no-error-summary"]
SOURCES = ["tray_app", "assets", "packaging", "dev.py"]
CHECKS = {
    "lint": ["-m", "ruff", "check", "--quiet"],
    "format": ["-m", "ruff", "format", "--check", "--quiet"],
    "layers": ["-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-logo"],
    "types-linux": [*MYPY, "--platform=linux", "--cache-dir=.mypy_cache/linux", *SOURCES, "tests"],
    "types-win32": [*MYPY, "--platform=win32", "--cache-dir=.mypy_cache/win32", *SOURCES, "tests"],
    "types-darwin": [*MYPY, "--platform=darwin", "--cache-dir=.mypy_cache/darwin", *SOURCES],
    "dependencies": ["-m", "deptry", "--no-ansi", "."],
    "locks": ["packaging/locks.py", "--check"],
}


def main(argv: list[str]) -> int:
    """Run one command; the result is the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words instead of a SyntaxError somewhere below
        sys.exit("dingtalk-tray needs Python 3.11 or newer; this is " + platform.python_version() + ".")
    command, args = (argv[0], argv[1:]) if argv else ("--help", [])
    os.chdir(ROOT)
    if command in ("demo", "run"):
        prepare("run")
        return become(["-m", "tray_app", command, *args])
    if command == "test" and "--windows" in args:
        return test_on_windows([word for word in args if word != "--windows"])
    if command == "test":
        prepare("dev")
        return become(["-m", "pytest", *args])
    if command == "bench":
        prepare("dev")
        return become(["-m", "tests.bench", *args])
    if command == "soak":
        prepare("dev")
        return become(["-m", "tests.soak", *args])
    if command == "mutate":
        prepare("dev")
        return become(["-m", "tests.mutation", *args])
    if command == "check":
        prepare("dev")
        return check(args)
    if command == "lock":
        return subprocess.call([sys.executable, "packaging/locks.py", *args])
    print(__doc__)
    return 0 if command in ("-h", "--help", "help") else 2


def become(words: list[str]) -> int:
    """Run the environment's Python in this process's place, so that signals and exit codes are its own."""
    sys.stdout.flush()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else the app, started hundreds of times by tests, compiles anew
    if os.name == "posix":
        os.execv(PYTHON, [str(PYTHON), *words])  # noqa: S606 - no shell is wanted
    try:
        return subprocess.call([str(PYTHON), *words])
    except KeyboardInterrupt:  # the child got it too and has said what there was to say
        return 130


def test_on_windows(args: list[str]) -> int:
    """Make or renew the Windows Python, and run pytest with it; the result is the exit code."""
    if os.name == "nt":
        sys.exit("This is Windows: run the tests without --windows.")
    if shutil.which("bash") is None or shutil.which("dpkg-query") is None:
        sys.exit("--windows needs Debian 12 on amd64, whose Wine it runs on.")
    prepare("dev")
    uv, env = find_uv()
    call(["bash", "packaging/windows/python.sh", str(WINDOWS), str(LOCKS["dev"])], {**env, "UV": uv[0]})
    return become(["-m", "tests.windows", *args])


def check(names: list[str]) -> int:
    """Run all checks, or those named, and say at the end which failed."""
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        sys.exit("No such check: " + ", ".join(unknown) + ". There are: " + ", ".join(CHECKS))
    failed = []
    for name in names or CHECKS:
        print("== " + name, flush=True)
        if subprocess.call([str(PYTHON), *CHECKS[name]]):
            failed.append(name)
    print("Failed: " + ", ".join(failed) if failed else "All checks passed.")
    return 1 if failed else 0


def prepare(level: str) -> None:
    """Bring .venv up to its lock: "run" (small) or "dev" (everything). Does nothing where that was done before."""
    done = read_stamp()
    if done == wanted(level) or done == wanted("dev"):
        return
    level = "dev" if done.get("level") == "dev" else level  # never take the tools away again
    uv, env = find_uv()
    print("Setting up .venv ...", file=sys.stderr, flush=True)
    STAMP.unlink(missing_ok=True)
    if not venv_fits():
        call([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], env)
    target = ["--quiet", "--python", str(PYTHON)]
    offline_first([*uv, "pip", "sync", *target, "--require-hashes", str(LOCKS[level])], env)
    build = ["--no-deps", "--build-constraints", str(LOCKS["dev"])]  # the build backend too is held to its hash
    offline_first([*uv, "pip", "install", *target, *build, "--editable", "."], env)
    STAMP.write_text(json.dumps(wanted(level)), encoding="utf-8")


def wanted(level: str) -> dict[str, str]:
    """What the stamp says after success: the level, and everything the environment depends on as one digest."""
    texts = [path.read_bytes() for path in (*LOCKS.values(), ROOT / "pyproject.toml")]
    place = [platform.python_version().encode(), os.fsencode(VENV)]
    return {"level": level, "made_from": hashlib.sha256(b"\0".join(texts + place)).hexdigest()}


def read_stamp() -> dict[str, str]:
    """What the last success wrote; empty where there was none or the environment's Python is gone."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8"))) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def venv_fits() -> bool:
    """Say whether .venv is there and of this Python's version."""
    try:
        config = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    versions = [line.partition("=")[2].strip() for line in config.splitlines() if line.startswith("version")]
    return PYTHON.exists() and platform.python_version() in versions


def find_uv() -> tuple[list[str], dict[str, str]]:
    """Give uv's command and its environment: from PATH, else a pinned, hashed one that pip puts into .dev."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("UV_PYTHON", "UV_SYSTEM_PYTHON", "VIRTUAL_ENV")
    }
    env["UV_COMPILE_BYTECODE"] = "1"  # else PYTHONDONTWRITEBYTECODE would make every start compile everything again
    if not os.access(Path("~").expanduser(), os.W_OK):
        env.setdefault("UV_CACHE_DIR", str(OWN / "uv-cache"))
    on_path = shutil.which("uv")
    if on_path and new_enough(on_path):
        return [on_path], env
    home = OWN / ("uv-" + hashlib.sha256(BOOTSTRAP.read_bytes()).hexdigest()[:8])
    pip = find_pip()
    if not home.exists():
        print("Fetching uv into .dev ...", file=sys.stderr, flush=True)
        shutil.rmtree(OWN / "new", ignore_errors=True)
        hashed = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(BOOTSTRAP)]
        call([*pip, "install", "--quiet", "--disable-pip-version-check", "--target", str(OWN / "new"), *hashed], env)
        (OWN / "new").rename(home)
    env = {**from_pip(pip), **env}
    return [str(next(path for path in home.glob("*/uv*") if path.stem == "uv" and path.suffix in ("", ".exe")))], env


def new_enough(uv: str) -> bool:
    """Say whether this uv runs (a shim may not) and knows the options used here."""
    done = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"uv (\d+)\.(\d+)", done.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= (0, 8)


def from_pip(pip: list[str]) -> dict[str, str]:
    """Give uv, which does not look there, the mirror and the certificate that pip is set to."""
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    pairs = [line.partition("=") for line in reversed(listed.splitlines())]  # the environment's come first, and win
    found = {name.rpartition(".")[2]: value.strip("'\"") for name, _, value in pairs}
    return {names[name]: value for name, value in found.items() if name in names}


def find_pip() -> list[str]:
    """Give pip's command: this Python's own, else one in a private environment in .dev."""
    private = OWN / "pip" / PYTHON.relative_to(VENV)
    for python in (sys.executable, str(private)):
        if (
            Path(python).exists()
            and not subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode
        ):
            return [python, "-m", "pip"]
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(OWN / "pip")], capture_output=True, check=False)
    if made.returncode:
        shutil.rmtree(OWN / "pip", ignore_errors=True)
        sys.exit(
            "This Python has neither pip nor venv, and there is no uv. Install one of them, then run the same command"
            " again (Debian, Ubuntu: sudo apt-get install python3-venv)."
        )
    return [str(private), "-m", "pip"]


def call(words: list[str], env: dict[str, str]) -> None:
    """Run a step of the set-up; where it fails, its own words are above ours."""
    if subprocess.call(words, env=env):
        sys.exit(
            "Setting up failed at: "
            + " ".join(words)
            + "\nThe reason is above; after mending it run the same command again."
        )


def offline_first(words: list[str], env: dict[str, str]) -> None:
    """Run a step of uv from its cache where that is enough, so that a moved or pulled clone needs no network."""
    if subprocess.run([*words, "--offline"], env=env, capture_output=True, check=False).returncode:
        call(words, env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
