"""How long until biomatch answers? -> results/import_time.json

New processes, interpreter start included.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import samples

from biomatch.evaluation.run import Run

REPEATS = 7
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import biomatch": ["-c", "import biomatch"],
    "biomatch --version": ["-m", "biomatch.cli", "--version"],
}


def main(out: Path) -> None:
    run = Run("import_time", threads=1)
    for name, command in COMMANDS.items():
        _start(command)
        run.record(name, [_start(command) for _ in range(REPEATS)], unit="s", scale=1)
    print(run.save(out))


def _start(command: list[str]) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began


if __name__ == "__main__":
    options = samples.arguments(__doc__).parse_args()
    main(options.out)
