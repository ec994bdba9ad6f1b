"""Turns the tables of an identification benchmark into its figures: plain data, shares and not percent.

Rates as NIST reports 1:N identification (NISTIR 8238): FNIR is the share of mated searches whose mate is no candidate at the
threshold or above, FPIR the share of non-mated searches with any candidate there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from biomatch.bench.engine.identification.groups import fingers, interval, of_groups, of_population, pairs_of, share
from biomatch.bench.engine.identification.left_off import counted_by_set
from biomatch.bench.engine.identification.tables import efforts_of
from biomatch.bench.frame import rounded, spread
from biomatch.evaluation import intervals
from biomatch.evaluation.galleries.kept import Table
from biomatch.evaluation.galleries.population import Population, no_machine, subject
from biomatch.evaluation.galleries.searcher import PASSES

CANDIDATES = 20
FPIRS = (0.001, 0.01)
LENGTHS = (20, 50, 100, 200, 400, 1_000)
GROWTH_FROM = 10_000  # prints: below, a search costs what its fixed parts cost


def build(found: dict[int, dict[str, Table]], population: Population) -> dict[str, Any]:
    """Computes figures of all sizes, and how they grow."""
    sizes = {str(size): of_size(size, tables, population) for size, tables in found.items()}
    return {
        "population": of_population(population),
        "sizes": sizes,
        "growth": growth({size: sizes[str(size)] for size in found}),
    }


def of_size(size: int, tables: dict[str, Table], population: Population) -> dict[str, Any]:
    efforts = efforts_of(tables)
    passing = tables["own"]["score"] >= PASSES
    shown: dict[str, Any] = {
        "prints": int(tables["loaded"]["prints"]),
        "time": {effort: times(size, tables[f"mated {effort}"]) for effort in efforts},
        "threads": {str(n): _threads(tables["together"], n) for n in (1, 2)},
        **_room(size, tables),
        "errors": {effort: _errors(tables[f"mated {effort}"], passing, population) for effort in efforts},
        "sets": counted_by_set(tables, population),
        "open_set": {
            effort: _open_set(tables[f"mated {effort}"], tables[f"strangers {effort}"], population) for effort in efforts
        },
        "reach": _reaches(tables["reach"], passing, population),
        "crowd": crowd(size, tables["crowd"], population),
        "cropped": _cropped(tables["cropped"], population),
        "measured": {"build": _moment(tables["build"]), "searches": _moment(tables["together"])},
    }
    if "exhaustive" in tables:
        shown["exhaustive"] = _exhaustive(tables, efforts[0], population)
    return shown


def _moment(table: Table) -> dict[str, Any]:
    return {name: table[name].item() for name in ("date", "commit", "load_before")}


def line(size: int, one: dict[str, Any]) -> str:
    """Writes the most important figures of a size, in one line."""
    effort = next(iter(one["time"]))
    time, errors = one["time"][effort], next(iter(one["errors"][effort].values()))
    index = f", index {time['index_core_ms']['p50']:g}" if time["index_core_ms"] else ""
    return (
        f"{size:,} prints: {time['core_ms']['p50']:g} core-ms a search (p95 {time['core_ms']['p95']:g}{index}), "
        f"{errors['missed']} of {errors['passing']:,} passing mates missed, "
        f"rank 1 {100 * errors['rank1']:.2f} %, {one['memory']['anonymous_mb']:g} MB of its own, load {one['load_s']:g} s"
    )


def times(size: int, table: Table) -> dict[str, Any]:
    """Computes times of searches with minutiae of the first kind: those of others come without ridge pictures, and are
    cheaper."""
    own = table["kind"] == table["kind"][0]
    cpu, wall, index = (1e3 * table[name][own] for name in ("cpu", "wall", "index"))
    stages = {str(name): 1e3 * table["stage_seconds"][own, at] for at, name in enumerate(table["stages"])}
    return {
        "core_ms": spread(cpu),
        "core_ms_a_million": rounded(np.median(cpu) * 1e6 / size),
        "latency_ms": spread(wall),
        "index_core_ms": None if np.isnan(index).any() else spread(index),
        "stages_ms": {name: rounded(np.median(values)) for name, values in stages.items()},
    }


def _threads(table: Table, threads: int) -> dict[str, Any]:
    walls, (wall, cpu) = table[f"walls {threads}"], table[f"whole {threads}"]
    return {
        "latency_ms": spread(1e3 * walls),
        "queries_a_second": rounded(len(walls) / wall),
        "core_ms": rounded(1e3 * cpu / len(walls)),
    }


def _room(size: int, tables: dict[str, Table]) -> dict[str, Any]:
    """Computes memory, disk, and the time to build and to load."""
    anonymous, cached = tables["memory"]["memory"].tolist()
    build = tables["build"]
    files: dict[str, int] = {}
    for name, count in zip(build["files"].tolist(), build["bytes"].tolist(), strict=True):
        files[name] = files.get(name, 0) + count
    wall, cpu = build["seconds"].tolist()
    return {
        "memory": {
            "anonymous_mb": rounded(anonymous / 1e6),
            "page_cache_mb": rounded(cached / 1e6),
            "anonymous_bytes_a_print": rounded(anonymous / size),
            "anonymous_mb_after_load": rounded(tables["loaded"]["memory"][0] / 1e6),
            "limit_mb": None if np.isnan(tables["loaded"]["limit_mb"]) else int(tables["loaded"]["limit_mb"]),
        },
        "disk_bytes_a_print": {**{name: rounded(count / size) for name, count in files.items()},
                               "all": rounded(sum(files.values()) / size)},
        "build": {"seconds": rounded(wall), "core_seconds": rounded(cpu), "prints_a_second": rounded(size / wall),
                  "stages_s": {name: rounded(value) for name, value in
                               zip(build["stages"].tolist(), build["stage_seconds"].tolist(), strict=True)}},
        "load_s": rounded(tables["loaded"]["seconds"][0]),
        "vectors": int(build["vectors"]),
    }  # fmt: skip


def _errors(table: Table, passing: np.ndarray, population: Population) -> dict[str, Any]:
    """Counts by group of trials who is missed, and who stands first."""
    off, ranks = ~table["trial_listed"], table["trial_ranks"]
    finger = fingers(population, table["trial_probe"])
    found = {}
    for name, rows in of_groups(population).items():
        missed, could = off & passing & rows, passing & rows
        found[name] = {
            "trials": int(rows.sum()),
            "passing": int(could.sum()),
            "missed": int(missed.sum()),
            "miss_rate": share(missed[could]),
            "miss_interval": interval(missed[could], finger[could]),
            "off_list": int((off & rows).sum()),
            "off_list_rate": share(off[rows]),
            "rank1": share(ranks[rows] <= 1),
            "rank1_interval": interval(ranks[rows] <= 1, finger[rows]),
            "rank20": share(ranks[rows] <= CANDIDATES),
        }
    return found


def _open_set(mated: Table, non_mated: Table, population: Population) -> dict[str, Any]:
    """Computes FNIR at FPIR: the non-mated searches are those of nobody's fingers, and each mated probe without its finger, all
    with minutiae of the group's kind."""
    scores = np.where(mated["trial_ranks"] <= CANDIDATES, mated["trial_scores"], -np.inf)
    finger = fingers(population, mated["trial_probe"])
    found: dict[str, Any] = {}
    for name, rows in of_groups(population).items():
        kind = mated["kind"][mated["trial_probe"][rows][0]]
        best = np.concatenate([table["stranger"][table["kind"] == kind] for table in (mated, non_mated)])
        own: dict[str, Any] = {"searches of strangers": len(best)}
        for fpir in FPIRS:
            threshold = threshold_at(best, fpir)
            missed = scores[rows] < threshold
            own[f"{fpir:g}"] = {
                "threshold": rounded(threshold),
                "false_positives": int((best >= threshold).sum()),
                "fnir": share(missed),
                "fnir_interval": interval(missed, finger[rows]),
            }
        own["curve"] = _curve(best, scores[rows])
        found[name] = own
    return {"groups": found}


