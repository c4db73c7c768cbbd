import pytest

from tray_app.core.sessions.place import Place, by_path, named, placed
from tray_app.core.sessions.session import Session


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("/code/shop", Place(project="shop")),
        ("/code/shop/", Place(project="shop")),
        (r"C:\code\shop", Place(project="shop")),
        ("", Place()),
        ("/code/shop/.claude/worktrees", Place(project="worktrees")),
        ("/code/shop/.claude/worktrees/", Place(project="worktrees")),
        (
            "/code/shop/.claude/worktrees/fix-login",
            Place(project="shop", worktree="fix-login", main_folder="/code/shop"),
        ),
        (
            "/code/shop/.claude/worktrees/fix-login/",
            Place(project="shop", worktree="fix-login", main_folder="/code/shop"),
        ),
        (
            "/code/shop/.claude/worktrees/fix-login/api",
            Place(project="api", worktree="fix-login", main_folder="/code/shop/api"),
        ),
        (
            r"C:\code\shop\.claude\worktrees\fix-login",
            Place(project="shop", worktree="fix-login", main_folder=r"C:\code\shop"),
        ),
    ],
)
def test_a_path_tells_the_project_and_a_worktree_of_claude_code(folder: str, place: Place) -> None:
    assert by_path(folder) == place


def test_a_session_has_the_project_of_its_main_checkout_with_the_worktree_beside_it() -> None:
    session = Session(session_id="s", cwd="/code/shop-fix", project="shop-fix")
    assert placed(session, Place(project="shop-fix")) is session
    found = placed(session, Place(project="shop", worktree="shop-fix", main_folder="/code/shop"))
    assert (found.project, found.worktree, found.main_folder, found.cwd) == (
        "shop",
        "shop-fix",
        "/code/shop",
        "/code/shop-fix",
    )
    assert named(found.project, found.worktree) == "shop (shop-fix)"
    assert (named("shop", ""), named("", "x")) == ("shop", "")
