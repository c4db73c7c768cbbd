"""Whose folder it is in which agents' clients have their files."""

import pytest

from tray_app.core.connect.variables import home_of

MINE, COMPANYS = r"C:\Users\张 三", "H:\\"


@pytest.mark.parametrize(
    ("environ", "windows", "home"),
    [
        ({"HOME": COMPANYS, "USERPROFILE": MINE}, True, MINE),
        ({"HOME": MINE}, True, MINE),
        ({"HOME": "/home/me", "USERPROFILE": "/mnt/c/Users/me"}, False, "/home/me"),
        ({"HOME": "", "USERPROFILE": MINE}, False, MINE),
        ({}, True, ""),
    ],
)
def test_it_is_where_clients_look_on_that_system(environ: dict[str, str], windows: bool, home: str) -> None:
    assert home_of(environ, windows=windows) == home
