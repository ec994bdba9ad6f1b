"""biomatch identify: a candidate list, a verdict as exit code, and what the list is worth in words."""

import shutil

from biomatch.cli.console import Exit
from biomatch.cli.identifying import _rates


def test_a_list_says_in_words_what_it_is_worth():
    said = _rates(0.0123, 0.0004)
    assert "passed over: 1.23 %" in said
    assert said.endswith("0.04 %")


def test_an_empty_list_says_only_what_it_may_have_missed():
    assert "first score" not in _rates(0.5, None)


def test_what_is_said_of_a_person_limits_searches(biomatch, first_prints, probe, tmp_path):
    known = ("--sex", "F", "--born", "1980-05-21", "--captured", "2024-02-29")
    biomatch("enrol", "-g", tmp_path / "g", *first_prints.glob("P03_*"), *known)

    def named(*options):
        found = biomatch("identify", "-g", tmp_path / "g", probe, "--json", *options).json
        return [one["person"] for one in found["candidates"]]

    fitting = (("--sex", "F"), ("--born", "1980-01-01..1980-12-31"), ("--taken", "2024-02-29..2024-02-29"))
    others = (("--sex", "M"), ("--born", "1981-01-01.."), ("--taken", "2024-03-01.."))
    assert [named(*one) for one in fitting] == [["P03"]] * 3
    assert [named(*one) for one in others] == [[]] * 3


def test_a_search_is_limited_to_units(biomatch, first_prints, probe, tmp_path):
    manifest = tmp_path / "list.csv"
    manifest.write_text("path,person\n" + "".join(f"{path},P01\n" for path in sorted(first_prints.glob("P01_*"))))
    for options in ((*first_prints.glob("P03_*"), "--unit", "north"), ("--manifest", manifest, "--unit", "south")):
        assert biomatch("enrol", "-g", tmp_path / "g", *options).code == Exit.OK
    ran = biomatch("identify", "-g", tmp_path / "g", probe, "--json", "--unit", "north")
    assert [one["person"] for one in ran.json["candidates"]] == ["P03"]
    ran = biomatch("identify", "-g", tmp_path / "g", probe, "--json", "--unit", "south")
    assert "P03" not in [one["person"] for one in ran.json["candidates"]]
    assert "of unit south" in biomatch("info", "-g", tmp_path / "g").out
    assert "of the unit 'west'" in biomatch("identify", "-g", tmp_path / "g", probe, "--unit", "west").err
    assert "unit" in biomatch("enrol", "-g", tmp_path / "g", *first_prints.glob("P02_*"), "--unit", "a/\n").err


def test_identify_puts_the_mate_first(biomatch, gallery, probe):
    found = biomatch("identify", "-g", gallery, probe, "--json").json
    assert found["candidates"][0]["person"] == "P03"
    assert found["candidates"][0]["evidence"][0]["pairs"]
    text = biomatch("identify", "-g", gallery, probe, "--top", "2").out
    assert "P03" in text
    assert text.index("rank") < text.rindex("P03")


def test_a_hit_at_a_false_positive_rate_is_code_0_and_none_is_code_1(biomatch, gallery, probe, sample):
    assert biomatch("identify", "-g", gallery, probe, "--fpir", "0.01").code == Exit.OK
    stranger = sample / "enrol" / "P09-left-thumb_1.png"
    ran = biomatch("identify", "-g", gallery, stranger, "--fpir", "0.01", "--json")
    assert (ran.code, ran.json["hit"]) == (Exit.NO, False)


def test_many_probes_give_a_line_each_and_the_share_that_is_right(biomatch, gallery, sample, tmp_path):
    for person in ("P01", "P02"):
        shutil.copy(sample / "enrol" / f"{person}-right-index_3.png", tmp_path / f"{person}_probe.png")
    ran = biomatch("identify", "-g", gallery, tmp_path / "P01_probe.png", tmp_path / "P02_probe.png", "--truth")
    assert "rank 1 right: 2 of 2" in ran.out


def test_an_unreadable_probe_among_many_is_named(biomatch, gallery, probe, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    ran = biomatch("identify", "-g", gallery, probe, tmp_path / "bad.png", "--json")
    assert ran.code == Exit.BAD_INPUT
    assert ran.json[0]["candidates"][0]["person"] == "P03"
    assert ran.json[1]["error"]["code"] == "unreadable-image"


def test_two_fingers_of_one_person_make_one_list(biomatch, gallery, sample):
    both = (sample / "enrol" / f"P02-{finger}_2.png" for finger in ("right-index", "left-thumb"))
    found = biomatch("identify", "-g", gallery, *both, "--together", "--json").json
    assert found["candidates"][0]["person"] == "P02"
    assert {one["probe"] for one in found["candidates"][0]["evidence"]} == {0, 1}


def test_a_gallery_that_is_not_there_is_not_made_by_a_search(biomatch, probe, tmp_path):
    ran = biomatch("identify", "-g", tmp_path / "none", probe)
    assert ran.code == Exit.NOT_FOUND
    assert not (tmp_path / "none").exists()


def test_an_unknown_label_is_called_a_label(biomatch, files, gallery):
    assert "label 'nobody'" in biomatch("identify", "-g", "gallery", "--label", "nobody", "good.png").err


def test_a_small_probability_is_not_called_nought(biomatch, gallery, first_prints):
    told = biomatch("identify", "-g", gallery, first_prints / "P01_right-index.png").out
    assert "passed over: less than 0.01 %" in told
    assert "0.00%" not in told
