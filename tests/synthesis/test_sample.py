import csv
import errno
import json

import cv2
import numpy as np
import pytest

from biomatch.errors import DiskFull, FolderNotEmpty, OtherSynthesis
from biomatch.formats import nist, read_template
from biomatch.imaging import decode
from biomatch.synthesis import files, sample, versions
from biomatch.synthesis.sample_listing import SAMPLE, SampleParams, by_finger, drawn_as_minutiae, listing

PROBES = {one.path: one for one in listing() if one.role == "probe"}
IMAGES = [one for one in listing() if one.path.endswith(".png") and one.role != "card" and one.person != "P01"]


@pytest.fixture(scope="module")
def shipped(root):
    return root / "sample_data"


@pytest.fixture(scope="module")
def rows(shipped):
    with (shipped / "manifest.csv").open() as file:
        return list(csv.DictReader(file))


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("kind", ["plain", "wet", "latent", "stranger"])
def test_the_shipped_pixels_follow_from_the_seed(shipped, kind):
    """One of each sort. Other CPUs may round a grey the other way."""
    one = next(one for one in IMAGES if one.kind == kind)
    again, there = sample.render(one).astype(int), read(shipped / one.path).astype(int)
    assert (again != there).mean() < 0.001


def test_a_shipped_template_follows_from_the_seed(shipped):
    one = next(one for one in listing() if drawn_as_minutiae(one))
    (made,) = sample.make(None, sample.SEED, SAMPLE, (one,))
    assert made.data == (shipped / one.path).read_bytes()


def test_the_shipped_sample_is_of_the_current_generator(rows):
    for one, row in zip(listing(), rows, strict=True):
        assert row["generator"] == (versions.of_templates() if drawn_as_minutiae(one) else versions.IMAGES)
    assert {row["seed"] for row in rows} == {str(sample.SEED)}


def test_every_file_of_the_manifest_is_there_and_no_other(shipped, rows):
    named = [row["path"] for row in rows]
    assert named == [one.path for one in listing()]
    there = {str(path.relative_to(shipped)) for path in shipped.rglob("*") if path.suffix in (".png", ".jpg", ".ist")}
    assert set(named) == there


def test_the_card_is_there_as_a_transaction(shipped):
    found = nist.read((shipped / sample.TRANSACTION).read_bytes(), strict=True)
    assert [image.positions[0] for image in nist.images(found)] == [*range(1, 11), 11, 12, 13, 14]
    assert all(image.is_comparable for image in nist.images(found))
    boxes = [one for one in listing() if one.kind in ("rolled", "inked", "slap")]
    for image, one in zip(nist.images(found), boxes, strict=True):
        assert (image.width, image.height) == read(shipped / one.path).shape[::-1]


def test_the_sample_is_small(shipped):
    """Seen: 9 MB."""
    assert sum(path.stat().st_size for path in shipped.rglob("*") if path.is_file()) < 15e6


def test_two_hundred_persons_are_enrolled_with_two_fingers_each(rows):
    fingers = {}
    for row in rows:
        if row["role"] == "enrol":
            fingers.setdefault(row["person"], set()).add(row["position"])
    assert len(fingers) == 200
    assert all(len(of_one) == 2 for of_one in fingers.values())


def test_images_say_their_resolution(shipped):
    image = decode((shipped / listing()[0].path).read_bytes())
    assert image.ppi == pytest.approx(500, abs=0.1)
    assert not image.warnings


def test_the_truth_of_every_image_is_there(shipped, rows):
    truth = json.loads((shipped / "truth.json").read_text())
    images = [row for row in rows if not row["path"].endswith(".ist")]
    assert set(truth) == {row["path"] for row in images}
    for row in images:
        counts = [str(len(one["minutiae"])) for one in truth[row["path"]]]
        assert ";".join(counts) == row["minutiae"]


def test_latents_come_with_their_minutiae_marked(shipped):
    """What is marked is what truly is there, on the record's grid of whole px."""
    truth = json.loads((shipped / "truth.json").read_text())
    marked = [one for one in listing() if one.kind == "marked latent"]
    assert len(marked) == 4
    for one in marked:
        record = read_template((shipped / one.path).read_bytes())
        (print_,) = truth[one.path.replace(".ist", ".png")]
        places = np.array([m[:2] for m in print_["minutiae"]]).reshape(-1, 2)
        assert len(record.minutiae) == len(places)
        assert np.abs(np.stack([record.minutiae.x, record.minutiae.y], 1) - places).max(initial=0) <= 0.51


