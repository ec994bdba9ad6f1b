"""A bureau that asks for a purpose searches for none without one."""

import pytest

from biomatch.errors import PurposeMissing


def test_a_bureaus_gallery_is_searched_for_a_purpose_only(open_bureau, me, image, record):
    bureau = open_bureau()
    bureau.encounters.enrol("ada", [image(1)], me)
    bureau.access.require_purpose(me)
    bureau.close()
    bureau = open_bureau()
    for asked in (me, me.searching_for("curiosity", ""), me.searching_for("", "none")):
        with pytest.raises(PurposeMissing, match="legal basis"):
            bureau.searches.identify([record(1)], asked)
    assert bureau.searches.identify([record(1)], me.searching_for("border check", "act 4")).search.candidates
