"""The pace of a serving process: how threads share the interpreter, and when it looks for garbage."""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.0005
"""That a thread works on in Python while another waits to. A search comes out of its kernels some forty times: with Python's
own 0.005 half of four clients wait 6 % longer, and 5 of 100 more than 10 % longer. Less gains nothing."""

GARBAGE = 20_000
"""Objects after which circles of garbage are looked for: with Python's own 700 that is amid each search, and takes 1.1 ms."""


LARGE_BYTES = 1 << 17
"""Of a body, after which circles of garbage are looked for: an error holds the frames that it went through, and these hold the
body. 327 transactions of 8 MB that were refused took 5 GB, since that garbage is few objects."""


def collect_after(held: int) -> None:
    """Collects garbage after a large request. held: bytes of the body of a request that is over."""
    if held >= LARGE_BYTES:
        gc.collect(1)


def quicken() -> None:
    """Prepares the process once, when all is there that stays: what is there now is not looked through for garbage any more."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
