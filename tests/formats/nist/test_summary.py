from __future__ import annotations

import pickle
from datetime import UTC, datetime

import numpy as np
import pytest

from biomatch.formats.nist import Box, Envelope, Picture, images, read, request, summary
from biomatch.formats.nist.records import GreyRecord, TaggedRecord, Transaction
from biomatch.formats.nist.summary import MAX_NOTES
from biomatch.imaging import SLAP, ImageFormat
from biomatch.imaging.slap import Region
from biomatch.synthesis import synthesise_templates
from biomatch.template import Template
from biomatch.vocabulary import ImpressionType
from biomatch.workers import _read

PLAIN, LATENT = ImpressionType.LIVE_SCAN_PLAIN, ImpressionType.LATENT_IMPRESSION
SENT = Envelope("POST 7", "BUREAU", datetime(2026, 3, 1, 12, tzinfo=UTC), 17)
PIXELS = np.arange(64, dtype=np.uint8).reshape(8, 8)


def picture(position: int, impression: ImpressionType = PLAIN, boxes: tuple[Box, ...] = ()) -> Picture:
    return Picture(PIXELS, position, impression, form=ImageFormat.PNG, boxes=boxes)


def test_a_summary_says_what_is_asked_and_by_whom() -> None:
    found = summary(request("cps", [picture(2)], SENT, person="ada", expected=7).to_bytes())
    assert (found.kind, found.sender, found.person, found.expected) == ("CPS", "POST 7", "ada", 7)
    assert found.number == read(request("cps", [picture(2)], SENT).to_bytes()).first.text(9)
    assert found.notes == ()
    assert summary(request("CPS", [picture(2)], SENT).to_bytes()).expected is None


def test_an_image_is_cut_out_of_the_transaction_by_its_place() -> None:
    grey = GreyRecord(4, 9, 1, bytes((3,)).ljust(6, b"\xff"), 0, 8, 8, 0, PIXELS.tobytes())
    made = request("CPS", [picture(2), picture(7)], SENT)
    data = Transaction((*made.records, grey)).listed().to_bytes()
    found = summary(data)
    assert [data[one.begin : one.end] for one in found.images] == [one.data for one in images(read(data))]
    assert [one.record for one in found.images] == [3, 4, 5]
    assert [one.bare for one in found.images] == [None, None, (8, 8)]


def test_a_summary_goes_from_a_worker_to_its_caller_and_is_small() -> None:
    large = Picture(np.random.default_rng(1).integers(0, 256, (800, 750)).astype(np.uint8), 2, PLAIN, form=ImageFormat.PNG)
    (marked,) = synthesise_templates(1, seed=5)
    data = request("CPS", [large, picture(13)], SENT, latent_marks=[marked]).to_bytes()
    found = summary(data)
    message = pickle.dumps(("done", found), pickle.HIGHEST_PROTOCOL)
    assert _read(message)[1] == found
    assert len(message) < 2_000 < len(data) / 100


@pytest.mark.parametrize(
    ("boxes", "taken"),
    [
        ((Box(2, 0, 3, 0, 7), Box(3, 3, 5, 0, 7)), (Region(0, 0, 4, 8), Region(3, 0, 6, 8))),
        ((Box(2, 0, 3, 0, 7),), ()),
        ((Box(2, 0, 3, 0, 7), Box(2, 0, 3, 0, 7), Box(3, 3, 5, 0, 7)), ()),
        ((Box(2, 0, 3, 0, 7), Box(3, 3, 8, 0, 7)), ()),
    ],
    ids=["one a finger", "one missing", "one twice", "outside the image"],
)
def test_boxes_are_kept_where_there_is_one_for_each_finger(boxes: tuple[Box, ...], taken: tuple[Region, ...]) -> None:
    (found,) = summary(request("CPS", [picture(40, boxes=boxes)], SENT).to_bytes()).images
    assert found.boxes == taken
    assert found.is_slap
    assert found.limits == SLAP


def test_marks_stand_for_a_latent_and_beside_a_plain_print_the_image_does() -> None:
    marked: list[Template] = synthesise_templates(2, seed=5)
    latent = summary(request("MPS", [picture(0, LATENT), picture(2)], SENT, latent_marks=marked).to_bytes())
    assert [one.record for one in latent.images] == [4]
    assert [one.record for one in latent.marks] == [5]
    assert len(Template.from_bytes(latent.marks[0].template).minutiae) == len(marked[0].minutiae)


def test_an_image_with_a_flaw_takes_part_and_the_flaw_is_noted() -> None:
    sound = request("CPS", [picture(2), picture(7)], SENT)
    record = sound.records[2]
    assert isinstance(record, TaggedRecord)
    wider = Transaction((*sound.records[:2], record.with_field(6, b"4000"), sound.records[3]))
    found = summary(wider.to_bytes())
    assert [one.fingers for one in found.images] == [(2,), (7,)]
    (note,) = found.notes
    assert "record 3 (type 14), field 14.006" in note
    assert "the record says 4000 x" in note


def test_an_image_at_a_resolution_that_no_print_has_keeps_nothing_else_from_being_used() -> None:
    sound = request("CPS", [picture(2), picture(7)], SENT)
    record = sound.records[2]
    assert isinstance(record, TaggedRecord)
    coarse = record.with_field(9, b"96").with_field(10, b"96")
    found = summary(Transaction((*sound.records[:2], coarse, sound.records[3])).to_bytes())
    assert [one.fingers for one in found.images] == [(7,)]
    assert found.notes == ("record 3 (type 14): images at 96 ppi are not compared, only those at 100 to 4000 ppi",)


def test_what_is_wrong_is_listed_up_to_a_hundred_things_and_the_rest_is_counted() -> None:
    palms = request("CPS", [picture(21)] * (MAX_NOTES + 7), SENT)
    notes = summary(palms.to_bytes()).notes
    assert len(notes) == MAX_NOTES + 1
    assert notes[0] == "record 3 (type 14): palms and joints are not compared"
    assert notes[-1] == "7 more things are wrong with it, or take no part"
    assert len(summary(Transaction(palms.records[:-7]).listed().to_bytes()).notes) == MAX_NOTES
