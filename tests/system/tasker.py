"""Begins a task, or goes on with it, and says how it ended. Told to, it dies at a point.

tasker.py FOLDER enrol|reindex LIST [POINT COUNT]
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from biomatch.bureau import Actor, open_gallery
from biomatch.bureau.tasks import lists, reindexing

ME = Actor("tasker", "test")
EXTRACTORS = {"enrol": "classical", "reindex": "learned"}


def main(folder: Path, kind: str, manifest: Path, point: str = "", count: int = 0) -> None:
    left = count

    def trace(name: str, _value: object) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    lists._AT_ONCE = reindexing._AT_ONCE = 3  # so that there are many steps
    with open_gallery(folder, workers=1, extractor=EXTRACTORS[kind], trace=trace) as bureau:
        job = bureau.tasks.reindex(ME) if kind == "reindex" else bureau.tasks.enrol_list(manifest, ME, fpir=1e-6)
        bureau.work()
        while job.is_open:
            time.sleep(0.01)
            job = bureau.tasks.task(job.job, ME)
        print(json.dumps({"task": job.job, "state": job.state, "counts": job.counts}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *sys.argv[4:5], *(int(count) for count in sys.argv[5:6]))
