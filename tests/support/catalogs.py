"""The app's real words, read from `assets/texts`, for tests that look at what people see."""

import tomllib
from collections.abc import Mapping
from functools import cache

from tray_app.assets import asset
from tray_app.core.kernel.texts import Catalog, Language, catalog_of


@cache
def catalogs() -> Mapping[Language, Catalog]:
    """Both languages, from every area file; read once per process, for that takes 50 ms."""
    areas = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in asset("texts").glob("*.toml")}
    return {language: catalog_of(language, areas) for language in Language}
