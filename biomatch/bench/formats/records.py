"""Are others' files read as they meant them, and how long does it take? -> formats.json

WSQ of a rolled print of 800 x 750 px, encoded and decoded, beside NBIS (the package wsq) where it is installed; and what the
sandboxed worker adds to decoding in this process. With real data: NIST's WSQ files, held pixel by pixel against NBIS and
against the originals beside them; ANSI/NIST-ITL transactions, which must be written as they were read; minutiae records; and
a ten-print card, whose plain prints are searched for among its rolled ones and all prints of the manifest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from biomatch import formats
from biomatch.bench.engine import prints
from biomatch.bench.formats import tenprint_card
from biomatch.bench.frame import Run, rounded, timed
from biomatch.errors import NothingToDo
from biomatch.evaluation import machine, protocol
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import one_thread
from biomatch.formats import nist
from biomatch.imaging import Decoder, ImageFormat, decode, encode, wsq
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.impression import rolled
from biomatch.synthesis.master import NAIL_TO_NAIL
from biomatch.synthesis.person import finger_of
from biomatch.synthesis.sensor import INK
from biomatch.vocabulary import FingerPosition

NAME = "formats"
SIDES = (800, 750)  # px: the box of a rolled print on a card, at 500 ppi
RATES = {"15 to 1": wsq.RATE_15, "5 to 1": wsq.RATE_5}
FOLDERS = ("wsq", "transactions", "templates")  # in a folder of real data
CARD = Path("transactions", "type-4-tpcard.an2")
PEER = "_wsq"  # the package wsq's own module


def measure(data: Path | None, repeats: int = 40, progress: Progress = NO_PROGRESS) -> Run:
    """Measures times, and with `data`, the folder of real data, agreement.

    Raises NothingToDo, BadManifest, FileUnreadable, BadImage, BadTemplate, BadTransaction.
    """
    one_thread()
    others = [] if data is None else _beside_the_card(data)
    peer = __import__(PEER) if find_spec(PEER) else None
    other = None if peer is None else f"wsq {version('wsq')} (NBIS)"
    run = Run(NAME, threads=1, peer=other, prints="real" if data else "synthetic", repeats=repeats)
    picture = _picture()
    progress.start("Timing", 2 * len(RATES) + 2)
    for words, rate in RATES.items():
        _time_wsq(run, picture, words, rate, peer, repeats)
        progress.advance(2)
    for form in (ImageFormat.WSQ, ImageFormat.PNG):
        run.record(f"worker adds, {form.name}", _added(encode(picture, form), repeats), unit="ms", scale=1e3)
        progress.advance()
    progress.done()
    if data is not None:
        run.note("WSQ files", _wsq_files(data / "wsq", peer))
        run.note("transactions", _transactions(data / "transactions"))
        run.note("minutiae records", _records(data / "templates"))
        if others:
            ranks = tenprint_card.ranks((data / CARD).read_bytes(), others, progress)
            named = {position.words: rank for position, rank in ranks.items()}
            run.note("ten-print card", {"prints": len(others), "fingers": len({one.finger for one in others}), "ranks": named})
    return run


def _beside_the_card(data: Path) -> list[Sample]:
    """Lists the prints among which its ten-print card's are searched; none where it has no card.

    Raises BadManifest, FileUnreadable, NothingToDo where no file of others is there.
    """
    if not any(_files(data / name) for name in FOLDERS):
        raise NothingToDo(f"{data} has no file in {', '.join(FOLDERS)}: give a folder that has, or leave --data out")
    if not (data / CARD).exists():
        return []
    others = protocol.read(data / "manifest.csv")
    prints.need(one.path for one in others)
    return others


def _files(folder: Path) -> list[Path]:
    """Lists files in order; none where there is no such folder."""
    return [path for path in sorted(folder.glob("*")) if path.is_file()]


def _picture() -> np.ndarray:
    """Makes a rolled print, synthetic, (h, w) uint8."""
    finger = finger_of(7, 1, FingerPosition.RIGHT_MIDDLE, NAIL_TO_NAIL)
    return rolled(finger, np.random.default_rng(7), sensor=replace(INK, width=SIDES[0], height=SIDES[1])).image


def _time_wsq(run: Run, picture: np.ndarray, words: str, rate: float, peer: Any, repeats: int) -> None:
    """Measures ours and the peer's by turns, so that both meet the machine in the same mood."""
    data = wsq.encode(picture, rate=rate)
    what = f"WSQ, {SIDES[0]} x {SIDES[1]} px, {words}"
    steps: dict[str, Callable[[], object]] = {
        f"{what}, decode": partial(wsq.decode, data),
        f"{what}, encode": partial(wsq.encode, picture, rate=rate),
    }
    if peer is not None:
        steps[f"{what}, decode, NBIS"] = partial(peer.decompress, data)
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(repeats + 2):
        for name, step in steps.items():
            took = timed(step)
            if turn >= 2:  # the first ones compile and fill caches
                seconds[name].append(took)
    for name, values in seconds.items():
        run.record(name, values, unit="ms", scale=1e3)


