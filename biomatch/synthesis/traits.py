"""The traits that the fingers of one person share, and those that make one finger larger than another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class Traits:
    """The traits of a person.

    size      of the fingers, 1 is usual
    period    of the ridges, 1 is usual: small hands have finer ridges
    lined     0..1, how creased the skin is
    porous    0..1, how well pores show
    scored    0..1, how often a fine line crosses a ridge between two pores
    beaded    0..1, how narrow ridges are between two pores
    between   0..1, how much of the valleys bears incipient ridges; most people have none
    """

    size: float = 1.0
    period: float = 1.0
    lined: float = 0.4
    porous: float = 0.6
    between: float = 0.0
    scored: float = 0.05
    beaded: float = 0.3


@dataclass(frozen=True)
class TraitParams:
    """The numbers with which `draw_traits` draws."""

    size_sd: float = 0.09  # contact areas of live-scan prints vary by a third
    period_sd: float = 0.06  # of 8.8 px: men 9.3, women 8.1 (Ashbaugh; Moore), and a rest
    share: float = 0.5  # of the period follows the size
    with_between: float = 0.12  # of people show incipient ridges


TRAITS = TraitParams()

_SIZES = (1.14, 1.0, 1.03, 0.96, 0.84)  # thumb to little finger, relative to the index


def draw_traits(rng: np.random.Generator, params: TraitParams = TRAITS) -> Traits:
    """Draws a person."""
    z = np.clip(rng.standard_normal(2), -2.3, 2.3)
    period = params.period_sd * (params.share * z[0] + np.sqrt(1 - params.share**2) * z[1])
    return Traits(
        size=float(np.exp(params.size_sd * z[0])),
        period=float(np.exp(period)),
        lined=float(rng.beta(1.1, 1.4)),
        porous=float(rng.beta(1.0, 1.1)),
        between=float(rng.uniform(0.15, 0.5) if rng.random() < params.with_between else 0.0),
        scored=float(rng.beta(0.5, 3.5)),
        beaded=float(rng.beta(0.9, 1.6)),
    )


def finger_size(position: FingerPosition) -> float:
    """Returns how large a finger is beside the index finger of its hand."""
    return 1.0 if position == FingerPosition.UNKNOWN else _SIZES[(int(position) - 1) % 5]
