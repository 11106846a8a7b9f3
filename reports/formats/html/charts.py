"""Charts of the HTML report, drawn by pygal as SVG that the page's stylesheet colours."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width

import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

from reports.i18n import Translator
from reports.labels import AVAILABILITY_LABELS, COVERAGE_LABELS, STATE_LABELS
from reports.sanitize import plain
from reports.statistics import OLDEST_AGE, Availability, LinkStatistics
from store.queries.trends import RunStates
from store.vocabulary import State

# pygal adds an import hook for map plugins that uses a removed protocol: every later import warns.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

_SVG = "{http://www.w3.org/2000/svg}"
_DROPPED_TAGS = frozenset([f"{_SVG}defs", f"{_SVG}script", "defs", "script"])
_DROPPED_CLASSES = frozenset(["overlay", "titles"])
_MAX_TIME_LABELS = 5  # on an axis of time
_WIDE_CHAR_PIXELS = 6  # by which pygal underestimates the width of a CJK character


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a chart.

    Attributes:
        colour: Suffix of the stylesheet's class for it.
        title: What it shows.
        values: A value for each label of the chart.
    """

    colour: str
    title: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart, with its values for a table beside it.

    Attributes:
        name: Its id in the page.
        title: Its heading.
        explanation: A sentence below the heading.
        labels: The labels of its bars.
        series: Its colours.
        horizontal: Bars are horizontal, in the order of the labels from above.
        shares: Bars are drawn as shares of their sum.
    """

    name: str
    title: str
    explanation: str
    labels: Sequence[str]
    series: Sequence[Series]
    horizontal: bool = False
    shares: bool = False

    @property
    def has_values(self) -> bool:
        """Whether any value is not 0."""
        return any(any(series.values) for series in self.series)

    @property
    def svg(self) -> str:
        """The drawn chart."""
        return draw_chart(self)


def make_charts(
    statistics: LinkStatistics, run_states: Sequence[RunStates], translate: Translator
) -> Sequence[Chart]:
    """Return the charts that have anything to show."""
    charts = (
        _state_chart(run_states, translate),
        _availability_chart(statistics, translate),
        _coverage_chart(statistics, translate),
        _host_chart(statistics, translate),
    )
    return [chart for chart in charts if chart.has_values]


def draw_chart(chart: Chart) -> str:
    """Return a chart as an SVG element without scripts, styles and comments."""
    order = list(range(len(chart.labels)))
    if chart.horizontal:
        order.reverse()  # pygal draws from the bottom
    drawing = _new_drawing(chart)
    drawing.x_labels = [chart.labels[index] for index in order]
    if chart.horizontal:
        drawing.x_labels_major = drawing.x_labels
    else:
        step = max(-(-len(order) // _MAX_TIME_LABELS), 1)
        drawing.x_labels_major = drawing.x_labels[::step]
    if chart.shares:
        drawing.range = (0, 100)
    sums = [_sum_at(chart, index) or 1 for index in order]
    for series in chart.series:
        values: list[float] = [series.values[index] for index in order]
        if chart.shares:
            values = [100 * value / whole for value, whole in zip(values, sums, strict=True)]
        drawing.add(series.title, values)
    drawing.add_xml_filter(lambda root: _reduce_svg(root, chart))
    written: str = drawing.render(is_unicode=True)
    written = written[written.index("<svg") :]
    without_comments = re.sub(r"<!--.*?-->", "", written, flags=re.DOTALL)
    return re.sub(r"(\d+\.\d)\d+", r"\1", without_comments)


def _sum_at(chart: Chart, index: int) -> int:
    """Return the sum of the values of all series at a label."""
    return sum(series.values[index] for series in chart.series)


def _new_drawing(chart: Chart) -> Any:
    """Return an empty pygal chart."""
    kind = pygal.HorizontalStackedBar if chart.horizontal else pygal.StackedBar
    margin = 4
    label_margin = _missing_label_width(chart) if chart.horizontal else 0
    percent_margin = 14 if chart.shares else 0

    def format_value(value: float) -> str:
        return f"{value:.0f} %" if chart.shares else f"{value:,.0f}"

    return kind(
        css=[],
        js=[],
        no_prefix=True,
        disable_xml_declaration=True,
        explicit_size=False,
        show_legend=False,
        print_values=False,
        width=640,
        height=44 + 30 * len(chart.labels) if chart.horizontal else 260,
        margin=margin,
        margin_left=margin + label_margin,
        margin_right=margin + percent_margin,
        spacing=8,
        style=Style(label_font_size=13, major_label_font_size=13, font_family="sans-serif"),
        truncate_label=-1,
        max_scale=6,
        formatter=format_value,
        value_formatter=format_value,
    )


def _missing_label_width(chart: Chart) -> int:
    """Return the pixels by which pygal underestimates the longest label with wide characters."""
    return _WIDE_CHAR_PIXELS * max(map(_count_wide, chart.labels), default=0)


def _count_wide(text: str) -> int:
    return sum(east_asian_width(char) in "WF" for char in text)


def _reduce_svg(root: Any, chart: Chart) -> Any:
    """Remove everything but bars with a title each, axes and guides."""
    for element in list(root.iter()):
        if element.tag in _DROPPED_TAGS or _DROPPED_CLASSES & set(_classes(element)):
            element.getparent().remove(element)
    groups = [element for element in root.iter() if "series" in _classes(element)]
    for series, group in zip(chart.series, groups, strict=False):
        group.set("class", f"fill-{series.colour}")
    for bar in [element for element in root.iter() if element.get("class") == "bar"]:
        _reduce_bar(bar)
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-labelledby", f"chart-{chart.name}")
    return root


def _reduce_bar(bar: Any) -> None:
    """Replace the notes that pygal adds to a bar by a title of its shape."""
    notes = dict(_notes(bar))
    title = [notes.get("x_label"), notes.get("value")]
    for child in list(bar):
        if str(child.tag).endswith("desc"):
            bar.remove(child)
    for shape in bar:
        for name in ("class", "rx", "ry"):
            shape.attrib.pop(name, None)
        shape.append(shape.makeelement("title"))
        shape[0].text = ": ".join(part for part in title if part)


def _notes(bar: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and text of the notes of a bar."""
    for child in bar:
        if child.get("class") and not len(child) and child.text:
            yield _classes(child)[0], child.text


