"""A person's own prints are accepted, a stranger's are not."""

import pytest

from biomatch.errors import (
    LabelNotFound,
    PersonNotFound,
)


def test_verify_accepts_the_mate_and_not_a_stranger(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1)], me)
    mate, stranger = bureau.searches.verify("ada", [record(1, again=1)], me), bureau.searches.verify("ada", [record(2)], me)
    assert mate.candidate.score > stranger.candidate.score
    assert not stranger.accepted
    assert bureau.searches.verify("ada", [record(2)], me, threshold=0.0).accepted
    with pytest.raises(PersonNotFound):
        bureau.searches.verify("bob", [record(1)], me)
    with pytest.raises(LabelNotFound):
        bureau.searches.verify("ada", [record(1)], me, label="staff")


def test_two_prints_are_compared_without_a_gallery(bureau, me, record):
    found = bureau.searches.compare([record(1)], [record(1, again=1)], me)
    other = bureau.searches.compare([record(1)], [record(2)], me)
    assert found.comparison.score > other.comparison.score
    assert len(found.comparison.pairs[0]) > 5
