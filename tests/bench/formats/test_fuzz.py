from __future__ import annotations

import numpy as np
import pytest

from biomatch import formats
from biomatch.bench.formats import fuzz
from biomatch.formats import nist
from biomatch.imaging import decode


def test_the_files_that_are_damaged_are_sound() -> None:
    kinds = fuzz.originals()
    assert all(formats.read_views(data, strict=True) for data in kinds["template"])
    assert all(nist.read(data, strict=True).to_bytes() == data for data in kinds["transaction"])
    assert all(decode(data, ppi=500).width for data in (*kinds["wsq"], *kinds["image"]))


def test_damage_is_the_same_for_the_same_seed_and_number() -> None:
    data, other = b"a record of some kind" * 9, b"another" * 40
    first, again, next_ = (fuzz.damaged(data, other, np.random.default_rng((5, number))) for number in (1, 1, 2))
    assert first == again != next_
    assert first != data


def test_no_damaged_file_hurts_a_reader() -> None:
    """Ten thousand; `biomatch bench fuzz` does a hundred thousand."""
    found = fuzz.fuzz(10_000, seed=3)
    assert {name: outcome.faults for name, outcome in found.items()} == {name: [] for name in found}
    assert all(outcome.inputs > 3_000 for outcome in found.values())
    assert all(outcome.read > 50 for outcome in found.values())  # not all were refused at the door


@pytest.mark.parametrize("wrong", [ValueError("x"), RuntimeError("a worker failed"), MemoryError()])
def test_an_error_that_is_not_ours_is_a_fault(wrong: Exception) -> None:
    def reader(_: bytes) -> None:
        raise wrong

    outcome = fuzz.Outcome()
    fuzz._try(outcome, reader, b"", 17)
    ((number, reason),) = outcome.faults
    assert number == 17
    assert type(wrong).__name__ in reason


def test_the_result_says_what_became_of_the_files() -> None:
    run = fuzz.measure(400, seed=4)
    assert run.figures["templates, inputs"] >= 100
    assert run.figures["templates, read"] < run.figures["templates, inputs"]
    assert run.figures["decoder, faults"] == 0
    assert run.figures["reasons"] == []
