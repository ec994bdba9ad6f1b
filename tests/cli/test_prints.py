"""biomatch extract and quality: what is found in a print, and whether it is good enough."""

import math

import cv2
import numpy as np

from biomatch import formats
from biomatch.cli.console import Exit


def test_extract_prints_the_promised_json(biomatch, pair):
    found = biomatch("extract", pair[0]).json
    assert {"minutiae", "quality", "width", "height", "warnings"} <= set(found)
    assert len(found["minutiae"]) > 15
    assert set(found["minutiae"][0]) == {"x", "y", "angle", "type", "quality"}
    image = cv2.imread(str(pair[0]), cv2.IMREAD_GRAYSCALE)
    assert (found["height"], found["width"]) == image.shape
    assert all(0 <= one["x"] < found["width"] and 0 <= one["angle"] < 2 * math.pi for one in found["minutiae"])


def test_an_extractor_that_does_not_exist_is_refused_with_those_that_do(biomatch, pair):
    ran = biomatch("extract", pair[0], "--extractor", "deep")
    assert ran.code == Exit.BAD_INPUT
    assert "classical, learned, learned-synthetic" in ran.err


def test_a_network_that_is_missing_is_named_with_the_place(biomatch, pair, tmp_path):
    ran = biomatch("extract", pair[0], "--extractor", "learned", "--models", tmp_path)
    assert ran.code == Exit.BAD_INSTALLATION
    assert "model 'extractor' was not found in" in ran.err
    assert tmp_path.name in ran.err


def test_a_blank_image_has_no_minutiae_and_no_quality(biomatch, tmp_path):
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((300, 300), 255, np.uint8))
    found = biomatch("extract", tmp_path / "blank.png").json
    assert (found["minutiae"], found["quality"]) == ([], 0)


def test_an_iso_record_comes_back_as_it_was_written(biomatch, pair, tmp_path):
    assert biomatch("extract", pair[0], "--format", "iso2005", "-o", tmp_path / "p.ist").code == 0
    record = (tmp_path / "p.ist").read_bytes()
    assert record.startswith(b"FMR\0 20\0")
    again = biomatch("extract", tmp_path / "p.ist").json
    assert len(again["minutiae"]) == len(formats.read_template(record).minutiae)


def test_a_record_needs_a_place(biomatch, pair):
    ran = biomatch("extract", pair[0], "--format", "iso2005")
    assert (ran.code, ran.out) == (Exit.BAD_INPUT, "")
    assert "--output" in ran.err


def test_of_many_files_the_good_ones_are_done_and_the_bad_ones_named(biomatch, pair, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    ran = biomatch("extract", pair[0], tmp_path / "broken.png", tmp_path / "absent.png")
    assert ran.code == Exit.BAD_INPUT
    assert len(ran.json) == 1
    assert "broken.png" in ran.err
    assert "absent.png" in ran.err


def test_extract_into_a_folder_writes_one_file_a_print(biomatch, pair, tmp_path):
    assert biomatch("extract", *pair, "-o", tmp_path / "out").code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "P01-right-index_1.json", "P01-right-index_2.json"
    ]  # fmt: skip


def test_a_trace_writes_each_stage(biomatch, pair, tmp_path):
    assert biomatch("extract", pair[0], "--trace", tmp_path / "trace").code == 0
    names = [path.name for path in sorted((tmp_path / "trace").iterdir())]
    assert names[0] == "00-image.png"
    assert any("orientation" in name for name in names)
    assert len(names) > 6


def test_a_print_whose_resolution_is_wrong_is_told_what_to_do(biomatch, pair):
    for ppi in (250, 1000):
        (found,) = biomatch("quality", pair[0], "--ppi", ppi, "--json").json
        assert not found["passed"]
        assert found["reasons"][0].startswith("the resolution is probably wrong")
        assert "--ppi 500" in found["reasons"][0]
        assert found["reasons"][0] in biomatch("extract", pair[0], "--ppi", ppi).json["warnings"]


def test_quality_gives_score_verdict_and_reason(biomatch, pair, tmp_path):
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((300, 300), 255, np.uint8))
    good, blank = biomatch("quality", pair[0], tmp_path / "blank.png", "--json").json
    assert good["passed"]
    assert good["quality"] > 50
    assert not blank["passed"]
    assert blank["quality"] == 0
    assert blank["reasons"]
    assert "blank.png" in biomatch("quality", tmp_path / "blank.png").out
