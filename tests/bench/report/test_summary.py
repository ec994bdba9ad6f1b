"""The README's table shows held-out figures alone: pairs first, then one among many."""

from biomatch.bench.report import summary
from biomatch.bench.report.cells import MISSING

PAIRS = {"genuine": 1200, "impostor": 34000, "eer": 0.012, "fmr1000": 0.02, "zerofmr": 0.05}
GROUP = {"certain": 1092, "off_list_of_certain_rate": 0.0137, "off_list_of_certain_interval": [0.0036, 0.0288]}
FOLD = {"pooled": GROUP, "groups": {"kin": GROUP}, "sets": {"uareu": GROUP, "casia": GROUP}}


def test_each_result_gives_its_row():
    results = {
        "accuracy_ours_held_out": {"figures": {"pooled": PAIRS}},
        "accuracy_nbis": {"figures": {"pooled": PAIRS | {"eer": 0.0351}}},
        "accuracy_harder_held_out": {"figures": {"pooled": PAIRS}},
        "identification_folds": {
            "settings": {"held_out": {"kin": ["uareu", "casia", "fvc2000_db2_a"]}},
            "figures": {"sizes": {size: {"folds": {"normal": FOLD}} for size in ("20000", "100000")}},
        },
    }
    _, _, six, hard, pooled, kin = summary.held_out(results)
    assert six.endswith("| **1.20 / 2.00 / 5.00** | 3.51 / 2.00 / 5.00 | 1,200 / 34,000 |")
    assert hard.startswith("| FVC2000, made hard")
    assert hard.endswith("| **1.20 / 2.00 / 5.00** | - | 1,200 / 34,000 |")
    assert pooled.startswith("| the next 1 together | comparable mates off the list among 20,000 / 100,000")
    assert kin.startswith("| uareu, casia |")
    assert pooled.endswith("| **1.37** [0.36 to 2.88] / **1.37** [0.36 to 2.88] | - | 1,092 |")


def test_nothing_measured_is_said():
    assert list(summary.held_out({})) == [MISSING]
