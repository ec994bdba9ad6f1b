"""Enrols, moves and removes synthetic prints for ever, and says after each what was acknowledged. Told to, it dies at a point.

enroller.py FOLDER FIRST [POINT COUNT]
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from biomatch.bureau import Actor, Upload, open_gallery
from biomatch.synthesis import synthesise_templates

ME = Actor("enroller", "test")


def main(folder: Path, first: int, point: str = "", count: int = 0) -> None:
    left = count

    def trace(name: str, _value: object) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    with open_gallery(folder, workers=1, trace=trace) as bureau:
        print("open", flush=True)
        for number in range(first, first + 10_000):
            bureau.encounters.enrol(f"person {number}", [Upload(record(number))], ME, encounter="e")
            print(f"enrolled {number}", flush=True)
            print(f"checkpoint {json.dumps(bureau.upkeep.checkpoint(ME))}", flush=True)
            if number % 3 == 1:
                bureau.encounters.move(f"moved {number}", f"person {number}", "e", ME)
                print(f"moved {number}", flush=True)
            if number % 3 == 0:
                bureau.encounters.remove(ME, person=f"person {number}")
                print(f"removed {number}", flush=True)


def record(number: int) -> bytes:
    """The same number, the same finger."""
    return synthesise_templates(1, seed=11, first=number)[0].to_bytes()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:4], *(int(count) for count in sys.argv[4:5]))
