"""The page and the manual, as a browser gets them."""

import pytest

from biomatch import __version__
from biomatch.vocabulary import FingerPosition


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_is_for_anybody(api, path):
    answer = api.get(path, headers={"Authorization": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")


def test_the_page_offers_every_finger(api):
    page = api.get("/").text
    assert [one.name for one in FingerPosition if f'"{one.name}"' not in page] == []


def test_the_manual_says_of_which_version_it_is_and_shows_every_operation(api):
    page = api.get("/docs").text
    assert f"version {__version__}" in page
    for methods in api.get("/openapi.json").json()["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
