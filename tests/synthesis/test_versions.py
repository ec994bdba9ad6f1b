"""What seeds make, against what they made when golden.json was written.

Where something differs on purpose, raise the number in biomatch/synthesis/versions.py, write the sample that ships anew
(`biomatch synth sample --out sample_data`), and then the digests: `python tests/synthesis/test_versions.py`. The last digits of
sums differ between processors and versions of libraries: on those that wrote the file everything must be the same, on others
sizes, and means nearly.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from biomatch.crypto import sha256
from biomatch.gallery.search.versions import running
from biomatch.synthesis import harder, orders, versions
from biomatch.synthesis.pattern import draw_class, draw_pattern
from biomatch.synthesis.person import TEN
from biomatch.synthesis.traits import draw_traits
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition

FILE = Path(__file__).with_name("golden.json")
OURS = ("biomatch", "describer", "comparer", "reach")  # of `running`: not of the machine
EVERY = list(orders.SENSOR_NAMES)
INDEX, THUMB = FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB


def machine() -> dict[str, str]:
    return {name: what for name, what in running("", "").items() if name not in OURS}


def of_array(array: np.ndarray) -> dict[str, Any]:
    return {"sha256": sha256(array.tobytes()).hex(), "shape": list(array.shape), "mean": round(float(array.mean()), 3)}


def of_jobs(jobs: Iterable[orders.Job]) -> dict[str, Any]:
    """Pixels, not the file: how a PNG is packed is of no version."""
    found = {}
    for made in (one for job in jobs for one in orders.make(None, job)):
        if made.path.endswith(".png"):
            array = cv2.imdecode(np.frombuffer(made.data, np.uint8), cv2.IMREAD_GRAYSCALE)
        elif made.path.endswith(".bmt"):
            minutiae = Template.from_bytes(made.data).minutiae
            array = np.stack([minutiae.x, minutiae.y, minutiae.angle, minutiae.kind, minutiae.quality], axis=1)
        else:
            array = np.frombuffer(made.data, np.uint8)
        found[made.path] = of_array(array) | {"truth": sha256(json.dumps(made.truth, sort_keys=True).encode()).hex()}
    return found


def of_persons() -> dict[str, Any]:
    """So many that a share that is changed by a hundredth shows."""
    rng = np.random.default_rng(7)
    rows = []
    for _ in range(100):
        traits = draw_traits(rng)
        rows.append(list(vars(traits).values()))
    kinds = [draw_class(rng, position) for _ in range(100) for position in TEN]
    patterns = [draw_pattern(rng, kind) for kind in kinds[:200]]
    flows = np.concatenate([np.concatenate([one.smooth, one.cores.ravel(), one.deltas.ravel()]) for one in patterns])
    numbers = np.array([list(type(kinds[0])).index(kind) for kind in kinds])
    return {"traits": of_array(np.array(rows)), "classes": of_array(numbers), "flows": of_array(flows)}


def of_harder() -> dict[str, Any]:
    (job,) = orders.prints(4, 1, [INDEX], 1, ["glass"])
    image = cv2.imdecode(np.frombuffer(orders.make(None, job)[0].data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return {str(seed): of_array(harder(image, np.random.default_rng(seed))) for seed in range(6)}


MAKERS = {
    "persons": of_persons,
    "prints": lambda: of_jobs(orders.prints(3, 1, [INDEX], len(EVERY), EVERY) + orders.prints(8, 2, [THUMB], 1, [])),
    "rolled prints": lambda: of_jobs(orders.prints(3, 1, [THUMB], 2, ["soft"], roll=True)),
    "slaps": lambda: of_jobs(orders.slaps(3, 1, ["ink", "glass"], 2)),
    "latents": lambda: of_jobs(orders.latents(3, 2)),
    "a card": lambda: of_jobs(orders.cards(3, 1)),
    "harder prints": of_harder,
    "templates": lambda: of_jobs(orders.templates(3, 40, 2)),
}


def version(kind: str) -> str:
    return versions.of_templates() if kind == "templates" else versions.IMAGES


def near(then: dict[str, Any], now: dict[str, Any]) -> bool:
    """As much alike as other processors allow."""
    same = then.keys() == now.keys()
    return same and all(
        abs(np.subtract(then[name]["shape"], now[name]["shape"])).max() <= 2
        and now[name]["mean"] == pytest.approx(then[name]["mean"], rel=0.02, abs=0.02)
        for name in then
    )


@pytest.mark.parametrize("kind", MAKERS)
def test_a_seed_makes_what_it_made_by_the_same_version(kind):
    golden, now = json.loads(FILE.read_text(encoding="utf-8")), MAKERS[kind]()
    then = golden["made"][kind]
    alike = now == then["files"] if machine() == golden["machine"] else near(then["files"], now)
    differ = [name for name in now | then["files"] if now.get(name) != then["files"].get(name)]
    assert alike, f"made otherwise than by {then['version']}: {differ}. On purpose? The head of this file says what to do"
    assert version(kind) == then["version"], "the version was raised: write the digests anew, as the head of this file says"


def test_a_version_is_a_number_and_that_of_templates_names_the_model():
    assert re.fullmatch(r"image/\d+", versions.IMAGES)
    assert re.fullmatch(r"synthetic/\d+\+fingers-[0-9a-f]{8}", versions.of_templates())


if __name__ == "__main__":
    made = {kind: {"version": version(kind), "files": make()} for kind, make in MAKERS.items()}
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"machine": {}, "made": {}}
    if before["machine"] == machine():
        for kind, then in before["made"].items():
            if then["version"] == made[kind]["version"] and then["files"] != made[kind]["files"]:
                sys.exit(f"{kind} are made otherwise, still as {then['version']}: raise its number first")
    FILE.write_text(json.dumps({"machine": machine(), "made": made}, indent=1) + "\n", encoding="utf-8")