def _added(data: bytes, repeats: int) -> list[float]:
    """Measures CPU seconds of both processes over those of decoding here, each time."""
    with Decoder() as decoder:
        decoder.decode(data, ppi=500)
        workers = machine.children()
        found = []
        for _ in range(repeats):
            here = timed(partial(decode, data, ppi=500))
            began = time.process_time() + machine.cpu_of(workers)
            decoder.decode(data, ppi=500)
            found.append(time.process_time() + machine.cpu_of(workers) - began - here)
    return found


def _wsq_files(folder: Path, peer: Any) -> dict[str, Any]:
    """Compares others' and ours of the same originals: grey levels apart from NBIS's decoder, dB, and our size over theirs."""
    files = sorted(folder.glob("*.wsq"))
    apart: list[int] = []
    psnr: dict[str, dict[str, float]] = {}
    for path in files:
        data = path.read_bytes()
        pixels = wsq.decode(data)
        apart += _apart(peer, data, pixels)
        original = path.with_name(path.stem.rpartition("_")[0] + ".png")
        rate = {"75": "15 to 1", "225": "5 to 1"}.get(path.stem.rpartition("_")[2])
        if rate is None or not original.exists():
            continue
        first = decode(original.read_bytes(), ppi=500).pixels
        ours = wsq.encode(first, rate=RATES[rate])
        apart += _apart(peer, ours, wsq.decode(ours))
        psnr[path.stem] = {
            "psnr": _psnr(pixels, first),
            "psnr_of_ours": _psnr(wsq.decode(ours), first),
            "bytes_of_ours": rounded(len(ours) / len(data)),
        }
    return {
        "files": len(files),
        "held against NBIS, ours too": len(apart),
        "most grey levels apart": max(apart, default=None),
        "against originals": psnr,
    }


def _apart(peer: Any, data: bytes, pixels: np.ndarray) -> Iterator[int]:
    """Yields the largest difference from NBIS's pixels; nothing where it is not installed. It is given sound bytes only."""
    if peer is not None:
        with _silent():
            found, width, height, _ = peer.decompress(data)
        yield int(np.abs(pixels.astype(int) - np.frombuffer(found, np.uint8).reshape(height, width)).max())


@contextmanager
def _silent() -> Iterator[None]:
    """Keeps what a library in C writes to stderr away: NBIS warns of every file of NIST's."""
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Computes the ratio of signal to noise in dB."""
    return rounded(10 * np.log10(255**2 / np.square(a.astype(float) - b).mean()))


def _transactions(folder: Path) -> dict[str, int]:
    """Counts files, their records, and how many are written from their fields as they were."""
    files = [path.read_bytes() for path in _files(folder)]
    read = [nist.read(data) for data in files]
    same = sum(one.to_bytes() == data for one, data in zip(read, files, strict=True))
    return {"files": len(files), "records": sum(len(one.records) for one in read), "written as they were": same}


def _records(folder: Path) -> dict[str, int]:
    """Counts files, their views and minutiae."""
    files = [path.read_bytes() for path in _files(folder)]
    views = [one for data in files for one in formats.read_templates(data)]
    return {"files": len(files), "views": len(views), "minutiae": sum(len(one.minutiae) for one in views)}
