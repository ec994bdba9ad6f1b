"""A biography comes back from its columns as it went in, and nothing stands where nobody said."""

from datetime import date
from types import SimpleNamespace

import pytest

from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.store.rows import biography
from biomatch.vocabulary import Sex


@pytest.mark.parametrize("sex", Sex)
@pytest.mark.parametrize("born", [None, date(1, 1, 1), date(1990, 2, 28)])
@pytest.mark.parametrize("captured", [None, date(2026, 12, 2)])
def test_it_comes_back(sex, born, captured):
    row = SimpleNamespace(**biography.columns(Biography(sex, born), captured))
    assert biography.of_row(row) == Biography(sex, born)
    assert biography.captured(row) == captured


def test_what_nobody_said_has_no_value():
    assert biography.columns(NOT_KNOWN, None) == {"sex": None, "born": None, "captured": None}
