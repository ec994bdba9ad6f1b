"""Where a gallery's rows are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url

from biomatch.store.database import ELSEWHERE, remember


def test_where_the_rows_are_is_on_the_disk_before_it_takes_its_name_and_its_name_on_return(
    tmp_path: Path, disk_steps: Callable[[Path], list[tuple[str, Path, bytes]]]
) -> None:
    steps = disk_steps(tmp_path)
    remember(tmp_path, make_url("postgresql://me:secret@localhost/rows"))
    place, new = tmp_path / ELSEWHERE, tmp_path / (ELSEWHERE + ".new")
    assert place.read_bytes() == b"postgresql://me:secret@localhost/rows\n"
    assert steps[-3:] == [("sync", new, place.read_bytes()), ("name", place, b""), ("sync", tmp_path, b"")]
    assert place.stat().st_mode & 0o077 == 0
