import shutil

import numpy as np
import pytest

from biomatch.bench.engine import gather
from biomatch.errors import ModelNotHeldOut, NothingToDo, UnknownName, UnreadableImage
from biomatch.evaluation import origins, peers
from biomatch.extraction import DEFAULT
from biomatch.learned import Models, save, save_file
from biomatch.quality import MODEL
from biomatch.template import Minutiae, Template


@pytest.fixture
def foreign(monkeypatch):
    """Puts a function in the place of a foreign extractor that nobody needs to have installed."""
    monkeypatch.setattr(peers, "need", lambda name: None)
    return lambda made: monkeypatch.setitem(peers.FOREIGN, "mindtct", made)


@pytest.fixture
def data(root, tmp_path):
    """One finger of the sample, two impressions."""
    place = root / "sample_data" / "enrol"
    rows = [f"{place}/P01-right-index_{n}.png,sample,P01,{n},500" for n in (1, 2)]
    (tmp_path / "manifest.csv").write_text("\n".join(["path,set,finger,impression,ppi", *rows]) + "\n")
    return tmp_path


def test_minutiae_of_another_extractor_become_prints_of_its_kind(data, tmp_path, foreign):
    foreign(lambda image, ppi: Template(Minutiae.of([1, 2, 3], [1, 2, 3], [0, 1, 2]), 10, 10))
    found = gather.real([data], tmp_path / "work", kinds=("biomatch", "mindtct"), planted=1, processes=1)
    assert [(one.kind, len(one.template.minutiae) == 3) for one in found.probes] == [
        ("biomatch", False),
        ("mindtct", True),
        ("biomatch", False),
        ("mindtct", True),
    ]
    assert [found.planted[n].kind for n in found.mates(2)] == ["biomatch"]


def test_prints_of_several_manifests_are_one_population(data, tmp_path):
    own, other = data / "manifest.csv", data / "further.csv"
    other.write_text(own.read_text().replace("sample,P01", "further,P02"))
    found = gather.real([data, other], tmp_path / "work", kinds=("classical",), planted=1, processes=1)
    assert [(one.origin, one.finger) for one in found.planted] == [("further", "P02"), ("sample", "P01")]


def test_extractors_of_ours_go_by_name_and_the_default_one_is_ours(data, tmp_path):
    found = gather.real([data], tmp_path / "work", kinds=("biomatch", "classical"), planted=1, processes=1)
    extractors = {one.kind: one.template.extractor.split("/")[0] for one in found.probes}
    assert extractors == {"biomatch": DEFAULT, "classical": "classical"}


def test_an_extractor_that_reads_nothing_is_an_error(data, tmp_path, foreign):
    def broken(image, ppi):
        raise UnreadableImage("no reason")

    foreign(broken)
    with pytest.raises(NothingToDo, match="mindtct reads none of the 2 prints"):
        gather.real([data], tmp_path / "work", kinds=("mindtct",), processes=1)


def test_an_unknown_extractor_is_named():
    with pytest.raises(UnknownName, match="'nothing'"):
        gather.check(["nothing"])


def test_prints_that_were_kept_are_not_taken_for_those_of_another_model_of_quality(root, data, tmp_path):
    """Qualities are no part of an extractor's version, but stated error rates are fitted with them."""
    work, models = tmp_path / "work", tmp_path / "models"
    before = gather.real([data], work, planted=1, processes=1)
    shutil.copytree(root / "models", models)
    save(models, MODEL, Models(models).arrays(MODEL) | {"weight": np.zeros(2), "offset": np.array(0.0)}, {})
    after = gather.real([data], work, planted=1, models=models, processes=1)
    assert {one.template.quality for one in after.probes} == {50}
    assert 50 not in {one.template.quality for one in before.probes}


def test_a_file_that_is_not_there_is_left_out(data, tmp_path):
    with (data / "manifest.csv").open("a") as file:
        file.write("gone.png,sample,P02,1,500\n")
    found = gather.real([data], tmp_path / "work", kinds=("classical",), planted=1, processes=1)
    assert [(one.finger, one.impression) for one in (*found.probes, *found.non_mated)] == [("P01", 1), ("P01", 2)]


def test_fingers_of_one_impression_each_are_searched_for_by_nobody(data, tmp_path, foreign):
    foreign(lambda image, ppi: Template(Minutiae.of([1, 2, 3], [1, 2, 3], [0, 1, 2]), 10, 10))
    lines = (data / "manifest.csv").read_text().splitlines()
    (data / "manifest.csv").write_text("\n".join(lines[:2]) + "\n")
    with pytest.raises(NothingToDo, match="no finger with two impressions in one set"):
        gather.real([data], tmp_path / "work", kinds=("mindtct",), processes=1)
    found = gather.real([data], tmp_path / "work", kinds=("mindtct",), mated=False, processes=1)
    assert [one.finger for one in found.non_mated] == ["P01"]


@pytest.fixture
def held_out(root, tmp_path, monkeypatch):
    """Folds of the set "sample": the models of the package, whose cards here say that they learned from another one."""
    monkeypatch.setattr(origins, "shipped", lambda: Models(tmp_path / "folds" / "sample"))

    def make(sets):
        shipped, own = Models(root / "models"), tmp_path / "folds" / "sample"
        for name in shipped.names():
            data, file = shipped.read(name), shipped.card(name)["file"]
            card = {"data": "prints", **origins.stated(name, data, sets, [(Models(own), one) for one in _there(own)])}
            save_file(own, name, file, data, card)
        return tmp_path / "folds"

    return make


def _there(folder):
    return Models(folder).names() if folder.is_dir() else ()


def test_a_fold_holds_the_sets_that_its_models_never_saw(data, tmp_path, held_out):
    found = gather.folds([data], held_out(["other"]), tmp_path / "work", planted=1, processes=1)
    assert list(found) == ["sample"]
    assert (found["sample"].sets, found["sample"].models) == (["sample"], tmp_path / "folds" / "sample")
    assert [one.impression for one in found["sample"].population.probes] == [1, 2]


def test_sets_without_models_are_left_out_of_the_folds(data, tmp_path, held_out):
    place, manifest = held_out(["other"]), data / "manifest.csv"
    manifest.write_text(manifest.read_text() + manifest.read_text().partition("\n")[2].replace("sample,P01", "further,P02"))
    assert list(gather.folds([data], place, tmp_path / "work", planted=1, processes=1)) == ["sample"]
    with pytest.raises(NothingToDo, match="train all --folds"):
        gather.folds([data], place, tmp_path / "work", only=["further"], planted=1, processes=1)


def test_models_that_saw_the_set_are_no_fold(data, tmp_path, held_out):
    with pytest.raises(ModelNotHeldOut, match="learned from sample"):
        gather.folds([data], held_out(["sample"]), tmp_path / "work", planted=1, processes=1)
