import os
import runpy
from pathlib import Path

import pytest

from biomatch.bench.frame import Run
from biomatch.bench.report import page, plots
from biomatch.errors import FileUnreadable, UnknownName

ROOT = Path(__file__).parents[3]
MANUAL = sorted(str(one.relative_to(ROOT)) for folder in ("docs", "docs/research") for one in (ROOT / folder).glob("*.md"))
PAGES = ["README.md", "benchmarks/README.md", *MANUAL]


def test_what_stands_between_marks_is_written_anew(identified, marked):
    text = page.current(marked("identification"), {"identification": identified.document}, (), Path("r"))
    assert text.startswith("before\n<!-- figures: identification -->\n")
    assert text.endswith("<!-- end of figures -->\nafter\n")
    assert "typed by hand" not in text
    assert "| prints in the gallery; models have seen the sensors | 260 | 400 |" in text
    assert page.current(text, {"identification": identified.document}, (), Path("r")) == text


def test_kinds_of_index_are_held_against_lists_of_the_length_that_was_measured(marked):
    one = {"bytes_a_vector": 40, "build_us_a_vector": 2.0, "ms": {"p50": 1.0, "p95": 2.0}}
    one["groups"] = {"all": {"trials": 300, "off_list": 4}}
    document = {"settings": {"list": 150}, "figures": {"1000": {"kinds": {"flat": one}}}}
    text = page.current(marked("index-kinds"), {"index_kinds": document}, (), Path("r"))
    assert "| mates off a list of 150 |" in text
    assert "| flat | 1,000 | 40 | 1 / 2 | 4 of 300 | 2 |" in text
    picture = plots.figures(document | {"benchmark": "index_kinds"})["index_kinds"]
    assert picture.axes[0].get_ylabel() == "Mates off a list of 150"


def test_every_table_can_do_without_results(marked):
    for name in page.TABLES:
        page.current(marked(name), {}, (), Path("r"))


def test_a_picture_is_shown_when_it_is_there(marked):
    assert "![one two](r/one_two.svg)" in page.current(marked("plot-one_two"), {}, ("one_two.svg",), Path("r"))
    assert page.MISSING in page.current(marked("plot-one_two"), {}, (), Path("r"))


def test_an_unknown_table_is_named(marked):
    with pytest.raises(UnknownName, match="'nothing' is no table"):
        page.current(marked("nothing"), {}, (), Path("r"))


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_show_what_the_results_say(root, name):
    """`biomatch bench page benchmarks/results README.md benchmarks/README.md docs/*.md docs/research/*.md` renews them."""
    place, results = root / name, root / "benchmarks" / "results"
    text = place.read_text(encoding="utf-8")
    pictures = {path.name for path in results.iterdir()}
    assert text == page.current(text, page.read(results), pictures, Path(os.path.relpath(results, place.parent)))


def test_every_page_with_marks_is_renewed_with_the_results(root):
    marked_pages = {str(one.relative_to(root)) for one in root.glob("**/*.md") if page.MARK.search(one.read_text())}
    renewed = runpy.run_path(str(root / "benchmarks" / "all.py"))["PAGES"]
    assert {str(one.relative_to(root)) for one in renewed} == marked_pages


def test_figures_that_are_older_than_the_code_or_the_models_say_so(marked):
    found = {"searches": 80, "rank1": 0.7, "rank1_interval": [0.59, 0.79], "rank10": 0.8, "real": {}}
    run = Run("latents", threads=1)
    run.note("learned", found)
    today = run.document
    text = page.current(marked("latents"), {"latents": today}, (), Path("r"))
    assert "| learned | 70.00" in text
    assert "Measured" not in text
    before = today | {"code": today["code"] | {"extraction": "0" * 16, "index": "0" * 16}}
    text = page.current(marked("latents"), {"latents": before}, (), Path("r"))
    assert "\n\nMeasured before extraction, index changed last (latents).\n\n<!--" in text
    other = today | {"models": today["models"] | {"patch": "0" * 64}}
    text = page.current(marked("latents"), {"latents": other}, (), Path("r"))
    assert "Measured before models/patch changed last (latents)." in text
    elsewhere = today | {"models": {"patch": "0" * 64, "package/fingers": "0" * 64}}
    assert "Measured" not in page.current(marked("latents"), {"latents": elsewhere}, (), Path("r"))


def test_figures_without_digests_tell_version_and_date(marked):
    found = {"learned": {"searches": 80, "rank1": 0.7, "rank1_interval": [0.59, 0.79], "rank10": 0.8, "real": {}}}
    old = {"biomatch": "0.1.0", "date": "2026-11-28", "figures": found}
    text = page.current(marked("latents"), {"latents": old}, (), Path("r"))
    assert "Measured with version 0.1 (2026-11-28)." in text
    time = {"p50": 40.0, "p95": 44.0, "unit": "ms"}
    both = {
        "import": {"biomatch": "0.1.0", "date": "2026-11-29", "figures": {"import biomatch": time}},
        "extraction": {"biomatch": "0.1.0", "date": "2026-11-27", "figures": {"388 x 374 px": time}},
    }
    text = page.current(marked("speed"), both, (), Path("r"))
    assert "Measured with version 0.1 (2026-11-27 to 2026-11-29)." in text


def test_a_folder_that_is_not_there_leaves_the_page_as_it_is(tmp_path, marked):
    (tmp_path / "page.md").write_text(marked("speed"))
    with pytest.raises(FileUnreadable, match="nosuch could not be read: it is no folder"):
        page.renew(tmp_path / "page.md", tmp_path / "nosuch")
    assert (tmp_path / "page.md").read_text() == marked("speed")
