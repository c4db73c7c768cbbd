"""Which language the app speaks, and that every text exists in both."""

import pytest

from tray_app.adapters.files.texts import catalog, language_of
from tray_app.core.kernel.texts import Language


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
