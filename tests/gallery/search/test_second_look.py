"""The second look at what the index brings forward: held to plain loops, and to prints whose answer is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biomatch.comparison import Prepared
from biomatch.descriptors.grid import GRID, on_grid
from biomatch.gallery import LocalGallery
from biomatch.gallery.caches.arena import Arena, View
from biomatch.gallery.interface import Effort, Entry
from biomatch.gallery.search import second_look
from biomatch.gallery.search.second_look import LAST, PARAMS, SECOND, PosingParams
from biomatch.gallery.search.stages import SearchParams
from biomatch.index import Standing, layout
from biomatch.sealing import CLEAR, Sealing
from biomatch.store import KeyPlace
from biomatch.store.keys.master_key import open_keyring
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition


def random_print(rng: np.random.Generator, count: int, side: float = 300.0) -> Prepared:
    minutiae = Minutiae.of(rng.uniform(0, side, count), rng.uniform(0, side, count), rng.uniform(0, 6.28, count))
    return Prepared(Template(minutiae, 2_000, 2_000), on_grid(rng.normal(size=(count, 64)) + 1e-9))


def moved(one: Prepared, turn: float, dx: float, dy: float, rng: np.random.Generator, off: float = 3.0) -> Prepared:
    """Pressed again: turned about (150, 150), shifted, each minutia a little off, descriptors that differ."""
    m, n = one.template.minutiae, len(one.vectors)
    x, y = m.x - 150, m.y - 150
    cosine, sine = math.cos(turn), math.sin(turn)
    where = (cosine * x + sine * y + 150 + dx, -sine * x + cosine * y + 150 + dy)
    at = [np.clip(part + rng.normal(size=n) * off, 0, 1_900) for part in where]
    minutiae = Minutiae.of(*at, m.angle + turn + rng.normal(size=n) * 0.1)
    return Prepared(Template(minutiae, 2_000, 2_000), on_grid(one.vectors / GRID + rng.normal(size=(n, 64)) * 0.06))


def arena_of(prints: list[Prepared], sealing: Sealing = CLEAR) -> Arena:
    arena = Arena(None, sealing)
    entries = [Entry(f"p{n}", "e", f"P{n}", one.template) for n, one in enumerate(prints)]
    arena.commit(arena.stage(arena.blocks_of(entries, [one.vectors for one in prints])))
    return arena


def standing_of(probe: Prepared, prints: list[Prepared], pairs: list[list[tuple[int, int]]]) -> Standing:
    """Of hits given as (probe minutia, reference minutia), a list of them for each print."""
    ids = [layout.pack(one.template.minutiae, FingerPosition.UNKNOWN, n) for n, one in enumerate(prints)]
    return Standing(
        np.arange(len(probe.vectors)),
        np.arange(len(prints)),
        np.linspace(1, 2, len(prints), dtype=np.float32),
        np.cumsum([0] + [len(own) for own in pairs]),
        np.array([q for own in pairs for q, _ in own], np.int64),
        np.array([ids[n][r] for n, own in enumerate(pairs) for _, r in own], np.int64),
    )


POSES = 2


def plain_scores(prints: list[Prepared], probe: Prepared, standing: Standing, params: PosingParams) -> np.ndarray:
    m = probe.template.minutiae
    out = np.zeros(len(prints))
    for p, one in enumerate(prints):
        for h in range(standing.starts[p], min(standing.starts[p + 1], standing.starts[p] + POSES)):
            q, hit = standing.rows[h], layout.unpack(standing.ids[h : h + 1])
            lift = int(hit.turn[0] - m.turns[q]) % 256
            cosine, sine = math.cos(lift * layout.TURN), math.sin(lift * layout.TURN)
            dx, dy = one.template.minutiae.x - hit.x[0], one.template.minutiae.y - hit.y[0]
            there_x, there_y = cosine * dx - sine * dy + m.x[q], sine * dx + cosine * dy + m.y[q]
            total = 0.0
            for j in range(len(m)):
                slack = params.slack_px + params.slack_share * math.hypot(m.x[j] - m.x[q], m.y[j] - m.y[q])
                apart = (one.template.minutiae.turns.astype(int) - m.turns[j] - lift) % 256
                apart = np.minimum(apart, 256 - apart)
                error = ((there_x - m.x[j]) ** 2 + (there_y - m.y[j]) ** 2) / slack**2 + (apart / params.slack_turn) ** 2
                alike = one.vectors.astype(np.int64) @ probe.vectors[j].astype(np.int64) / 65_536
                total += np.where(error < 1, (alike - params.alike) * (1 - error), 0).max(initial=0.0)
            out[p] = max(out[p], total)
    return out


def looked_at(view: View, probe: Prepared, standing: Standing) -> np.ndarray:
    return second_look.scores(view, probe, standing, POSES)


@pytest.mark.parametrize("side", [60, 300, 1_800])
@pytest.mark.parametrize("minutiae", [1, 5, 14, 40])
def test_scores_are_those_of_the_plain_loop(minutiae: int, side: int) -> None:
    """Seen: they differ by less than 1e-6 but where a pair lies on the edge of its slack, whose worth there is nothing."""
    rng = np.random.default_rng([minutiae, side])
    probe = random_print(rng, minutiae, side)
    prints = [
        moved(probe, rng.uniform(0, 6.28), rng.uniform(0, 90), rng.uniform(0, 90), rng)
        if n % 3 == 0
        else random_print(rng, int(rng.integers(1, 120)), side)
        for n in range(90)
    ]
    pairs = []
    for one in prints:
        count = int(rng.integers(0, 5))
        hits = [(int(rng.integers(minutiae)), int(rng.integers(len(one.vectors)))) for _ in range(count)]
        same = [(q, q) for q in range(min(2, minutiae)) if len(one.vectors) == minutiae]
        pairs.append(same[: int(rng.integers(0, 3))] + hits)
    standing = standing_of(probe, prints, pairs)
    told = looked_at(arena_of(prints).view(), probe, standing)
    assert told == pytest.approx(plain_scores(prints, probe, standing, PARAMS), abs=2e-5)
    assert told.max() > 0.3


def test_minutiae_without_a_descriptor_are_nobodys_partner() -> None:
    rng = np.random.default_rng(7)
    probe = random_print(rng, 14)
    prints = [moved(probe, rng.uniform(0, 6.28), 20, 10, rng) for _ in range(12)]
    whole = standing_of(probe, prints, [[(1, 1), (2, 2)]] * len(prints))
    before = looked_at(arena_of(prints).view(), probe, whole)
    for one in prints:
        one.vectors[[0, *range(9, 14)]] = 0
    told = looked_at(arena_of(prints).view(), probe, whole)
    assert told == pytest.approx(plain_scores(prints, probe, whole, PARAMS), abs=2e-5)
    assert np.all(told < before)
    assert told.min() > 0


def test_a_part_of_a_print_fits_its_mate_best_though_others_have_more_votes(keys: Sealing) -> None:
    rng = np.random.default_rng(3)
    prints = [random_print(rng, 45) for _ in range(40)]
    whole = moved(prints[7], 0.8, 20, -12, rng)
    probe = Prepared(Template(whole.template.minutiae[np.arange(10)], 500, 500), whole.vectors[:10])
    pairs = [[(3, int(rng.integers(45)))] for _ in prints]
    pairs[7] = [(4, 4)]
    standing = standing_of(probe, prints, pairs)
    for sealing in (CLEAR, keys):
        assert second_look.ranked(arena_of(prints, sealing).view(), probe, standing, 5, POSES)[0] == 7


@pytest.mark.parametrize(
    ("quality", "posed"), [([0.9] * 23 + [0.1] * 30, True), ([0.9] * 24, False), ([0.0] * 24, False), ([], True)]
)
def test_probes_of_few_clear_minutiae_get_a_second_look(quality: list[float], posed: bool) -> None:
    """Minutiae without any quality all count: somebody else found them, and did not say."""
    n = len(quality)
    assert SearchParams().poses(Minutiae.of(np.arange(n), np.arange(n), np.zeros(n), quality=quality)) is posed


def test_a_part_of_a_print_is_listed_by_its_fit(
    open_gallery: Callable[..., LocalGallery], entry: Callable[..., Entry], again: Callable[..., Template],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    looked: list[int] = []
    ranked = second_look.ranked
    monkeypatch.setattr(second_look, "ranked", lambda *given: looked.append(len(given[2].numbers)) or ranked(*given))
    gallery = open_gallery()
    gallery.enrol([entry(n, minutiae=30) for n in range(300)])
    part = again(entry(7, minutiae=30).template, 2)
    m = part.minutiae
    part = replace(part, minutiae=m[np.hypot(m.x - 150, m.y - 150) < 110])
    assert 8 < len(part.minutiae) < 24
    assert gallery.shortlist(part, length=10)[0] == "p7"
    assert len(looked) == 1
    assert 10 < looked[0] <= 300
    assert len(gallery.shortlist(part, length=10, effort=Effort.FAST)) == 10
    assert len(looked) == 1
    gallery.close()


def test_a_probe_that_singles_nobody_out_gets_a_second_look(
    open_gallery: Callable[..., LocalGallery], entry: Callable[..., Entry], again: Callable[..., Template],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    looked: list[int] = []
    ranked = second_look.ranked
    monkeypatch.setattr(second_look, "ranked", lambda *given: looked.append(len(given[2].numbers)) or ranked(*given))
    gallery = open_gallery()
    gallery.enrol([entry(n, minutiae=40) for n in range(300)])
    assert gallery.shortlist(again(entry(7, minutiae=40).template, 2), length=10)[0] == "p7"
    assert looked == []
    nobody = entry(1_000, minutiae=40).template
    assert len(gallery.shortlist(nobody, length=10)) == 10
    assert len(looked) == 1
    assert len(gallery.shortlist(nobody, length=10, effort=Effort.FAST)) == 10
    assert len(looked) == 1
    gallery.close()


def test_where_nobody_convinces_a_last_look_compares_more_prints(
    open_gallery: Callable[..., LocalGallery], entry: Callable[..., Entry], again: Callable[..., Template],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    looked: list[int] = []
    ranked = second_look.ranked
    monkeypatch.setattr(second_look, "ranked", lambda *given: looked.append(given[4]) or ranked(*given))
    gallery = open_gallery()
    gallery.enrol([entry(n, minutiae=40) for n in range(300)])
    probe, nobody = again(entry(7, minutiae=40).template, 2), entry(1_000, minutiae=40).template
    mated, non_mated = (gallery.identify([one], effort=Effort.FAST) for one in (probe, nobody))
    between = (mated.candidates[0].score + non_mated.candidates[0].score) / 2
    monkeypatch.setattr(gallery.engine.seeker, "_params", SearchParams(convincing=between))
    assert len(gallery.identify([nobody], effort=Effort.FAST).compared) == SearchParams().refined
    assert gallery.identify([probe]).candidates[0].person == "P7"
    assert looked == []
    further = gallery.identify([nobody]).compared
    assert looked == [SECOND.poses, LAST.poses]
    assert len(further) == len({one.print_id for one in further}) == 2 * SearchParams().refined
    gallery.close()


@pytest.fixture
def keys(tmp_path: Path) -> Sealing:
    return open_keyring(tmp_path / "gallery", KeyPlace(), None)


def test_sealed_prints_get_the_same_scores(keys: Sealing) -> None:
    rng = np.random.default_rng(4)
    probe = random_print(rng, 12)
    prints = [moved(probe, 0.3 * n, 5, 5, rng) for n in range(20)]
    standing = standing_of(probe, prints, [[(n % 12, n % 12)] for n in range(20)])
    clear, sealed = (looked_at(arena_of(prints, sealing).view(), probe, standing) for sealing in (CLEAR, keys))
    assert np.array_equal(clear, sealed)


def test_a_print_that_was_removed_or_has_no_minutiae_fits_nothing() -> None:
    rng = np.random.default_rng(5)
    probe = random_print(rng, 12)
    prints = [moved(probe, 0, 0, 0, rng) for _ in range(3)]
    standing = standing_of(probe, prints, [[(0, 0)]] * 3)
    prints[1] = random_print(rng, 0)
    arena = arena_of(prints)
    arena.overwrite(2)
    told = looked_at(arena.view(), probe, standing)
    assert told[0] > 0
    assert told[1:].tolist() == [0, 0]


def test_nobody_standing_gives_an_empty_list() -> None:
    rng = np.random.default_rng(6)
    probe = random_print(rng, 4)
    standing = standing_of(probe, [], [])
    assert second_look.ranked(arena_of([random_print(rng, 3)]).view(), probe, standing, 10, POSES).tolist() == []


def test_equal_prints_come_in_the_order_of_their_numbers() -> None:
    rng = np.random.default_rng(7)
    probe = random_print(rng, 6)
    standing = standing_of(probe, [probe] * 4, [[(0, 0)]] * 4)
    level = Standing(
        standing.asked, np.array([2, 0, 3, 1]), np.ones(4, np.float32), standing.starts, standing.rows, standing.ids
    )
    best = second_look.ranked(arena_of([probe] * 4).view(), probe, level, 3, POSES)
    assert level.numbers[best].tolist() == [0, 1, 2]


def test_more_pairs_than_are_held_at_once_change_nothing() -> None:
    rng = np.random.default_rng(8)
    probe = random_print(rng, 48, 40)
    prints = [moved(probe, 0, 0, 0, rng, off=1.0) for _ in range(30)]
    standing = standing_of(probe, prints, [[(0, 0), (1, 1)]] * 30)
    told = looked_at(arena_of(prints).view(), probe, standing)
    assert told == pytest.approx(plain_scores(prints, probe, standing, PARAMS), abs=1e-4)
