import json

import cv2
import numpy as np
import pytest

from biomatch.errors import ImpossibleSynthesis
from biomatch.formats import read_template
from biomatch.synthesis import orders
from biomatch.vocabulary import FingerPosition

RIGHT_INDEX = (FingerPosition.RIGHT_INDEX,)


@pytest.fixture(scope="module")
def finger():
    (job,) = orders.prints(5, 1, RIGHT_INDEX, 3, ["glass", "chip"])
    return job, orders.make(None, job)


def test_a_job_makes_the_files_that_it_names(finger):
    job, made = finger
    assert tuple(one.path for one in made) == job.names == tuple(f"P00001-right-index_{n}.png" for n in (1, 2, 3))


def test_the_same_job_makes_the_same_bytes(finger):
    job, made = finger
    assert orders.make(None, job) == made


def test_sensors_take_turns(finger):
    assert [one.row["kind"] for one in finger[1]] == ["glass prism", "capacitive chip", "glass prism"]


def test_where_no_sensor_is_named_a_person_keeps_to_one():
    jobs = orders.prints(5, 5, RIGHT_INDEX, 4, [])
    assert len({job.sensors for job in jobs}) == 5
    assert all(len(job.sensors) == 1 for job in jobs)


def test_the_truth_of_a_print_lies_in_its_box_and_image(finger):
    for one in finger[1]:
        height, width = cv2.imdecode(np.frombuffer(one.data, np.uint8), cv2.IMREAD_GRAYSCALE).shape
        assert (one.row["width"], one.row["height"]) == (width, height)
        (truth,) = one.truth["prints"]
        x, y, w, h = truth["box"]
        places = np.array([m[:2] for m in truth["minutiae"]])
        assert len(places) > 10
        assert ((places >= (x - 1, y - 1)) & (places <= (x + w, y + h))).all()
        assert truth["position"] == "right-index"
        assert truth["class"] == one.row["class"]


def test_the_truth_is_plain_json(finger):
    for one in finger[1]:
        json.dumps([one.row, one.truth], allow_nan=False)


def test_a_latent_comes_with_its_marks_as_a_record_and_with_a_mate():
    (job,) = orders.latents(6, 1)
    image, marks, mate = orders.make(None, job)
    record = read_template(marks.data)
    assert len(record.minutiae) == len(image.truth["prints"][0]["minutiae"])
    assert record.position == job.positions[0]
    assert mate.row["finger"] == image.row["finger"]
    assert mate.row["set"] == "plain"


def test_a_hand_is_put_down_as_often_as_is_asked_for_and_its_fingers_stay_the_same():
    right, left = orders.slaps(8, 1, ["glass", "ink"], 2)
    assert (right.names[1], left.names[0]) == ("P00001-right-four_2.png", "P00001-left-four_1.png")
    first, second = orders.make(None, right)
    assert (first.row["kind"], second.row["kind"]) == ("glass prism", "ink on paper")
    assert first.row["finger"] == second.row["finger"]
    classes = [[finger["class"] for finger in one.truth["prints"]] for one in (first, second)]
    boxes = [[finger["box"] for finger in one.truth["prints"]] for one in (first, second)]
    assert classes[0] == classes[1]
    assert boxes[0] != boxes[1]


def test_templates_recur_as_often_as_is_asked_for():
    jobs = orders.templates(7, 150, 2)
    assert sum(len(job.names) for job in jobs) == 300
    made = orders.make(None, jobs[1])
    assert len(made) == 100
    assert made[0].path == "00000/P00101_1.bmt"
    first, again = (len(read_template(one.data).minutiae) for one in made[:2])
    assert first > 5
    assert again > 5


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: orders.prints(1, 0, RIGHT_INDEX, 1, []), "persons"),
        (lambda: orders.prints(1, 10**9, RIGHT_INDEX, 1, []), "persons"),
        (lambda: orders.prints(1, 1, RIGHT_INDEX, 0, []), "impressions"),
        (lambda: orders.prints(1, 1, (), 1, []), "finger"),
        (lambda: orders.prints(1, 1, RIGHT_INDEX, 1, [], difficulty=-1), "difficulty"),
        (lambda: orders.prints(1, 1, RIGHT_INDEX, 1, [], scale=3), "scale"),
        (lambda: orders.prints(-1, 1, RIGHT_INDEX, 1, []), "seed"),
        (lambda: orders.latents(1, 0), "persons"),
        (lambda: orders.slaps(1, 1, ["ink"], 0), "impressions"),
    ],
)
def test_what_cannot_be_made_is_refused(call, word):
    with pytest.raises(ImpossibleSynthesis, match=word):
        call()


def test_the_generator_s_version_is_short_and_stable():
    assert orders.generator_version() == orders.generator_version()
    assert orders.generator_version().startswith("image/5-")


def test_a_run_has_one_device_of_each_kind():
    """Real sets are captured so: the marks of a device are in all images of a set."""
    one, two, other = (
        orders.prints(seed, 2, [FingerPosition.RIGHT_INDEX], 2, ["soft", "large"])[turn]
        for seed, turn in ((4, 0), (4, 1), (5, 0))
    )
    devices = {orders.captured_on(job, turn).device for job in (one, two) for turn in range(2)}
    assert len(devices) == 1
    assert devices != {orders.captured_on(other, 0).device}
