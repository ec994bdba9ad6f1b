"""Our engine as an evaluation opens it: its models, how it reads a file, and prints made harder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biomatch.errors import ModelNotHeldOut, NothingToDo
from biomatch.evaluation import engine
from biomatch.evaluation.engine import OurSetup, group_of, kin_of
from biomatch.evaluation.protocol import Sample
from biomatch.learned import ARRAYS, Models, shipped
from biomatch.template import Template
from tests.evaluation.test_origins import train


def test_a_set_that_no_models_were_held_out_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="without set 'crossmatch'"):
        OurSetup(held_out=tmp_path).key("crossmatch")
    train(tmp_path / "cmu", "index", [])
    assert OurSetup(held_out=tmp_path).key("uareu") == "cmu"


def test_models_that_ship_are_refused_whatever_their_folder_is_called(tmp_path: Path, root: Path) -> None:
    shutil.copytree(root / "models", tmp_path / "cmu")
    with pytest.raises(ModelNotHeldOut, match="from set 'uareu'"):
        OurSetup(held_out=tmp_path).key("uareu")


def test_sets_that_share_fingers_or_the_sensor_are_left_out_together() -> None:
    assert {group_of(name) for name in ("crossmatch", "uareu", "casia")} == {"cmu"}
    assert (group_of("tdf"), kin_of("tdf")) == ("tdf", ("tdf",))
    assert kin_of("fvc2000_db2") == ("fvc2000_db1", "fvc2000_db2", "fvc2000_db2_a")


def test_the_models_that_sets_are_scored_with_are_those_of_their_groups(tmp_path: Path, root: Path) -> None:
    for value, group in enumerate(("cmu", "tdf")):
        train(tmp_path / group, "index", [], value=value)
    used = OurSetup(held_out=tmp_path).used(["uareu", "tdf", "casia"])
    assert isinstance(used, dict)
    assert {key: one.read("index") for key, one in used.items()} == {
        group: (tmp_path / group / "index" / ARRAYS).read_bytes() for group in ("cmu", "tdf")
    }
    elsewhere = OurSetup(models=tmp_path / "tdf").used(["uareu"])
    assert isinstance(elsewhere, Models)
    assert elsewhere.read("index") == used["tdf"].read("index")
    assert OurSetup().used([]) is shipped()


@pytest.fixture
def sample(done, folder: Path) -> Sample:
    return Sample("set", "00", 1, folder / "00_1.bmt", None)


def test_a_template_is_read_as_it_is_and_an_image_is_extracted(sample: Sample, sample_print, folder: Path) -> None:
    ours = OurSetup().open("")
    data = sample.path.read_bytes()
    assert ours.template(data, sample) == Template.from_bytes(data)
    found = ours.template(sample_print("P01-right-index_1"), sample)
    assert len(found.minutiae) > 20
    assert found.ridges
    bare = OurSetup(ridges=False).open("").template(sample_print("P01-right-index_1"), sample)
    assert bare == replace(found, ridges=b"")


def test_a_probe_is_compared_with_none_and_with_several(sample: Sample, done) -> None:
    ours = OurSetup().open("")
    assert ours.compare(done.prints.ready[0, ""], []).shape == (0, 2)
    own, *others = (done.prints.ready[at, ""] for at in (0, 5, 8))
    found = ours.compare(own, [own, *others])
    assert found.shape == (3, 2)
    assert found[0, 0] > found[1:, 0].max()
    assert found[0, 1] > 0 > found[1:, 1].max()


def test_a_print_is_made_harder_in_the_same_way_every_time_and_each_in_its_own() -> None:
    ridges = np.broadcast_to(np.uint8(128 + 100 * np.sin(np.arange(200) * 2 * np.pi / 9)), (150, 200)).copy()
    one, other = Sample("set", "00", 1, Path("a"), None), Sample("set", "00", 2, Path("a"), None)
    made = engine.hardened(ridges, one, 1.0)
    assert (made.shape, made.dtype) == (ridges.shape, np.uint8)
    assert not np.array_equal(made, ridges)
    np.testing.assert_array_equal(made, engine.hardened(ridges, one, 1.0))
    assert not np.array_equal(made, engine.hardened(ridges, other, 1.0))
