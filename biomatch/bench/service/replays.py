"""Are past searches the same to the bit, whatever became of the gallery since? -> replays.json

Searches of several kinds are made over HTTP; then as many persons come and as many go, the gallery is compacted, and the server
starts anew. Each search is repeated, and held against the answer that was given: nothing may differ but who was erased, and who
was erased must be named by the rank on the list, and nobody else.
"""

from __future__ import annotations

import base64
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from biomatch.bench.frame import Run
from biomatch.bench.report.cells import MISSING, Results, head, row
from biomatch.bench.service import served
from biomatch.bench.service.served import Server
from biomatch.errors import Unavailable
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.template import Template

NAME = "replays"
LEAST = 230  # persons: more than a shortlist holds, so that the index is asked
A_SEARCH = 3  # persons for each search that is made
LABEL = "ODD"  # every second person's; none of these goes: of a search among them verdict and list must be the same, too
STRENGTH = 0.5  # of what an impression differs from the enrolled one by
WHY = "purpose=benchmark&legalBasis=none"
KINDS = {
    "as it comes": "ALL?",
    "five candidates, hit or no hit": "ALL?maxNbCand=5&targetFPIR=20&",
    "among half of them": f"{LABEL}?",
    "everybody compared": "ALL?accuracyLevel=exhaustive&",
    "two prints": "ALL?",
}


@dataclass(frozen=True)
class Asked:
    """A search, by its id, and the persons that it answered with, first candidate first."""

    kind: str
    search: str
    persons: list[str]


def measure(place: Path, replays: int = 1_000, *, seed: int = 1, progress: Progress = NO_PROGRESS) -> Run:
    """Makes a bureau in the folder, and repeats searches. Raises Unavailable."""
    persons = max(LEAST, A_SEARCH * replays)
    run = Run(NAME, threads=os.cpu_count() or 1, seed=seed, persons=persons, replays=replays, encryption="AES-256-GCM")
    folder, rng = place / "bureau", random.Random(seed)
    made = synthesise_templates(persons + replays, seed)
    _enrolled(place, folder, made[:persons])
    token = served.new_token(folder)
    with served.serving(folder, token) as server:
        progress.start("Searching", replays)
        asked = [_search(server, made[:persons], number, rng, progress) for number in range(replays)]
        progress.start("Changing", 2 * replays)
        gone = _changes(server, made[persons:], rng.sample(range(0, persons, 2), replays), progress)
    served.command("compact", "--gallery", str(folder))
    violations, erased, versions, seconds = list[str](), 0, set[str](), list[float]()
    with served.serving(folder, token) as server:
        progress.start("Repeating", replays)
        for one in asked:
            began = time.perf_counter()
            status, body = server.ask("POST", f"/v1/searches/{one.search}/replay")
            seconds.append(time.perf_counter() - began)
            found = json.loads(body)
            violations += _violations(one, status, found, gone)
            erased += bool(found.get("erased"))
            versions |= set(found.get("versions", ()))
            progress.advance()
    progress.done()
    contradictions = served.contradictions(folder, [])
    run.note("searches", {kind: sum(one.kind == kind for one in asked) for kind in KINDS})
    run.note("changes", {"enrolled": replays, "deleted": replays, "compactions": 1, "restarts": 1})
    run.note("with_erased", erased)
    run.note("candidates_erased", sum(person in gone for one in asked for person in one.persons))
    run.note("other_versions", sorted(versions))
    run.note("violations", violations)
    run.note("audit_findings", contradictions)
    run.record("replay", seconds, unit="ms", scale=1e3)
    return run


def _enrolled(place: Path, folder: Path, made: Sequence[Template]) -> None:
    served.command("init", "--gallery", str(folder))
    for first, options in enumerate(((), ("--label", LABEL))):
        inbox = place / f"inbox-{first}"
        inbox.mkdir()
        for number in range(first, len(made), 2):
            (inbox / f"P{number}_1.bmt").write_bytes(made[number].to_bytes())
        served.command("enrol", "--gallery", str(folder), str(inbox), *options)


