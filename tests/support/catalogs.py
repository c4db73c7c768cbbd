"""The app's real words, read from `assets/texts`, for tests that look at what people see."""

import tomllib

from tray_app.assets import asset
from tray_app.core.texts import Catalog, Language, catalog_of


def catalogs() -> dict[Language, Catalog]:
    """Both languages, from every area file."""
    areas = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in asset("texts").glob("*.toml")}
    return {language: catalog_of(language, areas) for language in Language}
