"""What a search is made with: each print once, whatever came twice; an error names the upload that it is about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from biomatch.bureau import Enrolment, Upload
from biomatch.bureau.searches import probes
from biomatch.bureau.uploads import COPY
from biomatch.errors import (
    FingersSwapped,
    NothingGiven,
    TooManyPrints,
    UnreadableImage,
)
from biomatch.formats import nist
from biomatch.formats.nist import Envelope, Picture
from biomatch.imaging import ImageFormat
from biomatch.vocabulary import FingerPosition, ImpressionType

THUMB, INDEX = FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX


def says(bureau, me, *probes):
    candidate = bureau.searches.verify("ada", probes, me).candidate
    return candidate.score, candidate.llr


def test_the_same_bytes_among_the_probes_are_one_probe(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me)
    for number in range(2, 130):
        bureau.encounters.enrol(f"p{number}", [image(number)], me)
    once, twice = (bureau.searches.identify([image(1)] * count, me) for count in (1, 2))
    first, again = twice.probes
    assert COPY in again.warnings
    assert first == once.probes[0]
    best = twice.search.candidates[0], once.search.candidates[0]
    assert len({(one.person, one.score, one.llr, len(one.evidence)) for one in best}) == 1
    assert twice.search.miss == once.search.miss
    assert bureau.pool.extracted == 129 + 1 + 1
    assert says(bureau, me, image(1), image(1)) == says(bureau, me, image(1))


def test_one_image_is_not_two_fingers(bureau, me, image):
    thumb, index = (replace(image(1), position=at) for at in (THUMB, INDEX))
    with pytest.raises(FingersSwapped, match="RIGHT_THUMB"):
        bureau.encounters.enrol("ada", [thumb, index], me)
    grey, plain = np.full((8, 8), 1, np.uint8), ImpressionType.LIVE_SCAN_PLAIN
    pictures = [Picture(grey, at, plain, form=ImageFormat.PNG) for at in (1, 2)]
    transaction = nist.request(nist.ENROL, pictures, Envelope("POST")).to_bytes()
    (refused,) = bureau.encounters.enrol_batch([Enrolment("ada", Upload(transaction))], me)
    assert isinstance(refused.error, FingersSwapped)
    assert bureau.upkeep.info(me).prints == 0


def test_a_probe_under_two_fingers_names_is_asked_under_the_first(bureau, me, image):
    """A search keeps nothing, so that it need not be refused."""
    bureau.encounters.enrol("ada", [image(1)], me)
    probes = bureau.searches.identify([replace(image(1), position=at) for at in (THUMB, INDEX)], me).probes
    assert [one.position for one in probes] == [THUMB, THUMB]
    assert COPY in probes[1].warnings


def test_the_copy_that_names_its_finger_speaks_for_both(bureau, me, image):
    first, again = bureau.encounters.enrol("ada", [image(1), replace(image(1), position=INDEX)], me)
    assert first.print_id == again.print_id
    assert first.position is INDEX


def test_a_comparison_has_one_print_on_each_side(bureau, image, record):
    workshop = bureau._context.workshop
    assert probes.single([image(1)], workshop).to_bytes() == probes.templates([image(1)], workshop)[0].to_bytes()
    with pytest.raises(TooManyPrints):
        probes.single([image(1), image(2)], workshop)
    with pytest.raises(NothingGiven):
        probes.single([], workshop)


def test_what_is_wrong_with_the_only_upload_names_it(bureau):
    workshop = bureau._context.workshop
    for name, words in (("left.png", "^left.png: "), ("", "^(?!.*left)")):
        with pytest.raises(UnreadableImage, match=words):
            probes.single([Upload(b"no image", name)], workshop)


def test_there_are_no_more_probes_than_fingers(bureau, image):
    workshop = bureau._context.workshop
    assert len(probes.examined([image(number) for number in range(1, 11)], workshop)) == 10
    with pytest.raises(TooManyPrints):
        probes.examined([image(number) for number in range(1, 12)], workshop)
