"""The charts of the HTML report, drawn by pygal as plain SVG that the page's own stylesheet colours."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width

import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

from reports.i18n import Translator
from reports.labels import COVERAGE_LABELS, AVAILABILITY_LABELS, STATE_LABELS
from reports.sanitize import plain
from reports.statistics import OLDEST_AGE, LinkStatistics
from store.queries.trends import RunStates
from store.vocabulary import State

# pygal hooks into the import system for map plugins, by a protocol that has gone; every later import would warn of it.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

_SVG = "{http://www.w3.org/2000/svg}"
_MOST_LABELS = 5  # on an axis of time


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a chart: the stylesheet's name for it, its title, a value for each label."""

    colour: str
    title: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart and, for those who would rather read, its figures. `shares`: bars are drawn as shares of their sum."""

    name: str
    title: str
    explanation: str
    labels: Sequence[str]
    series: Sequence[Series]
    horizontal: bool = False
    shares: bool = False

    @property
    def svg(self) -> str:
        return draw_chart(self)


def make_charts(
    figures: LinkStatistics, health: Sequence[RunStates], words: Translator
) -> Sequence[Chart]:
    """Choose the charts there is something to show in."""
    charts = (
        _health(health, words),
        _survival(figures, words),
        _coverage(figures, words),
        _hosts(figures, words),
    )
    return [chart for chart in charts if any(any(series.values) for series in chart.series)]


def draw_chart(chart: Chart) -> str:
    """Draw a chart as an SVG element without scripts, styles and comments of its own."""
    kind = pygal.HorizontalStackedBar if chart.horizontal else pygal.StackedBar
    shown = (
        list(reversed(range(len(chart.labels))))
        if chart.horizontal
        else list(range(len(chart.labels)))
    )  # pygal draws upward
    sums = [sum(series.values[index] for series in chart.series) or 1 for index in shown]
    height = 44 + 30 * len(chart.labels) if chart.horizontal else 260

    def written_as(value: float) -> str:
        return f"{value:.0f} %" if chart.shares else f"{value:,.0f}"

    drawing = kind(
        css=[], js=[], no_prefix=True, disable_xml_declaration=True, explicit_size=False, show_legend=False, print_values=False,
        width=640, height=height, margin=4, margin_left=4 + _missed_width(chart) * chart.horizontal, margin_right=4 + 14 * chart.shares, spacing=8, style=Style(label_font_size=13, major_label_font_size=13, font_family="sans-serif"),
        truncate_label=-1, max_scale=6,
        formatter=written_as, value_formatter=written_as,
    )  # fmt: skip
    drawing.x_labels = [chart.labels[index] for index in shown]
    step = -(-len(shown) // _MOST_LABELS)
    drawing.x_labels_major = (
        drawing.x_labels if chart.horizontal else drawing.x_labels[:: max(step, 1)]
    )
    if chart.shares:
        drawing.range = (0, 100)
    for series in chart.series:
        values = [series.values[index] for index in shown]
        drawing.add(
            series.title,
            [100 * value / whole for value, whole in zip(values, sums, strict=True)]
            if chart.shares
            else values,
        )
    drawing.add_xml_filter(lambda root: _tidied(root, chart))
    written: str = drawing.render(is_unicode=True)
    written = written[written.index("<svg") :]
    return re.sub(r"(\d+\.\d)\d+", r"\1", re.sub(r"<!--.*?-->", "", written, flags=re.DOTALL))


def _missed_width(chart: Chart) -> int:
    """Pixels by which pygal underestimates the longest label: it takes all characters for narrow ones."""
    return 6 * max(
        (sum(east_asian_width(char) in "WF" for char in label) for label in chart.labels), default=0
    )


def _tidied(root: Any, chart: Chart) -> Any:
    """Leave what is drawn: bars with a title each, axes and guides."""
    for element in list(root.iter()):
        words = set((element.get("class") or "").split())
        if element.tag in {f"{_SVG}defs", f"{_SVG}script", "defs", "script"} or words & {
            "overlay",
            "titles",
        }:
            element.getparent().remove(element)
    for series, group in zip(
        chart.series,
        (item for item in root.iter() if "series" in (item.get("class") or "").split()),
        strict=False,
    ):
        group.set("class", f"fill-{series.colour}")
    for bar in [item for item in root.iter() if (item.get("class") or "") == "bar"]:
        told = {
            (note.get("class") or "").split()[0]: note.text
            for note in bar
            if note.get("class") and not len(note) and note.text
        }
        for note in list(bar):
            if str(note.tag).endswith("desc"):
                bar.remove(note)
        for shape in bar:
            shape.attrib.pop("class", None)
            shape.attrib.pop("rx", None)
            shape.attrib.pop("ry", None)
            shape.append(shape.makeelement("title"))
            shape[0].text = ": ".join(filter(None, (told.get("x_label"), told.get("value"))))
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-labelledby", f"chart-{chart.name}")
    return root


def _health(health: Sequence[RunStates], words: Translator) -> Chart:
    shown = (State.BROKEN, State.SUSPECT, State.BLOCKED, State.UNSURE, State.MOVED, State.ALIVE)
    return Chart(
        name="health",
        title=words("Health over time"),
        explanation=words(
            "How many links served, and how many failed, confirmed or not, when each run ended."
        ),
        labels=[f"{run.ended_at:%Y-%m-%d}" for run in health],
        series=[
            Series(
                colour=state,
                title=words(STATE_LABELS[state]),
                values=[run.states.get(state, 0) for run in health],
            )
            for state in shown
        ],
    )


def _survival(figures: LinkStatistics, words: Translator) -> Chart:
    ages = range(max(figures.survival, default=-1) + 1)

    def label(age: int) -> str:
        if age == 0:
            return words("under 1 year")
        return (
            words("{years} years and more", years=age)
            if age == OLDEST_AGE
            else words.count("{number} year", "{number} years", age)
        )

    return Chart(
        name="survival",
        title=words("Survival by age"),
        explanation=words("Of the links that authors read so long ago, how many are still served."),
        labels=[label(age) for age in ages],
        series=[
            Series(
                colour=fate,
                title=words(title),
                values=[
                    figures.survival[age][fate] if age in figures.survival else 0 for age in ages
                ],
            )
            for fate, title in AVAILABILITY_LABELS.items()
        ],
        horizontal=True,
        shares=True,
    )


def _coverage(figures: LinkStatistics, words: Translator) -> Chart:
    titles = COVERAGE_LABELS
    return Chart(
        name="coverage",
        title=words("Mirrors"),
        explanation=words("How many links an archive copy could stand in for, should they break."),
        labels=[
            f"{words(title)} · {figures.coverage[coverage]:,}" for coverage, title in titles.items()
        ],
        series=[
            Series(
                colour=f"coverage-{coverage}",
                title=words(title),
                values=[figures.coverage[coverage] if other is coverage else 0 for other in titles],
            )
            for coverage, title in titles.items()
        ],
        horizontal=True,
    )


def _hosts(figures: LinkStatistics, words: Translator) -> Chart:
    hosts = figures.worst_hosts()
    return Chart(
        name="hosts",
        title=words("Worst hosts"),
        explanation=words("Where the most links fail."),
        labels=[f"{plain(host, 32)} · {sum(counts.values()):,}" for host, counts in hosts],
        series=[
            Series(
                colour="broken",
                title=words(STATE_LABELS[State.BROKEN]),
                values=[counts.get(State.BROKEN, 0) for _, counts in hosts],
            ),
            Series(
                colour="suspect",
                title=words(STATE_LABELS[State.SUSPECT]),
                values=[counts.get(State.SUSPECT, 0) for _, counts in hosts],
            ),
        ],
        horizontal=True,
    )
