"""Quality of a print, with and without what was found in it."""

from biomatch.bureau import Examined
from biomatch.service.schemas.quality import QualityOut
from biomatch.template import Template


def test_details_are_told_only_where_they_are_asked_for(template):
    examined = Examined(template, 70, False, ("too dry",), b"picture")
    plain = QualityOut.of(examined, "a.png", False)
    assert (plain.name, plain.quality, plain.passed, plain.reasons) == ("a.png", 70, False, ["too dry"])
    assert (plain.minutiae_count, plain.minutiae, plain.template, plain.picture) == (3, None, None, None)
    full = QualityOut.of(examined, "a.png", True)
    assert (len(full.minutiae), full.picture) == (3, b"picture")
    assert Template.from_bytes(full.template).to_bytes() == template.to_bytes()


def test_a_template_has_no_picture_to_show(template):
    assert QualityOut.of(Examined(template, None, True, ()), "a.bmt", True).picture is None
