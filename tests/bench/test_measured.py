"""Digests of the code that a result was measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomatch.bench import measured

SOURCE = '''"""What it is."""

LIMIT = 3  # of tries


class Try:
    """One."""

    def number(self) -> str:
        """Its number."""
        return "# 1"
'''


def test_comments_docstrings_and_empty_lines_do_not_count() -> None:
    assert measured.bare(SOURCE).splitlines() == [
        "LIMIT = 3",
        "class Try:",
        "    def number(self) -> str:",
        '        return "# 1"',
    ]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [("of tries", "of others", True), ("One.", "One of them.", True), ("LIMIT = 3", "LIMIT = 4", False), ("# 1", "# 2", False)],
)
def test_the_digest_changes_with_the_code(tmp_path: Path, old: str, new: str, same: bool) -> None:
    for name, source in (("before", SOURCE), ("after", SOURCE.replace(old, new))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tries.py").write_text(source)
    assert (measured.digest(tmp_path / "before") == measured.digest(tmp_path / "after")) is same


def test_the_digest_changes_with_a_file_s_name(tmp_path: Path) -> None:
    for name in ("before", "after"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / f"{name}.py").write_text(SOURCE)
    assert measured.digest(tmp_path / "before") != measured.digest(tmp_path / "after")


@pytest.mark.parametrize(
    ("name", "room", "there"),
    [("accuracy_ours_held_out", "comparison", True), ("accuracy_ours", "service", False), ("kills_postgresql", "store", True),
     ("formats", "extraction", False), ("likeness", "synthesis", True)],
)  # fmt: skip
def test_a_result_depends_on_the_rooms_that_matter_to_it(name: str, room: str, there: bool) -> None:
    assert (room in measured.code(name)) is there


def test_the_rooms_exist(root: Path) -> None:
    rooms = {room for some in (measured.ENGINE, *measured.MATTER.values()) for room in some}
    assert [room for room in rooms if not list((root / "biomatch" / room).glob("*.py"))] == []


def test_a_result_that_says_nothing_of_its_code_is_of_an_unknown_age() -> None:
    assert measured.changed({"benchmark": "latents", "models": {}}) is None
