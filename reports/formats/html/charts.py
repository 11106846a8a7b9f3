"""Charts of the HTML report: rows of bars, drawn by the stylesheet, and the runs over time.

Each holds the values that the page shows beside the drawing, so that nothing is known from colours
and lengths alone. Lengths are percentages, so that a chart fits a phone without shrinking its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from reports.i18n import Translator
from reports.labels import AVAILABILITY_LABELS, COVERAGE_LABELS, STATE_LABELS
from reports.sanitize import plain
from reports.statistics import OLDEST_AGE, Coverage, LinkStatistics
from reports.time_format import TimeFormatter
from store.queries.trends import RunStates
from store.vocabulary import State

# What the chart over time shows: all else works. The worst is at the bottom.
NOT_WORKING = (State.BROKEN, State.SUSPECT, State.BLOCKED, State.UNSURE)
_LAST_STEP = 0.04  # of the width, for the state after the last run
_TREND_DAYS = 6.5  # runs this far back, or the first one, are what the trend compares with


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSegment:
    """One colour of a bar: its class in the stylesheet, its share in percent, and its tooltip."""

    colour: str
    percent: float
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of a chart.

    Attributes:
        label: What it is about.
        segments: Its segments, from the left.
        value: What is written beside it.
        href: Where the label leads: a filter of the table, or an empty text.
    """

    label: str
    segments: Sequence[BarSegment]
    value: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Rows of bars.

    Attributes:
        name: Its id in the page.
        title: Its heading.
        explanation: A sentence below the heading.
        bars: Its rows.
        legend: Colours and what they mean; none if the rows say it.
    """

    name: str
    title: str
    explanation: str
    bars: Sequence[Bar]
    legend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """The time from one run to the next, at whose beginning states were counted.

    Attributes:
        left: Where it begins, in percent of the width.
        width: Its width in percent.
        layers: Colour, distance from the bottom and height in percent, from the bottom up.
        label: When the run ended.
        counts: The number in each of the chart's states.
        tooltip: The same in words.
    """

    left: float
    width: float
    layers: Sequence[tuple[str, float, float]]
    label: str
    counts: Sequence[int]
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The number of links that did not work after each run, on a scale of time.

    Attributes:
        trend: A sentence that compares the last run with one about a week before.
        steps: From run to run.
        ticks: Values of the vertical axis from the top, with their distance from the top in
            percent.
        days: Dates of the horizontal axis, with their distance from the left in percent.
        states: The label and colour of each state.
    """

    trend: str
    steps: Sequence[TimelineStep]
    ticks: Sequence[tuple[int, float]]
    days: Sequence[tuple[str, float]]
    states: Sequence[tuple[str, str]]


def bar_charts(statistics: LinkStatistics, translate: Translator) -> Sequence[BarChart]:
    """Return the charts of bars that have anything to show."""
    charts = (
        _host_chart(statistics, translate),
        _coverage_chart(statistics, translate),
        _age_chart(statistics, translate),
    )
    return [chart for chart in charts if chart.bars]


def timeline_of(
    runs: Sequence[RunStates], translate: Translator, format_time: TimeFormatter
) -> Timeline | None:
    """Return the chart over time; None if it would show one moment only, or nothing."""
    runs = sorted(runs, key=lambda run: run.ended_at)
    highest = max((sum(_not_working(run)) for run in runs), default=0)
    if len(runs) < 2 or not highest or runs[0].ended_at == runs[-1].ended_at:
        return None
    top = _round_up(highest)
    return Timeline(
        trend=_trend(runs, translate, format_time),
        steps=list(_steps(runs, top, translate, format_time)),
        ticks=[(value, 100 - 100 * value / top) for value in _ticks(top)],
        days=_days(runs[0].ended_at, runs[-1].ended_at, format_time),
        states=[(state.value, translate(STATE_LABELS[state])) for state in NOT_WORKING],
    )


def _steps(
    runs: Sequence[RunStates], top: int, translate: Translator, format_time: TimeFormatter
) -> Iterator[TimelineStep]:
    start = runs[0].ended_at
    whole = (runs[-1].ended_at - start) / (1 - _LAST_STEP)
    ends = [*(run.ended_at for run in runs[1:]), start + whole]
    for run, end in zip(runs, ends, strict=True):
        numbers = _not_working(run)
        layers, below = [], 0.0
        for state, number in zip(NOT_WORKING, numbers, strict=True):
            height = 100 * number / top
            if number:
                layers.append((state.value, below, height))
            below += height
        texts = [
            f"{translate(STATE_LABELS[state])} {number:,}"
            for state, number in zip(NOT_WORKING, numbers, strict=True)
            if number
        ]
        yield TimelineStep(
            left=100 * ((run.ended_at - start) / whole),
            width=100 * ((end - run.ended_at) / whole),
            layers=layers,
            label=format_time(run.ended_at),
            counts=numbers,
            tooltip=f"{format_time(run.ended_at)}: {', '.join(texts) or translate('all work')}",
        )


def _not_working(run: RunStates) -> Sequence[int]:
    return [run.states.get(state, 0) for state in NOT_WORKING]


