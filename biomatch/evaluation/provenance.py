"""The data from which a model learned, as its card states it: how many prints, of which sets, and under which terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from biomatch.evaluation.protocol import Sample

FVC_B = "FVC2000 set B, a free download for research"
FVC_A = "one impression a finger of FVC2000 set A, from public research releases, whose own terms were not recorded"
SFINGE = "made by SFinGe: it shows no person's finger"
SAMPLES = "Neurotechnology's sample prints, a free download for research"
PUBLIC = "a research or sample set found in a public repository, used for research"
UNKNOWN = "not a set whose terms are recorded here: ask those who gave the prints"

TERMS: Mapping[str, str] = {  # by set
    "crossmatch": SAMPLES,
    "uareu": SAMPLES,
    "fvc2000_db1": FVC_B,
    "fvc2000_db2": FVC_B,
    "fvc2000_db3": FVC_B,
    "fvc2000_db4": f"{FVC_B}, {SFINGE}",
    "fvc2000_db2_a": FVC_A,
    "fvc2000_db4_a": f"{FVC_A}, {SFINGE}",
    "casia": PUBLIC,
    "tdf": PUBLIC,
    "upek": PUBLIC,
}
GENERATOR = "the generator of the synthetic prints was fitted to research prints (docs/research/synthesis.md)"
NO_PERSON = f"no print of a person took part; {GENERATOR}"


def of_prints(samples: Sequence[Sample], also: str = "") -> dict[str, Any]:
    """Returns the fields data and terms of a card.

    samples  the prints that the model learned from
    also     what else it learned from
    """
    sets = sorted({s.set for s in samples})
    data = f"{len(samples):,} prints of {', '.join(sets)}"
    return {"data": f"{data}; {also}" if also else data, "terms": terms(sets)}


def of_synthetic(data: str, terms: str = NO_PERSON) -> dict[str, Any]:
    """Returns the same fields where no set of prints took part."""
    return {"data": data, "terms": terms}


def named(text: str) -> list[str]:
    """Finds the sets of known terms that a text names, sorted."""
    return sorted(TERMS.keys() & set(re.findall(r"\w+", text)))


def shows_persons(name: str) -> bool:
    """Tells whether the prints of a set are of persons' fingers: FVC's DB4 is made by SFinGe, in each of its years."""
    return "db4" not in name


def terms(sets: Iterable[str]) -> str:
    """Returns the terms of sets, those with the same terms together."""
    by_terms: dict[str, list[str]] = {}
    for name in sorted(sets):
        by_terms.setdefault(TERMS.get(name, UNKNOWN), []).append(name)
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in by_terms.items())
