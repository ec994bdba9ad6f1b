"""Tables of what tasks find."""

from __future__ import annotations

import csv

from biomatch.bureau.tasks.results import DUPLICATE, FAILURE, Agreement, Duplicate, Failure, Found, as_csv


def test_no_name_in_a_table_is_a_formula_and_scores_are_numbers() -> None:
    best = Agreement("p1", "p2", "right index", 31.5, -1.5)
    pair = Duplicate("=1+1", "@ben", 31.456, -1.5, True, (best,))
    _, row = csv.reader(as_csv(DUPLICATE, [Found(1, DUPLICATE, pair)]))
    assert row == ["'=1+1", "'@ben", "31.46", "-1.500", "yes", "p1", "p2", "right index"]
    failed = Failure("+a.png", "=cmd|' /C calc'!A0", "bad-image", "-x.png cannot be read", line=2)
    _, row = csv.reader(as_csv(FAILURE, [Found(1, FAILURE, failed)]))
    assert row == ["2", "'+a.png", "'=cmd|' /C calc'!A0", "bad-image", "'-x.png cannot be read"]
