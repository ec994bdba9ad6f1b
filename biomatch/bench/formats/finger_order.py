"""Are swapped fingers and hands of a card found, and honest cards let through? -> finger_order.json

Cards of `biomatch synth card`: ten rolled prints, two plain thumbs and two slaps of each person, which are cut as any other.
Each card is tried as it is, with two rolled fingers of one hand in each other's box, with the rolled prints of both hands
swapped, and with both slaps swapped. What is found is what an enrolment refuses. Persons who are drawn as minutiae only are
many more, and harder: there is no ridge picture to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

import numpy as np

from biomatch import imaging
from biomatch.bench.engine import prints
from biomatch.bench.formats.slaps import FOUR
from biomatch.bench.frame import Run, rounded
from biomatch.comparison import Comparer, Prepared, prepare
from biomatch.comparison.finger_order import misnamed
from biomatch.descriptors import Describer
from biomatch.errors import NothingToDo
from biomatch.evaluation import protocol
from biomatch.evaluation.runner import one_thread
from biomatch.extraction import open_extractor
from biomatch.extraction.opening import DEFAULT
from biomatch.imaging import GreyImage, slap
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.vocabulary import FingerPosition, ImpressionType

NAME = "finger_order"
TEN = tuple(FingerPosition(code) for code in range(1, 11))
ROLLED, PLAIN = ImpressionType.NONLIVE_SCAN_ROLLED, ImpressionType.NONLIVE_SCAN_PLAIN
CARELESS = 1.6  # as in the public real sets
OTHER = {"right": "left", "left": "right"}


@dataclass(frozen=True, eq=False)
class Read:
    """A card's prints. slaps: each hand's plain ones, cut under the right claim."""

    rolled: tuple[Prepared, ...]
    thumbs: tuple[Prepared, ...]
    slaps: dict[str, tuple[Prepared, ...]]

    @property
    def plain(self) -> tuple[Prepared, ...]:
        return (*self.thumbs, *self.slaps["right"], *self.slaps["left"])


def measure(folder: Path, drawn: int = 500, seed: int = 1, models: Path | None = None, progress: Progress = NO_PROGRESS) -> Run:
    """Measures swapped names. drawn: persons of minutiae only. Raises BadManifest, NothingToDo, FileUnreadable, BadImage."""
    one_thread()
    persons = cards(folder)
    learned = Models(models) if models else None
    run = Run(NAME, threads=1, seed=seed, models=learned, cards=len(persons), drawn=drawn, extractor=DEFAULT)
    extractor, describer, comparer = open_extractor(DEFAULT, learned), Describer(learned), Comparer(learned)

    def taken(image: GreyImage, position: FingerPosition, impression: ImpressionType) -> Prepared:
        return prepare(extractor.extract(image).labelled(position, impression), describer)

    found: dict[str, list[bool]] = {}
    seconds = []
    progress.start("Cards", len(persons) + drawn)
    for number, files in enumerate(persons.values()):
        for name, tried in _tried(_read(files, taken), np.random.default_rng((seed, number))):
            began = process_time()
            found.setdefault(name, []).append(bool(misnamed(tried, comparer)))
            seconds.append(process_time() - began)
        progress.advance()
    for number in range(drawn):
        for name, tried in _tried(_drawn(seed, number, describer), np.random.default_rng((seed, number, 1))):
            found.setdefault(f"minutiae only, {name}", []).append(bool(misnamed(tried, comparer)))
        progress.advance()
    progress.done()
    for name, said in found.items():
        run.note(name, {"cards": len(said), "contradicted": sum(said), "share": rounded(np.mean(said))})
    run.record("time a card", seconds, unit="ms", scale=1e3)
    return run


def cards(folder: Path) -> dict[str, dict[str, Path]]:
    """Lists files of each person's card by what they show.

    Raises BadManifest, NothingToDo where a box is missing, FileUnreadable.
    """
    persons: dict[str, dict[str, Path]] = {}
    for one in protocol.read(folder / "manifest.csv"):
        person, _, what = one.finger.partition("/")
        persons.setdefault(person, {})[f"{one.set} {what}"] = one.path
    names = [f"rolled {_name(position)}" for position in TEN]
    names += ["plain right-thumb", "plain left-thumb", *(f"slap {claim}" for claim in FOUR)]
    for person, files in persons.items():
        for name in names:
            if name not in files:
                raise NothingToDo(f"{folder}: {person} has no {name}; `biomatch synth card` makes whole cards")
    prints.need(files[name] for files in persons.values() for name in names)
    return persons


def _name(position: FingerPosition) -> str:
    return position.name.lower().replace("_", "-")


def _read(files: dict[str, Path], taken: Callable[[GreyImage, FingerPosition, ImpressionType], Prepared]) -> Read:
    rolled = tuple(taken(_image(files[f"rolled {_name(one)}"]), one, ROLLED) for one in TEN)
    thumbs = tuple(taken(_image(files[f"plain {_name(one)}"]), one, PLAIN) for one in (TEN[0], TEN[5]))
    slaps = {}
    for claim, fingers in FOUR.items():
        image = _image(files[f"slap {claim}"])
        cut, hand = slap.segment(image, fingers), claim.split("-")[0]
        pieces = zip(cut.fingers, slap.cut(image, cut), strict=True)
        slaps[hand] = tuple(taken(own, finger.position, PLAIN) for finger, own in pieces)
    return Read(rolled, thumbs, slaps)


def _drawn(seed: int, number: int, describer: Describer) -> Read:
    """Draws a person's minutiae, rolled, and pressed again as carelessly as in real slaps."""
    fingers = synthesise_templates(len(TEN), seed, first=len(TEN) * number)
    rng = np.random.default_rng((seed, number, 2))

    def ready(position: FingerPosition, impression: ImpressionType, strength: float) -> Prepared:
        pressed = press_again(fingers[position - 1], rng, strength)
        return prepare(pressed.labelled(position, impression), describer)

    rolled = tuple(ready(position, ROLLED, 1.0) for position in TEN)
    thumbs = tuple(ready(position, PLAIN, CARELESS) for position in (TEN[0], TEN[5]))
    slaps = {claim.split("-")[0]: tuple(ready(one, PLAIN, CARELESS) for one in four) for claim, four in FOUR.items()}
    return Read(rolled, thumbs, slaps)


