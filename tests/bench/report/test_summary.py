"""The README's table shows held-out figures alone: pairs, one among many, and the sets that no model saw."""

from biomatch.bench.report import summary
from biomatch.bench.report.cells import MISSING

PAIRS = {"genuine": 1200, "impostor": 34000, "eer": 0.012, "fmr1000": 0.02, "zerofmr": 0.05}
SEARCHES = {"probes": 1092, "shortlist_miss": 0.0137, "shortlist_miss_interval": [0.0036, 0.0288]}
OF_SET = {"trials": 383, "off_list_rate": 0.026, "off_list_interval": [0.01, 0.0456]}


def test_each_result_gives_its_row():
    results = {
        "accuracy_ours_held_out": {"figures": {"pooled": PAIRS, "identification": SEARCHES}},
        "accuracy_nbis": {"figures": {"pooled": PAIRS | {"eer": 0.0351}}},
        "accuracy_harder_held_out": {"figures": {"pooled": PAIRS}},
        "identification_sets": {"figures": {"sizes": {summary.SIZE: {"sets": {"normal": {"tdf": OF_SET, "uareu": OF_SET}}}}}},
    }
    _, _, six, hard, off, new = summary.held_out(results)
    assert six.endswith("| **1.20 / 2.00 / 5.00** | 3.51 / 2.00 / 5.00 | 1,200 / 34,000 |")
    assert hard.startswith("| FVC2000, made hard")
    assert hard.endswith("| **1.20 / 2.00 / 5.00** | - | 1,200 / 34,000 |")
    assert off.endswith("| **1.37** [0.36 to 2.88] | - | 1,092 |")
    assert new.startswith("| tdf (models saw nothing) | mates off the list among 100,000")  # models saw the sensor of uareu
    assert new.endswith("| **2.60** [1.00 to 4.56] | - | 383 |")


def test_nothing_measured_is_said():
    assert list(summary.held_out({})) == [MISSING]
