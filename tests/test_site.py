"""The pages of docs/ make a site without a warning: all are reached, no link is broken, nothing comes from elsewhere."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

NEEDED = ("sphinx", "myst_parser", "numpydoc", "furo")


@pytest.fixture(scope="module", autouse=True)
def tools(missing: Callable[[str, str], NoReturn]) -> None:
    """What the extra `docs` brings."""
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        missing("docs", f"{', '.join(absent)} not installed (pip install 'biomatch[docs]')")


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made anew; every warning is an error, and a name, a link or an anchor that is not there is a warning."""
    place = tmp_path_factory.mktemp("site")
    command = [
        "-m",
        "sphinx",
        "-W",
        "-n",
        "--keep-going",
        "-q",
        "-d",
        str(place / "read"),
        str(root / "docs"),
        str(place / "html"),
    ]
    done = subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail("\n".join(line for line in done.stderr.splitlines() if "faiss" not in line), pytrace=False)
    return place / "html"


class Reader(HTMLParser):
    """What a page asks for by itself, and where the links of its navigation lead."""

    def __init__(self, page: Path):
        super().__init__()
        self.asked: set[str] = set()
        self.links: set[str] = set()
        self.styles: list[str] = []
        self._depth = 0
        self._style = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        if tag == "div" and (self._depth or "sidebar-tree" in given.get("class", "")):
            self._depth += 1
        if tag == "a" and self._depth:
            self.links.add(given["href"].partition("#")[0])
        if tag == "link" and given.get("rel") not in ("index", "search", "next", "prev"):
            self.asked.add(given["href"])
        self.asked |= {given[name] for name in ("src", "srcset", "data", "poster") if name in given and tag != "a"}
        self.styles.append(given.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._style = False
        if tag == "div" and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._style:
            self.styles.append(data)


def test_every_page_is_reached_from_the_index(root: Path, site: Path) -> None:
    docs = root / "docs"
    folders = [folder for folder in docs.iterdir() if folder.is_dir() and not folder.name.startswith("_")]
    pages = {file.relative_to(docs).with_suffix(".html").as_posix() for one in (docs, *folders) for file in one.glob("*.md")}
    assert len(pages) > 20
    assert sorted(pages - Reader(site / "index.html").links - {"index.html"}) == []


def elsewhere(site: Path) -> Iterator[str]:
    for page in site.rglob("*.html"):
        reader = Reader(page)
        assert reader.asked, page
        yield from (f"{page.name}: {one}" for one in reader.asked if re.match(r"(\w+:)?//", one))
        yield from (f"{page.name}: {one}" for one in reader.styles if asks(one))
    yield from (file.name for file in site.rglob("*.css") if asks(file.read_text(encoding="utf-8")))


def asks(style: str) -> bool:
    """Whether a style sheet asks another host for something."""
    return re.search(r"""(url\(\s*|@import\s+)["']?(https?:)?//""", style) is not None


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    assert list(elsewhere(site)) == []


@pytest.mark.parametrize("style", ["@import '//fonts.example/a.css';", "a { background: url(https://pictures.example/a.png) }"])
def test_what_asks_another_host_is_found(style: str) -> None:
    assert asks(style)


def extension(root: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, root / "docs" / "_extensions" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("page", "source", "shown"),
    [
        ("search", "[stages](../biomatch/gallery/)", "stages (`biomatch/gallery/`)"),
        ("search", "[`local.py`](../biomatch/gallery/local.py)", "`biomatch/gallery/local.py`"),
        ("search", "[figures](../benchmarks/README.md#speed)", "[figures](results.md#speed)"),
        ("research/search", "[figures](../../benchmarks/README.md)", "[figures](../results.md)"),
        ("results", "[figures](../benchmarks/README.md)", "figures (`benchmarks/README.md`)"),
        ("search", "[keys](bureau.md#keys), [a host](https://a.example/b.md)", None),
        ("search", "```sh\n[not a link](../README.md)\n```\n", None),
    ],
)
def test_links_to_files_of_the_repository_hold_on_the_site(root: Path, page: str, source: str, shown: str | None) -> None:
    docs = root / "docs"
    assert extension(root, "repository").at_home(source, docs / f"{page}.md", page, docs) == (shown or source)


def test_links_of_an_included_file_hold_on_the_page_that_includes_it(root: Path) -> None:
    source = "[how](../docs/benchmarks.md), ![speed](results/extraction.svg), [here](#speed)"
    shown = "[how](benchmarks.md), ![speed](../benchmarks/results/extraction.svg), [here](#speed)"
    place = root / "benchmarks" / "README.md"
    assert extension(root, "repository").at_home(source, place, "results", root / "docs") == shown


CHART = """flowchart TD
    cli --> store --> gallery
    cli --> gallery
    subgraph store
        direction LR
        rows ~~~ keys
    end
"""


def test_a_drawing_has_each_box_once_and_each_arrow(root: Path) -> None:
    drawn = extension(root, "flowcharts")
    chart = drawn.parse(CHART)
    assert drawn.rows(chart) == {"cli": 0, "store": 1, "gallery": 2}
    picture = drawn.svg(chart)
    assert re.findall(r"<text[^>]*>(\w+)<", picture) == ["cli", "store", "rows", "keys", "gallery"]
    assert picture.count('class="arrow"') == 3


def test_boxes_of_a_row_do_not_overlap(root: Path) -> None:
    drawn = extension(root, "flowcharts")
    chart = drawn.parse("\n".join(f"top --> a_long_name_{n} --> bottom" for n in range(6)) + "\nleft --> bottom")
    x, row, _ = drawn.places(chart)
    for at in range(3):
        line = sorted((x[name], chart.size(name)[0]) for name in chart.names if row[name] == at)
        assert all(a + wide / 2 < b - other / 2 for (a, wide), (b, other) in pairwise(line))


def test_a_line_that_no_drawing_knows_is_named(root: Path) -> None:
    with pytest.raises(ValueError, match=re.escape("a -->|maybe| b")):
        extension(root, "flowcharts").parse("flowchart TD\na -->|maybe| b")
