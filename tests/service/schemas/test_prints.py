"""One print: as it is handed over, and as it is told."""

from datetime import date

import pytest
from pydantic import ValidationError

from biomatch.bureau import MAX_PRINTS
from biomatch.service.schemas.prints import BiometricData, PrintOut, minutiae_of
from biomatch.service.schemas.quality import QualityIn
from biomatch.vocabulary import FingerPosition, ImpressionType


def test_a_print_becomes_an_upload_with_all_that_was_said_of_it():
    said = {
        "image": "aW1hZ2U=", "biometricSubType": "LEFT_THUMB", "impressionType": "LIVE_SCAN_ROLLED", "resolution": 1000,
        "captureDate": "2020-02-29",
    }  # fmt: skip
    upload = BiometricData.model_validate(said).upload("biometricData[3]")
    assert (upload.data, upload.name, upload.ppi, upload.captured) == (b"image", "biometricData[3]", 1000, date(2020, 2, 29))
    assert (upload.position, upload.impression) == (FingerPosition.LEFT_THUMB, ImpressionType.LIVE_SCAN_ROLLED)


def test_a_template_is_uploaded_like_an_image_and_nothing_as_nothing():
    assert BiometricData.model_validate({"template": "Qk1U"}).upload("x").data == b"BMT"
    assert BiometricData().upload("x").data == b""
    assert BiometricData.model_validate({"image": ""}).upload("x").data == b""


def test_an_empty_image_beside_a_template_is_still_both():
    with pytest.raises(ValidationError, match="one of image, template"):
        BiometricData.model_validate({"image": "", "template": "Qk1U"})


def test_prints_of_one_request_have_an_end():
    with pytest.raises(ValidationError):
        QualityIn.model_validate({"biometricData": [{}] * (MAX_PRINTS + 1)})


def test_minutiae_are_told_one_by_one_with_their_kind(template):
    told = minutiae_of(template)
    assert [one.type for one in told] == ["ending", "bifurcation", "other"]
    assert [(one.x, one.y) for one in told] == [(10, 11), (20, 21), (30, 31)]
    assert [one.quality for one in told] == [0.12, 0.5, 1.0]
    assert [one.angle for one in told] == pytest.approx([0, 1, 2], abs=0.02)  # a template keeps 256 directions


def test_what_is_kept_of_a_print_says_whether_it_can_be_shown(stored):
    shown, template = PrintOut.stored(stored()), PrintOut.stored(stored(media_type=None, quality=None))
    assert (shown.has_image, shown.algorithm, shown.created) == (True, "learned/1", "2026-05-21T08:00:00Z")
    assert (template.has_image, template.quality, template.minutiae_count) == (False, None, None)
