"""How numbers are told to people. The page has the same in static/words.js."""

from __future__ import annotations

LEAST_SHARE = 0.0001  # smaller ones are called smaller than this: nobody can tell them apart


def counted(count: int, thing: str, things: str | None = None) -> str:
    """1 print, 2 prints; things: the plural, where it is not the word and an s."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def share_words(share: float) -> str:
    """A probability in percent: no estimate is nought or certain, so that none is called so."""
    if share < LEAST_SHARE:
        return f"less than {100 * LEAST_SHARE:.2f} %"
    if share > 1 - LEAST_SHARE:
        return f"more than {100 * (1 - LEAST_SHARE):.2f} %"
    return f"{100 * share:.2f} %"
