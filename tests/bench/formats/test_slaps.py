"""The sample's card: two slaps of four, cut out of it, with the truth of each finger."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from biomatch.bench.formats import slaps
from biomatch.errors import BadManifest, FileUnreadable, NothingToDo
from biomatch.imaging.slap import Region

SAMPLE = Path(str(resources.files("biomatch.sample_data")))


def manifest(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    lines = [
        "path,position,kind,boxes,generator",
        *(f"{path},{position},ink,{boxes},image/3" for path, position, boxes in rows),
    ]
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str]]:
    truth = json.loads((SAMPLE / "truth.json").read_text())
    found = []
    for side in ("right", "left"):
        path = f"card/P01-{side}-four_1.png"
        boxes = ";".join(":".join(map(str, one["box"])) for one in truth[path])
        found.append((str(SAMPLE / path), f"{side}-four", boxes))
    return found


def test_the_samples_slaps_are_measured(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    plain = (str(SAMPLE / "card" / "P01-right-thumb_1.png"), "right-thumb", "1:2:3:4")
    run = slaps.measure([manifest(tmp_path, [*rows, plain])])
    assert run.facts["settings"] == {"folders": [tmp_path.name], "generators": ["image/3"]}
    figures = run.figures
    found = figures["synthetic, ink"]
    assert found == figures["synthetic"]
    assert (found["slaps"], found["fingers"], found["wrong_count"]) == (2, 8, 0)
    assert found["found"] >= 7
    assert found["hand"] == {"right": 2, "wrong": 0, "none": 0}
    assert figures["time a slap"]["p50"] > 1


def test_another_hand_is_told_and_boxes_elsewhere_are_not_found(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    (path, _, boxes), _ = rows
    mirrored = ";".join(reversed(boxes.split(";")))
    found = slaps.measure([manifest(tmp_path, [(path, "left-four", mirrored)])]).figures["synthetic"]
    assert found["found"] >= 3  # boxes are where they are, whatever the hand
    assert found["hand"] == {"right": 0, "wrong": 1, "none": 0}
    aside = ";".join(f"{int(x) + 150}:{rest}" for x, _, rest in (one.partition(":") for one in boxes.split(";")))
    assert slaps.measure([manifest(tmp_path, [(path, "right-four", aside)])]).figures["synthetic"]["found"] == 0


def test_a_finger_that_is_known_to_be_missing_has_no_box(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    (path, position, boxes), _ = rows
    others = boxes.split(";")[1:]
    found = slaps.measure([manifest(tmp_path, [(path, position, ";".join(["", *others]))])]).figures["synthetic"]
    assert found["fingers"] == 3
    assert found["of_four"] == 0


def test_overlap_is_the_shared_part_of_both() -> None:
    a = Region(0, 0, 10, 10)
    assert slaps.overlap(a, a) == 1
    assert slaps.overlap(a, Region(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert slaps.overlap(a, Region(10, 0, 20, 10)) == 0


def test_a_folder_without_slaps_or_with_too_few_boxes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="synth slaps"):
        slaps.listed([manifest(tmp_path, [("a.png", "right-thumb", "1:2:3:4")])])
    with pytest.raises(BadManifest, match="line 2: 1 boxes, 4 are needed"):
        slaps.listed([manifest(tmp_path, [("a.png", "right-four", "1:2:3:4")])])
    with pytest.raises(BadManifest, match="line 2"):
        slaps.listed([manifest(tmp_path, [("a.png", "right-four", "1:2:3;;;")])])


def test_files_that_are_not_there_are_said_before_any_is_cut(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    with pytest.raises(FileUnreadable, match=r"gone\.png"):
        slaps.listed([manifest(tmp_path, [*rows, ("gone.png", "right-four", "1:2:3:4;;;")])])
    with pytest.raises(BadManifest, match="line 2 has no value for path"):
        slaps.listed([manifest(tmp_path, [("", "right-four", "1:2:3:4;;;")])])
