"""A few prints are searched by the engine, and over HTTP."""

import pytest

from biomatch.bench.service import http_overhead


def test_the_time_over_http_is_the_engines_and_what_is_added(monkeypatch):
    monkeypatch.setattr(http_overhead, "PROBES", 1)
    figures = http_overhead.measure(fill=20, rounds=1).figures
    for what in ("image", "template"):
        own, over, added = (figures[f"{name}, {what} in, CPU"]["p50"] for name in ("engine", "over HTTP", "added"))
        assert own > 0
        assert over - own == pytest.approx(added, abs=0.01 * over)  # each is rounded
    assert figures["beside the engine's stages, template in, wall"]["p50"] > 0