def threshold_at(best: np.ndarray, fpir: float) -> float:
    """Finds the lowest threshold at which at most that share of non-mated searches (n,) has a candidate."""
    ordered = np.sort(best)[::-1]
    allowed = int(fpir * len(ordered))
    return float(np.nextafter(ordered[min(allowed, len(ordered) - 1)], np.inf))


def _curve(best: np.ndarray, scores: np.ndarray) -> list[tuple[float, float]]:
    """Returns (FPIR, FNIR) at rates that the searches can show."""
    rates = np.geomspace(1 / len(best), 0.5, 25)
    return [(rounded(rate), rounded(np.mean(scores < threshold_at(best, rate)))) for rate in rates.tolist()]


def _reaches(table: Table, passing: np.ndarray, population: Population) -> list[dict[str, Any]]:
    """Computes misses and time for each reach into the index, of mates on the same sensor."""
    chosen = np.isin(pairs_of(population)[0], table["probes"])
    rows = next(iter(of_groups(population, table["probes"]).values())) & passing[chosen]
    found = []
    for (queries, nprobe, k), cpu, places in zip(table["reaches"].tolist(), table["cpu"], table["places"], strict=True):
        own = places[rows]
        missed = {str(length): share((own < 0) | (own >= length)) for length in LENGTHS}
        found.append(
            {"queries": queries, "nprobe": nprobe, "k": k, "ms": spread(1e3 * cpu), "trials": len(own), "miss_at": missed}
        )
    return found


