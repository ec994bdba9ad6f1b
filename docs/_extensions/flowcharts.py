"""Drawings: a ```mermaid block of a page, which other readers of Markdown draw by themselves, becomes an SVG in the page.

The site asks no other host for a script, so it draws the part of the language that our pages use: `a --> b --> c`, and
`subgraph` with a row of members. Any other line is a warning. Boxes stand in rows, each below all that have an arrow to it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util import logging

LETTER = 8.4  # px, of the monospace font at 14 px
BOX = 30.0  # px, height of a box with one name
PAD = 10.0  # px, within a box
ROW = 44.0  # px, between two rows
GAP = 18.0  # px, between two boxes of a row
SWEEPS = 40  # of ordering and of placing: both are still long before

log = logging.getLogger(__name__)


@dataclass
class Chart:
    """Arrows between names, and the members of those that are groups."""

    arrows: list[tuple[str, str]] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Boxes that stand in rows, in the order in which they came."""
        return list(dict.fromkeys([name for arrow in self.arrows for name in arrow] + list(self.groups)))

    def size(self, name: str) -> tuple[float, float]:
        """Width and height of a box, px."""
        if name not in self.groups:
            return len(name) * LETTER + 2 * PAD, BOX
        members = [self.size(member)[0] for member in self.groups[name]]
        return sum(members) + PAD * (len(members) + 1), 2 * BOX + PAD


def parse(source: str) -> Chart:
    """Read the part of Mermaid that pages use. Raises ValueError with the line that is none of it."""
    chart, group = Chart(), None
    for line in filter(None, map(str.strip, source.splitlines())):
        if found := re.fullmatch(r"subgraph (\w+)", line):
            group = found[1]
            chart.groups[group] = []
        elif line == "end":
            group = None
        elif group and re.fullmatch(r"\w+( ~~~ \w+)*", line):
            chart.groups[group] += line.split(" ~~~ ")
        elif re.fullmatch(r"\w+( --> \w+)+", line):
            chart.arrows += pairwise(line.split(" --> "))
        elif line not in ("flowchart TD", "direction LR"):
            raise ValueError(line)
    return chart


def rows(chart: Chart) -> dict[str, int]:
    """Row of each box, from the top: below all that have an arrow to it, and no higher than its own arrows need."""
    row = dict.fromkeys(chart.names, 0)
    for _ in row:
        for upper, lower in chart.arrows:
            row[lower] = max(row[lower], row[upper] + 1)
    below = {name: [row[lower] for upper, lower in chart.arrows if upper == name] for name in row}
    above = {lower for _, lower in chart.arrows}
    return {name: at if name in above or not below[name] else min(below[name]) - 1 for name, at in row.items()}


def ways(chart: Chart, row: dict[str, int]) -> list[list[str]]:
    """The arrows, each as names of what it passes, row by row: its ends, and bends of its own on the rows between."""
    found = []
    for upper, lower in chart.arrows:
        bends = [f"{upper} {lower} {at}" for at in range(row[upper] + 1, row[lower])]
        row |= {name: row[upper] + 1 + at for at, name in enumerate(bends)}
        found.append([upper, *bends, lower])
    return found


def places(chart: Chart) -> tuple[dict[str, float], dict[str, int], list[list[str]]]:
    """Middle of each box and bend, px from the left; rows; ways."""
    row = rows(chart)
    passed = ways(chart, row)
    width = {name: chart.size(name)[0] if " " not in name else GAP / 2 for name in row}
    near: dict[str, list[str]] = {name: [] for name in row}
    for way in passed:
        for one, other in pairwise(way):
            near[one].append(other)
            near[other].append(one)
    lines = [[name for name in row if row[name] == at] for at in range(max(row.values()) + 1)]
    x = {name: float(at) for line in lines for at, name in enumerate(line)}
    for sweep in range(SWEEPS):  # few crossings: each box in the order of the middles of its neighbours
        for line in lines if sweep % 2 else reversed(lines):
            mean = {name: _mean([x[other] for other in near[name]], x[name]) for name in line}
            line.sort(key=lambda name: mean[name])
            x |= {name: at - (len(line) - 1) / 2 for at, name in enumerate(line)}
    for line in lines:
        x |= _apart(line, dict.fromkeys(line, 0.0), width)
    for sweep in range(SWEEPS):  # short arrows: each box at the middle of its neighbours, as far as there is room
        for line in lines if sweep % 2 else reversed(lines):
            x |= _apart(line, {name: _mean([x[other] for other in near[name]], x[name]) for name in line}, width)
    left = min(x[name] - width[name] / 2 for name in row)
    return {name: at - left for name, at in x.items()}, row, passed


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(line: list[str], wanted: dict[str, float], width: dict[str, float]) -> dict[str, float]:
    """Places near those that are wanted, in order, without overlap: boxes that touch move together."""
    blocks: list[tuple[list[str], list[float]]] = []  # names, and how far each stands from the first
    for name in line:
        blocks.append(([name], [0.0]))
        while len(blocks) > 1 and _start(*blocks[-2], wanted) + _reach(blocks, width) > _start(*blocks[-1], wanted):
            names, steps = blocks.pop()
            before, taken = blocks[-1]
            further = taken[-1] + (width[before[-1]] + width[names[0]]) / 2 + GAP
            blocks[-1] = (before + names, taken + [further + step for step in steps])
    return {
        name: _start(names, steps, wanted) + step for names, steps in blocks for name, step in zip(names, steps, strict=True)
    }


