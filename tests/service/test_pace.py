"""In a process of its own, since it holds for all of one."""

import subprocess
import sys

QUICKENED = """
import gc, sys
from biomatch.service.pace import quicken
there = {}
there["itself"] = there
quicken()
looked = []
gc.callbacks.append(lambda phase, info: looked.append(phase))
for _ in range(15_000):
    there.setdefault("more", []).append([])
few = len(looked)
for _ in range(10_000):
    there["more"].append([])
print(gc.get_freeze_count() > 1_000, few, len(looked), sys.getswitchinterval())
"""


def test_garbage_is_looked_for_less_often_and_threads_take_turns_more_often():
    done = subprocess.run([sys.executable, "-c", QUICKENED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "2", "0.0005"]
