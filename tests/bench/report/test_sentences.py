"""Figures within sentences come from results and cards."""

from pathlib import Path

from biomatch.bench.report import page


def test_figures_in_sentences_come_from_results_and_cards(marked):
    pairs = {"strangers": 187, "minutiae": {}, "a and b": {"mate": 55.6, "best stranger": 16.2}}
    text = page.current(marked("vendor"), {"accuracy_vendor": {"figures": pairs}}, (), Path("r"))
    assert "mates with scores of 56; the best of 187 non-mated templates scores 16." in text
    bins = {"miss": [{"ratio": 1.42}, {"ratio": 1.1}], "false_positive": [{"ratio": 1.38}]}
    rates = {"searches": 4000, "reliability": bins, "reliability_large": [{"prints": 1_000_000, **bins}]}
    text = page.current(marked("rates-apart"), {"rates": {"figures": rates}}, (), Path("r"))
    assert "at worst: 1.42 among 10,000 and 100,000; 1.42 among 1,000,000 prints." in text
    times = {f"search, caches {how}": {"p50": 25.0, "p95": 28.0, "unit": "ms"} for how in ("in the clear", "sealed")}
    sealed = {"settings": {"prints": 3000}, "figures": times | {"sealed by clear, median of pairs": 1.057}}
    assert "1.06 times as much" in page.current(marked("encryption"), {"encryption": sealed}, (), Path("r"))
    told = page.current(marked("told"), {}, (), Path("r"))
    assert "| crossmatch, uareu: cylinders alone | 90.7 |" in told
    assert "| below 30 | 9.00 |" in page.current(marked("image-quality"), {}, (), Path("r"))