def _image(path: Path) -> GreyImage:
    return imaging.decode(path.read_bytes(), ppi=500)


def _tried(card: Read, rng: np.random.Generator) -> Iterator[tuple[str, Sequence[Prepared]]]:
    """Yields the card as it is, and with its names swapped."""
    yield "as it is", (*card.rolled, *card.plain)
    hand = 5 * int(rng.integers(2))
    one, other = (int(place) + hand for place in rng.choice(5, 2, replace=False))
    names = list(TEN)
    names[one], names[other] = names[other], names[one]
    yield "two rolled fingers swapped", (*_renamed(card.rolled, names), *card.plain)
    yield "rolled hands swapped", (*_renamed(card.rolled, [*TEN[5:], *TEN[:5]]), *card.plain)
    swapped = [one for hand in OTHER for one in _renamed(card.slaps[hand], FOUR[f"{OTHER[hand]}-four"])]
    yield "slaps swapped", (*card.rolled, *card.thumbs, *swapped)


def _renamed(prints: Sequence[Prepared], names: Sequence[FingerPosition]) -> list[Prepared]:
    """Renames prints from left to right; those without a name keep none."""
    return [one if not one.template.position else _named(one, name) for one, name in zip(prints, names, strict=False)]


def _named(one: Prepared, name: FingerPosition) -> Prepared:
    return replace(one, template=one.template.labelled(name, one.template.impression))
