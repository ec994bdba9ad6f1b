import os
import runpy
from pathlib import Path

import pytest

from biomatch.bench.engine import extraction
from biomatch.bench.frame import Run
from biomatch.bench.report import page, plots
from biomatch.errors import FileUnreadable, UnknownName

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ["README.md", "benchmarks/README.md", *sorted(f"docs/{one.name}" for one in DOCS.glob("*.md"))]
TIMES = ("core_ms", "index_core_ms")


def marked(name):
    return f"before\n<!-- figures: {name} -->\ntyped by hand\n<!-- end of figures -->\nafter\n"


def test_what_stands_between_marks_is_written_anew(identified):
    text = page.current(marked("identification"), {"identification": identified.document}, (), Path("r"))
    assert text.startswith("before\n<!-- figures: identification -->\n")
    assert text.endswith("<!-- end of figures -->\nafter\n")
    assert "typed by hand" not in text
    assert "| prints in the gallery; models have seen the sensors | 260 | 400 |" in text
    assert page.current(text, {"identification": identified.document}, (), Path("r")) == text


def test_a_larger_gallery_has_a_column_beside_the_others(identified):
    one = list(identified.document["figures"]["sizes"].values())[-1]
    large = {"figures": {"sizes": {"10000000": one}}}
    text = page.current(
        marked("identification"), {"identification": identified.document, "identification_large": large}, (), Path("r")
    )
    sizes = len(identified.document["figures"]["sizes"])
    assert "| 10,000,000 |" in text
    assert {line.count("|") for line in text.splitlines() if line.startswith("| core-ms")} == {sizes + 3}


def test_errors_in_a_larger_gallery_stand_below_those_at_the_largest_size_of_the_others(identified):
    one = list(identified.document["figures"]["sizes"].values())[-1]
    large = {"figures": {"sizes": {"10000000": one}}}
    both = {"identification": identified.document, "identification_large": large}
    text = page.current(marked("identification-groups"), both, (), Path("r"))
    first, second = text.index("| 400 prints: "), text.index("| 10,000,000 prints: ")
    rows = [line for line in text[first:second].splitlines() if line]
    assert len(rows) > 2
    assert text[second:].splitlines()[2 : len(rows)] == rows[2:]


def test_growth_beyond_the_sizes_that_were_measured_together_is_told_from_the_last_of_them(identified):
    one = list(identified.document["figures"]["sizes"].values())[-1]
    slower = {"normal": {name: {part: 2 * ms for part, ms in one["time"]["normal"][name].items()} for name in TIMES}}
    together = {"figures": {"sizes": {"10000": one, "1000000": one}, "growth": {}}}
    large = {"figures": {"sizes": {"10000000": one | {"time": {"normal": one["time"]["normal"] | slower["normal"]}}}}}
    both = {"identification": together, "identification_large": large}
    text = page.current(marked("identification"), both, (), Path("r"))
    wanted = "From 1,000,000 to 10,000,000 prints the cost of a search grows as the size to the power of 0.30"
    assert text.count("grows as the size") == 1
    assert wanted in text


def test_extractors_stand_side_by_side():
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


def test_kinds_of_index_are_held_against_lists_of_the_length_that_was_measured():
    one = {"bytes_a_vector": 40, "build_us_a_vector": 2.0, "ms": {"p50": 1.0, "p95": 2.0}}
    one["groups"] = {"all": {"trials": 300, "off_list": 4}}
    document = {"settings": {"list": 150}, "figures": {"1000": {"kinds": {"flat": one}}}}
    text = page.current(marked("index-kinds"), {"index_kinds": document}, (), Path("r"))
    assert "| mates off a list of 150 |" in text
    assert "| flat | 1,000 | 40 | 1 / 2 | 4 of 300 | 2 |" in text
    picture = plots.figures(document | {"benchmark": "index_kinds"})["index_kinds"]
    assert picture.axes[0].get_ylabel() == "Mates off a list of 150"


def test_rows_say_which_models_had_not_seen_the_prints():
    rates = {"eer": 0.01, "fmr1000": 0.02, "zerofmr": 0.03, "genuine": 10, "impostor": 90}
    held = {"settings": {"extractor": "learned"}, "figures": {"pooled": rates, "sets": {}}}
    text = page.current(marked("accuracy"), {"accuracy_pairs_held_out": held}, (), Path("r"))
    six = "| six sets, one of them SFinGe's, one threshold; **held out"
    assert f"{six}** | learned | 10 / 90 | - | **1.00 / 2.00 / 3.00** |" in text
    results = {"accuracy_pairs_held_out": held, "accuracy_mindtct_held_out": held}
    text = page.current(marked("accuracy"), results, (), Path("r"))
    assert "| MINDTCT's minutiae in our comparison, six sets; held out | foreign |" in text


