"""Scores in words."""

from __future__ import annotations

import math

from biomatch.errors import BadRate


def threshold_of(fmr: float) -> float:
    """Returns the score that a false match rate asks for. Raises BadRate."""
    if not 0 < fmr <= 1:
        raise BadRate(fmr)
    return -10 * math.log10(fmr)


def fmr_words(score: float, extrapolated: bool) -> str:
    """Says in words how rare a score is among non-mated pairs."""
    if score <= 0:
        return "pairs of different fingers usually score as high"
    about = "about " if extrapolated else ""
    tail = ", beyond what was measured" if extrapolated else ""
    return f"{about}1 in {one_in(score)} pairs of different fingers scores as high{tail}"


def one_in(score: float) -> str:
    """Writes 10 ** (score / 10), to two digits, in words beyond a million."""
    ratio = 10 ** (score / 10)
    if ratio < 10:
        return f"{ratio:.1f}"
    digits = 10 ** (math.floor(math.log10(ratio)) - 1)
    rounded = round(ratio / digits) * digits
    return f"{rounded:,}" if rounded < 1e6 else f"10^{math.log10(ratio):.1f}"


def llr_words(llr: float) -> str:
    """Says which of the two propositions the comparison supports, and by how much."""
    times = 10 ** abs(llr)
    size = f"{times:.2g}" if times < 10 else f"{times:,.0f}" if times < 1e6 else f"10^{abs(llr):.1f}"
    side = "same finger" if llr >= 0 else "different fingers"
    return f"{size} times likelier if {side}"