def test_the_card_shows_ten_rolled_two_plain_and_two_slaps(rows):
    kinds = [row["kind"] for row in rows if row["path"].startswith("card/")]
    assert {kind: kinds.count(kind) for kind in kinds} == {"card": 1, "rolled": 10, "inked": 2, "slap": 2}


def test_every_mate_is_enrolled_and_no_stranger_is():
    enrolled = {one.person for one in listing() if one.role == "enrol"}
    for one in PROBES.values():
        assert (one.mate in enrolled) == (one.mate != "none")
        assert (one.person in enrolled) == (one.mate != "none")


def test_what_is_made_together_is_of_one_finger_or_of_the_card_or_never_grew_ridges():
    for group in by_finger(listing()):
        together = all(one.path.startswith("card/") for one in group) or all(drawn_as_minutiae(one) for one in group)
        assert together or len({(one.person, one.position) for one in group}) == 1


SMALL = SampleParams(persons=1, impressions=1, templates_only=1, template_probes=0, strangers=0, latents=0, card=False)


class Counted:
    """Counts the pieces that there are to make; raises KeyboardInterrupt when so many are made."""

    def __init__(self, stop_after=1_000):
        self.total, self._left = 0, stop_after

    def start(self, what, total):
        self.total = total

    def advance(self, steps=1):
        self._left -= steps
        if self._left <= 0:
            raise KeyboardInterrupt

    def done(self):
        pass


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small sample of another seed, written in one go."""
    place = tmp_path_factory.mktemp("small") / "s"
    assert sample.write(place, seed=7, params=SMALL) == 6
    return place


def test_a_small_sample_of_another_seed_can_be_written(small):
    one = listing(SMALL)[0]
    assert np.array_equal(read(small / one.path), sample.render(one, seed=7, params=SMALL))
    about = (small / "README.md").read_text()
    assert "CC0" in about
    assert "fitted to figures of prints of persons" in " ".join(about.split())
    assert len(read_template((small / "enrol" / "P02-right-index_1.ist").read_bytes()).minutiae) > 8
    assert not (small / sample.UNFINISHED).exists()


def test_a_stopped_sample_is_gone_on_with(small, tmp_path):
    place, whole, rest = tmp_path / "s", Counted(2), Counted()
    with pytest.raises(KeyboardInterrupt):
        sample.write(place, seed=7, params=SMALL, progress=whole)
    assert [path.name for path in place.iterdir()] == [sample.UNFINISHED]
    sample.write(place, seed=7, params=SMALL, progress=rest)
    assert 0 < rest.total < whole.total
    assert contents(place) == contents(small)


def test_a_stopped_sample_of_another_seed_is_in_the_way(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        sample.write(tmp_path, seed=7, params=SMALL, progress=Counted(1))
    with pytest.raises(OtherSynthesis, match="seed 7 and not 8"):
        sample.write(tmp_path, seed=8, params=SMALL)


def test_a_stopped_sample_of_another_model_of_templates_is_in_the_way(tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        sample.write(tmp_path, seed=7, params=SMALL, progress=Counted(1))
    monkeypatch.setattr(versions, "of_templates", lambda: "synthetic/6")
    with pytest.raises(OtherSynthesis, match=r"templates .* and not .*synthetic/6"):
        sample.write(tmp_path, seed=7, params=SMALL)


@pytest.mark.parametrize("room", [0, 3, 15, 20])
def test_a_disk_that_fills_up_costs_no_file_that_was_whole(small, tmp_path, monkeypatch, room):
    """In the recipe, in the files in waiting, in their way to their places, in the manifest."""
    place, replace, done = tmp_path / "s", files.os.replace, []

    def full(source, target):
        if len(done) == room:
            raise OSError(errno.ENOSPC, "No space left on device")
        done.append(target)
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(DiskFull):
        sample.write(place, seed=7, params=SMALL)
    monkeypatch.undo()
    there = contents(place)
    assert not [name for name in there if name.endswith(".part")]
    assert {name: data for name, data in there.items() if name in contents(small)}.items() <= contents(small).items()
    sample.write(place, seed=7, params=SMALL)
    assert contents(place) == contents(small)


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(FolderNotEmpty):
        sample.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
