"""How many prints are taken at once: those of records are counted one by one, before an image is extracted."""

from __future__ import annotations

import numpy as np
import pytest

from biomatch import deadlines, formats
from biomatch.bureau import Enrolment, Upload, workshop
from biomatch.deadlines import Deadline, within
from biomatch.errors import DeadlinePassed, TooManyMinutiae, TooManyPrints
from biomatch.template import MOST_READ, Minutiae, Template
from biomatch.vocabulary import FingerPosition


@pytest.fixture
def several():
    """several(n): a record of so many prints, at most 176."""

    def made(count):
        minutiae = Minutiae.of([10, 50, 90], [20, 60, 30], [0, 1, 2], quality=[0.9, 0.8, 0.7])
        prints = [Template(minutiae, 300, 300, FingerPosition(number % 11)) for number in range(count)]
        return Upload(formats.write_iso2005(prints), f"{count}.fmr")

    return made


def test_an_encounter_of_records_with_too_many_prints_is_refused_and_no_image_extracted(bureau, me, several, image):
    uploads = [image(1), several(60), several(61)]
    for ask in (lambda: bureau.encounters.enrol("ada", uploads, me), lambda: bureau.searches.examine(uploads, me)):
        with pytest.raises(TooManyPrints, match="122 prints were given, at most 100"):
            ask()
    assert (bureau.pool.extracted, bureau.upkeep.counts(me)) == (0, (0, 0, 0))
    assert len(bureau.encounters.enrol("ada", [image(1), several(60), several(39)], me)) == 100


def test_a_search_with_a_record_of_too_many_prints_is_refused_and_no_image_extracted(bureau, me, several, image):
    for ask in (
        lambda uploads: bureau.searches.identify(uploads, me),
        lambda uploads: bureau.searches.compare(uploads, uploads, me),
    ):
        with pytest.raises(TooManyPrints, match="11 prints were given, at most 10"):
            ask([image(1), several(10)])
    assert bureau.pool.extracted == 0


def test_a_line_of_a_list_that_names_a_record_of_too_many_prints_comes_back_with_its_error(bureau, me, several, image):
    good, bad = bureau.encounters.enrol_batch([Enrolment("ada", image(1)), Enrolment("bob", several(101))], me)
    assert good.error is None
    assert isinstance(bad.error, TooManyPrints)
    assert bureau.upkeep.counts(me)[2] == 1


def test_more_uploads_than_an_encounter_has_prints_are_not_examined(bureau, me, image):
    with pytest.raises(TooManyPrints, match="101 prints were given"):
        bureau.searches.examine([image(1)] * 101, me)
    assert bureau.pool.extracted == 0


def test_a_template_of_very_many_minutiae_is_refused_wherever_it_comes_in(bureau, me, record):
    rng = np.random.default_rng(1)
    minutiae = Minutiae.of(*rng.uniform(0, 300, (2, MOST_READ + 1)), rng.uniform(0, 6, MOST_READ + 1))
    huge = Upload(Template(minutiae, 300, 300).to_bytes(), "huge.bmt")
    bureau.encounters.enrol("ada", [record(1)], me)
    for ask in (
        lambda: bureau.encounters.enrol("bob", [huge], me),
        lambda: bureau.searches.identify([huge], me),
        lambda: bureau.searches.verify("ada", [huge], me),
        lambda: bureau.searches.compare([huge], [record(1)], me),
        lambda: bureau.searches.explain(huge, record(1), me),
    ):
        with pytest.raises(TooManyMinutiae):
            ask()
    (found,) = bureau.searches.examine([huge], me)
    assert isinstance(found, TooManyMinutiae)
    (outcome,) = bureau.encounters.enrol_batch([Enrolment("bob", huge)], me)
    assert isinstance(outcome.error, TooManyMinutiae)


def test_the_next_record_is_not_read_when_nobody_waits_any_more(bureau, me, several, monkeypatch):
    read = []

    def counted(data):
        read.append(data)
        return formats.read_views(data)

    class Formats:
        is_record, read_views = staticmethod(formats.is_record), staticmethod(counted)

    monkeypatch.setattr(workshop, "formats", Formats)
    with within(Deadline(3, clock=lambda: float(len(read)))), pytest.raises(DeadlinePassed):
        bureau.encounters.enrol("ada", [several(number) for number in range(1, 14)], me)
    assert len(read) == 3
    deadlines.check()
