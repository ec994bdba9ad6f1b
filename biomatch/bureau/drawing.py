"""Prints as pictures for people: minutiae on the ridges, corresponding minutiae of two prints, a scale in mm."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from biomatch.deadlines import Turn
from biomatch.template import BIFURCATION, ENDING, Template

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PX_PER_MM = 500 / 25.4
ZOOM = 2.0  # picture px a print px: ridges of 4 px are then seen well
MOST_PX = 12_000_000  # of a picture, 50 MB while it is drawn: larger prints are drawn smaller
FADE = 0.45  # how far ridges are drawn towards white, so that marks stand out
MARKS = {ENDING: ("#0072B2", "o"), BIFURCATION: ("#D55E00", "s")}  # Okabe and Ito; told apart by shape as well
OTHER_MARK = ("#009E73", "D")
PAIR_COLOUR, REST_COLOUR = "#B3005E", "#8A8A8A"
MARGIN = 34  # px above and below a print, for its title and scale
GAP = 16  # px between prints

MOST_MARKS = 255  # unpaired minutiae of a print that are drawn, the best by quality: 5 ms each, and all that an extractor finds

_DRAWING = Turn()  # matplotlib's fonts are one thread's at a time


class Kind(StrEnum):
    """The file format of a picture."""

    PNG = "png"
    SVG = "svg"


@dataclass(frozen=True)
class Panel:
    """One print to draw. pixels (h, w) uint8 at 500 ppi, None where only the template is known."""

    title: str
    template: Template
    pixels: np.ndarray | None

    @classmethod
    def of(cls, title: str, template: Template, picture: bytes) -> Panel:
        """Makes a panel. picture: a PNG that a worker made, on whose pixels the minutiae lie; empty: there is none."""
        return cls(title, template, cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE) if picture else None)


def print_picture(panel: Panel, kind: Kind = Kind.PNG) -> bytes:
    """Draws one print with its minutiae: circles are endings, squares bifurcations, a stroke shows the direction.

    Raises DeadlinePassed.
    """
    with _DRAWING:
        return _written(print_figure(panel), kind)


def print_figure(panel: Panel) -> Figure:
    """Draws the same and does not write it. One thread at a time may draw."""
    figure, (axes,) = _canvas([panel])
    _marks(axes, panel.template, np.arange(len(panel.template.minutiae)), None)
    return figure


def pair_picture(a: Panel, b: Panel, pairs: np.ndarray, kind: Kind = Kind.PNG) -> bytes:
    """Draws two prints side by side at one scale; corresponding minutiae carry the same number, best first.

    pairs  (m, 2) int  index of a's minutia, of b's

    Raises DeadlinePassed.
    """
    with _DRAWING:
        return _written(pair_figure(a, b, pairs), kind)


def pair_figure(a: Panel, b: Panel, pairs: np.ndarray) -> Figure:
    """Draws the same and does not write it. One thread at a time may draw."""
    figure, axes = _canvas([a, b])
    for side, (panel, one) in enumerate(zip((a, b), axes, strict=True)):
        rest = np.setdiff1d(np.arange(len(panel.template.minutiae)), pairs[:, side])
        _marks(one, panel.template, rest, REST_COLOUR)
        _numbers(one, panel.template, pairs[:, side])
    return figure


def _canvas(panels: list[Panel]) -> tuple[Figure, list[Axes]]:
    """Makes a figure whose px are ZOOM times the prints', or fewer where that is too many; all are at one scale."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = sum(panel.template.width for panel in panels) + GAP * (len(panels) + 1)
    height = max(panel.template.height for panel in panels) + 2 * MARGIN
    zoom = min(ZOOM, math.sqrt(MOST_PX / (width * height)))
    figure = Figure(figsize=(width * zoom / 100, height * zoom / 100), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    axes, left = [], GAP
    for panel in panels:
        w, h = panel.template.width, panel.template.height
        one = figure.add_axes((left / width, 1 - (MARGIN + h) / height, w / width, h / height))
        one.set(xlim=(-0.5, w - 0.5), ylim=(h - 0.5, -0.5), xticks=(), yticks=())
        one.spines[:].set_color("#CCCCCC")
        if panel.pixels is not None:
            faded = 255 - (255 - panel.pixels.astype(np.float32)) * (1 - FADE)
            one.imshow(faded, cmap="gray", vmin=0, vmax=255, interpolation="lanczos", aspect="auto")
        one.set_title(panel.title, fontsize=13, color="#222222", pad=6, loc="left", parse_math=False)
        _scale_bar(one, w, h)
        axes.append(one)
        left += w + GAP
    return figure, axes


def _scale_bar(axes: Axes, width: int, height: int) -> None:
    mm = 5 if width > 8 * PX_PER_MM else 1
    y, x = height + 10, 2
    axes.plot([x, x + mm * PX_PER_MM], [y, y], color="#222222", linewidth=3, solid_capstyle="butt", clip_on=False)
    axes.text(x + mm * PX_PER_MM + 6, y, f"{mm} mm", fontsize=11, va="center", color="#222222", clip_on=False)


def _marks(axes: Axes, template: Template, which: np.ndarray, colour: str | None) -> None:
    m = template.minutiae
    best = which[np.argsort(-m.quality[which], kind="stable")[:MOST_MARKS]]
    for at in np.sort(best).tolist():
        own, shape = MARKS.get(int(m.kind[at]), OTHER_MARK)
        ink = colour or own
        strength = 1.0 if colour else 0.35 + 0.65 * float(m.quality[at])
        length = 13
        dx, dy = length * np.cos(m.angle[at]), -length * np.sin(m.angle[at])
        axes.plot([m.x[at], m.x[at] + dx], [m.y[at], m.y[at] + dy], color=ink, linewidth=1.6, alpha=strength)
        axes.plot(
            m.x[at], m.y[at], shape, color=ink, fillstyle="none", markersize=8 if colour else 10, markeredgewidth=1.6,
            alpha=strength,
        )  # fmt: skip


def _numbers(axes: Axes, template: Template, which: np.ndarray) -> None:
    m = template.minutiae
    for number, at in enumerate(which.tolist(), start=1):
        dx, dy = float(np.cos(m.angle[at])), float(-np.sin(m.angle[at]))
        axes.plot([m.x[at], m.x[at] + 13 * dx], [m.y[at], m.y[at] + 13 * dy], color=PAIR_COLOUR, linewidth=1.8)
        axes.plot(m.x[at], m.y[at], "o", color=PAIR_COLOUR, fillstyle="none", markersize=10, markeredgewidth=1.8)
        axes.text(
            m.x[at] - 11 * dx, m.y[at] - 11 * dy, str(number), color=PAIR_COLOUR, fontsize=11, fontweight="bold",
            ha="center", va="center", path_effects=_halo(),
        )  # fmt: skip


def _halo() -> list[Any]:
    """Draws white around letters, so that ridges do not eat them."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=2.5, foreground="white"), Normal()]


def _written(figure: Figure, kind: Kind) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format=kind.value, metadata={"Date": None} if kind is Kind.SVG else None)
    return out.getvalue()
