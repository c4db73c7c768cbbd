"""Which files a build for Windows carries, and what Windows shows of the two programs."""

import sys
from collections.abc import Iterable
from pathlib import Path

from steps.project import BUILD, LICENCE, NAME, description, version

# what is Windows' own: it is there already, and a copy from Wine would be no copy of it
_OF_WINDOWS = ("api-ms-win-", "ext-ms-", "ucrtbase", "bcryptprimitives")
_WINE = (b"Wine builtin DLL", b"Wine placeholder DLL")
_VERSION = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, OS=0x40004, fileType=1),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("FileDescription", "DingTalk Tray"),
      StringStruct("Comments", {about!r}),
      StringStruct("FileVersion", {version!r}),
      StringStruct("InternalName", {name!r}),
      StringStruct("LegalCopyright", {licence!r}),
      StringStruct("OriginalFilename", {file!r}),
      StringStruct("ProductName", "DingTalk Tray"),
      StringStruct("ProductVersion", {version!r}),
    ])]),
    VarFileInfo([VarStruct("Translation", [1033, 1200])]),
  ],
)
"""


def write_versions() -> None:
    """Write what PyInstaller puts into each program as its properties."""
    numbers = tuple([*(int(part) for part in version().split(".")), 0, 0, 0][:4])
    for name in (NAME, f"{NAME}w"):
        text = _VERSION.format(
            numbers=numbers, about=description(), version=version(), name=name, licence=LICENCE, file=f"{name}.exe"
        )
        (BUILD / f"{name}.version.txt").write_text(text, encoding="utf-8")


def shipped(binaries: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Keep what is not Windows' own, and take Microsoft's C runtime from beside Python, where it is the genuine one."""
    kept = []
    for target, source, kind in binaries:
        name = Path(target).name.lower()
        if name.startswith(_OF_WINDOWS):
            continue
        beside = Path(sys.base_prefix) / name
        genuine = str(beside) if name.startswith("vcruntime") and beside.exists() else source
        if not is_wines(Path(genuine)):
            kept.append((target, genuine, kind))
    return kept


def is_wines(library: Path) -> bool:
    """Say whether a library is Wine's, which runs under Wine alone."""
    with library.open("rb") as file:
        head = file.read(512)
    return any(mark in head for mark in _WINE)


def faults(app: Path) -> list[str]:
    """Name what must not be in the folder, and what must and is not."""
    names = {path.name.lower(): path for path in app.rglob("*") if path.suffix.lower() in (".dll", ".exe", ".pyd")}
    wrong = [name for name, path in names.items() if name.startswith(_OF_WINDOWS) or is_wines(path)]
    runtime = names.get("vcruntime140.dll")
    if runtime is None or b"M\0i\0c\0r\0o\0s\0o\0f\0t\0 \0C\0o\0r\0p\0o\0r\0a\0t\0i\0o\0n" not in runtime.read_bytes():
        wrong.append("vcruntime140.dll is not Microsoft's")
    return sorted([*wrong, *(f"{one} is missing" for one in (f"{NAME}.exe", f"{NAME}w.exe") if one not in names)])
