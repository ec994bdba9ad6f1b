import json
import re

import cv2
import numpy as np
import pytest

from biomatch.errors import ImpossibleSynthesis
from biomatch.formats import read_template
from biomatch.synthesis import orders, synthesise_templates
from biomatch.synthesis.truth_record import position_name
from biomatch.template import Template
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


def test_the_period_in_the_truth_is_that_of_the_image():
    """Of a sensor that shows all of it larger, and of ink, which does not."""
    (job,) = orders.prints(5, 1, RIGHT_INDEX, 2, ["chip"], roll=True, scale=1.25)
    inked, larger = (one.truth["prints"][0]["period"] for one in orders.make(None, job))
    assert larger == pytest.approx(1.25 * inked, abs=0.01)
    assert 7 < inked < 12


def test_a_finger_that_is_named_twice_is_made_once():
    twice = [FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB]
    assert orders.prints(5, 2, twice, 1, ["chip"]) == orders.prints(5, 2, twice[:2], 1, ["chip"])


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
    assert mate.row["finger"] == image.row["finger"] == marks.row["finger"]
    assert mate.row["set"] == image.row["set"] != marks.row["set"]


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


@pytest.mark.parametrize(("count", "impressions"), [(150, 2), (3, 3), (100, 1)])
def test_every_template_is_named_after_its_finger(count, impressions):
    """Of blocks that are full and that are not, also where the last holds as many files as a full one."""
    made = [one for job in orders.templates(7, count, impressions) for one in orders.make(None, job)]
    assert len(made) == count * impressions
    fingers = iter(synthesise_templates(count, 7))
    for one in made:
        number, impression = map(int, re.fullmatch(r"\d{5}/T(\d{5})_(\d+)\.bmt", one.path).groups())
        assert (one.row["person"], one.row["impression"]) == (f"T{number:05}", impression)
        template = Template.from_bytes(one.data)
        if impression == 1:
            finger = next(fingers)
            assert one.data == finger.to_bytes()
        assert (template.width, template.height, template.position) == (finger.width, finger.height, finger.position)
        assert one.row["finger"] == f"T{number:05}/{position_name(finger.position)}"


def test_templates_are_of_no_person_of_another_order():
    others = [
        *orders.prints(7, 3, RIGHT_INDEX, 1, []),
        *orders.slaps(7, 3, ["ink"]),
        *orders.cards(7, 3),
        *orders.latents(7, 3),
    ]
    persons = {re.match(r"[^-]+", job.names[0])[0] for job in others}
    made = orders.make(None, orders.templates(7, 3, 1)[0])
    assert len(persons) == len(made) == 3
    assert persons.isdisjoint(one.row["person"] for one in made)


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


def test_a_run_has_one_device_of_each_kind():
    """Real sets are captured so: the marks of a device are in all images of a set."""
    one, two, other = (
        orders.prints(seed, 2, [FingerPosition.RIGHT_INDEX], 2, ["soft", "large"])[turn]
        for seed, turn in ((4, 0), (4, 1), (5, 0))
    )
    devices = {orders.captured_on(job, turn).device for job in (one, two) for turn in range(2)}
    assert len(devices) == 1
    assert devices != {orders.captured_on(other, 0).device}
