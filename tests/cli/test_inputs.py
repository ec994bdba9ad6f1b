from pathlib import Path

import pytest

from biomatch.cli import inputs
from biomatch.errors import BadManifest, FileUnreadable, NothingToDo, UnknownName
from biomatch.vocabulary import FingerPosition, ImpressionType


@pytest.mark.parametrize(
    ("name", "person"), [("101_1.png", "101"), ("012_3_1.png", "012_3"), ("ann.png", "ann"), ("_1.png", "_1")]
)
def test_the_person_is_the_stem_before_its_last_underscore(name, person):
    assert inputs.person_of(Path(name)) == person


@pytest.mark.parametrize("text", ["2", "right-index", "RIGHT_INDEX", "right index"])
def test_a_position_is_a_code_or_a_name(text):
    assert inputs.position_of(text) is FingerPosition.RIGHT_INDEX


def test_an_unknown_position_is_told_with_those_that_there_are():
    with pytest.raises(UnknownName, match=r"'11' is no finger position; there are unknown, right-thumb"):
        inputs.position_of("11")


def test_an_impression_is_a_short_name_a_full_name_or_a_count():
    assert inputs.impression_of("rolled") is ImpressionType.LIVE_SCAN_ROLLED
    assert inputs.impression_of("latent-lift") is ImpressionType.LATENT_LIFT
    assert inputs.impression_of("3") is ImpressionType.UNKNOWN


def test_a_folder_stands_for_the_prints_in_it(tmp_path):
    for name in ("b.png", "a.PNG", "notes.txt", "deep/c.ist"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in inputs.files_in([tmp_path])] == ["a.PNG", "b.png", "c.ist"]


def test_a_named_file_is_taken_whatever_it_is_called(tmp_path):
    assert inputs.files_in([tmp_path / "print.xyz"]) == [tmp_path / "print.xyz"]


def test_a_folder_without_prints_is_refused(tmp_path):
    with pytest.raises(NothingToDo):
        inputs.files_in([tmp_path])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileUnreadable, match=r"absent\.png could not be read: No such file"):
        inputs.read_bytes(tmp_path / "absent.png")


def test_an_enrolment_list_says_who_and_what(tmp_path):
    (tmp_path / "list.csv").write_text("path,person,position,impression,ppi\na.png,ann,2,rolled,1000\nb.png,ben,,,\n")
    first, second = inputs.enrolment_list(tmp_path / "list.csv")
    assert first == inputs.Listed(tmp_path / "a.png", "ann", "2", "rolled", 1000.0)
    assert (second.person, second.ppi) == ("ben", None)


def test_probes_of_a_list_are_left_out(tmp_path):
    (tmp_path / "list.csv").write_text("path,person,role\na.png,ann,enrol\nb.png,ben,probe\n")
    assert [one.person for one in inputs.enrolment_list(tmp_path / "list.csv")] == ["ann"]


def test_plain_is_an_impression_type_and_a_number_is_none():
    assert inputs.impression_of("plain") == ImpressionType.LIVE_SCAN_PLAIN
    assert inputs.impression_of("3") == ImpressionType.UNKNOWN


def test_a_line_without_a_person_is_named(tmp_path):
    (tmp_path / "list.csv").write_text("path,person\na.png,ann\nb.png,\n")
    with pytest.raises(BadManifest, match="line 3 has no value for person"):
        inputs.enrolment_list(tmp_path / "list.csv")
