from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch import formats as records
from biomatch.bench.formats import fuzz
from biomatch.bench.formats import records as formats
from biomatch.errors import NothingToDo
from biomatch.imaging import ImageFormat, decode, encode, wsq
from biomatch.synthesis import synthesise_templates


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """What a folder of real data holds, made by us; the WSQ file at another rate than its name says, so not as we write it."""
    originals = fuzz.originals()
    for name in ("wsq", "transactions", "templates"):
        (tmp_path / name).mkdir()
    y, x = np.mgrid[:200, :180]
    picture = (128 + 100 * np.cos(np.hypot(x - 60, y + 5) * (2 * np.pi / 9))).astype(np.uint8)
    (tmp_path / "wsq" / "a_75.wsq").write_bytes(encode(picture, ImageFormat.WSQ, rate=wsq.RATE_5))
    (tmp_path / "wsq" / "a.png").write_bytes(encode(picture, ImageFormat.PNG))
    for number, data in enumerate(originals["transaction"]):
        (tmp_path / "transactions" / f"{number}.an2").write_bytes(data)
    (tmp_path / "templates" / "a.ist").write_bytes(records.write_iso2005(synthesise_templates(1, 3)))
    return tmp_path


def test_times_agreement_and_round_trips_are_measured(others: Path) -> None:
    run = formats.measure(others, repeats=2)
    assert {"prints": "real", "repeats": 2}.items() <= run.facts["settings"].items()
    figures = run.figures
    assert figures["WSQ, 800 x 750 px, 15 to 1, decode"]["repeats"] == 2
    assert figures["worker adds, PNG"]["unit"] == "ms"
    files = figures["WSQ files"]
    assert files["files"] == 1
    theirs, original = (others / "wsq" / name for name in ("a_75.wsq", "a.png"))
    levels = decode(original.read_bytes()).pixels
    ours = encode(levels, ImageFormat.WSQ)
    found = files["against originals"]["a_75"]
    assert found["psnr"] == pytest.approx(cv2.PSNR(wsq.decode(theirs.read_bytes()), levels), abs=0.01)
    assert found["psnr_of_ours"] == pytest.approx(cv2.PSNR(wsq.decode(ours), levels), abs=0.01)
    assert found["psnr"] > found["psnr_of_ours"] + 3
    assert found["bytes_of_ours"] == pytest.approx(len(ours) / len(theirs.read_bytes()), abs=0.001)
    here = find_spec(formats.PEER) is not None
    assert files["held against NBIS, ours too"] == (2 if here else 0)
    assert files["most grey levels apart"] in ((0, 1) if here else (None,))
    several = figures["transactions"]
    assert several["files"] == several["written as they were"] == 5
    assert figures["minutiae records"]["views"] == 1


def test_without_real_data_only_times_are_measured() -> None:
    assert all("WSQ, " in name or "worker" in name for name in formats.measure(None, repeats=1).figures)


def test_a_folder_without_files_of_others_is_refused_before_anything_is_timed(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="nosuch has no file in wsq, transactions, templates"):
        formats.measure(tmp_path / "nosuch")
