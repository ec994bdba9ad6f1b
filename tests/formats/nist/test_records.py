from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch.errors import BadTransaction
from biomatch.formats.nist import read
from biomatch.formats.nist.records import FS, GS, RS, US, BinaryRecord, Field, GreyRecord, TaggedRecord, Transaction, tagged


def first(*entries: bytes) -> bytes:
    """A type-1 record that lists records, each as its type, US and its IDC."""
    contents = RS.join((b"1" + US + b"%d" % len(entries), *entries))
    return tagged(1, [(2, b"0502"), (3, contents), (4, b"CPS"), (9, b"2600000001A")]).to_bytes()


SECOND = tagged(2, [(2, b"00"), (3, b"0502")]).to_bytes()
GREY = GreyRecord(4, 1, 1, bytes((2, 255, 255, 255, 255, 255)), 0, 2, 3, 0, b"\x1c\x1d\x1e\x1f\x00\xff").to_bytes()
IMAGE = tagged(14, [(2, b"02"), (6, b"3"), (999, b"\x1c14.001:\x1d")]).to_bytes()
WHOLE = first(b"2\x1f00", b"4\x1f01", b"14\x1f02") + SECOND + GREY + IMAGE


def test_records_are_read_whatever_bytes_their_images_hold() -> None:
    found = read(WHOLE, strict=True)
    assert [record.type for record in found.records] == [1, 2, 4, 14]
    assert [record.idc for record in found.records] == [None, 0, 1, 2]
    grey, image = found.records[2:]
    assert isinstance(grey, GreyRecord)
    assert (grey.width, grey.height, grey.data) == (2, 3, b"\x1c\x1d\x1e\x1f\x00\xff")
    assert isinstance(image, TaggedRecord)
    assert image[999].value == b"\x1c14.001:\x1d"


def test_real_files_give_the_same_bytes(real_data: Path) -> None:
    paths = sorted((real_data / "transactions").iterdir())
    assert len(paths) == 23
    for path in paths:
        data = path.read_bytes()
        found = read(data)
        assert found.to_bytes() == data, path.name
        assert not found.rest, path.name
        assert len(found.faults) == (path.name == "type9-15.an2k")  # whose type-9 record bears another IDC than 1.003 says


VALUES = st.binary(max_size=30).map(lambda value: value.translate(None, FS + GS))


@given(
    st.dictionaries(st.integers(3, 998), VALUES, max_size=6),
    st.one_of(st.none(), st.binary(max_size=40)),
    st.binary(max_size=40),
    st.tuples(*[st.integers(0, 255)] * 4, *[st.integers(0, 65_535)] * 2),
)
def test_what_is_written_is_read_as_it_was(
    fields: dict[int, bytes], data: bytes | None, body: bytes, head: tuple[int, ...]
) -> None:
    values = [(2, b"03"), *fields.items(), *([(999, data)] if data is not None else [])]
    impression, resolution, compression, idc, width, height = head
    records = (
        tagged(10, values),
        BinaryRecord(8, idc, body),
        GreyRecord(4, idc, impression, body[:6].ljust(6, b"\xff"), resolution, width, height, compression, body),
        tagged(99, values),
    )
    made = Transaction((tagged(1, [(2, b"0502"), (3, b"")]), *records)).listed()
    found = read(made.to_bytes(), strict=True)
    assert found.records[1:] == tuple(_with_length(record) for record in records)
    assert found.to_bytes() == made.to_bytes()


def _with_length(record: object) -> object:
    """The record with the length that its first field gets when it is written."""
    if not isinstance(record, TaggedRecord):
        return record
    length = b"%d" % len(record.to_bytes())
    return TaggedRecord(record.type, (Field(1, record.fields[0].tag, length), *record.fields[1:]))


@pytest.mark.parametrize("size", [0, 1, 80, 987, 988, 989, 9_986, 9_987, 9_988])
def test_a_length_counts_its_own_digits(size: int) -> None:
    data = tagged(2, [(2, b"00"), (3, b"x" * size)]).to_bytes()
    assert data.startswith(b"2.001:%d\x1d" % len(data))


