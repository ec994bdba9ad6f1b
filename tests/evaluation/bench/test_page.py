from pathlib import Path

import pytest

from biomatch.errors import UnknownName
from biomatch.evaluation.bench import page


def marked(name):
    return f"before\n<!-- figures: {name} -->\ntyped by hand\n<!-- end of figures -->\nafter\n"


def test_what_stands_between_marks_is_written_anew(identified):
    text = page.current(marked("identification"), {"identification": identified.document}, (), Path("r"))
    assert text.startswith("before\n<!-- figures: identification -->\n")
    assert text.endswith("<!-- end of figures -->\nafter\n")
    assert "typed by hand" not in text
    assert "| prints in the gallery | 260 | 400 |" in text
    assert page.current(text, {"identification": identified.document}, (), Path("r")) == text


def test_extractors_stand_side_by_side():
    time = {"p50": 40.0, "p95": 44.0, "unit": "ms"}
    size = "388 x 374 px"
    figures = {size: time, f"{size}, mindtct": time | {"p50": 30.0}, f"{size}, learned": time | {"p50": 20.0}}
    text = page.current(marked("speed"), {"extraction": {"figures": figures}}, (), Path("r"))
    assert f"| extraction, {size} | 40 (44) ms | 30 (44) ms |" in text
    assert f"| learned extraction, {size} | 20 (44) ms |  |" in text
    assert "LEADER" not in text
    shares = {"f1": 0.846, "recall": 0.9, "precision": 0.8}
    found = {"prints": {"plain": 20, "latent": 10}, "learned": {"plain": shares, "latent": shares, "off_px": 3.02}}
    text = page.current(marked("minutiae"), {"minutiae": {"figures": found}}, (), Path("r"))
    assert "| extractor | plain (20) | latent (10) | px from the truth |" in text
    assert "| learned | 0.85 (0.90 / 0.80) | 0.85 (0.90 / 0.80) | 3.0 |" in text


def test_every_table_can_do_without_results():
    for name in page.TABLES:
        page.current(marked(name), {}, (), Path("r"))


def test_a_picture_is_shown_when_it_is_there():
    assert "![one two](r/one_two.svg)" in page.current(marked("plot-one_two"), {}, ("one_two.svg",), Path("r"))
    assert page.MISSING in page.current(marked("plot-one_two"), {}, (), Path("r"))


def test_an_unknown_table_is_named():
    with pytest.raises(UnknownName, match="'nothing' is no table"):
        page.current(marked("nothing"), {}, (), Path("r"))


@pytest.mark.parametrize("name", ["README.md", "benchmarks/README.md"])
def test_the_pages_show_what_the_results_say(root, name):
    """`biomatch bench page benchmarks/results README.md benchmarks/README.md` renews them."""
    place, results = root / name, root / "benchmarks" / "results"
    text = place.read_text(encoding="utf-8")
    pictures = {path.name for path in results.iterdir()}
    assert text == page.current(
        text, page.read(results), pictures, Path("benchmarks/results" if "/" not in name else "results")
    )
