"""How numbers are told to people (the page has the same in static/words.js), and whether people see anything of a text."""

from __future__ import annotations

import unicodedata

# Letters and signs of Unicode that are drawn as nothing: fillers of Hangul, a braille cell without a dot.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

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


def is_visible(text: str) -> bool:
    """Whether some character of a text is seen: a letter, a digit, a sign, but no blank, and no mark on nothing."""
    return any(unicodedata.category(one)[0] in "LNPS" and one not in _BLANK for one in text)
