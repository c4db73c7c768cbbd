"""What winget, Homebrew and the AUR read of a release: files of `dist/manifests/`, made from what lies in `dist/`.

They name addresses of downloads, which only the publisher knows: DINGTALK_TRAY_RELEASE_URL is the folder that holds the
files of `dist/` on the web, DINGTALK_TRAY_HOME_URL the project's page.
"""

import os
import shutil
from pathlib import Path

from steps import checksums, linux
from steps.project import DIST, LICENCE, NAME, WINDOWS_NAME, deb_machine, description, version

FOLDER = DIST / "manifests"
PUBLISHER = "The dingtalk-tray developers"
_ID = f"{WINDOWS_NAME}.{WINDOWS_NAME}"
_SCHEMA = "1.6.0"


def build() -> list[Path]:
    """Write those whose package is there, and give them."""
    release, home = (os.environ.get(f"DINGTALK_TRAY_{name}_URL", "").rstrip("/") for name in ("RELEASE", "HOME"))
    if not release or not home:
        raise SystemExit("The manifests need DINGTALK_TRAY_RELEASE_URL and DINGTALK_TRAY_HOME_URL.")
    shutil.rmtree(FOLDER, ignore_errors=True)
    texts: dict[str, str] = {}
    setup, dmg = DIST / f"{WINDOWS_NAME}-{version()}-x64.exe", DIST / f"{WINDOWS_NAME}-{version()}-arm64.dmg"
    deb = DIST / f"{NAME}_{version()}_{deb_machine()}.deb"
    if setup.exists():
        texts |= winget(f"{release}/{setup.name}", checksums.of(setup), home)
    if dmg.exists():
        texts[f"homebrew/{NAME}.rb"] = homebrew(f"{release}/{dmg.name}", checksums.of(dmg), home)
    if deb.exists():
        texts |= aur(f"{release}/{deb.name}", checksums.of(deb), home)
    for name, text in texts.items():
        linux.put(FOLDER / name, text)
    return [FOLDER / name for name in texts]


def winget(url: str, digest: str, home: str) -> dict[str, str]:
    """Write the three files of winget's manifest, by name."""
    head = f"PackageIdentifier: {_ID}\nPackageVersion: {version()}\n"
    tail = f"ManifestVersion: {_SCHEMA}\n"
    installer = f"""{head}InstallerType: nullsoft
Scope: user
UpgradeBehavior: install
ProductCode: {WINDOWS_NAME}
Installers:
- Architecture: x64
  InstallerUrl: {url}
  InstallerSha256: {digest.upper()}
ManifestType: installer
{tail}"""
    locale = f"""{head}PackageLocale: en-US
Publisher: {PUBLISHER}
PackageName: DingTalk Tray
PackageUrl: {home}
License: {LICENCE}
ShortDescription: "{description()}"
ManifestType: defaultLocale
{tail}"""
    first = f"{head}DefaultLocale: en-US\nManifestType: version\n{tail}"
    kinds = {"": first, ".installer": installer, ".locale.en-US": locale}
    return {f"winget/{_ID}{kind}.yaml": text for kind, text in kinds.items()}


def homebrew(url: str, digest: str, home: str) -> str:
    """Write the cask."""
    shown = url.replace(version(), "#{version}")
    return f"""cask "{NAME}" do
  version "{version()}"
  sha256 "{digest}"

  url "{shown}"
  name "DingTalk Tray"
  desc "Lets coding agents send to a DingTalk group, under your control"
  homepage "{home}"

  depends_on arch: :arm64
  depends_on macos: ">= :big_sur"

  app "{WINDOWS_NAME}.app"
  binary "#{{appdir}}/{WINDOWS_NAME}.app/Contents/MacOS/{NAME}"

  uninstall quit: "{NAME}"
  zap trash: [
    "~/Library/Application Support/{NAME}",
    "~/Library/Logs/{NAME}",
  ]
end
"""


def aur(url: str, digest: str, home: str) -> dict[str, str]:
    """Write PKGBUILD and .SRCINFO: the tree of the .deb, less what is Debian's alone."""
    name, arch = f"{NAME}-bin", "x86_64"
    glibc = f"glibc>={linux.glibc_of_deb(DIST / url.rpartition('/')[2])}"
    build = f"""# Maintainer: {PUBLISHER}
pkgname={name}
pkgver={version()}
pkgrel=1
pkgdesc="{linux.SUMMARY[:1].upper()}{linux.SUMMARY[1:]}"
arch=('{arch}')
url="{home}"
license=('{LICENCE}')
depends=('{glibc}')
optdepends=('gnome-keyring: keeps the webhook' 'kwallet: keeps the webhook')
provides=('{NAME}')
conflicts=('{NAME}')
options=('!strip')
source=("{url}")
noextract=("{url.rpartition("/")[2]}")
sha256sums=('{digest}')

package() {{
  bsdtar -xOf "$srcdir/{url.rpartition("/")[2]}" data.tar.xz | bsdtar -xf - -C "$pkgdir"
  mkdir -p "$pkgdir/usr/share/zsh/site-functions" "$pkgdir/usr/share/licenses/$pkgname"
  mv "$pkgdir/usr/share/zsh/vendor-completions/_{NAME}" "$pkgdir/usr/share/zsh/site-functions/"
  mv "$pkgdir/usr/share/doc/{NAME}/copyright" "$pkgdir/usr/share/licenses/$pkgname/LICENSE"
  rm -r "$pkgdir/usr/share/zsh/vendor-completions" "$pkgdir/usr/share/lintian"
  rm "$pkgdir/usr/share/doc/{NAME}/changelog.gz"
}}
"""
    pairs = [
        ("pkgdesc", f"{linux.SUMMARY[:1].upper()}{linux.SUMMARY[1:]}"),
        ("pkgver", version()),
        ("pkgrel", "1"),
        ("url", home),
        ("arch", arch),
        ("license", LICENCE),
        ("depends", glibc),
        ("optdepends", "gnome-keyring: keeps the webhook"),
        ("optdepends", "kwallet: keeps the webhook"),
        ("provides", NAME),
        ("conflicts", NAME),
        ("noextract", url.rpartition("/")[2]),
        ("options", "!strip"),
        ("source", url),
        ("sha256sums", digest),
    ]
    info = "".join(f"\t{key} = {value}\n" for key, value in pairs)
    return {"aur/PKGBUILD": build, "aur/.SRCINFO": f"pkgbase = {name}\n{info}\npkgname = {name}\n"}
