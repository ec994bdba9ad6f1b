"""Every result in results/ anew, with the settings behind the published figures, and the pages that show them.

    python benchmarks/all.py [NAME...] --data DIR [--held-out DIR] [--boxed DIR] [--work DIR] [--database URL]

NAME is one of `steps`; default: all but identification-large, which takes four hours and 50 GB: the gallery of ten million. The
others take about four hours on two cores, most of it the galleries of a million.
`--work` keeps galleries; a run that was broken off goes on from there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
FVC = ("fvc2000_db1", "fvc2000_db2", "fvc2000_db3", "fvc2000_db4")
SHIPPED = ("ours", "templates", "mindtct", "harder", "vendor")  # parts of accuracy, with the models that ship
PEERS = ("nbis", "nbis_harder")
FOLDED = ("--sizes", "20000,100000", "--sets-only", "--processes", "1")
HELD_OUT = ("ours", "pairs", "templates", "mindtct", "leader", "harder", "sensors")
LARGE = "identification-large"
MARKED = (
    "bureau.md", "formats.md", "people.md", "research/crowding.md", "research/descriptors.md", "research/extraction.md",
    "research/fusion.md", "research/search.md", "research/synthesis.md",
)  # fmt: skip
PAGES = (HERE.parent / "README.md", HERE / "README.md", *(HERE.parent / "docs" / name for name in MARKED))


def steps(
    data: Path, held_out: Path | None, boxed: Path | None, work: Path, database: str | None
) -> dict[str, list[list[str]]]:
    """Commands by name."""
    real = ["--data", str(data)]
    accuracy = ["accuracy", *real, "--processes"]
    held = [[*accuracy, "1", "--held-out", str(held_out), *_parts(HELD_OUT)]] if held_out else []
    new_sensors = ["--data", str(data / "manifest_new_sensors.csv")]
    folds = ["--held-out", str(held_out), "--work", str(work)]
    by_folds = [["identification", *real, *new_sensors, *folds, *FOLDED]] if held_out else []
    minutiae = ["--minutiae", "biomatch", "--minutiae", f"leader:{'+'.join(FVC)}", "--work", str(work)]
    return {
        "import": [["import"]],
        "extraction": [["extraction", *real]],
        "extractors": [["extractors", *real, "--processes", "1"]],
        "repeatability": [["repeatability", *real]],
        "minutiae": [["minutiae", *real]],
        "latents": [["latents", *real]],
        "comparison": [["comparison", *real]],
        "http": [["http"]],
        "service": [["service", "--seconds", "20", "--work", str(work)]],
        "soak": [["soak", "--pace", "0.5", "--work", str(work)]],
        "kills": [["kills"], *([["kills", "--kills", "40", "--database", database]] if database else [])],
        "power": [["power", "--cuts", "12"]],
        "replays": [["replays"]],
        "tamperings": [["tamperings"]],
        "attack": [["attack", "--work", str(work)]],
        "encryption": [["encryption", "--prints", "3000", "--probes", "150"]],
        "formats": [["formats", *real]],
        "slaps": [["slaps", str(work / "slaps"), *([str(boxed)] if boxed else [])]],
        "finger-order": [["finger-order", str(work / "cards"), "--drawn", "100"]],
        "fuzz": [["fuzz"]],
        "transactions": [["transactions"]],
        "concurrent": [["concurrent"]],
        "index-kinds": [["index-kinds", *real, "--probes", "150", "--work", str(work)]],
        "accuracy": [[*accuracy, "1", *_parts(SHIPPED)], [*accuracy, "2", *_parts(PEERS)], *held],
        "crowding": [["crowding", *real]],
        "fusion": [["fusion", "--data", str(data / "manifest_new_sensors.csv")]],
        "likeness": [["likeness", *real]],
        "units": [["units"]],
        "identification": [
            ["identification", *real, *minutiae, "--sizes", "1000,10000,100000,1000000"],
            ["identification", *real, *new_sensors, *minutiae, "--sizes", "2000,10000,100000,1000000", "--sets-only"],
            ["rates", *real, *new_sensors, *minutiae, "--sizes", "10000", "--large", "100000,1000000", "--probes", "60"],
            *by_folds,
        ],
        LARGE: [["identification", *real, *minutiae, "--sizes", "10000000"]],
    }  # fmt: skip


def _parts(names: tuple[str, ...]) -> list[str]:
    return [option for name in names for option in ("--part", name)]


def made_before(name: str, work: Path) -> list[list[str]]:
    """What `biomatch synth` makes for a step: a thousand slaps, and the cards of 51 persons."""
    slaps = ["slaps", "--persons", "63", "--impressions", "8", "--sensor", "glass", "--sensor", "ink", "--seed", "92"]
    cards = ["card", "--persons", "51", "--seed", "91"]
    wanted = {"slaps": [slaps], "finger-order": [cards]}.get(name, [])
    folders = {"slaps": work / "slaps", "card": work / "cards"}
    return [[*one, "--out", str(folders[one[0]])] for one in wanted if not (folders[one[0]] / "manifest.csv").exists()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data", help="folder with manifest.csv")
    parser.add_argument("--held-out", type=Path, help="models of `biomatch train --folds`")
    parser.add_argument("--boxed", type=Path, help="real slaps, a folder with manifest.csv: path, position, ppi, boxes")
    parser.add_argument("--work", type=Path, default=Path("bench-work"), help="where galleries are kept")
    parser.add_argument("--database", metavar="URL", help="an empty PostgreSQL database, for the kills on it")
    given = parser.parse_args()
    every = steps(given.data, given.held_out, given.boxed, given.work, given.database)
    for name in given.names or [name for name in every if name != LARGE]:
        for command in made_before(name, given.work):
            _biomatch("synth", *command)
        for command in every[name]:
            _biomatch("bench", *command, "--out", str(RESULTS), "--replace")
    _biomatch("bench", "page", str(RESULTS), *map(str, PAGES))


def _biomatch(*arguments: str) -> None:
    print("biomatch", *arguments, flush=True)
    subprocess.run([sys.executable, "-m", "biomatch.cli", *arguments], check=True)


if __name__ == "__main__":
    main()
