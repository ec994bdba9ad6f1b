"""How accurate is biomatch, beside others on the same prints, pairs and run? -> results/accuracy.json

Each set is scored by models that never saw its fingers (`--held-out`, from `biomatch train --leave-out each`). Parts:
  ours       biomatch as it is, with identification
  templates  biomatch without ridge pictures
  harder     biomatch on the same prints, distorted and spoilt by synthesis
  nbis       MINDTCT and Bozorth3
  mindtct    our comparison on MINDTCT's minutiae
  sensors    crossmatch against uareu: the same fingers on two sensors
  vendor     another vendor's ISO/IEC 19794-2 templates: where their mates stand
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import samples
from peers import NbisSetup, OursOnMindtctSetup, nbis_version

from biomatch.evaluation import evaluation, protocol, report, runner
from biomatch.evaluation.engine import OurSetup, Setup
from biomatch.evaluation.run import Run

SENSORS = ("crossmatch", "uareu")
MATES = (("a001_04p", "b001_04p"), ("a001_06p", "b001_06p"))


class Parts:
    """Each part as a method; all on one manifest, with one folder of held-out models."""

    def __init__(self, data: Path, held_out: Path, processes: int, only: list[str]):
        self.data, self.held_out, self.processes, self.only = data, held_out, processes, only
        self.manifest = data / "manifest.csv"

    def ours(self) -> dict[str, Any]:
        return evaluation.run(OurSetup(held_out=self.held_out), self.manifest, self.only, processes=self.processes).report

    def templates(self) -> dict[str, Any]:
        return self._pairs(OurSetup(held_out=self.held_out, ridges=False))

    def harder(self) -> dict[str, Any]:
        return self._pairs(OurSetup(held_out=self.held_out, hardness=1.0))

    def nbis(self) -> dict[str, Any]:
        return self._pairs(NbisSetup())

    def mindtct(self) -> dict[str, Any]:
        return self._pairs(OursOnMindtctSetup(held_out=self.held_out))

    def sensors(self) -> dict[str, Any]:
        setup = OurSetup(held_out=self.held_out)
        prints = self._extract(setup, protocol.read(self.manifest, SENSORS))
        across = runner.compare_across(setup, prints, *SENSORS, processes=self.processes)
        return report.build(prints, {" against ".join(SENSORS): across}, None, None)

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

    def _extract(self, setup: Setup, chosen: list[protocol.Sample]) -> runner.Prints:
        own = [(at, setup.key(one.set)) for at, one in enumerate(chosen)]
        return runner.extract_all(setup, chosen, own, processes=self.processes)

    def _pairs(self, setup: Setup) -> dict[str, Any]:
        prints = self._extract(setup, protocol.read(self.manifest, self.only))
        return report.build(prints, runner.compare_all(setup, prints, processes=self.processes), None, None)


def main() -> None:
    parser = samples.arguments(__doc__)
    parser.add_argument("--held-out", type=Path, required=True, help="folder with models of each group left out")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="only this set")
    parser.add_argument("--part", action="append", default=[], help="only this part")
    given = parser.parse_args()
    parts = Parts(given.data, given.held_out, given.processes, given.only)
    names = given.part or ["ours", "templates", "harder", "nbis", "mindtct", "sensors", "vendor"]
    run = Run("accuracy", threads=given.processes, peer=nbis_version(), sets=given.only or "all")
    for name in names:
        part: Callable[[], dict[str, Any]] = getattr(parts, name)
        found = part()
        run.note(name, found)
        print(name, _line(found), flush=True)
    print(run.save(given.out))


def _line(found: dict[str, Any]) -> str:
    if "pooled" not in found:
        return str({name: value for name, value in found.items() if name != "minutiae"})
    one = found["pooled"]
    rates = "  ".join(f"{name} {100 * one[name]:.2f} %" for name in ("eer", "fmr100", "fmr1000", "zerofmr"))
    return f"{rates}  ({one['genuine']:,} genuine, {one['impostor']:,} impostor)"


if __name__ == "__main__":
    main()