def _cropped(table: Table, population: Population) -> list[dict[str, Any]]:
    """Computes by number of minutiae that are left the index' time, and which good mates of the same sensor it lists."""
    of_probe = pairs_of(population)[0]
    groups = of_groups(population, table["probes"])
    if "same sensor, good" not in groups:
        return []
    rows = groups["same sensor, good"]
    finger = fingers(population, of_probe[np.isin(of_probe, table["probes"])])[rows]
    found = []
    for minutiae, cpu, places in zip(table["minutiae"].tolist(), table["cpu"], table["places"], strict=True):
        own = places[rows]
        listed = {length: (own >= 0) & (own < length) for length in LENGTHS}
        found.append(
            {
                "minutiae": minutiae,
                "trials": len(own),
                "index_core_ms": spread(1e3 * cpu),
                "listed_at": {str(length): share(there) for length, there in listed.items()},
                "interval_at_200": interval(listed[200], finger),
            }
        )
    return found


def crowd(size: int, table: Table, population: Population) -> dict[str, Any]:
    """Counts how often planted non-mated prints stand on shortlists, beside how often any print does: 1 where those that fill
    the gallery crowd like them. Asking and listed are prints with minutiae of the first kind, of other subjects, and of no
    machine."""
    kind = population.probes[0].kind
    real = [n for n, one in enumerate(population.planted) if one.kind == kind and no_machine(one)]
    number_of = np.full(len(population.planted) + 1, -1)  # the last: of a synthetic print, which tables call -1
    number_of[real] = np.arange(len(real))
    probes = [population.probes[n] for n in table["probes"].tolist()]
    asking = np.array([one.kind == kind and no_machine(one) for one in probes])
    probes = [one for one, asks in zip(probes, asking, strict=True) if asks]
    names = [subject(one) for one in probes] + [subject(population.planted[n]) for n in real]
    subjects = np.unique(names, return_inverse=True)[1]
    mine, theirs = subjects[: len(probes)], subjects[len(probes) :]
    non_mated = mine[:, None] != theirs
    place = np.full((len(probes), len(real)), max(LENGTHS))
    for row, listed in enumerate(number_of[table["listed"][asking, : max(LENGTHS)]]):
        place[row, listed[listed >= 0]] = np.flatnonzero(listed >= 0)
    among = np.array([[size - len(population.own(one.finger))] for one in probes])
    at = {}
    for length in LENGTHS:
        seen, expected = (place < length) & non_mated, non_mated * (length / among)
        times = seen.sum() / expected.sum() if expected.any() else None
        at[str(length)] = {
            "seen": int(seen.sum()),
            "expected": rounded(expected.sum()),
            "times": None if times is None else rounded(times),
            "interval": None if times is None else [rounded(v) for v in intervals.times(seen, expected, mine, theirs)],
        }
    return {"lists": len(probes), "at": at}


def _exhaustive(tables: dict[str, Table], effort: str, population: Population) -> dict[str, Any]:
    """Compares the search with the comparison with every print, on the same probes."""
    table, search = tables["exhaustive"], tables[f"mated {effort}"]
    chosen = np.isin(search["trial_probe"], table["probes"])
    ranks, full = search["trial_ranks"][chosen], table["ranks"]
    found = {}
    for name, rows in of_groups(population, table["probes"]).items():
        there = full[rows] <= CANDIDATES
        found[name] = {
            "trials": int(rows.sum()),
            "rank1": share(full[rows] <= 1),
            "rank1_of_search": share(ranks[rows] <= 1),
            "found": int(there.sum()),
            "found_but_missed_by_search": int((there & ~search["trial_listed"][chosen][rows]).sum()),
        }
    return {"probes": len(table["probes"]), "groups": found}


def growth(sizes: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Computes exponents e of size^e between the smallest and the largest size from 10,000 prints on."""
    large = sorted(size for size in sizes if size >= GROWTH_FROM)
    if len(large) < 2:
        return {}
    low, high = large[0], large[-1]
    effort = next(iter(sizes[low]["time"]))
    decades = np.log10(high / low)
    found: dict[str, Any] = {"from": low, "to": high}
    for name in ("core_ms", "index_core_ms"):
        before, after = (sizes[size]["time"][effort][name] for size in (low, high))
        if before and after:
            found[name] = rounded(np.log10(after["p50"] / before["p50"]) / decades)
    return found
