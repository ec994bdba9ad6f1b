"""Lists say whose prints they are; a wrong line is named, and a list goes on from any line."""

import io
from datetime import date

import pytest

from biomatch import spreadsheet
from biomatch.bureau.tasks.manifest import Manifest, of_bytes
from biomatch.errors import BadManifest
from biomatch.vocabulary import FingerPosition, ImpressionType, Sex

LIST = b"""path,person,position,impression,ppi,encounter,sex,born,captured
a.png,ann,2,rolled,1000,first,F,1990-02-28,2026-11-01
"b, c.png",ben,left-thumb,,,,,,
"""


def lines(data):
    return [line for line, _ in of_bytes("list", data).lines()]


def test_a_line_says_who_and_what():
    first, second = (line.enrolment(b"data", frozenset({"l"})) for line in lines(LIST))
    assert (first.person, first.encounter, first.labels) == ("ann", "first", {"l"})
    assert (first.biography.sex, first.biography.born) == (Sex.FEMALE, date(1990, 2, 28))
    upload = first.upload
    assert (upload.data, upload.name, upload.ppi, upload.captured) == (b"data", "a.png", 1000.0, date(2026, 11, 1))
    assert (upload.position, upload.impression) == (FingerPosition.RIGHT_INDEX, ImpressionType.LIVE_SCAN_ROLLED)
    assert (second.upload.name, second.upload.position, second.upload.ppi) == ("b, c.png", FingerPosition.LEFT_THUMB, None)
    assert second.encounter is None


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("positions", "position"),
        ("Position", "position"),
        ("encountr", "encounter"),
        ("finger-position", "finger"),
        ("dpi", "ppi"),
        ("DPI", "ppi"),
        ("resolution", "ppi"),
        ("biometricSubType", "position"),
        ("gender", "sex"),
        ("dateOfBirth", "born"),
        ("date of birth", "born"),
    ],
)
def test_a_column_that_is_misspelt_is_refused_and_the_nearest_one_named(name, near):
    with pytest.raises(BadManifest, match=f"'{name}' is not read, but '{near}"):
        lines(f"path,person,{name}\na.png,ann,2\n".encode())


def test_other_columns_are_left_alone():
    data = b"path,person,mate,kind,set,finger,class,minutiae,seed,generator,width,height,type,deltas,boxes\na.png,ann\n"
    assert lines(data)[0].person == "ann"


def test_a_mark_of_byte_order_is_no_part_of_a_name():
    assert lines(b"\xef\xbb\xbfpath,person\r\na.png,ann\r\n")[0].person == "ann"


def test_a_list_that_biomatch_wrote_says_whose_prints_they_are():
    """Of a table in which no name is a formula, such as that of what failed."""
    written = "path,person\r\n" + spreadsheet.line(["-a.png", "=ann"]) + spreadsheet.line(["b.png", "'=ben"])
    first, second = lines(written.encode())
    assert (first.path, first.person, second.person) == ("-a.png", "=ann", "'=ben")


def test_probes_of_a_list_are_left_out_and_lines_are_still_counted():
    found = lines(b"path,person,role\na.png,ann,probe\nb.png,ben,enrol\nc.png,cy,\n")
    assert [(line.number, line.person) for line in found] == [(3, "ben"), (4, "cy")]


def test_a_list_goes_on_behind_any_line():
    data = "path,person\n" + "".join(f'"{number}\nä.png",p{number}\n' for number in range(7))
    whole = list(Manifest("list", io.BytesIO(data.encode())).lines())
    for line, behind in whole:
        rest = [one for one, _ in Manifest("list", io.BytesIO(data.encode())).lines(behind, line.number)]
        assert rest == [one for one, _ in whole if one.number > line.number]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a.png,,,,,", "line 2 has no value for person"),
        (",ann,,,,", "line 2 has no value for path"),
        ("a.png,ann,11,,,", "line 2: '11' is no finger position"),
        ("a.png,ann,,fast,", "line 2: 'fast' is no impression type"),
        ("a.png,ann,,,many,", "line 2: ppi 'many' is no number"),
        ("a.png,ann,,,,31.12.1999", "line 2: born '31.12.1999' is no day"),
    ],
)
def test_a_wrong_line_is_named(row, fault):
    with pytest.raises(BadManifest, match=fault):
        lines(f"path,person,position,impression,ppi,born\n{row}\n".encode())


@pytest.mark.parametrize("data", [b"path,person\n\xff\xfe,ann\n", b"nothing\na.png\n", b'path,person\n"a' + b"x" * 200_000])
def test_what_is_no_list_is_said(data):
    with pytest.raises(BadManifest):
        lines(data)


@pytest.mark.parametrize(("data", "words"), [(b"", "it is empty"), (b"path,person\n", "no line below the column names")])
def test_a_list_without_a_print_is_said(data, words):
    with pytest.raises(BadManifest, match=words):
        lines(data)
