"""The uploads of a request are counted, opened where they hold several prints, and named where they are wrong."""

import numpy as np
import pytest

from biomatch.bureau import Upload
from biomatch.bureau.uploads import check_count, is_transaction, opened, or_raise
from biomatch.errors import BadTransaction, NothingGiven, TooManyPrints, UnreadableImage
from biomatch.formats import nist
from biomatch.formats.nist import Envelope, Picture
from biomatch.imaging import ImageFormat
from biomatch.vocabulary import ImpressionType


@pytest.fixture
def transaction():
    pictures = [
        Picture(np.full((8, 8), at, np.uint8), at, ImpressionType.LIVE_SCAN_PLAIN, form=ImageFormat.PNG) for at in (1, 2, 3)
    ]
    return nist.request(nist.ENROL, pictures, Envelope("POST")).to_bytes()


def test_the_prints_of_a_transaction_stand_in_its_stead_and_know_which_it_was(bureau, image, transaction):
    found = opened([image(7), Upload(transaction), image(8)], bureau._context.workshop)
    assert [one.transaction for one in found] == [0, 2, 2, 2, 0]
    assert [one.position.value for one in found[1:4]] == [1, 2, 3]
    assert found[0] == image(7)
    assert is_transaction(Upload(transaction))
    assert not is_transaction(image(7))


def test_of_several_uploads_the_one_that_is_wrong_is_named(bureau, image, transaction):
    cut = Upload(transaction[:40], "cut.eft")
    with pytest.raises(BadTransaction, match=r"^cut\.eft: "):
        opened([image(7), cut], bureau._context.workshop)
    with pytest.raises(BadTransaction, match=r"^(?!cut\.eft)"):
        opened([cut], bureau._context.workshop)


def test_there_is_at_least_one_and_no_more_than_the_limit(image):
    check_count([image(1)] * 3, 3)
    with pytest.raises(TooManyPrints):
        check_count([image(1)] * 4, 3)
    with pytest.raises(NothingGiven):
        check_count([], 3)


def test_the_first_error_is_raised_with_the_name_of_its_upload():
    uploads = [Upload(b"", name) for name in ("a", "b", "c")]
    assert or_raise(uploads, [[1], [], [2, 3]]) == [[1], [], [2, 3]]
    with pytest.raises(UnreadableImage, match=r"^b: "):
        or_raise(uploads, [[1], UnreadableImage("first"), UnreadableImage("second")])
    with pytest.raises(UnreadableImage, match=r"^(?!a: )"):
        or_raise(uploads[:1], [UnreadableImage("alone")])
