"""The report of `bench --quick`, of a run so small that its figures say nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from biomatch.bench.engine import comparison, extraction, identification, quick
from biomatch.bench.frame import Run
from biomatch.bench.report import html
from biomatch.bench.service import concurrent_use, import_time
from biomatch.errors import FileUnwritable, ResultExists

SIZE = "388 x 374 px"


@pytest.fixture(scope="module")
def document(identified: Any) -> dict[str, Any]:
    """Its times of two extractors are given, so that they are told apart."""
    searched = Run("identification", threads=1)
    searched.figures = identified.document["figures"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identification, "measure", lambda *_, **__: searched)
        patch.setattr(import_time, "COMMANDS", {"python -c pass": ["-c", "pass"]})
        patch.setattr(extraction, "find_spec", lambda _: None)  # no LEADER
        patch.setattr(comparison, "REFERENCES", 30)
        patch.setattr(comparison, "BOZORTH", 2)
        patch.setattr(concurrent_use, "NEWCOMERS", 50)
        found = quick.measure(sizes=(60, 70), mated=6, non_mated=1, prints=1, seconds=0.2)
    times = found["figures"]["extraction"]
    times[f"{SIZE}, learned"] |= {"p50": 41.4, "p95": 42.0, "p99": 43.0, "times_mindtct": 2.1}
    times[f"{SIZE}, classical"]["p50"] = 17.0
    return found | {"verdict": quick.verdict(found["figures"])}


@pytest.fixture(scope="module")
def text(document: dict[str, Any]) -> str:
    return html.page(document)


def test_the_extractor_that_is_used_where_nothing_is_said_is_biomatchs_own(document: dict[str, Any], text: str) -> None:
    """The classical one stands beside it, by name."""
    assert f"<b>41 ms</b><span>a template from an image of {SIZE}, one core</span>" in text
    assert "<th>p50, ms</th><th>p95</th><th>p99</th><th>classical, p50</th><th>MINDTCT, p50</th>" in text
    assert f"<td>{SIZE}</td><td>41.4</td><td>42</td><td>43</td><td>17.0</td>" in text
    words = f"One core makes a template of a print of {SIZE} in 41 ms: 24 prints a second, 2.1 times as long as MINDTCT"
    assert any(words in sentence for sentence in document["verdict"])


def test_what_a_larger_gallery_costs_follows_from_the_exponent_that_the_page_names(document: dict[str, Any], text: str) -> None:
    sizes = document["figures"]["identification"]["sizes"]
    largest = max(sizes, key=int)
    cost = sizes[largest]["time"]["normal"]
    whole, index = cost["core_ms"]["p50"], cost["index_core_ms"]["p50"]
    outlook = document["figures"]["outlook"]
    assert outlook["1000000"]["core_ms"] == pytest.approx(whole + index * ((1e6 / int(largest)) ** quick.GROWTH - 1), rel=1e-3)
    more = index * (1e6 / int(largest)) ** quick.GROWTH * (10**quick.GROWTH_OF_MANY - 1)
    assert outlook["10000000"]["core_ms"] == pytest.approx(outlook["1000000"]["core_ms"] + more, rel=1e-3)
    assert (
        "the index is taken to cost as the gallery's size to the power of 0.21 up to a million prints and 0.85 beyond" in text
    )
    assert f"<td>10,000,000</td><td>{outlook['10000000']['core_ms']:,.3g}</td>" in text


def test_what_a_machine_calls_itself_is_text_and_no_html(document: dict[str, Any]) -> None:
    page = html.page(document | {"cpu": "<script>alert('&')</script>"})
    assert "<script>" not in page
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in page


def test_the_exponent_is_that_of_the_published_galleries(root: Path) -> None:
    results = root / "benchmarks" / "results"
    found = [json.loads((results / name).read_text()) for name in ("identification.json", "identification_large.json")]
    sizes = found[0]["figures"]["sizes"] | found[1]["figures"]["sizes"]
    small, large, larger = (sizes[n]["time"]["normal"]["index_core_ms"]["p50"] for n in ("100000", "1000000", "10000000"))
    assert pytest.approx(math.log10(large / small), abs=0.1) == quick.GROWTH
    assert pytest.approx(math.log10(larger / large), abs=0.1) == quick.GROWTH_OF_MANY


def test_the_report_is_one_page_with_its_figures_beside_it(
    document: dict[str, Any], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.html"
    monkeypatch.setattr(html, "page", lambda _: text)
    quick.claim(report, replace=False)
    quick.write(report, document)
    assert json.loads(report.with_suffix(".json").read_text())["verdict"] == document["verdict"]
    assert report.read_text() == text
    assert text.startswith("<!doctype html>")
    assert text.count("<svg") == 7
    assert all(html.escape(sentence) in text for sentence in document["verdict"])
    with pytest.raises(ResultExists):
        quick.claim(report, replace=False)
    with pytest.raises(FileUnwritable):
        quick.claim(tmp_path / "nosuch" / "report.html", replace=True)
