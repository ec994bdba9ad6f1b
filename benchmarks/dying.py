"""`biomatch serve`, but it kills itself when it passes a named point for the n-th time: BIOMATCH_DIE_AT=POINT:N.

`biomatch bench kills` runs it. The points are those that an enrolment, a change or a removal passes (docs/durability.md).
"""

from __future__ import annotations

import functools
import os
import signal
import threading

from biomatch.cli import main
from biomatch.service import app

POINT, _, COUNT = os.environ.get("BIOMATCH_DIE_AT", "").partition(":")
_counting = threading.Lock()
_passed = 0


def trace(name: str, _value: object) -> None:
    global _passed
    if name != POINT:
        return
    with _counting:
        _passed += 1
        if _passed == int(COUNT):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    app.open_gallery = functools.partial(app.open_gallery, trace=trace)
    main()
