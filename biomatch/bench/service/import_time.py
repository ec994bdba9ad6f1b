"""The time until biomatch answers -> import.json

New processes, interpreter start included, by the clock.
"""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

from biomatch.bench.frame import Run
from biomatch.observe import NO_PROGRESS, Progress

NAME = "import"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import biomatch": ["-c", "import biomatch"],
    "biomatch --version": ["-m", "biomatch.cli", "--version"],
}


def measure(repeats: int = 7, progress: Progress = NO_PROGRESS) -> Run:
    run = Run(NAME, threads=1, repeats=repeats)
    progress.start("Starting", repeats * len(COMMANDS))
    for name, command in COMMANDS.items():
        _start(command)
        seconds = []
        for _ in range(repeats):
            seconds.append(_start(command))
            progress.advance()
        run.record(name, seconds, unit="s", scale=1)
    progress.done()
    return run


def _start(command: list[str]) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began
