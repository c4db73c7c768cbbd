"""The list of what is inside, as CycloneDX: the Python packages that the app runs on, with versions and licences."""

import json
import subprocess
import sys
from pathlib import Path

from steps import environments
from steps.project import BUILD, DIST, LICENCE, NAME, ROOT, description, reproducible, version


def build() -> Path:
    """Make the list in `dist/` from an environment that holds requirements.lock and nothing else."""
    python = environments.prepare("run")
    BUILD.mkdir(parents=True, exist_ok=True)
    raw, target = BUILD / "sbom.json", DIST / f"{NAME}-{version()}.cdx.json"
    words = [sys.executable, "-m", "cyclonedx_py", "environment", str(python), "--output-reproducible", "--of", "JSON"]
    subprocess.run([*words, "-o", str(raw)], cwd=ROOT, env=reproducible(), check=True)
    data = json.loads(raw.read_text(encoding="utf-8"))
    data.setdefault("metadata", {})["component"] = {
        "type": "application",
        "bom-ref": NAME,
        "name": NAME,
        "version": version(),
        "description": description(),
        "licenses": [{"license": {"id": LICENCE}}],
    }
    target.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    return target
