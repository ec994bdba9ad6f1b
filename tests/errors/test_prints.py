"""Errors of prints whose words are made from what was found."""

import pytest

from biomatch.errors import BadTransaction, PartlyUsable, PrintTooLarge, XmlNotRead


def test_bytes_that_are_no_transaction_have_their_own_words():
    error = BadTransaction.where_none_begins()
    assert type(error) is BadTransaction
    assert "does not begin with a type-1 record" in error.message
    assert error.values == {"record": 1, "type": None, "field": None, "offset": 0}


def test_xml_that_is_no_transaction_is_called_what_it_is():
    error = XmlNotRead.of_cbeff()
    assert error.code == XmlNotRead().code
    assert "CBEFF" in error.message
    assert "CBEFF" not in XmlNotRead().message


@pytest.mark.parametrize(("count", "said"), [(0, "0 prints were"), (1, "1 print was"), (2, "2 prints were")])
def test_prints_that_were_taken_are_counted_in_words(count, said):
    error = PartlyUsable(count, ["record 3 is cut off", "record 5 is empty"])
    assert error.message.startswith(f"{said} taken of the transaction")
    assert "record 3 is cut off; record 5 is empty" in error.message
    assert error.values["left_out"] == ["record 3 is cut off", "record 5 is empty"]


def test_a_size_is_told_in_inches_of_its_resolution():
    assert "are 8.0 x 5.0 inches, at most 4.0" in PrintTooLarge(8000, 5000, 1000, 4.0).message
