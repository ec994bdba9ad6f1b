"""What is searched for before anybody waits takes every way through the comparison."""

from __future__ import annotations

from biomatch.gallery import LocalGallery, MemoryLog, warm_up
from biomatch.gallery.search.second_look import posed


def test_there_are_prints_with_ridges_all_over_in_a_part_and_without() -> None:
    whole, part, foreign = (entry.template for entry in warm_up.entries())
    assert len({whole.ridges, part.ridges, foreign.ridges}) == 3
    assert foreign.ridges == b""
    assert whole.extractor == part.extractor != foreign.extractor
    assert [entry.print_id for entry in warm_up.entries()] == [entry.print_id for entry in warm_up.entries()]


def test_it_compiles_the_second_look_and_its_prints_are_found() -> None:
    log = MemoryLog()
    gallery = LocalGallery(log, None)
    warm_up.warm(gallery)
    assert posed.signatures
    for entry in warm_up.entries():
        assert gallery.identify([entry.template]).candidates[0].score > 60
    gallery.close()
