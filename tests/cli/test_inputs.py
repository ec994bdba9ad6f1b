from pathlib import Path

import pytest

from biomatch.cli import inputs
from biomatch.errors import FileUnreadable, NothingToDo, PersonNotNamed, UnknownName
from biomatch.vocabulary import FingerPosition, ImpressionType, impression_of, position_of


@pytest.mark.parametrize(
    ("name", "person"), [("101_1.png", "101"), ("012_3_1.png", "012_3"), ("ann.png", "ann"), ("_1.png", "_1")]
)
def test_the_person_is_the_stem_before_its_last_underscore(name, person):
    assert inputs.person_of(Path(name)) == person


@pytest.mark.parametrize(
    "name",
    [
        "IMG_0001.png", "IMG_20240501_101500.jpg", "DSC00012.png", "DSCN0012.JPG", "PXL_20240501_1.jpg", "scan.png",
        "Scan_1.png", "scan0001.png", "scan (2).tif", "image-3.bmp", "photo_12.png", "print1.png", "fingerprint_2.wsq",
        "right-index_1.png", "finger8.bmp", "fp-13.png", "left_thumb.png", "0001.png", "00012.wsq", "20240501_101500.png",
        "2024-05-01_10.png", "WhatsApp Image 2024-05-01 at 10.15.00.jpeg", "Screenshot_1.png", "new file (1).png",
        "latent 3.png", "slap.png", "Bild_1.png",
    ],
)  # fmt: skip
def test_a_name_that_a_camera_a_scanner_or_a_finger_gave_names_no_person(name):
    with pytest.raises(PersonNotNamed, match="--person") as raised:
        inputs.named_person(Path("folder") / name)
    assert f"folder/{name}" in raised.value.message


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("P01-right-index_1.png", "P01-right-index"), ("101_1.png", "101"), ("12.png", "12"), ("012_3_1.png", "012_3"),
        ("ann.png", "ann"), ("Prints of Ada_1.png", "Prints of Ada"), ("a001_04p.ist", "a001"), ("scanlon_1.png", "scanlon"),
        ("19850501-123_1.png", "19850501-123"),
    ],
)  # fmt: skip
def test_a_name_that_is_somebody_s_is_taken(name, person):
    assert inputs.named_person(Path(name)) == person


@pytest.mark.parametrize("text", ["2", "right-index", "RIGHT_INDEX", "right index"])
def test_a_position_is_a_code_or_a_name(text):
    assert position_of(text) is FingerPosition.RIGHT_INDEX


def test_an_unknown_position_is_told_with_those_that_there_are():
    with pytest.raises(UnknownName, match=r"'11' is no finger position; there are unknown, right-thumb"):
        position_of("11")


def test_an_impression_is_a_short_name_a_full_name_or_a_count():
    assert impression_of("rolled") is ImpressionType.LIVE_SCAN_ROLLED
    assert impression_of("latent-lift") is ImpressionType.LATENT_LIFT
    assert impression_of("3") is ImpressionType.UNKNOWN


def test_a_folder_stands_for_the_prints_in_it(tmp_path, capsys):
    """By their bytes: names do not matter."""
    png, record, transaction = b"\x89PNG\r\n\x1a\n", b"FMR\0 20\0", b"1.001:00000145\x1d"
    prints = {
        "a.PNG": png,
        "b": png,
        "c.dat": b"\xff\xa0",
        "deep/d.ansi2004": record,
        "e.xml": transaction,
        "f.pgm": b"P5\n8 8",
    }
    others = {
        "notes.txt": b"prints of 3 May",
        "package.xml": b"<?xml version",
        "g.png": b"",
        ".h.png": png,
        ".cache/i.png": png,
    }
    for name, data in (prints | others).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert inputs.files_in([tmp_path]) == sorted(tmp_path / name for name in prints)
    said = capsys.readouterr().err
    assert "note: 3 files are of no format that is read: g.png (empty), notes.txt, package.xml\n" in said
    (tmp_path / "notes.txt").unlink()
    (tmp_path / "g.png").unlink()
    inputs.files_in([tmp_path])
    assert "note: 1 file is of no format that is read: package.xml\n" in capsys.readouterr().err


def test_a_named_file_is_taken_whatever_it_is_called(tmp_path):
    assert inputs.files_in([tmp_path / "print.xyz"]) == [tmp_path / "print.xyz"]


def test_a_folder_without_prints_is_refused(tmp_path):
    with pytest.raises(NothingToDo):
        inputs.files_in([tmp_path])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileUnreadable, match=r"absent\.png could not be read: No such file"):
        inputs.read_bytes(tmp_path / "absent.png")


def test_plain_is_an_impression_type_and_a_number_is_none():
    assert impression_of("plain") == ImpressionType.LIVE_SCAN_PLAIN
    assert impression_of("3") == ImpressionType.UNKNOWN


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("P01-right-index", "P01"),
        ("ann_thumb", "ann"),
        ("P01 left middle finger", "P01"),
        ("spring", "spring"),
        ("index", "index"),
        ("bright", "bright"),
    ],
)
def test_a_name_without_its_finger(name, stem):
    assert inputs.without_finger(name) == stem
