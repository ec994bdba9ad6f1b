"""Encounters, as they come in and are told."""

import pytest
from pydantic import TypeAdapter, ValidationError

from biomatch.bureau import MAX_NAME, MAX_PRINTS, EnrolledPrint
from biomatch.gallery.filters import Biography
from biomatch.service.schemas.encounters import EncounterIn, EncounterOut, Labels, ReceiptOut
from biomatch.vocabulary import FingerPosition, ImpressionType, Sex


def test_an_encounter_says_nothing_of_its_status_unless_it_is_said():
    plain = EncounterIn.model_validate({"biometricData": []})
    assert (plain.status, plain.galleries, plain.biographic_data.known()) == (None, [], Biography())
    with pytest.raises(ValidationError):
        EncounterIn.model_validate({"biometricData": [], "status": "active"})


def test_an_encounter_that_one_print_of_can_be_found_is_active(stored):
    kept, hidden = stored(labels=frozenset({"B"})), stored(print_id="p2", active=False, labels=frozenset({"A", "B"}))
    assert EncounterOut.of("first", (hidden, kept)).status == "ACTIVE"
    assert EncounterOut.of("first", (hidden,)).status == "INACTIVE"
    told = EncounterOut.of("first", (kept, hidden))
    assert (told.galleries, [one.print_id for one in told.biometric_data]) == (["A", "B"], ["p1", "p2"])
    assert told.biographic_data is None


def test_what_is_known_of_the_person_is_told_with_the_encounter(stored):
    told = EncounterOut.of("first", (stored(biography=Biography(Sex.of_letter("F"))),))
    assert told.biographic_data.gender == "F"


def test_a_receipt_names_the_person_once_and_every_print():
    kept = [
        EnrolledPrint("ada", "first", name, FingerPosition.RIGHT_INDEX, ImpressionType.UNKNOWN, None, 30, ("cut off",))
        for name in ("p1", "p2")
    ]
    told = ReceiptOut.of(kept, None).model_dump(by_alias=True, exclude_none=True)
    assert (told["personId"], told["encounterId"]) == ("ada", "first")
    assert [one["printId"] for one in told["biometricData"]] == ["p1", "p2"]
    assert told["biometricData"][0]["warnings"] == ["cut off"]
    assert told.keys() & {"identified", "transactionId"} == set()


@pytest.mark.parametrize("labels", [["x"] * (MAX_PRINTS + 1), ["x" * (MAX_NAME + 1)]], ids=["many", "long"])
def test_galleries_of_one_encounter_have_an_end(labels):
    with pytest.raises(ValidationError):
        TypeAdapter(Labels).validate_python(labels)