def test_a_field_that_is_edited_changes_itself_and_the_lengths_only() -> None:
    found = read(WHOLE)
    edited = found.records[1].with_field(3, b"0600x")  # type: ignore[union-attr]
    data = Transaction((found.records[0], edited, *found.records[2:])).to_bytes()
    assert data == WHOLE.replace(SECOND, SECOND.replace(b"0502", b"0600x").replace(b"001:29", b"001:30"))
    added = edited.with_field(74, b"text")
    assert [field.number for field in added.fields] == [1, 2, 3, 74]
    assert added.with_field(9, b"1").to_bytes().endswith(b"2.009:1\x1d2.074:text\x1c")


def test_a_length_that_is_padded_stays_padded() -> None:
    data = first(b"2\x1f00") + b"2.001:00000024\x1d2.002:00\x1c"
    found = read(data, strict=True)
    assert found.to_bytes() == data
    assert found.records[1].with_field(3, b"x").to_bytes().startswith(b"2.001:00000032\x1d")  # type: ignore[union-attr]


def test_subfields_and_items_are_parted() -> None:
    record = read(first(b"2\x1f00") + SECOND).first
    assert record[3].subfields == [[b"1", b"1"], [b"2", b"00"]]
    assert record[3].items == [b"1", b"1"]
    assert record.text(4) == "CPS"
    assert record.text(5, "none") == "none"
    with pytest.raises(KeyError):
        record[5]


@pytest.mark.parametrize("value", ["füß".encode(), "füß".encode("latin-1"), "華裔".encode()])
def test_text_in_any_encoding_is_shown_and_kept(value: bytes) -> None:
    data = first(b"2\x1f00") + tagged(2, [(2, b"00"), (3, value)]).to_bytes()
    found = read(data, strict=True)
    assert found.to_bytes() == data
    assert isinstance(found.records[1], TaggedRecord)
    assert found.records[1].text(3) in (value.decode("utf-8", "ignore"), value.decode("latin-1"))


# what is wrong


def faults(data: bytes) -> list[str]:
    found = read(data)
    for fault in found.faults:
        with pytest.raises(BadTransaction) as caught:
            raise fault.error()
        assert caught.value.values == {
            "record": fault.record,
            "type": fault.type,
            "field": fault.field,
            "offset": fault.offset,
        }
    return [str(fault) for fault in found.faults]


def test_what_does_not_begin_with_a_type_1_record_is_refused() -> None:
    for data in (b"", b"2.001:8\x1c", b"1.002:0502\x1d", b"\x89PNG"):
        with pytest.raises(BadTransaction, match="does not begin with a type-1 record"):
            read(data)


def test_a_file_that_is_cut_off_anywhere_says_where_and_keeps_what_is_whole() -> None:
    ends = [0]
    for record in read(WHOLE).records:
        ends.append(ends[-1] + len(record.to_bytes()))
    for size in range(len(WHOLE)):
        whole = sum(end <= size for end in ends) - 1
        if whole == 0:
            with pytest.raises(BadTransaction, match=r"record 1|no ANSI/NIST-ITL transaction"):
                read(WHOLE[:size])
            continue
        found = read(WHOLE[:size])
        assert len(found.records) == whole
        assert found.faults[0].record == whole + 1
        assert found.faults[0].offset == ends[whole]
        assert found.to_bytes() == WHOLE[:size]
        with pytest.raises(BadTransaction):
            read(WHOLE[:size], strict=True)


def test_a_length_that_lies_does_not_hide_the_records_behind() -> None:
    data = WHOLE.replace(b"2.001:29\x1d", b"2.001:99\x1d")
    assert read(first(b"2\x1f00", b"14\x1f02") + SECOND.replace(b"29", b"99") + IMAGE).records[2].idc == 2
    place = data.index(b"2.001:99")
    reason = "it announces 99 bytes, which is not where FS ends it; where it ends cannot be told"
    assert faults(data) == [f"record 2 (type 2), field 2.001, byte {place}: {reason}"]


def test_a_binary_record_behind_a_length_that_lies_is_not_guessed_at() -> None:
    found = read(WHOLE.replace(b"2.001:29\x1d", b"2.001:99\x1d"))
    assert len(found.records) == 1
    assert found.rest.startswith(b"2.001:99")


