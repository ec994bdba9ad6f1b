"""The owner's prints: read, counted, and refused where they are too few or too many."""

import pytest

from biomatch.errors import NothingToDo, TooFewPrints, TooManyPrints
from biomatch.evaluation.engine import OurSetup
from biomatch.training.sensor import read


def test_few_prints_and_few_fingers_are_refused(folder, tmp_path):
    with pytest.raises(NothingToDo):
        read(OurSetup(), tmp_path)
    for path in sorted(folder.glob("*_1.bmt")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(TooFewPrints, match="26 prints could be read, 0 fingers of them with two impressions"):
        read(OurSetup(), tmp_path)
    for n in range(60):
        (tmp_path / f"n{n}_1.bmt").write_bytes((folder / "00_1.bmt").read_bytes())
    with pytest.raises(TooFewPrints, match="86 prints could be read, 0 fingers"):
        read(OurSetup(), tmp_path)


def test_prints_that_cannot_be_read_are_told_and_where_none_can_be_read_why(folder, tmp_path):
    for path in folder.glob("*.bmt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "99_1.png").write_bytes(b"no image")
    found = read(OurSetup(), tmp_path)
    assert (len(found.samples), [one.path.rsplit("/", 1)[-1] for one in found.failures]) == (52, ["99_1.png"])
    for path in tmp_path.glob("*.bmt"):
        path.unlink()
    with pytest.raises(TooFewPrints, match="the first that could not be read"):
        read(OurSetup(), tmp_path)


def test_more_prints_than_change_anything_are_refused_before_one_is_read(tmp_path):
    lines = [f"{n}.png,own,{n // 2},{n % 2}" for n in range(5_001)]
    (tmp_path / "list.csv").write_text("path,set,finger,impression\n" + "\n".join(lines) + "\n")
    with pytest.raises(TooManyPrints, match="5,001 prints were given, at most 5,000"):
        read(OurSetup(), tmp_path / "list.csv")


def test_some_of_the_prints_have_fingers_numbered_anew(prints):
    some = prints[[4, 5, 0]]
    assert [one.finger for one in some.samples] == ["sensor0/02", "sensor0/02", "sensor0/00"]
    assert (some.finger[0], some.fingers) == (some.finger[1], 2)
    assert sorted({*some.finger.tolist()}) == [0, 1]


def test_a_digest_is_of_the_templates_whatever_their_order(prints):
    assert prints[[0, 1, 2]].digest == prints[[2, 0, 1]].digest != prints[[0, 1, 3]].digest
    assert len(prints.digest) == 64
