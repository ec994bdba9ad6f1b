"""Extractors and their error rates side by side, held-out models first."""

from pathlib import Path

from biomatch.bench.engine import extraction
from biomatch.bench.report import page


def test_extractors_stand_side_by_side(marked):
    time = {"p50": 40.0, "p95": 44.0, "unit": "ms"}
    size = "388 x 374 px"
    figures = {size: time, f"{size}, mindtct": time | {"p50": 30.0}, f"{size}, learned": time | {"p50": 20.0}}
    text = page.current(marked("speed"), {"extraction": {"figures": figures}}, (), Path("r"))
    assert f"| extraction, {size} | 20 (44) ms | 30 (44) ms |" in text
    assert f"| classical extraction, {size} | 40 (44) ms |  |" in text
    assert "LEADER" not in text
    assert text == page.current(marked("speed"), {"extraction": {"figures": extraction.named(figures)}}, (), Path("r"))
    shares = {"f1": 0.846, "recall": 0.9, "precision": 0.8}
    found = {"prints": {"plain": 20, "latent": 10}, "learned": {"plain": shares, "latent": shares, "off_px": 3.02}}
    text = page.current(marked("minutiae"), {"minutiae": {"figures": found}}, (), Path("r"))
    assert "| extractor | plain (20) | latent (10) | px from the truth |" in text
    assert "| learned | 0.85 (0.90 / 0.80) | 0.85 (0.90 / 0.80) | 3.0 |" in text


def test_rows_say_which_models_had_not_seen_the_prints(marked):
    rates = {"eer": 0.01, "fmr1000": 0.02, "zerofmr": 0.03, "genuine": 10, "impostor": 90}
    held = {"settings": {"extractor": "learned"}, "figures": {"pooled": rates, "sets": {}}}
    text = page.current(marked("accuracy"), {"accuracy_pairs_held_out": held}, (), Path("r"))
    six = "| six sets, one of them SFinGe's, one threshold; **held out"
    assert f"{six}** | learned | 10 / 90 | - | **1.00 / 2.00 / 3.00** |" in text
    results = {"accuracy_pairs_held_out": held, "accuracy_mindtct_held_out": held}
    text = page.current(marked("accuracy"), results, (), Path("r"))
    assert "| MINDTCT's minutiae in our comparison, six sets; held out | foreign |" in text


def test_what_held_out_models_give_stands_above_what_models_give_that_saw_the_sensors(marked):
    rates = {"eer": 0.01, "fmr1000": 0.02, "zerofmr": 0.03, "genuine": 10, "impostor": 90}
    one = {"settings": {"extractor": "learned"}, "figures": {"pooled": rates, "fvc2000": rates, "sets": {}}}
    names = ("accuracy_ours", "accuracy_ours_held_out", "accuracy_harder", "accuracy_harder_held_out", "accuracy_mindtct")
    rows = page.current(marked("accuracy"), dict.fromkeys(names, one), (), Path("r")).splitlines()
    held, seen = ([n for n, row in enumerate(rows) if words in row] for words in ("held out", "have seen these sensors"))
    assert len(held) == len(seen) == 3
    assert max(held) < min(seen)


def test_latents_have_a_row_an_extractor_and_a_column_a_real_pair(marked):
    found = {
        "learned": {"searches": 80, "rank1": 0.7, "rank1_interval": [0.59, 0.79], "rank10": 0.8, "real": {"one_latent": 3}}
    }
    text = page.current(marked("latents"), {"latents": {"figures": found}}, (), Path("r"))
    assert "| minutiae by | rank 1 of 80, % [95 %] | in the first 10, % | place of one latent |" in text
    assert "| learned | 70.00 [59.00 to 79.00] | 80.00 | 3 |" in text


def test_a_set_without_an_error_has_the_interval_of_its_fingers(marked):
    """Of a result that was written with no width: 10 fingers with 8 prints each, and 65."""
    pairs = {"ten": (280, 2880), "many": (1820, 133_120)}
    sets = {name: {"eer": 0.0, "genuine": mated, "impostor": non_mated} for name, (mated, non_mated) in pairs.items()}
    spans = {"sets": {name: {"eer": [0.0, 0.0]} for name in sets}}
    result = {"accuracy_ours_held_out": {"figures": {"sets": sets, "intervals": spans}}}
    told = page.current(marked("accuracy-sets"), result, (), Path("r"))
    assert "| ten | 280 | 0.00 | 0.00 to 30.00 |" in told
    assert "| many | 1,820 | 0.00 | 0.00 to 4.62 |" in told
