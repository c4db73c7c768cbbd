"""A part of a page is changed in place, in a real Chromium: what is focused, open, typed or meant stays."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import window
from tests.support.overview_desks import busy_desk
from tests.support.page_server import page_server
from tray_app.core.menu import actions

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(60)]
UPDATE = """async (html) => {
  const { update } = await import("/ui/static/live.js");
  update(new DOMParser().parseFromString(html, "text/html"));
}"""
PART = """<div data-live="part">
  <input id="word" aria-label="Word" value="given"><details id="more"><summary>More</summary>Old</details>
  <button id="press">Press</button><ul><li data-key="1">one</li><li data-key="2"><button id="two">two</button></li></ul>
</div>"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    with page_server(busy_desk()) as server, window(chromium) as view:
        view.page.goto(server.link(actions.Page.OVERVIEW))
        yield view.page


@pytest.fixture
def part(page: Page) -> Page:
    """A page with one part, which `update` brings up to date."""
    page.evaluate("(html) => { document.getElementById('main').innerHTML = html; }", PART)
    return page


def test_focus_and_what_was_opened_stay(part: Page) -> None:
    part.locator("#more summary").click()
    part.locator("#two").focus()
    part.evaluate("window.two = document.getElementById('two')")
    fresh = PART.replace("Old", "New").replace('<li data-key="1">one</li>', '<li data-key="0">zero</li>')
    part.evaluate(UPDATE, fresh)
    expect(part.locator("#more")).to_have_attribute("open", "")
    expect(part.locator("#more")).to_contain_text("New")
    assert part.locator("li").all_inner_texts() == ["zero", "two"]
    expect(part.locator("#two")).to_be_focused()
    assert part.evaluate("window.two === document.getElementById('two')")


def test_a_form_with_a_field_named_id_keeps_its_focused_button(part: Page) -> None:
    form = '<form><input type="hidden" name="id" value="a1"><button id="yes">Yes</button> {}</form>'
    part.evaluate(UPDATE, f'<div data-live="part">{form.format("old")}</div>')
    part.locator("#yes").focus()
    part.evaluate("window.yes = document.getElementById('yes')")
    part.evaluate(UPDATE, f'<div data-live="part">{form.format("new")}</div>')
    expect(part.locator("form")).to_contain_text("new")
    expect(part.locator("#yes")).to_be_focused()
    assert part.evaluate("window.yes.isConnected")


def test_rows_that_change_places_end_in_the_right_order(part: Page) -> None:
    rows = [f'<li data-key="{n}">{n}</li>' for n in range(6)]
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [5, 3, 4, 0], [], [2, 5]):
        fresh = "".join(rows[n] for n in order)
        part.evaluate(UPDATE, f'<div data-live="part"><ul>{fresh}</ul></div>')
        assert part.locator("li").all_inner_texts() == [str(n) for n in order]


def test_a_part_with_a_field_in_use_is_left_alone_until_it_is_free(part: Page) -> None:
    part.locator("#word").focus()
    part.evaluate(UPDATE, PART.replace("Press", "Pressed"))
    expect(part.locator("#press")).to_have_text("Press")
    part.locator("#word").fill("typed")
    part.locator("#press").focus()
    part.evaluate(UPDATE, PART.replace("Press", "Pressed"))
    expect(part.locator("#press")).to_have_text("Press")
    part.locator("#word").fill("given")
    part.locator("#press").focus()
    part.evaluate(UPDATE, PART.replace("Press", "Pressed"))
    expect(part.locator("#press")).to_have_text("Pressed")


def test_what_is_open_stays_with_its_row_when_a_row_before_it_goes(part: Page) -> None:
    row = (
        '<li id="row-{0}" data-key="{1}"><b>{1}</b><details><summary>Remove</summary><p>Remove {1}?</p></details></li>'
    )

    def rows(*names: str) -> str:
        said = "".join(row.format(at, name) for at, name in enumerate(names))
        return f'<div data-live="part"><ul>{said}</ul></div>'

    part.evaluate(UPDATE, rows("one", "two", "three"))
    part.locator("[data-key=two] summary").click()
    part.evaluate(UPDATE, rows("two", "three"))
    expect(part.locator("details[open]")).to_have_text("RemoveRemove two?")
    part.evaluate(UPDATE, rows("three"))
    expect(part.locator("details[open]")).to_have_count(0)


@pytest.mark.parametrize("before", ["", "<p>new</p>", "<p>new</p><form>other</form>"])
def test_what_is_open_and_focused_stays_when_something_before_it_comes_or_goes(part: Page, before: str) -> None:
    rest = "<form><button>a</button></form> <details><summary>More</summary>words</details>"
    part.evaluate(UPDATE, f'<div data-live="part"><p>old</p> <form>gone</form> {rest}</div>')
    part.locator("summary").click()
    part.evaluate("window.more = document.querySelector('summary')")
    part.evaluate(UPDATE, f'<div data-live="part">{before} {rest}</div>')
    expect(part.locator("details")).to_have_attribute("open", "")
    expect(part.locator("summary")).to_be_focused()
    assert part.evaluate("window.more.isConnected")
    fresh = part.evaluate("document.querySelector('[data-live=part]').innerHTML")
    assert fresh.replace(' open=""', "") == f"{before} {rest}"


def test_an_answer_that_moves_under_the_pointer_takes_no_click_for_a_moment(part: Page) -> None:
    def comes(*names: str) -> dict[str, bool]:
        """Show these answers; give those that take no click now."""
        rows = "".join(f'<li data-key="{one}"><button data-weighty>{one}</button></li>' for one in names)
        asked = UPDATE.removesuffix("}")
        asked += " return [...document.querySelectorAll('[data-weighty]')].map((one) => one.disabled); }"
        resting = part.evaluate(asked, f'<div data-live="part"><ul>{rows}</ul></div>')
        return dict(zip(names, resting, strict=True))

    yes = part.get_by_role("button", name="a", exact=True)
    assert comes("a") == {"a": True}
    expect(yes).to_be_enabled()
    assert comes("a", "b") == {"a": False, "b": True}
    expect(part.get_by_role("button", name="b", exact=True)).to_be_enabled()
    assert comes("0", "a", "b") == {"0": True, "a": True, "b": True}
    expect(yes).to_be_enabled()
    yes.focus()  # whoever uses the keyboard goes by it
    assert comes("a", "b") == {"a": False, "b": True}


def test_what_a_script_has_added_stays(part: Page) -> None:
    part.evaluate("document.getElementById('press').insertAdjacentHTML('afterend', '<b data-added>mine</b>')")
    part.evaluate(UPDATE, PART.replace("Press", "Pressed").replace("one", "1"))
    expect(part.locator("b")).to_have_text("mine")
    assert part.locator("li").all_inner_texts() == ["1", "two"]
