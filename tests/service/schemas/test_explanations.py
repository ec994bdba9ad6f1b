"""The sides of an explanation: a print that is handed over, or an enrolled one."""

import pytest
from pydantic import ValidationError

from biomatch.bureau import Enrolled, ExplainedPrint, Upload
from biomatch.service.schemas.explanations import ShownOut, SideIn
from biomatch.vocabulary import FingerPosition


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"encounterId": "first"},
        {"printId": "p", "personId": "q"},
        {"biometricData": {"image": "aaaa"}, "printId": "p"},
        {"biometricData": {"image": "aaaa"}, "personId": "p"},
    ],
    ids=lambda said: "+".join(said) or "nothing",
)
def test_a_side_is_named_in_one_way(said):
    with pytest.raises(ValidationError, match="names one of biometricData, printId, personId"):
        SideIn.model_validate(said)


def test_a_print_that_is_handed_over_has_the_name_of_its_side():
    side = SideIn.model_validate({"biometricData": {"image": "aaaa", "resolution": 500}}).side("second")
    assert isinstance(side, Upload)
    assert (side.name, side.ppi) == ("second", 500)


def test_an_enrolled_print_is_named_by_what_is_known_of_it():
    said = {"personId": "ada", "encounterId": "first", "biometricSubType": "LEFT_THUMB"}
    assert SideIn.model_validate(said).side("first") == Enrolled(None, "ada", "first", FingerPosition.LEFT_THUMB)
    assert SideIn.model_validate({"printId": "p1"}).side("first") == Enrolled("p1", None, None, FingerPosition.UNKNOWN)


def test_a_print_that_came_with_the_request_has_no_ids(template, stored):
    sent = ShownOut.of(ExplainedPrint(template)).model_dump(by_alias=True, exclude_none=True)
    assert sent.keys() & {"personId", "encounterId", "printId"} == set()
    assert (sent["width"], sent["height"], sent["quality"], len(sent["minutiae"])) == (300, 360, 70, 3)
    kept = ShownOut.of(ExplainedPrint(template, stored()))
    assert (kept.person_id, kept.encounter_id, kept.print_id) == ("ada", "first", "p1")
