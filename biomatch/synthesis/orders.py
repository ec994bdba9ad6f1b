"""The orders of `biomatch synth`, as jobs that any process can do: a finger's prints, a hand's slaps, a card, a latent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from biomatch.errors import ImpossibleSynthesis
from biomatch.formats import write_iso2005
from biomatch.synthesis import growth, person, sensor, truth, versions
from biomatch.synthesis.card import card
from biomatch.synthesis.files import Made, to_png
from biomatch.synthesis.impression import Impression, impression, rolled
from biomatch.synthesis.latent import LIFTED, latent
from biomatch.synthesis.master import NAIL_TO_NAIL, Master
from biomatch.synthesis.person import LEFT_FOUR, RIGHT_FOUR, TEN, PlacedPrint, as_print, finger_of, slap
from biomatch.synthesis.sensor import GLASS, INK, SENSORS, Sensor
from biomatch.synthesis.skin import draw_touch
from biomatch.synthesis.templates import press_again, synthesise_templates
from biomatch.synthesis.truth_record import manifest_row, minutiae_records, position_name, print_record
from biomatch.synthesis.window import DEVICES
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType

MOST = 10_000_000  # persons of one order
SENSOR_NAMES = {one.name.split()[-1] if one is sensor.CHIP else one.name.split()[0]: one for one in SENSORS}


@dataclass(frozen=True)
class Job:
    """A part of an order. names: the files that it makes, all of them images or templates."""

    kind: str
    seed: int
    number: int
    names: tuple[str, ...]
    positions: tuple[FingerPosition, ...] = ()
    sensors: tuple[str, ...] = ()
    difficulty: float = 1.0
    scale: float = 1.0


def prints(
    seed: int,
    persons: int,
    positions: Sequence[FingerPosition],
    impressions: int,
    sensors: Sequence[str],
    *,
    difficulty: float = 1.0,
    roll: bool = False,
    scale: float = 1.0,
) -> list[Job]:
    """Makes a job a finger. The first impression may be rolled in ink; the others take turns on the sensors named, which show
    `scale` px for a px at 500 ppi."""
    _check(seed, persons=persons, impressions=impressions)
    if not positions:
        raise ImpossibleSynthesis("the number of fingers", "0", "at least one finger position")
    if not 0 <= difficulty <= 3:
        raise ImpossibleSynthesis("the difficulty", f"{difficulty:g}", "0 (perfect touches) to 3 (worse than people are)")
    if not 0.5 <= scale <= 2:
        raise ImpossibleSynthesis("the scale", f"{scale:g}", "0.5 to 2; 1 is a device true to scale")
    jobs = []
    for number in range(1, persons + 1):
        for position in dict.fromkeys(positions):
            finger = f"{_person(number)}-{position_name(position)}"
            names = tuple(f"{finger}_{count}.png" for count in range(1, impressions + 1))
            kind = "rolled" if roll else "plain"
            own = tuple(sensors) or (list(SENSOR_NAMES)[number % len(SENSOR_NAMES)],)
            jobs.append(Job(kind, seed, number, names, (position,), own, difficulty, scale))
    return jobs


def slaps(seed: int, persons: int, sensors: Sequence[str], impressions: int = 1) -> list[Job]:
    """Makes a job a hand: right and left four of each person, put down so many times; the sensors named take turns."""
    _check(seed, persons=persons, impressions=impressions)
    jobs = []
    for number in range(1, persons + 1):
        for side, four in (("right", RIGHT_FOUR), ("left", LEFT_FOUR)):
            names = tuple(f"{_person(number)}-{side}-four_{count}.png" for count in range(1, impressions + 1))
            jobs.append(Job("slap", seed, number, names, four, tuple(sensors)))
    return jobs


def cards(seed: int, persons: int) -> list[Job]:
    """Makes a job a person: the card, and each of its boxes cut out."""
    _check(seed, persons=persons)
    return [Job("card", seed, number, _card_names(_person(number)), TEN) for number in range(1, persons + 1)]


def latents(seed: int, count: int) -> list[Job]:
    """Makes a job a finger: a latent with marked minutiae as ISO/IEC 19794-2 record, and a plain print of the same finger."""
    _check(seed, persons=count)
    jobs = []
    for number in range(1, count + 1):
        name = f"{_person(number)}-latent"
        position = TEN[int(np.random.default_rng((seed, number, 7)).integers(10))]
        jobs.append(Job("latent", seed, number, (f"{name}_1.png", f"{name}_2.ist", f"{name}_3.png"), (position,)))
    return jobs


def templates(seed: int, count: int, impressions: int) -> list[Job]:
    """Makes a job a hundred fingers, as minutiae only, each of a person who bears no name of another order's."""
    _check(seed, persons=count, impressions=impressions)
    jobs = []
    for first in range(0, count, _BLOCK):
        numbers = range(first, min(first + _BLOCK, count))
        names = tuple(f"{n // 1000:05}/{_drawn_person(n + 1)}_{k}.bmt" for n in numbers for k in range(1, impressions + 1))
        jobs.append(Job("templates", seed, first, names))
    return jobs


