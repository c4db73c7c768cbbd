"""Which language the app speaks, and that every text exists in both."""

import pytest

from tray_app.adapters.files.texts import catalog, catalog_of_few, language_of
from tray_app.core.kernel.texts import Catalog, Language


@pytest.mark.parametrize(
    ("setting", "environ", "language"),
    [
        ("zh", {"LANG": "en_US.UTF-8"}, Language.ZH),
        ("en", {"LANG": "zh_CN.UTF-8"}, Language.EN),
        ("auto", {"LANG": "zh_CN.UTF-8"}, Language.ZH),
        ("auto", {"LANGUAGE": "zh_CN:en", "LANG": "en_US.UTF-8"}, Language.ZH),
        ("auto", {"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, Language.EN),
        ("auto", {"LC_MESSAGES": "zh_TW", "LANG": "en_US.UTF-8"}, Language.ZH),
        ("auto", {"LANG": "de_DE.UTF-8"}, Language.EN),
    ],
)
def test_the_setting_wins_then_the_environment(setting: str, environ: dict[str, str], language: Language) -> None:
    assert language_of(setting, environ) is language


def test_both_catalogues_know_the_same_texts() -> None:
    english, chinese = catalog(Language.EN), catalog(Language.ZH)
    assert set(english.entries) == set(chinese.entries)
    assert english("keyring.locked") == "The keyring is locked"
    assert chinese("keyring.locked") == "密钥环已锁定"


@pytest.mark.parametrize("language", list(Language))
def test_a_catalogue_that_is_read_as_it_is_said_says_the_same(language: Language) -> None:
    whole, few = catalog(language), catalog_of_few(language)
    assert dict(few.entries) == dict(whole.entries)
    assert len(few.entries) == len(whole.entries)


@pytest.mark.parametrize("key", ["", "menu", "menu.", "no.such", "../texts/menu.quit", "menu.no_such"])
def test_a_text_that_there_is_not_shows_its_key_in_either(key: str) -> None:
    for language in Language:
        assert catalog_of_few(language)(key) == catalog(language)(key) == f"⟨{key}⟩"


def test_the_owners_words_stand_for_the_agents_in_either() -> None:
    catalogs: list[Catalog] = [catalog(Language.EN), catalog_of_few(Language.EN)]
    own = next(key for key in catalogs[0].entries if key.endswith("_for_owner"))
    for each in catalogs:
        assert each.for_owner()(own.removesuffix("_for_owner")) == each(own) != each(own.removesuffix("_for_owner"))
