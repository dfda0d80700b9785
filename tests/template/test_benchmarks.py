"""What the pages say of costs is what benchmarks/run.py measured, in one run."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

import pytest

from benchmarks import chart, run

SECONDS = {"the lesson's commands": 30.0, "setup": 4.0, "uv sync <&>": 5.0}
FIGURES = ["setup", "4.0 s · 1.0 ×", "uv sync <&>", "5.0 s · 1.2 ×"]
FIGURES += ["the lesson's commands", "30.0 s · 7.5 ×"]


def elements(svg: str, kind: str) -> list[Element]:
    return [*fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{kind}")]  # noqa: S314 - our own


@pytest.mark.parametrize("theme", chart.COLOURS)
def test_bars_are_as_long_as_what_they_show_and_stay_inside(theme: str) -> None:
    svg = chart.drawn("Title", SECONDS, "setup", theme)
    widths = [float(bar.attrib["width"]) for bar in elements(svg, "rect")]
    assert [width / widths[0] for width in widths] == pytest.approx([1, 5 / 4, 30 / 4], rel=0.01)
    assert widths[-1] + chart.LEFT + chart.RIGHT == pytest.approx(chart.WIDTH)
    assert [each.text for each in elements(svg, "text")] == ["Title", *FIGURES]


def test_a_page_keeps_what_stands_around_the_measured() -> None:
    page = "above\n<!-- measured: begin -->\n\nold\n\n<!-- measured: end -->\nbelow\n"
    new = run.within(page, "new \\1\n")
    assert new == page.replace("old", "new \\1")
    assert run.within(new, "new \\1\n") == new


@pytest.mark.parametrize("theme", chart.COLOURS)
def test_the_chart_shows_what_the_page_says(theme: str) -> None:
    page = run.PAGE.read_text(encoding="utf-8")
    measured = page.partition(f"| {run.TITLE} |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([^|]+?) \| ([\d.]+) \|", measured, re.MULTILINE)
    assert {run.SETUP, run.UV, run.LESSON} <= {name for name, _ in rows}
    svg = (run.PAGE.parent / "pictures" / f"costs-{theme}.svg").read_text(encoding="utf-8")
    shown = [str(each.text).partition(" s ·")[0] for each in elements(svg, "text")]
    assert shown == [run.TITLE, *(part for row in rows for part in row)]
