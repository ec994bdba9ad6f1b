import csv

import cv2
import numpy as np
import pytest

from biomatch.errors import FolderNotEmpty
from biomatch.imaging import decode
from biomatch.synthesis import sample
from biomatch.synthesis.sample import SampleParams, listing, render


@pytest.fixture(scope="module")
def shipped(root):
    return root / "sample_data"


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("at", [0, 1, 66, -9, -1])
def test_the_shipped_pixels_follow_from_the_seed(shipped, at):
    """One of each sort: two enrolled, a mated probe, a latent, a stranger. Other CPUs may round a grey the other way."""
    one = listing()[at]
    again, there = render(one).astype(int), read(shipped / one.path).astype(int)
    assert (again != there).mean() < 0.001


def test_the_shipped_manifest_is_the_current_one(shipped):
    assert (shipped / "manifest.csv").read_text() == sample.manifest(listing())


def test_every_print_of_the_manifest_is_there_and_no_other(shipped):
    with (shipped / "manifest.csv").open() as file:
        named = {row["path"] for row in csv.DictReader(file)}
    assert named == {str(path.relative_to(shipped)) for path in shipped.rglob("*.png")}


def test_the_sample_is_small(shipped):
    """Seen: 4.3 MB."""
    assert sum(path.stat().st_size for path in shipped.rglob("*.png")) < 5e6


def test_images_say_their_resolution(shipped):
    image = decode((shipped / listing()[0].path).read_bytes())
    assert image.ppi == pytest.approx(500, abs=0.1)
    assert not image.warnings


def test_every_mate_is_enrolled_and_no_stranger_is():
    prints = listing()
    enrolled = {one.person for one in prints if one.role == "enrol"}
    for one in prints:
        if one.role == "probe":
            assert (one.mate in enrolled) == (one.mate != "none")
            assert (one.person in enrolled) == (one.mate != "none")


def test_a_small_sample_of_another_seed_can_be_written(tmp_path):
    params = SampleParams(persons=1, impressions=1, strangers=0, latents=0)
    assert sample.write(tmp_path / "s", seed=7, params=params) == 4
    one = listing(params)[0]
    assert np.array_equal(read(tmp_path / "s" / one.path), render(one, seed=7, params=params))
    assert "CC0" in (tmp_path / "s" / "README.md").read_text()


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(FolderNotEmpty):
        sample.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
