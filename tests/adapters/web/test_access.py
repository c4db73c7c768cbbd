import pytest

from tray_app.adapters.web.access import Area, area_of, bearer, clients_by_token, same_token
from tray_app.core.kernel.secret import Secret


def test_a_token_names_its_client() -> None:
    client_of = clients_by_token({"one": Secret("a" * 43), "two": Secret("b" * 43)})
    assert (client_of("a" * 43), client_of("b" * 43), client_of("c" * 43), client_of("é")) == ("one", "two", None, None)


def test_an_empty_token_opens_nothing() -> None:
    assert clients_by_token({"one": Secret("")})("") is None
    assert not same_token(Secret(""))("")


def test_the_control_token_is_compared_whole() -> None:
    is_control = same_token(Secret("c" * 43))
    assert is_control("c" * 43)
    assert not is_control("c" * 42)


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/mcp", Area.MCP),
        ("/mcp/", Area.MCP),
        ("/mcp//", Area.NONE),
        ("/hook", Area.HOOK),
        ("/hook/", Area.NONE),
        ("/api/x", Area.API),
        ("/api", Area.NONE),
        ("/ui", Area.UI),
        ("/ui/setup", Area.UI),
        ("/uix", Area.NONE),
        ("/", Area.NONE),
    ],
)
def test_a_path_belongs_to_one_area(path: str, area: Area) -> None:
    assert area_of(path) is area


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (b"Bearer abc", "abc"),
        (b"bearer  abc ", "abc"),
        (b"Basic abc", None),
        (b"Bearer ", None),
        (b"abc", None),
        (b"", None),
    ],
)
def test_a_bearer_token_is_read(value: bytes, token: str | None) -> None:
    assert bearer([(b"host", b"x"), (b"authorization", value)]) == token
