"""Names, base64 and words for fingers, as every schema takes them."""

import base64
import re

import pytest
from pydantic import TypeAdapter, ValidationError

from biomatch.errors import UnknownField
from biomatch.service.schemas.fields import PIECE, Base64, Impression, In, Position
from biomatch.vocabulary import FingerPosition


@pytest.mark.parametrize("field", ["biometricSubType", "impressionType"])
def test_a_wrong_name_in_json_lists_names_and_not_their_numbers(api, field):
    body = {"biometricData": [{field: "RIGHT_PINKY"}]}
    told = api.post("/v1/quality", json=body).json()["detail"]
    assert "'RIGHT_PINKY' is none of" in told
    assert {"biometricSubType": "RIGHT_LITTLE", "impressionType": "LIVE_SCAN_PLAIN"}[field] in told
    assert not re.search(r"\b\d+, \d+", told)


def whole(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE, 3 * PIECE // 4 - 1, 3 * PIECE // 4, 3 * PIECE // 4 + 1, 2 * PIECE])
def test_base64_is_the_same_bytes_in_however_many_pieces_it_is_read(size):
    data = bytes(n % 251 for n in range(size))
    assert TypeAdapter(Base64).validate_python(whole(data)) == data
    assert TypeAdapter(Base64).dump_python(data, mode="json") == whole(data)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "aaa",
        "a===",
        "aa=a",
        "aaaa aaaa",
        "aaaa\n",
        "aa-_",
        "é" * 4,
        whole(bytes(3 * PIECE // 4 - 1)) + "aaaa",
        "aa==" + "aaaa",
    ],
    ids=[
        "one",
        "three",
        "equals",
        "in the middle",
        "blank",
        "line",
        "other alphabet",
        "accents",
        "ends in a piece",
        "ends early",
    ],
)
def test_what_is_no_base64_is_refused_and_nothing_of_it_is_read(text):
    with pytest.raises(ValidationError, match="is not base64"):
        TypeAdapter(Base64).validate_python(text)


def test_a_position_is_its_name_or_its_number_and_no_truth():
    position = TypeAdapter(Position)
    assert position.validate_python("RIGHT_INDEX") is position.validate_python(2) is FingerPosition.RIGHT_INDEX
    for wrong in ("right_index", "2", True, 2.0, 99, None, ["RIGHT_INDEX"]):
        with pytest.raises(ValidationError, match="is none of UNKNOWN, RIGHT_THUMB"):
            position.validate_python(wrong)
    assert position.dump_python(FingerPosition.LEFT_THUMB) == "LEFT_THUMB"


def test_a_word_that_is_none_comes_back_cut_short():
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Impression).validate_python("x" * 10_000)
    assert "x" * 41 not in refused.value.errors()[0]["msg"]


class Thing(In):
    print_id: str = ""
    size: float = 0


def test_a_name_is_taken_as_osia_writes_it_and_as_we_do():
    assert Thing.model_validate({"printId": "p"}) == Thing(print_id="p")
    with pytest.raises(UnknownField, match="did you mean 'printId'"):
        Thing.model_validate({"printID": "p"})
    with pytest.raises(ValidationError):
        Thing.model_validate(["printId"])


def test_a_number_is_one_that_json_has():
    for number in ("NaN", "Infinity", "-Infinity", "1e999"):
        with pytest.raises(ValidationError):
            Thing.model_validate_json(f'{{"size": {number}}}')