def test_what_held_out_models_give_stands_above_what_models_give_that_saw_the_sensors():
    rates = {"eer": 0.01, "fmr1000": 0.02, "zerofmr": 0.03, "genuine": 10, "impostor": 90}
    one = {"settings": {"extractor": "learned"}, "figures": {"pooled": rates, "fvc2000": rates, "sets": {}}}
    names = ("accuracy_ours", "accuracy_ours_held_out", "accuracy_harder", "accuracy_harder_held_out", "accuracy_mindtct")
    rows = page.current(marked("accuracy"), dict.fromkeys(names, one), (), Path("r")).splitlines()
    held, seen = ([n for n, row in enumerate(rows) if words in row] for words in ("held out", "have seen these sensors"))
    assert len(held) == len(seen) == 3
    assert max(held) < min(seen)


def test_one_among_many_is_told_of_held_out_models():
    missed = {"shortlist_miss": 15 / 1092, "shortlist_miss_interval": [0.004, 0.029]}
    found = {"rank1": 1.0, "probes": 1092, "gallery": 350, **missed}
    results = {"accuracy_ours_held_out": {"figures": {"identification": found}}}
    text = page.current(marked("identification-held-out"), results, (), Path("r"))
    assert "| mates off the shortlist with 20,000 synthetic prints added, % [95 %] |" in text
    assert "| 1,092 of 1,092: 100.00 | 15 of 1,092: 1.37 [0.40 to 2.90] |" in text
    assert "(not measured yet)" in page.current(marked("identification-held-out"), {}, (), Path("r"))


def test_sets_that_no_model_saw_come_first():
    one = {"trials": 200, "said": 3.0, "off_list": 4, "off_list_rate": 0.02, "off_list_interval": [0.01, 0.03]}
    one |= {"certain": 150, "off_list_of_certain": 1, "off_list_of_certain_interval": [0.0, 0.02]}
    names = ("fvc2000_db1", "fvc2000_db4", "casia", "tdf")
    results = {"identification_sets": {"figures": {"sizes": {"20000": {"sets": {"normal": dict.fromkeys(names, one)}}}}}}
    rows = page.current(marked("identification-sets"), results, (), Path("r")).splitlines()
    cell = "20,000 | 2.00 [1.00 to 3.00] | 1.50 | 1 of 150 |"
    assert [line for line in rows if line.endswith(cell)] == [
        f"| tdf | nothing | {cell}",
        f"| casia | its kind of sensor | {cell}",
        f"| fvc2000_db1 | its prints | {cell}",
        f"| fvc2000_db4 (by SFinGe) | its prints | {cell}",
    ]
    new = page.current(marked("identification-new-sets"), results, (), Path("r")).splitlines()
    assert [line.split()[1] for line in new if line.endswith(cell)] == ["tdf", "casia"]
    assert "(not measured yet)" in page.current(marked("identification-sets"), {}, (), Path("r"))


def test_latents_have_a_row_an_extractor_and_a_column_a_real_pair():
    found = {
        "learned": {"searches": 80, "rank1": 0.7, "rank1_interval": [0.59, 0.79], "rank10": 0.8, "real": {"one_latent": 3}}
    }
    text = page.current(marked("latents"), {"latents": {"figures": found}}, (), Path("r"))
    assert "| minutiae by | rank 1 of 80, % [95 %] | in the first 10, % | place of one latent |" in text
    assert "| learned | 70.00 [59.00 to 79.00] | 80.00 | 3 |" in text


