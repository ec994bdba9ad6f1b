"""Figures in the manual are those of the code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from biomatch.bureau import GRANTED, MAX_NAME, MAX_PRINTS, MAX_PROBES
from biomatch.bureau.access.sessions import TRIES_OF_ALL, TRIES_PER_MINUTE
from biomatch.bureau.access.visits import PAGE
from biomatch.bureau.scopes import Scope, of_token
from biomatch.formats.nist import LIMITS as TRANSACTIONS
from biomatch.imaging.decode import LIMITS, PLAUSIBLE_TAG, POSSIBLE
from biomatch.service.intake import json_bodies
from biomatch.service.settings import Settings
from biomatch.service.traffic.budgets import Budgets
from biomatch.service.traffic.connections import MOST_HEAD_BYTES, ConnectionLimits
from biomatch.template import MAX_SIDE, MOST_READ
from biomatch.workers import CAPS

ROOT = Path(__file__).parents[1]
MANUAL = sorted(str(one.relative_to(ROOT)) for folder in ("docs", "docs/research") for one in (ROOT / folder).glob("*.md"))


def test_the_house_is_drawn_as_it_is_checked(root: Path) -> None:
    (floors, *_) = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = [re.findall(r"`(\w+)`", row) for row in re.findall(r"^\| \w[\w ]* \| (`.*?) \| ", page, re.MULTILINE)]
    assert drawn == [floor.split(" | ") for floor in floors["layers"]]


def test_every_file_of_the_walks_is_there(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+(?:/\w+)*/(?:\w+\.py)?)`", page))
    rooms = root / "biomatch"
    missing = {name for name in named if not ((rooms / name).exists() or list(rooms.glob(f"*/{name}")))}
    assert len(named) > 20
    assert not missing


def test_the_limits_of_input_are_those_of_the_code(root: Path) -> None:
    page = " ".join((root / "docs" / "input.md").read_text(encoding="utf-8").split())
    assert f"{PLAUSIBLE_TAG[0]:g} to {PLAUSIBLE_TAG[1]:g} ppi" in page
    assert f"{POSSIBLE[0]:g} to {POSSIBLE[1]:g} ppi" in page
    assert f"{LIMITS.max_bytes // 1024**2} MB and {LIMITS.max_pixels:,} pixels" in page
    assert f"at most {MAX_SIDE:,} px at 500 ppi" in page
    assert f"{CAPS.seconds:g} s, {CAPS.cpu_seconds} s of CPU time or {CAPS.memory_bytes // 1024**3} GB of memory" in page


def test_the_limits_of_transactions_are_those_of_the_code(root: Path) -> None:
    page = " ".join((root / "docs" / "formats.md").read_text(encoding="utf-8").split())
    of_all = ("size", "records", "fields", "field_bytes", "parts", "images", "marks")
    (table,) = re.findall(r"\| of a transaction \| at most \| \|---\|---:\| (.*?) \| A record", page)
    assert re.findall(r"\| ([\d,]+) \|", f"{table} |") == [f"{getattr(TRANSACTIONS, name):,}" for name in of_all]
    assert f"more than {TRANSACTIONS.minutiae:,} minutiae, cores, deltas or corners" in page


def test_the_bounds_of_the_service_are_those_of_the_code(root: Path) -> None:
    page = " ".join((root / "docs" / "security.md").read_text(encoding="utf-8").split())
    settings = {name: field.default for name, field in Settings.model_fields.items()}
    connection = ConnectionLimits()
    budgets = Budgets(settings["max_in_flight"], settings["max_arriving"], settings["max_held_bytes"])
    head_seconds = settings["head_seconds"]
    told = (
        f"{settings['max_connections']:,} in all, {settings['max_connections_per_peer']} of one address",
        f"{settings['first_byte_seconds']} s until its first byte, {connection.keep_alive_seconds} s between two requests",
        f"| a request's head | {head_seconds} s, {MOST_HEAD_BYTES >> 10} KiB of first line and headers (`head-too-large`); "
        f"a TLS handshake: the same {head_seconds} s",
        f"takes nothing of its answer | {settings['take_seconds']} s",
        f"was answered already | {connection.rest_seconds} s",
        f"| a request's body | {settings['max_body_bytes'] >> 20} MiB, {settings['body_seconds']} s",
        f"come in at a time | {budgets.bodies.most}, of one caller {budgets.bodies.share}",
        f"bodies at a time | {budgets.held.most >> 20} MiB, of one caller {budgets.held.share >> 20} MiB",
        f"answered at a time | {budgets.requests.most}, of one caller {budgets.requests.share}",
        f"| a request's time | {settings['request_seconds']} s",
        f"| JSON | {json_bodies.MAX_VALUES:,} values",
        f"{MAX_PRINTS} of an encounter, {MAX_PROBES} of a search",
        f"| minutiae | {MOST_READ:,} of a print",
        f"{TRANSACTIONS.records:,} records, {TRANSACTIONS.fields:,} fields of a record",
        f"{TRANSACTIONS.parts:,} fields, subfields and items in all",
        f"{CAPS.seconds:g} s, {CAPS.cpu_seconds} s of CPU time",
        f"| names, purposes, legal bases | {MAX_NAME} characters",
        f"{TRIES_PER_MINUTE} a minute of one address, {TRIES_OF_ALL} of all but the first of each address",
    )
    assert [words for words in told if words not in page] == []


# examples of tokens suffice for what follows them

CREATED = re.compile(r"biomatch token create .*")
CALLED = re.compile(r"curl .*\$TOKEN (?P<options>.*?)'?http://[^/]+(?P<path>/v1/[^\s'?]*)")


def scope_of(api: dict[str, Any], method: str, path: str) -> str:
    """The scope that a route asks for."""
    for route, operations in api["paths"].items():
        if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path):
            return str(operations[method]["security"][0]["token"][0])
    raise AssertionError(f"{method} {path} is no route")


@pytest.mark.parametrize("name", ["README.md", *MANUAL])
def test_the_token_of_an_example_suffices_for_what_follows(root: Path, name: str) -> None:
    api = json.loads((root / "docs" / "openapi.json").read_text(encoding="utf-8"))
    scopes: frozenset[str] | None = None
    page = (root / name).read_text(encoding="utf-8")
    for line in page.splitlines():
        if CREATED.match(line):
            scopes = frozenset(re.findall(r"--scope (\S+)", line))
        elif (call := CALLED.match(line)) and scopes is not None:
            method = re.search(r"-X (\w+)", call["options"])
            verb = method[1].lower() if method else "post" if "-F" in call["options"] else "get"
            assert scope_of(api, verb, call["path"]) in scopes, line


@pytest.mark.parametrize("name", ["docs/http.md", "docs/bureau.md"])
def test_a_token_of_a_page_s_examples_opens_the_page(root: Path, name: str) -> None:
    """Whoever comes to the page with a token meets what the page asks for."""
    examples = CREATED.findall((root / name).read_text(encoding="utf-8"))
    assert any(of_token(map(Scope, re.findall(r"--scope (\S+)", one))) >= PAGE for one in examples)


@pytest.mark.parametrize("name", ["docs/http.md", "docs/bureau.md"])
def test_every_scope_of_an_example_exists(root: Path, name: str) -> None:
    scopes = set(re.findall(r"--scope (\S+)", (root / name).read_text(encoding="utf-8")))
    assert scopes <= set(GRANTED)


def test_every_page_that_the_code_or_a_card_names_is_there(root: Path) -> None:
    kinds = (
        "biomatch/**/*.py",
        "tests/**/*.py",
        "benchmarks/*.py",
        "models/*/card.toml",
        "sample_data/README.md",
        "pyproject.toml",
    )
    texts = [file.read_text(encoding="utf-8") for kind in kinds for file in root.glob(kind)]
    named = {name for text in texts for name in re.findall(r"\bdocs/[\w/-]+\.\w+", text)}
    assert len(named) > 10
    assert {name for name in named if not (root / name).exists()} == set()


# results stand between marks, where `bench page` writes them

NUMBER = r"\d[\d,]*(?:\.\d+)?"
YEAR = r"(?:19|20)\d\d\b"
RESULT = re.compile(
    "|".join(
        (
            rf"{NUMBER} ?%",
            rf"\b{NUMBER} (?:ms|us|s|minutes|hours)\b",
            rf"\b{NUMBER} of (?!{YEAR})(?:all |the |their )?{NUMBER}",
            rf"\b{NUMBER} times\b",
            rf"factor of {NUMBER}",
            rf"{NUMBER} a second\b",
            rf"{NUMBER} / {NUMBER}",
            rf"(?:EER|FNMR|FNIR|zeroFMR|Cllr)(?: is| was| of|:)? {NUMBER}",
            r"(?<![\d.])\d+\.\d\d(?![\d.])",
        )
    )
)
NO_RESULTS = (
    r"<!-- figures: .*?<!-- end of figures -->",
    r"^```.*?^```",  # code
    r"^ {4}.*?$",  # code, indented
    r"`[^`\n]*`",
    r"(?:Python|Linux) [\d.]+",
    rf"(?:FMR|FPIR)(?: is| of)?(?: at most)? {NUMBER} %(?:, {NUMBER} %)*",  # where an error rate is read
    r"(?:at )?95 %(?: intervals?)?",  # how sure
)
TABLES_HELD_TO_THE_CODE = {"docs/security.md"}  # by test_the_bounds_of_the_service_are_those_of_the_code
GENERATED = {"docs/commands.md"}  # from the commands' own help

TOLD = {  # what looks like a result and is none, and why it may stand there
    "docs/audit.md": {"does all of it 10,000 times": "what a benchmark does"},
    "docs/benchmarks.md": {
        "200 times under load": "what a benchmark does",
        "95 and 99 of 100 took at most so long": "what a word means",
        "1 % or 0.1 % of non-mated searches": "what a word means",
        "goes on for 15 s": "what a benchmark does",
    },
    "docs/calibration.md": {
        "where a rate of 2 % lies": "a setting",
        "| 0.1 %; more": "a stated rate",
        "| 1 % |": "a stated rate",
    },
    "docs/contributing.md": {"is ended after 15 minutes": "a setting"},
    "docs/research/crowding.md": {"drawn with 0.35 of their deviation": "a setting of the synthesis"},
    "docs/durability.md": {"200 times to a server under load": "what a benchmark does"},
    "docs/errors.md": {"older than 15 minutes": "a setting"},
    "docs/evaluation.md": {
        "0.02 is 2 %": "arithmetic",
        "1,000 times": "how intervals are made",
        "up to 30 %": "arithmetic: the rule of three",
    },
    "docs/research/extraction.md": {"kept down to 0.05": "a setting"},
    "docs/formats.md": {
        "all took less than 0.05 s": "what a dash in the table means",
        "within 2 s of CPU time": "a bound that tests hold",
    },
    "docs/research/fusion.md": {'"1 of 3 impressions"': "a name in the table"},
    "docs/http.md": {"within 15 minutes": "a setting", "lasts 12 hours": "a setting"},
    "docs/input.md": {"after 30 s, 20 s of CPU time": "a limit that a test above holds to the code"},
    "docs/people.md": {"lasts 12 hours": "a setting"},
    "docs/security.md": {"lasts 12 hours": "a setting", "within 15 minutes": "a setting"},
}
PAGES = ["README.md", "benchmarks/README.md", *MANUAL]


def results_outside_of_marks(page: str, held_tables: bool = False) -> list[str]:
    for kind in (*NO_RESULTS, *((r"^\|.*?$",) if held_tables else ())):
        page = re.sub(kind, " ... ", page, flags=re.DOTALL | re.MULTILINE)
    return [match[0] for match in RESULT.finditer(" ".join(page.split()))]


@pytest.mark.parametrize("name", [name for name in PAGES if name not in GENERATED])
def test_figures_stand_between_marks(root: Path, name: str) -> None:
    """Whoever reads a figure can look up its result: make it from one (bench/page.py), or leave it out."""
    page = (root / name).read_text(encoding="utf-8")
    allowed = TOLD.get(name, {})
    stale = [words for words in allowed if words not in " ".join(page.split())]
    assert stale == []
    for words in allowed:
        page = re.sub(r"\s+".join(map(re.escape, words.split())), " ... ", page)
    assert results_outside_of_marks(page, name in TABLES_HELD_TO_THE_CODE) == []


@pytest.mark.parametrize(
    "text",
    [
        "errors fell to 1.37 %",
        "a search takes\n25 ms",
        "15 of 1,092 probes",
        "0.07 / 0.07",
        "wrong by a factor of 1.42",
        "Cllr 0.04",
        "| learned | 0.26 |",
        "an FNMR of 3",
        "2.3 times as often",
    ],
)
def test_what_looks_like_a_result_is_found(text: str) -> None:
    assert results_outside_of_marks(text)
    assert not results_outside_of_marks(f"<!-- figures: x -->\n{text}\n<!-- end of figures -->")


@pytest.mark.parametrize("text", ["at FMR 0.1 %", "ISO/IEC 19794-2 of 2005", "version 0.1", "`--fpir 0.01`", "95 % intervals"])
def test_what_names_a_rate_a_standard_or_an_option_is_no_result(text: str) -> None:
    assert not results_outside_of_marks(text)
