"""How many mates does the index miss among 100,000 prints, and what does it cost? -> results/index_shortlist.json

Half of the subjects train projection and codebooks and are the donors of the distractors; the other half are probes, enrolled
by their lowest impression in each set. A trial is a further impression of an enrolled print, on the same sensor or, where
fingers were taken twice, on another. What the shortlist missed is searched for by comparing with every print: it counts as
findable when its mate is among the best twenty there. Memory is that of a process of its own that holds nothing else.

Real strangers crowd a list more than recombined ones do: the share of real other fingers on the lists stands beside.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
import samples

from biomatch.comparison import Block, Comparer, Prepared, prepare
from biomatch.descriptors import Describer
from biomatch.evaluation.distractors import distractors
from biomatch.evaluation.run import Run, timed
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.arena import Names
from biomatch.gallery.catalogue import Catalogue
from biomatch.index import FAST, NORMAL, Codebooks, Index, Print, Reach, Segment, shortlist
from biomatch.learned import Models, save, shipped
from biomatch.training import codebooks, data, projection
from biomatch.vocabulary import FingerPosition

LENGTH, FINDABLE = 200, 20
MOST_COMPARED = 40  # missed probes of a kind that are compared with every print: seconds each
REACHES = {"fast": FAST, "normal": NORMAL, "far": Reach(queries=64, nprobe=128, k=200)}
AT_ONCE = 2_000  # prints enrolled, or compared in one block


@dataclass(frozen=True, eq=False)
class Trial:
    """A probe, the number of its enrolled mate, and the numbers of other prints of that finger."""

    probe: Prepared
    mate: int
    others: frozenset[int]
    same_sensor: bool


class Enrolled:
    """Everything in the gallery, in print order, as arrays that an exhaustive comparison can read."""

    def __init__(self, real: Sequence[Prepared]):
        self.blocks = [Block.of(real)]
        self.real = real
        self.first = [0]

    def add(self, block: Block) -> None:
        self.first.append(self.first[-1] + len(self.blocks[-1]))
        self.blocks.append(block)

    def rank(self, comparer: Comparer, trial: Trial) -> int:
        """How many prints of other fingers compare as well as the mate, by the relaxed score."""
        scores = np.concatenate([comparer.relaxed(trial.probe, block) for block in self.blocks])
        scores[list(trial.others)] = -1
        return int(np.count_nonzero(scores >= scores[trial.mate])) - 1


def main() -> None:
    parser = samples.arguments(__doc__)
    parser.add_argument("--prints", type=int, default=100_000, help="distractors")
    parser.add_argument("--trials", type=int, default=1_000, help="at most so many of each kind")
    parser.add_argument("--models", type=Path, help="folder of projection and index; default: trained here, on other fingers")
    parser.add_argument("--cache", type=Path, help="folder that keeps templates for the next time")
    given = parser.parse_args()
    one_thread()
    run = Run("index_shortlist", threads=1, seed=5, distractors=given.prints, list=LENGTH)
    run.note("models have seen the probes' fingers", given.models is not None)
    prints = data.templates(data.read(given.data), None, given.cache)
    learning, probing = ([p for p in prints if _half(p) == half] for half in (0, 1))
    with TemporaryDirectory() as folder:
        models = Models(given.models) if given.models else _learn(learning, Path(folder))
        describer, books = Describer(models), Codebooks.load(models)
        enrolled, trials = _trials(probing, describer, given.trials)
        index, held = _fill(run, enrolled, learning, describer, books, given.prints)
        _weigh(run, index, given.models or Path(folder), Path(folder) / "segment", given.prints)
        for name, reach in REACHES.items():
            _search(run, name, reach, index, held, trials, Comparer(shipped()))
    print(run.save(given.out))


def _half(one: data.Print) -> int:
    """0: trains and gives distractors; 1: probes. Fillers have no mates; a subject is on one side only."""
    subject = one.finger.rsplit("_", 1)[0] if one.group == "cmu" else one.finger
    return 0 if one.set.endswith("_a") else zlib.crc32(subject.encode()) & 1


def _learn(prints: Sequence[data.Print], folder: Path) -> Models:
    save(folder, "projection", projection.fit(prints, 1)[0], {})
    save(folder, "index", codebooks.fit(prints, Describer(Models(folder)), 1)[0], {})
    return Models(folder)


def _trials(prints: Sequence[data.Print], describer: Describer, most: int) -> tuple[list[Prepared], list[Trial]]:
    ordered = sorted(prints, key=lambda p: (p.set, p.finger, p.impression))
    first: dict[tuple[str, str], data.Print] = {}
    for p in ordered:
        first.setdefault((p.set, p.finger), p)
    number = {key: n for n, key in enumerate(first)}
    of_finger: dict[str, set[int]] = {}
    for (_, finger), n in number.items():
        of_finger.setdefault(finger, set()).add(n)
    enrolled_paths = {p.path for p in first.values()}
    trials = []
    for p in ordered:
        if p.path not in enrolled_paths:
            probe = prepare(p.template, describer)
            for (name, finger), n in number.items():
                if finger == p.finger:
                    trials.append(Trial(probe, n, frozenset(of_finger[finger] - {n}), name == p.set))
    rng = np.random.default_rng(0)
    chosen = [
        kind[i] for same in (True, False) for kind in [[t for t in trials if t.same_sensor is same]]
        for i in sorted(rng.permutation(len(kind))[:most])
    ]  # fmt: skip
    return [prepare(p.template, describer) for p in first.values()], chosen


def _fill(
    run: Run, real: Sequence[Prepared], donors: Sequence[data.Print], describer: Describer, books: Codebooks, count: int
) -> tuple[Index, Enrolled]:
    """The index of real prints and distractors, merged to one segment."""
    first = {(p.set, p.finger): p for p in sorted(donors, key=lambda p: -p.impression)}
    index = _with(Index.empty(books), 0, real)
    held, seconds, vectors = Enrolled(real), 0.0, 0
    made: list[Prepared] = []

    def flush() -> None:
        nonlocal index, seconds, made, vectors
        number = held.first[-1] + len(held.blocks[-1])
        held.add(Block.of(made))
        vectors += sum(len(one.vectors) for one in made)
        found: list[Index] = []
        seconds += timed(lambda: found.append(_with(index, number, made).sealed()))
        index, made = found[0], []

    for template in distractors([p.template for p in first.values()], count, seed=5):
        made.append(prepare(template, describer))
        if len(made) == AT_ONCE:
            flush()
    flush()
    parts = index.segments
    merged: list[Any] = []
    merging = timed(lambda: merged.append(index.merge(parts)))
    index = index.with_merged(parts, merged[0])
    run.note("prints", held.first[-1] + len(held.blocks[-1]))
    run.note("vectors", len(index))
    run.note("minutiae of a distractor", round(vectors / count, 1))
    run.note("lists", index.segments[0].lists)
    run.note("indexing, us a minutia", round(1e6 * (seconds + merging) / len(index), 2))
    return index, held


def _with(index: Index, first: int, prints: Iterable[Prepared]) -> Index:
    unknown = FingerPosition.UNKNOWN
    return index.with_prints([Print(n, unknown, p.template.minutiae, p.vectors) for n, p in enumerate(prints, first)])


def _search(
    run: Run, name: str, reach: Reach, index: Index, held: Enrolled, trials: Sequence[Trial], comparer: Comparer
) -> None:
    times: list[float] = []
    lists: dict[int, list[int]] = {}
    shortlist(index, trials[0].probe.template.minutiae, trials[0].probe.vectors, reach=reach)
    for trial in trials:
        probe = trial.probe
        if id(probe) not in lists:
            began = process_time()
            found = shortlist(index, probe.template.minutiae, probe.vectors, length=LENGTH + 20, reach=reach)
            times.append(process_time() - began)
            lists[id(probe)] = found.numbers.tolist()
    run.record(f"{name}: search", times, unit="ms", scale=1e3)
    for kind, same in (("same sensor", True), ("other sensor", False)):
        chosen = [trial for trial in trials if trial.same_sensor is same]
        if not chosen:
            continue
        listed = [[n for n in lists[id(t.probe)] if n not in t.others][:LENGTH] for t in chosen]
        missed = [t for t, found in zip(chosen, listed, strict=True) if t.mate not in found]
        compared = missed[:MOST_COMPARED] if name == "normal" else []
        findable = [t for t in compared if held.rank(comparer, t) < FINDABLE]
        strangers = [sum(n < len(held.real) and n != t.mate for n in found) for t, found in zip(chosen, listed, strict=True)]
        expected = LENGTH * len(held.real) / (held.first[-1] + len(held.blocks[-1]))
        figures = {
            "trials": len(chosen),
            "missed": len(missed),
            "of the missed, compared with all": len(compared),
            "of those, findable": len(findable),
            "first": sum(found[:1] == [t.mate] for t, found in zip(chosen, listed, strict=True)),
            "real strangers on a list": round(float(np.mean(strangers)), 2),
            "expected by chance": round(expected, 2),
        }
        run.note(f"{name}: {kind}", figures)
        print(name, kind, figures, run.figures[f"{name}: search"], flush=True)


def _weigh(run: Run, index: Index, folder: Path, path: Path, count: int) -> None:
    """Anonymous memory a print: of the index alone, and of the names that a gallery keeps beside it."""
    checksum = index.segments[0].save(path)
    with get_context("spawn").Pool(1) as pool:
        run.note("memory of the index, bytes a print", round(pool.apply(_index_memory, (folder, path, checksum)) / count))
    with get_context("spawn").Pool(1) as pool:
        run.note("memory of names, bytes a print", round(pool.apply(_names_memory, (count,)) / count))


def _index_memory(folder: Path, path: Path, checksum: int) -> int:
    books = Codebooks.load(Models(folder))
    books.coarse(books.sizes[-1])
    before = _anonymous()
    segment = Segment.load(path, checksum, books)
    assert len(segment)
    return _anonymous() - before


def _names_memory(count: int) -> int:
    before = _anonymous()
    catalogue = Catalogue()
    for first in range(0, count, 100):
        names = [Names(f"{number:032x}", f"person {number}", "", frozenset()) for number in range(first, first + 100)]
        catalogue.add(first, names, [FingerPosition.UNKNOWN] * 100)
    return _anonymous() - before


def _anonymous() -> int:
    """Bytes of anonymous memory that this process holds."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return 1_024 * int(line.split()[1])
    return 0


if __name__ == "__main__":
    main()
