"""The benchmark measures the same searches in the clear and sealed."""

from biomatch.bench.service import encryption
from biomatch.store import KeyPlace
from biomatch.store.keys.master_key import open_keyring


def test_both_galleries_are_measured_and_compared(tmp_path):
    keys = open_keyring(tmp_path, KeyPlace(), None)
    run = encryption.measure(keys, 300, 4)
    clear, sealed = (run.figures[f"search, caches {how}"] for how in ("in the clear", "sealed"))
    assert (clear["repeats"], sealed["repeats"]) == (4, 4)
    assert run.figures["sealed by clear, median of pairs"] > 0
    assert len(keys) == 300
