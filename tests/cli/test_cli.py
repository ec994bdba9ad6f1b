import subprocess
import sys

import pytest

import biomatch as package
from biomatch import cli, errors
from biomatch.cli.console import Exit


def test_the_version_is_the_package_s(biomatch):
    assert biomatch("--version").out.strip() == f"biomatch {package.__version__}"


def test_help_names_every_command(biomatch):
    found = biomatch("--help").out
    for name in ("extract", "quality", "verify", "show", "enrol", "identify", "remove", "info", "compact", "export", "serve",
                 "evaluate", "train", "synth", "demo"):  # fmt: skip
        assert name in found


def test_wrong_usage_is_code_2(biomatch):
    assert biomatch("verify").code == Exit.BAD_INPUT
    assert biomatch("no-such-command").code == Exit.BAD_INPUT


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BadRate(2), 2),
        (errors.PersonNotFound("ann"), 3),
        (errors.NotAGallery("f", "no"), 4),
        (errors.DiskFull("f"), 5),
        (errors.ModelMissing("index", "here"), 6),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error, code):
    assert cli.exit_code(error) == code


def test_an_error_is_one_line_and_no_traceback(tmp_path):
    command = [sys.executable, "-m", "biomatch.cli", "info", "-g", str(tmp_path / "none")]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == Exit.NOT_FOUND
    assert ran.stderr.startswith("error: ")
    assert ran.stderr.count("\n") == 1
    assert "holds no gallery" in ran.stderr


def test_help_loads_nothing_heavy():
    heavy = {"numpy", "cv2", "numba", "faiss", "sqlalchemy", "fastapi"}
    code = f"import sys, biomatch.cli; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
