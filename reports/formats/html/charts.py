"""Charts of the HTML report: rows of bars, drawn by the stylesheet.

Each has its values as texts, too, so that no information is in colours and lengths alone. Lengths
are percentages, so that a chart fits a phone without shrinking its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct

from reports.findings.statistics import OLDEST_AGE, LinkStatistics
from reports.i18n import Translator
from reports.statistics_enums import Coverage
from reports.wording.labels import AVAILABILITY_LABELS, COVERAGE_LABELS, STATE_LABELS
from reports.wording.sanitize import plain
from store.vocabulary import State

_FAILING = (State.BROKEN, State.SUSPECT)
_FAILING_LABELS: Mapping[str, str] = {state.value: STATE_LABELS[state] for state in _FAILING}


class BarSegment(Struct, frozen=True, kw_only=True):
    """One colour of a bar: its class in the stylesheet, its share in percent, and its tooltip."""

    colour: str
    percent: float
    tooltip: str


class Bar(Struct, frozen=True, kw_only=True):
    """A row of a chart.

    Attributes:
        label: The text before the bar: a host, an age, or what copies a link has.
        segments: Its segments, from the left.
        value: The text after the bar.
        href: The link of the label, which filters the table; empty for none.
    """

    label: str
    segments: Sequence[BarSegment]
    value: str
    href: str = ""


class BarChart(Struct, frozen=True, kw_only=True):
    """Rows of bars.

    Attributes:
        name: Its id in the page.
        title: Its heading.
        explanation: A sentence below the heading.
        bars: Its rows.
        legend: Pairs of a colour (a class of the stylesheet) and its label; empty if the labels of
            the rows suffice.
    """

    name: str
    title: str
    explanation: str
    bars: Sequence[Bar]
    legend: Sequence[tuple[str, str]] = ()


def bar_charts(statistics: LinkStatistics, translate: Translator) -> Sequence[BarChart]:
    """Return the charts of bars that have anything to show."""
    charts = (
        _host_chart(statistics, translate),
        _coverage_chart(statistics, translate),
        _age_chart(statistics, translate),
    )
    return [chart for chart in charts if chart.bars]


def _host_chart(statistics: LinkStatistics, translate: Translator) -> BarChart:
    """Return the bars of the hosts with the most broken and failing links."""
    hosts = statistics.worst_hosts()
    longest = max((counts[State.BROKEN] + counts[State.SUSPECT] for _, counts in hosts), default=1)
    bars = []
    for host, counts in hosts:
        numbers = {state.value: counts[state] for state in _FAILING}
        segments = _segments(numbers, longest, _FAILING_LABELS, translate)
        total = counts[State.BROKEN] + counts[State.SUSPECT]
        href = f"#q=host:{quote(plain(host, 200), safe='')}&in=failing-any"
        bars.append(Bar(label=plain(host, 60), segments=segments, value=f"{total:,}", href=href))
    return BarChart(
        name="hosts",
        title=translate("Hosts with the most failing links"),
        explanation=translate("Broken and failing links of each host."),
        bars=bars,
        legend=[(state.value, translate(STATE_LABELS[state])) for state in _FAILING],
    )


def _age_chart(statistics: LinkStatistics, translate: Translator) -> BarChart:
    """Return the bars of links by the years since they were read, and how many of them work."""
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
    """Return the bars of links by whether archives have a copy of them."""
    total = statistics.coverage.total() or 1
    skipped = ""
    if statistics.skipped:
        skipped = translate.count(
            "{number} skipped link is left out.",
            "{number} skipped links are left out.",
            statistics.skipped,
        )
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
        explanation=translate.sentences(
            translate("How many links have an archive copy that can replace them."), skipped
        ),
        bars=bars,
    )


def _segments(
    values: Mapping[str, int], whole: int, labels: Mapping[str, str], translate: Translator
) -> Sequence[BarSegment]:
    """Return the segments of a bar, without those of values that are 0.

    Args:
        values: The numbers by colour.
        whole: The number that is as long as the longest possible bar.
        labels: The untranslated labels by colour.
        translate: Translates the labels.
    """
    return [
        BarSegment(
            colour=colour,
            percent=100 * number / whole,
            tooltip=f"{translate(labels[colour])}: {number:,}",
        )
        for colour, number in values.items()
        if number
    ]
