"""Each module biomatch/X/NAME.py has its test in tests/X/test_NAME.py, or mirrors.toml gives the reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def listed(root: Path) -> dict[str, dict[str, str]]:
    return tomllib.loads((root / "tests" / "mirrors.toml").read_text())


def modules(root: Path) -> set[str]:
    """All but the rooms' own and the migrations, which tests/store/test_database.py runs one after another."""
    files = (file.relative_to(root) for file in (root / "biomatch").rglob("*.py"))
    return {str(file) for file in files if file.name != "__init__.py" and "versions" not in file.parts}


def rooms(root: Path) -> set[str]:
    return {str(file.parent.relative_to(root)) for file in (root / "biomatch").rglob("__init__.py")}


def files_of_tests(root: Path) -> set[str]:
    return {str(file.relative_to(root)) for file in (root / "tests").rglob("test_*.py")}


def mirror(module: str) -> str:
    path = Path(module)
    return str(Path("tests", *path.parent.parts[1:], f"test_{path.name}"))


def mirror_of_room(room: str) -> str:
    path = Path(room)
    return str(Path("tests", *path.parts[1:], f"test_{path.name}.py"))


def test_every_module_has_a_test_of_its_name_or_a_reason(root: Path, listed: dict[str, dict[str, str]]) -> None:
    bare = {module for module in modules(root) if mirror(module) not in files_of_tests(root)}
    assert sorted(bare) == sorted(listed["modules"])


def test_every_test_bears_the_name_of_a_module_or_says_what_it_tests(root: Path, listed: dict[str, dict[str, str]]) -> None:
    others = (
        files_of_tests(root) - {mirror(module) for module in modules(root)} - {mirror_of_room(room) for room in rooms(root)}
    )
    assert sorted(others) == sorted(listed["tests"])


def test_a_reason_names_a_test_that_is_there(root: Path, listed: dict[str, dict[str, str]]) -> None:
    for module, reason in listed["modules"].items():
        named = re.findall(r"tests/[\w/]+\.py", reason)
        assert named, module
        assert all((root / name).is_file() for name in named), module
