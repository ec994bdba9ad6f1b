"""Scores and correspondences, as answers hold them."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from biomatch.service.schemas.comparisons import EvidenceOut, PairOut, VerifyOut, rounded
from biomatch.store import Shown


@pytest.mark.parametrize(("value", "told"), [(51.2349, 51.23), (np.float64(40.006), 40.01), (-0.001, 0.0), (7, 7.0)])
def test_a_score_is_told_to_a_hundredth(value, told):
    assert rounded(value) == told
    assert type(rounded(value)) is float


def test_evidence_tells_where_its_print_lies_and_whether_it_can_be_shown(evidence, stored):
    print_ = stored(labels=frozenset({"b", "a"}))
    told = EvidenceOut.of(evidence, {"p1": print_}, True).model_dump(by_alias=True)
    assert (told["galleries"], told["hasImage"], told["subtype"]) == (["a", "b"], True, "RIGHT_INDEX")
    assert (told["score"], told["llr"], told["motion"]) == (51.23, 4.57, (1.5, -2.0, 0.25))
    assert told["correspondences"] == [
        {"probe": 4, "reference": 7, "weight": 0.9877},
        {"probe": 2, "reference": 1, "weight": 0.5},
    ]
    assert EvidenceOut.of(evidence, {"p1": Shown(frozenset(), False)}, False).has_image is False


def test_evidence_of_a_print_that_went_meanwhile_names_no_gallery(evidence):
    told = EvidenceOut.of(evidence, {}, False)
    assert (told.galleries, told.has_image, told.correspondences) == ([], False, None)


def test_a_decision_is_told_with_the_threshold_that_made_it(evidence):
    told = VerifyOut.of(evidence, True, 55.5, "t", correspondences=[PairOut.of(1, 2, 0.12345)])
    assert (told.verify_status, told.verify_score, told.threshold, told.transaction_id) == (True, 51.23, 55.5, "t")
    assert (told.correspondences[0].weight, told.scores) == (0.1235, None)


def test_no_answer_holds_what_json_has_no_word_for():
    with pytest.raises(ValidationError):
        PairOut.of(1, 2, math.nan)
