"""Large arrays lie outside the C library's heaps, so that their memory goes back to the system when they do."""

from __future__ import annotations

import ctypes

LARGE_BYTES = 2 << 20  # a segment of the index, a database's copy: what is rewritten again and again, in a thread of its own
KEPT_BYTES = 4 << 20  # at a heap's end, free for the next search, whose largest array has 1.2 MB; glibc's own 128 kB are less
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)


def give_back_large_arrays() -> bool:
    """Gives large arrays back to the system; tells whether the C library takes part: one that is not glibc needs it not.

    glibc takes each large array that is freed as a hint to lay the next ones in a heap, of which several threads have one each.
    Something small then lies behind them and stays, and only a heap's end is given back: after 720 requests, while segments of
    the index were rewritten, 68 MB of a server's heaps were empty, and 11 MB with this. Told so, it no longer guesses either
    how much a heap shall keep at its end: what each search used went back to the system, and came again in 600 page faults.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES))
