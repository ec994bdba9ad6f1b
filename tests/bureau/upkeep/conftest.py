"""A bureau with two persons and one search."""

import pytest


@pytest.fixture
def filled(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1), image(2)], me)
    bureau.encounters.enrol("bob", [record(3)], me)
    bureau.searches.identify([image(1)], me)
    return bureau
