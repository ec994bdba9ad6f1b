"""Repeats a past search from what was kept of it: is the answer the same to the bit, or what differs, and why?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.searches.items import candidate_item, verdict_of
from biomatch.crypto import commitment, sha256
from biomatch.errors import GalleryDamaged, ProbesErased
from biomatch.gallery.interface import Entry, Search
from biomatch.json_text import parse
from biomatch.learned import SHIPPED, Models
from biomatch.store import KeptItem, Leaf
from biomatch.store.audit.tree import canonical
from biomatch.store.rows.searches import StoredSearch, probes_erased


@dataclass(frozen=True)
class Replayed:
    """The result of a repeat.

    search       its id; `leaf`: its leaf of the audit tree
    at           when it was made, ISO 8601, UTC
    same         every candidate that is not erased, its scores and its correspondences are the same to the bit
    candidates   of the list as it was, the erased ones included
    differences  in words, what is not the same
    erased       in words, what took part then and was removed since
    versions     what runs now and is not what ran then: name -> (then, now). Where something differs, this is why
    """

    search: str
    leaf: int
    at: str
    sequence: int
    prints: int
    same: bool
    candidates: int
    differences: tuple[str, ...]
    erased: tuple[str, ...]
    versions: dict[str, tuple[str, str]]


class Replay:
    """Repeats past searches."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.AUDIT_READ)
    def replay(self, search: str, actor: Actor) -> Replayed:
        """Compares again what a search compared, as it was then, and holds the outcome against what was found.

        Which prints the index brought forward is taken as it was: an index changes as it grows. Prints that came later take no
        part, and scores mean what they meant by the calibration that held then.
        Raises SearchNotFound, ProbesErased, CalibrationDamaged, GalleryDamaged, Unavailable.
        """
        stored = self._context.store.searches.get(search)
        leaf = self._context.store.audit.leaf(stored.leaf)
        if not stored.probes:
            raise self._without_probes(search, leaf)
        names = list(dict.fromkeys(one.print_id for one in stored.compared))
        entries = self._context.store.log.entries_at(stored.sequence, names)
        again = self._context.gallery.repeat(
            stored.probes, entries, stored.compared,
            prints=stored.prints, top=stored.top, effort=stored.effort, fpir=stored.fpir, models=self._models_then(leaf),
        )  # fmt: skip
        lost = set(names) - {entry.print_id for entry in entries}
        try:
            found = self._compared(stored, leaf, again, entries, lost)
        except (KeyError, TypeError, ValueError):
            raise GalleryDamaged(
                str(self._context.folder),
                f"leaf {leaf.number} does not read as that of a search, `biomatch audit verify` says more",
            ) from None
        self._context.store.audit.record(
            self._context.act(actor, "replay", search=search, same=found.same, differences=len(found.differences))
        )
        return found

    def _models_then(self, leaf: Leaf) -> Models | None:
        """Finds models with the calibration that a search had; None: it is the one that holds. Raises CalibrationDamaged."""
        made_by = leaf.said.get("madeBy")
        name = str(made_by.get("calibration", SHIPPED)) if isinstance(made_by, Mapping) else SHIPPED
        models = self._context.gallery.models
        return None if name == models.calibration else models.calibrated(self._context.store.calibrations.place(name))

    def _without_probes(self, search: str, leaf: Leaf) -> ProbesErased | GalleryDamaged:
        try:
            if probes_erased(leaf):
                return ProbesErased(search)
        except (KeyError, TypeError, ValueError):
            pass
        words = f"the probes of search {search} are gone, and no act erased them, `biomatch audit verify` says more"
        return GalleryDamaged(str(self._context.folder), words)

    def _compared(self, stored: StoredSearch, leaf: Leaf, again: Search, entries: Sequence[Entry], lost: set[str]) -> Replayed:
        said = leaf.said
        first = len(stored.probes)
        list_ = _List(leaf.items[first : first + said["details"]["candidates"]], again, lost, said["layout"])
        differences = self._kept_differences(stored, leaf) + list_.differences + _not_admitted(stored, entries)
        erased = list_.erased
        if lost:
            erased.append(f"{len(lost)} of the {len({one.print_id for one in stored.compared})} prints that were compared")
        else:
            differences += _verdict_differences(said["details"], verdict_of(again))
        made_by = {name: (value, again.made_by.get(name, "")) for name, value in said["madeBy"].items()}
        return Replayed(
            search=stored.search,
            leaf=leaf.number,
            at=said["at"],
            sequence=stored.sequence,
            prints=stored.prints,
            same=not differences,
            candidates=list_.length,
            differences=tuple(differences),
            erased=tuple(erased),
            versions={name: pair for name, pair in made_by.items() if pair[0] != pair[1]},
        )

    def _kept_differences(self, stored: StoredSearch, leaf: Leaf) -> list[str]:
        """Tells where what is kept of the search is not what its leaf commits to."""
        kept, _ = self._context.store.searches.as_kept(stored.search)
        found = []
        if (leaf.said["details"].get("search"), leaf.said["details"].get("kept")) != (stored.search, kept):
            found.append(f"what is kept of the search is not what leaf {leaf.number} commits to")
        for number, (probe, item) in enumerate(zip(stored.probes, leaf.items, strict=False), 1):
            if not _is_true(item) or parse(item.content or "")["template"] != sha256(probe.to_bytes()).hex():
                found.append(f"print {number} of the probe is not what leaf {leaf.number} commits to")
        return found


