"""A line chart as a small SVG, for readers that cannot show a live one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from autowrx_jupyter.widgets import style
from autowrx_jupyter.widgets.samples import Floats

WIDTH, HEIGHT = 900, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 64, 58, 44


@dataclass(frozen=True, slots=True)
class Line:
    """One trace: its points, where it belongs (axis 1 left, 2 right) and how it looks."""

    label: str
    x: Floats
    y: Floats
    axis: int
    stepped: bool


@dataclass(frozen=True, slots=True)
class VerticalAxis:
    """Title of an axis, and the names of its levels where they are no numbers."""

    title: str
    words: tuple[str, ...] | None = None


def line_chart(
    title: str, lines: Sequence[Line], axes: Sequence[VerticalAxis], x_title: str
) -> str:
    """Return the chart as SVG text; every text in it is escaped."""
    x_low, x_high = _span([line.x for line in lines])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'font-family="{escape(style.FONT)}" font-size="12" fill="{style.INK}">',
        f'<text x="12" y="22" font-size="15">{escape(title)}</text>',
    ]
    parts += _legend(lines)
    parts += _x_axis(x_low, x_high, x_title)
    for number, vertical in enumerate(axes, 1):
        mine = [(i, line) for i, line in enumerate(lines) if line.axis == number]
        if vertical.words:
            low, high = -0.1, len(vertical.words) - 0.9
        else:
            low, high = _span([line.y for _, line in mine])
            margin = 0.05 * (high - low)
            low, high = low - margin, high + margin
        parts += _y_axis(low, high, vertical, right=number == 2)
        for index, line in mine:
            path = _path(line, (x_low, x_high), (low, high))
            if path:
                parts.append(
                    f'<path d="{path}" fill="none" stroke="{style.colour(index)}" '
                    'stroke-width="2" stroke-linejoin="round"/>'
                )
    return "".join([*parts, "</svg>"])


def _span(columns: Sequence[Floats]) -> tuple[float, float]:
    seen = [column[np.isfinite(column)] for column in columns]
    seen = [column for column in seen if len(column)]
    if not seen:
        return 0.0, 1.0
    low = float(min(column.min() for column in seen))
    high = float(max(column.max() for column in seen))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _path(line: Line, x_span: tuple[float, float], y_span: tuple[float, float]) -> str:
    xs = LEFT + (line.x - x_span[0]) / (x_span[1] - x_span[0]) * (WIDTH - LEFT - RIGHT)
    ys = HEIGHT - BOTTOM - (line.y - y_span[0]) / (y_span[1] - y_span[0]) * (HEIGHT - TOP - BOTTOM)
    steps: list[str] = []
    drawing = False
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if not math.isfinite(y):
            drawing = False  # a gap is shown as a gap
            continue
        if not drawing:
            steps.append(f"M{x:.1f} {y:.1f}")
        elif line.stepped:
            steps.append(f"H{x:.1f}V{y:.1f}")
        else:
            steps.append(f"L{x:.1f} {y:.1f}")
        drawing = True
    return "".join(steps)


def _legend(lines: Sequence[Line]) -> list[str]:
    parts = []
    x = 12.0
    for index, line in enumerate(lines):
        width = 34 + 6.6 * len(line.label)
        if x + width > WIDTH and index:
            parts.append(f'<text x="{x:.0f}" y="44">…</text>')
            break
        parts.append(
            f'<path d="M{x:.0f} 40h18" stroke="{style.colour(index)}" stroke-width="2"/>'
            f'<text x="{x + 23:.0f}" y="44">{escape(line.label)}</text>'
        )
        x += width
    return parts


def _ticks(low: float, high: float) -> list[float]:
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
    first = math.ceil(low / step)
    return [index * step for index in range(first, math.floor(high / step) + 1)]


def _x_axis(low: float, high: float, title: str) -> list[str]:
    parts = []
    for tick in _ticks(low, high):
        x = LEFT + (tick - low) / (high - low) * (WIDTH - LEFT - RIGHT)
        parts.append(
            f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="{style.INK}" '
            'stroke-opacity=".25"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick:g}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(title)}</text>')
    return parts


def _y_axis(low: float, high: float, vertical: VerticalAxis, *, right: bool) -> list[str]:
    x = WIDTH - RIGHT if right else LEFT
    anchor, shift = ("start", 6) if right else ("end", -6)
    names = [(float(level), word) for level, word in enumerate(vertical.words or ())]
    names = names or [(tick, f"{tick:g}") for tick in _ticks(low, high)]
    parts = []
    for tick, name in names:
        y = HEIGHT - BOTTOM - (tick - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
        if not right:
            parts.append(
                f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{style.INK}" '
                'stroke-opacity=".25"/>'
            )
        parts.append(
            f'<text x="{x + shift}" y="{y + 4:.1f}" text-anchor="{anchor}">{escape(name)}</text>'
        )
    if vertical.title:
        at = WIDTH - 10 if right else 16
        middle = (TOP + HEIGHT - BOTTOM) / 2
        parts.append(
            f'<text transform="translate({at} {middle:.0f}) rotate(-90)" '
            f'text-anchor="middle">{escape(vertical.title)}</text>'
        )
    return parts
