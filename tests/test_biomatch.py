"""The functions that `import biomatch` offers, on the sample that ships."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import biomatch
from biomatch.gallery.local import LocalGallery
from biomatch.template import Template


@pytest.fixture(scope="module")
def templates(root: Path) -> dict[str, Template]:
    names = ("enrol/P01-left-thumb_1", "probe/P01-left-thumb_4", "enrol/P02-left-thumb_1")
    files = {name: root / "sample_data" / f"{name}.png" for name in names}
    return {name: biomatch.extract(biomatch.decode(file.read_bytes())) for name, file in files.items()}


def test_two_prints_of_one_finger_compare_better_than_two_fingers(templates: dict[str, Template]) -> None:
    reference, mate, stranger = templates.values()
    same, other = biomatch.compare(mate, reference), biomatch.compare(stranger, reference)
    assert same.score > 40 > other.score
    assert same.llr > 0 > other.llr


def test_the_sample_says_its_resolution(templates: dict[str, Template]) -> None:
    assert not any("resolution" in warning for template in templates.values() for warning in template.warnings)


def test_the_gallery_is_the_engine_s() -> None:
    assert biomatch.Gallery is LocalGallery


def test_a_name_that_is_not_offered_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        biomatch.nonsense  # noqa: B018


def test_importing_biomatch_loads_nothing_heavy() -> None:
    code = "import sys, biomatch; print(*sorted(name for name in sys.modules if '.' not in name))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "cv2", "numba", "faiss", "sklearn", "fastapi", "sqlalchemy"} & set(loaded)
