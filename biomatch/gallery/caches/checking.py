"""A check whether the caches hold what the log says: every print's names, template and vectors, and no other print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from biomatch.descriptors import Describer
from biomatch.errors import CacheDamaged
from biomatch.gallery.caches.block import Names
from biomatch.gallery.caches.caches import State
from biomatch.gallery.caches.catalogue import NOBODY
from biomatch.gallery.caches.vectors import described
from biomatch.gallery.interface import Appended, Entry, Tombstoned
from biomatch.index import Index, Print, layout
from biomatch.words import counted

_AT_ONCE = 256  # records whose prints are read from the disk together


def differences(state: State, records: Iterable[Appended | Tombstoned], describer: Describer) -> Iterator[tuple[str, str]]:
    """Yields the id of each wrong print, and what is wrong with it in words. records: those of the log up to the state's
    sequence."""
    indexed = _Indexed(state.index)
    found: dict[str, list[str]] = {}
    every = iter(records)
    while some := list(islice(every, _AT_ONCE)):
        numbers = [state.catalogue.number_of(one.entry.print_id) for one in some if isinstance(one, Appended)]
        state.view.expect([number for number in numbers if number is not None and number < state.view.length])
        for record in some:
            if isinstance(record, Appended):
                found[record.entry.print_id] = list(_of_entry(state, record.entry, indexed, describer))
            else:
                found.pop(record.print_id, None)
    for name, faults in found.items():
        yield from ((name, words) for words in faults)
    if len(state.catalogue) > len(found):
        yield "", f"the caches hold {counted(len(state.catalogue), 'print')} where the log has {len(found)}"


def _of_entry(state: State, entry: Entry, indexed: _Indexed, describer: Describer) -> Iterator[str]:
    number = state.catalogue.number_of(entry.print_id)
    if number is None or number >= state.view.length:
        yield "is not in the caches"
        return
    try:
        names, prepared = state.view.names(number), state.view.prepared(number)
    except (CacheDamaged, ValueError) as error:
        yield f"cannot be read in the arena: {error}"
        return
    if names is None:
        yield "is overwritten in the arena"
        return
    if names != Names.of(entry):
        yield "is under other names in the arena"
    person = state.catalogue.person_of(number)
    if person == NOBODY or person != state.catalogue.find_person(entry.person):
        yield "is another person's in the catalogue"
    if state.catalogue.traits.of(number) != entry.traits:
        yield "has another position, sex, birth or day in the catalogue"
    if prepared.template.to_bytes() != entry.template.to_bytes():
        yield "has another template in the arena"
    vectors = described(entry.template, describer)
    if not np.array_equal(vectors, prepared.vectors):
        yield "has other vectors in the arena"
    one = Print(number, entry.template.position, entry.template.minutiae, vectors)
    wanted = Index.ids_of([one], [state.index.strongest(one.minutiae, vectors)])
    if state.index.dead[number] or not np.array_equal(np.sort(wanted), indexed.of(number)):
        yield "has other minutiae in the index"


class _Indexed:
    """The ids of an index, by print number."""

    def __init__(self, index: Index):
        parts = [np.zeros(0, np.int64), *(segment.contents().ids for segment in index.segments)]
        ids = np.sort(np.concatenate([*parts, *(delta.ids[: len(delta)] for delta in index.deltas.values())]))
        numbers = layout.prints(ids)
        order = np.argsort(numbers, kind="stable")
        self._ids, self._numbers = ids[order], numbers[order]

    def of(self, number: int) -> np.ndarray:
        """Returns the ids of one print, (n,) int64, ascending."""
        first, end = np.searchsorted(self._numbers, [number, number + 1])
        return self._ids[first:end]
