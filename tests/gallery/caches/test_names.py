"""Names to numbers, without the names."""

from __future__ import annotations

import numpy as np

from biomatch.gallery.caches.names import Keys


def test_it_does_as_a_dict_does() -> None:
    rng = np.random.default_rng(3)
    keys, plain = Keys(), {}
    for _ in range(3_000):
        name = f"n{rng.integers(1_500)}"
        assert keys.get(name) == plain.get(name)
        if name in plain:
            assert keys.pop(name) == plain.pop(name)
        else:
            number = int(rng.integers(2**31))
            keys.put([name], [number])
            plain[name] = number
        assert len(keys) == len(plain)
    assert keys.pop("never") is None
    again = Keys(*keys.arrays())
    assert all(again.get(name) == number for name, number in plain.items())
    assert len(again) == len(plain)


def test_many_names_at_once() -> None:
    keys = Keys()
    keys.put([f"n{i}" for i in range(5_000)], np.arange(5_000))
    assert [keys.get(f"n{i}") for i in (0, 4_999)] == [0, 4_999]
    assert keys.get("n5000") is None
