"""How long extraction and comparison take."""

from biomatch.evaluation import timing
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.runner import Prints


def test_times_are_given(done):
    assert done.report["time"]["extract_ms_median"] > 0
    assert 0 < done.report["time"]["compare_us_median"] < done.report["time"]["compare_pair_us_median"]


def test_where_no_print_can_be_used_no_time_is_given(samples):
    prints = Prints(samples, {(at, ""): None for at in range(len(samples))})
    assert set(timing.measure(OurSetup(), prints).values()) == {None}


def test_a_print_that_fails_costs_nothing_and_is_not_counted(done, folder):
    """The file that is no print is tried among the others: as many times as there are others."""
    engine = OurSetup().open("")
    seconds = timing._extract_seconds(engine, done.prints.samples[:5])
    assert (folder / "00_3.bmt") in {one.path for one in done.prints.samples[:5]}
    assert len(seconds) == 4
