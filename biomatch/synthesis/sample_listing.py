"""The list of the sample, before anything is rendered: names, persons, roles and kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from biomatch.synthesis.files import PPI
from biomatch.synthesis.person import TEN
from biomatch.synthesis.truth_record import position_name
from biomatch.vocabulary import FingerPosition

ENROL, PROBE, CARD, NONE = "enrol", "probe", "card", "none"
WITH_CARD = "P01"  # the person whose ten-print card is there
ON_CARD = frozenset(("card", "rolled", "inked", "slap"))

FINGERS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB)
MATED_KINDS = ("plain", "turned", "dry", "wet", "dragged", "partial", "soft sensor", "chip sensor", "large sensor", "ink")
STRANGERS_BEGIN = 100_000  # numbers of persons who are not enrolled


@dataclass(frozen=True)
class SampleParams:
    persons: int = 10  # of whom there are images, two fingers each
    impressions: int = 3  # enrolled of each finger
    templates_only: int = 190  # persons of whom there are templates only
    template_probes: int = 6  # of them are searched for with an image
    strangers: int = 8  # persons who are not enrolled, one probe each
    latents: int = 4
    card: bool = True
    grey_step: int = 8  # greys are rounded to it: a third of the bytes, and no eye sees it
    card_quality: int = 55  # of JPEG
    enrolled_difficulty: float = 0.6  # enrolment is supervised


SAMPLE = SampleParams()


@dataclass(frozen=True)
class SamplePrint:
    """One file of the sample.

    person  whose finger it is; persons who are not enrolled are S01, S02, ...
    number  of the impression of this finger; probes count on after those that are enrolled
    role    "enrol", "probe" or "card"
    kind    what is special about it: one of MATED_KINDS, "latent", "marked latent", `stranger`, "template", or of ON_CARD
    mate    the enrolled person that a probe should find, or "none"
    """

    path: str
    person: str
    position: FingerPosition
    number: int
    role: str
    kind: str
    mate: str

    def row(self) -> dict[str, object]:
        """Returns the row of the manifest."""
        position = position_name(self.position)
        if self.kind == "slap":
            position = f"{position.split('-')[0]}-four"
        if self.kind == "card":
            position = "unknown"
        group = "latent" if "latent" in self.kind else self.kind if self.kind in ON_CARD else "plain"
        return {
            "path": self.path,
            "person": self.person,
            "position": position,
            "impression": self.number,
            "ppi": PPI,
            "role": self.role,
            "mate": self.mate,
            "kind": self.kind,
            "set": "template" if self.kind == "template" else group,
            "finger": f"{self.person}/{position}",
        }


def listing(params: SampleParams = SAMPLE) -> list[SamplePrint]:
    """Lists what the sample holds, in the manifest's order."""
    enrolled = [
        _print(_known(who), position, number, ENROL, "plain", NONE)
        for who in range(params.persons)
        for position in FINGERS
        for number in range(1, params.impressions + 1)
    ]
    return [
        *enrolled,
        *_templates(params),
        *_mated(params),
        *_latents(params),
        *(
            _print(_known(params.persons + 7 * at), FINGERS[at % 2], 2, PROBE, "plain", _known(params.persons + 7 * at))
            for at in range(params.template_probes)
        ),
        *(_print(f"S{who + 1:02}", FINGERS[who % 2], 1, PROBE, "stranger", NONE) for who in range(params.strangers)),
        *(_card() if params.card else ()),
    ]


def drawn_as_minutiae(one: SamplePrint, params: SampleParams = SAMPLE) -> bool:
    """Tells whether a template is of a finger of which ridges were never grown: nothing else of it is in the sample."""
    probed = {_known(params.persons + 7 * at) for at in range(params.template_probes)}
    return one.kind == "template" and one.person not in probed


def by_finger(prints: Sequence[SamplePrint], params: SampleParams = SAMPLE) -> list[tuple[SamplePrint, ...]]:
    """Puts together what is made together: a finger's prints, a card's, all that is drawn as minutiae."""
    key = {}
    for one in prints:
        if one.kind in ON_CARD:
            key[id(one)] = ("card", 0)
        else:
            key[id(one)] = ("minutiae", 0) if drawn_as_minutiae(one, params) else (one.person, int(one.position))
    ordered = sorted(prints, key=lambda one: key[id(one)])
    return [tuple(group) for _, group in groupby(ordered, key=lambda one: key[id(one)])]


def name(seed: int, person: str, position: FingerPosition) -> tuple[int, int, int]:
    """Returns three numbers that name a finger: no two fingers of a sample share them."""
    return seed, number_of(person), int(position)


def number_of(person: str) -> int:
    return int(person[1:]) + (STRANGERS_BEGIN if person[0] == "S" else 0)


def cell_number(one: SamplePrint) -> int:
    """Returns the number of the card's box that a print was cut out of. As in ANSI/NIST-ITL: 1 to 10 rolled, 11 and 12 plain
    right and left thumb, 13 and 14 right and left four fingers."""
    if one.kind == "slap":
        return 13 if one.position == FingerPosition.RIGHT_INDEX else 14
    if one.kind == "inked":
        return 11 if one.position == FingerPosition.RIGHT_THUMB else 12
    return int(one.position)


def _known(who: int) -> str:
    return f"P{who + 1:02}"


def _mated(params: SampleParams) -> list[SamplePrint]:
    prints = []
    for who in range(params.persons):
        for place, position in enumerate(FINGERS):
            kind = MATED_KINDS[(2 * who + place) % len(MATED_KINDS)]
            prints.append(_print(_known(who), position, params.impressions + 1, PROBE, kind, _known(who)))
    return prints


def _latents(params: SampleParams) -> list[SamplePrint]:
    prints = []
    for who in range(params.latents):
        person, position = _known(3 * who), FINGERS[who % 2]
        prints.append(_print(person, position, params.impressions + 2, PROBE, "latent", person))
        prints.append(_print(person, position, params.impressions + 2, PROBE, "marked latent", person, ".ist"))
    return prints


def _templates(params: SampleParams) -> list[SamplePrint]:
    return [
        _print(_known(who), position, 1, ENROL, "template", NONE, ".ist")
        for who in range(params.persons, params.persons + params.templates_only)
        for position in FINGERS
    ]


def _card() -> list[SamplePrint]:
    """Lists the card, and its boxes; two of them are probes as well: rolled and plain in ink."""
    prints = [SamplePrint(f"card/{WITH_CARD}-card.jpg", WITH_CARD, FingerPosition.UNKNOWN, 1, CARD, "card", NONE)]
    for position in TEN:
        prints.append(_boxed(position, 6, "rolled"))
    for position in (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB):
        prints.append(_boxed(position, 7, "inked"))
    for side, position in (("right", FingerPosition.RIGHT_INDEX), ("left", FingerPosition.LEFT_INDEX)):
        prints.append(SamplePrint(f"card/{WITH_CARD}-{side}-four_1.png", WITH_CARD, position, 1, CARD, "slap", NONE))
    return prints


def _boxed(position: FingerPosition, number: int, kind: str) -> SamplePrint:
    searched = position in FINGERS
    path = f"card/{WITH_CARD}-{position_name(position)}_{number}.png"
    return SamplePrint(path, WITH_CARD, position, number, PROBE if searched else CARD, kind, WITH_CARD if searched else NONE)


def _print(
    person: str, position: FingerPosition, number: int, role: str, kind: str, mate: str, suffix: str = ".png"
) -> SamplePrint:
    return SamplePrint(
        f"{role}/{person}-{position_name(position)}_{number}{suffix}", person, position, number, role, kind, mate
    )
