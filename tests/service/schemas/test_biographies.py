"""What is known of a person, and the filter over it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from biomatch.errors import UnknownField
from biomatch.gallery.filters import Biography, Filter
from biomatch.service.schemas.biographies import FILTERS, MAX_CHOICES, UNFILTERED, BiographicData, FilterIn, PastDay
from biomatch.vocabulary import FingerPosition, Sex

TODAY = datetime.now(UTC).date()


def test_somewhere_it_is_tomorrow_and_nowhere_the_day_after():
    past = TypeAdapter(PastDay)
    assert past.validate_python(TODAY + timedelta(1)) == TODAY + timedelta(1)
    with pytest.raises(ValidationError, match="is in the future"):
        past.validate_python(datetime.now(UTC).date() + timedelta(2))


@pytest.mark.parametrize(
    "said", [{}, {"gender": "F"}, {"dateOfBirth": "1980-02-29"}, {"gender": "X", "dateOfBirth": "1980-02-29"}]
)
def test_what_was_said_of_a_person_is_told_again(said):
    known = BiographicData.model_validate(said).known()
    told = BiographicData.of(known)
    assert (told and told.model_dump(mode="json", by_alias=True, exclude_none=True)) == (said or None)


def test_a_letter_means_a_sex():
    assert [BiographicData(gender=letter).known() for letter in ("M", "F", "X")] == [
        Biography(Sex.of_letter(letter)) for letter in ("M", "F", "X")
    ]
    with pytest.raises(ValidationError):
        BiographicData(gender="f")


def test_what_is_not_kept_of_a_person_belongs_in_your_own_records():
    with pytest.raises(UnknownField, match="gender and dateOfBirth are kept of a person"):
        BiographicData.model_validate({"firstName": "Ada"})


def test_a_filter_of_nothing_lets_everybody_pass():
    assert UNFILTERED.over() == Filter()
    assert UNFILTERED.over("STAFF") == Filter(label="STAFF")


def test_age_and_birth_limit_one_thing_together():
    """Whoever is 40 today was born in the year before this day 40 years ago."""
    aged = FilterIn(age_min=40, age_max=40).over().born
    assert (aged.last - aged.first).days in (364, 365)
    both = FilterIn(age_min=40, date_of_birth_min=date(1950, 1, 1)).over().born
    assert (both.first, both.last) == (date(1950, 1, 1), aged.last)


def test_lists_become_sets_and_an_empty_list_is_no_missing_one():
    found = FilterIn(biometric_sub_type=["RIGHT_INDEX", "RIGHT_INDEX"], gender=["F", "X"]).over()
    assert found.positions == {FingerPosition.RIGHT_INDEX}
    assert found.sexes == {Sex.of_letter("F"), Sex.of_letter("X")}
    assert FilterIn(gender=[]).over().sexes == frozenset()


@pytest.mark.parametrize(
    ("low", "high", "name"),
    [("dateOfBirthMin", "dateOfBirthMax", "dateOfBirth"), ("captureDateMin", "captureDateMax", "captureDate")],
)
def test_a_filter_out_of_order_is_refused_and_one_day_is_not(low, high, name):
    FilterIn.model_validate({low: "2000-01-01", high: "2000-01-01"})
    with pytest.raises(ValidationError, match=f"{name}Min is above {name}Max"):
        FilterIn.model_validate({low: "2000-01-02", high: "2000-01-01"})


def test_no_age_and_no_list_is_without_an_end():
    for wrong in ({"ageMin": -1}, {"ageMax": 151}, {"gender": ["F"] * (MAX_CHOICES + 1)}):
        with pytest.raises(ValidationError):
            FilterIn.model_validate(wrong)
    assert len(FingerPosition) <= MAX_CHOICES


def test_names_of_a_filter_are_those_of_json_and_the_form_s_own():
    aliases = {field.alias for field in FilterIn.model_fields.values()}
    assert aliases | {"filter"} == FILTERS
