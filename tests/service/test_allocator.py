"""What a large array held goes back to the system, though something small lies behind it."""

import ctypes
import subprocess
import sys

import pytest

KEPT = """
import ctypes, sys
import numpy as np
from biomatch.evaluation.machine import memory
from biomatch.service.allocator import give_back_large_arrays

if sys.argv[1] == "told":
    assert give_back_large_arrays()
malloc = ctypes.CDLL(None).malloc
np.ones(24 << 20, np.uint8)  # freed at once: a hint to glibc
before = memory().anonymous
large = np.ones(16 << 20, np.uint8)
held = memory().anonymous - before
malloc(1_000)
del large
print(held, memory().anonymous - before)
"""


def kept(how):
    """Bytes that a process holds with a large array, and without."""
    done = subprocess.run([sys.executable, "-c", KEPT, how], capture_output=True, text=True, check=True)
    return [int(one) for one in done.stdout.split()]


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="the C library is not glibc")
def test_a_large_array_is_given_back():
    held, left = kept("told")
    assert held > 15 << 20
    assert left < 2 << 20
    held, left = kept("not told")
    assert left > 15 << 20  # else nobody needs to be told any more


FAULTS = """
import resource, sys
import numpy as np
from biomatch.service.allocator import give_back_large_arrays

give_back_large_arrays()
if sys.argv[1] == "trimmed":
    import ctypes
    ctypes.CDLL(None).mallopt(-1, 128 << 10)
for n in range(60):
    if n == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(1_200_000, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="the C library is not glibc")
def test_what_each_search_uses_stays_for_the_next():
    """Pages of 4 kB, 293 of them an array; 50 arrays."""
    words = [sys.executable, "-c", FAULTS]
    stayed, came_again = (
        int(subprocess.run([*words, how], capture_output=True, text=True, check=True).stdout) for how in ["stays", "trimmed"]
    )
    assert stayed < 300
    assert came_again > 10_000
