"""An error that is told what it is about says it once, and crosses the border between processes whole."""

import pickle

import pytest

from biomatch import errors
from biomatch.errors import BiomatchError, CorruptTemplate


def test_a_file_s_name_goes_before_what_was_wrong():
    error = CorruptTemplate("it is cut off").about("a/print.bmt")
    assert type(error) is CorruptTemplate
    assert error.message == str(error) == "a/print.bmt: the template is damaged: it is cut off; extract it again from its image"
    assert error.values == {"reason": "it is cut off", "path": "a/print.bmt"}


def test_a_name_that_is_told_twice_is_said_once():
    once = CorruptTemplate("it is cut off").about("print.bmt")
    assert once.about("print.bmt") is once
    missing = errors.FileEmpty("print.bmt")
    assert missing.about("print.bmt") is missing


def test_an_error_that_names_the_file_without_its_folder_gets_the_folder():
    whole = errors.FileEmpty("print.bmt").about("a/print.bmt")
    assert whole.message.startswith("a/print.bmt is empty")
    assert whole.values["path"] == "a/print.bmt"


@pytest.mark.parametrize("there", [CorruptTemplate("x").about("y"), BiomatchError("only a message"), errors.TokenMissing()])
def test_an_error_is_rebuilt_from_its_parts(there):
    here = pickle.loads(pickle.dumps(there))
    assert (type(here), here.args, here.message, here.values) == (type(there), there.args, there.message, there.values)


def test_an_error_of_a_part_of_a_file_names_the_file_once():
    part = errors.UnreadableImage("it is empty").about("card.an2, record 3")
    whole = part.about("/letters/card.an2")
    assert whole.message.startswith("/letters/card.an2, record 3: the image could not be read")
    assert whole.values["path"] == "/letters/card.an2, record 3"
    assert part.about("other.an2").message.startswith("other.an2: card.an2, record 3: ")