def _classes(element: Any) -> list[str]:
    return (element.get("class") or "").split()


def _state_chart(run_states: Sequence[RunStates], translate: Translator) -> Chart:
    states = (State.BROKEN, State.SUSPECT, State.BLOCKED, State.UNSURE, State.MOVED, State.ALIVE)
    counts = [run.states for run in run_states]
    return Chart(
        name="health",
        title=translate("Link states over time"),
        explanation=translate("How many links were in each state at the end of each run."),
        labels=[f"{run.ended_at:%Y-%m-%d}" for run in run_states],
        series=_series_of_states(states, counts, translate),
    )


def _series_of_states(
    states: Iterable[State], counts: Sequence[Mapping[State, int]], translate: Translator
) -> Sequence[Series]:
    """Return a series for each state, with its count in each of the mappings."""
    series = []
    for state in states:
        values = [by_state.get(state, 0) for by_state in counts]
        series.append(Series(colour=state, title=translate(STATE_LABELS[state]), values=values))
    return series


def _availability_chart(statistics: LinkStatistics, translate: Translator) -> Chart:
    ages = range(max(statistics.by_age, default=-1) + 1)
    by_age: list[Mapping[Availability, int]] = [statistics.by_age.get(age, {}) for age in ages]
    series = []
    for availability, label in AVAILABILITY_LABELS.items():
        values = [counts.get(availability, 0) for counts in by_age]
        series.append(Series(colour=availability, title=translate(label), values=values))
    return Chart(
        name="survival",
        title=translate("Availability by age"),
        explanation=translate("How many links still work, by the time since the access date."),
        labels=[_age_label(age, translate) for age in ages],
        series=series,
        horizontal=True,
        shares=True,
    )


def _age_label(age: int, translate: Translator) -> str:
    if age == 0:
        return translate("under 1 year")
    if age == OLDEST_AGE:
        return translate("{years} years and more", years=age)
    return translate.count("{number} year", "{number} years", age)


def _coverage_chart(statistics: LinkStatistics, translate: Translator) -> Chart:
    labels, series = [], []
    for index, (coverage, label) in enumerate(COVERAGE_LABELS.items()):
        title, number = translate(label), statistics.coverage[coverage]
        values = [0] * len(COVERAGE_LABELS)  # each series has one bar
        values[index] = number
        labels.append(f"{title} · {number:,}")
        series.append(Series(colour=f"coverage-{coverage}", title=title, values=values))
    return Chart(
        name="coverage",
        title=translate("Archive copies"),
        explanation=translate("How many links have an archive copy that can replace them."),
        labels=labels,
        series=series,
        horizontal=True,
    )


def _host_chart(statistics: LinkStatistics, translate: Translator) -> Chart:
    hosts = statistics.worst_hosts()
    counts_by_host = [counts for _, counts in hosts]
    return Chart(
        name="hosts",
        title=translate("Hosts with the most failing links"),
        explanation=translate("Failing and broken links of each host."),
        labels=[f"{plain(host, 32)} · {sum(counts.values()):,}" for host, counts in hosts],
        series=_series_of_states((State.BROKEN, State.SUSPECT), counts_by_host, translate),
        horizontal=True,
    )
