"""The sample's ten-print card."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import pytest

from biomatch.bench.formats import finger_order
from biomatch.errors import FileUnreadable, NothingToDo

SAMPLE = Path(str(resources.files("biomatch.sample_data")))


def listing(folder: Path, *, without: str = "", gone: str = "nothing") -> Path:
    with (SAMPLE / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["path"].startswith("card/") and row["position"] != without]
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ("path", "set", "finger", "impression"), extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            path = folder / "gone.png" if row["position"] == gone else SAMPLE / row["path"]
            writer.writerow(row | {"path": path, "set": row["set"].replace("inked", "plain")})
    return folder


def test_a_card_is_tried_as_it_is_and_with_its_names_swapped(tmp_path: Path) -> None:
    figures = finger_order.measure(listing(tmp_path), drawn=2).figures
    assert figures.pop("time a card")["repeats"] == 4
    drawn = {name: figures.pop(name) for name in list(figures) if name.startswith("minutiae only, ")}
    assert drawn["minutiae only, as it is"] == {"cards": 2, "contradicted": 0, "share": 0.0}
    assert drawn["minutiae only, rolled hands swapped"] == {"cards": 2, "contradicted": 2, "share": 1.0}
    assert figures == {
        "as it is": {"cards": 1, "contradicted": 0, "share": 0.0},
        "two rolled fingers swapped": {"cards": 1, "contradicted": 1, "share": 1.0},
        "rolled hands swapped": {"cards": 1, "contradicted": 1, "share": 1.0},
        "slaps swapped": {"cards": 1, "contradicted": 1, "share": 1.0},
    }


def test_half_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="P01 has no slap left-four"):
        finger_order.cards(listing(tmp_path, without="left-four"))


def test_a_file_that_is_not_there_is_said_before_any_card_is_read(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"gone\.png"):
        finger_order.cards(listing(tmp_path, gone="left-four"))
