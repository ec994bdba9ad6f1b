"""The page in a real browser: a print in; its quality, its candidates, and the two prints side by side out."""

from __future__ import annotations

import base64
import os
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest
from playwright.sync_api import expect

from biomatch.bureau import Upload, open_gallery
from tests.page.conftest import ME, PATIENCE, address


def choose(page, name, content):
    page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})


def compared(page):
    """Waits for the two prints, and until the page has fitted them to the room that they found."""
    page.wait_for_selector("#comparison .pane svg")
    page.evaluate(
        """() => new Promise((done) => {
            const frame = (left) => (left ? requestAnimationFrame(() => frame(left - 1)) : done());
            frame(4);
        })"""
    )


def template_of(url, page, image):
    """The print's template, as the service makes it for whoever is at the page."""
    parts = {"image": {"name": "p.png", "mimeType": "image/png", "buffer": image}}
    answer = page.request.post(f"{url}/v1/quality?details=true", multipart=parts, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.ok, answer.text()
    return base64.b64decode(answer.json()[0]["template"])


def shoot(page, name):
    """Leaves a picture where BIOMATCH_SHOTS says, for whoever wants to look."""
    if "BIOMATCH_SHOTS" in os.environ:
        page.screenshot(path=str(Path(os.environ["BIOMATCH_SHOTS"]) / f"{name}.png"), full_page=True)


def scales(page):
    """For each pane the CSS px of one mm, by its bar and by its picture, of one moment: the page may redraw between two."""
    return page.evaluate(
        """() => [...document.querySelectorAll("#comparison .pane")].map((pane) => {
            const picture = pane.querySelector("svg");
            const mm = picture.viewBox.baseVal.width / 500 * 25.4;
            const bar = pane.querySelector(".scale-line").getBoundingClientRect().width;
            return [bar / parseFloat(pane.querySelector(".scale").innerText), picture.getBoundingClientRect().width / mm];
        })"""
    )


def test_an_empty_page_says_what_to_do_and_what_is_there(page):
    expect(page.locator("#stock")).to_have_text("3 persons · 5 prints")
    assert page.locator("#empty").is_visible()
    assert not page.locator("#comparison").is_visible()
    shoot(page, "empty")


def test_a_print_brings_its_quality_its_candidates_and_the_comparison(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    assert int(page.locator("#probe-count").inner_text()) == page.locator("#probe-plate .minutia").count() > 10
    assert re.search(r"Quality\s*\d+\s*of 100", page.locator("#quality").inner_text())
    first = page.locator(".candidate").first
    assert first.get_attribute("aria-selected") == "true"
    assert "P02" in first.inner_text()
    assert "right index" in first.inner_text()
    assert "looks this alike" in first.inner_text() or "different fingers" in first.inner_text()
    assert "support for the same finger" in page.locator(".figures").inner_text()
    assert page.locator("#stage-title").inner_text().startswith("P02")
    shoot(page, "found")


def test_both_prints_have_one_scale_at_every_zoom(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    for act in (None, "Larger", "Larger", "Smaller", "Fit both prints"):
        if act:
            page.get_by_role("button", name=act).click()
        (probe_bar, probe_picture), (reference_bar, reference_picture) = scales(page)
        assert probe_bar == pytest.approx(reference_bar, rel=1e-6)
        assert probe_picture == pytest.approx(probe_bar, rel=0.01)
        assert reference_picture == pytest.approx(reference_bar, rel=0.01)


SEEN = """() => [...document.querySelectorAll(".pane .view")].map((view) => {
    const within = view.getBoundingClientRect();
    const middle = { x: within.x + within.width / 2, y: within.y + within.height / 2 };
    const picture = view.querySelector("svg").getBoundingClientRect();
    const beside = (box) => box.right < within.left || box.left > within.right;
    const apart = (box) => beside(box) || box.bottom < within.top || box.top > within.bottom;
    const inside = [...view.querySelectorAll(".paired")].filter((one) => !apart(one.getBoundingClientRect()));
    return {
        width: picture.width,
        at: [(middle.x - picture.x) / picture.width, (middle.y - picture.y) / picture.height],
        pairs: inside.map((one) => one.dataset.pair),
    };
})"""


@pytest.mark.parametrize("by", ["button", "key"])
def test_zooming_keeps_what_is_seen_in_the_middle(page, sample_print, by):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    larger, smaller = (page.get_by_role("button", name=name) for name in ("Larger", "Smaller"))
    view = page.locator(".pane .view").first
    if by == "key":
        view.focus()
    act = {
        "+": larger.click if by == "button" else lambda: page.keyboard.press("+"),
        "-": smaller.click if by == "button" else lambda: page.keyboard.press("-"),
    }
    fitted = page.evaluate(SEEN)
    for _ in range(4):
        act["+"]()
    seen = page.evaluate(SEEN)
    assert [one["width"] for one in seen] == pytest.approx([one["width"] * 1.25**4 for one in fitted], rel=0.01)
    assert all(len(one["pairs"]) >= 3 for one in seen), seen
    assert set(seen[0]["pairs"]) & set(seen[1]["pairs"])  # the same piece of skin in both
    shoot(page, f"zoomed-by-{by}")
    page.evaluate("document.querySelector('.pane .view').scrollBy(-60, 45)")
    page.wait_for_timeout(100)  # the scroll's event comes with the next frame
    before = page.evaluate(SEEN)
    act["+"]()
    act["+"]()
    act["-"]()
    after = page.evaluate(SEEN)
    for one, other in zip(before, after, strict=True):
        assert one["at"] == pytest.approx(other["at"], abs=0.01)
    act["-"]()
    for one, other in zip(before, page.evaluate(SEEN), strict=True):
        assert one["at"] == pytest.approx(other["at"], abs=0.01)


def test_a_zoomed_pane_takes_the_other_along(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    for _ in range(6):
        page.get_by_role("button", name="Larger").click()
    where = "() => [...document.querySelectorAll('.pane .view')].map((view) => [view.scrollLeft, view.scrollTop])"
    before = page.evaluate(where)
    page.locator(".pane .view").nth(1).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        f"(before) => ({where})().every((now, side) => now.every((one, way) => one > before[side][way]))", arg=before
    )
    page.wait_for_timeout(400)  # keys scroll smoothly
    after = page.evaluate(where)
    moved = [[now - then for now, then in zip(*both, strict=True)] for both in zip(after, before, strict=True)]
    assert moved[0] == pytest.approx(moved[1], abs=2)


def test_a_probe_is_turned_only_where_the_prints_can_be_laid_over_each_other(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    turn = "() => +document.querySelector('.pane svg > g').getAttribute('transform').match(/rotate\\(([^)]*)/)[1]"
    assert page.evaluate(turn) != 0
    expect(page.locator(".tools")).to_contain_text("Turn the probe to match")
    page.locator(".candidate").nth(1).click()  # another person, with some pairs as any two prints have
    expect(page.locator("#stage-title")).not_to_contain_text("P02")
    compared(page)
    expect(page.locator(".strip .pair").first).to_be_visible()
    assert page.evaluate(turn) == 0
    expect(page.locator(".tools")).to_contain_text("could not be laid over each other")
    expect(page.locator(".tools")).not_to_contain_text("Turn the probe")
    shoot(page, "not-laid")


def test_correspondences_carry_one_number_in_both_prints_and_light_up_together(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    numbers = [
        sorted(int(text) for text in page.locator(".pane").nth(pane).locator(".label").all_text_contents()) for pane in (0, 1)
    ]
    assert numbers[0] == numbers[1] == list(range(1, len(numbers[0]) + 1))
    page.locator(".pair").nth(1).hover()
    assert page.locator(".minutia.on").count() == 2
    assert set(page.locator(".label.on").all_text_contents()) == {"2"}
    page.mouse.move(0, 0)
    page.locator(".pane").first.locator('.minutia[data-pair="3"] .target').dispatch_event("pointerover")
    assert page.locator(".pair.on").inner_text() == "3"
    page.locator(".pane .view").first.dispatch_event("pointerleave")
    assert page.locator(".minutia.on").count() == 0


def test_the_whole_page_works_without_a_mouse(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    page.locator(".candidate").first.focus()
    page.keyboard.press("ArrowDown")
    second = page.locator(".candidate").nth(1)
    assert second.get_attribute("aria-selected") == "true"
    name = second.locator(".who b").inner_text()
    expect(page.locator("#stage-title")).to_contain_text(name)
    page.keyboard.press("Home")
    expect(page.locator("#stage-title")).to_contain_text("P02")
    page.locator(".pair").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".pair.on").inner_text() == "2"
    assert page.locator(".minutia.on").count() == 2


def test_layers_can_be_switched(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    numbered = page.locator(".pane .label")
    assert numbered.count() > 0
    page.get_by_label("Correspondences", exact=True).uncheck()
    assert numbered.count() == 0
    others = page.locator(".pane .others").first
    assert not others.is_visible()
    page.get_by_label("Other minutiae").check()
    assert others.is_visible()
    page.locator("#probe-minutiae").uncheck()
    assert not page.locator("#probe-plate .minutia").first.is_visible()


def test_several_prints_of_a_person_can_be_looked_at(page, sample_print):
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    page.wait_for_selector(".tabs button")
    tabs = page.locator(".tabs button")
    assert tabs.count() == 2
    before = page.locator(".pane image").nth(1).get_attribute("href")
    tabs.nth(1).click()
    expect(page.locator(".pane image").nth(1)).not_to_have_attribute("href", before)
    assert page.locator('.tabs button[aria-pressed="true"]').count() == 1


def test_a_candidate_without_an_image_is_a_template_on_plain_paper(page, sample_print):
    choose(page, "probe.png", sample_print("P03-right-index_2"))
    compared(page)
    assert page.locator("#stage-title").inner_text().startswith("P03")
    pane = page.locator(".pane").nth(1)
    assert pane.locator(".blank").count() == 1
    drawn = pane.locator(".minutia").count()
    assert (
        sum(one.is_visible() for one in pane.locator(".others .minutia").all()) == drawn - pane.locator(".paired").count() > 0
    )
    expect(pane).to_contain_text("There is no image of this print, only a template")
    expect(page.locator(".pane").first).not_to_contain_text("no image")
    expect(page.locator(".candidate").first).to_contain_text("no image of it")
    assert "no image" not in page.locator(".candidate").nth(1).inner_text()
    shoot(page, "blank")


def test_a_template_that_is_searched_with_lies_on_plain_paper(page, url, sample_print):
    choose(page, "probe.bmt", template_of(url, page, sample_print("P02-right-index_3")))
    compared(page)
    assert "P02" in page.locator(".candidate").first.inner_text()
    assert page.locator("#probe-plate .minutia").count() > 10
    expect(page.locator("#probe-note")).to_contain_text("There is no image of this print, only a template")
    expect(page.locator(".pane").first).to_contain_text("There is no image of this print, only a template")
    expect(page.locator("#quality")).to_contain_text("no picture whose quality could be judged")
    expect(page.locator("#quality")).not_to_contain_text("Good enough")
    shoot(page, "template")


def test_what_is_no_print_is_refused_in_words(page):
    choose(page, "words.txt", b"these are words")
    page.wait_for_selector("#alarm:not([hidden])")
    assert "could not be read" in page.locator("#alarm").inner_text()
    assert not page.locator("#comparison").is_visible()
    shoot(page, "refused")


def test_a_narrow_screen_needs_no_scrolling_sideways(page, sample_print):
    page.set_viewport_size({"width": 390, "height": 800})
    choose(page, "probe.png", sample_print("P02-right-index_3"))
    compared(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, "narrow")


def test_the_manual_sends_its_examples(page, url):
    page.goto(f"{url}/docs")
    operation = page.locator("#quality")
    operation.locator("summary").click()
    operation.get_by_role("button", name="Send").click()
    expect(operation.locator(".answer")).to_contain_text("minutiaeCount")
    assert operation.locator(".answer").inner_text().startswith("200")
    shoot(page, "manual")


def test_the_address_lets_one_browser_in_and_leaves_no_code_behind(browser, url, folder):
    printed = address(folder)
    first, second = browser.new_page(), browser.new_page()  # each with cookies of its own
    first.goto(printed)
    expect(first.locator("#who")).to_contain_text("tester")
    expect(first.locator("#stock")).to_have_text("3 persons · 5 prints")
    assert first.url == f"{url}/"
    assert first.evaluate("document.cookie") == ""
    (cookie,) = first.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert not first.locator("#gate").is_visible()
    first.reload()
    expect(first.locator("#who")).to_contain_text("tester")
    first.goto(printed)  # once more, in the page that is open: who is in stays in, and the code goes
    first.wait_for_url(f"{url}/")
    expect(first.locator("#who")).to_contain_text("tester")
    shoot(first, "entered")
    second.goto(printed)
    expect(second.locator("#gate-alarm")).to_contain_text("used already")
    expect(second.locator("#gate")).to_contain_text("biomatch page --gallery")
    assert second.locator("#stock").inner_text() == ""
    shoot(second, "used")
    first.get_by_role("button", name="Leave").click()
    expect(first.locator("#gate")).to_be_visible()
    assert first.context.cookies() == []
    first.context.add_cookies([cookie])  # the browser still has it: the service has not
    first.reload()
    expect(first.locator("#gate-alarm")).to_contain_text("session has ended")
    for one in (first, second):
        one.close()


def test_who_has_no_session_is_told_what_to_do(browser, url):
    opened = browser.new_page()
    opened.goto(url)
    expect(opened.locator("#gate")).to_be_visible()
    assert not opened.locator("#gate-alarm").is_visible()
    assert not opened.locator("#who").is_visible()
    shoot(opened, "gate")
    opened.get_by_text("Without a user name").click()
    opened.get_by_label("Token").fill("biomatch_00000000_00")
    opened.get_by_role("button", name="Enter").click()
    expect(opened.locator("#gate-alarm")).to_contain_text("none of this bureau's")
    shoot(opened, "gate-refused")
    opened.set_viewport_size({"width": 390, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(opened, "gate-narrow")
    opened.close()


def test_a_user_signs_in_and_searches(browser, serve, sample_print, tmp_path):
    folder, password = tmp_path / "bureau", "seven red kites over the river"
    with open_gallery(folder, workers=1) as bureau:
        made = bureau.access.create_user("ada", ME, password=password, roles=["examiner"])
        bureau.encounters.enrol("P02", [Upload(sample_print("P02-right-index_1"), "P02.png")], ME)
    codes = pyotp.TOTP(parse_qs(urlparse(made.address).query)["secret"][0])
    with serve(folder) as server:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(server.url)
        for given in ("another one entirely", password):
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password").fill(given)
            page.get_by_label("One-time code").fill(codes.at(int(time.time())))
            page.get_by_role("button", name="Sign in").click()
            if given != password:
                expect(page.locator("#gate-alarm")).to_contain_text("do not belong together")
                assert page.get_by_label("Password").input_value() == ""
                shoot(page, "sign-in-refused")
        expect(page.locator("#who")).to_contain_text("ada")
        choose(page, "probe.png", sample_print("P02-right-index_3"))
        compared(page)
        assert "P02" in page.locator(".candidate").first.inner_text()
        shoot(page, "signed-in")
        page.get_by_text("My sessions").click()
        expect(page.locator("#sessions-list li")).to_have_count(1)
        expect(page.locator("#sessions-list")).to_contain_text("from 127.0.0.1")
        expect(page.locator("#sessions-list")).to_contain_text("this one")
        expect(page.get_by_role("button", name="End all others")).to_be_hidden()
        shoot(page, "my-sessions")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.close()


def test_why_a_search_was_refused_stands_until_somebody_enters(browser, url, sample_print):
    """The page asks who is here as it opens: its answer may come after the one to a search, and says less."""
    opened = browser.new_page()
    opened.set_default_timeout(PATIENCE)
    held = []
    opened.route("**/session", lambda route: held.append(route))
    opened.goto(url)
    choose(opened, "probe.png", sample_print("P02-right-index_3"))
    expect(opened.locator("#gate-alarm")).to_contain_text("asks who you are")
    with opened.expect_response("**/session"):
        held.pop().continue_()
    opened.evaluate("new Promise((done) => setTimeout(done, 200))")  # until the page has taken the answer
    expect(opened.locator("#gate-alarm")).to_contain_text("asks who you are")
    opened.close()


def test_a_bureau_asks_who_and_what_for(browser, serve, sample_print, tmp_path):
    folder = tmp_path / "bureau"
    with open_gallery(folder, workers=1) as bureau:
        bureau.access.require_purpose(ME)
        _, token = bureau.access.create_token("desk", ME)
        bureau.encounters.enrol("P02", [Upload(sample_print("P02-right-index_1"), "P02.png")], ME)
    with serve(folder) as server:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(server.url)
        choose(page, "probe.png", sample_print("P02-right-index_3"))
        expect(page.locator("#gate-alarm")).to_contain_text("asks who you are")
        assert page.locator("#stock").inner_text() == ""  # how many there are is nobody's business
        page.get_by_text("Without a user name").click()
        page.get_by_label("Token").fill(token)
        page.get_by_label("Token").press("Enter")  # and the print is searched for
        expect(page.locator("#who")).to_contain_text("desk")
        expect(page.locator("#alarm")).to_contain_text("purpose")
        assert token not in page.evaluate("JSON.stringify([sessionStorage, localStorage, document.documentElement.outerHTML])")
        page.get_by_label("Purpose").fill("border check")
        page.get_by_label("Legal basis").fill("act 4")
        page.get_by_label("Legal basis").blur()
        compared(page)
        assert page.locator("#comparison image").count() == 2
        expect(page.locator("#stock")).to_have_text("1 person · 1 print")
        assert "P02" in page.locator(".candidate").first.inner_text()
        shoot(page, "access")
        page.close()


def test_on_a_telephone_the_bar_cuts_off_nothing_that_it_shows(page):
    """A name above its button reached beyond the bar."""
    page.set_viewport_size({"width": 400, "height": 800})
    outside = """() => {
        const bar = document.querySelector(".bar").getBoundingClientRect();
        return [...document.querySelectorAll(".bar *")].filter((one) => one.offsetParent).filter((one) => {
            const box = one.getBoundingClientRect();
            return box.top < bar.top || box.bottom > bar.bottom || box.right > bar.right || box.left < bar.left;
        }).map((one) => one.id || one.className || one.tagName);
    }"""
    assert page.evaluate(outside) == []
    expect(page.locator("#who-name")).to_be_visible()
    expect(page.locator("#leave")).to_be_visible()
