"""Transactions as prints, over stand-in workers: an image's grey says which synthetic finger it is, a slap's first row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biomatch import formats
from biomatch.bureau import Actor, Bureau, Enrolment, Upload, open_gallery
from biomatch.bureau.searches.probes import probes_of
from biomatch.bureau.transactions import error_of, expected_in, receipt_of, result_of
from biomatch.bureau.uploads import prints_in
from biomatch.bureau.workshop import Made, Task
from biomatch.errors import (
    BadTransaction,
    ContradictsFile,
    FingersSwapped,
    NoUsablePrint,
    PartlyUsable,
    PersonNotFound,
    SeveralPrints,
    UnreadableImage,
)
from biomatch.formats import nist
from biomatch.formats.nist import Box, Envelope, Picture
from biomatch.imaging import ImageFormat
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.vocabulary import FingerPosition, ImpressionType

ROLLED, PLAIN = ImpressionType.LIVE_SCAN_ROLLED, ImpressionType.LIVE_SCAN_PLAIN
SENT = Envelope("POST 7", "BUREAU", datetime(2026, 3, 1, 12, tzinfo=UTC), 17)


def one(number: int, position: int, impression: ImpressionType = ROLLED) -> Picture:
    return Picture(np.full((8, 8), number, np.uint8), position, impression, form=ImageFormat.PNG)


def slap(*numbers: int, position: int = 13, boxes: tuple[Box, ...] = ()) -> Picture:
    pixels = np.full((8, 8), 99, np.uint8)
    pixels[0, : len(numbers)] = numbers
    return Picture(pixels, position, PLAIN, form=ImageFormat.PNG, boxes=boxes)


def sent(*pictures: Picture, kind: str = nist.SEARCH, person: str = "ada", **more: int) -> bytes:
    return nist.request(kind, pictures, SENT, person=person, **more).to_bytes()


def test_a_transaction_is_enrolled_finger_by_finger(bureau: Bureau, me: Actor) -> None:
    made = bureau.encounters.enrol("ada", [Upload(sent(one(1, 2), one(2, 3), slap(11, 12, 13, 14)))], me)
    assert [(each.position.value, each.impression) for each in made] == [
        (2, ROLLED),
        (3, ROLLED),
        *((code, PLAIN) for code in (2, 3, 4, 5)),
    ]


def test_it_is_searched_with_one_print_of_each_finger(bureau: Bureau, me: Actor, image: Callable[[int], Upload]) -> None:
    for number in range(1, 6):
        bureau.encounters.enrol(f"person {number}", [replace(image(number), position=FingerPosition(2))], me)
    found = bureau.searches.identify([Upload(sent(slap(3, 60, 61, 62), one(3, 2)))], me)
    assert [probe.position.value for probe in found.probes] == [2, 3, 4, 5]
    assert found.probes[0].impression is ROLLED
    assert found.search.candidates[0].person == "person 3"


def test_the_image_of_a_record_is_kept_byte_for_byte(bureau: Bureau, me: Actor) -> None:
    data = sent(one(1, 2))
    (made,) = bureau.encounters.enrol("ada", [Upload(data)], me)
    original, media_type = bureau.encounters.original(made.print_id, me)
    assert original == nist.images(nist.read(data))[0].data
    assert media_type == "image/png"


def test_what_a_slap_lacks_is_said_with_each_of_its_prints(bureau: Bureau, me: Actor) -> None:
    made = bureau.encounters.enrol("ada", [Upload(sent(slap(1, 2, 0, 4)))], me)
    assert [each.warnings[-1] for each in made] == ["1 not seen"] * 3


def test_damaged_images_and_palms_are_left_out_and_said(bureau: Bureau) -> None:
    whole = nist.read(sent(one(1, 2), one(2, 3), one(3, 21)))
    broken = whole.records[2].with_field(999, b"no image")
    data = replace(whole, records=(*whole.records[:2], broken, *whole.records[3:])).to_bytes()
    (upload,) = prints_in(Upload(data, "letter.an2"), bureau._context.workshop)
    assert upload.position.value == 3
    assert upload.name == "letter.an2, record 4"
    first, second = nist.summary(data).notes
    assert first.startswith("record 3 (type 14), field 14.999")
    assert second == "record 5 (type 14): palms and joints are not compared"


def test_without_a_usable_print_there_is_an_error(bureau: Bureau, me: Actor) -> None:
    with pytest.raises(NoUsablePrint, match="palms and joints are not compared"):
        bureau.searches.identify([Upload(sent(one(3, 21)))], me)
    with pytest.raises(NoUsablePrint, match="neither images nor marks"):
        bureau.searches.identify([Upload(nist.error(["x"], SENT).to_bytes())], me)


def test_a_transaction_that_lies_is_named_with_record_and_byte(bureau: Bureau, me: Actor) -> None:
    with pytest.raises(BadTransaction, match=r"record 1 \(type 1\)"):
        bureau.encounters.enrol("ada", [Upload(b"1.001:99999999")], me)


def test_a_transaction_that_costs_a_worker_its_life_is_named(
    bureau: Bureau, me: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: Task) -> Made:
        raise UnreadableImage("it took more than 20 s of CPU time")

    monkeypatch.setattr(bureau.pool, "call", lost)
    with pytest.raises(BadTransaction, match="reading it failed, it took more than 20 s of CPU time"):
        bureau.searches.identify([Upload(sent(one(1, 2)))], me)


def test_a_transaction_that_was_read_is_not_read_again(bureau: Bureau, me: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    call = bureau.pool.call
    monkeypatch.setattr(bureau.pool, "call", lambda task: asked.append(task.transaction) or call(task))
    data = sent(one(1, 2), slap(1, 2, position=40))
    upload = Upload(data, summary=bureau.searches.read_transaction(data, me))
    bureau.encounters.enrol("ada", [upload], me)
    bureau.searches.identify([upload], me)
    assert asked.count(True) == 1
    bureau.searches.identify([Upload(data)], me)
    assert asked.count(True) == 2


def test_an_examiners_marks_go_before_the_latent_image(bureau: Bureau) -> None:
    marked = synthesise_templates(1, seed=7, first=5)[0]
    latent = Picture(np.full((8, 8), 5, np.uint8), 0, ImpressionType.LATENT_IMPRESSION, form=ImageFormat.PNG)
    request = nist.request(nist.LATENT_SEARCH, [latent], SENT, latent_marks=[marked])
    (upload,) = prints_in(Upload(request.to_bytes()), bureau._context.workshop)
    (template,) = bureau._context.workshop.templates(upload)
    assert len(template.minutiae) == len(marked.minutiae)
    assert template.extractor != "standin/1"


@pytest.mark.parametrize(
    ("boxes", "taken"),
    [
        ([(2, 0, 3, 0, 7), (3, 3, 5, 0, 7)], 2),
        ([(2, 0, 3, 0, 7)], 0),
        ([(2, 0, 3, 0, 7), (3, 3, 8, 0, 7)], 0),
        ([(2, 0, 3, 0, 7), (3, 5, 3, 0, 7)], 0),
    ],
    ids=["one a finger", "one missing", "outside the image", "turned inside out"],
)
def test_the_senders_boxes_are_used_where_they_can_be(
    boxes: list[tuple[int, int, int, int, int]], taken: int, bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    cut = bureau._context.workshop.cut
    monkeypatch.setattr(bureau._context.workshop, "cut", lambda data, ppi, how: asked.append(how) or cut(data, ppi, how))
    prints_in(Upload(sent(slap(1, 2, position=40, boxes=tuple(Box(*box) for box in boxes)))), bureau._context.workshop)
    assert [len(how.boxes) for how in asked] == [taken]


def test_swapped_fingers_are_not_enrolled(bureau: Bureau, me: Actor) -> None:
    rolled = [one(1, 2), one(2, 3), one(3, 4), one(4, 5)]
    with pytest.raises(FingersSwapped, match="plain right index is the finger that was rolled as right middle"):
        bureau.encounters.enrol("ada", [Upload(sent(*rolled, slap(2, 1, 3, 4)))], me)
    with pytest.raises(PersonNotFound):
        bureau.encounters.read("ada", me)
    assert len(bureau.encounters.enrol("ada", [Upload(sent(*rolled, slap(1, 2, 3, 4)))], me)) == 8


def test_a_bulk_enrolment_takes_transactions_and_skips_what_is_there(bureau: Bureau, me: Actor) -> None:
    jobs = [
        Enrolment("ada", Upload(sent(one(1, 2), slap(1, 2, 3, 4)))),
        Enrolment("bob", Upload(sent(one(9, 21)))),
        Enrolment("cleo", Upload(sent(one(9, 1)))),
    ]
    first, none, third = bureau.encounters.enrol_batch(jobs, me)
    assert [outcome.enrolment for outcome in (first, none, third)] == jobs
    assert len(first.prints) == 5
    assert isinstance(none.error, NoUsablePrint)
    assert len(third.prints) == 1
    again, _, _ = bureau.encounters.enrol_batch(jobs, me)
    assert [each.existed for each in again.prints] == [True] * 5


def test_a_bulk_enrolment_refuses_swapped_fingers(bureau: Bureau, me: Actor) -> None:
    swapped = Upload(sent(one(1, 2), one(2, 3), slap(2, 1, position=40)))
    (outcome,) = bureau.encounters.enrol_batch([Enrolment("ada", swapped)], me)
    assert isinstance(outcome.error, FingersSwapped)
    assert outcome.prints == ()


def test_all_prints_of_a_transaction_are_examined(bureau: Bureau, me: Actor) -> None:
    found, bad = bureau.searches.examine([Upload(sent(one(1, 2), slap(1, 2, 3, 4))), Upload(sent(one(1, 21)))], me)
    assert isinstance(found, list)
    assert [each.template.position.value for each in found] == [2, 2, 3, 4, 5]
    assert isinstance(bad, NoUsablePrint)


def test_an_answer_refers_to_its_request_and_ranks_the_candidates(
    bureau: Bureau, me: Actor, image: Callable[[int], Upload]
) -> None:
    bureau.encounters.enrol("eve", [replace(image(3), position=FingerPosition(2))], me)
    data = sent(one(3, 2), one(4, 21), expected=7)
    answered = result_of(bureau.searches.identify([Upload(data)], me), nist.summary(data), "BUREAU")
    answer = nist.read(answered.to_bytes(), strict=True)
    assert answer.first.text(4) == nist.RESULT
    assert answer.first.text(10) == nist.read(data).first.text(9)
    assert answer.first.text(7) == "POST 7"
    ((respondent,), _) = nist.respondents(answer)
    assert (respondent.rank, respondent.person, respondent.position) == (1, "eve", 2)
    assert nist.person_in(answer) == "ada"
    assert "palms and joints are not compared" in answer.records[1].text(63)


def test_a_receipt_says_how_many_prints_are_kept(bureau: Bureau, me: Actor) -> None:
    data = sent(slap(3, 0, 5, 6))
    answer = receipt_of("ada", bureau.encounters.enrol("ada", [Upload(data)], me), nist.summary(data), "BUREAU")
    assert nist.respondents(answer) == ([], [])
    assert answer.records[1][63].subfields == [[b"3 prints of ada are enrolled"], [b"1 not seen"]]


@pytest.mark.parametrize("request_", [None, nist.summary(sent(one(1, 2)))], ids=["unreadable", "readable"])
def test_an_error_is_answered_even_to_what_cannot_be_read(request_: nist.Summary | None) -> None:
    answer = nist.read(error_of(NoUsablePrint("why"), request_, "BUREAU").to_bytes(), strict=True)
    assert answer.first.text(4) == nist.ERROR
    assert answer.records[1].text(74).startswith("no-usable-print: ")
    assert answer.first.text(7) == ("UNKNOWN" if request_ is None else "POST 7")


def test_the_number_of_candidates_is_the_requests() -> None:
    assert expected_in(nist.summary(sent(one(1, 2)))) == 20
    assert expected_in(nist.summary(sent(one(1, 2), expected=7))) == 7
    assert expected_in(nist.summary(sent(one(1, 2), expected=99_999))) == 1000
    assert expected_in(nist.summary(sent(one(1, 2), expected=999_999))) == 20


def test_probes_are_one_a_finger_and_no_more_than_can_be_fused() -> None:
    plain = [Upload(b"p", position=FingerPosition(code), impression=PLAIN) for code in (3, 2, 2)]
    rolled = Upload(b"r", position=FingerPosition(2), impression=ROLLED)
    latents = [Upload(b"l") for _ in range(20)]
    found = probes_of([*plain, rolled, *latents], 10)
    assert [upload.data for upload in found] == [b"r", b"p", *[b"l"] * 8]


def test_mates_that_are_weak_are_not_called_swapped(bureau: Bureau, me: Actor) -> None:
    fingers = synthesise_templates(4, seed=11, first=0)
    rolled = [each.labelled(FingerPosition(2 + at), ROLLED) for at, each in enumerate(fingers)]
    plain = [
        press_again(each, np.random.default_rng(at), strength=2.0).labelled(FingerPosition(2 + at), PLAIN)
        for at, each in enumerate(fingers)
    ]
    assert len(bureau.encounters.enrol("ada", [Upload(each.to_bytes()) for each in (*rolled, *plain)], me)) == 8


def test_a_real_card_enrols_ten_fingers_and_its_plain_prints_find_their_mates(
    real_data: Path, tmp_path: Path, me: Actor
) -> None:
    """Seen: nine of ten; the tenth, a little finger, is half off the paper."""
    data = (real_data / "transactions" / "type-4-tpcard.an2").read_bytes()
    with open_gallery(tmp_path / "gallery") as bureau:
        made = bureau.encounters.enrol("card", [Upload(data)], me)
        assert sorted(each.position.value for each in made if each.impression.is_rolled) == list(range(1, 11))
        assert sorted(each.position.value for each in made if not each.impression.is_rolled) == list(range(1, 11))
        templates = [bureau.encounters.template(each.print_id, me) for each in made]
        rolled = [each for each in templates if each.impression.is_rolled]
        first = 0
        for plain in templates:
            if not plain.impression.is_rolled:
                scores = [bureau._context.pairs.compare(plain, each).score for each in rolled]
                first += rolled[int(np.argmax(scores))].position is plain.position
        assert first >= 9


def cut_off(*pictures: Picture) -> bytes:
    """A transaction that lost its end: the last image is not there."""
    whole = nist.read(sent(*pictures))
    return whole.to_bytes()[: whole.records[-1].offset + 30]


READ = "only 3 of the 4 records that 1.003 names were read"


def test_what_a_cut_off_transaction_lacks_is_said_by_each_of_its_prints(bureau: Bureau, me: Actor) -> None:
    data = cut_off(one(1, 2), one(2, 3))
    (made,) = bureau.encounters.enrol("ada", [Upload(data, "card.an2")], me)
    assert made.warnings[0] == READ
    assert "where it ends cannot be told" in made.warnings[1]
    assert made.left_out == (READ,)
    found = bureau.searches.identify([Upload(data)], me)
    assert found.probes[0].warnings[:2] == made.warnings[:2]
    (outcome,) = bureau.encounters.enrol_batch([Enrolment("bob", Upload(data))], me)
    assert [each.warnings[0] for each in outcome.prints] == [READ]
    assert isinstance(outcome.error, PartlyUsable)
    assert READ in outcome.error.message


def test_what_takes_no_part_by_its_kind_is_told_and_is_no_fault(bureau: Bureau, me: Actor) -> None:
    data = sent(one(1, 2), one(2, 21))
    (made,) = bureau.encounters.enrol("ada", [Upload(data)], me)
    assert made.warnings == ("record 4 (type 14): palms and joints are not compared",)
    assert made.left_out == ()
    (outcome,) = bureau.encounters.enrol_batch([Enrolment("bob", Upload(data))], me)
    assert outcome.error is None


@pytest.mark.parametrize("damaged", [one(1, 2), slap(1, 2, 3, 4)], ids=["a finger", "a slap"])
def test_an_image_that_cannot_be_decoded_does_not_take_the_others_with_it(
    damaged: Picture, bureau: Bureau, me: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = sent(damaged, one(9, 1))
    (bad, _) = nist.images(nist.read(data))
    call = bureau.pool.call

    def refusing(task: Task) -> Made:
        if task.data == bad.data:
            raise SeveralPrints(3) if task.template else UnreadableImage("its pixels are damaged")
        return call(task)

    monkeypatch.setattr(bureau.pool, "call", refusing)
    (made,) = bureau.encounters.enrol("ada", [Upload(data, "card.an2")], me)
    assert made.position is FingerPosition.RIGHT_THUMB
    (fault,) = made.left_out
    assert fault.startswith("card.an2, record 3: ")
    assert "nist make" not in fault
    assert fault in made.warnings
    assert [probe.position.value for probe in bureau.searches.identify([Upload(data, "card.an2")], me).probes] == [1]
    (outcome,) = bureau.encounters.enrol_batch([Enrolment("bob", Upload(data, "card.an2"))], me)
    assert len(outcome.prints) == 1
    assert isinstance(outcome.error, PartlyUsable)
    assert fault in outcome.error.message
    assert fault in outcome.prints[0].warnings


def test_a_transaction_whose_every_image_is_bad_is_refused_beside_others(
    bureau: Bureau, me: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = bureau.pool.call

    def refusing(task: Task) -> Made:
        if not task.transaction:
            raise SeveralPrints(3)
        return call(task)

    monkeypatch.setattr(bureau.pool, "call", refusing)
    marks = Upload(synthesise_templates(1, seed=7)[0].to_bytes(), "a.bmt")
    with pytest.raises(SeveralPrints):
        bureau.encounters.enrol("ada", [Upload(sent(one(1, 2), one(2, 3)), "card.an2"), marks], me)


@pytest.mark.parametrize(
    ("claim", "what"),
    [
        ({"position": FingerPosition.LEFT_THUMB}, "position left thumb was given, and the file says"),
        ({"impression": ROLLED}, "impression live scan rolled was given, and the file says"),
        ({"ppi": 1000.0}, "ppi 1000 was given"),
    ],
)
@pytest.mark.parametrize("kind", ["transaction", "template"])
def test_what_is_given_against_what_the_file_says_is_refused(
    claim: dict[str, Any], what: str, kind: str, bureau: Bureau, me: Actor
) -> None:
    marked = synthesise_templates(1, seed=7)[0].labelled(FingerPosition.RIGHT_INDEX, PLAIN)
    data = sent(one(1, 2, PLAIN)) if kind == "transaction" else marked.to_bytes()
    upload = Upload(data, "a", **claim)
    for attempt in (lambda: bureau.encounters.enrol("ada", [upload], me), lambda: bureau.searches.identify([upload], me)):
        with pytest.raises(ContradictsFile, match=what):
            attempt()
    (outcome,) = bureau.encounters.enrol_batch([Enrolment("ada", upload)], me)
    assert isinstance(outcome.error, ContradictsFile)
    assert len(bureau.encounters.enrol("ada", [Upload(data, "a", FingerPosition.RIGHT_INDEX, PLAIN, ppi=500.0)], me)) == 1


def test_what_the_file_leaves_open_may_be_given(bureau: Bureau, me: Actor) -> None:
    latent = Picture(np.full((8, 8), 5, np.uint8), 0, ImpressionType.LATENT_IMPRESSION, form=ImageFormat.PNG)
    day = date(2026, 3, 1)
    (made,) = bureau.encounters.enrol("ada", [Upload(sent(latent), position=FingerPosition.LEFT_THUMB, captured=day)], me)
    assert made.position is FingerPosition.LEFT_THUMB
    assert bureau.encounters.stored(made.print_id, me).captured == day
    lift = synthesise_templates(1, seed=7)[0].labelled(FingerPosition.UNKNOWN, ImpressionType.LATENT_LIFT).to_bytes()
    (made,) = bureau.encounters.enrol("cleo", [Upload(lift, impression=ImpressionType.LATENT_IMPRESSION)], me)
    assert made.impression is ImpressionType.LATENT_LIFT
    plain = formats.write_iso2005([synthesise_templates(1, seed=7)[0].labelled(FingerPosition.UNKNOWN, PLAIN)])
    (made,) = bureau.encounters.enrol("bob", [Upload(plain, impression=ROLLED)], me)
    assert made.impression is ROLLED
