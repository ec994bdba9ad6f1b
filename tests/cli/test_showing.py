"""biomatch show: one print or two, as a picture."""

import re

import cv2


def test_show_draws_a_print_and_a_pair(biomatch, pair, tmp_path):
    one = biomatch("show", pair[0], "-o", tmp_path / "one.png", "--json").json
    two = biomatch("show", *pair, "-o", tmp_path / "two.png", "--json").json
    assert (one["pairs"], len(one["minutiae"])) == (0, 1)
    assert two["pairs"] > 8
    assert cv2.imread(str(tmp_path / "two.png")).shape[1] > 1.5 * cv2.imread(str(tmp_path / "one.png")).shape[1]


def test_brackets_in_a_name_are_shown(biomatch, files):
    assert "[red]x.png could not" in biomatch("show", "[red]x.png").err


def test_what_was_drawn_is_told_in_words(biomatch, pair, tmp_path):
    assert re.fullmatch(r"\S*one\.png: \d+ minutiae\n", biomatch("show", pair[0], "-o", tmp_path / "one.png").out)
    said = biomatch("show", *pair, "-o", tmp_path / "two.png").out
    assert re.fullmatch(r"\S*two\.png: \d+ corresponding minutiae\n", said)


def test_a_template_is_drawn_without_its_picture(biomatch, pair, tmp_path):
    biomatch("extract", pair[0], "--format", "iso2005", "-o", tmp_path / "a.ist")
    shown = biomatch("show", tmp_path / "a.ist", "-o", tmp_path / "new" / "a.png", "--json").json
    assert shown["minutiae"][0] > 15
    assert cv2.imread(str(tmp_path / "new" / "a.png")) is not None
