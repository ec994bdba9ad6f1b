"""Messages of a calibration name some of many files."""

import pytest

from biomatch.errors import PrintsEnrolled, TooFewPrints


@pytest.mark.parametrize(("paths", "said"), [("ab", "a, b;"), ("abc", "a, b, c;"), ("abcd", "a, b, c, ...;")])
def test_at_most_three_files_are_named(paths, said):
    error = PrintsEnrolled(list(paths), 1_234)
    assert f"gallery seems to hold: {said}" in error.message
    assert error.message.startswith("1,234 prints")
    assert error.values == {"paths": list(paths), "count": 1_234}


def test_the_first_print_that_could_not_be_read_is_named_if_there_is_one():
    assert TooFewPrints(5, 2, 100, 50).message.endswith("and 50 such fingers")
    assert TooFewPrints(5, 2, 100, 50, "a.png is empty").message.endswith("that could not be read: a.png is empty")