class _List:
    """The candidates then, by rank, against those of the repeat; `lost` are prints that are gone; `layout`: of the leaf."""

    def __init__(self, then: Sequence[KeptItem], again: Search, lost: set[str], layout: int):
        self.length = len(then)
        self.differences: list[str] = []
        self.erased: list[str] = []
        now = {candidate.person: candidate_item(candidate, layout).content for candidate in again.candidates}
        kept = []
        for rank, item in enumerate(then, 1):
            if item.content is None:
                self.erased.append(f"candidate {rank}")
                continue
            if not _is_true(item):
                self.differences.append(f"what is kept of candidate {rank} is not what the leaf commits to")
                continue
            content = parse(item.content)
            if any(one["print"] in lost for one in content["evidence"]):
                self.erased.append(f"a print that spoke for candidate {rank}, {content['person']}")
                now.pop(content["person"], None)
            else:
                kept.append(content["person"])
                self.differences += _candidate_differences(rank, content, now.get(content["person"]))
        here = [person for person in now if person in kept]
        if here != [person for person in kept if person in now]:
            self.differences.append("the candidates come in another order")
        if not lost:  # else others move up
            self.differences += [f"{person} is on the list now, and was not" for person in now if person not in kept]


def _is_true(item: KeptItem) -> bool:
    """Tells whether an item is what its leaf commits to."""
    if item.salt is None or item.content is None:
        return False
    return commitment(item.salt, item.content.encode()) == item.commitment


def _candidate_differences(rank: int, then: Mapping[str, Any], now: Mapping[str, Any] | None) -> list[str]:
    if now is None:
        return [f"candidate {rank}, {then['person']}, is not on the list now"]
    same = {name: value for name, value in now.items() if name != "rank"}
    if canonical(same) == canonical({name: value for name, value in then.items() if name != "rank"}):
        return []
    names = [name for name in ("score", "llr", "extrapolated") if then[name] != now[name]]
    words = [f"{name} {then[name]!r} then, {now[name]!r} now" for name in names] or ["what spoke for it differs"]
    return [f"candidate {rank}, {then['person']}: {'; '.join(words)}"]


def _not_admitted(stored: StoredSearch, entries: Sequence[Entry]) -> list[str]:
    """Names prints that were compared and that the search was not to look at, as they were then."""
    return [
        f"print {entry.print_id} was compared, which the search's filter leaves out"
        for entry in entries
        if not stored.where.admits(entry.person, entry.labels, entry.traits)
    ]


def _verdict_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {then[name]!r} then, {value!r} now" for name, value in now.items() if name in then and then[name] != value
    ]
