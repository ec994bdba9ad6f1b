import pytest

from biomatch.bench.engine import identification
from biomatch.errors import BadSize


@pytest.mark.parametrize(("size", "limit"), [(100, 2_560), (1_000_000, 2_560), (1_000_001, 3_060), (10_000_000, 7_060)])
def test_larger_galleries_may_take_more_memory(people, tmp_path, size, limit):
    assert identification.opening(people, identification.Plan((size,)), size, tmp_path).memory_mb == limit
    assert identification.opening(people, identification.Plan((size,), memory_mb=None), size, tmp_path).memory_mb is None


@pytest.mark.parametrize(
    ("sizes", "name"),
    [
        ((1_000_000,), "identification"),
        ((1_000, 10_000_000), "identification"),
        ((2_000_000, 10_000_000), "identification_large"),
        ((), "identification"),
    ],
)
def test_larger_galleries_alone_have_a_result_of_their_own(sizes, name):
    assert identification.name_of(identification.Plan(sizes)) == name


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"sizes": ()}, "at least one"),
        ({"sizes": (10,)}, "12 prints must fit into it; give a larger size"),
        ({"sizes": (20_000_000,)}, "at most 10,000,000"),
        ({"sizes": (100,), "memory_mb": 10}, "200 MB"),
    ],
)
def test_impossible_sizes_are_refused(people, tmp_path, plan, words):
    with pytest.raises(BadSize, match=words):
        identification.measure(people, identification.Plan(**plan), tmp_path)
