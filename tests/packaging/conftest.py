"""The steps of packaging/build.py lie beside it and are not installed: they are found here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "packaging"))