def _start(names: list[str], steps: list[float], wanted: dict[str, float]) -> float:
    return _mean([wanted[name] - step for name, step in zip(names, steps, strict=True)], 0.0)


def _reach(blocks: list[tuple[list[str], list[float]]], width: dict[str, float]) -> float:
    (names, steps), (after, _) = blocks[-2:]
    return steps[-1] + (width[names[-1]] + width[after[0]]) / 2 + GAP


def svg(chart: Chart) -> str:
    """The drawing; its colours are in site.css."""
    x, row, passed = places(chart)
    height = [max(chart.size(name)[1] for name in chart.names if row[name] == at) for at in range(max(row.values()) + 1)]
    top = [sum(height[:at]) + ROW * at for at in range(len(height))]
    wide = max(x[name] + chart.size(name)[0] / 2 for name in chart.names)
    told = ", ".join(f"{upper} to {lower}" for upper, lower in chart.arrows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide + 2:.0f}" height="{top[-1] + height[-1] + 2:.0f}"'
        f' viewBox="-1 -1 {wide + 2:.0f} {top[-1] + height[-1] + 2:.0f}" role="img" aria-label="Arrows: {html.escape(told)}">'
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker>'
    ]
    for way in passed:
        points = []
        for at, name in enumerate(way):
            middle, tall = top[row[name]] + height[row[name]] / 2, 0.0 if " " in name else chart.size(name)[1]
            points.append((x[name], middle + (tall / 2 if at == 0 else -tall / 2 if at == len(way) - 1 else 0)))
        parts.append(f'<path class="arrow" marker-end="url(#head)" d="{_curve(points)}"/>')
    for name in chart.names:
        parts += _box(chart, name, x[name], top[row[name]] + height[row[name]] / 2)
    return "".join([*parts, "</svg>"])


def _curve(points: list[tuple[float, float]]) -> str:
    (x, y), *_ = points
    drawn = f"M{x:.1f} {y:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (y1 - y0) / 2
        drawn += f"C{x0:.1f} {y0 + half:.1f} {x1:.1f} {y1 - half:.1f} {x1:.1f} {y1:.1f}"
    return drawn


def _box(chart: Chart, name: str, x: float, y: float) -> Iterable[str]:
    wide, tall = chart.size(name)
    members = chart.groups.get(name, [])
    yield f'<rect x="{x - wide / 2:.1f}" y="{y - tall / 2:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="5"/>'
    yield f'<text x="{x:.1f}" y="{y + 5 - (BOX / 2 + 2 if members else 0):.1f}">{html.escape(name)}</text>'
    at = x - wide / 2 + PAD
    for member in members:
        inner, _ = chart.size(member)
        yield f'<rect class="member" x="{at:.1f}" y="{y - 2:.1f}" width="{inner:.1f}" height="{BOX:.1f}" rx="5"/>'
        yield f'<text x="{at + inner / 2:.1f}" y="{y - 2 + BOX / 2 + 5:.1f}">{html.escape(member)}</text>'
        at += inner + PAD


def draw_all(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put drawings in the place of the blocks of a page."""
    if app.builder.format != "html":
        return
    for block in list(doctree.findall(lambda node: isinstance(node, nodes.literal_block) and node["language"] == "mermaid")):
        try:
            drawing = svg(parse(block.astext()))
        except ValueError as error:
            log.warning("this line of a drawing is not known: %s", error, location=block)
            continue
        block.replace_self(nodes.raw("", f'<div class="drawing">{drawing}</div>', format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_lexer("mermaid", TextLexer)
    app.connect("doctree-resolved", draw_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
