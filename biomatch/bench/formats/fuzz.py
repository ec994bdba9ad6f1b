"""Does any byte hurt a reader? Damaged files over every reader of formats and images -> fuzz.json

Files of every format that is read are made, small, and damaged at random: bits, lengths, counts and separators changed, pieces
cut out, doubled, and spliced from another file. A reader must read them or refuse them with an error of ours, within 2 s of
CPU time. Images that go through C libraries are decoded in the sandboxed worker, which may lose its process over one; ours
must go on. The same seed and number damage the same file in the same way.
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import thread_time

import cv2
import numpy as np

from biomatch import formats
from biomatch.bench.frame import Run
from biomatch.errors import BiomatchError
from biomatch.formats import RecordFormat, nist
from biomatch.formats.nist import Box, Envelope, Picture, Respondent
from biomatch.formats.nist.records import GreyRecord, Transaction, tagged
from biomatch.imaging import Decoder, ImageFormat, Limits, encode, header, wsq
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import synthesise_templates
from biomatch.template import Template
from biomatch.vocabulary import ImpressionType
from biomatch.workers import Caps

NAME = "fuzz"
MOST_SECONDS = 2.0  # of CPU time an input may take
MOST_BYTES = 512 * 1024**2  # that a worker may take
LIMITS = Limits(max_pixels=4_000_000)
CAPS = Caps(cpu_seconds=int(MOST_SECONDS), memory_bytes=MOST_BYTES)
LOST = ("worker was ended", "worker ended", "took more than", "reply is refused")  # how a worker's end is told
MOST_CHANGES = 6

Reader = Callable[[bytes], object]


@dataclass
class Outcome:
    """The outcome of one reader."""

    inputs: int = 0
    read: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    faults: list[tuple[int, str]] = field(default_factory=list)


def fuzz(count: int, seed: int, progress: Progress = NO_PROGRESS) -> dict[str, Outcome]:
    """Damages `count` files. Reader names are those of `outcomes`; each takes what it is for, and one in eight of the rest."""
    kinds = {name: list(files) for name, files in originals().items()}
    names = list(kinds)
    progress.start("Damaging", count)
    with _readers() as readers:
        found = {name: Outcome() for name in readers}
        for number in range(count):
            rng = np.random.default_rng((seed, number))
            kind = names[number % len(names)]
            other = kinds[names[int(rng.integers(len(names)))]]
            data = damaged(_one_of(kinds[kind], rng), _one_of(other, rng), rng)
            if kind == "template" and rng.random() < 0.7:
                data = _honest(data)
            for name, reader in readers.items():
                if name in _MEANT[kind] or rng.random() < 1 / 8:
                    _try(found[name], reader, data, number)
            progress.advance()
    progress.done()
    return found


_MEANT = {
    "template": ("templates",),
    "transaction": ("transactions",),
    "wsq": ("headers", "wsq"),
    "image": ("headers", "decoder"),
}
"""Kind of file -> the readers that it is for."""


def _one_of(files: list[bytes], rng: np.random.Generator) -> bytes:
    return files[int(rng.integers(len(files)))]


def _try(outcome: Outcome, reader: Reader, data: bytes, number: int) -> None:
    outcome.inputs += 1
    began = thread_time()
    try:
        reader(data)
        outcome.read += 1
    except BiomatchError as error:
        reason = str(error.values.get("reason", ""))
        for words in LOST:
            if words in reason:
                outcome.lost[reason] += 1
    except Exception as error:  # whatever it is, it is what this looks for
        outcome.faults.append((number, f"{type(error).__name__}: {error}"[-500:]))
    took = thread_time() - began
    outcome.slowest = max(outcome.slowest, took)
    if took > MOST_SECONDS:
        outcome.faults.append((number, f"took {took:.1f} s"))


@contextmanager
def _readers() -> Iterator[dict[str, Reader]]:
    with Decoder(limits=LIMITS, caps=CAPS) as decoder:
        yield {
            "templates": partial(formats.read_views),
            "transactions": _transaction,
            "headers": header.read,
            "wsq": _wsq,
            "decoder": decoder.decode,
        }


def _transaction(data: bytes) -> None:
    """Reads all of a transaction: records, images, marks, candidates; and what was read without a fault is written as it
    was."""
    found = nist.read(data)
    nist.images(found)
    nist.marks(found)
    nist.respondents(found)
    written = found.to_bytes()
    if not found.faults and written != data:
        raise AssertionError("what was read is not written as it was")


def _wsq(data: bytes) -> None:
    """Decodes as `decode` does: the header's size is looked at first."""
    if data.startswith(wsq.MAGIC):
        size = wsq.read_header(data)
        if size.width * size.height <= LIMITS.max_pixels:
            wsq.decode(data)


