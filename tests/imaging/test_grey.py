from __future__ import annotations

import numpy as np
import pytest

from biomatch.imaging import GreyImage


def test_an_array_becomes_an_image_at_500_ppi() -> None:
    image = GreyImage.of(np.zeros((3, 5), np.uint8))
    assert (image.width, image.height, image.source_width, image.source_height, image.ppi) == (5, 3, 5, 3, 500)


@pytest.mark.parametrize("array", [np.zeros((3, 5)), np.zeros((3, 5, 3), np.uint8)])
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        GreyImage.of(array)
