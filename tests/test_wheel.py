"""The wheel, as a stranger gets it: built from a copy of the sources, installed in an environment of its own.

Dependencies are found in this environment through a path file, so that nothing is downloaded.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

SOURCES = ("pyproject.toml", "README.md", "LICENSE", "biomatch", "models", "sample_data")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (root / name).is_dir():
            shutil.copytree(root / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, place / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", cwd=place)
    (built,) = (place / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the new environment's programs."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)}))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    run(place / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=place)
    return place / "bin"


def test_it_holds_every_file_that_the_sources_hold_but_what_training_goes_on_from(wheel: Path) -> None:
    sources = wheel.parent.parent
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    kept = {
        f"{prefix}{file.relative_to(sources)}"
        for folder, prefix in (("biomatch", ""), ("models", "biomatch/"), ("sample_data", "biomatch/"))
        for file in (sources / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.name != "weights.npz"
    }
    assert packed == kept


def test_it_is_the_installed_one_that_runs(environment: Path, tmp_path: Path) -> None:
    where = run(environment / "python", "-c", "import biomatch; print(biomatch.__file__)", cwd=tmp_path)
    assert where.startswith(str(environment.parent))
    assert run(environment / "biomatch", "--version", cwd=tmp_path).startswith("biomatch ")


def test_it_identifies_a_print_of_its_own_sample(environment: Path, tmp_path: Path) -> None:
    where = "from importlib.resources import files; print(files('biomatch.sample_data'))"
    sample = Path(run(environment / "python", "-c", where, cwd=tmp_path).strip())
    program, gallery = environment / "biomatch", tmp_path / "gallery"
    run(program, "enrol", "--gallery", gallery, *sorted((sample / "enrol").glob("P0[1-3]-*_1.png")), cwd=tmp_path)
    found = run(program, "identify", "--gallery", gallery, sample / "probe" / "P01-left-thumb_4.png", "--json", cwd=tmp_path)
    assert json.loads(found)["candidates"][0]["person"] == "P01-left-thumb"
