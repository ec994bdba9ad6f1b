import cv2
import numpy as np
import pytest

from biomatch.bench.engine import prints
from biomatch.errors import FileUnreadable
from biomatch.evaluation.protocol import Sample


def test_prints_are_chosen_over_all_and_those_alone_must_be_there(tmp_path):
    samples = [Sample("made", str(n), 1, tmp_path / f"{n}.png") for n in range(6)]
    for one in samples[::2]:
        one.path.write_bytes(b"")
    assert prints.evenly(samples, 3) == samples[::2]
    with pytest.raises(FileUnreadable, match=r"1\.png could not be read: No such file"):
        prints.evenly(samples, 6)


def test_a_picture_that_is_none_is_told_from_one_that_is_not_there(tmp_path):
    cv2.imwrite(str(tmp_path / "one.png"), np.full((30, 20), 7, np.uint8))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    assert prints.grey(tmp_path / "one.png").shape == (30, 20)
    with pytest.raises(FileUnreadable, match="it is no image"):
        prints.grey(tmp_path / "bad.png")
    with pytest.raises(FileUnreadable, match="it is not there"):
        prints.grey(tmp_path / "gone.png")
