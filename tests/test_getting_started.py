"""What the page for newcomers says is done as it is written: each command, each request, its Python."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NoReturn

import pytest

DONE = ("python3 -m venv ", ". .venv/", "pip install ")  # what the tests' environment has behind it
DEMO = "biomatch demo"  # tests/cli/test_demo.py runs it
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "getting-started.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def commands(page: str) -> list[str]:
    return [line for block in blocks(page, "sh") for line in block.splitlines() if not line.startswith(DONE)]


@pytest.fixture(scope="module")
def folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader's: the sample is in it, and `biomatch` can be called."""
    place = tmp_path_factory.mktemp("reader")
    (place / "sample_data").symlink_to(root / "sample_data")
    (place / "bin").mkdir()
    program = place / "bin" / "biomatch"
    program.write_text(f"#!{sys.executable}\nfrom biomatch.cli import main\n\nmain()\n")
    program.chmod(0o755)
    return place


def typed(folder: Path, line: str, **environment: str) -> str:
    """What a command prints."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env=os.environ | {"PATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_every_line_works_as_it_is_written(
    page: str,
    folder: Path,
    serve: Callable[..., AbstractContextManager[Any]],
    missing: Callable[[str, str], NoReturn],
) -> None:
    if shutil.which("curl") is None:
        missing("curl", "curl is not installed")
    lines = commands(page)
    lines.remove(DEMO)
    serving = lines.index("biomatch serve --gallery my-gallery")
    said = [typed(folder, line) for line in lines[:serving]]
    assert any(re.search(r"^ +1 +Ben .*^hit ", one, re.MULTILINE | re.DOTALL) for one in said)
    assert any(one.endswith("nobody\n") for one in said)
    assert (folder / "pair.png").is_file()
    with serve(folder / "my-gallery") as server:
        *later, tidy = lines[serving + 1 :]
        answers = [typed(folder, line.replace(ADDRESS, server.url), TOKEN=server.token) for line in later]
        found, enrolled, encounters, token = answers
        assert [one["personId"] for one in json.loads(found)["candidates"]] == ["Ben", "Ann"]
        assert json.loads(enrolled)["personId"] == "Eve"
        assert json.loads(encounters)
        assert token.startswith("biomatch_")
        (script,) = blocks(page, "python")
        done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("Ben ")
        assert "\nhit\n" in done.stdout
    typed(folder, tidy)
    assert not (folder / "my-gallery").exists()


def test_what_finds_out_why_a_search_missed_is_done_as_it_is_written(page: str, root: Path, folder: Path) -> None:
    missed = (root / "docs" / "missed.md").read_text(encoding="utf-8")
    for line in commands(page):
        if line.startswith("biomatch enrol "):
            typed(folder, line)
    information, quality, drawn, searched = (typed(folder, line) for line in commands(missed))
    assert re.search(r"^prints +3 *$", information, re.MULTILINE)
    assert re.search(r"^P02-right-index_4.png +\d+ +\d+ +yes", quality, re.MULTILINE)
    assert (folder / "pair.png").is_file(), drawn
    assert re.search(r"^ +1 +Ben ", searched, re.MULTILINE)
    (script,) = blocks(missed, "python")
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d\d\.\d+ True\n", done.stdout)
