"""Hostile transactions: refused before they are taken apart, and read in time that grows with their bytes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from time import process_time

import pytest

from biomatch.errors import TransactionTooLarge
from biomatch.formats.nist import LIMITS, images, marks, read, records, summary
from biomatch.formats.nist.records import FS, GS, RS, US, Record, Transaction, tagged

NONE = replace(LIMITS, **dict.fromkeys(vars(LIMITS), 10**9))
ONE_PIXEL = ((6, b"1"), (7, b"1"), (8, b"1"), (9, b"500"), (10, b"500"), (11, b"NONE"), (12, b"8"), (13, b"2"), (999, b"\x80"))


def whole(*behind: Record) -> bytes:
    return Transaction((tagged(1, [(2, b"0502"), (3, b""), (4, b"CPS")]), *behind)).listed().to_bytes()


def first(text: bytes) -> bytes:
    """A type-1 record whose field 1.005 holds a text."""
    return tagged(1, [(2, b"0502"), (3, b"1\x1f0"), (4, b"CPS"), (5, text)]).to_bytes()


def image(idc: int) -> Record:
    return tagged(14, [(2, b"%02d" % (idc % 100)), (3, b"0"), *ONE_PIXEL])


def marked(idc: int, minutiae: int = 1, field: int = 331) -> Record:
    rows = {331: b"1\x1f1\x1f1\x1fE", 137: b"1\x1f1\x1f1\x1f1\x1f1\x1f9", 12: b"001\x1f00010001000\x1f02\x1fA"}
    scale = [(130, b"1"), (131, b"500"), (132, b"500")]
    return tagged(9, [(2, b"%02d" % (idc % 100)), *scale, (field, RS.join([rows[field]] * minutiae))])


HOSTILE: dict[str, tuple[bytes, str]] = {
    "fields": (first(GS * 1_000), "1,000 fields in record 1"),
    "fields of a later record": (whole(tagged(2, [(2, b"00"), (3, GS * 1_000)])), "1,000 fields in record 2"),
    "subfields": (first(RS * 200_000), "200,000 fields, subfields and items"),
    "items": (first(US * 200_000), "200,000 fields, subfields and items"),
    "items of many records": (whole(*[tagged(2, [(2, b"00"), (3, US * 999)])] * 250), "200,000 fields, subfields and items"),
    "fields of many records": (whole(*[tagged(2, [(2, GS * 900)])] * 250), "200,000 fields, subfields and items"),
    "a long text": (first(b"x" * (1024**2 + 1)), "1,048,576 bytes in a field of record 1"),
    "a long text that is no field": (first(GS + b"x" * (1024**2 + 1)), "1,048,576 bytes in a field of record 1"),
    "records": (whole(*[tagged(2, [(2, b"00")])] * 1_001), "1,000 records"),
    "images": (whole(*map(image, range(101))), "100 images that can be compared"),
    "marks": (whole(*map(marked, range(101))), "100 records of minutiae that can be compared"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_goes_beyond_a_limit_is_refused_and_the_limit_is_named(kind: str) -> None:
    data, what = HOSTILE[kind]
    with pytest.raises(TransactionTooLarge, match=f"the transaction has more than {what}, which is the most"):
        summary(data)


def test_more_bytes_than_are_read_are_refused_unread() -> None:
    data = first(b"x")
    assert read(data, limits=replace(LIMITS, size=len(data))).first.text(4) == "CPS"
    with pytest.raises(TransactionTooLarge, match=f"more than {len(data) - 1} bytes"):
        read(data, limits=replace(LIMITS, size=len(data) - 1))


def test_what_reaches_a_limit_is_read() -> None:
    assert len(summary(whole(*map(image, range(100)))).images) == 100
    assert len(summary(whole(*map(marked, range(100)))).marks) == 100
    assert len(read(whole(*[tagged(2, [(2, b"00")])] * 1_000), strict=False).records) == 1_001
    assert len(read(first(b"x" * (1024**2 - len("1.005:"))), strict=True).records) == 1
    fields = tagged(2, [(number, b"") for number in range(2, 1_002) if number != 999])
    assert len(read(whole(fields, fields)).records) == 3


def test_an_image_may_hold_any_number_of_separators() -> None:
    large = tagged(14, [(2, b"01"), (999, (GS + RS + US + FS) * 500_000)])
    assert read(whole(large), strict=True).records[1] == replace(large, fields=read(whole(large)).records[1].fields)  # type: ignore[union-attr]


@pytest.mark.parametrize("separator", [GS, RS, US], ids=["fields", "subfields", "items"])
def test_separators_are_counted_before_they_part_anything(separator: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    data, made = first(separator * 4_000_000), list[int]()

    class Watched(records.Field):
        def __init__(self, *rest: object) -> None:
            made.append(1)
            super().__init__(*rest)  # type: ignore[arg-type]

        @property
        def subfields(self) -> list[list[bytes]]:
            raise AssertionError("it was taken apart")

    monkeypatch.setattr(records, "Field", Watched)
    with pytest.raises(TransactionTooLarge):
        read(data)
    assert len(made) <= LIMITS.fields


@pytest.mark.parametrize("field", [331, 137, 12], ids=["EFS", "M1", "standard"])
def test_a_record_of_too_many_minutiae_takes_no_part_and_the_others_do(field: int) -> None:
    found, faults = marks(read(whole(marked(1, 1_001, field), marked(2, 1_000, field))))
    assert [one.record for one in found] == [3]
    assert len(found[0].template.minutiae) == 1_000
    (fault,) = faults
    assert (fault.record, fault.field) == (2, f"9.{field:03d}")
    assert fault.reason == "it lists 1,001 minutiae or points, at most 1,000 are read"


@pytest.mark.parametrize(
    ("field", "value"),
    [(300, US.join((b"9", b"9", b"0", b"0", b"1,1-" * 1_000))), (320, RS.join([b"1\x1f1"] * 1_001))],
    ids=["corners", "cores"],
)
def test_a_record_of_too_many_points_takes_no_part(field: int, value: bytes) -> None:
    one = marked(1).with_field(field, value)  # type: ignore[union-attr]
    _, (fault,) = marks(read(whole(one)))
    assert (fault.field, fault.reason) == (f"9.{field}", "it lists 1,001 minutiae or points, at most 1,000 are read")


def test_a_count_of_thousands_of_digits_is_a_fault() -> None:
    data = tagged(1, [(2, b"0502"), (3, b"1\x1f" + b"9" * 5_000), (4, b"CPS")]).to_bytes()
    assert "it announces 99999999999999999999 records and lists 0" in str(read(data).faults[0])


@pytest.mark.parametrize("ppmm", [b"nan", b"inf", b"-inf"])
def test_a_resolution_that_is_no_number_is_missing(ppmm: bytes) -> None:
    grey = records.GreyRecord(4, 1, 1, bytes((2,)).ljust(6, b"\xff"), 1, 1, 1, 0, b"\x80")
    data = Transaction((tagged(1, [(2, b"0502"), (3, b""), (12, ppmm)]), grey, marked(1))).listed().to_bytes()
    (found,) = images(read(data, strict=True))
    assert found.fault is not None
    assert "the resolution is missing" in found.fault.reason
    assert len(marks(read(data))[0]) == 1


GROWING: dict[str, Callable[[int], bytes]] = {
    "fields": lambda size: first(GS * size),
    "fields that are none": lambda size: first((GS + b"x") * (size // 2)),
    "subfields": lambda size: tagged(1, [(2, b"0502"), (3, RS * size)]).to_bytes(),
    "items": lambda size: whole(tagged(14, [(2, b"01"), (18, US * size), (999, b"x")])),
    "boxes": lambda size: whole(tagged(14, [(2, b"01"), (21, b"1\x1f1\x1f2\x1f1\x1f2\x1e" * (size // 10)), (999, b"x")])),
    "records": lambda size: whole(*[tagged(2, [(2, b"00")])] * (size // 20)),
    "marks beside images": lambda size: whole(*(made(at) for at in range(size // 400) for made in (image, marked))),
}


@pytest.mark.parametrize("kind", GROWING)
def test_time_grows_with_the_bytes(kind: str) -> None:
    """Four times the bytes take about four times as long, without limits, too; were it their square, 16 times."""
    small, large = (min(_seconds(GROWING[kind](size)) for _ in range(3)) for size in (50_000, 200_000))
    assert large < 9 * small


def _seconds(data: bytes) -> float:
    """Of CPU time, without the collector's passes over what other tests have left in memory."""
    gc.collect()
    gc.disable()
    try:
        began = process_time()
        found = read(data, limits=NONE)
        marks(found, images(found))
        return process_time() - began
    finally:
        gc.enable()
