"""Do time and memory grow with a hostile transaction's bytes, and no faster? -> transactions.json

Transactions of many kinds and sizes are read as a bureau's worker reads them, each in a process of its own: within the limits
of formats/nist/limits.py, and without limits, where the reader itself shows how it grows. Seconds are CPU time. Memory is the
process's highest, less what it had before the transaction came, so what it takes to hand it over counts, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from biomatch.bench.frame import Run, rounded
from biomatch.errors import TransactionTooLarge
from biomatch.formats import nist
from biomatch.formats.nist.records import GS, RS, US, BinaryRecord, Record, Transaction, tagged
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.workers import TRUSTED, Pool

NAME = "transactions"
LARGEST_MB = 16
UNLIMITED_MB = 4  # above, some kinds would take gigabytes without limits
MOST_EXPONENT = 1.5  # of seconds over bytes: 1 is linear, 2 a square; caches and the collection of garbage add some tenths
LEAST_SECONDS = 0.05  # below, an exponent is noise
UNLIMITED = nist.Limits(*[10**9] * len(vars(nist.LIMITS)))


@dataclass(frozen=True)
class Cost:
    """The cost of reading one transaction."""

    seconds: float
    memory: int
    refused: str


def _whole(*behind: Record) -> bytes:
    return Transaction((tagged(1, [(2, b"0502"), (3, b""), (4, b"CPS")]), *behind)).listed().to_bytes()


def _text(text: bytes) -> bytes:
    """Makes a transaction with a text in field 1.005."""
    return tagged(1, [(2, b"0502"), (3, b"1\x1f0"), (4, b"CPS"), (5, text)]).to_bytes()


def _image(data: bytes, compression: bytes, *more: tuple[int, bytes], idc: int = 1) -> Record:
    said = [(6, b"%d" % len(data)), (7, b"1"), (8, b"1"), (9, b"500"), (10, b"500"), (11, compression), (12, b"8"), (13, b"2")]
    return tagged(14, [(2, b"%d" % (idc % 1_000)), (3, b"0"), *said, *more, (999, data)])


def _marks(rows: int, idc: int = 1) -> Record:
    return tagged(9, [(2, b"%d" % (idc % 1_000)), (331, RS.join([b"1\x1f1\x1f1\x1fE"] * rows))])


KINDS: dict[str, Callable[[int], bytes]] = {
    "empty fields": lambda size: _text(GS * size),
    "fields that are none": lambda size: _text((GS + b"x") * (size // 2)),
    "empty subfields": lambda size: tagged(1, [(2, b"0502"), (3, RS * size)]).to_bytes(),
    "empty items": lambda size: _whole(_image(b"x", b"NONE", (18, US * size))),
    "boxes of fingers": lambda size: _whole(_image(b"x", b"NONE", (21, b"1\x1f1\x1f2\x1f1\x1f2\x1e" * (size // 10)))),
    "minutiae of one record": lambda size: _whole(_marks(size // 8)),
    "one text": lambda size: _text(b"x" * size),
    "records of fields": lambda size: _whole(*[tagged(2, [(2, b"0")])] * (size // 25)),
    "binary records": lambda size: _whole(*[BinaryRecord(8, 1, b"")] * (size // 10)),
    "marks beside images": lambda size: _whole(
        *(record for idc in range(size // 260) for record in (_image(b"x", b"NONE", idc=idc), _marks(1, idc)))
    ),
    "minutiae of many records": lambda size: _whole(*(_marks(min(1_000, size // 8), idc) for idc in range(-(-size // 8_000)))),
    "one image of separators": lambda size: _whole(_image((GS + RS) * (size // 2), b"NONE")),
    "a JPEG of empty segments": lambda size: _whole(_image(b"\xff\xd8" + b"\xff\xfe\0\2" * (size // 4), b"JPEGB")),
    "100 images": lambda size: _whole(*(_image(b"\x80" * (size // 100), b"NONE", idc=idc) for idc in range(100))),
}
"""Name -> a transaction of about so many bytes."""


def measure(largest_mb: int = LARGEST_MB, unlimited_mb: int = UNLIMITED_MB, progress: Progress = NO_PROGRESS) -> Run:
    """Measures seconds and memory by kind and size (1 MB, doubled up to the largest), how they grow, and what grows too
    fast."""
    run = Run(NAME, threads=1, largest_mb=largest_mb, unlimited_mb=unlimited_mb)
    every = [1 << n for n in range(largest_mb.bit_length())]
    unlimited = [size for size in every if size <= unlimited_mb]
    progress.start("Reading", len(KINDS) * (len(every) + len(unlimited)))
    violations = []
    with Pool(_high_water, _read, caps=replace(TRUSTED, jobs=1)) as pool:
        for name, make in KINDS.items():
            for words, sizes, limits in (("", every, nist.LIMITS), (", without limits", unlimited, UNLIMITED)):
                costs = []
                for size in sizes:
                    costs.append(pool.call(make(size * 1_000_000), limits))
                    progress.advance()
                found = _grown(sizes, costs)
                run.note(name + words, found)
                if found["exponent"] > MOST_EXPONENT and found["seconds"][-1] >= LEAST_SECONDS:
                    violations.append(f"{name}{words}: seconds grow as the bytes to the power of {found['exponent']:g}")
    progress.done()
    run.note("violations", violations)
    return run


def _grown(sizes_mb: Sequence[int], costs: Sequence[Cost]) -> dict[str, Any]:
    seconds = [rounded(max(cost.seconds, 1e-6)) for cost in costs]
    exponent = np.polyfit(np.log(sizes_mb), np.log(seconds), 1)[0] if len(sizes_mb) > 1 else 0.0
    return {
        "mb": list(sizes_mb),
        "seconds": seconds,
        "exponent": round(float(exponent), 2),
        "memory_mb": [rounded(cost.memory / 1e6) for cost in costs],
        "refused": costs[-1].refused,
    }


def _read(before: int, data: bytes, limits: nist.Limits) -> Cost:
    """Runs in a process that reads one transaction. before: bytes that it had."""
    began, refused = process_time(), ""
    try:
        nist.summary(data, limits)
    except TransactionTooLarge as error:
        refused = f"{error.values['limit']:,} {error.values['what']}"
    return Cost(process_time() - began, max(0, _high_water() - before), refused)


def _high_water() -> int:
    """Reads the most memory that this process has had, in bytes (proc(5); Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1_024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
