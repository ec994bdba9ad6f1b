import shutil
from importlib import resources
from pathlib import Path

import biomatch as package
from biomatch.cli.console import Exit


def test_it_says_versions_models_and_what_holds_the_workers(biomatch):
    found = biomatch("doctor", "--json").json
    assert found["versions"]["biomatch"] == package.__version__
    assert {"calibration", "index"} <= set(found["models"])
    assert found["workers"] == {"limits": True, "privileges": False, "landlock": False, "seccomp": False}


def test_it_says_so_in_words(biomatch):
    text = biomatch("doctor").out
    assert "limits" in text
    assert text.count("not on this system") == 3


def test_a_damaged_model_is_found(biomatch, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(Path(str(resources.files("biomatch.models"))), models)
    (file,) = (models / "projection").glob("*.npz")
    file.write_bytes(b"x" + file.read_bytes()[1:])
    assert biomatch("doctor", "--models", models).code == Exit.BAD_INSTALLATION


def test_it_says_how_a_folder_is_kept(biomatch, tmp_path, monkeypatch):
    folder = tmp_path / "bureau"
    biomatch("init", "--gallery", folder)
    found = biomatch("doctor", "--gallery", folder, "--json")
    assert (found.code, {n for n, one in found.json["gallery"].items() if not one["well"]}) == (Exit.NO, {"master key"})
    biomatch("key", "rotate", "--gallery", folder, "--to", tmp_path / "safe")
    monkeypatch.setenv("BIOMATCH_MASTER_KEY_FILE", str(tmp_path / "safe"))
    found = biomatch("doctor", "--gallery", folder, "--json")
    assert (found.code, {name for name, one in found.json["gallery"].items() if not one["well"]}) == (Exit.OK, set())
    folder.chmod(0o755)
    told = biomatch("doctor", "--gallery", folder)
    assert (told.code, "chmod -R go=" in told.out) == (Exit.NO, True)
