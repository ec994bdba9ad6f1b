from __future__ import annotations

from biomatch.observe import NO_PROGRESS, NO_TRACE


def test_the_null_versions_take_everything_and_do_nothing() -> None:
    assert NO_TRACE("orientation", [1, 2, 3]) is None
    NO_PROGRESS.start("prints", 3)
    NO_PROGRESS.advance()
    NO_PROGRESS.done()