def test_a_length_with_something_behind_it_is_named_and_kept() -> None:
    data = WHOLE.replace(b"\x1d1.002", b"\r1.002", 1)
    found = read(data)
    assert [fault.reason for fault in found.faults if fault.field == "1.001"][-1].endswith("is no length")
    assert found.to_bytes() == data


def test_a_claim_of_two_gigabytes_is_refused_by_its_record() -> None:
    place = WHOLE.index(GREY)
    data = WHOLE.replace(GREY, struct.pack(">I", 2**31) + GREY[4:])
    left = len(data) - place
    assert faults(data) == [f"record 3 (type 4), field 4.001, byte {place}: it announces 2,147,483,648 bytes, {left} are left"]
    image = len(WHOLE) - len(IMAGE)
    data = WHOLE[:image] + IMAGE.replace(b"14.001:%d" % len(IMAGE), b"14.001:2147483648", 1)
    assert "where it ends cannot be told" in faults(data)[0]


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"1\x1f9\x1e2\x1f00", "record 1 (type 1), field 1.003, byte 20: it announces 9 records and lists 1"),
        (b"1\x1e2\x1f00", "record 1 (type 1), field 1.003, byte 20: it announces nothing records and lists 1"),
        (b"1\x1f1\x1eX\x1f00", "record 1 (type 1), field 1.003, byte 20: 'X' is no type of record"),
    ],
)
def test_counts_that_lie_are_named(contents: bytes, reason: str) -> None:
    data = tagged(1, [(2, b"0502"), (3, contents)]).to_bytes() + SECOND
    assert faults(data)[0] == reason


def test_records_that_were_not_announced_are_kept_as_bytes() -> None:
    found = read(first(b"2\x1f00") + SECOND + IMAGE)
    assert found.rest == IMAGE
    assert "follow the last record that 1.003 announces" in str(found.faults[0])


def test_a_missing_list_of_records_is_named() -> None:
    assert "1.003" in faults(tagged(1, [(2, b"0502")]).to_bytes() + SECOND)[0]


def test_idcs_that_are_there_twice_or_differ_are_named() -> None:
    data = first(b"14\x1f02", b"14\x1f03") + IMAGE + IMAGE
    assert [text.partition(": ")[2] for text in faults(data)] == [
        "its IDC is 2, 1.003 says 3",
        "IDC 2 is that of record 2, too",
    ]


def test_a_record_of_another_type_than_announced_is_read_as_what_it_is() -> None:
    found = read(first(b"13\x1f02") + IMAGE)
    assert found.records[1].type == 14
    assert "a record of type 13 was announced; this is one of type 14" in str(found.faults[0])


def test_separators_in_values_make_no_field_that_was_not_meant() -> None:
    data = first(b"2\x1f00") + tagged(2, [(2, b"00"), (3, b"a\x1d14.001:7\x1db")]).to_bytes()
    found = read(data)
    assert found.to_bytes() == data
    assert isinstance(found.records[1], TaggedRecord)
    assert [field.number for field in found.records[1].fields] == [1, 2, 3, -1, -1]
    assert [fault.reason for fault in found.faults] == [
        "'14.001:7' begins no field of type 2",
        "'b' begins no field of type 2",
    ]


def test_a_field_that_is_there_twice_is_kept_and_named() -> None:
    data = first(b"2\x1f00") + b"2.001:34\x1d2.002:00\x1d2.003:a\x1d2.003:b\x1c"
    found = read(data)
    assert found.to_bytes() == data
    assert isinstance(found.records[1], TaggedRecord)
    assert found.records[1].text(3) == "a"
    assert "field 2.003" in str(found.faults[0])


@given(st.binary(max_size=200))
def test_any_bytes_behind_a_first_record_are_read_or_refused(data: bytes) -> None:
    whole = first(b"2\x1f00", b"4\x1f01", b"99\x1f02") + data
    found = read(whole)
    assert found.to_bytes() == whole or any("it ends after" in fault.reason for fault in found.faults)
