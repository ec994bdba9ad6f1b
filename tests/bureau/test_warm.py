"""After `warm` nothing is compiled any more: on a new machine the first to ask would wait for it, half a minute."""

import subprocess
import sys

from biomatch.errors import WorkerLost
from biomatch.gallery import warm_up

BEGIN = """
import gc, sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from biomatch import bureau
from biomatch.bureau import workshop
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import Effort
from biomatch.synthesis import synthesise_templates
from biomatch.vocabulary import FingerPosition

def compiled():
    kernels = [one for one in gc.get_objects() if isinstance(one, Dispatcher)]
    return {f"{k.py_func.__module__}.{k.py_func.__qualname__}{s}" for k in kernels for s in k.signatures}

samples = Path(sys.argv[1])
paths = [p for p in sorted(samples.glob("*/P0[1-4]-*")) if p.parent.name != "card"]  # whose slaps are no single prints
prints = [p.read_bytes() for p in paths if p.suffix in (".png", ".ist")]
"""

WORKER = """
extractor = workshop.set_up(extractor=sys.argv[2])
ready = compiled()
made = [workshop.work(extractor, workshop.Task(data, None)) for data in prints[:6] if data.startswith(b"\\x89PNG")]
assert all(len(one.template.minutiae) > 10 for one in made)
print(*sorted(compiled() - ready), sep="\\n")
"""

SERVER = """
folder, me = Path(sys.argv[2]), bureau.Actor("tester", "test", "a test", "none")
with bureau.open_gallery(folder, workers=1) as opened:
    others = synthesise_templates(120, seed=1)  # so many that the index is asked
    opened.warm()
    ready = compiled()
    batch = [bureau.Enrolment(f"Q{n}", bureau.Upload(t.to_bytes(), str(n))) for n, t in enumerate(others)]
    opened.encounters.enrol_batch(batch, me)
    for number, data in enumerate(prints):
        at = FingerPosition.LEFT_THUMB if data.startswith(b"\\x89PNG") else FingerPosition.UNKNOWN  # records say it themselves
        opened.encounters.enrol(f"P{number}", [bureau.Upload(data, str(number), position=at)], me)
    for effort in Effort:
        for where in (EVERYBODY, Filter(positions=frozenset([FingerPosition.LEFT_THUMB]))):
            request = bureau.SearchRequest(effort=effort, where=where)
            found = opened.searches.identify([bureau.Upload(prints[0], "probe")], me, request)
            assert found.search.candidates
    opened.searches.verify("P0", [bureau.Upload(prints[1], "probe")], me)
    opened.encounters.remove(me, person="P1")
    print(*sorted(compiled() - ready), sep="\\n")
"""


def run(code, *arguments):
    command = [sys.executable, "-c", BEGIN + code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_warm_worker_has_compiled_what_extraction_needs(root):
    for extractor in ("classical", "learned"):
        assert run(WORKER, root / "sample_data", extractor) == []


def test_a_warm_bureau_has_compiled_what_writes_and_searches_need(root, tmp_path):
    assert run(SERVER, root / "sample_data", tmp_path / "gallery") == []


def test_where_nothing_is_compiled_yet_another_process_compiles_what_a_comparison_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    with warm_up.compared_beside(needed=False):
        pass
    assert not list(tmp_path.rglob("*.nbi"))
    with warm_up.compared_beside(needed=True):
        pass
    assert any(path.name.startswith("ridge_check") for path in tmp_path.rglob("*.nbi"))


def test_a_process_that_is_lost_costs_its_work_and_nothing_else(monkeypatch):
    class Lost(warm_up.Pool):
        def call(self):
            raise WorkerLost("killed")

    monkeypatch.setattr(warm_up, "Pool", Lost)
    passed = []
    with warm_up.compared_beside(needed=True):
        passed.append("the body")
    assert passed == ["the body"]
