"""How long extraction and comparison take."""

from biomatch.evaluation import timing
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import Prints


def test_times_are_given_and_none_of_extraction_where_all_prints_are_templates(done):
    assert done.report["time"]["extract_ms_median"] is None
    assert 0 < done.report["time"]["compare_us_median"] < done.report["time"]["compare_pair_us_median"]


def test_of_templates_and_images_the_images_are_extracted(done, root):
    image = root / "sample_data" / "enrol" / "P01-right-index_1.png"
    samples = [*done.prints.samples[:5], Sample("set", "P01", 1, image)]
    ready = {**{(at, ""): done.prints.ready[at, ""] for at in range(5)}, (5, ""): done.prints.ready[0, ""]}
    extracted = timing.measure(OurSetup(), Prints(samples, ready))["extract_ms_median"]
    assert extracted > 1


def test_where_no_print_can_be_used_no_time_is_given(samples):
    prints = Prints(samples, {(at, ""): None for at in range(len(samples))})
    assert set(timing.measure(OurSetup(), prints).values()) == {None}


def test_a_print_that_fails_costs_nothing_and_is_not_counted(done, folder):
    """The file that is no print is tried among the others: as many times as there are others."""
    engine = OurSetup().open("")
    seconds = timing._extract_seconds(engine, done.prints.samples[:5])
    assert (folder / "00_3.bmt") in {one.path for one in done.prints.samples[:5]}
    assert len(seconds) == 4
