import pytest

from biomatch.synthesis.sample_listing import SampleParams, by_finger, cell_number, drawn_as_minutiae, listing, number_of


def test_every_file_has_a_name_of_its_own():
    paths = [one.path for one in listing()]
    assert len(set(paths)) == len(paths)


def test_boxes_of_the_card_are_numbered_as_in_ansi_nist():
    boxes = {
        one.path.removeprefix("card/P01-"): cell_number(one) for one in listing() if one.kind in ("rolled", "inked", "slap")
    }
    assert sorted(boxes.values()) == list(range(1, 15))
    assert (boxes["right-index_6.png"], boxes["left-little_6.png"]) == (2, 10)
    assert (boxes["right-thumb_7.png"], boxes["left-thumb_7.png"]) == (11, 12)
    assert (boxes["right-four_1.png"], boxes["left-four_1.png"]) == (13, 14)


@pytest.mark.parametrize(
    ("path", "position", "group"),
    [
        ("enrol/P01-right-index_1.png", "right-index", "plain"),
        ("enrol/P11-left-thumb_1.ist", "left-thumb", "template"),
        ("card/P01-left-four_1.png", "left-four", "slap"),
        ("card/P01-card.jpg", "unknown", "card"),
    ],
)
def test_a_line_of_the_manifest_names_finger_and_set(path, position, group):
    (row,) = (one.row() for one in listing() if one.path == path)
    assert (row["position"], row["finger"], row["set"]) == (position, f"{row['person']}/{position}", group)
    assert row["ppi"] == 500


def test_strangers_are_numbered_apart():
    assert number_of("S01") != number_of("P01")


def test_a_finger_that_is_searched_for_is_grown_also_in_another_sample():
    """Its template is made with its probe, not with those that are drawn as minutiae only."""
    few = SampleParams(persons=1, impressions=1, templates_only=9, template_probes=2, strangers=0, latents=0, card=False)
    (drawn,) = (group for group in by_finger(listing(few), few) if drawn_as_minutiae(group[0], few))
    assert {one.person for one in drawn} == {f"P{number:02}" for number in range(2, 11)} - {"P02", "P09"}
    together = {tuple(one.role for one in group) for group in by_finger(listing(few), few) if group[0].person == "P09"}
    assert ("enrol", "probe") in together
