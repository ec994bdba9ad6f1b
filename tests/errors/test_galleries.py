"""What was handed over empty is named, and what is named is not repeated at any length."""

from biomatch.errors import BadName, NothingGiven


def test_an_empty_file_is_named():
    assert NothingGiven("print").message == "no print was given; hand over at least one"
    assert NothingGiven("print").values == {"what": "print"}
    empty = NothingGiven("print", "a.png")
    assert "no print was given: 'a.png' is empty;" in empty.message
    assert empty.values == {"what": "print", "path": "a.png"}


def test_a_long_name_is_shown_in_part():
    error = BadName("person", "x" * 10_000)
    assert len(error.message) < 250
    assert error.values["name"] == "x" * 80
