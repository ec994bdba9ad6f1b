import shutil

import pytest

from biomatch.bench.engine import accuracy
from biomatch.bench.engine.accuracy import Accuracy
from biomatch.errors import ModelNotHeldOut, NothingToDo, UnknownName
from biomatch.formats import write_iso2005
from biomatch.learned import shipped
from biomatch.synthesis import synthesise_templates
from tests.evaluation.test_origins import train


@pytest.fixture
def data(tmp_path):
    """Real prints that are not there, of both sensors, and five templates of another vendor."""
    rows = [f"{name}.png,{name},1,1" for name in (*accuracy.SENSORS, "fvc2000_db1")]
    (tmp_path / "manifest.csv").write_text("\n".join(["path,set,finger,impression", *rows]) + "\n")
    (tmp_path / "templates").mkdir()
    names = ["a002_01p", *(name for pair in accuracy.MATES for name in pair)]
    for name, template in zip(names, synthesise_templates(5, 3), strict=True):
        (tmp_path / "templates" / f"{name}.ist").write_bytes(write_iso2005([template]))
    return tmp_path


def test_a_result_of_held_out_models_names_them_by_hash_and_what_they_never_saw(data, monkeypatch):
    held_out = data / "held-out"
    models = {group: train(held_out / group, "index", ["tdf"], value=n)[0] for n, group in enumerate(("cmu", "g12"))}
    monkeypatch.setattr(Accuracy, "_ours", lambda self: {"pooled": {}})
    facts = Accuracy(data, held_out=held_out).measure("ours").facts
    own = {f"{group}/index": one.sha256("index") for group, one in models.items()}
    assert len(own["cmu/index"]) == 64
    assert facts["models"] == {**own, "package/fingers": shipped().sha256("fingers")}
    assert facts["settings"]["held_out"] == {"cmu": ["crossmatch", "uareu"], "g12": ["fvc2000_db1"]}


def test_a_result_of_the_models_that_ship_names_these_and_one_of_another_engine_none(data, monkeypatch):
    monkeypatch.setattr(Accuracy, "_ours", lambda self: {"pooled": {}})
    monkeypatch.setattr(Accuracy, "_nbis", lambda self: {"pooled": {}})
    bench = Accuracy(data)
    assert bench.measure("ours").facts["models"] == {name: shipped().sha256(name) for name in shipped().names()}
    assert bench.measure("nbis").facts["models"] == {}


def test_parts_whose_prints_are_not_in_the_data_are_refused_before_the_work(data):
    accuracy.check(["ours", "sensors", "vendor"], data)
    with pytest.raises(UnknownName, match="'speed' is no part"):
        accuracy.check(["speed"], data / "nosuch")
    with pytest.raises(NothingToDo, match=r"part 'sensors' needs uareu, which .* has not, or --only leaves out"):
        accuracy.check(["sensors"], data, ["crossmatch"])
    with pytest.raises(NothingToDo, match="part 'harder' needs fvc2000_db2, fvc2000_db3, fvc2000_db4, which"):
        accuracy.check(["ours", "harder"], data)
    (data / "templates" / "b001_06p.ist").unlink()
    with pytest.raises(NothingToDo, match=r"part 'vendor' needs .*b001_06p\.ist.* name other parts with --part"):
        accuracy.check(["vendor"], data)


def test_first_impressions_that_cannot_be_read_are_no_strangers_of_a_vendors_templates(data):
    run = Accuracy(data, processes=1).measure("vendor")
    assert run.facts["settings"]["sets"] == "all"
    assert run.figures["strangers"] == 3
    assert set(run.figures["minutiae"]) >= {"a001_04p", "a002_01p"}


def test_held_out_models_that_saw_what_they_are_to_score_are_refused_before_the_work(data, root):
    shutil.copytree(root / "models", data / "held-out" / "cmu")
    with pytest.raises(ModelNotHeldOut, match="held out from set 'crossmatch'"):
        accuracy.check(["sensors"], data, held_out=data / "held-out")
    accuracy.check(["vendor"], data, held_out=data / "held-out")  # nothing is held out there
    shutil.rmtree(data / "held-out")
    train(data / "held-out" / "cmu", "index", ["tdf"])
    accuracy.check(["sensors"], data, held_out=data / "held-out")
    with pytest.raises(NothingToDo, match="without set 'fvc2000_db1'"):
        accuracy.check(["ours"], data, held_out=data / "held-out")


def test_a_vendors_templates_are_no_result_of_held_out_models(data):
    """Neither are those of MINDTCT and Bozorth3."""
    (data / "held-out" / "cmu").mkdir(parents=True)
    run = Accuracy(data, held_out=data / "held-out", processes=1).measure("vendor")
    assert (run.name, run.facts["settings"]["held_out"]) == ("accuracy_vendor", None)
    assert accuracy.name("nbis", data) == "accuracy_nbis"
    assert accuracy.name("ours", data) == "accuracy_ours_held_out"


def test_what_nobody_could_measure_is_a_dash():
    nothing = dict.fromkeys(("eer", "fmr100", "fmr1000", "zerofmr")) | {"genuine": 0, "impostor": 3}
    assert accuracy.line({"pooled": nothing}).startswith("eer - %")
