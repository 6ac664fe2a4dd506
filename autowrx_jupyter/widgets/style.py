"""Looks of our charts: colours and lines that read on a dark and on a light page."""

from __future__ import annotations

from typing import Any

# Distinct for colour-blind eyes too, with enough contrast on white and on near-black.
COLOURS = (
    "#1f83d6",
    "#e07b00",
    "#1a9e6c",
    "#cc5fa6",
    "#b08a00",
    "#5c7cfa",
    "#d64545",
    "#4aa3a3",
)
DASHES = ("solid", "dash", "dot")
INK = "#808080"
GRID = "rgba(128,128,128,0.25)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def colour(index: int) -> str:
    """Return the colour of a trace."""
    return COLOURS[index % len(COLOURS)]


def dash(index: int) -> str:
    """Return the dash of a trace: it changes when the colours start again."""
    return DASHES[index // len(COLOURS) % len(DASHES)]


def axis(title: str) -> dict[str, Any]:
    """Return the looks that all axes share."""
    return {
        "title": {"text": title, "standoff": 8},
        "gridcolor": GRID,
        "zerolinecolor": GRID,
        "linecolor": GRID,
        "automargin": True,
    }


def page(title: str, height: int) -> dict[str, Any]:
    """Return the layout of a chart without its axes; the page shines through."""
    return {
        "title": {"text": title, "font": {"size": 15}, "x": 0.01, "xanchor": "left"},
        "font": {"family": FONT, "color": INK, "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "height": height,
        "autosize": True,
        "margin": {"l": 60, "r": 60, "t": 44, "b": 44},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#2b2b2b", "font": {"color": "#f0f0f0"}},
        "legend": {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.02,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
        },
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": INK, "activecolor": COLOURS[0]},
        # One constant value: zoom, hidden traces and dragged legends survive every update.
        "uirevision": "live",
    }
