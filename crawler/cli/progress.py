"""How far a piece of work has come: how fast it goes, how long it will take, what came of it, and what will take longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from crawler.cli.text_format import format_duration

if TYPE_CHECKING:  # it would bring the whole store along
    from crawler.politeness.estimate import HostEstimate

_SHOWN = 3
_TELLING_SECONDS = 5.0  # before that a rate says little


class Advance(Protocol):
    """Takes one step: a word on it for the screen, the `kind` it counts as, and the `host` that is done with it."""

    def __call__(self, word: str = "", *, kind: str = "", host: str = "") -> None: ...


class ProgressState:
    """Counts steps up to `total`. `hosts` say what is expected of each; the longest of them bounds the whole."""

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
        self._began = clock()
        self._left = Counter({host.name: host.links for host in hosts})
        self._seconds = {
            host.name: host.duration.total_seconds() / host.links for host in hosts if host.links
        }

    def step(self, kind: str = "", host: str = "") -> None:
        """Take one step."""
        self.done += 1
        if kind:
            self.kinds[kind] += 1
        if host in self._left:
            self._left[host] -= 1

    @property
    def per_second(self) -> float | None:
        """Steps a second; None while there is too little to tell by."""
        elapsed = self._clock() - self._began
        return self.done / elapsed if self.done and elapsed >= _TELLING_SECONDS else None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take, at this rate and no sooner than its longest host allows; None while it cannot be told."""
        rest = self.total - self.done
        if rest <= 0 or not (rate := self.per_second):
            return None
        return max(rest / rate, *self.longest.values()) if self.longest else rest / rate

    @property
    def longest(self) -> Mapping[str, float]:
        """The hosts that will take longest, with the seconds they are expected to."""
        rest = max(0, self.total - self.done)
        seconds = {
            host: min(left, rest) * self._seconds.get(host, 0.0)
            for host, left in self._left.items()
            if left > 0
        }
        return dict(sorted(seconds.items(), key=lambda one: one[1], reverse=True)[:_SHOWN])

    def describe(self) -> str:
        """Tell it in a line.

        >>> progress = Progress(3)
        >>> progress.step("alive"), progress.step("broken")
        (None, None)
        >>> progress.sentence()
        '2 of 3; 1 alive, 1 broken'
        """
        said = [f"{self.done} of {self.total}"]
        if rate := self.per_second:
            said.append(f"{rate:.0f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute")
        if left := self.seconds_left:
            said.append(f"about {format_duration(timedelta(seconds=left))} left")
        line = ", ".join(said)
        if self.kinds:
            line += "; " + ", ".join(f"{count} {kind}" for kind, count in self.kinds.most_common())
        if left and self.longest:
            line += "; longest: " + ", ".join(
                f"{host} {format_duration(timedelta(seconds=seconds))}"
                for host, seconds in self.longest.items()
            )
        return line