def _trend(runs: Sequence[RunStates], translate: Translator, format_time: TimeFormatter) -> str:
    """Return by how much the number of failing links changed in about a week."""
    last = runs[-1]
    week_ago = last.ended_at - timedelta(days=_TREND_DAYS)
    earlier = [run for run in runs[:-1] if run.ended_at <= week_ago] or runs[:1]
    change = _failing(last) - _failing(earlier[-1])
    day = format_time.day(earlier[-1].ended_at)
    if change > 0:
        return translate.count(
            "{number} more link fails than on {day}.",
            "{number} more links fail than on {day}.",
            change,
            day=day,
        )
    if change < 0:
        return translate.count(
            "{number} link fewer fails than on {day}.",
            "{number} links fewer fail than on {day}.",
            -change,
            day=day,
        )
    return translate("As many links fail as on {day}.", day=day)


def _failing(run: RunStates) -> int:
    return run.states.get(State.BROKEN, 0) + run.states.get(State.SUSPECT, 0)


def _round_up(value: int) -> int:
    """Return the next whole number that an axis ends with.

    >>> [_round_up(value) for value in (1, 3, 9, 14, 230, 8_701)]
    [1, 3, 10, 20, 300, 9000]
    """
    if value < 6:
        return value
    step = 10 ** (len(str(value)) - 1)
    return -(-value // step) * step if value > 10 else 10


def _ticks(top: int) -> Sequence[int]:
    """Return whole values for an axis, from the top.

    >>> _ticks(3), _ticks(4), _ticks(300)
    ((3, 0), (4, 2, 0), (300, 150, 0))
    """
    return (top, top // 2, 0) if top % 2 == 0 else (top, 0)


def _days(
    first: datetime, last: datetime, format_time: TimeFormatter
) -> Sequence[tuple[str, float]]:
    """Return the first, middle and last day with their places, each day once."""
    end = 100 * (1 - _LAST_STEP)
    middle = first + (last - first) / 2
    days = {format_time.day(first): 0.0, format_time.day(last): end}
    days.setdefault(format_time.day(middle), end / 2)
    return sorted(days.items(), key=lambda item: item[1])


def _host_chart(statistics: LinkStatistics, translate: Translator) -> BarChart:
    hosts = statistics.worst_hosts()
    longest = max((counts[State.BROKEN] + counts[State.SUSPECT] for _, counts in hosts), default=1)
    bars = []
    for host, counts in hosts:
        numbers = {state.value: counts[state] for state in _FAILING}
        segments = _segments(numbers, longest, _FAILING_LABELS, translate)
        total = counts[State.BROKEN] + counts[State.SUSPECT]
        href = f"#q={quote(plain(host, 200), safe='')}&in=failing-any"
        bars.append(Bar(label=plain(host, 60), segments=segments, value=f"{total:,}", href=href))
    return BarChart(
        name="hosts",
        title=translate("Hosts with the most failing links"),
        explanation=translate("Broken and failing links of each host."),
        bars=bars,
        legend=[(state.value, translate(STATE_LABELS[state])) for state in _FAILING],
    )


def _age_chart(statistics: LinkStatistics, translate: Translator) -> BarChart:
    bars, used = [], set[str]()
    for age in sorted(statistics.by_age):
        counts = {each.value: number for each, number in statistics.by_age[age].items() if number}
        total = sum(counts.values())
        ordered = {word.value: counts.get(word.value, 0) for word in AVAILABILITY_LABELS}
        labels = {word.value: label for word, label in AVAILABILITY_LABELS.items()}
        segments = _segments(ordered, total, labels, translate)
        used.update(counts)
        links = translate.count("{number} link", "{number} links", total)
        bars.append(Bar(label=_age_label(age, translate), segments=segments, value=links))
    legend = [
        (word.value, translate(label))
        for word, label in AVAILABILITY_LABELS.items()
        if word in used
    ]
    return BarChart(
        name="survival",
        title=translate("Links by age"),
        explanation=translate("Whether links still work, by the years since they were read."),
        bars=bars,
        legend=legend,
    )


def _age_label(age: int, translate: Translator) -> str:
    if age == 0:
        return translate("under 1 year")
    if age == OLDEST_AGE:
        return translate("{years} years and more", years=age)
    return translate.count("{number} year", "{number} years", age)


def _coverage_chart(statistics: LinkStatistics, translate: Translator) -> BarChart:
    total = statistics.coverage.total() or 1
    bars = []
    for coverage, label in COVERAGE_LABELS.items():
        number = statistics.coverage[coverage]
        if not number:
            continue
        colour = f"copy-{coverage}"
        segments = _segments({colour: number}, total, {colour: label}, translate)
        bars.append(
            Bar(
                label=translate(label),
                segments=segments,
                value=f"{number:,}",
                href="#in=without-mirror" if coverage is Coverage.NONE else "",
            )
        )
    return BarChart(
        name="coverage",
        title=translate("Archive copies"),
        explanation=translate("How many links have an archive copy that can replace them."),
        bars=bars,
    )


_FAILING = (State.BROKEN, State.SUSPECT)
_FAILING_LABELS: Mapping[str, str] = {state.value: STATE_LABELS[state] for state in _FAILING}


def _segments(
    values: Mapping[str, int], whole: int, labels: Mapping[str, str], translate: Translator
) -> Sequence[BarSegment]:
    """Return the segments of a bar for the values that are not 0."""
    return [
        BarSegment(
            colour=colour,
            percent=100 * number / whole,
            tooltip=f"{translate(labels[colour])}: {number:,}",
        )
        for colour, number in values.items()
        if number
    ]
