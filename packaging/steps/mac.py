"""The disk image for macOS, made on a Mac: the bundle of the spec, signed and notarised where there is an account.

Written by Apple's documents and never run here; macos/README.md has the steps.
"""

import os
import subprocess
from pathlib import Path

from steps import frozen
from steps.project import BUILD, DIST, PACKAGING, WINDOWS_NAME, machine, version

ENTITLEMENTS = PACKAGING / "macos" / "entitlements.plist"


def build() -> Path:
    """Make the image in `dist/` and give its path."""
    app = frozen.build().parent / f"{WINDOWS_NAME}.app"
    identity, profile = (os.environ.get(f"DINGTALK_TRAY_{name}", "") for name in ("IDENTITY", "NOTARY_PROFILE"))
    if identity:
        sign(app, identity)
    target = DIST / f"{WINDOWS_NAME}-{version()}-{machine()}.dmg"
    folder = BUILD / "dmg"
    run("rm", "-rf", str(folder))
    run("mkdir", "-p", str(folder))
    run("ditto", str(app), str(folder / app.name))
    run("ln", "-s", "/Applications", str(folder / "Applications"))
    run(
        "hdiutil",
        "create",
        "-ov",
        "-format",
        "UDZO",
        "-volname",
        "DingTalk Tray",
        "-srcfolder",
        str(folder),
        str(target),
    )
    if identity and profile:
        run("codesign", "--sign", identity, "--timestamp", str(target))
        run("xcrun", "notarytool", "submit", str(target), "--keychain-profile", profile, "--wait")
        run("xcrun", "stapler", "staple", str(target))
    return target


def sign(app: Path, identity: str) -> None:
    """Sign the bundle anew, from the inside out, for the hardened runtime that notarisation asks for."""
    libraries = [path for path in app.rglob("*") if path.suffix in (".so", ".dylib") and not path.is_symlink()]
    programs = [path for path in (app / "Contents/MacOS").iterdir() if path.is_file()]
    for path in (*libraries, *programs, app):
        hardened = ["--options", "runtime", "--entitlements", str(ENTITLEMENTS)]
        run("codesign", "--force", "--timestamp", *hardened, "--sign", identity, str(path))
    run("codesign", "--verify", "--deep", "--strict", str(app))


def run(*words: str) -> None:
    """Run a step; where it fails, its own words are above."""
    subprocess.run(words, check=True)