_BLOCK = 100


def check_seed(seed: int) -> None:
    """Raises ImpossibleSynthesis."""
    if not 0 <= seed < 2**63:
        raise ImpossibleSynthesis("the seed", str(seed), "0 to 2^63 - 1")


def make(state: object, job: Job) -> tuple[Made, ...]:
    """Makes the files of a job. The same job makes the same bytes, in any process. `state` is what a worker's setup
    returned."""
    return _MAKERS[job.kind](job)


def warm() -> None:
    """Compiles, or loads, the kernels, before a worker's first job."""
    flow = np.zeros((48, 48), np.float32)
    truth.find(growth.grow(np.random.default_rng(0), flow, flow + 9))


# one function a kind of job


def _plain(job: Job) -> tuple[Made, ...]:
    finger = finger_of(job.seed, job.number, job.positions[0])
    made = []
    for count, name in enumerate(job.names, 1):
        rng = np.random.default_rng((job.seed, job.number, int(finger.position), count))
        on = captured_on(job, count - 1)
        made.append(_image(job, name, count, finger, _pressed(job, finger, rng, on), on, "plain"))
    return tuple(made)


def _rolled(job: Job) -> tuple[Made, ...]:
    finger = finger_of(job.seed, job.number, job.positions[0], NAIL_TO_NAIL)
    made = []
    for count, name in enumerate(job.names, 1):
        rng = np.random.default_rng((job.seed, job.number, int(finger.position), count))
        if count == 1:
            made.append(_image(job, name, count, finger, rolled(finger, rng), INK, "rolled"))
        else:
            on = captured_on(job, count - 2)
            made.append(_image(job, name, count, finger, _pressed(job, finger, rng, on), on, "rolled"))
    return tuple(made)


def _pressed(job: Job, finger: Master, rng: np.random.Generator, on: Sensor) -> Impression:
    return impression(finger, rng, draw_touch(rng, job.difficulty), on)


def captured_on(job: Job, turn: int) -> Sensor:
    """Returns the sensor whose turn it is; a run has one device of each kind, whose marks are in all its images."""
    return replace(SENSOR_NAMES[job.sensors[turn % len(job.sensors)]], device=job.seed % DEVICES, scale=job.scale)


def _slap(job: Job) -> tuple[Made, ...]:
    fingers = [finger_of(job.seed, job.number, position) for position in job.positions]
    side = "right-four" if job.positions == RIGHT_FOUR else "left-four"
    files = []
    for count, name in enumerate(job.names, 1):
        which = (job.seed, job.number, 11 + (job.positions == LEFT_FOUR))
        rng = np.random.default_rng(which if count == 1 else (*which, count))
        on = INK if job.sensors[(count - 1) % len(job.sensors)] == "ink" else GLASS
        kind = ImpressionType.NONLIVE_SCAN_PLAIN if on is INK else ImpressionType.LIVE_SCAN_PLAIN
        made = slap(fingers, rng, replace(on, width=person.WHOLE_HAND[0], height=person.WHOLE_HAND[1]))
        files.append(_several(name, job, side, on.name, kind, made.image, made.prints, "slap", count))
    return tuple(files)


def _card(job: Job) -> tuple[Made, ...]:
    fingers = {position: finger_of(job.seed, job.number, position, NAIL_TO_NAIL) for position in TEN}
    rng = np.random.default_rng((job.seed, job.number, 13))
    made = card(fingers, rng, f"synthetic person {job.number}, no living one: seed {job.seed}, {versions.IMAGES}")
    every = tuple(one for cell in made.cells for one in cell.prints)
    kind = ImpressionType.NONLIVE_SCAN_ROLLED
    files = [_several(job.names[0], job, "card", INK.name, kind, made.image, every, "card", 1)]
    for name, cell in zip(job.names[1:], made.cells, strict=True):
        here = tuple(one.moved(-cell.box.x, -cell.box.y) for one in cell.prints)
        single = position_name(here[0].finger.position)
        position = single if len(here) == 1 else f"{single.split('-')[0]}-four"
        group = "slap" if len(here) > 1 else "rolled" if cell.number <= 10 else "plain"
        count = 1 if len(here) > 1 or cell.number <= 10 else 2
        files.append(_several(name, job, position, INK.name, cell.impression, made.crop(cell), here, group, count))
    return tuple(files)


