"""Numbers as words for people (the page has the same in static/words.js), and a test whether a text can be seen."""

from __future__ import annotations

import unicodedata

# Characters that are drawn as nothing, by ranges. First those of Unicode's property Default_Ignorable_Code_Point, which the
# standard library does not know; then letters and signs that are blank: a braille cell without a dot, a place for an object,
# blank hieroglyphs, a note without a head.
_BLANK = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    (0x2800, 0x2800), (0xFFFC, 0xFFFC), (0x13441, 0x13442), (0x1D159, 0x1D159),
)  # fmt: skip

LEAST_SHARE = 0.0001  # smaller ones are called smaller than this: nobody can tell them apart


def counted(count: int, thing: str, things: str | None = None) -> str:
    """Writes a count with its thing: 1 print, 2 prints; things: the plural, where it is not the word and an s."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def share_words(share: float) -> str:
    """Writes a probability in percent: no estimate is 0 or certain, so none is written so."""
    if share < LEAST_SHARE:
        return f"less than {100 * LEAST_SHARE:.2f} %"
    if share > 1 - LEAST_SHARE:
        return f"more than {100 * (1 - LEAST_SHARE):.2f} %"
    return f"{100 * share:.2f} %"


def is_visible(text: str) -> bool:
    """Tells whether a text has a character that is seen: a letter, a digit, a sign, but no blank, and no mark on nothing."""
    return any(unicodedata.category(one)[0] in "LNPS" and not _is_blank(one) for one in text)


def _is_blank(one: str) -> bool:
    return any(first <= ord(one) <= last for first, last in _BLANK)
