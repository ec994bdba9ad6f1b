import cv2
import numpy as np
import pytest

from biomatch.bench.engine import extraction
from biomatch.errors import NothingToDo


def test_prints_smaller_than_every_size_are_no_use(tmp_path):
    cv2.imwrite(str(tmp_path / "small.png"), np.full((200, 200), 128, np.uint8))
    (tmp_path / "manifest.csv").write_text("path,set,finger,impression\nsmall.png,made,1,1\n")
    with pytest.raises(NothingToDo, match="256 x 256 px"):
        extraction.measure(tmp_path, 1)


def test_older_results_are_read_in_which_the_classical_extractor_has_no_name():
    old = {"300 x 300 px": 1, "300 x 300 px, learned": 2, "stage: decoded": 3, "learned stage: decoded": 4}
    found = extraction.named(old)
    assert list(found) == [
        "300 x 300 px, classical",
        "300 x 300 px, learned",
        "classical stage: decoded",
        "learned stage: decoded",
    ]
    assert extraction.named(found) == found
    assert extraction.sizes(found) == ["300 x 300 px"]
