"""How long does one extraction take, and which stage takes it? -> results/extract_speed.json

Prints of 388 x 374 px, PNG bytes to template, one thread; MINDTCT (nbis-python) on the same bytes in turn.
"""

from __future__ import annotations

from pathlib import Path
from time import process_time

import samples
from peers import mindtct, nbis_version

import biomatch
from biomatch.evaluation.run import Run, timed
from biomatch.evaluation.runner import one_thread
from biomatch.extraction import ClassicalExtractor

PRINTS = 100


class Stopwatch:
    """A trace that keeps the seconds until each stage's output came."""

    def __init__(self) -> None:
        self.last, self.stages = process_time(), dict[str, float]()

    def __call__(self, name: str, value: object) -> None:
        now = process_time()
        self.stages[name] = self.stages.get(name, 0.0) + now - self.last
        self.last = process_time()


def main(data: Path, out: Path) -> None:
    one_thread()
    chosen = samples.prints(data, "crossmatch")
    pictures = [samples.cut(sample) for sample in chosen[:: len(chosen) // PRINTS][:PRINTS]]
    extractor, peer = ClassicalExtractor(), mindtct(500.0)

    def ours(picture: bytes) -> int:
        return len(extractor.extract(biomatch.decode(picture, ppi=500)).minutiae)

    run = Run("extract_speed", threads=1, peer=nbis_version(), size=f"{samples.WIDTH} x {samples.HEIGHT} px")
    ours(pictures[0])
    peer.extract_minutiae(pictures[0])
    pairs = [(timed(ours, one), timed(peer.extract_minutiae, one)) for one in pictures]
    mine = run.record("biomatch", [pair[0] for pair in pairs], unit="ms", scale=1e3)
    theirs = run.record("mindtct", [pair[1] for pair in pairs], unit="ms", scale=1e3)
    run.note("times_mindtct", round(mine["median"] / theirs["median"], 2))
    for stage, seconds in _by_stage(extractor, pictures).items():
        run.record(f"until {stage}", seconds, unit="ms", scale=1e3)
    print(run.save(out))


def _by_stage(extractor: ClassicalExtractor, pictures: list[bytes]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for picture in pictures:
        began = process_time()
        image = biomatch.decode(picture, ppi=500)
        found.setdefault("decoded", []).append(process_time() - began)
        watch = Stopwatch()
        extractor.extract(image, trace=watch)
        watch("end", None)
        for stage, seconds in watch.stages.items():
            found.setdefault(stage, []).append(seconds)
    return found


if __name__ == "__main__":
    options = samples.arguments(__doc__).parse_args()
    main(options.data, options.out)
