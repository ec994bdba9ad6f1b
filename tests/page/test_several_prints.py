"""Several prints of one person on the page: a transaction, a record, several files; it finds whom API and command line find."""

from __future__ import annotations

import json
import subprocess
import sys

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from biomatch.bureau import open_gallery
from biomatch.formats import nist, write_iso2005
from biomatch.formats.nist import Envelope, Picture
from biomatch.imaging import ImageFormat
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType
from tests.page.conftest import ME
from tests.page.test_search_page import compared, shoot, template_of

OTHER, MATE = "P02-left-thumb_3", "P02-right-index_3"  # the thumb is not enrolled: somebody else comes first for it


def pixels(png):
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)


@pytest.fixture(scope="module")
def transaction(sample_print):
    """Two prints, the thumb first."""
    pictures = [
        Picture(pixels(sample_print(name)), int(position), ImpressionType.LIVE_SCAN_PLAIN, form=ImageFormat.PNG)
        for name, position in ((OTHER, FingerPosition.LEFT_THUMB), (MATE, FingerPosition.RIGHT_INDEX))
    ]
    return nist.request(nist.SEARCH, pictures, Envelope("POST 7", "BUREAU"), person="unknown").to_bytes()


def choose(page, *files):
    page.set_input_files(
        "#file", [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    )


def listed(page):
    """Persons and scores of the list, as they stand there."""
    rows = page.locator(".candidate").all()
    return [row.locator(".who b").inner_text() for row in rows], [float(row.locator(".score b").inner_text()) for row in rows]


def told(candidates, person="personId"):
    """The same of an answer: the page rounds scores to what three digits say."""
    scores = [one["score"] for one in candidates]
    return [one[person] for one in candidates], pytest.approx(scores, abs=0.06, rel=0.006)


def test_a_transaction_brings_the_list_that_api_and_command_line_give(page, url, folder, transaction, tmp_path):
    choose(page, ("case.an2", transaction))
    compared(page)
    with open_gallery(folder) as bureau:
        _, token = bureau.access.create_token("api", ME)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=300) as client:
        answer = client.post("/v1/identify/ALL", files={"image": ("case.an2", transaction)}).json()
    (tmp_path / "case.an2").write_bytes(transaction)
    command = [sys.executable, "-c", "from biomatch.cli import main; main()", "identify", "--gallery", folder]
    printed = subprocess.run([*command, tmp_path / "case.an2", "--json"], capture_output=True, check=True).stdout
    assert listed(page)[0][0] == "P02"
    assert listed(page) == told(answer["candidates"])
    assert listed(page) == told(json.loads(printed)["candidates"], "person")
    shoot(page, "transaction")


def test_each_print_of_a_transaction_is_shown(page, transaction):
    choose(page, ("case.an2", transaction))
    compared(page)
    prints = page.locator("#prints .thumb")
    assert prints.count() == 2
    assert "1: right index" in prints.nth(0).inner_text()  # one of each finger, in the order of the fingers
    assert "2: left thumb" in prints.nth(1).inner_text()
    assert all("quality" in one.inner_text() for one in prints.all())
    expect(page.locator("#probe-name")).to_contain_text("case.an2, record 4")
    before = page.locator("#probe-plate image").get_attribute("href")
    prints.nth(0).focus()
    page.keyboard.press("ArrowRight")
    assert prints.nth(1).get_attribute("aria-selected") == "true"
    expect(page.locator("#probe-name")).to_contain_text("case.an2, record 3")
    assert page.locator("#probe-plate image").get_attribute("href") != before
    assert int(page.locator("#probe-count").inner_text()) == page.locator("#probe-plate .minutia").count()


def test_the_comparison_shows_the_print_that_the_evidence_names(page, sample_print):
    choose(page, ("thumb.png", sample_print(OTHER)), ("index.png", sample_print(MATE)))
    compared(page)
    first = page.locator(".candidate").first
    assert "P02" in first.inner_text()
    assert "print 2:" in first.inner_text()
    picture = "() => document.querySelector('.pane image').getAttribute('href')"
    thumb = "(at) => document.querySelectorAll('#prints image')[at].getAttribute('href')"
    assert page.evaluate(picture) == page.evaluate(thumb, 1)
    assert "print 2: " in page.locator(".pane").first.locator("figcaption").inner_text()
    assert page.locator("#prints .thumb").nth(1).get_attribute("aria-selected") == "true"
    groups = page.locator(".spoke-of")
    assert groups.count() == 2  # one for each print that was searched with
    shoot(page, "several")
    of_thumb = groups.nth(0).locator("button")
    if not of_thumb.count():
        expect(groups.nth(0)).to_contain_text("no enrolled print of this person looked like it")
        page.locator(".candidate").nth(1).click()
        of_thumb = page.locator(".spoke-of").nth(0).locator("button")
    of_thumb.first.click()
    expect(page.locator(".pane").first.locator("figcaption")).to_contain_text("print 1: ")
    compared(page)
    assert page.evaluate(picture) == page.evaluate(thumb, 0)


def test_all_views_of_a_record_are_searched_with(page, url, sample_print):
    templates = [Template.from_bytes(template_of(url, page, sample_print(name))) for name in (OTHER, MATE)]
    choose(page, ("views.fmr", write_iso2005(templates)))
    compared(page)
    assert page.locator("#prints .thumb").count() == 2
    assert all("template" in one.inner_text() for one in page.locator("#prints .thumb").all())
    assert listed(page)[0][0] == "P02"
    shoot(page, "record")


def test_one_print_has_no_strip(page, sample_print):
    choose(page, ("index.png", sample_print(MATE)))
    compared(page)
    assert not page.locator("#prints-box").is_visible()
    assert "print 1" not in page.locator(".candidate").first.inner_text()


def test_dropped_files_are_searched_with_again_when_a_field_changes(page, sample_print):
    """They are in no field of the page, as chosen ones are."""
    files = [("thumb.png", list(sample_print(OTHER))), ("index.png", list(sample_print(MATE)))]
    page.evaluate(
        """(files) => {
            const dataTransfer = new DataTransfer();
            for (const [name, bytes] of files) dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
        }""",
        files,
    )
    compared(page)
    assert page.locator("#prints .thumb").count() == 2
    page.locator("#ppi").fill("500")
    with page.expect_response(lambda answer: "/v1/identify/" in answer.url) as again:
        page.locator("#ppi").blur()
    assert len(again.value.json()["probes"]) == 2
    compared(page)


@pytest.mark.parametrize(("name", "cut"), [("cut.an2", 200), ("cut.png", 3_000)])
def test_a_file_among_several_that_cannot_be_read_is_named(page, sample_print, transaction, name, cut):
    whole = transaction if name.endswith(".an2") else sample_print(MATE)
    choose(page, ("good.png", sample_print(MATE)), (name, whole[:cut]))
    expect(page.locator("#alarm")).to_contain_text(f"{name}: ")
    assert page.evaluate("() => getComputedStyle(document.querySelector('#alarm'), '::first-letter').textTransform") == "none"
    expect(page.locator("#summary")).to_contain_text("Nobody was searched for")