def _search(server: Server, made: Sequence[Template], number: int, rng: random.Random, progress: Progress) -> Asked:
    """Raises Unavailable."""
    kind = list(KINDS)[number % len(KINDS)]
    fingers = rng.sample(range(len(made)), 2 if kind == "two prints" else 1)
    probes = [press_again(made[finger], np.random.default_rng((number, finger)), strength=STRENGTH) for finger in fingers]
    data = [{"image": base64.b64encode(one.to_bytes()).decode()} for one in probes]
    body = json.dumps({"biometricData": data}).encode()
    status, answer = server.ask("POST", f"/v1/identify/{KINDS[kind]}{WHY}", body, **{"Content-Type": "application/json"})
    found = _told(status, answer)
    progress.advance()
    return Asked(kind, found["searchId"], [one["personId"] for one in found["candidates"]])


def _changes(server: Server, newcomers: Sequence[Template], leaving: Sequence[int], progress: Progress) -> set[str]:
    """Lets persons come and go in turn; returns who is gone. Raises Unavailable."""
    for number, (template, other) in enumerate(zip(newcomers, leaving, strict=True)):
        kind = {"Content-Type": "application/octet-stream"}
        _told(*server.ask("POST", f"/v1/persons/N{number}/encounters/e", template.to_bytes(), **kind))
        _told(*server.ask("DELETE", f"/v1/persons/P{other}"))
        progress.advance(2)
    return {f"P{number}" for number in leaving}


def _told(status: int, answer: bytes) -> Any:
    if not 200 <= status < 300:
        raise Unavailable(f"a request was answered with {status}: {answer.decode(errors='replace')[:300]}; look at the log")
    return json.loads(answer) if answer else None


def _violations(asked: Asked, status: int, found: dict[str, Any], gone: set[str]) -> list[str]:
    where = f"search {asked.search} ({asked.kind})"
    if status != 200:
        return [f"{where} cannot be repeated: {status} {found.get('code', '-')}"]
    said = [f"{where}: {words}" for words in found["differences"]]
    if not found["same"] and not said:
        said.append(f"{where} is not the same, and nothing says what differs")
    if found["candidates"] != len(asked.persons):
        said.append(f"{where} had {len(asked.persons)} candidates, and is said to have had {found['candidates']}")
    wanted = [f"candidate {rank}" for rank, person in enumerate(asked.persons, 1) if person in gone]
    named = [words for words in found["erased"] if "candidate" in words]
    if named != wanted:
        said.append(f"{where}: erased are {wanted}, and {named} are named")
    return said


def findings(figures: dict[str, Any]) -> list[str]:
    """Lists in words what differs and must not."""
    return [*figures["violations"], *figures["audit_findings"]]


def table(results: Results) -> Iterator[str]:
    document = results.get(NAME)
    if document is None:
        yield MISSING
        return
    yield from head("", "")
    found, settings = document["figures"], document["settings"]
    yield row("searches of a bureau, of five kinds", f"{settings['replays']:,}")
    yield row("persons enrolled before, enrolled later, deleted later", _of_changes(settings, found["changes"]))
    yield row("repeated after a compaction and a restart", f"{sum(found['searches'].values()):,}")
    yield row("of which somebody who took part was erased; nobody", _two(found["with_erased"], settings["replays"]))
    yield row("candidates who were erased, each named by the rank", f"{found['candidates_erased']:,}")
    yield row("**what else differed**", f"**{len(found['violations']):,}**")
    yield row("**what `audit verify` found afterwards**", f"**{len(found['audit_findings']):,}**")


def _two(erased: int, searches: int) -> str:
    return f"{erased:,}; {searches - erased:,}"


def _of_changes(settings: dict[str, Any], changes: dict[str, int]) -> str:
    return f"{settings['persons']:,}, {changes['enrolled']:,}, {changes['deleted']:,}"
