"""Ids of members as chat services know them, from the ways in which agents write them."""

from tray_app.core.kernel.invisible import visible

EVERYBODY = frozenset({"all", "所有人"})  # whoever means everybody says so where the owner's rules look for it: atAll


def user_id_of(written: str) -> str:
    """Drop what an id never has: marks that nobody sees, blanks around it, the `@` of a mention."""
    return visible(written).strip().lstrip("@＠")


def names_one(user_id: str) -> bool:
    """Whether an id, as `user_id_of` gives it, can be that of one member."""
    return bool(user_id) and not any(char.isspace() for char in user_id) and user_id.lower() not in EVERYBODY
