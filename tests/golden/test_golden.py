"""What the engine gives on the shipped sample, against what it gave when golden.npz was written.

`python tests/golden/test_golden.py` writes the file anew; that is done only together with a model's card or a stated version.
The last digits of sums differ between processors and versions of libraries. On those that wrote the file everything must be the
same, byte for byte; on others nearly all of it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import biomatch
from biomatch.comparison import Comparer, prepare
from biomatch.crypto import commitment, sha256
from biomatch.descriptors import Describer
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Effort, Entry, Source
from biomatch.gallery.search import versions
from biomatch.store.audit import committed
from biomatch.store.audit.tree import Act, canonical
from biomatch.synthesis import impression, synthesise_templates
from biomatch.synthesis.person import finger_of
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

FILE = Path(__file__).with_name("golden.npz")
SAMPLE = Path(__file__).parents[2] / "sample_data"
FINGERS = ("P01-left-thumb", "P02-left-thumb", "P05-left-thumb", "P09-left-thumb")
OTHERS = 150  # prints in the gallery beside these
OURS = ("biomatch", "describer", "comparer", "reach")  # of `versions.running`: not of the machine


def machine() -> str:
    """What the last digits depend on."""
    return canonical({name: what for name, what in versions.running("", "").items() if name not in OURS})


def image_of(finger: str, number: int) -> bytes:
    place = SAMPLE / ("enrol" if number < 4 else "probe")
    return (place / f"{finger}_{number}.png").read_bytes()


def templates() -> dict[str, Template]:
    names = [(finger, number) for finger in FINGERS for number in (1, 4)]
    return {f"{finger}_{n}": biomatch.extract(biomatch.decode(image_of(finger, n))) for finger, n in names}


def packed(minutiae: Minutiae) -> np.ndarray:
    """(n, 4) int16: x and y in eighths of a px, direction in 1/256 turn, quality in percent."""
    columns = (minutiae.x * 8, minutiae.y * 8, minutiae.angle * (256 / (2 * np.pi)), minutiae.quality * 100)
    return np.stack([np.rint(one) for one in columns], axis=1).astype(np.int16)


@cache
def now() -> dict[str, np.ndarray]:
    """Everything that golden.npz holds, made by the code as it is."""
    found: dict[str, np.ndarray] = {"machine": np.array(machine())}
    prints, describer, comparer = templates(), Describer(), Comparer()
    for name, template in prints.items():
        found[f"minutiae {name}"] = packed(template.minutiae)
        found[f"sha256 {name}"] = np.array(sha256(template.to_bytes()).hex())
        found[f"vectors {name}"] = prepare(template, describer).vectors
    pairs = [(a, b) for a in prints for b in prints if a.endswith("_4") and b.endswith("_1")]
    ready = {name: prepare(template, describer) for name, template in prints.items()}
    compared = [comparer.compare(ready[a], ready[b]) for a, b in pairs]
    found["scores"] = np.array([(one.score, one.llr) for one in compared])
    gallery = LocalGallery(MemoryLog())
    others = synthesise_templates(OTHERS, seed=11)
    gallery.enrol([Entry(f"S{n}", "1", f"s{n}", template) for n, template in enumerate(others)])
    gallery.enrol([Entry(name[:3], "1", name, one) for name, one in prints.items() if name.endswith("_1")])
    for effort in Effort:
        answers = [gallery.identify([prints[f"{finger}_4"]], top=5, effort=effort) for finger in FINGERS]
        found[f"persons {effort}"] = np.array([[one.person for one in answer.candidates][:1] for answer in answers])
        found[f"candidates {effort}"] = np.array([answer.candidates[0].score for answer in answers])
        found[f"rates {effort}"] = np.array([(answer.miss, answer.false_positive) for answer in answers], np.float64)
    gallery.close()
    for n, template in enumerate(synthesise_templates(3, seed=7)):
        found[f"minutiae made {n}"] = packed(template.minutiae)
    made = impression(finger_of(5, 1, FingerPosition.RIGHT_INDEX), np.random.default_rng(5))
    found["pixels"] = made.image
    return found


def leaves() -> dict[str, str]:
    """What the tree commits to, hex: made of whole numbers alone, so that it is the same on every machine."""
    n = np.arange(12)
    minutiae = Minutiae.of(20 + 8 * n, 400 - 16 * n, n * (np.pi / 16), 1 + n % 2, n / 12)
    template = Template(
        minutiae,
        300,
        420,
        position=FingerPosition.LEFT_THUMB,
        impression=ImpressionType.LIVE_SCAN_PLAIN,
        quality=61,
        extractor="e/1",
    )
    source = Source("ab" * 32, "image/png", 500.0)
    entry = Entry("ada", "1", "p1", template, frozenset(("b", "a")), source, enrolled="2026-01-02T03:04:05.678+00:00")
    content = canonical(committed.of_entry(entry).content).encode()
    act = Act("enrol", {"name": "tester", "door": "test"}, "trial", "law 1", {"prints": ["p1"]}, {"extractor": "e/1"})
    return {
        "template": template.to_bytes().hex(),
        "item": commitment(b"salt" * 8, content).hex(),
        "act": canonical([act.kind, act.actor, act.purpose, act.legal_basis, act.details, act.made_by]),
    }


@cache
def golden() -> dict[str, np.ndarray]:
    with np.load(FILE) as file:
        return {name: file[name] for name in file.files}


def beginning(words: str) -> list[str]:
    return [name for name in golden() if name.startswith(words)]


def test_the_machine_that_wrote_them_gives_the_same_to_the_last_byte():
    if str(golden()["machine"]) != machine():
        pytest.skip("another processor, or other versions of libraries, than wrote golden.npz")
    assert {name: value.tolist() for name, value in now().items()} == {name: value.tolist() for name, value in golden().items()}


def test_minutiae_are_as_they_were():
    for name in beginning("minutiae"):
        then, here = golden()[name], now()[name]
        gaps = np.abs(then[:, None, :].astype(int) - here[None].astype(int))
        turn = np.minimum(gaps[..., 2], 256 - gaps[..., 2])
        near = (gaps[..., 0] <= 4) & (gaps[..., 1] <= 4) & (turn <= 2)
        assert min(near.any(axis=0).mean(), near.any(axis=1).mean()) >= 0.95, name


def test_scores_are_as_they_were():
    assert now()["scores"] == pytest.approx(golden()["scores"], abs=1.0)


def test_the_same_persons_come_first_with_the_same_scores_and_rates():
    for name in beginning("persons"):
        assert now()[name].tolist() == golden()[name].tolist() == [[finger[:3]] for finger in FINGERS]
    for name in beginning("candidates"):
        assert now()[name] == pytest.approx(golden()[name], abs=1.0)
    for name in beginning("rates"):
        assert now()[name] == pytest.approx(golden()[name], rel=0.1, nan_ok=True)


def test_a_seed_makes_the_same_image():
    assert now()["pixels"].shape == golden()["pixels"].shape
    assert np.abs(now()["pixels"].astype(int) - golden()["pixels"].astype(int)).mean() <= 1


def test_the_tree_commits_to_the_same():
    assert leaves() == json.loads(FILE.with_suffix(".json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    np.savez_compressed(FILE, **now())
    FILE.with_suffix(".json").write_text(json.dumps(leaves(), indent=2) + "\n", encoding="utf-8")
