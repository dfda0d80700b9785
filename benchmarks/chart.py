"""A horizontal bar chart as SVG, for light and for dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

WIDTH, LEFT, RIGHT, ROW, TOP = 600, 208, 120, 26, 34
# Text, bars, and the bar that it is about: each readable on its page's own colour.
COLOURS = {"light": ("#1f2328", "#afb8c1", "#1a7f37"), "dark": ("#e6edf3", "#57606a", "#3fb950")}


def drawn(title: str, seconds: Mapping[str, float], first: str, theme: str) -> str:
    """Return the chart, the shortest on top, with ratios to the bar called `first`."""
    text, bar, own = COLOURS[theme]
    scale = (WIDTH - LEFT - RIGHT) / max(seconds.values())
    height = TOP + ROW * len(seconds)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="13" fill="{text}">',
        f"<title>{escape(title)}</title>",
        f'<text x="0" y="16" font-weight="bold">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(sorted(seconds.items(), key=lambda pair: pair[1])):
        y, width = TOP + ROW * number, value * scale
        weight, colour = (' font-weight="bold"', own) if name == first else ("", bar)
        figures = f"{value:.1f} s · {value / seconds[first]:.1f} ×"
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end"{weight}>{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="18" rx="3" fill="{colour}"/>',
            f'<text x="{LEFT + width + 8:.1f}" y="{y + 14}"{weight}>{figures}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