def test_what_comes_from_outside_has_its_tables():
    time = {"p50": 18.5, "p95": 19.9, "unit": "ms"}
    files = {"held against NBIS, ours too": 44, "most grey levels apart": 1}
    files["against originals"] = {"a_75": {"psnr": 29.13, "psnr_of_ours": 29.11, "bytes_of_ours": 1.004}}
    found = {"WSQ, decode": time, "WSQ, decode, NBIS": time | {"p50": 25.0}, "WSQ files": files}
    found["transactions"] = {"files": 23, "records": 125, "written as they were": 23}
    found["minutiae records"] = {"files": 12, "views": 16, "minutiae": 722}
    found["ten-print card"] = {"prints": 1442, "fingers": 301, "ranks": {"right thumb": 1, "left little": 3}}
    text = page.current(marked("formats"), {"formats": {"figures": found}}, (), Path("r"))
    assert "| WSQ, decode | 18.5 (19.9) ms | 25 (19.9) ms |" in text
    assert "29.1 to 29.1 dB; ours at the same rate within 0.02 dB, at most 0.4 % larger" in text
    assert "| 23 transactions of 125 records | 23 written" in text
    assert "1,442 prints of 301 others | 1 of 2 find their rolled mate first |" in text
    shared = {"p50": 0.94, "p5": 0.871, "p1": 0.82}
    hand = {"right": 990, "wrong": 4, "none": 6}
    one = {
        "slaps": 1000,
        "fingers": 4000,
        "found": 3964,
        "found_share": 0.991,
        "wrong_count": 1,
        "shared": shared,
        "hand": hand,
    }
    text = page.current(marked("slaps"), {"slaps": {"figures": {"synthetic": one, "time a slap": time}}}, (), Path("r"))
    assert "| synthetic | 1,000 | 3,964 of 4,000 | 99.10 | 0.94 / 0.87 / 0.82 | 1 | 990 / 4 / 6 |" in text
    assert "A slap takes 18.5 / 19.9 ms" in text
    orders = {"as it is": {"cards": 100, "contradicted": 1, "share": 0.01}, "time a card": time}
    text = page.current(marked("finger-order"), {"finger_order": {"figures": orders}}, (), Path("r"))
    assert "| as it is | 100 | 1 | 1.00 |" in text
    assert "time a card" not in text
    kinds = {"inputs": 100, "read": 40, "slowest, ms of CPU time": 5.5, "workers lost": 0, "faults": 0}
    damaged = {"figures": {f"wsq, {name}": value for name, value in kinds.items()}}
    assert "| wsq | 100 | 40 | 5.5 | 0 | 0 |" in page.current(marked("fuzz"), {"fuzz": damaged}, (), Path("r"))


def test_every_table_can_do_without_results():
    for name in page.TABLES:
        page.current(marked(name), {}, (), Path("r"))


def test_a_picture_is_shown_when_it_is_there():
    assert "![one two](r/one_two.svg)" in page.current(marked("plot-one_two"), {}, ("one_two.svg",), Path("r"))
    assert page.MISSING in page.current(marked("plot-one_two"), {}, (), Path("r"))


def test_an_unknown_table_is_named():
    with pytest.raises(UnknownName, match="'nothing' is no table"):
        page.current(marked("nothing"), {}, (), Path("r"))


@pytest.mark.parametrize(
    "name", ["README.md", "benchmarks/README.md", *sorted(f"docs/{one.name}" for one in DOCS.glob("*.md"))]
)
def test_the_pages_show_what_the_results_say(root, name):
    """`biomatch bench page benchmarks/results README.md benchmarks/README.md docs/*.md` renews them."""
    place, results = root / name, root / "benchmarks" / "results"
    text = place.read_text(encoding="utf-8")
    pictures = {path.name for path in results.iterdir()}
    assert text == page.current(text, page.read(results), pictures, Path(os.path.relpath(results, place.parent)))


def test_every_page_with_marks_is_renewed_with_the_results(root):
    marked_pages = {str(one.relative_to(root)) for one in root.glob("**/*.md") if page.MARK.search(one.read_text())}
    renewed = runpy.run_path(str(root / "benchmarks" / "all.py"))["PAGES"]
    assert {str(one.relative_to(root)) for one in renewed} == marked_pages


def test_figures_in_sentences_come_from_results_and_cards():
    pairs = {"strangers": 187, "minutiae": {}, "a and b": {"mate": 55.6, "best stranger": 16.2}}
    text = page.current(marked("vendor"), {"accuracy_vendor": {"figures": pairs}}, (), Path("r"))
    assert "mates with scores of 56; the best of 187 strangers scores 16." in text
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


def test_figures_that_are_older_than_the_code_or_the_models_say_so():
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


def test_figures_without_digests_tell_version_and_date():
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


def test_a_folder_that_is_not_there_leaves_the_page_as_it_is(tmp_path):
    (tmp_path / "page.md").write_text(marked("speed"))
    with pytest.raises(FileUnreadable, match="nosuch could not be read: it is no folder"):
        page.renew(tmp_path / "page.md", tmp_path / "nosuch")
    assert (tmp_path / "page.md").read_text() == marked("speed")


def test_a_set_without_an_error_has_the_interval_of_its_fingers():
    """Of a result that was written with no width: 10 fingers with 8 prints each, and 65."""
    pairs = {"ten": (280, 2880), "many": (1820, 133_120)}
    sets = {name: {"eer": 0.0, "genuine": genuine, "impostor": impostor} for name, (genuine, impostor) in pairs.items()}
    spans = {"sets": {name: {"eer": [0.0, 0.0]} for name in sets}}
    result = {"accuracy_ours_held_out": {"figures": {"sets": sets, "intervals": spans}}}
    told = page.current(marked("accuracy-sets"), result, (), Path("r"))
    assert "| ten | 280 | 0.00 | 0.00 to 30.00 |" in told
    assert "| many | 1,820 | 0.00 | 0.00 to 4.62 |" in told
