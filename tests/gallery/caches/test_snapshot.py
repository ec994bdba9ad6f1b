"""A snapshot is believed when all that it names is whole, and nobody else wrote it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches.snapshot import FILE, LAYOUT
from biomatch.gallery.interface import Entry

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]


def answers(gallery: LocalGallery, entry: Entries, upto: int = 12) -> list[tuple[str, float]]:
    found = [gallery.identify([entry(n).template]).candidates for n in range(upto)]
    return [(c[0].person, c[0].score) for c in found]


def test_all_that_a_snapshot_names_is_on_the_disk_before_it_takes_its_place(
    open_gallery: Opened, entry: Entries, tmp_path: Path, disk_steps: Callable[[Path], list[tuple[str, Path, bytes]]]
) -> None:
    steps = disk_steps(tmp_path)
    gallery = open_gallery(None, tmp_path)
    gallery.enrol([entry(n) for n in range(6)])
    gallery.compact()
    at = [n for n, step in enumerate(steps) if step[:2] == ("name", tmp_path / FILE)][-1]
    (_, text, content), after = steps[at - 1], steps[at + 1]
    assert (text, content) == (tmp_path / (FILE + ".new"), (tmp_path / FILE).read_bytes())
    assert after == ("sync", tmp_path, b"")
    synced = {path: content for kind, path, content in steps[: at - 1] if kind == "sync"}
    named = [path for path in tmp_path.iterdir() if path.name != FILE]
    assert {path.name.partition("-")[0] for path in named} == {"arena", "catalogue", "segment"}
    assert {path: path.read_bytes() for path in named} == {path: synced.get(path) for path in named}


def test_caches_of_an_older_layout_are_rebuilt(open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path) -> None:
    path = tmp_path / FILE
    older = path.read_text().replace(f'"layout": {LAYOUT}', f'"layout": {LAYOUT - 1}')
    assert older != path.read_text()
    path.write_text(older)
    replay, asked = filled.replay, []
    filled.replay = lambda after=0: asked.append(after) or replay(after)  # type: ignore[method-assign]
    gallery = open_gallery(filled, tmp_path)
    assert 0 in asked
    assert answers(gallery, entry) == answers(open_gallery(filled), entry)


def test_left_over_files_are_tidied_and_strangers_files_are_not(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path
) -> None:
    (tmp_path / "segment-99").write_bytes(b"of a merge that was killed")
    (tmp_path / "notes.txt").write_text("mine")
    gallery = open_gallery(filled, tmp_path)
    gallery.compact()
    gallery.close()
    names = {path.name for path in tmp_path.iterdir()}
    assert "notes.txt" in names
    assert "segment-99" not in names
    assert len([name for name in names if name.startswith("segment-")]) == 1


def with_body(text: str, **changed: object) -> str:
    """A snapshot with other values, made whole again by somebody who knows how."""
    body = json.dumps(json.loads(json.loads(text)["body"]) | changed)
    return json.dumps({"layout": LAYOUT, "checksum": zlib.crc32(body.encode()), "body": body})


VALUES: list[dict[str, object]] = [
    {"sequence": "many"},
    {"sequence": -1},
    {"used": None},
    {"arena": 5},
    {"arena": "../snapshot.json"},
    {"lineage": "no hex"},
    {"catalogue": {"file": "/etc/passwd", "number": 1}},
    {"segments": [{"file": "segment-1"}]},
    {"segments": [{"file": "segment-999", "number": 1}]},
    {"delta": [10**9]},
    {"delta": ["x"]},
    {"delta": 1},
]
NESTED = "[" * 200_000
HOSTILE: dict[str, Callable[[str], str]] = {
    "nested": lambda _: NESTED,
    "nested body": lambda _: json.dumps({"layout": LAYOUT, "checksum": zlib.crc32(NESTED.encode()), "body": NESTED}),
    "a list": lambda _: "[]",
    "surrogates": lambda _: json.dumps({"layout": LAYOUT, "checksum": 0, "body": "\ud800"}),
    **{str(one): lambda text, one=one: with_body(text, **one) for one in VALUES},  # type: ignore[misc]
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_snapshot_that_somebody_wrote_is_not_believed_and_stops_nobody(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path, hostile: str
) -> None:
    path = tmp_path / FILE
    text = HOSTILE[hostile](path.read_text())
    path.write_text(text)
    assert len(open_gallery(filled, tmp_path)) == 11
    assert path.read_text() != text
