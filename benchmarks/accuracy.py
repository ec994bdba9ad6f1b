"""How accurate is biomatch, beside others on the same prints, pairs and run? -> results/accuracy_PART.json

With `--held-out` (from `biomatch train --leave-out each`) each set is scored by models that never saw its fingers. Parts:
  ours       biomatch as it is, with identification
  pairs      the same without identification
  templates  biomatch without ridge pictures
  nbis       MINDTCT and Bozorth3
  harder, nbis_harder   both on the FVC2000 sets, first distorted and spoilt by synthesis
  mindtct    our comparison on MINDTCT's minutiae
  sensors    crossmatch against uareu: the same fingers on two sensors
  vendor     another vendor's ISO/IEC 19794-2 templates: where their mates stand
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import samples
from peers import NbisSetup, OursOnMindtctSetup, nbis_version

from biomatch.comparison import Prepared
from biomatch.evaluation import evaluation, protocol, report, runner
from biomatch.evaluation.engine import OurSetup, Setup
from biomatch.evaluation.run import Run

FVC = ("fvc2000_db1", "fvc2000_db2", "fvc2000_db3", "fvc2000_db4")
SENSORS = ("crossmatch", "uareu")
MATES = (("a001_04p", "b001_04p"), ("a001_06p", "b001_06p"))


class Parts:
    """Each part as a method; all on one manifest, with one folder of held-out models (None: the models that ship)."""

    def __init__(self, data: Path, held_out: Path | None, processes: int, only: list[str]):
        self.data, self.held_out, self.processes, self.only = data, held_out, processes, only
        self.manifest = data / "manifest.csv"

    @cached_property
    def _ours(self) -> evaluation.Evaluation:
        return evaluation.run(OurSetup(held_out=self.held_out), self.manifest, self.only, processes=self.processes)

    def ours(self) -> dict[str, Any]:
        return self._ours.report

    def pairs(self) -> dict[str, Any]:
        return self._pairs(OurSetup(held_out=self.held_out), self.only)

    def templates(self) -> dict[str, Any]:
        bare = {
            key: one and Prepared(replace(one.template, ridges=b""), one.vectors)
            for key, one in self._ours.prints.ready.items()
        }
        return self._scored(OurSetup(held_out=self.held_out, ridges=False), replace(self._ours.prints, ready=bare))

    def sensors(self) -> dict[str, Any]:
        setup = OurSetup(held_out=self.held_out)
        across = runner.compare_across(setup, self._ours.prints, *SENSORS, processes=self.processes)
        return report.build(self._ours.prints, {" against ".join(SENSORS): across}, None, None)

    def nbis(self) -> dict[str, Any]:
        return self._pairs(NbisSetup(), self.only)

    def mindtct(self) -> dict[str, Any]:
        return self._pairs(OursOnMindtctSetup(held_out=self.held_out), self.only)

    def harder(self) -> dict[str, Any]:
        return self._pairs(OurSetup(held_out=self.held_out, hardness=1.0), FVC)

    def nbis_harder(self) -> dict[str, Any]:
        return self._pairs(NbisSetup(hardness=1.0), FVC)

    def vendor(self) -> dict[str, Any]:
        """Score of each mated pair, and the highest score of its prints with any other vendor template or first impression."""
        setup = OurSetup()
        engine = setup.open("")
        strangers = [one for one in protocol.read(self.manifest, self.only) if one.impression == 1]
        names = sorted(path.stem for path in (self.data / "templates").glob("*.ist"))
        vendor = {name: self._vendor_print(engine, name) for name in names}
        others = [engine.extract(one) for one in strangers]
        found: dict[str, Any] = {"strangers": len(strangers) + len(names) - 2, "minutiae": {}}
        for a, b in MATES:
            rest = [one for name, one in vendor.items() if name not in (a, b)] + others
            found[f"{a} and {b}"] = {
                "mate": float(engine.compare(vendor[a], [vendor[b]])[0, 0]),
                "best stranger": float(max(engine.compare(vendor[one], rest)[:, 0].max() for one in (a, b))),
            }
        found["minutiae"] = {name: len(one.template.minutiae) for name, one in vendor.items()}
        return found

    def _vendor_print(self, engine: Any, name: str) -> Any:
        return engine.extract(protocol.Sample("vendor", name, 1, self.data / "templates" / f"{name}.ist"))

    def _pairs(self, setup: Setup, only: Sequence[str]) -> dict[str, Any]:
        chosen = protocol.read(self.manifest, only)
        own = [(at, setup.key(one.set)) for at, one in enumerate(chosen)]
        return self._scored(setup, runner.extract_all(setup, chosen, own, processes=self.processes))

    def _scored(self, setup: Setup, prints: runner.Prints) -> dict[str, Any]:
        return report.build(prints, runner.compare_all(setup, prints, processes=self.processes), None, None)


def main() -> None:
    parser = samples.arguments(__doc__)
    parser.add_argument("--held-out", type=Path, help="folder with models of each group left out")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="only this set")
    parser.add_argument("--part", action="append", default=[], help="only this part")
    given = parser.parse_args()
    parts = Parts(given.data, given.held_out, given.processes, given.only)
    names = given.part or ["ours", "templates", "nbis", "mindtct", "harder", "nbis_harder", "sensors", "vendor"]
    held_out = sorted(place.name for place in given.held_out.iterdir()) if given.held_out else None
    for name in names:
        run = Run(f"accuracy_{name}", threads=given.processes, peer=nbis_version(), held_out=held_out)
        part: Callable[[], dict[str, Any]] = getattr(parts, name)
        found = part()
        run.figures.update(found)
        print(name, _line(found), flush=True)
        run.save(given.out)


def _line(found: dict[str, Any]) -> str:
    if "pooled" not in found:
        return str({name: value for name, value in found.items() if name != "minutiae"})
    one = found["pooled"]
    rates = "  ".join(f"{name} {100 * one[name]:.2f} %" for name in ("eer", "fmr100", "fmr1000", "zerofmr"))
    return f"{rates}  ({one['genuine']:,} genuine, {one['impostor']:,} impostor)"


if __name__ == "__main__":
    main()
