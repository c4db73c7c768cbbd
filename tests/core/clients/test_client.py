"""Clients of the endpoint: which token is whose, which names can be added."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.clients.client import (
    BUILT_IN,
    MOST_CLIENTS,
    Client,
    InvalidClient,
    check_new,
    fingerprint,
    owner_of,
)


def client(name: str, token: str) -> Client:
    return Client(name=name, fingerprint=fingerprint(token), created_ms=0)


@given(st.dictionaries(st.text(max_size=8), st.text(), max_size=8), st.text())
def test_a_token_is_its_own_clients_and_nobody_elses(tokens: dict[str, str], other: str) -> None:
    clients = {name: client(name, token) for name, token in tokens.items()}
    for token in tokens.values():
        owner = owner_of(token, clients)
        assert owner is not None
        assert tokens[owner] == token
    if other not in tokens.values():
        assert owner_of(other, clients) is None


@given(st.text(st.characters(min_codepoint=0, max_codepoint=255)))
def test_whatever_stands_in_a_header_can_be_asked(token: str) -> None:
    assert owner_of(token, {"a": client("a", token + "x")}) is None


def test_what_is_kept_is_the_tokens_sha_256() -> None:
    assert fingerprint("a" * 43) == hashlib.sha256(b"a" * 43).digest()


def test_the_built_in_client_is_known_by_its_name() -> None:
    assert client(BUILT_IN, "t").built_in
    assert not client("ci", "t").built_in


@pytest.mark.parametrize("name", ["a", "0", "ci", "my-bot_2", "x" * 32])
def test_a_plain_name_can_be_added_once(name: str) -> None:
    check_new(name, {})
    with pytest.raises(InvalidClient):
        check_new(name, {name: client(name, "t")})


@pytest.mark.parametrize("name", ["", "-a", "_a", "A", "a b", "é", "a\n", "x" * 33])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidClient) as refused:
        check_new(name, {})
    assert refused.value.reason.key == "clients.bad_name"


def test_more_clients_than_can_be_compared_at_each_request_are_refused() -> None:
    clients = {f"c{number}": client(f"c{number}", str(number)) for number in range(MOST_CLIENTS)}
    with pytest.raises(InvalidClient) as refused:
        check_new("one-more", clients)
    assert refused.value.reason.key == "clients.too_many"
