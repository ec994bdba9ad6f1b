"""What else must hold: style, types and layers. So that `python -m pytest` is the one command that runs all checks."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


def run(root: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command[1:])}:\n{done.stdout}{done.stderr}", pytrace=False)


def test_the_style_is_kept(root: Path) -> None:
    run(root, sys.executable, "-m", "ruff", "check", ".")


def test_the_types_agree(root: Path) -> None:
    run(root, sys.executable, "-m", "mypy")


def test_imports_go_downward_only(root: Path) -> None:
    run(root, sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


def test_every_package_is_in_the_wheel(root: Path) -> None:
    named = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {".".join(file.parent.relative_to(root).parts) for file in (root / "biomatch").rglob("__init__.py")}
    assert folders | {"biomatch.models", "biomatch.sample_data"} == set(named)


def test_no_module_is_too_long_to_read(root: Path) -> None:
    modules = [*(root / "biomatch").rglob("*.py"), *(root / "benchmarks").rglob("*.py")]
    long = {str(file.relative_to(root)): lines for file in modules if (lines := file.read_text().count("\n")) > 500}
    assert not long
