"""A served gallery, and the page of it in a real browser."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from biomatch.bureau import Actor, open_gallery

ME = Actor("tester", "test")
PATIENCE = 300_000  # ms: on a busy machine the first search of a new server waits for its kernels
expect.set_options(timeout=PATIENCE)

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page") / "gallery"


@pytest.fixture(scope="module")
def url(serve, sample_print, folder):
    """A server whose gallery holds three persons, one of them as a template without a picture."""
    with serve(folder) as server:
        with httpx.Client(base_url=server.url, headers=server.headers, timeout=300) as client:
            for person in ("P01", "P02"):
                for number in (1, 2):
                    files = {"image": sample_print(f"{person}-right-index_{number}")}
                    client.post(f"/v1/persons/{person}/encounters", files=files, data={"position": "RIGHT_INDEX"})
            files = {"image": sample_print("P03-right-index_1")}
            detail = client.post("/v1/quality", files=files, params={"details": True}).json()[0]
            body = {"biometricData": [{"template": detail["template"], "biometricSubType": "RIGHT_INDEX"}]}
            client.post("/v1/persons/P03/encounters", json=body)
        yield server.url


@pytest.fixture(scope="module")
def browser(missing):
    if not CHROMIUM.exists():
        missing("browser", f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


def address(folder):
    """As `biomatch page` prints it: it opens the page once."""
    with open_gallery(folder) as bureau:
        return bureau.access.page_address(ME)


@pytest.fixture
def page(browser, url, folder):
    """The page in a browser of its own, in which no script fails and nothing is fetched from elsewhere."""
    opened = browser.new_page(viewport={"width": 1500, "height": 950})
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console", lambda message: message.type == "error" and "status of 4" not in message.text and faults.append(message.text)
    )
    opened.on("request", lambda request: request.url.startswith((url, "blob:", "data:")) or faults.append(request.url))
    opened.set_default_timeout(PATIENCE)
    opened.goto(address(folder))
    expect(opened.locator("#who")).to_be_visible()
    yield opened
    opened.close()
    assert faults == []
