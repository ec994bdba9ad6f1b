"""Galleries of every size stand side by side; what models know of a set stands beside it."""

from pathlib import Path

from biomatch.bench.report import page

TIMES = ("core_ms", "index_core_ms")


def test_a_larger_gallery_has_a_column_beside_the_others(identified, marked):
    one = list(identified.document["figures"]["sizes"].values())[-1]
    large = {"figures": {"sizes": {"10000000": one}}}
    text = page.current(
        marked("identification"), {"identification": identified.document, "identification_large": large}, (), Path("r")
    )
    sizes = len(identified.document["figures"]["sizes"])
    assert "| 10,000,000 |" in text
    assert {line.count("|") for line in text.splitlines() if line.startswith("| core-ms")} == {sizes + 3}


def test_errors_in_a_larger_gallery_stand_below_those_at_the_largest_size_of_the_others(identified, marked):
    one = list(identified.document["figures"]["sizes"].values())[-1]
    large = {"figures": {"sizes": {"10000000": one}}}
    both = {"identification": identified.document, "identification_large": large}
    text = page.current(marked("identification-groups"), both, (), Path("r"))
    first, second = text.index("| 400 prints: "), text.index("| 10,000,000 prints: ")
    rows = [line for line in text[first:second].splitlines() if line]
    assert len(rows) > 2
    assert text[second:].splitlines()[2 : len(rows)] == rows[2:]


def test_growth_beyond_the_sizes_that_were_measured_together_is_told_from_the_last_of_them(identified, marked):
    one = list(identified.document["figures"]["sizes"].values())[-1]
    slower = {"normal": {name: {part: 2 * ms for part, ms in one["time"]["normal"][name].items()} for name in TIMES}}
    together = {"figures": {"sizes": {"10000": one, "1000000": one}, "growth": {}}}
    large = {"figures": {"sizes": {"10000000": one | {"time": {"normal": one["time"]["normal"] | slower["normal"]}}}}}
    both = {"identification": together, "identification_large": large}
    text = page.current(marked("identification"), both, (), Path("r"))
    wanted = "From 1,000,000 to 10,000,000 prints the cost of a search grows as the size to the power of 0.30"
    assert text.count("grows as the size") == 1
    assert wanted in text


def test_one_among_many_is_told_of_held_out_models(marked):
    missed = {"shortlist_miss": 15 / 1092, "shortlist_miss_interval": [0.004, 0.029]}
    found = {"rank1": 1.0, "probes": 1092, "gallery": 350, **missed}
    results = {"accuracy_ours_held_out": {"figures": {"identification": found}}}
    text = page.current(marked("identification-held-out"), results, (), Path("r"))
    assert "| mates off the shortlist with 20,000 synthetic prints added, % [95 %] |" in text
    assert "| 1,092 of 1,092: 100.00 | 15 of 1,092: 1.37 [0.40 to 2.90] |" in text
    assert "(not measured yet)" in page.current(marked("identification-held-out"), {}, (), Path("r"))


def test_sets_that_no_model_saw_come_first(marked):
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
