"""The quality of each upload is told by itself."""

from biomatch.bureau import Upload
from biomatch.errors import (
    UnreadableImage,
)


def test_quality_is_told_for_each_upload_by_itself(bureau, me, image, record):
    good, bad, foreign = bureau.searches.examine([image(1), Upload(b"nothing"), record(2)], me, picture=True)
    assert (good[0].score, good[0].picture) == (70, image(1).data)
    assert isinstance(bad, UnreadableImage)
    assert foreign[0].picture == b""