def _card_names(who: str) -> tuple[str, ...]:
    rolls = [f"{who}-{position_name(position)}_1.png" for position in TEN]
    rest = [f"{who}-{name}.png" for name in ("left-four_1", "left-thumb_2", "right-thumb_2", "right-four_1")]
    return (f"{who}-card.png", *rolls, *rest)


def _latent(job: Job) -> tuple[Made, ...]:
    finger = finger_of(job.seed, job.number, job.positions[0])
    rng = np.random.default_rng((job.seed, job.number, 14))
    other = finger_of(job.seed, job.number, TEN[int(finger.position) % 10])
    found = latent(finger, rng, other=other)
    marks = _image(job, job.names[0], 1, finger, found, LIFTED, "latent")
    record = Template(
        found.minutiae,
        LIFTED.width,
        LIFTED.height,
        finger.position,
        ImpressionType.LATENT_LIFT,
        extractor="truth",
    )
    row = {**marks.row, "path": job.names[1], "impression": 2, "kind": "marked minutiae", "set": "marks"}
    plain = impression(finger, rng, draw_touch(rng, 0.8), GLASS)
    mate = _image(job, job.names[2], 3, finger, plain, GLASS, "latent")  # a latent's own marks are no mate to measure with
    return marks, Made(job.names[1], write_iso2005([record]), row, marks.truth), mate


def _templates(job: Job) -> tuple[Made, ...]:
    names = iter(job.names)
    each = _each(job)
    made = []
    for place, first in enumerate(synthesise_templates(len(job.names) // each, job.seed, first=job.number)):
        rng = np.random.default_rng((job.seed, job.number, place, 15))
        for count in range(1, each + 1):
            one = first if count == 1 else press_again(first, rng)
            path = next(names)
            who, position, size = _drawn_person(job.number + place + 1), position_name(one.position), (one.height, one.width)
            row = manifest_row(path, who, position, count, "templates", versions.DRAWN, one.impression, size, ())
            row["minutiae"] = str(len(one.minutiae))
            made.append(Made(path, one.to_bytes(), row, {"prints": [{"minutiae": minutiae_records(one.minutiae)}]}))
    return tuple(made)


def _each(job: Job) -> int:
    """Counts impressions a finger: how often the first name's person recurs."""
    who = job.names[0].rpartition("_")[0]
    return sum(name.rpartition("_")[0] == who for name in job.names)


_MAKERS: dict[str, Callable[[Job], tuple[Made, ...]]] = {
    "plain": _plain, "rolled": _rolled, "slap": _slap, "card": _card, "latent": _latent, "templates": _templates,
}  # fmt: skip


def _image(job: Job, name: str, count: int, finger: Master, made: Impression, on: Sensor, group: str) -> Made:
    one = as_print(finger, made)
    position = position_name(finger.position)
    return _several(name, job, position, on.name, on.impression, made.image, (one,), group, count, on.scale)


def _several(
    name: str,
    job: Job,
    position: str,
    kind: str,
    form: ImpressionType,
    image: np.ndarray,
    prints: tuple[PlacedPrint, ...],
    group: str,
    count: int,
    scale: float = 1.0,
) -> Made:
    height, width = image.shape
    row = manifest_row(name, _person(job.number), position, count, group, kind, form, (height, width), prints)
    record: dict[str, Any] = {"prints": [print_record(one, scale) for one in prints]}
    return Made(name, to_png(image), row, record)


def _person(number: int) -> str:
    return f"P{number:05}"


def _drawn_person(number: int) -> str:
    """Names a person whose finger is drawn as minutiae only: enrolled beside prints, it is no further finger of theirs."""
    return f"T{number:05}"


def _check(seed: int, **counts: int) -> None:
    check_seed(seed)
    for what, value in counts.items():
        if not 1 <= value <= MOST:
            raise ImpossibleSynthesis(f"the number of {what}", f"{value:,}", f"1 to {MOST:,}")