# what is damaged


def originals() -> Mapping[str, list[bytes]]:
    """Makes sound files, by kind; small, so that a change is likely to hit what matters."""
    prints = [_short(template) for template in synthesise_templates(3, seed=5)]
    records = [formats.write(prints, form) for form in RecordFormat]
    return {
        "template": [prints[0].to_bytes(), *records, _ansi_2009(prints[0])],
        "transaction": [made.to_bytes() for made in _transactions(prints[0])],
        "wsq": [encode(_ridges(side), ImageFormat.WSQ, rate=rate) for side in (24, 64) for rate in (0.75, 2.25)],
        "image": list(_images()),
    }


def _short(template: Template) -> Template:
    return Template(template.minutiae[:12], template.width, template.height, template.position, template.impression)


def _ansi_2009(template: Template) -> bytes:
    """Makes the edition that is only read: its head and its view's, around the minutiae of the first edition."""
    old = formats.write([template], RecordFormat.ANSI2004)[26:]
    view = bytes((old[0], 0, old[1] & 15, old[2], 0, 0, 0, 0)) + b"".join(
        value.to_bytes(2, "big") for value in (template.width, template.height, 197, 197)
    )
    body = bytes((0, 0, 0, 0, 0, 0, 0, 1, 0)) + view + old[3:]
    return b"FMR\x00030\0" + (12 + len(body)).to_bytes(4, "big") + body


def _transactions(template: Template) -> list[Transaction]:
    sent = Envelope("POST7", "BUREAU", datetime(2026, 3, 1, 12, tzinfo=UTC), 17)
    plain, latent = ImpressionType.LIVE_SCAN_PLAIN, ImpressionType.LATENT_IMPRESSION
    boxes = (Box(2, 0, 20, 0, 30), Box(3, 24, 40, 0, 30))
    pictures = [Picture(_ridges(40), 2, plain, form=form) for form in ImageFormat]
    slap = Picture(_ridges(48), 40, plain, form=ImageFormat.PNG, boxes=boxes, missing=((4, "XX"),))
    lifted = Picture(_ridges(32), 0, latent, form=ImageFormat.PNG)
    older = nist.request(nist.SEARCH, [pictures[0]], sent)
    wsq_data = encode(_ridges(32), ImageFormat.WSQ)
    grey = GreyRecord(4, 1, 1, bytes((2, 255, 255, 255, 255, 255)), 0, 32, 32, 1, wsq_data)
    minutiae = tagged(
        9,
        [(2, b"01"), (3, b"4"), (4, b"S"), (10, b"2"), (12, b"001\x1f12341234090\x1f10\x1fA\x1e002\x1f00120034180\x1f5\x1fB")],
    )
    return [
        nist.request(nist.SEARCH, [*pictures, slap], sent, person="ada", expected=5),
        nist.request(nist.LATENT_SEARCH, [lifted], sent, latent_marks=[template]),
        nist.result([Respondent(1, "ada", 61.5, 4.25, 2, "f00")], sent, notes=["a", "b"]),
        nist.error(["why"], sent),
        Transaction((*older.records[:2], grey, minutiae)).listed(),
    ]


