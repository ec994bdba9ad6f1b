"""The population of an identification benchmark: planted prints among synthetic ones, and probes.

Planted are the first impressions of each finger in each set, as persons of their own. Every impression is a probe. A trial is
a probe with one planted print of its finger: the other prints of that finger are struck off its lists, as if only this one
were enrolled. With all of them struck off, the same search is one of a person who is not enrolled.

Synthetic print number n follows from (seed, n) alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from biomatch.evaluation import provenance
from biomatch.evaluation.galleries.made import Made
from biomatch.gallery import GeneratedLog
from biomatch.gallery.interface import Entry
from biomatch.synthesis import part, partial, press_again, synthesise_templates
from biomatch.template import Template

PLANTED = "planted"  # beginning of the print ids of planted prints; their number follows
ENCOUNTER = "bench"
MATED_SEED, NON_MATED_SEED = 1, 2  # added to the gallery's: fingers of its own for probes


@dataclass(frozen=True, eq=False)
class Print:
    """A print of a known finger.

    finger  the same for all prints of a finger, on all sensors
    origin  set of the print, or "synthetic"
    kind    what made its minutiae: "biomatch" (the default extractor), "classical", "mindtct", "leader", ... or "synthetic"
    """

    template: Template
    finger: str
    origin: str
    impression: int
    kind: str


@dataclass(frozen=True, eq=False)
class Population:
    """planted    enrolled among the synthetic prints
    probes     searched; a planted print may be one too
    non_mated  searched, of fingers that nobody has enrolled
    """

    planted: tuple[Print, ...]
    probes: tuple[Print, ...]
    non_mated: tuple[Print, ...]

    @cached_property
    def digest(self) -> str:
        """The digest of all that is planted."""
        return _digest(self.planted)

    @cached_property
    def asked(self) -> str:
        """The digest of all that is searched."""
        return f"{_digest(self.probes)} {_digest(self.non_mated)}"

    @property
    def templates(self) -> Iterator[Template]:
        """The templates of all that is planted."""
        return (one.template for one in self.planted)

    def mates(self, probe: int) -> np.ndarray:
        """Returns the numbers of planted prints of the probe's finger and kind, other prints than the probe itself, (m,)
        int64."""
        one = self.probes[probe]
        own = [n for n in self._of_finger(one.finger) if self.planted[n].kind == one.kind and self.planted[n] is not one]
        return np.array(own, np.int64)

    def own(self, finger: str) -> frozenset[int]:
        """Returns the numbers of all planted prints of a finger."""
        return frozenset(self._of_finger(finger))

    def kin(self, finger: str) -> frozenset[int]:
        """Returns the numbers of all planted prints of the person whose finger it is, as far as names say so."""
        return self._people.get(self._whose.get(finger, ""), self.own(finger))

    def _of_finger(self, finger: str) -> list[int]:
        return self._fingers.get(finger, [])

    @cached_property
    def _fingers(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for n, one in enumerate(self.planted):
            found.setdefault(one.finger, []).append(n)
        return found

    @cached_property
    def _whose(self) -> dict[str, str]:
        return {one.finger: subject(one) for one in (*self.planted, *self.probes, *self.non_mated)}

    @cached_property
    def _people(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for n, one in enumerate(self.planted):
            found.setdefault(subject(one), set()).add(n)
        return {whose: frozenset(numbers) for whose, numbers in found.items()}

    @cached_property
    def entries(self) -> list[Entry]:
        return [Entry(f"{PLANTED} {n}", ENCOUNTER, f"{PLANTED} {n}", one.template) for n, one in enumerate(self.planted)]


def _digest(prints: Iterable[Print]) -> str:
    state = hashlib.sha256()
    for one in prints:
        state.update(f"{one.finger} {one.origin} {one.kind}".encode() + one.template.to_bytes())
    return state.hexdigest()[:12]


def subject(one: Print) -> str:
    """Returns the person whose finger it is, where the name says so (`SSS_F`): fingers of one person are alike."""
    return one.finger.rsplit("_", 1)[0] if one.origin in ("crossmatch", "uareu") else one.finger


def no_machine(one: Print) -> bool:
    """Tells whether it is of real skin, or of the generator itself."""
    return provenance.shows_persons(one.origin)


def crop(template: Template, count: int, rng: np.random.Generator) -> Template:
    """Cuts a partial print that shows so many clear minutiae, the doubtful ones among them, and the ridges between."""
    return partial(template, part(template.minutiae, count, rng))


def of_prints(prints: Sequence[Print], planted: int) -> Population:
    """Makes a population: the lowest `planted` impressions of each finger in each set are planted; all are probes; fingers
    without a mate are non-mated."""
    groups: dict[tuple[str, str, str], list[Print]] = {}
    for one in sorted(prints, key=lambda p: (p.kind, p.origin, p.finger, p.impression)):
        groups.setdefault((one.kind, one.origin, one.finger), []).append(one)
    mated = {key: group for key, group in groups.items() if len(group) > 1}
    lone = [one for key, group in groups.items() if key not in mated for one in group]
    first = [one for group in mated.values() for one in group[:planted]]
    rest = [one for group in mated.values() for one in group[planted:]]
    known = {one.finger for one in first}
    return Population(tuple(first), tuple(first + rest), tuple(one for one in lone if one.finger not in known))


def synthetic(mated: int, non_mated: int, seed: int, fingers: int | None = None) -> Population:
    """Makes synthetic fingers: each is planted once, and pressed again for its probes.

    mated    probes
    fingers  so many at most, each of which has several probes then; None: as many as probes
    """
    rng = np.random.default_rng([seed, MATED_SEED])
    first = [
        Print(template, f"synthetic {n}", "synthetic", 1, "synthetic")
        for n, template in enumerate(synthesise_templates(min(mated, fingers or mated), seed + MATED_SEED))
    ]
    turns = (divmod(n, len(first)) for n in range(mated))
    again = [
        Print(press_again(first[at].template, rng), first[at].finger, "synthetic", 2 + turn, "synthetic") for turn, at in turns
    ]
    made = synthesise_templates(non_mated, seed + NON_MATED_SEED)
    others = [
        Print(press_again(template, rng), f"stranger {n}", "synthetic", 1, "synthetic") for n, template in enumerate(made)
    ]
    return Population(tuple(first), tuple(again), tuple(others))


@dataclass(frozen=True, eq=False)
class Enrolment:
    """The content of a benchmark's gallery: synthetic prints, and the planted ones behind them.

    made  where the synthetic ones lie; None: they are made anew whenever they are asked for
    """

    synthetic: int
    planted: Sequence[Entry]
    seed: int
    made: Made | None = None

    def __len__(self) -> int:
        return self.synthetic + len(self.planted)

    def make(self, first: int, count: int) -> list[Entry]:
        """Makes entries number `first` to `first + count - 1`, always the same."""
        last = min(first + count, len(self))
        some = max(0, min(last, self.synthetic) - first)
        made = synthesise_templates(some, self.seed, first=first) if self.made is None else self.made.templates(first, some)
        found = [Entry(f"s{n}", ENCOUNTER, f"s{n}", template) for n, template in enumerate(made, first)]
        return found + list(self.planted[max(0, first - self.synthetic) : max(0, last - self.synthetic)])

    @property
    def log(self) -> GeneratedLog:
        """The log of such a gallery."""
        return GeneratedLog(self.make, len(self))
