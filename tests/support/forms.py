"""What the hidden fields of a page's forms hold."""

import re


def token_in(page: str) -> str:
    """The token that every form of the page sends."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def field(page: str, form: str, name: str) -> str:
    """The value of a hidden field in the form that does `form`."""
    part = next(part for part in page.split("<form")[1:] if f'name="do" value="{form}"' in part)
    found = re.search(rf'name="{name}" value="([^"]*)"', part)
    assert found is not None
    return found[1]