def _images() -> Iterator[bytes]:
    for side in (40, 64):
        grey = _ridges(side)
        yield encode(grey, ImageFormat.PNG)
        yield encode(grey, ImageFormat.JP2)
        yield encode(grey, ImageFormat.WSQ)
        for suffix in (".jpg", ".bmp", ".tif"):
            yield bytes(cv2.imencode(suffix, grey)[1].tobytes())
    yield bytes(cv2.imencode(".pgm", _ridges(40))[1].tobytes())
    yield bytes(cv2.imencode(".png", np.dstack([_ridges(24)] * 4).astype(np.uint16) * 257)[1].tobytes())


def _honest(data: bytes) -> bytes:
    """Returns a record that announces its own length, so that what is wrong is found further in."""
    short = data[8:10] != b"\0\0"  # ANSI's of 2004
    return data[:8] + (len(data).to_bytes(2, "big") + data[10:] if short else len(data).to_bytes(4, "big") + data[12:])


def _ridges(side: int) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    return (128 + 100 * np.cos(np.hypot(x - side / 3, y + 5) * (2 * np.pi / 9))).astype(np.uint8)


# how it is damaged

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_TEXTS = (
    b"0",
    b"9",
    b"-1",
    b"999999999",
    b"4294967296",
    b"\x1c",
    b"\x1d",
    b"\x1e",
    b"\x1f",
    b":",
    b".",
    b"\xff",
    b"1.003:",
    b"\xc3\x28",
)


def damaged(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Makes one to six changes."""
    found = bytearray(data)
    for _ in range(int(rng.integers(1, MOST_CHANGES + 1))):
        _CHANGES[int(rng.integers(len(_CHANGES)))](found, other, rng)
    return bytes(found)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Draws a place, near the front more often: there is what a reader believes."""
    return int(len(data) * rng.random() ** 2)


def _flip(data: bytearray, _: bytes, rng: np.random.Generator) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def _number(data: bytearray, _: bytes, rng: np.random.Generator) -> None:
    at, size = _place(data, rng), int(rng.choice((1, 2, 4)))
    value = _NUMBERS[int(rng.integers(len(_NUMBERS)))] & ((1 << 8 * size) - 1)
    data[at : at + size] = value.to_bytes(size, str(rng.choice(("big", "little"))))  # type: ignore[arg-type]


def _text(data: bytearray, _: bytes, rng: np.random.Generator) -> None:
    at, value = _place(data, rng), _TEXTS[int(rng.integers(len(_TEXTS)))]
    data[at : at + int(rng.integers(len(value) + 1))] = value


def _drop(data: bytearray, _: bytes, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 40))]


def _double(data: bytearray, _: bytes, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + int(rng.integers(1, 200))]


def _end(data: bytearray, _: bytes, rng: np.random.Generator) -> None:
    del data[int(rng.integers(len(data) + 1)) :]


def _splice(data: bytearray, other: bytes, rng: np.random.Generator) -> None:
    at, begin = _place(data, rng), int(rng.integers(len(other) + 1))
    data[at : at + int(rng.integers(64))] = other[begin : begin + int(rng.integers(200))]


_CHANGES = (_flip, _flip, _number, _number, _text, _drop, _double, _end, _splice)


def measure(count: int = 100_000, *, seed: int = 1, progress: Progress = NO_PROGRESS) -> Run:
    """Counts how many inputs each reader read and refused, how long one took at most, lost workers, growth, and the faults."""
    run = Run(NAME, threads=1, seed=seed, inputs=count)
    before = _peak()
    found = fuzz(count, seed, progress)
    for name, outcome in found.items():
        run.note(f"{name}, inputs", outcome.inputs)
        run.note(f"{name}, read", outcome.read)
        run.note(f"{name}, slowest, ms of CPU time", round(outcome.slowest * 1e3, 1))
        run.note(f"{name}, workers lost", outcome.lost.total())
        run.note(f"{name}, faults", len(outcome.faults))
    run.note("memory grown, MB", round((_peak() - before) / 1024**2, 1))
    run.note("reasons", [f"{name}, input {number}: {why}" for name, one in found.items() for number, why in one.faults])
    return run


def _peak() -> int:
    """Returns the most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
