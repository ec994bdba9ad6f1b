"""How accurate is biomatch, beside others on the same prints, pairs and run? -> accuracy_PART.json

With a folder of held-out models (from `biomatch train --leave-out each`) each set is scored by models whose cards prove that
they never saw it, nor its fingers, nor its sensor. PARTS says what there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from biomatch.bench.frame import Run
from biomatch.bench.measured import Used
from biomatch.bench.report.cells import percent
from biomatch.comparison import Prepared
from biomatch.errors import NothingToDo, UnknownName
from biomatch.evaluation import evaluation, peers, plots, protocol, report, runner
from biomatch.evaluation.engine import OurSetup, Setup
from biomatch.extraction import DEFAULT
from biomatch.observe import NO_PROGRESS, Progress

FVC = ("fvc2000_db1", "fvc2000_db2", "fvc2000_db3", "fvc2000_db4")
SENSORS = ("crossmatch", "uareu")
MATES = (("a001_04p", "b001_04p"), ("a001_06p", "b001_06p"))
PARTS = {
    "ours": "biomatch as it is, with identification",
    "pairs": "the same without identification",
    "templates": "biomatch without ridge pictures",
    "nbis": "MINDTCT and Bozorth3",
    "mindtct": "our comparison on MINDTCT's minutiae",
    "leader": "our comparison on LEADER's minutiae, the FVC2000 sets",
    "harder": "biomatch on the FVC2000 sets, first distorted and spoilt by synthesis",
    "nbis_harder": "MINDTCT and Bozorth3 on the same",
    "sensors": "crossmatch against uareu: the same fingers on two sensors",
    "vendor": "another vendor's ISO/IEC 19794-2 templates: where their mates stand",
}
OTHERS = ("nbis", "nbis_harder")  # parts in which no model of ours takes part
AS_SHIPPED = (*OTHERS, "vendor")  # parts that held-out models do not change
SETS_OF = {"leader": FVC, "harder": FVC, "nbis_harder": FVC, "sensors": SENSORS}  # those that parts are measured on
PEER_OF = {"nbis": "mindtct", "mindtct": "mindtct", "leader": "leader", "nbis_harder": "mindtct"}  # what parts need installed


def check(parts: Sequence[str], data: Path, only: Sequence[str] = (), held_out: Path | None = None) -> None:
    """Makes sure before the work that each part can be measured, and that held-out models never saw what they are to score.

    Raises UnknownName, PeerMissing, BadManifest, NothingToDo where DATA lacks what a part is measured on, ModelNotHeldOut.
    """
    for part in parts:
        if part not in PARTS:
            raise UnknownName("part of the accuracy benchmark", part, list(PARTS))
        if part in PEER_OF:
            peers.need(PEER_OF[part])
    every, chosen = ({one.set for one in protocol.read(data / "manifest.csv", some)} for some in ((), only))
    for part in parts:
        there = chosen if part == "sensors" else every
        lacking = [name for name in SETS_OF.get(part, ()) if name not in there]
        if part == "vendor":
            lacking = [str(path) for path in _vendor_files(data) if not path.is_file()]
        if lacking:
            raise NothingToDo(
                f"part '{part}' needs {', '.join(lacking)}, which {data} has not, or --only leaves out; "
                "name other parts with --part"
            )
        for name in sorted(SETS_OF.get(part, chosen)) if part not in AS_SHIPPED else ():
            OurSetup(held_out=held_out).key(name)


def _vendor_files(data: Path) -> list[Path]:
    """Lists the files with a mate."""
    return [data / "templates" / f"{name}.ist" for pair in MATES for name in pair]


@dataclass
class Accuracy:
    """Each part as a method; all on one manifest, with one folder of held-out models (None: the models that ship)."""

    data: Path
    held_out: Path | None = None
    processes: int = 2
    only: Sequence[str] = ()
    plots: Path | None = None
    extractor: str = DEFAULT
    progress: Progress = field(default=NO_PROGRESS)

    def measure(self, part: str) -> Run:
        """Measures one of PARTS."""
        held_out = self._held_out(part)
        run = Run(
            name(part, self.held_out), threads=self.processes, models=self._models(part, held_out), peer=peers.nbis_version(),
            held_out=held_out, part=PARTS[part], extractor=self.extractor, sets=list(SETS_OF.get(part, self.only)) or "all",
        )  # fmt: skip
        run.figures.update(getattr(self, f"_{part}")())
        return run

    def _held_out(self, part: str) -> dict[str, list[str]] | None:
        """Returns the sets that the models of each folder are proven never to have seen, and score. Raises ModelNotHeldOut."""
        if self.held_out is None or part in AS_SHIPPED:
            return None
        setup, found = self._setup(), dict[str, list[str]]()
        for name in SETS_OF.get(part) or sorted({one.set for one in protocol.read(self._manifest, self.only)}):
            found.setdefault(setup.key(name), []).append(name)
        return found

    def _models(self, part: str, held_out: Mapping[str, Sequence[str]] | None) -> Used:
        if part in OTHERS:
            return {}
        return None if held_out is None else self._setup().used(name for names in held_out.values() for name in names)

    def _setup(self) -> OurSetup:
        return OurSetup(held_out=self.held_out, extractor=self.extractor)

    @property
    def _manifest(self) -> Path:
        return self.data / "manifest.csv"

    @cached_property
    def _whole(self) -> evaluation.Evaluation:
        setup = self._setup()
        done = evaluation.run(setup, self._manifest, self.only, processes=self.processes, progress=self.progress)
        if self.plots is not None:
            plots.draw_all(self.plots, done.scores, done.found, "accuracy_")
        return done

    def _ours(self) -> dict[str, Any]:
        return self._whole.report | self._of_fvc(self._whole.scores)

    def _pairs(self) -> dict[str, Any]:
        return self._all_pairs(self._setup(), self.only)

    def _templates(self) -> dict[str, Any]:
        bare = {
            key: one and Prepared(replace(one.template, ridges=b""), one.vectors)
            for key, one in self._whole.prints.ready.items()
        }
        return self._scored(replace(self._setup(), ridges=False), replace(self._whole.prints, ready=bare))

    def _sensors(self) -> dict[str, Any]:
        setup = self._setup()
        across = runner.compare_across(setup, self._whole.prints, *SENSORS, processes=self.processes, progress=self.progress)
        return report.build(self._whole.prints, {" against ".join(SENSORS): across}, None, None)

    def _nbis(self) -> dict[str, Any]:
        return self._all_pairs(peers.NbisSetup(), self.only)

    def _mindtct(self) -> dict[str, Any]:
        return self._all_pairs(peers.OursOnForeignSetup(held_out=self.held_out), self.only)

    def _leader(self) -> dict[str, Any]:
        return self._all_pairs(peers.OursOnForeignSetup(held_out=self.held_out, foreign="leader"), FVC)

    def _harder(self) -> dict[str, Any]:
        return self._all_pairs(replace(self._setup(), hardness=1.0), FVC)

    def _nbis_harder(self) -> dict[str, Any]:
        return self._all_pairs(peers.NbisSetup(hardness=1.0), FVC)

    def _vendor(self) -> dict[str, Any]:
        """Scores each mated pair, and finds the highest score of its prints with any other vendor template or first
        impression."""
        setup = OurSetup(extractor=self.extractor)
        engine = setup.open("")
        non_mated = [one for one in protocol.read(self._manifest, self.only) if one.impression == 1]
        names = sorted(path.stem for path in (self.data / "templates").glob("*.ist"))
        vendor = {name: self._vendor_print(engine, name) for name in names}
        others = [one for one in self._extracted(setup, non_mated).ready.values() if one is not None]
        found: dict[str, Any] = {"strangers": len(others) + len(names) - 2, "minutiae": {}}
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

    def _all_pairs(self, setup: Setup, only: Sequence[str]) -> dict[str, Any]:
        return self._scored(setup, self._extracted(setup, protocol.read(self._manifest, only)))

    def _extracted(self, setup: Setup, samples: Sequence[protocol.Sample]) -> runner.Prints:
        own = [(at, setup.key(one.set)) for at, one in enumerate(samples)]
        return runner.extract_all(setup, samples, own, processes=self.processes, progress=self.progress)

    def _scored(self, setup: Setup, prints: runner.Prints) -> dict[str, Any]:
        scores = runner.compare_all(setup, prints, processes=self.processes, progress=self.progress)
        return report.build(prints, scores, None, None) | self._of_fvc(scores)

    @staticmethod
    def _of_fvc(scores: dict[str, runner.SetScores]) -> dict[str, Any]:
        """Returns the pooled rates of the FVC2000 sets alone, where all of them were scored."""
        if not set(FVC) <= set(scores):
            return {}
        return {"fvc2000": report.rates({name: scores[name] for name in FVC})}


def name(part: str, held_out: Path | None) -> str:
    """Names the part's result."""
    return f"accuracy_{part}" + ("_held_out" if held_out and part not in AS_SHIPPED else "")


def line(found: dict[str, Any]) -> str:
    """Writes the figures of a part in one line of words."""
    if "pooled" not in found:
        return "; ".join(f"{what}: {value}" for what, value in found.items() if what != "minutiae")
    one = found["pooled"]
    rates = "  ".join(f"{rate} {percent(one[rate])} %" for rate in ("eer", "fmr100", "fmr1000", "zerofmr"))
    return f"{rates}  ({one['genuine']:,} mated, {one['impostor']:,} non-mated)"
