from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from biomatch.bench.formats import transactions
from biomatch.bench.report import page
from biomatch.errors import BadTransaction
from biomatch.formats import nist


@pytest.mark.parametrize("kind", transactions.KINDS)
def test_a_hostile_transaction_is_read_without_limits_and_has_about_so_many_bytes(kind: str) -> None:
    data = transactions.KINDS[kind](100_000)
    assert 50_000 < len(data) < 220_000
    try:
        nist.summary(data, transactions.UNLIMITED)
    except BadTransaction as error:
        pytest.fail(error.message)


def test_seconds_memory_and_the_limit_are_told_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {name: transactions.KINDS[name] for name in ("empty items", "one image of separators")}
    monkeypatch.setattr(transactions, "KINDS", kinds)
    run = transactions.measure(largest_mb=2, unlimited_mb=1)
    items, image = run.figures["empty items"], run.figures["one image of separators"]
    assert items["mb"] == [1, 2]
    assert (items["refused"], image["refused"]) == ("1,048,576 bytes in a field of record 2", "")
    assert 3 <= image["memory_mb"][1] < 40  # it comes as a message, is taken out of it, and its image is cut out
    assert run.figures["empty items, without limits"]["mb"] == [1]
    assert run.figures["empty items, without limits"]["refused"] == ""
    text = page.current("<!-- figures: transactions -->\n<!-- end of figures -->", {"transactions": run.document}, (), Path())
    assert "| empty items |" in text
    assert "| nothing: it is read |" in text


def test_what_grows_as_the_square_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "KINDS", {"a slow kind": lambda size: b"x" * (size // 1_000_000)})
    monkeypatch.setattr(transactions, "Pool", lambda *_, **__: nullcontext(SlowReader()))
    run = transactions.measure(largest_mb=4, unlimited_mb=1)
    assert run.figures["violations"] == ["a slow kind: seconds grow as the bytes to the power of 2"]


class SlowReader:
    def call(self, data: bytes, limits: nist.Limits) -> transactions.Cost:
        return transactions.Cost(len(data) ** 2, 1, "")
