"""Progress of a step: rate, remaining time, results so far, and the hosts that take longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from crawler.cli.terminal.text_format import format_duration

if TYPE_CHECKING:  # it imports the whole store
    from crawler.politeness.estimate import HostEstimate

_SHOWN_HOSTS = 3
_MIN_SECONDS = 5.0  # before that, a rate means little


class Advance(Protocol):
    """A function that counts the steps of a piece of work and shows its progress."""

    def __call__(self, label: str = "", *, kind: str = "", host: str = "") -> None:
        """Count one step.

        Args:
            label: Text to show beside the bar.
            kind: The result of the step, such as "alive"; results are counted by kind.
            host: The host that the step was for.
        """


class ProgressState:
    """Counts the steps of a piece of work.

    Args:
        total: Number of steps.
        hosts: Expected work on each host; the slowest host bounds the remaining time.
        clock: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        total: int,
        hosts: Sequence[HostEstimate] = (),
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.total = total
        self.done = 0
        self.kinds: Counter[str] = Counter()
        self._clock = clock
        self._started_at = clock()
        self._links_left = Counter({host.name: host.links for host in hosts})
        self._seconds_per_link = {
            host.name: host.duration.total_seconds() / host.links for host in hosts if host.links
        }

    def step(self, kind: str = "", host: str = "") -> None:
        """Count one step."""
        self.done += 1
        if kind:
            self.kinds[kind] += 1
        if host in self._links_left:
            self._links_left[host] -= 1

    @property
    def per_second(self) -> float | None:
        """Steps per second; None in the first five seconds."""
        elapsed = self._clock() - self._started_at
        return self.done / elapsed if self.done and elapsed >= _MIN_SECONDS else None

    @property
    def seconds_left(self) -> float | None:
        """Remaining seconds, at least those of the slowest host; None if unknown."""
        steps_left = self.total - self.done
        rate = self.per_second
        if steps_left <= 0 or not rate:
            return None
        return max(steps_left / rate, *self.slowest_hosts.values(), 0.0)

    @property
    def slowest_hosts(self) -> Mapping[str, float]:
        """The remaining seconds of the hosts that will take longest, by name, slowest first."""
        steps_left = max(0, self.total - self.done)
        seconds = {
            host: min(links, steps_left) * self._seconds_per_link.get(host, 0.0)
            for host, links in self._links_left.items()
            if links > 0
        }
        slowest_first = sorted(seconds.items(), key=lambda item: item[1], reverse=True)
        return dict(slowest_first[:_SHOWN_HOSTS])

    def describe(self, *, with_hosts: bool = True) -> str:
        """Return the progress in one line.

        Args:
            with_hosts: Whether to name the slowest hosts.

        Returns:
            The text.

        >>> state = ProgressState(3)
        >>> state.step("alive"), state.step("broken")
        (None, None)
        >>> state.describe()
        '2 of 3; 1 alive, 1 broken'
        """
        parts = [f"{self.done:,} of {self.total:,}"]
        if rate := self.per_second:
            parts.append(f"{rate:,.0f}/s" if rate >= 1 else f"{rate * 60:.0f}/min")
        seconds_left = self.seconds_left
        if seconds_left:
            parts.append(f"about {format_duration(timedelta(seconds=seconds_left))} left")
        line = ", ".join(parts)
        if self.kinds:
            line += "; " + ", ".join(
                f"{count:,} {kind}" for kind, count in self.kinds.most_common()
            )
        slowest = self.slowest_hosts
        if with_hosts and seconds_left and slowest:
            line += "; slowest: " + ", ".join(
                f"{host} {format_duration(timedelta(seconds=seconds))}"
                for host, seconds in slowest.items()
            )
        return line
