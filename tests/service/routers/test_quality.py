"""The route of quality: what is told of each print, and what is refused."""

import base64

import cv2
import numpy as np
import pytest


def test_quality_says_why(api, probe, sample_print):
    files = [("image", ("good.png", probe)), ("image", ("text.png", b"not a print"))]
    good, bad = api.post("/v1/quality", files=files).json()
    assert good["passed"]
    assert good["quality"] > 0
    assert "template" not in good
    assert bad["problem"]["code"] == "unreadable-image"
    assert bad["name"] == "text.png"


def test_quality_draws_what_it_found(api, probe):
    detail = api.post("/v1/quality", files={"image": probe}, params={"details": True}).json()[0]
    assert base64.b64decode(detail["picture"]).startswith(b"\x89PNG")
    assert len(detail["minutiae"]) == detail["minutiaeCount"]
    assert {minutia["type"] for minutia in detail["minutiae"]} <= {"ending", "bifurcation", "other"}


def png(pixels):
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((300, 300), 255, np.uint8),
        np.zeros((300, 300), np.uint8),
        np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8),
        np.full((1, 1), 9, np.uint8),
        np.full((300, 300, 4), 200, np.uint8),
        np.full((300, 300), 40_000, np.uint16),
    ],
    ids=["blank", "black", "noise", "one pixel", "rgba", "16 bit"],
)
def test_an_image_without_a_print_fails_in_quality(api, pixels):
    answer = api.post("/v1/quality", files={"image": png(pixels)})
    assert answer.status_code == 200, answer.text
    found = answer.json()[0]
    assert not found["passed"]
    assert found["reasons"]


@pytest.mark.parametrize("ppi", ["99", "4001", "-500"])
def test_an_impossible_resolution_is_refused(api, sample_print, ppi):
    answer = api.post("/v1/quality", files={"image": sample_print("P01-right-index_1")}, data={"ppi": ppi})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-resolution"), answer.text


def test_a_print_alone_that_cannot_be_read_is_the_error_itself(api, sample_print):
    alone = api.post("/v1/quality", files={"image": ("text.png", b"not a print")})
    assert (alone.status_code, alone.json()["code"]) == (422, "unreadable-image")
    both = api.post("/v1/quality", files=[("image", ("text.png", b"not a print"))] * 2)
    assert both.status_code == 200
    assert [one["problem"]["code"] for one in both.json()] == ["unreadable-image"] * 2
