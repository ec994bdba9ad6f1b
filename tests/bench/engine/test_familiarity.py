"""What models know of a set follows from what their cards name."""

import pytest

from biomatch import learned
from biomatch.bench.engine import familiarity
from biomatch.bench.engine.familiarity import NOTHING, PRINTS, SENSOR
from biomatch.learned import Models

NAMES = ("extractor", "projection", "patch", "strangers", "index")


@pytest.fixture
def knowing(tmp_path):
    """knowing(index=...): models of which one names these data on its card."""

    def made(**data):
        for name in NAMES:
            learned.save(tmp_path, name, {}, {"data": data.get(name, "synthetic")})
        return Models(tmp_path)

    return made


@pytest.mark.parametrize("name", NAMES)
def test_one_model_that_saw_the_prints_is_enough(knowing, name):
    assert familiarity.of("casia", knowing(**{name: "casia"})) == PRINTS


def test_another_set_of_the_same_kind_of_sensor_tells_something(knowing):
    assert familiarity.of("casia", knowing(index="uareu")) == SENSOR


def test_sets_of_other_sensors_tell_nothing(knowing):
    assert familiarity.of("tdf", knowing(index="uareu")) == NOTHING
    assert familiarity.of("casia", knowing()) == NOTHING
