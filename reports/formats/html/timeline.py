"""The chart of the HTML report over time: the links that did not work after each run.

It has its values as texts, too. Lengths are percentages, as in `charts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from reports.i18n import Translator
from reports.wording.labels import STATE_LABELS
from reports.wording.time_format import TimeFormatter
from store.queries.trends import RunStates
from store.vocabulary import State

# The states that the chart shows, from the bottom up.
NOT_WORKING = (State.BROKEN, State.SUSPECT, State.BLOCKED, State.UNSURE)
_LAST_STEP = 0.04  # share of the width for the step after the last run
# The trend compares with the latest run at least this old, else with the first run. Less than a
# week, because weekly runs do not end at the same hour.
_TREND_DAYS = 6.5


class TimelineStep(Struct, frozen=True, kw_only=True):
    """The time from one run to the next, at whose beginning states were counted.

    Attributes:
        left: Where it begins, in percent of the width.
        width: Its width in percent.
        layers: Word (which the stylesheet gives a colour), distance from the bottom and height
            (both in percent) of each state that has links.
        label: When the run ended.
        counts: The number of links in each state of `NOT_WORKING`.
        tooltip: Time and numbers in words.
    """

    left: float
    width: float
    layers: Sequence[tuple[str, float, float]]
    label: str
    counts: Sequence[int]
    tooltip: str


class Timeline(Struct, frozen=True, kw_only=True):
    """The number of links that did not work after each run, on a scale of time.

    Attributes:
        trend: A sentence that compares the last run with one about a week before.
        steps: From run to run.
        ticks: Values of the vertical axis from the top, with their distance from the top in
            percent.
        days: Dates of the horizontal axis, with their distance from the left in percent.
        states: The word and the label of each state of `NOT_WORKING`.
    """

    trend: str
    steps: Sequence[TimelineStep]
    ticks: Sequence[tuple[int, float]]
    days: Sequence[tuple[str, float]]
    states: Sequence[tuple[str, str]]


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
    """Yield a step for each run; `top` is the highest value of the vertical axis."""
    start = runs[0].ended_at
    duration = (runs[-1].ended_at - start) / (1 - _LAST_STEP)
    ends = [*(run.ended_at for run in runs[1:]), start + duration]
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
            left=100 * ((run.ended_at - start) / duration),
            width=100 * ((end - run.ended_at) / duration),
            layers=layers,
            label=format_time(run.ended_at),
            counts=numbers,
            tooltip=f"{format_time(run.ended_at)}: {', '.join(texts) or translate('all work')}",
        )


def _not_working(run: RunStates) -> Sequence[int]:
    return [run.states.get(state, 0) for state in NOT_WORKING]


def _trend(runs: Sequence[RunStates], translate: Translator, format_time: TimeFormatter) -> str:
    """Return a sentence about how the number of failing links changed in about a week."""
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
    """Return the smallest round number from `value` up, at which an axis ends.

    >>> [_round_up(value) for value in (1, 3, 9, 14, 230, 8_701)]
    [1, 3, 10, 20, 300, 9000]
    """
    if value < 6:
        return value
    if value <= 10:
        return 10
    step: int = 10 ** (len(str(value)) - 1)
    return -(-value // step) * step


def _ticks(top: int) -> Sequence[int]:
    """Return whole values for an axis, from the top.

    >>> _ticks(3), _ticks(4), _ticks(300)
    ((3, 0), (4, 2, 0), (300, 150, 0))
    """
    return (top, top // 2, 0) if top % 2 == 0 else (top, 0)


def _days(
    first: datetime, last: datetime, format_time: TimeFormatter
) -> Sequence[tuple[str, float]]:
    """Return the first, middle and last day, each once, with its place on the axis in percent."""
    end = 100 * (1 - _LAST_STEP)
    middle = first + (last - first) / 2
    days = {format_time.day(first): 0.0, format_time.day(last): end}
    days.setdefault(format_time.day(middle), end / 2)
    return sorted(days.items(), key=lambda item: item[1])
